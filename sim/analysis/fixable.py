"""Which fitted parameters could as well be fixed: those with which no headline moves.

History told nothing of them, so that any value between the ends of the prior fits as well. Each is
moved to both ends, with draws of all others and the same luck. What moves no headline by a point
at either end is no doubt of the answer and need not be drawn; what does is a doubt, and stays.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.analysis.estimators import FEWEST_SEEDS, paired_difference
from sim.analysis.sensitivity import ends_moved
from sim.analysis.summary import headline_outcome, seed_draws, table_of
from sim.experiment.design import SENSITIVITY
from sim.experiment.parameters import about_posterior
from sim.runs.results import Results

POINT = 0.01
FIXED, STAYS, OPEN = "could be fixed", "must stay", "too few futures to say"
SAID_NOTHING = "hardly"  # what a fit says of parameters of which history told nothing
COLUMNS = (
    "setting",
    "scenario",
    "end",
    "value",
    "outcome",
    "seeds",
    "draws",
    "change",
    "low",
    "high",
    "verdict",
)


def fixable_table(results: Results) -> pd.DataFrame:
    """How far each fitted parameter that history told nothing of moves the headline.

    Parameters
    ----------
    results
        Of an experiment that was run with its settings in doubt at both ends.

    Returns
    -------
    DataFrame
        A row a setting, scenario and end (low, high): the `value` there, and the `change` of the
        headline against the same futures unmoved, with its 95 % interval over `draws`, `low` to
        `high`. The `verdict` is that on the setting: it must stay if one interval lies wholly
        beyond a point, and could be fixed if all lie within a point of none, over enough draws.
    """
    outcome = headline_outcome(results)
    fitted = about_posterior(results.experiment.parameters.fit)["settings"]
    rows = []
    for scenario, setting, _, moved in ends_moved(results, SENSITIVITY):
        if fitted.get(setting, {}).get("learned") != SAID_NOTHING:
            continue
        draws = seed_draws(results, moved.table)
        for end, value in zip(("low", "high"), moved.ends, strict=True):
            difference = paired_difference(moved.table[end], moved.table["usual"], draws)
            change, low, high = (float(number[0]) for number in difference)
            rows.append(
                {
                    "setting": setting,
                    "scenario": scenario,
                    "end": end,
                    "value": value,
                    "outcome": outcome,
                    "seeds": len(moved.table),
                    "draws": len(moved.table if draws is None else np.unique(draws)),
                    "change": change,
                    "low": low,
                    "high": high,
                }
            )
    table = table_of(rows, COLUMNS[:-1])
    verdicts = {setting: verdict(own) for setting, own in table.groupby("setting", sort=False)}
    return table.assign(verdict=table["setting"].map(verdicts))


def verdict(ends: pd.DataFrame) -> str:
    """Say whether a setting could be fixed, from its intervals in all scenarios at both ends."""
    low, high = ends["low"].to_numpy(), ends["high"].to_numpy()
    if np.any((low > POINT) | (high < -POINT)):
        return STAYS
    if ends["draws"].min() < FEWEST_SEEDS:
        return OPEN  # what few futures never show, the next may
    # An interval that is not known lies nowhere.
    return FIXED if np.all((low >= -POINT) & (high <= POINT)) else OPEN
