"""Plan and run an experiment: scenarios x seeds, and the points of its curves, over all cores.

The runner knows nothing of councils: a run is a name and a seed, and its result is tables.
Results depend on neither the number of workers nor the order in which they finish.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process

import pandas as pd

from sim.engines import Engine
from sim.outcomes import tables_of
from sim.regimes import with_setting
from sim.results import CURVE_MARK, point_name
from sim.settings import Experiment, Scenario
from sim.store import STORED, merged

Tables = dict[str, pd.DataFrame]

# Measured on one core of an ordinary server, for the estimate before a run.
MICROSECONDS_PER_COUNCIL_MONTH = {"compiled": 0.5, "mesa": 11.0}
SECONDS_PER_RUN = 0.012
START_SECONDS = 5.0
CHUNK_COUNCIL_MONTHS = 120_000


@dataclass(frozen=True)
class Run:
    """One simulated future: a scenario, or a point of a curve, and a seed."""

    scenario: str
    seed: int


@dataclass(frozen=True)
class Plan:
    """What is to be run.

    Attributes
    ----------
    runs
        Breadth-first: the first seed of everything before the second.
    council_months
        Work in a run of each scenario or point.
    """

    experiment: Experiment
    runs: tuple[Run, ...]
    council_months: dict[str, int]

    def seconds(self, workers: int, engine: Engine) -> float:
        """Expected time with this many workers."""
        work = sum(self.council_months[run.scenario] for run in self.runs)
        seconds = work * MICROSECONDS_PER_COUNCIL_MONTH[engine] * 1e-6
        return START_SECONDS + (seconds + len(self.runs) * SECONDS_PER_RUN) / workers

    def without(self, done: set[tuple[str, int]]) -> Plan:
        """Leave out what is done."""
        left = tuple(run for run in self.runs if (run.scenario, run.seed) not in done)
        return Plan(self.experiment, left, self.council_months)

    def chunks(self) -> Iterator[list[Run]]:
        """Runs in order, bundled into pieces of about a second's work."""
        chunk: list[Run] = []
        work = 0
        for run in self.runs:
            chunk.append(run)
            work += self.council_months[run.scenario]
            if work >= CHUNK_COUNCIL_MONTHS:
                yield chunk
                chunk, work = [], 0
        if chunk:
            yield chunk


def default_workers() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def scenario_of(experiment: Experiment, name: str) -> Scenario:
    """Settings of a scenario, or of a point of a curve by its name."""
    if CURVE_MARK not in name:
        return experiment.scenarios[name]
    scenario, curve_name, place = name.split(CURVE_MARK)
    curve = experiment.curves[curve_name]
    return with_setting(experiment.scenarios[scenario], curve.setting, curve.values[int(place)])


def make_plan(experiment: Experiment, scenarios: list[str] | None = None) -> Plan:
    """Lay out the runs of an experiment, or of some of its scenarios."""
    from sim.world import chosen_councils

    names = list(experiment.scenarios) if scenarios is None else scenarios
    first = experiment.seeds.first
    seeds_of = dict.fromkeys(names, experiment.seeds.count)
    for curve_name, curve in experiment.curves.items():
        for name in curve.scenarios:
            if name in names:
                for place in range(len(curve.values)):
                    point = point_name(name, curve_name, place)
                    # A point never takes more seeds than were asked for in all.
                    seeds_of[point] = min(curve.seeds, experiment.seeds.count)
    councils = {
        name: len(chosen_councils(experiment.scenarios[name].councils, first)) for name in names
    }
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
            name: councils[name.split(CURVE_MARK)[0]] * experiment.horizon.months
            for name in seeds_of
        },
    )


class Worker:
    """Runs chunks of one experiment, keeping the worlds that seeds share."""

    def __init__(self, experiment: Experiment, engine: Engine) -> None:
        self.experiment = experiment
        self.engine = engine
        self._worlds: dict[str, object] = {}
        gc.freeze()  # what is imported by now need not be looked at again

    def run(self, chunk: list[Run]) -> Tables:
        """Run a chunk; a run that fails becomes a row with its traceback."""
        pieces: dict[str, list[pd.DataFrame]] = {name: [] for name in STORED}
        for run in chunk:
            try:
                tables = self.one(run)
            except Exception:
                failed = {
                    "scenario": [run.scenario],
                    "seed": [run.seed],
                    "error": [traceback.format_exc()],
                }
                tables = {"failed": pd.DataFrame(failed)}
            for name, table in tables.items():
                pieces[name].append(table)
        if self.engine == "mesa":
            # A model and its agents hold each other; Python would let many pile up.
            gc.collect()
        return merged(pieces)

    def one(self, run: Run) -> Tables:
        """Run one simulated future and measure it."""
        from sim.engines import run_future
        from sim.world import World, build_world, depends_on_seed

        experiment = self.experiment
        scenario = scenario_of(experiment, run.scenario)
        world = self._worlds.get(run.scenario)
        if not isinstance(world, World):
            world = build_world(scenario, experiment.horizon, run.seed)
            if not depends_on_seed(scenario):
                self._worlds[run.scenario] = world
        record = run_future(world, experiment.horizon, run.seed, self.engine)
        columns = tables_of(record, experiment.outcomes, run.scenario, run.seed)
        tables = {name: pd.DataFrame(table) for name, table in columns.items()}
        if CURVE_MARK in run.scenario:
            return {"runs": self._point_row(run, tables)}
        return tables

    def _point_row(self, run: Run, tables: Tables) -> pd.DataFrame:
        """Outcomes of a point; where its curve has a group, the shares joined are the group's."""
        row = tables["runs"]
        group = self.experiment.curves[run.scenario.split(CURVE_MARK)[1]].group
        if group is not None:
            found = tables["groups"][tables["groups"]["group"] == group]
            shares = [name for name in row.columns if name.startswith(("joined_share_", "passed"))]
            for name in shares:
                row[name] = found[name].iloc[0] if name in found and len(found) else None
        return row


_worker: Worker | None = None


def _start_worker(experiment: Experiment, engine: Engine) -> None:
    global _worker
    # Ctrl-C is the parent's to handle: it stops handing out work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = Worker(experiment, engine)


def _end_with_parent() -> None:
    """End this process when its parent is gone, be it by ``kill -9``."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


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


def _run_chunk(chunk: list[Run]) -> Tables:
    assert _worker is not None
    return _worker.run(chunk)


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
    """Run a plan; `keep` receives tables as chunks finish, `advance` the number of runs.

    Raises
    ------
    WorkerDied
        If a worker process was killed. What was kept stays kept.
    """
    if workers == 1:
        worker = Worker(plan.experiment, engine)
        for chunk in plan.chunks():
            keep(worker.run(chunk))
            advance(len(chunk))
        return
    pool = ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(plan.experiment, engine),
    )
    chunks = plan.chunks()
    pending: dict[Future[Tables], int] = {}
    try:
        while True:
            # Few chunks in hand, so that stopping is quick.
            with _no_interrupt():
                for chunk in islice(chunks, 2 * workers - len(pending)):
                    pending[pool.submit(_run_chunk, chunk)] = len(chunk)
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
