"""How many councils join, scenario by scenario, in panels that share their axes."""

from __future__ import annotations

import math

import numpy as np

from sim.analysis.summary import ALL
from sim.files.words import listed
from sim.present.figures import titles
from sim.present.figures.adoption import Course, courses, in_words
from sim.present.figures.axes import (
    draw_fan,
    key_of_fan,
    nice_top,
    opening_axis,
    opening_words,
    panel_title,
    share_axis,
)
from sim.present.figures.page import Box, Page
from sim.present.figures.style import INK, LABEL, LEAST, QUIET, line_height, text_width, wrap
from sim.present.formats import percent
from sim.present.looks import BASE_COLOUR
from sim.present.view import Fan, View
from sim.present.words import number_word, sentence


def small_multiples(view: View) -> list[Page]:
    """Every scenario in its own panel, the base in grey behind each."""
    if len(view.scenarios) == 1 or view.first_opening is None:
        return []  # the first picture says it all
    pages = []
    count = math.ceil(len(view.scenarios) / 12)
    size = math.ceil(len(view.scenarios) / count)
    for part in range(count):
        names = view.scenarios[part * size : (part + 1) * size]
        pages.append(
            _small(view, names, f"small_multiples_{part + 1}" if part else "small_multiples")
        )
    return pages


def _small_title(view: View) -> str:
    """Say how many scenarios bring in a larger share than the base, as verdicts let one say it."""
    level = f"a larger share than {view.named(view.base)}"
    others = [name for name in view.scenarios if name != view.base]
    verdicts = {name: _verdict(view, name) for name in others}
    told = [name for name in others if verdicts[name] != "not known"]
    if not told:
        return titles.headline(view)
    above = sum(verdict == "higher" for verdict in verdicts.values())
    if len(others) == 1:
        verb = "brings" if above else "does not clearly bring"
        return f"{view.named(others[0])} {verb} in {level}"
    none = "Neither" if len(others) == 2 else "None"
    many = {0: none, len(others): "All"}.get(above, sentence(number_word(above)))
    verb = "bring" if above > 1 else "brings"
    return f"{many} of {number_word(len(others))} other scenarios clearly {verb} in {level}"


def _verdict(view: View, scenario: str) -> str:
    """What the comparison with the base lets one say of the headline share."""
    key = (scenario, view.base, ALL, ALL, view.headline.outcome)
    row = view.findings.row("comparison", *key)
    return "not known" if row is None else str(row["verdict"])


