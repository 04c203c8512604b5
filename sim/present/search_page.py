"""What a search says, in five sentences, a picture and tables; and the page that holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.files.writing import write_text
from sim.model.effects import pattern_of
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Heading,
    Month,
    Note,
    Number,
    Paragraph,
    Part,
    Picture,
    Quote,
    Table,
    Text,
    in_brackets,
    joined,
    parts_of,
    plain,
)
from sim.present.html import html
from sim.present.report.facts import Record, records
from sim.present.report.settings import WORDS, meaning
from sim.present.words import sentence
from sim.runs.search import SearchResults
from sim.settings import Scenario, about_setting
from sim.settings.columns import outcome_text, unit
from sim.settings.location import find_location

PAGE = "search.html"
FIGURES = "figures"
MOST_SETTINGS = 3
Found = Mapping[str, pd.DataFrame]
# Names of levers that lean on their table, and how units are written.
SHORT = {
    "push.mandate.starts": "duty to join from",
    "push.visits_per_month": "visits by the team",
    "push.visits_per_council_per_year": "visits to each council",
    "push.codesign": "co-design",
    "push.launch_contact": "contact agreed before opening",
    "push.subsidy_share": "subsidy of joining and switching",
}
FORMS = {"share": "percent", "£m": "gbp_m", "months": "months"}
POLICIES = {
    "as written": "The scenario as written",
    "no push": "No push at all",
    "everything": "Every lever at its upper end",
}


def write_search_page(results: SearchResults, findings: Found) -> Path:
    """Write the page of a search with its picture, and return its path."""
    from sim.present.figures.frontier import frontier_page
    from sim.present.figures.writer import FigureWriter

    space = results.space
    name, folder = _name(findings), results.directory
    title = plain(title_of(findings), findings)
    foot = f"Search {space.name} ({results.directory.name}) of: {space.experiment.title}"
    with FigureWriter(folder / FIGURES) as writer:
        words = {
            "cost": outcome_text(space.search.cost).lower(),
            "answer": name,
            "form": "£{}m" if _cost_form(findings) == "gbp_m" else "{}",
        }
        picture = frontier_page(findings, title, words, foot)
        figure = writer.write(picture, {"experiment": space.experiment.title})
    blocks = search_blocks(results, findings, f"{FIGURES}/{figure.png.name}", figure.alt)
    path = folder / PAGE
    write_text(path, html(blocks, findings, folder))
    return path


def search_blocks(results: SearchResults, findings: Found, picture: str, alt: str) -> list[Block]:
    """Return the page of a search."""
    space = results.space
    answer = _answer(findings)
    return [
        Heading(1, Quote(space.search.title or space.experiment.title)),
        Paragraph(Quote(space.experiment.question)),
        *(Paragraph(text) for text in sentences(results, findings)),
        Picture("frontier", title_of(findings), picture, alt=alt),
        Heading(2, "The goals"),
        _goals(findings),
        Heading(2, f"{sentence(_name(findings))}, lever by lever"),
        Paragraph(
            "Each lever is taken back to what the scenario has (or to where it does least, if that "
            "says nothing of it), all others staying as they are, in the same futures. What is "
            "lost then is what the lever does here."
        ),
        _levers(findings),
        Heading(2, "Against other policies"),
        Paragraph(
            "All in the same futures. Regret is how much further from the goals a policy ends than "
            "the best of these in the same future, as a part of what is asked for."
        ),
        _policies(findings),
        Heading(2, "What tells good futures from bad"),
        *_obstacles(findings),
        *_caveats(space.experiment.caveats),
        Note(
            "How to read this",
            [
                Paragraph(
                    [
                        "The search tried ", _number("policies", answer), " policies in ",
                        _number("futures", answer), " futures that all of them shared, and ran ",
                        _number("policies_again", answer), " of them again in ",
                        _number("fresh_futures", answer), " fresh ones. Those that were run again "
                        "had been chosen because they did well, so that on average they did ",
                        _number("optimism", answer, "points"),
                        " points better in the search than in fresh futures. Every figure but "
                        "those of the search itself is of fresh futures.",
                    ]
                ),
                Paragraph(
                    "Between policies that were not tried there may be cheaper ones. The offer is "
                    "as deep as the scenario says unless a lever changes it. Intervals are of "
                    "95%, over luck and draws of behaviour; they say nothing of what the model "
                    "leaves out."
                ),
            ],
            kind="remark",
        ),
    ]  # fmt: skip


def _caveats(caveats: Sequence[str]) -> list[Block]:
    return [Note("Keep in mind", [Bullets([Quote(text) for text in caveats])])] if caveats else []


def title_of(findings: Found) -> Text:
    """Return the answer in a line."""
    answer = _answer(findings)
    if answer["meets"]:
        return [
            "The cheapest push found that meets the goals ", *_price(answer, "cost"),
        ]  # fmt: skip
    return "No push in these ranges meets the goals"


def sentences(results: SearchResults, findings: Found) -> list[Text]:
    """Return five sentences: the answer, what it is, how sure, what stands in the way, levers."""
    return [
        _first(findings),
        _consists_of(results, findings),
        _optimism(findings),
        _in_the_way(findings),
        _what_matters(findings),
    ]


# ---------------------------------------------------------------- five sentences


def _first(findings: Found) -> Text:
    answer = _answer(findings)
    form = _form(answer["cost_outcome"])
    at, low, high = (_number(name, answer, form) for name in ("cost", "cost_low", "cost_high"))
    cost = [*_price(answer, "cost"), *in_brackets(at, low, high, findings)]
    certain: list[Part] = [
        _number("certainty", answer, "percent"), " of fresh futures (",
        _number("certainty_low", answer, "percent"), " to ",
        _number("certainty_high", answer, "percent"), ")",
    ]  # fmt: skip
    start = (
        "The cheapest push found that meets the goals, each as often as is asked, "
        if answer["meets"]
        else "No push in these ranges meets the goals: the nearest "
    )
    return [
        start, *cost, " and meets all of them at once in ", *certain,
        *_bounds(answer, form), ".",
    ]  # fmt: skip


def _bounds(answer: Record, form: str) -> list[Part]:
    """From which cost on a push may do, and surely does, as far as the futures can tell."""
    if pd.isna(answer["cost_possible"]):
        return []
    sure: list[Part] = ["none surely does"]
    if not pd.isna(answer["cost_sure"]):
        sure = ["one of ", _number("cost_sure", answer, form), " surely does"]
    return [
        "; as far as these futures can tell, one of ", _number("cost_possible", answer, form),
        " may do, and ", *sure,
    ]  # fmt: skip


def _consists_of(results: SearchResults, findings: Found) -> Text:
    rows = {row["setting"]: row for row in records(findings["levers"])}
    settings = [lever.setting for lever in results.space.levers]
    said: list[Text] = [
        [Quote(_meaning(setting)), " ", *parts_of(_value(rows[setting], setting))]
        for setting in settings
    ]
    return ["It has: ", *joined(said, between="; "), "."]


def _optimism(findings: Found) -> Text:
    answer = _answer(findings)
    if not answer["naive_meets"]:
        return "In the futures of the search itself no policy met them either."
    seemed: list[Part] = [
        "The search alone would have shown a push that ", *_price(answer, "naive_cost"),
        " and meets them at once in ", _number("naive_certainty_in_search", answer, "percent"),
        " of its own futures",
    ]  # fmt: skip
    if pd.isna(answer["naive_certainty"]):
        return [*seemed, "."]
    return [
        *seemed, "; in fresh ones it does so in ",
        _number("naive_certainty", answer, "percent"), ".",
    ]  # fmt: skip


def _in_the_way(findings: Found) -> Text:
    worst = max(records(findings["goals"]), key=lambda row: float(row["lacking"]))
    key = (worst["outcome"],)
    at_least = Number("goals", key, "at_least", _form(str(worst["outcome"])))
    meets = bool(_answer(findings)["meets"])
    which = "with least to spare" if meets else "that is furthest from what is asked"
    said: list[Part] = [
        "The goal ", which, " is “", Quote(outcome_text(str(worst["outcome"])).lower()),
        "”: at least ", at_least, " comes about in ",
        Number("goals", key, "chance", "percent"), " of futures (",
        Number("goals", key, "chance_low", "percent"), " to ",
        Number("goals", key, "chance_high", "percent"), "), ",
        Number("goals", key, "probability", "percent"), " being asked for",
    ]  # fmt: skip
    telling = _telling(findings)
    if telling.empty:
        return [
            *said,
            "; no uncertain setting by itself tells which futures fall short.",
        ]
    named: list[Text] = [
        [Quote(_meaning(setting)), " ", "higher" if correlation > 0 else "lower"]
        for setting, correlation in telling[["setting", "correlation"]].itertuples(index=False)
    ]
    return [*said, "; futures fall shorter with ", *joined(named, last=" and with "), "."]


def _what_matters(findings: Found) -> Text:
    levers = findings["levers"]
    some = levers[levers["moved"] & (levers["nearer_low"] > 0)].head(MOST_SETTINGS)
    if some.empty:
        return "No single lever of it makes a difference that these futures can tell."
    by_certainty = bool((some["certainty_gain_low"] > 0).any())
    column, what = (
        ("certainty_gain", "points of certainty")
        if by_certainty
        else ("nearer", "points of what is asked for")
    )
    said: list[Text] = [
        [Quote(_meaning(setting)), " (", Number("levers", (setting,), column, "points"), ")"]
        for setting in some["setting"]
    ]
    return ["What does most in it, in ", what, " that go without it: ", *joined(said), "."]


# ---------------------------------------------------------------- tables


def _goals(findings: Found) -> Table:
    rows: list[list[Text]] = []
    for outcome in findings["goals"]["outcome"]:

        def of(column: str, form: str, outcome: str = outcome) -> Number:
            return Number("goals", (outcome,), column, form)

        form = _form(outcome)
        rows.append(
            [
                Quote(outcome_text(outcome)), of("at_least", form), of("probability", "percent"),
                of("chance", "percent"),
                [of("chance_low", "percent"), " to ", of("chance_high", "percent")],
                of("reached", form),
            ]
        )  # fmt: skip
    head = ["Goal", "At least", "Asked in", "Met in", "95% interval", "Reached in as many as asked"]
    return Table(head, rows, "lrrrrr")


def _levers(findings: Found) -> Table:
    form = _cost_form(findings)
    rows: list[list[Text]] = []
    for row in records(findings["levers"]):
        setting = row["setting"]

        def of(column: str, form: str, setting: str = setting) -> Number:
            return Number("levers", (setting,), column, form)

        rows.append(
            [
                Quote(sentence(_meaning(setting))),
                _value(row, setting),
                _value(row, setting, "without"),
                of("certainty_gain", "points"),
                [of("certainty_gain_low", "points"), " to ", of("certainty_gain_high", "points")],
                of("nearer", "points"),
                of("cost_gain", form),
            ]
        )
    head = ["Lever", "Here", "Taken back to", "Certainty, points", "95% interval",
            "Nearer to the goals, points", "Cost"]  # fmt: skip
    return Table(head, rows, "lrrrrrr")


def _policies(findings: Found) -> Table:
    form = _cost_form(findings)
    rows: list[list[Text]] = []
    for policy in findings["policies"]["policy"]:

        def of(column: str, form: str, policy: str = policy) -> Number:
            return Number("policies", (policy,), column, form)

        rows.append(
            [
                POLICIES.get(policy, sentence(_name(findings))),
                of("cost", form),
                of("certainty", "percent"),
                [of("certainty_low", "percent"), " to ", of("certainty_high", "percent")],
                of("regret_mean", "percent"),
                of("regret_q90", "percent"),
            ]
        )
    head = ["Policy", "Cost", "Meets all goals in", "95% interval", "Regret, mean",
            "Regret, worst tenth from"]  # fmt: skip
    return Table(head, rows, "lrrrrr")


def _obstacles(findings: Found) -> list[Block]:
    telling = _telling(findings)
    if telling.empty:
        return [
            Paragraph(
                "No uncertain setting by itself tells futures that fall short from others, beyond "
                "what the largest of so many would do by chance."
            )
        ]
    rows: list[list[Text]] = []
    for setting in telling["setting"]:

        def of(column: str, form: str = "percent", setting: str = setting) -> Number:
            return Number("obstacles", (setting,), column, form)

        rows.append(
            [
                [Quote(sentence(_meaning(setting))), " (", Code(setting), ")"],
                of("lacking_at_low"), of("lacking_at_high"),
                of("failing_at_low"), of("failing_at_high"),
                of("correlation", "plain"),
                [of("low", "plain"), " to ", of("high", "plain")],
            ]
        )  # fmt: skip
    head = ["Uncertain setting", "Lacking, lowest third", "Lacking, highest third",
            "Failing, lowest third", "Failing, highest third", "Correlation",
            "95% interval"]  # fmt: skip
    return [Table(head, rows, "lrrrrrr")]


# ---------------------------------------------------------------- words


def _telling(findings: Found) -> pd.DataFrame:
    obstacles = findings["obstacles"]
    return obstacles[obstacles["tells"]].head(MOST_SETTINGS)


def _answer(findings: Found) -> Record:
    return records(findings["answer"])[0]


def _number(column: str, answer: Record, form: str = "count") -> Number:
    return Number("answer", (answer["search"],), column, form)


def _meaning(setting: str) -> str:
    # What follows a comma or a colon explains.
    return SHORT.get(pattern_of(setting)) or re.split("[:,]", meaning(setting))[0]


def _value(row: Record, setting: str, column: str = "value") -> Text:
    text = str(row[f"{column}_text"])
    if row["kind"] == "month":
        return Month(text)
    if text:
        return Quote(WORDS.get(text, text.replace("_", " ")))
    location = find_location(Scenario, setting.split("."))
    unit = about_setting(location.model.model_fields[location.name]).get("unit", "")
    for start, form in FORMS.items():
        if unit.startswith(start):
            return [Number("levers", (setting,), column, form), unit.removeprefix(start)]
    number = Number("levers", (setting,), column, "plain")
    return [number, f" a {unit.removeprefix('per ')}"] if unit.startswith("per ") else [number]


def _price(answer: Record, column: str) -> list[Part]:
    """What a push costs, with its verb, whatever the cost is counted in."""
    outcome = str(answer["cost_outcome"])
    form = _form(outcome)
    if form == "gbp_m":
        return ["costs ", _number(column, answer, form)]
    return ["takes ", _number(column, answer, form), f" {unit(outcome)}"]


def _cost_form(findings: Found) -> str:
    return _form(str(_answer(findings)["cost_outcome"]))


def _form(outcome: str) -> str:
    return "gbp_m" if "gbp" in outcome else "percent" if "share" in outcome else "plain"


def _name(findings: Found) -> str:
    return "the answer" if _answer(findings)["meets"] else "the nearest"
