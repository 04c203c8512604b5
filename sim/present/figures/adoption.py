"""How many councils join: fans on two clocks, and every scenario on its own."""

from __future__ import annotations

import math

import numpy as np

from sim.analysis.paths import Clock
from sim.present.figures.axes import (
    End,
    Line,
    calendar_axis,
    draw_fan,
    hidden,
    key_of_fan,
    label_ends,
    nice_top,
    opening_axis,
    opening_words,
    panel_title,
    share_axis,
)
from sim.present.figures.page import Box, Page
from sim.present.figures.style import COLOURS, GREY, INK, LABEL, LEAST, QUIET, line_height, wrap
from sim.present.formats import percent
from sim.present.view import Fan, Group, View
from sim.present.words import month_name, number_word, out_of_ten, sentence, span_words
from sim.settings import month_text

ROOM_FOR_LABELS = 268.0


def finding(view: View) -> str:
    """Say what share joins in the scenarios where most and fewest do."""
    shares = {name: view.joined(name).middle for name in view.scenarios}
    known = {name: share for name, share in shares.items() if math.isfinite(share)}
    when = sentence(view.headline.words)
    if not known:
        return f"{when}: no scenario gets that far"
    top = max(known, key=lambda name: known[name])
    low = min(known, key=lambda name: known[name])
    if known[top] == 0:
        return f"{when}, no council has joined in any scenario"
    have = "has" if out_of_ten(known[top]) == "no council" else "have"
    most = f"{when}, {out_of_ten(known[top])} {have} joined"
    if len(known) == 1:
        return f"{most} under “{view.title(top)}”"
    if known[top] - known[low] < 0.02:
        return f"{most}, whatever the scenario"
    few = "none" if known[low] == 0 else out_of_ten(known[low]).removesuffix(" councils")
    return f"{most} under “{view.title(top)}”, {few} under “{view.title(low)}”"


def adoption(view: View) -> list[Page]:
    """Fans by set of councils: since opening, and on the calendar."""
    pages = []
    for clock in ("opening", "calendar"):
        parts = [view.panels[i : i + 4] for i in range(0, len(view.panels), 4)]
        for number, panels in enumerate(parts, start=1):
            suffix = f"_{number}" if number > 1 else ""
            pages.append(_adoption(view, clock, panels, f"adoption_{clock}{suffix}"))
    return pages


def _adoption(view: View, clock: Clock, panels: list[Group], name: str) -> Page:
    marked = ""
    if clock == "opening":
        title = finding(view)
        period = f"up to {span_words(view.opening_months)} after the offer opened"
        never = [view.title(s) for p in panels for s in p.scenarios if not view.opens(s)]
        months = view.headline.months
        if months is not None and months < view.opening_months:
            marked = f" Dashed rule, and first number at each line: {view.headline.words}."
        note = f" Not shown, as nothing ever opens: {', '.join(never)}." if never else ""
        note += view.clock_note
    else:
        title = _calendar_finding(view)
        first, last = (month_name(month_text(month)) for month in view.calendar_ends)
        period, note = f"{first} to {last}", ""
    page = Page(
        name,
        title,
        f"Share of councils that are members or on their way in, {period}. {view.fan_words}."
        + marked,
        view.source + note,
    )
    rows, columns = (1, len(panels)) if len(panels) <= 2 else (2, 2)
    body = page.body
    if view.futures > 1:
        key_of_fan(page, body.left, body.top - 12)
        body = body.inset(top=34)
    top = _top(view, [name for panel in panels for name in panel.scenarios])
    for index, (panel, cell) in enumerate(
        zip(panels, body.cells(rows, columns, 24, 18), strict=False)
    ):
        last_row = index + columns >= len(panels)
        _panel(page, view, panel, cell, clock, top, axis_words=last_row)
    page.alt = f"Fan charts of the share of councils that joined. {title}. " + " ".join(
        f"{view.title(s)}: median {percent(view.joined(s).middle)} {view.headline.words}."
        for panel in panels
        for s in panel.scenarios
    )
    return page


