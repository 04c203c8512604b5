"""Scenarios that lie between two others: some of their settings from the one, some from the other.

An explanation moves from one scenario to another group of settings by group of settings, in every
order. What that means where settings do not stand alone:

* A choice of councils, a scope and the list of events move whole. So do the offers, or the further
  teams of a push, where the two scenarios have not the same of them in the same order.
* What a team does and what a programme costs grow with the number of councils, and are carried over
  for each council: 6 visits a month for 32 councils are 66 for 353. Counted are councils in scope
  as the scenario begins. Whether effort differs is judged in this measure too.
* With no group moved the hybrid is the one scenario, and with all of them the other, exactly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import ValidationError

from sim.files.layers import EITHER_OR, REPLACED_WHOLE, Origin, Origins, Source, tree
from sim.files.problems import BadInput, Problem, any_of, closest, toml_key
from sim.files.toml_lines import KeyPath
from sim.model.world import chosen_councils, scope_mask
from sim.settings import CouncilChoice, Experiment, Explanation, Scenario, Scope
from sim.settings.plain_errors import problems_of

REST = "Everything else"
MOST_GROUPS = 10
WORDS = {"title", "stands_for", "evidence", "assumptions", "programme"}
FIXED = "fixed_settings"  # goes with the settings that it names
VISITS, EFFORT = EITHER_OR
# Sums that grow with the number of councils: of the programme, and of each team.
OF_PROGRAMME, OF_TEAM = ("annual_cost_gbp_m", "annual_budget_gbp_m"), ("fixed_cost_gbp_m",)
# Numbers that are equal but for how they were worked out.
DIGITS = 9

Settings = dict[str, Any]
OriginOf = Callable[[KeyPath], Origin]


class Hybrids:
    """Two scenarios and the groups of settings in which they differ.

    Parameters
    ----------
    start, end
        The scenarios.
    groups
        Settings of each group, by its title. Bit i of the number of a hybrid tells whether
        group i is as in `end`.
    """

    def __init__(
        self, start: Scenario, end: Scenario, groups: Mapping[str, Sequence[KeyPath]]
    ) -> None:
        self.ends = start, end
        self.groups = dict(groups)
        self._trees = _tree(start), _tree(end)

    def __len__(self) -> int:
        return 1 << len(self.groups)

    def changes(self, number: int) -> dict[str, Any]:
        """Return the settings in which a hybrid differs from `start`, by dotted name.

        Parameters
        ----------
        number
            Of the hybrid, from 0 to the length less one.

        Returns
        -------
        dict
            As `sim.settings.editing.with_settings` takes them, with the settings that are fixed;
            empty for the hybrid in which nothing has moved.

        Raises
        ------
        BadInput
            If its settings do not fit together.
        """
        moved = self.moved(number)
        if not moved:
            return {}
        tree = self._trees[1] if number == len(self) - 1 else self.settings(moved)
        found = {
            ".".join(map(str, path)): _table(tree, path)[path[-1]]
            for path in _differing(self._trees[0], tree)
        }
        return {**found, FIXED: self._fixed(moved)}

    def scenario(self, number: int) -> Scenario:
        """Return a hybrid by its number.

        Raises
        ------
        BadInput
            If its settings do not fit together.
        """
        if number in (0, len(self) - 1):
            return self.ends[number > 0]
        return self.mixed(self.moved(number))

    def moved(self, number: int) -> set[KeyPath]:
        """Return the settings that a hybrid has as in `end`."""
        return {
            path
            for index, paths in enumerate(self.groups.values())
            for path in paths
            if number >> index & 1
        }

    def mixed(self, moved: Iterable[KeyPath]) -> Scenario:
        """Return the hybrid that has these settings as in `end` and all others as in `start`.

        Raises
        ------
        BadInput
            If its settings do not fit together.
        """
        paths = set(moved)
        mixed = self._validated(self.settings(paths))
        return mixed.model_copy(update={FIXED: self._fixed(paths)})

    def settings(self, moved: Iterable[KeyPath]) -> Settings:
        """Return the same as a plain table that has not been validated.

        Raises
        ------
        BadInput
            If no council is in scope.
        """
        paths = set(moved)
        settings = self._put_together(paths)
        self._carry_over(settings, paths)
        return settings

    def _fixed(self, moved: set[KeyPath]) -> list[str]:
        """Name the settings that are not drawn: each goes with the setting that it names."""
        return [
            name
            for end in (False, True)
            for name in self.ends[end].fixed_settings
            if (tuple(name.split(".")) in moved) == end
        ]

    def _put_together(self, moved: set[KeyPath]) -> Settings:
        """Lay the settings that moved over those of `start`.

        Tables in which nothing moved are those of `start` themselves, not copies. Only the push
        and the events may be changed afterwards.
        """
        settings = dict(self._trees[0])
        own: set[KeyPath] = set()
        for path in moved:
            part: Any = settings
            for depth, key in enumerate(path[:-1], start=1):
                if path[:depth] not in own:
                    own.add(path[:depth])
                    part[key] = dict(part[key])
                part = part[key]
            there = _table(self._trees[1], path)
            for key in EITHER_OR if path[-1] == EFFORT else path[-1:]:
                part[key] = there[key]
        for key in ("push", "events"):
            settings[key] = _copied(settings[key])
        return settings

    def _validated(self, settings: Settings) -> Scenario:
        """Validate settings as a scenario.

        What is the same as in `start` has been validated with it, and goes in as it came out of
        that: of what many hybrids share, little is left to do. What the parts of a scenario have
        to do with each other is validated in any case.
        """
        start, same = self.ends[0], self._trees[0]
        parts: Settings = {}
        for key, value in settings.items():
            if value is same[key] or value == same[key]:
                parts[key] = getattr(start, key)
            elif key == "offers":
                parts[key] = {
                    name: start.offers[name] if offer == same[key].get(name) else offer
                    for name, offer in value.items()
                }
            else:
                parts[key] = value
        try:
            return Scenario.model_validate(parts)
        except ValidationError as error:
            source = Source("", {})
            origins = Origins(tree(settings, lambda path: Origin(source, path)))
            raise BadInput(problems_of(error, Scenario, origins)) from None

    def _carry_over(self, settings: Settings, moved: set[KeyPath]) -> None:
        """Scale what grows with the number of councils, where that is another one here."""

        def ratio(path: KeyPath, team: KeyPath) -> float:
            """How many councils there are for each one where the setting comes from."""
            from_end = any(path[: len(whole)] == whole for whole in moved)
            there = reached(self._trees[from_end], team)
            here = reached(settings, team)
            if there and not here:
                raise BadInput(
                    [Problem(f"no council is in the scopes of {toml_key(team)} and of an offer")]
                )
            return here / there if there else 1.0

        if all(reached(end, ()) for end in self._trees) and not reached(settings, ()):
            raise BadInput([Problem("no council that takes part is in the scope of an offer")])
        pushes: list[tuple[KeyPath, Settings]] = [((), settings["push"])]
        pushes += [(("events",), event["change"]["push"]) for event in settings["events"]]
        for origin, push in pushes:
            for team, values in _teams(push):
                for key in (VISITS, *OF_TEAM, *OF_PROGRAMME):
                    of = () if key in OF_PROGRAMME else team
                    if values.get(key):
                        values[key] *= ratio(
                            origin or (*team, EFFORT if key == VISITS else key), of
                        )

    def changes_in_words(self, group: str) -> list[tuple[str, str, str]]:
        """Settings of a group in words: dotted name, value at the start and at the end."""
        start, end = (_comparable(scenario) for scenario in self.ends)
        return [
            (
                toml_key(path)
                + (" (for each council)" if path[-1] in (*OF_TEAM, *OF_PROGRAMME) else ""),
                format_value(_table(start, path)[path[-1]]),
                format_value(_table(end, path)[path[-1]]),
            )
            for path in self.groups[group]
        ]


def hybrids_of(experiment: Experiment, explanation: str) -> Hybrids:
    """Return what lies between the two scenarios of an explanation.

    Raises
    ------
    BadInput
        If its groups do not fit the scenarios; `load_experiment` has checked that already.
    """
    settings = experiment.explain[explanation]
    start, end = experiment.scenarios[settings.start], experiment.scenarios[settings.to]
    source = Source(explanation, {})
    groups, problems = grouped(settings, start, end, lambda path: Origin(source, path))
    if problems:
        raise BadInput(problems)
    return Hybrids(start, end, groups)


# ---------------------------------------------------------------- groups


def grouped(
    explanation: Explanation, start: Scenario, end: Scenario, origin_of: OriginOf
) -> tuple[dict[str, list[KeyPath]], list[Problem]]:
    """Sort the settings in which two scenarios differ into the groups of an explanation.

    Parameters
    ----------
    explanation
        Which settings belong together.
    start, end
        Its scenarios.
    origin_of
        Where the value at a path of the explanation was set.

    Returns
    -------
    tuple of dict and list
        Settings by title of the group, those that no group names last; problems.
    """
    ours, theirs = _comparable(start), _comparable(end)
    differing = list(_differing(ours, theirs))
    known = {*_names(ours), *_names(theirs)}
    problems: list[Problem] = []
    if not differing:
        problems.append(origin_of(("to",)).problem("both have the same settings"))
        return {}, problems
    of_group: dict[KeyPath, str] = {}
    for title, names in explanation.groups.items():
        for index, name in enumerate(names):
            origin = origin_of(("groups", title, index))
            path = _path(name)
            covered = [found for found in differing if found[: len(path)] == path]
            if not covered:
                problems.append(_not_differing(name, path, differing, known, origin))
            for found in covered:
                if found in of_group:
                    problems.append(
                        origin.problem(
                            f"{toml_key(found)} stands in “{of_group[found]}” already; a setting "
                            "belongs to one group"
                        )
                    )
                of_group.setdefault(found, title)
    groups = {
        title: [path for path in differing if of_group.get(path) == title]
        for title in explanation.groups
    }
    rest = [path for path in differing if path not in of_group]
    if rest and REST in groups:
        problems.append(
            origin_of(("groups", REST)).problem(
                "this is the name of the group of all settings that no group names; choose another"
            )
        )
    elif rest:
        groups[REST] = rest
    if len(groups) > MOST_GROUPS:
        problems.append(
            origin_of(("groups",)).problem(
                f"these are {len(groups)} groups"
                + (f", with “{REST}” for the settings that none of them names" if rest else ""),
                given="",
                allowed=f"at most {MOST_GROUPS}",
            )
        )
    return groups, problems


def _path(name: str) -> KeyPath:
    """Turn a dotted name into a path; a table may be written with .* behind it."""
    parts = name.removesuffix(".*").split(".")
    # Visits have two measures and are one setting.
    return tuple(EFFORT if part == VISITS else part for part in parts)


def _not_differing(
    name: str, path: KeyPath, differing: Sequence[KeyPath], known: set[KeyPath], origin: Origin
) -> Problem:
    """Say why a name covers nothing in which the scenarios differ."""
    dotted = [toml_key(found) for found in differing]
    whole = [found for found in differing if path[: len(found)] == found]
    if whole:
        return origin.problem(
            f"{toml_key(whole[0])} differs as a whole and is not taken apart",
            meant=toml_key(whole[0]),
        )
    if path in known:
        return origin.problem("this is the same in both scenarios", allowed=any_of(dotted, most=12))
    return origin.problem(
        "a scenario has no setting of this name",
        allowed=any_of(dotted, most=12),
        meant=closest(name, {toml_key(found) for found in known}),
    )


def _differing(ours: Any, theirs: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Find the settings in which two scenarios differ."""
    if ours is theirs:
        return
    tables = isinstance(ours, dict) and isinstance(theirs, dict) and list(ours) == list(theirs)
    if tables and path[-1:] not in {(key,) for key in REPLACED_WHOLE}:
        for key in ours:
            yield from _differing(ours[key], theirs[key], (*path, key))
    elif ours != theirs or (isinstance(ours, dict) and not tables):
        yield path


