"""Where councils stand on the tile map of a replay, and who they listen to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.model.councils import SYNTHETIC_SPACING_M, Councils
from sim.model.world import World
from sim.present.figures.network import MOST_COUNCILS, strongest_ties
from sim.present.tile_map import Segment, Tiles, load_tiles, outlines

LONG_NAME = 10  # letters of a region that stand in one row
BADGE = 0.54  # size of a county's hexagon, where that of a cell is 1


@dataclass(frozen=True)
class Council:
    """A council as a replay names it; the same in every scenario."""

    code: str
    name: str
    kind: str
    region: str
    nation: str
    county: str
    population: float
    x: float
    y: float
    size: float


class Places:
    """All councils of the scenarios shown, numbered in the order in which they first occur.

    Parameters
    ----------
    worlds
        One or more of each scenario.
    """

    def __init__(self, worlds: Sequence[World]) -> None:
        self.councils: list[Council] = []
        self._index: dict[str, int] = {}
        for world in worlds:
            self._add(world.councils)

    def of(self, world: World) -> list[int]:
        """Numbers of the councils of a world, in its order."""
        return [self._index[code] for code in world.councils.gss_code]

    def _add(self, councils: Councils) -> None:
        names = dict(zip(councils.gss_code, councils.name, strict=True))
        for i, code in enumerate(councils.gss_code):
            if code in self._index:
                continue
            x, y, size = self._place(councils, i)
            county = councils.county[i]
            self._index[code] = len(self.councils)
            self.councils.append(
                Council(
                    code,
                    councils.name[i],
                    councils.council_type[i],
                    councils.region[i],
                    councils.nation[i],
                    names.get(county, self.tiles.county_name.get(county, "")),
                    float(councils.population[i]),
                    round(x, 4),
                    round(y, 4),
                    size,
                )
            )

    @cached_property
    def tiles(self) -> Tiles:
        """The tile map."""
        return load_tiles()

    def _place(self, councils: Councils, i: int) -> tuple[float, float, float]:
        code = councils.gss_code[i]
        if code in self.tiles.index:
            at = self.tiles.index[code]
            return float(self.tiles.x[at]), float(self.tiles.y[at]), 1.0
        if code in self.tiles.badges:
            x, y = self.tiles.badges[code]
            return x, y, BADGE
        # Made-up councils stand on a grid of triangles of their own.
        return (
            float(councils.easting[i]) / SYNTHETIC_SPACING_M,
            float(councils.northing[i]) / SYNTHETIC_SPACING_M,
            1.0,
        )

    def map_of(self, indices: Sequence[int]) -> dict[str, Any]:
        """Lines and labels of the map of these councils, and the box that holds its cells.

        Returns
        -------
        dict
            ``box`` [left, bottom, right, top]; ``regions`` and ``counties``, lists of
            [x1, y1, x2, y2]; ``labels``, dictionaries of ``text``, ``x``, ``y`` in the middle of
            each region.
        """
        some = [self.councils[i] for i in indices]
        margin = 1 / math.sqrt(3)
        box = [
            min(c.x for c in some) - margin,
            min(c.y for c in some) - margin,
            max(c.x for c in some) + margin,
            max(c.y for c in some) + margin,
        ]
        counties = {c.code for c in some if c.kind == "county"}
        tiles = _only(self.tiles, {c.code for c in some})
        if not tiles.gss_code:
            return {"box": _rounded(box), "regions": [], "counties": [], "labels": []}
        districts = [county if county in counties else "" for county in tiles.county]
        return {
            "box": _rounded(box),
            "regions": _lines(outlines(tiles, tiles.region, sea=False)),
            "counties": _lines(outlines(tiles, districts)),
            "labels": _labels(tiles),
        }


def _only(tiles: Tiles, codes: set[str]) -> Tiles:
    """Leave the cells of some councils on a tile map."""
    some = [i for i, code in enumerate(tiles.gss_code) if code in codes]

    def of(column: Sequence[str]) -> tuple[str, ...]:
        return tuple(column[i] for i in some)

    return Tiles(
        of(tiles.gss_code),
        of(tiles.name),
        of(tiles.region),
        of(tiles.county),
        tiles.column[some],
        tiles.row[some],
        tiles.county_name,
    )


def _labels(tiles: Tiles) -> list[dict[str, Any]]:
    found = []
    for region in sorted(set(tiles.region)):
        mine = [i for i, name in enumerate(tiles.region) if name == region]
        x, y = float(np.median(tiles.x[mine])), float(np.median(tiles.y[mine]))
        found.append({"text": _in_two_rows(region), "x": round(x, 3), "y": round(y, 3)})
    return found


def _in_two_rows(name: str) -> str:
    """Break a long name at the space nearest its middle."""
    spaces = [k for k, letter in enumerate(name) if letter == " "]
    if len(name) <= LONG_NAME or not spaces:
        return name
    at = min(spaces, key=lambda k: abs(2 * k - len(name)))
    return f"{name[:at]}\n{name[at + 1 :]}"


def _lines(segments: Sequence[Segment]) -> list[list[float]]:
    return [_rounded([*a, *b]) for a, b in segments]


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 3) for value in values]


def ties_of(world: World) -> list[tuple[int, int, float]] | None:
    """Whom each council of a world listens to most.

    Returns
    -------
    list
        Position of who is heard, that of the listener, and the weight, the strongest being 1.
        None for networks too big to be drawn.
    """
    if not 2 <= len(world.councils) <= MOST_COUNCILS:
        return None
    ties = strongest_ties(world)
    strongest = max((weight for *_, weight in ties), default=1.0)
    return [(heard, listener, round(weight / strongest, 3)) for heard, listener, weight in ties]
