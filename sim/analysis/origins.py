"""What brought members in, month by month: how far each cause had put the offer on their agenda."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.analysis.paths import CLOCKS, months_by_scenario
from sim.analysis.summary import BAND
from sim.model.rules import ORIGINS
from sim.runs.results import Results

ORIGINS_COLUMNS = ("scenario", "origin", "clock", "month", "seeds", "mean", *BAND)


def origins_table(results: Results) -> pd.DataFrame:
    """Share of councils that are members through each of `ORIGINS`, in each month.

    A row a scenario, origin, clock and month, the clocks being those of the finding "paths". Means
    over futures add up, over origins, to the mean share joined; medians and other quantiles do not.
    """
    parts = list(_parts(results))
    if not parts:
        return pd.DataFrame(columns=list(ORIGINS_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(ORIGINS_COLUMNS)]


def _parts(results: Results) -> Iterator[pd.DataFrame]:
    series = results.series.columns
    for scenario, own in months_by_scenario(results).items():
        for origin in ORIGINS:
            column = f"joined_share_by_{origin}"
            if column not in series:  # earlier versions did not keep it
                continue
            for clock in CLOCKS:
                found = own[clock].band(column)
                if len(found):
                    yield found.assign(scenario=scenario, origin=origin, clock=clock)
