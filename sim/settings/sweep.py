"""Sweeps: what is varied over thousands of points, how points are chosen, and what is kept."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from sim.settings.base import Table
from sim.settings.boxes import Case

# Keys of `Varied`: a table with other keys is a part of a dotted name that was not quoted.
VARIED_KEYS = frozenset({"low", "high", "steps", "values"})


class Varied(Table):
    """What a setting is varied over: from low to high, or the values of a list."""

    low: float | str | None = Field(None, description='Least value; a month as "2018-05".')
    high: float | str | None = Field(None, description="Greatest value, included.")
    steps: int | None = Field(
        None, ge=2, le=10_000, description="Values from low to high in a grid, both ends included."
    )
    values: list[Any] | None = Field(
        None,
        min_length=1,
        max_length=10_000,
        description="The values themselves, instead of low and high: numbers, months, or names "
        "such as the owners of an offer.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Varied:
        ends = self.low is not None, self.high is not None
        if self.values is not None and (any(ends) or self.steps is not None):
            raise ValueError("give low and high, or values, not both")
        if self.values is None and not all(ends):
            raise ValueError("give low and high, or values")
        return self


class Sweep(Table):
    """Many points of some scenarios, each with the same futures, and chosen outcomes of them."""

    title: str = Field("", description="What is asked.")
    scenarios: list[str] = Field(
        min_length=1, description="From which scenarios; all points are run in each of them."
    )
    design: Literal["grid", "latin_hypercube", "sobol", "morris", "random", "table"] = Field(
        "latin_hypercube",
        description="How points are chosen: every combination (grid), spread evenly "
        "(latin_hypercube), for Sobol indices (sobol) or elementary effects (morris), by chance "
        "(random), or your own (table).",
    )
    size: int = Field(
        1000,
        ge=1,
        le=100_000_000,
        description="How many points; with sobol the base sample, a power of two, of which "
        "settings + 2 times as many are made; with morris the trajectories, of settings + 1 "
        "points each. A grid and a table have their own number.",
    )
    seed: int = Field(1, ge=0, le=2**32 - 1, description="Seed of the choice of points.")
    table: str | None = Field(
        None,
        description="The points of the design table: a CSV or Parquet file with a column for "
        "each setting, relative to the experiment file.",
    )
    replicates: int = Field(
        20,
        ge=1,
        le=1_000_000,
        description="Futures of each point, all points sharing their luck seed by seed.",
    )
    draws: Literal["by_seed", "by_point", "none"] = Field(
        "by_seed",
        description="Draws of behaviour, as [parameters] says: each seed with its own, the same "
        "in all points; each point with its own, as one more uncertainty; or none.",
    )
    outcomes: list[str] | None = Field(
        None,
        min_length=1,
        description="Columns of the table of runs that are kept; by default the headline shares, "
        "those at the end, cancellation and money.",
    )
    series: list[str] = Field(
        [], description="Columns of the table of months that are kept too; much more room."
    )
    levers: dict[str, Varied] = Field(
        {},
        description='What policy decides: dotted names such as "push.visits_per_month", each with '
        "low and high, or values.",
    )
    uncertainties: dict[str, Varied] = Field({}, description="What nobody knows, in the same way.")
    constants: dict[str, Any] = Field(
        {}, description="Settings that have another value than in the scenario, at all points."
    )
    boxes: dict[str, Case] = Field(
        {}, description="What is looked for among the runs, and in which settings it is found."
    )

    @property
    def varied(self) -> dict[str, Varied]:
        """What is varied, levers first."""
        return {**self.levers, **self.uncertainties}
