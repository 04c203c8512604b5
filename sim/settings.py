"""What an experiment file may say: every setting with its default, range, unit and source.

The one place for defaults. Each behavioural default is the point estimate of a hand fit to
seven dated patterns (docs/evidence.md); a setting whose `basis` is "assumption" rests on no
record, one whose basis is "evidence" does, and reports say which is which.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

Basis = Literal["evidence", "assumption", "convention"]


class Table(BaseModel):
    """A table of the experiment file: strict types, no unknown keys, no infinities."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def setting(
    default: Any,
    text: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    prior: str = "",
    basis: Basis = "assumption",
    source: str = "",
) -> Any:
    """Declare a setting: its default, meaning, unit, allowed range and what it rests on."""
    about = {"unit": unit, "prior": prior, "basis": basis, "source": source}
    words = text
    if unit:
        words += f" Unit: {unit}."
    if prior:
        words += f" Plausible: {prior}."
    if source:
        words += f" Source: {source}."
    elif basis == "assumption":
        words += " An assumption: no record was found."
    return Field(
        default=default,
        ge=low,
        le=high,
        gt=above,
        description=words,
        json_schema_extra={"about": {key: value for key, value in about.items() if value}},
    )


# ---------------------------------------------------------------- months

MONTH_PATTERN = r"^(19|20)\d\d-(0[1-9]|1[0-2])$"


def parse_month(value: object) -> object:
    """Turn "2017-08" into year * 12 + month - 1; whole numbers of that kind pass."""
    if isinstance(value, int) and 1900 * 12 <= value < 2100 * 12:  # not a bare year
        return value
    if not isinstance(value, str) or not re.match(MONTH_PATTERN, value):
        raise ValueError('a month is written "YYYY-MM" in quotation marks, such as "2017-08"')
    return int(value[:4]) * 12 + int(value[5:]) - 1


