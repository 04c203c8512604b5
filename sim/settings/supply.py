"""How the month of opening is drawn, where an offer is asked about as such things go."""

from __future__ import annotations

from pydantic import Field, model_validator

from sim.settings.base import Table, setting


class Supply(Table):
    """The same futures with the month of opening drawn: many an announced offer never opens."""

    seeds: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Seeds with which each scenario runs again, each future drawing when its "
        "offers open; 0 leaves it out.",
    )
    scenarios: list[str] | None = Field(
        None, min_length=1, description="Which scenarios; by default all."
    )
    median_months: float = setting(
        54.0,
        "Median of the months from announcement to opening, of offers that open (lognormal).",
        unit="months",
        low=1,
        high=600,
        prior="29-84",
        source="29, about 48 and about 67 months on record; two offers were not there after 84",
    )
    sigma: float = setting(
        0.6,
        "Standard deviation of the logarithm of these months.",
        low=0,
        high=3,
        prior="0.3-0.9",
    )
    never_share: float = setting(
        0.33,
        "Chance that an announced offer never opens.",
        unit="share",
        low=0,
        high=1,
        prior="0.08-0.66 (nine in ten of Beta(2, 4))",
    )

    @model_validator(mode="after")
    def _enough(self) -> Supply:
        if self.seeds == 1:
            raise ValueError("one seed cannot tell a change from luck: give 0, or at least 2")
        return self
