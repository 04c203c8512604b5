"""What tight budgets, autonomy and neighbours do: the same futures with each switched off.

Each future is held against itself, with the same behaviour and the same luck, so that a difference
is what the idea brings. `sim.experiment.ideas.IDEAS` says what a world without it is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.analysis import estimators
from sim.analysis.headline import headline_column
from sim.analysis.summary import Row, runs_by_scenario, seed_draws, table_of
from sim.analysis.verdicts import verdict
from sim.experiment.design import WITHOUT
from sim.runs.results import Results

IDEAS_COLUMNS = (
    "scenario",
    "idea",
    "outcome",
    "seeds",
    "few",
    "with_idea",
    "without_idea",
    "difference",
    "low",
    "high",
    "verdict",
)


def ideas_table(results: Results) -> pd.DataFrame:
    """Members at the headline month with each idea and without it, future by future.

    A row a scenario and idea, where it was run without and gets so far: means over the futures that
    were run both ways, their `difference` (what the idea brings) with its 95 % interval, and what
    that lets one say. `few`: whether these are fewer draws of behaviour, or futures where nothing
    is drawn, than can tell a difference from luck.
    """
    outcome, _ = headline_column(results)
    precision = results.experiment.outcomes.precision_share
    usual = runs_by_scenario(results)
    rows: list[Row] = []
    for names, own in results.of(WITHOUT).groupby(["scenario", "design"], sort=False):
        scenario, idea = map(str, names)
        if scenario not in usual:
            continue
        cut = own.set_index("seed")[outcome].astype("float64")
        both = pd.DataFrame({"usual": usual[scenario][outcome], "cut": cut}).dropna().sort_index()
        if both.empty:
            continue
        draws = seed_draws(results, both)
        mean, low, high = (
            float(np.clip(part[0], -1.0, 1.0))
            for part in estimators.paired_difference(both["usual"], both["cut"], draws)
        )
        trials = len(both) if draws is None else len(np.unique(draws))
        rows.append(
            {
                "scenario": scenario,
                "idea": idea,
                "outcome": outcome,
                "seeds": len(both),
                "few": trials < estimators.FEWEST_SEEDS,
                "with_idea": float(both["usual"].mean()),
                "without_idea": float(both["cut"].mean()),
                "difference": mean,
                "low": low,
                "high": high,
                "verdict": verdict(low, high, precision),
            }
        )
    return table_of(rows, IDEAS_COLUMNS)
