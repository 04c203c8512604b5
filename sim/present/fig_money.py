"""Money over time: what councils and the programme save, and spend."""

from __future__ import annotations

import math

import numpy as np

from sim.present.chart import (
    End,
    key_of_scenarios,
    label_ends,
    number_axis,
    opening_axis,
    opening_words,
    panel_title,
)
from sim.present.numbers import View
from sim.present.sheet import Box, Sheet
from sim.present.style import (
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
from sim.present.words import gbp_m, span_words

PARTS = (
    ("net_saving_councils_gbp_m", "councils: savings less fees and costs", COLOURS[0], MARKERS[0]),
    ("net_saving_programme_gbp_m", "programme: fees less its cost", COLOURS[1], MARKERS[1]),
    ("net_saving_total_gbp_m", "both together", INK, MARKERS[3]),
)


def net_saving(view: View) -> list[Sheet]:
    """Cumulative net saving since opening: councils, programme, total, a panel a scenario."""
    names = [name for name in view.scenarios if view.opens(name)]
    if not names:
        return []
    pages = math.ceil(len(names) / 6)
    size = math.ceil(len(names) / pages)
    return [
        _net_saving(view, names, names[page * size : (page + 1) * size], page + 1)
        for page in range(pages)
    ]


def _end(view: View, scenario: str, column: str) -> tuple[float, float]:
    """Month and median where the line of a scenario ends."""
    fan = view.fan(scenario, column, "opening")
    at = int(np.searchsorted(fan.x, view.opening_months, side="right")) - 1
    return float(fan.x[at]), float(fan.middle[at])


def _net_saving(view: View, everyone: list[str], names: list[str], page: int) -> Sheet:
    total = PARTS[2][0]
    ends = {name: _end(view, name, total)[1] for name in everyone}
    best = max(ends, key=lambda name: ends[name])
    months = view.opening_months
    paid = sum(value > 0 for value in ends.values())
    when = f"within {span_words(months)} of opening"
    if not any(ends.values()):
        title = "No money is spent or saved in any scenario"
    elif paid == 0:
        title = (
            f"No scenario pays for itself {when}; “{view.title(best)}” comes closest "
            f"({gbp_m(ends[best])})"
            if len(ends) > 1
            else f"“{view.title(best)}” does not pay for itself {when} ({gbp_m(ends[best])})"
        )
    else:
        many = f"{paid} of {len(ends)} scenarios pay" if len(ends) > 1 else "The programme pays"
        many = (
            many.replace("1 of", "Only 1 of").replace("scenarios pay", "scenarios pays")
            if (paid == 1 and len(ends) > 1)
            else many
        )
        many = many + (" for themselves" if paid > 1 else " for itself")
        title = f"{many} {when}; most in “{view.title(best)}” ({gbp_m(ends[best])})"
    lines = (
        f"Line: median; band: 90% {view.of_futures}{view.rough}"
        if view.futures > 1
        else "Line: a single simulated future, so there is no band"
    )
    sheet = Sheet(
        f"net_saving_{page}" if page > 1 else "net_saving",
        title,
        "Savings less costs so far, £m at 2017-18 prices, discounted to April 2018, up to "
        f"{months} months since opening. {lines}.",
        view.source,
    )
    columns = {1: 1, 2: 2, 4: 2}.get(len(names), 3)
    rows = math.ceil(len(names) / columns)
    body = sheet.body.inset(bottom=26)
    low, high = _money_limits(view, everyone, months)
    body = key_of_scenarios(sheet, [part[1:] for part in PARTS], body)
    room = 52 + max(
        text_width(gbp_m(_end(view, name, column)[1]), LABEL)
        for name in everyone
        for column, *_ in PARTS
    )
    title_lines = max(len(wrap(view.title(n), LABEL, body.width / columns - 30, 2)) for n in names)
    for place, (name, cell) in enumerate(
        zip(names, body.cells(rows, columns, 26, 16), strict=False)
    ):
        panel_title(sheet, cell, view.title(name))
        chart = cell.inset(
            left=70, right=room, bottom=28, top=10 + title_lines * line_height(LABEL)
        )
        ax = sheet.axes(chart)
        number_axis(ax, low, high, axis="y", most=5 if rows > 1 else 8, form="£{}m")
        opening_axis(
            ax,
            max(months, 1),
            labels=place + columns >= len(names),
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
        label_ends(sheet, labels, chart.right + 22, room_for)
    sheet.lines(body.left + 70, body.bottom - 14, [opening_words(months)], LEAST, QUIET)
    sheet.alt = "Net saving over time. " + " ".join(
        f"{view.title(name)}: {gbp_m(ends[name])} in all." for name in names
    )
    return sheet


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
