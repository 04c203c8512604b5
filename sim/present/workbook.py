"""Summary tables for people: CSV files and an Excel workbook that explains itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.files.spreadsheet import cell_text
from sim.files.typed import printable
from sim.files.writing import write_atomically
from sim.present.blocks import plain
from sim.present.report.facts import Facts
from sim.present.report.sensitivity import in_bands
from sim.settings.columns import outcome_text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


# In a workbook this stands for the character of that number.
_LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# Columns that are shares of futures, whatever the unit of their row.
OF_FUTURES = ("missing_share", "reached_share", "share_higher", "share_equal")

COLUMN_HELP = {
    "scenario": "Short name of the scenario, as in the experiment file.",
    "title": "Name of the scenario.",
    "grouping": "What councils are grouped by; 'all' means all councils of the scenario.",
    "group": "Which group of councils.",
    "outcome": "What is measured; the sheet 'Outcomes' says it in words.",
    "unit": "Unit of the figures in the row.",
    "seeds": "Number of simulated futures behind the row.",
    "missing_share": "Share of futures in which it was not reached within the horizon.",
    "reached_share": "Share of futures in which it was.",
    "mean": "Mean over futures; for yes/no outcomes the probability. Empty if any is missing.",
    "mean_low": "Lower end of the 95 % interval of the mean: what too few futures leave open.",
    "mean_high": "Upper end of that interval.",
    "median": "Half of the futures lie below.",
    "q05": "5 % of the futures lie below: with q95, the band of 9 in 10 futures.",
    "q25": "A quarter of the futures lies below: with q75, the band of the middle half.",
    "q75": "Three quarters of the futures lie below.",
    "q95": "95 % of the futures lie below.",
    "seeds_needed": "Futures needed for the precision asked for in the experiment file.",
    "enough_seeds": "Are there that many?",
    "versus": "The scenario it is compared with.",
    "why": "Why these two: 'base' (of the experiment), 'together' (readings of one proposal), "
    "'same councils'.",
    "paired": "TRUE where both have the same councils and so the same luck, future by future.",
    "difference": "Mean difference, scenario less versus.",
    "low": "Lower end of the 95 % interval of the mean difference.",
    "high": "Upper end of that interval.",
    "share_higher": "Share of futures (or pairs of futures) in which the scenario is higher.",
    "share_equal": "Share in which they are equal.",
    "verdict": "What the interval lets one say of the difference.",
    "note": "How the comparison was made.",
}


def write_workbook(path: Path, facts: Facts) -> None:
    """Write summary.xlsx: what it is, both tables, every outcome and every column in words.

    Parameters
    ----------
    path
        The file.
    facts
        What the report is written from.
    """
    summary, comparison = facts.findings["summary"], facts.findings["comparison"]
    from openpyxl import Workbook

    book = Workbook()
    front = book.active
    assert front is not None
    front.title = "Read me"
    for row in _front_page(facts):
        _append(front, row)
    front.column_dimensions["A"].width = 28
    front.column_dimensions["B"].width = 100
    _table_sheet(book.create_sheet("Summary"), summary)
    _table_sheet(book.create_sheet("Comparison"), comparison)
    outcomes = pd.DataFrame(
        [
            {
                "outcome": outcome,
                "in words": outcome_text(outcome),
                "in words, of a group": outcome_text(outcome, "groups"),
                "unit": unit,
            }
            for outcome, unit in summary[["outcome", "unit"]]
            .drop_duplicates("outcome")
            .itertuples(index=False)
        ]
    )
    _table_sheet(book.create_sheet("Outcomes"), outcomes)
    columns = pd.DataFrame(
        [
            {"sheet": sheet, "column": column, "meaning": COLUMN_HELP[column]}
            for sheet, table in (("Summary", summary), ("Comparison", comparison))
            for column in table.columns
        ]
    )
    _table_sheet(book.create_sheet("Columns"), columns)
    write_atomically(path, book.save)


def _front_page(facts: Facts) -> list[Sequence[Any]]:
    experiment, headline = facts.experiment, facts.findings["headline"]
    return [
        ("Experiment", experiment.title),
        ("Question", experiment.question),
        ("Run", f"{str(facts.manifest.get('hash', ''))[:12]}, version "
         f"{facts.manifest.get('version', '')}"),
        ("Simulated futures", f"up to {int(headline['seeds'].max()):,} a scenario"),
        ("", ""),
        ("Bands and intervals", "q05 to q95 is the band of 9 in 10 simulated futures: how far "
         f"they lie apart. {plain(in_bands(experiment.parameters), {})} "
         "mean_low to mean_high is the 95 % interval of the mean: only what a limited number of "
         "futures leaves open."),
        ("Money", "£m at 2017-18 prices, discounted at 3.5 % a year to April 2018."),
        ("Source", "Simulated. Councils: public sector information licensed under the Open "
         "Government Licence v3.0; see the report for the full attribution."),
        ("", ""),
        ("Words for probabilities", ""),
        *[
            (row["words"], f"from {row['low']:.0%} to {row['high']:.0%}")
            for row in facts.rows("yardstick")
        ],
        ("", ""),
        *[
            (f"Scenario: {facts.title(name).text}", experiment.scenarios[name].stands_for)
            for name in facts.scenarios
        ],
    ]  # fmt: skip


def _append(sheet: Worksheet, row: Sequence[Any]) -> None:
    """Append a row whose texts stay texts, whatever they begin with."""
    at = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for position, value in enumerate(row, start=1):
        cell = sheet.cell(row=at, column=position)
        if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
            continue
        cell.value = _shown(value)
        if isinstance(value, str):
            cell.data_type = "s"


def _shown(value: Any) -> Any:
    """Write a text as a reader should see it; numbers stay as they are."""
    if not isinstance(value, str):
        return value
    return cell_text(_LIKE_AN_ESCAPE.sub("_x005F_", "\n".join(map(printable, value.split("\n")))))


def _table_sheet(sheet: Worksheet, table: pd.DataFrame) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet.append(list(table.columns))
    texts = [not pd.api.types.is_numeric_dtype(table[name]) for name in table.columns]
    shares = table["unit"].str.startswith(("share", "prob")) if "unit" in table else None
    for at, row in enumerate(table.itertuples(index=False), start=2):
        is_share = shares is not None and bool(shares.iloc[at - 2])
        for position, value in enumerate(row, start=1):
            if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
                continue
            cell = sheet.cell(row=at, column=position)
            if hasattr(value, "item"):
                value = value.item()
            cell.value = _shown(value)
            if isinstance(value, str):
                cell.data_type = "s"
            elif isinstance(value, float):
                name = table.columns[position - 1]
                of_futures = name in OF_FUTURES
                cell.number_format = "0.0%" if is_share or of_futures else "#,##0.000"
    for position, name in enumerate(table.columns, start=1):
        head = sheet.cell(row=1, column=position)
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor="12436D")
        head.alignment = Alignment(vertical="top", wrap_text=True)
        longest = max([len(str(name)), *(len(str(v)) for v in table[name].head(400))], default=8)
        width = min(longest + 2, 70) if texts[position - 1] else 13
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.freeze_panes = "A2"
    if len(table):
        sheet.auto_filter.ref = sheet.dimensions
