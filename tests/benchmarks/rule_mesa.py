"""The rule in Mesa, as its own examples are written.

Agents stand on the cells of a network, look at the agents of neighbouring cells, act in two
stages where all shall decide at once (as in Mesa's Game of Life), and a data collector counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from mesa import DataCollector, Model
from mesa.discrete_space import Cell, FixedAgent, Network

from tests.benchmarks.rule import IntArray, Problem, chance


class Council(FixedAgent):
    """A council that joins once enough of its neighbours have."""

    model: AdoptionModel

    def __init__(self, model: AdoptionModel, cell: Cell, threshold: float, joined: bool) -> None:
        super().__init__(model)
        self.cell = cell
        self.threshold = threshold
        self.joined = joined
        self.joins = False

    @property
    def neighbours(self) -> Iterable[Council]:
        agents: Iterable[Council] = self.cell.neighborhood.agents
        return agents

    def decide(self) -> None:
        if self.joined:
            return
        heard = [other.joined for other in self.neighbours]
        share = sum(heard) / len(heard)
        problem = self.model.problem
        self.joins = self.random.random() < chance(
            share, self.threshold, problem.base, problem.pull
        )

    def act(self) -> None:
        if self.joins:
            self.joined = True


class CouncilWithStoredNeighbours(Council):
    """The same, but it looks up its neighbours only once."""

    @cached_property
    def neighbours(self) -> Iterable[Council]:
        return list(super().neighbours)


class AdoptionModel(Model):
    """Councils on a network."""

    def __init__(self, problem: Problem, seed: int, kind: type[Council]) -> None:
        super().__init__(seed=seed)
        self.problem = problem
        self.grid = Network(problem.graph, capacity=1, random=self.random)
        joined = np.isin(np.arange(len(problem)), problem.first)
        kind.create_agents(
            self,
            len(problem),
            list(self.grid.all_cells),
            problem.threshold.tolist(),
            joined.tolist(),
        )
        self.datacollector = DataCollector(
            {"joined": lambda model: sum(model.agents.get("joined"))}
        )

    def step(self) -> None:
        self.agents.do("decide")
        self.agents.do("act")
        self.datacollector.collect(self)


def run(problem: Problem, seeds: Sequence[int], kind: type[Council] = Council) -> IntArray:
    """Run once for each seed; see `tests.benchmarks.rule.Runner`."""
    curves = []
    for seed in seeds:
        model = AdoptionModel(problem, seed, kind)
        for _ in range(problem.months):
            model.step()
        curves.append(model.datacollector.model_vars["joined"])
    return np.array(curves)


def run_stored(problem: Problem, seeds: Sequence[int]) -> IntArray:
    """Do the same with neighbours stored."""
    return run(problem, seeds, CouncilWithStoredNeighbours)
