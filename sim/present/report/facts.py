"""What a report is written from: an experiment, its findings, and how numbers of them are said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from sim.analysis.findings import Findings
from sim.present.blocks import Number, Part, Quote, Text
from sim.settings import Experiment, Scenario

ALL = "all"
Record = dict[str, Any]
Row = Record


def records(frame: pd.DataFrame) -> list[Record]:
    """Rows of a table as plain dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


@dataclass(frozen=True, eq=False)
class Facts:
    """Findings of an experiment, and references to their numbers.

    Attributes
    ----------
    experiment
        The settings.
    findings
        Everything that was estimated.
    manifest
        What made the results.
    """

    experiment: Experiment
    findings: Findings
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def scenarios(self) -> list[str]:
        """Scenarios that have runs, in the order of the file."""
        return [str(name) for name in self.findings["headline"]["scenario"]]

    @property
    def outcome(self) -> str:
        """Outcome that the report leads with."""
        return f"joined_share_{self.experiment.outcomes.headline_months}m"

    def settings(self, scenario: str) -> Scenario:
        """Return the settings of a scenario."""
        return self.experiment.scenarios[scenario]

    def title(self, scenario: str) -> Quote:
        """Name of a scenario as readers see it."""
        return Quote(self.settings(scenario).title or scenario)

    # ------------------------------------------------------------ rows

    def row(self, scenario: str, outcome: str, group: str = ALL, grouping: str = "") -> Row | None:
        """Row of the summary for an outcome, or None."""
        return self.findings.row("summary", scenario, grouping or ALL, group, outcome)

    def rows(self, finding: str, **where: object) -> list[Row]:
        """Rows of a finding in which some columns have these values."""
        table = self.findings[finding]
        for column, value in where.items():
            table = table[table[column] == value]
        return records(table)

    def contrasts(self) -> list[Row]:
        """Rows of the comparison for the headline outcome, all councils."""
        return self.rows("comparison", outcome=self.outcome, group=ALL)

    # ------------------------------------------------------------ numbers

    def in_force(self, name: str, form: str = "count") -> Number:
        """Refer to a figure that is set."""
        return Number("in_force", (name,), "value", form)

    def of(
        self,
        scenario: str,
        outcome: str,
        column: str = "median",
        form: str = "percent",
        *,
        group: str = ALL,
        grouping: str = ALL,
    ) -> Number:
        """Refer to a figure of the summary."""
        return Number("summary", (scenario, grouping, group, outcome), column, form)

    def headline(self, scenario: str, column: str, form: str) -> Number:
        """Refer to a figure of the headline."""
        return Number("headline", (scenario,), column, form)

    def contrast(self, row: Row, column: str, form: str = "points") -> Number:
        """Refer to a figure of a row of the comparison."""
        key = tuple(row[k] for k in ("scenario", "versus", "grouping", "group", "outcome"))
        return Number("comparison", key, column, form)

    def band(self, scenario: str, outcome: str, group: str = ALL, grouping: str = ALL) -> Text:
        """Median and band of 9 in 10 futures, as shares."""
        row = self.row(scenario, outcome, group, grouping)
        if row is None or pd.isna(row["median"]):
            return "–"

        def of(column: str, form: str) -> Number:
            return self.of(scenario, outcome, column, form, group=group, grouping=grouping)

        low, high = of("q05", "percent_bare"), of("q95", "percent")
        return [of("median", "percent"), " (", low, "–", high, ")"]

    def money_band(self, scenario: str, outcome: str) -> Text:
        """Median and band of 9 in 10 futures, as money."""
        row = self.row(scenario, outcome)
        if row is None or pd.isna(row["median"]):
            return "–"
        middle, low, high = (
            self.of(scenario, outcome, column, "gbp_m") for column in ("median", "q05", "q95")
        )
        return [middle, " (", low, " to ", high, ")"]

    def interval(self, row: Row, low: str = "low", high: str = "high") -> list[Part]:
        """Both ends of the interval of a row of the comparison."""
        return [self.contrast(row, low), " to ", self.contrast(row, high)]


def joined(texts: list[list[Part]], between: str = "; ") -> list[Part]:
    """Put texts one after the other."""
    found: list[Part] = []
    for number, text in enumerate(texts):
        found += ([between] if number else []) + list(text)
    return found


def listed_parts(texts: list[list[Part]]) -> list[Part]:
    """Write texts as a list in prose."""
    if len(texts) < 2:
        return joined(texts)
    return [*joined(texts[:-1], ", "), " and ", *texts[-1]]


def sections(facts: Facts) -> Iterator[str]:
    """Groupings of councils of which the headline is given, in their order."""
    table = facts.findings["summary"]
    found = table[(table["outcome"] == facts.outcome) & (table["grouping"] != ALL)]
    yield from found["grouping"].drop_duplicates()
