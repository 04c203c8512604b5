"""Tables in Markdown, for the documents that are made from the code and its data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sim.evidence.facts import UNVERIFIED, Fact


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()
) -> str:
    """Write a table, columns in `right` aligned to the right and empty cells as a dash."""
    rule = ["--:" if name in right else "---" for name in header]
    body = [[_cell(cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(header), rule, *body])


def id_list(facts: Iterable[Fact]) -> str:
    """Name facts by their ids, unverified ones marked."""
    return ", ".join(
        f"`{fact.id}`" + ("" if fact.may_be_quoted else f" (**{UNVERIFIED}**)") for fact in facts
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ") or "-"
