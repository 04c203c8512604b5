"""Differences between scenarios, seed by seed where the councils are the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.present.figures.axes import number_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import (
    INK,
    LEAST,
    MARGIN,
    PALE,
    QUIET,
    WIDE,
    line_height,
    text_width,
    wrap,
)
from sim.present.formats import points
from sim.present.view import View
from sim.present.words import month_name, sentence, span_words
from sim.settings import month_text

MOST_ROWS = 11


@dataclass(frozen=True)
class Measure:
    """An outcome that gets a column: its name, its words, and what 1 of it is shown as."""

    column: str
    words: str
    unit: str
    times: float


@dataclass(frozen=True)
class Row:
    """A line of the chart: a comparison, or the heading over some."""

    words: str
    scenario: str = ""
    versus: str = ""
    paired: bool = True


def differences(view: View) -> list[Page]:
    """Mean differences with their intervals: who is compared with whom as in the tables."""
    table = view.differences
    measures = [m for m in _measures(view) if (table["outcome"] == m.column).any()]
    sections = _sections(view, table)
    if not sections or not measures:
        return []
    blocks: list[list[Row]] = [[]]
    for heading, rows in sections:
        for part in range(0, len(rows), MOST_ROWS - 1):
            block = [heading, *rows[part : part + MOST_ROWS - 1]]
            if blocks[-1] and len(blocks[-1]) + len(block) > MOST_ROWS + 2:
                blocks.append([])
            blocks[-1] += block
    title = _finding(view, table)
    return [
        _page(view, table, measures, rows, title, f"differences_{n}" if n > 1 else "differences")
        for n, rows in enumerate(blocks, start=1)
    ]


def _measures(view: View) -> list[Measure]:
    unit = "percentage points"
    head = view.headline.months
    reported = view.experiment.outcomes.months_since_opening
    chosen = [
        Measure(f"joined_share_{months}m", f"Joined after {span_words(months)}", unit, 100)
        for months in reported
        if months in (head, min(reported)) and not (view.widened and months != head)
    ]
    if view.widened and head is not None:
        chosen.append(Measure("joined_share_end", "Joined at the end", unit, 100))
    if head is None:
        chosen.append(Measure("joined_share_end", "Joined at the end", unit, 100))
        chosen.append(Measure("use_share_end", "Spend routed at the end", unit, 100))
    else:
        chosen.append(
            Measure(f"use_share_{head}m", f"Spend routed after {span_words(head)}", unit, 100)
        )
    chosen.append(Measure("net_saving_total_gbp_m", "Net saving, in all", "£m", 1))
    return chosen


def _sections(view: View, table: pd.DataFrame) -> list[tuple[Row, list[Row]]]:
    """Comparisons under headings: with whom, and whether the councils are the same."""
    found: dict[tuple[str, bool], list[Row]] = {}
    pairs = table[["scenario", "versus", "paired"]].drop_duplicates()
    for scenario, versus, paired in pairs.itertuples(index=False):
        found.setdefault((str(versus), bool(paired)), []).append(
            Row(view.title(str(scenario)), str(scenario), str(versus), bool(paired))
        )
    order = sorted(found, key=lambda key: (key[0] != view.base, not key[1]))
    return [
        (
            Row(
                f"Against “{view.title(versus)}”, "
                + ("same councils, same chance events" if paired else "other councils")
            ),
            found[versus, paired],
        )
        for versus, paired in order
    ]


def _finding(view: View, table: pd.DataFrame) -> str:
    """Say how far the scenario that was asked for is from the base in the headline share.

    As surely as the verdict of the comparison lets one say it.
    """
    # Where some councils may join only later, clocks since opening do not say the same.
    at_end = "joined_share_end" if view.widened else view.headline.outcome
    rows = table[table["outcome"] == at_end].dropna(subset=["difference"])
    if not len(rows):
        return "The scenarios cannot be compared: none gets as far as the headline month"
    asked = rows[(rows["versus"] == view.base) & (rows["scenario"] == view.asked)]
    same = rows[rows["paired"].astype(bool)]
    row = (asked if len(asked) else same if len(same) else rows).iloc[0]
    other, versus = view.named(str(row["scenario"])), view.named(str(row["versus"]))
    # The headline month stands in the subtitle.
    when = f"By {month_name(month_text(view.calendar_ends[1]))}, " if view.widened else ""
    match row["verdict"]:
        case "equal":
            return f"{when}{other} does not differ from {versus} in any future"
        case "hardly differs":
            return f"{when}{other} hardly differs from {versus}"
        case "cannot be told":
            return sentence(f"{when}a difference of {other} from {versus} cannot be told")
        case "higher" | "lower":
            pass
        case _:
            return f"One future, or one draw of behaviour, cannot tell {other} from {versus}"
    ahead = row["verdict"] == "higher"
    many = points(abs(row["difference"])).lstrip("+")
    return f"{when}{other} is {many} points {'ahead of' if ahead else 'behind'} {versus}"


def _number(value: float, places: int, *, sign: bool = False) -> str:
    text = f"{abs(value):,.{places}f}"
    if float(text.replace(",", "")) == 0:
        return "0"
    return ("−" if value < 0 else "+" if sign else "") + text


def _page(
    view: View, table: pd.DataFrame, measures: list[Measure], rows: list[Row], title: str, name: str
) -> Page:
    open_note = (
        " Open marker: other councils, so compared as separate samples."
        if any(not row.paired for row in rows)
        else ""
    )
    few = view.futures < view.in_force("fewest_seeds")
    what = (
        "Marker: difference in a single simulated future, so there is no interval"
        if view.futures == 1
        else "Marker and number: mean difference; bar: its 95% interval, which shrinks with more "
        f"futures (here {view.futures:,}{', so it is rough' if few else ''}) and may be hidden by "
        "the marker"
    )
    about = "" if view.widened else f", {view.headline.words}"
    page = Page(
        name,
        title,
        f"Title: share of councils joined{about}. {what}.{open_note}",
        view.source + view.clock_note,
    )
    left_width = 370.0
    body = page.body
    heading = max(
        len(wrap(m.words, LEAST, (body.width - left_width) / len(measures) - 64)) for m in measures
    )
    top = body.top - (heading + 1) * line_height(LEAST) - 6
    area = Box(body.left, body.bottom + 26, body.right, top)
    heights = [0.75 if not row.scenario else 1.0 for row in rows]
    scale = min(area.height / sum(heights), 74.0)
    area = Box(area.left, area.top - scale * sum(heights), area.right, area.top)
    y = area.top
    centres: dict[int, float] = {}
    for position, (row, height) in enumerate(zip(rows, heights, strict=True)):
        middle = y - scale * height / 2
        if not row.scenario:
            page.cover(Box(area.left, y - scale * height + 4, area.right, y))
            page.rule([area.left, area.right], [y - 2, y - 2], PALE, 1.2)
            page.lines(area.left, middle - 3, wrap(row.words, LEAST, area.width, 1), LEAST, QUIET)
        else:
            page.lines(
                area.left + 14, middle, wrap(row.words, LEAST, left_width - 30, 2), LEAST, INK
            )
            centres[position] = middle
        y -= scale * height
    # Numbers beside the dots may stand out on the right of the last column.
    cells = Box(area.left + left_width, area.bottom, area.right - 36, area.top).cells(
        1, len(measures), 64
    )
    limits = {m.column: _limits(table, m, rows) for m in measures}
    joined = [limits[m.column] for m in measures if m.column.startswith("joined")]
    if joined:  # the joined shares have one scale
        both = min(low for low, _ in joined), max(high for _, high in joined)
        limits |= {m.column: both for m in measures if m.column.startswith("joined")}
    for measure, cell in zip(measures, cells, strict=True):
        words = [*wrap(measure.words, LEAST, cell.width), measure.unit]
        _column_heading(page, cell, words)
        _column(page, view, table, measure, cell, rows, centres, limits[measure.column])
    page.alt = "Dots with intervals of differences between scenarios. " + title + "."
    return page


def _column_heading(page: Page, cell: Box, words: list[str]) -> None:
    step = line_height(LEAST)
    page.lines(cell.left, cell.top + 8 + step, words[:-1], LEAST, INK, valign="bottom")
    page.lines(cell.left, cell.top + 8, words[-1:], LEAST, QUIET, valign="bottom")


def _cell(table: pd.DataFrame, measure: Measure, row: Row) -> tuple[float, float, float]:
    some = table[
        (table["scenario"] == row.scenario)
        & (table["versus"] == row.versus)
        & (table["outcome"] == measure.column)
    ]
    if not len(some):
        return math.nan, math.nan, math.nan
    first = some.iloc[0]
    return (
        measure.times * float(first["difference"]),
        measure.times * float(first["low"]),
        measure.times * float(first["high"]),
    )


def _limits(table: pd.DataFrame, measure: Measure, rows: list[Row]) -> tuple[float, float]:
    values = [v for row in rows if row.scenario for v in _cell(table, measure, row)]
    known = np.array([0.0, *[v for v in values if math.isfinite(v)]])
    span = max(float(known.max() - known.min()), 2.0)
    return float(known.min()) - 0.24 * span, float(known.max()) + 0.24 * span


def _column(
    page: Page,
    view: View,
    table: pd.DataFrame,
    measure: Measure,
    cell: Box,
    rows: list[Row],
    centres: dict[int, float],
    limits: tuple[float, float],
) -> None:
    ax = page.axes(cell)
    number_axis(ax, *limits, most=4)
    ax.set_ylim(cell.bottom, cell.top)  # heights are those of the page, in pixels
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    ax.axvline(0, color=INK, linewidth=1.4, zorder=1)

    def at(value: float) -> float:
        return cell.left + cell.width * (value - limits[0]) / (limits[1] - limits[0])

    for position, y in centres.items():
        row = rows[position]
        look = view.style(row.scenario)
        value, low, high = _cell(table, measure, row)
        if not math.isfinite(value):
            note = "not known" if row.paired else "not compared"
            right = at(0.0) + 12 + text_width(note, LEAST) < WIDE - MARGIN
            page.lines(
                at(0.0) + (12 if right else -12),
                y,
                [note],
                LEAST,
                QUIET,
                align="left" if right else "right",
            )
            continue
        if math.isfinite(low) and math.isfinite(high):
            ax.plot(
                [low, high],
                [y, y],
                color=look.colour,
                linewidth=2.4,
                solid_capstyle="butt",
                zorder=2,
            )
        ax.plot(
            [value],
            [y],
            marker=look.marker,
            markersize=10,
            linestyle="none",
            markerfacecolor=look.colour if row.paired else "white",
            markeredgecolor=look.colour,
            markeredgewidth=2.0,
            zorder=3,
        )
        # The number stands on the side away from zero, so that it never lies on the zero line.
        text = _number(value, 1 if max(map(abs, limits)) < 15 else 0, sign=True)
        ends = [v for v in (low, value, high) if math.isfinite(v)]
        if value < 0 and text.startswith("−"):
            page.lines(at(min(ends)) - 12, y, [text], LEAST, INK, align="right")
        else:
            page.lines(at(max(ends)) + 12, y, [text], LEAST, INK)
