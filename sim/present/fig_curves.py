"""Results along curves: over a varied setting, and over the share a review asks for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.compare import cancellation_curve, curve_table
from sim.analysis.statistics import FEWEST_SEEDS
from sim.present.chart import (
    End,
    draw_fan,
    key_of_fan,
    label_ends,
    nice_top,
    number_axis,
    panel_title,
    percent,
    share_axis,
)
from sim.present.numbers import MOST_LINES, Fan, Group, View, plain_number, span_words
from sim.present.style import LEAST, QUIET, Box, Sheet, plain, wrap
from sim.settings import Curve, Scenario

REVIEW_MONTHS = 24
ROOM_FOR_LABELS = 330.0


# ---------------------------------------------------------------- a varied setting


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
            sheets.append(_curve(view, curve, here, some, f"curve_{_file_name(name)}{number}"))
    return sheets


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in name) or "curve"


def _curve(view: View, curve: Curve, table: pd.DataFrame, names: list[str], file: str) -> Sheet:
    label = plain(curve.label or curve.title or curve.setting)
    lines = {s: table[table["scenario"] == s].sort_values("value") for s in names}
    seeds = int(table["seeds"].min())
    rough = "; so few that bands are rough" if seeds < FEWEST_SEEDS else ""
    bands = (
        f"Line: median; bands: middle half and 90% of {seeds:,} simulated futures a point{rough}"
        if seeds > 1
        else "A single simulated future a point"
    )
    months = view.experiment.outcomes.headline_months
    sheet = Sheet(
        file,
        _curve_finding(view, label, lines),
        f"Share of councils that are members or on their way in, {span_words(months)} after "
        f"opening. {bands}. Ring: the value the scenario itself uses.",
        view.source,
    )
    body = sheet.body
    if seeds > 1:
        key_of_fan(sheet, body.left, body.top - 12)
        body = body.inset(top=34)
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
    looks = view.looks(names)
    for scenario, part in lines.items():
        colour, marker = looks[scenario]
        columns = [part[c].to_numpy(dtype=np.float64) for c in
                   ("value", "q05", "q25", "median", "q75", "q95")]
        draw_fan(ax, Fan(*columns, futures=seeds), colour)
        ax.plot(columns[0], columns[3], linestyle="none", marker=marker, color=colour, markersize=6)
        own = own_value(view.experiment.scenarios[scenario], curve.setting, view.councils(scenario))
        if own is not None and columns[0][0] <= own <= columns[0][-1]:
            ax.plot([own], [np.interp(own, columns[0], columns[3])], marker="o", markersize=17,
                    markerfacecolor="none", markeredgecolor=colour, markeredgewidth=2.4,
                    linestyle="none", zorder=4, clip_on=False)
        x, y = float(columns[0][-1]), float(columns[3][-1])
        ends.append(
            End(
                chart.left + chart.width * (x - low) / (high - low),
                chart.bottom + chart.height * y / top,
                view.title(scenario)
                + (f" (uses {plain_number(own)})" if own is not None else ""),
                f"{percent(y)} at {plain_number(x)}",
                colour,
                marker,
            )
        )
    label_ends(sheet, ends, chart.right + 34, Box(chart.left, chart.bottom, body.right, body.top))
    sheet.alt = f"Share joined against {label}. " + " ".join(
        f"{view.title(s)}: " + ", ".join(
            f"{percent(float(m))} at {plain_number(float(v))}"
            for v, m in zip(part["value"], part["median"], strict=True)
        ) + "."
        for s, part in lines.items()
    )
    return sheet


def _curve_finding(view: View, label: str, lines: dict[str, pd.DataFrame]) -> str:
    """Say how far the share moves where it moves most, if that is more than chance."""
    moves = {s: _move(part) for s, part in lines.items()}
    most = max(moves, key=lambda s: moves[s])
    part = lines[most]
    first, last = part.iloc[0], part.iloc[-1]
    name = label[:1].lower() + label[1:] if label[1:2].islower() else label
    span = f"from {plain_number(float(first['value']))} to {plain_number(float(last['value']))}"
    if moves[most] < 0.02:
        return f"With {name} {span}, the share of councils that joins does not clearly change"
    here = f" under “{view.title(most)}”"
    if abs(float(last["median"] - first["median"])) < 0.75 * moves[most]:
        peak = part.loc[part["median"].idxmax()]
        return (
            f"The share joined{here} peaks at {percent(float(peak['median']))}, with {name} at "
            f"{plain_number(float(peak['value']))}"
        )
    return (
        f"With {name} {span}, the share joined{here} goes from "
        f"{percent(float(first['median']))} to {percent(float(last['median']))}"
    )


def _move(part: pd.DataFrame) -> float:
    """How far the median moves; 0 if the intervals of the means still overlap."""
    high, low = part.loc[part["median"].idxmax()], part.loc[part["median"].idxmin()]
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


# ---------------------------------------------------------------- the share a review asks for


def cancellation(view: View) -> list[Sheet]:
    """Probability that a review after two years would cancel, by the share it asks for."""
    tables = {
        name: table
        for name in view.scenarios
        if not view.experiment.scenarios[name].push.subsidy_share
        and len(table := cancellation_curve(view.results, name, REVIEW_MONTHS))
    }
    panels = [
        Group(panel.title, tuple(s for s in panel.scenarios if s in tables))
        for panel in view.panels
    ]
    panels = [panel for panel in panels if panel.scenarios]
    return [
        _cancellation(
            view, tables, panels[i : i + 4], f"cancellation_{i // 4 + 1}" if i else "cancellation"
        )
        for i in range(0, len(panels), 4)
    ]


def even_chance(table: pd.DataFrame) -> float:
    """Least share asked for at which half of the futures would be cancelled."""
    enough = table[table["probability"] >= 0.5]
    return float(enough["minimum_share"].iloc[0]) if len(enough) else math.nan


def _cancellation(
    view: View, tables: dict[str, pd.DataFrame], panels: list[Group], name: str
) -> Sheet:
    rough = [view.title(s) for p in panels for s in p.scenarios if not tables[s]["exact"].all()]
    note = f" Only approximate: {', '.join(rough)}." if rough else ""
    interval = "; band: 95% interval" if view.futures > 1 else ""
    sheet = Sheet(
        name,
        _cancellation_finding(view, tables),
        f"Probability of being cancelled by a review {REVIEW_MONTHS} months after opening, by the "
        f"share of councils it asks for. Line: share {view.of_futures}{interval}{view.rough}. "
        "Marker: where the chance is even.",
        view.source + note,
    )
    rows, columns = (1, len(panels)) if len(panels) <= 2 else (2, 2)
    for place, (panel, cell) in enumerate(
        zip(panels, sheet.body.cells(rows, columns, 24, 18), strict=False)
    ):
        if panel.title:
            panel_title(sheet, cell, panel.title, most=1)
        last = place + columns >= len(panels)
        chart = cell.inset(left=56, right=262, top=36, bottom=58 if last else 32)
        ax = sheet.axes(chart)
        share_axis(ax, 1.0)
        share_axis(ax, 0.5, axis="x")
        ax.set_xticks(np.arange(6) / 10, [percent(v / 10) for v in range(6)])
        ax.tick_params(axis="x", length=4)
        if last:
            sheet.lines(chart.left, cell.bottom + 12, ["Share of councils the review asks for"],
                        LEAST, QUIET)
        marks = []
        for scenario in panel.scenarios:
            table = tables[scenario]
            colour, marker = view.look(scenario)
            x = table["minimum_share"].to_numpy(dtype=np.float64)
            y = table["probability"].to_numpy(dtype=np.float64)
            # Where every future agrees, the interval says no more than how many there are.
            unsure = (y > 0) & (y < 1)
            unsure[:-1] |= unsure[1:]
            if view.futures > 1 and unsure.any():
                ax.fill_between(x, table["low"].to_numpy(dtype=np.float64),
                                table["high"].to_numpy(dtype=np.float64), where=unsure.tolist(),
                                color=colour, alpha=0.15, linewidth=0)
            ax.plot(x, y, color=colour, linewidth=2.4, solid_joinstyle="round", clip_on=False)
            even = even_chance(table)
            known = math.isfinite(even)
            at, height = (even, float(y[x == even][0])) if known else (0.5, float(y[-1]))
            marks.append(
                (
                    at,
                    End(
                        chart.left + chart.width * at / 0.5,
                        chart.bottom + chart.height * height,
                        view.title(scenario),
                        f"even chance at {percent(even)}" if known else
                        f"{percent(float(y[-1]))} at a threshold of 50%",
                        colour,
                        marker,
                    ),
                )
            )
        marks.sort(key=lambda mark: mark[0])
        # The list beside the chart is in the order of the curves, from left to right.
        gap = 96.0
        ends = [end for _, end in marks]
        _list_beside(sheet, ends, chart, cell, gap)
    sheet.alt = "Probability of cancellation by the share asked for. " + " ".join(
        f"{view.title(s)}: even chance at {percent(even_chance(tables[s]))}."
        for p in panels for s in p.scenarios
    )
    return sheet


def _list_beside(sheet: Sheet, ends: list[End], chart: Box, cell: Box, gap: float) -> None:
    for end in ends:
        sheet.mark(end.x, end.y, end.colour, end.marker, 10)
    heights = [chart.top - 30 - gap * i for i in range(len(ends))]
    labels = [
        End(end.x, y, end.text, end.value, end.colour, end.marker)
        for end, y in zip(ends, heights, strict=True)
    ]
    label_ends(sheet, labels, chart.right + 28, Box(chart.left, cell.bottom, cell.right, chart.top),
               joined=False)


def _cancellation_finding(view: View, tables: dict[str, pd.DataFrame]) -> str:
    """Say where the chance is even for the base, and what follows."""
    base = view.base if view.base in tables else next(iter(tables))
    even = even_chance(tables[base])
    if not math.isfinite(even):
        return f"Even a review that asks for half of councils would spare “{view.title(base)}”"
    table = tables[base]
    safe = table[table["probability"] <= 0.05]["minimum_share"]
    doomed = table[table["probability"] >= 0.95]["minimum_share"]
    words = f"“{view.title(base)}” has an even chance of being cancelled at a threshold of "
    words += percent(even)
    if len(safe) and len(doomed):
        words += (
            f": it is safe at {percent(float(safe.iloc[-1]))}, lost at "
            f"{percent(float(doomed.iloc[0]))}"
        )
    return words

