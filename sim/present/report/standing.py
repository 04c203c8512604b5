"""In how many ways to build the model a finding stands, as sentences of the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.present.blocks import Number, Part, Strong, written
from sim.present.report.facts import Facts, Row, joined, listed_parts
from sim.present.report.ideas import ASKED
from sim.present.report.statements import Claim, Statement

CLEAR = ("higher", "lower")


def _of(row: Row, column: str) -> Number:
    finding, of = ("ideas_standing", "idea") if "idea" in row else ("standing", "versus")
    return Number(finding, (row["scenario"], row[of]), column, "count")


def _in_so_many(row: Row) -> list[Part]:
    return [_of(row, "up"), " of ", _of(row, "structures"), " ways to build it"]


def turned(facts: Facts) -> Statement | None:
    """Say which findings turn over with how the model is built; None where none does."""
    rows = [row for row in facts.rows("standing") if row["turns"] and not row["few"]]
    ideas = [row for row in facts.rows("ideas_standing") if row["turns"] and not row["few"]]
    if not (rows or ideas):
        return None
    said: list[list[Part]] = []
    for row in rows:
        scenario: list[Part] = ["“", facts.title(row["scenario"]), "”"]
        if row["versus"]:
            said.append(
                [
                    *scenario,
                    " has more members than “",
                    facts.title(row["versus"]),
                    "” ",
                    *facts.when,
                    " in ",
                    *_in_so_many(row),
                    " and fewer in ",
                    _of(row, "down"),
                ]
            )
        else:
            said.append(
                [
                    "that ",
                    facts.in_force("pass_share", "percent"),
                    " of councils or more join within ",
                    facts.in_force("longest_months", "span"),
                    " under ",
                    *scenario,
                    " is likelier than not in ",
                    *_in_so_many(row),
                    " and less likely than not in ",
                    _of(row, "down"),
                ]
            )
    said += [_idea(facts, row) for row in ideas]
    lead = Strong("What hangs on how the model is built:")
    claims = [Claim("turns over", (row["scenario"], row["versus"])) for row in rows]
    claims += [Claim("turns over", (row["scenario"], row["idea"])) for row in ideas]
    return Statement([lead, " ", *joined(said), "."], tuple(claims))


def _idea(facts: Facts, row: Row) -> list[Part]:
    """Say that what an idea brings turns over."""
    return [
        f"{ASKED[row['idea']].brings()} more members in under “",
        facts.title(row["scenario"]),
        "” in ",
        *_in_so_many(row),
        " and fewer in ",
        _of(row, "down"),
    ]


def stands(facts: Facts, names: Sequence[str]) -> Statement:
    """Say in how many ways to build the model the chance of scenarios is on the same side of even.

    Nothing is said of scenarios that were run in one way only, with too few draws, or whose chance
    is on neither side in the model itself.
    """
    found = [facts.findings.row("standing", name, "") for name in names]
    rows = [row for row in found if row and row["reading"] in CLEAR and not row["few"]]
    if not rows:
        return Statement([])
    claims = tuple(Claim("stands", (str(row["scenario"]),)) for row in rows)
    said: list[Part] = [". That so many join in time is on the same side of an even chance in "]
    if all(row["same"] == row["structures"] for row in rows):
        said += ["each of ", _of(rows[0], "structures"), " ways to build the model"]
        return Statement(said, claims)
    said += listed_parts(
        [
            [
                _of(row, "same"),
                " of ",
                _of(row, "structures"),
                "" if number else " ways to build the model",
                " under “",
                facts.title(str(row["scenario"])),
                "”",
            ]
            for number, row in enumerate(rows)
        ]
    )
    return Statement(said, claims)


def spread(facts: Facts, names: Sequence[str]) -> Statement:
    """Say between which medians of members the ways to build the model differ, by scenario.

    Nothing is said of scenarios that were run in one way only, or with too few draws.
    """
    said: list[list[Part]] = []
    claims: list[Claim] = []
    for name in names:
        rows = facts.rows("structures", scenario=name)
        if not rows or any(row["few"] or math.isnan(row["median"]) for row in rows):
            continue
        least, most = (of(rows, key=lambda row: float(row["median"])) for of in (min, max))
        low, high = (
            Number("structures", (name, str(row["structure"])), "median", "percent")
            for row in (least, most)
        )
        alike = written(low, facts.findings) == written(high, facts.findings)
        ends: list[Part] = [low] if alike else [low, " to ", high]
        of_what = "" if said else " of councils are in"
        said.append([*ends, of_what, " under “", facts.title(name), "”"])
        claims.append(Claim("spread", (name, str(least["structure"]), str(most["structure"]))))
    if not said:
        return Statement([])
    lead = ". As the model is built one way or another, typically "
    return Statement([lead, *listed_parts(said)], tuple(claims))
