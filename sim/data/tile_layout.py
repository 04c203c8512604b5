"""Make the tile map: give each of the 358 councils a hexagon, so that Britain is still Britain.

`python -m sim.data.tile_layout` rewrites `sim/data/tiles.csv` and prints how good it is.
Three steps, each from the last:

1. *Spread*: points such that each council sees each land neighbour at distance one in its true
   direction, as nearly as can be (least squares), pushed apart where they overlap.
2. *Assign*: each point gets a hexagon of a lattice, at the least total squared distance.
3. *Anneal*: councils swap cells, or move to an empty one, for about 80 seconds under simulated
   annealing. The cost counts gaps between neighbours, wrong directions, touching strangers,
   counties and regions in pieces, inland councils on the coast and a ragged coast.

Wales is no part of the study, but its gap makes the outline readable, so the 22 Welsh councils
take part as place-holders and are left out of the file.
"""

import csv
import math
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

from sim.files.writing import write_text
from sim.present.tile_map import (
    DATA,
    ISLANDS,
    ROW_HEIGHT,
    STEPS,
    Tiles,
    councils_rows,
    make_tiles,
    metrics,
    read_rows,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SEED = 4
PROPOSALS = 10_000_000
HOT, COLD = 1.8, 0.15
BATCH = 20_000

# Cost of a land neighbour, by distance in steps (from 0); beyond the last, STEP_MORE each.
STEP_COST = (5.0, 0.0, 1.0, 2.8, 4.6, 6.6)
STEP_MORE = 2.0
TURN_COST = 1.0  # for each right angle that the direction is wrong
FERRY_TURN_COST = 2.5
FERRY_STEPS = 2  # an island lies off the coast, with one empty cell between
# Cost of two touching cells by the number of borders between their councils on the real map:
# strangers on two shores of an estuary should not touch.
STRANGER_COST = (0.0, 0.0, 0.1, 0.5, 0.9, 1.2, 1.5)
ISLAND_TOUCH_COST = 3.0
COAST_COST = 0.20  # for each empty cell next to a coastal council: a smooth coast
INLAND_COST = 0.90  # the same for an inland council: coast is coast
COUNTY_COST = 0.03  # for each pair of touching cells of two counties: compact counties
REGION_COST = 0.08
PIECE_COST = 6.0  # for each piece of a county or region too many
DRIFT_COST = 0.015  # times squared distance from the spread point
ANGLES = 72  # directions are rounded to 5 degrees, so that neighbours share cost tables
STRIDE = 128  # cells are numbered row * STRIDE + column; wide enough for every difference
MARGIN = 4

# Welsh councils: easting and northing of the middle in km, to the nearest few km, and land
# borders. Place-holders for the gap only.
WALES = {
    "Anglesey": (244, 379),
    "Gwynedd": (272, 330),
    "Conwy": (285, 365),
    "Denbighshire": (308, 362),
    "Flintshire": (322, 368),
    "Wrexham": (330, 346),
    "Powys": (303, 270),
    "Ceredigion": (255, 260),
    "Pembrokeshire": (198, 222),
    "Carmarthenshire": (246, 222),
    "Swansea": (260, 195),
    "Neath": (279, 200),
    "Bridgend": (289, 184),
    "Rhondda": (300, 192),
    "Vale": (302, 172),
    "Cardiff": (318, 178),
    "Merthyr": (307, 205),
    "Caerphilly": (317, 195),
    "Blaenau": (320, 208),
    "Torfaen": (328, 200),
    "Newport": (332, 188),
    "Monmouthshire": (341, 208),
}
WELSH_BORDERS = {
    "Anglesey": "Gwynedd",
    "Gwynedd": "Conwy Denbighshire Powys Ceredigion",
    "Conwy": "Denbighshire",
    "Denbighshire": "Flintshire Wrexham Powys",
    "Flintshire": "Wrexham",
    "Powys": "Wrexham Ceredigion Carmarthenshire Neath Rhondda Merthyr Caerphilly Blaenau "
    "Monmouthshire",
    "Ceredigion": "Pembrokeshire Carmarthenshire",
    "Carmarthenshire": "Pembrokeshire Swansea Neath",
    "Neath": "Swansea Bridgend Rhondda",
    "Bridgend": "Rhondda Vale",
    "Rhondda": "Vale Cardiff Merthyr Caerphilly",
    "Cardiff": "Vale Caerphilly Newport",
    "Caerphilly": "Merthyr Blaenau Torfaen Newport",
    "Blaenau": "Torfaen Monmouthshire",
    "Torfaen": "Newport Monmouthshire",
    "Newport": "Monmouthshire",
}
ENGLISH_BORDERS = {
    "Cheshire West and Chester": "Flintshire Wrexham",
    "Shropshire": "Wrexham Powys",
    "Herefordshire": "Powys Monmouthshire",
    "Forest of Dean": "Monmouthshire",
}


@dataclass(frozen=True)
class RealMap:
    """What the layout must keep: councils first, then the Welsh place-holders.

    Attributes
    ----------
    codes : tuple of str
        GSS codes of the councils that go into the file.
    place : array (n, 2)
        Eastings and northings in km.
    land, ferries : array (m, 2)
        Pairs with a common border, and pairs tied by a ferry.
    county, region : tuple of int
        Number of each council's group, -1 for none (single-tier; islands).
    island, coast : array of bool
        Councils without a land border, and those on the outline of the map (islands too).
    """

    codes: tuple[str, ...]
    position: FloatArray
    land: IntArray
    ferries: IntArray
    county: tuple[int, ...]
    region: tuple[int, ...]
    island: npt.NDArray[np.bool_]
    coast: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lattice:
    """The cells on offer, in axial coordinates from 0 (x = q + r / 2 - shift)."""

    q: IntArray
    r: IntArray
    shift: float

    def centres(self) -> FloatArray:
        """Return the centres, (cells, 2)."""
        return np.column_stack([self.q + self.r / 2 - self.shift, self.r * ROW_HEIGHT])


def read_map() -> RealMap:
    """Return the real map from the data files and the Welsh place-holders."""
    rows = councils_rows()
    codes = tuple(row["gss_code"] for row in rows)
    index = {code: i for i, code in enumerate(codes)}
    by_name = {row["name"]: i for i, row in enumerate(rows)}
    welsh = {name: len(codes) + k for k, name in enumerate(WALES)}
    pairs: dict[str, list[tuple[int, int]]] = {"land": [], "sea": []}
    for row in read_rows("adjacency.csv"):
        if row["tier"] == "lower":
            pairs[row["kind"]].append((index[row["gss_a"]], index[row["gss_b"]]))
    # The long ferry to Aberdeen would draw Shetland to the mainland: only Orkney places it.
    shetland, aberdeen = index["S12000027"], index["S12000033"]
    ferries = [pair for pair in pairs["sea"] if set(pair) != {shetland, aberdeen}]
    land = pairs["land"]
    land += [(welsh[a], welsh[b]) for a, names in WELSH_BORDERS.items() for b in names.split()]
    land += [(by_name[a], welsh[b]) for a, names in ENGLISH_BORDERS.items() for b in names.split()]
    counties = sorted({row["county"] for row in rows} - {""})
    regions = sorted({row["region"] for row in rows})
    position = np.array(
        [(float(row["easting"]) / 1000, float(row["northing"]) / 1000) for row in rows]
        + list(WALES.values())
    )
    island = np.array([code in ISLANDS for code in codes] + [False] * len(WALES))
    return RealMap(
        codes=codes,
        position=position,
        land=np.array(land, dtype=np.int64),
        ferries=np.array(ferries, dtype=np.int64),
        county=tuple(counties.index(row["county"]) if row["county"] else -1 for row in rows)
        + (-1,) * len(WALES),
        region=tuple(
            -1 if row["gss_code"] in ISLANDS else regions.index(row["region"]) for row in rows
        )
        + (len(regions),) * len(WALES),
        island=island,
        coast=island | outer_face(position, land),
    )


def outer_face(position: FloatArray, land: list[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Return which places lie on the outline: on the longest face of the map of borders.

    From each place to a neighbour, then always on along the next border clockwise, one walks
    around a face of the map; all faces but the outer one are small.
    """
    around: dict[int, list[int]] = {}
    for a, b in land:
        around.setdefault(a, []).append(b)
        around.setdefault(b, []).append(a)
    for a, others in around.items():
        others.sort(key=lambda b: math.atan2(*(position[b] - position[a])[::-1]))
    seen: set[tuple[int, int]] = set()
    longest: list[int] = []
    for start in [(a, b) for a, others in sorted(around.items()) for b in others]:
        face: list[int] = []
        a, b = start
        while (a, b) not in seen:
            seen.add((a, b))
            face.append(a)
            others = around[b]
            a, b = b, others[others.index(a) - 1]
        if len(face) > len(longest):
            longest = face
    result = np.zeros(len(position), dtype=np.bool_)
    result[longest] = True
    return result


def spread(real: RealMap, rounds: int = 400) -> FloatArray:
    """Return points a unit apart that keep the neighbours' directions (step 1)."""
    pairs = np.concatenate([real.land, real.ferries])
    is_land = np.arange(len(pairs)) < len(real.land)
    length = np.where(is_land, 1.0, 2.2)
    weight = np.where(is_land, 1.0, 0.5)[:, None]
    a, b = pairs.T
    offset = real.position[b] - real.position[a]
    wanted = offset / np.linalg.norm(offset, axis=1)[:, None] * length[:, None]
    n = len(real.position)
    system = 1e-6 * np.eye(n)  # else free to slide as a whole
    right = np.zeros((n, 2))
    for s, t, sign in ((a, b, -1.0), (b, a, 1.0)):
        np.add.at(system, (s, s), weight[:, 0])
        np.add.at(system, (s, t), -weight[:, 0])
        np.add.at(right, s, sign * weight * wanted)
    points: FloatArray = np.asarray(np.linalg.solve(system, right), dtype=np.float64)
    strength = np.diag(system)[:, None]
    for _ in range(rounds):
        miss = weight * (points[b] - points[a] - wanted)
        pull = np.zeros((n, 2))
        np.add.at(pull, a, miss)
        np.add.at(pull, b, -miss)
        points += 0.15 * pull / strength
        for _ in range(3):
            near = cKDTree(points).query_pairs(1.0, output_type="ndarray")
            gap = points[near[:, 1]] - points[near[:, 0]]
            far = np.linalg.norm(gap, axis=1)[:, None] + 1e-9
            push = 0.4 * (1.0 - far) / far * gap
            np.add.at(points, near[:, 1], push)
            np.add.at(points, near[:, 0], -push)
    return points


def make_lattice(points: FloatArray) -> tuple[Lattice, FloatArray]:
    """Return a lattice around the points, and the points moved into it."""
    low = points.min(axis=0) - MARGIN - 1
    moved = points - low
    width, height = (int(v) + MARGIN + 2 for v in moved.max(axis=0) / (1.0, ROW_HEIGHT))
    shift = height // 2
    cells = [
        (column - r // 2 + shift, r)
        for r in range(2, height - 2)  # two empty rows, so that all steps stay in the tables
        for column in range(2, width - 2)
    ]
    q, r = np.array(cells, dtype=np.int64).T
    return Lattice(q, r, float(shift)), moved


def assign(points: FloatArray, lattice: Lattice) -> IntArray:
    """Return the lattice cell of each point at the least total squared distance (step 2)."""
    _, cells = linear_sum_assignment(_squared(points, lattice))
    return np.asarray(cells, dtype=np.int64)


def _squared(points: FloatArray, lattice: Lattice) -> FloatArray:
    """Return the squared distance from each point to each cell."""
    gap = points[:, None, :] - lattice.centres()[None, :, :]
    result: FloatArray = np.sum(gap**2, axis=2)
    return result


class Board:
    """Who is where during annealing, and what everything costs; plain lists for speed.

    A single swap changes a dozen numbers, far too few for arrays to pay, so that the loop looks
    up tables that NumPy has filled beforehand: `steps[i]` holds for each tie of council `i` the
    other council and a table of the tie's cost by the difference of the two cell numbers.
    """

    def __init__(self, real: RealMap, points: FloatArray, lattice: Lattice, cells: IntArray):
        n = len(real.position)
        number = (lattice.r * STRIDE + lattice.q).tolist()
        self.n = n
        self.size = (int(lattice.r.max()) + 3) * STRIDE
        self.free = bytearray(self.size)
        for c in number:
            self.free[c] = 1
        # Index n stands for "empty": it has no ties and costs nothing anywhere.
        self.cell = [number[c] for c in cells] + [-1]
        self.who = [n] * self.size
        for i, c in enumerate(self.cell[:n]):
            self.who[c] = i
        self.ties = self._ties(real)
        self.touch = self._touch(real)
        drift = np.zeros((n + 1, self.size))
        drift[:n, number] = DRIFT_COST * _squared(points, lattice)
        self.drift = drift.tolist()
        self.county = (*real.county, -1)
        first_region = max(real.county) + 1
        self.region = (*(g + first_region if g >= 0 else -1 for g in real.region), -1)
        self.members: list[list[int]] = [[] for _ in range(max(self.region) + 1)]
        for group in (self.county, self.region):
            for i, g in enumerate(group):
                if g >= 0:
                    self.members[g].append(i)
        self.steps = tuple(dq + dr * STRIDE for dq, dr in STEPS)
        self.pieces = [self.extra_pieces(g) for g in range(len(self.members))]

    def _ties(self, real: RealMap) -> list[list[tuple[int, list[float]]]]:
        """Return each council's ties and their cost tables."""
        gap = np.arange(-self.size, self.size + 1)
        dr = np.floor_divide(gap + STRIDE // 2, STRIDE)
        dq = gap - dr * STRIDE
        far = np.maximum(np.maximum(np.abs(dq), np.abs(dr)), np.abs(dq + dr))
        angle = np.arctan2(dr * ROW_HEIGHT, dq + dr / 2)
        last = len(STEP_COST) - 1
        land = np.array(STEP_COST)[np.minimum(far, last)] + STEP_MORE * np.maximum(far - last, 0)
        ferry = np.abs(far - FERRY_STEPS) + ISLAND_TOUCH_COST * (far <= 1)
        ties: list[list[tuple[int, list[float]]]] = [[] for _ in range(self.n + 1)]
        for pairs, cost, turn in (
            (real.land, land, TURN_COST),
            (real.ferries, ferry, FERRY_TURN_COST),
        ):
            tables = []
            for k in range(ANGLES):
                wrong = np.abs(np.angle(np.exp(1j * (angle - k * 2 * np.pi / ANGLES))))
                tables.append((cost + turn * wrong / (np.pi / 2)).tolist())
            for i, j in pairs.tolist():
                east, north = real.position[j] - real.position[i]
                k = round(math.atan2(north, east) / (2 * math.pi) * ANGLES)
                ties[i].append((j, tables[k % ANGLES]))
                ties[j].append((i, tables[(k + ANGLES // 2) % ANGLES]))
        return ties

    def _touch(self, real: RealMap) -> list[list[float]]:
        """Return the cost of each pair of councils (or empty) in touching cells."""
        n = self.n
        graph = np.zeros((n, n))  # dense: no border is 0
        graph[real.land[:, 0], real.land[:, 1]] = 1.0
        hops = shortest_path(graph, directed=False, unweighted=True)
        hops = np.minimum(hops, len(STRANGER_COST) - 1).astype(np.int64)
        cost = np.zeros((n + 1, n + 1))
        cost[:n, :n] = np.array(STRANGER_COST)[hops]
        for group, extra in ((real.county, COUNTY_COST), (real.region, REGION_COST)):
            g = np.array(group)
            cost[:n, :n] += extra * (g[:, None] != g[None, :])
        cost[n, :n] = cost[:n, n] = np.where(real.coast, COAST_COST, INLAND_COST)
        cost[: n + 1][:, np.flatnonzero(real.island)] = ISLAND_TOUCH_COST
        cost[np.flatnonzero(real.island), :] = ISLAND_TOUCH_COST
        cost[n, np.flatnonzero(real.island)] = cost[np.flatnonzero(real.island), n] = 0.0
        table: list[list[float]] = cost.tolist()
        return table

    def extra_pieces(self, group: int) -> int:
        """Return how many pieces too many the cells of a group make."""
        left = {self.cell[i] for i in self.members[group]}
        count = -1
        while left:
            count += 1
            reached = [left.pop()]
            while reached:
                c = reached.pop()
                for step in self.steps:
                    if c + step in left:
                        left.remove(c + step)
                        reached.append(c + step)
        return count


def anneal(board: Board, rng: np.random.Generator, proposals: int = PROPOSALS) -> None:
    """Swap councils and empty cells until the cost is low (step 3)."""
    cell, who, ties, touch, drift = board.cell, board.who, board.ties, board.touch, board.drift
    free, pieces = board.free, board.pieces
    s0, s1, s2, s3, s4, s5 = steps = board.steps
    zero = board.size  # position of difference 0 in a tie's table
    between = {(i, j): table for i, own in enumerate(ties) for j, table in own}

    def cost(i: int, c: int) -> float:
        """Return what council `i` (or empty) costs in cell `c`."""
        total = drift[i][c]
        base = zero - c
        for k, table in ties[i]:
            total += table[cell[k] + base]
        row = touch[i]
        return (
            total
            + row[who[c + s0]]
            + row[who[c + s1]]
            + row[who[c + s2]]
            + row[who[c + s3]]
            + row[who[c + s4]]
            + row[who[c + s5]]
        )

    done = 0
    while done < proposals:
        heat = HOT * (COLD / HOT) ** (done / proposals)
        first = rng.integers(0, board.n, BATCH).tolist()
        pick = rng.random(BATCH).tolist()
        side = rng.integers(0, 6, BATCH).tolist()
        allow = (-heat * np.log(rng.random(BATCH))).tolist()
        done += BATCH
        for i, u, s, limit in zip(first, pick, side, allow, strict=True):
            a = cell[i]
            # Half the time one step away, half the time next to a neighbour of the real map.
            if u < 0.5:
                b = a + steps[s]
            else:
                tied = ties[i]
                b = cell[tied[int((u - 0.5) * 2 * len(tied))][0]] + steps[s]
            if a == b or not free[b]:
                continue
            j = who[b]
            change = -cost(i, a) - cost(j, b)
            cell[i], cell[j], who[a], who[b] = b, a, j, i
            change += cost(i, b) + cost(j, a)
            # A tie between the two was counted twice each time. (So was their touching, but
            # that costs the same before and after.)
            tie = between.get((i, j))
            if tie is not None:
                change += tie[zero + b - a] - tie[zero + a - b]
            changed = [
                g
                for own, other in (
                    (board.county[i], board.county[j]),
                    (board.region[i], board.region[j]),
                )
                if own != other
                for g in (own, other)
                if g >= 0
            ]
            before = sum([pieces[g] for g in changed])
            if change - PIECE_COST * before < limit:
                after = [board.extra_pieces(g) for g in changed]
                if change + PIECE_COST * (sum(after) - before) < limit:
                    for g, count in zip(changed, after, strict=True):
                        pieces[g] = count
                    continue
            cell[i], cell[j], who[a], who[b] = a, b, i, j


def to_tiles(real: RealMap, q: IntArray, r: IntArray) -> Tiles:
    """Return the map of the councils proper, in offset coordinates from 0."""
    n = len(real.codes)
    row = r[:n] - r[:n].min()
    # Axial x is q + r / 2; an odd row's half is in its push to the right, the rest in q.
    column = q[:n] + (row - row % 2) // 2
    column = column - column.min()
    return make_tiles(
        {
            code: (int(c), int(w))
            for code, c, w in zip(real.codes, column.tolist(), row.tolist(), strict=True)
        }
    )


def make_layout(seed: int = SEED, proposals: int = PROPOSALS) -> tuple[Tiles, Tiles]:
    """Return the map after steps 1 and 2 only, and the finished map."""
    real = read_map()
    lattice, points = make_lattice(spread(real))
    cells = assign(points, lattice)
    simple = to_tiles(real, lattice.q[cells], lattice.r[cells])
    board = Board(real, points, lattice, cells)
    anneal(board, np.random.default_rng(seed), proposals)
    final = np.array(board.cell[:-1], dtype=np.int64)
    return simple, to_tiles(real, final % STRIDE, final // STRIDE)


def write_tiles(tiles: Tiles, path: Path) -> None:
    """Write the csv file of the map."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["gss_code", "column", "row"])
    writer.writerows(zip(tiles.gss_code, tiles.column.tolist(), tiles.row.tolist(), strict=True))
    write_text(path, file.getvalue())


def main() -> None:
    """Rewrite `sim/data/tiles.csv` and print the metrics."""
    simple, finished = make_layout()
    write_tiles(finished, DATA / "tiles.csv")
    sys.stdout.write(f"assignment only: {metrics(simple)}\nafter annealing: {metrics(finished)}\n")


if __name__ == "__main__":
    main()
