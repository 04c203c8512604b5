"""What becomes of single councils: how likely each joins, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from sim.analysis.headline import headline_column
from sim.analysis.summary import Row, table_of
from sim.experiment.design import SCENARIO
from sim.model import rules
from sim.runs.measure import WHY_NOT
from sim.runs.results import Results
from sim.settings import month_number

COUNCILS_COLUMNS = ("scenario", "gss_code", "seeds", "joined_by_then_share", "typical_months")
REASONS_COLUMNS = ("scenario", "reason", "seeds", "share")
COUNCIL_REASONS_COLUMNS = ("scenario", "gss_code", "reason", "seeds", "share")
# Reasons as readers see them, from in to never asked, and what of the model falls under each.
REASONS: dict[str, tuple[int, ...]] = {
    "joined": (rules.JOINED, rules.WAITING_TO_JOIN),
    "gave up or left again": (rules.ABANDONED_MIGRATION, rules.LEFT_AGAIN),
    "refused: autonomy": (rules.REFUSED_AUTONOMY,),
    "refused: does not pay": (rules.REFUSED_MONEY,),
    "refused: other reasons": (
        rules.REFUSED_LOCAL,
        rules.REFUSED_DISTRUST,
        rules.REFUSED_COORDINATION,
        rules.REFUSED_NARROWLY,
    ),
    "never considered it": (rules.NEVER_CONSIDERED,),
}


def councils_table(results: Results) -> pd.DataFrame:
    """How likely each council joins, and when it typically does.

    A row a scenario and council that an offer was ever open to.

    * `seeds`: futures in which the council takes part: all, but of a fresh draw of councils.
    * `joined_by_then_share`: share of these in which it has joined at some time by the headline
      month (by the end, if no scenario gets that far); missing where the horizon ends before.
    * `typical_months`: months from opening, 1 in the first, by which half of the futures have seen
      it join for the first time; infinite where most have not. Of an even number of futures the
      earlier of the two in the middle.
    """
    by = headline_column(results)[1]
    parts = []
    for scenario, rows in _asked(results):
        first = _first_joining(results, scenario, rows)
        inside = first["months"] <= by if by is not None else np.isfinite(first["months"])
        if by is not None and not _reaches(results, scenario, by):
            inside = pd.Series(np.nan, index=first.index)
        grouped = first.groupby("gss_code")["months"]
        parts.append(
            pd.DataFrame(
                {
                    "seeds": grouped.size(),
                    "joined_by_then_share": inside.groupby(first["gss_code"]).mean(),
                    "typical_months": grouped.agg(_earlier_middle),
                }
            )
            .reset_index()
            .assign(scenario=scenario)
        )
    if not parts:
        return pd.DataFrame(columns=list(COUNCILS_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(COUNCILS_COLUMNS)]


def council_reasons_table(results: Results) -> pd.DataFrame:
    """Where each council stands at the end, and what weighed most when it last refused.

    A row a scenario, a council that an offer was open to and one of `REASONS`: the share of the
    futures in which it takes part. A council with several offers counts with the one that went
    best.
    """
    index = {
        WHY_NOT[code]: number for number, codes in enumerate(REASONS.values()) for code in codes
    }
    last = len(REASONS) - 1
    parts = []
    for scenario, rows in _asked(results):
        reasons = _translated(rows["why_not"], lambda reason: index.get(reason, last), last)
        best = reasons.groupby([rows["gss_code"], rows["seed"]]).min()
        if not len(best):
            continue
        at, codes = pd.factorize(best.index.get_level_values("gss_code"))
        counts = np.zeros((len(codes), len(REASONS)))
        for reason in range(len(REASONS)):
            counts[:, reason] = np.bincount(at, best == reason, minlength=len(codes))
        seeds = counts.sum(axis=1)
        parts.append(
            pd.DataFrame(
                {
                    "scenario": scenario,
                    "gss_code": np.repeat(np.asarray(codes, dtype=object), len(REASONS)),
                    "reason": list(REASONS) * len(codes),
                    "seeds": np.repeat(seeds.astype(np.int64), len(REASONS)),
                    "share": (counts / seeds[:, np.newaxis]).ravel(),
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=list(COUNCIL_REASONS_COLUMNS))
    return pd.concat(parts, ignore_index=True)


def reasons_table(results: Results, by_council: pd.DataFrame) -> pd.DataFrame:
    """Where councils stand at the end, and what weighed most when they last refused.

    A row a scenario and one of `REASONS`: mean share of the councils that an offer was open to,
    from :func:`council_reasons_table`.
    """
    rows: list[Row] = []
    runs = results.of(SCENARIO).groupby("scenario")["seed"].nunique()
    for scenario, part in by_council.groupby("scenario", sort=False):
        # Councils drawn afresh count as often as they take part.
        counts = (part["share"] * part["seeds"]).groupby(part["reason"]).sum()
        whole = float(counts.sum())
        rows += [
            {
                "scenario": scenario,
                "reason": reason,
                "seeds": int(runs[scenario]),
                "share": round(float(counts[reason])) / whole,
            }
            for reason in REASONS
        ]
    return table_of(rows, REASONS_COLUMNS)


def _asked(results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows of councils that an offer was ever open to, an offer each, scenario by scenario."""
    table = results.of(SCENARIO, "joined")
    if table.empty:
        return
    runs = results.of(SCENARIO)
    for scenario in results.scenarios:
        mine = table["scenario"] == scenario
        rows = table.loc[mine, ["seed", "gss_code", "joined", "why_not"]]
        rows = rows[rows["why_not"] != WHY_NOT[rules.NOT_IN_SCOPE]]
        yield scenario, rows[rows["seed"].isin(runs.loc[runs["scenario"] == scenario, "seed"])]


def _reaches(results: Results, scenario: str, months: int) -> bool:
    """Does the horizon reach so many months after opening in every future?"""
    runs = results.of(SCENARIO)
    opened = runs.loc[runs["scenario"] == scenario, "opened"]
    ends = results.experiment.horizon.ends
    return bool(opened.notna().all() and month_number(str(opened.max())) + months - 1 <= ends)


def _first_joining(results: Results, scenario: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Months from opening to first joining any offer: a row a council and future."""
    runs = results.of(SCENARIO)
    own = runs[runs["scenario"] == scenario].set_index("seed")["opened"].dropna()
    opened = own.map(lambda month: float(month_number(str(month))))
    joined = _translated(rows["joined"], lambda month: float(month_number(month)), np.nan)
    months = joined - rows["seed"].map(opened) + 1.0
    first = months.fillna(np.inf).groupby([rows["gss_code"], rows["seed"]]).min()
    return first.rename("months").reset_index()


def _earlier_middle(months: pd.Series[float]) -> float:
    return float(np.sort(months.to_numpy())[(len(months) - 1) // 2])


def _translated(
    texts: pd.Series[str], number: Callable[[str], float], missing: float
) -> pd.Series[float]:
    """Turn texts, of which there are few different ones, into numbers."""
    positions, words = pd.factorize(texts)
    numbers = np.array([*map(number, words), missing])  # a missing text is at -1
    return pd.Series(numbers[positions], index=texts.index)
