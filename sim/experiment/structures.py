"""Rival structures: other ways to build the model, each fitted to the same history.

They come along as folders of `sim/data/structures/`, fits like any other, from which behaviour is
drawn. `structures.json` beside them names them all and says how well each foresaw cases that were
left out. The main one is the fit that experiments have anyway. Rules that a structure is without
are at the value at which they say nothing, be it their default or a column of its draws.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from sim.experiment.parameters import ABOUT, structure_folder
from sim.experiment.sensitivity import examined
from sim.settings import Experiment
from sim.settings.experiment import OF_STRUCTURE

INDEX = "structures.json"


@dataclass(frozen=True)
class Structure:
    """One way to build the model.

    Attributes
    ----------
    name, title
        Short, as of its folder; and for readers.
    main
        Whether it is the one that experiments have.
    weight_stacked, weight_low, weight_high
        Its share in the mixture of all structures that best foresees cases left out, and from
        where to where it lies over resampled cases; missing where that was not found.
    crps, crps_error, crps_more, crps_more_error
        Its continuous ranked probability score on cases left out, in shares (less is better), and
        how much larger than that of the main one it is, paired by case; each with one standard
        error.
    in_band_share
        Share of the figures of cases left out that lay inside nine in ten predictions.
    """

    name: str
    title: str
    main: bool
    weight_stacked: float
    weight_low: float
    weight_high: float
    crps: float
    crps_error: float
    crps_more: float
    crps_more_error: float
    in_band_share: float


ERRORS = ("crps", "crps_error", "crps_more", "crps_more_error")
SCORES = ("weight_stacked", "weight_low", "weight_high", *ERRORS, "in_band_share")


@dataclass(frozen=True)
class Curve:
    """A simple curve that knows no councils, and its errors on the same cases, as of a structure.

    Attributes
    ----------
    name
        As `sim.calibration.baselines` has it.
    """

    name: str
    crps: float
    crps_error: float
    crps_more: float
    crps_more_error: float


def published() -> tuple[Structure, ...]:
    """List the structures that came along, the main one first; none where it has no rivals."""
    told = _index()
    found = [
        Structure(
            one["name"],
            one["title"],
            one["name"] == told["main"],
            **{score: float(one.get(score, math.nan)) for score in SCORES},
        )
        for one in told.get("structures", [])
    ]
    main = [one for one in found if one.main]
    others = [
        one for one in found if not one.main and (structure_folder(one.name) / ABOUT).is_file()
    ]
    return (*main, *others) if main and others else ()


def curves() -> tuple[Curve, ...]:
    """List simple curves that were held against the same cases; none where that was not done."""
    return tuple(
        Curve(one["name"], *(float(one[error]) for error in ERRORS))
        for one in _index().get("curves", [])
    )


def _index() -> dict[str, Any]:
    path = structure_folder() / INDEX
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


def fit_of(name: str) -> str:
    """Name the fit of a structure that is not the main one, as an experiment does."""
    return OF_STRUCTURE + name


def rivals(experiment: Experiment) -> tuple[Structure, ...]:
    """Structures other than the main one that an experiment is run under.

    None where its behaviour is not that of the fit that comes along: it then has no rivals.
    """
    parameters = experiment.parameters
    if not experiment.structures.seeds or parameters.source != "posterior" or parameters.fit:
        return ()
    return tuple(one for one in published() if not one.main)


def shown_under(experiment: Experiment) -> list[str]:
    """Scenarios that are run under every structure."""
    chosen = experiment.structures.scenarios
    if chosen is None:
        return examined(experiment)
    return [
        name
        for name in experiment.scenarios
        if name in chosen and experiment.scenarios[name].offers
    ]
