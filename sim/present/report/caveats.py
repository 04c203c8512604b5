"""What to keep in mind, and what a result must not be used for."""

from __future__ import annotations

from collections.abc import Iterator

from sim.present.blocks import Number, Part, Quote, Strong, Text
from sim.present.report.facts import Facts, joined, listed_parts
from sim.settings import Scenario
from sim.settings.events import regimes

FIRST = 3


def caveats(facts: Facts) -> list[Text]:
    """Everything to keep in mind, what matters most first.

    What is missing from the results comes before what they must not be used for, that before
    what the file says, and last what makes a comparison lopsided.
    """
    return [
        *_failed(facts),
        *_few(facts),
        *_duty(facts),
        *(Quote(caveat) for caveat in facts.experiment.caveats),
        *_cancelled(facts),
        *_reviewed_later(facts),
        *_budgets(facts),
    ]


def _named(facts: Facts, names: list[str]) -> list[Part]:
    return listed_parts([["“", facts.title(name), "”"] for name in names])


def _failed(facts: Facts) -> Iterator[Text]:
    for row in facts.rows("runs"):
        if row["failed"]:
            number = Number("runs", (row["kind"],), "failed", "count")
            word = " run failed" if row["failed"] == 1 else " runs failed"
            of = "" if row["kind"] == "scenario" else f" (kind: {row['kind']})"
            yield [Strong([number, word]), of + " and left out."]


def _few(facts: Facts) -> Iterator[Text]:
    if note := seeds_note(facts):
        yield [Strong("Too few futures for fine differences."), " ", *note]


def has_duty(scenario: Scenario) -> bool:
    """Are councils obliged to join, from the start or by an event?"""
    return any(settings.push.mandate is not None for _, settings in regimes(scenario))


def _duty(facts: Facts) -> Iterator[Text]:
    names = [name for name in facts.scenarios if has_duty(facts.settings(name))]
    if names:
        yield [
            Strong("A duty is no choice."),
            " Under ",
            *_named(facts, names),
            " councils are obliged to join. How many do so is then assumed more than found, and "
            "no dated case shows how councils answer a duty: do not use the share joined as an "
            "argument for one, and read the spend routed beside it.",
        ]


def _cancelled(facts: Facts) -> Iterator[Text]:
    for name in facts.scenarios:
        row = facts.row(name, "cancelled")
        if row is not None and row["mean"] > 0.0:
            yield [
                Strong("A programme is cancelled."),
                " A review ends “",
                facts.title(name),
                "” in ",
                facts.of(name, "cancelled", "mean"),
                " of futures, and nobody can join after that: its figures mix futures with and "
                "without a programme, and where the review sets its bar decides how many.",
            ]


def _reviewed_later(facts: Facts) -> Iterator[Text]:
    """Say that what a review would do is not seen where it falls after the end."""
    ends = facts.experiment.horizon.ends
    names = []
    for name in facts.scenarios:
        settings = facts.settings(name)
        reviews = [
            offer.opens + push.review_months - 1
            for push in (one.push for _, one in regimes(settings))
            for offer in settings.offers.values()
            if push.review_months is not None
        ]
        if reviews and min(reviews) > ends:
            names.append(name)
    if names:
        yield [
            Strong("A review falls after the end."),
            " Under ",
            *_named(facts, names),
            " it is due after ",
            facts.end,
            ", where the simulation ends: whether it would cancel the programme is not seen.",
        ]


def _budgets(facts: Facts) -> Iterator[Text]:
    """Say where programmes that are compared cost or do unequally much."""
    for words, unequal in (
        ("Budgets are not equal.", _cost),
        ("Visits differ, and their cost is not counted.", _effort),
    ):
        pairs = [
            (row["scenario"], row["versus"])
            for row in facts.contrasts()
            if (row["paired"] or unequal is _cost)
            and unequal(facts, row["scenario"], row["versus"])
        ]
        if not pairs:
            continue
        parts: list[list[Part]] = [
            [
                *_spent(facts, one, _councils(facts, other)),
                " against ",
                *_spent(facts, other, _councils(facts, one)),
            ]
            for one, other in pairs
        ]
        end = (
            "; what sets them apart is also what is spent on them."
            if unequal is _cost
            else "; more visits would cost more than is shown."
        )
        yield [Strong(words), " Programmes cost by ", facts.end, ": ", *joined(parts), end]


def _spent(facts: Facts, scenario: str, others: int) -> list[Part]:
    """Name a scenario with its cost, and its councils where those it is set against are others."""
    cost = facts.of(scenario, "programme_cost_gbp_m", form="gbp_m")
    councils: list[Part] = []
    if _councils(facts, scenario) != others:
        councils = [" for ", facts.headline(scenario, "councils", "count"), " councils"]
    return ["“", facts.title(scenario), "” (", cost, *councils, ")"]


def _councils(facts: Facts, scenario: str) -> int:
    (row,) = facts.rows("headline", scenario=scenario)
    return int(row["councils"])


def _cost(facts: Facts, one: str, other: str) -> bool:
    """Do programmes cost unequally much for each council?"""
    costs = sorted(
        float(row["median"]) / max(_councils(facts, name), 1)
        for name in (one, other)
        if (row := facts.row(name, "programme_cost_gbp_m")) is not None
    )
    offered = not any(facts.nothing_on_offer(name) for name in (one, other))
    return offered and len(costs) == 2 and costs[1] > 1.1 * costs[0]


def _effort(facts: Facts, one: str, other: str) -> bool:
    """Do visits differ by much where programmes cost the same a year, and none has its price?"""
    pushes = [facts.settings(name).push for name in (one, other)]
    rows = [facts.row(name, "visits_per_council_per_year") for name in (one, other)]
    visits = sorted(float(row["median"]) for row in rows if row is not None)
    same = pushes[0].annual_cost_gbp_m == pushes[1].annual_cost_gbp_m
    priced = any(
        team.cost_per_visit_gbp_m for push in pushes for team in (push, *push.teams.values())
    )
    return same and not priced and len(visits) == 2 and visits[1] > 1.5 * visits[0] + 0.1


def seeds_note(facts: Facts) -> list[Part]:
    """Say that the seeds are too few for the outcome the report leads with; [] if they are not."""
    rows = facts.rows("precision")
    fewest = facts.in_force("fewest_seeds")
    if any(row["seeds"] == 1 for row in rows):
        return ["One seed cannot tell how far futures differ: run at least ", fewest, "."]
    # A number that is missing, where the spread is not known, is no whole number.
    short = [
        row
        for row in rows
        if isinstance(row["seeds_needed"], int) and row["seeds_needed"] > row["seeds"]
    ]
    if not short:
        return []
    worst = max(short, key=lambda row: row["seeds_needed"])

    def of(column: str, form: str) -> Number:
        return Number("precision", (worst["scenario"],), column, form)

    if worst["reach"] <= worst["asked"]:
        return [
            of("seeds", "count"),
            " seeds are too few to tell how far futures differ: run at least ",
            of("seeds_needed", "count"),
            ".",
        ]
    return [
        of("seeds", "count"),
        " seeds pin the average share of councils joined at the headline month down to ±",
        of("reach", "points_plain"),
        " points (",
        facts.title(worst["scenario"]),
        ", the least certain); ±",
        of("asked", "points_plain"),
        " points needs about ",
        of("seeds_needed", "count"),
        " seeds.",
    ]
