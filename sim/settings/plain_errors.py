"""What pydantic found wrong with settings, in plain words: found by walking the models."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, get_args, get_origin

from annotated_types import MinLen
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim import settings
from sim.files.layers import Origin, Origins
from sim.files.problems import Problem, any_of, closest, toml_key
from sim.files.toml_lines import KeyPath
from sim.files.typed import odd_in
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
from sim.settings.meant import meant_by

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
    settings.AfterOpening: "a month counted from an opening",
    settings.Event: "an event",
    settings.EventChange: "the change of an event",
    settings.Curve: "a curve",
    settings.Explanation: "an explanation",
    settings.Sweep: "a sweep",
    settings.Varied: "what is varied",
    settings.Case: "what is looked for",
    settings.Condition: "a condition",
    settings.Search: "a search",
    settings.Goal: "a goal",
}
_TOP: dict[type[BaseModel], str] = {
    settings.Experiment: "the file's top level",
    settings.Scenario: "scenarios.NAME",
}
_MOST_KEYS = 12
MOST_TOLD = 100  # problems of a file, beyond which the others are only counted
# How an error of pydantic tells that the value is of another kind than expected.
# Nations of which there are no councils here.
_NOT_COVERED = ("wales", "northern ireland")
_WRONG_KIND = re.compile(r".*_type|.*_parsing|int_from_float|.*_from_date.*|date.*")


def noun(model: type[BaseModel]) -> str:
    """Name a table for the reader."""
    return _NOUNS.get(model) or model.__name__.lower()


@cache
def allowed_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """List the keys that a table of the file may have."""
    return tuple(sorted([*keys(model), *FURTHER_KEYS.get(model, ())]))


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
    entries = error.errors(include_url=False)
    places = [origins.find((*prefix, *entry["loc"])) for entry in entries]
    order = list(range(len(entries)))
    if len(entries) > MOST_TOLD:  # only the first are ever read: they are told in full
        order.sort(key=lambda number: places[number].line or 0)
    for number in order[:MOST_TOLD]:
        entry = entries[number]
        location = find_location(root, entry["loc"])
        if not (location.branch and _other_branch_says_it(location, entry)):
            yield _problem(location, entry, root, origins, prefix)
    for number in order[MOST_TOLD:]:
        origin = places[number]
        yield Problem("this is wrong too", origin.source.name, origin.line, toml_key(origin.path))


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
    meant = meant_by(value, annotation, limits, location.unit, location.name)
    if kind == "missing":
        return origin.problem("this is missing, and there is no default for it", allowed=allowed)
    if kind == "value_error":
        words = entry["msg"].removeprefix("Value error, ")
        if is_month(annotation, limits):
            return origin.problem(_with_odd(words, value), meant=meant)
        return _key_named(words, location, origins, prefix).problem(words)
    if kind == "literal_error":
        words = "this is not one of the choices"
        if isinstance(value, str) and value.strip().casefold() in _NOT_COVERED:
            words = f"{value.strip()} is not covered, only England and Scotland"
        elif location.name == "regions" and isinstance(value, str) and not meant:
            words = "there is no such region here; name the councils of another area under codes"
        return origin.problem(_with_odd(words, value), allowed=allowed, meant=meant)
    if kind == "finite_number":
        return origin.problem("a number is expected, not nan or inf", allowed=allowed)
    if kind in ("too_short", "too_long", "string_too_short"):
        return origin.problem(*_length_words(value, limits, kind))
    if _WRONG_KIND.fullmatch(kind):
        # "a table is expected" needs no repeating.
        return origin.problem(
            _with_odd(_wrong_kind(annotation, limits, value), value),
            allowed="" if allowed == "a table" else allowed,
            meant=_as_line(meant, location) if is_model(annotation) else meant,
        )
    if kind.startswith(("greater_than", "less_than")):
        return origin.problem("this is out of range", allowed=allowed, meant=meant)
    return origin.problem(entry["msg"], allowed=allowed)


def _with_odd(words: str, value: object) -> str:
    """Add which character of a text is none that a keyboard has: it is easily overlooked."""
    odd = odd_in(value) if isinstance(value, str) else ""
    return f"{words}; {odd}" if odd else words


def _as_line(meant: str, location: Location) -> str:
    """Write a table that was meant with its key, as it would stand in the file."""
    return f"{toml_key(location.loc[-1:])} = {meant}" if meant and location.loc else meant


def explained(path: KeyPath, written: str) -> tuple[str, str]:
    """Say what a setting allows and what was meant by a value that TOML cannot read.

    Parameters
    ----------
    path
        Of the setting, in an experiment file.
    written
        What stands after the equals sign.

    Returns
    -------
    tuple of str and str
        Both may be empty.
    """
    root: type[BaseModel] = settings.Experiment
    if path and path[0] in DEFAULT_TABLES:
        root, path = DEFAULT_TABLES[str(path[0])], path[1:]
    if not path or not all(isinstance(part, str) for part in path):
        return "", ""
    location = find_location(root, path)
    if location.annotation is None:
        return "", ""
    annotation, limits, unit = location.annotation, location.limits, location.unit
    meant = meant_by(written, annotation, limits, unit, location.name)
    if is_model(annotation):
        return "", _as_line(meant, location)
    return expected(annotation, limits, unit), meant


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
    return list(_tables_by_key().get(name, ()))


@cache
def _tables_by_key() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}

    def look(model: type[BaseModel], path: tuple[str, ...]) -> None:
        for name in allowed_keys(model):
            found.setdefault(name, []).append(".".join(path) or _TOP.get(model, ""))
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
    """Say which kind of value is expected and which was given."""
    wanted, given = _kind_wanted(annotation, limits), _kind_given(value)
    if wanted == given == "a number":
        return "this number is too large"
    return f"{wanted} is expected, not {given}"


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
