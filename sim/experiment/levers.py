"""What policy or luck can move, and how far: the levers of a scenario."""

from __future__ import annotations

from typing import NamedTuple

from sim.settings import Scenario
from sim.settings.editing import numeric_settings


class Lever(NamedTuple):
    """A setting that policy or luck moves, and its range (from the priors of its setting)."""

    setting: str
    meaning: str
    low: float
    high: float
    when_small: str = ""


OFFER = "offers.{offer}."
LEVERS = (
    Lever("push.visits_per_council_per_year", "visits for each council and year", 0.0, 8.0),
    Lever("push.launch_contact", "contact agreed before opening", 0.0, 0.8),
    Lever("push.codesign", "co-design", 0.0, 0.8),
    Lever("push.subsidy_share", "subsidy of joining and switching", 0.0, 0.6),
    Lever(OFFER + "depth", "control given up", 0.05, 0.9),
    Lever(OFFER + "promised_saving_share", "promised saving", 0.1, 0.3),
    Lever(
        OFFER + "realised_ratio",
        "part of the promise that comes true",
        0.0,
        0.5,
        "councils act on the promise; peers' results reach them late, since spend moves slowly",
    ),
    Lever(OFFER + "switching_cost_years", "switching cost, years of spend", 0.0, 3.0),
    Lever(OFFER + "annual_fee_gbp_m", "fee, £m a year", 0.0, 0.3),
    Lever(OFFER + "joining_cost_gbp_m", "cost of joining, £m", 0.0, 0.5),
    Lever(OFFER + "addressed_share", "part of IT spend addressed", 0.1, 0.7),
    Lever(OFFER + "approval_months", "months of approval", 0, 12, "it delays and deters nobody"),
    Lever(
        OFFER + "migration_months",
        "months of migration",
        1,
        24,
        "it matters where depth makes migrations fail",
    ),
    Lever(OFFER + "pledge_share", "pledges needed before joins take effect", 0.0, 0.5),
    Lever(
        OFFER + "security_gain",
        "protection offered",
        0.0,
        0.6,
        "worry about attacks is rare: few councils are struck in a year and it fades",
    ),
    Lever(
        OFFER + "shared_fate",
        "breaches that spread",
        0.0,
        0.5,
        "systems are shared only as far as spend has moved, which is little within the horizon",
    ),
    Lever(
        OFFER + "economies_of_scale",
        "economies of scale",
        0.0,
        0.5,
        "a rise of a small saving is smaller still",
    ),
    Lever(
        "climate.incident_rate_per_month",
        "incidents a month and council",
        0.0,
        0.02,
        "worry is rare and weighs only times the protection offered",
    ),
    Lever("climate.austerity_per_year", "rise of budget pressure a year", -0.02, 0.04),
    Lever(
        "network.national_contacts",
        "peers met nationally",
        10,
        60,
        "they stand for the nation's average however many they are",
    ),
)


def setting_of(lever: Lever, scenario: Scenario) -> str | None:
    """Dotted name of a lever in a scenario; of several offers the first is moved."""
    offer = next(iter(scenario.offers), None)
    if offer is None:
        return None
    setting = lever.setting.format(offer=offer)
    return setting if setting in numeric_settings(scenario) else None
