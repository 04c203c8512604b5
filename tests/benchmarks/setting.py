"""The scenario that is timed: `beacon` of the experiment about the United Kingdom."""

from __future__ import annotations

from functools import cache

from sim import load_experiment
from sim.model.world import World, build_world
from sim.settings import Experiment, Horizon, Scenario
from tests.shared.folders import ROOT

NAME = "beacon"


@cache
def experiment() -> Experiment:
    """Read the experiment."""
    read: Experiment = load_experiment(ROOT / "experiments" / "uk_beacon.toml")
    return read


@cache
def beacon() -> World:
    """Make the world of the scenario: 385 real councils, 120 months."""
    return build_world(experiment().scenarios[NAME], experiment().horizon, 1)


def made_up(councils: int, *, breaches_spread: bool = True) -> Scenario:
    """Make the same scenario for made-up councils on a small-world network with six ties each.

    There is one nation, so offer and teams are for all; a council is visited as often as one
    of the 385 is on average. Severe breaches reach other members, or not.
    """
    values = experiment().scenarios[NAME].model_dump(mode="json", exclude_unset=True)
    push, event = values["push"], values["events"][0]
    for table in (values["offers"]["main"], push, push["teams"]["england"]):
        del table["scope"]
    del event["change"]["offers"]
    for team in (push, push["teams"]["england"]):
        team["visits_per_month"] *= councils / len(beacon().councils)
    if not breaches_spread:
        values["offers"]["main"]["shared_fate"] = 0.0
    network = {"kind": "watts_strogatz", "degree": 6}
    return Scenario.model_validate(
        {**values, "councils": {"synthetic": councils}, "network": network}
    )


def made_up_world(councils: int, months: int, *, breaches_spread: bool = True) -> World:
    """Make its world, over so many months."""
    starts = experiment().horizon.starts
    horizon = Horizon(starts=starts, ends=starts + months - 1)
    return build_world(made_up(councils, breaches_spread=breaches_spread), horizon, 1)
