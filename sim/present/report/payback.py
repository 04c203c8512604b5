"""When does it pay? Over the spend that moves and the part of the promise that comes true."""

from __future__ import annotations

from collections.abc import Iterator

from sim.analysis.payback import SIDES
from sim.present.blocks import Block, Number, Paragraph, Part, Strong, Table, Text
from sim.present.report.facts import Facts, Row, listed_parts

# Shares of covered spend that the table shows, of those that the finding has.
SHOWN_USED_SHARES = (0.3, 0.5, 1.0)


def payback(facts: Facts) -> Iterator[Block]:
    """Say at which combinations an offer pays, and where councils lose while they join."""
    known = {row["scenario"]: row for row in facts.rows("payback_futures")}
    names = [name for name in facts.chief if name in known]
    if not names:
        return
    yield Paragraph(
        [
            Strong("When does it pay?"),
            " The table says which part of the promise must come true for the money to be back, if "
            "so much of the spend that the offer covers moves. It looks at a steady state: as many "
            "councils are in as typically are in ",
            facts.end,
            ", each has moved the same share of its covered spend, and nothing moves any more; it "
            "is given as many years as there are from opening to then. Joining and switching are "
            "paid once, fees and running costs every year; nothing is discounted, and incidents "
            "avoided are left out, and so is the time that it takes to get there. The public purse "
            "is councils and programme together. More than 100% of the promise means that not even "
            "the full promise would pay.",
        ]
    )
    yield Table(
        [
            "Scenario",
            "For",
            "Years",
            *(_moves(names[0], used) for used in SHOWN_USED_SHARES),
            "Moved in the futures run",
            "Came true in them",
        ],
        [
            [
                facts.title(name),
                side,
                _future(name, "years", "plain"),
                *(line(name, side, used, "ratio_within") for used in SHOWN_USED_SHARES),
                _future(name, "used_median"),
                _future(name, "ratio_median"),
            ]
            for name in names
            for side in SIDES
        ],
        align="llrrrrrr",
    )
    worse = [name for name in names if _loses_unforeseen(known[name])]
    if worse:
        yield Paragraph(
            [
                "Councils weigh an offer as if all the spend it covers moved. So they join what "
                "does not pay at the use it gets: by ",
                facts.end,
                " the typical council that is in is worse off by ",
                *listed_parts([_loss(facts, name) for name in worse]),
                ".",
            ]
        )


def _loses_unforeseen(row: Row) -> bool:
    return bool(row["counts_on_full_use"]) and float(row["council_net_median_gbp_m"]) < 0.0


def _loss(facts: Facts, name: str) -> list[Part]:
    loss = _future(name, "council_net_median_gbp_m", "gbp_thousand")
    return [loss, " under “", facts.title(name), "”"]


def _moves(name: str, used: float) -> Text:
    return [line(name, SIDES[0], used, "used_share"), " moves"]


def line(name: str, side: str, used: float, column: str) -> Number:
    """Refer to what an offer takes to pay, for one side and at one share of spend moved."""
    return Number("payback_line", (name, side, used), column, "percent")


def _future(name: str, column: str, form: str = "percent") -> Number:
    return Number("payback_futures", (name,), column, form)
