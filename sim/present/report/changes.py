"""What each scenario changes, in plain words and whole: for the report and for `check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from sim.files.words import plural
from sim.present.report.settings import NEVER, NONE, alike_named, is_nothing, said_of
from sim.settings import Experiment, Scenario


class Change(NamedTuple):
    """A setting in which a scenario differs from another, with both values in words."""

    name: str
    about: str
    meaning: str
    value: str
    instead_of: str

    @property
    def words(self) -> str:
        """Such as "fee of a member: £0.1m a year (instead of £0.03m a year)"."""
        if not self.instead_of:
            return f"{self.meaning}: {self.value}"
        return f"{self.meaning}: {self.value} (instead of {self.instead_of})"


class Changes(NamedTuple):
    """What a scenario changes.

    Attributes
    ----------
    like
        The scenario that it is told against: an earlier one that it differs from least. "" for
        the base, which is told whole.
    items
        Every setting in which it differs from that one.
    """

    like: str
    items: list[Change]

    def by_subject(self) -> Iterator[tuple[str, list[Change]]]:
        """Changes in the order of settings, those of one subject together."""
        for about, some in groupby(self.items, key=lambda change: change.about):
            yield about, list(some)


def changes(experiment: Experiment, scenarios: list[str] | None = None) -> dict[str, Changes]:
    """Tell every scenario by what is in force in it.

    The base comes first and is told whole, by all that is on offer and done and by every other
    setting that is not the model's own. Each other scenario is told by every setting in which it
    differs from the nearest that was told before, so that nothing is left out.

    Parameters
    ----------
    experiment
        The settings in force.
    scenarios
        Which; by default all. The first of them stands for a base that is not among them.
    """
    names = list(experiment.scenarios) if scenarios is None else scenarios
    base = experiment.base_scenario if experiment.base_scenario in names else names[0]
    found = {base: Changes("", _whole(experiment.scenarios[base]))}
    for name in names:
        if name == base:
            continue
        options = {
            other: difference(experiment.scenarios[name], experiment.scenarios[other])
            for other in found
        }
        like = min(options, key=lambda other: len(options[other]))
        found[name] = Changes(like, options[like])
    return found


def difference(scenario: Scenario, other: Scenario) -> list[Change]:
    """Every setting in which a scenario differs from another, whether or not it matters."""
    ours, theirs = said_of(scenario), said_of(alike_named(other.in_calendar(), scenario))
    items: list[Change] = []
    for name in {**ours, **theirs}:
        mine, there = ours.get(name), theirs.get(name)
        if mine is not None and there is not None:
            if mine.value != there.value:
                items.append(Change(*mine[:4], there.value))
        elif mine is not None and (mine.about == "events" or not is_nothing(mine)):
            items.append(Change(*mine[:4], ""))
        elif there is not None and (there.about == "events" or not is_nothing(there)):
            gone = NEVER.get(name.split(".")[0].split(" ")[0], NONE)
            items.append(Change(*there[:3], gone, there.value))
    return sorted(items, key=lambda change: _PLACES.get(change.about, 2))


# Councils first; offers and teams, which have names, in the middle.
_PLACES = {
    "councils": 0,
    "the offer": 1,
    "the push": 3,
    "events": 4,
    "around all councils": 5,
    "who listens to whom": 6,
    "how councils behave": 7,
    "what councils are like": 8,
    "doubt": 9,
}


def _whole(scenario: Scenario) -> list[Change]:
    """All that is on offer and done in a scenario, and what else is not the model's own."""
    usual = said_of(Scenario())
    return [
        Change(*said[:4], "")
        for name, said in said_of(scenario).items()
        if name == "councils"
        or said.about == "events"
        or ((name not in usual or usual[name].value != said.value) and not is_nothing(said))
    ]


def lead(one: Changes, titles: Mapping[str, str]) -> str:
    """Say what a scenario is told against, before its changes."""
    if not one.like:
        return "what is in force in it and is not the usual value of the model"
    if not one.items:
        return f"the same settings as “{titles[one.like]}”"
    return f"as “{titles[one.like]}”, but for {plural(len(one.items), 'setting')}"
