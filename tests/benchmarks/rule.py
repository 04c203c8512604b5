"""A simple rule of adoption, small enough to write in any framework.

Councils on a small-world network join something, or not. Each month every council that has not
joined does so with probability

    base + pull * max(0, share - threshold)

where ``share`` is the share of its neighbours that had joined by the end of last month and
``threshold`` its own. All decide at once, and who has joined stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
import numpy.typing as npt

from sim.model.councils import synthetic_councils
from sim.model.draws import Purpose, uniforms
from sim.model.influence import Ties, influence_graph, ties_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Problem:
    """What every implementation is given.

    Attributes
    ----------
    graph
        Who are neighbours; nodes count from 0.
    ties
        The same as arrays with whole-number weights, each council's adding up to a fixed total.
    threshold
        Of each council.
    first
        Councils that have joined before the first month.
    months
        How long to run.
    base, pull
        Of the rule.
    """

    graph: nx.Graph[int]
    ties: Ties
    threshold: FloatArray
    first: IntArray
    months: int
    base: float = 0.002
    pull: float = 0.1

    def __len__(self) -> int:
        return len(self.threshold)

    @property
    def without_chance(self) -> Problem:
        """The same, but a council joins if and only if the share exceeds its threshold."""
        return replace(self, base=0.0, pull=1e12)


# Runs a problem once for each seed: how many have joined at the end of each month, by seed.
Runner = Callable[[Problem, Sequence[int]], IntArray]


def make_problem(councils: int = 353, months: int = 120) -> Problem:
    """Make the network, with six neighbours on average, and the thresholds."""
    table = synthetic_councils(councils)
    ties = ties_of(influence_graph(table, kind="watts_strogatz", degree=6), table)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(councils))
    listener = np.repeat(np.arange(councils), np.diff(ties.start))
    graph.add_edges_from(zip(ties.source.tolist(), listener.tolist(), strict=True))
    luck = np.random.default_rng(1)
    return Problem(
        graph=graph,
        ties=ties,
        threshold=luck.uniform(0.0, 0.5, councils),
        first=np.sort(luck.choice(councils, size=max(1, councils // 50), replace=False)),
        months=months,
    )


def chance(share: float, threshold: float, base: float, pull: float) -> float:
    """Probability to join in a month: the rule, for frameworks that ask one agent at a time."""
    return base + pull * max(0.0, share - threshold)


def shared_draws(problem: Problem, seeds: Sequence[int], month: int) -> FloatArray:
    """Look up the numbers of a month that compiled code uses; a row a council, a column a seed."""
    councils = np.arange(len(problem))
    return np.column_stack(
        [uniforms(seed, Purpose.MEMBERSHIP, month, councils)[0] for seed in seeds]
    )
