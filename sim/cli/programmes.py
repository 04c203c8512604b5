"""What is printed, or put into a document, of how far programmes differ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.calibration.calibrate import executor_for
from sim.calibration.plan import Source
from sim.calibration.programmes import Programmes, compare_programmes
from sim.calibration.reduce import make_fit
from sim.cli.parts import shown
from sim.pages.programmes_page import NAME, programmes_part


def programmes_told(
    calibration: Path,
    structure: str | None,
    refit: int,
    document: Path | None,
    *,
    out: Path,
    workers: int | None,
    say: Callable[[str], object],
) -> str:
    """Fit twice, leave each case out, and return what is to be printed, or put it into a document.

    Parameters
    ----------
    calibration, structure, out, workers, say
        As in `sim.calibration.calibrate`.
    refit
        As in `sim.calibration.reduce.unseen_cases`.
    document
        Where the table goes, if it is not to be printed.

    Raises
    ------
    BadInput
        Also, before anything is computed, if the document has no place for it.
    """
    source = Source(str(calibration), structure=structure)

    def find() -> Programmes:
        fit = make_fit(out, None, say, executor_for(workers), None)
        return compare_programmes(source, fit, refit=refit, say=say)

    return shown(document, NAME, lambda: programmes_part(find()))
