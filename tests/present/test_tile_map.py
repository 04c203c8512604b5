"""The tile map: one cell a council, neighbours kept, and a drawing that fits its axes."""

import csv
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.data import tile_layout
from sim.present.tile_map import (
    DATA,
    ISLANDS,
    Tiles,
    councils_rows,
    draw_tiles,
    groups,
    load_tiles,
    metrics,
    outlines,
    pieces,
    read_rows,
    region_label_places,
)

SHETLAND = "S12000027"


@pytest.fixture(scope="module")
def tiles() -> Tiles:
    return load_tiles()


def test_each_council_has_one_cell_of_its_own(tiles: Tiles) -> None:
    lower = {r["gss_code"] for r in read_rows("councils.csv") if r["council_type"] != "county"}
    with (DATA / "tiles.csv").open(newline="", encoding="utf-8") as file:
        codes = [row["gss_code"] for row in csv.DictReader(file)]
    assert codes == sorted(lower)
    assert len(codes) == 358
    assert len(set(zip(tiles.column.tolist(), tiles.row.tolist(), strict=True))) == 358
    assert tiles.column.min() == 0
    assert tiles.row.min() == 0


def test_centres_are_a_unit_apart_exactly_when_one_step_apart(tiles: Tiles) -> None:
    i, j = np.triu_indices(358, k=1)
    length = np.hypot(tiles.x[i] - tiles.x[j], tiles.y[i] - tiles.y[j])
    assert length.min() == pytest.approx(1.0)
    np.testing.assert_array_equal(tiles.distance(i, j) == 1, length < 1.01)


def test_metrics_beat_the_simple_method(tiles: Tiles) -> None:
    result = metrics(tiles)
    assert result.touching > 0.72
    assert result.within_two > 0.98
    assert result.false_touching < 0.30
    assert result.angle_mean < 27.0
    assert result.counties_contiguous == 1.0
    assert result.regions_contiguous == 1.0


def test_metrics_of_a_spoilt_map_are_worse(tiles: Tiles) -> None:
    mirrored = Tiles(
        tiles.gss_code,
        tiles.name,
        tiles.region,
        tiles.county,
        # Odd rows are pushed right, so their mirror image lies one column further left.
        tiles.column.max() - tiles.column - tiles.row % 2 + 1,
        tiles.row,
        tiles.county_name,
    )
    good, bad = metrics(tiles), metrics(mirrored)
    assert bad.touching == good.touching
    assert bad.angle_mean > 2 * good.angle_mean


def test_no_hole_inside_and_britain_is_one_piece(tiles: Tiles) -> None:
    mainland = [i for i, code in enumerate(tiles.gss_code) if code not in ISLANDS]
    assert pieces(tiles, mainland) == 1
    # Walk over the sea from a corner outside: it must reach every empty cell.
    cells = {
        (c, r) for r in range(-1, tiles.row.max() + 2) for c in range(-1, tiles.column.max() + 2)
    } - set(zip(tiles.column.tolist(), tiles.row.tolist(), strict=True))
    reached = [(-1, -1)]
    cells.remove((-1, -1))
    while reached:
        c, r = reached.pop()
        lean = r % 2
        for near in (
            (c - 1, r),
            (c + 1, r),
            (c - 1 + lean, r + 1),
            (c + lean, r + 1),
            (c - 1 + lean, r - 1),
            (c + lean, r - 1),
        ):
            if near in cells:
                cells.remove(near)
                reached.append(near)
    assert not cells


def test_islands_stand_in_the_sea_in_their_places(tiles: Tiles) -> None:
    for code in ISLANDS:
        assert all(j is None for j in tiles.neighbours(tiles.index[code]))
    wight, scilly, eilean_siar, orkney, shetland = (tiles.index[code] for code in ISLANDS)
    highland = tiles.index["S12000017"]
    assert tiles.row[shetland] == tiles.row.max()
    assert np.sum(tiles.row == tiles.row.max()) == 1
    assert tiles.y[orkney] == np.sort(tiles.y)[-2]
    assert tiles.x[eilean_siar] < tiles.x[highland]
    assert tiles.x[scilly] == tiles.x.min()
    hampshire = [i for i, county in enumerate(tiles.county) if county == "E10000014"]
    assert tiles.y[wight] < tiles.y[hampshire].mean()


def test_london_is_a_block(tiles: Tiles) -> None:
    _, regions = groups(tiles)
    london = regions["London"]
    assert len(london) == 33
    assert pieces(tiles, london) == 1
    inside = set(london)
    sides = sum(j not in inside for i in london for j in tiles.neighbours(i))
    # No 33 cells have fewer than 42 free sides; a straight row has 134.
    assert sides <= 54


def test_compass(tiles: Tiles) -> None:
    _, regions = groups(tiles)

    def middle(name: str) -> tuple[float, float]:
        return float(tiles.x[regions[name]].mean()), float(tiles.y[regions[name]].mean())

    north = ["Scotland", "North East", "Yorkshire and The Humber", "East Midlands", "London"]
    heights = [middle(name)[1] for name in north]
    assert heights == sorted(heights, reverse=True)
    west_to_east = ["South West", "West Midlands", "East Midlands", "East of England"]
    widths = [middle(name)[0] for name in west_to_east]
    assert widths == sorted(widths)


