"""The headline however the model is built: a band for each scenario and structure."""

from __future__ import annotations

import math

from sim.files.words import listed
from sim.present.figures.axes import draw_band, nice_top, share_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import INK, LABEL, LEAST, PALE, QUIET, line_height, wrap
from sim.present.formats import percent
from sim.present.report.facts import Record, records
from sim.present.view import Band, View

LEFT, RIGHT = 560.0, 150.0
HEADING = 44.0  # of a scenario, above its rows
ROW_HIGH = 58.0  # most pixels for a row


def structures(view: View) -> list[Page]:
    """Members at the headline month, a row a structure under each scenario, the main one filled."""
    rivals = records(view.findings["rivals"])
    rows = records(view.findings["structures"])
    rows = [row for row in rows if row["scenario"] in view.scenarios and math.isfinite(row["q05"])]
    if not rows:
        return []
    titles = {row["structure"]: row["structure_title"] for row in rivals}
    main = rivals[0]["structure"]
    scenarios = list(dict.fromkeys(row["scenario"] for row in rows))
    fewest, most = (pick(row["seeds"] for row in rows) for pick in (min, max))
    futures = f"{fewest:,}" if fewest == most else f"{fewest:,} or {most:,}"
    rough = ", so they are rough" if any(row["few"] for row in rows) else ""
    page = Page(
        "structures",
        _title(view, rows),
        f"Share of councils joined {view.headline.words}. Marker: median; thick and thin bar: "
        f"middle half and 9 in 10 of {futures} simulated futures{rough}; filled: the model of the "
        "other pictures. Title: medians.",
        view.source,
    )
    body = page.body
    chart = Box(body.left + LEFT, body.bottom + 40, body.right - RIGHT, body.top - 8)
    high = min((chart.height - HEADING * len(scenarios)) / len(rows), ROW_HIGH)
    ax = page.axes(chart)
    share_axis(ax, nice_top(max(row["q95"] for row in rows)), axis="x")
    ax.set_yticks([])
    ax.set_ylim(chart.bottom, chart.top)
    y = chart.top
    for scenario in scenarios:
        heading = wrap(view.title(scenario), LABEL, LEFT - 24, 1)
        page.lines(body.left, y - HEADING / 2, heading, LABEL, INK)
        ax.axhline(y - 4, color=PALE, linewidth=1.4, zorder=0)
        y -= HEADING
        colour, marker = view.look(scenario)
        for row in (row for row in rows if row["scenario"] == scenario):
            is_main = row["structure"] == main
            middle = y - high / 2
            lines = 2 if high >= 2 * line_height(LEAST) else 1
            name = wrap(titles[row["structure"]], LEAST, LEFT - 60, lines)
            page.lines(body.left + 24, middle, name, LEAST, INK if is_main else QUIET)
            draw_band(ax, Band.of(row), middle, colour, marker, filled=is_main)
            reading = [percent(row["median"])]
            page.lines(chart.right + 30, middle, reading, LEAST, INK if is_main else QUIET)
            y -= high
    page.alt = f"{page.title}. " + " ".join(
        f"{view.title(row['scenario'])}, {titles[row['structure']]}: median "
        f"{percent(row['median'])}, 9 in 10 futures from {percent(row['q05'])} to "
        f"{percent(row['q95'])}."
        for row in rows
    )
    return [page]


def _title(view: View, rows: list[Record]) -> str:
    """Say between which medians each scenario of the contrast lies, however the model is built."""
    named = [name for name in view.contrast if any(row["scenario"] == name for row in rows)]
    said: list[str] = []
    for scenario in named or [rows[0]["scenario"]]:
        medians = [percent(row["median"]) for row in _by_median(rows, scenario)]
        ends = f"{medians[0].removesuffix('%')} to {medians[-1]}"
        said.append(f"{view.named(scenario)} {medians[0] if medians[0] == medians[-1] else ends}")
    return f"Built in other ways, the model gives {listed(said)}"


def _by_median(rows: list[Record], scenario: str) -> list[Record]:
    own = [row for row in rows if row["scenario"] == scenario]
    return sorted(own, key=lambda row: float(row["median"]))
