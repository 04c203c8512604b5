"""Processes that simulate for a calibration, each of which reads its file once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from time import perf_counter

import numpy as np

from sim.calibration.cases import simulate_cases
from sim.calibration.plan import Calibration, load_calibration
from sim.calibration.smc import FloatArray
from sim.runs.executors import end_with_parent

_calibration: Calibration | None = None


@contextmanager
def workers_of(path: str, count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes for a calibration file; what they have in hand at Ctrl-C is not waited for."""
    with ProcessPoolExecutor(
        count, mp_context=get_context("spawn"), initializer=_start, initargs=(path,)
    ) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list((pool._processes or {}).values()):
                process.kill()
            raise


def _start(path: str) -> None:
    global _calibration
    # Ctrl-C is the parent's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    _calibration = load_calibration(path)


def own_calibration() -> Calibration:
    """Return the calibration of the process that asks."""
    assert _calibration is not None
    return _calibration


def simulate_points(points: FloatArray, seeds: list[int]) -> FloatArray:
    """Simulate the cases at each of these points, in a worker."""
    pairs = zip(points, seeds, strict=True)
    return np.array([simulate_cases(own_calibration(), z, luck) for z, luck in pairs])


def seconds_each(calibration: Calibration) -> float:
    """Time of one particle on one core, measured on a few."""
    middle = np.zeros(len(calibration.parameters))
    simulate_cases(calibration, middle, 0)
    started = perf_counter()
    for luck in range(1, 6):
        simulate_cases(calibration, middle, luck)
    return (perf_counter() - started) / 5
