"""Results along curves: how the share joined depends on a setting that is varied."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.curves import curve_table
from sim.analysis.estimators import FEWEST_SEEDS
from sim.present.figures.axes import (
    End,
    draw_fan,
    hidden,
    key_of_fan,
    label_ends,
    nice_top,
    number_axis,
    share_axis,
)
from sim.present.figures.page import Box, Sheet
from sim.present.figures.style import LEAST, QUIET, plain, wrap
from sim.present.formats import percent, plain_number
from sim.present.view import MOST_LINES, Fan, View
from sim.present.words import group_words, sentence, span_words
from sim.settings import Curve, Scenario

ROOM_FOR_LABELS = 330.0


def curves(view: View) -> list[Sheet]:
    """Headline share against a varied setting, a picture a curve (or two, with many lines)."""
    table = curve_table(view.results)
    sheets: list[Sheet] = []
    for name, curve in view.experiment.curves.items():
        here = table[(table["curve"] == name) & table["median"].notna()]
        scenarios = [s for s in dict.fromkeys(curve.scenarios) if (here["scenario"] == s).any()]
        for start in range(0, len(scenarios), MOST_LINES):
            number = f"_{start // MOST_LINES + 1}" if start else ""
            some = scenarios[start : start + MOST_LINES]
            sheets.append(_curve(view, curve, here, some, f"curves_{_file_name(name)}{number}"))
    return sheets


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in name) or "curve"


def _curve(view: View, curve: Curve, table: pd.DataFrame, names: list[str], file: str) -> Sheet:
    label = plain(curve.label or curve.title or curve.setting)
    lines = {s: table[table["scenario"] == s].sort_values("value") for s in names}
    seeds = int(table["seeds"].min())
    rough = ", so few that bands are rough" if seeds < FEWEST_SEEDS else ""
    bands = (
        f"Line: median; bands: middle half and 9 in 10 of {seeds:,} simulated futures a point"
        f"{rough}"
        if seeds > 1
        else "A single simulated future a point"
    )
    months = view.experiment.outcomes.headline_months
    whose = group_words(curve.group) if curve.group else "councils"
    opened = "the offer opened to them" if curve.group else "opening"
    sheet = Sheet(
        file,
        curve_finding(view, label, lines, whose),
        f"Share of {whose} that are members or on their way in, {span_words(months)} after "
        f"{opened}. {bands}. Ring: the value the scenario itself uses.",
        view.source,
    )
    body = sheet.body
    if seeds > 1:
        key_of_fan(sheet, body.left, body.top - 12)
        body = body.inset(top=34)
    axis_words = wrap(f"Share of {whose} that have joined", LEAST, body.width, 1)
    sheet.lines(body.left, body.top - 10, axis_words, LEAST, QUIET)
    body = body.inset(top=26)
    chart = body.inset(left=56, right=ROOM_FOR_LABELS, bottom=62, top=10)
    top = nice_top(max(float(part["q95"].max()) for part in lines.values()))
    values = [float(v) for part in lines.values() for v in part["value"]]
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    ax = sheet.axes(chart)
    share_axis(ax, top)
    number_axis(ax, low, high, most=8)
    ax.tick_params(axis="x", length=4)
    sheet.lines(chart.left, body.bottom + 14, wrap(label, LEAST, chart.width, 1), LEAST, QUIET)
    ends = []
    drawn: list[Fan] = []
    looks = view.looks(names)
    for scenario, part in lines.items():
        colour, marker = looks[scenario]
        value = part["value"].to_numpy(dtype=np.float64)
        spread = part[["q05", "q25", "median", "q75", "q95"]].to_numpy(dtype=np.float64).T
        fan = Fan.of(value, spread, seeds)
        hides = any(hidden(fan, other, top) for other in drawn)
        drawn.append(fan)
        # A white edge keeps lines apart from the bands of others.
        if len(names) > 2:
            ax.plot(value, spread[2], color="white", linewidth=4.6, zorder=1.9)
        draw_fan(ax, fan, colour, style="--" if hides else "-")
        ax.plot(
            value,
            spread[2],
            linestyle="none",
            marker=marker,
            color=colour,
            markersize=6,
            clip_on=False,
        )
        own = own_value(view.experiment.scenarios[scenario], curve.setting, view.councils(scenario))
        if own is not None and value[0] <= own <= value[-1]:
            ax.plot(
                [own],
                [np.interp(own, value, spread[2])],
                marker="o",
                markersize=17,
                markerfacecolor="none",
                markeredgecolor=colour,
                markeredgewidth=2.4,
                linestyle="none",
                zorder=4,
                clip_on=False,
            )
        x, y = float(value[-1]), float(spread[2][-1])
        ends.append(
            End(
                chart.left + chart.width * (x - low) / (high - low),
                chart.bottom + chart.height * y / top,
                view.title(scenario) + (f" (uses {plain_number(own)})" if own is not None else ""),
                f"{percent(y)} at {plain_number(x)}",
                colour,
                marker,
            )
        )
    label_ends(sheet, ends, chart.right + 34, Box(chart.left, chart.bottom, body.right, body.top))
    sheet.alt = f"Share joined against {label}. " + " ".join(
        f"{view.title(s)}: "
        + ", ".join(
            f"{percent(float(m))} at {plain_number(float(v))}"
            for v, m in zip(part["value"], part["median"], strict=True)
        )
        + "."
        for s, part in lines.items()
    )
    return sheet


def curve_finding(
    view: View, label: str, lines: dict[str, pd.DataFrame], whose: str = "councils"
) -> str:
    """Say how far the share moves where it moves most, if that is more than chance."""
    moves = {s: _move(part) for s, part in lines.items()}
    most = max(moves, key=lambda s: moves[s])
    part = lines[most]
    first, last = part.iloc[0], part.iloc[-1]
    name = label[:1].lower() + label[1:] if label[1:2].islower() else label
    name = name.split(" (")[0]  # units and the like stand at the axis
    ends = f"{plain_number(float(first['value']))} to {plain_number(float(last['value']))}"
    if moves[most] < 0.02:
        return f"{sentence(name)} from {ends}: the share of {whose} that joins hardly changes"
    here = f" under “{view.title(most)}”"
    change = float(last["median"] - first["median"])
    if abs(change) < 0.75 * moves[most]:
        extreme = part["median"].argmax() if change >= 0 else part["median"].argmin()
        peak = part.iloc[int(extreme)]
        return (
            f"The share of {whose} joined{here} is "
            f"{'highest' if change >= 0 else 'lowest'}, {percent(float(peak['median']))}, with "
            f"{name} at {plain_number(float(peak['value']))}"
        )
    words = (
        f"{sentence(name)} from {ends}: the share of {whose} joined{here} "
        f"{'rises' if change > 0 else 'falls'} from {percent(float(first['median']))} to "
        f"{percent(float(last['median']))}"
    )
    # Where most of the way is done early, more of the same buys little.
    done = (part["median"] - first["median"]) / change >= 0.75
    early = float(part["value"][done].iloc[0])
    half = float(first["value"] + last["value"]) / 2
    return f"{words}, most of it by {plain_number(early)}" if early < half else words


def _move(part: pd.DataFrame) -> float:
    """How far the median moves; 0 if the intervals of the means still overlap."""
    high = part.iloc[int(part["median"].argmax())]
    low = part.iloc[int(part["median"].argmin())]
    if float(high["mean_low"]) <= float(low["mean_high"]):
        return 0.0
    return float(high["median"] - low["median"])


def own_value(scenario: Scenario, setting: str, councils: int) -> float | None:
    """Value of a dotted setting in a scenario, None if it has none that is a number."""
    found: Any = scenario
    for step in setting.split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list):
            found = found[int(step)] if step.isdigit() and int(step) < len(found) else None
        else:
            found = getattr(found, step, None)
    if found is None and councils:
        # The two measures of effort say the same.
        team, last = scenario.push, setting.rsplit(".", 1)[-1]
        if setting == "push.visits_per_council_per_year" and team.visits_per_month is not None:
            return team.visits_per_month * 12 / councils
        if last == "visits_per_month" and team.visits_per_council_per_year is not None:
            return team.visits_per_council_per_year * councils / 12
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found)
