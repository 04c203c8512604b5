"""Who gains and who loses, by type of council and by size."""

from __future__ import annotations

import math

from sim.files.words import listed
from sim.present.figures.axes import draw_band, key_of_scenarios, nice_top, number_axis, share_axis
from sim.present.figures.page import Box, Page
from sim.present.figures.style import INK, LABEL, LEAST, PALE, QUIET, text_width
from sim.present.formats import count, gbp_thousand
from sim.present.view import Group, View
from sim.present.words import month_name, sentence
from sim.settings import month_text

ROW_HIGH = 96.0  # most pixels for a row
MOST_NAMED = 2  # groups in a title that are level

GROUPS = {
    "county": "Counties",
    "district": "Districts",
    "unitary": "Unitaries",
    "metropolitan": "Metropolitan districts",
    "london": "London boroughs",
    "scottish_unitary": "Scottish councils",
    "synthetic": "Made-up councils",
    "under 100,000": "Under 100,000 people",
    "100,000-250,000": "100,000 to 250,000",
    "250,000-500,000": "250,000 to 500,000",
    "500,000 and over": "500,000 and over",
}


def gains_losses(view: View) -> list[Page]:
    """Net saving per council and joined share by kind, of two scenarios for each set of councils.

    Kinds are types of council, or sizes where there is one type only; the rest is in the tables.
    """
    pages: list[Page] = []
    for group in view.sets:
        opening = [name for name in group.scenarios if view.opens(name)]
        if not opening:
            continue
        panel = Group(group.title, view.contrast_among(opening))
        rows = group_rows(view, panel)
        if rows:
            number = f"_{len(pages) + 1}" if pages else ""
            pages.append(_gains(view, panel, rows, f"gains_losses{number}"))
    return pages


def group_rows(view: View, panel: Group) -> list[tuple[str, str, str]]:
    """Groups to show: (grouping, group, councils), of the first grouping with more than one."""
    table = view.findings["groups"]
    here = table[table["scenario"].isin(panel.scenarios)]
    rows: list[tuple[str, str, str]] = []
    for grouping in ("council type", "size band"):
        some = here[here["grouping"] == grouping]
        names = sorted(
            some["group"].unique(), key=lambda n: (list(GROUPS).index(n) if n in GROUPS else 99, n)
        )
        for name in names if len(names) > 1 else []:
            counts = some.loc[some["group"] == name, "councils"]
            # Scenarios of one panel may still have different councils.
            many = dict.fromkeys(count(number) for number in (counts.min(), counts.max()))
            rows.append((grouping, str(name), " to ".join(many)))
        if rows:
            break
    return rows


