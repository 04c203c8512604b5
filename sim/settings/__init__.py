"""What an experiment file may say: every setting with its default, range, unit and source.

The one place for defaults. Behavioural defaults that a source ties to the hand fit were set so
that the model meets seven dated patterns as far as it can (docs/evidence.md). A setting whose
`basis` is "assumption" rests on no record, one whose basis is "evidence" does, and reports say
which is which.
"""

from sim.settings.base import (
    Month,
    Table,
    about_setting,
    month_number,
    month_text,
    parse_month,
    setting,
)
from sim.settings.behaviour import Behaviour
from sim.settings.boxes import Case, Condition
from sim.settings.claims import Claim, OtherNetworks
from sim.settings.clock import Horizon, Outcomes, Seeds
from sim.settings.councils import CouncilChoice, CouncilType, Layers, Nation, Network, Region
from sim.settings.environment import Climate, Traits
from sim.settings.experiment import (
    Curve,
    Event,
    EventChange,
    Experiment,
    Explanation,
    Ideas,
    Levers,
    Parameters,
    Scenario,
    Sensitivity,
    Structures,
)
from sim.settings.programme import Mandate, Offer, Push, Scope, Team
from sim.settings.search import Goal, Search
from sim.settings.supply import Supply
from sim.settings.sweep import Sweep, Varied
from sim.settings.when import AfterOpening, When, month_of, parse_when

__all__ = [
    "AfterOpening",
    "Behaviour",
    "Case",
    "Claim",
    "Climate",
    "Condition",
    "CouncilChoice",
    "CouncilType",
    "Curve",
    "Event",
    "EventChange",
    "Experiment",
    "Explanation",
    "Goal",
    "Horizon",
    "Ideas",
    "Layers",
    "Levers",
    "Mandate",
    "Month",
    "Nation",
    "Network",
    "Offer",
    "OtherNetworks",
    "Outcomes",
    "Parameters",
    "Push",
    "Region",
    "Scenario",
    "Scope",
    "Search",
    "Seeds",
    "Sensitivity",
    "Structures",
    "Supply",
    "Sweep",
    "Table",
    "Team",
    "Traits",
    "Varied",
    "When",
    "about_setting",
    "month_number",
    "month_of",
    "month_text",
    "parse_month",
    "parse_when",
    "setting",
]
