"""Section E: the main experiment whole, from file to report, beside the engine's own time for it.

Both are measured in one process, one after the other, once imports and compiling are done.
"""

from __future__ import annotations

import os
import pkgutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from sim import simulate
from sim.experiment.load import load_experiment
from sim.experiment.parameters import draw_of, drawn
from sim.experiment.plan import Plan, make_plan, with_seeds
from sim.model.compiled import code_for
from sim.model.engine.ensemble import play
from sim.model.layout import (
    Case,
    Outputs,
    State,
    make_case,
    make_state,
    outputs_of,
    take_capacity,
    with_behaviour,
)
from sim.model.record import Record
from sim.model.world import World, build_world
from sim.model.world import with_behaviour as world_with_behaviour
from sim.runs.executors import default_workers
from tests.benchmarks.report import number, spread, table
from tests.shared.folders import ROOT

TITLE = "The main experiment"
FILE = ROOT / "experiments" / "gaap_vs_scotland.toml"
WARM_UP = ROOT / "experiments" / "quickstart.toml"
# What is clocked inside `simulate`, in the order in which it is done.
PARTS = {
    "runs and their tables": ("sim.study._run",),
    "merging": ("sim.runs.store.Store.merge", "sim.study.results_of", "sim.study.keep_design"),
    "findings": ("sim.present.publish.find",),
    "findings written": ("sim.analysis.findings.Findings.write",),
    "pictures drawn": ("sim.present.figures.catalogue.draw_figures",),
    "workbook": ("sim.present.workbook.write_workbook",),
    "words": ("sim.present.publish.report", "sim.present.publish.markdown"),
    "waiting for pictures": ("sim.present.figures.writer.FigureWriter.__exit__",),
    "page": ("sim.present.publish.html",),
}
Job = Callable[[], object]


