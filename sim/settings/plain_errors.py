"""What pydantic found wrong with settings, in plain words: found by walking the models."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from annotated_types import MinLen
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim import settings
from sim.files.layers import Origin, Origins
from sim.files.problems import Problem, any_of, closest, quoted, shown
from sim.files.toml_lines import KeyPath
from sim.settings.location import (
    Location,
    expected,
    find_location,
    is_model,
    is_month,
    keys,
    options,
    unwrap,
)

# Keys of the file that the resolved models do not have.
DEFAULT_TABLES: dict[str, type[settings.Table]] = {
    "councils": settings.CouncilChoice,
    "network": settings.Network,
    "climate": settings.Climate,
    "behaviour": settings.Behaviour,
    "traits": settings.Traits,
}
FURTHER_KEYS: dict[type[BaseModel], tuple[str, ...]] = {
    settings.Experiment: tuple(DEFAULT_TABLES),
    settings.Scenario: ("based_on",),
}

_NOUNS: dict[type[BaseModel], str] = {
    settings.Experiment: "an experiment",
    settings.Scenario: "a scenario",
    settings.CouncilChoice: "a choice of councils",
    settings.Scope: "a scope",
    settings.Offer: "an offer",
    settings.Push: "a push",
    settings.Team: "a team",
    settings.Mandate: "a mandate",
    settings.Event: "an event",
    settings.EventChange: "the change of an event",
    settings.Curve: "a curve",
    settings.Explanation: "an explanation",
}
_TOP: dict[type[BaseModel], str] = {
    settings.Experiment: "the file's top level",
    settings.Scenario: "scenarios.NAME",
}
_MOST_KEYS = 12
_LONGEST_EXAMPLE = 30
# How an error of pydantic tells that the value is of another kind than expected.
_WRONG_KIND = re.compile(r".*_type|.*_parsing|int_from_float|.*_from_date.*|date.*")


def noun(model: type[BaseModel]) -> str:
    """Name a table for the reader."""
    return _NOUNS.get(model) or model.__name__.lower()


def allowed_keys(model: type[BaseModel]) -> list[str]:
    """List the keys that a table of the file may have."""
    return sorted([*keys(model), *FURTHER_KEYS.get(model, ())])


# ---------------------------------------------------------------- problems in words


def problems_of(
    error: ValidationError, root: type[BaseModel], origins: Origins, prefix: KeyPath = ()
) -> Iterator[Problem]:
    """Say in plain words what pydantic found wrong.

    Parameters
    ----------
    error
        What the validation of `root` raised.
    root
        The model that was validated.
    origins
        Where its values were set.
    prefix
        Where in `origins` the model lies.
    """
    found = [(find_location(root, entry["loc"]), entry) for entry in error.errors()]
    for location, entry in found:
        if location.branch and _other_branch_says_it(location, entry):
            continue
        yield _problem(location, entry, root, origins, prefix)


def _other_branch_says_it(location: Location, entry: ErrorDetails) -> bool:
    """Of the branches of a union speaks the one for lists if a list was given, else the first."""
    in_list = location.branch.startswith("list")
    list_given = isinstance(entry["input"], list) or isinstance(location.loc[-1], int)
    return in_list != list_given


def _problem(
    location: Location,
    entry: ErrorDetails,
    root: type[BaseModel],
    origins: Origins,
    prefix: KeyPath,
) -> Problem:
    value, kind = entry["input"], entry["type"]
    origin = origins.find((*prefix, *location.loc))
    if kind == "extra_forbidden":
        return unknown_key(origin, location.name, location.model)
    annotation, limits = location.annotation, location.limits
    if location.branch:  # say what the union as a whole allows
        field = location.model.model_fields[location.name]
        inside_list = isinstance(location.loc[-1], int)
        annotation, limits = (str, ()) if inside_list else (field.annotation, ())
    allowed = expected(annotation, limits, location.unit)
    if kind == "missing":
        return origin.problem("this is missing, and there is no default for it", allowed=allowed)
    if kind == "value_error":
        words = entry["msg"].removeprefix("Value error, ")
        if is_month(annotation, limits):
            return origin.problem(words)
        return _key_named(words, location, origins, prefix).problem(words)
    if kind == "literal_error":
        near = closest(value, get_args(annotation)) if isinstance(value, str) else ""
        return origin.problem(
            "this is not one of the choices", allowed=allowed, meant=quoted(near) if near else ""
        )
    if kind == "finite_number":
        return origin.problem("a number is expected, not nan or inf", allowed=allowed)
    if kind in ("too_short", "too_long", "string_too_short"):
        return origin.problem(*_length_words(value, limits, kind))
    if _WRONG_KIND.fullmatch(kind):
        # "a table is expected" needs no repeating.
        return origin.problem(
            _wrong_kind(annotation, limits, value), allowed="" if allowed == "a table" else allowed
        )
    if kind.startswith(("greater_than", "less_than")):
        return origin.problem("this is out of range", allowed=allowed)
    return origin.problem(entry["msg"], allowed=allowed)


def unknown_key(origin: Origin, name: str, model: type[BaseModel]) -> Problem:
    """Report a key that a table does not have."""
    keys = allowed_keys(model)
    near = closest(name, keys)
    elsewhere = tables_with(name)
    problem = f"there is no such setting in {noun(model)}"
    if elsewhere:
        problem += f"; there is a setting of this name in {any_of(elsewhere)}"
        near = ""
    return origin.problem(
        problem, allowed=any_of(keys, most=_MOST_KEYS if near or elsewhere else None), meant=near
    )


def tables_with(name: str) -> list[str]:
    """List the tables of an experiment file that have a setting of this name."""
    found: list[str] = []

    def look(model: type[BaseModel], path: tuple[str, ...]) -> None:
        if name in allowed_keys(model):
            found.append(".".join(path) or _TOP.get(model, ""))
        for key, field in model.model_fields.items():
            annotation, _ = unwrap(field.annotation)
            inner = (*path, key)
            if get_origin(annotation) is dict:
                annotation, _ = unwrap(get_args(annotation)[1])
                inner = (*inner, "NAME")
            elif get_origin(annotation) is list:
                annotation, _ = unwrap(get_args(annotation)[0])
            if is_model(annotation):
                # Tables of a scenario go by their names inside it.
                look(annotation, () if annotation is settings.Scenario else inner)

    look(settings.Experiment, ())
    return found


def _key_named(words: str, location: Location, origins: Origins, prefix: KeyPath) -> Origin:
    """Find the key that a message about a whole table is about: one that it names.

    Of several, the one set nearest: in a ``--set``, in the scenario itself, or last.
    """
    table = (*prefix, *location.loc)
    named = [(*table, word) for word in re.findall(r"[a-z_]+", words)]
    found = [origins.find(path) for path in named if path in origins]
    if not found:
        return origins.find(table)

    def nearness(origin: Origin) -> tuple[int, bool, int]:
        own = "events" in origin.path or origin.path[:2] == table[:2]
        return origin.source.rank, own, origin.line or 0

    return max(found, key=nearness)


def _length_words(value: object, limits: Sequence[Any], kind: str) -> tuple[str]:
    if kind == "too_long":
        return ("there are too many entries in this list",)
    least = next((entry.min_length for entry in limits if isinstance(entry, MinLen)), 1)
    if isinstance(value, str):
        return ("this text must not be empty",)
    if isinstance(value, dict):
        return ("at least one table is needed here",)
    return (f"this list needs at least {least} {'entry' if least == 1 else 'entries'}",)


def _wrong_kind(annotation: Any, limits: Sequence[Any], value: object) -> str:
    """Say which kind of value is expected and which was given, and how to write it."""
    wanted, given = _kind_wanted(annotation, limits), _kind_given(value)
    if wanted == given == "a number":
        return "this number is too large"
    right = "" if len(shown(value)) > _LONGEST_EXAMPLE else _rewritten(annotation, value)
    words = f"{wanted} is expected, not {given}"
    if right:
        written = quoted(value) if isinstance(value, str) else ""
        words += f"; write {right}" + (f", not {written}" if written else "")
    return words


def _kind_wanted(annotation: Any, limits: Sequence[Any]) -> str:
    if options(annotation):
        return " or ".join(_kind_wanted(*unwrap(entry)) for entry in options(annotation))
    if is_month(annotation, limits):
        return "a month"
    kinds = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    if annotation in kinds:
        return kinds[annotation]
    return "a list" if get_origin(annotation) is list else "a table"


def _kind_given(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int):
        return "a number"
    if isinstance(value, float):
        return "a number with decimals"
    if isinstance(value, datetime.date | datetime.time):
        return "a date"
    return "a list" if isinstance(value, list) else "a table"


def _rewritten(annotation: Any, value: object) -> str:
    """Write the value in the kind that is expected, or "" where that cannot be guessed."""
    numeric = annotation if annotation in (int, float) else None
    if options(annotation) and any(unwrap(entry)[0] is float for entry in options(annotation)):
        numeric = float
    if isinstance(value, str):
        if numeric and re.fullmatch(r"\s*[+-]?\d+([.,]\d+)?\s*", value):
            right = value.strip().replace(",", ".")
            return right if numeric is float or "." not in right else ""
        if annotation is bool and value.casefold() in ("true", "yes", "on", "false", "no", "off"):
            return "true" if value.casefold() in ("true", "yes", "on") else "false"
        if get_origin(annotation) is list and unwrap(get_args(annotation)[0])[0] is not float:
            return f"[{quoted(value)}]"
    if isinstance(value, float) and annotation is int and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool) and annotation is str:
        return f'"{value}"'
    return ""
