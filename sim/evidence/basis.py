"""What every setting, and every figure of a programme, rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.evidence.facts import UNVERIFIED, Fact, load_evidence
from sim.files.problems import toml_value
from sim.files.toml_reading import load_programmes
from sim.settings import Offer, Push, Scenario, about_setting
from sim.settings.location import is_model, unwrap

# Where `setting` stops saying what a setting means and goes on to its unit and source.
_AFTER_MEANING = re.compile(r" (Unit|Plausible|Source): | An assumption: no record was found\.")


@dataclass(frozen=True, slots=True)
class Basis:
    """A value of the model and what it rests on; what does not apply stays empty.

    Attributes
    ----------
    name
        Dotted, such as ``behaviour.taste_sd`` or, of a programme, ``notify.opens``.
    meaning, value, unit
        What it is; a default, or what the programme says.
    prior
        Range held plausible.
    kind
        "evidence" and "fitted" values are bounded by facts that may be quoted, an "assumption"
        is at most informed by facts, a "convention" needs none.
    source
        In a few words.
    facts
        Rows of evidence.
    """

    name: str
    meaning: str
    value: str
    unit: str
    prior: str
    kind: str
    source: str
    facts: tuple[Fact, ...]

    @property
    def is_bounded(self) -> bool:
        """Is it said to be bounded by facts?"""
        return self.kind not in ("assumption", "convention")


@cache
def setting_bases() -> dict[str, Basis]:
    """Return the basis of every setting of a scenario that has a stated basis, by name.

    Names one chooses (of an offer or a team) are left out: ``offers.depth``.
    """
    found = {}
    for path, model in setting_tables():
        for key, field in model.model_fields.items():
            about = about_setting(field)
            if about:
                name = f"{path.replace('.<name>', '')}.{key}"
                found[name] = Basis(
                    name=name,
                    meaning=meaning(field),
                    value=value_text(field.default),
                    unit=about.get("unit", ""),
                    prior=_prior(about),
                    kind=about["basis"],
                    source=about.get("source", ""),
                    facts=_facts(about.get("evidence", "").split()),
                )
    return found


@cache
def programme_bases() -> dict[str, Basis]:
    """Return the basis of every figure of the programmes, by name.

    What the programme's `rests_on` names is bounded by those facts; all else is an assumption,
    informed by what informs the setting in general.
    """
    found = {}
    for programme, table in load_programmes().table.items():
        rests_on = table.get("rests_on", {})
        for model, figures in _tables_of(table):
            for key, value in figures.items():
                field = model.model_fields[key]
                about = about_setting(field)
                own = rests_on.get(key, [])
                name = f"{programme}.{key}"
                found[name] = Basis(
                    name=name,
                    meaning=meaning(field),
                    value=value_text(value),
                    unit=about.get("unit", ""),
                    prior=_prior(about),
                    kind="evidence" if own else "assumption",
                    source="",
                    facts=_facts(own or about.get("evidence", "").split()),
                )
    return found


def all_bases() -> dict[str, Basis]:
    """Return what settings and figures of programmes rest on, by name."""
    return {**setting_bases(), **programme_bases()}


def setting_tables() -> Iterator[tuple[str, type[BaseModel]]]:
    """Walk a scenario's tables, with their dotted names; names one chooses are <name>."""
    yield from _inside(Scenario, "")


def meaning(field: FieldInfo) -> str:
    """Say what a setting means, without its unit and source."""
    return _AFTER_MEANING.split(field.description or "")[0]


def value_text(value: object) -> str:
    """Write a value for the reader; none stays empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return toml_value(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _inside(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    if path:
        yield path, model
    for name, field in model.model_fields.items():
        inner, _ = unwrap(field.annotation)
        below = f"{path}.{name}" if path else name
        if get_origin(inner) is dict:
            inner, below = get_args(inner)[-1], f"{below}.<name>"
        elif get_origin(inner) is list:
            inner = get_args(inner)[0]
        if is_model(inner):
            yield from _inside(inner, below)


def _tables_of(
    programme: Mapping[str, Any],
) -> Iterator[tuple[type[BaseModel], Mapping[str, Any]]]:
    """Tables of a programme with figures, and the models that describe them."""
    for offer in programme["offers"].values():
        yield Offer, offer
    yield Push, programme["push"]


def _prior(about: Mapping[str, str]) -> str:
    """Return the plausible range, marked where it was recalled and never seen in a source."""
    return about.get("prior", "").replace("(unverified)", f"({UNVERIFIED})")


def _facts(ids: list[str]) -> tuple[Fact, ...]:
    known = load_evidence()
    return tuple(known[name] for name in ids)
