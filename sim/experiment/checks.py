"""What must be right across the settings of an experiment, each with its own plain message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from sim.experiment.claims import check_claims
from sim.experiment.known_councils import KnownCouncils
from sim.experiment.scenario_checks import check_scenario
from sim.experiment.size import excesses
from sim.files.layers import Node, Origin, Origins, Source
from sim.files.problems import NOT_FILES, BadInput, Problem, any_of, closest, quoted, toml_key
from sim.files.toml_lines import KeyPath
from sim.settings import Experiment, Scenario, Sweep
from sim.settings.editing import OF_COUNCILS, numeric_settings, with_setting
from sim.settings.limits import MOST_OFFERS, MOST_TEAMS, MOST_TIES_IN_ALL

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
    known, horizon, seeds = KnownCouncils(), experiment.horizon, _seeds(experiment)
    faulty = set()
    for name, scenario in experiment.scenarios.items():
        path: KeyPath = ("scenarios", name)
        found = list(check_scenario(scenario, horizon, known, origins, path, seeds))
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
    known: KnownCouncils,
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
                found = list(check_scenario(varied, experiment.horizon, known, origins, (), seeds))
            except BadInput as error:
                found = error.problems
            for problem in found:
                yield origins.find((*path, "values", index)).problem(
                    f"{curve.setting} cannot have this value: {problem.problem}",
                    allowed=problem.allowed,
                )


def _group(
    experiment: Experiment, curve: str, name: str, known: KnownCouncils, origins: Origins
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
    experiment: Experiment, name: str, known: KnownCouncils, origins: Origins
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
            found = list(check_scenario(mixed, experiment.horizon, known, origins, (), seeds))
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


def _seeds(experiment: Experiment, most: int | None = None) -> range:
    """Seeds that a point is run with."""
    first, count = experiment.seeds.first, experiment.seeds.count
    return range(first, first + (count if most is None else min(count, most)))


def _sweeps(
    experiment: Experiment, faulty: set[str], known: KnownCouncils, origins: Origins
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
    experiment: Experiment, faulty: set[str], known: KnownCouncils, origins: Origins
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
    scenario: Scenario, *, experiment: Experiment, known: KnownCouncils, seeds: range
) -> Iterator[Problem]:
    """What is wrong with a scenario, wherever it came from."""
    nowhere = Origins(Node(Origin(Source("", {}), ()), {}))
    return check_scenario(scenario, experiment.horizon, known, nowhere, (), seeds)


def _replicates(experiment: Experiment, sweep: Sweep) -> range:
    """Seeds that each point of a sweep is run with."""
    first = experiment.seeds.first
    return range(first, first + sweep.replicates)


def looker(experiment: Experiment, name: str) -> Callable[[Scenario], Iterable[Problem]]:
    """Make what finds the faults of a scenario that a sweep would run."""
    seeds = _replicates(experiment, experiment.sweep[name])
    return partial(_faults, experiment=experiment, known=KnownCouncils(), seeds=seeds)
