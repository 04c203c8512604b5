"""The influence graphs of an experiment in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.settings import Experiment

if TYPE_CHECKING:
    pass


def graph_lines(experiment: Experiment, names: list[str]) -> list[str]:
    """Describe each influence graph once, with the scenarios that have it."""
    from sim.model.world import build_world, graph_text

    found: dict[str, list[str]] = {}
    for name in names:
        scenario = experiment.scenarios[name]
        world = build_world(scenario, experiment.horizon, experiment.seeds.first)
        found.setdefault(graph_text(world), []).append(name)
    return [f"{', '.join(having)}: {text}" for text, having in found.items()]
