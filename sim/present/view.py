"""What pictures need of the findings: bands, paths over time, sets of councils, and their words.

Nothing is estimated here. What a picture shows is read from the findings, where the report reads
it too, so that both say the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis.findings import Findings
from sim.analysis.paths import Clock
from sim.analysis.summary import ALL, BAND
from sim.experiment.titles import unique_titles
from sim.files.words import listed
from sim.present.figures.style import HEAD, LOST, LOST_NOTE, plain, wrap
from sim.present.looks import Look, look_of
from sim.present.words import councils_words, month_name, span_words
from sim.runs.results import Results
from sim.settings import CouncilChoice, month_text

FloatArray = npt.NDArray[np.float64]

MOST_LINES = 4  # beside the base
LONGEST_NAME = 880.0  # pixels, at the size of titles


@dataclass(frozen=True)
class Band:
    """Median, middle half and middle 90 % of simulated futures."""

    low90: float
    low50: float
    middle: float
    high50: float
    high90: float
    futures: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Band:
        """Read one from a row of a finding that has a band."""
        low90, low50, middle, high50, high90 = (float(row[column]) for column in BAND)
        return cls(low90, low50, middle, high50, high90, int(row["seeds"]))

    def times(self, factor: float) -> Band:
        """The same in another unit."""
        return Band(
            factor * self.low90,
            factor * self.low50,
            factor * self.middle,
            factor * self.high50,
            factor * self.high90,
            self.futures,
        )


# Of what does not exist, such as money of a scenario that offers nothing.
NO_BAND = Band(math.nan, math.nan, math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True, eq=False)
class Fan:
    """The same at each month."""

    x: FloatArray
    low90: FloatArray
    low50: FloatArray
    middle: FloatArray
    high50: FloatArray
    high90: FloatArray
    futures: int

    @classmethod
    def of(cls, x: FloatArray, spread: FloatArray, futures: int) -> Fan:
        """Make one from five rows of quantiles in rising order."""
        return cls(x, spread[0], spread[1], spread[2], spread[3], spread[4], futures)


@dataclass(frozen=True, eq=False)
class Fate:
    """Futures that a review cancelled, or those that went on."""

    name: str
    fan: Fan
    seeds: int
    share: float


@dataclass(frozen=True)
class Headline:
    """The moment the pictures lead with."""

    outcome: str
    months: int | None
    words: str  # "five years after opening"


@dataclass(frozen=True)
class Group:
    """Scenarios that are drawn in one panel."""

    title: str
    scenarios: tuple[str, ...]


# Where the behaviour of councils comes from.
BEHAVIOUR = {
    "posterior": "behaviour drawn from the fit to history",
    "prior": "behaviour drawn from the prior",
    "point": "behaviour at one point",
}


class View:
    """Findings as the pictures look at them.

    Parameters
    ----------
    results
        What the findings were made from: the experiment and what made its runs. No table of runs
        is read.
    findings
        Everything that was estimated.
    """

    def __init__(self, results: Results, findings: Findings) -> None:
        self.experiment = results.experiment
        self.manifest = results.manifest
        self.run_id = results.run_id
        self.findings = findings
        self.scenarios = [str(name) for name in findings["headline"]["scenario"]]
        self._fans: dict[tuple[str, str, Clock], Fan] = {}

    # ------------------------------------------------------------ scenarios

    def title(self, scenario: str) -> str:
        """Name of a scenario as readers see it; those of the same title are told apart."""
        return self._titles[scenario]

    @cached_property
    def _titles(self) -> dict[str, str]:
        return {name: plain(title) for name, title in unique_titles(self.experiment).items()}

    def _of_scenario(self, scenario: str) -> dict[str, Any]:
        row = self.findings.row("headline", scenario)
        assert row is not None
        return row

    @cached_property
    def futures(self) -> int:
        """The most futures any scenario has."""
        return int(self.findings["headline"]["seeds"].max()) if self.scenarios else 0

    @cached_property
    def base(self) -> str:
        """The scenario others are compared with, if it has run; else the first that has."""
        base = self.experiment.base_scenario
        return base if base in self.scenarios else self.scenarios[0]

    def in_force(self, name: str) -> float:
        """Read a figure that is set."""
        return float(str(self.findings.value("in_force", (name,), "value")))

    def opens(self, scenario: str) -> bool:
        """Can councils join anything in this scenario, within the horizon?"""
        return isinstance(self._of_scenario(scenario)["opened"], str)

    @cached_property
    def first_opening(self) -> str | None:
        """Month in which councils can join anything in any scenario; None if they never can."""
        months = [self._of_scenario(name)["opened"] for name in self.scenarios]
        return min((month for month in months if isinstance(month, str)), default=None)

    def councils(self, scenario: str) -> int:
        """How many councils take part."""
        return int(self._of_scenario(scenario)["councils"])

    @cached_property
    def sets(self) -> list[Group]:
        """Scenarios by the councils that take part, in the order of the file."""
        sets: list[tuple[CouncilChoice, list[str]]] = []
        for name in self.scenarios:
            choice = self.experiment.scenarios[name].councils
            found = next((names for other, names in sets if other == choice), None)
            if found is None:
                sets.append((choice, [name]))
            else:
                found.append(name)
        return [
            Group(councils_words(choice, self.councils(names[0])), tuple(names))
            for choice, names in sets
        ]

    @cached_property
    def panels(self) -> list[Group]:
        """The same, with no more lines in a panel than can be told apart; the base is no other."""
        if len(self.scenarios) <= MOST_LINES and len(self.sets) > 2:
            return [Group("", tuple(self.scenarios))]
        panels: list[Group] = []
        for group in self.sets:
            others = [name for name in group.scenarios if name != self.base]
            parts = max(math.ceil(len(others) / MOST_LINES), 1)
            size = math.ceil(len(others) / parts)
            for part in range(parts):
                names = others[part * size : (part + 1) * size]
                if self.base in group.scenarios and part == 0:
                    names = [self.base, *names]
                title = f"{group.title} ({part + 1} of {parts})" if parts > 1 else group.title
                panels.append(Group(title, tuple(names)))
        return panels

    def style(self, scenario: str) -> Look:
        """Colour, mark and kind of line of a scenario, the same in every picture."""
        return look_of(self.experiment, scenario)

    def look(self, scenario: str) -> tuple[str, str]:
        """Colour and marker of a scenario, the same in every picture."""
        own = self.style(scenario)
        return own.colour, own.marker

    # ------------------------------------------------------------ what was asked

    @cached_property
    def asked(self) -> str | None:
        """The scenario that the base is set against in titles; None if the base is alone.

        The first reading of the proposal (`together`) or what an explanation leads to from the
        base, if there is one; else the first other scenario of the file.
        """
        together = [name for readings in self.experiment.together for name in readings]
        explained = [one.to for one in self.experiment.explain.values() if one.start == self.base]
        for name in (*together, *explained, *self.scenarios):
            if name != self.base and name in self.scenarios:
                return name
        return None

    @cached_property
    def contrast(self) -> tuple[str, ...]:
        """The base and the scenario it is set against, or the base alone."""
        return (self.base,) if self.asked is None else (self.base, self.asked)

    def contrast_among(self, scenarios: Sequence[str]) -> tuple[str, ...]:
        """The same of some scenarios, for charts in which others do not belong.

        The base or else the first of them, and the asked one or else what an explanation leads
        to from there, or else the next.
        """
        first = self.base if self.base in scenarios else scenarios[0]
        explained = [one.to for one in self.experiment.explain.values() if one.start == first]
        for name in (self.asked, *explained, *scenarios):
            if name is not None and name != first and name in scenarios:
                return (first, name)
        return (first,)

    def named(self, scenario: str) -> str:
        """Name of a scenario in a title, in quotes; the middle of a long one is left out."""
        return f"“{wrap(self.title(scenario), HEAD, LONGEST_NAME, 1)[0]}”"

    # ------------------------------------------------------------ time

    def fan(self, scenario: str, outcome: str, clock: Clock) -> Fan:
        """Band of an outcome over time, as the finding "paths" counts its months."""
        key = (scenario, outcome, clock)
        if key not in self._fans:
            paths = self.findings["paths"]
            own = (paths["scenario"] == scenario) & (paths["outcome"] == outcome)
            rows = paths[own & (paths["clock"] == clock)].sort_values("month")
            months = rows["month"].to_numpy(dtype=np.float64)
            futures = int(rows["seeds"].max()) if len(rows) else 0
            self._fans[key] = Fan.of(months, rows[list(BAND)].to_numpy(dtype=float).T, futures)
        return self._fans[key]

    def fates(self, scenario: str) -> dict[str, Fate]:
        """Joined share since opening of cancelled and other futures; empty without a review."""
        table = self.findings["fate_paths"]
        found: dict[str, Fate] = {}
        own = table[table["scenario"] == scenario]
        for fate, rows in own.groupby("fate", sort=False):
            rows = rows.sort_values("month")
            seeds, share = int(rows["seeds"].iloc[0]), float(rows["share"].iloc[0])
            months = rows["month"].to_numpy(dtype=np.float64)
            fan = Fan.of(months, rows[list(BAND)].to_numpy(dtype=float).T, seeds)
            found[str(fate)] = Fate(str(fate), fan, seeds, share)
        return found

    def of_group(self, scenario: str, grouping: str, group: str, outcome: str) -> Band:
        """Band of an outcome of a group of councils."""
        row = self.findings.row("summary", scenario, grouping, group, outcome)
        return NO_BAND if row is None else Band.of(row)

    @cached_property
    def calendar_ends(self) -> tuple[int, int]:
        """First and last month of the horizon."""
        return self.experiment.horizon.starts, self.experiment.horizon.ends

    @cached_property
    def opening_months(self) -> int:
        """How far the clock since opening is drawn: to the last month that is reported."""
        paths = self.findings["paths"]
        months = paths.loc[paths["clock"] == "opening", "month"]
        longest = int(months.max()) if len(months) else 0
        return min(longest, max(self.experiment.outcomes.months_since_opening))

    # ------------------------------------------------------------ the headline

    @cached_property
    def headline(self) -> Headline:
        """The headline month, or the end of the horizon if no scenario gets that far."""
        row = self._of_scenario(self.scenarios[0])  # of all scenarios the same
        if math.isfinite(row["months"]):
            months = int(row["months"])
            return Headline(row["outcome"], months, f"{span_words(months)} after opening")
        end = month_text(self.experiment.horizon.ends)
        return Headline(row["outcome"], None, f"by {month_name(end)}")

    def joined(self, scenario: str) -> Band:
        """Band of the joined share at the headline; nothing on offer is nobody joined."""
        return Band.of(self._of_scenario(scenario))

    @cached_property
    def differences(self) -> pd.DataFrame:
        """The comparison of the scenarios, of all councils."""
        table = self.findings["comparison"]
        return table[table["grouping"] == ALL]

    # ------------------------------------------------------------ scope

    @cached_property
    def widened(self) -> dict[str, str]:
        """Scenarios in which an event changes who may join, and the month of the first."""
        found = {name: self.experiment.scenarios[name].scope_changes for name in self.scenarios}
        return {name: month_text(month) for name, month in found.items() if month is not None}

    @cached_property
    def clock_note(self) -> str:
        """A warning where "since opening" is not the same for all councils."""
        if not self.widened:
            return ""
        months: dict[str, list[str]] = {}
        for name, month in self.widened.items():
            months.setdefault(month, []).append(f"“{self.title(name)}”")
        words = "; ".join(
            f"in {month_name(month)} under {listed(names)}" for month, names in months.items()
        )
        return f" Counted from the first opening; who may join changes later: {words}."

    # ------------------------------------------------------------ words

    @cached_property
    def of_futures(self) -> str:
        """What a spread or share is taken over."""
        return f"of {self.futures:,} simulated future{'' if self.futures == 1 else 's'}"

    def some(self, seeds: int) -> str:
        """What an estimate rests on that is made from a part of the futures."""
        many = f"{seeds:,} of {self.futures:,}" if seeds < self.futures else f"{seeds:,}"
        return f"{many} simulated futures"

    @cached_property
    def rough(self) -> str:
        """A warning if there are too few futures for bands to be trusted."""
        few = 1 < self.futures < self.in_force("fewest_seeds")
        return f" (only {self.futures} futures: bands are rough)" if few else ""

    @cached_property
    def fan_words(self) -> str:
        """How to read line and bands."""
        if self.futures == 1:
            return "Line: a single simulated future, so there is no band"
        return f"Line: median; bands: middle half and 9 in 10 {self.of_futures}{self.rough}"

    @cached_property
    def dot_words(self) -> str:
        """How to read dots with intervals."""
        if self.futures == 1:
            return "Dot: a single simulated future, so there is no band"
        return (
            f"Marker: median; thick and thin bar: middle half and 9 in 10 {self.of_futures}"
            f"{self.rough}"
        )

    @cached_property
    def about(self) -> dict[str, str]:
        """What made the picture, for the files' metadata."""
        table = self.findings["headline"]
        first, last = int(table["first_seed"].min()), int(table["last_seed"].max())
        return {
            "experiment": plain(self.experiment.title),
            "run_id": self.run_id or "not kept",
            "version": str(self.manifest.get("version", "")),
            "seeds": f"{first}–{last}" if last > first else f"{first}",
        }

    @property
    def _drawn(self) -> str:
        return self.experiment.parameters.source

    @cached_property
    def source(self) -> str:
        """The line at the foot."""
        about = self.about
        version = f" {about['version']}" if about["version"] else ""
        seeds = "seed" if self.futures == 1 else "seeds"
        return (
            f"Source: council-platform-sim{version}, experiment “{about['experiment']}”, "
            f"run {about['run_id']}, {seeds} {about['seeds']}, {BEHAVIOUR[self._drawn]}. "
            f"Simulated, not observed.{LOST_NOTE if self._lost else ''}"
        )

    @cached_property
    def _lost(self) -> bool:
        """Whether titles have letters that cannot be drawn."""
        given = [self.experiment.title, *(one.title for one in self.experiment.scenarios.values())]
        return any(LOST in plain(text) for text in given)
