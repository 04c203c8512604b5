"""What an outcome of a sweep hangs on: an index for each setting, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.present.figures.axes import number_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import COLOURS, HIGH, INK, LABEL, LEAST, PALE, QUIET, wrap
from sim.present.report.facts import Record
from sim.present.words import sentence

LEFT, MOST_ROWS = 560.0, 14
# Height of a setting, and of all that is around the chart.
ROW, ROUND = 84.0, 340.0
# What is shown of each design, with its words; the first orders the settings.
SHOWN: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "sobol": (("total", COLOURS[0], "with all others"), ("first", COLOURS[3], "by itself")),
    "morris": (("size", COLOURS[0], "mean size of effects"), ("effect", COLOURS[3], "mean effect")),
}


def indices_page(
    name: str,
    words: tuple[str, str, str],
    kind: str,
    rows: Sequence[Record],
    names: Mapping[str, str],
) -> Page:
    """Draw the indices of one outcome in one scenario.

    Parameters
    ----------
    name
        Of the files.
    words
        Title, what is shown, and the line at the foot.
    kind
        The design, "sobol" or "morris".
    rows
        Of the finding indices.
    names
        Of settings in words.
    """
    shown = SHOWN[kind]
    of = {(row["setting"], row["measure"]): row for row in rows}
    settings = sorted(
        {row["setting"] for row in rows}, key=lambda setting: -of[setting, shown[0][0]]["value"]
    )[:MOST_ROWS]
    page = Page(name, *words, high=min(HIGH, ROUND + ROW * len(settings)))
    top = page.body.top - 50
    height = min(ROW, (top - page.body.bottom - 50) / len(settings))
    chart = Box(page.body.left + LEFT, top - height * len(settings), page.body.right, top)
    ax = page.axes(chart)
    seen = [of[setting, measure] for setting in settings for measure, *_ in shown]
    least = min(0.0, *(row["low"] for row in seen))
    most = max(0.0, *(row["high"] for row in seen))
    room = 0.03 * ((most - least) or 1.0)
    number_axis(ax, least - room, most + room)
    ax.set_yticks([])
    ax.set_ylim(chart.bottom, chart.top)
    ax.axvline(0.0, color=QUIET, linewidth=1.2, zorder=1)
    for index, setting in enumerate(settings):
        y = chart.top - height * (index + 0.5)
        lines = wrap(sentence(names[setting]), LEAST, LEFT - 40, 2)
        page.lines(page.body.left, y, lines, LEAST, INK)
        ax.axhline(y - height / 2, color=PALE, linewidth=0.8, zorder=0)
        for (measure, colour, _), shift in zip(shown, (0.16, -0.16), strict=True):
            row, at = of[setting, measure], y + shift * height
            ax.plot([row["low"], row["high"]], [at, at], color=colour, linewidth=2.4, zorder=2)
            ax.plot([row["value"]], [at], "o", color=colour, markersize=9, zorder=3)
    x = chart.left
    for _, colour, said in shown:
        page.mark(x + 8, top + 26, colour)
        page.lines(x + 24, top + 26, [said], LABEL, INK)
        x += 280
    page.alt = page.title
    return page
