"""Where work is done: here, in threads, or in processes."""

from __future__ import annotations

import os
import signal
import threading
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
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING

from sim.experiment.design import Point
from sim.experiment.plan import Chunk, Plan
from sim.model.run import Engine
from sim.runs.worker import Tables, Worker
from sim.settings import Experiment

if TYPE_CHECKING:
    pass


def default_workers() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _runs_in(batch: Sequence[Chunk]) -> int:
    return sum(len(chunk.seeds) for chunk in batch)


_worker: Worker | None = None


def _start_worker(experiment: Experiment, points: Mapping[str, Point], engine: Engine) -> None:
    global _worker
    # Ctrl-C is the parent's to handle: it stops handing out work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    _worker = Worker(experiment, points, engine)


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
    worker = Worker(plan.experiment, plan.points, engine)
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
            initargs=(plan.experiment, plan.points, engine),
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
