from dataclasses import fields

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.model.councils import (
    Councils,
    fresh_draw,
    load_councils,
    select,
    synthetic_councils,
)
from sim.model.draws import Purpose, uniforms
from sim.model.influence import (
    FULL_WEIGHT,
    KINDS,
    LAYER_WEIGHTS,
    IsolatedCouncils,
    components,
    influence,
    influence_graph,
    ties_of,
    whole_weights,
)

ALL = load_councils()
ENGLAND = select(ALL, nations=["England"])
SCOTLAND = select(ALL, nations=["Scotland"])
UK_GRAPH = influence_graph(ALL)


def number(name: str) -> int:
    return int(ALL.number[ALL.index_of(name)])


def heard(graph: "nx.DiGraph[int]", listener: str) -> set[str]:
    return {graph.nodes[source]["name"] for source in graph.pred[number(listener)]}


def only(layer: str, councils: Councils = ALL, contacts: int = 0) -> "nx.DiGraph[int]":
    return influence_graph(councils, weights={layer: 1.0}, cross_border_contacts=contacts)


BORDER, TIER, SIMILAR, NATIONAL, ACROSS = (only(layer) for layer in LAYER_WEIGHTS)


def test_border_districts_hear_lower_tiers_and_counties_upper_tiers() -> None:
    assert heard(BORDER, "Eden") >= {"Carlisle", "Northumberland", "County Durham"}
    assert "Cumbria" not in heard(BORDER, "Eden")
    assert heard(BORDER, "Kent") == {
        "East Sussex",
        "Surrey",
        "Medway",
        "Thurrock",
        "Bexley",
        "Bromley",
    }
    # A single-tier council does the work of both levels and hears both.
    assert heard(BORDER, "Northumberland") >= {"Cumbria", "Carlisle", "Eden", "Gateshead"}


def test_no_border_ties_between_county_and_district_nor_across_nations() -> None:
    tier = dict(zip(ALL.number.tolist(), ALL.tier, strict=True))
    nation = dict(zip(ALL.number.tolist(), ALL.nation, strict=True))
    for a, b in BORDER.edges:
        assert {tier[a], tier[b]} != {"county", "district"}
        assert nation[a] == nation[b]
        assert BORDER.has_edge(b, a)


@pytest.mark.parametrize(
    ("island", "neighbours"),
    [
        ("Shetland Islands", {"Orkney Islands", "Aberdeen City"}),
        ("Orkney Islands", {"Shetland Islands", "Highland"}),
        ("Na h-Eileanan Siar", {"Highland"}),
        ("Isle of Wight", {"Southampton", "Portsmouth", "New Forest", "Hampshire"}),
        ("Isles of Scilly", {"Cornwall"}),
    ],
)
def test_sea_ties(island: str, neighbours: set[str]) -> None:
    assert heard(BORDER, island) == neighbours


def test_counties_and_districts_hear_each_other() -> None:
    assert TIER.number_of_edges() == 2 * 201
    assert heard(TIER, "Dover") == {"Kent"}
    assert len(heard(TIER, "Kent")) == 12
    assert heard(TIER, "Fife") == set()


def test_similar_councils_are_of_one_type_and_nation_and_near() -> None:
    kind = dict(zip(ALL.number.tolist(), ALL.council_type, strict=True))
    assert all(kind[a] == kind[b] for a, b in SIMILAR.edges)
    assert {degree for _, degree in SIMILAR.in_degree()} == {8}
    fife = SCOTLAND.index_of("Fife")
    size, need = np.log(SCOTLAND.population), SCOTLAND.deprivation_percentile
    distance = np.abs(size - size[fife]) + np.abs(need - need[fife])
    nearest = np.argsort(distance)[1:9]
    assert heard(SIMILAR, "Fife") == {SCOTLAND.name[index] for index in nearest}


def test_as_many_national_contacts_in_every_nation() -> None:
    assert {degree for _, degree in NATIONAL.in_degree()} == {30}
    few = influence_graph(ALL, weights={"national": 1.0}, national_contacts=40)
    assert {few.in_degree(node) for node in SCOTLAND.number.tolist()} == {31}
    assert {few.in_degree(node) for node in ENGLAND.number.tolist()} == {40}


