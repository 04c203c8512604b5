"""Two results side by side: each outcome of each scenario in both, and its difference."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from sim.analysis.comparison import differences, watched_months
from sim.analysis.summary import (
    Row,
    estimates,
    runs_by_scenario,
    seed_draws,
    table_of,
)
from sim.analysis.verdicts import verdict
from sim.experiment.design import SCENARIO
from sim.experiment.taking_part import taking_part
from sim.runs.results import Results
from sim.settings.columns import is_share, is_total, unit

LEVELS = ("median", "q05", "q95", "mean", "mean_low", "mean_high")
TWO_COLUMNS = (
    "scenario",
    "outcome",
    "unit",
    *(f"{side}_{level}" for side in ("first", "second") for level in LEVELS),
    "paired",
    "seeds",
    "difference",
    "low",
    "high",
    "verdict",
    "note",
)
PAIRED = "paired by seed: same councils, same behaviour, same luck"


def two_results(first: Results, second: Results) -> pd.DataFrame:
    """Outcomes of scenarios of the same name in two results, and how they differ.

    Returns
    -------
    pandas.DataFrame
        A row a scenario that both have, and outcome that either has: the levels of both, as in the
        summary, and `difference`, the mean of the second less that of the first, with its 95 %
        interval from `low` to `high`. `verdict` says what the interval lets one say.

        Where both have the same councils and behaviour, seeds are compared one by one, those that
        both have (`paired`, `seeds`): what changed is told from luck. Elsewhere the interval takes
        the worst of both intervals of means together, so that it holds at least 95 % whatever the
        two have in common; `note` says why. Totals, which grow with the number of councils, have
        no difference where councils are others.
    """
    rows: list[Row] = []
    runs = [runs_by_scenario(results) for results in (first, second)]
    precision = [results.experiment.outcomes.precision_share for results in (first, second)]
    for scenario in runs[0]:
        if scenario in runs[1]:
            tables = runs[0][scenario], runs[1][scenario]
            rows += _scenario(first, second, scenario, tables, max(precision))
    return table_of(rows, TWO_COLUMNS)


def why_unpaired(first: Results, second: Results, scenario: str) -> list[str]:
    """Say why futures of a scenario cannot be compared one by one; [] if they can."""
    a, b = first.experiment, second.experiment
    found = []
    if a.parameters != b.parameters:
        found.append("behaviour from elsewhere")
    common = sorted(_seeds(first, scenario) & _seeds(second, scenario))
    scenarios = [experiment.scenarios[scenario] for experiment in (a, b)]
    # Only fresh draws of councils differ from seed to seed.
    drawn = any(settings.councils.draw is not None for settings in scenarios)
    looked_at = common if drawn else common[:1] or [a.seeds.first]
    if any(
        taking_part(scenarios[0], seed) != taking_part(scenarios[1], seed) for seed in looked_at
    ):
        found.append("other councils")
    if not common:
        found.append("no seed in common")
    return found


def _seeds(results: Results, scenario: str) -> set[int]:
    runs = results.of(SCENARIO)
    return set(runs.loc[runs["scenario"] == scenario, "seed"].tolist())


def _scenario(
    first: Results,
    second: Results,
    scenario: str,
    tables: tuple[pd.DataFrame, pd.DataFrame],
    small: float,
) -> Iterator[Row]:
    levels = [
        {name: row for name, row, _ in estimates(table, seed_draws(results, table))}
        for table, results in zip(tables, (first, second), strict=True)
    ]
    outcomes = [name for name in levels[0] if name in levels[1]]
    why = why_unpaired(first, second, scenario)
    paired: dict[str, Row] = {}
    if not why:
        watched = watched_months(second, scenario), watched_months(first, scenario)
        parameters = first.experiment.parameters
        paired = dict(differences(tables[1], tables[0], outcomes, parameters, True, small, watched))
    note = PAIRED if not why else f"unpaired: {', '.join(why)}"
    for outcome in {**levels[0], **levels[1]}:
        row: Row = {"scenario": scenario, "outcome": outcome, "unit": unit(outcome)}
        for side, of in zip(("first", "second"), levels, strict=True):
            known = of.get(outcome, {})
            row |= {f"{side}_{level}": known.get(level, math.nan) for level in LEVELS}
        row |= {"paired": not why, "seeds": min(map(len, tables)), "note": note}
        row |= dict.fromkeys(("difference", "low", "high"), math.nan)
        if outcome not in outcomes:
            row["note"] = "no difference: only one of the results has it"
        elif outcome in paired:
            kept = ("seeds", "difference", "low", "high")
            row |= {name: paired[outcome][name] for name in kept}
        elif why and not ("other councils" in why and is_total(outcome)):
            row |= _apart(row, outcome)
        elif why:
            row["note"] = "no difference: totals of other councils do not compare"
        row["verdict"] = verdict(row["low"], row["high"], small if is_share(outcome) else 0.0)
        yield row


def _apart(row: Row, outcome: str) -> Row:
    """Difference of two means as if the worst of both came together."""
    low = row["second_mean_low"] - row["first_mean_high"]
    high = row["second_mean_high"] - row["first_mean_low"]
    if is_share(outcome):
        low, high = np.maximum(low, -1.0), np.minimum(high, 1.0)
    return {
        "difference": row["second_mean"] - row["first_mean"],
        "low": float(low),
        "high": float(high),
    }
