"""What in a report is evidence and what is assumption: the section, and settings that differ."""

from __future__ import annotations

from collections.abc import Iterator

from sim.present.blocks import Block, Bullets, Code, Paragraph, Part, Quote, Strong, Table, Text
from sim.present.report.facts import Facts, joined
from sim.present.report.settings import differing_settings


def evidence(facts: Facts) -> Iterator[Block]:
    """Give what each scenario says it rests on, and the settings in which scenarios differ."""
    seen: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for name in facts.scenarios:
        scenario = facts.settings(name)
        known = (tuple(scenario.evidence), tuple(scenario.assumptions))
        if known != ((), ()):
            seen.setdefault(known, []).append(name)
    for (facts_known, assumed), names in seen.items():
        yield Paragraph(Strong(joined([[facts.title(name)] for name in names])))
        items: list[Text] = [["Evidence: ", Quote(line)] for line in facts_known]
        items += [["Assumption: ", Quote(line)] for line in assumed]
        yield Bullets(items)
    yield from _settings(facts)


def _settings(facts: Facts) -> Iterator[Block]:
    chosen = {name: facts.settings(name) for name in facts.scenarios}
    rows: list[list[Text]] = []
    for row in differing_settings(chosen):
        by_value: dict[str, list[str]] = {}
        for name in chosen:
            by_value.setdefault(row.values.get(name, "none"), []).append(name)
        values: list[list[Part]] = [
            [Strong(Quote(value)), " ", *joined([[Quote(name)] for name in names], ", ")]
            for value, names in by_value.items()
        ]
        rows.append([Code(row.name), joined(values), Quote(row.basis)])
    if rows:
        yield Paragraph(
            "The settings in which the scenarios differ, and what each kind of figure rests on. "
            "All councils follow the same rules with the same behavioural parameters unless a "
            "row says behaviour."
        )
        yield Table(["Setting", "Value in", "Rests on"], rows)
