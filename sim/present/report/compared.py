"""Two results compared: which settings differ, and what came out of each."""

from __future__ import annotations

from sim.present.blocks import Block, Heading, Quote
from sim.present.report.facts import Facts


def compared(facts_a: Facts, facts_b: Facts) -> list[Block]:
    """Say how the results of two experiments differ.

    Parameters
    ----------
    facts_a, facts_b
        The numbers of both.
    """
    titles = [Quote(facts.experiment.title) for facts in (facts_a, facts_b)]
    return [Heading(1, [titles[0], " and ", titles[1]])]
