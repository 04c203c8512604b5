"""Facts for docs/evidence.md, one table a section."""

from __future__ import annotations

from collections.abc import Iterable

from sim.evidence.facts import CONFIDENCE, UNVERIFIED, Fact, load_evidence
from sim.present.blocks import Code, Part, Quote, Strong, Table, Text, joined

HEADER = ("Id", "Claim", "Figure", "Date", "Source", "Confidence", "Used for")


def sections() -> list[str]:
    """Return the sections that facts fall into, in the order of the file."""
    return list(dict.fromkeys(fact.section for fact in load_evidence().values()))


def fact_table(section: str) -> list[Table]:
    """Lay out the facts of one section."""
    facts = [fact for fact in load_evidence().values() if fact.section == section]
    return [Table(HEADER, [_row(fact) for fact in facts])]


def fact_ids(facts: Iterable[Fact]) -> list[Part]:
    """Name facts by their ids, unverified ones marked."""
    return joined(
        Code(fact.id) if fact.may_be_quoted else [Code(fact.id), " (", Strong(UNVERIFIED), ")"]
        for fact in facts
    )


def _row(fact: Fact) -> list[Text]:
    confidence = fact.confidence
    settings = joined(Code(name) for name in fact.settings)
    return [
        Code(fact.id),
        Quote(fact.claim),
        Quote(fact.figure),
        Quote(fact.date),
        Quote(fact.source),
        confidence if fact.may_be_quoted else Strong(f"{confidence}: {CONFIDENCE[confidence]}"),
        joined((part for part in (fact.use and Quote(fact.use), settings) if part), ": "),
    ]
