"""Findings of a sweep: every table that its page is read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.analysis.boxes import sweep_boxes
from sim.analysis.sweep_sensitivity import COLUMNS, DESIGNS, sweep_sensitivity

if TYPE_CHECKING:
    from sim.runs.sweeps import SweepResults


def find_in_sweep(results: SweepResults) -> dict[str, pd.DataFrame]:
    """Estimate all findings of a finished sweep: outcomes, indices, boxes and box_limits.

    Raises
    ------
    BadInput
        If what a method for boxes needs is not installed.
    """
    outcomes = outcomes_table(results)
    boxes, limits = sweep_boxes(results)
    return {
        "outcomes": outcomes,
        "indices": _indices(results, outcomes),
        "boxes": boxes,
        "box_limits": limits,
    }


def outcomes_table(results: SweepResults) -> pd.DataFrame:
    """Describe how the mean over futures of each outcome that is a number varies between points.

    Returns
    -------
    pandas.DataFrame
        ``scenario``, ``outcome``; ``points``; ``missing`` futures without the figure; of the means
        over futures of the points their ``mean``, ``q05``, ``median`` and ``q95``; and
        ``luck_sd``, the standard deviation between futures of one point.
    """
    design, runs = results.design, results.runs
    scenario_of = design.table.set_index("point")["scenario"]
    rows = []
    for scenario, part in runs.groupby(runs["point"].map(scenario_of), sort=False):
        for outcome in design.outcomes:
            if part[outcome].dtype.kind not in "ifb":
                continue
            figures = part[outcome].astype("float64")
            by_point = figures.groupby(part["point"])
            means = by_point.mean()
            rows.append(
                {
                    "scenario": str(scenario),
                    "outcome": outcome,
                    "points": int(means.notna().sum()),
                    "missing": int(figures.isna().sum()),
                    "mean": means.mean(),
                    "q05": means.quantile(0.05),
                    "median": means.median(),
                    "q95": means.quantile(0.95),
                    "luck_sd": float(np.sqrt(by_point.var().mean())),
                }
            )
    return pd.DataFrame(rows)


def _indices(results: SweepResults, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Indices of outcomes that every future has; none of other designs."""
    whole = outcomes.groupby("outcome", sort=False)["missing"].sum()
    wanted = [str(name) for name in whole.index[whole == 0]]
    if results.design.sweep.design not in DESIGNS or not wanted:
        return pd.DataFrame(columns=list(COLUMNS))
    return sweep_sensitivity(results, wanted)
