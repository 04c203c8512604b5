"""The settings of a scenario as they change: by its dated events, or one by one for a curve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.input_errors import BadInput, Problem, any_of, closest, quoted
from sim.merging import Node, Origin, Origins, Source, change_tree, merge, tree
from sim.plain_words import problems_of
from sim.setting_types import Place, bare, find_place, is_model, is_month, options
from sim.settings import Event, Scenario
from sim.toml_lines import KeyPath

FIXED_IN_OFFERS = ("launched", "opens", "owner", "initial_members", "pilot", "luck")
FIXED_IN_CLIMATE = ("discount_rate",)
FIXED_IN_PUSH = ("starts", "review_months", "launch_contact")
# Tables of how councils are, which may be drawn.
OF_COUNCILS = ("behaviour.", "traits.")

OriginOf = Callable[[KeyPath], Origin]


def regimes(scenario: Scenario) -> list[tuple[int, Scenario]]:
    """Return the settings in force from each month.

    Returns
    -------
    list of tuple of int and Scenario
        First month 0 with the scenario itself; then one entry for each month whose events
        change settings, in order, with all changes up to it.

    Raises
    ------
    BadInput
        If a change is not allowed; `load_experiment` has checked that already.
    """
    if not scenario.events:
        return [(0, scenario)]
    source = Source("the scenario", scenario.model_dump(mode="json", exclude_none=True))
    found, problems = trace(scenario, lambda path: Origin(source, path))
    if problems:
        raise BadInput(problems)
    return [(month, changed) for month, changed, _ in found]


def trace(
    scenario: Scenario, origin_of: OriginOf
) -> tuple[list[tuple[int, Scenario, Origins]], list[Problem]]:
    """Do as `regimes`, and return problems rather than raise them.

    Parameters
    ----------
    scenario
        Valid in itself.
    origin_of
        Where the value at a path of the scenario was set.

    Returns
    -------
    tuple of list and list
        Month, settings and their origins, up to the first month that does not work; problems.
    """
    node = _node(scenario, origin_of)
    found = [(0, scenario, Origins(node))]
    problems: list[Problem] = []
    dated = sorted(enumerate(scenario.events), key=lambda entry: entry[1].date)
    for month, group in groupby(dated, key=lambda entry: entry[1].date):
        changed = node
        for place, event in group:
            problems += _forbidden(scenario, place, event, origin_of)
            changed = merge(changed, _change_node(place, event, origin_of))
        if problems:
            break
        if changed is node or changed.plain() == node.plain():
            continue
        node, origins = changed, Origins(changed)
        try:
            settings = _validated(node, scenario)
        except ValidationError as error:
            problems += problems_of(error, Scenario, origins)
            break
        found.append((month, settings, origins))
    return found, problems


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
    source = Source(setting, {})
    whole = kind is int and float(value).is_integer()
    new = Node(Origin(source, ()), int(value) if whole else value)
    node = _node(scenario, lambda path: Origin(source, path))
    changed = merge(node, change_tree(tuple(setting.split(".")), new))
    try:
        varied = _validated(changed, scenario)
    except ValidationError as error:
        found = problems_of(error, Scenario, Origins(changed))
        raise BadInput(
            Problem(problem.problem, key=setting, given=f"{value:g}", allowed=problem.allowed)
            for problem in found
        ) from None
    if not setting.startswith(OF_COUNCILS):
        return varied
    return varied.model_copy(update={"held": [*varied.held, setting]})


def put(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Put numbers into a scenario under their dotted names, without validating it again."""
    changes: dict[str, Any] = {}
    for setting, value in values.items():
        *tables, name = setting.split(".")
        inner = changes
        for table in tables:
            inner = inner.setdefault(table, {})
        inner[name] = value
    changed: Scenario = _put(scenario, changes)
    return changed


def _put(part: Any, changes: dict[str, Any]) -> Any:
    """Copy of a table with changes put in, without validating the rest again."""
    if isinstance(part, dict):
        return {**part, **{name: _put(part[name], change) for name, change in changes.items()}}
    if not isinstance(part, BaseModel):
        return changes
    fields = type(part).model_fields
    update = {}
    for name, change in changes.items():
        if isinstance(change, dict):
            update[name] = _put(getattr(part, name), change)
        else:
            update[name] = round(change) if fields[name].annotation is int else change
    return part.model_copy(update=update)


def numeric_kind(scenario: Scenario, setting: str) -> type | None:
    """Return `int` or `float` if the scenario has a numeric setting of this dotted name."""
    path = setting.split(".")
    part: Any = scenario
    for key in path[:-1]:
        part = part.get(key) if isinstance(part, dict) else getattr(part, key, None)
    if not isinstance(part, BaseModel):
        return None
    return _kind(find_place(Scenario, path))


def _kind(place: Place) -> type | None:
    if is_month(place.annotation, place.limits):
        return None
    kinds = [bare(kind)[0] for kind in options(place.annotation)] or [place.annotation]
    return next((kind for kind in reversed(kinds) if kind in (int, float)), None)


def numeric_settings(scenario: Scenario) -> dict[str, type]:
    """Return the dotted name of each numeric setting of the scenario, with `int` or `float`."""
    found: dict[str, type] = {}

    def look(path: tuple[str, ...]) -> None:
        place = find_place(Scenario, path)
        if is_model(place.annotation):
            names = list(place.annotation.model_fields)
        else:
            names = {"offers": list(scenario.offers), "push.teams": list(scenario.push.teams)}.get(
                ".".join(path), []
            )
        for name in names:
            look((*path, name))
        kind = _kind(place)
        if kind is not None:
            found[".".join(path)] = kind

    look(())
    return found


def _node(scenario: Scenario, origin_of: OriginOf) -> Node:
    values = scenario.model_dump(mode="json", exclude_none=True, exclude={"events"})
    return tree(values, origin_of)


def _validated(node: Node, scenario: Scenario) -> Scenario:
    # Events stay as they are: what they may change is free-form and not to be read twice.
    return Scenario.model_validate(node.plain()).model_copy(update={"events": scenario.events})


def _change_node(place: int, event: Event, origin_of: OriginOf) -> Node:
    change = {
        key: getattr(event.change, key)
        for key in ("offers", "push", "climate")
        if getattr(event.change, key)
    }
    return tree(change, lambda path: origin_of(("events", place, "change", *path)))


def _forbidden(
    scenario: Scenario, place: int, event: Event, origin_of: OriginOf
) -> Iterator[Problem]:
    """Find what an event cannot change."""
    path = ("events", place, "change")
    for name, offer in event.change.offers.items():
        if name not in scenario.offers:
            yield origin_of((*path, "offers", name)).problem(
                "an event cannot bring a new offer; list the offer in the scenario and let it "
                "open on that date",
                allowed=any_of(list(scenario.offers)),
                meant=closest(name, scenario.offers),
            )
        for key in FIXED_IN_OFFERS:
            if key in offer:
                yield origin_of((*path, "offers", name, key)).problem(
                    "an event cannot change this setting of an offer"
                )
    for key in FIXED_IN_CLIMATE:
        if key in event.change.climate:
            yield origin_of((*path, "climate", key)).problem(
                "an event cannot change this setting of the climate"
            )
    for key in FIXED_IN_PUSH:
        if key in event.change.push:
            yield origin_of((*path, "push", key)).problem(
                "an event cannot change this setting of a push"
            )
