"""Two results side by side: the headline of each scenario in both, and its difference."""

from __future__ import annotations

import math
from collections.abc import Collection

import pandas as pd

from sim.analysis.findings import Findings
from sim.analysis.summary import ALL, Row, table_of
from sim.analysis.verdicts import verdict

LEVELS = ("median", "q05", "q95", "mean", "mean_low", "mean_high")
TWO_COLUMNS = (
    "scenario",
    *(f"{side}_{level}" for side in ("first", "second") for level in LEVELS),
    "first_use",
    "second_use",
    "difference",
    "low",
    "high",
    "verdict",
)


def two_results(
    first: Findings,
    second: Findings,
    scenarios: Collection[str],
    comparable: Collection[str],
    small: float,
) -> pd.DataFrame:
    """Headline share of scenarios of the same name in two results.

    Parameters
    ----------
    first, second
        What was estimated of each.
    scenarios
        Those that both have.
    comparable
        Those of them that have the same councils and the same futures in both, and the same
        clock: only these have a difference.
    small
        A difference that matters to nobody, as in `verdict`.

    Returns
    -------
    pandas.DataFrame
        A row a scenario: the levels of both, the median share of spend routed, and `difference`,
        the second mean less the first. Its interval takes the worst of both intervals of means
        together, so it holds at least 95 % whatever the two have in common.
    """
    rows: list[Row] = []
    for name in scenarios:
        row: Row = {"scenario": name}
        for side, findings in (("first", first), ("second", second)):
            outcome = str(findings["headline"]["outcome"].iloc[0])
            found = findings.row("summary", name, ALL, ALL, outcome) or {}
            used = findings.row("summary", name, ALL, ALL, outcome.replace("joined", "use", 1))
            row |= {f"{side}_{level}": found.get(level, math.nan) for level in LEVELS}
            row[f"{side}_use"] = math.nan if used is None else used["median"]
        row |= dict.fromkeys(("difference", "low", "high"), math.nan)
        if name in comparable:
            row["difference"] = row["second_mean"] - row["first_mean"]
            row["low"] = row["second_mean_low"] - row["first_mean_high"]
            row["high"] = row["second_mean_high"] - row["first_mean_low"]
        row["verdict"] = verdict(row["low"], row["high"], small)
        rows.append(row)
    return table_of(rows, TWO_COLUMNS)
