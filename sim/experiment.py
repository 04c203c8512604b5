"""Plan and run an experiment: scenarios, points of curves and mixtures x seeds, over all cores.

The runner knows nothing of councils: a run is a name and a seed, and its result is tables.
Work is handed out in batches of chunks, some seeds of one scenario each: to threads where the
engine is compiled, which lets them work side by side, and to processes where it is not. Results
depend on neither the number of workers, nor the size of batches, nor the order in which they
finish.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sim.doubt import all_curves
from sim.engines import Engine
from sim.mixtures import mixture
from sim.outcomes import TABLES, frame_of, measure, numbers
from sim.parameters import draw_of, drawn
from sim.regimes import with_setting
from sim.results import CURVE_MARK, MIXTURE_MARK, is_scenario, mixture_name, point_name
from sim.settings import Curve, Experiment, Scenario
from sim.store import stacked

if TYPE_CHECKING:
    from sim.world import World

Tables = dict[str, pa.Table]

# Measured on an ordinary server, for the estimate before a run: on one core the engine's work, and
# the tables of a run; and what comes once, to start and to draw the pictures at the end.
MICROSECONDS_PER_COUNCIL_MONTH = {"compiled": 0.055, "mesa": 11.0}
SECONDS_PER_RUN = 0.001
ONCE_SECONDS = 12.0
# A chunk is at most about so much work: small enough to stop soon, and to lose little if killed.
# Small ones are handed out several at a time, since each hand-over and each file costs something.
CHUNK_SECONDS = 1.0
CHUNK_SEEDS = 100


@dataclass(frozen=True)
class Run:
    """One simulated future: a scenario, a point of a curve or a mixture, and a seed."""

    scenario: str
    seed: int


@dataclass(frozen=True)
class Chunk:
    """Some runs of one scenario, of one point of a curve or of one mixture."""

    scenario: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What is to be run.

    Attributes
    ----------
    runs
        Breadth-first: the first seed of everything before the second.
    council_months
        Work in a run of each scenario, point or mixture.
    """

    experiment: Experiment
    runs: tuple[Run, ...]
    council_months: dict[str, int]

    def seconds(self, workers: int, engine: Engine) -> float:
        """Expected time with this many workers."""
        work = sum(self.run_seconds(run.scenario, engine) for run in self.runs)
        return ONCE_SECONDS + work / workers

    def run_seconds(self, scenario: str, engine: Engine) -> float:
        """Expected time of one run on one core."""
        work = self.council_months[scenario] * MICROSECONDS_PER_COUNCIL_MONTH[engine] * 1e-6
        return SECONDS_PER_RUN + work

    def without(self, done: set[tuple[str, int]]) -> Plan:
        """Leave out what is done."""
        left = tuple(run for run in self.runs if (run.scenario, run.seed) not in done)
        return Plan(self.experiment, left, self.council_months)

    def chunks(self, engine: Engine) -> list[Chunk]:
        """All runs in pieces: the first seeds of everything before the next of anything."""
        seeds_of: dict[str, list[int]] = {}
        for run in self.runs:
            seeds_of.setdefault(run.scenario, []).append(run.seed)
        chunks = []
        for name, seeds in seeds_of.items():
            size = int(CHUNK_SECONDS / self.run_seconds(name, engine))
            size = max(1, min(size, CHUNK_SEEDS))
            chunks += [
                Chunk(name, tuple(seeds[place : place + size]))
                for place in range(0, len(seeds), size)
            ]
        return sorted(chunks, key=lambda chunk: chunk.seeds[0])

    def batches(self, engine: Engine) -> list[list[Chunk]]:
        """Put the chunks together, in their order, to about as much work as a chunk may be."""
        batches: list[list[Chunk]] = []
        room = 0.0
        for chunk in self.chunks(engine):
            seconds = self.run_seconds(chunk.scenario, engine) * len(chunk.seeds)
            if seconds > room:
                batches.append([])
                room = CHUNK_SECONDS
            batches[-1].append(chunk)
            room -= seconds
        return batches


def default_workers() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def scenario_of(experiment: Experiment, name: str, curves: Mapping[str, Curve]) -> Scenario:
    """Settings of a scenario, of a point of a curve or of a mixture, by its name."""
    if is_scenario(name):
        return experiment.scenarios[name]
    if MIXTURE_MARK in name:
        explanation, number = name.split(MIXTURE_MARK)
        return mixture(experiment, explanation).scenario(int(number))
    scenario, curve_name, place = name.split(CURVE_MARK)
    curve = curves[curve_name]
    return with_setting(experiment.scenarios[scenario], curve.setting, curve.values[int(place)])


