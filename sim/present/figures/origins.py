"""What brought members in: shares that add up to the mean of the share of councils joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.files.words import listed
from sim.model.rules import ORIGINS
from sim.present.figures.axes import (
    nice_top,
    opening_axis,
    opening_words,
    panel_title,
    share_axis,
    spread,
)
from sim.present.figures.page import Box, Page
from sim.present.figures.style import (
    INK,
    LABEL,
    LEAST,
    QUIET,
    line_height,
    text_width,
    wrap,
)
from sim.present.formats import percent
from sim.present.view import View
from sim.present.words import AGENDA, sentence, span_words

# Fill and pattern of each of `ORIGINS`: what lies on each other differs in more than colour.
LOOKS = dict(
    zip(
        ORIGINS,
        (
            ("#3D3D3D", ".."),
            ("#BFBFBF", ""),
            ("#12436D", ""),
            ("#6BACE6", "//"),
            ("#28A197", "\\\\"),
            ("#801650", "xx"),
            ("#F46A25", ""),
        ),
        strict=True,
    )
)
# The same in a title.
SHORT = {
    "start": "being in from the start",
    "habit": "routine",
    "visits": "visits",
    "contracts": "ending contracts",
    "peers": "other members",
    "worry": "worry about attacks",
    "duty": "duty",
}
LEAST_SHOWN = 0.005  # areas below it carry no number


@dataclass(frozen=True, eq=False)
class Stack:
    """Areas of a scenario: the share brought in by each of `ORIGINS`, a row each, by month."""

    scenario: str
    months: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]

    @property
    def last(self) -> dict[str, float]:
        """Shares of councils in the last month that is shown."""
        return dict(zip(ORIGINS, self.shares[:, -1].tolist(), strict=True))

    @property
    def main(self) -> str | None:
        """What brought in more members than anything else, in a title; None where nobody joined."""
        if self.shares[:, -1].sum() < LEAST_SHOWN:
            return None
        second, first = sorted(ORIGINS, key=self.last.__getitem__)[-2:]
        # What reads the same in the picture is not told apart above it.
        alike = percent(self.last[first]) == percent(self.last[second])
        return "mixed" if alike else SHORT[first]


def stack_of(view: View, scenario: str) -> Stack | None:
    """Shares since opening up to the headline month; None of a scenario that never opens."""
    table = view.findings["origins"]
    own = table[(table["scenario"] == scenario) & (table["clock"] == "opening")]
    wide = own.pivot(index="month", columns="origin", values="mean").sort_index()
    wide = wide[wide.index <= (view.headline.months or view.opening_months)]
    if wide.empty:
        return None
    months = np.concatenate([[0.0], wide.index.to_numpy(dtype=np.float64)])
    shares = wide[list(ORIGINS)].to_numpy(dtype=np.float64).T
    # Those who are in from the start are in before the offer opens to others.
    before = np.where(np.array(ORIGINS)[:, np.newaxis] == "start", shares[:, :1], 0.0)
    return Stack(scenario, months, np.concatenate([before, shares], axis=1))


def origins(view: View) -> list[Page]:
    """Stacked areas of the contrast that was asked, side by side on one scale."""
    found = (stack_of(view, scenario) for scenario in view.contrast)
    stacks = [stack for stack in found if stack is not None]
    return [_page(view, stacks)] if stacks else []


def _title(view: View, stacks: list[Stack]) -> str:
    """Say what brought in more members than anything else, under each scenario."""
    known = [(stack.main, view.named(stack.scenario)) for stack in reversed(stacks)]
    said = [(why, name) for why, name in known if why is not None]
    if not said:
        return f"Nobody has joined {view.headline.words}"
    if len(said) == 2 and said[0][0] == said[1][0]:
        return f"Main cause of joining: {said[0][0]}, under both {said[0][1]} and {said[1][1]}"
    return f"Main cause of joining: {', '.join(f'{why} under {name}' for why, name in said)}"


def _page(view: View, stacks: list[Stack]) -> Page:
    months = int(max(stack.months[-1] for stack in stacks))
    cut = [view.named(stack.scenario) for stack in stacks if len(view.fates(stack.scenario)) > 1]
    page = Page(
        "origins",
        _title(view, stacks),
        "Share of councils that are members or on their way in, by what had put the offer on their "
        f"agenda: mean (not median) {view.of_futures}{view.rough}, up to {span_words(months)} "
        "after opening. A member counts with each cause in proportion.",
        view.source
        + (f" {listed(cut)}: of cancelled and other futures together." if cut else "")
        + view.clock_note,
    )
    seen = [
        origin
        for row, origin in enumerate(ORIGINS)
        if any(stack.shares[row].max() > 0 for stack in stacks)
    ]
    body = _key(page, seen).inset(bottom=26)
    top = nice_top(max(float(stack.shares.sum(axis=0).max()) for stack in stacks))
    page.lines(body.left + 60, body.bottom - 14, [opening_words(months)], LEAST, QUIET)
    for stack, cell in zip(stacks, body.cells(1, len(stacks), 30), strict=True):
        _panel(page, view, stack, cell, top, months)
    page.alt = f"Stacked areas of what brought members in. {page.title}. " + " ".join(
        f"{view.title(stack.scenario)}, {span_words(int(stack.months[-1]))} after opening: "
        + ", ".join(f"{AGENDA[origin]} {percent(stack.last[origin])}" for origin in seen)
        + "."
        for stack in stacks
    )
    return page


def _key(page: Page, seen: list[str]) -> Box:
    """Name the areas in the order in which they lie, the lowest first; returns what is left."""
    body = page.body
    x, y = body.left, body.top - 12
    for origin in seen:
        words = sentence(AGENDA[origin])
        width = 28 + text_width(words, LEAST) + 26
        if x > body.left and x + width - 26 > body.right:
            x, y = body.left, y - line_height(LEAST) - 4
        colour, hatch = LOOKS[origin]
        page.fill(Box(x, y - 8, x + 20, y + 8), colour, hatch=hatch)
        page.lines(x + 28, y, [words], LEAST, INK)
        x += width
    return Box(body.left, body.bottom, body.right, y - 22)


def _panel(page: Page, view: View, stack: Stack, cell: Box, top: float, months: int) -> None:
    """Areas of one scenario, with numbers where they end."""
    look = view.style(stack.scenario)
    page.mark(cell.left + 8, cell.top - line_height(LABEL) / 2, look.colour, look.marker, 9)
    panel_title(page, cell.inset(left=22), view.title(stack.scenario), most=2)
    lines = len(wrap(view.title(stack.scenario), LABEL, cell.width - 22, 2))
    chart = cell.inset(left=60, right=74, bottom=34, top=12 + lines * line_height(LABEL))
    ax = page.axes(chart)
    share_axis(ax, top)
    opening_axis(ax, months)
    edges = np.concatenate([np.zeros((1, stack.shares.shape[1])), stack.shares.cumsum(axis=0)])
    shown: list[tuple[float, str]] = []
    for origin, low, high in zip(ORIGINS, edges[:-1], edges[1:], strict=True):
        if (high - low).max() <= 0:
            continue
        colour, hatch = LOOKS[origin]
        ax.fill_between(
            stack.months,
            low,
            high,
            facecolor=colour,
            edgecolor="white",
            hatch=hatch or None,
            linewidth=0.8,
            zorder=1.0,
        )
        if high[-1] - low[-1] >= LEAST_SHOWN:
            middle = chart.bottom + chart.height * float(low[-1] + high[-1]) / 2 / top
            shown.append((middle, percent(float(high[-1] - low[-1]))))
    total = edges[-1]
    ax.plot(stack.months, total, color=INK, linewidth=2.0, zorder=2.0)
    end = chart.left + chart.width * float(stack.months[-1]) / months
    step = line_height(LABEL)
    whole = chart.bottom + chart.height * float(total[-1]) / top
    shown.append((whole + step, f"{percent(float(total[-1]))} in all"))
    heights = [step] * len(shown)
    places = spread([y for y, _ in shown], heights, chart.bottom - step, chart.top + step)
    for (_, text), y in zip(shown[:-1], places[:-1], strict=True):
        page.lines(end + 8, y, [text], LABEL, INK)
    page.lines(end + 66, places[-1], [shown[-1][1]], LABEL, INK, align="right")
