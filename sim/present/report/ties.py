"""Do neighbours matter? The same futures with nobody listening to anybody, beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.present.blocks import Block, Heading, Number, Paragraph, Part, Strong, Table
from sim.present.report.facts import Facts, Row, joined, listed_parts
from sim.present.words import sentence

# What each verdict says of ties, before the scenarios of which it is true.
WORDS = {
    "higher": "ties bring more members in under",
    "lower": "ties keep members out under",
    "hardly differs": "ties hardly matter under",
    "equal": "ties make no difference in any of these futures under",
    "cannot be told": "whether ties matter cannot be told under",
    "not known": "one future, or one draw of behaviour, cannot tell under",
}
# The same in the table, where a difference has no direction of its own.
READS = {"higher": "more with ties", "lower": "fewer with ties"}
TOO_FEW = "too few futures to tell under"
# Ways to choose whom a team calls on that ask who listens to whom.
BY_TIES = ("best_connected", "neighbours_of_members")


def ties(facts: Facts) -> Iterator[Block]:
    """Say what ties bring in each scenario; nothing where that was not run."""
    rows = facts.rows("ties")
    if not rows:
        return
    most = max(rows, key=lambda row: row["seeds"])
    yield Heading(2, "Do neighbours matter?")
    yield Paragraph(
        [
            Strong(_finding(facts, rows)),
            " ",
            _of(most, "seeds", "count"),
            " of the futures of each scenario were run again with nobody listening to anybody: "
            "same behaviour, same luck. No council then hears who has joined, what that saved or "
            "who was attacked. How many of its whole nation have joined still weighs, and attacks "
            "still spread through shared systems.",
            *_calls(facts, rows),
            " Members ",
            *facts.when,
            ", mean of these futures; the difference, in percentage points, is what ties bring. It "
            "may be less than what other members brought in by the picture above, as councils can "
            "come to the question another way.",
        ]
    )
    yield Table(
        [
            "Scenario",
            "With ties",
            "Nobody listens",
            "Difference",
            "95% interval of the mean",
            "Reads as",
        ],
        [
            [
                facts.title(row["scenario"]),
                _of(row, "with_ties", "percent"),
                _of(row, "without_ties", "percent"),
                _of(row, "difference", "points"),
                "–"
                if math.isnan(row["low"])
                else [_of(row, "low", "points"), " to ", _of(row, "high", "points")],
                _reads(row),
            ]
            for row in rows
        ],
        align="lrrrrl",
    )


def _of(row: Row, column: str, form: str) -> Number:
    return Number("ties", (row["scenario"],), column, form)


def _reads(row: Row) -> str:
    """What the difference lets one say, in a cell."""
    verdict = str(row["verdict"])
    return "too few futures" if row["few"] else READS.get(verdict, verdict)


def _finding(facts: Facts, rows: list[Row]) -> list[Part]:
    """Name the scenarios of each verdict; where futures are too few, that and no verdict."""
    said: dict[str, list[list[Part]]] = {words: [] for words in (*WORDS.values(), TOO_FEW)}
    for row in rows:
        words = TOO_FEW if row["few"] else WORDS[row["verdict"]]
        said[words].append(["“", facts.title(row["scenario"]), "”"])
    parts: list[list[Part]] = [
        [words, " ", *listed_parts(titles)] for words, titles in said.items() if titles
    ]
    first = str(parts[0][0])
    return [sentence(first), *joined(parts)[1:], "."]


def _calls(facts: Facts, rows: list[Row]) -> list[Part]:
    """Say where a team loses with the ties the order in which it calls on councils."""
    pushes = {row["scenario"]: facts.settings(row["scenario"]).push for row in rows}
    lost: list[list[Part]] = [
        ["“", facts.title(name), "”"]
        for name, push in pushes.items()
        if any(team.targeting in BY_TIES for team in (push, *push.teams.values()))
    ]
    if not lost:
        return []
    return [
        " Teams that choose by ties whom to call on, under ",
        *listed_parts(lost),
        ", go through the list of councils instead.",
    ]
