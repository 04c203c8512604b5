"""The influence graphs of an experiment in words."""

from __future__ import annotations

from sim.experiment.worlds import pairs_looked_at, ties_at_most
from sim.files.words import duration
from sim.settings import Experiment, Scenario
from sim.settings.limits import MOST_PAIRS_TO_DESCRIBE, PAIRS_A_SECOND


def graph_lines(experiment: Experiment, names: list[str]) -> list[str]:
    """Describe each influence graph once, with the titles of the scenarios that have it."""
    from sim.model.world import build_world, graph_text

    found: dict[str, list[str]] = {}
    for name in names:
        scenario = experiment.scenarios[name]
        text = _too_large_to_make(scenario)
        if not text:
            text = graph_text(build_world(scenario, experiment.horizon, experiment.seeds.first))
        found.setdefault(text, []).append(f"“{scenario.title or name}”")
    return [f"{', '.join(having)}: {text}" for text, having in found.items()]


def _too_large_to_make(scenario: Scenario) -> str:
    """Say what is known of a graph that takes long to make; "" of others."""
    choice = scenario.councils
    count = choice.draw or choice.synthetic or 0
    pairs = pairs_looked_at(scenario.network, count)
    if pairs <= MOST_PAIRS_TO_DESCRIBE:
        return ""
    return (
        f"{count:,} councils, up to {ties_at_most(scenario.network, count):,} ties; not made here, "
        f"as comparing all pairs takes about {duration(pairs / PAIRS_A_SECOND)}, once before runs"
    )
