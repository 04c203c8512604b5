"""The timing loop: contestants take turns, round after round."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from math import ceil

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


def timed(run: Run, calls: int) -> float:
    """Seconds of a call, on average over some."""
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def race(contestants: Iterable[Contestant], rounds: int, shortest: float = 0.05) -> list[Laps]:
    """Time contestants in turn.

    Parameters
    ----------
    contestants
        In the order of the result.
    rounds
        How often each of them is timed, once it is warm.
    shortest
        Seconds that a lap lasts at least: brief calls are repeated.

    Returns
    -------
    list of Laps
        One for each contestant.
    """
    laps: list[Laps] = []
    runs: dict[int, tuple[Run, int]] = {}
    seconds: dict[int, list[float]] = {}
    for index, contestant in enumerate(contestants):
        try:
            run = contestant.prepare()
        except Absent as reason:
            laps.append(Laps(contestant.name, contestant.work, absent=str(reason)))
            continue
        laps.append(Laps(contestant.name, contestant.work))
        run()  # whatever is done only once
        runs[index] = run, max(1, ceil(shortest / max(timed(run, 1), 1e-6)))
        seconds[index] = []
    gc.disable()
    try:
        for _ in range(rounds):
            for index, (run, calls) in runs.items():
                gc.collect()
                seconds[index].append(timed(run, calls))
    finally:
        gc.enable()
    return [replace(lap, seconds=tuple(seconds.get(index, ()))) for index, lap in enumerate(laps)]
