"""Results along curves: how the share joined changes with a setting that is varied.

Changes are shown, not levels: a point of a curve has few futures, whose level would contradict the
headline of all futures, but they are the same futures as in the scenario as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.files.words import listed
from sim.present.figures.axes import draw_line, number_axis, panel_title
from sim.present.figures.page import Box, Page
from sim.present.figures.style import INK, LABEL, LEAST, QUIET, line_height, plain, wrap
from sim.present.formats import plain_number, points
from sim.present.looks import BASE_COLOUR, Look
from sim.present.view import MOST_LINES, View
from sim.present.words import group_words, sentence, span_words

LEAST_SPAN = 2.0  # percentage points
AS_IT_IS = "compared with the scenario as it is"


def curves(view: View) -> list[Page]:
    """Change of the headline share along a varied setting, a picture a curve or two."""
    table = view.findings["curves"]
    pages: list[Page] = []
    for name, curve in view.experiment.curves.items():
        here = table[(table["curve"] == name) & table["change"].notna()]
        scenarios = [s for s in dict.fromkeys(curve.scenarios) if (here["scenario"] == s).any()]
        for start in range(0, len(scenarios), MOST_LINES):
            number = f"_{start // MOST_LINES + 1}" if start else ""
            some = scenarios[start : start + MOST_LINES]
            pages.append(_curve(view, name, here, some, f"curves_{_file_name(name)}{number}"))
    return pages


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in name) or "curve"


def _curve(view: View, name: str, table: pd.DataFrame, names: list[str], file: str) -> Page:
    curve = view.experiment.curves[name]
    label = plain(curve.label or curve.title or curve.setting)
    lines = {s: table[table["scenario"] == s].sort_values("value") for s in names}
    seeds = int(table["seeds"].min())
    rough = ", so few that it is rough" if seeds < view.in_force("fewest_seeds") else ""
    bands = (
        f"Line: mean of {view.some(seeds)} a point; band: its 95% interval{rough}"
        if seeds > 1
        else "A single simulated future a point"
    )
    months = view.experiment.outcomes.headline_months
    whose = group_words(curve.group) if curve.group else "councils"
    opened = "the offer opened to them" if curve.group else "opening"
    page = Page(
        file,
        curve_finding(view, name, label, lines, whose),
        f"Share of {whose} that are members or on their way in, {span_words(months)} after "
        f"{opened}: how many percentage points more or less than in the same futures of the "
        f"scenario as it is (zero). Title: from the one end to the other. {bands}. Ring: the value "
        "the scenario itself uses." + _behind(view, names, lines),
        view.source,
    )
    body = page.body
    axis_words = f"Change in the share of {whose} that have joined, percentage points"
    page.lines(body.left, body.top - 10, wrap(axis_words, LEAST, body.width, 1), LEAST, QUIET)
    body = body.inset(top=30, bottom=30)
    page.lines(body.left + 56, body.bottom - 18, wrap(label, LEAST, body.width, 1), LEAST, QUIET)
    limits = _limits(lines)
    values = [float(v) for part in lines.values() for v in part["value"]]
    columns = {1: 1, 2: 2, 3: 3}.get(len(names), 2)
    rows = math.ceil(len(names) / columns)
    for index, (scenario, cell) in enumerate(
        zip(names, body.cells(rows, columns, 30, 16), strict=False)
    ):
        own = lines[scenario]
        words = view.title(scenario)
        if math.isfinite(uses := float(own["own_value"].iloc[0])):
            words += f" (uses {plain_number(uses)})"
        look = view.style(scenario)
        page.mark(cell.left + 8, cell.top - line_height(LABEL) / 2, look.colour, look.marker, 10)
        panel_title(page, cell.inset(left=24), words, most=1)
        last = index + columns >= len(names)
        chart = cell.inset(left=56, right=150, bottom=28, top=36)
        behind = lines.get(view.base) if scenario != view.base else None
        _panel(page, chart, look, own, behind, limits, (min(values), max(values)), labels=last)
    page.alt = (
        f"Change in the share of {whose} joined against {label}, {AS_IT_IS}, in percentage points. "
        + " ".join(
            f"{view.title(s)}: "
            + ", ".join(
                f"{points(float(change))} at {plain_number(float(v))}"
                for v, change in zip(part["value"], part["change"], strict=True)
            )
            + "."
            for s, part in lines.items()
        )
    )
    return page


def _behind(view: View, names: list[str], lines: dict[str, pd.DataFrame]) -> str:
    """Name the grey line, where there is one."""
    if view.base not in lines or len(names) == 1:
        return ""
    return f" Grey line: {view.named(view.base)}."


def _panel(
    page: Page,
    chart: Box,
    look: Look,
    own: pd.DataFrame,
    behind: pd.DataFrame | None,
    limits: tuple[float, float],
    ends: tuple[float, float],
    *,
    labels: bool,
) -> None:
    """The curve of one scenario with its interval, that of the base in grey behind it."""
    low, high = ends if ends[0] < ends[1] else (ends[0] - 0.5, ends[1] + 0.5)
    bottom, top = limits
    ax = page.axes(chart)
    number_axis(ax, bottom, top, axis="y", most=8 if chart.height > 300 else 5)
    number_axis(ax, low, high, most=8 if chart.width > 400 else 5, labels=labels)
    ax.tick_params(axis="x", length=4)
    ax.spines["bottom"].set_visible(False)
    ax.axhline(0.0, color=INK, linewidth=1.4, zorder=1.5)
    if behind is not None:
        ax.plot(
            behind["value"], 100 * behind["change"], color=BASE_COLOUR, linewidth=2.4, zorder=1.6
        )
    value = own["value"].to_numpy(dtype=np.float64)
    change, least, most = (
        100 * own[name].to_numpy(dtype=np.float64)
        for name in ("change", "change_low", "change_high")
    )
    ax.fill_between(value, least, most, color=look.colour, alpha=0.2, linewidth=0)
    draw_line(ax, value, change, look.colour, dash=look.dash)
    ax.plot(
        value,
        change,
        linestyle="none",
        marker=look.marker,
        color=look.colour,
        markersize=7,
        clip_on=False,
        zorder=3,
    )
    uses = float(own["own_value"].iloc[0])
    if math.isfinite(uses) and value[0] <= uses <= value[-1]:
        ax.plot(
            [uses],
            [0.0],  # there the scenario is as it is
            marker="o",
            markersize=17,
            markerfacecolor="none",
            markeredgecolor=INK,
            markeredgewidth=2.0,
            linestyle="none",
            zorder=4,
            clip_on=False,
        )
    end = own.iloc[-1]
    y = chart.bottom + chart.height * (float(change[-1]) - bottom) / (top - bottom)
    words = [_points(end), f"at {plain_number(float(value[-1]))}"]
    page.lines(chart.right + 14, y, words, LEAST, INK, gid="end label")


def _limits(lines: dict[str, pd.DataFrame]) -> tuple[float, float]:
    """Ends of the axis of changes: around all intervals and zero, with some air."""
    columns = ["change", "change_low", "change_high"]
    found = [part[columns].to_numpy(dtype=np.float64).ravel() for part in lines.values()]
    known = np.array([0.0, *(100 * v for v in np.concatenate(found) if math.isfinite(v))])
    low, high = float(known.min()), float(known.max())
    air = 0.05 * max(high - low, LEAST_SPAN)
    return low - air, high + air


def _points(row: pd.Series[float]) -> str:
    """Say how far a point of a curve is from the scenario as it is."""
    words = points(float(row["change"]))
    return "no change" if words == "0" else f"{words} points"


def curve_finding(
    view: View, name: str, label: str, lines: dict[str, pd.DataFrame], whose: str = "councils"
) -> str:
    """Say how far a curve's setting moves the base, and the scenario that it is set against.

    Whether it does is read from the finding "moves", which compares points in the same futures.
    """
    said_of = label[:1].lower() + label[1:] if label[1:2].islower() else label
    said_of = said_of.split(" (")[0]  # units and the like stand at the axis
    chosen = [one for one in view.contrast if one in lines] or list(lines)[:1]
    first, last = lines[chosen[0]].iloc[0], lines[chosen[0]].iloc[-1]
    least, greatest = (plain_number(float(row["value"])) for row in (first, last))
    moves = {one: _move(view, name, one) for one in chosen}
    still = {row["range_verdict"] for row in moves.values()}
    setting = f"{sentence(said_of)} from {least} to {greatest}"
    if whose != "councils":
        setting += f", {whose}"
    if len(still) == 1 and (words := ALL_STILL.get(still.pop())):
        return f"{setting}{words} {listed([view.named(one) for one in chosen])}"
    said = [f"{_moved(moves[one])} under {view.named(one)}" for one in chosen]
    return f"{setting}: {', '.join(said)}"


# What the range of a curve lets one say, where it is clear of zero in no scenario, and of one.
ALL_STILL = {
    "equal": " makes no difference under",
    "hardly differs": " hardly makes a difference under",
    "cannot be told": ": a difference cannot be told under",
    "not known": ": one future, or one draw of behaviour, cannot tell under",
}
STILL = {
    "equal": "no difference",
    "hardly differs": "hardly any",
    "cannot be told": "cannot be told",
    "not known": "not known",
}
# Of the whole range, so much must lie between the ends of a curve for these to speak for it.
ENDS_SPEAK = 0.75


def _move(view: View, name: str, scenario: str) -> Mapping[str, Any]:
    """How far a scenario moves along a curve; nothing is known where no point can be compared."""
    row = view.findings.row("moves", name, scenario)
    return {"range_verdict": "not known"} if row is None else row


def _moved(move: Mapping[str, Any]) -> str:
    """Say what a setting does in a scenario: at both ends, or where in between it does most."""
    if words := STILL.get(move["range_verdict"]):
        return words
    told = move["verdict"] in ("higher", "lower")
    if not told or abs(move["difference"]) < ENDS_SPEAK * move["range_difference"]:
        ends = (move["from"], move["to"])
        if move["range_to"] not in ends:
            return f"most at {plain_number(move['range_to'])}"
        return f"fewest at {plain_number(move['range_from'])}"
    return f"{points(move['difference'])} points"
