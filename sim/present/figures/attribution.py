"""From one scenario's result to another's, a step for each group of differing settings."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise

import numpy as np

from sim.analysis.estimators import FEWEST_SEEDS
from sim.experiment.hybrids import hybrids_of
from sim.present.figures.axes import number_axis
from sim.present.figures.page import Box, Sheet
from sim.present.figures.style import (
    COLOURS,
    GREY,
    INK,
    LABEL,
    LEAST,
    QUIET,
    line_height,
    text_width,
    wrap,
)
from sim.present.report.attribution import Explained, explanations
from sim.present.view import View
from sim.settings.columns import outcome_text

LEFT = 560.0
TALLEST = 112.0
UP, DOWN = COLOURS[0], COLOURS[3]


def explained(view: View) -> list[Sheet]:
    """One picture for each explanation."""
    return [_sheet(view, one) for one in explanations(view.results)]


def finding(one: Explained) -> str:
    """Say the difference and which groups add most to it."""
    sign = math.copysign(1.0, one.total)
    first, *others = (f"{one.size(sign * part.added)} from “{part.group}”" for part in one.parts)
    most = f"{first} and {others[0]}" if one.tied else first
    return (
        f"{'Up' if sign > 0 else 'Down'} {one.size(abs(one.total))} "
        f"{'points' if one.in_points else one.unit} from “{one.start}” to “{one.end}”: {most}"
    )


def _sheet(view: View, one: Explained) -> Sheet:
    rough = ", so it is rough" if one.seeds < FEWEST_SEEDS else ""
    sheet = Sheet(
        f"explained_{one.name}",
        finding(one),
        f"{outcome_text(one.outcome)}. Bar: what a group of settings adds in the model, on average "
        "over all orders of changing them (Shapley values). Line and brackets: 95% interval of the "
        f"mean of {one.seeds:,} simulated futures{rough}.",
        view.source,
    )
    between = hybrids_of(view.experiment, one.name)
    parts = one.parts
    reached = list(accumulate((part.added for part in parts), initial=one.from_value))
    spans = [
        (0.0, one.from_value),
        *pairwise(reached),
        (0.0, one.to_value),
    ]
    intervals = [
        (start + part.low, start + part.high) for start, part in zip(reached, parts, strict=False)
    ]
    body = sheet.body
    times = 100.0 if one.in_points else 1.0
    height = min((body.height - 44) / len(spans), TALLEST)
    chart = Box(body.left + LEFT, body.top - height * len(spans), body.right, body.top)
    low, high = _limits([end for span in [*spans, *intervals] for end in span])
    ax = sheet.axes(chart)
    number_axis(ax, times * low, times * high, form="{}%" if one.in_points else "{}")
    ax.set_yticks([])
    ax.set_ylim(chart.bottom, chart.top)
    ax.axvline(0.0, color=INK, linewidth=1.4, zorder=1)

    def at(value: float) -> float:
        return chart.left + chart.width * (value - low) / (high - low)

    for index, (start, end) in enumerate(spans):
        y = chart.top - height * (index + 0.5)
        total = index in (0, len(spans) - 1)
        colour = GREY if total else UP if end >= start else DOWN
        ends = [start, end]
        ax.barh(y, times * (end - start), 0.56 * height, left=times * start, color=colour, zorder=2)
        if index < len(spans) - 1:  # where the next step begins
            ax.plot([times * end] * 2, [y, y - height], color=QUIET, linewidth=1.0, zorder=1.5)
        if total:
            words, settings = (one.end if index else one.start), []
            text = one.value(end)
        else:
            part, interval = parts[index - 1], intervals[index - 1]
            words = part.group
            settings = [
                f"{_short(key)} {old} → {new}" for key, old, new in between.changes_in_words(words)
            ]
            text = ("+" if part.added > 0 else "") + one.figure(part)
            if math.isfinite(interval[0]):
                ends += interval
                # A white edge keeps the line apart from the bar.
                for shade, width in (("white", 5.0), (INK, 2.0)):
                    ax.plot(
                        [times * bound for bound in interval],
                        [y, y],
                        color=shade,
                        linewidth=width,
                        solid_capstyle="butt",
                        zorder=3,
                    )
        _label(sheet, body, y, words, settings, height)
        _amount(sheet, chart, y, text, at(min(ends)), at(max(ends)))
    sheet.alt = f"{sheet.title}. " + " ".join(
        f"{part.group}: {one.figure(part)}." for part in parts
    )
    return sheet


def _limits(values: list[float]) -> tuple[float, float]:
    """Ends of the axis, with zero and some room on it."""
    known = np.array([0.0, *[value for value in values if math.isfinite(value)]])
    span = float(known.max() - known.min()) or 1.0
    low = float(known.min()) - (0.05 * span if known.min() < 0 else 0.0)
    return low, float(known.max()) + 0.05 * span


def _short(setting: str) -> str:
    """Name of a setting without its tables, as words."""
    return setting.rsplit(".", 1)[-1].replace("_gbp_m", " £m").replace("_", " ")


def _label(
    sheet: Sheet, body: Box, y: float, words: str, settings: list[str], height: float
) -> None:
    """Write a group and what it changes, as many settings as there is room for."""
    width = LEFT - 36
    most = max(int((height - line_height(LABEL)) / line_height(LEAST)), 1)
    small: list[str] = []
    for shown in range(len(settings), 0, -1):
        more = f" and {len(settings) - shown} more" if shown < len(settings) else ""
        small = _packed([*settings[: shown - 1], settings[shown - 1] + more], width)
        if len(small) <= most:
            break
    top = y + (line_height(LABEL) + len(small[:most]) * line_height(LEAST)) / 2
    below = sheet.lines(body.left, top, wrap(words, LABEL, width, 1), LABEL, INK, valign="top")
    sheet.lines(body.left, below, small[:most], LEAST, QUIET, valign="top")


def _packed(settings: list[str], width: float) -> list[str]:
    """Set settings in lines, without breaking one."""
    lines: list[str] = []
    for setting in settings:
        longer = f"{lines[-1]}, {setting}" if lines else ""
        if lines and text_width(longer, LEAST) <= width:
            lines[-1] = longer
        else:
            lines += wrap(setting, LEAST, width, 1)
    return lines


def _amount(sheet: Sheet, chart: Box, y: float, text: str, left: float, right: float) -> None:
    """Write a figure beside its bar, on the right if there is room."""
    if right + 12 + text_width(text, LEAST) <= chart.right + 40:
        sheet.lines(right + 10, y, [text], LEAST, INK)
    else:
        sheet.lines(left - 10, y, [text], LEAST, INK, align="right")
