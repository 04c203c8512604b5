"""What becomes of single councils: how likely each joins, and why the others do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.fates import FATES, cancelled_seeds
from sim.analysis.headline import headline_column
from sim.analysis.summary import Row, table_of
from sim.experiment.design import SCENARIO
from sim.model import rules
from sim.runs.measure import WHY_NOT
from sim.runs.results import Results
from sim.settings import month_number

# Where a council stands at the headline month, the best first, and the column that says how often.
STANDINGS: dict[str, str] = {
    "member": "member_then_share",
    "migrating": "migrating_then_share",
    "left": "left_then_share",
    "outside": "outside_then_share",
}
COUNCILS_COLUMNS = (
    "scenario",
    "gss_code",
    "seeds",
    "joined_by_then_share",
    "typical_months",
    "joined_then_share",
    *STANDINGS.values(),
    "typical_then",
)
REASONS_COLUMNS = ("scenario", "reason", "seeds", "share")
COUNCIL_REASONS_COLUMNS = ("scenario", "gss_code", "reason", "seeds", "share")
FATE_REASONS_COLUMNS = ("scenario", "fate", "reason", "seeds", "share")
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
    "closed before they considered it or joined": (rules.CANCELLED_FIRST,),
    "never considered it": (rules.NEVER_CONSIDERED,),
}
CLOSED_FIRST = list(REASONS).index("closed before they considered it or joined")


def councils_table(results: Results) -> pd.DataFrame:
    """How likely each council joins, and when it typically does.

    A row a scenario and council that an offer was ever open to.

    * `seeds`: futures in which the council takes part: all, but of a fresh draw of councils.
    * `joined_by_then_share`: share of these in which it has joined at some time by the headline
      month (by the end, if no scenario gets that far); missing where the horizon ends before.
    * `typical_months`: months from opening, 1 in the first, by which half of the futures have seen
      it join for the first time; infinite where most have not. Of an even number of futures the
      earlier of the two in the middle.
    * `member_then_share` and so on: share of these in which it stands so at the end of the headline
      month (of the horizon, if no scenario gets that far; missing where the horizon ends before);
      with several offers, where it stands best. A council that has only pledged is outside.
    * `joined_then_share`: share in which it is a member or migrating then.
    * `typical_then`: where it stands then in more futures than anywhere else; of as many, the best.
    """
    by = headline_column(results)[1]
    parts = []
    for scenario, rows in _asked(results):
        first = _first_joining(results, scenario, rows)
        inside = first["months"] <= by if by is not None else np.isfinite(first["months"])
        standing = rows["status" if by is None else "status_headline"]
        standings: dict[str, Any] = _standings(standing, rows)
        if by is not None and not _reaches(results, scenario, by):
            inside = pd.Series(np.nan, index=first.index)
            standings = dict.fromkeys(standings, math.nan) | {"typical_then": None}
        grouped = first.groupby("gss_code")["months"]
        parts.append(
            pd.DataFrame(
                {
                    "seeds": grouped.size(),
                    "joined_by_then_share": inside.groupby(first["gss_code"]).mean(),
                    "typical_months": grouped.agg(_earlier_middle),
                    **standings,
                }
            )
            .reset_index()
            .assign(scenario=scenario)
        )
    if not parts:
        return pd.DataFrame(columns=list(COUNCILS_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(COUNCILS_COLUMNS)]


def _standings(standing: pd.Series[str], rows: pd.DataFrame) -> dict[str, Any]:
    """How often each council stands where, and where it mostly does."""
    places = {standing: place for place, standing in enumerate(STANDINGS)}
    outside = places["outside"]
    status = _translated(standing, lambda word: places.get(word, outside), outside)
    best = status.groupby([rows["gss_code"], rows["seed"]]).min()
    # Counted by the position of council and standing, as there are millions of rows.
    at, codes = pd.factorize(best.index.get_level_values("gss_code"))
    size = len(STANDINGS)
    counts = np.bincount(at * size + best.to_numpy(dtype=np.int64), minlength=len(codes) * size)
    counts = counts.reshape(len(codes), size)
    index = pd.Index(codes, name="gss_code")
    table = pd.DataFrame(
        counts / counts.sum(axis=1, keepdims=True), index, columns=list(STANDINGS.values())
    )
    shares = {column: table[column] for column in STANDINGS.values()}
    mostly = pd.Series(
        np.array(list(STANDINGS), dtype=object)[table.to_numpy().argmax(axis=1)], table.index
    )
    joined = table["member_then_share"] + table["migrating_then_share"]
    return {"joined_then_share": joined, **shares, "typical_then": mostly}


def council_reasons_table(results: Results) -> pd.DataFrame:
    """Where each council stands at the end, and what weighed most when it last refused.

    A row a scenario, a council that an offer was open to and one of `REASONS`: the share of the
    futures in which it takes part. A council with several offers counts with the one that went
    best. What a cancelled programme had not got an answer from was closed first; it did not stay
    unconsidered.
    """
    parts = []
    for scenario, best, _ in _reasons(results):
        if not len(best):
            continue
        at, codes = pd.factorize(best.index.get_level_values("gss_code"), sort=True)
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


def fate_reasons_table(results: Results) -> pd.DataFrame:
    """Where councils stand where a review may cancel, futures in which it did apart from others.

    A row a scenario, fate (of `sim.analysis.fates.FATES`) that some future has, and reason.
    """
    parts = []
    for scenario, best, cancelled in _reasons(results):
        if not results.experiment.scenarios[scenario].is_reviewed:
            continue
        of_cancelled = best.index.get_level_values("seed").isin(list(cancelled))
        for fate, own in zip(FATES, (best[of_cancelled], best[~of_cancelled]), strict=True):
            if len(own):
                parts.append(_shares_of_reasons(own).assign(scenario=scenario, fate=fate))
    if not parts:
        return pd.DataFrame(columns=list(FATE_REASONS_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(FATE_REASONS_COLUMNS)]


def _reasons(results: Results) -> Iterator[tuple[str, pd.Series[float], set[int]]]:
    """Place in `REASONS` by seed and council, and the cancelled seeds, of each scenario."""
    index = {
        WHY_NOT[code]: number for number, codes in enumerate(REASONS.values()) for code in codes
    }
    last = len(REASONS) - 1
    for scenario, rows in _asked(results):
        cancelled = cancelled_seeds(results, scenario)
        reasons = _translated(rows["why_not"], lambda reason: index.get(reason, last), last)
        reasons[(reasons == last) & rows["seed"].isin(cancelled)] = CLOSED_FIRST
        yield (
            scenario,
            reasons.groupby([rows["seed"], rows["gss_code"]], sort=False).min(),
            cancelled,
        )


def _shares_of_reasons(best: pd.Series[float]) -> pd.DataFrame:
    """Share of each of `REASONS`; every future has as many councils, so of each the same."""
    counts = np.bincount(best.astype(np.int64), minlength=len(REASONS))
    return pd.DataFrame(
        {
            "reason": list(REASONS),
            "seeds": best.index.get_level_values("seed").nunique(),
            "share": counts / len(best),
        }
    )


def _asked(results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows of councils that an offer was ever open to, an offer each, scenario by scenario."""
    table = results.of(SCENARIO, "joined")
    if table.empty:
        return
    runs = results.of(SCENARIO)
    for scenario in results.scenarios:
        mine = table["scenario"] == scenario
        kept = ["seed", "gss_code", "joined", "status", "status_headline", "why_not"]
        rows = table.loc[mine, kept]
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
