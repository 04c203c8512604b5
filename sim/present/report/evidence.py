"""What in a report is evidence and what is assumption: the section, and settings that differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.files.toml_reading import load_programmes
from sim.present.blocks import Block, Bullets, Code, Paragraph, Part, Quote, Strong, Table, Text
from sim.present.report.facts import Facts, joined
from sim.present.report.settings import NONE, meaning, said_of
from sim.settings import Scenario


def evidence(facts: Facts) -> Iterator[Block]:
    """Give what each scenario says it rests on, and the settings in which scenarios differ."""
    seen: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for name in facts.scenarios:
        scenario = facts.settings(name)
        known = tuple(scenario.evidence), tuple(scenario.assumptions)
        if known != ((), ()):
            seen.setdefault(known, []).append(name)
    for (facts_known, assumed), names in seen.items():
        yield Paragraph(Strong(joined([[facts.title(name)] for name in names])))
        items: list[Text] = [["Evidence: ", Quote(line)] for line in facts_known]
        items += [["Assumption: ", Quote(line)] for line in assumed]
        items += [text for name in names if (text := _otherwise(facts, name))]
        yield Bullets(items)
    yield from _settings(facts)


def _otherwise(facts: Facts, scenario: str) -> Text:
    """Say where a scenario has other figures than are told of the programme it starts from."""
    other = overridden(facts.settings(scenario))
    if not other:
        return ""
    return [
        "Not so in “",
        facts.title(scenario),
        "”, which has a value of its own for: ",
        *joined([[Quote(meaning(setting))] for setting in other]),
        ".",
    ]


def overridden(scenario: Scenario) -> tuple[str, ...]:
    """Settings that a scenario has unlike its programme, of which it keeps what is said."""
    programme: Any = load_programmes().table.get(scenario.programme or "")
    if not isinstance(programme, dict):
        return ()
    said = [*programme.get("evidence", []), *programme.get("assumptions", [])]
    if [*scenario.evidence, *scenario.assumptions] != said:
        return ()
    mine = scenario.model_dump(mode="json")
    return tuple(
        name
        for name, value in _flat({k: programme[k] for k in ("offers", "push") if k in programme})
        if _at(mine, name) != value
    )


def _flat(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _at(table: Any, name: str) -> Any:
    for key in name.split("."):
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _settings(facts: Facts) -> Iterator[Block]:
    """Give every setting in which scenarios differ, with its values and what they rest on."""
    told = {name: said_of(facts.settings(name)) for name in facts.scenarios}
    rows: list[list[Text]] = []
    for key in dict.fromkeys(key for settings in told.values() for key in settings):
        by_value: dict[str, list[str]] = {}
        for name, settings in told.items():
            value = settings[key].value if key in settings else NONE
            by_value.setdefault(value, []).append(name)
        if len(by_value) < 2:
            continue
        said = next(settings[key] for settings in told.values() if key in settings)
        usual = max(by_value, key=lambda value: len(by_value[value]))
        several = len(by_value[usual]) > 1
        values: list[list[Part]] = [
            [Strong(Quote(value)), " in ", *joined([[facts.title(n)] for n in names], ", ")]
            for value, names in by_value.items()
            if value != usual or not several
        ]
        if several:
            values.append([Strong(Quote(usual)), " in all others"])
        rows.append(
            [[Quote(said.meaning), " (", Code(key), ")"], joined(values), Quote(said.basis)]
        )
    if rows:
        yield Paragraph(
            "Every setting in which the scenarios differ, and what each kind of figure rests on. "
            "What is not in the table is the same in all of them."
        )
        yield Table(["Setting", "Value", "Rests on"], rows)
