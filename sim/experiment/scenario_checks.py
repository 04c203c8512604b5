"""What must be right across the settings of a scenario, each with its own plain message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.experiment.known_councils import KnownCouncils
from sim.files.layers import Origins
from sim.files.problems import Problem, any_of, quoted
from sim.files.toml_lines import KeyPath
from sim.settings import (
    AfterOpening,
    CouncilChoice,
    Horizon,
    Mandate,
    Offer,
    Scenario,
    Scope,
    Team,
    month_of,
    month_text,
)
from sim.settings.editing import OriginOf
from sim.settings.events import trace
from sim.settings.programme import ENDS_FIRST
from sim.settings.when import counted, is_before, opening_meant, own_offer


def check_scenario(
    scenario: Scenario,
    horizon: Horizon,
    known: KnownCouncils,
    origins: Origins,
    path: KeyPath,
    seeds: range,
) -> Iterator[Problem]:
    """Check a scenario as it begins and as it is after each event, and its network.

    Parameters
    ----------
    scenario
        Its settings, each valid in itself.
    horizon
        Months that are simulated.
    known
        The councils there are.
    origins, path
        Where its values were set.
    seeds
        That it is run with.
    """
    choice = list(_council_choice(scenario.councils, known, origins, (*path, "councils")))
    yield from choice
    file = list(_edge_list(scenario, origins, path))
    yield from file
    uncountable = list(_uncountable(scenario, lambda inner: origins.find((*path, *inner))))
    if uncountable:
        yield from uncountable
        return
    found, problems = trace(scenario, lambda inner: origins.find((*path, *inner)))
    yield from problems
    dated = scenario.in_calendar().events
    for index, event in enumerate(dated):
        at = (*path, "events", index)
        yield from _month(month_of(event.date), horizon, origins, (*at, "date"))
        yield from known.unknown(scenario.councils, event.breach, origins, (*at, "breach"))
    # What is the same in several regimes gives the same problem, which is shown once.
    wrong: list[Problem] = []
    for _, settings, within in found:
        uncountable = list(_uncountable(settings, within.find))
        yield from uncountable or _dates(settings.in_calendar(), horizon, within)
        problems += uncountable
        wrong += _scopes(settings, known, within)
    yield from wrong
    if choice:
        return
    if not (wrong or problems):
        yield from _reach([settings for _, settings, _ in found], known, found[0][2])
    if not file:
        yield from _network(scenario, known, origins, path, seeds)


def _reach(
    regimes: Sequence[Scenario], known: KnownCouncils, origins: Origins
) -> Iterator[Problem]:
    """There is somebody who can join an offer, at least after some event."""
    for name in regimes[0].offers:
        if not any(
            known.in_scope(settings.councils, settings.offers[name].scope) for settings in regimes
        ):
            yield origins.find(("offers", name, "scope")).problem(
                "nobody can join this offer: no council that takes part is in its scope",
                allowed="a scope with at least one of them",
            )


def _network(
    scenario: Scenario, known: KnownCouncils, origins: Origins, path: KeyPath, seeds: range
) -> Iterator[Problem]:
    """The network can be made for every seed."""
    everyone = known.taking_part(scenario.councils)
    faults = known.worlds.faults(everyone, scenario.councils, scenario.network, seeds)
    for fault in faults:
        yield fault.elsewhere or origins.find((*path, *fault.path)).problem(
            fault.problem, given="" if len(fault.path) < 2 else None, allowed=fault.allowed
        )


def _uncountable(scenario: Scenario, find: OriginOf) -> Iterator[Problem]:
    """Every month that is counted from an opening says from which, and there is one."""
    for path, when in counted(scenario):
        try:
            opening_meant(when, scenario.offers, own_offer(path))
        except ValueError as error:
            yield find(path).problem(str(error), allowed=any_of(list(scenario.offers)))


def _month(
    when: int | AfterOpening | None,
    horizon: Horizon,
    origins: Origins,
    path: KeyPath,
    *,
    after: int = 0,
) -> Iterator[Problem]:
    month = None if when is None else month_of(when)
    if month is not None and not horizon.starts <= month <= horizon.ends + after:
        yield origins.find(path).problem(
            "this month lies outside the horizon",
            given=quoted(month_text(month)),
            allowed=f"{month_text(horizon.starts)} to {month_text(horizon.ends + after)}",
        )


def _teams(scenario: Scenario) -> list[tuple[KeyPath, Team]]:
    push = scenario.push
    further = [(("push", "teams", name), team) for name, team in push.teams.items()]
    return [(("push",), push), *further]


def _dates(scenario: Scenario, horizon: Horizon, origins: Origins) -> Iterator[Problem]:
    """Everything dated happens within the horizon."""
    for name, offer in scenario.offers.items():
        yield from _month(offer.launched, horizon, origins, ("offers", name, "launched"))
        yield from _month(offer.opens, horizon, origins, ("offers", name, "opens"))
    lasting: list[tuple[KeyPath, Team | Mandate]] = [*_teams(scenario)]
    if scenario.push.mandate is not None:
        lasting.append((("push", "mandate"), scenario.push.mandate))
    for path, one in lasting:
        yield from _month(one.starts, horizon, origins, (*path, "starts"))
        # It is the first month without, so that the month after the last one is right.
        yield from _month(one.ends, horizon, origins, (*path, "ends"), after=1)
        if is_before(one.ends, one.starts):
            yield origins.find((*path, "ends")).problem(ENDS_FIRST)
    for path, scope in _all_scopes(scenario):
        yield from _month(scope.ends, horizon, origins, (*path, "ends"), after=1)
    for name, offer in scenario.offers.items():
        if offer.scope.ends is not None and month_of(offer.scope.ends) <= offer.opens:
            yield origins.find(("offers", name, "scope", "ends")).problem(
                "the scope ends before anybody can join",
                given=quoted(month_text(month_of(offer.scope.ends))),
                allowed=f"after {month_text(offer.opens)}",
            )


def _all_scopes(scenario: Scenario) -> list[tuple[KeyPath, Scope]]:
    found: list[tuple[KeyPath, Scope]] = [
        (("offers", name, "scope"), offer.scope) for name, offer in scenario.offers.items()
    ]
    found += [((*path, "scope"), team.scope) for path, team in _teams(scenario)]
    if scenario.push.mandate is not None:
        found.append((("push", "mandate", "scope"), scenario.push.mandate.scope))
    return found


def _edge_list(scenario: Scenario, origins: Origins, path: KeyPath) -> Iterator[Problem]:
    file = scenario.network.edge_list
    if file is None:
        return
    origin = origins.find((*path, "network", "edge_list"))
    try:
        if not Path(file).is_file():
            yield origin.problem(f"there is no such file: {_cut(file)}")
        else:
            with Path(file).open("rb"):
                pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield origin.problem(f"the file cannot be read: {reason}: {_cut(file)}")


def _cut(path: str) -> str:
    """Shorten a path that nobody would read to its end."""
    return path if len(path) <= 200 else f"{path[:200]} ..."


def _council_choice(
    choice: CouncilChoice, known: KnownCouncils, origins: Origins, path: KeyPath
) -> Iterator[Problem]:
    """The choice names councils that exist, and leaves enough of them."""
    unknown = list(known.unknown(choice, choice.codes or [], origins, (*path, "codes")))
    yield from unknown
    count = len(known.chosen(choice))
    if not count and not unknown:
        yield origins.find(path).problem("no council meets all of these restrictions at once")
    elif choice.draw is not None and choice.draw > count and not unknown:
        yield origins.find((*path, "draw")).problem(
            f"only {count} councils are chosen to draw from", allowed=f"2 to {count}"
        )


def _scopes(scenario: Scenario, known: KnownCouncils, origins: Origins) -> Iterator[Problem]:
    """Scopes and lists of members name councils that exist; members find room."""
    choice = scenario.councils
    for path, scope in _all_scopes(scenario):
        yield from known.unknown(choice, scope.codes or [], origins, (*path, "codes"))
    for name, offer in scenario.offers.items():
        yield from _members(choice, offer, known, origins, ("offers", name, "initial_members"))


def _members(
    choice: CouncilChoice, offer: Offer, known: KnownCouncils, origins: Origins, path: KeyPath
) -> Iterator[Problem]:
    members = offer.initial_members
    if isinstance(members, list):
        yield from known.unknown(choice, members, origins, path)
    elif members >= 1:
        most = min(known.in_scope(choice, offer.scope), choice.draw or 50_000)
        if members > most:
            yield origins.find(path).problem(
                f"only {most} councils take part and are in the scope of the offer",
                allowed=f"a share below 1, or a number from 1 to {most}" if most else "",
            )
