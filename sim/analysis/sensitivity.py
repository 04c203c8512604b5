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

from sim.analysis import estimators
from sim.analysis.summary import (
    Row,
    headline_outcome,
    runs_by_scenario,
    seed_draws,
    table_of,
)
from sim.experiment.design import ABOUT_POINTS, HIGH, LEVER, LOW, SENSITIVITY
from sim.experiment.parameters import about_posterior
from sim.runs.results import Results
from sim.settings.columns import unit

FloatArray = npt.NDArray[np.float64]

_OF_ENDS = (
    "outcome",
    "unit",
    "seeds",
    "low_end",
    "high_end",
    "at_low",
    "at_high",
    "change",
    "low",
    "high",
)
SENSITIVITY_COLUMNS = ("scenario", "versus", "setting", *_OF_ENDS, "turns", "learned")
LEVER_COLUMNS = ("scenario", "lever", "setting", *_OF_ENDS)
VARIANCE_COLUMNS = (
    "scenario",
    "outcome",
    "seeds",
    "draws",
    "few_draws",
    "share_from_parameters",
    "low",
    "high",
)
# A finding is prior-driven if one setting that evidence does not pin down moves it by as much.
PRIOR_DRIVEN = 0.10
SMALL = 0.02  # changes below are not worth a row
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
        share, low, high = estimators.share_from_draws(table[outcome].to_numpy(), draws)
        rows.append(
            {
                "scenario": scenario,
                "outcome": outcome,
                "seeds": len(table),
                "draws": len(np.unique(draws)),
                "few_draws": len(np.unique(draws)) < estimators.FEWEST_SEEDS,
                "share_from_parameters": share,
                "low": low,
                "high": high,
            }
        )
    return table_of(rows, VARIANCE_COLUMNS)


@dataclass(frozen=True, eq=False)
class Moved:
    """Outcomes of one scenario with one setting at both ends.

    Attributes
    ----------
    table
        A row a seed: the headline at the `low` and the `high` end, and `usual`, unmoved.
    ends
        Both values of the setting.
    """

    table: pd.DataFrame
    ends: tuple[float, float]


def sensitivity_table(results: Results) -> pd.DataFrame:
    """How far the headline moves with each setting in doubt at both ends of its range.

    A row a scenario and setting, the largest change first; then, for settings that two scenarios
    share, a row for the difference of `scenario` and `versus`, the base of the experiment.

    * `at_low`, `at_high`: how much more it is with the setting at this end than as drawn, mean over
      the same seeds;
    * `change` with `low` and `high`: mean of high less low and its 95 % interval, over draws;
    * `turns`: of a difference, whether it is clearly above zero at one end and clearly below at
      the other, that over all seeds being what it is where nothing is moved;
    * `learned`: what the fit told of the setting: "a little", "hardly", or "nothing" if it was
      not fitted.
    """
    outcome = headline_outcome(results)
    moved = {(name, setting): one for name, setting, _, one in ends_moved(results, SENSITIVITY)}
    scenarios = list(dict.fromkeys(scenario for scenario, _ in moved))
    fitted = about_posterior(results.experiment.parameters.fit)["settings"]
    rows = []
    for scenario in scenarios:
        own = [(setting, one) for (name, setting), one in moved.items() if name == scenario]
        rows += _sorted(
            [
                {
                    "scenario": scenario,
                    "versus": "",
                    "setting": setting,
                    "turns": False,
                    "learned": fitted.get(setting, {"learned": "nothing"})["learned"],
                    **_row(results, outcome, one),
                }
                for setting, one in own
            ]
        )
    base = results.experiment.base_scenario
    usual = {name: table[outcome] for name, table in runs_by_scenario(results).items()}
    for scenario in scenarios:
        gaps = [
            (setting, Moved(one.table - other.table, one.ends))
            for (name, setting), one in moved.items()
            if name == scenario != base
            and (other := moved.get((base, setting))) is not None
            and other.ends == one.ends
            and not setting.startswith(("offers.", "push."))
        ]
        if not gaps:
            continue
        whole = float((usual[scenario] - usual[base]).mean())
        found = []
        for setting, gap in gaps:
            row = _row(results, outcome, gap)
            found.append(
                {
                    "scenario": scenario,
                    "versus": base,
                    "setting": setting,
                    "turns": bool(row) and _turns(whole + row["at_low"], whole + row["at_high"]),
                    "learned": fitted.get(setting, {"learned": "nothing"})["learned"],
                    **row,
                }
            )
        rows += _sorted(found)
    return table_of(rows, SENSITIVITY_COLUMNS)


