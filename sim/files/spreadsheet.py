"""Tables as CSV files that a spreadsheet opens as they are, and takes no text for a formula."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.files.writing import write_bytes

if TYPE_CHECKING:
    pass


# What a spreadsheet would take for the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """Keep a text from being taken for a formula by a spreadsheet."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


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
