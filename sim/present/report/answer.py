"""The answer of a report: what happened, in a few sentences with numbers."""

from __future__ import annotations

import math

import pandas as pd

from sim.analysis.probability_words import words_between
from sim.present.blocks import Part, Quote, Strong, parts_of
from sim.present.report.facts import Facts, Row, joined
from sim.present.report.sensitivity import driven

Sentence = list[Part]


def answer(facts: Facts) -> list[Sentence]:
    """Say what happened in each set of councils, in a few sentences with numbers."""
    return [
        *_verdict(facts),
        *(sentence for name in facts.scenarios if (sentence := _scenario(facts, name))),
        *_contrasts(facts),
        *_nation_contrasts(facts),
        *_calendar(facts),
        *_pays(facts),
    ]


def _scenario(facts: Facts, scenario: str) -> Sentence:
    """Say how many have joined in a scenario, how surely, and what else there is to know."""
    row = facts.row(scenario, facts.outcome)
    if row is None:
        return []
    title = Strong(facts.title(scenario))
    if not facts.settings(scenario).offers:
        return [title, ": nothing is on offer, and nobody joins anything."]
    months = facts.in_force("headline_months")
    if pd.isna(row["median"]):
        return [title, ": the horizon ends before ", months, " months after opening."]
    seeds = int(row["seeds"])
    said: Sentence = [
        title,
        ": ",
        months,
        " months after opening, ",
        facts.of(scenario, facts.outcome),
        " of ",
        facts.headline(scenario, "councils", "count"),
        " councils have joined",
    ]
    if seeds > 1:
        low = facts.of(scenario, facts.outcome, "q05", "percent_bare")
        high = facts.of(scenario, facts.outcome, "q95")
        said += [" (9 in 10 futures: ", low, "–", high, ")"]
    passed = facts.row(scenario, "passed")
    if passed is not None and seeds > 1:
        said += [
            ". That ",
            facts.in_force("pass_share", "percent"),
            " or more join within ",
            facts.in_force("longest_months"),
            " months: ",
            words_between(float(passed["mean_low"]), float(passed["mean_high"])),
            " (",
            facts.of(scenario, "passed", "mean", "frequency"),
            " of ",
            facts.of(scenario, "passed", "seeds", "count"),
            " futures)",
        ]
    use = f"use_share_{facts.experiment.outcomes.headline_months}m"
    routed = facts.row(scenario, use)
    if routed is not None and not pd.isna(routed["median"]):
        said += [". Spend routed through it by then: ", facts.of(scenario, use)]
    return [
        *said,
        ".",
        *_mishaps(facts, scenario),
        *_nations(facts, scenario),
        *driven(facts, scenario),
    ]


def _mishaps(facts: Facts, scenario: str) -> Sentence:
    """Say how many give up, and whether the programme is cancelled, where it is much."""
    said: Sentence = []
    gave_up = facts.row(scenario, "abandoned_share")
    if gave_up is not None and gave_up["median"] >= 0.1:
        share = facts.of(scenario, "abandoned_share")
        said += [" On the way, ", share, " of councils give up at least once."]
    cancelled = facts.row(scenario, "cancelled")
    if cancelled is not None and cancelled["mean"] > 0.0:
        share = facts.of(scenario, "cancelled", "mean")
        said += [" It is cancelled in ", share, " of futures."]
    return said


def _nations(facts: Facts, scenario: str) -> Sentence:
    """Give the nations apart where there are several, each on its own clock."""
    rows = facts.rows("summary", scenario=scenario, grouping="nation", outcome=facts.outcome)
    if len(rows) < 2:
        return []
    parts: list[Sentence] = [
        [
            Quote(row["group"]),
            " ",
            *parts_of(facts.band(scenario, facts.outcome, row["group"], "nation")),
        ]
        for row in rows
    ]
    return [" Each nation counted from its own opening: ", *joined(parts, ", "), "."]


def _nation_contrasts(facts: Facts) -> list[Sentence]:
    """Compare a nation within a scenario of several with the same nation under the base."""
    rows = facts.rows("comparison", outcome=facts.outcome, grouping="nation")
    whole = {(row["scenario"], row["versus"]): row["paired"] for row in facts.contrasts()}
    return [
        [
            facts.title(row["scenario"]),
            " against ",
            facts.title(row["versus"]),
            ", councils in ",
            Quote(row["group"]),
            " only, same luck, each from its own opening: ",
            *_points(facts, row),
        ]
        for row in rows
        # Where all councils are the same, the nations say no more.
        if not whole.get((row["scenario"], row["versus"]), True) and not math.isnan(row["low"])
    ]


