"""Which councils join: hexagonal maps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.present.numbers import View
from sim.present.sheet import Box, Sheet
from sim.present.style import (
    ATTRIBUTION,
    INK,
    LABEL,
    LEAST,
    QUIET,
    line_height,
    text_width,
    wrap,
)
from sim.present.tiles import Tiles, draw_tiles, load_tiles
from sim.present.words import calendar

CLASSES = (
    (0.2, "under 2 in 10", "#E3EDF7"),
    (0.4, "2 to 4 in 10", "#B5D3EF"),
    (0.6, "4 to 6 in 10", "#6BACE6"),
    (0.8, "6 to 8 in 10", "#2073BC"),
    (1.01, "8 in 10 or more", "#12436D"),
)
NOT_IN = "#FFFFFF"
MOST_MAPS = 3
MAP_HIGH = 1000.0  # Britain is tall


@dataclass(frozen=True)
class Plate:
    """One map: scenarios on councils that do not overlap."""

    scenarios: tuple[str, ...]


def chances(view: View, scenario: str) -> dict[str, float]:
    """Share of futures in which each council has joined by the headline month, by GSS code.

    Of a fresh draw of councils, the futures in which a council was drawn.
    """
    rows = view.results.joined
    rows = rows[rows["scenario"] == scenario]
    runs = view.runs[view.runs["scenario"] == scenario]
    months = view.headline.months
    limit: dict[int, float] = {}
    for seed, opened in zip(runs["seed"], runs["opened"], strict=True):
        known = isinstance(opened, str) and months is not None
        # The clock is 1 in the month of opening.
        limit[int(seed)] = calendar(opened) + (months or 0) - 1 if known else math.inf
    rows = rows[rows["seed"].isin(limit)]
    joined = np.array(
        [
            isinstance(month, str) and calendar(month) <= limit[int(seed)]
            for seed, month in zip(rows["seed"], rows["joined"], strict=True)
        ],
        dtype=bool,
    )
    asked = rows.assign(inside=joined)
    if "why_not" in asked:
        asked = asked[asked["why_not"] != "never asked"]
    by_council = asked.groupby(["gss_code", "seed"])["inside"].any()  # any of several offers
    return {str(k): float(v) for k, v in by_council.groupby(level="gss_code").mean().items()}


def plates(sets: list[tuple[tuple[str, ...], frozenset[str]]]) -> list[Plate]:
    """Put scenarios on maps, those of England and of Scotland together where they can be.

    Each set is scenarios in order, and the councils they all have.
    """
    found: list[Plate] = []
    left = list(sets)
    while left:
        together, taken, rest = [left[0]], set(left[0][1]), []
        for names, codes in left[1:]:
            if taken & codes:
                rest.append((names, codes))
            else:
                together.append((names, codes))
                taken |= codes
        rows = max(len(names) for names, _ in together)
        found += [
            Plate(tuple(names[i] for names, _ in together if i < len(names))) for i in range(rows)
        ]
        left = rest
    return found


def maps(view: View) -> list[Sheet]:
    """Hexagonal maps, up to three side by side, of who has joined by the headline month."""
    tiles = load_tiles()
    known = set(tiles.index) | set(tiles.county_name)
    shares: dict[str, dict[str, float]] = {}
    sets: list[tuple[tuple[str, ...], frozenset[str]]] = []
    for group in view.sets:
        names = []
        codes: set[str] = set()
        for name in group.scenarios:
            share = {k: v for k, v in chances(view, name).items() if k in known}
            if share:
                shares[name] = share
                names.append(name)
                codes |= set(share)
        if names:
            sets.append((tuple(names), frozenset(codes)))
    drawn = plates(sets)
    if not drawn:
        return []
    pages = math.ceil(len(drawn) / MOST_MAPS)
    size = math.ceil(len(drawn) / pages)
    title = _finding(view, tiles, shares)
    return [
        _sheet(
            view,
            tiles,
            shares,
            drawn[i * size : (i + 1) * size],
            title,
            f"map_{i + 1}" if i else "map",
        )
        for i in range(pages)
    ]


def _finding(view: View, tiles: Tiles, shares: dict[str, dict[str, float]]) -> str:
    """Say in how many councils joining is likely, in the scenarios with most and fewest."""
    likely = {
        name: sum(v > 0.5 for v in share.values()) / len(share) for name, share in shares.items()
    }
    counts = {name: sum(v > 0.5 for v in share.values()) for name, share in shares.items()}

    def words(name: str) -> str:
        return f"{counts[name]} of {len(shares[name])} councils under “{view.title(name)}”"

    best = max(likely, key=lambda name: likely[name])
    worst = min(likely, key=lambda name: likely[name])
    when = view.headline.words
    if likely[best] == 0:
        return f"No council is more likely than not to have joined {when}"
    first = f"More likely than not to have joined {when}: {words(best)}"
    return first if best == worst else f"{first}, {words(worst)}"


def _class_of(share: float) -> int:
    return next(i for i, (end, *_) in enumerate(CLASSES) if share < end)


def _sheet(
    view: View,
    tiles: Tiles,
    shares: dict[str, dict[str, float]],
    drawn: list[Plate],
    title: str,
    name: str,
) -> Sheet:
    sheet = Sheet(
        name,
        title,
        f"Chance that a council has joined at some time by then: share {view.of_futures}"
        f"{view.rough.replace('bands are', 'shares are')}. A hexagon is a council; dark outlines "
        "are counties, the small hexagon in each its county council.",
        f"{view.source} {ATTRIBUTION}",
        high=MAP_HIGH,
    )
    body = sheet.body
    legend_top = body.bottom + 26
    _legend(sheet, body, legend_top - 12)
    area = Box(body.left, legend_top + 10, body.right, body.top)
    alt = []
    for plate, cell in zip(drawn, area.cells(1, len(drawn), 30), strict=True):
        # A single map has its words on the left; otherwise they stand above it.
        alone = len(drawn) == 1
        words = Box(cell.left, cell.bottom, cell.left + 500, cell.top) if alone else cell
        y = cell.top
        fill: dict[str, str] = {}
        for scenario in plate.scenarios:
            share = shares[scenario]
            fill |= {code: CLASSES[_class_of(v)][2] for code, v in share.items()}
            counts = np.bincount([_class_of(v) for v in share.values()], minlength=len(CLASSES))
            name_lines = wrap(view.title(scenario), LABEL, words.width, 2 if alone else 1)
            y = sheet.lines(words.left, y, name_lines, LABEL, INK, valign="top")
            y = _counts(sheet, words, y, counts.tolist())
            alt.append(
                f"{view.title(scenario)}: "
                + ", ".join(f"{n} councils {c[1]}" for n, c in zip(counts, CLASSES, strict=True))
                + "."
            )
        left, top = (words.right + 30, cell.top) if alone else (cell.left, y - 6)
        ax = sheet.axes(Box(left, cell.bottom, cell.right, top))
        draw_tiles(
            ax,
            tiles,
            fill,
            default=NOT_IN,
            edge_colour="#B5B5B5",
            outline_width=0.9,
            outline_colour="#3D3D3D" if set(fill) & set(tiles.county_name) else "#C4C8CB",
            region_labels=alone,
            label_size=LEAST,
        )
    sheet.alt = "Hexagonal maps of the chance that a council has joined. " + " ".join(alt)
    return sheet


def _counts(sheet: Sheet, cell: Box, y: float, counts: list[int]) -> float:
    """A strip of the classes' counts under a scenario's name: how many councils in each."""
    width = cell.width / len(CLASSES)
    high = line_height(LEAST) + 2
    for i, (count, (_, _, colour)) in enumerate(zip(counts, CLASSES, strict=True)):
        left = cell.left + i * width
        sheet.fill(Box(left, y - high, left + width - 3, y), colour)
        sheet.lines(
            left + width / 2,
            y - high / 2,
            [f"{count:,}"],
            LEAST,
            "white" if i >= 3 else INK,
            align="center",
        )
    return y - high - 8


def _legend(sheet: Sheet, body: Box, y: float) -> None:
    """What the fills mean, in one line."""
    x = body.left
    entries = [*[(words, colour) for _, words, colour in CLASSES], ("not in this scenario", NOT_IN)]
    for words, colour in entries:
        sheet.fill(Box(x, y - 8, x + 20, y + 8), "#8A8F94")
        sheet.fill(Box(x + 1, y - 7, x + 19, y + 7), colour, zorder=1.5)
        sheet.lines(x + 27, y, [words], LEAST, INK)
        x += 27 + text_width(words, LEAST) + 24
    note = "Numbers in the strips: councils"
    if x + text_width(note, LEAST) < body.right:
        sheet.lines(body.right, y, [note], LEAST, QUIET, align="right")