def _calendar_finding(view: View) -> str:
    """Say which scenario is ahead at the end of the horizon."""
    ends = {}
    for name in view.scenarios:
        fan = view.fan(name, "joined_share", "calendar")
        if fan.middle.size:
            ends[name] = float(fan.middle[-1])
    when = month_name(month_text(view.calendar_ends[1]))
    if not ends or max(ends.values()) == 0:
        return f"By {when}, no council has joined in any scenario"
    top, low = (pick(ends, key=lambda name: ends[name]) for pick in (max, min))
    words = f"By {when}, {percent(ends[top])} of councils have joined under “{view.title(top)}”"
    return words if top == low else f"{words}, {percent(ends[low])} under “{view.title(low)}”"


def _top(view: View, scenarios: list[str]) -> float:
    """Where the scale of shares ends: above the bands of all."""
    highest = 0.0
    for name in scenarios:
        fan = view.fan(name, "joined_share", "calendar")
        highest = max(highest, float(fan.high90.max()) if fan.high90.size else 0.0)
    return nice_top(highest)


def _panel(
    page: Page, view: View, panel: Group, cell: Box, clock: Clock, top: float, *, axis_words: bool
) -> None:
    chart = cell.inset(left=52, right=ROOM_FOR_LABELS, top=34, bottom=58 if axis_words else 32)
    if panel.title:
        panel_title(page, Box(cell.left, cell.bottom, cell.right, cell.top), panel.title, most=1)
    ax = page.axes(chart)
    share_axis(ax, top)
    if clock == "opening":
        start, end = 0, max(view.opening_months, 1)
        opening_axis(ax, end)
        words = opening_words(end)
    else:
        start, end = view.calendar_ends
        calendar_axis(ax, start, end, most=8 if chart.width > 450 else 5)
        words = "January of each year"
    if axis_words:
        page.lines(chart.left, cell.bottom + 12, [words], LEAST, QUIET)
    months = view.headline.months or 0
    marked = clock == "opening" and 0 < months < end
    if marked:
        ax.axvline(months, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0.5)
    ends: list[End] = []
    drawn: list[Line] = []
    for name in panel.scenarios:
        colour, marker = view.look(name)
        fan = view.fan(name, "joined_share", clock)
        if not fan.x.size:
            continue
        # A line that would hide another is dashed, so that both are seen.
        line = fan.x, fan.middle
        hides = any(hidden(line, other, top) for other in drawn)
        draw_fan(ax, fan, colour, style="--" if hides else "-")
        drawn.append(line)
        at = min(int(np.searchsorted(fan.x, end, side="right")), fan.x.size) - 1
        value = float(fan.middle[at])
        words = f"{percent(value)} {_at(fan.x[at], clock)}"
        if marked and fan.x[at] > months:
            share = float(fan.middle[int(np.searchsorted(fan.x, months))])
            words = f"{percent(share)} ({words})"
            at_mark = chart.left + chart.width * months / end
            page.mark(at_mark, chart.bottom + chart.height * share / top, colour, marker, 8)
        ends.append(
            End(
                chart.left + chart.width * (float(fan.x[at]) - start) / max(end - start, 1),
                chart.bottom + chart.height * value / top,
                view.title(name),
                words,
                colour,
                marker,
            )
        )
    if not ends:
        page.lines(
            chart.left + chart.width / 2,
            chart.bottom + chart.height / 2,
            ["nothing opens to councils here"],
            LABEL,
            QUIET,
            align="center",
        )
        return
    label_ends(page, ends, chart.right + 26, Box(chart.left, cell.bottom, cell.right, cell.top))


def _at(x: float, clock: Clock) -> str:
    """Say when a line ends."""
    if clock == "opening":
        years, rest = divmod(int(x), 12)
        if rest or not years:
            return f"at {int(x)} month{'' if int(x) == 1 else 's'}"
        return f"at {years} year{'' if years == 1 else 's'}"
    return f"in {month_text(int(x))[:4]}"


def small_multiples(view: View) -> list[Page]:
    """Every scenario in its own panel, the base in grey behind each."""
    pages = []
    for start in range(0, len(view.scenarios), 12):
        names = view.scenarios[start : start + 12]
        suffix = f"_{start // 12 + 1}" if start else ""
        pages.append(_small(view, names, f"small_multiples{suffix}"))
    return pages


