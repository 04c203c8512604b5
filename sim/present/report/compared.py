"""Two results compared: which settings differ, and what came out of each."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.present.blocks import Block, Bullets, Heading, Note, Number, Paragraph, Quote, Table, Text
from sim.present.report.changes import difference
from sim.present.report.facts import Facts, joined
from sim.present.report.settings import said_of_table

FINDING = "two_results"


def compared(facts_a: Facts, facts_b: Facts, table: pd.DataFrame) -> list[Block]:
    """Say how the results of two experiments differ.

    Numbers of the blocks refer to the finding `FINDING`, since a page may show two results and
    each has findings of its own.

    Parameters
    ----------
    facts_a, facts_b
        The numbers of both, the first and the second.
    table
        What `sim.analysis.two_results.two_results` found of them.
    """
    titles = [Quote(facts.experiment.title) for facts in (facts_a, facts_b)]
    return [
        Heading(1, ["Two results: ", titles[0], " and ", titles[1]]),
        *_runs(facts_a, facts_b),
        Heading(2, "What differs in their settings"),
        *_settings(facts_a, facts_b),
        Heading(2, "What came out"),
        *_outcomes(facts_a, facts_b, table),
    ]


def _runs(facts_a: Facts, facts_b: Facts) -> Iterator[Block]:
    versions = [
        (str(facts.manifest.get("version", "")), str(facts.manifest.get("model", "")))
        for facts in (facts_a, facts_b)
    ]
    if versions[0] != versions[1]:
        yield Note(
            "Two versions of the model",
            [Paragraph("What differs may come from the model, and not from the settings.")],
        )


def _settings(facts_a: Facts, facts_b: Facts) -> Iterator[Block]:
    a, b = facts_a.experiment, facts_b.experiment
    whole: list[Text] = [
        Quote(f"{ours.meaning}: {theirs.value} instead of {ours.value}")
        for table in ("horizon", "seeds", "outcomes", "parameters")
        for ours, theirs in zip(
            said_of_table(table, getattr(a, table)),
            said_of_table(table, getattr(b, table)),
            strict=True,
        )
        if ours.value != theirs.value
    ]
    alike: list[str] = []
    if whole:
        yield Paragraph("For all scenarios, in the second instead of the first:")
        yield Bullets(whole)
    for name in a.scenarios:
        if name not in b.scenarios:
            continue
        items = difference(b.scenarios[name], a.scenarios[name])
        if not items:
            alike.append(name)
            continue
        yield Paragraph(["“", facts_b.title(name), "”, in the second instead of the first:"])
        yield Bullets([Quote(f"{change.about}, {change.words}") for change in items])
    for words, names in (
        ("The same in both", [facts_a.title(name) for name in alike]),
        ("Only in the first", [facts_a.title(n) for n in a.scenarios if n not in b.scenarios]),
        ("Only in the second", [facts_b.title(n) for n in b.scenarios if n not in a.scenarios]),
    ):
        if names:
            yield Paragraph([f"{words}: ", *joined([[name] for name in names]), "."])


def _outcomes(facts_a: Facts, facts_b: Facts, table: pd.DataFrame) -> Iterator[Block]:
    shared = [name for name in facts_a.scenarios if name in facts_b.scenarios]
    if not shared:
        yield Paragraph("No scenario stands in both, so nothing can be set side by side.")
        return
    yield Paragraph(
        "Share of councils joined at the headline month of each, median and band of 9 in 10 "
        "futures, with the spend routed. Difference: second less first, in percentage points, with "
        "its 95% interval. Where councils and behaviour are the same, futures are compared one by "
        "one; where not, the interval is wide enough however the two hang together."
    )
    rows: list[list[Text]] = []
    for name in shared:
        sides = [_band(name, side, of) for side, of in (("first", facts_a), ("second", facts_b))]
        of_it = (table["scenario"] == name) & (table["outcome"] == facts_a.outcome)
        (row,) = table[of_it].to_dict("records")
        difference_: Text = "none to give: other months after opening"
        verdict = ""
        if facts_a.outcome == facts_b.outcome:
            at, low, high = (
                Number(FINDING, (name, facts_a.outcome), end, "points")
                for end in ("difference", "low", "high")
            )
            unpaired = "" if row["paired"] else f"; {row['note']}"
            difference_ = [at, " (", low, " to ", high, ")", unpaired]
            verdict = str(row["verdict"])
        rows.append([facts_b.title(name), *sides, difference_, verdict])
    yield Table(["Scenario", "First", "Second", "Difference", "Reads as"], rows, align="lrrrl")


def _band(scenario: str, side: str, facts: Facts) -> Text:
    def of(column: str, outcome: str = facts.outcome, form: str = "percent") -> Number:
        return Number(FINDING, (scenario, outcome), f"{side}_{column}", form)

    low = of("q05", form="percent_bare")
    return [of("median"), " (", low, "–", of("q95"), "), ", of("median", facts.use), " routed"]
