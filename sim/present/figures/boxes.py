"""Where a case occurs, of a sweep: the points and the box in its two settings that matter most."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Rectangle

from sim.analysis.box_search import Column, FloatArray
from sim.present.figures.axes import calendar_axis, number_axis, share_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import COLOURS, GREY, INK, LEAST, PALE, QUIET, wrap
from sim.present.formats import percent
from sim.present.report.facts import Record
from sim.present.sweep.words import value_of
from sim.present.words import sentence

# Points that are drawn at most, taken evenly; and how far names are set apart at random.
MOST_POINTS, APART = 1_500, 0.3
DARK = COLOURS[0]
SHADES = LinearSegmentedColormap.from_list("shares", ["#DCE5F0", DARK])
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


def box_page(
    name: str,
    words: tuple[str, str, str],
    columns: Mapping[str, Column],
    shares: FloatArray,
    limits: Sequence[Record],
    names: Mapping[str, str],
    happens: str,
) -> Page:
    """Draw a box in the settings without whose limits it would be worst.

    Parameters
    ----------
    name
        Of the files.
    words
        Title, what is shown, and the line at the foot.
    columns
        Settings that vary, by name, at all points.
    shares
        Share of the futures of each point in which the case occurs.
    limits
        Rows of the finding box_limits of settings that the box limits.
    names
        Of settings in words.
    happens
        The case in words.

    Notes
    -----
    With one limit, the other axis is the share itself. With more than two, points that other limits
    keep out of the box are hollow, as they say nothing against it.
    """
    first, *more = sorted(limits, key=lambda row: row["density_without"])
    other = more[0] if more else None
    away = np.zeros(len(shares), dtype=bool)
    for row in more[1:]:
        away |= ~_within(columns[row["setting"]], row)
    hollow = " Hollow: points that are outside the box by other settings." if away.any() else ""
    page = Page(name, words[0], words[1] + hollow, words[2])
    right_side = 250 if other else 30
    chart = Box(
        page.body.left + 190,
        page.body.bottom + 70,
        page.body.right - right_side,
        page.body.top - 40,
    )
    ax = page.axes(chart)
    across = columns[first["setting"]]
    some = np.unique(np.linspace(0, len(shares) - 1, min(len(shares), MOST_POINTS)).astype(int))
    numbers = np.random.default_rng(1)
    x = _places(across, numbers)[some]
    left, right = _ends(across, first)
    if other is None:
        y, low, high = shares[some], 0.0, 1.0
        share_axis(ax, 1.0)
        upward = f"Share of futures in which {happens}"
    else:
        up = columns[other["setting"]]
        y = _places(up, numbers)[some]
        low, high = _ends(up, other)
        _axis(ax, up, "y")
        upward = sentence(names[other["setting"]])
    _axis(ax, across, "x")
    ax.add_patch(
        Rectangle((left, low), right - left, high - low, facecolor=PALE, edgecolor="none", zorder=1)
    )
    ax.add_patch(
        Rectangle(
            (left, low), right - left, high - low, fill=False, edgecolor=INK, linewidth=2, zorder=5
        )
    )
    out = away[some]
    colours = SHADES(shares[some])
    ax.scatter(x[~out], y[~out], s=26, c=colours[~out], linewidths=0, zorder=4)
    ax.scatter(x[out], y[out], s=20, facecolors="none", edgecolors=GREY, linewidths=0.7, zorder=3)
    page.lines(
        chart.left + chart.width / 2,
        chart.bottom - 62,
        wrap(sentence(names[first["setting"]]), LEAST, chart.width, 1),
        LEAST,
        QUIET,
        align="center",
        valign="bottom",
    )
    above = wrap(upward, LEAST, page.body.width, 1)
    page.lines(page.body.left, chart.top + 22, above, LEAST, QUIET, valign="bottom")
    if other:
        _key(page, chart.right + 40, chart.top, happens)
    page.alt = page.title
    return page


def _within(column: Column, row: Record) -> np.ndarray:
    low, high = _limits(column, row)
    if column.kind == "choice":
        return np.isin(column.values, _chosen(column, row))
    return np.asarray((column.values >= low) & (column.values <= high))


def _limits(column: Column, row: Record) -> tuple[float, float]:
    return (
        row["low"] if np.isfinite(row["low"]) else -np.inf,
        row["high"] if np.isfinite(row["high"]) else np.inf,
    )


def _chosen(column: Column, row: Record) -> list[int]:
    return [column.names.index(name) for name in json.loads(row["chosen"])]


def _ends(column: Column, row: Record) -> tuple[float, float]:
    """Ends of a box on an axis."""
    if column.kind == "choice":
        chosen = _chosen(column, row)
        return min(chosen) - 0.5, max(chosen) + 0.5
    low, high = _limits(column, row)
    least, most = _range(column)
    # Between what is in and what is out.
    half = 0.0 if column.kind == "number" else 0.5
    return max(low - half, least), min(high + half, most)


def _range(column: Column) -> tuple[float, float]:
    if column.kind == "choice":
        return -0.5, len(column.names) - 0.5
    least, most = float(column.values.min()), float(column.values.max())
    room = 0.02 * (most - least)
    return least - room, most + room


def _places(column: Column, numbers: np.random.Generator) -> FloatArray:
    """Places on an axis; those of names are set apart, so that points can be told."""
    if column.kind != "choice":
        return column.values
    return np.asarray(column.values + numbers.uniform(-APART, APART, len(column.values)))


def _axis(ax: Axes, column: Column, axis: str) -> None:
    least, most = _range(column)
    if column.kind == "choice":
        ticks = range(len(column.names))
        labels = [value_of(column.setting, name) for name in column.names]
        labels = ["\n".join(wrap(label, LEAST, 170, 3)) for label in labels]
        if axis == "x":
            ax.set_xlim(least, most)
            ax.set_xticks(ticks, labels)
        else:
            ax.set_ylim(least, most)
            ax.set_yticks(ticks, labels)
    elif column.kind == "month" and axis == "x":
        calendar_axis(ax, int(least), int(most))
    elif column.kind == "month":
        ax.set_ylim(least, most)
        years = [y for y in range(int(least) // 12, int(most) // 12 + 1) if y * 12 >= least]
        ax.set_yticks([year * 12 for year in years], [str(year) for year in years])
    else:
        number_axis(ax, least, most, axis=axis)


def _key(page: Page, left: float, top: float, happens: str) -> None:
    """Say what the shades are."""
    lines = wrap(f"Share of a point's futures in which {happens}", LEAST, 200, 6)
    y = page.lines(left, top, lines, LEAST, INK, valign="top") - 18
    for share in STEPS:
        page.mark(left + 8, y, to_hex(SHADES(share)), size=10)
        page.lines(left + 26, y, [percent(share)], LEAST, INK)
        y -= 30
