"""What workers of all kinds share: worlds laid out once, room for runs, and runs measured together.

Numbers are changed in a laid-out world from one point, or draw of behaviour, to the next; many
runs are then measured at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.effects import Effect
from sim.model.laid_out import LaidOut, Room
from sim.model.record import Record, groups_of
from sim.model.world import World
from sim.runs.own_outcomes import OwnOutcomes
from sim.runs.tables import Tables

AnyArray = npt.NDArray[Any]
# From what was written down, with the point and the draw of each run, to tables.
Measure = Callable[[Record, AnyArray, AnyArray], Tables]
# Runs that are measured together: enough for arrays to pay, few enough to stay in a cache.
TOGETHER = 256
# Worlds that a thread keeps laid out; each takes some hundred kilobytes.
KEPT_WORLDS = 128


# What the IT spend of councils is worked out from, which outcomes of one's own read from the world.
OF_SPEND = ("traits.it_share_england", "traits.it_share_scotland", "traits.it_floor_gbp_m")


def needs_world(setting: str, effect: Effect, own: OwnOutcomes) -> bool:
    """Must points that differ in a setting have worlds of their own, where these are measured?"""
    return effect == "world" or bool(own.names and setting in OF_SPEND)


class Workplace(threading.local):
    """Worlds that are laid out, and rooms for their runs; each thread has its own."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, LaidOut] = OrderedDict()
        self._rooms: dict[tuple[int, int, int], Room] = {}

    def laid_out(self, key: Hashable, make: Callable[[], World]) -> LaidOut:
        """Lay a world out, or find it where it was.

        Parameters
        ----------
        key
            Tells worlds apart.
        make
            Builds the world, where it is not kept.
        """
        if key not in self._kept:
            laid = LaidOut(make())
            if len(self._kept) >= KEPT_WORLDS:
                self._kept.popitem(last=False)
            self._kept[key] = laid
        self._kept.move_to_end(key)
        return self._kept[key]

    def room(self, world: World) -> Room:
        """Take the room for runs of worlds of this size."""
        size = len(world.councils), len(world.offer_names), len(groups_of(world))
        if size not in self._rooms:
            self._rooms[size] = Room(world, TOGETHER)
        return self._rooms[size].of(world)


class Sink:
    """Runs of one world as they come, measured many at a time.

    Parameters
    ----------
    laid
        The world.
    room
        Where its runs are written down.
    measure
        Turns runs into tables.
    """

    def __init__(self, laid: LaidOut, room: Room, measure: Measure) -> None:
        self.laid = laid
        self.room = room
        self.measure = measure
        self._pieces: list[Tables] = []
        self._filled = 0
        self._came: list[tuple[Any, int, int]] = []  # point, draw, runs

    def run(self, point: Any, seeds: AnyArray, draw: int) -> None:
        """Run futures of a point as the layout is now."""
        if self._filled + len(seeds) > TOGETHER:
            self._measure()
        self.laid.run(seeds, self.room, self._filled)
        self._filled += len(seeds)
        self._came.append((point, draw, len(seeds)))

    def finished(self) -> list[Tables]:
        """Measure what is left, and give all tables."""
        if self._filled:
            self._measure()
        return self._pieces

    def _measure(self) -> None:
        record = self.room.record.first(self._filled)
        points, draws, runs = (np.array(part) for part in zip(*self._came, strict=True))
        self._pieces.append(self.measure(record, points.repeat(runs), draws.repeat(runs)))
        self._filled, self._came = 0, []
