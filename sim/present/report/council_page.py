"""A page on one council: what it is like, whom it listens to, and what it does in each scenario."""

from __future__ import annotations

from sim.present.blocks import Block, Heading, Quote
from sim.present.report.facts import Facts


def council_page(facts: Facts, gss_code: str) -> list[Block]:
    """Say what becomes of one council.

    Parameters
    ----------
    facts
        The numbers, of at least one run that went through.
    gss_code
        Official code of the council.

    Raises
    ------
    KeyError
        If the council takes part in no scenario.
    """
    rows = facts.rows("influence", gss_code=gss_code)
    if not rows:
        raise KeyError(f"no scenario has the council {gss_code}")
    return [Heading(1, Quote(str(rows[0]["name"])))]
