"""What becomes of single councils: how likely each joins, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis.fates import FATES, cancelled_seeds
from sim.analysis.headline import headline_column
from sim.analysis.once import once
from sim.analysis.summary import Row, table_of
from sim.experiment.design import SCENARIO
from sim.model import rules
from sim.runs.measure import WHY_NOT
from sim.runs.results import Results
from sim.settings import month_number

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

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
    for scenario, asked in _asked(results).items():
        council, _, months = asked.least(_first_joining(results, scenario, asked))
        seeds = np.bincount(council)
        inside = months <= by if by is not None else np.isfinite(months)
        share = np.bincount(council, inside) / seeds
        standings = _standings(asked, "status" if by is None else "status_headline")
        if by is not None and not _reaches(results, scenario, by):
            share = np.full(len(seeds), np.nan)
            standings = dict.fromkeys(standings, share) | {"typical_then": None}
        # In rising order, of each council: the earlier of the two in the middle.
        ordered = months[np.lexsort((months, council))]
        middle = np.cumsum(seeds) - seeds + (seeds - 1) // 2
        parts.append(
            pd.DataFrame(
                {
                    "scenario": scenario,
                    "gss_code": asked.codes,
                    "seeds": seeds,
                    "joined_by_then_share": share,
                    "typical_months": ordered[middle],
                    **standings,
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=list(COUNCILS_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(COUNCILS_COLUMNS)]


def _standings(asked: Asked, column: str) -> dict[str, Any]:
    """How often each council stands where by a column of the table, and where it mostly does."""
    places = {standing: place for place, standing in enumerate(STANDINGS)}
    outside = places["outside"]
    status = _translated(asked.rows[column], lambda word: places.get(word, outside), outside)
    council, _, best = asked.least(status)
    counts = _counted(council, best, len(asked.codes), len(STANDINGS))
    of = dict(zip(STANDINGS.values(), (counts / counts.sum(axis=1, keepdims=True)).T, strict=True))
    mostly = np.array(list(STANDINGS), dtype=object)[counts.argmax(axis=1)]
    joined = of["member_then_share"] + of["migrating_then_share"]
    return {"joined_then_share": joined, **of, "typical_then": mostly}


def _counted(council: IntArray, place: FloatArray, councils: int, places: int) -> FloatArray:
    """How often each council has each place, shape (councils, places)."""
    at = council * places + place.astype(np.int64)
    return np.bincount(at, minlength=councils * places).reshape(councils, places).astype(np.float64)


def council_reasons_table(results: Results) -> pd.DataFrame:
    """Where each council stands at the end, and what weighed most when it last refused.

    A row a scenario, a council that an offer was open to and one of `REASONS`: the share of the
    futures in which it takes part. A council with several offers counts with the one that went
    best. What a cancelled programme had not got an answer from was closed first; it did not stay
    unconsidered.
    """
    parts = []
    for scenario, asked in _asked(results).items():
        if not len(asked.rows):
            continue
        council, _, best = asked.least(_reasons(results, scenario, asked))
        counts = _counted(council, best, len(asked.codes), len(REASONS))
        seeds = counts.sum(axis=1)
        parts.append(
            pd.DataFrame(
                {
                    "scenario": scenario,
                    "gss_code": np.repeat(asked.codes, len(REASONS)),
                    "reason": list(REASONS) * len(asked.codes),
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
    for scenario, asked in _asked(results).items():
        if not results.experiment.scenarios[scenario].is_reviewed:
            continue
        _, seeds, best = asked.least(_reasons(results, scenario, asked))
        cancelled = np.isin(seeds, list(cancelled_seeds(results, scenario)))
        for fate, those in zip(FATES, (cancelled, ~cancelled), strict=True):
            if those.any():
                table = _shares_of_reasons(seeds[those], best[those])
                parts.append(table.assign(scenario=scenario, fate=fate))
    if not parts:
        return pd.DataFrame(columns=list(FATE_REASONS_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(FATE_REASONS_COLUMNS)]


@dataclass(frozen=True, eq=False)
class Asked:
    """Rows of councils that an offer was ever open to, an offer each, of one scenario.

    Attributes
    ----------
    rows
        Of the table of councils.
    codes
        Of these councils, sorted.
    council
        Position among them of the council of each row.
    """

    rows: pd.DataFrame
    codes: npt.NDArray[np.object_]
    council: IntArray

    def least(self, values: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Council, seed and smallest value of each council and future, over offers, in order."""
        seed = self.rows["seed"].to_numpy()
        order = np.lexsort((seed, self.council))
        council, seed, values = self.council[order], seed[order], values[order]
        new = (np.diff(council, prepend=-1) != 0) | (np.diff(seed, prepend=-1) != 0)
        starts = np.flatnonzero(new)
        least = np.minimum.reduceat(values, starts) if len(starts) else values
        return council[starts], seed[starts], least