def make_plan(experiment: Experiment, scenarios: list[str] | None = None) -> Plan:
    """Lay out the runs of an experiment, or of some of its scenarios."""
    from sim.world import chosen_councils

    names = list(experiment.scenarios) if scenarios is None else scenarios
    first = experiment.seeds.first
    seeds_of = dict.fromkeys(names, experiment.seeds.count)
    for curve_name, curve in all_curves(experiment).items():
        for name in curve.scenarios:
            if name in names:
                for place in range(len(curve.values)):
                    point = point_name(name, curve_name, place)
                    # A point never takes more seeds than were asked for in all.
                    seeds_of[point] = min(curve.seeds, experiment.seeds.count)
    councils = {
        name: len(chosen_councils(experiment.scenarios[name].councils, first)) for name in names
    }
    taking_part = {name: councils[name.split(CURVE_MARK)[0]] for name in seeds_of}
    for name, explanation in experiment.explain.items():
        if explanation.start in names and explanation.to in names:
            between = mixture(experiment, name)
            for number in range(len(between)):
                arrived = between.scenario(number).councils == between.ends[1].councils
                mixed = mixture_name(name, number)
                taking_part[mixed] = councils[explanation.to if arrived else explanation.start]
                seeds_of[mixed] = min(explanation.seeds, experiment.seeds.count)
    runs = [
        Run(name, first + place)
        for place in range(max(seeds_of.values()))
        for name, count in seeds_of.items()
        if place < count
    ]
    return Plan(
        experiment=experiment,
        runs=tuple(runs),
        council_months={
            name: number * experiment.horizon.months for name, number in taking_part.items()
        },
    )


class Worker:
    """Runs chunks of one experiment, in any number of threads.

    Worlds that all seeds share are made once.
    """

    def __init__(self, experiment: Experiment, engine: Engine) -> None:
        self.experiment = experiment
        self.engine = engine
        self.curves = all_curves(experiment)
        self._scenarios: dict[str, Scenario] = {}
        self._worlds: dict[str, World] = {}
        self._making: dict[str, threading.Lock] = {}

    def run(self, batch: Sequence[Chunk]) -> Tables:
        """Run chunks; a failure becomes a row and does not stop the rest."""
        pieces = [piece for chunk in batch for piece in self._pieces(chunk)]
        if self.engine == "mesa":
            # A model and its agents hold each other; Python would let many pile up.
            gc.collect()
        return pieces[0] if len(pieces) == 1 else stacked(pieces)

    def _pieces(self, chunk: Chunk) -> Iterator[Tables]:
        from sim.world import depends_on_seed

        apart = depends_on_seed(self._scenario(chunk.scenario))
        for seeds in [(seed,) for seed in chunk.seeds] if apart else [chunk.seeds]:
            yield self._tried(chunk.scenario, seeds)

    def _tried(self, name: str, seeds: tuple[int, ...]) -> Tables:
        try:
            return self._measured(name, seeds)
        except Exception:
            if len(seeds) > 1:
                # One by one, to keep those that work.
                return stacked([self._tried(name, (seed,)) for seed in seeds])
            failed = {"scenario": [name], "seed": list(seeds), "error": [traceback.format_exc()]}
            return {"failed": pa.table(failed)}

    def _measured(self, name: str, seeds: tuple[int, ...]) -> Tables:
        """Run simulated futures of one world and measure them."""
        from sim import engines

        experiment = self.experiment
        draws = [draw_of(experiment.parameters, seed) for seed in seeds]
        worlds = self._worlds_of(name, seeds[0], draws)
        record = engines.run_futures(worlds, experiment.horizon, seeds, self.engine)
        if is_scenario(name):
            return _with_draws(measure(record, experiment.outcomes, name, TABLES), draws)
        curve = None if MIXTURE_MARK in name else self.curves[name.split(CURVE_MARK)[1]]
        group = curve.group if curve else None
        wanted = ("runs",) if group is None else ("runs", "groups")
        tables = measure(record, experiment.outcomes, name, wanted)
        runs = tables["runs"]
        if group is not None:
            runs = _of_group(runs, tables["groups"], group)
        return _with_draws({"runs": runs}, draws)

    def _scenario(self, name: str) -> Scenario:
        if name not in self._scenarios:
            self._scenarios[name] = scenario_of(self.experiment, name, self.curves)
        return self._scenarios[name]

    def _worlds_of(self, name: str, seed: int, draws: Sequence[int]) -> list[World]:
        """Make a world for each of these draws of behaviour; neighbours that are alike share it."""
        from sim.world import with_behaviour

        world = self._world(name, seed)
        if not any(draws):
            return [world] * len(draws)
        found = {
            draw: with_behaviour(world, drawn(world.scenario, self.experiment.parameters, draw))
            for draw in dict.fromkeys(draws)
        }
        return [found[draw] for draw in draws]

    def _world(self, name: str, seed: int) -> World:
        from sim.world import build_world, depends_on_seed

        scenario = self._scenario(name)
        if depends_on_seed(scenario):
            return build_world(scenario, self.experiment.horizon, seed)
        with self._making.setdefault(name, threading.Lock()):
            if name not in self._worlds:
                self._worlds[name] = build_world(scenario, self.experiment.horizon, seed)
            return self._worlds[name]


