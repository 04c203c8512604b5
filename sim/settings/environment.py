"""What councils are and what happens around them: traits and climate."""

from __future__ import annotations

from sim.settings.base import Table, setting


class Traits(Table):
    """How councils' traits follow from real figures or are drawn."""

    autonomy_mean: float = setting(
        0.465,
        "Mean of the wish for autonomy (Beta distribution).",
        unit="share",
        low=0.01,
        high=0.99,
        prior="0.35-0.55",
        basis="evidence",
        source="28 % of managers name opposition as biggest barrier (Ipsos 2011)",
        evidence=("opposition-barrier",),
    )
    autonomy_concentration: float = setting(
        4.3,
        "Alpha + beta of that distribution.",
        low=0.5,
        high=1000,
        evidence=("opposition-barrier",),
    )
    pressure_scale: float = setting(
        1.0,
        "Budget pressure, relative to what records give; at 0 no council is pressed.",
        low=0,
        high=2,
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
        prior="0.07-0.27 (a quarter of the English cut, to all of it)",
        basis="evidence",
        source="Accounts Commission (disputed by ministers)",
        evidence=("england-cuts", "scotland-cuts", "scotland-cuts-spice"),
    )
    it_share_england: float = setting(
        0.024,
        "IT spend over service expenditure, England.",
        unit="share",
        low=0.001,
        high=1,
        prior="0.016-0.04",
        basis="evidence",
        source="Socitm 2016, n = 26",
        evidence=("it-share-england", "it-share-range"),
    )
    it_share_scotland: float = setting(
        0.03,
        "IT spend over net budget, Scotland.",
        unit="share",
        low=0.001,
        high=1,
        prior="0.024-0.044",
        basis="evidence",
        source="McClelland: £525m in 2008/09",
        evidence=("it-spend-scotland", "scotland-spending"),
    )
    it_floor_gbp_m: float = setting(0.4, "Least IT spend.", unit="£m a year", low=0.01, high=100)
    contract_months_mean: float = setting(
        60.0,
        "Mean length of the main contract (lognormal, kept to 12-240).",
        unit="months",
        low=12,
        high=240,
        prior="50-70",
        basis="evidence",
        source="NelsonHall/Arvato: 66 and 56 months",
        evidence=("contract-length",),
    )
    contract_sigma: float = setting(
        0.5,
        "Spread of its logarithm.",
        low=0,
        high=2,
        prior="0.3-0.8",
        evidence=("borders-contract",),
    )
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
        evidence=("incidents-2013-17", "incident-rate"),
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
        evidence=("attack-growth", "scotland-notices"),
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
        evidence=("data-loss-2013-17", "data-loss-rate", "operations-disrupted", "disruption-rate"),
    )
    severe_cost_gbp_m: float = setting(
        2.5,
        "Median cost of a severe incident (lognormal).",
        unit="£m",
        low=0,
        high=1000,
        basis="evidence",
        source="Redcar, Hackney, Gloucester, Western Isles",
        evidence=("severe-costs", "western-isles"),
    )
    severe_cost_sigma: float = setting(
        1.1,
        "Spread of its logarithm.",
        low=0,
        high=3,
        prior="0.8-1.4",
        evidence=("severe-costs", "western-isles"),
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
