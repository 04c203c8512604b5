"""Names of scenarios as readers see them."""

from __future__ import annotations

from collections import Counter

from sim.settings import Experiment


def unique_titles(experiment: Experiment) -> dict[str, str]:
    """Names of all scenarios as readers see them; those of the same title are told apart."""
    scenarios = experiment.scenarios
    titles = {name: settings.title or name for name, settings in scenarios.items()}
    times = Counter(titles.values())
    return {
        name: title if times[title] == 1 or title == name else f"{title} ({name})"
        for name, title in titles.items()
    }
