"""TOML files as people save them: read, or refused in plain words."""

from __future__ import annotations

import codecs
import re
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.files.layers import LIBRARY_RANK, Source
from sim.files.problems import BadInput, Problem, any_of, closest
from sim.files.toml_lines import BOM, syntax_error

_UTF8 = 'save it as UTF-8 (Notepad: "Save as", Encoding: UTF-8)'
_UNQUOTED_MONTH = re.compile(r"=\s*(?:19|20)\d\d-\d\d\s*(?:#.*)?$")


@cache
def load_programmes() -> Source:
    """Return the package's library of programmes."""
    found = files("sim") / "data" / "programmes.toml"
    name = "sim/data/programmes.toml"
    text = found.read_text(encoding="utf-8") if found.is_file() else ""
    return Source(name, _parsed(text, name), text, rank=LIBRARY_RANK)


def read_toml(path: Path) -> Source:
    """Read a TOML file that was perhaps edited on Windows.

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
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(
            [Problem("there is no such file", name, meant=_similar_file(path))]
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput([Problem(f"the file cannot be read: {reason}", name)]) from None
    text = _decoded(data, name)
    return Source(name, _parsed(text, name), text)


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
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:100]:
        raise BadInput([Problem(f"the file is saved as UTF-16; {_UTF8}", name)])
    try:
        return data.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"there is a character here that is not UTF-8; {_UTF8}"
        raise BadInput([Problem(problem, name, line)]) from None


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, words = syntax_error(error, text)
        written = text.splitlines()[line - 1] if text.strip() else ""
        if _UNQUOTED_MONTH.search(written):
            words = 'a month is written in quotation marks, such as "2017-08"'
        problem = Problem(words, name, line, given=written.strip()[:60])
    except RecursionError:
        problem = Problem("lists or tables are nested too deep in this file", name)
    except ValueError as error:  # numbers of thousands of digits
        problem = Problem(f"a value in this file cannot be read: {error}", name)
    raise BadInput([problem])
