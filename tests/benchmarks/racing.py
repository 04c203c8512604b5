"""The timing loop: contestants take turns, round after round."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec

Run = Callable[[], object]


class Absent(Exception):  # noqa: N818
    """Why a contestant cannot run on this machine."""


@dataclass(frozen=True)
class Contestant:
    """Something to time.

    Attributes
    ----------
    name
        What the table calls it.
    work
        How many units (council-months, say) one call does.
    prepare
        Gets everything ready and returns the call to be timed; may raise `Absent`.
    """

    name: str
    work: int
    prepare: Callable[[], Run]


@dataclass(frozen=True)
class Laps:
    """The times of one contestant: one a round, or none and the reason why it is absent."""

    name: str
    work: int
    seconds: tuple[float, ...] = ()
    absent: str = ""

    @property
    def ns(self) -> list[float]:
        """Nanoseconds for a unit of work, one figure a round."""
        return [seconds / self.work * 1e9 for seconds in self.seconds]

    def ratio_to(self, other: Laps) -> list[float]:
        """How many times slower than another, compared within each round."""
        if not self.seconds or not other.seconds:
            return []
        return [mine / theirs for mine, theirs in zip(self.ns, other.ns, strict=True)]


def need(package: str) -> None:
    """Raise `Absent` unless a package is installed."""
    if find_spec(package) is None:
        raise Absent("not installed")


def race(contestants: Iterable[Contestant], rounds: int) -> list[Laps]:
    """Time contestants in turn.

    Parameters
    ----------
    contestants
        In the order of the result.
    rounds
        How often each of them is timed, after one call that is not.

    Returns
    -------
    list of Laps
        One for each contestant.
    """
    laps: list[Laps] = []
    runs: dict[int, Run] = {}
    seconds: dict[int, list[float]] = {}
    for place, contestant in enumerate(contestants):
        try:
            runs[place] = contestant.prepare()
        except Absent as reason:
            laps.append(Laps(contestant.name, contestant.work, absent=str(reason)))
            continue
        laps.append(Laps(contestant.name, contestant.work))
        seconds[place] = []
        runs[place]()
    gc.disable()
    try:
        for _ in range(rounds):
            for place, run in runs.items():
                gc.collect()
                start = time.perf_counter()
                run()
                seconds[place].append(time.perf_counter() - start)
    finally:
        gc.enable()
    return [
        Laps(lap.name, lap.work, tuple(seconds.get(place, ())), lap.absent)
        for place, lap in enumerate(laps)
    ]
