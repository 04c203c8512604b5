"""Whether a claim holds: what is measured of it over some futures, and how surely."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from sim.analysis import estimators
from sim.analysis.summary import as_known, longest_clock
from sim.experiment.claims import Held, held, is_share, lines, outcome_of
from sim.experiment.design import Point, held_by_claims
from sim.experiment.parameters import draws_of
from sim.runs.results import Results
from sim.settings import Claim

Reading = Literal["holds", "fails", "open"]
# How much wider an interval is that leaves out 1.25 % on either side instead of 2.5 %.
TWO_LOOKS = float(ndtri(0.9875) / ndtri(0.975))


@dataclass(frozen=True)
class Estimate:
    """What is measured of a claim, with its 95 % interval.

    Attributes
    ----------
    held
        What is held against what: of several pairs, the one that passes least.
    seeds, trials
        Futures, and those that are independent evidence: draws of behaviour, if it is drawn.
    value, low, high
        Share of futures, or mean difference in the unit of the outcome.
    reading
        "holds" if the whole interval is where the claim says, "fails" if none of it is, and "open"
        if it reaches over the line, or where futures are too few.
    beyond
        Is the value itself on the wrong side?
    """

    held: Held
    seeds: int
    trials: int
    value: float
    low: float
    high: float
    reading: Reading
    beyond: bool


def names_of_points(results: Results, tried: Iterable[Point]) -> dict[str, str]:
    """Ids by which claims know the points that were run; nothing is read out of theirs.

    Parameters
    ----------
    results
        What was run.
    tried
        What `tried_on` gives of its experiment.
    """
    known = {
        (point.kind, point.design, point.position, point.scenario, point.title): point.id
        for point in tried
    }
    keys = ["kind", "design", "position", "scenario", "title"]
    rows = results.design[["point", *keys]].itertuples(index=False, name=None)
    return {str(point): known.get(tuple(key), str(point)) for point, *key in rows}


class Bench:
    """A claim and the futures that it is tested on.

    Parameters
    ----------
    results
        What was run.
    name
        Of the claim.
    ids
        What `names_of_points` gives.
    """

    def __init__(self, results: Results, name: str, ids: Mapping[str, str]) -> None:
        self._ids = ids
        self.results = results
        self.name = name
        self.claim: Claim = results.experiment.claims[name]
        self.outcome = outcome_of(self.claim, results.experiment)
        self.pairs = held(self.claim, results.experiment)
        self.lines = lines(self.claim)
        self._values: dict[str, pd.Series[float]] = {}

    @cached_property
    def points(self) -> list[Point]:
        """Points that the claim holds against each other, each as it is."""
        ends = {end for pair in self.pairs for end in (pair.point, pair.against)}
        return [one for one in held_by_claims(self.results.experiment) if one.id in ends]

    @cached_property
    def scenarios(self) -> list[str]:
        """Scenarios that these points start from, in the order of the file."""
        found = {point.scenario for point in self.points}
        return [name for name in self.results.experiment.scenarios if name in found]

    @property
    def was_run(self) -> bool:
        """Were all its points run, whether what it is about could be seen there or not?"""
        return all(point.id in self._points for point in self.points)

    @cached_property
    def usual(self) -> dict[Held, pd.Series[float]]:
        """What is measured in each future, pair by pair; {} where something was not run."""
        return self.measured({})

    @cached_property
    def _whole(self) -> dict[Held, Estimate]:
        return {pair: self._estimate(pair, measured) for pair, measured in self.usual.items()}

    def measured(self, instead: Mapping[str, str]) -> dict[Held, pd.Series[float]]:
        """Measure each future, by seed, with other points instead of some.

        Returns
        -------
        dict
            By pair; empty where a pair has no future that was run at both of its points. Of claims
            about a figure 1 where the outcome is beyond it and else 0; of others the difference.
        """
        found = {}
        for pair in self.pairs:
            value = self._of(instead.get(pair.point, pair.point))
            if self.is_share:
                figure = float(self.claim.figure or 0.0)
                beyond = value > figure if self.claim.test == "above" else value < figure
                measured = beyond.astype("float64")
            else:
                against = self._of(instead.get(pair.against, pair.against))
                measured = (value - against).dropna().sort_index()
            if measured.empty:
                return {}
            found[pair] = measured
        return found

    def _of(self, point: str) -> pd.Series[float]:
        """Outcome of a point by seed, where it is known."""
        if point not in self._values:
            row = self._points.get(point)
            if row is None:
                return pd.Series(dtype="float64")
            start, stop, longest = row
            runs = self._runs
            values = runs[self.outcome][start:stop]
            if self.outcome == "passed" and longest in runs:
                values = as_known(values, runs[longest][start:stop])
            known = ~np.isnan(values)
            seeds = self.results.runs["seed"].to_numpy(dtype=np.int64)[start:stop][known]
            self._values[point] = pd.Series(values[known], index=seeds).sort_index()
        return self._values[point]

    @cached_property
    def _runs(self) -> dict[str, npt.NDArray[np.float64]]:
        """The few columns of the runs that matter; data frames are slow for a thousand points."""
        runs = self.results.runs
        clocks = {longest for _, _, longest in self._points.values()}
        wanted = [name for name in runs.columns if name in {self.outcome, *clocks}]
        return {name: runs[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in wanted}

    @cached_property
    def _points(self) -> dict[str, tuple[int, int, str]]:
        """Where the runs of each point stand, in order, and its longest clock."""
        names = self.results.runs["point"].to_numpy(dtype=object)
        starts = np.flatnonzero([True, *(names[1:] != names[:-1])][: len(names)])
        stops = [*starts[1:].tolist(), len(names)][: len(starts)]
        design = self.results.design
        scenario = dict(zip(design["point"], design["scenario"], strict=True))
        longest = {name: longest_clock(self.results, name) for name in set(scenario.values())}
        return {
            self._ids[names[start]]: (int(start), int(stop), longest[scenario[names[start]]])
            for start, stop in zip(starts, stops, strict=True)
        }

    # ------------------------------------------------------------ estimates

    def over(self, seeds: npt.NDArray[np.bool_] | None = None) -> Estimate | None:
        """Estimate it over all futures as drawn, or over some of them.

        Parameters
        ----------
        seeds
            Which of the futures of the first pair, in the order of their seeds.
        """
        found = []
        chosen = None
        if seeds is not None and self.usual:
            chosen = next(iter(self.usual.values())).index[seeds]
        for pair, measured in self.usual.items():
            some = measured if chosen is None else measured[measured.index.isin(chosen)]
            if some.empty:
                return None
            found.append(self._estimate(pair, some))
        return self._worst(found)

    def moved(self, instead: Mapping[str, str]) -> Estimate | None:
        """Estimate it with other points, in the one of two ways that tells more.

        * By the futures of these points alone; of a mean only if there are draws enough.
        * By all futures as drawn, and how far these points move them. The shift is taken future by
          future over those that were run both ways, and added to the estimate over all futures as
          drawn, with the intervals of both: at a distance from the one estimate of the root of both
          squared (MOVER: Zou and Donner, Statistics in Medicine 2008, 27:1693). So few futures at
          an end tell much, if they move alike.

        Both intervals are widened as for two looks (Bonferroni), as the narrower is taken.
        """
        changed = self.measured(instead)
        if not (self.usual and changed):
            return None
        found = []
        for pair, measured in self.usual.items():
            shift = (changed[pair] - measured).dropna()
            if shift.empty:
                return None
            usual = self._whole[pair]
            mean, low, high = self._mean(shift)
            at = usual.value + mean
            shifted = (
                at,
                at - math.hypot(mean - low, usual.value - usual.low),
                at + math.hypot(high - mean, usual.high - usual.value),
            )
            ways = [(shift, shifted)]
            if self.is_share or self._trials(changed[pair]) >= estimators.FEWEST_SEEDS:
                ways.append((changed[pair], self._interval(changed[pair])))
            values, narrower = min(ways, key=lambda way: _width(*way[1]))
            found.append(self._judged(pair, values, _widened(*narrower), usual.trials))
        return self._worst(found)

    def _draws(self, values: pd.Series[float]) -> npt.NDArray[np.int64] | None:
        return draws_of(self.results.experiment.parameters, values.index)

    def _trials(self, values: pd.Series[float]) -> int:
        return estimators.trials_of(values, self._draws(values))

    def _mean(self, values: pd.Series[float]) -> tuple[float, float, float]:
        """Mean of differences, or of changes of what is 0 or 1, with its interval."""
        draws = self._draws(values)
        if self.is_share:
            return estimators.mean_change(values.to_numpy(), draws)
        mean, low, high = estimators.mean_interval(values.to_numpy(), draws)
        return float(mean[0]), float(low[0]), float(high[0])

    @property
    def is_share(self) -> bool:
        """Is a share of futures what is measured, and not a mean difference?"""
        return is_share(self.claim)

    def _estimate(self, pair: Held, values: pd.Series[float]) -> Estimate:
        return self._judged(pair, values, self._interval(values))

    def _interval(self, values: pd.Series[float]) -> tuple[float, float, float]:
        """What is measured over some futures, with its interval."""
        if self.is_share:
            return estimators.share_interval(values.to_numpy(), self._draws(values))
        return self._mean(values)

    def _judged(
        self,
        pair: Held,
        values: pd.Series[float],
        found: tuple[float, float, float],
        of_base: int | None = None,
    ) -> Estimate:
        """Read what was found over some futures; `of_base` of them are beside it, if any."""
        if self.is_share:
            value, low, high = np.clip(found, 0.0, 1.0).tolist()
        else:
            value, low, high = found
        trials = self._trials(values)
        beside = trials if of_base is None else of_base
        few = beside < estimators.FEWEST_SEEDS or trials < estimators.RESAMPLE_FROM
        reading = "open" if few else self._reading(low, high)
        least, most = self.lines
        beyond = value <= least or value >= most
        return Estimate(pair, len(values), trials, value, low, high, reading, beyond)

    def _reading(self, low: float, high: float) -> Reading:
        least, most = self.lines
        if math.isnan(low) or math.isnan(high):
            return "open"
        if low > least and high < most:
            return "holds"
        return "fails" if high <= least or low >= most else "open"

    @staticmethod
    def _worst(found: Sequence[Estimate]) -> Estimate | None:
        """All pairs must pass, so that the one that passes least decides."""
        order = {"fails": 0, "open": 1, "holds": 2}
        return min(
            found, key=lambda one: (order[one.reading], not one.beyond, one.low), default=None
        )


def _width(_: float, low: float, high: float) -> float:
    """How wide an interval is; where there is none, wider than any."""
    return high - low if low <= high else math.inf


def _widened(value: float, low: float, high: float) -> tuple[float, float, float]:
    return value, value - TWO_LOOKS * (value - low), value + TWO_LOOKS * (high - value)
