"""Who listens to whom: the influence graph, laid out by geography."""

from __future__ import annotations

import math
from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.transforms import Bbox

from sim.files.words import listed
from sim.model.world import World, build_world
from sim.present.figures.page import Box, Page
from sim.present.figures.style import (
    ATTRIBUTION,
    COLOURS,
    INK,
    LABEL,
    LEAST,
    QUIET,
    line_height,
    plain,
    text_width,
    wrap,
)
from sim.present.formats import percent
from sim.present.report.facts import Record, records
from sim.present.view import Group, View
from sim.present.words import number_word

FloatArray = npt.NDArray[np.float64]

MOST_COUNCILS = 1200  # beyond this a drawing of the graph is a blot
TIES_SHOWN = 2  # strongest ties of each listener
HEARD_SHOWN = 8
STRETCH = 1.6

# Kinds of council: types, words, colour, marker.
KINDS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (("district",), "district", "#2073BC", "o"),
    (("county",), "county council", COLOURS[0], "s"),
    (("unitary", "metropolitan"), "unitary or metropolitan", COLOURS[1], "^"),
    (("london",), "London borough", COLOURS[2], "D"),
    (("scottish_unitary",), "Scottish council", COLOURS[3], "o"),
    (("synthetic",), "made-up council", "#2073BC", "o"),
)


@dataclass(frozen=True, eq=False)
class Net:
    """A graph ready to be drawn: positions, sizes and the ties shown."""

    world: World
    position: FloatArray
    radius: FloatArray
    ties: tuple[tuple[int, int, float], ...]


def relaxed(position: FloatArray, radius: FloatArray, rounds: int = 300) -> FloatArray:
    """Push apart circles that overlap, each staying as near to its home as it can.

    `position` and `radius` are in the same unit. There is no chance in it: the same councils
    always get the same layout.
    """
    home: FloatArray = position.astype(np.float64)
    # Councils at one position get a way to part.
    count = len(home)
    angle = np.arange(count) * 2.399963
    now: FloatArray = home + 1e-3 * radius.max() * np.column_stack([np.cos(angle), np.sin(angle)])
    apart = 1.08 * (radius[:, None] + radius[None, :])
    np.fill_diagonal(apart, 0.0)
    for step in range(rounds):
        # From each other council, a row, to each council, a column.
        across, up = (axis[None, :] - axis[:, None] for axis in now.T)
        distance = np.sqrt(across**2 + up**2) + 1e-12
        strength = np.maximum(apart - distance, 0.0) / distance
        push = 0.4 * np.column_stack([(across * strength).sum(axis=0), (up * strength).sum(axis=0)])
        pull = 0.04 * (home - now) * (1.0 - step / rounds)
        now += np.clip(push, -radius.max(), radius.max()) + pull
    return now


def evened(coordinate: FloatArray) -> FloatArray:
    """Halfway between a coordinate and its rank: far islands come closer, crowded places open."""
    low, span = float(coordinate.min()), max(float(np.ptp(coordinate)), 1.0)
    rank = np.argsort(np.argsort(coordinate, kind="stable"), kind="stable")
    evenly: FloatArray = 0.5 * (coordinate - low) / span + 0.5 * rank / max(len(rank) - 1, 1)
    return evenly * span


def strongest_ties(world: World) -> tuple[tuple[int, int, float], ...]:
    """Find whom each council listens to most: position heard, position of the listener, weight."""
    index = {int(number): i for i, number in enumerate(world.councils.number)}
    graph: nx.DiGraph[int] = world.graph
    ties: list[tuple[int, int, float]] = []
    for listener in graph.nodes:
        sources = [
            (float(graph.edges[source, listener]["weight"]), int(source))
            for source in graph.predecessors(listener)
        ]
        sources.sort(key=lambda tie: (-tie[0], tie[1]))
        ties += [
            (index[source], index[int(listener)], weight) for weight, source in sources[:TIES_SHOWN]
        ]
    return tuple(ties)


