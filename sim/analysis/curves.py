"""Results along a varied setting, and whether a review would cancel a programme."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis import estimators
from sim.analysis.summary import (
    Row,
    by_seed,
    estimates,
    groups_by_scenario,
    headline_outcome,
    longest_clock,
    runs_by_scenario,
    seed_draws,
    table_of,
)
from sim.analysis.verdicts import verdict
from sim.experiment.design import CURVE, SCENARIO
from sim.experiment.parameters import draws_of
from sim.runs.results import Results
from sim.settings import Scenario, month_text

CURVE_COLUMNS = (
    "curve",
    "scenario",
    "title",
    "value",
    "outcome",
    "seeds",
    "missing_share",
    "reached_share",
    "mean",
    "mean_low",
    "mean_high",
    "median",
    "q05",
    "q25",
    "q75",
    "q95",
    "pass_probability",
    "pass_low",
    "pass_high",
    "change",
    "change_low",
    "change_high",
    "own_value",
)
MOVES_COLUMNS = (
    "curve",
    "scenario",
    "seeds",
    "from",
    "to",
    "difference",
    "low",
    "high",
    "verdict",
    "range_from",
    "range_to",
    "range_difference",
    "range_low",
    "range_high",
    "range_verdict",
)
CANCELLATION_COLUMNS = (
    "scenario",
    "review_months",
    "minimum_share",
    "seeds",
    "cancelled",
    "probability",
    "low",
    "high",
    "exact",
)

EVEN_CHANCE_COLUMNS = ("scenario", "review_months", "minimum_share", "exact")


def curve_table(results: Results) -> pd.DataFrame:
    """Each point of each curve: the joined share at the headline months and the chance to pass.

    A row a curve, scenario and value of the varied setting. Columns as in :func:`summary`;
    `pass_low` and `pass_high` are the Wilson interval of `pass_probability`. `change` with its
    95 % interval is how much more it is than in the scenario as it stands, seed by seed: that is
    what is shown, since the level rests on few seeds. `own_value` is the value of the setting in
    the scenario as it stands, if it is a number there.
    """
    rows: list[Row] = []
    outcome = headline_outcome(results)
    parts = {
        (str(key[0]), str(key[1]), int(str(key[2]))): part
        for key, part in results.of(CURVE).groupby(["design", "scenario", "position"], sort=False)
    }
    usual = runs_by_scenario(results)
    groups = groups_by_scenario(results)
    councils = results.of(SCENARIO).groupby("scenario")["councils"].first()
    for name, curve in results.experiment.curves.items():
        for scenario in dict.fromkeys(curve.scenarios):
            as_it_stands = usual.get(scenario)
            settings = results.experiment.scenarios[scenario]
            own_value = value_in(settings, curve.setting, int(councils.get(scenario, 0)))
            if curve.group is not None:
                own = groups.get(scenario, {}).items()
                as_it_stands = next((part for key, part in own if key[1] == curve.group), None)
            for position in sorted(range(len(curve.values)), key=curve.values.__getitem__):
                part = parts.get((name, scenario, position))
                if part is None:
                    continue
                table = by_seed(part, [outcome, "passed"], longest_clock(results, scenario))
                draws = seed_draws(results, table)
                (_, share, _), (_, passed, _) = estimates(table, draws)
                rows.append(
                    {
                        "curve": name,
                        "scenario": scenario,
                        "title": results.title(scenario),
                        "value": curve.values[position],
                        "outcome": outcome,
                        **share,
                        "pass_probability": passed["mean"],
                        "pass_low": passed["mean_low"],
                        "pass_high": passed["mean_high"],
                        **_change(results, table, as_it_stands, outcome),
                        "own_value": own_value,
                    }
                )
    return table_of(rows, CURVE_COLUMNS)


def moves_table(results: Results) -> pd.DataFrame:
    """How far the joined share moves along each curve, from paired differences of its points.

    A row a curve and scenario; missing where a point has no share at the headline month.

    * `difference` with its 95 % interval: at the highest value of the setting (`to`) less at the
      lowest (`from`), seed by seed, and what that lets one say
      (:func:`sim.analysis.verdicts.verdict`).
    * `range_difference`: likewise where the mean is highest less where it is lowest. They were
      picked for being so, which flatters the range: read it as a most.
    """
    outcome = headline_outcome(results)
    small = results.experiment.outcomes.precision_share
    table = results.of(CURVE)
    rows: list[Row] = []
    for name, curve in results.experiment.curves.items():
        for scenario in dict.fromkeys(curve.scenarios):
            own = table[(table["design"] == name) & (table["scenario"] == scenario)]
            if own.empty:
                continue
            points = own.pivot(index="seed", columns="position", values=outcome).astype("float64")
            order = sorted((int(str(at)) for at in points), key=curve.values.__getitem__)
            points = points[order].dropna()
            if points.empty:
                continue
            draws = draws_of(results.experiment.parameters, points.index)
            values = [curve.values[at] for at in order]
            matrix = points.to_numpy()
            means = matrix.mean(axis=0)
            row: Row = {"curve": name, "scenario": scenario, "seeds": len(points)}
            for kind, least, most in (
                ("", 0, len(values) - 1),
                ("range_", int(means.argmin()), int(means.argmax())),
            ):
                found = estimators.paired_difference(matrix[:, most], matrix[:, least], draws)
                difference, low, high = (float(np.clip(part[0], -1.0, 1.0)) for part in found)
                row |= {
                    f"{kind}from": values[least],
                    f"{kind}to": values[most],
                    f"{kind}difference": difference,
                    f"{kind}low": low,
                    f"{kind}high": high,
                    f"{kind}verdict": verdict(low, high, small),
                }
            rows.append(row)
    return table_of(rows, MOVES_COLUMNS)


def _change(results: Results, table: pd.DataFrame, usual: pd.DataFrame | None, outcome: str) -> Row:
    """How much more an outcome is than in the scenario as it stands, over common seeds."""
    if usual is None or outcome not in usual:
        return {}
    seeds = table.index.intersection(usual.index).sort_values()
    found = estimators.paired_difference(
        table.loc[seeds, outcome],
        usual.loc[seeds, outcome],
        draws_of(results.experiment.parameters, seeds),
    )
    names = ("change", "change_low", "change_high")
    return {name: float(part[0]) for name, part in zip(names, found, strict=True)}


def value_in(scenario: Scenario, setting: str, councils: int) -> float | None:
    """Value of a dotted setting in a scenario, None if it has none that is a number.

    The number of councils turns the one measure of effort into the other.
    """
    found: Any = scenario
    for step in setting.split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list):
            found = found[int(step)] if step.isdigit() and int(step) < len(found) else None
        else:
            found = getattr(found, step, None)
    if found is None and councils:
        team, last = scenario.push, setting.rsplit(".", 1)[-1]
        if setting == "push.visits_per_council_per_year" and team.visits_per_month is not None:
            return team.visits_per_month * 12 / councils
        if last == "visits_per_month" and team.visits_per_council_per_year is not None:
            return team.visits_per_council_per_year * councils / 12
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found)


def cancellation_curve(results: Results, scenario: str, review_months: int = 24) -> pd.DataFrame:
    """Probability that a review would cancel the programme, by the share it asks for.

    The share of seeds in which fewer than `minimum_share` (0 to 0.5) of councils have joined
    `review_months` after opening, with its Wilson interval (`low`, `high`). Nothing is simulated
    anew: until the month of the review a scenario with it and one without are the same to the
    bit, so the answer is `exact`. It is not where the scenario itself was cancelled earlier, has
    several offers (each is reviewed for itself) or opened before anybody simulated could join
    (the clock then starts late); it is also only near where the councils in scope change later.

    No rows if the month lies beyond the horizon or nothing opens.
    """
    settings = results.experiment.scenarios[scenario]
    series = results.of_scenario(scenario, "series")
    due = series[series["months_since_opening"] == review_months].set_index("seed")
    runs = results.of_scenario(scenario).set_index("seed")
    seeds = due.index.intersection(runs.index).sort_values()
    due, runs = due.loc[seeds], runs.loc[seeds]
    if not len(seeds):
        return table_of([], CANCELLATION_COLUMNS)
    if not seeds.is_unique:
        raise ValueError(f"a seed stands twice in the results of {scenario}")
    # Counted in whole councils, as the review counts them.
    councils = runs["councils"].to_numpy(dtype=np.float64)
    joined = np.rint(due["joined_share"].to_numpy(dtype=np.float64) * councils)
    # The series count from the month in which the first council could join, reviews from that in
    # which the offer opened.
    offers = list(settings.offers.values())
    exact = len(offers) == 1 and bool((runs["opened"] == month_text(offers[0].opens)).all())
    for cancelled_in, month in zip(runs["cancelled_month"], due["month"], strict=True):
        if isinstance(cancelled_in, str) and cancelled_in < str(month):
            exact = False
    minimum = np.arange(51) / 100.0  # not steps of 0.01 added up: 0.15 is to be the 0.15 one types
    cancelled = (joined[:, np.newaxis] < minimum * councils[:, np.newaxis]).sum(axis=0)
    draws = draws_of(results.experiment.parameters, seeds)
    trials = len(seeds) if draws is None else len(np.unique(draws))
    low, high = estimators.wilson(cancelled * (trials / len(seeds)), trials)
    return pd.DataFrame(
        {
            "scenario": scenario,
            "review_months": review_months,
            "minimum_share": minimum,
            "seeds": len(seeds),
            "cancelled": cancelled,
            "probability": cancelled / len(seeds),
            "low": low,
            "high": high,
            "exact": exact,
        },
        columns=list(CANCELLATION_COLUMNS),
    )


def cancellation_table(results: Results, review_months: int = 24) -> pd.DataFrame:
    """:func:`cancellation_curve` of every scenario that has no review of its own.

    Scenarios in which an event changes who may join are left out, as their clock does not say the
    same for all councils.
    """
    parts = [
        cancellation_curve(results, name, review_months)
        for name in results.scenarios
        if not results.experiment.scenarios[name].is_reviewed
        and results.experiment.scenarios[name].scope_changes is None
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return table_of([], CANCELLATION_COLUMNS)
    return pd.concat(parts, ignore_index=True)


def even_chance_table(results: Results, chances: pd.DataFrame) -> pd.DataFrame:
    """Share asked for at which half of the futures would be cancelled, between the points.

    A row a scenario of :func:`cancellation_table`; missing where even the most that is asked for
    would cancel fewer.
    """
    rows: list[Row] = [
        {
            "scenario": scenario,
            "review_months": int(part["review_months"].iloc[0]),
            "minimum_share": _even_chance(part),
            "exact": bool(part["exact"].all()),
        }
        for scenario, part in chances.groupby("scenario", sort=False)
    ]
    return table_of(rows, EVEN_CHANCE_COLUMNS)


def _even_chance(table: pd.DataFrame) -> float:
    chance = table["probability"].to_numpy(dtype=np.float64)
    asked = table["minimum_share"].to_numpy(dtype=np.float64)
    enough = np.flatnonzero(chance >= 0.5)
    if not enough.size:
        return math.nan
    at = int(enough[0])
    if at == 0:
        return float(asked[0])
    part = (0.5 - chance[at - 1]) / (chance[at] - chance[at - 1])
    return float(asked[at - 1] + part * (asked[at] - asked[at - 1]))
