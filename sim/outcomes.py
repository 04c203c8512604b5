"""What is measured of a run: rows of the four result tables, from the arrays of a record.

Shares are of the councils ever in scope of an offer (all, if nothing is offered). The clock
'months since opening' is 1 in the first month in which councils could join. Money is £m at
2017-18 prices, discounted to April 2018, over the whole horizon, unless a column says otherwise.
Every column is described in docs/data-dictionary.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim import rules
from sim.record import COLUMN, Record
from sim.settings import Outcomes, month_text

FloatArray = npt.NDArray[np.float64]
Columns = dict[str, Any]

TABLES = ("runs", "series", "groups", "joined")
KEYS = {
    "runs": ["scenario", "seed"],
    "series": ["scenario", "seed", "month"],
    "groups": ["scenario", "seed", "grouping", "group"],
    "joined": ["scenario", "seed", "offer", "gss_code"],
}
# Columns of text, some of which may be empty in all rows of a part.
TEXTS = (
    "opened",
    "cancelled_month",
    "joined",
    "live",
    "abandoned",
    "left",
)
MILESTONES = (25, 50, 75)

WHY_NOT = {
    rules.JOINED: "joined",
    rules.NOT_IN_SCOPE: "never asked",
    rules.NEVER_CONSIDERED: "never considered it",
    rules.REFUSED_MONEY: "refused: does not pay",
    rules.REFUSED_AUTONOMY: "refused: autonomy",
    rules.REFUSED_DISTRUST: "refused: distrust",
    rules.REFUSED_COORDINATION: "refused: red tape or waiting for others",
    rules.REFUSED_LOCAL: "refused: local reasons",
    rules.REFUSED_NARROWLY: "refused: narrowly, by chance",
    rules.WAITING_TO_JOIN: "said yes, not yet in",
    rules.ABANDONED_MIGRATION: "gave up while migrating",
    rules.LEFT_AGAIN: "left again",
    rules.CANCELLED_FIRST: "said yes, but it was cancelled",
}
STATUS = {
    rules.OUTSIDE: "outside",
    rules.PLEDGED: "pledged",
    rules.MIGRATING: "migrating",
    rules.MEMBER: "member",
    rules.LEFT: "left",
}


def opening_step(record: Record, councils: npt.NDArray[np.bool_] | None = None) -> int:
    """First step in which any of these councils could join any offer; -1 if never."""
    world = record.world
    if councils is None:
        councils = world.eligible
    for step in range(world.months):
        regime = world.regimes[world.regime_of_month[step]]
        for opens, mask in zip(world.opens, regime.in_scope, strict=True):
            if world.first_month + step >= opens and bool(np.any(mask & councils)):
                return step
    return -1


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0.0 else float("nan")


def _at(share: FloatArray, start: int, months: int) -> float:
    """Value that many months after a start, NaN beyond the horizon."""
    step = start + months - 1
    return float(share[step]) if start >= 0 and step < len(share) else float("nan")


def _months_to(share: FloatArray, opens: int, level: float) -> float:
    """Months since opening until the share first reaches a level; NaN if it does not."""
    reached = np.flatnonzero(share >= level)
    return float(reached[0] - opens + 1) if opens >= 0 and reached.size else float("nan")


def _payback_years(net: FloatArray, opens: int) -> float:
    """Years from opening until the money put in has come back.

    NaN if not within the horizon, or if nothing was ever spent or saved; 0 if money was never
    short.
    """
    total = np.cumsum(net)
    spent = np.flatnonzero(total < 0.0)
    if not spent.size or opens < 0:
        return 0.0 if opens >= 0 and total[-1] > 0.0 else float("nan")
    back = np.flatnonzero(total[spent[0] :] >= 0.0)
    return float(spent[0] + back[0] - opens + 1) / 12.0 if back.size else float("nan")


def run_row(record: Record, outcomes: Outcomes) -> dict[str, float | str | bool | None]:
    """Outcomes of one run, without its key."""
    world, totals = record.world, record.totals
    eligible = max(int(np.count_nonzero(world.eligible)), 1)
    people = float(world.councils.lower_tier_population[world.eligible].sum())
    opens = opening_step(record)
    launched = [
        (offer.opens if offer.launched is None else offer.launched) - world.first_month
        for offer in world.scenario.offers.values()
    ]

    def flow(name: str) -> FloatArray:
        return totals[:, COLUMN[name]]

    def total(name: str) -> float:
        return float(np.sum(flow(name) * world.discount))

    joined = flow("joined") / eligible
    spend = flow("scope_spend")
    used = np.divide(flow("used_spend"), spend, out=np.zeros_like(spend), where=spend > 0)
    joined_spend = np.divide(flow("joined_spend"), spend, out=np.zeros_like(spend), where=spend > 0)
    councils_net = flow("saving") - flow("fees") - flow("joining") - flow("switching")
    programme_net = flow("fees") - flow("subsidy") - flow("running")
    costs = total("joining") + total("switching") + total("subsidy") + total("running")
    last = max(outcomes.months_since_opening)
    clock = joined[opens : opens + last] if opens >= 0 else joined[:0]
    ever = np.any(record.joined_step >= 0, axis=0)
    years = (world.months - opens) / 12.0 if opens >= 0 else 0.0
    row: dict[str, float | str | bool | None] = {
        "councils": int(np.count_nonzero(world.eligible)),
        "opened": month_text(world.first_month + opens) if opens >= 0 else None,
    }
    for months in outcomes.months_since_opening:
        row[f"joined_share_{months}m"] = _at(joined, opens, months)
        row[f"use_share_{months}m"] = _at(used, opens, months)
    cancelled = record.cancelled_step[record.cancelled_step >= 0]
    net_total = float(np.sum((councils_net + programme_net) * world.discount))
    avoided = total("twin_incident_cost") - total("incident_cost")
    row |= {
        "joined_share_24m_after_launch": _at(joined, min(launched, default=opens), 24),
        "joined_share_end": float(joined[-1]),
        "joined_people_share_end": _over(float(flow("joined_people")[-1]), people),
        "joined_spend_share_end": float(joined_spend[-1]),
        "live_share_end": float(flow("live")[-1]) / eligible,
        "use_share_end": float(used[-1]),
        "peak_joined_share": float(joined.max()),
        **{f"months_to_{level}pc": _months_to(joined, opens, level / 100) for level in MILESTONES},
        "passed": bool(clock.size and clock.max() >= outcomes.pass_share),
        "ever_joined_share": float(np.count_nonzero(ever)) / eligible,
        "abandoned_share": float(np.count_nonzero(np.any(record.abandoned_step >= 0, axis=0)))
        / eligible,
        "left_share": float(np.count_nonzero(np.any(record.left_step >= 0, axis=0))) / eligible,
        "cancelled": bool(cancelled.size),
        "cancelled_month": (
            month_text(world.first_month + int(cancelled.min())) if cancelled.size else None
        ),
        "saving_gbp_m": total("saving"),
        "promised_saving_gbp_m": total("promise"),
        "fees_gbp_m": total("fees"),
        "joining_cost_gbp_m": total("joining"),
        "switching_cost_gbp_m": total("switching"),
        "programme_cost_gbp_m": total("running") + total("subsidy"),
        "net_saving_councils_gbp_m": float(np.sum(councils_net * world.discount)),
        "net_saving_programme_gbp_m": float(np.sum(programme_net * world.discount)),
        "net_saving_total_gbp_m": net_total,
        "payback_years": _payback_years(councils_net + programme_net, opens),
        "break_even_ratio": _over(costs, total("promise")),
        "cost_per_member_gbp_m": _over(costs, float(flow("joined")[-1])),
        "cost_per_gbp_saved": _over(costs, total("saving")),
        "incidents": float(flow("incidents").sum()),
        "severe_incidents": float(flow("severe").sum()),
        "incidents_avoided": float((flow("twin_incidents") - flow("incidents")).sum()),
        "severe_incidents_avoided": float((flow("twin_severe") - flow("severe")).sum()),
        "incident_cost_avoided_gbp_m": avoided,
        "net_benefit_gbp_m": net_total + avoided,
        "control_given_up_share": float(flow("control_given_up")[-1]) / eligible,
        "visits": float(flow("visits").sum()),
        "visits_per_council_per_year": _over(float(flow("visits").sum()), eligible * years),
    }
    return row


def series_columns(record: Record) -> Columns:
    """Month by month: shares, use, visits, money so far, incidents; without the key's scenario."""
    world, totals = record.world, record.totals
    eligible = max(int(np.count_nonzero(world.eligible)), 1)
    people = float(world.councils.lower_tier_population[world.eligible].sum())
    opens = opening_step(record)

    def flow(name: str) -> FloatArray:
        return totals[:, COLUMN[name]]

    spend = flow("scope_spend")

    def of_spend(name: str) -> FloatArray:
        return np.divide(flow(name), spend, out=np.zeros_like(spend), where=spend > 0)

    councils_net = flow("saving") - flow("fees") - flow("joining") - flow("switching")
    programme_net = flow("fees") - flow("subsidy") - flow("running")
    steps = np.arange(world.months)
    return {
        "month": [month_text(world.first_month + step) for step in range(world.months)],
        "months_since_opening": (
            steps - opens + 1 if opens >= 0 else np.zeros(world.months, dtype=np.int64)
        ),
        "joined_share": flow("joined") / eligible,
        "live_share": flow("live") / eligible,
        "pledged_share": flow("pledged") / eligible,
        "gone_share": flow("gone") / eligible,
        "joined_people_share": flow("joined_people") / people if people else flow("joined") * 0.0,
        "joined_spend_share": of_spend("joined_spend"),
        "use_share": of_spend("used_spend"),
        "control_given_up_share": flow("control_given_up") / eligible,
        "visits": flow("visits"),
        "net_saving_councils_gbp_m": np.cumsum(councils_net * world.discount),
        "net_saving_programme_gbp_m": np.cumsum(programme_net * world.discount),
        "net_saving_total_gbp_m": np.cumsum((councils_net + programme_net) * world.discount),
        "incidents": flow("incidents"),
        "incidents_without_programme": flow("twin_incidents"),
    }


