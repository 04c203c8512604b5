"""Who listens to whom: a weighted directed graph of councils, and its arrays.

An edge runs from the source to the listener, the way influence flows; nodes are the fixed numbers
of councils. The weights of what a council listens to add up to 1. The graph ``layers`` is
made of up to five layers:

* ``border``: land and sea neighbours in one's own nation, on both levels of government. A district
  listens to the districts and single-tier councils it borders on; a county to the counties and
  single-tier councils it borders on; a single-tier council, which does the work of both
  levels, to all three. A county and a district never meet here: that is the next layer.
  Synthetic councils border on those next to them on their grid.
* ``tier``: a county and its districts, both ways.
* ``similar``: councils of the same type and nation nearest in size and deprivation.
* ``national``: peers met in one's own nation, as many in one nation as in another.
* ``cross_border``: land neighbours across nations, and on request councils of like size there.

Each layer's weight is shared equally among its sources; what a layer without sources would
have weighed goes to the others in proportion. A tie found in several layers adds up.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.model import rules
from sim.model.councils import SYNTHETIC_NATION, SYNTHETIC_SPACING_M, Councils, load_councils
from sim.model.draws import Purpose, uniforms
from sim.model.edge_list import read_edge_list

if TYPE_CHECKING:
    import networkx as nx

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
# Positions of listeners and of their sources, one entry a tie.
Pairs = tuple[IntArray, IntArray]

LAYER_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"border": 0.35, "tier": 0.15, "similar": 0.25, "national": 0.20, "cross_border": 0.05}
)
KINDS = (
    "layers",
    "watts_strogatz",
    "barabasi_albert",
    "erdos_renyi",
    "complete",
    "edge_list",
)
FULL_WEIGHT = rules.FULL_WEIGHT
# Pairs looked at in one go: few enough to stay in the processor's cache.
BLOCK_PAIRS = 2**15


class IsolatedCouncils(ValueError):  # noqa: N818
    """Some councils listen to nobody; `names` has them all."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        few = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        super().__init__(
            f"{len(names)} council(s) listen to nobody: {few}. "
            "Add ties, leave them out, or allow isolation in the experiment"
        )


@dataclass(frozen=True, eq=False)
class Ties:
    """The graph as compressed rows of positions in a table of councils, and its transpose.

    Attributes
    ----------
    start
        Council i listens to ``source[start[i]:start[i + 1]]``, in rising order.
    source, weight
        Positions, and whole numbers that add up to `FULL_WEIGHT` for each listener.
    listener_start
        Council j is heard by ``listener[listener_start[j]:listener_start[j + 1]]``.
    listener, listener_weight
        The same ties by source.
    """

    start: IntArray
    source: IntArray
    weight: IntArray
    listener_start: IntArray
    listener: IntArray
    listener_weight: IntArray


@dataclass(frozen=True, eq=False)
class Influence:
    """Who listens to whom, an entry a tie, in positions of councils ordered by their numbers.

    Attributes
    ----------
    councils
        The nodes, ordered by number.
    listener, source, share
        The ends of each tie, and its part of what the listener listens to.
    stands_in
        Position in `layers` of each tie.
    layers
        Names of the layers in which a tie may stand, for other kinds the kind alone.
    """

    councils: Councils
    listener: IntArray
    source: IntArray
    share: FloatArray
    stands_in: IntArray
    layers: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.listener)

    @cached_property
    def graph(self) -> nx.DiGraph[int]:
        """The same as a graph of NetworkX: nodes have `name`, edges `weight` and `layers`."""
        # Pictures and the readable model want it; checking an experiment should not wait for it.
        import networkx as nx

        number = self.councils.number
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(
            (node, {"name": name})
            for node, name in zip(number.tolist(), self.councils.name, strict=True)
        )
        ends = number[self.source].tolist(), number[self.listener].tolist()
        graph.add_edges_from(
            (node, hearer, {"weight": share, "layers": self.layers[layers]})
            for node, hearer, share, layers in zip(
                *ends, self.share.tolist(), self.stands_in.tolist(), strict=True
            )
        )
        return graph


def influence_graph(councils: Councils, **settings: Any) -> nx.DiGraph[int]:
    """Build the graph of who listens to whom; `settings` are those of `influence`.

    Returns
    -------
    networkx.DiGraph
        Nodes have `name`; edges have `weight` and `layers`, the names of the layers they stand
        in (for other kinds the kind alone).
    """
    return influence(councils, **settings).graph


