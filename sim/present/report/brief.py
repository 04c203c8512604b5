"""The brief: on one page a question, its answer, a table of scenarios and what to keep in mind."""

from __future__ import annotations

from sim.present.blocks import Block, Bullets, Heading, Note, Paragraph, Part, Quote, Strong
from sim.present.report.answer import answer
from sim.present.report.caveats import FIRST, caveats
from sim.present.report.facts import Facts
from sim.present.report.overview import brief_table
from sim.present.report.reading import made_by

MOST_ROWS = 8


def brief(facts: Facts) -> list[Block]:
    """Say on one A4 page what was asked and found.

    Parameters
    ----------
    facts
        The numbers, of at least one run that went through.

    Returns
    -------
    list of Block
        Title, question, the five sentences of the answer, a table of at most eight scenarios
        (those that the answer names first), at most three caveats, and the source.
    """
    experiment = facts.experiment
    order = [*facts.chief, *(name for name in facts.scenarios if name not in facts.chief)]
    shown = set(order[:MOST_ROWS])
    names = [name for name in facts.scenarios if name in shown]
    about: list[Part] = [
        "Median of the futures, and the band of 9 in 10 futures. Joined and spend routed: ",
        *facts.when,
        "; money: by ",
        facts.end,
        ".",
    ]
    if len(names) < len(facts.scenarios):
        about.append(" The report has the other scenarios.")
    first = caveats(facts)[:FIRST]
    return [
        Heading(1, Quote(experiment.title)),
        Paragraph([Strong("The question."), " ", Quote(experiment.question)]),
        Bullets(answer(facts)),
        brief_table(facts, names),
        Paragraph(about),
        *([Note("Read with this in mind", [Bullets(first)])] if first else []),
        Paragraph(made_by(facts)),
    ]
