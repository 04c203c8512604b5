"""What must be right in a search before any policy is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.experiment.searches import sweep_of
from sim.experiment.sweep_checks import Look, check_varied
from sim.experiment.sweeps import settled
from sim.files.layers import Origins
from sim.files.problems import Problem, any_of, closest, quoted
from sim.files.toml_lines import KeyPath
from sim.files.words import plural
from sim.model.effects import effect_of
from sim.settings import Experiment, Scenario, Search
from sim.settings.columns import missing_is_beyond, outcomes_of_runs
from sim.settings.limits import MOST_SWEEP_RUNS

_AFTER_OPENING = re.compile(r".*_(\d+)m")


def check_search(
    experiment: Experiment, name: str, origins: Origins, look: Look
) -> Iterator[Problem]:
    """Find what is wrong with a search whose scenario is right.

    Parameters
    ----------
    experiment, name
        The search.
    origins
        Where its values were set.
    look
        Finds what is wrong with a scenario.
    """
    search, path = experiment.search[name], ("search", name)
    sweep = sweep_of(search).model_copy(
        update={"levers": search.levers, "uncertainties": search.uncertainties}
    )
    _, problems = check_varied(experiment, sweep, path, origins, look)
    yield from problems
    yield from _columns(experiment, search, path, origins)
    if not problems:
        base = settled(experiment, sweep, search.scenario)
        yield from _horizon(experiment, base, search, path, origins)
        yield from _uncertain(base, search, path, origins)
    runs = search.policies * search.generations * search.futures
    if runs > MOST_SWEEP_RUNS:
        yield origins.find((*path, "generations")).problem(
            f"this search has {runs:,} runs, too many for a disk",
            allowed=f"at most {MOST_SWEEP_RUNS:,} runs: fewer policies, generations or futures",
        )


def _columns(
    experiment: Experiment, search: Search, path: KeyPath, origins: Origins
) -> Iterator[Problem]:
    """Goals and cost are figures that every run has."""
    known = [of for of in outcomes_of_runs(experiment.outcomes) if not missing_is_beyond(of)]
    wanted: list[tuple[KeyPath, str]] = [
        ((*path, "goals", index, "outcome"), goal.outcome)
        for index, goal in enumerate(search.goals)
    ]
    for at, outcome in [*wanted, ((*path, "cost"), search.cost)]:
        if outcome not in known:
            yield origins.find(at).problem(
                "a run has no outcome of this name",
                allowed=any_of(known, most=12)
                + "; which months there are, months_since_opening in [outcomes] says",
                meant=closest(outcome, known),
            )


def _horizon(
    experiment: Experiment, base: Scenario, search: Search, path: KeyPath, origins: Origins
) -> Iterator[Problem]:
    """What is to be reached by a date lies within the horizon."""
    opens = min((offer.opens for offer in base.offers.values()), default=None)
    if opens is None:
        yield origins.find((*path, "scenario")).problem(
            "nothing is on offer in this scenario, so no push can reach a goal"
        )
        return
    months = experiment.horizon.ends - opens + 1
    for index, goal in enumerate(search.goals):
        after = _AFTER_OPENING.fullmatch(goal.outcome)
        if after is not None and int(after[1]) > months:
            yield origins.find((*path, "goals", index, "outcome")).problem(
                "this lies beyond the horizon, where nothing is known",
                allowed=f"at most {plural(months, 'month')} after opening",
            )


def _uncertain(
    base: Scenario, search: Search, path: KeyPath, origins: Origins
) -> Iterator[Problem]:
    """What each future draws is a number that is changed in place."""
    for setting in search.uncertainties:
        if effect_of(base, setting) == "world":
            yield origins.find((*path, "uncertainties", setting)).problem(
                "each future draws this anew, which takes a number that makes no world of its own",
                given=quoted(setting),
                allowed="numbers of offers, climate, behaviour, traits or the push that no event "
                "changes; for others, a search each",
            )
