"""Money: net saving over time, and who gains and loses."""

from __future__ import annotations

import math

import numpy as np

from sim.present.chart import (
    End,
    draw_band,
    key_of_scenarios,
    label_ends,
    number_axis,
    opening_axis,
    opening_words,
    panel_title,
    share_axis,
    nice_top,
)
from sim.present.numbers import Group, View, band, span_words
from sim.present.style import (
    COLOURS,
    INK,
    LABEL,
    LEAST,
    MARKERS,
    PALE,
    QUIET,
    SPARE_COLOURS,
    Box,
    Sheet,
    line_height,
    text_width,
    wrap,
)

PARTS = (
    ("net_saving_councils_gbp_m", "councils: savings less fees and costs", COLOURS[0], MARKERS[0]),
    ("net_saving_programme_gbp_m", "programme: fees less its cost", COLOURS[1], MARKERS[1]),
    ("net_saving_total_gbp_m", "both together", INK, MARKERS[3]),
)
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


def gbp_m(value: float) -> str:
    """Write £m as in a sentence."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    number = f"{size:,.0f}" if size >= 9.95 else f"{size:,.1f}"
    if float(number.replace(",", "")) == 0.0:
        return "£0m"
    return f"{'−' if value < 0 else ''}£{number}m"


def gbp_thousand(value: float) -> str:
    """Write £m as pounds, for sums of one council."""
    thousands = round(abs(value) * 1000)
    if thousands == 0:
        return "£0"
    return f"£{thousands:,},000" if thousands < 1000 else f"£{thousands / 1000:,.1f}m"


# ---------------------------------------------------------------- over time


def net_saving(view: View) -> list[Sheet]:
    """Cumulative net saving since opening: councils, programme, total, a panel a scenario."""
    names = [name for name in view.scenarios if view.opens(name)]
    if not names:
        return []
    pages = math.ceil(len(names) / 6)
    size = math.ceil(len(names) / pages)
    return [
        _net_saving(view, names, names[page * size : (page + 1) * size], page + 1)
        for page in range(pages)
    ]


def _end(view: View, scenario: str, column: str) -> tuple[float, float]:
    """Month and median where the line of a scenario ends."""
    fan = view.fan(scenario, column, "opening")
    at = int(np.searchsorted(fan.x, view.opening_months, side="right")) - 1
    return float(fan.x[at]), float(fan.middle[at])


def _net_saving(view: View, everyone: list[str], names: list[str], page: int) -> Sheet:
    total = PARTS[2][0]
    ends = {name: _end(view, name, total)[1] for name in everyone}
    best = max(ends, key=lambda name: ends[name])
    months = view.opening_months
    paid = sum(value > 0 for value in ends.values())
    when = f"within {span_words(months)} of opening"
    if not any(ends.values()):
        title = "No money is spent or saved in any scenario"
    elif paid == 0:
        title = (
            f"No scenario pays for itself {when}; “{view.title(best)}” comes closest "
            f"({gbp_m(ends[best])})"
            if len(ends) > 1
            else f"“{view.title(best)}” does not pay for itself {when} ({gbp_m(ends[best])})"
        )
    else:
        many = f"{paid} of {len(ends)} scenarios pay" if len(ends) > 1 else "The programme pays"
        many = many.replace("1 of", "Only 1 of").replace("scenarios pay", "scenarios pays") if (
            paid == 1 and len(ends) > 1
        ) else many
        many = many + (" for themselves" if paid > 1 else " for itself")
        title = f"{many} {when}; most in “{view.title(best)}” ({gbp_m(ends[best])})"
    bands = "band: 90% " if view.futures > 1 else ""
    sheet = Sheet(
        f"net_saving_{page}" if page > 1 else "net_saving",
        title,
        "Savings less costs so far, £m at 2017-18 prices, discounted to April 2018, up to "
        f"{months} months since opening. Line: median; {bands}{view.of_futures}{view.rough}.",
        view.source,
    )
    columns = {1: 1, 2: 2, 4: 2}.get(len(names), 3)
    rows = math.ceil(len(names) / columns)
    body = sheet.body.inset(bottom=26)
    low, high = _money_limits(view, everyone, months)
    body = key_of_scenarios(sheet, [part[1:] for part in PARTS], body)
    room = 42 + max(
        text_width(gbp_m(_end(view, name, column)[1]), LABEL)
        for name in everyone
        for column, *_ in PARTS
    )
    lines = max(len(wrap(view.title(n), LABEL, body.width / columns - 30, 2)) for n in names)
    for place, (name, cell) in enumerate(
        zip(names, body.cells(rows, columns, 26, 16), strict=False)
    ):
        panel_title(sheet, cell, view.title(name))
        chart = cell.inset(left=70, right=room,
                           bottom=28, top=10 + lines * line_height(LABEL))
        ax = sheet.axes(chart)
        number_axis(ax, low, high, axis="y", most=5 if rows > 1 else 8, form="£{}m")
        opening_axis(ax, max(months, 1), labels=place + columns >= len(names),
                     most=8 if chart.width > 250 else 5)
        ax.spines["bottom"].set_visible(False)
        ax.axhline(0, color=INK, linewidth=1.4, zorder=1)
        labels = []
        for column, _, colour, marker in PARTS:
            fan = view.fan(name, column, "opening")
            if view.futures > 1:
                ax.fill_between(fan.x, fan.low90, fan.high90, color=colour, alpha=0.18, linewidth=0)
            ax.plot(fan.x, fan.middle, color=colour, linewidth=2.4, solid_capstyle="butt")
            x, value = _end(view, name, column)
            labels.append(
                End(
                    chart.left + chart.width * x / max(months, 1),
                    chart.bottom + chart.height * (value - low) / (high - low),
                    "",
                    gbp_m(value),
                    colour,
                    marker,
                )
            )
        room_for = Box(chart.left, cell.bottom, cell.right, chart.top + 14)
        label_ends(sheet, labels, chart.right + 22, room_for)
    sheet.lines(body.left + 70, body.bottom - 14, [opening_words(months)], LEAST, QUIET)
    sheet.alt = "Net saving over time. " + " ".join(
        f"{view.title(name)}: {gbp_m(ends[name])} in all." for name in names
    )
    return sheet


def _money_limits(view: View, names: list[str], months: int) -> tuple[float, float]:
    """A scale that holds all bands, with some air, and zero."""
    low = high = 0.0
    for name in names:
        for column, *_ in PARTS:
            fan = view.fan(name, column, "opening")
            seen = fan.x <= months
            low = min(low, float(fan.low90[seen].min()))
            high = max(high, float(fan.high90[seen].max()))
    span = max(high - low, 0.1)
    return low - 0.04 * span, high + 0.04 * span


# ---------------------------------------------------------------- who gains and loses


def gains_losses(view: View) -> list[Sheet]:
    """Net saving per council and joined share by type and size, one picture a set of councils."""
    sheets: list[Sheet] = []
    for panel in view.panels:
        rows = _group_rows(view, panel)
        if rows:
            number = f"_{len(sheets) + 1}" if sheets else ""
            sheets.append(_gains(view, panel, rows, f"gains_losses{number}"))
    return sheets


def _group_rows(view: View, panel: Group) -> list[tuple[str, str, int]]:
    """Groups to show: (grouping, group, councils); a grouping with one group says nothing."""
    groups = view.results.groups
    here = groups[groups["scenario"].isin(panel.scenarios)]
    rows: list[tuple[str, str, int]] = []
    for grouping in ("council type", "size band"):
        some = here[here["grouping"] == grouping]
        counts = some.groupby("group")["councils"].median()
        names = sorted(counts.index, key=lambda n: (list(GROUPS).index(n) if n in GROUPS else 99, n))
        if len(names) > 1:
            rows += [(grouping, str(name), round(float(counts[name]))) for name in names]
    return rows


def _gains(view: View, panel: Group, rows: list[tuple[str, str, int]], name: str) -> Sheet:
    money = "net_saving_per_council_gbp_m"
    headline = view.headline.column
    groups = view.results.groups

    def values(scenario: str, grouping: str, group: str, column: str) -> list[float]:
        mask = (
            (groups["scenario"] == scenario)
            & (groups["grouping"] == grouping)
            & (groups["group"] == group)
        )
        return [float(v) for v in groups.loc[mask, column]] if column in groups else []

    spreads = {
        (scenario, grouping, group): (
            band(values(scenario, grouping, group, money)),
            band(values(scenario, grouping, group, headline)),
        )
        for scenario in panel.scenarios
        for grouping, group, _ in rows
    }
    lead = view.base if view.base in panel.scenarios else panel.scenarios[0]
    sheet = Sheet(
        name,
        _gains_title(view, lead, {
            row[1]: spreads[lead, row[0], row[1]][0].middle for row in rows
        }),
        "Left: savings less costs of an average council over the whole horizon, £000 at 2017-18 "
        f"prices, discounted. Right: share joined {view.headline.words}. {view.dot_words}.",
        view.source,
    )
    body = sheet.body
    if panel.title:
        sheet.lines(body.left, body.top - 10, [panel.title], LABEL, INK)
        body = body.inset(top=28)
    names = [(view.title(s), *view.look(s)) for s in panel.scenarios]
    body = key_of_scenarios(sheet, names, body)
    widest = max(text_width(_row_name(row), LEAST) for row in rows)
    left = body.left + widest + 24
    middle = left + (body.right - left) * 0.56
    money_box = Box(left, body.bottom + 30, middle - 24, body.top - 30)
    share_box = Box(middle + 24, body.bottom + 30, body.right - 10, body.top - 30)
    sheet.lines(left, body.top - 10, ["Net saving of a council, £000"], LEAST, QUIET)
    sheet.lines(share_box.left, body.top - 10, ["Share joined"], LEAST, QUIET)
    breaks = [i for i in range(1, len(rows)) if rows[i][0] != rows[i - 1][0]]
    centres = [i + 0.5 * sum(b <= i for b in breaks) for i in range(len(rows))]
    bottom, top = centres[-1] + 0.5, -0.5
    money_ax, share_ax = sheet.axes(money_box), sheet.axes(share_box)
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
    count = len(panel.scenarios)
    step = 0.8 / count
    for place, row in zip(centres, rows, strict=True):
        y = money_box.top - money_box.height * (place - top) / (bottom - top)
        sheet.lines(body.left, y, [_row_name(row)], LEAST, INK)
        for ax in (money_ax, share_ax):
            ax.axhline(place + 0.5, color=PALE, linewidth=1.0, zorder=0)
        for i, scenario in enumerate(panel.scenarios):
            colour, marker = view.look(scenario)
            at = place + (i - (count - 1) / 2) * step
            saving, share = spreads[scenario, row[0], row[1]]
            thousands = band([]) if not saving.futures else type(saving)(
                *(1000 * v for v in (saving.low90, saving.low50, saving.middle, saving.high50,
                                     saving.high90)), saving.futures)
            draw_band(money_ax, thousands, at, colour, marker, thick=6.0, size=8.0)
            draw_band(share_ax, share, at, colour, marker, thick=6.0, size=8.0)
    sheet.alt = (
        f"Dots with intervals of net saving per council under “{view.title(lead)}”: "
        + ", ".join(
            f"{_row_name(row)} {_signed(spreads[lead, row[0], row[1]][0].middle)}" for row in rows
        )
        + "."
    )
    return sheet


def _signed(value: float) -> str:
    return ("−" if value < -5e-4 else "") + gbp_thousand(value) if math.isfinite(value) else "–"


def _row_name(row: tuple[str, str, int]) -> str:
    return f"{GROUPS.get(row[1], row[1])} ({row[2]})"


def _gains_title(view: View, lead: str, medians: dict[str, float]) -> str:
    """Say which groups come off best and worst under the first scenario."""
    known = {name: value for name, value in medians.items() if math.isfinite(value)}
    if not known or not any(known.values()):
        return f"Under “{view.title(lead)}” no council gains or loses money"
    best = max(known, key=lambda name: known[name])
    worst = min(known, key=lambda name: known[name])

    def verb(name: str) -> str:
        words = "gain" if known[name] > 0 else "lose"
        return f"{words} {gbp_thousand(known[name])} each"

    def who(name: str) -> str:
        plural = GROUPS.get(name, name)
        if "0,000" in plural:
            if plural.startswith("Under"):
                return "councils of under 100,000 people"
            return f"councils of {plural} people".replace("and over people", "people and over")
        return plural if plural.startswith("London") else plural[0].lower() + plural[1:]

    if known[best] <= 0:
        return (
            f"Every group of councils loses money under “{view.title(lead)}”: {who(worst)} most "
            f"({gbp_thousand(known[worst])} each), {who(best)} least ({gbp_thousand(known[best])})"
        )
    return f"Under “{view.title(lead)}”, {who(best)} {verb(best)}, {who(worst)} {verb(worst)}"
