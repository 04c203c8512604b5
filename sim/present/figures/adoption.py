"""How many councils join: the contrast that was asked, all scenarios on the calendar, and each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.files.words import listed
from sim.present.figures import titles
from sim.present.figures.axes import (
    End,
    Stroke,
    calendar_axis,
    draw_bands,
    draw_fan,
    draw_lines,
    key_of_fan,
    label_ends,
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
from sim.present.view import Fan, Group, View
from sim.present.words import month_name, number_word, sentence, span_words
from sim.settings import month_text

ROOM_FOR_LABELS = 296.0
ROOM_BESIDE_ONE = 420.0
# What becomes of a programme with a review, as its lines are labelled.
FATE_WORDS = {"cancelled": "if cancelled", "went on": "if it went on"}
SHORT_FATE_WORDS = {"cancelled": "cancelled", "went on": "went on"}


@dataclass(frozen=True, eq=False)
class Course:
    """A line to be shown: of a scenario, or of its cancelled or other futures."""

    scenario: str
    fan: Fan
    words: str = ""  # which futures, if not all
    short: str = ""  # the same where there is little room


def courses(view: View, scenario: str) -> list[Course]:
    """Lines since opening: one, or two where a review cancelled the programme in some futures."""
    fates = view.fates(scenario)
    if len(fates) < 2:
        return [Course(scenario, view.fan(scenario, "joined_share", "opening"))]
    return [
        Course(
            scenario,
            fate.fan,
            f"{FATE_WORDS[fate.name]} ({percent(fate.share)} of futures)",
            f"{SHORT_FATE_WORDS[fate.name]} ({percent(fate.share)})",
        )
        for fate in fates.values()
    ]


def adoption(view: View) -> list[Page]:
    """The contrast that was asked since opening; then all scenarios on the calendar."""
    pages = [_contrast(view)]
    parts = [view.panels[i : i + 4] for i in range(0, len(view.panels), 4)]
    for number, panels in enumerate(parts, start=1):
        suffix = f"_{number}" if number > 1 else ""
        pages.append(_calendar(view, panels, f"adoption_calendar{suffix}"))
    return pages


def _apart(view: View, scenarios: list[str]) -> str:
    """Say where cancelled futures are shown apart, and what the rest of the page does then."""
    some = [view.named(s) for s in scenarios if len(view.fates(s)) > 1]
    if not some:
        return ""
    return (
        f" {listed(some)}: futures in which the review cancelled the programme are shown apart "
        "from the others; the number in the title is of both together."
    )


# ---------------------------------------------------------------- the contrast


def _contrast(view: View) -> Page:
    """The base and the scenario it is set against, each with its band."""
    names = list(view.contrast)
    never = [view.named(s) for s in names if not view.opens(s)]
    months = max(view.opening_months, 1)
    at = view.headline.months
    marked = at is not None and at < months
    shown = [course for name in names for course in courses(view, name) if course.fan.x.size]
    bands = 2 if len(shown) == 1 else 1
    # No more than two bands over each other: those of cancelled and other futures come first.
    apart = [course for course in shown if course.words]
    banded = apart if len(shown) > 2 and len(apart) <= 2 else shown[:2]
    others = len(view.scenarios) - len(names)
    page = Page(
        "adoption_opening",
        titles.headline(view),
        "Share of councils that are members or on their way in, "
        + _said_of(view, bands, whole=len(banded) == len(shown))
        + (f" Dashed rule: {view.headline.words}." if marked else ""),
        view.source
        + (f" Not shown, as nothing ever opens: {listed(never)}." if never else "")
        + (
            f" The {number_word(others)} other scenarios are in pictures of their own."
            if others > 1
            else ""
        )
        + _apart(view, names)
        + view.clock_note,
    )
    body = page.body
    if view.futures > 1 and shown:
        key_of_fan(page, body.left, body.top - 12, both=bands == 2)
        body = body.inset(top=34)
    chart = body.inset(left=60, right=ROOM_BESIDE_ONE, bottom=58, top=6)
    ax = page.axes(chart)
    top = nice_top(max((float(c.fan.high90.max()) for c in shown), default=0.0))
    share_axis(ax, top)
    opening_axis(ax, months)
    page.lines(chart.left, body.bottom + 12, [opening_words(months)], LEAST, QUIET)
    if marked and at is not None:
        ax.axvline(at, color=QUIET, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0.5)
    ends: list[End] = []
    strokes: list[Stroke] = []
    for course in shown:
        look = view.style(course.scenario)
        if course in banded:
            draw_bands(ax, course.fan, look.colour, bands)
        strokes.append(Stroke(course.fan.x, course.fan.middle, look.colour, look.dash))
        ends.append(_end_since_opening(page, view, course, chart, top, at if marked else None))
    draw_lines(ax, strokes, top)
    if not ends:
        _nothing(page, chart)
    label_ends(page, ends, chart.right + 28, Box(chart.left, body.bottom, body.right, body.top))
    page.alt = f"Chart of the share of councils that joined, by time since opening. {page.title}. "
    page.alt += " ".join(f"{view.title(s)}: {_in_words(view, s)}." for s in names)
    return page


def _in_words(view: View, scenario: str) -> str:
    """Say median and band at the headline."""
    band = view.joined(scenario)
    if not math.isfinite(band.middle):
        return "does not get that far"
    said = f"median {percent(band.middle)} {view.headline.words}"
    if band.futures > 1:
        said += f", 9 in 10 futures between {percent(band.low90)} and {percent(band.high90)}"
    return said


def _said_of(view: View, bands: int, *, whole: bool) -> str:
    """Go on in a subtitle with the period, and how to read line and bands."""
    if view.opening_months == 0:
        return f"of {view.futures:,} simulated future{'' if view.futures == 1 else 's'}."
    some = "" if whole else ", not of each line"
    return (
        f"up to {span_words(view.opening_months)} after the offer opened. "
        f"{_fan_words(view, bands)}{some}."
    )


def _fan_words(view: View, bands: int) -> str:
    """How to read line and bands, of which there may be none, the outer one, or both."""
    if view.futures == 1:
        return "Line: a single simulated future, so there is no band"
    if bands == 2:
        return view.fan_words
    if bands == 1:
        return f"Line: median; band: 9 in 10 {view.of_futures}{view.rough}"
    return f"Line: median {view.of_futures}; bands are in other pictures"


def _end_since_opening(
    page: Page, view: View, course: Course, chart: Box, top: float, months: int | None
) -> End:
    """The end of a line and what stands there; its place at the headline month is marked."""
    look = view.style(course.scenario)
    fan, last = course.fan, max(view.opening_months, 1)
    at = min(int(np.searchsorted(fan.x, last, side="right")), fan.x.size) - 1
    value = float(fan.middle[at])
    words = f"{percent(value)} {_after(fan.x[at])}"
    if months is not None and fan.x[at] > months:
        share = float(fan.middle[int(np.searchsorted(fan.x, months))])
        words = f"{percent(share)} {_after(months)}, {words}"
        page.mark(
            chart.left + chart.width * months / last,
            chart.bottom + chart.height * share / top,
            look.colour,
            look.marker,
            9,
        )
    return End(
        chart.left + chart.width * float(fan.x[at]) / last,
        chart.bottom + chart.height * value / top,
        view.title(course.scenario) + (f", {course.words}" if course.words else ""),
        words,
        look.colour,
        look.marker,
        look.dash,
    )


def _after(months: float) -> str:
    """Say when, in years where it is whole years."""
    years, rest = divmod(int(months), 12)
    if rest or not years:
        return f"at {int(months)} month{'' if int(months) == 1 else 's'}"
    return f"at {years} year{'' if years == 1 else 's'}"


def _nothing(page: Page, chart: Box) -> None:
    """Say that there is no line."""
    page.lines(
        chart.left + chart.width / 2,
        chart.bottom + chart.height / 2,
        ["nothing opens to councils here"],
        LABEL,
        QUIET,
        align="center",
    )


# ---------------------------------------------------------------- on the calendar


def _last(fan: Fan) -> float:
    """Median in the last month."""
    return float(fan.middle[-1]) if fan.middle.size else math.nan


def _calendar(view: View, panels: list[Group], name: str) -> Page:
    """Medians of all scenarios by set of councils, the base in grey behind each."""
    first, last = (month_name(month_text(month)) for month in view.calendar_ends)
    names = [scenario for panel in panels for scenario in panel.scenarios]
    mixed = [view.named(s) for s in names if len(view.fates(s)) > 1]
    page = Page(
        name,
        titles.shares(
            view,
            lambda one: _last(view.fan(one, "joined_share", "calendar")),
            "are in",
            f"in {last}",
        ),
        f"Share of councils that are members or on their way in, {first} to {last}. "
        + _fan_words(view, 0)
        + (f". Grey line behind each: {view.named(view.base)}." if len(panels) > 1 else "."),
        view.source
        + (f" {listed(mixed)}: of cancelled and other futures together." if mixed else ""),
    )
    rows, columns = (1, len(panels)) if len(panels) <= 2 else (2, 2)
    fans = [view.fan(one, "joined_share", "calendar") for one in view.scenarios]
    top = nice_top(max((float(fan.middle.max()) for fan in fans if fan.middle.size), default=0.0))
    for index, (panel, cell) in enumerate(
        zip(panels, page.body.cells(rows, columns, 24, 18), strict=False)
    ):
        _panel(page, view, panel, cell, top, axis_words=index + columns >= len(panels))
    page.alt = f"Lines of the share of councils that joined, by month. {page.title}. " + " ".join(
        f"{view.title(s)}: median {percent(_last(view.fan(s, 'joined_share', 'calendar')))} in "
        f"{last}."
        for s in names
    )
    return page


def _panel(
    page: Page, view: View, panel: Group, cell: Box, top: float, *, axis_words: bool
) -> None:
    chart = cell.inset(left=60, right=ROOM_FOR_LABELS, top=34, bottom=58 if axis_words else 32)
    if panel.title:
        panel_title(page, Box(cell.left, cell.bottom, cell.right, cell.top), panel.title, most=1)
    ax = page.axes(chart)
    share_axis(ax, top)
    start, end = view.calendar_ends
    calendar_axis(ax, start, end, most=8 if chart.width > 450 else 5)
    if axis_words:
        page.lines(chart.left, cell.bottom + 12, ["January of each year"], LEAST, QUIET)
    behind = [] if view.base in panel.scenarios else [view.base]
    strokes: list[Stroke] = []
    ends: list[End] = []
    for name in [*behind, *panel.scenarios]:
        look = view.style(name)
        fan = view.fan(name, "joined_share", "calendar")
        if not fan.x.size:
            continue
        strokes.append(Stroke(fan.x, fan.middle, look.colour, look.dash))
        value = float(fan.middle[-1])
        ends.append(
            End(
                chart.left + chart.width * (float(fan.x[-1]) - start) / max(end - start, 1),
                chart.bottom + chart.height * value / top,
                view.title(name),
                percent(value),
                look.colour,
                look.marker,
                look.dash,
            )
        )
    draw_lines(ax, strokes, top)
    if not ends:
        _nothing(page, chart)
        return
    label_ends(page, ends, chart.right + 26, Box(chart.left, cell.bottom, cell.right, cell.top))


# ---------------------------------------------------------------- one by one


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
    """Say how many scenarios bring in more than the base."""
    base = view.joined(view.base).middle
    others = [name for name in view.scenarios if name != view.base]
    above = sum(view.joined(name).middle > base + 0.01 for name in others)
    level = f"{view.named(view.base)} ({percent(base)} {view.headline.words})"
    if not math.isfinite(base):
        return titles.headline(view)
    if len(others) == 1:
        verb = "brings" if above else "does not bring"
        return f"{view.named(others[0])} {verb} in a larger share of councils than {level}"
    none = "Neither" if len(others) == 2 else "None"
    many = {0: none, len(others): "All"}.get(above, sentence(number_word(above)))
    return (
        f"{many} of the {number_word(len(others))} other scenarios "
        f"{'bring' if above > 1 else 'brings'} in a larger share of councils than {level}"
    )


def _small(view: View, names: list[str], name: str) -> Page:
    apart = [view.named(s) for s in names if len(view.fates(s)) > 1]
    page = Page(
        name,
        _small_title(view),
        "Share of councils that are members or on their way in, by "
        f"{'year' if view.opening_months >= 24 else 'month'} since opening. {view.fan_words}. "
        f"Grey line in each panel: median of {view.named(view.base)}.",
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
        f"{view.title(s)}: {_in_words(view, s)}." for s in names
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