def _gains(view: View, panel: Group, rows: list[tuple[str, str, str]], name: str) -> Page:
    outcomes = ("net_saving_per_council_gbp_m", view.headline.outcome)
    spreads = {
        (scenario, grouping, group): [
            view.of_group(scenario, grouping, group, outcome) for outcome in outcomes
        ]
        for scenario in panel.scenarios
        for grouping, group, _ in rows
    }
    lead = panel.scenarios[0]
    end = month_name(month_text(view.calendar_ends[1]))
    page = Page(
        name,
        _gains_title(
            view,
            {
                scenario: {row[1]: spreads[scenario, row[0], row[1]][0].middle for row in rows}
                for scenario in panel.scenarios
            },
        ),
        f"Left: savings less costs of an average council by {end}, £000 at 2017-18 "
        "prices, discounted; title: where the median is farthest from nothing. Right: share "
        f"joined {view.headline.words}. {view.dot_words}.",
        view.source + " Other scenarios and groups are in the tables." + view.clock_note,
    )
    body = page.body
    if panel.title:
        page.lines(body.left, body.top - 10, [panel.title], LABEL, INK)
        body = body.inset(top=28)
    names = [(view.title(s), *view.look(s), ()) for s in panel.scenarios]
    body = key_of_scenarios(page, names, body)
    widest = max(text_width(_row_name(row), LEAST) for row in rows)
    left = body.left + widest + 24
    middle = left + (body.right - left) * 0.56
    money_box = Box(left, body.bottom + 30, middle - 24, body.top - 36)
    share_box = Box(middle + 24, body.bottom + 30, body.right - 26, body.top - 36)
    page.lines(left, body.top - 14, ["Net saving of an average council, £000"], LEAST, QUIET)
    page.lines(share_box.left, body.top - 14, ["Share joined"], LEAST, QUIET)
    centres = [float(i) for i in range(len(rows))]
    bottom, top = centres[-1] + 0.5, -0.5
    # A few rows are not pulled apart over the whole page.
    tall = min(money_box.height, ROW_HIGH * len(rows))
    money_box, share_box = (
        Box(box.left, box.top - tall, box.right, box.top) for box in (money_box, share_box)
    )
    money_ax, share_ax = page.axes(money_box), page.axes(share_box)
    all_money = [s[0] for s in spreads.values() if math.isfinite(s[0].middle)]
    low = 1000 * min([0.0, *[s.low90 for s in all_money]])
    high = 1000 * max([0.0, *[s.high90 for s in all_money]])
    air = 0.05 * max(high - low, 1.0)
    number_axis(money_ax, low - air, high + air, most=7, form="{}")
    money_ax.axvline(0, color=INK, linewidth=1.4, zorder=1)
    highest = max([0.0, *[s[1].high90 for s in spreads.values() if math.isfinite(s[1].middle)]])
    share_axis(share_ax, nice_top(highest), axis="x")
    for ax in (money_ax, share_ax):
        ax.set_ylim(bottom, top)
        ax.set_yticks([])
        ax.spines["bottom"].set_visible(False)
    lines = len(panel.scenarios)
    step = 0.56 / lines
    for index, row in zip(centres, rows, strict=True):
        y = money_box.top - money_box.height * (index - top) / (bottom - top)
        page.lines(body.left, y, [_row_name(row)], LEAST, INK)
        for ax in (money_ax, share_ax):
            ax.axhline(index + 0.5, color=PALE, linewidth=1.0, zorder=0)
        for i, scenario in enumerate(panel.scenarios):
            colour, marker = view.look(scenario)
            at = index + (i - (lines - 1) / 2) * step
            saving, share = spreads[scenario, row[0], row[1]]
            draw_band(money_ax, saving.times(1000), at, colour, marker, thick=9.0, size=11.0)
            draw_band(share_ax, share, at, colour, marker, thick=9.0, size=11.0)
    page.alt = (
        f"Dots with intervals of net saving per council under “{view.title(lead)}”: "
        + ", ".join(
            f"{_row_name(row)} {_signed(spreads[lead, row[0], row[1]][0].middle)}" for row in rows
        )
        + "."
    )
    return page


def _signed(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return ("−" if round(1000 * value) < 0 else "") + gbp_thousand(value)


def _row_name(row: tuple[str, str, str]) -> str:
    return f"{GROUPS.get(row[1], row[1])} ({row[2]})"


def _gains_title(view: View, medians: dict[str, dict[str, float]]) -> str:
    """Say which groups come off worst under each scenario, or which gain most where none loses.

    Sums that read the same are ties, and what reads £0 is neither gained nor lost.
    """
    said: list[str] = []
    before = ""
    for scenario, values in medians.items():
        known = {name: round(1000 * value) for name, value in values.items() if value == value}
        name = view.named(scenario)
        if not known:
            said.append(f"what is at stake is not known under {name}")
            continue
        worst, best = min(known.values()), max(known.values())
        most, verb = (worst, "lose") if worst < 0 else (best, "gain")
        if most == 0:
            said.append(f"nothing is at stake (£0) under {name}")
            continue
        groups = [group for group, thousands in known.items() if thousands == most]
        if len(groups) == len(known) > 1:
            who = f"all groups {verb} "
        elif len(groups) > MOST_NAMED:
            who = f"{len(groups)} of {len(known)} groups {verb} "
        else:
            who = f"{listed([_who(group) for group in groups])} {verb} "
        said.append(f"{who if who != before else ''}{gbp_thousand(most / 1000)} under {name}")
        before = who
    return sentence(", ".join(said))


def _who(group: str) -> str:
    """Name a group within a sentence."""
    plural = GROUPS.get(group, group)
    if "0,000" in plural:
        people = plural[0].lower() + plural[1:]
        people = people if "people" in people else f"{people} people"
        return f"councils of {people}".replace("and over people", "people and over")
    proper = plural.startswith(("London", "Scottish"))
    return plural if proper else plural[0].lower() + plural[1:]