def _small(view: View, names: list[str], name: str) -> Page:
    apart = [view.named(s) for s in names if len(view.fates(s)) > 1]
    page = Page(
        name,
        _small_title(view),
        "Share of councils that are members or on their way in, by "
        f"{'year' if view.opening_months >= 24 else 'month'} since opening. {view.fan_words}. "
        f"Grey line in each panel: median of {view.named(view.base)}."
        f" Title: {view.headline.words}.",
        view.source
        + (f" {listed(apart)}: cancelled futures apart from the others." if apart else "")
        + view.clock_note,
    )
    columns = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 9: 3}.get(len(names), 4)
    rows = math.ceil(len(names) / columns)
    body = page.body
    if view.futures > 1:
        x = key_of_fan(page, body.left, body.top - 12, INK)
        page.rule([x, x + 30], [body.top - 12] * 2, BASE_COLOUR, 2.4)
        page.lines(x + 38, body.top - 12, wrap(view.title(view.base), LEAST, 500, 1), LEAST, QUIET)
        body = body.inset(top=32)
    body = body.inset(bottom=26)
    months = max(view.opening_months, 1)
    fans = [course.fan for one in view.scenarios for course in courses(view, one)]
    top = nice_top(max((float(fan.high90.max()) for fan in fans if fan.x.size), default=0.0))
    page.lines(body.left + 60, body.bottom - 14, [opening_words(months)], LEAST, QUIET)
    room = (body.width - 26 * (columns - 1)) / columns - 22
    # Smaller before there is a second line.
    size = LABEL if all(text_width(view.title(n), LABEL) <= room for n in names) else LEAST
    title_lines = max(len(wrap(view.title(n), size, room, 2)) for n in names)
    grey = view.fan(view.base, "joined_share", "opening")
    for index, (scenario, cell) in enumerate(
        zip(names, body.cells(rows, columns, 26, 14), strict=False)
    ):
        look = view.style(scenario)
        page.mark(cell.left + 8, cell.top - line_height(LABEL) / 2, look.colour, look.marker, 9)
        panel_title(page, cell.inset(left=22), view.title(scenario), most=title_lines, size=size)
        chart = cell.inset(left=60, right=14, bottom=28, top=8 + title_lines * line_height(LABEL))
        ax = page.axes(chart)
        share_axis(ax, top, labels=index % columns == 0, most=6 if chart.height > 130 else 3)
        opening_axis(
            ax, months, labels=index + columns >= len(names), most=8 if chart.width > 250 else 4
        )
        ax.plot(grey.x, grey.middle, color=BASE_COLOUR, linewidth=2.4)
        shown = [course for course in courses(view, scenario) if course.fan.x.size]
        if not shown:
            ax.text(
                0.5,
                0.5,
                "nothing opens to councils",
                transform=ax.transAxes,
                ha="center",
                size=LEAST,
                color=QUIET,
            )
            continue
        for course in shown:
            draw_fan(ax, course.fan, look.colour, dash=look.dash)
        if len(shown) > 1:
            _fate_labels(page, shown, chart, months, top)
        else:
            _headline_dot(page, view, scenario, chart, months, top, grey)
    page.alt = "Small multiples of the share of councils that joined. " + " ".join(
        f"{view.title(s)}: {in_words(view, s)}." for s in names
    )
    return page


def _fate_labels(page: Page, shown: list[Course], chart: Box, months: int, top: float) -> None:
    """Name the futures of each line, at its end."""
    for course in shown:
        fan = course.fan
        at = min(int(np.searchsorted(fan.x, months, side="right")), fan.x.size) - 1
        middle = chart.bottom + chart.height * float(fan.middle[at]) / top
        high = chart.bottom + chart.height * float(fan.high90[at]) / top
        words = wrap(course.short, LEAST, chart.width - 8, 1)
        tall = len(words) * line_height(LEAST)
        y = high + 4 + tall / 2
        if y + tall / 2 > chart.top + 4:
            y = middle - 8 - tall / 2
        page.lines(chart.right, y, words, LEAST, INK, align="right")


def _headline_dot(
    page: Page, view: View, scenario: str, chart: Box, months: int, top: float, grey: Fan
) -> None:
    """Mark the median at the headline month and write it above, or below if that is freer."""
    share, at = view.joined(scenario).middle, view.headline.months
    if at is None or at > months or not math.isfinite(share):
        return
    look = view.style(scenario)
    x = chart.left + chart.width * at / months
    y = chart.bottom + chart.height * share / top
    page.mark(x, y, look.colour, look.marker, 9)
    band_high = chart.bottom + chart.height * view.joined(scenario).high90 / top
    band_low = chart.bottom + chart.height * view.joined(scenario).low90 / top
    base = np.interp([at - 0.06 * months, at, at + 0.06 * months], grey.x, grey.middle)
    lines = chart.bottom + chart.height * base / top if grey.x.size else np.empty(0)

    def free(index: float) -> bool:
        inside = chart.bottom + 10 < index < chart.top + 6
        return inside and not bool((np.abs(lines - index) < 13).any())

    places = [band_high + 16, band_low - 16]
    best = next((index for index in places if free(index)), places[places[0] > chart.top + 6])
    text = percent(share)
    # Near the end of the chart the number leans to the left, not out of it.
    x = min(x, chart.right - text_width(text, LABEL) / 2)
    page.lines(x, best, [text], LABEL, INK, align="center")
