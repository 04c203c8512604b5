"""Every setting as a row of a frame: what it means, what is allowed, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, get_origin

import pandas as pd
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.evidence.basis import meaning, setting_tables, value_text
from sim.model.effects import effect_of
from sim.settings import (
    Horizon,
    Levers,
    Mandate,
    Offer,
    Outcomes,
    Parameters,
    Push,
    Scenario,
    Seeds,
    Sensitivity,
    Team,
    about_setting,
)
from sim.settings.location import expected, is_model, is_month, unwrap

# Tables that are of the whole experiment.
WHOLE: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "horizon": Horizon,
        "seeds": Seeds,
        "outcomes": Outcomes,
        "parameters": Parameters,
        "sensitivity": Sensitivity,
        "levers": Levers,
    }
)
# What one's own names of offers and teams stand for.
NAME = "NAME"
COLUMNS = (
    "setting",
    "table",
    "default",
    "low",
    "high",
    "allowed",
    "unit",
    "prior",
    "basis",
    "source",
    "evidence",
    "effect",
    "meaning",
)


def settings_table() -> pd.DataFrame:
    """List every setting of a scenario and of a whole experiment.

    Returns
    -------
    pandas.DataFrame
        A row a setting, in the order of files:

        * ``setting``: dotted name, as levers of a sweep and ``with_settings`` take it after
          "scenarios.NAME."; ``NAME`` in it stands for an offer or a team;
        * ``table``: "scenario", or "experiment" for what all scenarios share;
        * ``default``: as text; missing where one must be given or nothing is set;
        * ``low``, ``high``: ends of what is allowed, missing where there are none; ``allowed`` in
          words; ``unit``;
        * ``prior``: range held plausible; ``basis``: "evidence", "fitted", "assumption" or
          "convention", empty for plain choices; ``source``; ``evidence``: rows of the evidence, as
          ``python run.py evidence`` shows them;
        * ``effect``: how a sweep changes it: "record" (in place), "derived" (worked out anew) or
          "world" (a world of its own, slower); empty for what is of the experiment;
        * ``meaning``: in words.

    Examples
    --------
    >>> table = settings_table().set_index("setting")
    >>> table.loc["push.visits_per_month", ["unit", "effect"]].tolist()
    ['per month', 'record']
    """
    of_scenarios = ((path.replace("<name>", NAME), model) for path, model in setting_tables())
    rows = [row for path, model in of_scenarios for row in _rows(path, model, "scenario")]
    rows += [row for path, model in WHOLE.items() for row in _rows(path, model, "experiment")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(path: str, model: type[BaseModel], table: str) -> Iterator[dict[str, Any]]:
    scenario = _with_everything()
    for key, field in model.model_fields.items():
        if _leads_on(field):
            continue
        name = f"{path}.{key}"
        annotation, limits = unwrap(field.annotation, field.metadata)
        about = about_setting(field)
        yield {
            "setting": name,
            "table": table,
            "default": _default(field),
            **_ends(limits, month=is_month(annotation, limits)),
            "allowed": expected(field.annotation, field.metadata),
            "unit": about.get("unit", ""),
            "prior": about.get("prior", ""),
            "basis": about.get("basis", ""),
            "source": about.get("source", ""),
            "evidence": about.get("evidence", ""),
            "effect": effect_of(scenario, name) if table == "scenario" else "",
            "meaning": meaning(field),
        }


def _with_everything() -> Scenario:
    """Return a scenario with an offer, a further team and a duty, which has every setting."""
    return Scenario(
        offers={NAME: Offer.model_validate({"opens": "2018-05"})},
        push=Push(teams={NAME: Team()}, mandate=Mandate.model_validate({"starts": "2018-05"})),
    )


def _leads_on(field: FieldInfo) -> bool:
    """Is this a table of its own, whose settings have rows themselves, or repeat others?"""
    inner, limits = unwrap(field.annotation, field.metadata)
    if is_month(inner, limits):
        return False
    if get_origin(inner) is dict:
        return True
    return any(is_model(part) for part in (inner, *getattr(inner, "__args__", ())))


def _default(field: FieldInfo) -> str | None:
    if field.is_required():
        return None
    return value_text(field.get_default(call_default_factory=True)) or None


def _ends(limits: Any, *, month: bool) -> dict[str, float | None]:
    ends: dict[str, float | None] = {"low": None, "high": None}
    for limit in () if month else limits:
        for end, names in (("low", ("ge", "gt")), ("high", ("le", "lt"))):
            for name in names:
                if hasattr(limit, name):
                    ends[end] = float(getattr(limit, name))
    return ends
