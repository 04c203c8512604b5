"""The numbers that a report is written from, and how they are put into words."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import pandas as pd

from sim.analysis.compare import headline_outcome
from sim.present.words import gbp_m as money
from sim.present.words import percent
from sim.results import Results


def text(words_from_file: str) -> str:
    """Keep words from a file from being read as Markdown or HTML."""
    flat = " ".join(words_from_file.split())
    return re.sub(r"([\\`*_{}\[\]<>|#$~])", r"\\\1", flat).replace("\\<", "&lt;")


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign; small ones to a tenth."""
    if math.isnan(difference):
        return "–"
    size = 100 * difference
    figure = f"{size:+.1f}" if abs(size) < 9.95 else f"{size:+.0f}"
    return "0" if figure in ("+0.0", "-0.0") else figure.replace("-", "−")


Record = dict[str, Any]


def records(frame: pd.DataFrame) -> list[Record]:
    """Rows of a table as plain dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


class Facts(NamedTuple):
    """The numbers a report is written from."""

    results: Results
    summary: pd.DataFrame
    comparison: pd.DataFrame

    def row(self, scenario: str, outcome: str, group: str = "all") -> Record | None:
        """Row of the summary for an outcome, or None."""
        s = self.summary
        found = s[(s["scenario"] == scenario) & (s["outcome"] == outcome) & (s["group"] == group)]
        return next(iter(records(found)), None)

    def contrasts(self) -> list[Record]:
        """Rows of the comparison for the headline outcome, all councils."""
        c = self.comparison
        if not len(c):
            return []
        return records(c[(c["outcome"] == headline_outcome(self.results)) & (c["group"] == "all")])

    def band(self, scenario: str, outcome: str, group: str = "all") -> str:
        """Median and band of 9 in 10 futures, as shares."""
        row = self.row(scenario, outcome, group)
        if row is None or pd.isna(row["median"]):
            return "–"
        return f"{percent(row['median'])} ({percent(row['q05'])[:-1]}–{percent(row['q95'])})"

    def money_band(self, scenario: str, outcome: str) -> str:
        """Median and band of 9 in 10 futures, as money."""
        row = self.row(scenario, outcome)
        if row is None or pd.isna(row["median"]):
            return "–"
        return f"{money(row['median'])} ({money(row['q05'])} to {money(row['q95'])})"
