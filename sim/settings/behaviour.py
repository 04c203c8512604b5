"""How councils behave: one set of parameters for all councils and programmes."""

from __future__ import annotations

from sim.settings.base import Table, setting

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
        basis="fitted",
        source=FIT,
        evidence=("notify-uptake-7", "notify-uptake-16", "website-switching"),
    )
    contact_attention_per_month: float = setting(
        0.64,
        "Considering it after contact with the team.",
        unit="per month at contact 1",
        low=0,
        high=5,
        prior="0.05-0.7",
        basis="fitted",
        source=FIT,
        evidence=("digital-office-funders-2016", "digital-office-funders-later"),
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
        evidence=("contract-length", "contract-renewals"),
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
        evidence=("sharing-councils", "partners-near-and-alike"),
    )
    capacity_elasticity: float = setting(
        0.6,
        "How attention rises with IT spend (over £4m, kept to 0.25-2).",
        low=0,
        high=2,
        prior="0-0.8",
        basis="fitted",
        source=FIT,
        evidence=("notify-uptake-tier",),
    )
    contract_binding_share: float = setting(
        0.0,
        "How far running contracts bind joining: attention lost between contracts, for an offer "
        "that is bought; off by default.",
        unit="share",
        low=0,
        high=1,
        prior="0-1",
    )
    pressure_starving: float = setting(
        0.0,
        "How much less attention councils under more pressure than others of their nation and "
        "tier have: by exp(-this x the difference); off by default.",
        unit="per unit pressure",
        low=0,
        high=20,
        prior="0-4",
    )
    served_again_share: float = setting(
        0.3,
        "Chance that a council with a service of its own renews it when its contract ends.",
        unit="share",
        low=0,
        high=1,
    )
    pause_months: int = setting(
        12, "How long a refusal holds.", unit="months", low=0, high=600, prior="3-36"
    )
    # decision
    intercept: float = setting(
        0.28,
        "General readiness, with the appeal of the programme; only its product with attention is "
        "informed. Draws of the posterior have in it what sets programmes of the same terms apart.",
        unit="log-odds",
        low=-20,
        high=20,
        prior="Normal(-1.5, 1)",
        basis="fitted",
        source=FIT,
        evidence=("notify-uptake-7", "notify-uptake-16", "pay-users"),
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
        evidence=("motive-cost",),
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
        evidence=("barriers-2008",),
    )
    liquidity: float = setting(
        0.0, "How much more cost weighs under budget pressure.", low=0, high=5, prior="0-1"
    )
    promise_worth_reports: float = setting(
        3.0, "Reports from peers that weigh as much as the promise.", low=0.01, high=100
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
        evidence=("opposition-barrier", "collective-action", "autonomy-worth"),
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
        basis="fitted",
        source=FIT,
        evidence=("notify-uptake-16", "digital-office-funders-2016"),
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
        evidence=("neighbour-odds",),
    )
    tie_threshold_share: float = setting(
        0.0,
        "Members among those listened to before they are followed at all, and then fully; at 0 "
        "they are followed in proportion.",
        unit="share",
        low=0,
        high=1,
        prior="0.05-0.6",
    )
    legitimacy_weight: float = setting(
        0.5,
        "Weight of members in one's nation.",
        unit="log-odds at share 1",
        low=0,
        high=20,
        prior="0-2",
        evidence=("isomorphism",),
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
        evidence=("southwest-one",),
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
        low=0.01,
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
    depth_risk: float = setting(
        0.0,
        "Fear of deep offers as such, whoever owns them; off by default.",
        unit="log-odds at depth 1",
        low=0,
        high=20,
        prior="0-5",
    )
    dominance_weight: float = setting(
        0.0,
        "Fear of a much larger host, times depth and the log of how much larger it is; off by "
        "default.",
        unit="log-odds",
        low=0,
        high=20,
        prior="0-1",
    )
    effort_weight: float = setting(
        0.0,
        "Weight of officers' work to join, over capacity; off by default.",
        unit="log-odds per month of work",
        low=0,
        high=20,
        prior="0-2",
    )
    foresight_share: float = setting(
        0.0,
        "How far a business case counts with the use to be expected and not with full use; off "
        "by default.",
        unit="share",
        low=0,
        high=1,
        prior="0-1",
    )
    coordination: float = setting(
        0.0,
        "Red tape: per ln of the number of councils that one deal needs; off by default.",
        unit="log-odds",
        low=0,
        high=5,
        prior="0-0.5",
        evidence=("collective-action",),
    )
    waiting: float = setting(
        0.0,
        "Free-riding: waiting until others are in; off by default.",
        unit="log-odds",
        low=0,
        high=10,
        prior="0-1",
        evidence=("free-riding",),
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
        evidence=("contract-length",),
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
    peer_contact_ratio: float = setting(
        1.0,
        "A month among peers that are all members, relative to a visit; for offers of peers.",
        low=0,
        high=1,
        prior="0.005-1",
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
        9.0, "Half-life of worry and of distrust.", unit="months", low=0.1, high=600, prior="3-24"
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
        evidence=("western-isles",),
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
        source="Verify pilots, about 7 % a month (pattern 3, n = 19)",
        evidence=("verify-pilots-quit", "verify-pilots-rate"),
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
        evidence=("collaborative-spend",),
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
        evidence=("myaccount",),
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
        evidence=("digital-office-funders-later", "partnerships-unstable"),
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
        evidence=("stirling-clackmannanshire", "tri-borough"),
    )
    leave_with_others_per_month: float = setting(
        0.0,
        "Leaving or giving up, times the share of those that ever joined that are gone; off by "
        "default.",
        unit="per month",
        low=0,
        high=1,
        prior="0-0.02",
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
