"""Scenarios compared with each other, and results along curves, over many seeds.

The band of futures and the interval of an estimate are kept apart as in
:mod:`sim.analysis.summary`. Runs are matched by their keys (scenario and seed), never by the
order of rows. A seed that failed in one scenario drops out of the pairs of that scenario, not out
of others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sim.analysis import estimators as statistics
from sim.analysis.probability_words import YARDSTICK, frequency, words, words_between
from sim.analysis.summary import (
    ALL,
    SUMMARY_COLUMNS,
    Row,
    by_seed,
    estimates,
    groups_by_scenario,
    headline_outcome,
    judge_seeds,
    runs_by_scenario,
    seed_draws,
    seeds_note,
    summary,
    table_of,
)
from sim.experiment.design import CURVE, SCENARIO
from sim.experiment.parameters import draws_of
from sim.runs.results import Results
from sim.settings import Parameters, month_text
from sim.settings.columns import (
    OUTCOME_TEXT,
    UNITS,
    YES_NO,
    is_total,
    missing_is_beyond,
    outcome_text,
    unit,
)

__all__ = [
    "CANCELLATION_COLUMNS",
    "COMPARISON_COLUMNS",
    "CURVE_COLUMNS",
    "OUTCOME_TEXT",
    "SUMMARY_COLUMNS",
    "UNITS",
    "YARDSTICK",
    "cancellation_curve",
    "comparison",
    "curve_table",
    "frequency",
    "headline_outcome",
    "outcome_text",
    "pairs",
    "seeds_note",
    "summary",
    "unit",
    "words",
    "words_between",
]

PAIRED = "paired by seed: same councils, same luck"
UNPAIRED = "unpaired: different councils"
DRAWN = "matched by draw: same behaviour, different councils"
COMPARISON_COLUMNS = (
    "scenario",
    "versus",
    "why",
    "grouping",
    "group",
    "outcome",
    "unit",
    "paired",
    "seeds",
    "difference",
    "low",
    "high",
    "share_higher",
    "share_equal",
    "seeds_needed",
    "enough_seeds",
    "note",
)
CURVE_COLUMNS = (
    "curve",
    "scenario",
    "title",
    "value",
    "outcome",
    "seeds",
    "missing_share",
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


# ---------------------------------------------------------------- comparison


def pairs(results: Results) -> list[tuple[str, str, str]]:
    """Who is compared with whom, and why: scenario, versus, reason; each pair once.

    * "base": every scenario with the base of the experiment;
    * "together": scenarios that are readings of one proposal, among themselves;
    * "same councils": scenarios with other councils than the base, with the first in the file
      that has the same, so that these too are compared seed by seed.
    """
    went_through = set(results.of(SCENARIO)["scenario"].unique())
    present = [scenario for scenario in results.scenarios if scenario in went_through]
    base = results.experiment.base_scenario
    found: dict[tuple[str, str], str] = {}

    def add(scenario: str, versus: str, why: str) -> None:
        known = (versus, scenario) in found or (scenario, versus) in found
        if scenario != versus and not known:
            found[scenario, versus] = why

    if base in present:
        for scenario in present:
            add(scenario, base, "base")
    for readings in results.experiment.together:
        shown = [scenario for scenario in readings if scenario in present]
        for index, versus in enumerate(shown):
            for scenario in shown[index + 1 :]:
                add(scenario, versus, "together")
    for scenario in present:
        alike = [other for other in present if results.same_councils(scenario, other)]
        add(scenario, base if base in alike else alike[0], "same councils")
    return [(scenario, versus, why) for (scenario, versus), why in found.items()]


def _differences(
    first: pd.DataFrame,
    second: pd.DataFrame,
    outcomes: Sequence[str],
    parameters: Parameters,
    paired: bool,
    precision: float,
) -> Iterator[tuple[str, Row]]:
    """Differences of the outcomes of two scenarios (or of one group in two scenarios).

    Where parameters are drawn, scenarios with different councils still share the draws, and are
    matched by them.
    """
    matched = paired or parameters.source != "point"
    if matched:
        common = first.index.intersection(second.index).sort_values()
        first, second = first.loc[common], second.loc[common]
    if not len(first) or not len(second):
        return
    x = first[list(outcomes)].to_numpy(dtype=np.float64)
    y = second[list(outcomes)].to_numpy(dtype=np.float64)
    seeds = min(len(x), len(y))
    draws = draws_of(parameters, first.index)
    if matched:
        difference, low, high = statistics.paired_difference(x, y, draws)
        sd = statistics.standard_deviation(x - y, draws)
    else:
        difference, low, high = statistics.unpaired_difference(x, y)
        sd = np.hypot(statistics.standard_deviation(x), statistics.standard_deviation(y))
    order = statistics.paired_order if matched else statistics.unpaired_order
    for index, outcome in enumerate(outcomes):
        a, b = x[:, index], y[:, index]
        estimate = float(difference[index]), float(low[index]), float(high[index])
        if outcome in YES_NO and not math.isnan(estimate[0]):
            if matched:
                estimate = statistics.paired_probabilities(a > 0, b > 0, draws)
            else:
                estimate = statistics.unpaired_probabilities(a > 0, b > 0)
        known = not np.isnan(a).all() or not np.isnan(b).all()
        higher, equal = order(a, b) if known else (math.nan, math.nan)
        if not missing_is_beyond(outcome) and (np.isnan(a).any() or np.isnan(b).any()):
            higher = equal = math.nan  # nothing is known of the missing values
        yield (
            outcome,
            {
                "seeds": seeds,
                **dict(zip(("difference", "low", "high"), estimate, strict=True)),
                "share_higher": higher,
                "share_equal": equal,
                **judge_seeds(float(sd[index]), seeds, outcome, precision),
            },
        )


def comparison(results: Results) -> pd.DataFrame:
    """Differences between scenarios, seed by seed where the councils are the same.

    For whom with whom, and the column `why`, see :func:`pairs`.

    * `difference` with `low` and `high`: mean of `scenario` minus `versus` and its 95 % interval
      (sampling error of finitely many seeds). Empty where anything is missing in either.
    * `share_higher`: share of seeds in which `scenario` is higher; unpaired and with nothing
      drawn, the probability that a random future of it is higher than one of `versus`. Not
      reached counts as later than anything reached, and as equal to not reached; `share_equal`
      is the rest that is a tie.
    * `seeds`: pairs, or the smaller of both numbers. `seeds_needed` is per scenario.

    Scenarios with different councils are compared in shares, months, ratios and costs per unit
    only: totals grow with the number of councils. Paired scenarios are also compared by nation,
    council type and size band, in the shares the report leads with.
    """
    precision = results.experiment.outcomes.precision_share
    runs, groups = runs_by_scenario(results), groups_by_scenario(results)
    drawn = results.experiment.parameters.source != "point"
    main = (headline_outcome(results), "joined_share_end", "use_share_end")
    rows: list[Row] = []
    for scenario, versus, why in pairs(results):
        paired = results.same_councils(scenario, versus)
        tables = [((ALL, ALL), runs.get(scenario), runs.get(versus))]
        if paired:
            others = groups.get(versus, {})
            tables += [
                (key, table, others.get(key))
                for key, table in groups.get(scenario, {}).items()
                if key[0] != "offer"
            ]
        for (grouping, group), first, second in tables:
            if first is None or second is None:
                continue
            outcomes = [
                name
                for name in first.columns
                if name in second.columns
                and (paired or not is_total(name))
                and (grouping == ALL or name in main)
            ]
            for outcome, row in _differences(
                first, second, outcomes, results.experiment.parameters, paired, precision
            ):
                rows.append(
                    {
                        "scenario": scenario,
                        "versus": versus,
                        "why": why,
                        "grouping": grouping,
                        "group": group,
                        "outcome": outcome,
                        "unit": unit(outcome, "runs" if grouping == ALL else "groups"),
                        "paired": paired,
                        **row,
                        "note": PAIRED if paired else DRAWN if drawn else UNPAIRED,
                    }
                )
    return table_of(rows, COMPARISON_COLUMNS)


# ---------------------------------------------------------------- curves


def curve_table(results: Results) -> pd.DataFrame:
    """Each point of each curve: the joined share at the headline months and the chance to pass.

    A row a curve, scenario and value of the varied setting. Columns as in :func:`summary`;
    `pass_low` and `pass_high` are the Wilson interval of `pass_probability`.
    """
    rows: list[Row] = []
    outcome = headline_outcome(results)
    parts = {
        (str(key[0]), str(key[1]), int(str(key[2]))): part
        for key, part in results.of(CURVE).groupby(["design", "scenario", "position"], sort=False)
    }
    for name, curve in results.experiment.curves.items():
        for scenario in dict.fromkeys(curve.scenarios):
            for position in sorted(range(len(curve.values)), key=curve.values.__getitem__):
                part = parts.get((name, scenario, position))
                if part is None:
                    continue
                table = by_seed(part, [outcome, "passed"])
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
                    }
                )
    return table_of(rows, CURVE_COLUMNS)


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
    series = results.of(SCENARIO, "series")
    due = series[
        (series["scenario"] == scenario) & (series["months_since_opening"] == review_months)
    ].set_index("seed")
    runs = results.of(SCENARIO)
    runs = runs[runs["scenario"] == scenario].set_index("seed")
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
    low, high = statistics.wilson(cancelled * (trials / len(seeds)), trials)
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
