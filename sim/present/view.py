"""What pictures need of the results: bands, paths over time, sets of councils, and words for them.

Differences between scenarios and their intervals are estimated in `sim.analysis.comparison`; here
are only the spreads that a picture draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis.comparison import comparison
from sim.analysis.estimators import FEWEST_SEEDS, quantile_band
from sim.analysis.sensitivity import sensitivity_table
from sim.analysis.summary import headline_outcome
from sim.experiment.design import SCENARIO
from sim.files.words import listed
from sim.model import rules
from sim.present.figures.style import COLOURS, MARKERS, SPARE_COLOURS, plain
from sim.present.words import councils_words, month_name, span_words
from sim.runs.measure import WHY_NOT
from sim.runs.results import Results
from sim.settings import CouncilChoice, month_number, month_text

FloatArray = npt.NDArray[np.float64]
Clock = Literal["calendar", "opening"]

MOST_LINES = 4


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
    def of(cls, spread: npt.ArrayLike, futures: int) -> Band:
        """Make one from the five quantiles in rising order."""
        low90, low50, middle, high50, high90 = np.asarray(spread, dtype=np.float64).tolist()
        return cls(low90, low50, middle, high50, high90, futures)

    def times(self, factor: float) -> Band:
        """The same in another unit."""
        five = (self.low90, self.low50, self.middle, self.high50, self.high90)
        return Band.of([factor * value for value in five], self.futures)


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


def band(values: npt.ArrayLike) -> Band:
    """Spread of an outcome over futures; nothing if it does not exist in some of them."""
    numbers = np.asarray(values, dtype=np.float64).reshape(-1, 1)
    return Band.of(quantile_band(numbers, missing_is_beyond=False)[:, 0], len(numbers))


def translated(
    texts: pd.Series[str], number: Callable[[str], float], missing: float
) -> pd.Series[float]:
    """Turn texts, of which there are few different ones, into numbers."""
    places, words = pd.factorize(texts)
    numbers = np.array([*map(number, words), missing])  # a missing text has the place -1
    return pd.Series(numbers[places], index=texts.index)


@dataclass(frozen=True)
class Headline:
    """The moment the pictures lead with."""

    column: str
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
    """Results as the pictures look at them, each spread worked out once.

    Parameters
    ----------
    results
        The tables of the experiment.
    differences, doubts
        Their comparison and the table of doubts, if they were made before.
    """

    def __init__(
        self,
        results: Results,
        differences: pd.DataFrame | None = None,
        sensitivities: pd.DataFrame | None = None,
    ) -> None:
        self.results = results
        self._differences = differences
        self._sensitivities = sensitivities
        self.experiment = results.experiment
        self.scenarios = results.scenarios
        self.runs = results.of(SCENARIO)
        self._fans: dict[tuple[str, str, str], Fan] = {}
        self._rows: dict[str, dict[str, pd.DataFrame]] = {}
        self._joining: dict[str, pd.DataFrame] = {}

    # ------------------------------------------------------------ scenarios

    def title(self, scenario: str) -> str:
        """Name of a scenario as readers see it."""
        return plain(self.results.title(scenario))

    def rows(self, table: Literal["runs", "series", "groups"], scenario: str) -> pd.DataFrame:
        """Rows of one scenario in one of the smaller tables."""
        whole = self.results.of(SCENARIO, table)
        if table not in self._rows:
            parts = whole.groupby("scenario", sort=False)
            self._rows[table] = {str(name): rows for name, rows in parts}
        return self._rows[table].get(scenario, whole.iloc[:0])

    def of(self, scenario: str, column: str) -> FloatArray:
        """An outcome of a scenario, seed by seed."""
        rows = self.rows("runs", scenario)
        if column not in rows:
            return np.full(len(rows), np.nan)
        return rows[column].to_numpy(dtype=np.float64)

    @cached_property
    def futures(self) -> int:
        """The most futures any scenario has."""
        counts = self.runs.groupby("scenario")["seed"].nunique()
        return int(counts.max()) if len(counts) else 0

    @cached_property
    def base(self) -> str:
        """The scenario others are compared with, if it has run; else the first that has."""
        base = self.experiment.base_scenario
        return base if base in self.scenarios else self.scenarios[0]

    @cached_property
    def differences(self) -> pd.DataFrame:
        """The comparison of the scenarios."""
        return comparison(self.results) if self._differences is None else self._differences

    @cached_property
    def sensitivities(self) -> pd.DataFrame:
        """What settings that evidence does not pin down would change."""
        return (
            sensitivity_table(self.results) if self._sensitivities is None else self._sensitivities
        )

    def opens(self, scenario: str) -> bool:
        """Can councils join anything in this scenario, within the horizon?"""
        months = self.rows("series", scenario)["months_since_opening"]
        return bool((months > 0).any())

    def councils(self, scenario: str) -> int:
        """How many councils take part."""
        counts = self.of(scenario, "councils")
        return int(counts[0]) if counts.size and math.isfinite(counts[0]) else 0

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
        """The same, but with no more lines than can be told apart in a panel."""
        if len(self.scenarios) <= MOST_LINES and len(self.sets) > 2:
            return [Group("", tuple(self.scenarios))]
        panels: list[Group] = []
        for group in self.sets:
            parts = math.ceil(len(group.scenarios) / MOST_LINES)
            size = math.ceil(len(group.scenarios) / parts)
            for part in range(parts):
                names = group.scenarios[part * size : (part + 1) * size]
                title = f"{group.title} ({part + 1} of {parts})" if parts > 1 else group.title
                panels.append(Group(title, names))
        return panels

    def look(self, scenario: str) -> tuple[str, str]:
        """Colour and marker of a scenario, the same in every picture."""
        for group in self.panels:
            if scenario in group.scenarios:
                position = group.scenarios.index(scenario)
                return COLOURS[position % 4], MARKERS[position % 4]
        return SPARE_COLOURS[0], "o"

    def looks(self, scenarios: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Colours and markers of scenarios in one chart: their own, unless two would be alike."""
        own = {name: self.look(name) for name in scenarios}
        if len(set(own.values())) == len(own):
            return own
        return {
            name: (COLOURS[i % 4], MARKERS[i % 4])
            for i, name in enumerate(dict.fromkeys(scenarios))
        }

    # ------------------------------------------------------------ time

    def paths(self, scenario: str, column: str, clock: Clock) -> tuple[FloatArray, FloatArray]:
        """Months and values, a row a seed; only months that every seed has.

        The calendar counts year * 12 + month - 1; the other clock is 1 in the first month in
        which councils can join.
        """
        rows = self.rows("series", scenario)
        if clock == "opening":
            rows = rows[rows["months_since_opening"] > 0]
            months, found = pd.factorize(rows["months_since_opening"], sort=True)
            x = found.to_numpy(dtype=np.float64)
        else:
            months, found = pd.factorize(rows["month"], sort=True)
            x = np.array([month_number(str(month)) for month in found], dtype=np.float64)
        seeds, _ = pd.factorize(rows["seed"], sort=True)
        values = np.full((seeds.max(initial=-1) + 1, len(x)), np.nan)
        values[seeds, months] = rows[column].to_numpy(dtype=np.float64)
        whole = np.isfinite(values).all(axis=0)
        return x[whole], values[:, whole]

    def fan(self, scenario: str, column: str, clock: Clock) -> Fan:
        """Spread of an outcome over time."""
        key = (scenario, column, clock)
        if key not in self._fans:
            x, values = self.paths(scenario, column, clock)
            spread = quantile_band(values, missing_is_beyond=False)
            self._fans[key] = Fan.of(x, spread, len(values))
        return self._fans[key]

    def asked(self, scenario: str) -> pd.DataFrame:
        """What became of each council that an offer was ever open to, a row an offer."""
        mine = self.results.of(SCENARIO, "joined")["scenario"] == scenario
        rows = self.results.of(SCENARIO, "joined").loc[
            mine, ["seed", "gss_code", "joined", "why_not"]
        ]
        rows = rows[rows["why_not"] != WHY_NOT[rules.NOT_IN_SCOPE]]
        return rows[rows["seed"].isin(self.rows("runs", scenario)["seed"])]

    def joining(self, scenario: str) -> pd.DataFrame:
        """A row a future and council that was ever asked: months from opening to first joining.

        The month of opening is 1; a council that does not join has infinitely many. Of several
        offers the first one joined counts.
        """
        if scenario not in self._joining:
            self._joining[scenario] = self._first_joining(scenario)
        return self._joining[scenario]

    def _first_joining(self, scenario: str) -> pd.DataFrame:
        runs = self.rows("runs", scenario)
        opened = {
            seed: month_number(month)
            for seed, month in zip(runs["seed"], runs["opened"], strict=True)
            if isinstance(month, str)
        }
        rows = self.asked(scenario)
        joined = translated(rows["joined"], lambda month: float(month_number(month)), np.nan)
        months = joined - rows["seed"].map(opened) + 1.0
        first = months.fillna(np.inf).groupby([rows["gss_code"], rows["seed"]]).min()
        return first.rename("months").reset_index()

    @cached_property
    def calendar_ends(self) -> tuple[int, int]:
        """First and last month of the horizon."""
        return self.experiment.horizon.starts, self.experiment.horizon.ends

    @cached_property
    def opening_months(self) -> int:
        """How far the clock since opening is drawn: to the last month that is reported."""
        reached = self.results.of(SCENARIO, "series")["months_since_opening"].max()
        longest = int(reached) if len(self.results.of(SCENARIO, "series")) else 0
        return min(longest, max(self.experiment.outcomes.months_since_opening))

    # ------------------------------------------------------------ the headline

    @cached_property
    def headline(self) -> Headline:
        """The headline month, or the end of the horizon if no scenario gets that far."""
        months = self.experiment.outcomes.headline_months
        column = headline_outcome(self.results)
        if column in self.runs and bool(self.runs[column].notna().any()):
            return Headline(column, months, f"{span_words(months)} after opening")
        end = month_text(self.experiment.horizon.ends)
        return Headline("joined_share_end", None, f"by {month_name(end)}")

    def headline_shares(self, scenario: str) -> FloatArray:
        """Joined share at the headline, seed by seed; nothing on offer is nobody joined."""
        if not self.opens(scenario):
            return np.zeros(len(self.of(scenario, "seed")))
        return self.of(scenario, self.headline.column)

    def joined(self, scenario: str) -> Band:
        """Spread of the joined share at the headline."""
        return band(self.headline_shares(scenario))

    # ------------------------------------------------------------ scope

    @cached_property
    def widened(self) -> dict[str, str]:
        """Scenarios in which an event changes who may join, and the month of the first."""
        found: dict[str, str] = {}
        for name in self.scenarios:
            for event in self.experiment.scenarios[name].events:
                if any("scope" in change for change in event.change.offers.values()):
                    found.setdefault(name, month_text(event.date))
        return found

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

    @cached_property
    def rough(self) -> str:
        """A warning if there are too few futures for bands to be trusted."""
        few = 1 < self.futures < FEWEST_SEEDS
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
        seeds = self.runs["seed"]
        first, last = (int(seeds.min()), int(seeds.max())) if len(seeds) else (0, 0)
        return {
            "experiment": plain(self.experiment.title),
            "run_id": self.results.run_id or "not kept",
            "version": str(self.results.manifest.get("version", "")),
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
            "Simulated, not observed."
        )
