"""How a setting takes effect when it is changed in a world that is laid out already.

Building a world for each of thousands of points takes longer than running it. Most settings are
numbers that the engine reads from a record: those are changed in place ("record"). Some are worked
out into something else when a world is built, such as the rate of incidents in each month: that is
worked out anew ("derived", see :mod:`sim.model.laid_out`). The rest, and whatever is not declared
here, takes a world of its own ("world"), which is never wrong, only slower. A test changes every
setting both ways and compares the runs bit by bit.
"""

from __future__ import annotations

from typing import Any, Literal

from sim.files.layers import EITHER_OR
from sim.settings import Scenario
from sim.settings.editing import numeric_settings

Effect = Literal["record", "derived", "world"]

# Tables whose numbers stand in a record, and nowhere else but where `DERIVED` says so.
RECORDS = ("behaviour", "traits", "climate", "offers.*", "push")
# Numbers from which something is worked out when a world is built.
DERIVED = frozenset(
    {
        "climate.incident_rate_per_month",
        "climate.incident_growth_per_year",
        "climate.austerity_per_year",
        "climate.discount_rate",
        "traits.scottish_cut_share",
        "traits.it_share_england",
        "traits.it_share_scotland",
        "traits.it_floor_gbp_m",
        "traits.autonomy_mean",
        "traits.autonomy_concentration",
        "behaviour.capacity_elasticity",
        "behaviour.foreign_central",
        "behaviour.foreign_sector",
        "behaviour.foreign_peer",
        "push.visits_per_council_per_year",
        "offers.*.initial_members",
    }
)
# What decides which councils there are, who listens to whom, and which luck an offer has.
OF_WORLD = ("councils", "network", "offers.*.stream")
# The one month in a record: when a duty begins. Measuring looks at all others too.
DUTY = "push.mandate.starts"


def pattern_of(setting: str) -> str:
    """Name of a setting whatever the offer or the team is called: "offers.*.depth"."""
    parts = setting.split(".")
    if parts[0] == "offers" and len(parts) == 3:
        parts[1] = "*"
    if parts[:2] == ["push", "teams"] and len(parts) == 4:
        return f"push.{parts[3]}"
    return ".".join(parts)


def effect_of(scenario: Scenario, setting: str) -> Effect:
    """Say how a setting takes effect in a scenario.

    What an event of the scenario changes takes a world of its own: which regimes there are hangs
    on its value.

    Parameters
    ----------
    scenario
        Any.
    setting
        Dotted name inside it, of a number or anything else.
    """
    if any(_touches(setting, changed) for changed in _changed_by_events(scenario)):
        return "world"
    if setting == DUTY:
        return "record" if scenario.push.mandate is not None else "world"
    if setting not in numeric_settings(scenario):
        return "world"
    pattern = pattern_of(setting)
    if any(pattern == of or pattern.startswith(f"{of}.") for of in OF_WORLD):
        return "world"
    if pattern in DERIVED:
        return "derived"
    return "record" if pattern.rsplit(".", 1)[0] in RECORDS else "world"


def _touches(setting: str, changed: str) -> bool:
    """Is one of these the other, or a part of it?"""
    return f"{setting}.".startswith(f"{changed}.") or f"{changed}.".startswith(f"{setting}.")


def _changed_by_events(scenario: Scenario) -> set[str]:
    """Dotted names that events change; of two that replace each other, both."""
    found: set[str] = set()

    def look(path: tuple[str, ...], change: Any) -> None:
        if isinstance(change, dict) and change:
            for name, part in change.items():
                look((*path, str(name)), part)
            return
        found.add(".".join(path))
        if path[-1] in EITHER_OR:
            found.update(".".join((*path[:-1], name)) for name in EITHER_OR)

    for event in scenario.events:
        for table in ("offers", "push", "climate"):
            if change := getattr(event.change, table):
                look((table,), change)
    return found