def influence(
    councils: Councils,
    *,
    kind: str = "layers",
    weights: Mapping[str, float] = LAYER_WEIGHTS,
    similar_contacts: int = 8,
    national_contacts: int = 30,
    cross_border_contacts: int = 0,
    graph_seed: int = 1,
    degree: int = 6,
    rewiring: float = 0.1,
    edge_probability: float | None = None,
    edge_list: Path | None = None,
) -> Influence:
    """Find who listens to whom.

    Parameters
    ----------
    councils
        The nodes; the result does not depend on their order.
    kind
        One of `KINDS`. All but "layers" and "edge_list" are NetworkX's generators, for research:
        ties both ways, of equal weight for a listener.
    weights
        Weight of each layer; one left out weighs nothing ("layers").
    similar_contacts, national_contacts, cross_border_contacts
        How many sources a council has in these layers, if there are as many ("layers").
    graph_seed
        Chooses the national contacts, or seeds the generator.
    degree
        Mean number of ties of a council (Watts-Strogatz, Barabási-Albert, and Erdős-Rényi
        where `edge_probability` is None).
    rewiring
        Probability that a tie is rewired (Watts-Strogatz).
    edge_probability
        Probability of a tie between two councils (Erdős-Rényi).
    edge_list
        CSV file with columns listener, source (codes or names) and weight ("edge_list").
        Rows that name a council left out of `councils` are passed over, so that one file serves
        every subset.

    Returns
    -------
    Influence
        The ties, sorted by listener and source where they come from layers.

    Raises
    ------
    ValueError
        For an unknown kind or layer, settings out of range, or a faulty line of the file.
    """
    councils = councils.take(np.argsort(councils.number))
    if kind == "layers":
        unknown = sorted(set(weights) - set(LAYER_WEIGHTS))
        if unknown:
            raise ValueError(f"no layer is called {unknown[0]!r}; there are {[*LAYER_WEIGHTS]}")
        for layer, weight in weights.items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"the weight of layer {layer} must be 0 or more, not {weight}")
        if min(similar_contacts, national_contacts, cross_border_contacts) < 0:
            raise ValueError("a number of contacts must be 0 or more")
        layers: dict[str, Callable[[], Pairs]] = {
            "border": lambda: _border(councils),
            "tier": lambda: _present(councils, *_tier_numbers()),
            "similar": lambda: _similar(councils, similar_contacts),
            "national": lambda: _national(councils, national_contacts, graph_seed),
            "cross_border": lambda: _cross_border(councils, cross_border_contacts),
        }
        found = {name: pairs() for name, pairs in layers.items() if weights.get(name, 0) > 0}
        return _combined(councils, found, weights)
    if kind == "edge_list":
        if edge_list is None:
            raise ValueError("a graph of kind 'edge_list' needs the path of a file")
        return _shared(councils, *read_edge_list(councils, edge_list), (("edge_list",),))
    pairs = _generated(len(councils), kind, graph_seed, degree, rewiring, edge_probability)
    return _shared(councils, pairs, np.ones(len(pairs[0])), ((kind,),))


def shuffled(found: Influence, how: str, seed: int) -> Influence:
    """Return the same number of ties, with as much weight, where chance puts them.

    Parameters
    ----------
    found
        Who listens to whom.
    how
        "places" puts each council in the place of another, so that the graph keeps its form and
        loses what councils have to do with each other. "sources" lets each listen to as many as
        before, and as much to each, but to any: of the form only those numbers are left.
    seed
        Of the chance, 0 to 2**63 - 1.

    Returns
    -------
    Influence
        Sorted by listener and source.
    """
    number = found.councils.number
    listener, source = found.listener, found.source
    if how == "places":
        # Not the number by which pairs are chosen as national contacts; nobody meets himself.
        place = np.argsort(uniforms(seed, Purpose.CONTACT, 0, number, number)[1], kind="stable")
        listener, source = place[listener], place[source]
    else:
        order = np.lexsort((source, listener))
        found = replace(found, share=found.share[order], stands_in=found.stands_in[order])
        listener = listener[order]
        heard = np.bincount(listener, minlength=len(number))

        def draw(a: IntArray, b: IntArray) -> FloatArray:
            return uniforms(seed, Purpose.CONTACT, 0, number[a], number[b])[1]

        source = source.copy()
        for count in np.unique(heard[heard > 0]).tolist():
            of = np.flatnonzero(heard == count)
            source[np.isin(listener, of)] = _lowest(of, np.arange(len(number)), count, draw)[1]
    order = np.lexsort((source, listener))
    return replace(
        found,
        listener=listener[order],
        source=source[order],
        share=found.share[order],
        stands_in=found.stands_in[order],
    )


