"""Money over time: what councils and the programme save, and spend."""

from __future__ import annotations

import math

from sim.present.figures.axes import (
    End,
    Stroke,
    calendar_axis,
    draw_lines,
    key_of_scenarios,
    label_ends,
    number_axis,
    panel_title,
)
from sim.present.figures.page import Box, Page
from sim.present.figures.style import (
    INK,
    LABEL,
    LEAST,
    QUIET,
    line_height,
    text_width,
    wrap,
)
from sim.present.formats import gbp_m
from sim.present.looks import BASE_COLOUR
from sim.present.view import Fan, View
from sim.present.words import month_name
from sim.settings import month_text

# The whole, in the look of the scenario, then what it consists of, told apart by strokes and marks.
PARTS: tuple[tuple[str, str, str, str, tuple[float, ...]], ...] = (
    ("net_saving_total_gbp_m", "both together, with band", INK, "D", ()),
    ("net_saving_councils_gbp_m", "councils: savings less fees and costs", QUIET, "^", (4.0, 1.6)),
    ("net_saving_programme_gbp_m", "programme: fees less its cost", QUIET, "v", (1.2, 1.2)),
)
TOTAL = PARTS[0][0]


def net_saving(view: View) -> list[Page]:
    """Cumulative net saving by the calendar: councils, programme, total, a panel a scenario.

    Scenarios with similarly many councils share a scale and a picture; those of 32 councils
    would be flat lines on the scale of 353.
    """
    pages: list[Page] = []
    for group in _of_a_size(view):
        parts = math.ceil(len(group) / 6)
        size = math.ceil(len(group) / parts)
        for part in range(parts):
            name = f"net_saving_{len(pages) + 1}" if pages else "net_saving"
            pages.append(_net_saving(view, group, group[part * size : (part + 1) * size], name))
    return pages


def _of_a_size(view: View) -> list[list[str]]:
    """Scenarios that open, in groups of similarly many councils."""
    groups: list[tuple[int, list[str]]] = []
    for one in view.sets:
        names = [name for name in one.scenarios if view.opens(name)]
        if not names:
            continue
        size = max(view.councils(names[0]), 1)
        index = next((i for i, (other, _) in enumerate(groups) if 0.4 < size / other < 2.5), None)
        if index is None:
            groups.append((size, names))
        else:
            groups[index][1].extend(names)
    return [names for _, names in groups]


def _fan(view: View, scenario: str, column: str) -> Fan:
    return view.fan(scenario, column, "calendar")


def _end(view: View, scenario: str, column: str = TOTAL) -> float:
    """Median in the last month of the horizon, where the tables of money end as well."""
    return float(_fan(view, scenario, column).middle[-1])


