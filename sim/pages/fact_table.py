"""Facts for docs/evidence.md, one table a section."""

from __future__ import annotations

from sim.evidence.facts import CONFIDENCE, Fact, load_evidence
from sim.present.markdown import table

HEADER = ("Id", "Claim", "Figure", "Date", "Source", "Confidence", "Used for")


def sections() -> list[str]:
    """Return the sections that facts fall into, in the order of the file."""
    return list(dict.fromkeys(fact.section for fact in load_evidence().values()))


def fact_table(section: str) -> str:
    """Write the facts of one section as a Markdown table."""
    return table(
        HEADER, [_row(fact) for fact in load_evidence().values() if fact.section == section]
    )


def _row(fact: Fact) -> list[str]:
    confidence = (
        fact.confidence
        if fact.may_be_quoted
        else f"**{fact.confidence}: {CONFIDENCE[fact.confidence]}**"
    )
    settings = ", ".join(f"`{name}`" for name in fact.settings)
    return [
        f"`{fact.id}`",
        fact.claim,
        fact.figure,
        fact.date,
        fact.source,
        confidence,
        ": ".join(part for part in (fact.use, settings) if part),
    ]
