"""Why councils are in or out at the end."""

from __future__ import annotations

from dataclasses import dataclass

from sim.analysis.councils import REASONS
from sim.present.figures.axes import share_axis, spread
from sim.present.figures.page import Box, Page
from sim.present.figures.style import INK, LABEL, LEAST, QUIET, line_height, text_width, wrap
from sim.present.formats import percent
from sim.present.view import View
from sim.present.words import month_name
from sim.settings import month_text

# Fill, ink on it and pattern of each of `REASONS`, so that neighbours differ in more than colour.
LOOKS: tuple[tuple[str, str, str], ...] = (
    ("#12436D", "white", ""),
    ("#6BACE6", INK, "//"),
    ("#801650", "white", ""),
    ("#F46A25", INK, "\\\\"),
    ("#3D3D3D", "white", ".."),
    ("#8A9097", INK, "xx"),
    ("#FFFFFF", INK, ""),
)
CLASSES = tuple((reason, *look) for reason, look in zip(REASONS, LOOKS, strict=True))
# What a title says of each class but the first.
LONG = {
    1: "giving up or leaving",
    2: "autonomy",
    3: "money",
    4: "local and other reasons",
    5: "closing too early",
    6: "never considering it",
}
FATE_WORDS = {"cancelled": "cancelled futures", "went on": "futures in which it went on"}
MOST_BARS = 10
LEAST_SHOWN = 0.005  # slices below it carry no number
LEFT = 400.0


@dataclass(frozen=True)
class Bar:
    """A row of the picture: a scenario, or its cancelled or other futures."""

    title: str
    words: str
    shares: tuple[float, ...]


def reason_shares(view: View) -> dict[str, list[float]]:
    """Share of councils in each class, by scenario; scenarios without offers are left out."""
    found: dict[str, list[float]] = {}
    for scenario, rows in view.findings["reasons"].groupby("scenario", sort=False):
        shares = dict(zip(rows["reason"], rows["share"], strict=True))
        found[str(scenario)] = [float(shares[reason]) for reason in REASONS]
    return found


def _bars(view: View) -> list[Bar]:
    """A bar a scenario; two of one that a review cancelled in some futures."""
    bars: list[Bar] = []
    apart = view.findings["fate_reasons"]
    for scenario, shares in reason_shares(view).items():
        fates = view.fates(scenario)
        if len(fates) < 2:
            bars.append(Bar(view.title(scenario), "", tuple(shares)))
            continue
        for fate in fates.values():
            rows = apart[(apart["scenario"] == scenario) & (apart["fate"] == fate.name)]
            own = dict(zip(rows["reason"], rows["share"], strict=True))
            bars.append(
                Bar(
                    view.title(scenario),
                    f"{percent(fate.share)}: {FATE_WORDS[fate.name]}",
                    tuple(float(own[reason]) for reason in REASONS),
                )
            )
    return bars


def why_not(view: View) -> list[Page]:
    """Stacked bars of the reasons at the end of the horizon."""
    bars = _bars(view)
    return [
        _page(view, bars[i : i + MOST_BARS], f"why_not_{i // MOST_BARS + 1}" if i else "why_not")
        for i in range(0, len(bars), MOST_BARS)
    ]


def _finding(view: View) -> str:
    """Say what keeps most councils out in the base, and in the scenario it is set against."""
    shares = reason_shares(view)
    said: list[str] = []
    before = ""
    for scenario in view.contrast:
        if scenario not in shares:
            said.append(f"there is no offer under {view.named(scenario)}")
            continue
        outside = {k: share for k, share in enumerate(shares[scenario]) if k > 0}
        most = max(outside, key=lambda k: outside[k])
        if outside[most] < LEAST_SHOWN:
            said.append(f"hardly anything under {view.named(scenario)}")
            continue
        why = f"{LONG[most]} under " if LONG[most] != before else ""
        said.append(f"{why}{view.named(scenario)} ({percent(outside[most])})")
        before = LONG[most]
    return f"Main reason out: {', '.join(said)}"