def _with_draws(tables: Tables, draws: Sequence[int]) -> Tables:
    """Note in the table of runs which draw of behaviour each had."""
    column = numbers(np.array(draws, dtype=np.int64))
    return {**tables, "runs": tables["runs"].add_column(2, "draw", column)}


def _of_group(runs: pa.Table, groups: pa.Table, group: str) -> pa.Table:
    """Replace the shares joined of all councils by those of a group, where it is there."""
    table = frame_of(groups)
    own = table[table["group"] == group].set_index("seed").reindex(runs["seed"].to_numpy())
    for place, name in enumerate(runs.column_names):
        if name.startswith("joined_share_"):
            shares = own[name] if name in own else np.full(len(own), np.nan)
            runs = runs.set_column(place, name, numbers(np.asarray(shares)))
        elif name == "passed":
            runs = runs.set_column(place, name, numbers(own["passed"].eq(True).to_numpy()))
    return runs


def _runs_in(batch: Sequence[Chunk]) -> int:
    return sum(len(chunk.seeds) for chunk in batch)


_worker: Worker | None = None


def _start_worker(experiment: Experiment, engine: Engine) -> None:
    global _worker
    # Ctrl-C is the parent's to handle: it stops handing out work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    _worker = Worker(experiment, engine)


def end_with_parent() -> None:
    """End this process when its parent is gone, be it by ``kill -9``."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Keep Ctrl-C from processes that are started here, before they can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run_batch(batch: Sequence[Chunk]) -> Tables:
    assert _worker is not None
    return _worker.run(batch)


class WorkerDied(RuntimeError):  # noqa: N818
    """A worker process ended without a word, for lack of memory perhaps."""


def execute(
    plan: Plan,
    keep: Callable[[Tables], None],
    *,
    workers: int,
    engine: Engine = "compiled",
    advance: Callable[[int], object] = lambda runs: None,
) -> None:
    """Run a plan; `keep` receives tables as batches finish, `advance` the number of runs.

    Raises
    ------
    WorkerDied
        If a worker process was killed. What was kept stays kept.
    """
    batches = iter(plan.batches(engine))
    worker = Worker(plan.experiment, engine)
    if workers == 1:
        for batch in batches:
            keep(worker.run(batch))
            advance(_runs_in(batch))
        return
    pool: Executor
    if engine == "compiled":
        pool, run = ThreadPoolExecutor(workers), worker.run
    else:
        run = _run_batch
        pool = ProcessPoolExecutor(
            workers,
            mp_context=get_context("spawn"),
            initializer=_start_worker,
            initargs=(plan.experiment, engine),
        )
    pending: dict[Future[Tables], int] = {}
    try:
        while True:
            # Few batches in hand, so that stopping is quick.
            with _no_interrupt():
                for batch in islice(batches, 2 * workers - len(pending)):
                    pending[pool.submit(run, batch)] = _runs_in(batch)
            if not pending:
                return
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                runs = pending.pop(future)
                keep(future.result())
                advance(runs)
    except BrokenProcessPool as error:
        raise WorkerDied("a worker process was killed") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for future in pending:
            # What was in hand when Ctrl-C came and has been finished since.
            if not future.cancelled() and future.exception() is None:
                keep(future.result())
