"""What a difference between two scenarios is made of, a step for each group of settings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.present.figures.axes import number_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import (
    COLOURS,
    INK,
    LABEL,
    LEAST,
    QUIET,
    line_height,
    text_width,
    wrap,
)
from sim.present.report.attribution import Added, Explained, explanations
from sim.present.view import View
from sim.settings.columns import outcome_text

LEFT = 560.0
TALLEST = 112.0
UP, DOWN = COLOURS[0], COLOURS[3]
TOTAL = "#8A9097"


def explained(view: View) -> list[Page]:
    """One picture for each explanation."""
    return [_page(view, one) for one in explanations(view.findings, view.experiment)]


def finding(one: Explained) -> str:
    """Say which groups add most to the difference, of which the subtitle tells."""
    unit = "points" if one.in_points else one.unit
    first, *others = one.parts
    most = f"“{first.group}” ({_signed(one, first.added)} {unit})"
    if not one.tied:
        return f"{most} makes the largest part of the difference"
    second = f"“{others[0].group}” ({_signed(one, others[0].added)})"
    return f"{most} and {second} make the largest parts"


def _signed(one: Explained, difference: float) -> str:
    """Write a difference with its sign."""
    return f"{'+' if difference > 0 else ''}{one.size(difference)}"


@dataclass(frozen=True)
class Step:
    """A bar from where the steps before it arrived, with what is written beside it."""

    added: Added
    start: float
    words: str
    settings: list[str]
    colour: str

    @property
    def end(self) -> float:
        """Where it arrives."""
        return self.start + self.added.added

    @property
    def interval(self) -> tuple[float, float]:
        """Where its interval lies on the axis; missing if there is none."""
        return self.start + self.added.low, self.start + self.added.high


def _steps(one: Explained) -> list[Step]:
    """Groups one after the other from zero, then all of them together."""
    steps: list[Step] = []
    for part in one.parts:
        settings = [_short(change) for change in part.settings.split("; ") if change]
        start = steps[-1].end if steps else 0.0
        steps.append(Step(part, start, part.group, settings, UP if part.added >= 0 else DOWN))
    whole = ["the difference between the two scenarios"]
    return [*steps, Step(one.total, 0.0, "All together", whole, TOTAL)]


def _page(view: View, one: Explained) -> Page:
    over_all = "" if one.of_all else f" Over all of them it is {_signed(one, one.over_all)}."
    rough = ", so it is rough" if one.seeds < view.in_force("fewest_seeds") else ""
    page = Page(
        f"explained_{one.name}",
        finding(one),
        f"{outcome_text(one.outcome)}: from “{one.start}” to “{one.end}”, in {one.unit}. Bar: "
        "what a group of settings adds in the model, on average over all orders of changing them "
        "(Shapley values). Line and brackets: 95% interval of the mean of "
        f"{view.some(one.seeds)}{rough}.{over_all}",
        view.source,
    )
    steps = _steps(one)
    body = page.body
    times = 100.0 if one.in_points else 1.0
    height = min((body.height - 44) / len(steps), TALLEST)
    amounts = [("+" if step.added.added > 0 else "") + one.figure(step.added) for step in steps]
    # Each amount stands on the right of its bar.
    room = max(text_width(amount, LEAST) for amount in amounts) - 10
    chart = Box(body.left + LEFT, body.top - height * len(steps), body.right - room, body.top)
    low, high = _limits([end for step in steps for end in (step.start, step.end, *step.interval)])
    ax = page.axes(chart)
    number_axis(ax, times * low, times * high)
    ax.set_yticks([])
    ax.set_ylim(chart.bottom, chart.top)
    ax.axvline(0.0, color=INK, linewidth=1.4, zorder=1)

    def at(value: float) -> float:
        return chart.left + chart.width * (value - low) / (high - low)

    for index, step in enumerate(steps):
        y = chart.top - height * (index + 0.5)
        ax.barh(
            y,
            times * step.added.added,
            0.56 * height,
            left=times * step.start,
            color=step.colour,
            zorder=2,
        )
        if index < len(steps) - 1:  # where the next step begins
            ax.plot([times * step.end] * 2, [y, y - height], color=QUIET, linewidth=1.0, zorder=1.5)
        ends = [step.start, step.end]
        if math.isfinite(step.added.low):
            ends += step.interval
            # A white edge keeps the line apart from the bar.
            for shade, width in (("white", 5.0), (INK, 2.0)):
                ax.plot(
                    [times * bound for bound in step.interval],
                    [y, y],
                    color=shade,
                    linewidth=width,
                    solid_capstyle="butt",
                    zorder=3,
                )
        _label(page, body, y, step.words, step.settings, height)
        page.lines(at(max(ends)) + 10, y, [amounts[index]], LEAST, INK)
    page.alt = f"{page.title}. " + " ".join(
        f"{step.words}: {one.figure(step.added)}." for step in steps
    )
    return page


def _limits(values: list[float]) -> tuple[float, float]:
    """Ends of the axis, with zero and some room on it."""
    known = np.array([0.0, *[value for value in values if math.isfinite(value)]])
    span = float(known.max() - known.min()) or 1.0
    low = float(known.min()) - (0.05 * span if known.min() < 0 else 0.0)
    return low, float(known.max()) + 0.05 * span


def _short(change: str) -> str:
    """Name a setting without its tables, as words, with what it is changed from and to."""
    setting, _, values = change.partition(" ")
    name = setting.rsplit(".", 1)[-1].replace("_gbp_m", " £m").replace("_", " ")
    return f"{name} {values}".strip()


def _label(page: Page, body: Box, y: float, words: str, settings: list[str], height: float) -> None:
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
    below = page.lines(body.left, top, wrap(words, LABEL, width, 1), LABEL, INK, valign="top")
    page.lines(body.left, below, small[:most], LEAST, QUIET, valign="top")


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
