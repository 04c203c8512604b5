"""What is looked for among the runs of a sweep: cases such as a programme that dies."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.settings.base import Table


class Condition(Table):
    """What a future must be like: an outcome below a limit, at least a limit, or between two."""

    outcome: str = Field(
        description="A column of the table of runs, which the sweep keeps; of yes and no, such as "
        "cancelled, yes is 1."
    )
    below: float | None = Field(None, description="The outcome is below this.")
    at_least: float | None = Field(None, description="The outcome is this or more.")

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if self.below is None and self.at_least is None:
            raise ValueError("give below, at_least, or both")
        if self.below is not None and self.at_least is not None and self.at_least >= self.below:
            raise ValueError("nothing is at least that and below this: below must be greater")
        return self


class Case(Table):
    """What is looked for: futures of a kind, for which settings bring them about."""

    title: str = Field(
        "", description='What happens, as in "in 8 of 10 futures there ...": "the programme dies".'
    )
    when: list[Condition] = Field(
        min_length=1,
        description="A future is of this kind when any of these holds: { outcome, below or "
        "at_least }.",
    )
    share: float | None = Field(
        None,
        gt=0.0,
        le=1.0,
        description="Count points instead of futures: a point is of this kind when this share of "
        "its futures is. By default every future counts by itself.",
    )
    methods: list[Literal["cart", "prim"]] = Field(
        ["cart"],
        min_length=1,
        description="How boxes are looked for: by a tree (cart), by peeling (prim, which needs the "
        "extra ema), or both.",
    )
