"""The workbook: what was found, at a glance; then every finding, with titles and units in words.

Numbers are those of the findings; shares are formatted as percentages, and differences of shares
stand in percentage points. Texts stay texts, whatever they begin with: nothing in them is taken
for a formula, a link or a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.analysis.findings import FINDINGS
from sim.files.writing import write_bytes
from sim.model.councils import load_councils
from sim.present.blocks import plain
from sim.present.column_titles import kind_of, title_of
from sim.present.headline_sheet import write_headline
from sim.present.report.facts import Facts
from sim.present.report.sensitivity import in_bands
from sim.present.report.settings import meaning
from sim.present.sheets import NUMBERS, Shown, Workbook, sheet_name
from sim.present.words import KINDS, SIZES, month_name
from sim.settings.columns import outcome_text

POINTS = "percentage points"
READ_ME, CONTENTS, COLUMNS, OUTCOMES = "Read me", "Contents", "Columns", "Outcomes"
# Sheets whose finding has a longer title than a sheet may have.
SHEETS = {
    "headline": "Share of councils that joined",
    "precision": "Precision of the mean",
    "groups": "Councils of each group",
    "examined": "Settings that move findings",
    "standing": "What holds in which model",
    "ideas": "Budgets, autonomy, neighbours",
    "ideas_in_structures": "The same in each model",
    "ideas_standing": "What ideas bring in how many",
    "even_chance": "Even chance of cancelling",
}


def write_workbook(path: Path, facts: Facts) -> None:
    """Write summary.xlsx in one step.

    Parameters
    ----------
    path
        The file.
    facts
        What the report is written from.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    book = Workbook(facts)
    write_headline(book, facts)
    contents = book.sheet(CONTENTS)
    front = book.sheet(READ_ME)
    book.rows(front, _front_page(facts), widths=(44, 100))
    named: list[tuple[str, str, int]] = []
    columns: list[Sequence[Any]] = []
    for name, table in facts.findings.items():
        title = sheet_name(SHEETS.get(name, FINDINGS[name].title))
        shown = shown_table(name, table, facts)
        book.table(title, shown)
        named.append((title, name, len(table)))
        columns += [(title, *shown.about(at)) for at in range(len(shown.titles))]
    summary = facts.findings["summary"]
    outcomes = [
        (outcome_text(outcome), outcome_text(outcome, "groups"), unit, outcome)
        for outcome, unit in summary[["outcome", "unit"]]
        .drop_duplicates("outcome")
        .itertuples(index=False)
    ]
    book.texts(OUTCOMES, ("In words", "In words, of a group", "Unit", "Short name"), outcomes)
    book.texts(COLUMNS, ("Sheet", "Column", "Name in CSV and Parquet files", "Meaning"), columns)
    _write_contents(book, contents, named)
    write_bytes(path, book.finished())


def shown_table(finding: str, table: pd.DataFrame, facts: Facts) -> Shown:
    """Say in words what short names mean, and put those last."""
    shown = Shown(finding, table)
    scenarios = {name: facts.title(name).text for name in facts.experiment.scenarios}
    short: list[str] = []
    for column in map(str, table.columns):
        values = table[column].tolist()
        said: tuple[str, list[Any]] | None = None
        match column:
            case "scenario" if "title" in table:
                short.append(column)
                continue
            case "scenario":
                said = "Scenario", [scenarios.get(name, name) for name in values]
            case "versus":
                said = "Compared with", [scenarios.get(name, name) for name in values]
            case "outcome":
                said = "What is measured", [_in_words(outcome) for outcome in values]
            case "setting":
                said = "Setting", [_meaning(setting) for setting in values]
            case "group" if "grouping" in table:
                said = "Group", [KINDS.get(name, SIZES.get(name, name)) for name in values]
            case "month" if "clock" in table:
                said = "When", [_when(*one) for one in zip(table["clock"], values, strict=True)]
            case "gss_code" if "name" not in table:
                councils = load_councils()
                names = dict(zip(councils.gss_code, councils.name, strict=True))
                shown.add("Council", [names.get(code, code) for code in values])
            case "unit":
                # Of the differences in this table, not of what they are differences of.
                differs = "difference" if finding == "comparison" else "change"
                values = [
                    POINTS if kind_of(finding, differs, unit) == "points" else unit
                    for unit in values
                ]
            case _:
                pass
        if said is None:
            shown.add(title_of(column), values, column)
        else:
            shown.add(*said)
            short.append(column)
    shown.printed = len(shown.titles)
    for column in short:
        shown.add(title_of(column), table[column].tolist(), column)
    return shown


def _when(clock: str, month: int) -> str:
    if clock == "calendar":
        return month_name(f"{month // 12}-{month % 12 + 1:02d}")
    return f"month {month} since opening"


# ---------------------------------------------------------------- words


def _in_words(outcome: str) -> str:
    try:
        return outcome_text(outcome)
    except KeyError:
        return outcome


def _meaning(setting: str) -> str:
    try:
        return meaning(setting)
    except (KeyError, ValueError):
        return setting


def _write_contents(book: Workbook, sheet: Any, named: Sequence[tuple[str, str, int]]) -> None:
    """List the sheets, each a link."""
    link = book.format(font_color="#1D70B8", underline=1)
    widths = (40, 10, 36)
    book.head(sheet, 0, ("Sheet", "Rows", "Name of the CSV and Parquet file"), widths, (1,))
    others = [("Headline", "", None), (READ_ME, "", None)]
    words = [(OUTCOMES, "", None), (COLUMNS, "", None)]
    for row, (title, name, count) in enumerate([*others, *named, *words], start=1):
        sheet.write_url(row, 0, f"internal:'{title}'!A1", link, title)
        book.write(sheet, row, 1, count, num_format=NUMBERS["count"])
        book.write(sheet, row, 2, f"findings/{name}" if name else None)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)


def _front_page(facts: Facts) -> list[Sequence[Any]]:
    experiment, headline = facts.experiment, facts.findings["headline"]
    return [
        ("Experiment", experiment.title),
        ("Question", experiment.question),
        (
            "Run",
            f"{str(facts.manifest.get('hash', ''))[:12]}, version "
            f"{facts.manifest.get('version', '')}",
        ),
        ("Simulated futures", f"up to {int(headline['seeds'].max()):,} a scenario"),
        (
            "Bands and intervals",
            "Between '5% of futures lie below' and '95% of futures lie below' is the band of 9 in "
            "10 simulated futures: how far they lie apart. "
            f"{plain(in_bands(experiment.parameters), {})}"
            " A 95% interval of the mean says only what a limited number of futures leaves open.",
        ),
        ("Money", "£m at 2017-18 prices, discounted at 3.5 % a year to April 2018."),
        (
            "Source",
            "Simulated. Councils: public sector information licensed under the Open Government "
            "Licence v3.0; see the report for the full attribution.",
        ),
        *[
            ("Keep in mind" if number == 0 else "", caveat)
            for number, caveat in enumerate(experiment.caveats)
        ],
        *[
            (f"Probability: {row['words']}", f"from {row['low']:.0%} to {row['high']:.0%}")
            for row in facts.rows("yardstick")
        ],
        *[
            (f"Scenario: {facts.title(name).text}", experiment.scenarios[name].stands_for)
            for name in facts.scenarios
        ],
    ]