def group_columns(record: Record, outcomes: Outcomes) -> Columns:
    """Outcomes by nation, council type, size band and, if there are several, by offer."""
    world, groups = record.world, record.groups
    last = world.regimes[world.regime_of_month[-1]]
    # Addressed spend in scope at the end, by offer and council: what use is a share of.
    spend = np.array(
        [
            world.it_spend_gbp_m * offer.addressed_share * mask
            for offer, mask in zip(last.settings.offers.values(), last.in_scope, strict=True)
        ]
    ).reshape(record.use.shape)
    last_mark = max(outcomes.months_since_opening)
    rows: list[dict[str, float | str]] = []
    for place, (kind, name) in enumerate(zip(groups.kind, groups.name, strict=True)):
        if kind == "offer":
            offer = place - groups.offer_start
            mask = np.any([regime.in_scope[offer] for regime in world.regimes], axis=0)
            opens = world.opens[offer] - world.first_month
            of: Any = np.s_[offer : offer + 1, mask]
        else:
            mask = world.eligible & np.any(groups.of_council == place, axis=1)
            opens = opening_step(record, mask) if world.opens else -1
            of = np.s_[:, mask]
        count = int(np.count_nonzero(mask))
        if count == 0:
            continue
        offers = of[0]
        ever, abandoned, left = (
            float(np.count_nonzero(np.any(steps[offers] >= 0, axis=0) & mask)) / count
            for steps in (record.joined_step, record.abandoned_step, record.left_step)
        )
        share = record.joined_by_group[:, place] / count
        money = kind != "offer"
        rows.append(
            {
                "grouping": kind,
                "group": name,
                "councils": count,
                **{
                    f"joined_share_{months}m": _at(share, opens, months)
                    for months in outcomes.months_since_opening
                },
                "joined_share_end": float(share[-1]),
                "passed": bool(
                    opens >= 0 and share[opens : opens + last_mark].max() >= outcomes.pass_share
                ),
                **{f"months_to_{q}pc": _months_to(share, opens, q / 100) for q in MILESTONES},
                "ever_joined_share": ever,
                "abandoned_share": abandoned,
                "left_share": left,
                "use_share_end": _over(float((record.use[of] * spend[of]).sum()), total)
                if (total := float(spend[of].sum())) > 0.0
                else 0.0,
                "net_saving_gbp_m": float(record.net_saving[mask].sum()) if money else np.nan,
                "net_saving_per_council_gbp_m": (
                    float(record.net_saving[mask].mean()) if money else np.nan
                ),
                "incident_cost_avoided_gbp_m": (
                    float(record.incident_cost_avoided[mask].sum()) if money else np.nan
                ),
            }
        )
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def joined_columns(record: Record) -> Columns:
    """For each offer and council: when it joined, went live, gave up, left, or why not."""
    world = record.world
    offers, councils = record.status.shape
    calendar = [month_text(world.first_month + step) for step in range(world.months)]
    names = np.array([*calendar, None], dtype=object)

    def months(steps: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        # A step of -1 picks the last entry: None, it did not happen.
        return np.asarray(names[steps.ravel()], dtype=np.object_)

    reasons = np.array([WHY_NOT[code] for code in sorted(WHY_NOT)], dtype=object)
    states = np.array([STATUS[code] for code in sorted(STATUS)], dtype=object)
    return {
        "offer": np.repeat(np.array(world.offer_names, dtype=object), councils),
        "gss_code": np.tile(np.array(world.councils.gss_code, dtype=object), offers),
        "status": states[record.status.ravel()],
        "joined": months(record.joined_step),
        "live": months(record.live_step),
        "abandoned": months(record.abandoned_step),
        "left": months(record.left_step),
        "why_not": reasons[record.reason.ravel()],
        "times_considered": record.considered.ravel(),
        "use_share": record.use.ravel(),
        "visits": np.tile(record.visits, offers),
        "incidents": np.tile(record.incidents, offers),
        "net_saving_gbp_m": np.tile(record.net_saving, offers),
    }


def tables_of(record: Record, outcomes: Outcomes, scenario: str, seed: int) -> dict[str, Columns]:
    """All rows of one run that went through, keyed; columns of equal length for each table."""
    row = run_row(record, outcomes)
    tables: dict[str, Columns] = {
        "runs": {key: [value] for key, value in row.items()},
        "series": series_columns(record),
        "groups": group_columns(record, outcomes),
        "joined": joined_columns(record),
    }
    for name, columns in tables.items():
        rows = len(next(iter(columns.values()))) if columns else 0
        tables[name] = {"scenario": [scenario] * rows, "seed": [seed] * rows, **columns}
    return tables
