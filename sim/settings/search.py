"""Searches: which push meets goals with enough certainty at the least cost."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from sim.settings.base import Table
from sim.settings.sweep import Varied


class Goal(Table):
    """What is to be reached, and in how many of the futures."""

    outcome: str = Field(
        description='A column of the table of runs, such as "joined_share_84m": membership or use '
        "so many months after opening."
    )
    at_least: float = Field(description="The least that will do, in the unit of the outcome.")
    probability: float = Field(
        0.8,
        gt=0,
        le=1,
        description="In which share of futures, over luck, draws of behaviour and all that is "
        "uncertain.",
    )


class Search(Table):
    """The cheapest push that meets goals, and what certainty costs."""

    title: str = Field("", description="What is asked.")
    scenario: str = Field(description="The scenario from which every policy starts.")
    goals: list[Goal] = Field(min_length=1, description="What is to be reached, all of it.")
    levers: dict[str, Varied] = Field(
        min_length=1,
        description='What policy may decide, and within which ranges: "push.visits_per_month", '
        "for example. All else is held, such as how deep the offer is.",
    )
    uncertainties: dict[str, Varied] = Field(
        {},
        description="What nobody knows: numbers that each future draws evenly from their range, "
        "the same for all policies.",
    )
    constants: dict[str, Any] = Field(
        {}, description="Settings that have another value than in the scenario."
    )
    cost: str = Field(
        "programme_cost_gbp_m",
        description="What is to be small: a column of the table of runs, its mean over futures.",
    )
    draws: Literal["by_seed", "none"] = Field(
        "by_seed", description="Draws of behaviour, as [parameters] says, or none."
    )
    policies: int = Field(32, ge=4, le=1000, description="Policies that are tried at a time.")
    generations: int = Field(
        20, ge=1, le=10_000, description="How often new policies are made of the best so far."
    )
    futures: int = Field(100, ge=10, le=100_000, description="Futures of each policy.")
    fresh_futures: int = Field(
        400,
        ge=10,
        le=100_000,
        description="Other futures, in which the best are run again before they are shown.",
    )
    seed: int = Field(1, ge=0, le=2**31 - 1, description="Seed of the search itself.")
