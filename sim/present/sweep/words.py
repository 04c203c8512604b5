"""Settings, limits and cases of a sweep in words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from sim.files.words import listed
from sim.present.formats import percent, plain_number
from sim.present.report.facts import Record
from sim.present.report.settings import meaning, value_words
from sim.present.words import month_name
from sim.settings import Case, Condition, Scenario, month_text
from sim.settings.columns import UNITS, is_share, outcome_text
from sim.settings.location import find_location, is_month

# Units that a name may say already.
_RATES = (" a month", " a year")


def names_of(settings: Iterable[str]) -> dict[str, str]:
    """Name settings as briefly as tells them apart."""
    every = list(settings)
    brief = {setting: meaning(setting).partition(",")[0].partition(":")[0] for setting in every}
    times = Counter(brief.values())
    # Of two offers, say, each has its own name.
    return {
        setting: words if times[words] == 1 else f"{words} ({setting.split('.')[-2]})"
        for setting, words in brief.items()
    }


def value_of(setting: str, value: object) -> str:
    """Write a value of a setting with its unit; a month as year * 12 + month - 1."""
    place = find_location(Scenario, setting.split("."))
    if is_month(place.annotation, place.limits):
        month = value if isinstance(value, str) else month_text(int(float(str(value))))
        return month_name(month)
    words = value_words(place.model, place.name, value)
    for rate in _RATES:
        if rate in meaning(setting):
            words = words.removesuffix(rate)
    return words


def limit_words(row: Record, names: Mapping[str, str]) -> str:
    """Say one limit of a box: "control given up at least 0.5".

    Parameters
    ----------
    row
        Of the finding box_limits.
    names
        Of settings, as `names_of` gives them.
    """
    setting = row["setting"]
    name = names[setting]
    if row["chosen"]:
        chosen = [value_of(setting, one) for one in json.loads(row["chosen"])]
        return f"{name}: {' or '.join(chosen)}"
    low, high = (
        value_of(setting, row[end]) if np.isfinite(row[end]) else "" for end in ("low", "high")
    )
    place = find_location(Scenario, setting.split("."))
    if is_month(place.annotation, place.limits):
        if low and high:
            return f"{name}: {low} to {high}"
        return f"{name}: {low} or later" if low else f"{name}: {high} or earlier"
    if low and high:
        return f"{name} between {low} and {high}"
    if low:
        return f"{name} at least {low}"
    return f"{name} {'at most' if place.annotation is int else 'below'} {high}"


def case_words(case: Case) -> str:
    """Say what is meant by a case."""
    said = " or ".join(_condition(condition) for condition in case.when)
    if case.share is None:
        return said
    return f"{said}, in at least {percent(case.share)} of the futures of a point"


def _condition(condition: Condition) -> str:
    name = condition.outcome
    words = outcome_text(name)
    words = words[:1].lower() + words[1:]
    if UNITS.get(name) == "probability":
        return words if condition.at_least is not None else f"not ({words})"
    write = percent if is_share(name) else plain_number
    ends = [
        f"{sign} {write(end)}"
        for sign, end in (("at least", condition.at_least), ("below", condition.below))
        if end is not None
    ]
    return f"{words}: {' and '.join(ends)}"


def title_of(name: str, case: Case) -> str:
    """Name a case; without a title, what it says."""
    return case.title or name.replace("_", " ")


def listed_values(setting: str, values: Iterable[object]) -> str:
    """List values of a setting."""
    return listed([value_of(setting, value) for value in values])