def net_of(world: World, width: float, height: float) -> Net:
    """Lay the graph out in a rectangle of so many pixels."""
    councils = world.councils
    position = np.column_stack([evened(councils.easting), evened(councils.northing)])
    low, span = position.min(axis=0), np.ptp(position, axis=0)
    across, up = (width - 40) / max(float(span[0]), 1.0), (height - 40) / max(float(span[1]), 1.0)
    # A tall country may be stretched sideways where there is room, as ties are read more easily.
    scale = np.array([min(across, STRETCH * up), min(across, up)])
    position = (position - low) * scale
    # Areas of circles are as IT spend; all circles together cover a part of the map's rectangle.
    spend = np.sqrt(np.maximum(world.it_spend_gbp_m, 1e-6))
    wide, high = span * scale + 40
    covered = 0.085 * float(wide * high) / math.pi
    radius = spend * math.sqrt(covered / float((spend**2).sum()))
    radius = np.clip(radius, 3.2, 20.0)
    position = relaxed(position, radius)
    position -= (position.min(axis=0) + position.max(axis=0)) / 2
    # Relaxing can spread the layout a little beyond the rectangle; circles stay whole.
    rim = 2 * float(radius.max()) + 4
    fits = min(
        (width - rim) / max(float(np.ptp(position[:, 0])), 1.0),
        (height - rim) / max(float(np.ptp(position[:, 1])), 1.0),
        1.0,
    )
    position = position * fits + np.array([width / 2, height / 2])
    return Net(world, position, radius, strongest_ties(world))


def network(view: View) -> list[Page]:
    """The graph of up to two sets of councils side by side, with those heard most."""
    chosen = _chosen(view)
    worlds: list[tuple[Group, World]] = []
    for group in chosen:
        settings = view.experiment.scenarios[group.scenarios[0]]
        try:
            world = build_world(settings, view.experiment.horizon, view.experiment.seeds.first)
        except FileNotFoundError:  # an edge list that is no longer there
            continue
        if 2 <= len(world.councils) <= MOST_COUNCILS and heard_most(view, group):
            worlds.append((group, world))
    return [_page(view, worlds)] if worlds else []


def _chosen(view: View) -> list[Group]:
    """The base's set of councils, and the next that is another size."""
    first = next(g for g in view.sets if view.base in g.scenarios)
    size = view.councils(first.scenarios[0])
    if size > MOST_COUNCILS:
        return []
    others = [
        g
        for g in view.sets
        if g is not first and view.councils(g.scenarios[0]) <= min(150, MOST_COUNCILS)
    ]
    return [first, *others[:1]] if size > 150 else [first]


def _page(view: View, worlds: list[tuple[Group, World]]) -> Page:
    first = heard_most(view, worlds[0][0])
    top_of = max(1, round(len(first) / 10))
    top = first[top_of - 1]
    title = worlds[0][0].title
    where = f" in {title.split(':')[0]}" if ": " in title else ""
    real = any(nation != "Synthetic" for _, w in worlds for nation in w.councils.nation)
    most = f"{top_of} of {len(first)} councils{where} carry"
    if top_of == 1:
        most = f"One of {len(first)} councils{where} carries"
    page = Page(
        "network",
        f"{most} {percent(top['carried_share'])} of all influence",
        f"Were all heard alike, it would be {percent(top['even_share'])}. Who listens to whom at "
        f"the start: each council's {number_word(TIES_SHOWN)} strongest sources, thicker for "
        "stronger ties. Bigger marks: more IT spend. Places roughly as on a map, crowded areas "
        "opened up. Numbers: the councils heard most.",
        view.source + " Weights of ties are assumptions. " + (ATTRIBUTION if real else ""),
    )
    kinds = {kind for _, world in worlds for kind in world.councils.council_type}
    body = _legend(page, page.body, kinds)
    list_width = 262.0
    if len(worlds) == 1:
        cells = [body]
    else:
        cut = body.left + body.width * 0.58
        cells = [
            Box(body.left, body.bottom, cut - 16, body.top),
            Box(cut + 16, body.bottom, body.right, body.top),
        ]
    alt = []
    for (group, world), cell in zip(worlds, cells, strict=True):
        names_left = cell.right - list_width
        box = Box(cell.left, cell.bottom, names_left - 16, cell.top - 30)
        page.lines(
            cell.left, cell.top, wrap(group.title, LABEL, cell.width, 1), LABEL, INK, valign="top"
        )
        net = net_of(world, box.width, box.height)
        heard = heard_most(view, group)[:HEARD_SHOWN]
        index = {code: i for i, code in enumerate(world.councils.gss_code)}
        _draw(page, net, box, [index[row["gss_code"]] for row in heard])
        _names(page, Box(names_left, cell.bottom, cell.right, cell.top - 30), heard)
        alt.append(
            f"{group.title}: heard most are " + listed([row["name"] for row in heard[:5]]) + "."
        )
    page.alt = "Network of who listens to whom. " + " ".join(alt)
    return page


