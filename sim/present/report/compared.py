"""Two results compared: which settings differ, and what came out of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from sim.analysis.two_results import two_results
from sim.experiment.taking_part import taking_part
from sim.present.blocks import Block, Bullets, Heading, Note, Number, Paragraph, Quote, Table, Text
from sim.present.report.changes import difference
from sim.present.report.facts import Facts, joined
from sim.present.report.settings import said_of_table

FINDING = "two_results"


def compared_findings(facts_a: Facts, facts_b: Facts) -> Mapping[str, pd.DataFrame]:
    """Return the findings that the numbers of :func:`compared` refer to."""
    shared = [name for name in facts_a.scenarios if name in facts_b.scenarios]
    table = two_results(
        facts_a.findings,
        facts_b.findings,
        shared,
        [name for name in shared if not why_not_comparable(facts_a, facts_b, name)],
        max(facts.experiment.outcomes.precision_share for facts in (facts_a, facts_b)),
    )
    return {FINDING: table}


def why_not_comparable(facts_a: Facts, facts_b: Facts, scenario: str) -> list[str]:
    """Say why a scenario has no difference between two results; [] if it has one."""
    a, b = facts_a.experiment, facts_b.experiment
    found = []
    heads = [facts.findings.row("headline", scenario) for facts in (facts_a, facts_b)]
    if facts_a.outcome != facts_b.outcome:
        found.append("other months after opening")
    for column, words in (("first_seed", "other seeds"), ("seeds", "another number of seeds")):
        values = {str(row[column]) for row in heads if row is not None}
        if len(values) != 1:
            found.append(words)
    if a.parameters != b.parameters:
        found.append("behaviour from elsewhere")
    drawn = any(e.scenarios[scenario].councils.draw is not None for e in (a, b))
    seeds = range(a.seeds.first, a.seeds.first + (a.seeds.count if drawn else 1))
    if any(
        taking_part(a.scenarios[scenario], seed) != taking_part(b.scenarios[scenario], seed)
        for seed in seeds
    ):
        found.append("other councils")
    return list(dict.fromkeys(found))


def compared(facts_a: Facts, facts_b: Facts) -> list[Block]:
    """Say how the results of two experiments differ.

    Numbers of the blocks refer to :func:`compared_findings`, since a page may show two results
    and each has findings of its own.

    Parameters
    ----------
    facts_a, facts_b
        The numbers of both, the first and the second.
    """
    titles = [Quote(facts.experiment.title) for facts in (facts_a, facts_b)]
    return [
        Heading(1, ["Two results: ", titles[0], " and ", titles[1]]),
        *_runs(facts_a, facts_b),
        Heading(2, "What differs in their settings"),
        *_settings(facts_a, facts_b),
        Heading(2, "What came out"),
        *_outcomes(facts_a, facts_b),
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


def _outcomes(facts_a: Facts, facts_b: Facts) -> Iterator[Block]:
    shared = [name for name in facts_a.scenarios if name in facts_b.scenarios]
    if not shared:
        yield Paragraph("No scenario stands in both, so nothing can be set side by side.")
        return
    yield Paragraph(
        "Share of councils joined at the headline month of each, median and band of 9 in 10 "
        "futures, with the spend routed. Difference: second less first, in percentage points, "
        "where councils, futures and clock are the same; its 95% interval is wide enough however "
        "the two hang together."
    )
    table = compared_findings(facts_a, facts_b)[FINDING]
    rows: list[list[Text]] = []
    for row in table.to_dict("records"):
        name = str(row["scenario"])
        why = why_not_comparable(facts_a, facts_b, name)
        difference_: Text = f"none to give: {', '.join(why)}"
        if not why:
            at, low, high = (_number(name, end, "points") for end in ("difference", "low", "high"))
            difference_ = [at, " (", low, " to ", high, ")"]
        verdict = "" if why else str(row["verdict"])
        sides = [_band(name, "first"), _band(name, "second")]
        rows.append([facts_b.title(name), *sides, difference_, verdict])
    yield Table(["Scenario", "First", "Second", "Difference", "Reads as"], rows, align="lrrrl")


def _number(scenario: str, column: str, form: str) -> Number:
    return Number(FINDING, (scenario,), column, form)


def _band(scenario: str, side: str) -> Text:
    def of(column: str, form: str = "percent") -> Number:
        return _number(scenario, f"{side}_{column}", form)

    low = of("q05", "percent_bare")
    return [of("median"), " (", low, "–", of("q95"), "), ", of("use"), " routed"]
