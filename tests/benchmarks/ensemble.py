"""Section B: a thousand futures on all cores, from a world to tables of results.

Each measurement is a process of its own, so that its peak of memory is its own too.
``python -m tests.benchmarks.ensemble SEEDS THREADS [TABLE ...]`` is such a process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

from sim.model.engine import run_compiled
from sim.runs.measure import tables_of
from tests.benchmarks.report import spread, table
from tests.benchmarks.setting import NAME, beacon, experiment
from tests.shared.folders import ROOT

TITLE = "The ensemble"
BLOCK = 25
TABLES = ("runs", "series")

Measured = dict[str, float]


def peak_mb() -> Measured:
    """Most memory that this process has held so far; empty where the system does not tell."""
    try:
        import resource
    except ModuleNotFoundError:
        return {}
    unit = 1 if sys.platform == "darwin" else 1024
    return {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6}


def measure(seeds: int, threads: int, tables: Sequence[str]) -> Measured:
    """Run futures in threads, a block of seeds at a time, and keep the tables asked for."""
    world, outcomes = beacon(), experiment().outcomes

    def run(block: Sequence[int]) -> object:
        return tables_of(run_compiled(world, block), outcomes, NAME, tables)

    run(range(1, 3))
    blocks = [range(start, min(start + BLOCK, seeds + 1)) for start in range(1, seeds + 1, BLOCK)]
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        kept = list(pool.map(run, blocks))
    seconds = time.perf_counter() - start
    assert len(kept) == len(blocks)
    return {"seconds": seconds, **peak_mb()}


def in_new_process(seeds: int, threads: int, tables: Sequence[str]) -> Measured:
    """Measure in a fresh process; with no seeds, what it holds before it starts."""
    command = [sys.executable, "-m", "tests.benchmarks.ensemble", str(seeds), str(threads), *tables]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    measured: Measured = json.loads(done.stdout)
    return measured


def section(rounds: int, quick: bool) -> str:
    """Time ensembles on one core and on all, without tables and with them."""
    seeds, cores = 50 if quick else 1_000, cpu_count() or 1
    ways = {
        "one thread, runs only": (seeds, 1, ()),
        f"{cores} threads, runs only": (seeds, cores, ()),
        f"{cores} threads, and tables of outcomes and months": (seeds, cores, TABLES),
    }
    nothing = in_new_process(0, cores, TABLES).get("peak_mb")
    laps = [{name: in_new_process(*way) for name, way in ways.items()} for _ in range(rounds)]
    alone = next(iter(ways))
    rows = [
        (
            name,
            spread([lap[name]["seconds"] for lap in laps]),
            spread([lap[alone]["seconds"] / lap[name]["seconds"] for lap in laps]),
            spread([lap[name]["peak_mb"] for lap in laps if "peak_mb" in lap[name]], "unknown"),
        )
        for name in ways
    ]
    held = "" if nothing is None else f" About {nothing:,.0f} MB are held before the first seed."
    return "\n\n".join(
        [
            f"Scenario `beacon`, {seeds:,} seeds in blocks of {BLOCK}, each time in a fresh "
            f"process. Peak of memory: that of the whole process.{held}",
            table(("", "seconds", "times as fast as one thread", "peak of memory, MB"), rows),
        ]
    )


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])))
