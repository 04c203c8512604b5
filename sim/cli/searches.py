"""What `check` says of the searches in a file."""

from __future__ import annotations

from sim.experiment.search_size import size_of_search
from sim.files.words import plural
from sim.settings import Experiment


def search_lines(experiment: Experiment, workers: int) -> list[str]:
    """Say what each search of an experiment would do, and what that takes."""
    lines = []
    for name, search in experiment.search.items():
        kinds = [plural(len(search.levers), "lever")]
        if search.uncertainties:
            kinds.append(plural(len(search.uncertainties), "uncertain setting"))
        lines += [
            f"  search {name}: {plural(len(search.goals), 'goal')}, {' and '.join(kinds)}, from "
            f"{search.scenario}",
            f"    {size_of_search(experiment, name).text(workers)}",
        ]
    return lines
