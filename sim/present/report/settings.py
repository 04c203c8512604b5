"""Settings of scenarios as readers see them: values beside what they rest on."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import BaseModel

from sim.settings import Behaviour, Climate, Offer, Push, Scenario, about_setting, month_text


class SettingRow(NamedTuple):
    """A setting, its value in each scenario, and its basis."""

    name: str
    meaning: str
    values: dict[str, str]
    basis: str


def _basis(model: type[BaseModel], name: str) -> str:
    about = about_setting(model.model_fields[name])
    kind = about.get("basis", "choice" if not about else "assumption")
    return f"{kind}: {about['source']}" if "source" in about else kind


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name in ("launched", "opens", "starts", "ends"):
        return month_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _parts(scenario: Scenario) -> list[tuple[str, type[BaseModel], BaseModel]]:
    several = len(scenario.offers) > 1
    offers = [
        (f"offer {name}, " if several else "offer, ", Offer, offer)
        for name, offer in scenario.offers.items()
    ]
    return [
        *offers,
        ("push, ", Push, scenario.push),
        ("climate, ", Climate, scenario.climate),
        ("behaviour, ", Behaviour, scenario.behaviour),
    ]


def differing_settings(scenarios: dict[str, Scenario]) -> list[SettingRow]:
    """Settings of offer, push, climate and behaviour in which the scenarios differ."""
    rows: dict[str, SettingRow] = {}
    for title, scenario in scenarios.items():
        for prefix, model, part in _parts(scenario):
            for name, info in model.model_fields.items():
                value = getattr(part, name)
                if isinstance(value, BaseModel | dict):
                    continue
                text = (info.description or "").split(". ")[0].rstrip(".")
                row = rows.setdefault(
                    prefix + name, SettingRow(prefix + name, text, {}, _basis(model, name))
                )
                row.values[title] = _shown(name, value)
    return [
        row
        for row in rows.values()
        if len({row.values.get(title, "none") for title in scenarios}) > 1
    ]
