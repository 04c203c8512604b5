"""What is printed, published or put into a document of rival structures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from sim.calibration.load import load_calibration
from sim.calibration.publish import get_place
from sim.calibration.structures import fit_structures, publish_structures
from sim.cli.parts import shown
from sim.pages.baselines_page import NAME, baselines_part
from sim.present.blocks import Block


def structures_told(
    calibration: Path,
    *,
    out: Path,
    workers: int | None,
    particles: int | None,
    refit: int,
    only: Collection[str],
    document: Path | None,
    publish: Path | None,
    say: Callable[[str], object],
) -> str:
    """Fit and compare; return what is to be printed.

    Parameters
    ----------
    calibration, out, workers, particles, refit, only, say
        As in `sim.calibration.structures.fit_structures`.
    document
        Where the tables go, if they are not to be printed.
    publish
        Folder for the draws of each structure.

    Raises
    ------
    BadInput
        Also, before anything is computed, if the document has no place for the tables, or nothing
        can be written into the folder.
    """
    if publish is not None:
        file = load_calibration(calibration).file
        get_place(publish, file.particles if particles is None else particles)

    def make() -> list[Block]:
        rivals = fit_structures(
            calibration,
            out=out,
            workers=workers,
            particles=particles,
            refit=refit,
            only=only,
            say=say,
        )
        if publish is not None:
            publish_structures(rivals, publish)
            say(f"The draws of each structure are in {publish}.")
        return baselines_part(rivals.compared)

    return shown(document, NAME, make)
