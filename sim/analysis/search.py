"""What a search says: the frontier, the answer, what stands in the way, and what levers do.

The best policies of a search look better than they are, since they were chosen for how they did.
So every figure here but those that say "in search" is of fresh futures, in which none was chosen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm, spearmanr

from sim.analysis.estimators import (
    mean_interval,
    means_of_draws,
    paired_difference,
    share_interval,
)
from sim.analysis.findings import FOLDER, write_tables
from sim.experiment.goals import Scores, choose, lacking, met, scores
from sim.experiment.parameters import draws_for, draws_of, fixed_settings
from sim.experiment.searches import AS_WRITTEN, NO_PUSH, futures_of
from sim.experiment.sweeps import parameters_of
from sim.runs.search import TRIED, WITHOUT, SearchResults
from sim.settings import Goal

FloatArray = npt.NDArray[np.float64]
# The two policies that are named after what they are for.
ANSWER, EVERYTHING = "answer", "everything"
UPPER_END = 2  # number of the policy with all levers at their upper ends
ERROR = 0.05  # chance that any of many settings is said to tell futures apart and does not
FEWEST_ON_FRONTIER = 5
FEWEST_TOLD = 8
# What is said of each uncertain setting; "at low" is its lowest third, "at high" its highest.
APART = (
    "correlation",
    "low",
    "high",
    "lacking_at_low",
    "lacking_at_high",
    "failing_at_low",
    "failing_at_high",
    "p_value",
)


@dataclass(frozen=True, eq=False)
class _Found:
    """Outcomes of a search as arrays, by policies and futures."""

    results: SearchResults

    @property
    def goals(self) -> list[Goal]:
        return self.results.space.search.goals

    @cached_property
    def seeds(self) -> tuple[range, range]:
        futures = futures_of(self.results.space.experiment, self.results.space.search)
        return futures.tried, futures.fresh

    @cached_property
    def draws(self) -> npt.NDArray[np.int64] | None:
        space = self.results.space
        return draws_of(parameters_of(space.experiment, space.sweep), self.seeds[1])

    def arrays(self, points: Sequence[int], *, fresh: bool) -> tuple[FloatArray, FloatArray]:
        """Outcomes (points, futures, goals) and costs (points, futures)."""
        runs = self.results.runs
        seeds = self.seeds[int(fresh)]
        rows = runs[runs["point"].isin(points) & runs["seed"].between(seeds[0], seeds[-1])]
        rows = rows.sort_values(["point", "seed"])
        names = [goal.outcome for goal in self.goals]
        kept = rows.reindex(columns=[*names, self.results.space.search.cost])
        values = kept.to_numpy(dtype=np.float64).reshape(len(points), len(seeds), -1)
        return values[:, :, :-1], values[:, :, -1]

    @cached_property
    def policies(self) -> pd.DataFrame:
        return self.results.policies.set_index("point", drop=False)

    @cached_property
    def tried(self) -> list[int]:
        return [int(p) for p in self.policies.index[self.policies["policy"] == TRIED]]

    @cached_property
    def best(self) -> list[int]:
        policies = self.policies
        return [int(p) for p in policies.index[(policies["policy"] == TRIED) & policies["fresh"]]]

    @cached_property
    def in_search(self) -> Scores:
        return scores(self.goals, *self.arrays(self.tried, fresh=False))

    @cached_property
    def of_best(self) -> Scores:
        return scores(self.goals, *self.arrays(self.best, fresh=True))

    @cached_property
    def chosen(self) -> int:
        return self.best[choose(self.of_best)]

    def happened(self, point: int) -> npt.NDArray[np.bool_]:
        """In which fresh futures a policy meets all goals at once."""
        outcomes, _ = self.arrays([point], fresh=True)
        return np.asarray(met(self.goals, outcomes)[0].all(axis=1))

    def lacking(self, point: int) -> FloatArray:
        """What each fresh future lacks of the goals, as a part of what is asked for."""
        outcomes, _ = self.arrays([point], fresh=True)
        return np.asarray(lacking(self.goals, outcomes)[0].mean(axis=1))

    def costs(self, point: int) -> FloatArray:
        _, costs = self.arrays([point], fresh=True)
        return np.asarray(costs[0])


def search_findings(results: SearchResults) -> dict[str, pd.DataFrame]:
    """Estimate all findings of a search, by name.

    ``answer``, ``tried``, ``frontier``, ``goals``, ``obstacles``, ``levers`` and ``policies``, as
    docs/search.md describes them.
    """
    found = _Found(results)
    return {
        "answer": _answer(found),
        "tried": _tried(found),
        "frontier": _frontier(found),
        "goals": _goals(found),
        "obstacles": _obstacles(found),
        "levers": _levers(found),
        "policies": _policies(found),
    }


def write_search_findings(results: SearchResults, findings: Mapping[str, pd.DataFrame]) -> Path:
    """Write findings beside the tables of a search, and return their folder."""
    folder = results.directory / FOLDER
    write_tables(findings, folder)
    return folder


def _interval(found: _Found, point: int) -> dict[str, float]:
    """Certainty and cost of a policy, each with its 95 % interval."""
    share, low, high = share_interval(found.happened(point), found.draws)
    cost, cost_low, cost_high = (
        float(part[0]) for part in mean_interval(found.costs(point), found.draws)
    )
    return {
        "cost": cost,
        "cost_low": cost_low,
        "cost_high": cost_high,
        "certainty": share,
        "certainty_low": low,
        "certainty_high": high,
    }


def _answer(found: _Found) -> pd.DataFrame:
    of_best, in_search = found.of_best, found.in_search
    chosen = found.best.index(found.chosen)
    naive = choose(in_search)
    naive_place = found.best.index(found.tried[naive]) if found.tried[naive] in found.best else None
    places = [found.tried.index(point) for point in found.best]
    optimism = in_search.certainty[places] - of_best.certainty
    return pd.DataFrame(
        [
            {
                "search": found.results.space.name,
                "cost_outcome": found.results.space.search.cost,
                "point": found.chosen,
                "meets": bool(of_best.meets[chosen]),
                **_interval(found, found.chosen),
                **_bounds(found),
                "shortfall": float(of_best.shortfall[chosen]),
                "certainty_in_search": float(in_search.certainty[places[chosen]]),
                "naive_point": found.tried[naive],
                "naive_meets": bool(in_search.meets[naive]),
                "naive_cost": float(in_search.cost[naive]),
                "naive_certainty_in_search": float(in_search.certainty[naive]),
                "naive_certainty": math.nan
                if naive_place is None
                else float(of_best.certainty[naive_place]),
                "optimism": float(optimism.mean()),
                "policies": len(found.tried),
                "policies_again": len(found.best),
                "futures": len(found.seeds[0]),
                "fresh_futures": len(found.seeds[1]),
            }
        ]
    )


def _bounds(found: _Found) -> dict[str, float]:
    """Cost of the cheapest that may meet the goals, and of the cheapest that surely does.

    As far as its fresh futures can tell: by the upper, and the lower, ends of the intervals of how
    often each goal is met. Missing where there is none.
    """
    costs: dict[str, list[float]] = {"cost_possible": [], "cost_sure": []}
    for place, point in enumerate(found.best):
        here = met(found.goals, found.arrays([point], fresh=True)[0])[0]
        ends = [share_interval(here[:, at], found.draws)[1:] for at in range(len(found.goals))]
        for name, end in (("cost_possible", 1), ("cost_sure", 0)):
            if all(of[end] >= goal.probability for of, goal in zip(ends, found.goals, strict=True)):
                costs[name].append(float(found.of_best.cost[place]))
    return {name: min(some, default=math.nan) for name, some in costs.items()}


def _tried(found: _Found) -> pd.DataFrame:
    """All policies as they did in the search."""
    in_search = found.in_search
    return pd.DataFrame(
        {
            "point": found.tried,
            "generation": found.policies.loc[found.tried, "generation"].to_numpy(),
            "cost": in_search.cost,
            "certainty": in_search.certainty,
            "shortfall": in_search.shortfall,
            "meets": in_search.meets,
        }
    )


def _frontier(found: _Found) -> pd.DataFrame:
    of_best, in_search = found.of_best, found.in_search
    places = [found.tried.index(point) for point in found.best]
    rows = pd.DataFrame(
        [{"point": point, **_interval(found, point)} for point in found.best]
    ).assign(
        certainty_in_search=in_search.certainty[places],
        cost_in_search=in_search.cost[places],
        meets=of_best.meets,
        on_frontier=of_best.frontier(),
        shortfall=of_best.shortfall,
    )
    levers = found.policies.loc[found.best, _lever_names(found)].reset_index(drop=True)
    return pd.concat([rows, levers], axis=1).sort_values(
        ["cost", "certainty", "point"], ignore_index=True
    )


def _goals(found: _Found) -> pd.DataFrame:
    outcomes, _ = found.arrays([found.chosen], fresh=True)
    of_chosen = _of(found, found.chosen)
    here = met(found.goals, outcomes)[0]
    rows = []
    for index, goal in enumerate(found.goals):
        share, low, high = share_interval(here[:, index], found.draws)
        rows.append(
            {
                "outcome": goal.outcome,
                "at_least": goal.at_least,
                "probability": goal.probability,
                "chance": share,
                "chance_low": low,
                "chance_high": high,
                "reached": float(of_chosen.reached[0, index]),
                "lacking": goal.probability - share,
            }
        )
    return pd.DataFrame(rows)


def _obstacles(found: _Found) -> pd.DataFrame:
    """What tells futures in which the answer falls short from others.

    A correlation between each uncertain number and what is lacking, with its interval by Fisher's
    transform; futures that share a draw of behaviour count once. Settings that tell futures apart
    do so beyond what the largest of so many would do by chance (Bonferroni).
    """
    lacks = found.lacking(found.chosen)
    fails = (~found.happened(found.chosen)).astype(np.float64)
    tables = [("future", lacks, fails, found.results.space.drawn(found.seeds[1]))]
    if found.draws is not None:
        tables.append(("draw", *_by_draw(found, lacks, fails)))
    rows = [
        {"setting": name, "drawn_by": kind, **_told_apart(values, lack, fail)}
        for kind, lack, fail, settings in tables
        for name, values in settings.items()
    ]
    table = pd.DataFrame(rows, columns=["setting", "drawn_by", *APART])
    tells = table["p_value"] < ERROR / max(len(table), 1)
    table = table.assign(tells=tells.to_numpy(dtype=bool)).drop(columns="p_value")
    order = table["correlation"].abs().fillna(0.0).to_numpy()
    return table.iloc[np.argsort(-order, kind="stable")].reset_index(drop=True)


def _by_draw(
    found: _Found, lacks: FloatArray, fails: FloatArray
) -> tuple[FloatArray, FloatArray, dict[str, FloatArray]]:
    """Means of draws of behaviour, and what they drew."""
    space = found.results.space
    assert found.draws is not None
    draws = draws_for(parameters_of(space.experiment, space.sweep))
    held = {*fixed_settings(space.base), *space.search.levers, *space.search.uncertainties}
    numbers = np.unique(found.draws)
    lack, fail = (means_of_draws(values, found.draws)[:, 0] for values in (lacks, fails))
    names = [name for name in draws.names if name not in held]
    return lack, fail, {name: draws.of(name)[numbers - 1] for name in names}


def _told_apart(values: FloatArray, lacks: FloatArray, fails: FloatArray) -> dict[str, float]:
    count = len(values)
    if count < FEWEST_TOLD or np.ptp(values) == 0.0 or np.ptp(lacks) == 0.0:
        return dict.fromkeys(APART, math.nan)
    r = float(np.corrcoef(values, lacks)[0, 1])
    z, reach = math.atanh(min(max(r, -0.999999), 0.999999)), 1.0 / math.sqrt(count - 3)
    low, high = (math.tanh(z + sign * 1.96 * reach) for sign in (-1, 1))
    below, above = (values <= np.quantile(values, 1 / 3)), (values >= np.quantile(values, 2 / 3))
    return {
        "correlation": r,
        "low": low,
        "high": high,
        "lacking_at_low": float(lacks[below].mean()),
        "lacking_at_high": float(lacks[above].mean()),
        "failing_at_low": float(fails[below].mean()),
        "failing_at_high": float(fails[above].mean()),
        "p_value": float(2.0 * norm.sf(abs(z) / reach)),
    }


def _lever_names(found: _Found) -> list[str]:
    return [lever.setting for lever in found.results.space.levers]


def _levers(found: _Found) -> pd.DataFrame:
    """What the answer loses without each lever, and how each runs along the frontier."""
    policies = found.policies
    without = {row["lever"]: row for row in _rows(policies[policies["policy"] == WITHOUT])}
    (chosen,) = _rows(policies[policies["point"] == found.chosen])
    happened, costs = found.happened(found.chosen).astype(np.float64), found.costs(found.chosen)
    of_best = found.of_best
    along = np.flatnonzero(of_best.frontier())
    rows = []
    for lever in found.results.space.levers:
        name = lever.setting
        point = int(without[name]["point"])
        change, low, high = paired_difference(
            happened, found.happened(point).astype(np.float64), found.draws
        )
        dearer, dearer_low, dearer_high = paired_difference(costs, found.costs(point), found.draws)
        nearer, nearer_low, nearer_high = paired_difference(
            found.lacking(point), found.lacking(found.chosen), found.draws
        )
        value, weakest = chosen[name], without[name][name]
        rows.append(
            {
                "setting": name,
                "kind": lever.kind,
                "value": _number(value),
                "value_text": value if isinstance(value, str) else "",
                "without": _number(weakest),
                "without_text": weakest if isinstance(weakest, str) else "",
                "moved": bool(value != weakest),
                "certainty_gain": float(change[0]),
                "certainty_gain_low": float(low[0]),
                "certainty_gain_high": float(high[0]),
                "nearer": float(nearer[0]),
                "nearer_low": float(nearer_low[0]),
                "nearer_high": float(nearer_high[0]),
                "cost_gain": float(dearer[0]),
                "cost_gain_low": float(dearer_low[0]),
                "cost_gain_high": float(dearer_high[0]),
                "rank_correlation": _along(
                    policies[name], [found.best[at] for at in along], of_best.nearness[along]
                ),
            }
        )
    table = pd.DataFrame(rows)
    order = np.lexsort((-table["nearer"], -table["certainty_gain"]))
    return table.iloc[order].reset_index(drop=True)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): cell for key, cell in row.items()} for row in table.to_dict("records")]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | np.number) else math.nan


def _along(column: pd.Series[Any], points: list[int], nearness: FloatArray) -> float:
    """Rank correlation of a lever with nearness to the goals along the frontier, if it has one."""
    values = column.loc[points]
    if len(points) < FEWEST_ON_FRONTIER or values.nunique() < 2:
        return math.nan
    if values.map(lambda cell: isinstance(cell, str)).any():
        ordered = pd.to_datetime(values, format="%Y-%m", errors="coerce")
        if ordered.isna().any():
            return math.nan
        values = ordered.astype("int64")
    return float(spearmanr(values.to_numpy(dtype=np.float64), nearness).statistic)


def _policies(found: _Found) -> pd.DataFrame:
    """Named policies over the same futures: certainty, cost and regret.

    Regret is how much further from the goals a policy ends than the best of these in the same
    future, as a part of what is asked for.
    """
    points = {
        ANSWER: found.chosen,
        AS_WRITTEN: _named(found, AS_WRITTEN),
        NO_PUSH: _named(found, NO_PUSH),
        EVERYTHING: UPPER_END,
    }
    short = {name: found.lacking(point) for name, point in points.items()}
    least = np.min(list(short.values()), axis=0)
    rows = [
        {
            "policy": name,
            "point": point,
            **_interval(found, point),
            "shortfall": float(_of(found, point).shortfall[0]),
            "regret_mean": float((short[name] - least).mean()),
            "regret_q90": float(np.quantile(short[name] - least, 0.9)),
        }
        for name, point in points.items()
    ]
    return pd.DataFrame(rows)


def _of(found: _Found, point: int) -> Scores:
    """Scores of a policy in fresh futures."""
    return scores(found.goals, *found.arrays([point], fresh=True))


def _named(found: _Found, policy: str) -> int:
    return int(found.policies.index[found.policies["policy"] == policy][0])
