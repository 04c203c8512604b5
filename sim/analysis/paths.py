"""How shares and money move over time, as bands of simulated futures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis import estimators
from sim.analysis.summary import BAND
from sim.experiment.design import SCENARIO
from sim.runs.results import Results
from sim.settings import month_number

FloatArray = npt.NDArray[np.float64]
Clock = Literal["opening", "calendar"]

PATHS_COLUMNS = ("scenario", "outcome", "clock", "month", "seeds", *BAND)
CLOCKS: tuple[Clock, ...] = ("opening", "calendar")
OUTCOMES = (
    "joined_share",
    "net_saving_councils_gbp_m",
    "net_saving_programme_gbp_m",
    "net_saving_total_gbp_m",
)


def paths_table(results: Results) -> pd.DataFrame:
    """Band of each outcome in each month that all seeds have, on two clocks.

    A row a scenario, outcome, clock and month. On the clock "opening" the month is 1 in the first
    month in which councils can join; "calendar" counts year * 12 + month - 1.
    """
    parts = list(_parts(results))
    if not parts:
        return pd.DataFrame(columns=list(PATHS_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(PATHS_COLUMNS)]


def _parts(results: Results) -> Iterator[pd.DataFrame]:
    for scenario, own in series_by_scenario(results):
        for outcome in OUTCOMES:
            for clock in CLOCKS:
                found = band_by_month(own, outcome, clock)
                if len(found):
                    yield found.assign(scenario=scenario, outcome=outcome, clock=clock)


def series_by_scenario(results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
    """Months of the runs of each scenario that went through."""
    series = results.of(SCENARIO, "series")
    through = results.of(SCENARIO)[["scenario", "seed"]]
    for scenario in results.scenarios:
        yield scenario, _of(series, through, scenario)


def band_by_month(rows: pd.DataFrame, column: str, clock: Clock) -> pd.DataFrame:
    """Mean and band of a column over seeds, a row a month that every seed has; perhaps none."""
    _, months, values = over_months(rows, column, clock)
    if not values.size:
        return pd.DataFrame(columns=["month", "seeds", "mean", *BAND])
    band = estimators.quantile_band(values, missing_is_beyond=False)
    return pd.DataFrame(
        {
            "month": months,
            "seeds": len(values),
            "mean": values.mean(axis=0),
            **dict(zip(BAND, band, strict=True)),
        }
    )


def joined_since_opening(
    results: Results, scenario: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
    """Seeds, months since opening, and the joined share of each seed (a row) in each month."""
    through = results.of(SCENARIO)[["scenario", "seed"]]
    rows = _of(results.of(SCENARIO, "series"), through, scenario)
    return over_months(rows, "joined_share", "opening")


def _of(series: pd.DataFrame, through: pd.DataFrame, scenario: str) -> pd.DataFrame:
    """Months of the runs of a scenario that went through."""
    seeds = through.loc[through["scenario"] == scenario, "seed"]
    return series[(series["scenario"] == scenario) & series["seed"].isin(seeds)]


def over_months(
    rows: pd.DataFrame, column: str, clock: Clock
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
    """Seeds, months and values, a row a seed; only months that every seed has."""
    if clock == "opening":
        rows = rows[rows["months_since_opening"] > 0]
        at, found = pd.factorize(rows["months_since_opening"], sort=True)
        months = np.asarray(found, dtype=np.int64)
    else:
        at, found = pd.factorize(rows["month"], sort=True)
        months = np.array([month_number(str(month)) for month in found], dtype=np.int64)
    seeds, found_seeds = pd.factorize(rows["seed"], sort=True)
    values = np.full((seeds.max(initial=-1) + 1, len(months)), np.nan)
    values[seeds, at] = rows[column].to_numpy(dtype=np.float64)
    whole = np.isfinite(values).all(axis=0)
    return np.asarray(found_seeds, dtype=np.int64), months[whole], values[:, whole]
