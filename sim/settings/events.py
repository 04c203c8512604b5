"""The settings of a scenario as its dated events change them, month by month."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby

from pydantic import ValidationError

from sim.files.layers import Node, Origin, Origins, Source, merge, tree
from sim.files.problems import BadInput, Problem, any_of, closest
from sim.settings import Event, Scenario
from sim.settings.editing import OriginOf
from sim.settings.plain_errors import problems_of
from sim.settings.when import month_of

FIXED_IN_OFFERS = ("launched", "opens", "owner", "initial_members", "pilot", "stream")
FIXED_IN_CLIMATE = ("discount_rate",)
FIXED_IN_PUSH = ("starts", "review_months", "launch_contact")


def regimes(scenario: Scenario) -> list[tuple[int, Scenario]]:
    """Return the settings in force from each month.

    Returns
    -------
    list of tuple of int and Scenario
        First month 0 with the scenario itself; then one entry for each month whose events
        change settings, or in which a scope or a duty ends, in order, with all changes up to
        it. All months stand by the calendar.

    Raises
    ------
    BadInput
        If a change is not allowed; `load_experiment` has checked that already.
    """
    if not scenario.events:
        return _with_ends([(0, scenario.in_calendar())])
    source = Source("the scenario", scenario.model_dump(mode="json", exclude_none=True))
    found, problems = trace(scenario, lambda path: Origin(source, path))
    if problems:
        raise BadInput(problems)
    return _with_ends([(month, changed.in_calendar()) for month, changed, _ in found])


def _with_ends(changes: list[tuple[int, Scenario]]) -> list[tuple[int, Scenario]]:
    """Add the months in which a scope or a duty in force ends: the same settings go on."""
    found: list[tuple[int, Scenario]] = []
    for position, (month, settings) in enumerate(changes):
        until = changes[position + 1][0] if position + 1 < len(changes) else math.inf
        inside = sorted({end for end in _ends(settings) if month < end < until})
        found += [(at, settings) for at in (month, *inside)]
    return found


def _ends(settings: Scenario) -> Iterator[int]:
    push = settings.push
    scopes = [offer.scope for offer in settings.offers.values()]
    scopes += [team.scope for team in (push, *push.teams.values())]
    if push.mandate is not None:
        scopes.append(push.mandate.scope)
        if push.mandate.ends is not None:
            yield month_of(push.mandate.ends)
    yield from (month_of(scope.ends) for scope in scopes if scope.ends is not None)


def trace(
    scenario: Scenario, origin_of: OriginOf
) -> tuple[list[tuple[int, Scenario, Origins]], list[Problem]]:
    """Do as `regimes`, and return problems rather than raise them.

    Parameters
    ----------
    scenario
        Valid in itself, its months countable.
    origin_of
        Where the value at a path of the scenario was set.

    Returns
    -------
    tuple of list and list
        Month, settings and their origins, up to the first month that does not work; problems.
    """
    problems: list[Problem] = []
    if not scenario.events:
        return [(0, scenario, Origins(lambda: _node(scenario, origin_of)))], problems
    node = _node(scenario, origin_of)
    found = [(0, scenario, Origins(node))]
    months = [month_of(event.date) for event in scenario.in_calendar().events]
    dated = sorted(enumerate(scenario.events), key=lambda entry: months[entry[0]])
    for month, group in groupby(dated, key=lambda entry: months[entry[0]]):
        changed = node
        for index, event in group:
            problems += _forbidden(scenario, index, event, origin_of)
            changed = merge(changed, _change_node(index, event, origin_of))
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


def _change_node(index: int, event: Event, origin_of: OriginOf) -> Node:
    change = {
        key: getattr(event.change, key)
        for key in ("offers", "push", "climate")
        if getattr(event.change, key)
    }
    return tree(change, lambda path: origin_of(("events", index, "change", *path)))


def _forbidden(
    scenario: Scenario, index: int, event: Event, origin_of: OriginOf
) -> Iterator[Problem]:
    """Find what an event cannot change."""
    path = ("events", index, "change")
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


def _node(scenario: Scenario, origin_of: OriginOf) -> Node:
    values = scenario.model_dump(mode="json", exclude_none=True, exclude={"events"})
    return tree(values, origin_of)


def _validated(node: Node, scenario: Scenario) -> Scenario:
    # Events stay as they are: what they may change is free-form and not to be read twice.
    return Scenario.model_validate(node.plain()).model_copy(update={"events": scenario.events})
