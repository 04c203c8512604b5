"""Single settings of a scenario read and changed by their dotted names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.files.layers import EITHER_OR, Origin, Origins, Source, tree
from sim.files.problems import BadInput, Problem, closest, quoted
from sim.files.toml_lines import KeyPath
from sim.settings import Scenario
from sim.settings.location import Location, find_location, is_model, is_month, options, unwrap
from sim.settings.plain_errors import problems_of

# Tables of how councils are, which may be drawn.
OF_COUNCILS = ("behaviour.", "traits.")


def with_setting(scenario: Scenario, setting: str, value: float) -> Scenario:
    """Return the scenario with one numeric setting changed, as a curve does.

    Parameters
    ----------
    scenario
        Any.
    setting
        Dotted name inside the scenario, such as "push.visits_per_month".
    value
        Its new value; a whole number if the setting is one. Of behaviour and traits, it is held.

    Raises
    ------
    BadInput
        If the scenario has no such numeric setting, or the value does not fit it.
    """
    kind = numeric_kind(scenario, setting)
    if kind is None:
        raise BadInput(
            [
                Problem(
                    "the scenario has no numeric setting of this name",
                    given=quoted(setting),
                    meant=closest(setting, numeric_settings(scenario)),
                )
            ]
        )
    try:
        return with_settings(scenario, {setting: value})
    except BadInput as error:
        raise BadInput(
            Problem(problem.problem, key=setting, given=f"{value:g}", allowed=problem.allowed)
            for problem in error.problems
        ) from None


def with_settings(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Return the scenario with some settings changed, and validated as a whole.

    Parameters
    ----------
    scenario
        Any.
    changes
        Values by dotted name inside the scenario, such as {"push.visits_per_month": 6.0}, as
        they would stand in a file; a table is replaced whole. Behaviour and traits that are
        changed are not drawn, unless "fixed_settings" is itself among the changes.

    Raises
    ------
    BadInput
        If the scenario has no such setting, or the values do not fit together.
    """
    settings = scenario.model_dump(mode="json", exclude={"events"})
    for setting, value in changes.items():
        *tables, name = setting.split(".")
        part: Any = settings
        for key in tables:
            part = part.get(key) if isinstance(part, dict) else None
        if setting != "events" and not (isinstance(part, dict) and name in part):
            raise BadInput(
                [
                    Problem(
                        "the scenario has no setting of this name",
                        given=quoted(setting),
                        meant=closest(setting, numeric_settings(scenario)),
                    )
                ]
            )
        part[name] = _whole(setting, value)
        if name in EITHER_OR and value is not None:
            # The two ways to state a team's visits replace each other.
            (other,) = set(EITHER_OR) - {name}
            if ".".join((*tables, other)) not in changes:
                part[other] = None
    try:
        changed = Scenario.model_validate(settings)
    except ValidationError as error:
        source = Source("the scenario", settings)
        origins = Origins(tree(settings, lambda path: Origin(source, path)))
        raise BadInput(problems_of(error, Scenario, origins)) from None
    update: dict[str, Any] = {}
    if "events" not in changes:
        # What events may change is free-form and not to be read twice.
        update["events"] = scenario.events
    if "fixed_settings" not in changes:
        moved = [setting for setting in changes if setting.startswith(OF_COUNCILS)]
        update["fixed_settings"] = list(dict.fromkeys([*scenario.fixed_settings, *moved]))
    return changed.model_copy(update=update)


def _whole(setting: str, value: Any) -> Any:
    """Write a number without decimals as a whole one, where the setting is one."""
    if isinstance(value, float) and value.is_integer():
        kind = _kind(find_location(Scenario, setting.split(".")))
        return int(value) if kind is int else value
    return value


def replace_settings(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Put numbers into a scenario under their dotted names, without validating it again."""
    changes: dict[str, Any] = {}
    for setting, value in values.items():
        *tables, name = setting.split(".")
        inner = changes
        for table in tables:
            inner = inner.setdefault(table, {})
        inner[name] = value
    changed: Scenario = _replaced(scenario, changes)
    return changed


def _replaced(part: Any, changes: dict[str, Any]) -> Any:
    """Copy of a table with changes put in, without validating the rest again."""
    if isinstance(part, dict):
        return {**part, **{name: _replaced(part[name], change) for name, change in changes.items()}}
    if not isinstance(part, BaseModel):
        return changes
    fields = type(part).model_fields
    update = {}
    for name, change in changes.items():
        if isinstance(change, dict):
            update[name] = _replaced(getattr(part, name), change)
        else:
            update[name] = round(change) if fields[name].annotation is int else change
    return part.model_copy(update=update)


def number_of(scenario: Scenario, setting: str) -> float | None:
    """Return the number that a setting of this dotted name has; None where it is no number."""
    part: Any = scenario
    for key in setting.split("."):
        part = part[key] if isinstance(part, dict) else getattr(part, key)
    # Some settings are a number or something else, such as a list of members.
    return float(part) if isinstance(part, int | float) else None


def numeric_kind(scenario: Scenario, setting: str) -> type | None:
    """Return `int` or `float` if the scenario has a numeric setting of this dotted name."""
    path = setting.split(".")
    part: Any = scenario
    for key in path[:-1]:
        part = part.get(key) if isinstance(part, dict) else getattr(part, key, None)
    if not isinstance(part, BaseModel):
        return None
    return _kind(find_location(Scenario, path))


def _kind(index: Location) -> type | None:
    if is_month(index.annotation, index.limits):
        return None
    kinds = [unwrap(kind)[0] for kind in options(index.annotation)] or [index.annotation]
    return next((kind for kind in reversed(kinds) if kind in (int, float)), None)


def numeric_settings(scenario: Scenario) -> dict[str, type]:
    """Return the dotted name of each numeric setting of the scenario, with `int` or `float`."""
    return dict(_numeric_settings(tuple(scenario.offers), tuple(scenario.push.teams)))


@lru_cache(maxsize=64)
def _numeric_settings(offers: tuple[str, ...], teams: tuple[str, ...]) -> dict[str, type]:
    """Numeric settings of all scenarios with offers and teams of these names."""
    found: dict[str, type] = {}

    def look(path: tuple[str, ...]) -> None:
        index = find_location(Scenario, path)
        if is_model(index.annotation):
            names = tuple(index.annotation.model_fields)
        else:
            names = {"offers": offers, "push.teams": teams}.get(".".join(path), ())
        for name in names:
            look((*path, name))
        kind = _kind(index)
        if kind is not None:
            found[".".join(path)] = kind

    look(())
    return found


OriginOf = Callable[[KeyPath], Origin]
