"""What is printed, or put into a document, of parameters that could be fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.analysis.fixable import fixable_table
from sim.cli.parts import shown
from sim.pages.fixable_page import NAME, fixable_part
from sim.present.blocks import Block
from sim.study import move_doubtful


def fixable_text(
    experiment: Path,
    changes: Sequence[str],
    seeds: int,
    workers: int | None,
    document: Path | None,
    say: Callable[[str], object],
) -> str:
    """Run what history told nothing of at both ends; print the table, or put it into a document.

    Parameters
    ----------
    experiment, changes, seeds, workers, say
        As in `sim.study.move_doubtful`.
    document
        Where the table goes, if it is not to be printed.
    """

    def make() -> list[Block]:
        results = move_doubtful(experiment, seeds=seeds, changes=changes, workers=workers, say=say)
        return fixable_part(fixable_table(results))

    return shown(document, NAME, make)
