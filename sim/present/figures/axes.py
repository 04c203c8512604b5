"""Parts of charts: axes, fans, dots with intervals, and labels that do not meet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from sim.present.figures.page import Box, Page
from sim.present.figures.style import (
    GREY,
    INK,
    LABEL,
    LEAST,
    PALE,
    QUIET,
    line_height,
    text_width,
    wrap,
)
from sim.present.formats import percent
from sim.present.view import Band, Fan
from sim.settings import month_text

# Where a line runs: along and up.
Line = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]

LIGHT = 0.16  # how solid the band of 90 % is
DARK = 0.34  # and that of the middle half


# ---------------------------------------------------------------- labels


def spread(
    wanted: Sequence[float], heights: Sequence[float], low: float, high: float
) -> list[float]:
    """Centres for labels of these heights, as near as can be to where they are wanted.

    Labels keep their order and do not overlap as long as they fit between `low` and `high`;
    if they do not, they are squeezed evenly.
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    room = high - low
    needed = sum(heights)
    scale = min(1.0, room / needed) if needed > 0 else 1.0
    # Blocks of labels that touch: [labels, sum of (wanted - offset in the block), height].
    blocks: list[tuple[list[int], float, float]] = []
    for i in order:
        height = heights[i] * scale
        block = ([i], wanted[i] - height / 2, height)
        while True:
            start = _start(block, low, high)
            if not blocks or _start(blocks[-1], low, high) + blocks[-1][2] <= start + 1e-9:
                break
            members, total, tall = blocks.pop()
            block = (members + block[0], total + block[1] - len(block[0]) * tall, tall + block[2])
        blocks.append(block)
    centres = [0.0] * len(wanted)
    for block in blocks:
        at = _start(block, low, high)
        for i in block[0]:
            centres[i] = at + heights[i] * scale / 2
            at += heights[i] * scale
    return centres


def _start(block: tuple[list[int], float, float], low: float, high: float) -> float:
    """Where a block of touching labels begins: its members' mean wish, kept inside."""
    return min(max(block[1] / len(block[0]), low), high - block[2])


@dataclass(frozen=True)
class End:
    """The end of a line, in pixels, and what to write there."""

    x: float
    y: float
    text: str
    value: str
    colour: str
    marker: str = "o"
    dash: tuple[float, ...] = ()


def label_ends(
    page: Page, ends: Sequence[End], left: float, room: Box, *, joined: bool = True
) -> None:
    """Write at the ends of lines, from `left` to the right edge of `room`.

    Each label starts with the marker of its line; if `joined`, the line ends in that marker too
    and a thin rule leads to the label.
    """
    width = room.right - left - 26
    # Smaller, shorter and closer together before labels meet; at last each in one line.
    for size, most, gap in (
        (LABEL, 4, 8.0),
        (LEAST, 4, 8.0),
        (LEAST, 3, 8.0),
        (LEAST, 2, 6.0),
        (LEAST, 1, 6.0),
        (LEAST, 0, 4.0),
    ):
        blocks = [_label(end, size, width, most) for end in ends]
        heights = [len(lines) * line_height(size) + gap for lines in blocks]
        if sum(heights) <= room.height:
            break
    centres = spread([end.y for end in ends], heights, room.bottom, room.top)
    for end, lines, y in zip(ends, blocks, centres, strict=True):
        if joined:
            page.rule([end.x, left - 12, left - 2], [end.y, end.y, y], GREY, 1.0)
            page.mark(end.x, end.y, end.colour, end.marker, 8)
        if end.dash:  # a stroke of the line through the mark, so that its dashes are named
            page.rule([left - 4, left + 22], [y, y], end.colour, 2.0, end.dash)
        page.mark(left + 8, y, end.colour, end.marker, 9)
        page.lines(left + 26, y, lines, size, INK, gid="end label")


def _label(end: End, size: float, width: float, most: int) -> list[str]:
    """Lines of a label: the value, then so many of the text; both in one if there are none."""
    if not most:
        return wrap(f"{end.value}: {end.text}" if end.text else end.value, size, width, 1)
    text = wrap(end.text, size, width, most) if end.text else []
    return [*wrap(end.value, size, width, 2), *text]


def panel_title(page: Page, box: Box, text: str, *, most: int = 2, size: float = LABEL) -> float:
    """Write above a panel, from its top down; returns the y below it."""
    return (
        page.lines(box.left, box.top, wrap(text, size, box.width, most), size, INK, valign="top")
        - 6
    )


# ---------------------------------------------------------------- axes


