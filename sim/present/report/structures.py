"""Three sources of doubt: luck, behaviour that history leaves open, and how the model is built."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from sim.analysis.doubt import PARTS
from sim.present.blocks import (
    Block,
    Bullets,
    Heading,
    Number,
    Paragraph,
    Part,
    Quote,
    Strong,
    Text,
)
from sim.present.blocks import Table as Grid
from sim.present.report.facts import Facts, Row, listed_parts
from sim.present.words import sentence

# What each published structure is, in a line; of others, their title says it.
SAYS = {
    "rules": "contracts bind joining in part, deep offers are feared, cuts starve attention, some "
    "are already served, a chat with a member counts for less than a visit of the team, and shared "
    "contracts exist for a part of what councils spend only",
    "today": "the rules as they were before any were added for the sake of further cases",
    "alone": "cuts starve attention, but what other councils do reaches nobody, save a little of "
    "what they report to have saved",
    "thresholds": "cuts starve attention, and a council follows others only once enough of those "
    "that it listens to have joined",
}
# Simple curves, as `sim.calibration.baselines` calls them.
CURVES = {
    "hazard": "A curve: a rate of joining that stays as it is",
    "Bass": "A curve: innovators and imitators",
    "logit": "A curve: log-odds straight in the logarithm of months",
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
            "with draws of behaviour of its own and the same luck: ",
            _of("structures", first, "seeds", "count"),
            " futures of ",
            _of("structures", first, "draws", "count"),
            " draws each, beside all futures of the model of this report.",
        ]
    )
    yield Bullets([_told(row, main=row is rivals[0]) for row in rivals])
    yield from pictures
    yield _members(facts, rows)
    yield from _parts(facts)
    yield from _weights(facts, rivals)


def _of(finding: str, row: Row, column: str, form: str) -> Number:
    keys = {
        "rivals": ("structure",),
        "simple_curves": ("curve",),
        "structures": ("scenario", "structure"),
    }
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


def _weights(facts: Facts, rivals: list[Row]) -> Iterator[Block]:
    """Say how well each way to build the model foresaw cases that were left out."""
    scored = [row for row in rivals if not math.isnan(row["crps"])]
    if not scored:
        return
    yield Paragraph(
        [
            Strong("How well each foresees cases left out."),
            " Each case with a share of councils joined was left out in turn and foreseen from the "
            "others: the mean error of a share (its ranked probability score, in percentage "
            "points, less is better), and how much larger it is than in the model of this report, "
            "case by case; each with one standard error, within which none is called better. The "
            "weight is that in the mixture that foresees best, with its range over resampled "
            "cases. Where bands are right, nine in ten of the figures that came true lie inside. "
            "Curves know no councils.",
        ]
    )
    rows: list[list[Text]] = [
        [
            Quote(row["structure_title"]),
            *_errors("rivals", row, main=row is rivals[0]),
            [
                _of("rivals", row, "weight_stacked", "percent"),
                *_ranged("rivals", row, "weight_low", "weight_high"),
            ],
            "–"
            if math.isnan(row["in_band_share"])
            else _of("rivals", row, "in_band_share", "percent"),
        ]
        for row in scored
    ]
    rows += [
        [CURVES.get(row["curve"], Quote(row["curve"])), *_errors("simple_curves", row), "–", "–"]
        for row in facts.rows("simple_curves")
    ]
    yield Grid(
        [
            "The model built",
            "Error on cases left out",
            "Larger by",
            "Weight",
            "Figures inside their bands",
        ],
        rows,
        align="lrrrr",
    )


def _errors(finding: str, row: Row, *, main: bool = False) -> list[Text]:
    """Error on cases left out, and how much larger than in the model of the report it is."""

    def with_error(column: str, form: str) -> Text:
        if math.isnan(row[column]):
            return "–"
        error = _of(finding, row, f"{column}_error", "points_plain")
        return [_of(finding, row, column, form), " ± ", error]

    more: Text = "–" if main else with_error("crps_more", "points")
    return [with_error("crps", "points_plain"), more]
