"""What a difference between two scenarios is made of, in words, for the report and the pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from sim.analysis.attribution import attributed, attribution_table
from sim.analysis.estimators import mean_interval
from sim.experiment.parameters import draws_of
from sim.files.words import listed
from sim.present.formats import percent, plain_number
from sim.runs.results import Results
from sim.settings.columns import YES_NO, is_share, outcome_text, unit


@dataclass(frozen=True)
class Part:
    """What a group of settings adds on average, and its interval."""

    group: str
    added: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Explained:
    """An explanation with its figures, ready to be told.

    Attributes
    ----------
    name, title, start, end, outcome
        The explanation, the titles of its scenarios and what it explains.
    rows
        Its rows of :func:`sim.analysis.attribution.attribution_table`.
    first_over_second
        Lower end of the interval of how much more the largest group adds than the second,
        missing if there is only one.
    """

    name: str
    title: str
    start: str
    end: str
    outcome: str
    rows: pd.DataFrame
    first_over_second: float

    @property
    def from_value(self) -> float:
        """Mean outcome of the scenario to begin with."""
        return float(self.rows["from_value"].iloc[0])

    @property
    def to_value(self) -> float:
        """Mean outcome of the scenario to arrive at."""
        return float(self.rows["to_value"].iloc[0])

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
    def total(self) -> float:
        """Difference between the two scenarios."""
        return self.to_value - self.from_value

    @property
    def parts(self) -> list[Part]:
        """What each group adds, the largest first."""
        columns = self.rows[["group", "attributed", "low", "high"]]
        return [Part(*row) for row in columns.itertuples(index=False)]

    @property
    def tied(self) -> bool:
        """Are there two largest groups that the futures cannot tell apart?"""
        return len(self.rows) > 1 and not self.first_over_second > 0

    def value(self, value: float) -> str:
        """Write a value of the outcome."""
        return percent(value) if self.in_points else plain_number(value)

    def size(self, difference: float, like: float | None = None) -> str:
        """Write a difference of the outcome, to a tenth where it, or another, is small."""
        if not self.in_points:
            return plain_number(difference)
        small = abs(100 * (difference if like is None else like)) < 9.95
        figure = f"{100 * difference:.{int(small)}f}"
        return "0" if float(figure) == 0.0 else figure.replace("-", "−")

    def figure(self, part: Part, sign: float = 1.0) -> str:
        """Write what a group adds with its interval in brackets, or how much it takes away."""
        low, high = sorted(sign * end for end in (part.low, part.high))
        interval = ""
        if math.isfinite(low):
            interval = f" ({self.size(low, part.added)} to {self.size(high, part.added)})"
        return self.size(sign * part.added) + interval


def explanations(results: Results) -> Iterator[Explained]:
    """Explanations that have figures, in the order of the file."""
    for name, rows in attribution_table(results).groupby("explanation", sort=False):
        if rows["attributed"].isna().any():
            continue
        by_seed = attributed(results, str(name))
        first, *others = by_seed.to_numpy()
        beyond = math.nan
        if others:
            direction = [1.0 if row.mean() >= 0 else -1.0 for row in (first, others[0])]
            ahead = direction[0] * first - direction[1] * others[0]
            draws = draws_of(results.experiment.parameters, by_seed.columns)
            beyond = float(mean_interval(ahead, draws)[1][0])
        start, end, outcome = (str(rows[key].iloc[0]) for key in ("from", "to", "outcome"))
        titles = (results.title(start), results.title(end))
        title = results.experiment.explain[str(name)].title or f"{titles[0]} → {titles[1]}"
        yield Explained(str(name), title, *titles, outcome, rows, beyond)


def paragraph(one: Explained) -> str:
    """Tell an explanation in plain words, without claiming a cause outside the model."""
    ends = (
        f"{outcome_text(one.outcome)}: {one.value(one.from_value)} under “{one.start}”, "
        f"{one.value(one.to_value)} under “{one.end}”."
    )
    sign = math.copysign(1.0, one.total)
    parts = [
        f"{one.figure(part, sign)} {'' if position else 'come '}from “{part.group}”"
        for position, part in enumerate(one.parts)
    ]
    whole = f"Of these {one.size(abs(one.total))} {one.unit}, {listed(parts)}."
    first, *others = (f"“{part.group}”" for part in one.parts)
    if not others:
        return f"{ends} {whole}"
    weighs = f"{first} and {others[0]} weigh about the same" if one.tied else f"{first} weighs most"
    return f"{ends} {whole} {weighs}."
