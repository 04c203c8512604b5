"""What every page must be like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.shared.folders import DOCS


def markdown_tables(text: str) -> Iterator[list[list[str]]]:
    """Tables as rows of cells."""
    table: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line.strip())
            assert cells[0] == cells[-1] == "", line
            table.append([cell.strip() for cell in cells[1:-1]])
        elif table:
            yield table
            table = []


def assert_tables_well_formed(text: str) -> None:
    tables = list(markdown_tables(text))
    assert len(tables) >= 3
    for head, marks, *rows in tables:
        assert all(re.fullmatch(r"-{2,3}:?", mark) for mark in marks), marks
        assert rows
        for row in (marks, *rows):
            assert len(row) == len(head), row


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def first_cells(text: str, heading: str) -> list[str]:
    """Names in the first column of the table under a heading, in their order."""
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)


def assert_described(columns: Iterable[str], table: str) -> None:
    """Check that the dictionary names each of these columns, once, and no other."""
    entries = first_cells(text_of("data-dictionary.md"), table)
    assert len(set(entries)) == len(entries), f"{table}: a column stands in the dictionary twice"
    patterns = {name: re.sub(r"<\w+>", r"\\d+", name) for name in entries}
    found: dict[str, str] = {}
    for column in columns:
        matches = [name for name, pattern in patterns.items() if re.fullmatch(pattern, column)]
        assert len(matches) == 1, f"{table}: the dictionary has {matches} for {column}"
        found[matches[0]] = column
    missing = set(entries) - set(found)
    assert not missing, f"{table}: the dictionary names columns that do not exist: {missing}"
