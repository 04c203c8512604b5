"""The figure that everything leads with: the share of councils that joined, at one moment."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from sim.analysis import estimators
from sim.analysis.estimators import FloatArray
from sim.analysis.summary import (
    BAND,
    Row,
    headline_outcome,
    runs_by_scenario,
    seed_draws,
    table_of,
)
from sim.experiment.design import SCENARIO
from sim.experiment.parameters import draws_of
from sim.runs.results import Results
from sim.settings import month_text

HEADLINE_COLUMNS = (
    "scenario",
    "title",
    "councils",
    "opened",
    "outcome",
    "months",
    "seeds",
    "trials",
    "first_seed",
    "last_seed",
    *BAND,
    "live_q05",
    "live_median",
    "live_q95",
)
PRECISION_COLUMNS = ("scenario", "outcome", "seeds", "reach", "asked", "seeds_needed")
RUNS_COLUMNS = ("kind", "points", "runs", "failed")
AT_THE_END = "joined_share_end"


def headline_column(results: Results) -> tuple[str, int | None]:
    """Outcome that leads, and its months since opening: the end if no scenario gets that far."""
    outcome = headline_outcome(results)
    runs = results.of(SCENARIO)
    if outcome in runs and bool(runs[outcome].notna().any()):
        return outcome, results.experiment.outcomes.headline_months
    return AT_THE_END, None


def headline_table(results: Results) -> pd.DataFrame:
    """Share of councils joined at the moment that the report leads with, from all futures.

    A row a scenario. The statistic is the median, `q05` to `q95` the band of 9 in 10 futures.
    Where nothing ever opens (`opened` is missing), nobody has joined. `trials` are the futures
    that are independent evidence of a mean: draws of behaviour, or seeds where nothing is drawn.
    `live_median` with its band is the share that has finished migrating by then.
    """
    outcome, months = headline_column(results)
    runs = results.of(SCENARIO)
    live = _live(results, months)
    rows: list[Row] = []
    for scenario in results.scenarios:
        own = runs[runs["scenario"] == scenario]
        opened = own["opened"].dropna()
        shares = own[outcome].to_numpy(dtype=np.float64)
        if not len(opened):
            shares = np.zeros(len(own))
        band = estimators.quantile_band(shares, missing_is_beyond=False)[:, 0]
        finished = live.get(scenario)
        if not len(opened):
            finished = shares
        of_live = [math.nan] * len(BAND)
        if finished is not None and len(finished) == len(own):
            found = estimators.quantile_band(finished, missing_is_beyond=False)[:, 0]
            of_live = found.tolist()
        seeds = own["seed"].sort_values()
        draws = draws_of(results.experiment.parameters, seeds)
        rows.append(
            {
                "scenario": scenario,
                "title": results.title(scenario),
                "councils": int(own["councils"].iloc[0]),
                "opened": str(opened.min()) if len(opened) else None,
                "outcome": outcome,
                "months": math.nan if months is None else float(months),
                "seeds": len(own),
                "trials": estimators.trials_of(own, draws),
                "first_seed": int(own["seed"].min()),
                "last_seed": int(own["seed"].max()),
                **dict(zip(BAND, band.tolist(), strict=True)),
                **{
                    f"live_{name}": value
                    for name, value in zip(BAND, of_live, strict=True)
                    if f"live_{name}" in HEADLINE_COLUMNS
                },
            }
        )
    return table_of(rows, HEADLINE_COLUMNS)


def _live(results: Results, months: int | None) -> dict[str, FloatArray]:
    """Share of councils live at the headline month, or the end, in each future by scenario."""
    series = results.of(SCENARIO, "series")
    if series.empty:
        return {}
    if months is None:
        due = series[series["month"] == month_text(results.experiment.horizon.ends)]
    else:
        due = series[series["months_since_opening"] == months]
    return {
        str(name): part["live_share"].to_numpy(dtype=np.float64)
        for name, part in due.groupby("scenario", sort=False)
    }


def precision_table(results: Results) -> pd.DataFrame:
    """How well the seeds pin down the mean that the report leads with.

    A row a scenario: `reach` is half the width of the 95 % interval of the mean, `asked` what the
    experiment asks for, `seeds_needed` how many seeds that takes.
    """
    outcome = headline_outcome(results)
    asked = results.experiment.outcomes.precision_share
    rows: list[Row] = []
    for scenario, table in runs_by_scenario(results).items():
        values = table[outcome].to_numpy(dtype=np.float64)
        if np.isnan(values).any():
            continue
        sd = float(estimators.standard_deviation(values, seed_draws(results, table))[0])
        rows.append(
            {
                "scenario": scenario,
                "outcome": outcome,
                "seeds": len(values),
                "reach": estimators.Z * sd / math.sqrt(len(values)),
                "asked": asked,
                "seeds_needed": estimators.seeds_needed(sd, asked),
            }
        )
    return table_of(rows, PRECISION_COLUMNS)


def runs_table(results: Results) -> pd.DataFrame:
    """What was run: points, runs that went through, and failed ones, by kind of design."""
    kind_of = results.design.set_index("point")["kind"]
    rows: list[Row] = [
        {
            "kind": kind,
            "points": int((results.design["kind"] == kind).sum()),
            "runs": int((results.runs["point"].map(kind_of) == kind).sum()),
            "failed": int((results.failed["point"].map(kind_of) == kind).sum()),
        }
        for kind in results.design["kind"].drop_duplicates()
    ]
    return table_of(rows, RUNS_COLUMNS)
