"""What ties bring: the same futures with everybody as tied as they are, and with nobody listening.

Each future is held against itself, with the same behaviour and the same luck, so that a difference
is what passed over ties.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.analysis import estimators
from sim.analysis.headline import headline_column
from sim.analysis.summary import Row, runs_by_scenario, seed_draws, table_of
from sim.analysis.verdicts import verdict
from sim.experiment.design import TIES_CUT
from sim.runs.results import Results

TIES_COLUMNS = (
    "scenario",
    "outcome",
    "seeds",
    "few",
    "with_ties",
    "without_ties",
    "difference",
    "low",
    "high",
    "verdict",
)


def ties_table(results: Results) -> pd.DataFrame:
    """Members at the headline month with ties and with ties cut, future by future.

    A row a scenario that was run with ties cut and gets so far: means over the futures that were
    run both ways, their `difference` (what ties bring) with its 95 % interval, and what that lets
    one say. `few`: whether these are fewer draws of behaviour, or futures where nothing is drawn,
    than can tell a difference from luck.
    """
    outcome, _ = headline_column(results)
    precision = results.experiment.outcomes.precision_share
    usual = runs_by_scenario(results)
    rows: list[Row] = []
    for name, own in results.of(TIES_CUT).groupby("scenario", sort=False):
        scenario = str(name)
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
                "outcome": outcome,
                "seeds": len(both),
                "few": trials < estimators.FEWEST_SEEDS,
                "with_ties": float(both["usual"].mean()),
                "without_ties": float(both["cut"].mean()),
                "difference": mean,
                "low": low,
                "high": high,
                "verdict": verdict(low, high, precision),
            }
        )
    return table_of(rows, TIES_COLUMNS)
