"""What must be right across the settings of an experiment, each with its own plain message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.claims import check_claims
from sim.experiment.size import excesses
from sim.experiment.worlds import Worlds
from sim.files.layers import Node, Origin, Origins, Source
from sim.files.problems import NOT_FILES, BadInput, Problem, any_of, closest, quoted, toml_key
from sim.files.toml_lines import KeyPath
from sim.settings import (
    AfterOpening,
    CouncilChoice,
    Experiment,
    Horizon,
    Mandate,
    Offer,
    Scenario,
    Scope,
    Sweep,
    Team,
    month_of,
    month_text,
)
from sim.settings.editing import OF_COUNCILS, OriginOf, numeric_settings, with_setting
from sim.settings.events import regimes, trace
from sim.settings.limits import MOST_OFFERS, MOST_TEAMS, MOST_TIES_IN_ALL
from sim.settings.programme import ENDS_FIRST
from sim.settings.when import counted, is_before, opening_meant, own_offer

if TYPE_CHECKING:
    from sim.model.councils import Councils

NAME = re.compile(r"[a-z0-9_]{1,40}")


def check(experiment: Experiment, origins: Origins) -> Iterator[Problem]:
    """Find what is wrong across settings that are each valid in themselves.

    Parameters
    ----------
    experiment
        The experiment.
    origins
        Where its values were set.
    """
    yield from _names(experiment, origins)
    unknown = [*_references(experiment, origins), *check_claims(experiment, origins)]
    yield from unknown
    yield from _fixed_settings(experiment, origins)
    fits = list(_fit(experiment, origins))
    yield from fits
    if not (unknown or fits):
        # First of all: what is too large would take too long to look at.
        large = list(_sizes(experiment, origins))
        yield from large
        if large:
            return
    known = _KnownCouncils()
    faulty = set()
    for name, scenario in experiment.scenarios.items():
        found = list(_scenario(scenario, experiment, known, origins, ("scenarios", name)))
        yield from found
        if found:
            faulty.add(name)
    for name in experiment.curves:
        yield from _curve(experiment, name, faulty, known, origins)
    for name, explanation in experiment.explain.items():
        yield from _outcome(explanation.outcome, experiment, origins, ("explain", name, "outcome"))
        ends = {explanation.start, explanation.to}
        if ends <= experiment.scenarios.keys() - faulty:
            yield from _explanation(experiment, name, known, origins)
    yield from _sweeps(experiment, faulty, known, origins)
    yield from _searches(experiment, faulty, known, origins)
    ties = known.worlds.ties
    if ties > MOST_TIES_IN_ALL:
        yield origins.find(()).problem(
            f"all networks together have about {ties:,} ties, too many for memory",
            given="",
            allowed=f"at most {MOST_TIES_IN_ALL:,}: fewer councils, or one network for several "
            "scenarios",
        )


def _sizes(experiment: Experiment, origins: Origins) -> Iterator[Problem]:
    """Nothing is larger than what can be made, run and held."""
    for name, scenario in experiment.scenarios.items():
        for key, table, most in (
            ("offers", scenario.offers, MOST_OFFERS),
            ("push.teams", scenario.push.teams, MOST_TEAMS),
        ):
            if len(table) > most:
                yield origins.find(("scenarios", name, *key.split("."))).problem(
                    f"there are {len(table)} of them", given="", allowed=f"at most {most}"
                )
    for excess in excesses(experiment):
        yield origins.find(excess.path).problem(
            excess.problem, given=None if excess.path else "", allowed=excess.allowed
        )


# ---------------------------------------------------------------- the experiment


def _names(experiment: Experiment, origins: Origins) -> Iterator[Problem]:
    named: list[KeyPath] = [("scenarios", name) for name in experiment.scenarios]
    named += [("curves", name) for name in experiment.curves]
    named += [("explain", name) for name in experiment.explain]
    named += [("claims", name) for name in experiment.claims]
    for name, sweep in experiment.sweep.items():
        named += [("sweep", name), *(("sweep", name, "boxes", case) for case in sweep.boxes)]
    for name, scenario in experiment.scenarios.items():
        named += [("scenarios", name, "offers", offer) for offer in scenario.offers]
    return wrong_names(named, origins)


def wrong_names(named: Iterable[KeyPath], origins: Origins) -> Iterator[Problem]:
    """Names become names of files and columns: nothing may lead out of the results folder."""
    for path in named:
        name = str(path[-1])
        if not NAME.fullmatch(name):
            yield origins.find(path).problem(
                "this name cannot be used: it becomes the name of files and columns",
                given=quoted(name),
                allowed="1 to 40 of the characters a-z, 0-9 and _",
            )
        elif NOT_FILES.fullmatch(name):
            yield origins.find(path).problem(
                "Windows allows no file of this name; choose another", given=quoted(name)
            )


def _references(experiment: Experiment, origins: Origins) -> Iterator[Problem]:
    """Scenarios are referred to by names that exist."""
    references: list[tuple[KeyPath, str]] = []
    if experiment.base is not None:
        references.append((("base",), experiment.base))
    for index, group in enumerate(experiment.together):
        references += [(("together", index, at), name) for at, name in enumerate(group)]
    for curve, settings in experiment.curves.items():
        references += [
            (("curves", curve, "scenarios", at), name) for at, name in enumerate(settings.scenarios)
        ]
    for name, sweep in experiment.sweep.items():
        references += [
            (("sweep", name, "scenarios", at), scenario)
            for at, scenario in enumerate(sweep.scenarios)
        ]
    references += [
        (("search", name, "scenario"), search.scenario)
        for name, search in experiment.search.items()
    ]
    for explanation, ends in experiment.explain.items():
        references += [(("explain", explanation, "from"), ends.start)]
        references += [(("explain", explanation, "to"), ends.to)]
    references += [
        (("sensitivity", "scenarios", index), name)
        for index, name in enumerate(experiment.sensitivity.scenarios or [])
    ]
    references += [
        (("ideas", "scenarios", index), name)
        for index, name in enumerate(experiment.ideas.scenarios or [])
    ]
    references += [
        (("supply", "scenarios", index), name)
        for index, name in enumerate(experiment.supply.scenarios or [])
    ]
    references += [
        (("structures", "scenarios", index), name)
        for index, name in enumerate(experiment.structures.scenarios or [])
    ]
    references += [
        (("levers", "scenarios", index), name)
        for index, name in enumerate(experiment.levers.scenarios or [])
    ]
    for path, name in references:
        if name not in experiment.scenarios:
            yield origins.find(path).problem(
                "there is no scenario of this name",
                allowed=any_of(list(experiment.scenarios)),
                meant=closest(name, experiment.scenarios),
            )


def _fixed_settings(experiment: Experiment, origins: Origins) -> Iterator[Problem]:
    """What is held is a setting of behaviour or traits; a wrong key there is told by itself."""
    for name, scenario in experiment.scenarios.items():
        known = [key for key in numeric_settings(scenario) if key.startswith(OF_COUNCILS)]
        for index, setting in enumerate(scenario.fixed_settings):
            if setting not in known:
                yield origins.find(("scenarios", name, "fixed_settings", index)).problem(
                    "there is no setting of behaviour or traits of this name",
                    given=quoted(setting),
                    meant=closest(setting, known),
                )


def _fit(experiment: Experiment, origins: Origins) -> Iterator[Problem]:
    """A fit that is named is one."""
    fit = experiment.parameters.fit
    if fit is None:
        return
    # Few files name one, and reading its tables needs NumPy.
    from sim.experiment.fits import fault_of

    if fault := fault_of(fit):
        yield origins.find(("parameters", "fit")).problem(fault)


def _curve(
    experiment: Experiment,
    name: str,
    faulty: set[str],
    known: _KnownCouncils,
    origins: Origins,
) -> Iterator[Problem]:
    """A curve varies a numeric setting of its scenarios within its range."""
    curve = experiment.curves[name]
    path: KeyPath = ("curves", name)
    for index, value in enumerate(curve.values):
        if value in curve.values[:index]:
            yield origins.find((*path, "values", index)).problem(
                "this value stands in the list already",
                given=f"{value:g}",
                allowed="each value once",
            )
    seeds = _seeds(experiment, curve.seeds)
    for scenario_name in curve.scenarios:
        scenario = experiment.scenarios.get(scenario_name)
        if scenario is None or scenario_name in faulty:
            continue
        numeric = numeric_settings(scenario)
        if curve.setting not in numeric:
            yield origins.find((*path, "setting")).problem(
                f"scenario {scenario_name} has no numeric setting of this name",
                meant=closest(curve.setting, numeric),
            )
            continue
        yield from _group(experiment, name, scenario_name, known, origins)
        for index, value in enumerate(curve.values):
            try:
                varied = with_setting(scenario, curve.setting, value)
                found = list(_scenario(varied, experiment, known, origins, (), seeds))
            except BadInput as error:
                found = error.problems
            for problem in found:
                yield origins.find((*path, "values", index)).problem(
                    f"{curve.setting} cannot have this value: {problem.problem}",
                    allowed=problem.allowed,
                )


def _group(
    experiment: Experiment, curve: str, name: str, known: _KnownCouncils, origins: Origins
) -> Iterator[Problem]:
    """A curve of one group has a group that is there."""
    group = experiment.curves[curve].group
    if group is None:
        return
    scenario = experiment.scenarios[name]
    groups = known.groups(scenario)
    if group not in groups:
        yield origins.find(("curves", curve, "group")).problem(
            f"scenario {name} has no group of this name among those who may join",
            allowed=any_of(groups),
            meant=closest(group, groups),
        )


def _outcome(
    outcome: str, experiment: Experiment, origins: Origins, path: KeyPath
) -> Iterator[Problem]:
    """What is explained is a figure that every run has."""
    from sim.settings.columns import missing_is_beyond, outcomes_of_runs

    known = outcomes_of_runs(experiment.outcomes)
    figures = [name for name in known if not missing_is_beyond(name)]
    if outcome in known and outcome not in figures:
        yield origins.find(path).problem(
            "runs that do not get there have no figure, and so nothing to share out",
            allowed=any_of(figures, most=12),
        )
    elif outcome not in figures:
        yield origins.find(path).problem(
            "a run has no outcome of this name",
            allowed=any_of(figures, most=12),
            meant=closest(outcome, figures),
        )


def _explanation(
    experiment: Experiment, name: str, known: _KnownCouncils, origins: Origins
) -> Iterator[Problem]:
    """Its groups name settings that differ, and every hybrid of its scenarios can be run."""
    from sim.experiment.hybrids import Hybrids, grouped
    from sim.model.councils import UnknownCouncil

    explanation = experiment.explain[name]
    path: KeyPath = ("explain", name)
    start, end = (experiment.scenarios[end] for end in (explanation.start, explanation.to))
    groups, problems = grouped(explanation, start, end, lambda at: origins.find((*path, *at)))
    yield from problems
    if problems:
        return
    between = Hybrids(start, end, groups)
    seeds = _seeds(experiment, explanation.seeds)

    def fault(moved: set[KeyPath]) -> str:
        try:
            mixed = between.mixed(moved)
            found = list(_scenario(mixed, experiment, known, origins, (), seeds))
        except BadInput as error:
            found = error.problems
        except UnknownCouncil as error:
            return f"unknown council {error}"
        return found[0].problem if found else ""

    # The fewer groups are moved, the plainer what is wrong.
    for number in sorted(range(1, len(between) - 1), key=lambda number: number.bit_count()):
        moved = between.moved(number)
        if wrong := fault(moved):
            differing = [setting for group in groups.values() for setting in group]
            tied = [setting for setting in differing if not fault(moved ^ {setting})]
            titles = [title for at, title in enumerate(groups) if number >> at & 1]
            yield origins.find((*path, "groups")).problem(
                f"with only {any_of([f'“{title}”' for title in titles])} as in {explanation.to} "
                f"the settings do not fit together: {wrong}",
                given="",
                allowed=f"in one group: {any_of([toml_key(setting) for setting in tied])}"
                if tied
                else "these groups joined with others",
            )
            return


# ---------------------------------------------------------------- a scenario


def _seeds(experiment: Experiment, most: int | None = None) -> range:
    """Seeds that a point is run with."""
    first, count = experiment.seeds.first, experiment.seeds.count
    return range(first, first + (count if most is None else min(count, most)))


def _sweeps(
    experiment: Experiment, faulty: set[str], known: _KnownCouncils, origins: Origins
) -> Iterator[Problem]:
    """Sweeps of scenarios that are right are right themselves."""
    if not experiment.sweep:
        return
    # Few files have one, and choosing points needs NumPy.
    from sim.experiment.sweep_checks import check_sweep

    for name, sweep in experiment.sweep.items():
        if not faulty & set(sweep.scenarios) and set(sweep.scenarios) <= set(experiment.scenarios):
            seeds = _replicates(experiment, sweep)
            look = partial(_faults, experiment=experiment, known=known, seeds=seeds)
            yield from check_sweep(experiment, name, origins, look)


def _searches(
    experiment: Experiment, faulty: set[str], known: _KnownCouncils, origins: Origins
) -> Iterator[Problem]:
    """Searches of scenarios that are right are right themselves."""
    if not experiment.search:
        return
    from sim.experiment.search_checks import check_search

    for name, search in experiment.search.items():
        if search.scenario not in faulty and search.scenario in experiment.scenarios:
            seeds = range(experiment.seeds.first, experiment.seeds.first + search.futures)
            look = partial(_faults, experiment=experiment, known=known, seeds=seeds)
            yield from check_search(experiment, name, origins, look)


def _faults(
    scenario: Scenario, *, experiment: Experiment, known: _KnownCouncils, seeds: range
) -> Iterator[Problem]:
    """What is wrong with a scenario, wherever it came from."""
    nowhere = Origins(Node(Origin(Source("", {}), ()), {}))
    return _scenario(scenario, experiment, known, nowhere, (), seeds)


def _replicates(experiment: Experiment, sweep: Sweep) -> range:
    """Seeds that each point of a sweep is run with."""
    first = experiment.seeds.first
    return range(first, first + sweep.replicates)


def looker(experiment: Experiment, name: str) -> Callable[[Scenario], Iterable[Problem]]:
    """Make what finds the faults of a scenario that a sweep would run."""
    seeds = _replicates(experiment, experiment.sweep[name])
    return partial(_faults, experiment=experiment, known=_KnownCouncils(), seeds=seeds)


def _scenario(
    scenario: Scenario,
    experiment: Experiment,
    known: _KnownCouncils,
    origins: Origins,
    path: KeyPath,
    seeds: range | None = None,
) -> Iterator[Problem]:
    """Check a scenario as it begins and as it is after each event, and its network."""
    horizon = experiment.horizon
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
        of = _seeds(experiment) if seeds is None else seeds
        yield from _network(scenario, known, origins, path, of)


def _reach(
    regimes: Sequence[Scenario], known: _KnownCouncils, origins: Origins
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
    scenario: Scenario, known: _KnownCouncils, origins: Origins, path: KeyPath, seeds: range
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


# ---------------------------------------------------------------- councils


class _KnownCouncils:
    """The councils that a choice allows, made once for all scenarios."""

    def __init__(self) -> None:
        self.worlds = Worlds()
        self._synthetic: dict[int, Councils] = {}
        self._taking_part: dict[str, Councils] = {}
        self._in_scope: dict[tuple[str, str], list[int]] = {}

    def all(self, choice: CouncilChoice) -> Councils:
        from sim.model.councils import load_councils, synthetic_councils

        if not choice.synthetic:
            return load_councils()
        if choice.synthetic not in self._synthetic:
            self._synthetic[choice.synthetic] = synthetic_councils(choice.synthetic)
        return self._synthetic[choice.synthetic]

    def unknown(
        self, choice: CouncilChoice, names: Iterable[str], origins: Origins, path: KeyPath
    ) -> Iterator[Problem]:
        """Report the names that no council has."""
        from sim.model.areas import area_called
        from sim.model.councils import UnknownCouncil

        for index, name in enumerate(names):
            try:
                self.all(choice).index_of(name)
            except UnknownCouncil as error:
                yield origins.find((*path, index)).problem(
                    f"no council has this code or name{error.why and ': '}{error.why}",
                    meant=f"regions = [{quoted(area)}]"
                    if (area := area_called(name))
                    else " or ".join(error.suggestions),
                )

    def chosen(self, choice: CouncilChoice) -> list[int]:
        """Return the positions of the councils that take part, or that are drawn from."""
        everyone = self.all(choice)
        return self._within(everyone, range(len(everyone)), choice)

    def taking_part(self, choice: CouncilChoice) -> Councils:
        """Return the councils that take part, or that are drawn from."""
        key = choice.model_dump_json(exclude={"draw"})
        if key not in self._taking_part:
            self._taking_part[key] = self.all(choice).take(self.chosen(choice))
        return self._taking_part[key]

    def in_scope(self, choice: CouncilChoice, scope: Scope) -> int:
        """Count the councils that take part and are in a scope."""
        return len(self._positions_in_scope(choice, scope))

    def _positions_in_scope(self, choice: CouncilChoice, scope: Scope) -> list[int]:
        key = choice.model_dump_json(exclude={"draw"}), scope.model_dump_json()
        if key not in self._in_scope:
            everyone, chosen = self.all(choice), self.chosen(choice)
            self._in_scope[key] = self._within(everyone, chosen, scope)
        return self._in_scope[key]

    def groups(self, scenario: Scenario) -> list[str]:
        """Groups of those who may ever join, and offers where there are several."""
        everyone = self.all(scenario.councils)
        scopes = [
            offer.scope for _, settings in regimes(scenario) for offer in settings.offers.values()
        ]
        found = {
            at
            for scope in scopes or [Scope()]
            for at in self._positions_in_scope(scenario.councils, scope)
        }
        columns = (everyone.nation, everyone.council_type, everyone.size_band)
        names = [column[at] for column in columns for at in sorted(found)]
        offers = list(scenario.offers) if len(scenario.offers) > 1 else []
        return list(dict.fromkeys([*names, *offers]))

    @staticmethod
    def _within(
        everyone: Councils,
        positions: Iterable[int],
        choice: CouncilChoice | Scope,
    ) -> list[int]:
        found = list(positions)
        if choice.nations is not None:
            found = [at for at in found if everyone.nation[at] in choice.nations]
        if choice.regions is not None:
            inside = everyone.within(choice.regions)
            found = [at for at in found if inside[at]]
        if choice.types is not None:
            found = [at for at in found if everyone.council_type[at] in choice.types]
        if choice.codes is not None:
            # Unknown ones are reported elsewhere.
            named = {code for code in choice.codes if _exists(everyone, code)}
            wanted = {everyone.index_of(code) for code in named}
            found = [at for at in found if at in wanted]
        return found


def _exists(everyone: Councils, code: str) -> bool:
    try:
        everyone.index_of(code)
    except KeyError:
        return False
    return True


def _council_choice(
    choice: CouncilChoice, known: _KnownCouncils, origins: Origins, path: KeyPath
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


def _scopes(scenario: Scenario, known: _KnownCouncils, origins: Origins) -> Iterator[Problem]:
    """Scopes and lists of members name councils that exist; members find room."""
    choice = scenario.councils
    for path, scope in _all_scopes(scenario):
        yield from known.unknown(choice, scope.codes or [], origins, (*path, "codes"))
    for name, offer in scenario.offers.items():
        yield from _members(choice, offer, known, origins, ("offers", name, "initial_members"))


def _members(
    choice: CouncilChoice, offer: Offer, known: _KnownCouncils, origins: Origins, path: KeyPath
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
