"""The numbers that a report is written from, and how they are put into words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from sim.analysis.comparison import headline_outcome
from sim.analysis.sensitivity import variance_table
from sim.present.formats import gbp_m as money
from sim.present.formats import percent
from sim.runs.results import Results


def text(words_from_file: str) -> str:
    """Keep words from a file from being read as Markdown or HTML."""
    flat = " ".join(words_from_file.split())
    return re.sub(r"([\\`*_{}\[\]<>|#$~])", r"\\\1", flat).replace("\\<", "&lt;")


Record = dict[str, Any]


def records(frame: pd.DataFrame) -> list[Record]:
    """Rows of a table as plain dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


@dataclass(frozen=True, eq=False)
class Facts:
    """The numbers a report is written from.

    Attributes
    ----------
    results
        The tables of the experiment.
    summary, comparison
        Of its scenarios, and of each with its base.
    doubts
        What settings that evidence does not pin down would change.
    """

    results: Results
    summary: pd.DataFrame
    comparison: pd.DataFrame
    sensitivities: pd.DataFrame

    @cached_property
    def _rows(self) -> dict[tuple[str, str, str], Record]:
        rows: dict[tuple[str, str, str], Record] = {}
        for row in records(self.summary):
            rows.setdefault((row["scenario"], row["outcome"], row["group"]), row)
        return rows

    @cached_property
    def variance(self) -> pd.DataFrame:
        """How much of the headline's variance comes from parameters."""
        return variance_table(self.results)

    def row(self, scenario: str, outcome: str, group: str = "all") -> Record | None:
        """Row of the summary for an outcome, or None."""
        return self._rows.get((scenario, outcome, group))

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
