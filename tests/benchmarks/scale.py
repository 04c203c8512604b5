"""Section C: does the time for a council and a month stay the same as runs grow?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from statistics import median

from sim.model.engine import run_compiled
from tests.benchmarks.racing import Contestant, Laps, Run, race
from tests.benchmarks.report import number, spread, table
from tests.benchmarks.setting import made_up_world

TITLE = "Scale"
MONTHS = 120
COUNCILS = (32, 100, 385, 1_000, 3_530, 10_000, 35_300)
SEEDS = (10, 100, 1_000, 10_000)
SCOTLAND = 32


@dataclass(frozen=True)
class Size:
    """So many councils, so many seeds in one call, breaches that spread to members or not."""

    councils: int
    seeds: int
    breaches_spread: bool = True


def ready(size: Size, months: int) -> Run:
    """Get a call of the compiled engine ready."""
    world = made_up_world(size.councils, months, breaches_spread=size.breaches_spread)
    return partial(run_compiled, world, range(1, size.seeds + 1))


def contestants(size: Size) -> list[Contestant]:
    """A call over the whole horizon, and one over its first month, which is mostly start-up."""
    return [
        Contestant(
            f"{size.councils} councils, {size.seeds} seeds, {months} months",
            size.councils * size.seeds * months,
            partial(ready, size, months),
        )
        for months in (MONTHS, 1)
    ]


def without_start(size: Size, whole: Laps, first: Laps) -> list[float]:
    """Nanoseconds for a council and a month, once under way."""
    months = size.councils * size.seeds * (MONTHS - 1)
    return [
        (long - short) / months * 1e9
        for long, short in zip(whole.seconds, first.seconds, strict=True)
    ]


def sizes_table(sizes: list[Size], rounds: int) -> str:
    """Time some sizes; a table, and how far they lie apart."""
    laps = race([entry for size in sizes for entry in contestants(size)], rounds)
    pairs = list(zip(sizes, laps[::2], laps[1::2], strict=True))
    rows = [
        (
            f"{size.councils:,}",
            f"{size.seeds:,}",
            spread([seconds / size.seeds * 1e6 for seconds in first.seconds]),
            spread(without_start(size, whole, first)),
            spread(whole.ns),
        )
        for size, whole, first in pairs
    ]
    header = (
        "councils",
        "seeds a call",
        "start-up of a seed, µs",
        "ns per council-month after that",
        "ns per council-month, all in",
    )
    under_way = [median(without_start(*pair)) for pair in pairs]
    all_in = [median(whole.ns) for _, whole, _ in pairs]
    return (
        f"{table(header, rows)}\n\nLargest / smallest: "
        f"{number(max(under_way) / min(under_way))} after start-up, "
        f"{number(max(all_in) / min(all_in))} all in."
    )


def section(rounds: int, quick: bool) -> str:
    """Time the compiled engine from few councils to many, and from few seeds to many."""
    councils, seeds = (COUNCILS[:3], SEEDS[:2]) if quick else (COUNCILS, SEEDS)
    work = 1_000 if quick else max(COUNCILS)
    by_councils = [Size(count, max(1, work // count)) for count in councils]
    by_seeds = [Size(SCOTLAND, count) for count in seeds]
    return "\n\n".join(
        [
            "The compiled engine, one thread: `beacon` with made-up councils on a small-world "
            f"network, {MONTHS} months. Start-up is the time of a call with one month only: the "
            "luck of a seed, and laying out the world.",
            "From few councils to many:",
            sizes_table(by_councils, rounds),
            "The same where a breach at one member does not reach others (`shared_fate = 0`). "
            "Otherwise a month with a severe breach at a member looks up one more draw for every "
            "council, and among many councils every month is such a month.",
            sizes_table([replace(size, breaches_spread=False) for size in by_councils], rounds),
            "From few seeds to many:",
            sizes_table(by_seeds, rounds),
        ]
    )
