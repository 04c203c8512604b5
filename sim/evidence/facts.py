"""The dated facts that the model rests on, one row each, from `sim/data/evidence.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# S and D may be quoted, U may not.
CONFIDENCE = {
    "S": "seen in a retrieved source",
    "D": "derived here from retrieved data",
    "U": "UNVERIFIED, never quote",
}
UNVERIFIED = CONFIDENCE["U"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with its date and source; what is not known stays empty.

    Attributes
    ----------
    id
        Short name that settings point to; it never changes.
    section
        Heading under which docs/evidence.md lists it.
    claim, figure, date, source
        What is said, in figures, when it held, and who says so.
    confidence
        S seen in a source, D derived here, U unverified.
    use
        "parameter", "pattern" with its number, "validation" or "context".
    settings
        Dotted names of the settings and figures of programmes that it informs.
    """

    id: str
    section: str
    claim: str
    figure: str
    date: str
    source: str
    confidence: str
    use: str
    settings: tuple[str, ...]

    @property
    def may_be_quoted(self) -> bool:
        """Was it seen in a source, or derived from data that were?"""
        return self.confidence != "U"


@cache
def load_evidence() -> dict[str, Fact]:
    """Return all facts by their id, in the order of the file.

    Examples
    --------
    >>> load_evidence()["verify-pilots-quit"].figure
    '10 of 19'
    """
    text = files("sim").joinpath("data/evidence.csv").read_text(encoding="utf-8")
    return _parsed(text.splitlines())


def _parsed(lines: Iterable[str]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for row in csv.DictReader(lines, strict=True):
        fact = Fact(settings=tuple(row.pop("settings").split()), **row)
        if fact.id in facts:
            raise ValueError(f"evidence.csv has two rows called {fact.id}")
        if fact.confidence not in CONFIDENCE:
            raise ValueError(f"evidence.csv, {fact.id}: confidence is S, D or U")
        facts[fact.id] = fact
    return facts
