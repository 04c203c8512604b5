"""The headline under rival structures: ways to build the model, each fitted to the same history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.analysis import estimators
from sim.analysis.comparison import pairs
from sim.analysis.headline import headline_column
from sim.analysis.summary import (
    BAND,
    Row,
    by_seed,
    estimates,
    longest_clock,
    runs_by_scenario,
    table_of,
)
from sim.analysis.verdicts import Verdict, verdict
from sim.experiment.design import SCENARIO, STRUCTURE
from sim.experiment.structures import ERRORS, SCORES, Structure, curves, published
from sim.runs.results import Results

PASSED = "passed"
EVEN = 0.5  # a goal is reached likelier than not above it

RIVALS_COLUMNS = (
    "structure",
    "structure_title",
    "main",
    "weight_equal",
    *SCORES,
)
CURVES_COLUMNS = ("curve", *ERRORS)
_BANDED = ("mean", "mean_low", "mean_high", *BAND)
STRUCTURES_COLUMNS = (
    "scenario",
    "structure",
    "outcome",
    "seeds",
    "draws",
    "few",
    *_BANDED,
    "pass_probability",
    "pass_low",
    "pass_high",
)
COUNTED = (
    "structures",
    "reading",
    "same",
    "up",
    "down",
    "unclear",
    "few",
    "turns",
)
STANDING_COLUMNS = ("scenario", "versus", "outcome", *COUNTED)


@dataclass(frozen=True, eq=False)
class Futures:
    """Futures of a scenario under one structure: outcomes and number of the draw, by seed."""

    table: pd.DataFrame
    draws: pd.Series[int]

    @property
    def trials(self) -> int:
        """Draws of behaviour, which are independent evidence of a mean."""
        return int(self.draws.nunique())


def structures_of(results: Results) -> list[Structure]:
    """Structures that some scenario was run under, the main one first; none if only that."""
    design = results.design
    names = set(design.loc[design["kind"] == STRUCTURE, "design"])
    found = [one for one in published() if one.main or one.name in names]
    return found if len(found) > 1 else []


def futures_of(results: Results) -> dict[str, dict[str, Futures]]:
    """Futures of each scenario that was run under several structures, by name of the structure.

    Under the main one they are all futures of the scenario, since these are its own.
    """
    outcomes = [headline_column(results)[0], PASSED]
    rivals = results.of(STRUCTURE)
    usual, scenarios = runs_by_scenario(results), results.of(SCENARIO)
    found: dict[str, dict[str, Futures]] = {}
    for scenario in results.scenarios:
        longest = longest_clock(results, scenario)
        under: dict[str, Futures] = {}
        for one in structures_of(results):
            runs = scenarios if one.main else rivals[rivals["design"] == one.name]
            own = runs[runs["scenario"] == scenario]
            if len(own):
                table = usual[scenario] if one.main else by_seed(own, outcomes, longest)
                draws = own.set_index("seed")["draw"].reindex(table.index)
                under[one.name] = Futures(table[outcomes], draws)
        if len(under) > 1:
            found[scenario] = under
    return found


def rivals_table(results: Results) -> pd.DataFrame:
    """Structures that were run, a row each, with their weights and scores on cases left out."""
    found = structures_of(results)
    return table_of(
        [
            {
                "structure": one.name,
                "structure_title": one.title,
                "main": one.main,
                "weight_equal": 1.0 / len(found),
                **{score: getattr(one, score) for score in SCORES},
            }
            for one in found
        ],
        RIVALS_COLUMNS,
    )


def curves_table(results: Results) -> pd.DataFrame:
    """Simple curves that know no councils on the same cases, a row each, if structures were run."""
    found = curves() if structures_of(results) else ()
    rows: list[Row] = [
        {"curve": one.name, **{error: getattr(one, error) for error in ERRORS}} for one in found
    ]
    return table_of(rows, CURVES_COLUMNS)


def structures_table(results: Results) -> pd.DataFrame:
    """Members at the headline month, and the chance that most join in time, by structure.

    A row a scenario and structure: mean with its 95 % interval, the band of 9 in 10 futures, and
    the chance with its interval. Of the main structure they are the figures of the scenario.
    `few`: fewer draws of behaviour than can tell.
    """
    rows: list[Row] = []
    for scenario, under in futures_of(results).items():
        for name, one in under.items():
            outcome = str(one.table.columns[0])
            draws = np.asarray(one.draws, dtype=np.int64)
            told = {of: row for of, row, _ in estimates(one.table, draws)}
            chance = told[PASSED]
            rows.append(
                {
                    "scenario": scenario,
                    "structure": name,
                    "outcome": outcome,
                    "seeds": len(one.table),
                    "draws": one.trials,
                    "few": one.trials < estimators.FEWEST_SEEDS,
                    **{column: told[outcome][column] for column in _BANDED},
                    "pass_probability": chance["mean"],
                    "pass_low": chance["mean_low"],
                    "pass_high": chance["mean_high"],
                }
            )
    return table_of(rows, STRUCTURES_COLUMNS)


def standing_table(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """In how many structures a finding comes out the same.

    A row a scenario: whether most councils join in time is likelier than not ("higher") or not
    ("lower"), by the interval of its chance; then a row a pair of scenarios that are compared:
    which of both has more members at the headline month, by the interval of the difference.

    * `reading`: of the main structure, as the verdict of a comparison;
    * `structures`, and of these: `same` read as the main one does, `up` "higher", `down` "lower",
      `unclear` neither;
    * `turns`: whether it is higher in some and lower in others, in each by more than a difference
      that matters to nobody.

    Parameters
    ----------
    results
        What was run.
    table
        That of :func:`structures_table`.
    """
    rows: list[Row] = []
    for scenario, part in table.groupby("scenario", sort=False):
        readings = [
            Reading(
                verdict(row["pass_low"] - EVEN, row["pass_high"] - EVEN, 0.0),
                row["pass_probability"] - EVEN,
            )
            for row in part.to_dict("records")
        ]
        keys = {"scenario": scenario, "versus": "", "outcome": PASSED}
        rows.append({**keys, **counted(readings, 0.0, few=bool(part["few"].any()))})
    precision = results.experiment.outcomes.precision_share
    found = futures_of(results)
    for scenario, versus, _ in pairs(results):
        if scenario in found and versus in found:
            first, second = found[scenario], found[versus]
            common = [name for name in first if name in second]
            readings = [_order(first[name], second[name], precision) for name in common]
            few = any(first[name].trials < estimators.FEWEST_SEEDS for name in common)
            outcome = str(first[common[0]].table.columns[0])
            keys = {"scenario": scenario, "versus": versus, "outcome": outcome}
            rows.append({**keys, **counted(readings, precision, few=few)})
    return table_of(rows, STANDING_COLUMNS)


class Reading(NamedTuple):
    """What a difference reads as under one structure, and the difference itself."""

    verdict: Verdict
    difference: float


def _order(first: Futures, second: Futures, precision: float) -> Reading:
    """Say which of two scenarios has more members under one structure, draw by draw."""
    outcome = str(first.table.columns[0])
    both = pd.DataFrame({"a": first.table[outcome], "b": second.table[outcome]}).dropna()
    if both.empty:
        return Reading(verdict(math.nan, math.nan, precision), math.nan)
    draws = np.asarray(first.draws.reindex(both.index), dtype=np.int64)
    mean, low, high = estimators.paired_difference(both["a"], both["b"], draws)
    return Reading(verdict(float(low[0]), float(high[0]), precision), float(mean[0]))


def counted(readings: Sequence[Reading], small: float, *, few: bool) -> Row:
    """Count in how many structures a finding reads the same; the main one comes first.

    Of many differences one or another is clear of none by luck; so nothing turns over by
    differences up to `small`, which would matter to nobody.
    """
    verdicts = [one.verdict for one in readings]
    up, down = verdicts.count("higher"), verdicts.count("lower")
    large = {one.verdict for one in readings if abs(one.difference) > small}
    return {
        "structures": len(readings),
        "reading": verdicts[0],
        "same": verdicts.count(verdicts[0]),
        "up": up,
        "down": down,
        "unclear": len(readings) - up - down,
        "few": few,
        "turns": {"higher", "lower"} <= large,
    }
