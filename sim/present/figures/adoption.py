"""How many councils join: the contrast that was asked, and all scenarios on the calendar."""

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
from sim.present.figures.style import LABEL, LEAST, QUIET
from sim.present.formats import percent
from sim.present.view import Fan, Group, View
from sim.present.words import month_name, number_word, span_words
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
        + f" Title{' and dashed rule' if marked else ''}: {view.headline.words}."
        + titles.cancelled(view),
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
    page.alt += " ".join(f"{view.title(s)}: {in_words(view, s)}." for s in names)
    return page


def in_words(view: View, scenario: str) -> str:
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