@dataclass
class Clock:
    """Time that something took: on the wall, and of processors, those of ended children included.

    Attributes
    ----------
    wall, processor
        Seconds, added up over all times that it was measured.
    """

    wall: float = 0.0
    processor: float = 0.0
    _depth: int = field(default=0, repr=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Add the time of a block; of one inside another, nothing."""
        wall, processor = time.perf_counter(), processor_seconds()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.wall += time.perf_counter() - wall
                self.processor += processor_seconds() - processor


def processor_seconds() -> float:
    """Processor time so far, of all threads and of children that have ended."""
    return sum(os.times()[:4])


@contextmanager
def clocked(parts: dict[str, tuple[str, ...]], clocks: dict[str, Clock]) -> Iterator[None]:
    """Clock functions, by their dotted names, while a block runs."""
    with ExitStack() as stack:
        for part, names in parts.items():
            for name in names:
                stack.enter_context(_clocked(name, clocks[part]))
        yield


def _clocked(name: str, clock: Clock) -> Any:
    function = pkgutil.resolve_name(name)

    def measured(*arguments: Any, **more: Any) -> Any:
        with clock.running():
            return function(*arguments, **more)

    return patch(name, measured)


# ---------------------------------------------------------------- the engine alone


def engine_jobs(plan: Plan) -> list[list[Job]]:
    """Lay all runs of a plan out for the engine: a list of calls for each point.

    A call runs the seeds of a point that have a draw of behaviour in common. Nothing is left to be
    prepared; what the runs write down is thrown away.
    """
    return [_calls(plan, point, seeds) for point, seeds in plan.runs.seeds_of.items()]


def _calls(plan: Plan, point: str, seeds: Sequence[int]) -> list[Job]:
    experiment = plan.experiment
    settings = plan.points[point].settings(experiment)
    world = build_world(settings, experiment.horizon, experiment.seeds.first)
    first, state = make_case(world), make_state(world)
    by_draw: dict[int, list[int]] = {}
    for seed in seeds:
        by_draw.setdefault(draw_of(experiment.parameters, seed), []).append(seed)
    record = Record(world, range(max(map(len, by_draw.values()))))
    calls: list[Job] = []
    for draw, theirs in by_draw.items():
        own = world_with_behaviour(world, drawn(settings, experiment.parameters, draw))
        case, outputs = with_behaviour(first, own), outputs_of(record, slice(0, len(theirs)))
        numbers = np.array(theirs, dtype=record.seeds.dtype)
        code = code_for(play, case, state, numbers, outputs)
        calls.append(partial(_call, code, case, state, own, numbers, outputs))
    return calls


def _call(code: Any, case: Case, state: State, own: World, seeds: Any, outputs: Outputs) -> None:
    take_capacity(state, own)
    code(case, state, seeds, outputs)


def run_engine(calls: Sequence[Sequence[Job]], workers: int) -> Clock:
    """Run all calls in threads; those of a point share a room, and so a thread."""
    clock = Clock()

    def all_of(point: Sequence[Job]) -> None:
        for call in point:
            call()

    with ThreadPoolExecutor(workers) as pool, clock.running():
        # The longest first, so that no thread waits for another at the end.
        list(pool.map(all_of, sorted(calls, key=len, reverse=True)))
    return clock


# ---------------------------------------------------------------- the whole


def section(rounds: int, quick: bool) -> str:
    """Time the engine and the whole in turn."""
    file, seeds = (WARM_UP, 2) if quick else (FILE, None)
    workers = default_workers()
    experiment = load_experiment(file)
    plan = make_plan(with_seeds(experiment, seeds) if seeds else experiment)
    council_months = sum(
        len(of) * plan.council_months[point] for point, of in plan.runs.seeds_of.items()
    )
    engine: list[Clock] = []
    whole: list[Clock] = []
    parts: list[dict[str, Clock]] = []
    with tempfile.TemporaryDirectory() as folder:
        # Imports, and what is read once.
        simulate(WARM_UP, seeds=2, out=Path(folder) / "warm", workers=workers)
        calls = engine_jobs(plan)
        for turn in range(rounds):
            engine.append(run_engine(calls, workers))
            whole.append(Clock())
            parts.append({part: Clock() for part in PARTS})
            out = Path(folder) / str(turn)
            with whole[-1].running(), clocked(PARTS, parts[-1]):
                simulate(file, seeds=seeds, out=out, workers=workers)
    rows = [
        _row("**the whole**", engine, whole, whole),
        *(_row(part, engine, [of[part] for of in parts], whole) for part in PARTS),
        _row("the rest", engine, [_rest(a, b) for a, b in zip(whole, parts, strict=True)], whole),
    ]
    return "\n\n".join(
        [
            f"`{file.stem}`: {len(plan.runs):,} runs, {council_months / 1e6:,.0f} million "
            f"council-months, on {workers} workers. The engine alone takes "
            f"{spread([clock.wall for clock in engine])} seconds, and "
            f"{spread([clock.processor for clock in engine])} of processors, with all worlds laid "
            "out before and nothing measured of the runs. The whole is `simulate`, from the file "
            "to the report, in the same process, after imports and compiling; processes that it "
            "starts import again, within the time of the part that waits for them.",
            table(
                (
                    "part",
                    "seconds",
                    "times the engine",
                    "share",
                    "of processors, seconds",
                    "times the engine",
                ),
                rows,
            ),
        ]
    )


def _rest(whole: Clock, parts: dict[str, Clock]) -> Clock:
    of = parts.values()
    return Clock(
        max(whole.wall - sum(part.wall for part in of), 0.0),
        max(whole.processor - sum(part.processor for part in of), 0.0),
    )


def _row(
    name: str, engine: Sequence[Clock], own: Sequence[Clock], whole: Sequence[Clock]
) -> list[str]:
    share = sum(clock.wall for clock in own) / sum(clock.wall for clock in whole)
    return [
        name,
        spread([clock.wall for clock in own]),
        number(_median_ratio([(a.wall, b.wall) for a, b in zip(own, engine, strict=True)])),
        f"{share:.0%}",
        spread([clock.processor for clock in own]),
        number(
            _median_ratio([(a.processor, b.processor) for a, b in zip(own, engine, strict=True)])
        ),
    ]


def _median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    return float(np.median([a / b if b else np.nan for a, b in pairs]))
