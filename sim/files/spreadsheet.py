"""Tables as CSV files that a spreadsheet opens as they are, and takes no text for a formula."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.files.writing import write_atomically

if TYPE_CHECKING:
    pass


# What a spreadsheet would take for the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """Keep a text from being taken for a formula by a spreadsheet."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table for Excel and others: UTF-8 with a mark that Excel needs, in one step."""
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(harmless)
    write_atomically(
        path,
        lambda passing: safe.to_csv(
            passing, index=False, encoding="utf-8-sig", lineterminator="\n", float_format="%.10g"
        ),
    )
