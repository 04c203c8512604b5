"""How shares and money move over time, as bands of simulated futures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis import estimators
from sim.analysis.once import once
from sim.analysis.summary import BAND
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
    for scenario, own in months_by_scenario(results).items():
        for outcome in OUTCOMES:
            for clock in CLOCKS:
                found = own[clock].band(outcome)
                if len(found):
                    yield found.assign(scenario=scenario, outcome=outcome, clock=clock)


class Months:
    """Months of the runs of a scenario on a clock, whose columns can be laid out by seed.

    Parameters
    ----------
    rows
        Of the table of months.
    clock
        Which it is.

    Attributes
    ----------
    seeds, months
        In rising order; months as in :func:`paths_table`.
    """

    def __init__(self, rows: pd.DataFrame, clock: Clock) -> None:
        if clock == "opening":
            rows = rows[rows["months_since_opening"] > 0]
            self._at, found = pd.factorize(rows["months_since_opening"], sort=True)
            self.months = np.asarray(found, dtype=np.int64)
        else:
            self._at, found = pd.factorize(rows["month"], sort=True)
            self.months = np.array([month_number(str(month)) for month in found], dtype=np.int64)
        self._of, seeds = pd.factorize(rows["seed"], sort=True)
        self.seeds = np.asarray(seeds, dtype=np.int64)
        self._rows = rows

    def over(self, column: str) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Months and values, a row a seed; only months that every seed has."""
        values = np.full((len(self.seeds), len(self.months)), np.nan)
        values[self._of, self._at] = self._rows[column].to_numpy(dtype=np.float64)
        whole = np.isfinite(values).all(axis=0)
        return self.months[whole], values[:, whole]

    def band(self, column: str) -> pd.DataFrame:
        """Mean and band over seeds, a row a month that every seed has; perhaps none."""
        months, values = self.over(column)
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


@once
def months_by_scenario(results: Results) -> dict[str, dict[Clock, Months]]:
    """Months of the runs of each scenario that went through, on each clock."""
    return {
        scenario: {clock: Months(_through(results, scenario), clock) for clock in CLOCKS}
        for scenario in results.scenarios
    }


def _through(results: Results, scenario: str) -> pd.DataFrame:
    """Months of the runs of a scenario that went through."""
    series = results.of_scenario(scenario, "series")
    through = series["seed"].isin(results.of_scenario(scenario)["seed"])
    return series if through.all() else series[through]


def joined_since_opening(
    results: Results, scenario: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
    """Seeds, months since opening, and the joined share of each seed (a row) in each month."""
    of_scenario = months_by_scenario(results)[scenario]["opening"]
    return of_scenario.seeds, *of_scenario.over("joined_share")
