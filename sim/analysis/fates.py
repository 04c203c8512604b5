"""Futures in which a review cancelled the programme, and those in which it went on.

A band over both lies where no future is: one half of them stops growing, the other goes on.
"""

from __future__ import annotations

import pandas as pd

from sim.analysis import estimators
from sim.analysis.paths import joined_since_opening
from sim.analysis.summary import BAND
from sim.experiment.design import SCENARIO
from sim.runs.results import Results

FATES = ("cancelled", "went on")
FATE_PATHS_COLUMNS = ("scenario", "fate", "month", "seeds", "share", *BAND)


def cancelled_seeds(results: Results, scenario: str) -> set[int]:
    """Seeds of a scenario in which its programme was cancelled."""
    runs = results.of(SCENARIO)
    own = runs[(runs["scenario"] == scenario) & runs["cancelled"].astype(bool)]
    return set(own["seed"].tolist())


def fate_paths_table(results: Results) -> pd.DataFrame:
    """Band of the joined share month by month since opening, cancelled and other futures apart.

    A row a scenario with a review, fate that some future has, and month. `share` is that of the
    futures of both.
    """
    parts = []
    for scenario in results.scenarios:
        if not results.experiment.scenarios[scenario].is_reviewed:
            continue
        seeds, months, values = joined_since_opening(results, scenario)
        of_cancelled = pd.Index(seeds).isin(list(cancelled_seeds(results, scenario)))
        for fate, own in zip(FATES, (values[of_cancelled], values[~of_cancelled]), strict=True):
            if not len(own) or not months.size:
                continue
            band = estimators.quantile_band(own, missing_is_beyond=False)
            parts.append(
                pd.DataFrame(
                    {
                        "scenario": scenario,
                        "fate": fate,
                        "month": months,
                        "seeds": len(own),
                        "share": len(own) / len(values),
                        **dict(zip(BAND, band, strict=True)),
                    }
                )
            )
    if not parts:
        return pd.DataFrame(columns=list(FATE_PATHS_COLUMNS))
    return pd.concat(parts, ignore_index=True)
