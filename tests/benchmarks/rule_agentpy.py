"""The rule in AgentPy, as its documentation does it: agents in a list, placed on a network."""

from __future__ import annotations

from collections.abc import Sequence

import agentpy as ap
import numpy as np

from tests.benchmarks.rule import IntArray, Problem, chance


class Council(ap.Agent):
    """A council that joins once enough of its neighbours have."""

    def setup(self) -> None:
        self.joined = False
        self.joins = False

    def decide(self) -> None:
        heard = [other.joined for other in self.network.neighbors(self)]
        share = sum(heard) / len(heard)
        self.joins = self.model.random.random() < chance(
            share, self.threshold, self.p.base, self.p.pull
        )


class AdoptionModel(ap.Model):
    """Councils on a network."""

    def setup(self) -> None:
        problem: Problem = self.p.problem
        self.agents = ap.AgentList(self, len(problem), Council)
        self.agents.threshold = ap.AttrIter(problem.threshold.tolist())
        self.network = self.agents.network = ap.Network(self, problem.graph)
        self.network.add_agents(self.agents, self.network.nodes)
        for index in problem.first:
            self.agents[index].joined = True

    def step(self) -> None:
        outside = self.agents.select(self.agents.joined == False)  # noqa: E712
        outside.decide()
        outside.select(outside.joins == True).joined = True  # noqa: E712
        self.record("total", sum(self.agents.joined))


def run(problem: Problem, seeds: Sequence[int]) -> IntArray:
    """Run once for each seed; see `tests.benchmarks.rule.Runner`."""
    curves = []
    for seed in seeds:
        model = AdoptionModel(
            {
                "problem": problem,
                "base": problem.base,
                "pull": problem.pull,
                "steps": problem.months,
                "seed": seed,
            }
        )
        curves.append(model.run(display=False).variables.AdoptionModel["total"].to_numpy())
    return np.array(curves, dtype=np.int64)
