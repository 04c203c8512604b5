"""What the answer is sensitive to, among what evidence does not pin down.

Each such setting is moved to the low and to the high end of where it may lie, one at a time, with
the same draws of all others and the same luck. The fit to history is not repeated, so a change
says what the setting could do at most; what it does together with others is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis import estimators as statistics
from sim.analysis.summary import (
    Row,
    headline_outcome,
    runs_by_scenario,
    seed_draws,
    table_of,
    that_went_through,
)
from sim.experiment.parameters import about_posterior
from sim.runs.results import Results
from sim.settings.columns import unit

FloatArray = npt.NDArray[np.float64]

SENSITIVITY_COLUMNS = (
    "scenario",
    "versus",
    "setting",
    "outcome",
    "unit",
    "seeds",
    "low_end",
    "high_end",
    "at_low",
    "as_drawn",
    "at_high",
    "change",
    "low",
    "high",
    "learned",
)
VARIANCE_COLUMNS = (
    "scenario",
    "outcome",
    "seeds",
    "draws",
    "share_from_parameters",
    "low",
    "high",
)
# A finding is prior-driven if one setting that evidence does not pin down moves it by as much.
PRIOR_DRIVEN = 0.10
CLEAR = 0.01


def variance_table(results: Results) -> pd.DataFrame:
    """How much of the variance of the headline comes from parameters, and how much is luck.

    A row a scenario: `share_from_parameters` with its 95 % interval, `low` and `high`; the rest
    is luck. Missing where nothing is drawn, where all futures are alike, or with few seeds.
    """
    outcome = headline_outcome(results)
    rows: list[Row] = []
    for scenario, table in runs_by_scenario(results).items():
        draws = seed_draws(results, table)
        if draws is None:
            continue
        share, low, high = statistics.share_from_draws(table[outcome].to_numpy(), draws)
        rows.append(
            {
                "scenario": scenario,
                "outcome": outcome,
                "seeds": len(table),
                "draws": len(np.unique(draws)),
                "share_from_parameters": share,
                "low": low,
                "high": high,
            }
        )
    return table_of(rows, VARIANCE_COLUMNS)


@dataclass(frozen=True, eq=False)
class _Moved:
    """Outcomes of one scenario with one setting at both ends, and as drawn; rows are seeds."""

    table: pd.DataFrame
    ends: tuple[float, float]


def sensitivity_table(results: Results) -> pd.DataFrame:
    """Headline of the scenarios examined with each setting in doubt at both ends of its range.

    A row a scenario and setting, the largest change first; then, for settings that two scenarios
    share, a row for the difference of `scenario` and `versus`, the base of the experiment.

    * `at_low`, `as_drawn`, `at_high`: means over the same seeds;
    * `change` with `low` and `high`: mean of high less low and its 95 % interval, over draws;
    * `learned`: what the fit told of the setting: "a little", "hardly", or "nothing" if it was
      not fitted.
    """
    outcome = headline_outcome(results)
    moved = dict(_moved(results, outcome))
    scenarios = list(dict.fromkeys(scenario for scenario, _ in moved))
    rows = []
    for scenario in scenarios:
        own = [(setting, one) for (name, setting), one in moved.items() if name == scenario]
        rows += _sorted([_row(results, scenario, "", key, outcome, one) for key, one in own])
    base = results.experiment.base_scenario
    for scenario in scenarios:
        gaps = [
            (setting, _Moved(one.table - other.table, one.ends))
            for (name, setting), one in moved.items()
            if name == scenario != base
            and (other := moved.get((base, setting))) is not None
            and other.ends == one.ends
            and not setting.startswith(("offers.", "push."))
        ]
        rows += _sorted([_row(results, scenario, base, key, outcome, gap) for key, gap in gaps])
    return table_of([row for row in rows if row], SENSITIVITY_COLUMNS)


def _moved(results: Results, outcome: str) -> Iterator[tuple[tuple[str, str], _Moved]]:
    if results.sensitivity_runs.empty:
        return
    from sim.experiment.sensitivity import sensitivity_curves

    usual = runs_by_scenario(results)
    runs = that_went_through(results.sensitivity_runs)
    by_curve = {str(name): part for name, part in runs.groupby("curve", sort=False)}
    for name, curve in sensitivity_curves(results.experiment).items():
        part = by_curve.get(name)
        scenario = curve.scenarios[0]
        if part is None or scenario not in usual:
            continue
        wide = part.pivot(index="seed", columns="value", values=outcome)
        if wide.shape[1] != len(curve.values):
            continue
        low, high = sorted(curve.values)
        table = pd.DataFrame(
            {"low": wide[low], "usual": usual[scenario][outcome], "high": wide[high]}
        )
        whole = table.reindex(wide.index).astype("float64").dropna()
        if len(whole) > 1:
            yield (scenario, curve.setting), _Moved(whole, (low, high))


def _row(
    results: Results, scenario: str, versus: str, setting: str, outcome: str, one: _Moved
) -> Row:
    table = one.table.dropna()
    if len(table) < 2:
        return {}
    means = table.mean()
    mean, low, high = statistics.paired_difference(
        table["high"], table["low"], seed_draws(results, table)
    )
    about = about_posterior(results.experiment.parameters.fit)["settings"].get(setting)
    return {
        "scenario": scenario,
        "versus": versus,
        "setting": setting,
        "outcome": outcome,
        "unit": unit(outcome),
        "seeds": len(table),
        "low_end": one.ends[0],
        "high_end": one.ends[1],
        "at_low": float(means["low"]),
        "as_drawn": float(means["usual"]),
        "at_high": float(means["high"]),
        "change": float(mean[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "learned": "nothing" if about is None else about["learned"],
    }


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted((row for row in rows if row), key=lambda row: -abs(row["change"]))


def prior_driven(table: pd.DataFrame, scenario: str, versus: str = "") -> list[Row]:
    """Settings that drive a finding: those that move it by ten points, or turn its sign.

    Rows of `doubt_table`, the largest change first; of a difference between two scenarios if
    `versus` is given.
    """
    own = table[(table["scenario"] == scenario) & (table["versus"] == versus)]
    rows = [{str(key): value for key, value in row.items()} for row in own.to_dict("records")]
    return [
        row
        for row in rows
        if abs(row["change"]) >= PRIOR_DRIVEN or (versus and _turns(row["at_low"], row["at_high"]))
    ]


def _turns(one: float, other: float) -> bool:
    """Is a difference clearly above zero at one end and clearly below at the other?"""
    return min(one, other) < -CLEAR and max(one, other) > CLEAR
