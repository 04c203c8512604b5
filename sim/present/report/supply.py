"""Will it open at all? The answer if the offer opens, and as such things go, side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.present.blocks import Block, Heading, Number, Paragraph, Part, Strong, Table
from sim.present.report.facts import Facts, Row


def supply(facts: Facts) -> Iterator[Block]:
    """Say what is left of the answer where the opening is drawn; nothing where that was not run."""
    rows = facts.rows("supply")
    if not rows:
        return
    first = max(rows, key=lambda row: row["seeds"])
    most: list[Part] = ["Chance that ", facts.in_force("pass_share", "percent"), " are"]
    few = any(row["few"] for row in rows)
    yield Heading(2, "If it opens, and as such things go")
    yield Paragraph(
        [
            Strong("All else in this report is the answer if the offer opens when it is said to."),
            " Announced platforms open late, or never. ",
            _of(first, "seeds", "count"),
            " of the futures of each scenario were run again, with the same behaviour and the same "
            "luck, and each drew for itself when the offer opens: a median of ",
            _of(first, "median_months", "count"),
            " months after its announcement, and in ",
            _of(first, "never_share", "percent"),
            " of cases never. Both are assumptions: three such offers on record took 29 to about "
            "67 months, two were not there after 84, and the chance of never opening may as well "
            "be a twelfth as two thirds. Months of the first answer are counted from the opening, "
            "those of the second from the announcement; a future in which nothing has opened by "
            "then counts with no members.",
            *([" These are too few futures to say much."] if few else []),
        ]
    )
    yield Table(
        [
            "Scenario",
            "Members if it opens",
            "As such things go",
            "95% interval of the mean",
            "Open by then",
            [*most, " in by then, if it opens"],
            [*most, " in by then, as such things go"],
            "Members in the last month, as such things go",
            "Open by the last month",
        ],
        [
            [
                facts.title(row["scenario"]),
                _of(row, "if_it_opens", "percent"),
                _of(row, "as_such_things_go", "percent"),
                "–"
                if math.isnan(row["low"])
                else [_of(row, "low", "percent"), " to ", _of(row, "high", "percent")],
                _of(row, "opened_share", "percent"),
                _of(row, "passed_if_it_opens", "percent"),
                _of(row, "passed_as_such_things_go", "percent"),
                _of(row, "at_the_end", "percent"),
                _of(row, "opened_by_end_share", "percent"),
            ]
            for row in rows
        ],
        align="lrrrrrrrr",
    )


def _of(row: Row, column: str, form: str) -> Number:
    return Number("supply", (row["scenario"],), column, form)
