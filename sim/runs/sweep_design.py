"""The points of a sweep as they stand beside its results."""

from __future__ import annotations

from pathlib import Path

from sim.experiment.load import load_experiment
from sim.experiment.sweeps import Design
from sim.files.problems import BadInput, Problem
from sim.runs.past import SWEEPS
from sim.runs.results import SETTINGS
from sim.runs.sweep_store import DESIGN
from sim.runs.tables import read_table


def load_design(directory: str | Path) -> Design:
    """Read what was run from the folder of the results of a sweep.

    Raises
    ------
    BadInput
        If there are none.
    """
    folder = Path(directory)
    settings, table = folder / SETTINGS, folder / f"{DESIGN}.parquet"
    if not (settings.is_file() and table.is_file()):
        raise BadInput([Problem("there are no results of a sweep here", file=str(folder))])
    experiment = load_experiment(settings)
    name = folder.absolute().parent.name
    if name not in experiment.sweep:
        raise BadInput(
            [
                Problem(
                    "the folder of these results has another name than their sweep",
                    file=str(folder),
                    allowed=f"as they were written: {SWEEPS}/NAME/HASH",
                )
            ]
        )
    return Design(experiment, name, experiment.sweep[name], read_table(table))
