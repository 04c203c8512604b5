"""The report of an experiment: a question, an answer in plain words, and what it rests on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from sim.analysis.probability_words import YARDSTICK, words
from sim.analysis.summary import headline_outcome, seeds_note
from sim.experiment.design import SCENARIO
from sim.experiment.graphs import graph_lines
from sim.files.words import plural
from sim.present.formats import percent, points
from sim.present.report.answer import answer
from sim.present.report.attribution import explanations, paragraph
from sim.present.report.facts import Facts, text
from sim.present.report.sensitivity import how_sure, in_bands
from sim.present.report.settings import differing_settings
from sim.runs.results import Results
from sim.settings import month_text
from sim.settings.columns import outcome_text

if TYPE_CHECKING:
    from sim.present.figures.style import Figure

ATTRIBUTION = (
    "Contains public sector information licensed under the Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right 2014. Contains National Statistics "
    "data © Crown copyright. Boundaries © Martin Chorley CC BY 4.0; council register © mySociety "
    "CC BY 4.0."
)
LIMITS = (
    "It says how councils would behave if they followed these rules; it is no forecast. No band "
    "holds doubt about the rules themselves.",
    "Dated history informs few of the behavioural parameters (docs/validation.md). Worry, "
    "regret, reactance, duty, shared fate, economies of scale and ties across the border rest "
    "on judgement, and so does any finding that turns on them: such findings are prior-driven.",
    "Visits by the teams, depth, fees, co-design and the costs of joining and running a programme "
    "are recorded nowhere. They are assumptions.",
    "Whether anything pays is arithmetic of the promise, the part of it that comes true and the "
    "cost of switching: read the payback and the break-even ratio, not only a total.",
    "Councils weigh an offer as if all the spend it addresses moved, although little of it does "
    "for years. That they would foresee this, and refuse, is possible and not in the model.",
    "Councils are those of April 2018 and stay so: no mergers, no elections, no parties, no "
    "suppliers, no staff.",
)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """Lay out a Markdown table, the first columns to the left and the rest to the right."""
    marks = ["---" if index < left else "---:" for index in range(len(head))]
    return [f"| {' | '.join(cells)} |" for cells in (head, marks, *rows)]


def report(facts: Facts, figures: Sequence[Figure], command: str) -> str:
    """Write the report as Markdown; figures are linked relative to it.

    Parameters
    ----------
    facts
        The numbers, of at least one run that went through.
    figures
        Pictures in the folder ``figures`` beside the report.
    command
        What reproduces it.
    """
    results = facts.results
    pictures = {figure.name: figure for figure in figures}
    shown: set[str] = set()

    def picture(*names: str) -> list[str]:
        lines: list[str] = []
        for figure in figures:
            if any(figure.name == name or figure.name.startswith(name + "_") for name in names):
                if figure.name in shown:
                    continue
                shown.add(figure.name)
                caption = text(figure.caption)
                lines += ["", f"![{caption}](figures/{pictures[figure.name].png.name})", ""]
        return lines

    experiment = results.experiment
    parts = [
        f"# {text(experiment.title)}",
        "",
        f"**The question.** {text(experiment.question)}",
        "",
        "## The answer",
        "",
        *[f"- {line}" for line in answer(facts)],
        "",
        *_caveats(facts),
        *picture("adoption"),
        "## The scenarios side by side",
        "",
        *_side_by_side(facts),
        *picture("small_multiples"),
        "## What makes the difference",
        "",
        *_differences(facts),
        *picture("differences"),
        *_explained(results),
        *picture("explained", "curves", "cancellation"),
        "## How sure this is",
        "",
        *how_sure(facts),
        *picture("sensitivity"),
        "## Who joins, and who does not",
        "",
        *_groups(facts),
        *picture("map", "why_not"),
        "## What it costs and saves",
        "",
        *_money(facts),
        *picture("net_saving", "gains_losses"),
        "## What is evidence and what is assumption",
        "",
        *_evidence(results),
        "## What the model cannot say",
        "",
        *[f"- {line}" for line in LIMITS],
        "",
        "## Who listens to whom",
        "",
        *[f"- {text(line)}." for line in graph_lines(experiment, results.scenarios)],
        "",
        *picture("network"),
        *picture(*pictures),
        "## How to read the figures",
        "",
        *_reading(results),
        "",
        "## How to reproduce this",
        "",
        *_reproduce(results, command),
    ]
    lines = "\n".join(parts)
    return re.sub(r"\n{3,}", "\n\n", lines).rstrip() + "\n"


def _caveats(facts: Facts) -> list[str]:
    lines = [text(caveat) for caveat in facts.results.experiment.caveats]
    note = seeds_note(facts.results)
    if note:
        lines.append(f"**Too few futures for fine differences.** {text(note)}")
    if len(facts.results.failed):
        lines.append(f"**{plural(len(facts.results.failed), 'run')} failed** and left out.")
    if not lines:
        return []
    return ["**Read with this in mind.**", "", *[f"- {line}" for line in lines], ""]


def _side_by_side(facts: Facts) -> list[str]:
    results = facts.results
    outcomes = results.experiment.outcomes
    marks = outcomes.months_since_opening
    head = [
        "Scenario",
        "Councils",
        "Opened",
        *[f"Joined after {months} months" for months in marks],
        "Half have joined after",
        f"Spend routed after {outcomes.headline_months} months",
        f"{percent(outcomes.pass_share)} joined within {max(marks)} months",
        "People in joined councils, at the end",
        "Programme cost",
    ]
    rows = []
    for scenario in results.scenarios:
        runs = results.of(SCENARIO)[results.of(SCENARIO)["scenario"] == scenario]
        passed = facts.row(scenario, "passed")
        assert passed is not None
        rows.append(
            [
                text(results.title(scenario)),
                f"{int(runs['councils'].iloc[0])}",
                "never" if pd.isna(runs["opened"].iloc[0]) else str(runs["opened"].iloc[0]),
                *[facts.band(scenario, f"joined_share_{months}m") for months in marks],
                _half(facts, scenario),
                facts.band(scenario, f"use_share_{outcomes.headline_months}m"),
                f"{percent(passed['mean'])}, {words(float(passed['mean']))}",
                facts.band(scenario, "joined_people_share_end").split(" (")[0],
                facts.money_band(scenario, "programme_cost_gbp_m").split(" (")[0],
            ]
        )
    lines = [
        "Share of councils: median of the futures, and in brackets the band of 9 in 10 futures. "
        "The clock starts when councils could join. Programme cost is discounted, to the end of "
        f"the horizon ({month_text(results.experiment.horizon.ends)}).",
        "",
        *table(head, rows),
        "",
    ]
    for scenario in results.scenarios:
        about = results.experiment.scenarios[scenario].stands_for
        if about:
            lines += [f"**{text(results.title(scenario))}.** {text(about)}", ""]
    return lines


def _half(facts: Facts, scenario: str) -> str:
    """Months until half have joined; futures that never get there are kept as such."""
    row = facts.row(scenario, "months_to_50pc")
    if row is None or row["missing_share"] >= 1.0:
        return "not within the horizon"
    never = float(row["missing_share"])
    if math.isnan(row["median"]):
        return f"not within the horizon in {percent(never)} of futures"
    text_of_median = f"{row['median']:.0f} months"
    return f"{text_of_median} (not in {percent(never)} of futures)" if never else text_of_median


def _differences(facts: Facts) -> list[str]:
    results = facts.results
    outcome = headline_outcome(results)
    drawn = results.experiment.parameters.source != "point"
    lines = [
        f"Differences in the share of councils {outcome_text(outcome).lower()}, in percentage "
        "points. *Paired*: same councils, same luck, future by future, so that only the policy "
        "differs. *Unpaired*: different councils, so that these differ as well"
        + ("; behaviour is the same." if drawn else "."),
        "",
    ]
    rows = [
        [
            text(results.title(row["scenario"])),
            text(results.title(row["versus"])),
            "paired" if row["paired"] else "unpaired",
            points(row["difference"]),
            "–" if math.isnan(row["low"]) else f"{points(row['low'])} to {points(row['high'])}",
            percent(row["share_higher"]),
            "yes" if bool(row["enough_seeds"]) else "no",
        ]
        for row in facts.contrasts()
    ]
    if not rows:
        return ["There is only one scenario: nothing to compare with.", ""]
    head = [
        "Scenario",
        "Against",
        "",
        "Difference",
        "95% interval of the mean",
        "Higher in",
        "Enough futures",
    ]
    return [
        *lines,
        *table(head, rows, left=3),
        "",
        "With so many comparisons, some intervals will leave out zero by chance.",
        "",
    ]


def _explained(results: Results) -> list[str]:
    """Tell what differences are made of."""
    told = [f"**{text(one.title)}.** {text(paragraph(one))}" for one in explanations(results)]
    if not told:
        return []
    return [
        "What a difference is made of, within the model: groups of settings are moved from the one "
        "scenario to the other, in every order and with the same luck. Each figure is what a group "
        "adds on average over all orders, with its 95% interval; what groups bring about only "
        "together is shared equally between them. Effort is counted for each council. Settings "
        "are mostly assumptions, so this says what the model makes of them and not what caused "
        "anything in the world.",
        "",
        *[line for one in told for line in (one, "")],
    ]


def _groups(facts: Facts) -> list[str]:
    results = facts.results
    outcome = headline_outcome(results)
    s = facts.summary
    found = s[(s["outcome"] == outcome) & (s["grouping"] != "all")]
    lines: list[str] = []
    for grouping in found["grouping"].drop_duplicates():
        part = found[found["grouping"] == grouping]
        groups = list(part["group"].drop_duplicates())
        if len(groups) < 2:
            continue
        rows = [
            [
                text(results.title(scenario)),
                *[facts.band(scenario, outcome, group) for group in groups],
            ]
            for scenario in results.scenarios
            if scenario in set(part["scenario"])
        ]
        heads = [text(str(group).replace("_", " ")) for group in groups]
        lines += [
            f"{outcome_text(outcome)}, by {grouping}:",
            "",
            *table(["Scenario", *heads], rows),
            "",
        ]
    return lines


def _money(facts: Facts) -> list[str]:
    results = facts.results
    head = [
        "Scenario",
        "Net saving, councils",
        "Net saving, programme",
        "Net saving, both",
        "Money back within the horizon",
        "Breaks even if this part of the promise comes true",
        "Incident costs avoided",
    ]
    rows = []
    for scenario in results.scenarios:
        payback = facts.row(scenario, "payback_years")
        ratio = facts.row(scenario, "break_even_ratio")
        missing = 1.0 if payback is None else float(payback["missing_share"])
        rows.append(
            [
                text(results.title(scenario)),
                facts.money_band(scenario, "net_saving_councils_gbp_m"),
                facts.money_band(scenario, "net_saving_programme_gbp_m"),
                facts.money_band(scenario, "net_saving_total_gbp_m"),
                f"in {percent(1.0 - missing)} of futures",
                percent(float("nan") if ratio is None else float(ratio["median"])),
                facts.money_band(scenario, "incident_cost_avoided_gbp_m"),
            ]
        )
    return [
        "Discounted to April 2018 at 2017-18 prices, from the start to the end of the horizon; "
        "medians, and the band of 9 in 10 futures. Fees pass from councils to the programme. More "
        "than 100% of the promise means that even the full promise would not pay.",
        "",
        *table(head, rows),
        "",
    ]


def _evidence(results: Results) -> list[str]:
    lines: list[str] = []
    seen: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for name in results.scenarios:
        scenario = results.experiment.scenarios[name]
        known = (tuple(scenario.evidence), tuple(scenario.assumptions))
        if known in seen or known == ((), ()):
            continue
        seen.add(known)
        alike = [
            text(results.title(other))
            for other in results.scenarios
            if (
                tuple(results.experiment.scenarios[other].evidence),
                tuple(results.experiment.scenarios[other].assumptions),
            )
            == known
        ]
        lines += [f"**{'; '.join(alike)}**", ""]
        lines += [f"- Evidence: {text(line)}" for line in scenario.evidence]
        lines += [f"- Assumption: {text(line)}" for line in scenario.assumptions]
        lines.append("")
    chosen = {name: results.experiment.scenarios[name] for name in results.scenarios}
    rows = []
    for row in differing_settings(chosen):
        by_value: dict[str, list[str]] = {}
        for name in chosen:
            by_value.setdefault(row.values.get(name, "none"), []).append(name)
        values = "; ".join(
            f"**{text(value)}** {', '.join(text(name) for name in names)}"
            for value, names in by_value.items()
        )
        rows.append([f"`{row.name}`", values, text(row.basis)])
    if rows:
        lines += [
            "The settings in which the scenarios differ, and what each kind of figure rests on. "
            "All councils follow the same rules with the same behavioural parameters unless a "
            "row says behaviour.",
            "",
            *table(["Setting", "Value in", "Rests on"], rows, left=3),
            "",
        ]
    return lines


def _reading(results: Results) -> list[str]:
    rows = [[row.words, f"{row.low:.0%} to {row.high:.0%}"] for row in YARDSTICK]
    parameters = results.experiment.parameters
    return [
        "- A *future* is one simulated run. All scenarios share their luck: future 7 has the same "
        "attacks, contract ends and tastes in every one of them"
        + (", and the same behaviour." if parameters.source != "point" else "."),
        "- *Joined* means signed up and not gone again, whether live or still migrating. *Spend "
        "routed* is the part of the addressed IT spend that goes through the offer.",
        f"- The *band of 9 in 10 futures* says how far futures lie apart. {in_bands(parameters)} "
        "The *95 % interval of the mean* says only what a limited number of futures leaves open.",
        "- Words for probabilities, after the UK's Probability Yardstick with its gaps closed:",
        "",
        *table(["Words", "Probability"], rows),
    ]


def _reproduce(results: Results, command: str) -> list[str]:
    manifest = results.manifest
    session = (manifest.get("sessions") or [{}])[-1]
    git = session.get("git") or {}
    commit = str(git.get("commit") or "")[:12]
    seeds = results.of(SCENARIO).groupby("scenario")["seed"].nunique()
    count = f"{seeds.min()}" if seeds.min() == seeds.max() else f"{seeds.min()} to {seeds.max()}"
    return [
        f"    {command}",
        "",
        f"Run {results.run_id}: version {manifest.get('version', 'unknown')}"
        + (f", commit {commit}{' with changes' if git.get('changed') else ''}" if commit else "")
        + f", {count} seeds a scenario, Python {session.get('python', '')}. "
        "`experiment.toml` beside this report holds every setting, `manifest.json` every version; "
        "the tables are described in docs/data-dictionary.md, the model in docs/odd.md.",
        "",
        ATTRIBUTION,
    ]
