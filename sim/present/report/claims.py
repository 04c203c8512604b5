"""What may be said: each claim of the experiment, its verdict, and what that hangs on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.experiment.other_networks import OTHER_NETWORKS
from sim.present.blocks import (
    Block,
    Code,
    Heading,
    Listing,
    Note,
    Number,
    Paragraph,
    Part,
    Quote,
    Strong,
    Table,
    Text,
)
from sim.present.report.facts import Facts, Row, joined
from sim.present.report.settings import meaning
from sim.present.words import sentence

MOST_CONDITIONS = 4
# What each audit tries, for readers.
AUDITS = {
    "luck": "halves of the futures",
    "behaviour": "parts of the draws of behaviour",
    "doubt": "settings in doubt",
    "networks": "other networks",
    "structures": "other ways to build the model",
}
# Verdicts on claims of which nothing was measured, and why.
NOT_MEASURED = {
    "not run": "a scenario that it names was not run",
    "not seen": "what it is about lies beyond the horizon, or happened in no future",
}
# How a condition reads that a claim with this verdict hangs on, or may.
READINGS = {"hangs on": "fails", "may hang on": "open"}
ENDS = {
    "luck": {"first": "the first", "second": "the second"},
    "behaviour": {"low": "among its lowest third", "high": "among its highest third"},
    "doubt": {"low": "at its low end", "high": "at its high end"},
}


def claims(facts: Facts, command: str) -> Iterator[Block]:
    """Say of each claim whether it stands; nothing where the file states none.

    Parameters
    ----------
    facts
        The numbers.
    command
        What runs the experiment again.
    """
    rows = facts.rows("claims")
    if not rows:
        return
    yield Heading(2, "What may be said", id="claims")
    yield Paragraph(
        "Claims that the experiment file states, each held to its test over all futures and then "
        "wherever else it could be tried: half of the futures, parts of the draws of behaviour, "
        "both ends of each setting that evidence does not pin down, other networks, other ways to "
        "build the model. Of a claim that holds over all futures: it hangs on what puts the whole "
        "interval on the wrong side; it may hang on what puts its middle there; it stands if "
        "nothing does. It falls if it is wrong over all futures."
    )
    yield Table(
        ["Claim", "Verdict", "On what", "Found (95% interval)", "Asked for"],
        [
            [
                Quote(row["says"]),
                Strong(sentence(row["verdict"])),
                _on_what(facts, row),
                _found(row),
                _asked(facts, row),
            ]
            for row in rows
        ],
        align="lllrr",
    )
    yield Paragraph(
        [
            "A claim hangs on a condition only if the whole interval found under it is on the "
            "wrong side; where only its middle is, it may. Many were tried, "
            "so that of claims that lie just on their line one or another may be put aside by "
            "luck. The order in which councils act and the engine change no result in its last "
            "bit, which the tests of the model hold; how councils are numbered only decides whose "
            "luck is whose, as other random numbers do, which halves of the futures try. Every "
            "condition has its row in ",
            Code("claim_audits.csv"),
            ".",
        ]
    )
    yield Note("The commands that show it", [Listing("\n".join(_commands(facts, rows, command)))])


def _of(row: Row, column: str, form: str) -> Number:
    return Number("claims", (row["claim"],), column, form)


def _form(row: Row) -> str:
    """How what is measured of a claim is written: a share of futures, or a difference."""
    unit = str(row["unit"])
    if unit == "probability":
        return "percent"
    if unit.startswith("share"):
        return "points"
    return "gbp_m" if unit == "£m" else "signed"


def _is_mean(row: Row) -> bool:
    """Is a mean difference what is measured, and not a share of futures?"""
    return str(row["unit"]) != "probability"


def _measure(row: Row) -> list[Part]:
    return [
        {"percent": " of futures", "points": " points", "gbp_m": ""}.get(
            _form(row), f" {row['unit']}"
        )
    ]


def _found(row: Row) -> Text:
    if row["verdict"] in NOT_MEASURED:
        return "–"
    form = _form(row)
    told: list[Part] = [_of(row, "value", form), *_measure(row)]
    if np.isnan(row["low"]):
        return told
    return [*told, " (", _of(row, "low", form), " to ", _of(row, "high", form), ")"]


def _asked(facts: Facts, row: Row) -> Text:
    form = _form(row)
    if not np.isnan(row["asked_high"]):
        low, high = (_of(row, column, form) for column in ("asked_low", "asked_high"))
        return ["between ", low, " and ", high, *_measure(row)]
    return ["more than ", _of(row, "asked_low", form), *_measure(row)]


def _on_what(facts: Facts, row: Row) -> Text:
    """Name what a claim hangs on, or how much was tried."""
    verdict = str(row["verdict"])
    parts: list[list[Part]] = []
    if verdict in NOT_MEASURED:
        return NOT_MEASURED[verdict]
    if verdict in READINGS:
        why = _why(facts, row)
        parts += [[_condition(facts, one)] for one in why[:MOST_CONDITIONS]]
        if len(why) > MOST_CONDITIONS:
            parts.append(["and others"])
    elif verdict == "falls" and row["asked_low"] > 0.0 and row["low"] > 0.0 and _is_mean(row):
        parts.append(["there is a difference, but less than asked for"])
    elif verdict == "cannot be told":
        parts.append(["the interval reaches over the line, or futures are too few"])
    if row["tried"]:
        parts.append(
            ["holds in ", _of(row, "held", "count"), " of ", _of(row, "tried", "count"), " trials"]
        )
        if row["left_open"]:
            parts.append([_of(row, "left_open", "count"), " left open"])
    missing = [AUDITS[one] for one in str(row["untried"]).split(", ") if one in AUDITS]
    if missing:
        parts.append([f"not tried: {', '.join(missing)}"])
    return joined(parts)


def _why(facts: Facts, row: Row) -> list[Row]:
    """Conditions that a claim hangs on, or may hang on."""
    reading = READINGS.get(str(row["verdict"]))
    found = facts.rows("claim_audits", claim=row["claim"], reading=reading, beyond=True)
    return [one for one in found if one["audit"] in AUDITS]


def _condition(facts: Facts, row: Row) -> Part:
    """Say under what a claim was tried."""
    what, audit = str(row["what"]), str(row["audit"])
    if audit == "networks":
        return OTHER_NETWORKS[what].title
    if audit == "structures":
        return Quote(f"the model built as “{what.replace('_', ' ')}”")
    end = ENDS.get(audit, {}).get(str(row["end"]), str(row["end"]))
    if audit not in ("behaviour", "doubt"):
        return f"{what}, {end}"
    scenario, _, setting = what.rpartition(": ")
    under = f" under “{facts.titles[scenario]}”" if scenario else ""
    return Quote(f"“{meaning(setting)}”{under} {end}")


def _commands(facts: Facts, rows: list[Row], command: str) -> Iterator[str]:
    """Give what to type for each claim: as drawn, and for the first things that it hangs on."""
    for row in rows:
        if row["verdict"] in NOT_MEASURED:
            continue
        yield f"# {row['claim']}"
        told = {str(row["arguments"]): None}
        told |= {str(one["arguments"]): None for one in _why(facts, row)}
        yield from (f"{command} {arguments}" for arguments in list(told)[: 1 + MOST_CONDITIONS])