def month_text(month: int) -> str:
    """Write a month as "2017-08"."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


Month = Annotated[
    int,
    BeforeValidator(parse_month),
    PlainSerializer(month_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": MONTH_PATTERN, "examples": ["2017-08"]}),
]

Nation = Literal["England", "Scotland", "Synthetic"]
CouncilType = Literal["county", "district", "unitary", "metropolitan", "london", "scottish_unitary"]
Region = Literal[
    "North East",
    "North West",
    "Yorkshire and The Humber",
    "East Midlands",
    "West Midlands",
    "East of England",
    "London",
    "South East",
    "South West",
    "Scotland",
]

# ---------------------------------------------------------------- the frame


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


class CouncilChoice(Table):
    """Which councils take part; no restriction means all 385."""

    nations: list[Nation] | None = Field(None, min_length=1, description="Only these nations.")
    regions: list[Region] | None = Field(None, min_length=1, description="Only these regions.")
    types: list[CouncilType] | None = Field(
        None, min_length=1, description="Only these types of council."
    )
    codes: list[str] | None = Field(
        None, min_length=1, description="Only these councils, by GSS code or by name."
    )
    draw: int | None = Field(
        None,
        ge=2,
        le=385,
        description="A fresh random draw of this many of them for each seed.",
    )
    synthetic: int | None = Field(
        None,
        ge=2,
        le=50_000,
        description="Instead of real councils, this many made-up ones resampled from real ones.",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> CouncilChoice:
        if self.synthetic and (self.nations or self.regions or self.types or self.codes):
            raise ValueError("synthetic councils cannot be combined with a choice of real ones")
        return self


class Layers(Table):
    """Weights of the kinds of tie; a council without ties of a kind spreads it over the rest."""

    border: float = setting(0.35, "Neighbours over a land border or by ferry.", low=0, high=1)
    tier: float = setting(0.15, "A county and its districts.", low=0, high=1)
    similar: float = setting(
        0.25, "Councils of the same type, near in size and in deprivation.", low=0, high=1
    )
    national: float = setting(0.20, "People met at national bodies.", low=0, high=1)
    cross_border: float = setting(0.05, "Neighbours in the other nation.", low=0, high=1)


class Network(Table):
    """Who listens to whom. Sizes of the layers are assumptions; nearness and similarity matter
    (Dixon and Elston, Public Administration 2020).
    """

    kind: Literal[
        "layers", "watts_strogatz", "barabasi_albert", "erdos_renyi", "complete", "edge_list"
    ] = Field("layers", description="The real layers, a standard generator, or a file.")
    layers: Layers = Layers()
    similar_contacts: int = Field(8, ge=0, le=100, description="Similar councils listened to.")
    national_contacts: int = setting(
        30, "Peers met nationally, as many in any nation.", low=0, high=384, prior="10-60"
    )
    cross_border_contacts: int = Field(
        0,
        ge=0,
        le=50,
        description="Similar councils of the other nation listened to as well, within the "
        "weight of the cross-border layer; 0 leaves only those that touch the border.",
    )
    graph_seed: int = Field(1, ge=0, le=2**62, description="Seed of the graph.")
    fresh_for_each_seed: bool = Field(False, description="A new graph for every seed.")
    isolation_allowed: bool = Field(
        False, description="Allow councils that listen to nobody (otherwise an error)."
    )
    degree: int = Field(6, ge=2, le=384, description="Ties a council, in generated graphs.")
    rewiring: float = Field(0.1, ge=0, le=1, description="Of watts_strogatz.")
    edge_probability: float | None = Field(
        None, ge=0, le=1, description="Of erdos_renyi; by default what gives `degree` ties."
    )
    edge_list: str | None = Field(
        None,
        description="CSV file with the columns listener, source, weight; its path is relative "
        "to the experiment file.",
    )

    @model_validator(mode="after")
    def _file_given(self) -> Network:
        if (self.kind == "edge_list") != (self.edge_list is not None):
            raise ValueError('kind = "edge_list" and the file edge_list go together')
        return self


# ---------------------------------------------------------------- behaviour and traits

FIT = "hand fit to the dated patterns 1-7, docs/evidence.md"


class Behaviour(Table):
    """How councils behave: one set for all councils and programmes, from month 0."""

    # attention
    attention_base_per_month: float = setting(
        0.005,
        "Habit: considering the offer with no prompting.",
        unit="per month",
        low=0,
        high=1,
        prior="0.004-0.03",
        basis="evidence",
        source=FIT,
    )
    contact_attention_per_month: float = setting(
        0.64,
        "Considering it after contact with the team.",
        unit="per month at contact 1",
        low=0,
        high=5,
        prior="0.05-0.7",
        basis="evidence",
        source=FIT,
    )
    renewal_attention_per_month: float = setting(
        0.06,
        "Considering it while a contract is about to end.",
        unit="per month",
        low=0,
        high=5,
        prior="0.01-0.15",
        basis="evidence",
        source="about 20 % of contracts renewed a year (NelsonHall/Arvato)",
    )
    worry_attention_per_month: float = setting(
        0.10,
        "Considering it out of worry about attacks, times security_gain.",
        unit="per month at worry 1",
        low=0,
        high=5,
        prior="0-0.3",
    )
    peer_attention_per_month: float = setting(
        0.02,
        "Considering it because councils listened to have joined.",
        unit="per month at share 1",
        low=0,
        high=5,
        prior="0-0.12",
        basis="evidence",
        source="nearness: Dixon and Elston 2020; size assumed",
    )
    capacity_elasticity: float = setting(
        0.69,
        "How attention rises with IT spend (over £4m, kept to 0.25-2).",
        low=0,
        high=2,
        prior="0-0.8",
        basis="evidence",
        source=FIT,
    )
    pause_months: int = setting(
        12, "How long a refusal holds.", unit="months", low=0, high=600, prior="3-36"
    )
    # decision
    intercept: float = setting(
        0.28,
        "General readiness; only its product with attention is informed.",
        unit="log-odds",
        low=-20,
        high=20,
        prior="Normal(-1.5, 1)",
        basis="evidence",
        source=FIT,
    )
    saving_weight: float = setting(
        8.0,
        "Weight of the expected saving.",
        unit="log-odds per unit share",
        low=0,
        high=50,
        prior="3-15",
        basis="evidence",
        source="94 % name cutting cost as motive (Socitm 2011); size assumed",
    )
    cost_weight: float = setting(
        4.0,
        "Weight of the expected cost.",
        unit="log-odds per unit share",
        low=0,
        high=50,
        prior="1-8",
        basis="evidence",
        source="65 % name money as barrier (Browne Jacobson 2008); size assumed",
    )
    liquidity: float = setting(
        0.0, "How much more cost weighs under budget pressure.", low=0, high=5, prior="0-1"
    )
    promise_worth_reports: float = setting(
        3.0, "Reports from peers that weigh as much as the promise.", above=0, high=100
    )
    autonomy_weight: float = setting(
        3.1,
        "Weight of autonomy x depth x how foreign the owner is.",
        unit="log-odds at full",
        low=0,
        high=50,
        prior="2-10",
        basis="evidence",
        source="28 % of managers name opposition as biggest barrier (Ipsos 2011); " + FIT,
    )
    foreign_central: float = setting(
        1.0,
        "How foreign an owner in central government is.",
        low=0,
        high=1,
        basis="convention",
        source="the unit of the scale",
    )
    foreign_sector: float = setting(
        0.47,
        "How foreign an owner from the councils' own sector is.",
        low=0,
        high=1,
        prior="0.2-0.8",
        basis="evidence",
        source=FIT,
    )
    foreign_peer: float = setting(
        0.3, "How foreign another council is as owner.", low=0, high=1, prior="0.1-0.7"
    )
    peer_weight: float = setting(
        1.2,
        "Weight of members among those listened to.",
        unit="log-odds at share 1",
        low=0,
        high=20,
        prior="0.3-2.8",
    )
    legitimacy_weight: float = setting(
        0.5,
        "Weight of members in one's nation.",
        unit="log-odds at share 1",
        low=0,
        high=20,
        prior="0-2",
    )
    regret_weight: float = setting(
        4.0,
        "Weight of regret heard of.",
        unit="log-odds per unit shortfall",
        low=0,
        high=50,
        prior="0-10",
        basis="evidence",
        source="Southwest One deterred others (direction only)",
    )
    contact_weight: float = setting(
        0.0,
        "Weight of contact in the decision itself.",
        unit="log-odds at contact 1",
        low=0,
        high=20,
        prior="0-1.5",
    )
    worry_weight: float = setting(
        2.0,
        "Weight of worry x net security.",
        unit="log-odds at worry 1",
        low=0,
        high=20,
        prior="0-4",
    )
    temperature: float = setting(
        0.49,
        "Randomness of a single decision.",
        unit="log-odds",
        above=0,
        high=20,
        prior="0.2-1",
    )
    taste_sd: float = setting(
        0.97,
        "Spread of the lasting taste of a council for an offer (logistic).",
        unit="log-odds",
        low=0,
        high=20,
        prior="0.5-3",
    )
    duty_weight: float = setting(
        2.5, "Weight of a legal obligation.", unit="log-odds", low=0, high=20, prior="0-5"
    )
    reactance: float = setting(
        2.0,
        "Resistance to being obliged or pressed, times autonomy.",
        unit="log-odds",
        low=0,
        high=20,
        prior="0-5",
    )
    coordination: float = setting(
        0.0,
        "Red tape: per ln of the number of councils that one deal needs; off by default.",
        unit="log-odds",
        low=0,
        high=5,
        prior="0-0.5",
    )
    waiting: float = setting(
        0.0,
        "Free-riding: waiting until others are in; off by default.",
        unit="log-odds",
        low=0,
        high=10,
        prior="0-1",
    )
    horizon_months: int = setting(
        60,
        "Over how long one-off costs are spread in the business case.",
        unit="months",
        low=1,
        high=600,
        prior="36-84",
        basis="evidence",
        source="contract length (NelsonHall/Arvato)",
    )
    renewal_relief_share: float = setting(
        0.5,
        "Part of switching cost saved by moving at a renewal.",
        unit="share",
        low=0,
        high=1,
        prior="0.2-0.9",
    )
    # contact and worry
    visit_gain: float = setting(
        0.5,
        "Contact gained by a visit, of the gap to 1.",
        unit="share",
        low=0,
        high=1,
        prior="0.2-0.8",
    )
    contact_decay_per_month: float = setting(
        0.10, "Contact lost a month.", unit="share", low=0, high=1, prior="0.03-0.25"
    )
    worry_severe: float = setting(1.0, "Worry at the victim of a severe breach.", low=0, high=1)
    worry_minor: float = setting(0.3, "Worry at the victim of a minor incident.", low=0, high=1)
    worry_listener: float = setting(
        0.3, "Worry at a listener, times tie share.", low=0, high=1, prior="0-0.8"
    )
    worry_half_life_months: float = setting(
        9.0, "Half-life of worry and of distrust.", unit="months", above=0, high=600, prior="3-24"
    )
    recovery_capacity_share: float = setting(
        0.3,
        "Capacity left after a severe breach.",
        unit="share",
        low=0,
        high=1,
        prior="0-0.8",
    )
    recovery_months: int = setting(
        9,
        "How long capacity stays low.",
        unit="months",
        low=0,
        high=120,
        prior="3-24",
        basis="evidence",
        source="Western Isles: backlog of two years",
    )
    # migration, use, leaving
    abandon_base_per_month: float = setting(
        0.005, "Chance of giving up any migration.", unit="per month", low=0, high=1
    )
    abandon_depth_per_month: float = setting(
        0.12,
        "Further chance, times depth squared.",
        unit="per month",
        low=0,
        high=1,
        prior="0.05-0.2",
        basis="evidence",
        source="Verify pilots: 7.3 % a month (pattern 3, n = 19)",
    )
    routed_per_renewal_share: float = setting(
        0.10,
        "Part of the remaining spend routed at each renewal.",
        unit="share",
        low=0,
        high=1,
        prior="0.04-0.4",
        basis="evidence",
        source="Scottish collaborative buying (pattern 5)",
    )
    deepening_per_month: float = setting(
        0.02,
        "Part of the remaining spend moved a month where no contract binds it.",
        unit="per month",
        low=0,
        high=1,
        prior="0.005-0.06",
        basis="evidence",
        source="myaccount: 27 and 19 of 32",
    )
    duty_use_pace: float = setting(
        0.5, "Pace of use under duty, relative to a free choice.", low=0, high=1
    )
    leave_base_per_month: float = setting(
        0.0002,
        "Leaving for no reason of its own.",
        unit="per month",
        low=0,
        high=1,
        prior="0-0.001",
        basis="evidence",
        source="'never falls' (pattern 4)",
    )
    leave_regret_per_month: float = setting(
        0.005,
        "Leaving, times regret x (1 - use).",
        unit="per month",
        low=0,
        high=5,
        prior="0.005-0.1",
        basis="evidence",
        source="tri-borough 7 years, Stirling 5 years",
    )
    drift_per_month: float = setting(
        0.02,
        "Leaving a programme that was cancelled.",
        unit="per month",
        low=0,
        high=1,
        prior="0.005-0.05",
    )
    rejoin_months: int = setting(
        36, "How long a council that left or gave up stays away.", unit="months", low=0, high=600
    )


class Traits(Table):
    """How councils' traits follow from real figures or are drawn."""

    autonomy_mean: float = setting(
        0.465,
        "Mean of the wish for autonomy (Beta distribution).",
        unit="share",
        above=0,
        high=0.99,
        prior="0.35-0.55",
        basis="evidence",
        source="28 % of managers name opposition as biggest barrier (Ipsos 2011)",
    )
    autonomy_concentration: float = setting(
        4.3, "Alpha + beta of that distribution.", above=0, high=1000
    )
    pressure_sd: float = setting(
        0.03, "Yearly redraw of budget pressure.", unit="share", low=0, high=1, prior="0-0.06"
    )
    scottish_cut_share: float = setting(
        0.11,
        "Real cut in Scottish funding 2010-17.",
        unit="share",
        low=0,
        high=1,
        prior="0.25-1 times the English 0.27",
        basis="evidence",
        source="Accounts Commission (disputed by ministers)",
    )
    it_share_england: float = setting(
        0.024,
        "IT spend over service expenditure, England.",
        unit="share",
        above=0,
        high=1,
        prior="0.016-0.04",
        basis="evidence",
        source="Socitm 2016, n = 26",
    )
    it_share_scotland: float = setting(
        0.03,
        "IT spend over net budget, Scotland.",
        unit="share",
        above=0,
        high=1,
        prior="0.024-0.044",
        basis="evidence",
        source="McClelland: £525m in 2008/09",
    )
    it_floor_gbp_m: float = setting(0.4, "Least IT spend.", unit="£m a year", above=0, high=100)
    contract_months_mean: float = setting(
        60.0,
        "Mean length of the main contract (lognormal, kept to 12-240).",
        unit="months",
        low=12,
        high=240,
        prior="50-70",
        basis="evidence",
        source="NelsonHall/Arvato: 66 and 56 months",
    )
    contract_sigma: float = setting(0.5, "Spread of its logarithm.", low=0, high=2, prior="0.3-0.8")
    contract_window_months: int = setting(
        6,
        "Window before expiry in which moving is cheap.",
        unit="months",
        low=0,
        high=12,
        prior="3-12",
    )