def _combined(
    councils: Councils, found: Mapping[str, Pairs], weights: Mapping[str, float]
) -> Influence:
    """Add up the layers; each shares its weight equally among a listener's sources."""
    count = len(councils)
    ties: list[IntArray] = []
    shares: list[FloatArray] = []
    bits: list[FloatArray] = []
    for bit, (name, (listener, source)) in enumerate(found.items()):
        tie = np.unique(listener * count + source)
        sources = np.bincount(tie // count, minlength=count)
        ties.append(tie)
        shares.append(weights[name] / sources[tie // count])
        bits.append(np.full(len(tie), 2.0**bit))
    if not ties:
        return _shared(councils, _pairs([]), np.empty(0), ((),))
    tie, which = np.unique(np.concatenate(ties), return_inverse=True)
    share = np.bincount(which, weights=np.concatenate(shares)).astype(np.float64)
    mask = np.bincount(which, weights=np.concatenate(bits)).astype(np.int64)
    names = tuple(
        tuple(name for bit, name in enumerate(found) if subset >> bit & 1)
        for subset in range(2 ** len(found))
    )
    return _shared(councils, (tie // count, tie % count), share, names, mask)


def _shared(
    councils: Councils,
    pairs: Pairs,
    weight: FloatArray,
    layers: tuple[tuple[str, ...], ...],
    stands_in: IntArray | None = None,
) -> Influence:
    """Scale each listener's weights to add up to 1."""
    listener, source = pairs
    total = np.bincount(listener, weights=weight, minlength=len(councils))
    return Influence(
        councils=councils,
        listener=listener,
        source=source,
        share=weight / total[listener],
        stands_in=np.zeros(len(listener), dtype=np.int64) if stands_in is None else stands_in,
        layers=layers,
    )


def _pairs(edges: Iterable[tuple[int, int]]) -> Pairs:
    """Turn undirected edges into ties both ways."""
    array = np.array(list(edges), dtype=np.int64).reshape(-1, 2)
    both = np.concatenate([array, array[:, ::-1]])
    return both[:, 0], both[:, 1]


def _generated(
    count: int,
    kind: str,
    seed: int,
    degree: int,
    rewiring: float,
    edge_probability: float | None,
) -> Pairs:
    """Ties of a NetworkX generator."""
    if kind == "complete":
        first, second = np.triu_indices(count, 1)
        return np.concatenate([first, second]), np.concatenate([second, first])

    import networkx as nx  # only for these kinds: see `Influence.graph`

    if kind in ("watts_strogatz", "barabasi_albert") and not 2 <= degree < count:
        raise ValueError(f"degree must be at least 2 and below {count} councils, not {degree}")
    if kind == "watts_strogatz":
        graph = nx.watts_strogatz_graph(count, degree, rewiring, seed=seed)
    elif kind == "barabasi_albert":
        # Each newcomer brings this many ties, which makes twice as many a council.
        graph = nx.barabasi_albert_graph(count, degree // 2, seed=seed)
    elif kind == "erdos_renyi":
        if edge_probability is None:
            edge_probability = min(1.0, degree / max(1, count - 1))
        graph = nx.fast_gnp_random_graph(count, edge_probability, seed=seed)
    else:
        raise ValueError(f"no kind of graph is called {kind!r}; there are {list(KINDS)}")
    return _pairs(graph.edges)


def _rows(file: str) -> list[dict[str, str]]:
    text = (files("sim") / "data" / file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _numbers(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """Turn undirected pairs of GSS codes into ties of fixed numbers, both ways."""
    real = load_councils()
    number = dict(zip(real.gss_code, real.number.tolist(), strict=True))
    return _pairs((number[a], number[b]) for a, b in pairs)


@cache
def _adjacent_numbers() -> Pairs:
    return _numbers((row["gss_a"], row["gss_b"]) for row in _rows("adjacency.csv"))


@cache
def _tier_numbers() -> Pairs:
    return _numbers((row["county_gss"], row["district_gss"]) for row in _rows("tiers.csv"))


def _present(councils: Councils, listener: IntArray, source: IntArray) -> Pairs:
    """Positions of those ties of fixed numbers of which both ends are here."""
    ends = np.stack([listener, source])
    found = np.searchsorted(councils.number, ends)
    found[found == len(councils)] = 0
    here = (councils.number[found] == ends).all(axis=0)
    return found[0, here], found[1, here]


def _groups(*columns: Iterable[Hashable]) -> IntArray:
    """Return a whole number a council, the same for those alike in every column."""
    known: dict[Hashable, int] = {}
    entries = zip(*columns, strict=True)
    return np.array([known.setdefault(entry, len(known)) for entry in entries], dtype=np.int64)


def _border(councils: Councils) -> Pairs:
    listener, source = _present(councils, *_adjacent_numbers())
    nation = _groups(councils.nation)
    same = nation[listener] == nation[source]
    grid = np.flatnonzero([name == SYNTHETIC_NATION for name in councils.nation])
    if not len(grid):
        return listener[same], source[same]
    from scipy.spatial import cKDTree  # slow to import, and only synthetic councils need it

    points = np.column_stack([councils.easting, councils.northing])[grid]
    beside = grid[cKDTree(points).query_pairs(1.1 * SYNTHETIC_SPACING_M, output_type="ndarray")]
    return (
        np.concatenate([listener[same], beside[:, 0], beside[:, 1]]),
        np.concatenate([source[same], beside[:, 1], beside[:, 0]]),
    )


def _similar(councils: Councils, count: int) -> Pairs:
    size = np.log(councils.population)
    need = councils.deprivation_percentile

    def distance(a: IntArray, b: IntArray) -> FloatArray:
        apart: FloatArray = np.abs(size[a] - size[b]) + np.abs(need[a] - need[b])
        return apart

    return _lowest_in_groups(_groups(councils.council_type, councils.nation), count, distance)


def _national(councils: Councils, count: int, seed: int) -> Pairs:
    number = councils.number

    def draw(a: IntArray, b: IntArray) -> FloatArray:
        return uniforms(seed, Purpose.CONTACT, 0, number[a], number[b])[0]

    return _lowest_in_groups(_groups(councils.nation), count, draw)


def _cross_border(councils: Councils, count: int) -> Pairs:
    """Ties across nations; deprivation is ranked within each, so that only size compares them."""
    listener, source = _present(councils, *_adjacent_numbers())
    nation = _groups(councils.nation)
    across = nation[listener] != nation[source]
    found = [(listener[across], source[across])]
    single = np.array(councils.tier) == "single tier"
    size = np.log(councils.population)
    for group in range(nation.max() + 1 if count else 0):
        listeners = np.flatnonzero(nation == group)
        sources = np.flatnonzero((nation != group) & single)
        found.append(_lowest(listeners, sources, count, lambda a, b: np.abs(size[a] - size[b])))
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


Score = Callable[[IntArray, IntArray], FloatArray]


def _lowest_in_groups(group: IntArray, count: int, score: Score) -> Pairs:
    """For each council the `count` others of its group with the lowest score."""
    found = [
        _lowest(members, members, count, score)
        for members in (np.flatnonzero(group == code) for code in range(group.max() + 1))
    ]
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _lowest(listeners: IntArray, sources: IntArray, count: int, score: Score) -> Pairs:
    """For each listener the `count` sources of lowest score, itself apart; ties by number.

    Takes rows in blocks and never sorts a whole row, so that tens of thousands can be done.
    """
    count = min(count, len(sources))
    found_listeners, found_sources = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    height = max(1, BLOCK_PAIRS // max(1, len(sources)))
    for top in range(0, len(listeners) if count else 0, height):
        block = listeners[top : top + height]
        value = score(block[:, None], sources[None, :])
        value = np.where(block[:, None] == sources[None, :], np.inf, value)
        limit = np.partition(value, count - 1, axis=1)[:, count - 1 : count]
        row, column = np.nonzero((value <= limit) & np.isfinite(value))
        order = np.lexsort((column, value[row, column], row))
        row, column = row[order], column[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        found_listeners.append(block[row[rank < count]])
        found_sources.append(sources[column[rank < count]])
    return np.concatenate(found_listeners), np.concatenate(found_sources)


# ---------------------------------------------------------------- the graph as arrays


def ties_of(
    graph: nx.DiGraph[int] | Influence, councils: Councils, *, isolation_allowed: bool = False
) -> Ties:
    """Turn what `influence` finds, or a graph, into arrays in the order of a table.

    Parameters
    ----------
    graph
        Ties among `councils`; of a graph, edges from source to listener with `weight`, and nodes
        that are their numbers.
    councils
        Gives the order.
    isolation_allowed
        Whether a council may listen to nobody.

    Raises
    ------
    IsolatedCouncils
        If some council listens to nobody and that is not allowed.
    ValueError
        If the nodes are not the councils, or a weight is negative or not finite.
    """
    count = len(councils)
    listener, source, share = _ties_in(graph, councils)
    heard = np.flatnonzero(share != 0)
    heard = heard[np.lexsort((source[heard], listener[heard]))]
    listener, source, share = listener[heard], source[heard], share[heard]
    start = np.concatenate([[0], np.cumsum(np.bincount(listener, minlength=count))])
    wholes = [np.empty(0, np.int64)]
    wholes += [
        whole_weights(share[begins:ends])
        for begins, ends in zip(start[:-1].tolist(), start[1:].tolist(), strict=True)
        if begins < ends
    ]
    isolated = np.flatnonzero(np.diff(start) == 0)
    if len(isolated) and not isolation_allowed:
        raise IsolatedCouncils([councils.name[index] for index in isolated.tolist()])
    weight = np.concatenate(wholes)
    by_source = np.argsort(source, kind="stable")
    heard_by = np.bincount(source, minlength=count)
    return Ties(
        start=start.astype(np.int64),
        source=source,
        weight=weight,
        listener_start=np.concatenate([[0], np.cumsum(heard_by)]).astype(np.int64),
        listener=listener[by_source],
        listener_weight=weight[by_source],
    )


def _ties_in(
    graph: nx.DiGraph[int] | Influence, councils: Councils
) -> tuple[IntArray, IntArray, FloatArray]:
    """Listener, source and weight of each tie, in positions of a table of the same councils."""
    number = councils.number
    by_number = np.argsort(number)
    if isinstance(graph, Influence):
        nodes = graph.councils.number
        listener, source, share = graph.listener, graph.source, graph.share
    else:
        nodes = np.array(sorted(graph), dtype=np.int64)
        edges: list[tuple[int, int, float]] = list(graph.edges(data="weight"))
        ends = np.array([edge[:2] for edge in edges], dtype=np.int64).reshape(-1, 2)
        source, listener = np.searchsorted(nodes, ends).T
        share = np.array([edge[2] for edge in edges], dtype=np.float64)
    if not np.array_equal(nodes, number[by_number]):
        raise ValueError("the nodes of the graph must be the numbers of the councils")
    return by_number[listener], by_number[source], share


def whole_weights(weights: FloatArray, total: int = FULL_WEIGHT) -> IntArray:
    """Round weights to whole numbers of at least 1 that add up to exactly `total`.

    By largest remainders, the earlier first where they are equal. What would come to less
    than 1 is given 1 beforehand, and the others share what is left.

    Raises
    ------
    ValueError
        If a weight is not a positive finite number, or there are not fewer weights than `total`.
    """
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ValueError("the weight of a tie must be a finite number of 0 or more")
    if not 0 < len(weights) < total:
        raise ValueError(f"cannot share {total} among {len(weights)} ties")
    # Scaled first, so that very large weights do not overflow when added up.
    scaled = weights / weights.max()
    whole = np.ones(len(weights), dtype=np.int64)
    rest = np.arange(len(weights))
    while True:
        left = total - (len(weights) - len(rest))
        quota = scaled[rest] / scaled[rest].sum() * left
        if quota.min() >= 1.0:
            break
        rest = rest[quota >= 1.0]
    whole[rest] = np.floor(quota)
    missing = total - int(whole.sum())
    largest = np.argsort(-(quota - np.floor(quota)), kind="stable")[:missing]
    whole[rest[largest]] += 1
    return whole


def components(graph: nx.DiGraph[int] | Influence, councils: Councils) -> list[list[str]]:
    """Names of the councils of each connected part, the largest part first.

    Directions are ignored; parts of equal size go by their lowest number.
    """
    listener, source, _ = _ties_in(graph, councils)
    # Every council takes the lowest place that it hears of, until nobody hears of a lower one.
    place = np.argsort(np.argsort(councils.number))
    listener, source = place[listener], place[source]
    lowest = np.arange(len(councils))
    while True:
        lower = lowest.copy()
        np.minimum.at(lower, listener, lowest[source])
        np.minimum.at(lower, source, lowest[listener])
        lower = lower[lower]
        if np.array_equal(lower, lowest):
            break
        lowest = lower
    parts: dict[int, list[str]] = {}
    for position, part in zip(np.argsort(councils.number).tolist(), lowest.tolist(), strict=True):
        parts.setdefault(part, []).append(councils.name[position])
    # Parts were found in the order of their lowest numbers, which sorting keeps.
    return sorted(parts.values(), key=len, reverse=True)
