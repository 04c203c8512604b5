"""How much of a difference between two scenarios comes from which of their settings."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from sim.analysis import estimators
from sim.analysis.shapley import shapley_values
from sim.analysis.summary import Row, longest_clock, runs_by_scenario, table_of
from sim.experiment.design import HYBRID
from sim.experiment.hybrids import hybrids_of
from sim.experiment.parameters import draws_of
from sim.runs.results import Results
from sim.settings.columns import YES_NO, unit

ATTRIBUTION_COLUMNS = (
    "explanation",
    "from",
    "to",
    "outcome",
    "unit",
    "group",
    "settings",
    "seeds",
    "attributed",
    "low",
    "high",
    "ahead_low",
    "total",
    "total_low",
    "total_high",
    "all_seeds",
    "all_total",
)


def worth(results: Results, explanation: str) -> pd.DataFrame:
    """Outcome of each hybrid of an explanation's scenarios, a row a hybrid and a column a seed.

    Seeds in which a hybrid is missing are left out; there are no rows if nothing was run.
    """
    settings = results.experiment.explain[explanation]
    runs = results.of(HYBRID)
    runs = runs[runs["design"] == explanation]
    if runs.empty:
        return pd.DataFrame()
    longest = longest_clock(results, settings.start)
    if settings.outcome == "passed" and longest in runs:
        open_still = runs[longest].isna() & ~runs["passed"].astype(bool)
        runs = runs.assign(passed=runs["passed"].astype("float64").mask(open_still))
    table = runs.pivot(index="position", columns="seed", values=settings.outcome)
    everywhere = runs.groupby("seed").size()
    hybrids = len(hybrids_of(results.experiment, explanation))
    return table[everywhere.index[everywhere == hybrids]].astype("float64")


def attributed(results: Results, explanation: str) -> pd.DataFrame:
    """What each group of settings adds, seed by seed, the largest on average first.

    A row a group and a column a seed. Each column adds up to the difference between the two
    scenarios in this seed.
    """
    table = worth(results, explanation)
    groups = list(hybrids_of(results.experiment, explanation).groups)
    if not table.size:
        return pd.DataFrame(index=groups)
    values = shapley_values(table.to_numpy())
    order = np.argsort(-np.abs(values.mean(axis=1)), kind="stable")
    return pd.DataFrame(values, index=groups, columns=table.columns).iloc[order]


def _differences(results: Results, explanation: str) -> pd.Series[float]:
    """Difference between the two scenarios themselves in every seed that both have."""
    settings = results.experiment.explain[explanation]
    scenarios = runs_by_scenario(results)
    if not {settings.start, settings.to} <= scenarios.keys():
        return pd.Series(dtype="float64")
    start, end = (
        scenarios[name][settings.outcome].astype("float64")
        for name in (settings.start, settings.to)
    )
    return (end - start)[end.index.intersection(start.index)]


def attribution_table(results: Results) -> pd.DataFrame:
    """Every explanation, a row a group of settings, the largest first.

    * `attributed` with `low` and `high`: mean over seeds of what the group adds, and its 95 %
      interval (sampling error of finitely many seeds). Together the groups add up to `total`, the
      mean difference between the two scenarios over the same seeds, with its own interval.
    * `all_total`: that difference over all `all_seeds` seeds that both scenarios have, of which
      only the first are taken apart.
    * `ahead_low`: lower end of the interval of how much more the group weighs than the next one,
      whichever way each points; missing for the last.
    * `settings`: what the group changes; effort and programme cost are those of each council.

    Empty where the outcome is missing in any seed, as with months that lie beyond the horizon.
    """
    rows: list[Row] = []
    for name, settings in results.experiment.explain.items():
        by_seed = attributed(results, name)
        if not by_seed.size:
            continue
        between = hybrids_of(results.experiment, name)
        draws = draws_of(results.experiment.parameters, by_seed.columns)
        values = by_seed.to_numpy()
        weights = values * np.where(values.mean(axis=1) >= 0, 1.0, -1.0)[:, np.newaxis]
        yes_no = settings.outcome in YES_NO
        if yes_no:
            mean, low, high = np.array([estimators.mean_change(row, draws) for row in values]).T
            estimates = mean, low, high
        else:
            estimates = estimators.mean_interval(values.T, draws)
        whole = _differences(results, name)
        start, end = worth(results, name).to_numpy()[[0, -1]]
        if yes_no:
            total = list(estimators.paired_probabilities(end > 0, start > 0, draws))
        else:
            total = [float(part[0]) for part in estimators.paired_difference(end, start, draws)]
        for index, group in enumerate(by_seed.index):
            words = (f"{key} {old} → {new}" for key, old, new in between.changes_in_words(group))
            mean, low, high = (float(part[index]) for part in estimates)
            ahead = math.nan
            if index + 1 < len(weights):
                more = weights[index] - weights[index + 1]
                ahead = float(estimators.mean_interval(more, draws)[1][0])
            rows.append(
                {
                    "explanation": name,
                    "from": settings.start,
                    "to": settings.to,
                    "outcome": settings.outcome,
                    "unit": unit(settings.outcome),
                    "group": group,
                    "settings": "; ".join(words),
                    "seeds": by_seed.shape[1],
                    "attributed": mean,
                    "low": low,
                    "high": high,
                    "ahead_low": ahead,
                    **dict(zip(("total", "total_low", "total_high"), total, strict=True)),
                    "all_seeds": len(whole),
                    "all_total": float(whole.mean(skipna=False)),
                }
            )
    return table_of(rows, ATTRIBUTION_COLUMNS)
