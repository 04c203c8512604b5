"""How the sheets of the workbook look and are written: formats, widths, heads, print.

Texts stay texts, whatever they begin with: nothing in them is taken for a formula, a link or a
number.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from sim.files.spreadsheet import cell_text
from sim.present.blocks import printable
from sim.present.column_titles import COLUMN_HELP, kind_of, units_in
from sim.present.formats import NOTHING
from sim.present.report.facts import Facts

ACCENT, QUIET = "#12436D", "#505A5F"
NUMBERS = {
    "share": "0.0%",
    "points": "+0.0;−0.0;0.0",
    "money": "£#,##0.0;−£#,##0.0",
    "count": "#,##0",
    "decimal": "#,##0.0",
    "number": "#,##0.0###",
}
WIDEST = 44.0  # characters
HIGH = 15.0  # points, of a row of one line


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
            self._words[text] = cell_text(printable(text))
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
        units = units_in(shown.table)
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
