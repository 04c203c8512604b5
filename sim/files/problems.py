"""What is wrong with what the user gave: collected, sorted and said in plain words."""

from __future__ import annotations

import datetime
import difflib
import json
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.files.typed import escaped, is_shown, visible

MOST_SHOWN = 10
LONGEST_GIVEN = 60
LONGEST_KEY = 300
WIDTH = 96
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


# Names that Windows keeps for devices: no file can be called so.
NOT_FILES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where; what does not apply stays empty.

    Attributes
    ----------
    problem
        What is wrong, in a few words.
    file, line, key
        Where it was set. `file` may also be a ``--set`` of the command line.
    given
        The value, as TOML writes it.
    allowed
        What would be right.
    meant
        What the user probably meant.
    """

    problem: str
    file: str = ""
    line: int | None = None
    key: str = ""
    given: str = ""
    allowed: str = ""
    meant: str = ""

    def __str__(self) -> str:
        index = self.file if self.line is None else f"{self.file}, line {self.line}"
        key = self.key if len(self.key) <= LONGEST_KEY else f"{self.key[:LONGEST_KEY]} ..."
        head = ": ".join(visible(part) for part in (index, key) if part)
        rows = [head] if head else []
        for label in ("given", "problem", "allowed", "meant"):
            text = visible(getattr(self, label))
            if text:
                # `given` may end in spaces that matter, and is short: it is not wrapped.
                row = f"  {label + ':':<10}{text}"
                rows.append(row if label == "given" else _wrapped(row))
        return "\n".join(rows)


class BadInput(Exception):  # noqa: N818
    """Something the user gave cannot be used; `str()` is the whole text to show.

    Attributes
    ----------
    problems
        Each problem once, sorted by file and line.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        # A value that five scenarios inherit is one problem.
        self.problems = sorted(
            dict.fromkeys(problems), key=lambda found: (found.file, found.line or 0)
        )
        super().__init__(self.problems)

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        left = len(self.problems) - MOST_SHOWN
        if left > 0:
            shown.append(f"and {left} more")
        return "\n\n".join(shown)


def _wrapped(row: str) -> str:
    return "\n".join(
        textwrap.wrap(
            row,
            WIDTH,
            subsequent_indent=" " * 12,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def closest(wanted: str, known: Iterable[str]) -> str:
    """Return the one of `known` spelt most like `wanted`, or "" if none comes near."""
    spelling = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(wanted.casefold(), spelling, n=1, cutoff=0.65)
    return spelling[near[0]] if near else ""


def any_of(names: Sequence[str], *, most: int | None = None) -> str:
    """Write names as a list for the reader, cut after `most`."""
    if most is not None and len(names) > most:
        return f"{', '.join(names[:most])}, ... ({len(names)} in all)"
    return ", ".join(names)


# ---------------------------------------------------------------- values as TOML writes them


def toml_key(path: Iterable[str | int]) -> str:
    """Write a path as a dotted key; places in lists as [1] for the first."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += ("." if text else "") + (part if BARE_KEY.fullmatch(part) else quoted(part))
    return text


def quoted(text: str) -> str:
    """Write a text as a basic string of TOML, on one line; what is not seen, as escapes."""
    # JSON escapes the same characters in the same way, but not all that cannot be seen.
    written = json.dumps(text, ensure_ascii=False)
    if written.isascii() and written.isprintable():
        return written
    return "".join(
        character if is_shown(character) else escaped(character) for character in written
    )


def toml_value(value: object) -> str:
    """Write a value as TOML does, tables in braces."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, dict):
        inside = ", ".join(
            f"{toml_key([key])} = {toml_value(entry)}" for key, entry in value.items()
        )
        return f"{{ {inside} }}" if inside else "{}"
    return repr(value)  # of int and float, and what TOML calls inf and nan


def shown(value: object) -> str:
    """Write a value as TOML does, shortened where it is long."""
    try:
        text = toml_value(value)
    except ValueError:  # Python refuses to write out numbers of thousands of digits
        return "a very long number"
    if len(text) <= LONGEST_GIVEN:
        return text
    return f"{text[: LONGEST_GIVEN - 4]} ..."
