"""Numbers that are set and not estimated, where a page says them: thresholds, clocks, counts."""

from __future__ import annotations

import pandas as pd

from sim.analysis.estimators import FEWEST_SEEDS
from sim.analysis.probability_words import YARDSTICK
from sim.analysis.sensitivity import PRIOR_DRIVEN, SMALL, prior_driven
from sim.analysis.summary import Row, table_of
from sim.runs.results import Results

IN_FORCE_COLUMNS = ("name", "value")
YARDSTICK_COLUMNS = ("words", "low", "high")
EXAMINED_COLUMNS = (
    "scenario",
    "versus",
    "seeds",
    "tried",
    "moving",
    "driving",
    "most",
    "least_move",
    "greatest_move",
)


def in_force_table(results: Results) -> pd.DataFrame:
    """Figures of the experiment file, and of conventions, that readers are told."""
    outcomes = results.experiment.outcomes
    values = {
        "headline_months": outcomes.headline_months,
        "longest_months": max(outcomes.months_since_opening),
        "pass_share": outcomes.pass_share,
        "precision_share": outcomes.precision_share,
        "prior_driven": PRIOR_DRIVEN,
        "small": SMALL,
        "fewest_seeds": FEWEST_SEEDS,
        **{f"months_{months}": months for months in outcomes.months_since_opening},
    }
    return table_of(
        [{"name": name, "value": float(value)} for name, value in values.items()], IN_FORCE_COLUMNS
    )


def yardstick_table(results: Results) -> pd.DataFrame:
    """Words for probabilities, and from where to where they are used."""
    rows: list[Row] = [{"words": row.words, "low": row.low, "high": row.high} for row in YARDSTICK]
    return table_of(rows, YARDSTICK_COLUMNS)


def examined_table(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """How many settings that evidence does not pin down move a finding, and how far.

    A row a scenario, and a row a difference of `scenario` and `versus`, from the table of
    :func:`sim.analysis.sensitivity.sensitivity_table`.

    * `tried`: settings that were moved; `moving`: those that move it by 2 points or more between
      their ends; `driving`: those that move it by 10, or turn a difference round;
    * `most`: the largest change between the ends of one setting;
    * `least_move`, `greatest_move`: the lowest and the highest change at any end.
    """
    rows: list[Row] = []
    for key, part in table.groupby(["scenario", "versus"], sort=False):
        size = part["change"].abs()
        moves = part[["at_low", "at_high"]].to_numpy(dtype=float)
        rows.append(
            {
                "scenario": key[0],
                "versus": key[1],
                "seeds": int(part["seeds"].max()),
                "tried": len(part),
                "moving": int((size >= SMALL).sum()),
                "driving": len(prior_driven(table, *map(str, key))),
                "most": float(size.max()),
                "least_move": float(moves.min()),
                "greatest_move": float(moves.max()),
            }
        )
    return table_of(rows, EXAMINED_COLUMNS)
