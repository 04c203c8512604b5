"""Behaviour as it is drawn: from the fit to history, from the prior before it, or not at all.

Seeds that follow one another share a draw, so that what differs between them is luck; all
scenarios share the draws as they share the luck. The draws are two tables, described by
`posterior.json` beside them: those in `sim/data/`, or the ones in a folder that an experiment names
as its fit. ``calibrate --publish FOLDER`` writes all three. A setting that a scenario sets for
itself keeps its value in all draws. Draws of the posterior are for programmes that the fit has not
seen: each has in `APPEAL_IN` what sets a programme apart from others of its terms.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.settings import Behaviour, Experiment, Parameters, Scenario, Traits
from sim.settings.editing import replace_settings
from sim.settings.experiment import OF_STRUCTURE

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TABLES: dict[str, type[Behaviour | Traits]] = {"behaviour": Behaviour, "traits": Traits}
FILES = {"posterior": "posterior.csv", "prior": "prior.csv"}
ABOUT = "posterior.json"
DATA = Path(str(files("sim").joinpath("data")))
STRUCTURES = DATA / "structures"
APPEAL_IN = "behaviour.intercept"
POINT = 0  # number of the draw where nothing is drawn
# What the fit told of a setting, in words; "nothing" of those that were not fitted.
LEARNED = {
    "informed": "much",
    "a little": "a little",
    "hardly": "hardly anything",
    "nothing": "not fitted",
}


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of behaviour: a row of `values` for each, a column for each setting."""

    names: tuple[str, ...]
    values: FloatArray
    digest: str

    def __len__(self) -> int:
        return len(self.values)

    def of(self, name: str) -> FloatArray:
        """Return all draws of one setting."""
        values: FloatArray = self.values[:, self.names.index(name)]
        return values

    def settings(self, draw: int) -> dict[str, float]:
        """Settings of a draw, which are numbered from 1."""
        return dict(zip(self.names, self.values[draw - 1].tolist(), strict=True))


Stamp = tuple[int, int]


def fit_folder(fit: str | None) -> Path:
    """Folder with the files of a fit: the one that comes along unless another is named."""
    if fit is None:
        return DATA
    if fit.startswith(OF_STRUCTURE):
        return structure_folder(fit.removeprefix(OF_STRUCTURE))
    path = Path(fit)
    return path.parent if path.name == ABOUT else path


def structure_folder(name: str = "") -> Path:
    """Folder of the fit of a structure that comes along, or of all of them."""
    return STRUCTURES / name


def stamp_of(path: Path) -> Stamp:
    """Tell one state of a file from another: a fit may be written anew while this runs."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def load_draws(source: str, fit: str | None = None) -> Draws:
    """Read the draws of the posterior or of the prior of a fit."""
    path = fit_folder(fit) / FILES[source]
    return _draws(path, None if fit is None else stamp_of(path))


@lru_cache(maxsize=16)
def _draws(path: Path, stamp: Stamp | None) -> Draws:
    text = path.read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    values = np.array([[float(cell) for cell in row.split(",")] for row in rows])
    return Draws(tuple(head.split(",")), values, hashlib.sha256(text.encode()).hexdigest())


def about_posterior(fit: str | None = None) -> dict[str, Any]:
    """Say how the posterior of a fit was made, and what it learned of each setting."""
    path = fit_folder(fit) / ABOUT
    return _about(path, None if fit is None else stamp_of(path))


@lru_cache(maxsize=8)
def _about(path: Path, stamp: Stamp | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def has_appeals(parameters: Parameters) -> bool:
    """Do draws hold what sets programmes apart? The prior has none, nor have old fits."""
    told = parameters.source == "posterior" and about_posterior(parameters.fit)
    return bool(told and told.get("programme_appeal_sd"))


def draws_for(parameters: Parameters) -> Draws:
    """Read the draws that an experiment has; its `source` must not be "point"."""
    return load_draws(parameters.source, parameters.fit)


def draw_of(parameters: Parameters, seed: int) -> int:
    """Number of the draw that a seed has; 0 if nothing is drawn."""
    if parameters.source == "point":
        return POINT
    return (seed - 1) // parameters.seeds_per_draw % len(draws_for(parameters)) + 1


def draws_of(parameters: Parameters, seeds: npt.ArrayLike) -> IntArray | None:
    """Number of the draw of each of these seeds; None if nothing is drawn."""
    if parameters.source == "point":
        return None
    of_seeds = np.asarray(seeds, dtype=np.int64)
    found: IntArray = (of_seeds - 1) // parameters.seeds_per_draw % len(draws_for(parameters)) + 1
    return found


def at_point(experiment: Experiment) -> Experiment:
    """Return an experiment in which nothing is drawn."""
    return experiment.model_copy(update={"parameters": Parameters(source="point")})


def drawn(scenario: Scenario, parameters: Parameters, draw: int) -> Scenario:
    """Return a scenario with the behaviour of a draw, but for what it sets for itself."""
    if draw == POINT:
        return scenario
    found = draws_for(parameters).settings(draw)
    kept = set(fixed_settings(scenario))
    return replace_settings(scenario, {name: found[name] for name in found if name not in kept})


def fixed_settings(scenario: Scenario) -> list[str]:
    """Settings of behaviour and traits that keep their value: named so, or not at the default."""
    others = [
        f"{table}.{name}"
        for table, model in TABLES.items()
        for name, field in model.model_fields.items()
        if getattr(getattr(scenario, table), name) != field.default
    ]
    return list(dict.fromkeys([*scenario.fixed_settings, *others]))


def table_of(parameters: Parameters) -> pd.DataFrame:
    """All draws as a table with their numbers; empty if nothing is drawn."""
    import pandas as pd  # for this table alone: those who only check an experiment need not wait

    if parameters.source == "point":
        return pd.DataFrame({"draw": []})
    draws = draws_for(parameters)
    table = pd.DataFrame(draws.values, columns=list(draws.names))
    table.insert(0, "draw", np.arange(1, len(draws) + 1))
    return table
