"""What certainty costs: the frontier of a search in fresh futures, over all that was tried."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.present.figures.axes import number_axis
from sim.present.figures.page import Page
from sim.present.figures.style import COLOURS, GREY, INK, LABEL, LEAST, QUIET, wrap
from sim.present.formats import percent, plain_number

ANSWER, OTHERS = COLOURS[2], COLOURS[0]
LEFT, KEY = 90.0, 56.0
NAMES = {
    "as written": "as written",
    "no push": "no push",
    "everything": "all levers at their upper ends",
}


def frontier_page(
    findings: Mapping[str, pd.DataFrame], title: str, names: Mapping[str, str], foot: str
) -> Page:
    """Draw the frontier.

    Parameters
    ----------
    findings
        Of a search.
    title
        What it says.
    names
        What the cost is called ("cost") and how its ticks are written ("form"), and the policy
        that is the answer ("answer").
    foot
        What made it.
    """
    answer = findings["answer"].iloc[0]
    sure = bool((findings["frontier"]["certainty"] > 0).any())
    measure = (
        "Share of futures that meet all goals at once"
        if sure
        else "Part of what is asked for that is reached with the probability asked for; no policy "
        "met all goals in any future"
    )
    page = Page(
        "frontier",
        title,
        f"{measure}, against {names['cost']}, the mean over futures. Grey: the "
        f"{int(answer['policies']):,} policies as they did in the search. Dark: the best of them, "
        f"run again in {int(answer['fresh_futures']):,} fresh futures, with 95% intervals.",
        foot,
    )
    column = "certainty" if sure else "reached"
    tried, best = _reached(findings["tried"]), _reached(findings["frontier"])
    named = _reached(findings["policies"])
    chart = page.body.inset(left=LEFT, bottom=64, top=KEY, right=24)
    ax = page.axes(chart)
    costs = pd.concat([tried["cost"], best["cost"], named["cost"]])
    costs = costs[costs < 1e8]
    spread = max(float(costs.max() - costs.min()), 0.02 * abs(float(costs.max())), 1e-6)
    low, high = float(costs.min()) - 0.05 * spread, float(costs.max()) + 0.05 * spread
    number_axis(ax, low, high, most=8, form=names["form"])
    ax.set_ylim(-0.02, 1.02)
    ticks = np.arange(0.0, 1.01, 0.2)
    ax.set_yticks(ticks, [percent(tick) for tick in ticks])
    ax.yaxis.grid(True, color="#E8EAEC", linewidth=1.0)
    ax.plot(tried["cost"], tried[column], "o", color=GREY, markersize=4, alpha=0.6, zorder=1)
    line = best[best["on_frontier"]].sort_values("cost")
    ax.step(line["cost"], line[column], where="post", color=OTHERS, linewidth=2.0, zorder=2)
    if sure:
        reach = [
            best["certainty"] - best["certainty_low"],
            best["certainty_high"] - best["certainty"],
        ]
        ax.errorbar(best["cost"], best["certainty"], yerr=reach, fmt="none", ecolor=OTHERS,
                    elinewidth=1.2, zorder=2)  # fmt: skip
    ax.plot(best["cost"], best[column], "o", color=OTHERS, markersize=7, zorder=3)
    for name, marker in (("as written", "s"), ("no push", "v"), ("everything", "^")):
        row = named[named["policy"] == name].iloc[0]
        ax.plot([row["cost"]], [row[column]], marker, color=INK, markersize=10, zorder=4)
    at = named[named["policy"] == "answer"].iloc[0]
    ax.plot([at["cost"]], [at[column]], "D", color=ANSWER, markersize=12, zorder=5)
    _key(page, page.body.left, page.body.top - 16, names["answer"])
    page.lines(
        chart.left,
        chart.bottom - 40,
        wrap(names["cost"][:1].upper() + names["cost"][1:], LABEL, chart.width, 1),
        LABEL,
        QUIET,
        valign="top",
    )
    page.alt = f"{title}. " + " ".join(
        f"{NAMES.get(str(row['policy']), names['answer'])}: "
        f"{names['form'].format(plain_number(row['cost']))}, {percent(row[column])}."
        for _, row in named.iterrows()
    )
    return page


def _reached(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(reached=1.0 - table["shortfall"])


def _key(page: Page, left: float, y: float, answer: str) -> None:
    """Say what the marks are."""
    x = left + 8
    for marker, colour, words in (
        ("D", ANSWER, answer),
        ("s", INK, NAMES["as written"]),
        ("v", INK, NAMES["no push"]),
        ("^", INK, NAMES["everything"]),
    ):
        page.mark(x, y, colour, marker)
        page.lines(x + 18, y, [words], LEAST, INK)
        x += 60 + 9.2 * len(words)