def test_national_contacts_are_the_lowest_draws() -> None:
    kent = number("Kent")
    others = ENGLAND.number[ENGLAND.number != kent]
    draw = uniforms(1, Purpose.CONTACT, 0, kent, others)[0]
    assert set(NATIONAL.pred[kent]) == set(others[np.argsort(draw)[:30]].tolist())
    again = influence_graph(ALL, weights={"national": 1.0}, graph_seed=2)
    assert set(again.pred[kent]) != set(NATIONAL.pred[kent])


def test_a_council_meets_the_same_people_in_any_subset() -> None:
    assert set(only("national", SCOTLAND).edges) == {
        edge for edge in NATIONAL.edges if edge[0] in set(SCOTLAND.number.tolist())
    }
    subset = fresh_draw(ENGLAND, 100, seed=3)
    here = set(subset.number.tolist())
    kept = {(a, b) for a, b in NATIONAL.edges if a in here and b in here}
    assert kept <= set(only("national", subset).edges)


def test_cross_border_ties_only_along_the_border() -> None:
    edges = {(ALL.name[a - 1], ALL.name[b - 1]) for a, b in ACROSS.edges}
    south_to_north = {
        ("Northumberland", "Scottish Borders"),
        ("Carlisle", "Scottish Borders"),
        ("Carlisle", "Dumfries and Galloway"),
        ("Cumbria", "Scottish Borders"),
        ("Cumbria", "Dumfries and Galloway"),
    }
    assert edges == south_to_north | {(b, a) for a, b in south_to_north}
    assert only("cross_border", SCOTLAND).number_of_edges() == 0


def test_cross_border_contacts_are_single_tier_councils_of_like_size() -> None:
    graph = only("cross_border", contacts=2)
    gained = heard(graph, "Fife")
    assert len(gained) == 2
    size = np.abs(np.log(ENGLAND.population / ALL.population[ALL.index_of("Fife")]))
    size[[tier != "single tier" for tier in ENGLAND.tier]] = np.inf
    assert gained == {ENGLAND.name[index] for index in np.argsort(size)[:2]}
    # Both neighbours and contacts, once each.
    assert heard(graph, "Northumberland") >= {"Scottish Borders", *heard(ACROSS, "Northumberland")}
    assert only("cross_border", SCOTLAND, contacts=2).number_of_edges() == 0


def test_layers_share_out_their_weights() -> None:
    data = UK_GRAPH.pred[number("Carlisle")]
    assert sum(tie["weight"] for tie in data.values()) == pytest.approx(1.0)
    for layer, weight in LAYER_WEIGHTS.items():
        alone = [tie for tie in data.values() if tie["layers"] == (layer,)]
        in_layer = [tie for tie in data.values() if layer in tie["layers"]]
        assert alone[0]["weight"] == pytest.approx(weight / len(in_layer))


def test_a_missing_layer_leaves_its_weight_to_the_others() -> None:
    # Fife has neither tier nor cross-border ties: 0.35, 0.25 and 0.20 are left.
    tie = UK_GRAPH.edges[number("City of Edinburgh"), number("Fife")]
    assert tie["layers"] == ("border", "similar", "national")
    assert tie["weight"] == pytest.approx((0.35 / 4 + 0.25 / 8 + 0.20 / 30) / 0.80)


def test_layers_of_no_weight_contribute_nothing() -> None:
    graph = influence_graph(ALL, weights={**LAYER_WEIGHTS, "national": 0.0})
    assert all("national" not in tie["layers"] for _, _, tie in graph.edges(data=True))
    assert influence_graph(ALL, weights=dict.fromkeys(LAYER_WEIGHTS, 0)).number_of_edges() == 0


def test_the_order_of_councils_does_not_matter() -> None:
    backwards = SCOTLAND.take(np.arange(31, -1, -1))
    assert nx.utils.graphs_equal(influence_graph(backwards), influence_graph(SCOTLAND))


