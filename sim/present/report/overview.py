"""The scenarios side by side at the headline month, in one table of eight results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from sim.present.blocks import Block, Number, Paragraph, Table, Text
from sim.present.report.facts import Facts

Cell = Callable[[Facts, str], Text]
CHANCE = "chance"
BRIEF = (
    "Joined",
    "Spend routed",
    CHANCE,
    "Gave up at some time",
    "Programme cost",
    "Net saving, all",
)


def overview(facts: Facts) -> Iterator[Block]:
    """Give each scenario's results: who joins, how much is used, what it takes and what it pays."""
    yield Paragraph(
        [
            "Each figure is the median of the futures, that is of the simulated runs, and in "
            "brackets stands the band of 9 in 10 futures. Joined, spend routed and live are ",
            *facts.when,
            "; money, those who gave up and visits are up to ",
            facts.end,
            ". Spend routed: the part of the IT spend that the offer is about which goes through "
            "it. Live: done with migrating.",
        ]
    )
    yield overview_table(facts)


def overview_table(facts: Facts) -> Table:
    """Make the table of all eight results, a row a scenario."""
    columns = _columns()
    return _table(facts, facts.scenarios, list(columns.items()), "")


def brief_table(facts: Facts, scenarios: list[str]) -> Table:
    """Make the table of those results that fit the width of a page."""
    columns = _columns()
    chosen = [(name, columns[name]) for name in BRIEF]
    return _table(facts, scenarios, chosen, "The scenarios side by side")


def _columns() -> dict[str, Cell]:
    return {
        "Councils": lambda facts, name: facts.headline(name, "councils", "count"),
        "Joined": lambda facts, name: _share(facts, name, facts.outcome),
        "Spend routed": lambda facts, name: _share(facts, name, facts.use),
        "Live": _live,
        CHANCE: chance,
        "Gave up at some time": lambda facts, name: _share(facts, name, "abandoned_share"),
        "Visits made of those planned (to a council in a year)": _visits,
        "Programme cost": lambda facts, name: facts.money_band(name, "programme_cost_gbp_m"),
        "Net saving, all": lambda facts, name: facts.money_band(name, "net_saving_total_gbp_m"),
    }


def _table(
    facts: Facts, scenarios: list[str], columns: list[tuple[str, Cell]], caption: str
) -> Table:
    heads: list[Text] = [
        [
            "Chance that ",
            facts.in_force("pass_share", "percent"),
            " join within ",
            facts.in_force("longest_months", "span"),
        ]
        if name == CHANCE
        else name
        for name, _ in columns
    ]
    return Table(
        ["Scenario", *heads],
        [[facts.title(name), *(cell(facts, name) for _, cell in columns)] for name in scenarios],
        align="l" + "r" * len(columns),
        caption=caption,
    )


def chance(facts: Facts, scenario: str) -> Text:
    """Say how likely most councils join in time, in words and as a share of futures."""
    row = facts.row(scenario, "passed")
    if facts.nothing_on_offer(scenario) or row is None or math.isnan(row["mean"]):
        return facts.chance(scenario)
    return [facts.chance(scenario), " (", facts.of(scenario, "passed", "mean"), ")"]


def _share(facts: Facts, scenario: str, outcome: str) -> Text:
    if facts.nothing_on_offer(scenario):
        return "nothing on offer"
    row = facts.row(scenario, outcome)
    if row is None or math.isnan(row["median"]):
        return "not seen"
    return facts.band(scenario, outcome)


def _live(facts: Facts, scenario: str) -> Text:
    row = facts.findings.row("headline", scenario)
    if facts.nothing_on_offer(scenario):
        return "nothing on offer"
    if row is None or math.isnan(float(str(row["live_median"]))):
        return "not seen"

    def of(column: str, form: str = "percent") -> Number:
        return facts.headline(scenario, column, form)

    if facts.trials(scenario) == 1:
        return of("live_median")
    return [of("live_median"), " (", of("live_q05", "percent_bare"), "–", of("live_q95"), ")"]


def _visits(facts: Facts, scenario: str) -> Text:
    """Give visits; fewer are made than planned where there is nobody left to call on."""
    planned = facts.row(scenario, "visits_planned")
    if planned is None or not planned["median"] > 0.0:
        return "none planned"
    made, of = (facts.of(scenario, name, form="count") for name in ("visits", "visits_planned"))
    a_year = facts.of(scenario, "visits_per_council_per_year", form="plain")
    return [made, " of ", of, " (", a_year, ")"]
