"""How sure an answer is, in words: parameters and luck, and what evidence does not pin down."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.analysis.sensitivity import SMALL
from sim.experiment.parameters import LEARNED, fit_folder, has_appeals
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Emphasis,
    Number,
    Paragraph,
    Part,
    Quote,
    Strong,
)
from sim.present.blocks import Table as Grid
from sim.present.report.facts import Facts, Row, listed_parts
from sim.present.report.settings import meaning
from sim.settings import Parameters

MOST_ROWS = 8
APART = "what sets programmes of the same terms apart, as widely as dated cases ask for, "
SHARED = (
    " All scenarios of a future share what sets programmes apart. So two versions of a programme "
    "are compared in what they do; two different programmes differ by more than bands and "
    "intervals of their difference say, as each has its own."
)


def in_bands(parameters: Parameters) -> list[Part]:
    """Say what the bands of futures hold."""
    luck = (
        "luck: who is struck by an attack, whose contract ends when, what a council happens to like"
    )
    if parameters.source == "posterior":
        fit = parameters.fit
        where = "docs/fitting.md" if fit is None else Quote(f"“{fit_folder(fit).name}”")
        return [
            "The bands hold doubt about behaviour, as far as history leaves it (draws from the fit "
            "to dated cases, ",
            where,
            f"), {APART if has_appeals(parameters) else ''}and {luck}.",
            SHARED * has_appeals(parameters),
        ]
    if parameters.source == "prior":
        return [
            f"The bands hold doubt about behaviour as it was before any fit to history, and {luck}."
        ]
    return [
        f"The bands hold {luck}. Behaviour is at one point, so they do not hold doubt about it, "
        "which is larger."
    ]


def _move(row: Row, column: str, form: str = "points") -> Number:
    return Number("sensitivity", (row["scenario"], row["versus"], row["setting"]), column, form)


# ---------------------------------------------------------------- the section of the report


def how_sure(facts: Facts) -> Iterator[Block]:
    """Say what is known, what is luck and what is neither."""
    yield Paragraph(in_bands(facts.experiment.parameters))
    yield from _from_parameters(facts)
    yield from _from_settings(facts)


def _from_parameters(facts: Facts) -> Iterator[Block]:
    table = facts.findings["variance"]
    if table.empty:
        return
    first = table.sort_values("draws").iloc[-1]
    outcome = str(first["outcome"])
    yield Paragraph(
        [
            Number("variance", (first["scenario"],), "draws", "count"),
            " draw of behaviour is"
            if first["draws"] == 1
            else " draws of behaviour, with several seeds each, are",
            " the same in all scenarios. How much "
            "of the variance between futures, in the share of councils joined at the headline "
            "month, comes from behaviour that is not known",
            " and what sets programmes apart" * has_appeals(facts.experiment.parameters),
            ", with its 95% interval; the rest is luck.",
        ]
    )
    rows = []
    for row in facts.rows("variance"):
        scenario = row["scenario"]
        share: list[Part] = ["–"]
        if not math.isnan(row["share_from_parameters"]):
            low, high = (
                Number("variance", (scenario,), column, form)
                for column, form in (("low", "percent_bare"), ("high", "percent"))
            )
            whole = Number("variance", (scenario,), "share_from_parameters", "percent")
            share = [whole, " (", low, "–", high, ")"]
            if row["few_draws"]:
                share.append(", too few draws")
        rows.append(
            [facts.title(scenario), facts.band(scenario, outcome), share, _verdict(facts, scenario)]
        )
    head = ["Scenario", "Median (9 in 10 futures)", "From behaviour", "Hangs on judgement"]
    yield Grid(head, rows, align="lrrl")


def _verdict(facts: Facts, scenario: str) -> list[Part]:
    row = facts.findings.row("examined", scenario, "")
    if row is None:
        return ["not examined"]
    if not row["driving"]:
        return ["on none of these settings alone"]
    number = Number("examined", (scenario, ""), "driving", "count")
    return ["yes, on ", number, " of the settings below"]


def _from_settings(facts: Facts) -> Iterator[Block]:
    examined = facts.rows("examined", versus="")
    if not examined:
        if not facts.experiment.sensitivity.seeds:
            yield Paragraph(
                [
                    "What evidence does not pin down was not examined (",
                    Code("sensitivity.seeds"),
                    " is zero).",
                ]
            )
        return
    most = max(examined, key=lambda row: row["seeds"])
    yield Paragraph(
        [
            Strong("What the answer is sensitive to."),
            " Every setting that evidence does not pin down was moved to the low and to the high "
            "end of where it may lie, one at a time, with all others as drawn and the same luck (",
            Number("examined", (most["scenario"], ""), "seeds", "count"),
            " futures at each end). Changes are in percentage points, against the same futures "
            "with nothing moved. The fit to history is not repeated, so this is what a setting "
            "could do at most. A setting between whose ends the share moves by ",
            facts.in_force("prior_driven", "hundredths"),
            " points or more is counted above as one that it hangs on.",
        ]
    )
    for row in examined:
        most_rows = max(MOST_ROWS, int(row["driving"]))  # what is counted above is shown
        yield from _of_scenario(facts, row["scenario"], int(row["moving"]), most_rows)
    yield from _contrasts(facts)


def _of_scenario(facts: Facts, scenario: str, moving: int, most_rows: int) -> Iterator[Block]:
    title = Emphasis([facts.title(scenario), "."])
    tried, moved, most = (
        Number("examined", (scenario, ""), column, form)
        for column, form in (("tried", "count"), ("moving", "count"), ("most", "points_plain"))
    )
    small = facts.in_force("small", "hundredths")
    if not moving:
        yield Paragraph([title, " None of ", tried, " settings moves it by ", small, " points."])
        return
    shown = "; those that do most:" if moving > most_rows else ":"
    yield Paragraph(
        [
            title,
            " ",
            moved,
            " of ",
            tried,
            " settings move it by ",
            small,
            " points or more between their ends, the most by ",
            most,
            shown,
        ]
    )
    rows = [row for row in _rows(facts, scenario, "") if abs(row["change"]) >= SMALL]
    yield Grid(
        ["Setting", "From", "To", "Low end", "High end", "Between them", "History says"],
        [
            [
                [Quote(meaning(row["setting"])), " (", Code(row["setting"]), ")"],
                _move(row, "low_end", "plain"),
                _move(row, "high_end", "plain"),
                _move(row, "at_low"),
                _move(row, "at_high"),
                [_move(row, "change"), " (", _move(row, "low"), " to ", _move(row, "high"), ")"],
                LEARNED[row["learned"]],
            ]
            for row in rows[:most_rows]
        ],
        align="lrrrrrl",
    )


def _rows(facts: Facts, scenario: str, versus: str) -> list[Row]:
    return facts.rows("sensitivity", scenario=scenario, versus=versus)


def _contrasts(facts: Facts) -> Iterator[Block]:
    """Say how far each difference moves, whichever setting is moved."""
    items: list[list[Part]] = []
    for row in facts.rows("examined"):
        scenario, versus = row["scenario"], row["versus"]
        if not versus:
            continue
        rows = _rows(facts, scenario, versus)
        least, greatest = (
            Number("examined", (scenario, versus), column, "points")
            for column in ("least_move", "greatest_move")
        )
        item: list[Part] = [
            facts.title(scenario),
            " against ",
            facts.title(versus),
            ": moved by ",
            least,
            " to ",
            greatest,
            " points",
        ]
        for words, names in (
            ("; most by ", [r["setting"] for r in rows[:3] if abs(r["change"]) >= SMALL]),
            ("; turned round by ", [r["setting"] for r in rows if r["turns"]]),
        ):
            if names:
                item += [words, *listed_parts([["“", Quote(meaning(n)), "”"] for n in names])]
        items.append([*item, "."])
    if items:
        yield Paragraph(
            "Differences, with any one setting of behaviour, traits or climate at either end for "
            "both scenarios:"
        )
        yield Bullets(items)
