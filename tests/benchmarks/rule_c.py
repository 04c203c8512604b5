"""The rule in plain C, the same way as compiled Python does it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.draws import Purpose
from sim.model.influence import FULL_WEIGHT
from tests.benchmarks.c_code import OPTIMISED, library
from tests.benchmarks.rule import IntArray, Problem


def address(array: npt.NDArray[Any]) -> ctypes.c_void_p:
    """Where the numbers of an array begin."""
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)


def run(problem: Problem, seeds: Sequence[int], flags: tuple[str, ...] = OPTIMISED) -> IntArray:
    """Run once for each seed; see `tests.benchmarks.rule.Runner`."""
    play = library("threshold", flags).play
    play.restype = None
    councils, months, ties = len(problem), problem.months, problem.ties
    joined = np.empty(councils, dtype=np.uint8)
    heard = np.empty(councils, dtype=np.int64)
    newcomer = np.empty(councils, dtype=np.int64)
    curves = np.empty((len(seeds), months), dtype=np.int64)
    for seed, curve in zip(seeds, curves, strict=True):
        play(
            ctypes.c_uint64(seed),
            ctypes.c_uint32(Purpose.MEMBERSHIP),
            ctypes.c_int64(councils),
            ctypes.c_int64(months),
            address(ties.listener_start),
            address(ties.listener),
            address(ties.listener_weight),
            address(problem.threshold),
            ctypes.c_double(problem.base),
            ctypes.c_double(problem.pull),
            ctypes.c_double(FULL_WEIGHT),
            address(problem.first),
            ctypes.c_int64(len(problem.first)),
            address(joined),
            address(heard),
            address(newcomer),
            address(curve),
        )
    return curves
