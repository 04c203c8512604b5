"""Money over time: what councils and the programme save, and spend."""

from __future__ import annotations

import math

import numpy as np

from sim.present.figures.axes import (
    End,
    key_of_scenarios,
    label_ends,
    number_axis,
    opening_axis,
    opening_words,
    panel_title,
)
from sim.present.figures.page import Box, Page
from sim.present.figures.style import (
    COLOURS,
    INK,
    LABEL,
    LEAST,
    MARKERS,
    QUIET,
    line_height,
    text_width,
    wrap,
)
from sim.present.formats import gbp_m
from sim.present.view import View
from sim.present.words import number_word, sentence, span_words

PARTS = (
    ("net_saving_councils_gbp_m", "councils: savings less fees and costs", COLOURS[0], MARKERS[0]),
    ("net_saving_programme_gbp_m", "programme: fees less its cost", COLOURS[1], MARKERS[1]),
    ("net_saving_total_gbp_m", "both together", INK, MARKERS[3]),
)


def net_saving(view: View) -> list[Page]:
    """Cumulative net saving since opening: councils, programme, total, a panel a scenario.

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


def _end(view: View, scenario: str, column: str) -> tuple[float, float]:
    """Month and median where the line of a scenario ends."""
    fan = view.fan(scenario, column, "opening")
    at = int(np.searchsorted(fan.x, view.opening_months, side="right")) - 1
    return float(fan.x[at]), float(fan.middle[at])


def _net_saving(view: View, everyone: list[str], names: list[str], name: str) -> Page:
    total = PARTS[2][0]
    ends = {name: _end(view, name, total)[1] for name in everyone}
    months = view.opening_months
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
        _finding(view, ends),
        "Savings less costs so far, £m at 2017-18 prices, discounted to April 2018, up to "
        f"{span_words(months)} after opening. {lines}.",
        view.source + other + view.clock_note,
    )
    columns = {1: 1, 2: 2, 4: 2}.get(len(names), 3)
    rows = math.ceil(len(names) / columns)
    body = page.body.inset(bottom=26)
    low, high = _money_limits(view, everyone, months)
    body = key_of_scenarios(page, [part[1:] for part in PARTS], body)
    room = 52 + max(
        text_width(gbp_m(_end(view, name, column)[1]), LABEL)
        for name in everyone
        for column, *_ in PARTS
    )
    title_lines = max(len(wrap(view.title(n), LABEL, body.width / columns - 30, 2)) for n in names)
    for index, (name, cell) in enumerate(
        zip(names, body.cells(rows, columns, 26, 16), strict=False)
    ):
        panel_title(page, cell, view.title(name))
        chart = cell.inset(
            left=70, right=room, bottom=28, top=10 + title_lines * line_height(LABEL)
        )
        ax = page.axes(chart)
        number_axis(ax, low, high, axis="y", most=5 if rows > 1 else 8, form="£{}m")
        opening_axis(
            ax,
            max(months, 1),
            labels=index + columns >= len(names),
            most=8 if chart.width > 250 else 5,
        )
        ax.spines["bottom"].set_visible(False)
        ax.axhline(0, color=INK, linewidth=1.4, zorder=1)
        labels = []
        for column, _, colour, marker in PARTS:
            fan = view.fan(name, column, "opening")
            if view.futures > 1:
                ax.fill_between(fan.x, fan.low90, fan.high90, color=colour, alpha=0.18, linewidth=0)
            ax.plot(fan.x, fan.middle, color=colour, linewidth=2.4, solid_capstyle="butt")
            x, value = _end(view, name, column)
            labels.append(
                End(
                    chart.left + chart.width * x / max(months, 1),
                    chart.bottom + chart.height * (value - low) / (high - low),
                    "",
                    gbp_m(value),
                    colour,
                    marker,
                )
            )
        room_for = Box(chart.left, cell.bottom, cell.right, chart.top + 14)
        label_ends(page, labels, chart.right + 22, room_for)
    page.lines(body.left + 70, body.bottom - 14, [opening_words(months)], LEAST, QUIET)
    page.alt = "Net saving over time. " + " ".join(
        f"{view.title(name)}: {gbp_m(ends[name])} in all." for name in names
    )
    return page


def _finding(view: View, ends: dict[str, float]) -> str:
    """Say how many of these scenarios pay for themselves, and which does best.

    Sums of different numbers of councils are not ranked.
    """
    when = f"within {span_words(view.opening_months)} of opening"
    if not any(ends.values()):
        return "No money is spent or saved in any scenario"
    best = max(ends, key=lambda name: ends[name])
    sizes = {view.councils(name) for name in ends}
    of = f" for {sizes.pop():,} councils" if len(sizes) == 1 else ""
    named = f"“{view.title(best)}”"
    paid = sum(value > 0 for value in ends.values())
    if len(ends) == 1:
        pays = "pays" if paid else "does not pay"
        return f"{named} {pays} for itself {when} ({gbp_m(ends[best])})"
    if paid == 0:
        title = f"No scenario{of} pays for itself {when}"
        # A range, not a winner: what joins nothing and does nothing loses least.
        worst = min(ends.values())
        return f"{title} ({gbp_m(worst)} to {gbp_m(ends[best])})" if of else title
    few = f"{sentence(number_word(paid))} of {number_word(len(ends))} scenarios{of} "
    title = few + ("pay for themselves" if paid > 1 else "pays for itself") + f" {when}"
    return f"{title}; most in {named} ({gbp_m(ends[best])})" if of else title


def _money_limits(view: View, names: list[str], months: int) -> tuple[float, float]:
    """A scale that holds all bands, with some air, and zero."""
    low = high = 0.0
    for name in names:
        for column, *_ in PARTS:
            fan = view.fan(name, column, "opening")
            seen = fan.x <= months
            low = min(low, float(fan.low90[seen].min()))
            high = max(high, float(fan.high90[seen].max()))
    span = max(high - low, 0.1)
    return low - 0.04 * span, high + 0.04 * span