def _points(facts: Facts, row: Row) -> Sentence:
    difference = facts.contrast(row, "difference")
    return [difference, " points (95% interval of the mean ", *facts.interval(row), ")."]


def _calendar(facts: Facts) -> list[Sentence]:
    """Where an offer was announced before it opened: the same date after the announcement."""
    late = [name for name in facts.scenarios if _launched_before_opening(facts, name)]
    if not late:
        return []
    paired = {
        frozenset((row["scenario"], row["versus"])) for row in facts.contrasts() if row["paired"]
    }
    alike = [
        name
        for name in facts.scenarios
        if name not in late and any({name, other} in paired for other in late)
    ]
    outcome = "joined_share_24m_after_launch"
    parts: list[Sentence] = [
        [facts.title(name), " ", facts.of(name, outcome)]
        for name in [*late, *alike]
        if facts.row(name, outcome) is not None
    ]
    return [
        ["Joined 24 months after the announcement, by the calendar: ", *joined(parts), "."],
    ]


def _launched_before_opening(facts: Facts, scenario: str) -> bool:
    offers = facts.settings(scenario).offers.values()
    return any(offer.launched is not None and offer.launched < offer.opens for offer in offers)


def _pays(facts: Facts) -> list[Sentence]:
    """Say whether the money comes back: an answer about joining is half an answer."""
    back: list[Sentence] = []
    ratios: dict[str, float] = {}
    for scenario in facts.scenarios:
        payback = facts.row(scenario, "payback_years")
        ratio = facts.row(scenario, "break_even_ratio")
        if payback is None or ratio is None or not facts.settings(scenario).offers:
            continue
        if payback["missing_share"] < 0.5:
            back.append([facts.title(scenario)])
        elif not math.isnan(ratio["median"]):
            ratios[scenario] = float(ratio["median"])
    if not back and not ratios:
        return []
    where = joined(back) if back else ["no scenario"]
    said: Sentence = [
        Strong("Money."),
        " It comes back within the horizon, in most futures, in: ",
        *where,
        ".",
    ]
    if ratios:
        least, most = (pick(ratios, key=ratios.__getitem__) for pick in (min, max))
        said += [
            " Elsewhere, at" if back else " At",
            " the use reached, ",
            facts.of(least, "break_even_ratio"),
            " to ",
            facts.of(most, "break_even_ratio"),
            " of the promised saving would have to come true to break even.",
        ]
        if ratios[least] > 1.0:
            said.append(" Even the full promise would not pay.")
    return [said]


def _verdict(facts: Facts) -> list[Sentence]:
    """Sort the scenarios by whether most councils join; the answer at a glance."""
    sure: list[Sentence] = []
    open_: list[Sentence] = []
    hardly: list[Sentence] = []
    for scenario in facts.scenarios:
        row = facts.row(scenario, "passed")
        if row is not None:
            share = float(row["mean"])
            kind = sure if share >= 0.95 else hardly if share <= 0.05 else open_
            kind.append([facts.title(scenario)])
    within: Sentence = [
        facts.in_force("pass_share", "percent"),
        " of councils or more join within ",
        facts.in_force("longest_months"),
        " months of opening",
    ]
    kinds = (
        (sure, " in at least 19 of 20 futures"),
        (open_, " in some futures and not in others"),
        (hardly, " in at most 1 of 20 futures"),
    )
    return [
        [Strong([*within, claim, ":"]), " ", *joined(names), "."] for names, claim in kinds if names
    ]


def _contrasts(facts: Facts) -> list[Sentence]:
    """The largest paired differences of the headline, in words."""
    said: list[Sentence] = []
    for row in facts.contrasts():
        if not row["paired"] or math.isnan(row["low"]):
            continue  # one future alone says nothing of a difference
        pair: Sentence = [facts.title(row["scenario"]), " against ", facts.title(row["versus"])]
        if row["low"] > 0 or row["high"] < 0:
            said.append(
                [
                    *pair,
                    ", same councils and same luck: ",
                    *_points(facts, row),
                    *driven(facts, row["scenario"], row["versus"]),
                ]
            )
        else:
            said.append(
                [
                    *pair,
                    ": no difference that ",
                    facts.contrast(row, "seeds", "count"),
                    " futures can tell (",
                    *facts.interval(row),
                    " points).",
                ]
            )
    return said
