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
from sim.analysis.summary import (
    ALL,
    Row,
    groups_by_scenario,
    headline_outcome,
    judge_seeds,
    runs_by_scenario,
    table_of,
)
from sim.experiment.design import SCENARIO
from sim.experiment.parameters import draws_of
from sim.model.world import chosen_councils
from sim.runs.results import Results
from sim.settings import Parameters
from sim.settings.columns import (
    YES_NO,
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
            for outcome, row in _differences(
                first, second, outcomes, results.experiment.parameters, alike, precision
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
    """Do two scenarios have the same councils of a nation?"""
    found = []
    for name in (one, other):
        choice = results.experiment.scenarios[name].councils
        if choice.draw is not None:
            return False  # other councils in each seed
        councils = chosen_councils(choice, results.experiment.seeds.first)
        codes = zip(councils.gss_code, councils.nation, strict=True)
        found.append({code for code, of in codes if of == nation})
    return found[0] == found[1]
