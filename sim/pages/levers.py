"""How each lever moves the result, as a page.

A table to read before trusting a scenario: a lever that does nothing is either explained or a
fault of the model (in an early version, where councils threw the dice again every month, nearly
all of them did nothing).
"""

from __future__ import annotations

from sim.experiment.levers import LEVERS
from sim.present.blocks import (
    Block,
    Code,
    Emphasis,
    Heading,
    Number,
    Paragraph,
    Quote,
    Strong,
    Table,
    Text,
)
from sim.present.report.facts import Facts

SMALL = 0.02


def levers_page(facts: Facts) -> list[Block]:
    """Say what each lever does, in changes against the same futures with nothing moved.

    Parameters
    ----------
    facts
        Of an experiment whose levers were run.
    """
    moves = {(row["lever"], row["scenario"]): row for row in facts.rows("levers")}
    names = [name for name in facts.scenarios if any(name == scenario for _, scenario in moves)]
    rows: list[list[Text]] = [
        [
            [Emphasis("as it is"), ", median (9 in 10 futures)"],
            "",
            *(Strong(facts.band(name, facts.outcome)) for name in names),
            "",
        ]
    ]
    for lever in LEVERS:
        own = [moves.get((lever.setting, name)) for name in names]
        cells: list[Text] = [
            "–"
            if row is None
            else [
                Number("levers", (name, lever.setting), "at_low", "points"),
                " → ",
                Number("levers", (name, lever.setting), "at_high", "points"),
            ]
            for name, row in zip(names, own, strict=True)
        ]
        largest = max((abs(row["change"]) for row in own if row is not None), default=0.0)
        rows.append(
            [
                lever.meaning,
                Quote(f"{lever.low:g} → {lever.high:g}"),
                *cells,
                _remark(facts, largest, lever.when_small),
            ]
        )
    seeds = max((row["seeds"], key) for key, row in moves.items())[1] if moves else None
    count: Text = Number("levers", (seeds[1], seeds[0]), "seeds", "count") if seeds else "no"
    return [
        Heading(1, "How each lever moves the result"),
        Paragraph(
            [
                "Share of councils that have joined ",
                facts.in_force("headline_months"),
                " months after opening, and how it changes with a lever at the low and at the high "
                "end of its range: mean change in percentage points over ",
                *([count] if not isinstance(count, list) else count),
                " simulated futures, against the same futures with the lever as it is. One lever "
                "at a time: levers also act together. Behaviour is drawn from the fit.",
            ]
        ),
        Table(
            ["Lever", "Range", *(facts.title(name) for name in names), "Remark"],
            rows,
            align="ll" + "r" * len(names) + "l",
        ),
        Paragraph(
            [
                "Made by ",
                Code("python run.py levers"),
                " from “",
                Quote(facts.experiment.title),
                "”.",
            ]
        ),
    ]


def _remark(facts: Facts, largest: float, why: str) -> Text:
    """Say why a lever does little; nothing of one that does much."""
    if largest < SMALL:
        small = facts.in_force("small", "hundredths")
        return ["under ", small, " points everywhere: ", why or "unexplained"]
    return f"small: {why}" if why and largest < 5 * SMALL else ""
