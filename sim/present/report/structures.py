"""Three sources of doubt: luck, behaviour that history leaves open, and how the model is built."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from sim.analysis.doubt import PARTS
from sim.present.blocks import Block, Bullets, Heading, Number, Paragraph, Part, Quote, Strong
from sim.present.blocks import Table as Grid
from sim.present.report.facts import Facts, Row, listed_parts
from sim.present.words import sentence

# What each published structure is, in a line; of others, their title says it.
SAYS = {
    "rules": "contracts bind joining in part, deep offers are feared, cuts starve attention, some "
    "are already served, a member met is not a visit, and there are shared contracts for a part of "
    "spend only",
    "today": "the rules as they were before any were added for the sake of further cases",
    "alone": "cuts starve attention, but what other councils do reaches nobody, save a little of "
    "what they report to have saved",
    "thresholds": "cuts starve attention, and a council follows others only once enough of those "
    "that it listens to have joined",
}
WEIGHTINGS = {"equal": "all alike", "stacked": "by cases left out"}


def structures(facts: Facts, pictures: Iterable[Block]) -> Iterator[Block]:
    """Say what other ways to build the model make of the answer; nothing where none was run."""
    rows = facts.rows("structures")
    if not rows:
        return
    rivals = facts.rows("rivals")
    first = next(row for row in rows if row["structure"] != rivals[0]["structure"])
    yield Heading(2, "Three sources of doubt: luck, behaviour, structure")
    yield Paragraph(
        [
            Strong(_finding(facts)),
            " No history decides how such a model is to be built. Each of these ways to build it "
            "was fitted anew to the same dated cases; the leading scenarios were then run in each, "
            "with draws of behaviour of its own and the same luck (",
            _of("structures", first, "seeds", "count"),
            " futures, of ",
            _of("structures", first, "draws", "count"),
            " draws; of the model of this report, all of its futures):",
        ]
    )
    yield Bullets([_told(row, main=row is rivals[0]) for row in rivals])
    yield from pictures
    yield _members(facts, rows)
    yield from _parts(facts)
    yield from _weights(rivals)


def _of(finding: str, row: Row, column: str, form: str) -> Number:
    keys = {"rivals": ("structure",), "structures": ("scenario", "structure")}
    of = keys.get(finding, ("scenario", "weighting"))
    return Number(finding, tuple(row[key] for key in of), column, form)


def _ranged(finding: str, row: Row, low: str, high: str) -> list[Part]:
    """Both ends of a share, in brackets; nothing where there are none."""
    if math.isnan(row[low]):
        return []
    ends = _of(finding, row, low, "percent_bare"), _of(finding, row, high, "percent")
    return [" (", ends[0], "–", ends[1], ")"]


def _told(row: Row, *, main: bool) -> list[Part]:
    behind = "the model behind all other figures of this report" if main else ""
    said = "; ".join(filter(None, [behind, SAYS.get(row["structure"], "")]))
    title: list[Part] = [Strong(Quote(row["structure_title"]))]
    return [*title, ": ", said, "."] if said else [*title, "."]


def _finding(facts: Facts) -> list[Part]:
    """Say how much of the doubt is about structure, where there are draws enough to tell."""
    rows = [
        row
        for row in facts.rows("doubt", weighting="equal")
        if not row["few"] and not math.isnan(row["structure_share"])
    ]
    if not rows:
        return ["Too few futures were run to part luck, behaviour and structure."]
    return [
        "How the model is built makes up ",
        *listed_parts(
            [
                [
                    _of("doubt", row, "structure_share", "percent"),
                    "" if number else " of the variance",
                    " under “",
                    facts.title(row["scenario"]),
                    "”",
                ]
                for number, row in enumerate(rows)
            ]
        ),
        ".",
    ]


def _members(facts: Facts, rows: list[Row]) -> Grid:
    """Members and chances, a row a scenario and structure."""
    rivals = facts.rows("rivals")
    titles = {row["structure"]: row["structure_title"] for row in rivals}
    main = rivals[0]["structure"]
    return Grid(
        [
            "Scenario",
            "The model built",
            [sentence("members "), *facts.when, ": median (9 in 10 futures)"],
            [
                "Chance that ",
                facts.in_force("pass_share", "percent"),
                " join within ",
                facts.in_force("longest_months", "span"),
                " (95% interval)",
            ],
        ],
        [
            [
                facts.title(row["scenario"]),
                Quote(titles[row["structure"]]),
                facts.band(row["scenario"], row["outcome"])
                if row["structure"] == main
                else [
                    _of("structures", row, "median", "percent"),
                    *_ranged("structures", row, "q05", "q95"),
                ],
                [
                    _of("structures", row, "pass_probability", "percent"),
                    *_ranged("structures", row, "pass_low", "pass_high"),
                    ", too few draws" if row["few"] else "",
                ],
            ]
            for row in rows
        ],
        align="llrr",
    )


def _parts(facts: Facts) -> Iterator[Block]:
    rows = [row for row in facts.rows("doubt") if not math.isnan(row["luck_share"])]
    if not rows:
        return
    yield Paragraph(
        [
            Strong("Where the doubt comes from."),
            " The variance of members ",
            *facts.when,
            " over all these ways to build the model, with its 95% interval: luck is what futures "
            "of the same behaviour differ in, behaviour what draws of it differ in within one way "
            "to build the model (with what sets programmes of the same terms apart), structure the "
            "rest. A future is typically off the mean of all by "
            "their standard deviation, in percentage points. A model can be built in further ways, "
            "so the part of structure is no upper bound.",
        ]
    )
    yield Grid(
        ["Scenario", "Ways to build it weigh", "Typically off by", *map(sentence, PARTS)],
        [
            [
                facts.title(row["scenario"]),
                WEIGHTINGS[row["weighting"]],
                [
                    _of("doubt", row, "total_sd", "hundredths"),
                    " points",
                    ", too few draws" if row["few"] else "",
                ],
                *(
                    [
                        _of("doubt", row, f"{part}_share", "percent"),
                        *_ranged("doubt", row, f"{part}_low", f"{part}_high"),
                    ]
                    for part in PARTS
                ),
            ]
            for row in rows
        ],
        align="llrrrr",
    )


def _weights(rivals: list[Row]) -> Iterator[Block]:
    """Say how well each way to build the model foresaw cases that were left out."""
    scored = [row for row in rivals if not math.isnan(row["crps"])]
    if not scored:
        return
    yield Paragraph(
        [
            Strong("How well each foresees cases left out."),
            " Each case was left out in turn and foreseen from the others: the mean error of a "
            "share (its ranked probability score, in percentage points, less is better) with one "
            "standard error, and the weight that each gets in the mixture that foresees best, with "
            "the range of that weight over resampled cases. Errors within a standard error of each "
            "other call no way the best. Bands that are right hold nine in ten figures.",
        ]
    )
    yield Grid(
        ["The model built", "Error on cases left out", "Weight", "Figures inside their bands"],
        [
            [
                Quote(row["structure_title"]),
                [
                    _of("rivals", row, "crps", "points_plain"),
                    " ± ",
                    _of("rivals", row, "crps_error", "points_plain"),
                ],
                [
                    _of("rivals", row, "weight_stacked", "percent"),
                    *_ranged("rivals", row, "weight_low", "weight_high"),
                ],
                "–"
                if math.isnan(row["in_band_share"])
                else _of("rivals", row, "in_band_share", "percent"),
            ]
            for row in scored
        ],
        align="lrrr",
    )
