"""Other networks, on which claims are tried: of the councils' own, one or another thing is left."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from sim.settings.councils import Layers


class OtherNetwork(NamedTuple):
    """A network in words, and the settings that make it."""

    title: str
    changes: Mapping[str, Any]


def _layers(**weights: float) -> Mapping[str, Any]:
    return MappingProxyType(
        {
            "network.kind": "layers",
            "network.layers": dict.fromkeys(Layers.model_fields, 0.0) | weights,
            "network.edge_list": None,
            # Islands have no neighbours.
            "network.isolation_allowed": True,
        }
    )


OTHER_NETWORKS: Mapping[str, OtherNetwork] = MappingProxyType(
    {
        "borders_only": OtherNetwork("only neighbours listen to each other", _layers(border=1.0)),
        "shuffled_ties": OtherNetwork(
            "the same ties between other councils",
            MappingProxyType({"network.shuffled": "places"}),
        ),
        "random_graph": OtherNetwork(
            "each council listens to as many, but to any",
            MappingProxyType({"network.shuffled": "sources"}),
        ),
    }
)
