"""How joining unfolds: the share of councils joined after each span, and by the calendar."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.present.blocks import Block, Bullets, Date, Paragraph, Part, Quote, Table, Text, parts_of
from sim.present.report.facts import Facts, joined
from sim.present.report.statements import contrast


def unfolding(facts: Facts) -> Iterator[Block]:
    """Give the share joined at each clock, and what the nations and the calendar add."""
    outcomes = facts.experiment.outcomes
    marks = outcomes.months_since_opening
    routed = f"use_share_{outcomes.headline_months}m"
    yield Paragraph(
        [
            "Share of councils joined so long after they could first join: median of the futures, "
            "and in brackets the band of 9 in 10 futures. People: those who live where the council "
            "has joined, in ",
            facts.end,
            ".",
        ]
    )
    head: list[Text] = [
        "Scenario",
        "Opened",
        *(_joined_after(facts, months) for months in marks),
        "Half have joined after",
        ["Spend routed after ", facts.in_force("headline_months"), " months"],
        "People",
    ]
    rows: list[list[Text]] = []
    for row in facts.rows("headline"):
        name = row["scenario"]
        rows.append(
            [
                facts.title(name),
                Date(row["opened"]) if isinstance(row["opened"], str) else "never",
                *(facts.band(name, f"joined_share_{months}m") for months in marks),
                _half(facts, name),
                facts.band(name, routed),
                facts.of(name, "joined_people_share_end"),
            ]
        )
    yield Table(head, rows, align="l" + "r" * (len(head) - 1))
    notes = [text for name in facts.scenarios if (text := _nations(facts, name))]
    notes += [*_nation_contrasts(facts), *_calendar(facts)]
    if notes:
        yield Bullets(notes)


def _nations(facts: Facts, scenario: str) -> list[Part]:
    """Give the nations apart where there are several, each on its own clock."""
    rows = facts.rows("summary", scenario=scenario, grouping="nation", outcome=facts.outcome)
    if len(rows) < 2:
        return []
    parts: list[list[Part]] = [
        [
            Quote(row["group"]),
            " ",
            *parts_of(facts.band(scenario, facts.outcome, row["group"], "nation")),
        ]
        for row in rows
    ]
    return [
        facts.title(scenario),
        ", each nation counted from its own opening: ",
        *joined(parts, ", "),
        ".",
    ]


def _nation_contrasts(facts: Facts) -> list[list[Part]]:
    """Compare a nation within a scenario of several with the same nation under another."""
    whole = {(row["scenario"], row["versus"]): row["paired"] for row in facts.contrasts()}
    return [
        ["Councils in ", Quote(row["group"]), " only: ", *contrast(facts, row).text]
        for row in facts.rows("comparison", outcome=facts.outcome, grouping="nation")
        # Where all councils are the same, the nations say no more.
        if not whole.get((row["scenario"], row["versus"]), True) and not math.isnan(row["low"])
    ]


def _calendar(facts: Facts) -> list[list[Part]]:
    """Where an offer was announced before it opened: the same date after the announcement."""
    late = [name for name in facts.scenarios if _launched_before_opening(facts, name)]
    paired = {
        frozenset((row["scenario"], row["versus"])) for row in facts.contrasts() if row["paired"]
    }
    alike = [
        name
        for name in facts.scenarios
        if name not in late and any({name, other} in paired for other in late)
    ]
    outcome = "joined_share_24m_after_launch"
    parts: list[list[Part]] = [
        [facts.title(name), " ", facts.of(name, outcome)]
        for name in [*late, *alike]
        if facts.row(name, outcome) is not None
    ]
    if not parts:
        return []
    return [["Joined 24 months after the announcement, by the calendar: ", *joined(parts), "."]]


def _launched_before_opening(facts: Facts, scenario: str) -> bool:
    offers = facts.settings(scenario).offers.values()
    return any(offer.launched is not None and offer.launched < offer.opens for offer in offers)


def _joined_after(facts: Facts, months: int) -> Text:
    return ["Joined after ", facts.in_force(f"months_{months}"), " months"]


def _half(facts: Facts, scenario: str) -> Text:
    """Months until half have joined; futures that never get there are kept as such."""
    outcome = "months_to_50pc"
    row = facts.row(scenario, outcome)
    if row is None or row["missing_share"] >= 1.0:
        return "not within the horizon"
    never = facts.of(scenario, outcome, "missing_share")
    if math.isnan(row["median"]):
        return ["not within the horizon in ", never, " of futures"]
    middle = facts.of(scenario, outcome, "median", "count")
    if row["missing_share"]:
        return [middle, " months (not in ", never, " of futures)"]
    return [middle, " months"]
