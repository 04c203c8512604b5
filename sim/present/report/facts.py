"""What a report is written from: an experiment, its findings, and how numbers of them are said."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from sim.analysis.findings import Findings
from sim.analysis.probability_words import words_within
from sim.experiment.titles import unique_titles
from sim.present.blocks import Month, Number, Part, Quote, Text, in_brackets
from sim.settings import Experiment, Scenario, month_text

ALL = "all"
MOST_NAMED = 3
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

    @cached_property
    def titles(self) -> dict[str, str]:
        """Names of all scenarios as readers see them; those of the same title are told apart."""
        return unique_titles(self.experiment)

    @cached_property
    def outcome(self) -> str:
        """Outcome that the report leads with: that at the end, if no scenario gets so far."""
        return str(self.findings["headline"]["outcome"].iloc[0])

    @property
    def use(self) -> str:
        """Outcome that says how much spend is routed at the same time."""
        return self.outcome.replace("joined", "use", 1)

    @property
    def when(self) -> list[Part]:
        """When that is, in words: "five years after opening"."""
        if self.outcome.endswith("_end"):
            return [
                "in ",
                self.end,
                ", before ",
                self.in_force("headline_months", "span"),
                " are over",
            ]
        return [self.in_force("headline_months", "span"), " after opening"]

    @property
    def end(self) -> Month:
        """Last month of the horizon."""
        return Month(month_text(self.experiment.horizon.ends))

    def settings(self, scenario: str) -> Scenario:
        """Return the settings of a scenario, its months by the calendar."""
        return self.experiment.scenarios[scenario].in_calendar()

    def title(self, scenario: str) -> Quote:
        """Name of a scenario as readers see it."""
        return Quote(self.titles[scenario])

    @cached_property
    def base(self) -> str:
        """The scenario to compare with: the first that was run, if that of the file was not."""
        base = self.experiment.base_scenario
        return base if base in self.scenarios else self.scenarios[0]

    @cached_property
    def chief(self) -> list[str]:
        """Scenarios that the answer names, the one with most councils joined first.

        All, if they are few. Else the base and the readings of the first proposal in `together`;
        without such, the ones with most and with fewest councils joined.
        """
        shown = self.scenarios
        if len(shown) > MOST_NAMED:
            medians = {name: self.middle(name) for name in shown}
            others = [name for name in shown if name != self.base]
            known = [name for name in others if not math.isnan(medians[name])] or others
            readings = [[n for n in some if n in others] for some in self.experiment.together]
            chosen = next((some for some in readings if some), None) or [
                max(known, key=medians.__getitem__),
                min(known, key=medians.__getitem__),
            ]
            shown = [name for name in shown if name == self.base or name in chosen]
        return sorted(shown, key=lambda name: -_number(self.middle(name)))

    def middle(self, scenario: str) -> float:
        """Median share of councils joined; missing where the horizon ends too early."""
        row = self.row(scenario, self.outcome)
        return math.nan if row is None else float(row["median"])

    def nothing_on_offer(self, scenario: str) -> bool:
        """Is there nothing to join?"""
        return not self.settings(scenario).offers

    def trials(self, scenario: str) -> int:
        """Futures that are independent evidence of a mean: draws of behaviour, if it is drawn."""
        row = self.findings.row("headline", scenario)
        return int(str(row["trials"])) if row is not None else 0

    def chance(self, scenario: str) -> str:
        """Say how likely most councils join in time, as surely as the futures allow."""
        row = self.row(scenario, "passed")
        if self.nothing_on_offer(scenario):
            return "not possible"
        if row is None or math.isnan(row["mean"]):
            return "not known yet"
        if self.trials(scenario) == 1:
            return {0.0: "not the case", 1.0: "the case"}.get(row["mean"], "the case in some")
        return words_within(*(float(row[name]) for name in ("mean", "mean_low", "mean_high")))

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

        if self.trials(scenario) == 1:
            return of("median", "percent")  # one future, or draw, does not tell how far they differ
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
        if self.trials(scenario) == 1:
            return middle
        return [middle, *in_brackets(middle, low, high, self.findings)]

    def interval(self, row: Row, low: str = "low", high: str = "high") -> list[Part]:
        """Both ends of the interval of a row of the comparison."""
        return [self.contrast(row, low), " to ", self.contrast(row, high)]


def _number(value: float) -> float:
    return -1.0 if math.isnan(value) else value


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
