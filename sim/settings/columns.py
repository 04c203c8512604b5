"""Plain words for columns, probabilities and shares, defined once for every table and picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sim.settings import Outcomes

SHARE = "share of councils"
TOTAL_UNITS = frozenset({"£m", "incidents", "visits"})


class ColumnText(NamedTuple):
    """What a column holds, and in which unit (empty for names and dates)."""

    text: str
    unit: str


# ---------------------------------------------------------------- columns

_KEYS = {
    "point": ColumnText("Point: what was run, as in the design table", ""),
    "scenario": ColumnText("Scenario", ""),
    "seed": ColumnText("Seed: number of the simulated future", ""),
    "draw": ColumnText("Number of the draw of behaviour; 0 if nothing is drawn", ""),
    "status": ColumnText("Whether the run went through", ""),
    "error": ColumnText("What went wrong, if it did not", ""),
    "councils": ColumnText("Councils ever in scope of an offer (all, if nothing is offered)", ""),
    "opened": ColumnText("Month in which councils could first join", ""),
    "cancelled_month": ColumnText("Month in which a review cancelled the programme", ""),
    "grouping": ColumnText("What councils are grouped by", ""),
    "group": ColumnText("Group of councils", ""),
    "curve": ColumnText("Curve: which setting is varied", ""),
    "value": ColumnText("Value of the varied setting", ""),
    "month": ColumnText("Month", ""),
    "months_since_opening": ColumnText("Months since opening, the opening month being 1", "months"),
    "offer": ColumnText("Offer", ""),
    "gss_code": ColumnText("Official code of the council", ""),
}
_RUN_OUTCOMES = {
    "joined_share_24m_after_launch": ColumnText("Joined 24 months after the launch", SHARE),
    "joined_share_end": ColumnText("Joined at the end", SHARE),
    "joined_people_share_end": ColumnText(
        "People living in joined councils at the end", "share of people"
    ),
    "joined_spend_share_end": ColumnText(
        "Addressed spend of joined councils at the end, routed or not", "share of addressed spend"
    ),
    "live_share_end": ColumnText("Live, migration finished, at the end", SHARE),
    "use_share_end": ColumnText(
        "Addressed spend routed through the offer at the end", "share of addressed spend"
    ),
    "peak_joined_share": ColumnText("Joined in the best month", SHARE),
    "passed": ColumnText(
        "Most councils joined, within the longest time that results are given for", "probability"
    ),
    "ever_joined_share": ColumnText("Ever joined", SHARE),
    "abandoned_share": ColumnText("Ever gave up while migrating", SHARE),
    "left_share": ColumnText("Ever left after joining", SHARE),
    "cancelled": ColumnText("The programme was cancelled at a review", "probability"),
    "saving_gbp_m": ColumnText("Saving realised by councils, before any cost", "£m"),
    "promised_saving_gbp_m": ColumnText("Saving had the promise come true at the same use", "£m"),
    "fees_gbp_m": ColumnText("Fees paid by councils to the programme", "£m"),
    "joining_cost_gbp_m": ColumnText("One-off cost of joining, net of subsidy", "£m"),
    "switching_cost_gbp_m": ColumnText("Cost of moving spend, net of subsidy", "£m"),
    "programme_cost_gbp_m": ColumnText("Cost of running the programme, subsidy included", "£m"),
    "net_saving_councils_gbp_m": ColumnText("Net saving of councils", "£m"),
    "net_saving_programme_gbp_m": ColumnText("Net result of the programme itself", "£m"),
    "net_saving_total_gbp_m": ColumnText("Net saving of councils and programme together", "£m"),
    "payback_years": ColumnText("Years from opening until the money put in came back", "years"),
    "break_even_ratio": ColumnText(
        "Part of the promised saving that would have to come true to break even",
        "ratio to the promise",
    ),
    "cost_per_member_gbp_m": ColumnText("Cost per council joined at the end", "£m a member"),
    "cost_per_gbp_saved": ColumnText("Cost per £ saved", "£ per £"),
    "incidents": ColumnText("Cyber incidents at councils", "incidents"),
    "severe_incidents": ColumnText("Severe cyber incidents at councils", "incidents"),
    "incidents_avoided": ColumnText(
        "Incidents avoided (below 0: added), against the same luck without a programme",
        "incidents",
    ),
    "severe_incidents_avoided": ColumnText("Severe incidents avoided, likewise", "incidents"),
    "incident_cost_avoided_gbp_m": ColumnText("Cost of incidents avoided, likewise", "£m"),
    "net_benefit_gbp_m": ColumnText("Net saving plus cost of incidents avoided", "£m"),
    "control_given_up_share": ColumnText(
        "Control given up: depth of the offer times use, averaged over councils", "share of control"
    ),
    "visits": ColumnText("Visits to councils", "visits"),
    "visits_planned": ColumnText("Visits that the teams' plans ask for", "visits"),
    "visits_per_council_per_year": ColumnText(
        "Visits per council and year since opening", "visits a council a year"
    ),
}
_OUTCOMES = {
    **_RUN_OUTCOMES,
    "net_saving_gbp_m": ColumnText("Net saving of these councils", "£m"),
    "net_saving_per_council_gbp_m": ColumnText("Net saving per council", "£m a council"),
    "joined_share": ColumnText("Joined", SHARE),
    "live_share": ColumnText("Live, migration finished", SHARE),
    "pledged_share": ColumnText("Pledged and waiting for others", SHARE),
    "gone_share": ColumnText("Left and not back", SHARE),
    "joined_people_share": ColumnText("People living in joined councils", "share of people"),
    "joined_spend_share": ColumnText(
        "Addressed spend of joined councils, routed or not", "share of addressed spend"
    ),
    "use_share": ColumnText("Addressed spend routed through the offer", "share of addressed spend"),
    "incidents_without_programme": ColumnText(
        "Cyber incidents with the same luck and no programme", "incidents"
    ),
    "joined_share_by_start": ColumnText("Joined: members from the start", SHARE),
    "joined_share_by_habit": ColumnText("Joined: considered as a matter of routine", SHARE),
    "joined_share_by_visits": ColumnText("Joined: considered after contact with the team", SHARE),
    "joined_share_by_contracts": ColumnText("Joined: considered as a contract ended", SHARE),
    "joined_share_by_peers": ColumnText("Joined: considered as other councils had joined", SHARE),
    "joined_share_by_worry": ColumnText("Joined: considered out of worry about attacks", SHARE),
    "joined_share_by_duty": ColumnText("Joined: considered under a legal duty", SHARE),
    "joined": ColumnText("Month of joining for the first time", ""),
    "live": ColumnText("Month of going live", ""),
    "abandoned": ColumnText("Month of last giving up while migrating", ""),
    "left": ColumnText("Month of last leaving", ""),
    "why_not": ColumnText("Joined, or why not", ""),
    "times_considered": ColumnText("Times that joining was considered", "times"),
}
# Columns whose meaning differs by table.
_IN_TABLE = {
    ("groups", "councils"): ColumnText("Councils of the group", ""),
    ("series", "net_saving_councils_gbp_m"): ColumnText("Net saving of councils so far", "£m"),
    ("series", "net_saving_programme_gbp_m"): ColumnText(
        "Net result of the programme itself so far", "£m"
    ),
    ("series", "net_saving_total_gbp_m"): ColumnText(
        "Net saving of councils and programme together so far", "£m"
    ),
    ("joined", "status"): ColumnText("Where the council stands at the end", ""),
    ("joined", "status_headline"): ColumnText("Where the council stands at the headline month", ""),
    ("joined", "net_saving_gbp_m"): ColumnText("Net saving of the council", "£m"),
}
_PATTERNS = (
    (r"joined_share_(\d+)m", "Joined {} months after opening", SHARE),
    (
        r"use_share_(\d+)m",
        "Addressed spend routed through the offer {} months after opening",
        "share of addressed spend",
    ),
    (r"months_to_(\d+)pc", "Months from opening until {} % of councils had joined", "months"),
    (r"own_(\w+)", "Outcome of your own: {}", ""),
)
OUTCOME_TEXT: Mapping[str, str] = {name: about.text for name, about in _OUTCOMES.items()}
UNITS: Mapping[str, str] = {name: about.unit for name, about in _OUTCOMES.items()}

YES_NO = frozenset({"passed", "cancelled"})
# Columns that are no outcome: keys, dates, counts that the scenario sets.
NOT_OUTCOMES = frozenset(_KEYS)
_BEYOND = re.compile(r"months_to_\d+pc|payback_years|cost_per_.+|break_even_ratio")


def about(column: str, table: str = "runs") -> ColumnText:
    """Plain-word name and unit of a column of a result table.

    Raises
    ------
    KeyError
        If the column is not known: a new outcome needs its words here.
    """
    known = _IN_TABLE.get((table, column)) or _OUTCOMES.get(column) or _KEYS.get(column)
    if known:
        return known
    for pattern, text, unit in _PATTERNS:
        if match := re.fullmatch(pattern, column):
            return ColumnText(text.format(match[1]), unit)
    raise KeyError(f"no words for the column {column!r} in sim/settings/columns.py")


def outcome_text(column: str, table: str = "runs") -> str:
    """Plain-word name of a column."""
    return about(column, table).text


def unit(column: str, table: str = "runs") -> str:
    """Unit of a column; empty for names and dates."""
    return about(column, table).unit


def is_share(column: str) -> bool:
    """Is it a share between 0 and 1, to which `precision_share` applies?"""
    return unit(column).startswith("share of")


def is_total(column: str) -> bool:
    """Does it grow with the number of councils, so that different sets do not compare?"""
    return unit(column) in TOTAL_UNITS


def missing_is_beyond(column: str) -> bool:
    """Does a missing value mean 'not reached' or 'beyond any price', rather than 'not known'?"""
    return _BEYOND.fullmatch(column) is not None


def outcomes_of_runs(outcomes: Outcomes) -> list[str]:
    """Columns of the runs table that are outcomes, for the months that are asked for."""
    shares = [
        f"{kind}_share_{months}m"
        for months in outcomes.months_since_opening
        for kind in ("joined", "use")
    ]
    return [*shares, *(f"months_to_{level}pc" for level in MILESTONES), *_RUN_OUTCOMES]


# Columns of the table of months that are no keys.
SERIES_COLUMNS = (
    "months_since_opening",
    "joined_share",
    "live_share",
    "pledged_share",
    "gone_share",
    "joined_people_share",
    "joined_spend_share",
    "use_share",
    "control_given_up_share",
    "visits",
    "visits_planned",
    "net_saving_councils_gbp_m",
    "net_saving_programme_gbp_m",
    "net_saving_total_gbp_m",
    "incidents",
    "incidents_without_programme",
    *(name for name in _OUTCOMES if name.startswith("joined_share_by_")),
)


def outcomes_among(columns: Iterable[str]) -> list[str]:
    """Those columns that are outcomes, in their order."""
    return [column for column in columns if column not in NOT_OUTCOMES]


# ---------------------------------------------------------------- probabilities in words


MILESTONES = (25, 50, 75)
