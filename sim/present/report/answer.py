"""The answer of a report: what happened, in a few sentences with numbers."""

from __future__ import annotations

import math

import pandas as pd

from sim.analysis.comparison import frequency, headline_outcome, words_between
from sim.analysis.estimators import paired_difference
from sim.experiment.parameters import draws_of
from sim.present.formats import percent, points
from sim.present.report.facts import Facts, text
from sim.present.report.sensitivity import driven
from sim.runs.results import Results


def answer(facts: Facts) -> list[str]:
    """Say what happened in each set of councils, in a few sentences with numbers."""
    results = facts.results
    months = results.experiment.outcomes.headline_months
    outcome = headline_outcome(results)
    lines = _verdict(facts)
    for scenario in results.scenarios:
        row = facts.row(scenario, outcome)
        if row is None:
            continue
        councils = int(results.runs.loc[results.runs["scenario"] == scenario, "councils"].iloc[0])
        title = text(results.title(scenario))
        if not results.experiment.scenarios[scenario].offers:
            lines.append(f"**{title}**: nothing is on offer, and nobody joins anything.")
            continue
        if pd.isna(row["median"]):
            lines.append(f"**{title}**: the horizon ends before {months} months after opening.")
            continue
        seeds = int(row["seeds"])
        line = (
            f"**{title}**: {months} months after opening, {percent(row['median'])} of "
            f"{councils} councils have joined"
        )
        if seeds > 1:
            line += f" (9 in 10 futures: {percent(row['q05'])[:-1]}–{percent(row['q95'])})"
        passed = facts.row(scenario, "passed")
        last = max(results.experiment.outcomes.months_since_opening)
        share = results.experiment.outcomes.pass_share
        if passed is not None and seeds > 1:
            chance = words_between(float(passed["mean_low"]), float(passed["mean_high"]))
            line += (
                f". That {percent(share)} or more join within {last} months: {chance} "
                f"({frequency(float(passed['mean']))} of {seeds:,} futures)"
            )
        use = facts.row(scenario, f"use_share_{months}m")
        if use is not None and not pd.isna(use["median"]):
            line += f". Spend routed through it by then: {percent(use['median'])}"
        line += "." + _mishaps(facts, scenario) + _nations(facts, scenario)
        lines.append(line + driven(facts, scenario))
    return [*lines, *_contrasts(facts), *_nation_contrasts(facts), *_calendar(facts), *_pays(facts)]


def _mishaps(facts: Facts, scenario: str) -> str:
    """Say how many give up, and whether the programme is cancelled, where it is much."""
    said = ""
    gave_up = facts.row(scenario, "abandoned_share")
    if gave_up is not None and gave_up["median"] >= 0.1:
        said += f" On the way, {percent(gave_up['median'])} of councils give up at least once."
    cancelled = facts.row(scenario, "cancelled")
    if cancelled is not None and cancelled["mean"] > 0.0:
        said += f" It is cancelled in {percent(cancelled['mean'])} of futures."
    return said


def _nation_groups(facts: Facts, scenario: str) -> list[str]:
    groups = facts.results.groups
    mine = groups[(groups["scenario"] == scenario) & (groups["grouping"] == "nation")]
    return [str(name) for name in mine["group"].drop_duplicates()]


def _nations(facts: Facts, scenario: str) -> str:
    """Give the nations apart where there are several, each on its own clock."""
    nations = _nation_groups(facts, scenario)
    if len(nations) < 2:
        return ""
    outcome = headline_outcome(facts.results)
    parts = [f"{text(name)} {facts.band(scenario, outcome, name)}" for name in nations]
    return f" Each nation counted from its own opening: {', '.join(parts)}."


def _nation_contrasts(facts: Facts) -> list[str]:
    """Compare a nation within a scenario of several with the same nation under the base."""
    results = facts.results
    outcome = headline_outcome(results)
    base = results.experiment.base_scenario
    if base not in results.scenarios:
        return []
    rows = results.groups[results.groups["grouping"] == "nation"]
    lines = []
    for scenario in results.scenarios:
        if scenario == base or results.same_councils(scenario, base):
            continue
        for nation in set(_nation_groups(facts, scenario)) & set(_nation_groups(facts, base)):
            mine, other = (
                rows[(rows["scenario"] == name) & (rows["group"] == nation)].set_index("seed")
                for name in (scenario, base)
            )
            both = mine.index.intersection(other.index)
            same = mine["councils"].iloc[0] == other["councils"].iloc[0]
            if not same or len(both) < 2 or len(_nation_groups(facts, base)) < 2:
                continue
            mean, low, high = paired_difference(
                mine.loc[both, outcome].to_numpy(),
                other.loc[both, outcome].to_numpy(),
                draws_of(results.experiment.parameters, both),
            )
            lines.append(
                f"{text(results.title(scenario))} against {text(results.title(base))}, councils "
                f"in {text(nation)} only, same luck, each from its own opening: "
                f"{points(float(mean[0]))} points (95% interval of the mean "
                f"{points(float(low[0]))} to {points(float(high[0]))})."
            )
    return lines


