"""What a difference between two scenarios is made of, in words, for the report and the pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from sim.analysis.findings import Findings
from sim.present.blocks import Number, Part, Quote
from sim.present.formats import plain_number
from sim.present.report.facts import listed_parts
from sim.settings import Experiment
from sim.settings.columns import YES_NO, is_share, outcome_text, unit


@dataclass(frozen=True)
class Added:
    """What a group of settings adds on average, with its interval and what it changes."""

    group: str
    added: float
    low: float
    high: float
    settings: str


@dataclass(frozen=True, eq=False)
class Explained:
    """An explanation with its figures, ready to be told.

    Attributes
    ----------
    name, title, start, end, outcome
        The explanation, the titles of its scenarios and what it explains.
    rows
        Its rows of the finding "attribution".
    """

    name: str
    title: str
    start: str
    end: str
    outcome: str
    rows: pd.DataFrame

    @property
    def seeds(self) -> int:
        """Number of futures behind it."""
        return int(self.rows["seeds"].iloc[0])

    @property
    def in_points(self) -> bool:
        """Is the outcome a share or a probability, told in percentage points?"""
        return is_share(self.outcome) or self.outcome in YES_NO

    @property
    def unit(self) -> str:
        """What differences are counted in."""
        return "percentage points" if self.in_points else unit(self.outcome)

    @property
    def total(self) -> Added:
        """Difference between the two scenarios."""
        row = self.rows.iloc[0]
        return Added("", row["total"], row["total_low"], row["total_high"], "")

    @property
    def over_all(self) -> float:
        """Difference over all futures of both scenarios, of which some are taken apart."""
        return float(self.rows["all_total"].iloc[0])

    @property
    def of_all(self) -> bool:
        """Whether all futures are taken apart, as far as the difference over all can be said."""
        row = self.rows.iloc[0]
        return bool(row["all_seeds"] <= row["seeds"] or math.isnan(row["all_total"]))

    @property
    def parts(self) -> list[Added]:
        """What each group adds, the largest first."""
        columns = self.rows[["group", "attributed", "low", "high", "settings"]]
        return [Added(*row) for row in columns.itertuples(index=False)]

    @property
    def tied(self) -> bool:
        """Are there two largest groups that the futures cannot tell apart?"""
        return len(self.rows) > 1 and not self.rows["ahead_low"].iloc[0] > 0

    def size(self, difference: float, like: float | None = None) -> str:
        """Write a difference of the outcome, to a tenth where it, or another, is small."""
        if not self.in_points:
            return plain_number(difference)
        small = abs(100 * (difference if like is None else like)) < 9.95
        figure = f"{100 * difference:.{int(small)}f}"
        return "0" if float(figure) == 0.0 else figure.replace("-", "−")

    def figure(self, part: Added) -> str:
        """Write what a group adds with its interval in brackets."""
        interval = ""
        if math.isfinite(part.low):
            low, high = (self.size(end, part.added) for end in (part.low, part.high))
            interval = f" ({low} to {high})"
        return self.size(part.added) + interval


def explanations(findings: Findings, experiment: Experiment) -> Iterator[Explained]:
    """Explanations that have figures, in the order of the file."""
    table = findings["attribution"]
    for name, settings in experiment.explain.items():
        rows = table[table["explanation"] == name]
        if rows.empty or rows["attributed"].isna().any():
            continue
        start, end = (
            experiment.scenarios[key].title or key for key in (settings.start, settings.to)
        )
        title = settings.title or f"{start} → {end}"
        yield Explained(name, title, start, end, settings.outcome, rows)


def paragraph(one: Explained) -> list[Part]:
    """Tell an explanation in plain words, without claiming a cause outside the model."""
    form = "points" if one.in_points else "signed"

    def of(group: str, *columns: str) -> list[Part]:
        """A figure of a group with its interval in brackets."""
        at, low, high = (Number("attribution", (one.name, group), c, form) for c in columns)
        return [at, " (", low, " to ", high, ")"]

    groups = [part.group for part in one.parts]
    added = [
        [*of(group, "attributed", "low", "high"), " from “", Quote(group), "”"] for group in groups
    ]
    first = (one.name, groups[0])
    taken_apart = of(groups[0], "total", "total_low", "total_high")
    between: list[Part] = [
        f" {one.unit} from “",
        Quote(one.start),
        "” to “",
        Quote(one.end),
        "”",
    ]
    said: list[Part] = [Quote(outcome_text(one.outcome)), ": "]
    if one.of_all:
        said += [*taken_apart, *between]
    else:
        said += [
            Number("attribution", first, "all_total", form),
            *between,
            " over ",
            Number("attribution", first, "all_seeds", "count"),
            " futures, ",
            *taken_apart,
            " over the ",
            Number("attribution", first, "seeds", "count"),
            " that are taken apart",
        ]
    said += [". Of these, ", *listed_parts(added), "."]
    if len(groups) > 1:
        said += [" “", Quote(groups[0])]
        if one.tied:
            said += ["” and “", Quote(groups[1]), "” weigh about the same."]
        else:
            said.append("” weighs most.")
    return said
