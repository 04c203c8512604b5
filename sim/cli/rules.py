"""What is printed, or put into a document, of rules that were left out of fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.calibration.reduce import reduce_rules
from sim.cli.parts import shown
from sim.pages.rules_page import NAME, rules_part
from sim.present.blocks import Block


def rules_told(
    calibration: Path,
    *,
    out: Path,
    workers: int | None,
    particles: int | None,
    refit: int,
    document: Path | None,
    say: Callable[[str], object],
) -> str:
    """Fit without rules; return what is to be printed, or put it into a document and say so.

    Parameters
    ----------
    calibration, out, workers, particles, refit, say
        As in `sim.calibration.reduce.reduce_rules`.
    document
        Where the tables go, if they are not to be printed.

    Raises
    ------
    BadInput
        Also, before anything is computed, if the document has no place for it.
    """

    def make() -> list[Block]:
        steps, scores = reduce_rules(
            calibration, out=out, workers=workers, particles=particles, refit=refit, say=say
        )
        return rules_part(steps, scores)

    return shown(document, NAME, make)
