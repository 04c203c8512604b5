"""Do tight budgets push, does autonomy hold back, do neighbours matter? Each is switched off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sim.experiment.ideas import IDEAS
from sim.present.blocks import Block, Heading, Number, Paragraph, Part, Quote, Strong, Table, Text
from sim.present.report.facts import Facts, Row, joined, listed_parts
from sim.present.words import sentence


@dataclass(frozen=True)
class Asked:
    """What readers are told of one idea.

    Attributes
    ----------
    question
        As people ask it.
    short
        The head of its column.
    subject, singular
        What it is called in a sentence, and whether that is one thing.
    off
        What a world without it is, in a sentence or two.
    """

    question: str
    short: str
    subject: str
    singular: bool
    off: str

    def brings(self) -> str:
        """Give its subject and what it does, before what that is."""
        return f"{self.subject} bring{'s' if self.singular else ''}"

    def says(self, verdict: str) -> str:
        """What a verdict lets one say, before the scenarios of which it is true."""
        s, does = ("s", "does") if self.singular else ("", "do")
        return {
            "higher": f"{self.brings()} more members in under",
            "lower": f"{self.subject} keep{s} members out under",
            "hardly differs": f"{self.subject} hardly matter{s} under",
            "equal": f"{self.subject} make{s} no difference in any of these futures under",
            "cannot be told": f"what {self.subject} {does} cannot be told under",
            "not known": "one future, or one draw of behaviour, cannot tell under",
            TOO_FEW: f"{TOO_FEW} under",
        }[verdict]


TOO_FEW = "too few futures to tell"
ASKED = {
    "pressure": Asked(
        "Do tight budgets push?",
        "Tight budgets",
        "tight budgets",
        False,
        "Without: no council is under budget pressure, which makes savings weigh more and may "
        "leave fewer hands to look at an offer.",
    ),
    "autonomy": Asked(
        "Does autonomy hold back?",
        "Autonomy",
        "the wish for autonomy",
        True,
        "Without: no council minds giving up control, whoever owns the offer, nor being obliged. "
        "That deep offers may be feared for themselves stays.",
    ),
    "network": Asked(
        "Do neighbours matter?",
        "Neighbours",
        "ties between councils",
        False,
        "Without: nobody hears who has joined, what that saved or who was attacked. How many of "
        "the whole nation have joined still weighs, and attacks still spread through shared "
        "systems.",
    ),
}
# Ways to choose whom a team calls on that ask who listens to whom.
BY_TIES = ("best_connected", "neighbours_of_members")


def ideas(facts: Facts) -> Iterator[Block]:
    """Say what each idea does in each scenario; nothing where that was not run."""
    rows = facts.rows("ideas")
    if not rows:
        return
    most = max(rows, key=lambda row: row["seeds"])
    asked = [idea for idea in IDEAS if any(row["idea"] == idea for row in rows)]
    yield Heading(2, "Budgets, autonomy and neighbours")
    yield Paragraph(
        [
            _of(most, "seeds", "count"),
            f" of the futures of each scenario {'was' if most['seeds'] == 1 else 'were'} run again "
            "with each of these switched off in "
            "turn: all else the same, and the same luck. The differences are in members ",
            *facts.when,
            ", mean of these futures.",
        ]
    )
    for idea in asked:
        of_idea = [row for row in rows if row["idea"] == idea]
        yield Paragraph(
            [
                Strong([ASKED[idea].question, " ", *_finding(facts, ASKED[idea], of_idea)]),
                f" {ASKED[idea].off}",
                *(_calls(facts, of_idea) if idea == "network" else []),
            ]
        )
    scenarios = dict.fromkeys(row["scenario"] for row in rows)
    yield Table(
        ["Scenario", "As it is", *(ASKED[idea].short for idea in asked)],
        [_cells(facts, name, asked, rows) for name in scenarios],
        align="lr" + "r" * len(asked),
    )
    yield Paragraph(
        "What each brings, in percentage points, with the 95% interval of the mean; below nothing, "
        "it keeps members out. Ties may bring less here than the picture above puts down to other "
        "members: without them, councils often come to the question another way."
    )
    yield from _elsewhere(facts, asked)


def _elsewhere(facts: Facts, asked: list[str]) -> Iterator[Block]:
    """Say what each idea does where the model is built otherwise, if that was run."""
    rows = facts.rows("ideas_in_structures")
    if not rows:
        return
    titles = {row["structure"]: row["structure_title"] for row in facts.rows("rivals")}
    alone = any(row["structure"] == "alone" for row in rows)
    first, *counted = joined([_counted(facts, idea) for idea in asked])
    yield Paragraph(
        [
            Strong("However the model is built."),
            " The same with each of the other ways to build it, which a section below describes, "
            "each with draws of behaviour of its own. ",
            sentence(str(first)),
            *counted,
            ". That all agree is no evidence by itself, as they share most rules: that savings "
            "weigh more where money is short stands in each of them, and no dated case tests it; "
            "the one figure on record, that councils which signed with Notify were less pressed "
            "than others, points the other way.",
            " Where nothing passes between councils, ties bring little by construction." * alone,
        ]
    )
    cells: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        cells.setdefault((row["scenario"], row["structure"]), {})[row["idea"]] = row
    yield Table(
        ["Scenario", "The model built", "With all", *(ASKED[idea].short for idea in asked)],
        [
            [
                facts.title(scenario),
                Quote(titles[structure]),
                _of(next(iter(own.values())), "with_idea", "percent"),
                *(_difference(own[idea]) if idea in own else "–" for idea in asked),
            ]
            for (scenario, structure), own in sorted(
                cells.items(), key=lambda cell: facts.scenarios.index(cell[0][0])
            )
        ],
        align="llr" + "r" * len(asked),
    )


def _counted(facts: Facts, idea: str) -> list[Part]:
    """Say in how many ways to build the model an idea does what it does in this one."""
    rows = facts.rows("ideas_standing", idea=idea)
    parts: list[list[Part]] = []
    for row in rows:
        key = (row["scenario"], idea)
        same, of = (Number("ideas_standing", key, name, "count") for name in ("same", "structures"))
        told: list[Part] = [same, " of ", of, " under “", facts.title(row["scenario"]), "”"]
        if row["few"]:
            told.append(" (too few futures)")
        elif row["turns"]:
            told.append(", turning over in some")
        parts.append(told)
    return [f"what {ASKED[idea].brings()} reads alike in ", *listed_parts(parts)]


def _cells(facts: Facts, scenario: str, asked: list[str], rows: list[Row]) -> list[Text]:
    own = {row["idea"]: row for row in rows if row["scenario"] == scenario}
    first = next(iter(own.values()))
    return [
        facts.title(scenario),
        _of(first, "with_idea", "percent"),
        *(_difference(own[idea]) if idea in own else "–" for idea in asked),
    ]


def _difference(row: Row) -> Text:
    """What an idea brings, and how sure that is, in a cell."""
    if row["few"]:
        return "too few futures"
    if math.isnan(row["low"]):
        return "not known"
    ends: list[Part] = [" (", _of(row, "low", "points"), " to ", _of(row, "high", "points"), ")"]
    return [_of(row, "difference", "points"), *ends]


def _of(row: Row, column: str, form: str) -> Number:
    key = (row["scenario"], row["idea"])
    if "structure" in row:
        return Number("ideas_in_structures", (row["structure"], *key), column, form)
    return Number("ideas", key, column, form)


def _finding(facts: Facts, asked: Asked, rows: list[Row]) -> list[Part]:
    """Name the scenarios of each verdict; where futures are too few, that and no verdict."""
    order = ("higher", "lower", "hardly differs", "equal", "cannot be told", "not known", TOO_FEW)
    said: dict[str, list[list[Part]]] = {verdict: [] for verdict in order}
    for row in rows:
        verdict = TOO_FEW if row["few"] else str(row["verdict"])
        said[verdict].append(["“", facts.title(row["scenario"]), "”"])
    parts: list[list[Part]] = [
        [asked.says(verdict), " ", *listed_parts(titles)]
        for verdict, titles in said.items()
        if titles
    ]
    return [sentence(str(parts[0][0])), *joined(parts)[1:], "."]


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
