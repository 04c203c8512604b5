"""Settings that evidence does not pin down, and the ends between which each may lie.

Behaviour, traits and climate: the ends of the prior of each setting, unless the fit to history
informed it (its `posterior.json`) or the scenario sets it for itself. Offers and pushes: how
far off an assumed figure may be, as a range around what the scenario says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sim.experiment.parameters import about_posterior, fixed_settings
from sim.settings import Experiment, Scenario, about_setting
from sim.settings.editing import number_of, numeric_settings
from sim.settings.limits import SMALLEST
from sim.settings.location import find_location

Ends = tuple[float, float]

MOST_SCENARIOS = 4
_RANGE = re.compile(r"(-?\d*\.?\d+)-(-?\d*\.?\d+)")
# What these settings change is counted after everybody has decided.
_UNHEARD = ("climate.severe_cost_sigma",)


def _times(low: float, high: float) -> Callable[[float], Ends]:
    return lambda value: (low * value, high * value)


def _from_to(low: float, high: float) -> Callable[[float], Ends]:
    return lambda value: (low, high)


def _about(reach: float) -> Callable[[float], Ends]:
    return lambda value: (value - reach, value + reach)


def _depth(value: float) -> Ends:
    """How deep a deep offer goes is known less well."""
    return _about(0.15 if value >= 0.5 else 0.10)(value)


# How far off the figures of a programme may be. Depth, visits, fees and co-design are recorded
# nowhere; the ranges are those that calibration gives comparable programmes of the past, and for
# promises, results and costs those of evidence.csv around the scenario's own figure.
_OF_OFFERS: dict[str, Callable[[float], Ends]] = {
    "depth": _depth,
    "addressed_share": _times(0.5, 2.0),
    "promised_saving_share": _times(0.67, 1.5),
    "realised_ratio": _times(0.0, 2.0),
    "annual_fee_gbp_m": _times(0.5, 2.0),
    "joining_cost_gbp_m": _times(0.3, 3.0),
    "switching_cost_years": _times(0.67, 2.0),
    "security_gain": _from_to(0.0, 0.6),
    "shared_fate": _from_to(0.0, 0.5),
    "economies_of_scale": _from_to(0.0, 0.5),
}
_OF_PUSHES: dict[str, Callable[[float], Ends]] = {
    "visits_per_month": _times(0.5, 2.0),
    "visits_per_council_per_year": _times(0.5, 2.0),
    "launch_contact": _about(0.2),
    "codesign": _about(0.2),
}


def ends(scenario: Scenario, fit: str | None = None) -> dict[str, Ends]:
    """Dotted name of each setting that evidence does not pin down, with its low and high end."""
    return dict(_ends(scenario, about_posterior(fit)["settings"]))


def _ends(scenario: Scenario, fitted: dict[str, Any]) -> Iterator[tuple[str, Ends]]:
    kept = set(fixed_settings(scenario))
    for setting, kind in numeric_settings(scenario).items():
        first, *_, name = setting.split(".")
        value = number_of(scenario, setting)
        if value is None or setting in _UNHEARD:
            continue
        if first in ("offers", "push"):
            if first == "push" and setting != f"push.{name}":
                continue  # of a further team
            reach = (_OF_OFFERS if first == "offers" else _OF_PUSHES).get(name)
            if reach is not None:
                low, high = _within(setting, reach(value))
                if low < high:
                    yield setting, (low, high)
        elif setting in fitted:
            about = fitted[setting]
            if setting not in kept and about["learned"] != "informed" and _is_usual(setting, value):
                yield setting, (about["low"], about["high"])
        elif setting not in kept and _is_usual(setting, value):
            found = prior_range(setting)
            if found is not None:
                low, high = found
                yield setting, (round(low), round(high)) if kind is int else (low, high)


def prior_range(setting: str) -> Ends | None:
    """Ends of the prior that a setting was declared with; None if it has none in numbers."""
    location = find_location(Scenario, setting.split("."))
    text = about_setting(location.model.model_fields[location.name]).get("prior", "")
    found = _RANGE.match(text)
    return None if found is None else (float(found[1]), float(found[2]))


def _is_usual(setting: str, value: float) -> bool:
    """Is a setting left at its default?"""
    location = find_location(Scenario, setting.split("."))
    return bool(location.model.model_fields[location.name].default == value)


def _within(setting: str, wanted: Ends) -> Ends:
    """Keep ends to what the setting allows."""
    low, high = wanted
    for limit in find_location(Scenario, setting.split(".")).limits:
        low = max(low, getattr(limit, "ge", low))
        high = min(high, getattr(limit, "le", high))
    return _plain(low), _plain(high)


def _plain(end: float) -> float:
    """Write an end with few digits; what is next to nothing is nothing, as for all settings."""
    return 0.0 if abs(end) < SMALLEST else float(f"{end:.6g}")


# ---------------------------------------------------------------- runs


def examined(experiment: Experiment) -> list[str]:
    """Scenarios that are examined: those that the file names, or the base and its readings."""
    if not experiment.sensitivity.seeds:
        return []
    chosen = experiment.sensitivity.scenarios
    if chosen is None:
        readings = [name for group in experiment.together for name in group]
        first = [experiment.base_scenario, *readings, *experiment.scenarios]
        chosen = list(dict.fromkeys(first))[:MOST_SCENARIOS]
    return [
        name
        for name in experiment.scenarios
        if name in chosen and experiment.scenarios[name].offers
    ]