def _calendar(facts: Facts) -> list[str]:
    """Where an offer was announced before it opened: the same date after the announcement."""
    results = facts.results
    late = [name for name in results.scenarios if _launched_before_opening(results, name)]
    if not late:
        return []
    alike = [
        name
        for name in results.scenarios
        if name not in late and any(results.same_councils(name, other) for other in late)
    ]
    parts = [
        f"{text(results.title(name))} {percent(float(row['median']))}"
        for name in [*late, *alike]
        if (row := facts.row(name, "joined_share_24m_after_launch")) is not None
    ]
    return [f"Joined 24 months after the announcement, by the calendar: {'; '.join(parts)}."]


def _pays(facts: Facts) -> list[str]:
    """Say whether the money comes back: an answer about joining is half an answer."""
    experiment = facts.results.experiment
    back: list[str] = []
    ratios: list[float] = []
    for scenario in facts.results.scenarios:
        payback = facts.row(scenario, "payback_years")
        ratio = facts.row(scenario, "break_even_ratio")
        if payback is None or ratio is None or not experiment.scenarios[scenario].offers:
            continue
        if payback["missing_share"] < 0.5:
            back.append(text(facts.results.title(scenario)))
        elif not math.isnan(ratio["median"]):
            ratios.append(float(ratio["median"]))
    if not back and not ratios:
        return []
    where = "; ".join(back) if back else "no scenario"
    line = f"**Money.** It comes back within the horizon, in most futures, in: {where}."
    if ratios:
        line += (
            f" {'Elsewhere, at' if back else 'At'} the use reached, {percent(min(ratios))} to "
            f"{percent(max(ratios))} of the promised saving would have to come true to break even."
        )
        if min(ratios) > 1.0:
            line += " Even the full promise would not pay."
    return [line]


def _verdict(facts: Facts) -> list[str]:
    """Sort the scenarios by whether most councils join; the answer at a glance."""
    results = facts.results
    outcomes = results.experiment.outcomes
    sure: list[str] = []
    open_: list[str] = []
    hardly: list[str] = []
    for scenario in results.scenarios:
        row = facts.row(scenario, "passed")
        if row is not None:
            share = float(row["mean"])
            kind = sure if share >= 0.95 else hardly if share <= 0.05 else open_
            kind.append(text(results.title(scenario)))
    within = (
        f"{percent(outcomes.pass_share)} of councils or more join within "
        f"{max(outcomes.months_since_opening)} months of opening"
    )
    kinds = (
        (sure, f"{within} in at least 19 of 20 futures"),
        (open_, f"{within} in some futures and not in others"),
        (hardly, f"{within} in at most 1 of 20 futures"),
    )
    return [f"**{claim}:** {'; '.join(names)}." for names, claim in kinds if names]


def _contrasts(facts: Facts) -> list[str]:
    """The largest paired differences of the headline, in words."""
    lines: list[str] = []
    for row in facts.contrasts():
        if not row["paired"] or math.isnan(row["low"]):
            continue  # one future alone says nothing of a difference
        one, other = (text(facts.results.title(row[side])) for side in ("scenario", "versus"))
        low, high = points(row["low"]), points(row["high"])
        if row["low"] > 0 or row["high"] < 0:
            lines.append(
                f"{one} against {other}, same councils and same luck: "
                f"{points(row['difference'])} points (95% interval of the mean {low} to {high})."
                + driven(facts, row["scenario"], row["versus"])
            )
        else:
            lines.append(
                f"{one} against {other}: no difference that {row['seeds']} futures can tell "
                f"({low} to {high} points)."
            )
    return lines


def _launched_before_opening(results: Results, scenario: str) -> bool:
    offers = results.experiment.scenarios[scenario].offers.values()
    return any(offer.launched is not None and offer.launched < offer.opens for offer in offers)
