"""What the answer is sensitive to: each setting in doubt at both ends, scenario by scenario."""

from __future__ import annotations

from sim.files.words import listed
from sim.present.figures.axes import number_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import COLOURS, INK, LABEL, LEAST, PALE, QUIET, line_height, wrap
from sim.present.formats import points
from sim.present.report.facts import Record, records
from sim.present.report.settings import meaning
from sim.present.view import View
from sim.present.words import sentence
from sim.settings.columns import outcome_text

LEFT = 600.0
HEADING = 62.0
MOST_ROWS, MOST_COLUMNS = 10, 4
LOW, HIGH = COLOURS[3], COLOURS[0]


def sensitivity(view: View) -> list[Page]:
    """How far the headline moves at both ends of the settings that move it most."""
    rows = [row for row in records(view.findings["sensitivity"]) if not row["versus"]]
    rows.sort(key=lambda row: -abs(row["change"]))
    if not rows:
        return []
    small = view.in_force("small")
    settings = list(dict.fromkeys(r["setting"] for r in rows if abs(r["change"]) >= small))
    del settings[MOST_ROWS:]
    if not settings:
        return []
    examined = {row["scenario"] for row in rows}
    scenarios = [name for name in view.scenarios if name in examined][:MOST_COLUMNS]
    shown = [row for name in scenarios for row in rows if row["scenario"] == name]
    seeds = max(row["seeds"] for row in rows)
    rough = ", so they are rough" if seeds < view.in_force("fewest_seeds") else ""
    most = _most(view, rows)
    named = listed([f"“{_name(row['setting'])}”" for row in most])
    page = Page(
        "sensitivity",
        _finding(view, most),
        f"Title: {named}, from the low to the high end of where it may lie. "
        f"{outcome_text(rows[0]['outcome'])}: change in percentage points, mean of "
        f"{view.some(seeds)} at each end{rough}, all else as in the same futures. The fit to "
        "history is not repeated.",
        view.source,
    )
    body = page.body
    chart = Box(body.left + LEFT, body.bottom + 40, body.right, body.top - HEADING)
    height = chart.height / len(settings)
    cells = chart.cells(1, len(scenarios), gap_x=72)
    for index, setting in enumerate(settings):
        _label(page, body.left, chart.top - height * (index + 0.5), setting, shown)
    ends = ("at_low", "at_high")
    reach = 1.1 * max(abs(100 * r[end]) for r in shown if r["setting"] in settings for end in ends)
    for scenario, cell in zip(scenarios, cells, strict=True):
        own = {row["setting"]: row for row in rows if row["scenario"] == scenario}
        room = min(cell.width + 30, body.right - cell.left)
        title = wrap(view.title(scenario), LABEL, room, 2)
        page.lines(cell.left, cell.top + 10, title, LABEL, INK, valign="bottom")
        ax = page.axes(cell)
        number_axis(ax, -reach, reach, most=4)
        ax.set_yticks([])
        ax.set_ylim(cell.bottom, cell.top)
        ax.axvline(0.0, color=QUIET, linewidth=1.2, zorder=1)
        for index, setting in enumerate(settings):
            y = cell.top - height * (index + 0.5)
            ax.axhline(y - height / 2, color=PALE, linewidth=0.8, zorder=0)
            if setting not in own:
                continue
            low, high = (100 * own[setting][end] for end in ends)
            ax.plot([low, high], [y, y], color=INK, linewidth=3.0, solid_capstyle="butt", zorder=2)
            ax.plot([low], [y], "o", color=LOW, markersize=9, zorder=3)
            ax.plot([high], [y], "D", color=HIGH, markersize=8, zorder=3)
    _key(page, body.left, chart.top + 24)
    page.alt = f"{page.title}. " + " ".join(
        f"{view.title(row['scenario'])}, {meaning(row['setting'])}: {points(row['at_low'])} or "
        f"{points(row['at_high'])} points."
        for row in rows
        if row["setting"] in settings[:3]
    )
    return [page]


def _finding(view: View, most: list[Record]) -> str:
    """Say how far one setting moves the base between its ends, and the scenario asked for."""
    moves = [
        f"{view.named(row['scenario'])} by {points(abs(row['change'])).lstrip('+')}" for row in most
    ]
    return f"One open setting moves {', '.join([f'{moves[0]} points', *moves[1:]])}"


def _most(view: View, rows: list[Record]) -> list[Record]:
    """The setting that moves the base most, and that of the scenario it is set against."""
    firsts = [next((r for r in rows if r["scenario"] == name), None) for name in view.contrast]
    return [row for row in firsts if row is not None] or rows[:1]


def _name(setting: str) -> str:
    """Name a setting; what follows a colon explains, and stands in the table."""
    return meaning(setting).partition(":")[0]


def _label(page: Page, left: float, y: float, setting: str, rows: list[Record]) -> None:
    """Write a setting and its ends; those of an offer differ between scenarios."""
    between = dict.fromkeys(
        f"{row['low_end']:.3g} → {row['high_end']:.3g}" for row in rows if row["setting"] == setting
    )
    words = sentence(_name(setting))
    lines = wrap(words, LEAST, LEFT - 40, 1)
    top = y + line_height(LEAST)
    below = page.lines(left, top, lines, LEAST, INK, valign="top")
    small = wrap(", ".join(between), LEAST, LEFT - 40, 1)
    page.lines(left, below, small, LEAST, QUIET, valign="top")


def _key(page: Page, left: float, y: float) -> None:
    """Say what the dots are."""
    for x, colour, mark, words in (
        (left + 8, LOW, "o", "at the low end"),
        (left + 190, HIGH, "D", "at the high end"),
    ):
        page.mark(x, y, colour, mark)
        page.lines(x + 16, y, [words], LEAST, INK)
