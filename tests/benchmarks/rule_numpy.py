"""The rule with NumPy and a sparse matrix, all seeds at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_array

from sim.model.influence import FULL_WEIGHT
from tests.benchmarks.rule import FloatArray, IntArray, Problem


def run(
    problem: Problem, seeds: Sequence[int], draw: Callable[[int], FloatArray] | None = None
) -> IntArray:
    """Run all seeds together; see `tests.benchmarks.rule.Runner`.

    `draw` gives the numbers of a month, a row a council and a column a seed; by default they come
    from NumPy's own generator.
    """
    shape = (len(problem), len(seeds))
    generator = np.random.default_rng(list(seeds))
    ties = problem.ties
    # Whole numbers, so that sums are exact in any order.
    weight = csr_array((ties.weight.astype(np.float64), ties.source, ties.start))
    threshold = problem.threshold[:, None]
    joined = np.zeros(shape, dtype=np.bool_)
    joined[problem.first] = True
    curve = np.empty((problem.months, len(seeds)), dtype=np.int64)
    for month in range(problem.months):
        luck = generator.random(shape) if draw is None else draw(month)
        share = (weight @ joined) / FULL_WEIGHT
        joined |= luck < problem.base + problem.pull * np.maximum(0.0, share - threshold)
        curve[month] = joined.sum(axis=0)
    return curve.T