def _page(view: View, bars: list[Bar], name: str) -> Page:
    end = month_name(month_text(view.calendar_ends[1]))
    small = any(0 < share < LEAST_SHOWN for bar in bars for share in bar.shares)
    page = Page(
        name,
        _finding(view),
        f"Where councils stand in {end}, and what weighed most when they last refused: share of "
        f"the councils that an offer was open to, mean (not median) {view.of_futures}."
        + (" Slices under half a per cent carry no number." if small else ""),
        view.source,
    )
    seen = [k for k in range(len(CLASSES)) if max(bar.shares[k] for bar in bars) > 0]
    body = page.body
    x, y = body.left, body.top - 14
    for k in seen:
        words, colour, _, hatch = CLASSES[k]
        width = 26 + text_width(words, LEAST) + 26
        if x + width - 26 > body.right:
            x, y = body.left, y - line_height(LEAST) - 4
        _slice(page, Box(x, y - 8, x + 20, y + 8), colour, hatch)
        page.lines(x + 26, y, [words], LEAST, INK)
        x += width
    chart = Box(body.left + LEFT, body.bottom + 28, body.right - 26, y - 20)
    pitch = min(chart.height / len(bars), 96.0)
    chart = Box(chart.left, chart.top - pitch * len(bars), chart.right, chart.top)
    ax = page.axes(chart)
    share_axis(ax, 1.0, axis="x")
    ax.set_ylim(len(bars) - 0.5, -0.5)
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    for index, bar in enumerate(bars):
        top = chart.top - pitch * index
        _bar(page, chart, Box(chart.left, top - 0.66 * pitch, chart.right, top - 0.1 * pitch), bar)
        title = wrap(bar.title, LABEL, LEFT - 26, 1 if bar.words else 2)
        middle = top - 0.38 * pitch
        if bar.words:
            middle += line_height(LEAST) / 2
            page.lines(
                body.left,
                middle - line_height(LEAST),
                wrap(bar.words, LEAST, LEFT - 26, 1),
                LEAST,
                QUIET,
            )
        page.lines(body.left, middle, title, LABEL, INK)
    page.alt = "Stacked bars of where councils stand at the end. " + " ".join(
        f"{bar.title}{', ' + bar.words if bar.words else ''}: "
        + ", ".join(f"{CLASSES[k][0]} {percent(bar.shares[k])}" for k in seen)
        + "."
        for bar in bars
    )
    return page


def _slice(page: Page, box: Box, colour: str, hatch: str) -> None:
    """A rectangle with its pattern; a white one has an edge."""
    if colour == "#FFFFFF":
        page.fill(box, QUIET)
        box = box.inset(1.5, 1.5, 1.5, 1.5)
    if box.width > 0:
        page.fill(box, colour, hatch=hatch, zorder=1.1)


def _bar(page: Page, chart: Box, room: Box, bar: Bar) -> None:
    """One stacked bar; numbers that do not fit into their slice stand under it."""
    start = 0.0
    below: list[tuple[float, str]] = []
    for k, share in enumerate(bar.shares):
        _, colour, ink, hatch = CLASSES[k]
        box = Box(
            chart.left + chart.width * start + 1,
            room.bottom,
            chart.left + chart.width * (start + share) - 1,
            room.top,
        )
        at = chart.left + chart.width * (start + share / 2)
        start += share
        if share <= 0:
            continue
        _slice(page, box, colour, hatch)
        text = percent(share)
        wide = text_width(text, LEAST)
        if box.width > wide + 6:
            middle = (room.bottom + room.top) / 2
            if hatch:  # the pattern leaves room for the number
                free = Box(at - wide / 2 - 3, middle - 11, at + wide / 2 + 3, middle + 11)
                page.fill(free, colour, zorder=1.2)
            page.lines(at, middle, [text], LEAST, ink, align="center")
        elif share >= LEAST_SHOWN:
            below.append((at, text))
    widths = [text_width(text, LEAST) + 8 for _, text in below]
    places = spread([at for at, _ in below], widths, chart.left, chart.right + 26)
    y = room.bottom - 10
    for (at, text), place in zip(below, places, strict=True):
        page.rule([at, at], [room.bottom - 1, room.bottom - 4], QUIET, 1.0)
        page.lines(place, y, [text], LEAST, INK, align="center")
