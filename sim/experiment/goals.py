"""How far policies meet goals: certainty, what is reached, and what falls short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.settings import Goal

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
# Shares are multiples of one over the number of futures: this much is rounding.
ROUNDING = 1e-9
# What a policy costs that cannot be run: more than any other.
UNRUNNABLE_GBP_M = 1e9


@dataclass(frozen=True, eq=False)
class Scores:
    """How policies do over futures: p policies, g goals.

    Attributes
    ----------
    cost
        Mean over futures, shape (p,).
    certainty
        Share of futures in which all goals are met at once, shape (p,).
    chances
        Share of futures in which each goal is met, shape (p, g).
    reached
        What is reached, or more, with the probability that is asked for; shape (p, g).
    shortfall
        Mean over goals of the part of what is asked for that `reached` lacks, 0-1; shape (p,).
    meets
        Whether each goal is met with the probability asked for, shape (p,).
    """

    cost: FloatArray
    certainty: FloatArray
    chances: FloatArray
    reached: FloatArray
    shortfall: FloatArray
    meets: BoolArray

    @property
    def nearness(self) -> FloatArray:
        """Certainty less what falls short, shape (p,): what a search makes large.

        Where no future meets the goals, certainty is nil all around; what falls short still says
        which way is up.
        """
        return self.certainty - self.shortfall

    def objectives(self) -> FloatArray:
        """What a search makes small, shape (p, 2)."""
        return np.column_stack([self.cost, -self.nearness])

    def frontier(self) -> BoolArray:
        """Mark policies than which none is both cheaper and nearer; shape (p,)."""
        return frontier(self.cost, self.nearness)


def met(goals: Sequence[Goal], outcomes: FloatArray) -> BoolArray:
    """Say in which futures each goal is met; shape (..., g) in and out. Missing is not met."""
    least = np.array([goal.at_least for goal in goals])
    return np.asarray(np.nan_to_num(outcomes, nan=-np.inf) >= least - ROUNDING)


def lacking(goals: Sequence[Goal], outcomes: FloatArray) -> FloatArray:
    """Part of what each goal asks for that is lacking, 0-1; shape (..., g) in and out."""
    least = np.array([goal.at_least for goal in goals])
    scale = np.where(least == 0.0, 1.0, np.abs(least))
    known = np.isfinite(outcomes)
    return np.where(known, np.clip((least - np.where(known, outcomes, 0.0)) / scale, 0.0, 1.0), 1.0)


def scores(goals: Sequence[Goal], outcomes: FloatArray, costs: FloatArray) -> Scores:
    """Score policies.

    Parameters
    ----------
    goals
        What is asked for.
    outcomes
        Shape (policies, futures, goals).
    costs
        Shape (policies, futures); missing where a run failed.
    """
    asked = np.array([goal.probability for goal in goals])
    futures = outcomes.shape[1]
    here = met(goals, outcomes)
    chances = here.mean(axis=1)
    # The least of so many futures as the probability asks for: from there on it is met.
    place = np.floor(futures * (1.0 - asked) + ROUNDING).astype(np.int64)
    place = np.minimum(place, futures - 1)
    ordered = np.sort(np.nan_to_num(outcomes, nan=-np.inf), axis=1)
    reached = np.take_along_axis(ordered, place[np.newaxis, np.newaxis, :], axis=1)[:, 0, :]
    return Scores(
        cost=np.nan_to_num(costs, nan=UNRUNNABLE_GBP_M).mean(axis=1),
        certainty=here.all(axis=2).mean(axis=1),
        chances=chances,
        reached=reached,
        shortfall=lacking(goals, reached).mean(axis=1),
        meets=(chances >= asked - ROUNDING).all(axis=1),
    )


def frontier(cost: FloatArray, gain: FloatArray) -> BoolArray:
    """Mark policies that no other beats: none is as cheap and gains more, or the other way.

    Of equals, the first counts.
    """
    best = -np.inf
    found = np.zeros(len(cost), dtype=np.bool_)
    for index in np.lexsort((np.arange(len(cost)), -gain, cost)).tolist():
        if gain[index] > best + ROUNDING:
            found[index] = True
            best = gain[index]
    return found


def choose(found: Scores) -> int:
    """Return the place of the cheapest policy that meets all goals, else of the nearest to it."""
    if found.meets.any():
        among = np.flatnonzero(found.meets)
        return int(among[np.lexsort((-found.certainty[among], found.cost[among]))[0]])
    return int(np.lexsort((found.cost, -found.certainty, found.shortfall))[0])


def finalists(found: Scores, most: int) -> npt.NDArray[np.int64]:
    """Places of the policies that deserve another look, in order.

    The frontier, evenly thinned; the cheapest that seem to meet the goals, since not all of them
    will; and the nearest, in case none does.
    """
    order = np.arange(len(found.cost))
    best = order[found.frontier()]
    best = best[np.argsort(found.cost[best], kind="stable")]
    thinned = best[np.unique(np.linspace(0, len(best) - 1, most).round().astype(np.int64))]
    seem = order[found.meets]
    cheapest = seem[np.argsort(found.cost[seem], kind="stable")][: most // 2]
    nearest = np.lexsort((found.cost, -found.certainty, found.shortfall))[: most // 4]
    return np.unique(np.concatenate([thinned, cheapest, nearest]))
