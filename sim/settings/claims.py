"""Claims that an experiment states, each a sentence and a test that results may fail."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.settings.base import Table

Test = Literal["above", "below", "more", "alike", "ranked", "sign"]


class Claim(Table):
    """A sentence that may be said if its test holds, and how far it holds elsewhere."""

    says: str = Field(min_length=1, description="The sentence, as the report shows it.")
    test: Test = Field(
        description='"above" or "below": the outcome of a scenario lies there in more than '
        '`certainty` of futures; "more": the scenario has at least `by` more of it than `than`; '
        '"alike": the two are less than `by` apart; "ranked": each of `scenarios` has at least '
        '`by` more than the next; "sign": from one end of `curve` to the other, or as `idea` is '
        "at work or switched off, it goes `direction` by at least `by`. Of differences it is the "
        "mean that counts."
    )
    outcome: str | None = Field(
        None,
        description='Outcome of a run, such as "joined_share_60m"; by default the one that the '
        "report leads with.",
    )
    scenario: str | None = Field(None, description="The scenario that the claim is about.")
    than: str | None = Field(None, description="The scenario it is held against.")
    scenarios: list[str] | None = Field(
        None, min_length=2, description="Scenarios, the one with most first."
    )
    figure: float | None = Field(None, description="The figure to be above or below.")
    certainty: float = Field(
        0.5, gt=0, lt=1, description="Share of futures in which it must lie there; 0.5: mostly."
    )
    by: float = Field(
        0.0, description="Margin, in the unit of the outcome: 0.1 is ten points of a share."
    )
    curve: str | None = Field(None, description="A curve of this file.")
    idea: str | None = Field(None, description="What is switched off, such as the network.")
    direction: Literal["up", "down"] = Field("up", description="Which way it goes.")


class OtherNetworks(Table):
    """The same futures on other networks, for the scenarios that claims are about."""

    seeds: int = Field(
        40,
        ge=0,
        le=1_000_000,
        description="Seeds of each such scenario on each of the other networks; 0 leaves them out.",
    )

    @model_validator(mode="after")
    def _enough(self) -> OtherNetworks:
        if self.seeds == 1:
            raise ValueError("one seed cannot tell a change from luck: give 0, or at least 2")
        return self
