"""Which councils join, and when: hexagonal maps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.present.figures.page import Box, Page
from sim.present.figures.style import ATTRIBUTION, INK, LABEL, LEAST, QUIET, line_height, wrap
from sim.present.tile_map import Tiles, draw_tiles, load_tiles
from sim.present.view import View
from sim.present.words import month_name, span_words
from sim.settings import month_number, month_text

RAMP = ("#12436D", "#2073BC", "#6BACE6", "#B5D3EF", "#E3EDF7")  # from dark to pale
NEVER = "#F3F2F1"
NOT_IN = "#FFFFFF"
EDGE = "#8A8F94"
MOST_MAPS = 2
MAP_HIGH = 1000.0  # Britain is tall


@dataclass(frozen=True)
class Class:
    """Councils of one fill: those below a limit, but not below that of the class before."""

    below: float
    words: str
    colour: str
    mark: str = ""  # as of `draw_tiles`


@dataclass(frozen=True)
class Measure:
    """What a map shows of each council: its values by scenario and GSS code, and their classes."""

    name: str
    alt: str
    subtitle: str
    classes: tuple[Class, ...]
    values: Mapping[str, Mapping[str, float]]
    finding: Callable[[Sequence[str]], str]  # of the scenarios on a page

    def index(self, value: float) -> int:
        """Number of the class of a value."""
        last = len(self.classes) - 1
        return next((i for i, one in enumerate(self.classes[:last]) if value < one.below), last)

    def counts(self, scenario: str) -> list[int]:
        """How many councils of a scenario are in each class."""
        places = [self.index(value) for value in self.values[scenario].values()]
        found: list[int] = np.bincount(places, minlength=len(self.classes)).tolist()
        return found


@dataclass(frozen=True)
class Plate:
    """One map: scenarios on councils that do not overlap."""

    scenarios: tuple[str, ...]


# ---------------------------------------------------------------- values


def of_councils(view: View, scenario: str, column: str) -> dict[str, float]:
    """A column of the finding "councils" of a scenario, by GSS code."""
    table = view.findings["councils"]
    own = table[table["scenario"] == scenario]
    return {
        str(code): float(value) for code, value in zip(own["gss_code"], own[column], strict=True)
    }


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


# ---------------------------------------------------------------- measures


def month_classes(horizon: int, never: str) -> tuple[Class, ...]:
    """Classes of months since opening that end well, up to the longest horizon there is."""
    long, short = [12, 24, 48, 84], [3, 6, 12]
    ends = long if horizon > 48 else [12, 24, 36] if horizon > 24 else short
    ends = [end for end in ends if end < horizon]
    if not ends:
        return (
            Class(horizon + 1, f"within {_span(horizon)}", RAMP[0]),
            Class(math.inf, never, NEVER, "bar"),
        )
    words = [f"within {_span(ends[0])}"]
    for low, high in zip(ends, (*ends[1:], horizon), strict=True):
        unit = 12 if low % 12 == 0 else 1
        if high == horizon and high % unit:
            words.append(f"over {_span(low)}")
        else:
            words.append(f"{low // unit} to {high // unit} {'years' if unit == 12 else 'months'}")
    found = [
        Class(end + 1, text, colour)
        for end, text, colour in zip((*ends, horizon), words, RAMP, strict=False)
    ]
    return (*found, Class(math.inf, never, NEVER, "bar"))


def _span(months: int) -> str:
    """Say a span in figures, as in a table."""
    number, unit = (months // 12, "year") if months % 12 == 0 else (months, "month")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def when_joined(view: View, known: set[str]) -> Measure:
    """The typical month of joining."""
    values = _known(view, "typical_months", known)
    end = month_name(month_text(view.calendar_ends[1]))
    opened = view.first_opening
    horizon = view.calendar_ends[1] + 1
    horizon -= view.calendar_ends[1] if opened is None else month_number(opened)
    classes = month_classes(horizon, f"not by {end}")

    def finding(names: Sequence[str]) -> str:
        def share(name: str, limit: float) -> float:
            return sum(v < limit for v in values[name].values()) / len(values[name])

        limits = [one.below for one in classes[:-1]]
        # The first class boundary by which most councils of some scenario are in.
        limit = next((x for x in limits if max(share(n, x) for n in names) > 0.5), limits[-1])
        best = max(names, key=lambda name: share(name, limit))
        worst = min(names, key=lambda name: share(name, limit))
        if share(best, limit) == 0:
            return f"No council joins by {end} in most futures"

        def words(name: str) -> str:
            count = sum(v < limit for v in values[name].values())
            return _of(view, name, count, len(values[name]))

        when = f"by {end}"
        if limit != limits[-1]:
            when = f"within {span_words(round(limit) - 1)} of opening"
        title = f"Typically joined {when}: {words(best)}"
        return title if best == worst else f"{title}, {words(worst)}"

    return Measure(
        "map",
        "Hexagonal maps of the typical month of joining",
        "When councils first join (some give up later): typical (median) time since opening "
        f"{view.of_futures}{_rough(view)}. Dash: not by {end} in most futures.",
        classes,
        values,
        finding,
    )


def chance_joined(view: View, known: set[str]) -> Measure:
    """The chance of having joined by the headline month."""
    values = _known(view, "joined_by_then_share", known)
    words = ("8 in 10 or more", "6 to 8 in 10", "4 to 6 in 10", "2 to 4 in 10", "under 2 in 10")
    limits = (math.inf, 0.8, 0.6, 0.4, 0.2)
    classes = tuple(Class(*one) for one in reversed(list(zip(limits, words, RAMP, strict=True))))

    def finding(names: Sequence[str]) -> str:
        counts = {name: sum(v > 0.5 for v in values[name].values()) for name in names}
        best = max(names, key=lambda name: counts[name] / len(values[name]))
        worst = min(names, key=lambda name: counts[name] / len(values[name]))

        def words(name: str) -> str:
            return _of(view, name, counts[name], len(values[name]))

        when = view.headline.words
        if counts[best] == 0:
            return f"No council is more likely than not to have joined {when}"
        title = f"More likely than not to have joined {when}: {words(best)}"
        return title if best == worst else f"{title}, {words(worst)}"

    return Measure(
        "map_chance",
        "Hexagonal maps of the chance that a council has joined",
        f"Chance that a council has joined at some time {view.headline.words.removeprefix('by ')}: "
        f"share {view.of_futures}{_rough(view)}."
        if view.headline.months is None
        else f"Chance that a council has joined at some time within "
        f"{span_words(view.headline.months)} of opening: share {view.of_futures}{_rough(view)}.",
        classes,
        values,
        finding,
    )


def _of(view: View, scenario: str, count: int, councils: int) -> str:
    drawn = " ever drawn" if view.experiment.scenarios[scenario].councils.draw else ""
    many = f"{count} of {councils:,}"
    if count in (0, councils):
        many = f"all {councils:,}" if count else f"none of {councils:,}"
    return f"{many} councils{drawn} under “{view.title(scenario)}”"


def _rough(view: View) -> str:
    return f" (only {view.futures}, so rough)" if view.rough else ""


def _known(view: View, column: str, known: set[str]) -> dict[str, dict[str, float]]:
    """Values of councils that are on the map, of scenarios that have some."""
    found = {
        name: {
            code: value
            for code, value in of_councils(view, name, column).items()
            if code in known and not math.isnan(value)
        }
        for name in view.scenarios
    }
    return {name: some for name, some in found.items() if some}


# ---------------------------------------------------------------- drawing


def maps(view: View) -> list[Page]:
    """Hexagonal maps, up to three side by side: when councils join, and how likely they do."""
    tiles = load_tiles()
    known = set(tiles.index) | set(tiles.county_name)
    pages: list[Page] = []
    for measure in (when_joined(view, known), chance_joined(view, known)):
        sets: list[tuple[tuple[str, ...], frozenset[str]]] = []
        for group in view.sets:
            names = tuple(name for name in group.scenarios if name in measure.values)
            if names:
                sets.append((names, frozenset().union(*(measure.values[n] for n in names))))
        drawn = plates(sets)
        count = math.ceil(len(drawn) / MOST_MAPS)
        size = math.ceil(len(drawn) / max(count, 1))
        for part in range(count):
            name = f"{measure.name}_{part + 1}" if part else measure.name
            some = drawn[part * size : (part + 1) * size]
            pages.append(_page(view, tiles, measure, some, name))
    return pages


def _page(view: View, tiles: Tiles, measure: Measure, drawn: list[Plate], name: str) -> Page:
    shown = [scenario for plate in drawn for scenario in plate.scenarios]
    codes = set().union(*(measure.values[scenario] for scenario in shown))
    about = " A hexagon is a council"
    if codes & set(tiles.county_name):
        about += "; dark outlines are counties, the small hexagon in each its county council"
    page = Page(
        name,
        measure.finding(shown),
        f"{measure.subtitle}{about}.",
        f"{view.source}{view.clock_note} {ATTRIBUTION}",
        high=MAP_HIGH,
    )
    wide = {1: 420.0, 2: 232.0}.get(len(drawn), 196.0)
    for plate, cell in zip(drawn, page.body.cells(1, len(drawn), 34), strict=True):
        fill: dict[str, str] = {}
        marks: dict[str, str] = {}
        y = cell.top
        for scenario in plate.scenarios:
            for code, value in measure.values[scenario].items():
                one = measure.classes[measure.index(value)]
                fill[code] = one.colour
                if one.mark:
                    marks[code] = one.mark
            words = Box(cell.left, cell.bottom, cell.left + wide, y)
            y = _table(page, words, view.title(scenario), measure, measure.counts(scenario))
        counties = bool(set(fill) & set(tiles.county_name))
        missing = set(tiles.index) - set(fill)
        if missing:
            _swatch(page, cell.left, y - 10, NOT_IN)
            lines = wrap("not in this scenario", LEAST, wide - 30)
            page.lines(cell.left + 28, y, lines, LEAST, QUIET, valign="top")
        ax = page.axes(Box(cell.left + wide + 14, cell.bottom, cell.right, cell.top))
        draw_tiles(
            ax,
            tiles,
            fill,
            marks=marks,
            mark_colour=EDGE,
            default=NOT_IN,
            edge_colour="#B5B5B5",
            outline_width=0.9,
            outline_colour="#3D3D3D" if counties else "#C4C8CB",
            region_labels=len(drawn) == 1,
            label_size=LEAST,
        )
    page.alt = f"{measure.alt}. " + " ".join(
        f"{view.title(scenario)}: "
        + ", ".join(
            f"{count} councils {one.words}"
            for count, one in zip(measure.counts(scenario), measure.classes, strict=True)
        )
        + "."
        for scenario in shown
    )
    return page


def _swatch(page: Page, x: float, y: float, colour: str, mark: str = "") -> None:
    page.fill(Box(x, y - 8, x + 20, y + 8), EDGE)
    page.fill(Box(x + 1, y - 7, x + 19, y + 7), colour, zorder=1.5)
    if mark:
        page.rule([x + 5, x + 15], [y, y], EDGE, 1.5)


def _table(page: Page, box: Box, title: str, measure: Measure, counts: Sequence[int]) -> float:
    """Key and numbers of a scenario in one: a bar in proportion, then a row a class.

    Returns where the next one starts.
    """
    y = page.lines(box.left, box.top, wrap(title, LABEL, box.width, 3), LABEL, INK, valign="top")
    y -= 6
    start, total = box.left, max(sum(counts), 1)
    for count, one in zip(counts, measure.classes, strict=True):
        end = start + box.width * count / total
        if count:
            page.fill(Box(start, y - 16, end, y), EDGE if one.mark else "white")
            if end - start > 2:
                page.fill(Box(start + 1, y - 15, end - 1, y - 1), one.colour, zorder=1.5)
        start = end
    y -= 16 + 8
    step = line_height(LEAST)
    for count, one in zip(counts, measure.classes, strict=True):
        lines = wrap(one.words, LEAST, box.width - 28 - 46)
        middle = y - step / 2
        _swatch(page, box.left, middle, one.colour, one.mark)
        below = page.lines(box.left + 28, y, lines, LEAST, INK, valign="top")
        colour = INK if count else QUIET
        page.lines(box.right, middle, [f"{count:,}"], LEAST, colour, align="right")
        y = below - 3
    return y - 22