def nice_top(value: float) -> float:
    """Round up to where a scale of shares ends well."""
    return next((top for top in (0.1, 0.2, 0.4, 0.6, 0.8) if value <= top), 1.0)


def nice_step(span: float, most: int) -> float:
    """Distance between ticks so that there are at most so many."""
    rough = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough * (1 - 1e-9))


def share_axis(
    ax: Axes, top: float, *, labels: bool = True, axis: str = "y", most: int = 6
) -> None:
    """A scale of shares from 0, with faint rules."""
    step = 0.2 if top > 0.4 else 0.1 if top > 0.2 else 0.05 if top > 0.1 else 0.02
    while top / step > most:
        step *= 2.5 if math.isclose(step, 0.2) else 2
    ticks = np.arange(0.0, top + 1e-9, step)
    names = [percent(tick) for tick in ticks] if labels else [""] * len(ticks)
    if axis == "y":
        ax.set_ylim(0.0, top)
        ax.set_yticks(ticks, names)
        ax.yaxis.grid(True, color=PALE, linewidth=1.0)
    else:
        ax.set_xlim(0.0, top)
        ax.set_xticks(ticks, names)
        ax.xaxis.grid(True, color=PALE, linewidth=1.0)


def number_axis(
    ax: Axes,
    low: float,
    high: float,
    *,
    axis: str = "x",
    most: int = 6,
    form: str = "{}",
    labels: bool = True,
) -> None:
    """A scale of numbers with round ticks between two limits, with faint rules."""
    step = nice_step(high - low, most)
    first = math.ceil(low / step - 1e-9)
    ticks = np.arange(first, math.floor(high / step + 1e-9) + 1) * step
    names = [
        ("−" if tick < -1e-12 else "") + form.format(f"{abs(tick):,.10g}") if labels else ""
        for tick in np.round(ticks, 10)
    ]
    names = ["£0" if name.startswith("£0m") else name for name in names]
    if axis == "x":
        ax.set_xlim(low, high)
        ax.set_xticks(ticks, names)
        ax.xaxis.grid(True, color=PALE, linewidth=1.0)
    else:
        ax.set_ylim(low, high)
        ax.set_yticks(ticks, names)
        ax.yaxis.grid(True, color=PALE, linewidth=1.0)


def opening_axis(ax: Axes, months: int, *, labels: bool = True, most: int = 10) -> None:
    """Months since opening, labelled in years where there are enough of them."""
    ax.set_xlim(0, max(months, 1))
    ax.tick_params(axis="x", length=4 if labels else 0)
    unit = 12 if months >= 24 else 1
    step = max(1, math.ceil(months / unit / most)) * unit
    ticks = np.arange(0, months + 1, step)
    ax.set_xticks(ticks, [f"{tick // unit}" if labels else "" for tick in ticks])


def opening_words(months: int) -> str:
    """Name of that axis."""
    return f"{'Years' if months >= 24 else 'Months'} since opening to councils"


