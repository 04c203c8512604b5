"""Tables as CSV files that a spreadsheet opens as they are, and takes no text for a formula."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.files.writing import write_bytes

if TYPE_CHECKING:
    pass


# What a spreadsheet would take for the start of a formula; some take wide signs for narrow ones.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MOST_IN_A_CELL = 32_767  # characters; what goes beyond, Excel calls damaged


def harmless(value: Any) -> Any:
    """Keep a text from being taken for a formula by a spreadsheet."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def cell_text(text: str) -> str:
    """Write a text as a cell of a workbook holds it: what is too long for one is cut, and said.

    Examples
    --------
    >>> cell_text("x" * 40_000)[-36:]
    'xx … [cut: 40,000 characters in all]'
    """
    if len(text) <= MOST_IN_A_CELL:
        return text
    note = f" … [cut: {len(text):,} characters in all]"
    return text[: MOST_IN_A_CELL - len(note)] + note


def csv_text(table: pd.DataFrame) -> str:
    """Return what stands in a CSV file, without the mark that Excel needs before it."""
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(harmless)
    return str(safe.to_csv(index=False, lineterminator="\n", float_format="%.10g"))


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table for Excel and others: UTF-8 with a mark that Excel needs, in one step."""
    write_bytes(path, csv_text(table).encode("utf-8-sig"))