def _names(settings: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Paths of all settings and tables of a scenario."""
    if path:
        yield path
    if isinstance(settings, dict):
        for key, value in settings.items():
            yield from _names(value, (*path, key))


# ---------------------------------------------------------------- settings as plain tables


def _tree(scenario: Scenario) -> Settings:
    return scenario.model_dump(mode="json", exclude={*WORDS, FIXED})


def _comparable(scenario: Scenario) -> Settings:
    """Settings with effort and cost for each council, as two scenarios are compared."""
    whole, settings = _tree(scenario), _tree(scenario)
    for team, values in _teams(settings["push"]):
        visits, effort = values.pop(VISITS), values[EFFORT] or 0.0
        if visits:
            effort = 12.0 * visits / (reached(whole, team) or 1.0)
        values[EFFORT] = round(effort, DIGITS)
        for key in (*OF_TEAM, *OF_PROGRAMME):
            if values.get(key):
                councils = reached(whole, () if key in OF_PROGRAMME else team)
                values[key] = round(values[key] / (councils or 1.0), DIGITS)
    return settings


def _teams(push: Settings) -> Iterator[tuple[KeyPath, Settings]]:
    """Tables of the teams of a push, with their paths."""
    yield ("push",), push
    for name, team in push.get("teams", {}).items():
        yield ("push", "teams", name), team


def _table(settings: Settings, path: KeyPath) -> Any:
    """Return the table that holds the setting at a path."""
    found: Any = settings
    for key in path[:-1]:
        found = found[key]
    return found


def _copied(value: Any) -> Any:
    """Copy plain tables and lists; `deepcopy` takes five times as long."""
    if isinstance(value, dict):
        return {key: _copied(entry) for key, entry in value.items()}
    return [_copied(entry) for entry in value] if isinstance(value, list) else value


def reached(settings: Settings, team: KeyPath) -> float:
    """Councils that are in scope of an offer and of a team (of any, where no team is named).

    Of a fresh draw, as many as there are on average.
    """
    push = settings["push"]
    scope: Settings = {}
    if team:
        named = push if len(team) == 1 else push["teams"].get(str(team[-1]))
        scope = {} if named is None else named["scope"]
    offers = tuple(json.dumps(offer["scope"]) for offer in settings["offers"].values())
    return _reached(json.dumps(settings["councils"]), json.dumps(scope), offers)


@lru_cache(maxsize=256)
def _reached(councils: str, team: str, offers: tuple[str, ...]) -> float:
    choice = CouncilChoice.model_validate_json(councils)
    everyone = chosen_councils(choice.model_copy(update={"draw": None}), seed=0)
    in_offers = np.zeros(len(everyone), dtype=np.bool_)
    for scope in offers:
        in_offers |= scope_mask(Scope.model_validate_json(scope), everyone)
    mask = in_offers & scope_mask(Scope.model_validate_json(team), everyone)
    drawn = 1.0 if choice.draw is None else choice.draw / len(everyone)
    return float(np.count_nonzero(mask)) * drawn


def format_value(value: Any) -> str:
    """Write a value for the reader."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, Mapping):
        parts = [
            f"{key.replace('_', ' ')} {format_value(entry)}"
            if isinstance(entry, int)
            else format_value(entry)
            for key, entry in value.items()
            if entry not in (None, {}, [], "")
        ]
        return ", ".join(parts) or "all"
    if isinstance(value, list):
        return ", ".join(map(format_value, value)) or "none"
    return str(value)