def lever_table(results: Results) -> pd.DataFrame:
    """How far the headline moves with each lever at both ends of its range.

    A row a scenario and lever, in the order of `sim.experiment.levers.LEVERS`; columns as in
    :func:`sensitivity_table`.
    """
    outcome = headline_outcome(results)
    rows = [
        {"scenario": scenario, "lever": lever, "setting": setting, **_row(results, outcome, one)}
        for scenario, setting, lever, one in ends_moved(results, LEVER)
    ]
    return table_of([row for row in rows if "seeds" in row], LEVER_COLUMNS)


def ends_moved(results: Results, kind: str) -> Iterator[tuple[str, str, str, Moved]]:
    """Scenario, setting, design and outcomes of every setting that was run at two ends."""
    outcome = headline_outcome(results)
    points = results.design[results.design["kind"] == kind]
    runs = results.of(kind).pivot(index="seed", columns="point", values=outcome)
    unmoved = {
        name: table[outcome].reindex(runs.index)
        for name, table in runs_by_scenario(results).items()
    }
    # Settings that are numbers: nothing else has ends.
    varied = points[points.columns[len(ABOUT_POINTS) :]].select_dtypes("float")
    values = varied.to_numpy()
    place = pd.Series(np.arange(len(points)), index=points.index)
    about = points[["scenario", "design", "position", "point"]]
    for key, pair in about.groupby(["scenario", "design"], sort=False):
        scenario, of = str(key[0]), str(key[1])
        ends = {end: pair[pair["position"] == end] for end in (LOW, HIGH)}
        names = [str(name) for end in ends.values() for name in end["point"]]
        if scenario not in unmoved or len(names) < 2 or not set(names) <= set(runs.columns):
            continue
        low, high = (values[place[end.index[0]]] for end in ends.values())
        # What one of both does not have is missing, and equal to nothing.
        number = int(np.argmax(np.abs(low - high) > 0.0))
        table = pd.DataFrame(
            {"low": runs[names[0]], "usual": unmoved[scenario], "high": runs[names[1]]}
        )
        whole = table.astype("float64").dropna()
        if len(whole) > 1:
            setting = str(varied.columns[number])
            yield scenario, setting, of, Moved(whole, (float(low[number]), float(high[number])))


def _row(results: Results, outcome: str, one: Moved) -> Row:
    """What moving a setting does, seed by seed; nothing if there are not seeds enough."""
    table = one.table.dropna()
    if len(table) < 2:
        return {}
    mean, low, high = estimators.paired_difference(
        table["high"], table["low"], seed_draws(results, table)
    )
    moves = table.sub(table["usual"], axis=0).mean()
    return {
        "outcome": outcome,
        "unit": unit(outcome),
        "seeds": len(table),
        "low_end": one.ends[0],
        "high_end": one.ends[1],
        "at_low": float(moves["low"]),
        "at_high": float(moves["high"]),
        "change": float(mean[0]),
        "low": float(low[0]),
        "high": float(high[0]),
    }


def _sorted(rows: list[Row]) -> list[Row]:
    found = [row for row in rows if "change" in row]
    return sorted(found, key=lambda row: -abs(row["change"]))


def prior_driven(table: pd.DataFrame, scenario: str, versus: str = "") -> list[Row]:
    """Settings that drive a finding: those that move it by ten points, or turn its sign.

    Rows of `sensitivity_table`, the largest change first; of a difference between two scenarios if
    `versus` is given.
    """
    own = table[(table["scenario"] == scenario) & (table["versus"] == versus)]
    rows = [{str(key): value for key, value in row.items()} for row in own.to_dict("records")]
    # A change of just so much may lack a last bit.
    return [row for row in rows if abs(row["change"]) >= PRIOR_DRIVEN - 1e-9 or row["turns"]]


def _turns(one: float, other: float) -> bool:
    """Is a difference clearly above zero at one end and clearly below at the other?"""
    return min(one, other) < -CLEAR and max(one, other) > CLEAR
