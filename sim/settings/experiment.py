"""Scenarios with their events, curves, and the experiment that holds them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from sim.settings.base import Table
from sim.settings.behaviour import Behaviour
from sim.settings.claims import Claim, OtherNetworks
from sim.settings.clock import Horizon, Outcomes, Seeds
from sim.settings.councils import CouncilChoice, Network
from sim.settings.environment import Climate, Traits
from sim.settings.programme import Offer, Push
from sim.settings.search import Search
from sim.settings.supply import Supply
from sim.settings.sweep import Sweep
from sim.settings.when import When, counted, in_calendar, month_of


class EventChange(Table):
    """What an event changes, in the same tables as the scenario."""

    offers: dict[str, dict[str, Any]] = Field({})
    push: dict[str, Any] = Field({})
    climate: dict[str, Any] = Field({})


class Event(Table):
    """Something dated that happens in a scenario."""

    date: When = Field(description="First month in which it holds.")
    label: str = Field("", description="What happened, for the reader.")
    breach: list[str] = Field([], description="Councils severely breached in that month.")
    change: EventChange = Field(EventChange(), description="Settings that change from then on.")


class Scenario(Table):
    """One course of events: councils, an offer, a push, a climate."""

    title: str = Field("", description="Name shown in tables and pictures.")
    stands_for: str = Field("", description="What it stands for, in plain words.")
    evidence: list[str] = Field([], description="Which of its figures are evidence.")
    assumptions: list[str] = Field([], description="Which are assumptions.")
    programme: str | None = Field(
        None, description="A programme of sim/data/programmes.toml to start from."
    )
    councils: CouncilChoice = CouncilChoice()
    network: Network = Network()
    offers: dict[str, Offer] = Field(
        {},
        description="What is on offer; where nothing is, a file says so: offers = {}.",
    )
    push: Push = Push()
    climate: Climate = Climate()
    events: list[Event] = Field([], description="What happens, by date.")
    behaviour: Behaviour = Field(
        Behaviour(),
        description="Only for what-if questions about behaviour: policies differ in offers and "
        "pushes, not in the will of councils.",
    )
    traits: Traits = Traits()
    fixed_settings: list[str] = Field(
        [],
        description='Settings of behaviour and traits, such as "behaviour.saving_weight", that '
        "keep their value and are not drawn. Those that the file sets are fixed without "
        "being named here.",
    )

    @model_validator(mode="after")
    def _streams_apart(self) -> Scenario:
        numbers = [
            index if offer.stream is None else offer.stream
            for index, offer in enumerate(self.offers.values())
        ]
        if len(set(numbers)) < len(numbers):
            raise ValueError(
                f"two offers have the same stream ({numbers}); give each its own number"
            )
        return self

    @property
    def is_reviewed(self) -> bool:
        """Whether there is a review of the programme, from the start or by an event."""
        changes = [event.change.push for event in self.events]
        return self.push.review_months is not None or any("review_months" in c for c in changes)

    @property
    def scope_changes(self) -> int | None:
        """Month of the first event in the file that changes who may join; None without one."""
        for event in self.in_calendar().events:
            if any("scope" in change for change in event.change.offers.values()):
                return month_of(event.date)
        return None

    def in_calendar(self) -> Scenario:
        """Return it with every month by the calendar; itself if it has no others.

        Raises
        ------
        ValueError
            If it cannot be told from which opening a month is counted.
        """
        dated = {"offers": self.offers, "push": self.push, "events": self.events}
        if not any(True for _ in counted(dated)):
            return self
        openings = {name: offer.opens for name, offer in self.offers.items()}
        parts = {
            "offers": {name: in_calendar(at, openings, name) for name, at in self.offers.items()},
            "push": in_calendar(self.push, openings),
            "events": in_calendar(self.events, openings),
        }
        return self.model_copy(update=parts)


class Curve(Table):
    """A setting varied over a range, to show a result as a curve rather than at one value."""

    title: str = Field("", description="What the curve shows.")
    setting: str = Field(
        description='Dotted name inside the scenario, such as "push.visits_per_month".'
    )
    label: str = Field("", description="Name and unit of the setting, for the axis.")
    group: str | None = Field(
        None,
        description="Measure the share of this group instead of all councils: a nation, council "
        'type, size band or offer, such as "England", since the offer opened to that group.',
    )
    values: list[float] = Field(min_length=2, max_length=50)
    scenarios: list[str] = Field(min_length=1)
    seeds: int = Field(20, ge=2, le=1_000_000, description="Seeds a point.")


class Explanation(Table):
    """A difference between two scenarios, shared out among the settings in which they differ."""

    title: str = Field("", description="What the explanation shows.")
    start: str = Field(alias="from", description="The scenario to begin with.")
    to: str = Field(description="The scenario to arrive at.")
    outcome: str = Field(
        description='What is explained: an outcome of a run, such as "joined_share_60m".'
    )
    seeds: int = Field(40, ge=2, le=1_000_000, description="Seeds for each combination of groups.")
    groups: dict[str, list[str]] = Field(
        min_length=1,
        description="Title of each group and its settings: dotted names inside the scenario, or "
        "whole tables. What differs and is in none goes into a last group.",
    )


# Before the name of a structure that comes along, where else a folder stands.
OF_STRUCTURE = "structure:"


class Parameters(Table):
    """Where behaviour comes from: one draw after the other, each with several seeds_per_draw."""

    source: Literal["posterior", "prior", "point"] = Field(
        "posterior",
        description='"posterior": draws from the fit to history (docs/fitting.md); "prior": '
        'from before it; "point": the defaults, one value each.',
    )
    fit: str | None = Field(
        None,
        description="Another fit than the one that comes along: the folder that calibrate "
        "--publish wrote, or the posterior.json in it, relative to the experiment file; or "
        f'"{OF_STRUCTURE}NAME" for a way to build the model that comes along (docs/fitting.md).',
    )
    seeds_per_draw: int = Field(
        2,
        ge=2,
        le=1_000,
        description="Seeds, one after the other, that share a draw and differ in luck only.",
    )


class RunAgain(Table):
    """Scenarios that are run again in some other way, with the seeds that they have."""

    seeds: int

    @model_validator(mode="after")
    def _enough(self) -> RunAgain:
        if self.seeds == 1:
            raise ValueError("one seed cannot tell a change from luck: give 0, or at least 2")
        return self


class Sensitivity(RunAgain):
    """How the answer is tried at both ends of what evidence does not pin down."""

    seeds: int = Field(
        20, ge=0, le=1_000_000, description="Seeds at each end of each setting; 0 leaves it out."
    )
    scenarios: list[str] | None = Field(
        None,
        min_length=1,
        description="Which scenarios; by default the base, the readings of `together` and the "
        "next in the file, up to four.",
    )


class Ideas(RunAgain):
    """The same futures without tight budgets, without autonomy, without ties: one off at a time."""

    seeds: int = Field(
        40,
        ge=0,
        le=1_000_000,
        description="Seeds with which each scenario runs again without each; 0 leaves it out.",
    )
    scenarios: list[str] | None = Field(
        None, min_length=1, description="Which scenarios; by default all."
    )


class Structures(RunAgain):
    """The same scenarios under other structures: other ways to build the model, each fitted."""

    seeds: int = Field(
        200,
        ge=0,
        le=1_000_000,
        description="Seeds with which each scenario runs under each other structure, with its own "
        "draws of behaviour; 0 leaves it out. Only where behaviour comes from the fit that comes "
        "along.",
    )
    scenarios: list[str] | None = Field(
        None,
        min_length=1,
        description="Which scenarios; by default those of `[sensitivity]`, none where its `seeds` "
        "are 0.",
    )


class Levers(RunAgain):
    """How the answer responds to each lever of policy and luck, one at a time."""

    seeds: int = Field(
        0, ge=0, le=1_000_000, description="Seeds at each end of each lever; 0 leaves it out."
    )
    scenarios: list[str] | None = Field(
        None, min_length=1, description="Which scenarios; by default all."
    )


class Experiment(Table):
    """A whole experiment, resolved: every scenario stands complete on its own."""

    title: str = Field(min_length=1, description="Title of the report.")
    question: str = Field(min_length=1, description="The question, in one or two sentences.")
    horizon: Horizon
    seeds: Seeds = Seeds()
    outcomes: Outcomes = Outcomes()
    parameters: Parameters = Parameters()
    base: str | None = Field(
        None, description="The scenario to compare with; by default the first."
    )
    together: list[list[str]] = Field(
        [], description="Scenarios that are readings of one proposal and always shown together."
    )
    caveats: list[str] = Field([], description="What the reader should keep in mind.")
    scenarios: dict[str, Scenario] = Field(min_length=1)
    curves: dict[str, Curve] = Field({}, description="Settings varied over a range.")
    explain: dict[str, Explanation] = Field(
        {}, description="Differences between scenarios, shared out among their settings."
    )
    sensitivity: Sensitivity = Sensitivity()
    ideas: Ideas = Ideas()
    structures: Structures = Structures()
    other_networks: OtherNetworks = OtherNetworks()
    supply: Supply = Supply()
    levers: Levers = Levers()
    claims: dict[str, Claim] = Field(
        {}, description="What may be said: sentences, each with a test."
    )
    sweep: dict[str, Sweep] = Field({}, description="Many points, for research: docs/sweeps.md.")
    search: dict[str, Search] = Field(
        {}, description="The cheapest push that meets goals: docs/search.md."
    )

    @property
    def base_scenario(self) -> str:
        """Name of the scenario that others are compared with."""
        return self.base or next(iter(self.scenarios))