def test_outline_around_every_county_and_badge_within(tiles: Tiles) -> None:
    counties, _ = groups(tiles)
    assert set(tiles.badges) == set(counties) == set(tiles.county_name)
    assert len(tiles.badges) == 27
    for code, (x, y) in tiles.badges.items():
        nearest = np.argsort(np.hypot(tiles.x - x, tiles.y - y), kind="stable")[:2]
        assert {tiles.county[i] for i in nearest} == {code}
    lines = outlines(tiles, tiles.county)
    assert len(lines) == len(set(lines))
    for a, b in lines:
        assert np.hypot(a[0] - b[0], a[1] - b[1]) == pytest.approx(3**-0.5, abs=1e-5)
    assert set(outlines(tiles, tiles.region, sea=False)) < set(outlines(tiles, tiles.region))


def test_labels_stand_clear_of_cells(tiles: Tiles) -> None:
    places = region_label_places(tiles)
    assert set(places) == set(tiles.region)
    for index in places.values():
        assert np.hypot(tiles.x - index.x, tiles.y - index.y).min() > 0.9


@pytest.mark.parametrize("size", [(16.0, 9.0), (6.0, 11.0)])
def test_drawing_stays_inside_the_axes(tiles: Tiles, size: tuple[float, float]) -> None:
    figure = Figure(figsize=size)
    ax = figure.add_axes((0.05, 0.05, 0.9, 0.9))
    codes = [*tiles.gss_code, *tiles.county_name]
    drawn = draw_tiles(
        ax,
        tiles,
        dict.fromkeys(codes, "#12436D"),
        marks=dict.fromkeys(codes[::3], "half") | dict.fromkeys(codes[::5], "cross"),
    )
    assert np.shape(drawn.cells.get_offsets()) == (358, 2)
    assert drawn.badges is not None
    assert np.shape(drawn.badges.get_offsets()) == (len(drawn.badge_codes), 2) == (27, 2)
    figure.draw_without_rendering()
    frame = ax.get_window_extent()
    boxes = [
        shapes.get_datalim(ax.transData).transformed(ax.transData) for shapes in ax.collections
    ]
    boxes += [text.get_window_extent() for text in ax.texts]
    assert len(boxes) > 15
    for box in boxes:
        assert frame.x0 <= box.x0 <= box.x1 <= frame.x1
        assert frame.y0 <= box.y0 <= box.y1 <= frame.y1
    boxes = [text.get_window_extent() for text in drawn.labels]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:k])


def test_drawing_refuses_what_it_does_not_know(tiles: Tiles) -> None:
    ax = Figure().add_subplot()
    with pytest.raises(ValueError, match="no cell"):
        draw_tiles(ax, tiles, {"W06000001": "red"})
    with pytest.raises(ValueError, match="unknown mark"):
        draw_tiles(ax, tiles, {}, marks={SHETLAND: "star"})


def test_coastal_councils_are_found_from_the_borders() -> None:
    real = tile_layout.read_map()
    rows = councils_rows()
    coast = {row["name"] for k, row in enumerate(rows) if real.coast[k]}
    assert {"Cornwall", "Dover", "Great Yarmouth", "Fife", "Liverpool", "Shetland Islands"} < coast
    assert not coast & {"Birmingham", "Leeds", "Oxford", "Westminster", "Stirling", "Luton"}


def test_layout_is_the_same_again_and_written_as_read(tmp_path: Path) -> None:
    real = tile_layout.read_map()
    lattice, points = tile_layout.make_lattice(tile_layout.spread(real, rounds=5))
    cells = tile_layout.assign(points, lattice)
    board = tile_layout.Board(real, points, lattice, cells)
    start = board.cell[:], board.who[:], board.pieces[:]
    results = []
    for _ in range(2):
        board.cell[:], board.who[:], board.pieces[:] = start
        tile_layout.anneal(board, np.random.default_rng(5), proposals=1)
        taken = np.array(board.cell[:-1])
        assert len(set(taken.tolist())) == len(real.position)
        assert all(board.who[c] == i for i, c in enumerate(taken.tolist()))
        assert board.pieces == [board.extra_pieces(g) for g in range(len(board.members))]
        results.append(taken)
    np.testing.assert_array_equal(results[0], results[1])
    final = results[0]
    made = tile_layout.to_tiles(real, final % tile_layout.STRIDE, final // tile_layout.STRIDE)
    tile_layout.write_tiles(made, tmp_path / "tiles.csv")
    read = load_tiles(tmp_path / "tiles.csv")
    np.testing.assert_array_equal(read.column, made.column)
    np.testing.assert_array_equal(read.row, made.row)


@pytest.mark.slow
def test_stored_map_is_what_the_code_makes(tiles: Tiles, tmp_path: Path) -> None:
    _, made = tile_layout.make_layout()
    tile_layout.write_tiles(made, tmp_path / "tiles.csv")
    assert (tmp_path / "tiles.csv").read_bytes() == (DATA / "tiles.csv").read_bytes()