def _net_saving(view: View, everyone: list[str], names: list[str], name: str) -> Page:
    first, last = (month_name(month_text(month)) for month in view.calendar_ends)
    lines = (
        f"Line: median; band: 9 in 10 {view.of_futures}{view.rough}"
        if view.futures > 1
        else "Line: a single simulated future, so there is no band"
    )
    other = (
        " Scenarios with many more or fewer councils are in another picture, on another scale."
        if len(everyone) < sum(view.opens(one) for one in view.scenarios)
        else ""
    )
    page = Page(
        name,
        _finding(view, names, last),
        f"Savings less costs so far, £m at 2017-18 prices, discounted to April 2018, {first} to "
        f"{last}; short: not yet paid for itself. {lines}. Medians of parts need not add up to "
        "that of the whole."
        + (
            f" Grey line in each panel: {view.named(view.base)}, both together."
            if view.base in everyone and len(everyone) > 1
            else ""
        ),
        view.source + other,
    )
    columns = {1: 1, 2: 2, 4: 2}.get(len(names), 3)
    rows = math.ceil(len(names) / columns)
    body = page.body.inset(bottom=26)
    low, high = _money_limits(view, everyone)
    body = key_of_scenarios(page, [part[1:] for part in PARTS], body)
    room = 52 + max(
        text_width(gbp_m(_end(view, one, column)), LABEL)
        for one in everyone
        for column, *_ in PARTS
    )
    width = (body.width - 26 * (columns - 1)) / columns - 22
    title_lines = max(len(wrap(view.title(n), LABEL, width, 2)) for n in names)
    start, end = view.calendar_ends
    for index, (one, cell) in enumerate(
        zip(names, body.cells(rows, columns, 26, 16), strict=False)
    ):
        look = view.style(one)
        page.mark(cell.left + 8, cell.top - line_height(LABEL) / 2, look.colour, look.marker, 9)
        panel_title(page, cell.inset(left=22), view.title(one))
        chart = cell.inset(
            left=78, right=room, bottom=28, top=12 + title_lines * line_height(LABEL)
        )
        ax = page.axes(chart)
        number_axis(ax, low, high, axis="y", most=5 if rows > 1 else 8, form="£{}m")
        calendar_axis(
            ax,
            start,
            end,
            labels=index + columns >= len(names),
            most=8 if chart.width > 450 else 4,
        )
        ax.spines["bottom"].set_visible(False)
        ax.axhline(0, color=INK, linewidth=1.4, zorder=1)
        if view.base in everyone and one != view.base:
            fan = _fan(view, view.base, TOTAL)
            ax.plot(fan.x, fan.middle, color=BASE_COLOUR, linewidth=2.0, zorder=1.2)
        labels, strokes = [], []
        for column, _, colour, marker, dash in PARTS:
            fan = _fan(view, one, column)
            if column == TOTAL:
                colour, marker = look.colour, look.marker
                if view.futures > 1:
                    band = fan.x, fan.low90, fan.high90
                    ax.fill_between(*band, color=colour, alpha=0.2, linewidth=0)
            strokes.append(Stroke(fan.x, fan.middle, colour, dash))
            value = _end(view, one, column)
            labels.append(
                End(
                    chart.left + chart.width * (float(fan.x[-1]) - start) / max(end - start, 1),
                    chart.bottom + chart.height * (value - low) / (high - low),
                    "",
                    gbp_m(value),
                    colour,
                    marker,
                    dash,
                )
            )
        draw_lines(ax, strokes, high - low)
        room_for = Box(chart.left, cell.bottom, cell.right, chart.top + 14)
        label_ends(page, labels, chart.right + 22, room_for)
    page.lines(body.left + 78, body.bottom - 14, ["January of each year"], LEAST, QUIET)
    page.alt = f"Net saving over time, until {last}. " + " ".join(
        f"{view.title(one)}: {gbp_m(_end(view, one))} in all." for one in names
    )
    return page


def _finding(view: View, names: list[str], last: str) -> str:
    """Say what the base and the scenario that it is set against come to.

    Sums of different numbers of councils are not set against each other.
    """
    ends = {name: _end(view, name) for name in names}
    if not any(ends.values()):
        return f"No money is spent or saved by {last}"
    chosen = view.contrast_among(names)
    said = [_comes_to(view, name, ends[name]) for name in chosen]
    if len(chosen) == 2 and (ends[chosen[0]] < 0) == (ends[chosen[1]] < 0):
        said[1] = f"{view.named(chosen[1])} {gbp_m(abs(ends[chosen[1]]))}"
    return f"By {last}, {', '.join(said)}"


def _comes_to(view: View, name: str, value: float) -> str:
    """Say whether a scenario has paid for itself."""
    if value < 0:
        return f"{view.named(name)} is {gbp_m(-value)} short"
    return f"{view.named(name)} has {gbp_m(value)} to spare"


def _money_limits(view: View, names: list[str]) -> tuple[float, float]:
    """A scale that holds the bands and lines, with some air, and zero."""
    low = high = 0.0
    for name in names:
        for column, *_ in PARTS:
            fan = _fan(view, name, column)
            least, most = (fan.low90, fan.high90) if column == TOTAL else (fan.middle, fan.middle)
            low, high = min(low, float(least.min())), max(high, float(most.max()))
    span = max(high - low, 0.1)
    return low - 0.04 * span, high + 0.04 * span