def test_synthetic_councils_border_on_up_to_six() -> None:
    councils = synthetic_councils(400)
    degrees = [degree for _, degree in only("border", councils).in_degree()]
    assert max(degrees) == 6
    assert min(degrees) >= 2
    assert np.mean(degrees) == pytest.approx(5.6, abs=0.2)
    ties_of(influence_graph(councils), councils)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "lattice"}, "no kind of graph is called 'lattice'"),
        ({"kind": "edge_list"}, "needs the path of a file"),
        ({"kind": "watts_strogatz", "degree": 32}, "degree must be at least 2 and below 32"),
        ({"weights": {"borders": 1.0}}, "no layer is called 'borders'"),
        ({"weights": {"border": -1.0}}, "weight of layer border must be 0 or more"),
        ({"weights": {"border": float("nan")}}, "weight of layer border must be 0 or more"),
        ({"national_contacts": -1}, "contacts must be 0 or more"),
    ],
)
def test_settings_that_make_no_graph(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        influence_graph(SCOTLAND, **settings)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"layers", "edge_list"}))
def test_generated_graphs(kind: str) -> None:
    graph = influence_graph(SCOTLAND, kind=kind, graph_seed=4)
    assert all(graph.has_edge(b, a) for a, b in graph.edges)
    assert sorted(graph) == SCOTLAND.number.tolist()
    assert nx.utils.graphs_equal(graph, influence_graph(SCOTLAND, kind=kind, graph_seed=4))
    for node in graph:
        weights = {tie["weight"] for tie in graph.pred[node].values()}
        assert weights == {1 / graph.in_degree(node)}
    mean = graph.number_of_edges() / len(SCOTLAND)
    assert mean == 31 if kind == "complete" else mean == pytest.approx(6, abs=1.5)
    ties_of(graph, SCOTLAND)


def test_edge_probability() -> None:
    full = influence_graph(SCOTLAND, kind="erdos_renyi", edge_probability=1.0)
    assert full.number_of_edges() == 32 * 31


def test_a_complete_graph_is_that_of_networkx() -> None:
    ours = influence_graph(SCOTLAND, kind="complete")
    theirs = nx.complete_graph(SCOTLAND.number.tolist())
    assert set(ours.edges) == {(a, b) for a in theirs for b in theirs.adj[a]}


@pytest.mark.parametrize("order", [1, -1])
def test_ties_add_up_and_transpose(order: int) -> None:
    councils = ALL.take(np.arange(385)[::order])
    ties = ties_of(UK_GRAPH, councils)
    count = len(ties.source)
    assert count == UK_GRAPH.number_of_edges() == len(ties.listener)
    assert {column.dtype for column in vars(ties).values()} == {np.dtype(np.int64)}
    totals = np.add.reduceat(ties.weight, ties.start[:-1])
    assert set(totals.tolist()) == {FULL_WEIGHT}
    assert ties.weight.min() > 0
    listener = np.repeat(np.arange(385), np.diff(ties.start))
    assert (np.diff(listener * 385 + ties.source) > 0).all()
    source = np.repeat(np.arange(385), np.diff(ties.listener_start))
    assert (np.diff(source * 385 + ties.listener) > 0).all()
    forward = zip(listener, ties.source, ties.weight, strict=True)
    backward = zip(ties.listener, source, ties.listener_weight, strict=True)
    assert sorted(forward) == sorted(backward)
    for edge in range(0, count, 500):
        a, b = councils.number[ties.source[edge]], councils.number[listener[edge]]
        share = UK_GRAPH.edges[int(a), int(b)]["weight"]
        assert ties.weight[edge] == pytest.approx(share * FULL_WEIGHT, abs=1)


def test_isolated_councils_are_named() -> None:
    graph = only("border", select(ALL, codes=["Fife", "Moray", "Highland", "Kent"]))
    councils = select(ALL, codes=["Fife", "Moray", "Highland", "Kent"])
    with pytest.raises(IsolatedCouncils, match=r"2 council\(s\) listen to nobody: Kent, Fife\."):
        ties_of(graph, councils)
    ties = ties_of(graph, councils, isolation_allowed=True)
    assert np.diff(ties.start).tolist() == [0, 1, 1, 0]
    alone = select(ALL, codes=["Fife"])
    with pytest.raises(ValueError, match="Fife"):
        ties_of(influence_graph(alone), alone)
    assert len(ties_of(influence_graph(alone), alone, isolation_allowed=True).source) == 0