class Climate(Table):
    """Cyber attacks and budgets around all councils."""

    incident_rate_per_month: float = setting(
        0.006,
        "Incidents per council.",
        unit="per month",
        low=0,
        high=1,
        prior="0.003-0.012",
        basis="evidence",
        source="Big Brother Watch: 29 % of councils 2013-17",
    )
    incident_growth_per_year: float = setting(
        0.10,
        "Growth of the rate from 2018.",
        unit="share a year",
        low=-0.5,
        high=2,
        prior="0-0.24",
        basis="evidence",
        source="ICO: +24 % in one year",
    )
    severe_share: float = setting(
        0.2,
        "Incidents that are severe.",
        unit="share",
        low=0,
        high=1,
        prior="0.1-0.4",
        basis="evidence",
        source="data loss 1.3 % a year; disrupted 2.5-3.8 % a year",
    )
    severe_cost_gbp_m: float = setting(
        2.5,
        "Median cost of a severe incident (lognormal).",
        unit="£m",
        low=0,
        high=1000,
        basis="evidence",
        source="Redcar, Hackney, Gloucester, Western Isles",
    )
    severe_cost_sigma: float = setting(
        1.1, "Spread of its logarithm.", low=0, high=3, prior="0.8-1.4"
    )
    minor_cost_gbp_m: float = setting(0.02, "Cost of a minor incident.", unit="£m", low=0, high=100)
    austerity_per_year: float = setting(
        0.01,
        "Rise of budget pressure a year, counted from April 2018.",
        unit="share a year",
        low=-0.5,
        high=0.5,
        prior="-0.02-0.04",
    )
    discount_rate: float = setting(
        0.035,
        "Discount rate of money, to 2017-18.",
        unit="share a year",
        low=0,
        high=0.2,
        basis="convention",
        source="HM Treasury Green Book",
    )


