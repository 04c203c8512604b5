"""What the claims of an experiment hold against each other, and what may be wrong in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from sim.experiment.ideas import IDEAS, point_without
from sim.files.layers import Origins
from sim.files.problems import Problem, any_of, closest, quoted
from sim.files.toml_lines import KeyPath
from sim.settings import Claim, Experiment
from sim.settings.columns import missing_is_beyond, outcomes_of_runs

# Keys that each test needs, and those that it can do without; others would say nothing in it.
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "above": ("scenario", "figure"),
        "below": ("scenario", "figure"),
        "more": ("scenario", "than"),
        "alike": ("scenario", "than"),
        "ranked": ("scenarios",),
        "sign": ("scenario",),
    }
)
ALLOWED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "above": ("certainty",),
        "below": ("certainty",),
        "more": ("by",),
        "alike": ("by",),
        "ranked": ("by",),
        "sign": ("curve", "idea", "direction", "by"),
    }
)
OF_ALL = ("says", "test", "outcome")


@dataclass(frozen=True)
class Held:
    """What a claim holds against what.

    Attributes
    ----------
    point
        Whose outcome it is, by the id of the point.
    against
        Point whose outcome is taken off; "" where the outcome is held against a figure.
    """

    point: str
    against: str = ""


def outcome_of(claim: Claim, experiment: Experiment) -> str:
    """Outcome that a claim is about."""
    return claim.outcome or f"joined_share_{experiment.outcomes.headline_months}m"


def is_share(claim: Claim) -> bool:
    """Is a share of futures what is measured of a claim, and not a mean difference?"""
    return claim.test in ("above", "below")


def held(claim: Claim, experiment: Experiment) -> list[Held]:
    """Points that a claim compares, pair by pair; all pairs must pass its test."""
    if is_share(claim):
        return [Held(str(claim.scenario))]
    if claim.test == "ranked":
        names = claim.scenarios or []
        return [Held(first, second) for first, second in pairwise(names)]
    if claim.test != "sign":
        return [Held(str(claim.scenario), str(claim.than))]
    if claim.idea is not None:
        ends = [point_without(str(claim.scenario), claim.idea), str(claim.scenario)]
    else:
        values = experiment.curves[str(claim.curve)].values
        places = (values.index(min(values)), values.index(max(values)))
        ends = [f"curve/{claim.curve}/{claim.scenario}/{place}" for place in places]
    if claim.direction == "down":
        ends.reverse()
    return [Held(ends[1], ends[0])]


def held_points(experiment: Experiment) -> dict[str, str]:
    """Points that claims hold against each other, by id, each with the scenario it starts from."""
    return {
        end: end if end in experiment.scenarios else str(claim.scenario)
        for claim in experiment.claims.values()
        for pair in held(claim, experiment)
        for end in (pair.point, pair.against)
        if end
    }


# ---------------------------------------------------------------- what may be wrong


def check_claims(experiment: Experiment, origins: Origins) -> Iterator[Problem]:
    """Find claims that cannot be tested as they are written."""
    for name, claim in experiment.claims.items():
        path: KeyPath = ("claims", name)
        yield from _keys(claim, origins, path)
        yield from _names(claim, experiment, origins, path)
        if claim.outcome is not None:
            yield from _outcome(claim.outcome, experiment, origins, path)


def _keys(claim: Claim, origins: Origins, path: KeyPath) -> Iterator[Problem]:
    needed, allowed = NEEDED[claim.test], ALLOWED[claim.test]
    # What is as by default says nothing; a file that a run left has it all.
    given = {
        key
        for key, field in Claim.model_fields.items()
        if field.is_required() or getattr(claim, key) != field.default
    }
    for key in needed:
        if key not in given:
            yield origins.find(path).problem(
                f"a claim with the test {quoted(claim.test)} needs {key}",
                given="",
                allowed=any_of([*needed, *allowed]),
            )
    for key in sorted(given - {*needed, *allowed, *OF_ALL}):
        yield origins.find((*path, key)).problem(
            f"a claim with the test {quoted(claim.test)} has no use for this",
            allowed=any_of([*needed, *allowed]),
        )
    if claim.test == "sign" and (claim.curve is None) == (claim.idea is None):
        yield origins.find(path).problem(
            'a claim with the test "sign" needs either a curve or an idea',
            given="" if claim.curve is None else "both",
            allowed="curve, or idea",
        )
    if claim.test == "alike" and claim.by <= 0.0:
        yield origins.find((*path, "by")).problem(
            "two scenarios are never closer than this", allowed="a number above 0"
        )
    if claim.scenario is not None and claim.scenario == claim.than:
        yield origins.find((*path, "than")).problem("a scenario is held against itself")


def _names(
    claim: Claim, experiment: Experiment, origins: Origins, path: KeyPath
) -> Iterator[Problem]:
    named: list[tuple[KeyPath, str | None]] = [
        ((*path, "scenario"), claim.scenario),
        ((*path, "than"), claim.than),
    ]
    named += [((*path, "scenarios", at), name) for at, name in enumerate(claim.scenarios or [])]
    for at, name in named:
        if name is None:
            continue
        if name not in experiment.scenarios:
            yield origins.find(at).problem(
                "there is no scenario of this name",
                allowed=any_of(list(experiment.scenarios)),
                meant=closest(name, experiment.scenarios),
            )
        elif not experiment.scenarios[name].offers:
            yield origins.find(at).problem("nothing is on offer in this scenario")
    if claim.idea is not None and claim.idea not in IDEAS:
        yield origins.find((*path, "idea")).problem(
            "there is no idea of this name that can be switched off",
            allowed=any_of(list(IDEAS)),
            meant=closest(claim.idea, IDEAS),
        )
    if claim.curve is None:
        return
    curve = experiment.curves.get(claim.curve)
    if curve is None:
        yield origins.find((*path, "curve")).problem(
            "there is no curve of this name",
            allowed=any_of(list(experiment.curves)),
            meant=closest(claim.curve, experiment.curves),
        )
    elif claim.scenario in experiment.scenarios and claim.scenario not in curve.scenarios:
        yield origins.find((*path, "scenario")).problem(
            "the curve is not run for this scenario",
            allowed=any_of(curve.scenarios),
            meant=closest(str(claim.scenario), curve.scenarios),
        )


def _outcome(
    outcome: str, experiment: Experiment, origins: Origins, path: KeyPath
) -> Iterator[Problem]:
    figures = [
        name for name in outcomes_of_runs(experiment.outcomes) if not missing_is_beyond(name)
    ]
    if outcome not in figures:
        yield origins.find((*path, "outcome")).problem(
            "a run has no outcome of this name, or none in every future",
            allowed=any_of(figures, most=12),
            meant=closest(outcome, figures),
        )


# ---------------------------------------------------------------- in words


def in_words(claim: Claim, experiment: Experiment) -> str:
    """Say what a claim is tested by, in one line for the plan."""
    outcome, by = outcome_of(claim, experiment), f"{claim.by:g}"
    if is_share(claim):
        share = f"more than {claim.certainty:g} of futures"
        return f"{outcome} of {claim.scenario} {claim.test} {claim.figure:g} in {share}"
    if claim.test == "more":
        return f"{outcome} of {claim.scenario} at least {by} more than of {claim.than}"
    if claim.test == "alike":
        return f"{outcome} of {claim.scenario} and {claim.than} less than {by} apart"
    if claim.test == "ranked":
        order = ", ".join(claim.scenarios or [])
        return f"{outcome} falls by at least {by} each from scenario to scenario: {order}"
    of = f"idea {claim.idea}" if claim.idea else f"curve {claim.curve}"
    return f"{outcome} of {claim.scenario} goes {claim.direction} by at least {by} with {of}"


def lines(claim: Claim) -> tuple[float, float]:
    """Between which ends what is measured of a claim must lie for it to hold."""
    if is_share(claim):
        return claim.certainty, math.inf
    return (-claim.by, claim.by) if claim.test == "alike" else (claim.by, math.inf)