def heard_most(view: View, group: Group) -> list[Record]:
    """Rows of the finding "influence" of the first scenario of a group, those heard most first."""
    table = view.findings["influence"]
    return records(table[table["scenario"] == group.scenarios[0]].sort_values("rank"))


def _draw(page: Page, net: Net, box: Box, order: list[int]) -> None:
    ax = page.axes(box)
    ax.set_axis_off()
    ax.set_xlim(0, box.width)
    ax.set_ylim(0, box.height)
    strongest = max((weight for *_, weight in net.ties), default=1.0)
    ax.add_collection(
        LineCollection(
            [(net.position[a], net.position[b]) for a, b, _ in net.ties],
            colors="#8A9097",
            linewidths=[0.3 + 2.2 * weight / strongest for *_, weight in net.ties],
            alpha=0.55,
            zorder=1,
        )
    )
    kinds = net.world.councils.council_type
    for types, _, colour, marker in KINDS:
        some = [i for i, kind in enumerate(kinds) if kind in types]
        if some:
            ax.scatter(
                net.position[some, 0],
                net.position[some, 1],
                s=[(2 * net.radius[i] * 0.72) ** 2 for i in some],
                c=colour,
                marker=marker,
                edgecolors="white",
                linewidths=0.7,
                zorder=2,
            )
    taken: list[Bbox] = []
    for rank, i in enumerate(order, start=1):
        x, y = _free_place(net, i, taken, box)
        ax.plot(
            [net.position[i, 0], x], [net.position[i, 1], y], color=INK, linewidth=0.8, zorder=3
        )
        ax.scatter([x], [y], s=330, c="white", edgecolors=INK, linewidths=1.2, zorder=4)
        ax.text(x, y, str(rank), size=LEAST, ha="center", va="center_baseline", color=INK, zorder=5)


def _free_place(net: Net, i: int, taken: list[Bbox], box: Box) -> tuple[float, float]:
    """A place for a number near its council, off the other numbers and off big circles."""
    best: tuple[float, float, float] | None = None
    for ring in (0.0, 10.0, 22.0, 40.0):
        for turn in range(12):
            angle = math.pi / 6 * turn + math.pi / 4
            far = float(net.radius[i]) + 15 + ring
            x = float(net.position[i, 0]) + far * math.cos(angle)
            y = float(net.position[i, 1]) + far * math.sin(angle)
            if not (13 < x < box.width - 13 and 13 < y < box.height - 13):
                continue
            spot = Bbox.from_extents(x - 14, y - 14, x + 14, y + 14)
            if any(spot.overlaps(other) for other in taken):
                continue
            away = np.hypot(net.position[:, 0] - x, net.position[:, 1] - y) - net.radius - 13
            covered = float(-np.minimum(away, 0.0).sum()) + 0.3 * ring
            if best is None or covered < best[0]:
                best = (covered, x, y)
    if best is None:
        best = (0.0, float(net.position[i, 0]), float(net.position[i, 1]))
    taken.append(Bbox.from_extents(best[1] - 14, best[2] - 14, best[1] + 14, best[2] + 14))
    return best[1], best[2]


def _names(page: Page, box: Box, heard: list[Record]) -> None:
    """The list beside the graph: who is heard most, and how much."""
    y = page.lines(box.left, box.top, ["Heard most"], LABEL, INK, valign="top") - 4
    y = (
        page.lines(
            box.left,
            y,
            wrap("influence, 1 = the average council", LEAST, box.width),
            LEAST,
            QUIET,
            valign="top",
        )
        - 8
    )
    for row in heard:
        lines = wrap(plain(row["name"]), LEAST, box.width - 88, 2)
        high = len(lines) * line_height(LEAST)
        if y - high < box.bottom:
            return
        page.lines(box.left + 20, y - high / 2, [f"{row['rank']}"], LEAST, INK, align="right")
        page.lines(box.left + 32, y, lines, LEAST, INK, valign="top")
        page.lines(box.right, y - high / 2, [f"{row['heard']:.1f}"], LEAST, QUIET, align="right")
        y -= high + 7


def _legend(page: Page, body: Box, present: set[str]) -> Box:
    x, y = body.left + 8, body.top - 10
    for types, words, colour, marker in KINDS:
        if present & set(types):
            page.mark(x, y, colour, marker, 10)
            page.lines(x + 16, y, [words], LEAST, INK)
            x += 16 + text_width(words, LEAST) + 34
    return body.inset(top=34)
