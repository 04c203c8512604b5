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

from sim.analysis import estimators
from sim.analysis.estimators import FloatArray
from sim.analysis.summary import (
    ALL,
    Row,
    groups_by_scenario,
    headline_outcome,
    judge_seeds,
    runs_by_scenario,
    table_of,
)
from sim.analysis.verdicts import verdict
from sim.experiment.design import SCENARIO
from sim.experiment.parameters import draws_of
from sim.experiment.taking_part import taking_part
from sim.runs.results import Results
from sim.settings import Parameters, month_number
from sim.settings.columns import (
    YES_NO,
    is_share,
    is_total,
    missing_is_beyond,
    unit,
)

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
    "verdict",
    "seeds_needed",
    "enough_seeds",
    "note",
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


def differences(
    first: pd.DataFrame,
    second: pd.DataFrame,
    outcomes: Sequence[str],
    parameters: Parameters,
    paired: bool,
    precision: float,
    watched: tuple[float, float] = (math.inf, math.inf),
) -> Iterator[tuple[str, Row]]:
    """Differences of the outcomes of two scenarios (or of one group in two scenarios).

    Where parameters are drawn, scenarios with different councils still share the draws, and are
    matched by them. `watched` says for how many months after opening each was.
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
        difference, low, high = estimators.paired_difference(x, y, draws)
        sd = estimators.standard_deviation(x - y, draws)
    else:
        difference, low, high = estimators.unpaired_difference(x, y)
        sd = np.hypot(estimators.standard_deviation(x), estimators.standard_deviation(y))
    order = estimators.paired_order if matched else estimators.unpaired_order
    for index, outcome in enumerate(outcomes):
        a, b = x[:, index], y[:, index]
        estimate = float(difference[index]), float(low[index]), float(high[index])
        if outcome in YES_NO and not math.isnan(estimate[0]):
            if matched:
                estimate = estimators.paired_probabilities(a > 0, b > 0, draws)
            else:
                estimate = estimators.unpaired_probabilities(a > 0, b > 0)
        if is_share(outcome):  # two shares differ by all of them at most
            low_, high_ = np.maximum(estimate[1], -1.0), np.minimum(estimate[2], 1.0)
            estimate = estimate[0], float(low_), float(high_)
        known = not np.isnan(a).all() or not np.isnan(b).all()
        higher, equal = order(a, b) if known else (math.nan, math.nan)
        if not _order_is_known(outcome, a, b, watched):
            higher = equal = math.nan
        yield (
            outcome,
            {
                "seeds": seeds,
                **dict(zip(("difference", "low", "high"), estimate, strict=True)),
                "share_higher": higher,
                "share_equal": equal,
                "verdict": verdict(*estimate[1:], precision if is_share(outcome) else 0.0),
                **judge_seeds(float(sd[index]), seeds, outcome, precision),
            },
        )


def _order_is_known(
    outcome: str, a: FloatArray, b: FloatArray, watched: tuple[float, float]
) -> bool:
    """Can missing values be ordered?

    What was not reached comes after what was, as far as both were watched; of two that were not
    reached, those that were watched for different times cannot be told apart.
    """
    missing = np.isnan(a), np.isnan(b)
    if not missing[0].any() and not missing[1].any():
        return True
    if not missing_is_beyond(outcome):
        return False  # nothing is known of the missing values
    if not outcome.startswith(("months_to_", "payback_years")) or watched[0] == watched[1]:
        return True
    if missing[0].any() and missing[1].any():
        return False
    over = 12.0 if outcome == "payback_years" else 1.0
    reached, seen = (b, watched[0]) if missing[0].any() else (a, watched[1])
    return bool(np.nanmax(reached) <= seen / over)


def watched_months(results: Results, scenario: str) -> float:
    """For how many months after opening a scenario is watched; 0 if it never opens."""
    runs = results.of(SCENARIO)
    opened = runs.loc[runs["scenario"] == scenario, "opened"].dropna()
    if opened.empty:
        return 0.0
    return float(results.experiment.horizon.ends - month_number(str(opened.max())) + 1)


def comparison(results: Results) -> pd.DataFrame:
    """Differences between scenarios, seed by seed where the councils are the same.

    For whom with whom, and the column `why`, see :func:`pairs`.

    * `difference` with `low` and `high`: mean of `scenario` minus `versus` and its 95 % interval
      (sampling error of finitely many seeds). Empty where anything is missing in either.
    * `share_higher`: share of seeds in which `scenario` is higher; unpaired and with nothing
      drawn, the probability that a random future of it is higher than one of `versus`. Not
      reached counts as later than anything reached, and as equal to not reached, as long as
      both were watched; `share_equal` is the rest that is a tie.
    * `verdict`: what the interval lets one say, see :func:`sim.analysis.verdicts.verdict`.
    * `seeds`: pairs, or the smaller of both numbers. `seeds_needed` is per scenario.

    Scenarios with different councils are compared in shares, months, ratios and costs per unit
    only: totals grow with the number of councils. Paired scenarios are also compared by nation,
    council type and size band, in the shares the report leads with; others by nation, where both
    have the same councils of it.
    """
    precision = results.experiment.outcomes.precision_share
    runs, groups = runs_by_scenario(results), groups_by_scenario(results)
    drawn = results.experiment.parameters.source != "point"
    main = (headline_outcome(results), "joined_share_end", "use_share_end")
    rows: list[Row] = []
    for scenario, versus, why in pairs(results):
        paired = results.same_councils(scenario, versus)
        watched = watched_months(results, scenario), watched_months(results, versus)
        tables = [((ALL, ALL), runs.get(scenario), runs.get(versus), paired)]
        others = groups.get(versus, {})
        tables += [
            (key, table, others.get(key), True)
            for key, table in groups.get(scenario, {}).items()
            if (paired and key[0] != "offer")
            or (
                not paired
                and key[0] == "nation"
                and _same_nation(results, scenario, versus, key[1])
            )
        ]
        for (grouping, group), first, second, alike in tables:
            if first is None or second is None:
                continue
            outcomes = [
                name
                for name in first.columns
                if name in second.columns
                and (alike or not is_total(name))
                and (grouping == ALL or name in main)
            ]
            for outcome, row in differences(
                first,
                second,
                outcomes,
                results.experiment.parameters,
                alike,
                precision,
                watched if grouping == ALL else (math.inf, math.inf),
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
                        "paired": alike,
                        **row,
                        "note": PAIRED if alike else DRAWN if drawn else UNPAIRED,
                    }
                )
    return table_of(rows, COMPARISON_COLUMNS)


def _same_nation(results: Results, one: str, other: str, nation: str) -> bool:
    """Do two scenarios have the same councils of a nation in scope?"""
    scenarios = [results.experiment.scenarios[name] for name in (one, other)]
    if any(scenario.councils.draw is not None for scenario in scenarios):
        return False  # other councils in each seed
    first = results.experiment.seeds.first
    here = [
        {code for code, of, inside in taking_part(scenario, first) if inside and of == nation}
        for scenario in scenarios
    ]
    return here[0] == here[1]
