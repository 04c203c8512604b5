"""The futures of the policies of a search: those of a sweep, in which nothing is certain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.experiment.sweeps import Design
from sim.model.laid_out import LaidOut
from sim.runs.blocks import Block
from sim.runs.sweep_worker import Start, SweepWorker
from sim.runs.tables import Tables

AnyArray = npt.NDArray[Any]
# What each future draws, by seed and setting.
Drawn = Mapping[int, Mapping[str, float]]


class SearchWorker(SweepWorker):
    """Runs blocks of policies, every future with its own draw of what is uncertain.

    Parameters
    ----------
    design
        The policies.
    drawn
        What each future draws, the same for all policies; nothing, or something for every seed.
    """

    def __init__(self, design: Design, drawn: Drawn) -> None:
        super().__init__(design)
        self.drawn = drawn

    def _draws(self, rows: list[int], seeds: AnyArray) -> Iterator[tuple[int, list[int], AnyArray]]:
        for draw, some, theirs in super()._draws(rows, seeds):
            apart = np.split(theirs, len(theirs)) if self.drawn else [theirs]
            for seeds_alike in apart:
                yield draw, some, seeds_alike

    def _put_draw(self, laid: LaidOut, start: Start, draw: int, seeds: AnyArray) -> None:
        super()._put_draw(laid, start, draw, seeds)
        if self.drawn:
            laid.put(self.drawn[int(seeds[0])])


def make_search_run(design: Design, drawn: Drawn) -> Callable[[Block], Tables]:
    """Make what runs blocks, wherever an executor puts it to work."""
    return SearchWorker(design, drawn).run