def _small(view: View, names: list[str], name: str) -> Page:
    base = view.joined(view.base).middle
    above = sum(view.joined(n).middle > base + 0.01 for n in view.scenarios if n != view.base)
    others = len(view.scenarios) - 1
    if others == 0:
        title = finding(view)
    else:
        many = {0: "None", others: "All"}.get(above, sentence(number_word(above)))
        title = (
            f"{many} of the {number_word(others)} other scenarios "
            f"{'bring' if above > 1 else 'brings'} in a larger share of councils "
            f"than “{view.title(view.base)}” ({percent(base)} {view.headline.words})"
        )
        if others == 1:
            verb = "brings" if above else "does not bring"
            other = next(n for n in view.scenarios if n != view.base)
            title = (
                f"“{view.title(other)}” {verb} in a larger share of councils than "
                f"“{view.title(view.base)}” ({percent(base)} {view.headline.words})"
            )
    page = Page(
        name,
        title,
        f"Share of councils that are members or on their way in, by {_unit(view)} since opening. "
        f"{view.fan_words}. Grey line in each panel: median of “{view.title(view.base)}”.",
        view.source + view.clock_note,
    )
    columns = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 9: 3}.get(len(names), 4)
    rows = math.ceil(len(names) / columns)
    body = page.body
    if view.futures > 1:
        x = key_of_fan(page, body.left, body.top - 12, COLOURS[0])
        page.rule([x, x + 30], [body.top - 12] * 2, GREY, 2.4)
        page.lines(x + 38, body.top - 12, wrap(view.title(view.base), LEAST, 500, 1), LEAST, QUIET)
        body = body.inset(top=32)
    body = body.inset(bottom=26)
    top = _top(view, view.scenarios)
    months = max(view.opening_months, 1)
    page.lines(body.left + 48, body.bottom - 14, [opening_words(months)], LEAST, QUIET)
    title_lines = max(len(wrap(view.title(n), LABEL, body.width / columns - 26, 2)) for n in names)
    grey = view.fan(view.base, "joined_share", "opening")
    for index, (scenario, cell) in enumerate(
        zip(names, body.cells(rows, columns, 26, 14), strict=False)
    ):
        panel_title(page, cell, view.title(scenario), most=title_lines)
        chart = cell.inset(left=48, right=14, bottom=28, top=8 + title_lines * line_height(LABEL))
        ax = page.axes(chart)
        share_axis(ax, top, labels=index % columns == 0)
        opening_axis(
            ax, months, labels=index + columns >= len(names), most=8 if chart.width > 250 else 4
        )
        ax.plot(grey.x, grey.middle, color=GREY, linewidth=2.4)
        fan = view.fan(scenario, "joined_share", "opening")
        if not fan.x.size:
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
        draw_fan(ax, fan, COLOURS[0])
        _headline_dot(page, view, scenario, chart, months, top, grey)
    page.alt = "Small multiples of the share of councils that joined. " + " ".join(
        f"{view.title(s)}: median {percent(view.joined(s).middle)} {view.headline.words}."
        for s in names
    )
    return page


def _headline_dot(
    page: Page, view: View, scenario: str, chart: Box, months: int, top: float, grey: Fan
) -> None:
    """Mark the median at the headline month and write it above, or below if that is freer."""
    share, at = view.joined(scenario).middle, view.headline.months
    if at is None or at > months or not math.isfinite(share):
        return
    x = chart.left + chart.width * at / months
    y = chart.bottom + chart.height * share / top
    page.mark(x, y, COLOURS[0], "o", 9)
    band_high = chart.bottom + chart.height * view.joined(scenario).high90 / top
    band_low = chart.bottom + chart.height * view.joined(scenario).low90 / top
    base = np.interp([at - 0.06 * months, at, at + 0.06 * months], grey.x, grey.middle)
    lines = chart.bottom + chart.height * base / top if grey.x.size else np.empty(0)

    def free(index: float) -> bool:
        inside = chart.bottom + 10 < index < chart.top + 6
        return inside and not bool((np.abs(lines - index) < 13).any())

    places = [band_high + 16, band_low - 16]
    best = next((index for index in places if free(index)), places[places[0] > chart.top + 6])
    page.lines(x, best, [percent(share)], LABEL, INK, align="center")


def _unit(view: View) -> str:
    return "year" if view.opening_months >= 24 else "month"
