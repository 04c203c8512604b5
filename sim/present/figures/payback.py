"""When an offer pays: what must come true of the promise, over the spend that moves."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.present.figures.axes import draw_line, panel_title, share_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import INK, LABEL, LEAST, QUIET, line_height, wrap
from sim.present.formats import percent
from sim.present.view import View
from sim.present.words import month_name
from sim.settings import month_text

FloatArray = npt.NDArray[np.float64]

MOST_PANELS = 4
PURSE, COUNCILS = "public purse", "councils"
DASH = (4.0, 1.6)
PAYS = "#E4F1EC"
HEIGHTS = (0.9, 0.7, 0.5)  # at which words may stand
TRUE = " comes true"


def payback(view: View) -> list[Page]:
    """Break-even lines of the base and the readings of the proposal, a panel a scenario."""
    lines = {
        str(name): rows
        for name, rows in view.findings["payback_line"].groupby("scenario", sort=False)
    }
    readings = [name for some in view.experiment.together for name in some]
    chosen = [name for name in view.scenarios if name in (*readings, *view.contrast)]
    names = [name for name in chosen if name in lines][:MOST_PANELS]
    return [_payback(view, {name: lines[name] for name in names})] if names else []


def _payback(view: View, lines: dict[str, pd.DataFrame]) -> Page:
    end = month_name(month_text(view.calendar_ends[1]))
    cross = (
        f"Cross: median and 9 in 10 {view.of_futures}{view.rough}"
        if view.futures > 1
        else "Mark: the single simulated future"
    )
    page = Page(
        "payback",
        _finding(view, list(lines)),
        "Part of the promised saving that must come true, by the share of the spend covered that "
        f"moves, for the money to be back in as many years of a steady state as from opening to "
        f"{end}. Solid: public purse; dashed: councils alone. Shaded: pays for both. {cross}.",
        view.source + " Nothing is discounted; incidents avoided are left out.",
    )
    columns = {1: 1, 4: 2}.get(len(lines), len(lines))
    rows = math.ceil(len(lines) / columns)
    for index, (name, cell) in enumerate(
        zip(lines, page.body.cells(rows, columns, 34, 20), strict=False)
    ):
        _panel(view, page, cell, name, lines[name], first=index % columns == 0)
    page.alt = "What must come true of the promise for an offer to pay. " + " ".join(
        f"{view.title(name)} {_words(view, name)} once all spend has moved." for name in lines
    )
    return page


def _panel(
    view: View, page: Page, cell: Box, name: str, rows: pd.DataFrame, *, first: bool
) -> None:
    look = view.style(name)
    height = len(wrap(view.title(name), LABEL, cell.width, 2)) * line_height(LABEL)
    panel_title(page, cell, view.title(name))
    chart = cell.inset(left=66, right=18, top=height + 44, bottom=62)
    page.lines(cell.left, chart.top + 22, ["Part that comes true"] if first else [], LEAST, QUIET)
    ax = page.axes(chart)
    share_axis(ax, 1.0)
    share_axis(ax, 1.0, axis="x")
    ax.tick_params(axis="x", length=4)
    sides = {str(side): part for side, part in rows.groupby("side", sort=False)}
    x = sides[PURSE]["used_share"].to_numpy(dtype=np.float64)
    ratios = {side: part["ratio_within"].to_numpy(dtype=np.float64) for side, part in sides.items()}
    both = np.maximum(ratios[PURSE], ratios[COUNCILS])
    # Above 1 all of it leaves the chart.
    ax.fill_between(x, both, np.maximum(both, 1.0), color=PAYS, linewidth=0, zorder=0.5)
    for side, dash in ((COUNCILS, DASH), (PURSE, ())):
        draw_line(ax, x, ratios[side], look.colour, dash=dash)
    if not (both <= 1.0).any():
        page.lines(
            chart.left + chart.width / 2,
            chart.bottom + chart.height * _free_height(ratios.values()),
            wrap("never pays for both, even with all moved and all come true", LEAST, chart.width),
            LEAST,
            INK,
            align="center",
            valign="center",
        )
    row = view.findings.row("payback_futures", name)
    if row is not None:
        middle = float(str(row["used_median"])), float(str(row["ratio_median"]))
        ends = {
            key: float(str(row[key])) for key in ("used_q05", "used_q95", "ratio_q05", "ratio_q95")
        }
        ax.plot([ends["used_q05"], ends["used_q95"]], [middle[1]] * 2, color=INK, linewidth=2.0)
        ax.plot([middle[0]] * 2, [ends["ratio_q05"], ends["ratio_q95"]], color=INK, linewidth=2.0)
        ax.plot(*([value] for value in middle), color=INK, marker=look.marker, markersize=8)
    page.lines(chart.left, cell.bottom + 12, ["Share of covered spend that moves"], LEAST, QUIET)


def _at_full_use(view: View, name: str, side: str) -> float:
    return float(str(view.findings.value("payback_line", (name, side, 1.0), "ratio_within")))


def _words(view: View, name: str) -> str:
    """Say what must come true once all spend has moved, for the public purse."""
    ratio = _at_full_use(view, name, PURSE)
    return "never pays" if ratio > 1.0 else f"pays if {percent(ratio)}{TRUE}"


def _finding(view: View, names: list[str]) -> str:
    """Set the scenario that was asked for against the base, as far as the lines have them."""
    chosen = [name for name in reversed(view.contrast) if name in names] or names[:1]
    words = [_words(view, name) for name in chosen]
    if all(one.endswith(TRUE) for one in words):  # said once, of the last
        words[:-1] = [one.removesuffix(TRUE) for one in words[:-1]]
    said = [f"{view.named(name)} {one}" for name, one in zip(chosen, words, strict=True)]
    return f"With all spend moved, {', '.join(said)}"


def _free_height(lines: Iterable[FloatArray]) -> float:
    """Where words cross no line, as a share of the height; low down lie the futures."""
    seen = np.concatenate([line[line <= 1.0] for line in lines])
    if not len(seen):
        return HEIGHTS[0]
    return max(HEIGHTS, key=lambda height: float(np.abs(seen - height).min()))
