"""Why councils are in or out at the end."""

from __future__ import annotations

from sim.analysis.councils import REASONS
from sim.present.figures.axes import share_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import INK, LABEL, LEAST, line_height, text_width, wrap
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
    ("#A285D1", INK, ".."),
    ("#DADDDF", INK, ""),
)
CLASSES = tuple((reason, *look) for reason, look in zip(REASONS, LOOKS, strict=True))
# What a title says of each class but the first.
LONG = {
    1: "gave up or left again",
    2: "refused over autonomy",
    3: "refused because it would not pay",
    4: "refused for local and other reasons",
    5: "never considered it",
}
MOST_BARS = 10


def reason_shares(view: View) -> dict[str, list[float]]:
    """Share of councils in each class, by scenario; scenarios without offers are left out."""
    found: dict[str, list[float]] = {}
    for scenario, rows in view.findings["reasons"].groupby("scenario", sort=False):
        shares = dict(zip(rows["reason"], rows["share"], strict=True))
        found[str(scenario)] = [float(shares[reason]) for reason in REASONS]
    return found


def why_not(view: View) -> list[Page]:
    """Stacked bars of the reasons at the end of the horizon."""
    shares = reason_shares(view)
    return [
        _bars(
            view,
            shares,
            list(shares)[i : i + MOST_BARS],
            f"why_not_{i // MOST_BARS + 1}" if i else "why_not",
        )
        for i in range(0, len(shares), MOST_BARS)
    ]


def _finding(view: View, shares: dict[str, list[float]]) -> str:
    """Say what keeps most councils out in the base, and in the scenario where most are out."""
    base = view.base if view.base in shares else next(iter(shares))
    outside = {k: share for k, share in enumerate(shares[base]) if k > 0}
    if sum(outside.values()) < 0.005:
        return f"Under “{view.title(base)}”, all councils are in at the end"
    worst = max(outside, key=lambda k: outside[k])
    joined = shares[base][0]
    said = f"{percent(outside.pop(worst))} {LONG[worst]}"
    second = max(outside, key=lambda k: outside[k])
    if outside[second] >= 0.1:
        said += f" and {percent(outside[second])} {LONG[second]}"
    return f"Under “{view.title(base)}”, {percent(joined)} of councils are in at the end; {said}"


def _bars(view: View, shares: dict[str, list[float]], names: list[str], name: str) -> Page:
    end = month_name(month_text(view.calendar_ends[1]))
    page = Page(
        name,
        _finding(view, shares),
        f"Where councils stand in {end}, and what weighed most when they last refused: share of "
        f"the councils that an offer was open to, mean {view.of_futures}.",
        view.source,
    )
    seen = [k for k in range(len(CLASSES)) if max(shares[s][k] for s in names) > 0]
    body = page.body
    left_width = 380.0
    x, y = body.left, body.top - 14
    for k in seen:
        words, colour, _, hatch = CLASSES[k]
        width = 26 + text_width(words, LEAST) + 26
        if x + width - 26 > body.right:
            x, y = body.left, y - line_height(LEAST) - 4
        page.fill(Box(x, y - 8, x + 20, y + 8), colour, hatch=hatch)
        page.lines(x + 26, y, [words], LEAST, INK)
        x += width
    chart = Box(body.left + left_width, body.bottom + 28, body.right - 20, y - 26)
    most = min(len(names), MOST_BARS)
    pitch = min(chart.height / most, 96.0)
    chart = Box(chart.left, chart.top - pitch * most, chart.right, chart.top)
    ax = page.axes(chart)
    share_axis(ax, 1.0, axis="x")
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    for index, scenario in enumerate(names):
        middle = chart.top - pitch * (index + 0.5)
        page.lines(
            body.left, middle, wrap(view.title(scenario), LABEL, left_width - 26, 2), LABEL, INK
        )
        start = 0.0
        for k in seen:
            _, colour, ink, hatch = CLASSES[k]
            share = shares[scenario][k]
            bar = Box(
                chart.left + chart.width * start + 1,
                middle - 0.31 * pitch,
                chart.left + chart.width * (start + share) - 1,
                middle + 0.31 * pitch,
            )
            if bar.width > 0:
                page.fill(bar, colour, hatch=hatch)
            text = percent(share)
            wide = text_width(text, LEAST)
            if bar.width > wide + 6:
                at = chart.left + chart.width * (start + share / 2)
                if hatch:  # the pattern leaves room for the number
                    room = Box(at - wide / 2 - 4, middle - 12, at + wide / 2 + 4, middle + 12)
                    page.fill(room, colour, zorder=1.2)
                page.lines(at, middle, [text], LEAST, ink, align="center")
            start += share
    page.alt = "Stacked bars of where councils stand at the end. " + " ".join(
        f"{view.title(s)}: "
        + ", ".join(f"{CLASSES[k][0]} {percent(shares[s][k])}" for k in seen)
        + "."
        for s in names
    )
    return page
