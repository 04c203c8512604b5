"""The brief: on one page a question, its answer, a table of scenarios and what to keep in mind."""

from __future__ import annotations

from sim.present.blocks import Block, Bullets, Heading, Paragraph, Quote, Strong
from sim.present.report.answer import answer
from sim.present.report.facts import Facts


def brief(facts: Facts) -> list[Block]:
    """Say on one A4 page what was asked and found.

    Parameters
    ----------
    facts
        The numbers, of at least one run that went through.
    """
    experiment = facts.experiment
    return [
        Heading(1, Quote(experiment.title)),
        Paragraph([Strong("The question."), " ", Quote(experiment.question)]),
        Bullets(answer(facts)),
    ]
