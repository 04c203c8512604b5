"""Which councils are in at the headline month: a hexagonal map of one scenario each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sim.analysis.councils import STANDINGS
from sim.present.figures.page import Box, Page
from sim.present.figures.style import (
    ATTRIBUTION,
    INK,
    LABEL,
    LEAST,
    QUIET,
    SUB,
    line_height,
    wrap,
)
from sim.present.formats import percent
from sim.present.tile_map import Tiles, draw_tiles, load_tiles
from sim.present.view import View
from sim.present.words import sentence

DARK, MIDDLE, LIGHT = "#12436D", "#2073BC", "#6BACE6"
PALE = "#F3F2F1"
NOT_IN = "#FFFFFF"
EDGE = "#8A8F94"
KEY_WIDTH = 430.0


@dataclass(frozen=True)
class Class:
    """Councils that look alike: their words, fill, and mark as of `draw_tiles`."""

    words: str
    colour: str
    mark: str = ""


@dataclass(frozen=True)
class Measure:
    """What a map shows of each council."""

    name: str
    what: str  # with a gap for when
    classes: tuple[Class, ...]
    places: Mapping[str, int]  # place among the classes, by GSS code

    @property
    def counts(self) -> list[int]:
        """How many councils are in each class."""
        found = list(self.places.values())
        return [found.count(place) for place in range(len(self.classes))]


STATES: Mapping[str, Class] = {
    "member": Class("member", DARK),
    "migrating": Class("migrating (on its way in)", NOT_IN, "half"),
    "left": Class("left, or gave up", PALE, "cross"),
    "outside": Class("outside", PALE),
}
CHANCES = (
    (0.8, Class("8 in 10 or more", DARK)),
    (0.6, Class("6 to 8 in 10", MIDDLE)),
    (0.4, Class("4 to 6 in 10", LIGHT)),
    (0.2, Class("2 to 4 in 10", PALE, "bar")),
    (-math.inf, Class("under 2 in 10", PALE)),
)


def of_scenario(view: View, scenario: str) -> pd.DataFrame:
    """Rows of the finding "councils" of a scenario, by GSS code."""
    table = view.findings["councils"]
    return table[table["scenario"] == scenario].set_index("gss_code")


def standing(rows: pd.DataFrame) -> Measure:
    """Where each council stands in most futures."""
    order = list(STATES)
    assert set(order) == set(STANDINGS)
    places = {str(code): order.index(word) for code, word in rows["typical_then"].items()}
    return Measure(
        "map",
        "Where each council stands {} in more futures than anywhere else",
        tuple(STATES.values()),
        places,
    )


def chance(rows: pd.DataFrame) -> Measure:
    """In how many futures each council is in."""
    places = {
        str(code): next(k for k, (least, _) in enumerate(CHANCES) if share >= least)
        for code, share in rows["joined_then_share"].items()
    }
    return Measure(
        "map_chance",
        "In how many futures each council is a member, or on its way in, {}",
        tuple(one for _, one in CHANCES),
        places,
    )


def maps(view: View) -> list[Page]:
    """Two maps of the base and two of the scenario it is set against, each on its own page.

    Of councils drawn afresh in each future there is no map, as they are never the same; maps of
    other scenarios are left to the replay and to the finding "councils".
    """
    tiles = load_tiles()
    known = set(tiles.index) | set(tiles.county_name)
    pages: list[Page] = []
    for make in (standing, chance):
        number = 0
        for scenario in view.contrast:
            rows = of_scenario(view, scenario)
            # Where the horizon ends before the headline month, nothing is known of it.
            rows = rows[rows.index.isin(sorted(known)) & rows["typical_then"].notna()]
            if rows.empty or view.experiment.scenarios[scenario].councils.draw:
                continue
            number += 1
            measure = make(rows)
            name = measure.name if number == 1 else f"{measure.name}_{number}"
            pages.append(_page(view, tiles.of(measure.places), measure, scenario, name))
    return pages


def _title(view: View, measure: Measure, scenario: str) -> str:
    """Say how many councils are in; when, the subtitle tells."""
    counts, all_of = measure.counts, len(measure.places)
    if measure.name == "map":
        count = counts[0] + counts[1]
        return sentence(
            f"{_many(count, all_of)} councils are mostly in under {view.named(scenario)}"
        )
    sure = sum(count for count, (least, _) in zip(counts, CHANCES, strict=True) if least >= 0.6)
    many = sentence(_many(sure, all_of))
    return f"{many} councils are in 6 times in 10 under {view.named(scenario)}"


def _many(count: int, all_of: int) -> str:
    """Say how many of all; what is all or none needs no second number."""
    if count in (0, all_of):
        return f"all {all_of:,}" if count else f"none of {all_of:,}"
    return f"{count:,} of {all_of:,}"


def _page(view: View, tiles: Tiles, measure: Measure, scenario: str, name: str) -> Page:
    rough = f" (only {view.futures}, so rough)" if view.rough else ""
    about = "A hexagon is a council"
    counties = set(measure.places) & set(tiles.county_name)
    if counties:
        about += "; dark outlines are counties, the small hexagon in each its county council"
    elsewhere = set(tiles.index) - set(measure.places)
    page = Page(
        name,
        _title(view, measure, scenario),
        f"{measure.what.format(view.headline.words)}, {view.of_futures}{rough}. {about}.",
        f"{view.source} {ATTRIBUTION}",
    )
    fill: dict[str, str] = {}
    marks: dict[str, str] = {}
    for code, place in measure.places.items():
        one = measure.classes[place]
        fill[code] = one.colour
        if one.mark:
            marks[code] = one.mark
    key = Box(page.body.left, page.body.bottom, page.body.left + KEY_WIDTH, page.body.top)
    y = _key(page, key, view, scenario, measure)
    if elsewhere:
        _swatch(page, key.left, y - 10, Class("", NOT_IN))
        page.lines(key.left + 34, y, ["not in this scenario"], LEAST, QUIET, valign="top")
    # From the foot of the heading down to the source: as large as the page allows.
    ax = page.axes(Box(key.right + 20, page.body.bottom - 6, page.body.right, page.body.top + 10))
    draw_tiles(
        ax,
        tiles,
        fill,
        marks=marks,
        mark_colour=DARK,
        default=NOT_IN,
        edge_colour=EDGE,
        outline_width=0.9,
        outline_colour="#3D3D3D" if counties else "#C4C8CB",
        region_labels=True,
        label_size=LEAST,
    )
    page.alt = f"Hexagonal map of {view.title(scenario)}. {page.title}. " + ", ".join(
        f"{count} councils {one.words}"
        for count, one in zip(measure.counts, measure.classes, strict=True)
    )
    return page


def _swatch(page: Page, x: float, y: float, one: Class) -> None:
    """A small square with the fill and the mark of a class."""
    page.fill(Box(x, y - 10, x + 24, y + 10), EDGE)
    page.fill(Box(x + 1.2, y - 8.8, x + 22.8, y + 8.8), one.colour, zorder=1.5)
    if one.mark == "half":
        page.fill(Box(x + 1.2, y - 8.8, x + 22.8, y), DARK, zorder=1.6)
    elif one.mark == "cross":
        page.rule([x + 7, x + 17], [y - 5, y + 5], DARK, 1.8)
        page.rule([x + 7, x + 17], [y + 5, y - 5], DARK, 1.8)
    elif one.mark == "bar":
        page.rule([x + 7, x + 17], [y, y], DARK, 1.8)


def _key(page: Page, box: Box, view: View, scenario: str, measure: Measure) -> float:
    """Key and numbers in one: the scenario, a row a class; returns where the next thing starts."""
    colour, marker = view.look(scenario)
    page.mark(box.left + 10, box.top - line_height(SUB) / 2, colour, marker, 11)
    lines = wrap(view.title(scenario), SUB, box.width - 30, 4)
    y = page.lines(box.left + 30, box.top, lines, SUB, INK, valign="top") - 12
    total = max(sum(measure.counts), 1)
    step = line_height(LABEL) + 9
    for count, one in zip(measure.counts, measure.classes, strict=True):
        middle = y - step / 2
        _swatch(page, box.left, middle, one)
        ink = INK if count else QUIET
        words = wrap(one.words, LABEL, box.width - 34 - 124, 1)
        page.lines(box.left + 34, middle, words, LABEL, ink)
        page.lines(box.right - 76, middle, [f"{count:,}"], LABEL, ink, align="right")
        share = f"({percent(count / total)})"
        page.lines(box.right, middle, [share], LEAST, QUIET, align="right")
        y -= step
    return y - 14