@once
def _asked(results: Results) -> dict[str, Asked]:
    """Rows of councils that an offer was ever open to, by scenario."""
    if results.of(SCENARIO, "joined").empty:
        return {}
    found = {}
    for scenario in results.scenarios:
        rows = results.of_scenario(scenario, "joined")
        rows = rows[["seed", "gss_code", "joined", "status", "status_headline", "why_not"]]
        through = rows["seed"].isin(results.of_scenario(scenario)["seed"])
        asked = through & (rows["why_not"] != WHY_NOT[rules.NOT_IN_SCOPE])
        rows = rows if asked.all() else rows[asked]
        council, codes = pd.factorize(rows["gss_code"], sort=True)
        found[scenario] = Asked(rows, np.asarray(codes, dtype=object), council)
    return found


def _reasons(results: Results, scenario: str, asked: Asked) -> FloatArray:
    """Place in `REASONS` of each row."""
    index = {
        WHY_NOT[code]: number for number, codes in enumerate(REASONS.values()) for code in codes
    }
    last = len(REASONS) - 1
    reasons = _translated(asked.rows["why_not"], lambda reason: index.get(reason, last), last)
    cancelled = asked.rows["seed"].isin(cancelled_seeds(results, scenario)).to_numpy()
    reasons[(reasons == last) & cancelled] = CLOSED_FIRST
    return reasons


def _shares_of_reasons(seeds: IntArray, best: FloatArray) -> pd.DataFrame:
    """Share of each of `REASONS`; every future has as many councils, so of each the same."""
    counts = np.bincount(best.astype(np.int64), minlength=len(REASONS))
    return pd.DataFrame(
        {
            "reason": list(REASONS),
            "seeds": len(np.unique(seeds)),
            "share": counts / len(best),
        }
    )


def _reaches(results: Results, scenario: str, months: int) -> bool:
    """Does the horizon reach so many months after opening in every future?"""
    opened = results.of_scenario(scenario)["opened"]
    ends = results.experiment.horizon.ends
    return bool(opened.notna().all() and month_number(str(opened.max())) + months - 1 <= ends)


def _first_joining(results: Results, scenario: str, asked: Asked) -> FloatArray:
    """Months from opening to joining the offer of each row; infinite where it never has."""
    own = results.of_scenario(scenario).set_index("seed")["opened"].dropna()
    opened = own.map(lambda month: float(month_number(str(month))))
    joined = _translated(asked.rows["joined"], lambda month: float(month_number(month)), np.nan)
    months = joined - asked.rows["seed"].map(opened).to_numpy(dtype=np.float64) + 1.0
    return np.where(np.isnan(months), np.inf, months)


def _translated(
    texts: pd.Series[str], number: Callable[[str], float], missing: float
) -> FloatArray:
    """Turn texts, of which there are few different ones, into numbers."""
    positions, words = pd.factorize(texts)
    numbers = np.array([*map(number, words), missing], dtype=np.float64)
    return np.asarray(numbers[positions])  # a missing text is at -1
