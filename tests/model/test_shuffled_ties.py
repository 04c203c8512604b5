"""Networks in which chance has moved the ties: what is kept of them, and what is lost."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from sim.model.councils import load_councils, select
from sim.model.influence import influence, shuffled
from sim.model.world import build_world
from tests.shared.scenarios import horizon, played, scenario

SCOTLAND = select(load_councils(), nations=["Scotland"])
# Few ties each, so that there is something to move.
USUAL = influence(SCOTLAND, similar_contacts=3, national_contacts=2)


def weights_by_listener(of: object) -> list[list[float]]:
    """Weights of what each council listens to, rising."""
    return [
        sorted(of.share[of.listener == council])  # type: ignore[attr-defined]
        for council in range(len(SCOTLAND))
    ]


def test_another_place_keeps_the_form_of_the_graph() -> None:
    found = shuffled(USUAL, "places", 1)
    assert sorted(weights_by_listener(found)) == sorted(weights_by_listener(USUAL))
    assert nx.is_isomorphic(found.graph, USUAL.graph)
    assert set(found.graph.edges) != set(USUAL.graph.edges)


def test_other_sources_keep_only_how_many_and_how_much() -> None:
    found = shuffled(USUAL, "sources", 1)
    assert weights_by_listener(found) == weights_by_listener(USUAL)
    assert (found.listener != found.source).all()
    assert len(found.graph.edges) == len(USUAL)  # none twice
    # Ties of the usual network are met again no more often than by chance.
    again = set(found.graph.edges) & set(USUAL.graph.edges)
    assert len(again) < 2 * len(USUAL) ** 2 / (32 * 31)


@pytest.mark.parametrize("how", ["places", "sources"])
def test_the_same_seed_gives_the_same_ties_and_another_others(how: str) -> None:
    first, again, other = (shuffled(USUAL, how, seed) for seed in (1, 1, 2))
    for name in ("listener", "source", "share", "stands_in"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.source, other.source)
    order = np.lexsort((first.source, first.listener))
    assert np.array_equal(order, np.arange(len(first)))


@pytest.mark.parametrize("how", ["places", "sources"])
def test_a_scenario_may_ask_for_it(how: str) -> None:
    usual, moved = scenario(), scenario(network={"shuffled": how})
    ties, other = (build_world(of, horizon(3), 1).ties for of in (usual, moved))
    assert len(ties.source) == len(other.source)
    assert not np.array_equal(ties.source, other.source)
    assert played(moved, months=6).running is False
