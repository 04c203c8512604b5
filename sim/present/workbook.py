"""The workbook: what was found, at a glance; then every finding, with titles and units in words.

Numbers are those of the findings; shares are formatted as percentages, and differences of shares
stand in percentage points. Texts stay texts, whatever they begin with: nothing in them is taken
for a formula, a link or a number.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.findings import FINDINGS
from sim.files.writing import write_bytes
from sim.model.councils import load_councils
from sim.present.blocks import plain, printable
from sim.present.column_titles import COLUMN_HELP, kind_of, title_of, unit_in
from sim.present.formats import NOTHING
from sim.present.headline_sheet import write_headline
from sim.present.report.facts import Facts
from sim.present.report.sensitivity import in_bands, meaning
from sim.present.words import KINDS, SIZES, month_name
from sim.settings.columns import outcome_text

ACCENT, QUIET = "#12436D", "#505A5F"
NUMBERS = {
    "share": "0.0%",
    "points": "+0.0;−0.0;0.0",
    "money": "£#,##0.0;−£#,##0.0",
    "count": "#,##0",
    "decimal": "#,##0.0",
    "number": "#,##0.0###",
}
POINTS = "percentage points"
READ_ME, CONTENTS, COLUMNS, OUTCOMES = "Read me", "Contents", "Columns", "Outcomes"
# Sheets whose finding has a longer title than a sheet may have.
SHEETS = {
    "headline": "Share of councils that joined",
    "precision": "Precision of the mean",
    "groups": "Councils of each group",
    "examined": "Settings that move findings",
    "even_chance": "Even chance of cancelling",
}
# Columns that hold short names, where words stand for them.
SHORT_NAMES = ("scenario", "versus", "outcome", "setting", "group", "month")
WIDEST = 44.0
HIGH = 15.0  # points, of a row of one line
_MOST_TEXT = 32_767  # characters, of a cell


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


class Shown:
    """A finding as a sheet shows it: columns with titles, and how each number is written.

    Attributes
    ----------
    titles, names
        Of each column: the words at its head, and its name in the table; "" for words that are
        added.
    columns
        Values of each column.
    finding, table
        What it is made from.
    printed
        How many columns are printed: all but short names, which stand last.
    """

    def __init__(self, finding: str, table: pd.DataFrame) -> None:
        self.finding, self.table = finding, table
        self.titles: list[str] = []
        self.names: list[str] = []
        self.columns: list[Sequence[Any]] = []
        self.printed = 0

    def add(self, title: str, values: Sequence[Any], name: str = "") -> None:
        """Add a column; no two have the same title."""
        taken = {known.casefold() for known in self.titles}
        alone, number = title, 2
        while alone.casefold() in taken:
            alone, number = f"{title} ({name or number})", number + 1
        self.titles.append(alone)
        self.names.append(name)
        self.columns.append(values)

    def about(self, at: int) -> tuple[str, str, str]:
        """Title, name and meaning of a column."""
        name = self.names[at]
        return self.titles[at], name, COLUMN_HELP.get(name, "")

    @property
    def count(self) -> int:
        """Rows."""
        return len(self.columns[0]) if self.columns else 0


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


def sheet_name(title: str) -> str:
    """Make a name that a sheet may have: short, and without signs that lead to other files."""
    words = "".join(" " if one in "[]:*?/\\" else one for one in title).strip("' ")
    return words if len(words) <= 31 else words[:32].rsplit(" ", 1)[0][:31]


class Workbook:
    """A workbook in the making.

    Parameters
    ----------
    facts
        Whose title and run are named in it.
    """

    def __init__(self, facts: Facts) -> None:
        # XlsxWriter takes a while to load.
        import xlsxwriter

        self.buffer = BytesIO()
        self.book: Any = xlsxwriter.Workbook(
            self.buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.title = printable(facts.experiment.title)
        run = str(facts.manifest.get("hash", ""))[:12]
        properties: dict[str, Any] = {
            "title": self.title[:255],
            "author": "council-platform-sim",
            "keywords": f"run {run}" if run else "",
        }
        if sessions := facts.manifest.get("sessions"):
            # Without a zone, which the format does not know.
            made = datetime.fromisoformat(sessions[-1]["ended"]).replace(tzinfo=None)
            properties["created"] = made
        self.book.set_properties(properties)
        self.foot = f"&L{self.title[:100].replace('&', '&&')}&RPage &P of &N"
        self._words: dict[str, str] = {}
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **look: Any) -> Any:
        """Return the format that looks so; the same look is one format."""
        key = tuple(sorted({"valign": "top", **look}.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(key))
        return self._formats[key]

    def printable(self, text: str) -> str:
        """Return the words of a cell; most stand in many."""
        if text not in self._words:
            self._words[text] = printable(text)[:_MOST_TEXT]
        return self._words[text]

    def sheet(self, name: str) -> Any:
        """Add a sheet that prints well."""
        sheet = self.book.add_worksheet(sheet_name(name))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.set_footer(self.foot)
        sheet.hide_gridlines(2)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return sheet

    def write(self, sheet: Any, row: int, column: int, value: Any, **look: Any) -> None:
        """Write a cell; what is missing stays empty, and a text stays a text."""
        if isinstance(value, np.generic):
            value = value.item()
        look_ = self.format(**look)
        if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
            if look:
                sheet.write_blank(row, column, None, look_)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, look_)
        elif isinstance(value, int | float) and not math.isinf(value):
            sheet.write_number(row, column, value, look_)
        else:
            words = NOTHING if isinstance(value, float) else self.printable(str(value))
            sheet.write_string(row, column, words, look_)

    def head(
        self,
        sheet: Any,
        row: int,
        titles: Sequence[str],
        widths: Sequence[float],
        right: Collection[int] = (),
        *,
        first: int = 0,
    ) -> None:
        """Write the head of a table; titles of numbers stand above their ends."""
        look = {"bold": True, "font_color": "white", "bg_color": ACCENT, "text_wrap": True}
        for column, title in enumerate(titles):
            side = {"align": "right"} if column in right else {}
            self.write(sheet, row, first + column, title, **look, **side)
        if not first:
            sheet.set_row(row, _height(titles, widths) + 4)

    def rows(self, sheet: Any, rows: Sequence[Sequence[Any]], *, widths: Sequence[float]) -> None:
        """Write rows of words, of which the first is a label."""
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                bold = {"bold": True} if column == 0 else {}
                self.write(sheet, row, column, value, text_wrap=True, **bold)
            sheet.set_row(row, _height([str(value) for value in cells], widths))

    def texts(self, name: str, titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add a sheet with a table of words."""
        shown = Shown("", pd.DataFrame())
        columns = list(zip(*rows, strict=True)) or [()] * len(titles)
        for title, values in zip(titles, columns, strict=True):
            shown.add(title, values)
        self.table(name, shown)

    def table(self, name: str, shown: Shown) -> None:
        """Add a sheet with a table: filters, a head that stays and is printed on each page."""
        sheet = self.sheet(name)
        units = [unit_in(shown.table, row) for row in range(len(shown.table))]
        widths = [_width(values) for values in shown.columns]
        numbers = [at for at, values in enumerate(shown.columns) if _is_numbers(values)]
        self.head(sheet, 0, shown.titles, widths, numbers)
        wrapped: dict[int, float] = {}
        for column, (values, width) in enumerate(zip(shown.columns, widths, strict=True)):
            sheet.set_column(column, column, width)
            self._column(sheet, column, shown, values, units)
            if width >= WIDEST:
                for row, value in enumerate(values, start=1):
                    high = _height([str(value)], [width])
                    wrapped[row] = max(high, wrapped.get(row, HIGH))
        for row, high in wrapped.items():
            if high > HIGH:
                sheet.set_row(row, high)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        if shown.count:
            sheet.autofilter(0, 0, shown.count, len(shown.titles) - 1)
            sheet.print_area(0, 0, shown.count, (shown.printed or len(shown.titles)) - 1)
        else:
            self.write(sheet, 1, 0, "No rows in this experiment.", font_color=QUIET)

    def _column(
        self, sheet: Any, column: int, shown: Shown, values: Sequence[Any], units: Sequence[str]
    ) -> None:
        name = shown.names[column]
        looks = {kind: self.format(num_format=look) for kind, look in NUMBERS.items()}
        kinds = {unit: kind_of(shown.finding, name, unit) for unit in {"", *units}}
        words, month = self.format(text_wrap=True), self.format(num_format="0")
        for row, value in enumerate(values, start=1):
            if isinstance(value, float):
                kind = kinds[units[row - 1]] if units else kinds[""]
                if math.isfinite(value):
                    number = 100.0 * value if kind == "points" else value
                    sheet.write_number(row, column, number, looks[kind])
                elif math.isinf(value):
                    sheet.write_string(row, column, NOTHING, self.format(align="right"))
            elif isinstance(value, bool | np.bool_):
                sheet.write_string(row, column, "yes" if value else "no", words)
            elif isinstance(value, int):
                sheet.write_number(row, column, value, month if name == "month" else looks["count"])
            elif isinstance(value, str):
                sheet.write_string(row, column, self.printable(value), words)
            else:
                self.write(sheet, row, column, value)

    def finished(self) -> bytes:
        """Return the file."""
        self.book.close()
        return self.buffer.getvalue()


def _is_numbers(values: Sequence[Any]) -> bool:
    return bool(values) and all(isinstance(value, int | float) for value in values[:50])


def _width(values: Sequence[Any]) -> float:
    """Width of a column in characters."""
    if _is_numbers(values):
        return 14.0
    longest = max((len(str(value)) for value in values[:2000]), default=0)
    return min(max(longest + 2.0, 12.0), WIDEST)


def _height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Height in points of a row whose texts are wrapped."""
    # Words do not fill their lines.
    lines = [
        1 if len(text) < width else math.ceil(1.15 * len(text) / width)
        for text, width in zip(texts, widths, strict=True)
    ]
    return HIGH * max([*lines, 1])


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
            f"10 simulated futures: how far they lie apart. {plain(in_bands(experiment.parameters), {})}"
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
