"""How fast a sweep is on a cluster's workers, beside threads of this machine.

    python -m tests.benchmarks.cluster [--points 2000] [--rounds 3]

prints the tables of docs/scale.md. Places take turns, round after round; every place is warm, that
is, each worker has begun on the sweep before the clock starts. It needs the extra `cluster`.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from sim.experiment.load import load_experiment
from sim.model.run import get_ready
from sim.runs.cluster import Cluster, Fingerprinted
from sim.runs.executors import Executor, Here, Threads, in_order
from sim.runs.fingerprint import sweep_hash
from sim.runs.sweep_worker import make_sweep_run
from sim.runs.sweeps import design_of, divide
from tests.shared.dask_processes import dask_processes
from tests.shared.executors import squares
from tests.shared.folders import ROOT

FILE = ROOT / "experiments" / "sweeps" / "push_or_terms.toml"
WORKERS = (1, 2, 4)
# Chunks with next to nothing to do, whose time is all overhead.
EMPTY = 200


def places(stack: ExitStack, folder: Path) -> Iterator[tuple[str, Executor]]:
    """Give places to work by name, those on clusters with workers that have joined."""
    yield "this thread", Here()
    yield "2 threads", Threads(2)
    for count in WORKERS:
        dask = stack.enter_context(dask_processes(folder / str(count)))
        for _ in range(count):
            dask.worker()
        cluster = stack.enter_context(Cluster(dask.address))
        while cluster.workers < count:
            time.sleep(0.1)
        yield f"Dask, {count} worker{'s' if count > 1 else ''}", cluster


def seconds(call: Callable[[], object]) -> float:
    """Time a call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    get_ready("compiled", print)
    design = design_of(load_experiment(FILE, [f"sweep.push.size={options.points}"]), "push")
    blocks, runs = divide(design).all(), len(design) * design.sweep.replicates
    task = Fingerprinted(partial(make_sweep_run, design), partial(sweep_hash, design))
    took: dict[str, list[float]] = {}
    empty: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ready = []
        for name, executor in places(stack, Path(folder)):
            run = stack.enter_context(in_order(executor, task))
            count = stack.enter_context(in_order(executor, squares))
            run(blocks[: 2 * executor.workers])
            count(range(2 * executor.workers))
            ready.append((name, run, count))
        for _ in range(options.rounds):
            for name, run, count in ready:
                took.setdefault(name, []).append(seconds(partial(run, blocks)))
                empty.setdefault(name, []).append(seconds(partial(count, range(EMPTY))))
    base = statistics.median(took["this thread"])
    print(f"{runs:,} runs in {len(blocks)} blocks; median of {options.rounds} rounds (range)\n")
    print("| Where | runs a second | times this thread | overhead of a chunk, ms |")
    print("| --- | ---: | ---: | ---: |")
    for name, found in took.items():
        rates = sorted(runs / one for one in found)
        ratios = sorted(base / one for one in found)
        over = statistics.median(empty[name]) / EMPTY * 1e3
        print(
            f"| {name} | {statistics.median(rates):,.0f} ({rates[0]:,.0f}–{rates[-1]:,.0f}) | "
            f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f}) | {over:.2f} |"
        )


if __name__ == "__main__":
    main()
