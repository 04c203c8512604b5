"""How sure an answer is, in words: parameters and luck, and what evidence does not pin down."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from sim.analysis.estimators import FEWEST_SEEDS
from sim.analysis.sensitivity import PRIOR_DRIVEN, prior_driven
from sim.experiment.parameters import LEARNED, fit_folder
from sim.files.words import listed
from sim.present.report.facts import Facts, Record, points, records, text
from sim.present.words import percent
from sim.settings import Parameters, Scenario
from sim.settings.columns import outcome_text
from sim.settings.location import find_location

MOST_ROWS = 8
SMALL = 0.02  # changes below are not worth a row


def in_bands(parameters: Parameters) -> str:
    """Say what the bands of futures hold."""
    luck = (
        "luck: who is struck by an attack, whose contract ends when, what a council happens to like"
    )
    if parameters.source == "posterior":
        fit = parameters.fit
        where = "docs/validation.md" if fit is None else f"“{fit_folder(fit).name}”"
        return (
            "The bands hold doubt about behaviour, as far as history leaves it (draws from the fit "
            f"to dated cases, {where}), and {luck}."
        )
    if parameters.source == "prior":
        return (
            f"The bands hold doubt about behaviour as it was before any fit to history, and {luck}."
        )
    return (
        f"The bands hold {luck}. Behaviour is at one point, so they do not hold doubt about it, "
        "which is larger."
    )


def meaning(setting: str) -> str:
    """What a setting is, in words."""
    location = find_location(Scenario, setting.split("."))
    about = location.model.model_fields[location.name].description or ""
    words = re.split(r"\. |; | \(", about)[0].rstrip(".")
    return words[:1].lower() + words[1:]


def driven(facts: Facts, scenario: str, versus: str = "") -> str:
    """Mark a finding that a setting drives which evidence does not pin down; "" if none does."""
    found = prior_driven(facts.sensitivities, scenario, versus)
    if not found:
        return ""
    first = found[0]
    low, high = (_value(first, first[at]) for at in ("at_low", "at_high"))
    more = ""
    if len(found) > 1:
        others = "one other setting does" if len(found) == 2 else f"{len(found) - 1} others do"
        more = f"; {others} as much"
    return (
        f" *Prior-driven*: {low} or {high} on average, depending on whether "
        f"“{meaning(first['setting'])}” is at the low or the high end of where it may lie{more}."
    )


def _value(row: Record, value: float) -> str:
    return f"{points(value)} points" if row["versus"] else percent(value)


# ---------------------------------------------------------------- the section of the report


def how_sure(facts: Facts) -> Iterator[str]:
    """Lines of the section on what is known, what is luck and what is neither."""
    yield from _from_parameters(facts)
    yield from _from_settings(facts)


def _from_parameters(facts: Facts) -> Iterator[str]:
    results = facts.results
    table = facts.variance
    yield in_bands(results.experiment.parameters)
    yield ""
    if table.empty:
        return
    outcome = str(table["outcome"].iloc[0])
    draws = int(table["draws"].max())
    yield (
        f"{draws:,} draws of behaviour, with several lucks each, are the same in all scenarios. "
        f"{outcome_text(outcome)}: how much of the variance between futures comes from behaviour "
        "that is not known, with its 95% interval; the rest is luck."
    )
    yield ""
    yield "| Scenario | Median (9 in 10 futures) | From behaviour | Prior-driven |"
    yield "| --- | ---: | ---: | --- |"
    for row in records(table):
        share = "–"
        if not math.isnan(row["share_from_parameters"]):
            low, high = percent(row["low"])[:-1], percent(row["high"])
            share = f"{percent(row['share_from_parameters'])} ({low}–{high})"
            if row["draws"] < FEWEST_SEEDS:
                share += ", too few draws"
        scenario = row["scenario"]
        yield (
            f"| {text(results.title(scenario))} | {facts.band(scenario, outcome)} | {share} | "
            f"{_verdict(facts, scenario)} |"
        )
    yield ""


def _verdict(facts: Facts, scenario: str) -> str:
    if scenario not in set(facts.sensitivities["scenario"]):
        return "not examined"
    found = prior_driven(facts.sensitivities, scenario)
    return f"yes, by {len(found)} of the settings below" if found else "no"


def _from_settings(facts: Facts) -> Iterator[str]:
    results, table = facts.results, facts.sensitivities
    if table.empty:
        if not results.experiment.sensitivity.seeds:
            yield "What evidence does not pin down was not examined (`sensitivity.seeds` is 0)."
            yield ""
        return
    seeds = int(table["seeds"].max())
    examined = list(dict.fromkeys(table["scenario"]))
    yield (
        "**What the answer is sensitive to.** Every setting that evidence does not pin down was "
        "moved to the low and to the high end of where it may lie, one at a time, with all others "
        f"as drawn and the same luck ({seeds} futures at each end). The fit to history is not "
        "repeated, so this is what a setting could do at most. A finding is called *prior-driven* "
        f"if one of them moves it by {100 * PRIOR_DRIVEN:.0f} points, or turns a difference round: "
        "it then rests on judgement as much as on evidence."
    )
    yield ""
    for scenario in examined:
        own = [row for row in _rows(facts, scenario, "") if abs(row["change"]) >= SMALL]
        tried = int(((table["scenario"] == scenario) & (table["versus"] == "")).sum())
        yield f"*{text(results.title(scenario))}.* {_summary(own, tried)}"
        yield ""
        if not own:
            continue
        yield "| Setting | From | To | Joined, low end | high end | Change | History says |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | --- |"
        for row in own[:MOST_ROWS]:
            interval = f"{points(row['low'])} to {points(row['high'])}"
            yield (
                f"| {meaning(row['setting'])} (`{row['setting']}`) | {row['low_end']:.3g} | "
                f"{row['high_end']:.3g} | {percent(row['at_low'])} | {percent(row['at_high'])} | "
                f"{points(row['change'])} ({interval}) | {LEARNED[row['learned']]} |"
            )
        yield ""
    yield from _contrasts(facts)


def _summary(own: list[Record], tried: int) -> str:
    if not own:
        return f"None of {tried} settings moves it by {100 * SMALL:.0f} points."
    shown = f"; the {MOST_ROWS} that do most:" if len(own) > MOST_ROWS else ":"
    return (
        f"{len(own)} of {tried} settings move it by {100 * SMALL:.0f} points or more, the most by "
        f"{abs(100 * own[0]['change']):.0f}{shown}"
    )


def _rows(facts: Facts, scenario: str, versus: str) -> list[Record]:
    table = facts.sensitivities
    return records(table[(table["scenario"] == scenario) & (table["versus"] == versus)])


def _contrasts(facts: Facts) -> Iterator[str]:
    """Say between which ends each difference stays, whichever setting is moved."""
    results = facts.results
    pairs = facts.sensitivities[["scenario", "versus"]].drop_duplicates()
    lines = []
    for scenario, versus in pairs.itertuples(index=False):
        rows = _rows(facts, scenario, versus) if versus else []
        if not rows:
            continue
        everywhere = [row[end] for row in rows for end in ("at_low", "at_high")]
        line = (
            f"- {text(results.title(scenario))} against {text(results.title(versus))}: between "
            f"{points(min(everywhere))} and {points(max(everywhere))} points"
        )
        most = [f"“{meaning(row['setting'])}”" for row in rows[:3] if abs(row["change"]) >= SMALL]
        lines.append(line + (f"; moved most by {listed(most)}." if most else "."))
    if lines:
        yield (
            "Differences, with any one setting of behaviour, traits or climate at either end for "
            "both scenarios:"
        )
        yield ""
        yield from lines
        yield ""
