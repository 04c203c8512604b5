"""The clock of an experiment: horizon, seeds, and the months that are reported."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from sim.settings.base import Month, Table, month_text


class Horizon(Table):
    """The months that are simulated."""

    starts: Month = Field(description="First month.")
    ends: Month = Field(description="Last month, included.")

    @model_validator(mode="after")
    def _in_order(self) -> Horizon:
        if self.ends < self.starts:
            raise ValueError(
                f"ends ({month_text(self.ends)}) lies before starts ({month_text(self.starts)})"
            )
        if self.ends - self.starts >= 600:
            raise ValueError("at most 600 months can be simulated")
        return self

    @property
    def months(self) -> int:
        """Number of months."""
        return self.ends - self.starts + 1


class Seeds(Table):
    """How many simulated futures, all scenarios sharing their luck seed by seed."""

    count: int = Field(50, ge=1, le=1_000_000, description="Number of seeds a scenario.")
    first: int = Field(1, ge=0, le=2**62, description="The first seed; the others follow it.")


class Outcomes(Table):
    """What the report leads with."""

    months_since_opening: list[Annotated[int, Field(ge=1, le=600)]] = Field(
        [12, 24, 60, 84],
        min_length=1,
        max_length=12,
        description="Results are given this many months after the offer opened to councils.",
    )
    headline_months: int = Field(
        60, ge=1, le=600, description="The one of these that the report leads with."
    )
    pass_share: float = Field(
        0.5, gt=0, lt=1, description="Share of councils that counts as 'most councils joined'."
    )
    precision_share: float = Field(
        0.02,
        gt=0,
        lt=1,
        description="Half-width of the 95 % interval of a mean share at which seeds suffice.",
    )

    @model_validator(mode="after")
    def _headline_listed(self) -> Outcomes:
        if self.headline_months not in self.months_since_opening:
            raise ValueError(
                f"headline_months ({self.headline_months}) must be one of months_since_opening "
                f"({', '.join(map(str, self.months_since_opening))})"
            )
        return self
