"""TOML files as people save them: read, or refused in plain words."""

from __future__ import annotations

import codecs
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.files.layers import LIBRARY_RANK, Source
from sim.files.problems import BadInput, Problem, any_of, closest
from sim.files.toml_faults import (
    MOST_LEVELS,
    Explain,
    depth_of,
    fault,
    has_endless_key,
    too_deep,
)
from sim.files.toml_lines import BOM, line_too_deep

_UTF8 = 'save it as UTF-8 (Notepad: "Save as", Encoding: UTF-8)'
# Files that are no text, by how they begin.
_KINDS = {
    b"\xd0\xcf\x11\xe0": "an old Office file, such as .xls or .doc",
    b"%PDF": "a PDF document",
    b"PAR1": "a table in Parquet",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
    b"Rar!": "a compressed file",
    b"{\\rtf": "a document with formatting (RTF)",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}
# Beyond these no file is read: every line may hold something that is wrong and must be told.
MOST_BYTES, MOST_LINES = 20_000_000, 50_000


@cache
def load_programmes() -> Source:
    """Return the package's library of programmes."""
    found = files("sim") / "data" / "programmes.toml"
    name = "sim/data/programmes.toml"
    text = found.read_text(encoding="utf-8") if found.is_file() else ""
    return Source(name, _parsed(text, name), text, rank=LIBRARY_RANK)


def read_toml(path: Path, explain: Explain = lambda path, written: ("", "")) -> Source:
    """Read a TOML file that was perhaps edited on Windows.

    Parameters
    ----------
    path
        The file.
    explain
        What is allowed at a path, and what was meant by a text that stands there and that TOML
        cannot read; by default nothing is known of settings.

    Raises
    ------
    BadInput
        If it is missing, unreadable or not TOML.
    """
    name = str(path)
    try:
        if path.is_dir():
            inside = sorted(entry.name for entry in path.glob("*.toml"))
            problem = "this is a folder, not an experiment file"
            raise BadInput([Problem(problem, name, allowed=any_of(inside))])
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(
            [Problem("there is no such file", name, meant=_similar_file(path))]
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput([Problem(f"the file cannot be read: {reason}", name)]) from None
    text = _decoded(data, name)
    if len(data) > MOST_BYTES:
        allowed = f"at most {MOST_BYTES:,} bytes"
        raise BadInput([Problem("this file is too large to be read", name, allowed=allowed)])
    if text.count("\n") > MOST_LINES:
        allowed = f"at most {MOST_LINES:,} lines"
        raise BadInput([Problem("this file is too long to be read", name, allowed=allowed)])
    return Source(name, _parsed(text, name, explain), text)


def _similar_file(path: Path) -> str:
    """Find an experiment file of nearly the same name, beside it or among the experiments."""
    candidates = {
        entry.stem: str(entry)
        for folder in (Path("experiments"), path.parent)
        for entry in sorted(folder.glob("*.toml"))
    }
    near = closest(path.stem, candidates)
    return candidates[near] if near else ""


def _decoded(data: bytes, name: str) -> str:
    if kind := _kind_of(data):
        words = f"this is {kind}, not an experiment file"
        raise BadInput([Problem(words, name, allowed="a text file whose name ends in .toml")])
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:100]:
        raise BadInput([Problem(f"the file is saved as UTF-16; {_UTF8}", name)])
    try:
        return data.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"there is a character here that is not UTF-8; {_UTF8}"
        raise BadInput([Problem(problem, name, line)]) from None


def _kind_of(data: bytes) -> str:
    """Name the kind of a file that is no text, by how it begins; "" if it may be text."""
    if data.startswith(b"PK\x03\x04"):
        inside = {b"xl/": "an Excel workbook", b"word/": "a Word document"}
        inside |= {b"ppt/": "a PowerPoint presentation", b"opendocument": "an office document"}
        # The names of what a zip archive holds stand in it as they are, also at its end.
        return next((kind for part, kind in inside.items() if part in data), "a zip archive")
    return next((kind for start, kind in _KINDS.items() if data.startswith(start)), "")


def _parsed(text: str, name: str, explain: Explain = lambda path, written: ("", "")) -> Any:
    if line := has_endless_key(text):
        raise BadInput([too_deep(name, line)])
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = fault(error, text, name, explain)
    except RecursionError:
        problem = too_deep(name, None)
    except ValueError as error:  # numbers of thousands of digits
        problem = Problem(f"a value in this file cannot be read: {error}", name)
    else:
        if depth_of(table) <= MOST_LEVELS:
            return table
        problem = too_deep(name, line_too_deep(text, MOST_LEVELS))
    raise BadInput([problem])