def test_many_isolated_councils_are_counted() -> None:
    with pytest.raises(IsolatedCouncils, match="and 152 more") as caught:
        ties_of(only("tier"), ALL)
    assert len(caught.value.names) == 157


def test_a_graph_must_be_of_these_councils() -> None:
    with pytest.raises(ValueError, match="must be the numbers of the councils"):
        ties_of(UK_GRAPH, SCOTLAND)


def test_a_graph_from_elsewhere_must_have_sound_weights() -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    pair = select(ALL, codes=["Fife", "Moray"])
    a, b = pair.number.tolist()
    graph.add_edge(a, b, weight=1.0)
    graph.add_edge(b, a, weight=-1.0)
    with pytest.raises(ValueError, match="weight of a tie must be a finite number"):
        ties_of(graph, pair)


def test_components() -> None:
    assert [len(part) for part in components(UK_GRAPH, ALL)] == [385]
    parts = components(TIER, ALL)
    assert [len(part) for part in parts[:27]] == sorted(map(len, parts[:27]), reverse=True)
    assert len(parts) == 27 + 157
    by_land = components(only("border", SCOTLAND), SCOTLAND)
    assert [len(part) for part in by_land] == [32]
    some = select(ALL, codes=["Fife", "Moray", "Highland", "Kent"])
    assert components(only("border", some), some) == [["Highland", "Moray"], ["Kent"], ["Fife"]]


@settings(derandomize=True, deadline=None)
@given(st.permutations(range(12)), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11))))
def test_components_are_those_that_networkx_finds(
    order: list[int], pairs: list[tuple[int, int]]
) -> None:
    councils = SCOTLAND.take(order)
    number, name = councils.number.tolist(), dict(zip(councils.number, councils.name, strict=True))
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(number)
    graph.add_edges_from((number[a], number[b], {"weight": 1.0}) for a, b in pairs if a != b)
    found = sorted(map(sorted, nx.weakly_connected_components(graph)))
    found.sort(key=len, reverse=True)
    assert components(graph, councils) == [[name[node] for node in part] for part in found]


@pytest.mark.parametrize("kind", ["layers", "watts_strogatz", "erdos_renyi", "complete"])
def test_ties_are_the_same_from_a_graph_in_any_order_of_councils(kind: str) -> None:
    found = influence(SCOTLAND, kind=kind)
    assert len(found) == found.graph.number_of_edges()
    councils = SCOTLAND.take(np.random.default_rng(2).permutation(len(SCOTLAND)))
    one, other = (ties_of(ties, councils, isolation_allowed=True) for ties in (found, found.graph))
    for field in fields(one):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=60), st.integers(61, FULL_WEIGHT))
def test_whole_weights_add_up_and_never_vanish(weights: list[float], total: int) -> None:
    whole = whole_weights(np.array(weights), total)
    assert whole.sum() == total
    assert whole.min() >= 1
    order = np.argsort(weights, kind="stable")
    assert (np.diff(whole[order]) >= -1).all()


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=60))
def test_whole_weights_are_within_one_of_exact(weights: list[float]) -> None:
    exact = np.array(weights) / sum(weights) * FULL_WEIGHT
    assert np.abs(whole_weights(np.array(weights)) - exact).max() < 1


def test_whole_weights_by_hand() -> None:
    assert whole_weights(np.array([1.0, 1.0, 1.0]), 10).tolist() == [4, 3, 3]
    assert whole_weights(np.array([5.0, 3.0, 2.0]), 11).tolist() == [6, 3, 2]
    assert whole_weights(np.array([1e-9, 1.0, 1.0]), 10).tolist() == [1, 5, 4]
    assert whole_weights(np.array([2.0])).tolist() == [FULL_WEIGHT]
    with pytest.raises(ValueError, match="cannot share 2 among 3"):
        whole_weights(np.array([1.0, 1.0, 1.0]), 2)
