"""Results along curves: how the share joined changes with a setting that is varied.

Changes are shown, not levels: a point of a curve has few futures, whose level would contradict the
headline of all futures, but they are the same futures as in the scenario as it stands.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from sim.present.figures.axes import (
    End,
    Line,
    hidden,
    label_ends,
    number_axis,
)
from sim.present.figures.page import Box, Page
from sim.present.figures.style import INK, LEAST, QUIET, plain, wrap
from sim.present.formats import plain_number, points
from sim.present.view import MOST_LINES, View
from sim.present.words import group_words, sentence, span_words
from sim.settings import Curve

ROOM_FOR_LABELS = 330.0
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
            pages.append(_curve(view, curve, here, some, f"curves_{_file_name(name)}{number}"))
    return pages


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in name) or "curve"


def _curve(view: View, curve: Curve, table: pd.DataFrame, names: list[str], file: str) -> Page:
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
        curve_finding(view, label, lines, whose),
        f"Share of {whose} that are members or on their way in, {span_words(months)} after "
        f"{opened}: how many percentage points more or less than in the same futures of the "
        f"scenario as it is (zero). {bands}. Ring: the value the scenario itself uses.",
        view.source,
    )
    body = page.body
    axis_words = f"Change in the share of {whose} that have joined, percentage points"
    page.lines(body.left, body.top - 10, wrap(axis_words, LEAST, body.width, 1), LEAST, QUIET)
    body = body.inset(top=26)
    chart = body.inset(left=56, right=ROOM_FOR_LABELS, bottom=62, top=10)
    values = [float(v) for part in lines.values() for v in part["value"]]
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    bottom, top = _limits(lines)
    ax = page.axes(chart)
    number_axis(ax, bottom, top, axis="y", most=8)
    number_axis(ax, low, high, most=8)
    ax.tick_params(axis="x", length=4)
    ax.spines["bottom"].set_visible(False)
    ax.axhline(0.0, color=INK, linewidth=1.4, zorder=1.95)
    page.lines(chart.left, body.bottom + 14, wrap(label, LEAST, chart.width, 1), LEAST, QUIET)
    ends = []
    drawn: list[Line] = []
    rings: list[float] = []
    looks = view.looks(names)
    for scenario, part in lines.items():
        colour, marker = looks[scenario]
        value = part["value"].to_numpy(dtype=np.float64)
        change, least, most = (
            100 * part[name].to_numpy(dtype=np.float64)
            for name in ("change", "change_low", "change_high")
        )
        hides = any(hidden((value, change), other, top - bottom) for other in drawn)
        drawn.append((value, change))
        ax.fill_between(value, least, most, color=colour, alpha=0.2, linewidth=0)
        # A white edge keeps lines apart from the bands of others, but not from zero.
        ax.plot(value, change, color="white", linewidth=4.6, zorder=1.9)
        ax.plot(
            value,
            change,
            color=colour,
            linewidth=2.4,
            linestyle=(0, (3.2, 2.4)) if hides else "-",
            solid_capstyle="butt",
        )
        ax.plot(
            value,
            change,
            linestyle="none",
            marker=marker,
            color=colour,
            markersize=6,
            clip_on=False,
        )
        own = float(part["own_value"].iloc[0])
        uses = math.isfinite(own)
        if uses and value[0] <= own <= value[-1]:
            # Scenarios that use the same value have rings around each other.
            inner = sum(math.isclose(own, ring, rel_tol=0.01) for ring in rings)
            rings.append(own)
            ax.plot(
                [own],
                [0.0],  # there the scenario is as it is
                marker="o",
                markersize=17 + 8 * inner,
                markerfacecolor="none",
                markeredgecolor=colour,
                markeredgewidth=2.4,
                linestyle="none",
                zorder=4,
                clip_on=False,
            )
        ends.append(
            End(
                chart.left + chart.width * (float(value[-1]) - low) / (high - low),
                chart.bottom + chart.height * (float(change[-1]) - bottom) / (top - bottom),
                view.title(scenario) + (f" (uses {plain_number(own)})" if uses else ""),
                f"{_points(part.iloc[-1])} at {plain_number(float(value[-1]))}",
                colour,
                marker,
            )
        )
    label_ends(page, ends, chart.right + 34, Box(chart.left, chart.bottom, body.right, body.top))
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
    view: View, label: str, lines: dict[str, pd.DataFrame], whose: str = "councils"
) -> str:
    """Say how the share changes where it changes most, if that is more than chance."""
    moves = {s: _move(part) for s, part in lines.items()}
    most = max(moves, key=lambda s: moves[s])
    part = lines[most]
    first, last = part.iloc[0], part.iloc[-1]
    name = label[:1].lower() + label[1:] if label[1:2].islower() else label
    name = name.split(" (")[0]  # units and the like stand at the axis
    least, greatest = (plain_number(float(row["value"])) for row in (first, last))
    if moves[most] < 0.02:
        return (
            f"{sentence(name)} from {least} to {greatest}: the share of {whose} that joins hardly "
            "changes"
        )
    here = f"the share of {whose} joined under “{view.title(most)}”"
    change = float(last["change"] - first["change"])
    if abs(change) < 0.75 * moves[most]:
        rises = change >= 0
        peak = part.iloc[int(part["change"].argmax() if rises else part["change"].argmin())]
        return (
            f"{sentence(here)} is {'highest' if rises else 'lowest'}, {_points(peak)} {AS_IT_IS}, "
            f"with {name} at {plain_number(float(peak['value']))}"
        )
    words = (
        f"{sentence(name)}: {_points(first)} in {here} at {least}, {_points(last)} at {greatest}, "
        f"{AS_IT_IS}"
    )
    # Where most of the way is done early, more of the same buys little.
    done = (part["change"] - first["change"]) / change >= 0.75
    early = float(part["value"][done].iloc[0])
    half = float(first["value"] + last["value"]) / 2
    return f"{words}; most of the way is done by {plain_number(early)}" if early < half else words


def _move(part: pd.DataFrame) -> float:
    """How far the change moves; 0 if the intervals of its ends still overlap."""
    high = part.iloc[int(part["change"].argmax())]
    low = part.iloc[int(part["change"].argmin())]
    if float(high["change_low"]) <= float(low["change_high"]):
        return 0.0
    return float(high["change"] - low["change"])
