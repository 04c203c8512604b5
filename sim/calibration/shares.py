"""Figures of cases that are shares of councils joined, and what was known of each case before.

A simple predictor knows no councils: it sees of a case who owns the offer, how deep it goes,
whether contracts bind joining, how many councils there are and of which tier, how many are in at
the start, and how often a team calls. What it can predict is a share of councils that have joined
so many months after the opening.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.calibration.file import Target
from sim.calibration.plan import Calibration
from sim.calibration.scores import FloatArray, log_score
from sim.calibration.statistics import OF_MEMBERS
from sim.model.world import World, build_world, initial_choice

BoolArray = npt.NDArray[np.bool_]

# Statistics that are shares of councils joined: of all, of some, and without those in at the start.
OF_ALL = "joined_share"
OF_SOME = ("england_share", "district_share", "upper_share", "scotland_share")
RATE = "joins_per_offer_year"
OF_NEWCOMERS = ("newcomer_share", RATE)
# What is known of a case, in the order in which it stands in `ShareFigure.known`.
KNOWN = (
    "depth",
    "owned by the sector",
    "owned by a peer",
    "contracts bind joining",
    "share of districts",
    "log of councils",
    "share in at the start",
    "log of visits a council and year",
)


@dataclass(frozen=True, eq=False)
class ShareFigure:
    """One figure that is a share of councils joined.

    Attributes
    ----------
    case, name, target
        As in the calibration.
    figure
        As observed, in the units of the target.
    unit
        The figure for a share of 1: 1, or a rate of joining if all join.
    councils
        How many councils the share is of.
    start
        Share of them in at the start.
    newcomers
        Those in at the start do not count.
    error
        Deviation of the observed share, and of what no model can be.
    known
        Of the case before it began, one number for each of `KNOWN`.
    """

    case: str
    name: str
    target: Target
    figure: float
    unit: float
    councils: int
    start: float
    newcomers: bool
    error: float
    known: FloatArray

    @property
    def joined(self) -> int:
        """Councils observed to have joined."""
        return min(max(round(self.figure / self.unit * self.councils), 0), self.councils)

    def log_score(self, simulated: FloatArray, weights: FloatArray) -> float:
        """Log-probability of the observed count under a weighted sample, in units of the target."""
        return log_score(
            simulated / self.unit,
            self.joined,
            self.councils,
            self.error,
            weights,
            at_least=self.target.at_least,
        )


def share_figures(calibration: Calibration) -> tuple[list[ShareFigure], list[str]]:
    """Find the figures that are shares of councils joined, and the cases that have none.

    Parameters
    ----------
    calibration
        With its cases and targets.
    """
    found: list[ShareFigure] = []
    for case in calibration.file.cases:
        places = [
            place
            for place, target in enumerate(calibration.file.targets.values())
            if target.case == case and target.statistic in (OF_ALL, *OF_SOME, *OF_NEWCOMERS)
        ]
        if not places:
            continue
        world = build_world(calibration.scenario(case), calibration.experiments[case].horizon, 0)
        found += [_figure(calibration, world, case, place) for place in places]
    seen = {one.case for one in found}
    return found, [case for case in calibration.file.cases if case not in seen]


def units(calibration: Calibration, case: str) -> dict[str, float]:
    """By target of a case, the figure for a share of 1: a rate of joining if all join, else 1."""
    targets = {
        name: target for name, target in calibration.file.targets.items() if target.case == case
    }
    if not any(target.statistic == RATE for target in targets.values()):
        return dict.fromkeys(targets, 1.0)
    world = build_world(calibration.scenario(case), calibration.experiments[case].horizon, 0)
    return {name: _unit(world, target) for name, target in targets.items()}


def _unit(world: World, target: Target) -> float:
    if target.statistic != RATE:
        return 1.0
    councils = sum(int(scope.sum()) for scope in _scopes(world))
    return councils / len(world.opens) * 12.0 / target.months


def _scopes(world: World) -> list[BoolArray]:
    """Who is in scope of each offer when it opens."""
    return [world.regime_at_opening(each).in_scope[each] for each in range(len(world.opens))]


def _figure(calibration: Calibration, world: World, case: str, place: int) -> ShareFigure:
    name, target = list(calibration.file.targets.items())[place]
    rate = target.statistic == RATE
    # A rate is of all offers together; other figures are of the first, as they are measured.
    offers = range(len(world.opens) if rate else 1)
    scopes = _scopes(world)[: len(offers)]
    counted = scopes[0] if rate else _counted(world, target.statistic)
    councils = sum(int(scope.sum()) for scope in scopes) if rate else int(counted.sum())
    choices = [initial_choice(world, each) for each in offers]
    members = sum(len(candidates[:count]) for candidates, count in choices)
    start = members / sum(int(scope.sum()) for scope in scopes)
    unit = _unit(world, target)
    return ShareFigure(
        case,
        name,
        target,
        float(calibration.observed[place]),
        unit,
        councils,
        start,
        target.statistic in OF_NEWCOMERS,
        math.hypot((target.high - target.low) / 4.0, calibration.file.discrepancy) / unit,
        _known(world, counted, scopes[0], start),
    )


def _counted(world: World, statistic: str) -> BoolArray:
    """Tell of whom a share is: those who move it by joining alone."""
    n = len(world.councils)
    if statistic not in OF_SOME:
        return np.ones(n, dtype=np.bool_)
    return OF_MEMBERS[statistic](world, np.eye(n, dtype=np.bool_)) > 0.0


def _known(world: World, counted: BoolArray, scope: BoolArray, start: float) -> FloatArray:
    """Say what is known of a case beforehand, as its first offer has it."""
    regime = world.regime_at_opening(0)
    offer = next(iter(regime.settings.offers.values()))
    visits = sum(team.visits_per_month for team in regime.teams) * 12.0 / len(world.councils)
    districts = np.array([kind == "district" for kind in world.councils.council_type])
    return np.array(
        [
            offer.depth,
            offer.owner == "sector",
            offer.owner == "peer",
            offer.needs_procurement == "yes",
            districts[counted].mean(),
            math.log(scope.sum()),
            start,
            math.log1p(visits),
        ],
        dtype=np.float64,
    )
