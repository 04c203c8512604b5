"""The rule on this project's machinery: compiled, draws looked up, what is heard kept up to date.

A council's tie weights are whole numbers with a fixed total. Those who join add their weight to
what their listeners hear, so nobody counts neighbours anew, and the sums are exact in any order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from sim.model.compiled import draws
from sim.model.draws import Purpose
from sim.model.influence import FULL_WEIGHT
from tests.benchmarks.rule import IntArray, Problem

philox, unit = draws.philox, draws.unit
PURPOSE = np.uint64(Purpose.MEMBERSHIP)
NOTHING = np.uint64(0)


@njit(nogil=True)
def play(seed, start, listener, weight, threshold, base, pull, first, curve):  # type: ignore[no-untyped-def]
    """Run one seed and write down how many have joined at the end of each month."""
    key_0, key_1 = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)
    councils = np.uint64(len(threshold))
    joined = np.zeros(councils, dtype=np.bool_)
    heard = np.zeros(councils, dtype=np.int64)
    newcomer = np.empty(councils, dtype=np.uint64)
    newcomer[: len(first)] = first
    newcomers = len(first)
    total = 0
    for month in range(len(curve) + 1):
        for i in newcomer[:newcomers]:
            joined[i] = True
            for tie in range(start[i], start[i + np.uint64(1)]):
                heard[listener[tie]] += weight[tie]
        total += newcomers
        if month > 0:
            curve[month - 1] = total
        if month == len(curve):
            break
        newcomers = 0
        for i in range(councils):
            if joined[i]:
                continue
            word, _, _, _ = philox(np.uint64(month), i, NOTHING, PURPOSE, key_0, key_1)
            if unit(word) < base + pull * max(0.0, heard[i] / FULL_WEIGHT - threshold[i]):
                newcomer[newcomers] = i
                newcomers += 1


def run(problem: Problem, seeds: Sequence[int]) -> IntArray:
    """Run once for each seed; see `tests.benchmarks.rule.Runner`."""
    curves = np.empty((len(seeds), problem.months), dtype=np.int64)
    ties = problem.ties
    start = ties.listener_start.astype(np.uint64)
    listener = ties.listener.astype(np.uint64)
    first = problem.first.astype(np.uint64)
    for seed, curve in zip(seeds, curves, strict=True):
        play(
            np.int64(seed),
            start,
            listener,
            ties.listener_weight,
            problem.threshold,
            problem.base,
            problem.pull,
            first,
            curve,
        )
    return curves
