"""What councils are said to be moved by, and the settings that switch each of it off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sim.settings.councils import Layers

# Nobody listens to anybody. Members, savings, regret, attacks and breaches heard of, and peers met,
# pass over ties and over nothing else; the nation and shared systems are no ties.
CUT_TIES: Mapping[str, Any] = MappingProxyType(
    {
        "network.kind": "layers",
        "network.layers": dict.fromkeys(Layers.model_fields, 0.0),
        "network.edge_list": None,
        "network.isolation_allowed": True,
        "network.shuffled": "no",
    }
)


@dataclass(frozen=True)
class Idea:
    """One of the ideas that the question rests on, and what a world without it is.

    Attributes
    ----------
    off
        Settings that switch it off.
    words
        What is so then.
    """

    off: Mapping[str, Any]
    words: str


# What councils are said to be moved by; each is switched off in turn, all else and all luck alike.
IDEAS: Mapping[str, Idea] = MappingProxyType(
    {
        "pressure": Idea(
            MappingProxyType({"traits.pressure_scale": 0.0, "behaviour.pressure_starving": 0.0}),
            "no council's budget is pressed",
        ),
        "autonomy": Idea(
            MappingProxyType({"behaviour.autonomy_weight": 0.0, "behaviour.reactance": 0.0}),
            "no council minds giving up control",
        ),
        "network": Idea(CUT_TIES, "nobody listens to anybody"),
    }
)


def point_without(scenario: str, idea: str) -> str:
    """Id of the point of a scenario in which an idea is switched off."""
    return f"without/{scenario}/{idea}"
