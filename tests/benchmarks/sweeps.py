"""Section F: a sweep from its file to its tables, against the engine's own time for its runs.

``python -m tests.benchmarks.sweeps POINTS REPLICATES`` runs a sweep in a process of its own, so
that its peak of memory is its own too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from statistics import median

import numpy as np

from sim.experiment.parameters import draw_of, draws_for
from sim.model.laid_out import LaidOut, Room
from sim.model.run import get_ready
from sim.model.world import build_world
from sim.runs.progress import Silent
from sim.runs.sweeps import SweepResults, sweep
from tests.benchmarks.ensemble import Measured, peak_mb
from tests.benchmarks.report import spread, table
from tests.shared.folders import ROOT

TITLE = "Sweeps"
FILE, NAME = ROOT / "experiments" / "sweeps" / "push_or_terms.toml", "terms"
# What is planned for, from what was measured.
PLANNED = 1_000_000


def run_sweep(points: int, replicates: int, folder: str) -> SweepResults:
    """Run a sweep over four numbers, spread evenly, in one thread, from file to tables."""
    changes = [
        f"sweep.{NAME}.design=latin_hypercube",
        f"sweep.{NAME}.size={points}",
        f"sweep.{NAME}.replicates={replicates}",
    ]
    return sweep(FILE, NAME, workers=1, out=folder, progress=Silent(), changes=changes)


def engine_seconds(results: SweepResults) -> float:
    """Time the compiled steps alone for the points, draws and seeds of a sweep."""
    design = results.design
    base = design.base(design.sweep.scenarios[0])
    seeds = [design.experiment.seeds.first + at for at in range(design.sweep.replicates)]
    world = build_world(base, design.experiment.horizon, seeds[0])
    laid, room = LaidOut(world), Room(world, len(seeds))
    names = tuple(design.settings)
    put, values = laid.putting(names), design.table[list(names)].to_numpy(dtype=np.float64).tolist()
    by_draw: dict[int, list[int]] = {}
    for seed in seeds:
        by_draw.setdefault(draw_of(design.parameters, seed), []).append(seed)
    seconds = 0.0
    for draw, theirs in by_draw.items():
        drawn = draws_for(design.parameters).settings(draw)
        laid.put({name: value for name, value in drawn.items() if name not in names})
        mine = np.array(theirs, dtype=np.int64)
        for row in values:
            put(row)
            start = time.process_time()
            laid.run(mine, room, 0)
            seconds += time.process_time() - start
    return seconds


def measure(points: int, replicates: int) -> Measured:
    """Run a sweep once, with what it takes."""
    get_ready("compiled", lambda line: None)
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        run_sweep(points, replicates, folder)
        return {"seconds": time.process_time() - start, **peak_mb()}


def in_new_process(points: int, replicates: int) -> Measured:
    """Measure in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.sweeps", str(points), str(replicates)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def section(rounds: int, quick: bool) -> str:
    """Time a sweep and the engine in turn; and plan a larger sweep from two that were measured."""
    points, replicates = (64, 4) if quick else (5_000, 20)
    whole, engine = [], []
    get_ready("compiled", lambda line: None)
    for lap in range(rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            results = run_sweep(points, replicates, folder)
            seconds = time.process_time() - start
            own = engine_seconds(results)
        if lap:  # the first warms up
            whole.append(seconds)
            engine.append(own)
    ratios = [one / other for one, other in zip(whole, engine, strict=True)]
    runs = points * replicates
    rows = [
        ("the engine's own time", spread(engine), "1.00"),
        ("the sweep, from file to tables", spread(whole), spread(ratios)),
    ]
    return "\n\n".join(
        [
            f"{points:,} points of a Latin hypercube over four numbers x {replicates} futures of "
            f"32 councils, 96 months: {runs:,} runs, one thread. The engine's own time is that of "
            "its compiled steps for the same points, draws of behaviour and seeds. Seconds are "
            "those of the processor.",
            table((f"{runs:,} runs", "processor seconds", "times the engine"), rows),
            _planned(points, replicates, median(whole)),
        ]
    )


def _planned(points: int, replicates: int, seconds: float) -> str:
    """Say what a million runs take, as two sizes were measured."""
    small, large = points // 10, points
    measured = {count: in_new_process(count, replicates) for count in (small, large)}
    if "peak_mb" not in measured[large]:
        return "This system does not tell how much memory a process had."
    low, high = (measured[count]["peak_mb"] for count in (small, large))
    slope = max(0.0, (high - low) / ((large - small) * replicates))
    planned = high + slope * (PLANNED - large * replicates)
    minutes = seconds / (large * replicates) * PLANNED / 60
    rows = [
        (f"{small * replicates:,}", "measured", f"{low:,.0f}"),
        (f"{large * replicates:,}", "measured", f"{high:,.0f}"),
        (f"{PLANNED:,}", f"planned; {minutes:,.0f} minutes of one core", f"{planned:,.0f}"),
    ]
    return table(("runs, each in a fresh process", "", "peak of memory, MB"), rows)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
