"""What a programme is: an offer, and the push behind it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.settings.base import Month, Table, month_text, setting
from sim.settings.councils import CouncilType, Nation, Region
from sim.settings.when import When, is_before

ENDS_FIRST = "ends lies before starts"


class Scope(Table):
    """To which councils something applies; no restriction means all that take part."""

    nations: list[Nation] | None = Field(None, min_length=1, description="Only these nations.")
    regions: list[Region] | None = Field(
        None, min_length=1, description="Only these regions, or areas within them."
    )
    types: list[CouncilType] | None = Field(
        None, min_length=1, description="Only these types of council."
    )
    codes: list[str] | None = Field(
        None, min_length=1, description="Only these councils, by GSS code or by name."
    )
    ends: When | None = Field(
        None, description="First month in which it covers nobody; by default never."
    )


class Offer(Table):
    """What councils are asked to join."""

    launched: Month | None = Field(
        None, description="Month of the announcement; by default that of opening."
    )
    opens: Month = Field(description="First month in which councils can join.")
    owner: Literal["central", "sector", "peer"] = Field(
        "central",
        description="Who owns it: central government, the councils' own sector, or another "
        "council (then contact comes from members among one's ties, not from visits).",
    )
    scope: Scope = Scope()
    depth: float = setting(0.3, "Control given up.", unit="0-1", low=0, high=1)
    addressed_share: float = setting(
        0.25,
        "Part of IT spend it addresses.",
        unit="share",
        low=0.001,
        high=1,
        prior="half to twice the figure given",
    )
    promised_saving_share: float = setting(
        0.2,
        "Saving promised, of addressed spend.",
        unit="share",
        low=0,
        high=1,
        prior="0.1-0.3",
        basis="evidence",
        source="10-30 % promised in 2010-15 (CLG Committee and others)",
        evidence=("gaap-savings", "mcclelland-promise", "promised-savings"),
    )
    realised_ratio: float = setting(
        0.2,
        "Mean of realised over promised saving.",
        low=-1,
        high=2,
        prior="0-0.5 (Verify 0.15, McClelland 0.07 at half-way, English sharing near 0)",
        evidence=(
            "verify-benefit",
            "mcclelland-achieved",
            "sharing-no-saving",
            "dutch-cooperation",
        ),
    )
    realised_ratio_sd: float = setting(
        0.2, "Spread of that ratio between councils (normal, kept to -1 to 2).", low=0, high=2
    )
    annual_fee_gbp_m: float = setting(0.0, "Fee of a member.", unit="£m a year", low=0, high=100)
    joining_cost_gbp_m: float = setting(0.0, "One-off cost of joining.", unit="£m", low=0, high=100)
    switching_cost_years: float = setting(
        0.0,
        "Cost of moving spend, in years of that spend; paid as it moves.",
        unit="years",
        low=0,
        high=20,
        prior="1-3 for a whole system (unverified)",
        evidence=("pay-barrier", "setup-recovered", "migration-cost"),
    )
    joining_effort_months: float = setting(
        0.0,
        "Officers' work to join, for a council of usual capacity.",
        unit="months of work",
        low=0,
        high=1000,
    )
    served_share: float = setting(
        0.0,
        "Part of councils that have a service of their own in its place when it opens, and are "
        "not in the market until their contract ends.",
        unit="share",
        low=0,
        high=1,
        prior="0-0.5",
    )
    needs_procurement: Literal["no", "use", "yes"] = Field(
        "no",
        description="Whether contracts bind: not at all, for the routing of spend, or for "
        "joining as well.",
    )
    approval_months: int = setting(
        0, "Months from a yes to joining.", unit="months", low=0, high=120
    )
    migration_months: int = setting(
        0, "Months from joining to going live.", unit="months", low=0, high=240
    )
    pilot: bool = Field(
        False,
        description="A pilot: initial members are recruits who start migrating, and sunk cost "
        "holds nobody.",
    )
    security_gain: float = setting(
        0.0, "Fall of the incident rate at full use.", unit="share", low=0, high=1, prior="0-0.6"
    )
    shared_fate: float = setting(
        0.0,
        "Chance that a severe breach at one member reaches another, both at full use.",
        unit="share",
        low=0,
        high=1,
        prior="0-0.5 (three-borough case, 2025)",
        evidence=("three-boroughs",),
    )
    economies_of_scale: float = setting(
        0.0,
        "Rise of the saving when all addressed spend is in.",
        unit="share",
        low=0,
        high=5,
        prior="0-0.5",
        evidence=("dutch-scale", "increasing-returns"),
    )
    scale_max_population: float = setting(
        0.0,
        "Only councils with fewer people gain from scale; 0 means all.",
        unit="people",
        low=0,
        high=10_000_000,
        evidence=("dutch-scale",),
    )
    initial_members: float | list[str] = Field(
        0.0,
        description="Members at opening: a share (below 1), a number (from 1), or a list of "
        "codes or names.",
    )
    pledge_share: float = setting(
        0.0,
        "Joins take effect together once this share of councils has pledged; 0 means at once.",
        unit="share",
        low=0,
        high=1,
    )
    stream: int | None = Field(
        None,
        ge=0,
        le=1000,
        description="Number of the offer for the draws; by default its place in the scenario, "
        "so that scenarios share councils' tastes.",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Offer:
        if self.launched is not None and self.launched > self.opens:
            raise ValueError(
                f"opens ({month_text(self.opens)}) lies before launched "
                f"({month_text(self.launched)})"
            )
        members = self.initial_members
        if isinstance(members, float | int) and (
            members < 0 or (members >= 1 and members != int(members))
        ):
            raise ValueError(f"initial_members is a share below 1 or a whole number, not {members}")
        return self

    @property
    def joining_is_procured(self) -> bool:
        """Do contracts bind joining?"""
        return self.needs_procurement == "yes"

    @property
    def use_is_procured(self) -> bool:
        """Do contracts bind the routing of spend?"""
        return self.needs_procurement != "no"


class Team(Table):
    """People who call on councils."""

    starts: When | None = Field(
        None,
        description="First month of visits; by default the first opening. Visits are made for "
        "offers that have been launched.",
    )
    ends: When | None = Field(None, description="First month without visits; by default never.")
    visits_per_month: float | None = setting(
        None,
        "Visits of the whole team a month, shared by all councils in scope; fractions carry over.",
        unit="per month",
        low=0,
        high=100_000,
        prior="half to twice the figure given",
    )
    visits_per_council_per_year: float | None = setting(
        None,
        "The same, instead, as visits per council in scope and year.",
        unit="per year",
        low=0,
        high=12,
    )
    targeting: Literal[
        "in_turn", "largest", "best_connected", "neighbours_of_members", "most_receptive"
    ] = Field("in_turn", description="On whom the team calls first.")
    scope: Scope = Scope()
    fixed_cost_gbp_m: float = setting(
        0.0,
        "Cost of having the team, whether it calls on anybody or not.",
        unit="£m a year",
        low=0,
        high=1000,
    )
    cost_per_visit_gbp_m: float = setting(
        0.0, "Cost of a visit.", unit="£m a visit", low=0, high=100
    )

    @model_validator(mode="after")
    def _one_measure(self) -> Team:
        if self.visits_per_month is not None and self.visits_per_council_per_year is not None:
            raise ValueError("give visits_per_month or visits_per_council_per_year, not both")
        if is_before(self.ends, self.starts):
            raise ValueError(ENDS_FIRST)
        return self


class Mandate(Table):
    """A legal obligation to join."""

    starts: When = Field(description="Month from which it binds.")
    ends: When | None = Field(
        None, description="First month in which it binds nobody any more; by default never."
    )
    scope: Scope = Scope()

    @model_validator(mode="after")
    def _in_order(self) -> Mandate:
        if is_before(self.ends, self.starts):
            raise ValueError(ENDS_FIRST)
        return self


class Push(Team):
    """What is done to bring councils in."""

    teams: dict[str, Team] = Field({}, description="Further teams, each with its own councils.")
    launch_contact: float = setting(
        0.0, "Contact of all councils at opening (agreed in one room before).", low=0, high=1
    )
    codesign: float = setting(
        0.0, "How far councils shaped the offer; softens the loss of autonomy.", low=0, high=1
    )
    subsidy_share: float = setting(
        0.0,
        "Part of joining and switching cost paid by the programme.",
        unit="share",
        low=0,
        high=1,
        evidence=("grant-appetite",),
    )
    mandate: Mandate | None = None
    refuser_calls_per_quarter: int = Field(
        1,
        ge=0,
        le=3,
        description="Calls a quarter on a council that has refused; beyond one it feels pressed.",
    )
    annual_budget_gbp_m: float | None = setting(
        None,
        "What teams, visits and subsidies may cost, a twelfth a month while a team works; what "
        "is left is kept. Teams are paid first, then visits as far as the money goes. A subsidy "
        "is on offer in months in which something is left; what is claimed then is paid in full, "
        "from later months' money if need be. By default there is no limit.",
        unit="£m a year",
        low=0,
        high=10_000,
    )
    review_months: int | None = Field(
        None, ge=1, le=600, description="Months after opening at which the programme is reviewed."
    )
    minimum_share: float = setting(
        0.15,
        "Share of councils below which the review cancels the programme.",
        unit="share",
        low=0,
        high=1,
    )
    annual_cost_gbp_m: float = setting(
        0.0,
        "Cost of the programme itself, beside teams, visits and subsidies.",
        unit="£m a year",
        low=0,
        high=10_000,
        prior="a third to three times the figure given",
    )
