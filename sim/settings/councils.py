"""Which councils take part, and who listens to whom."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.settings.base import Table, setting
from sim.settings.limits import MOST_SYNTHETIC

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
    # Areas of several councils; which they are, and who says so: sim/data/areas.csv.
    "Glasgow City Region",
    "Island councils",
    "Councils with inhabited islands",
]


class CouncilChoice(Table):
    """Which councils take part; no restriction means all 385."""

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
    draw: int | None = Field(
        None,
        ge=2,
        le=385,
        description="A fresh random draw of this many of them for each seed.",
    )
    synthetic: int | None = Field(
        None,
        ge=2,
        le=MOST_SYNTHETIC,
        description="Instead of real councils, this many made-up ones resampled from real ones.",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> CouncilChoice:
        if self.synthetic and (self.nations or self.regions or self.types or self.codes):
            raise ValueError("synthetic councils cannot be combined with a choice of real ones")
        return self


class Layers(Table):
    """Weights of the kinds of tie; a council without ties of a kind spreads it over the rest."""

    border: float = setting(
        0.35,
        "Neighbours over a land border or by ferry.",
        low=0,
        high=1,
        evidence=("partners-near-and-alike",),
    )
    tier: float = setting(0.15, "A county and its districts.", low=0, high=1)
    similar: float = setting(
        0.25,
        "Councils of the same type, near in size and in deprivation.",
        low=0,
        high=1,
        evidence=("partners-near-and-alike",),
    )
    national: float = setting(0.20, "People met at national bodies.", low=0, high=1)
    cross_border: float = setting(0.05, "Neighbours in the other nation.", low=0, high=1)


class Network(Table):
    """Who listens to whom.

    That nearness and similarity matter is evidence (Dixon and Elston, Public Administration
    2020); how much each layer weighs is an assumption.
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
    shuffled: Literal["no", "places", "sources"] = Field(
        "no",
        description='What chance makes of the network: "places": the same ties, each council in '
        'the place of another; "sources": each council listens to as many others as before and as '
        "much to each, but to any.",
    )
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
