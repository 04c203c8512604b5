"""What an experiment file may say: every setting with its default, range, unit and source.

The one place for defaults. Behavioural defaults that a source ties to the hand fit were set so
that the model meets seven dated patterns as far as it can (docs/evidence.md). A setting whose
`basis` is "assumption" rests on no record, one whose basis is "evidence" does, and reports say
which is which.
"""

from sim.settings.base import Month, Table, about_setting, month_text, parse_month, setting
from sim.settings.behaviour import Behaviour
from sim.settings.experiment import (
    Curve,
    Doubt,
    Event,
    EventChange,
    Experiment,
    Explanation,
    Parameters,
    Scenario,
)
from sim.settings.frame import (
    CouncilChoice,
    CouncilType,
    Horizon,
    Layers,
    Nation,
    Network,
    Outcomes,
    Region,
    Seeds,
)
from sim.settings.programme import Mandate, Offer, Push, Scope, Team
from sim.settings.surroundings import Climate, Traits

__all__ = [
    "Behaviour",
    "Climate",
    "CouncilChoice",
    "CouncilType",
    "Curve",
    "Doubt",
    "Event",
    "EventChange",
    "Experiment",
    "Explanation",
    "Horizon",
    "Layers",
    "Mandate",
    "Month",
    "Nation",
    "Network",
    "Offer",
    "Outcomes",
    "Parameters",
    "Push",
    "Region",
    "Scenario",
    "Scope",
    "Seeds",
    "Table",
    "Team",
    "Traits",
    "about_setting",
    "month_text",
    "parse_month",
    "setting",
]