# ---------------------------------------------------------------- offer and push


class Scope(Table):
    """To which councils something applies; no restriction means all that take part."""

    nations: list[Nation] | None = Field(None, min_length=1)
    types: list[CouncilType] | None = Field(None, min_length=1)
    codes: list[str] | None = Field(None, min_length=1, description="GSS codes or names.")


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
        above=0,
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
    )
    realised_ratio: float = setting(
        0.2,
        "Mean of realised over promised saving.",
        low=-1,
        high=2,
        prior="0-0.5",
        basis="evidence",
        source="Verify 0.15; McClelland 0.07; English sharing near 0",
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
    )
    economies_of_scale: float = setting(
        0.0,
        "Rise of the saving when all addressed spend is in.",
        unit="share",
        low=0,
        high=5,
        prior="0-0.5",
    )
    scale_max_population: float = setting(
        0.0,
        "Only councils with fewer people gain from scale; 0 means all.",
        unit="people",
        low=0,
        high=10_000_000,
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
    luck: int | None = Field(
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

    starts: Month | None = Field(
        None, description="First month of visits; by default the first opening."
    )
    ends: Month | None = Field(None, description="First month without visits; by default never.")
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

    @model_validator(mode="after")
    def _one_measure(self) -> Team:
        if self.visits_per_month is not None and self.visits_per_council_per_year is not None:
            raise ValueError("give visits_per_month or visits_per_council_per_year, not both")
        if self.starts is not None and self.ends is not None and self.ends < self.starts:
            raise ValueError("ends lies before starts")
        return self


class Mandate(Table):
    """A legal obligation to join."""

    starts: Month = Field(description="Month from which it binds.")
    scope: Scope = Scope()


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
    )
    mandate: Mandate | None = None
    refuser_calls_per_quarter: int = Field(
        1,
        ge=0,
        le=3,
        description="Calls a quarter on a council that has refused; beyond one it feels pressed.",
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
        "Cost of the programme itself.",
        unit="£m a year",
        low=0,
        high=10_000,
        prior="a third to three times the figure given",
    )


class EventChange(Table):
    """What an event changes, in the same tables as the scenario."""

    offers: dict[str, dict[str, Any]] = {}
    push: dict[str, Any] = {}
    climate: dict[str, Any] = {}


class Event(Table):
    """Something dated that happens in a scenario."""

    date: Month = Field(description="First month in which it holds.")
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
    offers: dict[str, Offer] = Field({}, description="What is on offer; may be empty.")
    push: Push = Push()
    climate: Climate = Climate()
    events: list[Event] = []
    behaviour: Behaviour = Field(
        Behaviour(),
        description="Only for what-if questions about behaviour: policies differ in offers and "
        "pushes, not in the will of councils.",
    )
    traits: Traits = Traits()


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


class Experiment(Table):
    """A whole experiment, resolved: every scenario stands complete on its own."""

    title: str = Field(min_length=1, description="Title of the report.")
    question: str = Field(min_length=1, description="The question, in one or two sentences.")
    horizon: Horizon
    seeds: Seeds = Seeds()
    outcomes: Outcomes = Outcomes()
    base: str | None = Field(
        None, description="The scenario to compare with; by default the first."
    )
    together: list[list[str]] = Field(
        [], description="Scenarios that are readings of one proposal and always shown together."
    )
    caveats: list[str] = Field([], description="What the reader should keep in mind.")
    scenarios: dict[str, Scenario] = Field(min_length=1)
    curves: dict[str, Curve] = {}

    @property
    def base_scenario(self) -> str:
        """Name of the scenario that others are compared with."""
        return self.base or next(iter(self.scenarios))
