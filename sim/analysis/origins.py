"""What brought members in, month by month: how far each cause had put the offer on their agenda."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.analysis import estimators
from sim.analysis.paths import CLOCKS, over_months
from sim.analysis.summary import BAND
from sim.experiment.design import SCENARIO
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
    return pd.concat(parts, ignore_index=True)


def _parts(results: Results) -> Iterator[pd.DataFrame]:
    series = results.of(SCENARIO, "series")
    through = results.of(SCENARIO)[["scenario", "seed"]]
    for scenario in results.scenarios:
        seeds = through.loc[through["scenario"] == scenario, "seed"]
        own = series[(series["scenario"] == scenario) & series["seed"].isin(seeds)]
        for origin in ORIGINS:
            column = f"joined_share_by_{origin}"
            if column not in own:  # earlier versions did not keep it
                continue
            for clock in CLOCKS:
                _, months, values = over_months(own, column, clock)
                if not months.size:
                    continue
                band = estimators.quantile_band(values, missing_is_beyond=False)
                yield pd.DataFrame(
                    {
                        "scenario": scenario,
                        "origin": origin,
                        "clock": clock,
                        "month": months,
                        "seeds": len(values),
                        "mean": values.mean(axis=0),
                        **dict(zip(BAND, band, strict=True)),
                    }
                )
