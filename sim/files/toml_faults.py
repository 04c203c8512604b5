"""What is wrong with a text that is not TOML, on the line where somebody would look for it.

`tomllib` stops where it can go on no longer, which may be far below the slip. Here the text is
looked at once more: what was left open is blamed on the line where it opens, a character that no
keyboard has is named, and a value that was typed as people write is answered with what was meant.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass

from sim.files.problems import LONGEST_GIVEN, Problem, quoted, toml_key
from sim.files.toml_lines import KeyPath, key_lines, syntax_error
from sim.files.typed import number_text, odd_character, odd_in, plain, typed_month, typed_number

# What a setting at a path allows, and what was meant by a text that stands there as its value.
Explain = Callable[[KeyPath, str], tuple[str, str]]

MOST_LEVELS = 32  # tables inside each other; a scenario needs six
_MOST_PARTS = 1_000  # of a key: `tomllib` takes the square of their number of steps

NUMBERS = (
    "a number is written with digits and a decimal point alone, without %, £, or marks between "
    "its thousands"
)
TEXTS = "text stands in straight quotation marks"
MONTHS = 'a month is written in quotation marks, such as "2017-08"'
TRUTHS = "true and false are written small and without quotation marks"

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_PAIR = re.compile(rf"\s*(?P<key>{_KEY})\s*=\s*(?P<value>.*)")
_STATEMENT = re.compile(rf"\s*(?:{_KEY}\s*=|\[\[?\s*{_KEY}\s*\]\]?\s*(?:#.*)?$)")
_WORDS_FOR_KEY = re.compile(r"\s*(?P<key>[A-Za-z][\w-]*(?: [\w-]+)+)\s*=")
_COLON = re.compile(rf"\s*(?P<key>{_KEY})\s*:\s*(?P<value>[^=]+)")
_TOKEN = re.compile(
    r'''
      """ (?: [^"\\] | \\. | "(?!"") )* "{3,5} | \'\'\' (?: [^\'] | \'(?!\'\') )* \'{3,5}
    | (?P<long>"""|\'\'\')
    | " (?: [^"\\\n] | \\. )* " | \' [^\'\n]* \'
    | \# [^\n]*
    | (?P<mark>[\[\]{}=\n"\'])
    | [^\[\]{}=\n"\'\#]+
    ''',
    re.DOTALL | re.VERBOSE,
)
# One part of a dotted key and the dot after it, or anything else, in one go.
_LINKS = re.compile(rf"(?P<link>{_PART}[ \t]*\.[ \t]*)|{_PART}|[^A-Za-z0-9_\"'-]+|.", re.DOTALL)


# ---------------------------------------------------------------- depth


def has_endless_key(text: str) -> int:
    """Return the line of a key of more parts than can be read in good time, or 0."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") < _MOST_PARTS:
            continue
        links = 0
        for token in _LINKS.finditer(line):
            links = links + 1 if token["link"] else 0
            if links >= _MOST_PARTS:
                return number
    return 0


def depth_of(value: object) -> int:
    """Count the tables and lists inside each other, however many there are."""
    deepest, open_ones = 0, [(value, 0)]
    while open_ones:
        part, depth = open_ones.pop()
        deepest = max(deepest, depth)
        inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        open_ones += [(inner, depth + 1) for inner in inside if isinstance(inner, dict | list)]
    return deepest


def too_deep(name: str, line: int | None) -> Problem:
    """Report tables inside tables beyond all measure."""
    return Problem(
        "tables or lists are nested too deep here",
        name,
        line,
        allowed=f"at most {MOST_LEVELS} inside each other",
    )


# ---------------------------------------------------------------- faults


@dataclass(frozen=True)
class _Open:
    """A list, table or long text that was opened."""

    mark: str
    at: int


def fault(error: tomllib.TOMLDecodeError, text: str, name: str, explain: Explain) -> Problem:
    """Say what is wrong with a text that `tomllib` refused.

    Parameters
    ----------
    error
        What `tomllib.loads` raised.
    text
        The text it was given.
    name
        Of the file, as shown to the reader.
    explain
        What is known of settings.
    """
    text = text.replace("\r\n", "\n")
    number, words = syntax_error(error, text)
    lines = text.split("\n")
    line = lines[number - 1]
    at = _position(words, lines, number, text)
    unclosed = _unclosed(text, at, line, number)
    if unclosed is not None:
        number, words = unclosed
        return _problem(words, name, number, lines[number - 1])
    odd = _odd(line, words)
    if odd is not None:
        words, right = odd
        key = ""
        if found := _PAIR.match(right):
            path = _path(lines, number, found)
            key = toml_key(path)
            if not _is_toml(right):
                right = explain(path, _without_note(found["value"]))[1] if path else ""
        return _problem(words, name, number, line, key=key, meant=right.strip())
    found = _PAIR.match(line)
    if found is not None:
        return _of_value(found, lines, number, words, name, explain)
    if found := _WORDS_FOR_KEY.match(line):
        words = "a key has no spaces in it"
        return _problem(words, name, number, line, meant=re.sub(r"\s+", "_", found["key"]))
    if found := _COLON.match(line):
        words = "a setting has an equals sign after its key, not a colon"
        return _problem(
            words, name, number, line, meant=f"{found['key']} = {found['value'].strip()}"
        )
    return _problem(words, name, number, line)


def _problem(
    words: str,
    name: str,
    number: int,
    line: str,
    *,
    key: str = "",
    allowed: str = "",
    meant: str = "",
) -> Problem:
    given = line.strip()[:LONGEST_GIVEN]
    return Problem(words, name, number, key, given, allowed, meant)


def _position(words: str, lines: list[str], number: int, text: str) -> int:
    """Place in the text that `syntax_error` names."""
    column = re.search(r"\(column (\d+)\)$", words)
    if column is None:
        return len(text)
    return sum(len(line) + 1 for line in lines[: number - 1]) + int(column[1]) - 1


def _unclosed(text: str, at: int, line: str, number: int) -> tuple[int, str] | None:
    """Find what was opened on an earlier line and never closed."""
    opened = _opened(text, at)
    before = [found for found in opened if text.count("\n", 0, found.at) + 1 < number]
    if opened and opened[-1].mark == "{":
        where = text.count("\n", 0, opened[-1].at) + 1
        if where < number or text[at : at + 1] in ("\n", ""):
            return where, "the table that opens here with { must be closed with } on this line"
        return None
    if opened and opened[-1].mark not in "[{":
        where = text.count("\n", 0, opened[-1].at) + 1
        return where, f"the text that opens here with {opened[-1].mark} is never closed"
    at_end = not text[at:].strip()
    if opened and at_end:
        before = opened
    if before and before[-1].mark == "[" and (at_end or _STATEMENT.match(line)):
        where = text.count("\n", 0, before[-1].at) + 1
        return where, "the list that opens here is never closed: ] is missing at its end"
    return None


def _opened(text: str, until: int) -> list[_Open]:
    """Find which lists, tables and long texts are open at a place."""
    opened: list[_Open] = []
    in_value, at = False, 0
    while at < until:
        token = _TOKEN.match(text, at)
        if token is None:  # a lone backslash or the like: nothing that opens
            at += 1
            continue
        mark = token["mark"]
        if token["long"]:
            return [_Open(token["long"], at)]
        if mark == "\n" and not opened:
            in_value = False
        elif mark == "=" and not opened:
            in_value = True
        elif mark in ("[", "{") and in_value:
            opened.append(_Open(mark, at))
        elif mark in ("]", "}") and opened:
            opened.pop()
        elif mark in ('"', "'"):  # text that ends nowhere on its line
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
            continue
        at = token.end()
    return opened


def _odd(line: str, words: str) -> tuple[str, str] | None:
    """Name a character that no keyboard has, outside of text and notes, and the right line."""
    pieces: list[str] = []
    found = ""
    at = 0
    while at < len(line):
        token = _TOKEN.match(line, at)
        piece = token[0] if token else line[at]
        at += len(piece)
        is_free = piece[0] not in "\"'#" or len(piece) == 1
        if is_free and not found and (odd := next(filter(odd_character, piece), "")):
            found = f"{odd_character(odd)} (column {at - len(piece) + piece.index(odd) + 1})"
        pieces.append(plain(piece) if is_free else piece)
    right = "".join(pieces)
    if not found and odd_in(line) and _is_toml(plain(line)) and not _is_toml(line):
        found, right = odd_in(line), plain(line)
    if not found:
        return None
    return found, right


def _is_toml(line: str) -> bool:
    try:
        tomllib.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


# ---------------------------------------------------------------- values


def _of_value(
    found: re.Match[str], lines: list[str], number: int, words: str, name: str, explain: Explain
) -> Problem:
    """Say what was meant by a value that TOML cannot read."""
    line = lines[number - 1]
    written = _without_note(found["value"])
    path = _path(lines, number, found)
    key = toml_key(path) if path else found["key"]
    if not written:
        allowed = explain(path, "")[0] if path else ""
        words = "the value is missing after the equals sign"
        return _problem(words, name, number, line, key=key, allowed=allowed)
    if _is_toml(f"value = {written}"):  # the value is not what is wrong
        return _problem(words, name, number, line)
    allowed, meant = explain(path, written) if path else ("", "")
    if not allowed and not meant:
        meant = _in_general(written)
    month = typed_month(written)
    if month and month in (meant or month):
        words = MONTHS
    elif meant in ("true", "false"):
        words = TRUTHS
    elif typed_number(written) and not meant.startswith('"'):
        words = NUMBERS
    elif re.match(r"[^\W\d]", written) and not meant.startswith("{"):
        words = TEXTS
    return _problem(words, name, number, line, key=key, allowed=allowed, meant=meant)


def _in_general(written: str) -> str:
    """Say what was meant where nothing is known of the setting."""
    if month := typed_month(written):
        return quoted(month)
    if written.casefold() in ("true", "false"):
        return written.casefold()
    number = typed_number(written)
    if number is not None:
        value = number.value / 100 if number.is_percent else number.value * number.scale
        return number_text(value)
    return quoted(written) if re.fullmatch(r"[^\W\d][\w '&.-]*", written) else ""


def _without_note(written: str) -> str:
    """Take off a note at the end of a line."""
    kept = ""
    for token in _TOKEN.finditer(written):
        if token[0].startswith("#"):
            break
        kept += token[0]
    return kept.strip()


def _path(lines: list[str], number: int, found: re.Match[str]) -> KeyPath:
    """Find the path of the setting on a line, or () where what stands above cannot be read."""
    # A text in its place reads in any case, and nothing below matters.
    above = "\n".join([*lines[: number - 1], f"{found['key']} = ''"])
    try:
        tomllib.loads(above)
        known = key_lines(above)
    except (ValueError, RecursionError):
        return ()
    return max((path for path, at in known.items() if at == number), key=len, default=())
