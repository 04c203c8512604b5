"""The report of an experiment: a question, an answer in plain words, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.experiment.graphs import graph_lines
from sim.present.blocks import (
    Block,
    Bullets,
    Date,
    Emphasis,
    Heading,
    Note,
    Paragraph,
    Part,
    Picture,
    Quote,
    Strong,
    Table,
    Text,
)
from sim.present.report.answer import answer
from sim.present.report.attribution import explanations, paragraph
from sim.present.report.caveats import FIRST, caveats
from sim.present.report.changes import changes, lead
from sim.present.report.claims import claims
from sim.present.report.evidence import evidence
from sim.present.report.facts import Facts, joined, sections
from sim.present.report.ideas import ideas
from sim.present.report.overview import overview
from sim.present.report.payback import payback
from sim.present.report.reading import reading, reproducing
from sim.present.report.sensitivity import how_sure
from sim.present.report.structures import structures
from sim.present.report.supply import supply
from sim.present.report.unfolding import unfolding
from sim.present.words import sentence

if TYPE_CHECKING:
    from sim.present.figures.style import Figure

# Figures that stand for a convention and not for a result; see `typed_digits`.
CONVENTIONS = (
    "9 in 10 futures",
    "95% interval",
    "19 of 20 futures",
    "1 of 20 futures",
    "24 months after the announcement",
    "future 7 ",
    "100% of the promise",
    "OGL v3.0",
)
LIMITS: tuple[Text, ...] = (
    "It says how councils would behave if they followed these rules; it is no forecast. No band "
    "holds doubt about the rules themselves.",
    "Dated history informs few of the behavioural parameters (docs/fitting.md). Worry, "
    "regret, reactance, duty, shared fate, economies of scale and ties across the border rest "
    "on judgement, and so does any finding that turns on them.",
    "Visits by the teams, depth, fees, co-design and the costs of joining and running a programme "
    "are recorded nowhere. They are assumptions.",
    "Whether anything pays is arithmetic of the promise, the part of it that comes true and the "
    "cost of switching: read the payback and the break-even ratio, not only a total.",
    "Councils weigh an offer as if all the spend it addresses moved, although little of it does "
    "for years. That they foresee this, and refuse, is a rule of the model that is off unless an "
    "experiment or the fit sets it.",
    [
        "Councils are those of ",
        Date("April 2018"),
        " and stay so: no mergers, no elections, no parties, no suppliers, no staff.",
    ],
)


def report(facts: Facts, figures: Sequence[Figure], command: str) -> list[Block]:
    """Say what the report says, block by block.

    Parameters
    ----------
    facts
        The numbers, of at least one run that went through.
    figures
        Pictures in the folder ``figures`` beside the report.
    command
        What reproduces it.
    """
    experiment = facts.experiment
    left = list(figures)

    def pictures(*names: str) -> Iterator[Block]:
        """Give the pictures of these names that have not been shown, all of one name together."""
        for figure in list(left):
            if any(figure.name == name or figure.name.startswith(name + "_") for name in names):
                left.remove(figure)
                yield Picture(
                    figure.name,
                    Quote(figure.title),
                    f"figures/{figure.png.name}",
                    alt=Quote(figure.caption),
                )

    graphs = graph_lines(experiment, facts.scenarios)
    keep_in_mind = caveats(facts)
    return [
        *question(facts),
        *_compared(facts),
        Heading(2, "The answer", id="answer"),
        Bullets(answer(facts)),
        *claims(facts, command),
        *_caveats(keep_in_mind[:FIRST]),
        Heading(2, "What each scenario changes"),
        *_changes(facts),
        Heading(2, "The scenarios side by side"),
        *overview(facts),
        *pictures("adoption", "small_multiples"),
        Heading(2, "How joining unfolds"),
        *unfolding(facts),
        *pictures("origins"),
        Heading(2, "What makes the difference"),
        *_differences(facts),
        *pictures("differences"),
        *_explained(facts),
        *pictures("explained", "curves", "cancellation"),
        *ideas(facts),
        *supply(facts),
        Heading(2, "How sure this is"),
        *how_sure(facts),
        *pictures("sensitivity"),
        *structures(facts, pictures("structures")),
        Heading(2, "Who joins, and who does not"),
        *_groups(facts),
        *pictures("map", "why_not"),
        Heading(2, "What it costs and saves"),
        *_money(facts),
        *payback(facts),
        *pictures("payback", "net_saving", "gains_losses"),
        Heading(2, "What is evidence and what is assumption"),
        *evidence(facts),
        Heading(2, "What the model cannot say", id="limits"),
        Bullets(LIMITS),
        *_further(keep_in_mind[FIRST:]),
        Heading(2, "Who listens to whom"),
        Bullets([[Quote(line), "."] for line in graphs]),
        *pictures("network"),
        *pictures(*(figure.name for figure in left)),
        Heading(2, "How to read the figures"),
        *reading(facts),
        Heading(2, "How to reproduce this"),
        *reproducing(facts, command),
    ]


def question(facts: Facts) -> list[Block]:
    """Give title and question."""
    experiment = facts.experiment
    return [
        Heading(1, Quote(experiment.title)),
        Paragraph([Strong("The question."), " ", Quote(experiment.question)]),
    ]


def _compared(facts: Facts) -> Iterator[Block]:
    """Say what the scenarios of the answer stand for, before it names them."""
    items: list[Text] = [
        [Strong(facts.title(name)), ": ", Quote(about)]
        for name in facts.chief
        if (about := facts.settings(name).stands_for)
    ]
    if items:
        yield Paragraph("The answer speaks of:")
        yield Bullets(items)


def _caveats(first: Sequence[Text]) -> Iterator[Block]:
    if first:
        yield Note("Read with this in mind", [Bullets(first)])


def _further(more: Sequence[Text]) -> Iterator[Block]:
    if more:
        yield Paragraph("Of these scenarios in particular:")
        yield Bullets(more)


def _changes(facts: Facts) -> Iterator[Block]:
    """Say what each scenario stands for and changes, before any result."""
    for name, changed in changes(facts.experiment, facts.scenarios).items():
        about = facts.settings(name).stands_for
        told: list[Part] = [Strong([facts.title(name), "."]), " "]
        yield Paragraph([*told, Quote(about)] if about else told)
        items: list[Text] = [
            [
                Emphasis(Quote(sentence(subject))),
                ": ",
                *joined([[Quote(change.words)] for change in some]),
            ]
            for subject, some in changed.by_subject()
        ]
        yield Paragraph([Quote(sentence(lead(changed, facts.titles))), ":" if items else "."])
        if items:
            yield Bullets(items)


def _differences(facts: Facts) -> Iterator[Block]:
    rows = facts.contrasts()
    if not rows:
        yield Paragraph("There is only one scenario: nothing to compare with.")
        return
    drawn = facts.experiment.parameters.source != "point"
    yield Paragraph(
        [
            "Differences in the share of councils joined ",
            facts.in_force("headline_months"),
            " months after opening, in percentage points. ",
            Emphasis("Paired"),
            ": same councils, same luck, future by future, so that only the policy differs. ",
            Emphasis("Unpaired"),
            ": different councils, so that these differ as well"
            + ("; behaviour is the same." if drawn else "."),
        ]
    )
    yield Table(
        [
            "Scenario",
            "Against",
            "How",
            "Difference",
            "95% interval of the mean",
            "Higher in",
            "Reads as",
        ],
        [
            [
                facts.title(row["scenario"]),
                facts.title(row["versus"]),
                "paired" if row["paired"] else "unpaired",
                facts.contrast(row, "difference"),
                "–" if math.isnan(row["low"]) else facts.interval(row),
                facts.contrast(row, "share_higher", "percent"),
                row["verdict"],
            ]
            for row in rows
        ],
        align="lllrrrl",
    )
    yield Paragraph(
        [
            "Hardly differs: the whole interval lies within ",
            facts.in_force("precision_share", "points_plain"),
            " points of nothing. Cannot be told: it reaches from one side of nothing to the other. "
            "With many comparisons, some intervals leave out zero by chance.",
        ]
    )


def _explained(facts: Facts) -> Iterator[Block]:
    """Tell what differences are made of."""
    told = list(explanations(facts.findings, facts.experiment))
    if not told:
        return
    yield Paragraph(
        "What a difference is made of, within the model: groups of settings are moved from the one "
        "scenario to the other, in every order and with the same luck. Each figure is what a group "
        "adds on average over all orders, with its 95% interval; what groups bring about only "
        "together is shared equally between them. Effort is counted for each council. Settings "
        "are mostly assumptions, so this says what the model makes of them and not what caused "
        "anything in the world."
    )
    for one in told:
        yield Paragraph([Strong([Quote(one.title), "."]), " ", *paragraph(one)])


def _groups(facts: Facts) -> Iterator[Block]:
    for grouping in sections(facts):
        rows = facts.rows("summary", grouping=grouping, outcome=facts.outcome)
        groups = list(dict.fromkeys(row["group"] for row in rows))
        if len(groups) < 2:
            continue
        present = {row["scenario"] for row in rows}
        yield Paragraph(
            [
                "Joined ",
                facts.in_force("headline_months"),
                f" months after opening, by {grouping}:",
            ]
        )
        yield Table(
            ["Scenario", *(Quote(str(group).replace("_", " ")) for group in groups)],
            [
                [
                    facts.title(name),
                    *(facts.band(name, facts.outcome, group, grouping) for group in groups),
                ]
                for name in facts.scenarios
                if name in present
            ],
            align="l" + "r" * len(groups),
        )


def _money(facts: Facts) -> Iterator[Block]:
    yield Paragraph(
        [
            "Discounted to ",
            Date("April 2018"),
            " at ",
            Date("2017-18"),
            " prices, from the start to the end of the horizon; medians, and the band of 9 in 10 "
            "futures. Fees pass from councils to the programme. More than 100% of the promise "
            "means that even the full promise would not pay at the use it gets by then.",
        ]
    )
    yield Table(
        [
            "Scenario",
            "Net saving, councils",
            "Net saving, programme",
            "Net saving, both",
            "Money back within the horizon",
            "Breaks even if this part of the promise comes true",
            "Incident costs avoided",
        ],
        [
            [
                facts.title(name),
                facts.money_band(name, "net_saving_councils_gbp_m"),
                facts.money_band(name, "net_saving_programme_gbp_m"),
                facts.money_band(name, "net_saving_total_gbp_m"),
                ["in ", facts.of(name, "payback_years", "reached_share"), " of futures"],
                facts.of(name, "break_even_ratio"),
                facts.money_band(name, "incident_cost_avoided_gbp_m"),
            ]
            for name in facts.scenarios
        ],
        align="lrrrrrr",
    )
