"""The rule in NDlib, as a diffusion model of one's own: its guide for developers has the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from ndlib.models.DiffusionModel import DiffusionModel
from ndlib.models.ModelConfig import Configuration

from tests.benchmarks.rule import IntArray, Problem, chance


class AdoptionModel(DiffusionModel):
    """Nodes become infected, which is to say join, once enough of their neighbours are."""

    status: dict[int, int]

    def __init__(self, graph: nx.Graph[int]) -> None:
        super().__init__(graph)
        self.name = "Adoption"
        self.available_statuses = {"Susceptible": 0, "Infected": 1}
        needed = {"range": [0, np.inf], "optional": False}
        self.parameters = {
            "model": {
                "base": {"descr": "Probability without neighbours", **needed},
                "pull": {"descr": "Probability for each share above the threshold", **needed},
            },
            "nodes": {"threshold": {"descr": "Share that goes unnoticed", **needed}},
            "edges": {},
        }

    def iteration(self, node_status: bool = True) -> dict[str, Any]:
        self.clean_initial_status(self.available_statuses.values())
        actual_status = dict(self.status)
        if self.actual_iteration > 0:
            threshold = self.params["nodes"]["threshold"]
            base, pull = self.params["model"]["base"], self.params["model"]["pull"]
            for node in self.graph.nodes:
                if self.status[node] == 1:
                    continue
                heard = [self.status[other] for other in self.graph.neighbors(node)]
                share = sum(heard) / len(heard)
                luck = np.random.random_sample()  # noqa: NPY002
                if luck < chance(share, threshold[node], base, pull):
                    actual_status[node] = 1
        delta, node_count, status_delta = self.status_delta(actual_status)
        self.status = actual_status
        self.actual_iteration += 1
        return {
            "iteration": self.actual_iteration - 1,
            "status": delta if node_status else {},
            "node_count": node_count,
            "status_delta": status_delta,
        }


def run(problem: Problem, seeds: Sequence[int]) -> IntArray:
    """Run once for each seed; see `tests.benchmarks.rule.Runner`."""
    curves = []
    for seed in seeds:
        configuration = Configuration()
        configuration.add_model_parameter("base", problem.base)
        configuration.add_model_parameter("pull", problem.pull)
        for node, threshold in enumerate(problem.threshold.tolist()):
            configuration.add_node_configuration("threshold", node, threshold)
        configuration.add_model_initial_configuration("Infected", problem.first.tolist())
        model = AdoptionModel(problem.graph)
        model.set_initial_status(configuration)
        np.random.seed(seed)  # noqa: NPY002
        # The first iteration only reports what the model starts from.
        iterations = model.iteration_bunch(problem.months + 1, node_status=False)[1:]
        curves.append([iteration["node_count"][1] for iteration in iterations])
    return np.array(curves)
