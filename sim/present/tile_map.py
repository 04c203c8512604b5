"""The hexagonal tile map: one equal cell for each lower-tier or single-tier council.

`sim/data/tiles.csv` holds one row a council: `gss_code, column, row`. The hexagons stand on a
point. Coordinates are *offset* coordinates: `row` counts upwards (north) from 0 and `column`
to the right (east) from 0; odd rows are pushed half a cell to the right ("odd-r"). The unit of
length is the distance between the centres of two touching cells, so that
x = column + (row odd ? 1/2 : 0) and y = row * sqrt(3) / 2.

County councils have no cell of their own: a county is the group of its districts' cells, with
an outline around it and a small hexagon (its badge) where three of its cells meet, nearest to
the middle of the group. The csv is made by `python -m sim.data.tile_layout`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path as MarkPath
from matplotlib.text import Text
from matplotlib.transforms import Affine2DBase, AffineDeltaTransform
from matplotlib.typing import ColorType

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Segment = tuple[tuple[float, float], tuple[float, float]]

DATA = Path(__file__).resolve().parent.parent / "data"
ROW_HEIGHT = math.sqrt(3) / 2
CIRCUMRADIUS = 1 / math.sqrt(3)

# The five councils without a land border: Isle of Wight, Isles of Scilly, Na h-Eileanan Siar,
# Orkney, Shetland. They are not asked to touch anything.
ISLANDS = ("E06000046", "E06000053", "S12000013", "S12000023", "S12000027")

INK = "#3D3D3D"
PALE = "#ECECEC"
LABEL_GREY = "#6E6E6E"

# Axial steps to the six neighbours, anticlockwise from east; the side of a hexagon towards
# step k joins its corners k and k + 1, corner 0 being the lower right one.
STEPS = ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
CORNERS = tuple(
    (CIRCUMRADIUS * math.cos(math.radians(a)), CIRCUMRADIUS * math.sin(math.radians(a)))
    for a in range(-30, 330, 60)
)

# Where a region's name goes: off the west, east or south coast.
LABEL_SIDE = {
    "Scotland": "west",
    "North East": "east",
    "North West": "west",
    "Yorkshire and The Humber": "east",
    "East Midlands": "east",
    "West Midlands": "west",
    "East of England": "east",
    "London": "east",
    "South East": "south",
    "South West": "south",
}
LABEL_LINES = {"Yorkshire and The Humber": "Yorkshire and\nThe Humber"}


@dataclass(frozen=True)
class Tiles:
    """The cells of the tile map, in order of GSS code; all fields are aligned.

    Attributes
    ----------
    gss_code, name, region : tuple of str
        The 358 lower-tier and single-tier councils.
    county : tuple of str
        GSS code of a district's county council; empty for single-tier councils.
    column, row : array of int
        Offset coordinates (see the module's text).
    county_name : dict
        Names of the 27 county councils by GSS code.
    """

    gss_code: tuple[str, ...]
    name: tuple[str, ...]
    region: tuple[str, ...]
    county: tuple[str, ...]
    column: IntArray
    row: IntArray
    county_name: Mapping[str, str]

    @cached_property
    def x(self) -> FloatArray:
        """Centres, eastwards, in cell widths."""
        return np.asarray(self.column + 0.5 * (self.row % 2), dtype=np.float64)

    @cached_property
    def y(self) -> FloatArray:
        """Centres, northwards, in cell widths."""
        return np.asarray(self.row * ROW_HEIGHT, dtype=np.float64)

    @cached_property
    def q(self) -> IntArray:
        """Axial column, which makes distances simple; the axial row is `row`."""
        return self.column - (self.row - self.row % 2) // 2

    @cached_property
    def at(self) -> Mapping[tuple[int, int], int]:
        """Index of the council in each occupied axial cell."""
        return {
            (q, r): i
            for i, (q, r) in enumerate(zip(self.q.tolist(), self.row.tolist(), strict=True))
        }

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Index of each GSS code."""
        return {code: i for i, code in enumerate(self.gss_code)}

    def of(self, codes: Iterable[str]) -> Tiles:
        """Return the map of some councils only; of a county that is among them, its districts."""
        wanted = set(codes)
        kept = [
            i
            for i, (code, county) in enumerate(zip(self.gss_code, self.county, strict=True))
            if code in wanted or county in wanted
        ]
        return Tiles(
            gss_code=tuple(self.gss_code[i] for i in kept),
            name=tuple(self.name[i] for i in kept),
            region=tuple(self.region[i] for i in kept),
            county=tuple(self.county[i] for i in kept),
            column=self.column[kept],
            row=self.row[kept],
            county_name={c: name for c, name in self.county_name.items() if c in wanted},
        )

    def neighbours(self, i: int) -> list[int | None]:
        """Return the councils in the six cells around council `i`, `None` for an empty one."""
        q, r = int(self.q[i]), int(self.row[i])
        return [self.at.get((q + dq, r + dr)) for dq, dr in STEPS]

    def distance(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the distance between cells `i` and `j` in steps."""
        dq = self.q[i] - self.q[j]
        dr = self.row[i] - self.row[j]
        result: IntArray = np.maximum(np.maximum(np.abs(dq), np.abs(dr)), np.abs(dq + dr))
        return result

    @cached_property
    def badges(self) -> Mapping[str, tuple[float, float]]:
        """Return the centre of each county's badge, by the county's GSS code."""
        return {code: _badge_place(self, code) for code in sorted(self.county_name)}


@dataclass(frozen=True)
class TileMetrics:
    """How well a tile map keeps the real map. Shares are between 0 and 1.

    Attributes
    ----------
    touching, within_two : float
        Share of the pairs of councils with a land border (lower tier) whose cells touch, or
        are at most two steps apart.
    false_touching : float
        Share of the pairs of touching cells whose councils have no common border.
    counties_contiguous, regions_contiguous : float
        Share of the 27 counties, and of the ten regions, whose cells are in one piece. The
        five island councils are left out of their regions here.
    angle_mean, angle_median : float
        Error in the direction from a council to a land neighbour (tile against centroids),
        degrees.
    """

    touching: float
    within_two: float
    false_touching: float
    counties_contiguous: float
    regions_contiguous: float
    angle_mean: float
    angle_median: float

    def __str__(self) -> str:
        return (
            f"touching {self.touching:.1%}, within two {self.within_two:.1%}, "
            f"touching without a border {self.false_touching:.1%}, "
            f"counties in one piece {self.counties_contiguous:.0%}, "
            f"regions {self.regions_contiguous:.0%}, "
            f"direction error mean {self.angle_mean:.1f}, median {self.angle_median:.1f} degrees"
        )


@dataclass(frozen=True)
class LabelPlace:
    """Where a region's label stands, and the point of the region it speaks of."""

    x: float
    y: float
    align: str
    anchor_x: float
    anchor_y: float


@dataclass(frozen=True)
class DrawnTiles:
    """What `draw_tiles` put on the axes, for later changes (the cells are in tile order)."""

    cells: PathCollection
    badges: PathCollection | None
    badge_codes: tuple[str, ...]
    labels: tuple[Text, ...]


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a csv file in `sim/data`."""
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def make_tiles(cells: Mapping[str, tuple[int, int]]) -> Tiles:
    """Return the tile map with each council (by GSS code) in the given (column, row)."""
    councils = sorted(read_rows("councils.csv"), key=lambda row: row["gss_code"])
    lower = [row for row in councils if row["council_type"] != "county"]
    codes = tuple(row["gss_code"] for row in lower)
    if set(codes) != set(cells):
        raise ValueError(f"cells and councils differ: {sorted(set(codes) ^ set(cells))}")
    return Tiles(
        gss_code=codes,
        name=tuple(row["name"] for row in lower),
        region=tuple(row["region"] for row in lower),
        county=tuple(row["county"] for row in lower),
        column=np.array([cells[code][0] for code in codes], dtype=np.int64),
        row=np.array([cells[code][1] for code in codes], dtype=np.int64),
        county_name={
            row["gss_code"]: row["name"] for row in councils if row["council_type"] == "county"
        },
    )


def load_tiles(path: Path | None = None) -> Tiles:
    """Return the tile map in `path` (`sim/data/tiles.csv` if not given)."""
    if path is None:
        rows = read_rows("tiles.csv")
    else:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    cells = {row["gss_code"]: (int(row["column"]), int(row["row"])) for row in rows}
    if len(cells) != len(rows):
        raise ValueError("a council has two cells")
    return make_tiles(cells)


def pieces(tiles: Tiles, members: Iterable[int]) -> int:
    """Return in how many pieces of touching cells the councils `members` lie."""
    left = set(members)
    count = 0
    while left:
        count += 1
        reached = [left.pop()]
        while reached:
            for j in tiles.neighbours(reached.pop()):
                if j is not None and j in left:
                    left.remove(j)
                    reached.append(j)
    return count


def groups(tiles: Tiles) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Return the members of each county and of each region (islands left out)."""
    counties: dict[str, list[int]] = {}
    regions: dict[str, list[int]] = {}
    for i, (county, region) in enumerate(zip(tiles.county, tiles.region, strict=True)):
        if county:
            counties.setdefault(county, []).append(i)
        if tiles.gss_code[i] not in ISLANDS:
            regions.setdefault(region, []).append(i)
    return counties, regions


def metrics(tiles: Tiles) -> TileMetrics:
    """Return how well `tiles` keeps neighbours, groups and directions of the real map."""
    position = {r["gss_code"]: (float(r["easting"]), float(r["northing"])) for r in councils_rows()}
    pairs = [
        (tiles.index[row["gss_a"]], tiles.index[row["gss_b"]])
        for row in read_rows("adjacency.csv")
        if row["tier"] == "lower" and row["kind"] == "land"
    ]
    i, j = np.array(pairs, dtype=np.int64).T
    steps = tiles.distance(i, j)
    east, north = np.array([position[code] for code in tiles.gss_code]).T
    true = np.arctan2(north[j] - north[i], east[j] - east[i])
    drawn = np.arctan2(tiles.y[j] - tiles.y[i], tiles.x[j] - tiles.x[i])
    error = np.degrees(np.abs(np.angle(np.exp(1j * (drawn - true)))))
    touches = sum(
        1 for k in range(len(tiles.gss_code)) for n in tiles.neighbours(k) if n is not None
    )
    counties, regions = groups(tiles)
    return TileMetrics(
        touching=float(np.mean(steps == 1)),
        within_two=float(np.mean(steps <= 2)),
        false_touching=float(1 - np.sum(steps == 1) / (touches / 2)),
        counties_contiguous=float(np.mean([pieces(tiles, m) == 1 for m in counties.values()])),
        regions_contiguous=float(np.mean([pieces(tiles, m) == 1 for m in regions.values()])),
        angle_mean=float(error.mean()),
        angle_median=float(np.median(error)),
    )


def councils_rows() -> list[dict[str, str]]:
    """Return the rows of the councils with a cell, in order of GSS code."""
    rows = [row for row in read_rows("councils.csv") if row["council_type"] != "county"]
    return sorted(rows, key=lambda row: row["gss_code"])


def _badge_place(tiles: Tiles, county: str) -> tuple[float, float]:
    """Return the corner where three cells of `county` meet, nearest to its middle."""
    members = [i for i, code in enumerate(tiles.county) if code == county]
    middle = (float(tiles.x[members].mean()), float(tiles.y[members].mean()))
    inside = set(members)
    corners: list[tuple[float, float]] = []
    sides: list[tuple[float, float]] = []
    for i in members:
        around = tiles.neighbours(i)
        x, y = float(tiles.x[i]), float(tiles.y[i])
        for k in range(6):
            if around[k] in inside:
                angle = math.radians(60 * k)
                sides.append((x + math.cos(angle) / 2, y + math.sin(angle) / 2))
                if around[k - 1] in inside:
                    corners.append((x + CORNERS[k][0], y + CORNERS[k][1]))
    # A chain of cells without such a corner has its badge on a common side.
    options = corners or sides or [middle]
    return min(options, key=lambda p: (round(math.dist(p, middle), 6), p))


def hexagons(
    x: Sequence[float] | FloatArray, y: Sequence[float] | FloatArray, size: float
) -> FloatArray:
    """Return the corners of hexagons around the points, `size` times a whole cell: (n, 6, 2)."""
    centres = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    result: FloatArray = centres[:, None, :] + size * np.array(CORNERS)[None, :, :]
    return result


def outlines(tiles: Tiles, group: Sequence[str], *, sea: bool = True) -> list[Segment]:
    """Return the cell sides that part two groups; an empty name is no group.

    Parameters
    ----------
    tiles : Tiles
        The map.
    group : sequence of str
        The group of each cell, such as `tiles.county` or `tiles.region`. The side between a
        group's cell and an ungrouped cell counts.
    sea : bool
        Whether a side towards the sea (no cell) counts too.
    """
    sides: set[Segment] = set()
    for i, own in enumerate(group):
        for k, j in enumerate(tiles.neighbours(i)):
            if j is None and not sea:
                continue
            other = "" if j is None else group[j]
            if own and own != other:
                ends = [
                    (
                        round(float(tiles.x[i]) + CORNERS[c % 6][0], 6),
                        round(float(tiles.y[i]) + CORNERS[c % 6][1], 6),
                    )
                    for c in (k, k + 1)
                ]
                a, b = sorted(ends)
                sides.add((a, b))
    return sorted(sides)


def region_label_places(tiles: Tiles, gap: float = 0.7) -> dict[str, LabelPlace]:
    """Return where each region's label can stand off the coast, clear of all cells.

    Parameters
    ----------
    tiles : Tiles
        The map.
    gap : float
        Free space between label and cells, in cell widths.
    """
    places: dict[str, LabelPlace] = {}
    taken: dict[str, list[int]] = {"east": [], "west": []}
    _, regions = groups(tiles)
    # From north to south, so that each label makes room for the next on its side.
    for region in sorted(regions, key=lambda name: -float(np.mean(tiles.y[regions[name]]))):
        members = regions[region]
        side = LABEL_SIDE[region]
        if side == "south":
            places[region] = _label_below(tiles, members, gap)
            continue
        sign = 1.0 if side == "east" else -1.0
        reach = 2 if region in LABEL_LINES else 1  # rows of cells that the label is beside
        rows = sorted({int(r) for r in tiles.row[members]})
        own = {r: max(sign * tiles.x[i] for i in members if tiles.row[i] == r) for r in rows}
        edge = {r: np.max(sign * tiles.x[np.abs(tiles.row - r) <= reach]) for r in rows}
        coast = [r for r in rows if edge[r] - own[r] < 2.0] or rows
        options = [r for r in rows if all(abs(r - t) >= 2 for t in taken[side])] or rows
        middle = float(np.mean(coast))
        row = min(options, key=lambda r: (2 * (edge[r] - own[r]) + 0.25 * abs(r - middle), r))
        taken[side].append(row)
        places[region] = LabelPlace(
            float(sign * (edge[row] + 0.5 + gap)),
            row * ROW_HEIGHT,
            "left" if side == "east" else "right",
            float(sign * (own[row] + 0.5)),
            row * ROW_HEIGHT,
        )
    return places


def _label_below(tiles: Tiles, members: Sequence[int], gap: float) -> LabelPlace:
    """Return a place for a label under a region on the south coast."""
    middle = float(np.median(tiles.x[list(members)]))
    under = np.abs(tiles.x - middle) < 3.5  # about as wide as the label
    low = float(tiles.y[under].min())
    return LabelPlace(middle, low - CIRCUMRADIUS - gap, "center", middle, low)


def _hexagon(size: float) -> FloatArray:
    """Return the corners of a hexagon around the origin, `size` times a whole cell."""
    corners: FloatArray = hexagons([0.0], [0.0], size)[0]
    return corners


def _closed(corners: FloatArray) -> MarkPath:
    """Return a filled shape with these corners."""
    return MarkPath(np.vstack([corners, corners[:1]]), closed=True)


def _strokes(*lines: Segment) -> MarkPath:
    """Return some lines as one shape."""
    vertices = [point for line in lines for point in line]
    return MarkPath(vertices, [MarkPath.MOVETO, MarkPath.LINETO] * len(lines))


def _mark(kind: str, size: float) -> MarkPath:
    """Return a mark of the given kind for a hexagon of a size."""
    r = 0.27 * size
    half = _hexagon(size)[[0, 5, 4, 3]]  # the corners below the middle
    side = float(half[0][0])
    shapes = {
        "cross": lambda: _strokes(((-r, -r), (r, r)), ((-r, r), (r, -r))),
        "plus": lambda: _strokes(((-r, 0.0), (r, 0.0)), ((0.0, -r), (0.0, r))),
        "bar": lambda: _strokes(((-r, 0.0), (r, 0.0))),
        "half": lambda: _closed(np.vstack([[(side, 0.0)], half, [(-side, 0.0)]])),
    }
    if kind not in shapes:
        raise ValueError(f"unknown mark {kind!r}: use one of {sorted(shapes)}")
    return shapes[kind]()


@dataclass(frozen=True)
class _Shapes:
    """Hexagons of one size with their codes: all the cells, or all the badges."""

    codes: tuple[str, ...]
    x: Sequence[float]
    y: Sequence[float]
    size: float

    def draw(
        self, ax: Axes, colours: Sequence[ColorType], edge: ColorType, width: float, order: float
    ) -> PathCollection:
        """Draw the hexagons filled, as one symbol in many places."""
        at = list(zip(self.x, self.y, strict=True))
        shape = _closed(_hexagon(self.size))
        return _symbols(
            ax, shape, at, facecolors=list(colours), edgecolors=edge, linewidths=width, zorder=order
        )

    def mark(self, ax: Axes, marks: Mapping[str, str], colour: ColorType, order: float) -> None:
        """Draw crosses and other marks over some, each kind as one symbol in many places."""
        for kind in sorted({marks[code] for code in self.codes if marks.get(code)}):
            at = [
                (x, y)
                for code, x, y in zip(self.codes, self.x, self.y, strict=True)
                if marks.get(code) == kind
            ]
            solid = kind == "half"
            _symbols(
                ax,
                _mark(kind, self.size),
                at,
                facecolors=colour if solid else "none",
                edgecolors="none" if solid else colour,
                linewidths=0.0 if solid else 1.8,
                capstyle="round",
                zorder=order,
            )


def _symbols(
    ax: Axes, shape: MarkPath, at: Sequence[tuple[float, float]], **looks: Any
) -> PathCollection:
    """Draw a shape, in cell widths, in many places: an SVG holds it once and refers to it."""
    symbols = PathCollection([shape], offsets=at, offset_transform=ax.transData, **looks)
    symbols.set_transform(AffineDeltaTransform(cast(Affine2DBase, ax.transData)))
    symbols.set_clip_on(False)
    ax.add_collection(symbols, autolim=False)
    return symbols


def _chains(lines: Sequence[Segment]) -> list[list[tuple[float, float]]]:
    """Join lines that share an end, so that less is written."""
    ends: dict[tuple[float, float], list[int]] = {}
    for k, line in enumerate(lines):
        for end in line:
            ends.setdefault(end, []).append(k)
    used: set[int] = set()
    chains = []
    for k, line in enumerate(lines):
        if k in used:
            continue
        used.add(k)
        chain = list(line)
        for _ in range(2):  # on from one end, then from the other
            while onward := [j for j in ends[chain[-1]] if j not in used]:
                used.add(onward[0])
                a, b = lines[onward[0]]
                chain.append(b if a == chain[-1] else a)
            chain.reverse()
        chains.append(chain)
    return chains


def _lines(
    ax: Axes, lines: Sequence[Segment], colour: ColorType, width: float, order: float
) -> None:
    """Draw many lines as one path; none at all would have no extent."""
    if not lines:
        return
    chains = _chains(lines)
    codes = [
        MarkPath.LINETO if k else MarkPath.MOVETO for chain in chains for k in range(len(chain))
    ]
    path = MarkPath([point for chain in chains for point in chain], codes)
    ax.add_patch(
        PathPatch(
            path,
            facecolor="none",
            edgecolor=colour,
            linewidth=width,
            capstyle="round",
            joinstyle="round",
            zorder=order,
            clip_on=False,
        )
    )


def _leaders(places: Iterable[LabelPlace]) -> list[Segment]:
    """Return lines from labels to regions that lie behind another region's coast."""
    lines: list[Segment] = []
    for position in places:
        sign = {"left": 1.0, "right": -1.0}.get(position.align, 0.0)
        if sign * (position.x - position.anchor_x) > 1.6:
            lines.append(
                ((position.anchor_x, position.anchor_y), (position.x - 0.25 * sign, position.y))
            )
    return lines


def _fit(ax: Axes, tiles: Tiles, texts: Sequence[Text]) -> None:
    """Set the limits so that all cells and labels lie within the axes.

    Type has a fixed size on paper, so that its size in cells depends on the scale, and the
    scale on the limits: a few rounds settle it.
    """
    pad = 0.4
    low = np.array([tiles.x.min() - 0.5, tiles.y.min() - CIRCUMRADIUS]) - pad
    high = np.array([tiles.x.max() + 0.5, tiles.y.max() + CIRCUMRADIUS]) + pad
    least, most = low, high
    for _ in range(6):
        ax.set_xlim(least[0], most[0])
        ax.set_ylim(least[1], most[1])
        ax.apply_aspect()
        least, most = low, high
        to_data = ax.transData.inverted()
        for text in texts:
            box = text.get_window_extent().get_points()
            corners = to_data.transform(box)
            least = np.minimum(least, corners[0] - pad)
            most = np.maximum(most, corners[1] + pad)


def draw_tiles(
    ax: Axes,
    tiles: Tiles,
    fill: Mapping[str, ColorType],
    *,
    marks: Mapping[str, str] | None = None,
    default: ColorType = PALE,
    mark_colour: ColorType = INK,
    edge_colour: ColorType = "#B5B5B5",
    outline_colour: ColorType = INK,
    outline_width: float = 1.3,
    badges: bool = True,
    region_lines: bool = True,
    region_labels: bool = True,
    label_size: float = 10.0,
) -> DrawnTiles:
    """Draw the tile map and fit the axes to it: no frame, equal aspect, nothing cut off.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw; its limits are set.
    tiles : Tiles
        The map.
    fill : mapping
        Colour by GSS code, counties (their badges) included. Others have `default`.
    marks : mapping, optional
        ``"cross"``, ``"plus"``, ``"bar"`` or ``"half"`` (the lower half filled) by GSS code,
        counties included.
    default, mark_colour, edge_colour, outline_colour : colour
        Colours of cells not in `fill`, marks, cell edges, and county outlines.
    outline_width : float
        Width of the county outlines in points.
    badges, region_lines, region_labels : bool
        Whether to draw the counties' badges, the lines between regions, the regions' names.
    label_size : float
        Type size of the regions' names in points.

    Returns
    -------
    DrawnTiles
        The cells and badges, whose colours can be set again for the next month of a film.

    Notes
    -----
    Size the figure and the axes first: the room for the labels depends on them.
    """
    ax.set_axis_off()
    ax.set_aspect("equal")
    marks = marks or {}
    unknown = (set(fill) | set(marks)) - set(tiles.index) - set(tiles.county_name)
    if unknown:
        raise ValueError(f"no cell and no county: {sorted(unknown)}")

    shapes = _Shapes(tiles.gss_code, tiles.x.tolist(), tiles.y.tolist(), 0.94)
    cells = shapes.draw(ax, [fill.get(c, default) for c in shapes.codes], edge_colour, 0.6, 1)
    shapes.mark(ax, marks, mark_colour, 2.2)
    if region_lines:
        between = outlines(tiles, tiles.region, sea=False)
        _lines(ax, between, "white", 3.4, 2.5)
        _lines(ax, between, LABEL_GREY, 0.9, 2.6)
    # White under the dark line, or it would be lost between two dark cells.
    around = outlines(tiles, tiles.county)
    _lines(ax, around, "white", outline_width + 2.2, 2.8)
    _lines(ax, around, outline_colour, outline_width, 3)

    badge_cells = None
    codes: tuple[str, ...] = ()
    if badges and tiles.county_name:
        codes = tuple(tiles.badges)
        bx, by = ([tiles.badges[code][k] for code in codes] for k in (0, 1))
        _Shapes(codes, bx, by, 0.74).draw(ax, ["white"], "none", 0.0, 4)
        shapes = _Shapes(codes, bx, by, 0.54)
        badge_cells = shapes.draw(ax, [fill.get(c, default) for c in codes], "none", 0.0, 5)
        shapes.mark(ax, marks, mark_colour, 5.4)
        shapes.draw(ax, ["none"], outline_colour, outline_width, 5.6)

    texts: list[Text] = []
    if region_labels:
        places = region_label_places(tiles)
        leaders = _leaders(places.values())
        _lines(ax, leaders, "white", 3.0, 6)
        _lines(ax, leaders, LABEL_GREY, 0.9, 6.2)
        texts = [
            ax.text(
                position.x,
                position.y,
                LABEL_LINES.get(region, region),
                ha=position.align,
                va="top" if position.align == "center" else "center",
                fontsize=label_size,
                color=LABEL_GREY,
                linespacing=1.05,
                zorder=7,
            )
            for region, position in places.items()
        ]
    _fit(ax, tiles, texts)
    return DrawnTiles(cells=cells, badges=badge_cells, badge_codes=codes, labels=tuple(texts))