def calendar_axis(ax: Axes, first: int, last: int, *, labels: bool = True, most: int = 8) -> None:
    """Calendar months (year * 12 + month - 1), a tick each January of some years."""
    ax.set_xlim(first, max(last, first + 1))
    ax.tick_params(axis="x", length=4)
    years = [year for year in range(first // 12, last // 12 + 2) if first <= year * 12 <= last]
    step = max(1, math.ceil(len(years) / most))
    if not years:
        ax.set_xticks([first], [month_text(first)])
        return
    ax.set_xticks(
        [year * 12 for year in years[::step]],
        [str(year) if labels else "" for year in years[::step]],
    )


# ---------------------------------------------------------------- marks


def draw_fan(
    ax: Axes, fan: Fan, colour: str, *, dash: Sequence[float] = (), width: float = 2.4
) -> None:
    """The median as a line, the middle half of futures dark, 90 % of them light."""
    draw_bands(ax, fan, colour)
    draw_line(ax, fan.x, fan.middle, colour, dash=dash, width=width)


def draw_bands(ax: Axes, fan: Fan, colour: str, bands: int = 2) -> None:
    """Both bands, or the outer one only, with an edge, so that two are told apart if they cross."""
    if fan.futures < 2:
        return
    ax.fill_between(
        fan.x, fan.low90, fan.high90, color=colour, alpha=LIGHT, linewidth=0, zorder=1.0
    )
    if bands == 1:
        for edge in (fan.low90, fan.high90):
            ax.plot(fan.x, edge, color=colour, linewidth=0.9, alpha=0.8, zorder=1.1)
    else:
        ax.fill_between(
            fan.x, fan.low50, fan.high50, color=colour, alpha=DARK, linewidth=0, zorder=1.0
        )


def draw_line(
    ax: Axes,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    colour: str,
    *,
    width: float = 2.4,
    dash: Sequence[float] = (),
    edged: bool = True,
    zorder: float = 2.0,
) -> None:
    """A line, if asked with white edges, which keep it apart from others that it crosses."""
    strokes = (("white", width + 2.4, 0.05), (colour, width, 0.0))
    for shade, wide, below in strokes if edged else strokes[1:]:
        ax.plot(
            x,
            y,
            color=shade,
            linewidth=wide,
            linestyle=(0, tuple(dash)) if dash and shade == colour else "-",
            solid_capstyle="butt",
            dash_capstyle="butt",
            zorder=zorder - below,
        )


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line to be drawn."""

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    colour: str
    dash: tuple[float, ...] = ()


def hidden(line: Line, other: Line, span: float) -> bool:
    """Would one line lie on the other along most of the way, on a scale of such a span?"""
    (x, y), (other_x, other_y) = line, other
    shared, mine, its = np.intersect1d(x, other_x, return_indices=True)
    if not shared.size:
        return False
    away = np.abs(y[mine] - other_y[its]) > 0.012 * span
    # A shared start at nothing does not count.
    known = (y[mine] != 0) | (other_y[its] != 0)
    return bool(2 * np.count_nonzero(away & known) < np.count_nonzero(known))


def draw_lines(ax: Axes, lines: Sequence[Stroke], span: float) -> None:
    """Lines on a scale of such a span, each seen although others lie on it.

    What would be hidden is drawn wider than what lies upon it.
    """
    for place, line in enumerate(lines):
        run = line.x, line.y
        above = sum(hidden(run, (other.x, other.y), span) for other in lines[place + 1 :])
        below = any(hidden(run, (other.x, other.y), span) for other in lines[:place])
        draw_line(
            ax,
            *run,
            line.colour,
            width=2.4 + 3.4 * above,
            dash=line.dash,
            edged=not below,
            zorder=2.0 + 0.01 * place,
        )


def draw_band(
    ax: Axes,
    band: Band,
    y: float,
    colour: str,
    marker: str,
    *,
    filled: bool = True,
    thick: float = 7.0,
    size: float = 10.0,
) -> None:
    """A dot with its intervals on a row: half of futures thick, 90 % thin."""
    if not math.isfinite(band.middle):
        return
    if band.futures > 1:
        ax.plot(
            [band.low90, band.high90],
            [y, y],
            color=colour,
            linewidth=1.8,
            solid_capstyle="butt",
            zorder=2,
            clip_on=False,
        )
        ax.plot(
            [band.low50, band.high50],
            [y, y],
            color=colour,
            linewidth=thick,
            alpha=0.45,
            solid_capstyle="butt",
            zorder=2,
            clip_on=False,
        )
    ax.plot(
        [band.middle],
        [y],
        linestyle="none",
        marker=marker,
        markersize=size,
        markerfacecolor=colour if filled else "white",
        markeredgecolor=colour,
        markeredgewidth=2.0,
        zorder=3,
        clip_on=False,
    )


def key_of_fan(page: Page, x: float, y: float, colour: str = QUIET, *, both: bool = True) -> float:
    """How to read a fan, in one line from the left; returns where it ends."""
    shades = {"median": 1.0, "middle half of futures": DARK, "9 in 10 futures": LIGHT}
    for text, shade in shades.items():
        if shade == DARK and not both:
            continue
        if shade == 1.0:
            page.rule([x, x + 30], [y, y], colour, 2.4)
        else:
            page.fill(Box(x, y - 7, x + 30, y + 7), colour, alpha=shade)
        page.lines(x + 38, y, [text], LEAST, QUIET)
        x += 38 + text_width(text, LEAST) + 26
    return x


def key_of_scenarios(
    page: Page, names: Sequence[tuple[str, str, str, tuple[float, ...]]], body: Box
) -> Box:
    """Name lines (title, colour, marker, dash) in rows above a chart; returns what is left."""
    x, y = body.left + 12, body.top - 12
    for title, colour, marker, dash in names:
        words = wrap(title, LEAST, body.width - 40, 1)[0]
        width = text_width(words, LEAST) + 60
        if x > body.left + 12 and x + width - 36 > body.right:
            x, y = body.left + 12, y - line_height(LEAST) - 2
        if dash:
            page.rule([x - 12, x + 12], [y, y], colour, 2.0, dash)
        page.mark(x, y, colour, marker, 10)
        page.lines(x + 18, y, [words], LEAST, INK)
        x += width
    return Box(body.left, body.bottom, body.right, y - 18)
