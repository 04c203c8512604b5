"""Whether a review would cancel the programme, by the share of councils it asks for."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from sim.present.figures.axes import End, Stroke, draw_lines, label_ends, panel_title, share_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import LEAST, QUIET
from sim.present.formats import percent
from sim.present.view import Group, View
from sim.present.words import span_words


def cancellation(view: View) -> list[Page]:
    """Chance that a review would cancel, by the share it asks for, of scenarios without one."""
    tables = {
        str(name): table
        for name, table in view.findings["cancellation"].groupby("scenario", sort=False)
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


def even_chance(view: View, scenario: str) -> float:
    """Share asked for at which the chance is even; missing if it never is."""
    return float(str(view.findings.value("even_chance", (scenario,), "minimum_share")))


def _cancellation(
    view: View, tables: dict[str, pd.DataFrame], panels: list[Group], name: str
) -> Page:
    rough = [view.title(s) for p in panels for s in p.scenarios if not tables[s]["exact"].all()]
    note = f" Only approximate: {', '.join(rough)}." if rough else ""
    if any(view.experiment.scenarios[s].is_reviewed for s in view.scenarios):
        note += " Scenarios with a review of their own are left out."
    if view.widened:
        note += " Scenarios in which who may join changes later are left out."
    months = int(tables[panels[0].scenarios[0]]["review_months"].iloc[0])
    interval = "; band: 95% interval, of two lines at most" if view.futures > 1 else ""
    page = Page(
        name,
        _cancellation_finding(view, tables),
        f"Chance of being cancelled by a review {span_words(months)} after opening, by the "
        f"share of councils it asks for. Line: share {view.of_futures}{interval}{view.rough}. "
        "Marker: where the chance is even.",
        view.source + note,
    )
    rows, columns = (1, len(panels)) if len(panels) <= 2 else (2, 2)
    for index, (panel, cell) in enumerate(
        zip(panels, page.body.cells(rows, columns, 24, 18), strict=False)
    ):
        if panel.title:
            panel_title(page, cell, panel.title, most=1)
        last = index + columns >= len(panels)
        chart = cell.inset(left=56, right=290, top=36, bottom=58 if last else 32)
        ax = page.axes(chart)
        share_axis(ax, 1.0)
        share_axis(ax, 0.5, axis="x")
        ax.set_xticks(np.arange(6) / 10, [percent(v / 10) for v in range(6)])
        ax.tick_params(axis="x", length=4)
        if last:
            page.lines(
                chart.left,
                cell.bottom + 12,
                ["Share of councils the review asks for"],
                LEAST,
                QUIET,
            )
        marks = []
        strokes: list[Stroke] = []
        # No more than two bands over each other.
        banded = view.contrast_among(panel.scenarios)
        behind = [view.base] if view.base in tables and view.base not in panel.scenarios else []
        for scenario in [*behind, *panel.scenarios]:
            table = tables[scenario]
            colour, marker = view.look(scenario)
            x = table["minimum_share"].to_numpy(dtype=np.float64)
            y = table["probability"].to_numpy(dtype=np.float64)
            # Where every future agrees, the interval says no more than how many there are.
            unsure = (y > 0) & (y < 1)
            unsure[:-1] |= unsure[1:]
            if view.futures > 1 and unsure.any() and scenario in banded:
                ax.fill_between(
                    x,
                    table["low"].to_numpy(dtype=np.float64),
                    table["high"].to_numpy(dtype=np.float64),
                    where=unsure.tolist(),
                    color=colour,
                    alpha=0.15,
                    linewidth=0,
                )
            strokes.append(Stroke(x, y, colour, view.style(scenario).dash))
            even = even_chance(view, scenario)
            known = math.isfinite(even)
            at, height = (even, max(0.5, float(y[0]))) if known else (0.5, float(y[-1]))
            marks.append(
                (
                    at,
                    End(
                        chart.left + chart.width * at / 0.5,
                        chart.bottom + chart.height * height,
                        view.title(scenario),
                        f"even chance at {percent(even)}" if known else _at_half(float(y[-1])),
                        colour,
                        marker,
                        view.style(scenario).dash,
                    ),
                )
            )
        draw_lines(ax, strokes, 1.0)
        marks.sort(key=lambda mark: mark[0])
        # The list beside the chart is in the order of the curves, from left to right.
        gap = 96.0
        ends = [end for _, end in marks]
        _list_beside(page, ends, chart, cell, gap)
    page.alt = "Chance of cancellation by the share asked for. " + " ".join(
        f"{view.title(s)}: "
        + (
            f"even chance at {percent(even)}."
            if math.isfinite(even := even_chance(view, s))
            else f"{_at_half(float(tables[s]['probability'].iloc[-1]))}."
        )
        for p in panels
        for s in p.scenarios
    )
    return page


def _at_half(chance: float) -> str:
    """Say how likely cancellation is where the scale ends."""
    if chance == 0:
        return "never, even at 50%"
    return f"{percent(chance)} chance at 50%"


def _list_beside(page: Page, ends: list[End], chart: Box, cell: Box, gap: float) -> None:
    for end in ends:
        page.mark(end.x, end.y, end.colour, end.marker, 10)
    heights = [chart.top - 30 - gap * i for i in range(len(ends))]
    labels = [
        End(end.x, y, end.text, end.value, end.colour, end.marker, end.dash)
        for end, y in zip(ends, heights, strict=True)
    ]
    label_ends(
        page,
        labels,
        chart.right + 28,
        Box(chart.left, cell.bottom, cell.right, chart.top),
        joined=False,
    )


def _cancellation_finding(view: View, tables: dict[str, pd.DataFrame]) -> str:
    """Say at which share the chance is even, for the base and the scenario it is set against."""
    chosen = [name for name in view.contrast if name in tables] or list(tables)[:1]
    evens = {name: even_chance(view, name) for name in chosen}
    known = {name: even for name, even in evens.items() if math.isfinite(even)}
    if not known:
        both = " and ".join(view.named(name) for name in chosen)
        return f"{both} would probably survive a review that asks for half of councils"
    said = [f"{view.named(name)} at {percent(even)}" for name, even in known.items()]
    said += [f"{view.named(name)} not even at 50%" for name in evens if name not in known]
    return f"Even chance of being cancelled: {', '.join(said)}"
