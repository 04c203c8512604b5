"""The line of a TOML file on which each key is set, and syntax errors in plain words.

`tomllib` tells the values of a file but not where they stand; a message that names a line
needs both. The idea here: walk the text once, token by token, with the path of the thing
being read in hand, and note path and line whenever a path begins. Values are passed over,
not read. Nothing is checked, because `tomllib` has accepted the text already; that is what
keeps the scanner small.

Three facts about TOML make one set of tokens enough:

- blanks, line ends and comments may be passed over alike before every token, for in a valid
  text a token never means one thing on this line and another on the next;
- a bare value (number, date, true) ends at a comma, a closing bracket, a comment or the end
  of the line, and not at a space: ``1979-05-27 07:32:00`` is one value;
- ``[[a]]`` adds an element to a list just as an element of ``a = [...]`` does, so both count
  the same way, and a later ``[a.b]`` belongs to the last element.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

BOM = "\ufeff"  # Windows editors may put one first; `tomllib` wants it gone, we do not mind

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")
# A long string may end in up to five quotes: the last three close it.
_STRING = re.compile(
    r'''
      """ (?: [^"\\] | \\. | "(?!"") )* "{3,5}
    | \'\'\' (?: [^\'] | \'(?!\'\') )* \'{3,5}
    | " (?: [^"\\] | \\. )* "
    | \' [^\']* \'
    ''',
    re.DOTALL | re.VERBOSE,
)

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BACKSLASH = "a backslash in text must be written twice, or the text put in 'single quotes'"
_NOT_CLOSED = "text is not closed: the quote at its end is missing"
_BAD_KEY = "expected a key; only A-Z, a-z, 0-9, - and _ may stand in a key without quotes"
# How a message of `tomllib` begins, and what to tell a reader who does not write programs.
_PLAIN_WORDS = {
    "Cannot declare": "this table is already opened or set further up",
    "Cannot mutate immutable namespace": "this is already set in full further up: add to it there",
    "Cannot overwrite a value": "this name is already set further up",
    "Cannot redefine namespace": "this table is already opened further up: add to it there",
    "Duplicate inline table key": "the same key stands twice between the braces",
    "Expected '=' after a key": "expected '=' after the key",
    "Expected ']' at the end of a table": "expected ']' after the name of the table",
    "Expected ']]' at the end of an array": "expected ']]' after the name of the list of tables",
    "Expected newline or end of document": "nothing more may stand on this line",
    "Expected \"'": _NOT_CLOSED,
    "Found invalid character '\\n'": _NOT_CLOSED,
    "Illegal character '\\n'": _NOT_CLOSED,
    "Invalid date or datetime": "there is no such date or time",
    "Invalid hex value": _BACKSLASH,
    "Invalid initial character for a key part": _BAD_KEY,
    "Invalid statement": _BAD_KEY,
    "Invalid value": 'expected a value: a number, true, false, a date, "text", a list or a table',
    "Unclosed array": "expected ',' or ']' in the list",
    "Unclosed inline table": "expected ',' or '}' in the table",
    "Unescaped '\\'": _BACKSLASH,
    "Unterminated string": _NOT_CLOSED,
}


def key_lines(text: str) -> dict[KeyPath, int]:
    """Find the line on which each key, list element and table of a TOML text is set.

    Parameters
    ----------
    text
        A text that `tomllib` accepts, with or without a byte order mark before it. Line ends
        may be LF or CRLF.

    Returns
    -------
    dict
        The 1-based line by path, in the form of pydantic's ``loc``: keys as strings, places
        in lists as integers. A table has the line of its header, or where it has none, the
        first line that mentions it. A list has the line of its key or of its first
        ``[[header]]``. The document itself, path ``()``, is not in.

    Raises
    ------
    ValueError
        Perhaps, if the text is not valid TOML; the lines mean nothing then.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """Return the line of a path or of its nearest ancestor in `lines`.

    Parameters
    ----------
    lines
        What `key_lines` returned.
    path
        The path to look for; it may go on below, or beside, what the file sets.

    Returns
    -------
    int or None
        None when not even the first part of the path is in the file.
    """
    for length in range(len(path), 0, -1):
        line = lines.get(path[:length])
        if line is not None:
            return line
    return None


def line_too_deep(text: str, most: int) -> int | None:
    """Return the first line of a TOML text on which tables and lists nest deeper than `most`."""
    scanner = _Scanner(text, most)
    try:
        scanner.document()
    except _TooDeepError as found:
        return found.line
    return None


class _TooDeepError(Exception):
    """Something stands deeper than was asked for."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def syntax_error(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """Return the line of a syntax error and what is wrong there, in plain words.

    Parameters
    ----------
    error
        What `tomllib.loads` raised.
    text
        The text it was given.

    Returns
    -------
    tuple of int and str
        The 1-based line, and a message of one line that names the column. An error at the
        end of the document is put on the last line that is not blank.
    """
    said = str(error)
    position = _PLACE.search(said)
    cause = said[: position.start()] if position else said
    plain = next((words for begin, words in _PLAIN_WORDS.items() if cause.startswith(begin)), cause)
    if position and position[1]:
        return int(position[1]), f"{plain} (column {position[2]})"
    return text.rstrip().count("\n") + 1, f"{plain} (at the end of the file)"


class _Scanner:
    """A place in a TOML text, and what has been noted up to there.

    Attributes
    ----------
    lines
        The line of each path so far.
    lengths
        How many elements each list has so far.
    most
        How long a path may become, if that matters.
    """

    def __init__(self, text: str, most: int | None = None) -> None:
        self.text = text
        self.most = most
        self.at = len(BOM) if text.startswith(BOM) else 0
        self.line_ends = [at for at, character in enumerate(text) if character == "\n"]
        self.lines: dict[KeyPath, int] = {}
        self.lengths: dict[KeyPath, int] = {}

    def document(self) -> None:
        """Pass over the whole text."""
        table: KeyPath = ()
        while not self.at_end():
            if self.take("[["):
                table = self.key(())
                self.lines.setdefault(table, self.line())
                table = self.append(table)
                self.take("]]")
            elif self.take("["):
                table = self.key(())
                # Not setdefault: a table's own header says more than an earlier mention.
                self.lines[table] = self.line()
                self.take("]")
            else:
                self.pair(table)

    def pair(self, table: KeyPath) -> None:
        """Pass over ``key = value`` in a table."""
        line = self.line()
        path = self.key(table)
        self.lines[path] = line
        self.take("=")
        self.value(path)

    def key(self, table: KeyPath) -> KeyPath:
        """Pass over a key, dotted or not, and return its path; note the tables on the way."""
        line = self.line()
        path = (*table, self.key_part())
        while self.take("."):
            self.lines.setdefault(path, line)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
            path = (*path, self.key_part())
            self.measure(path)
        return path

    def measure(self, path: KeyPath) -> None:
        """Stop at a path that is too long."""
        if self.most is not None and len(path) > self.most:
            raise _TooDeepError(self.line())

    def key_part(self) -> str:
        """Pass over one part of a key and return its name."""
        quoted = self.match(_STRING)
        if quoted is None:
            return self.must_match(_BARE_KEY)
        if "\\" in quoted:  # perhaps an escape, which `tomllib` can read
            name: str = tomllib.loads(f"name = {quoted}")["name"]
            return name
        return quoted[1:-1]

    def value(self, path: KeyPath) -> None:
        """Pass over a value, and note what is inside it.

        One call per list and two per table inside each other: fewer than `tomllib` needs, so
        that no text nests too deep here that did not nest too deep there.
        """
        if self.take("["):
            while not self.take("]"):
                self.value(self.append(path))
                self.take(",")
        elif self.take("{"):
            while not self.take("}"):
                self.pair(path)
                self.take(",")
        elif self.match(_STRING) is None:
            self.must_match(_BARE_VALUE)

    def append(self, path: KeyPath) -> KeyPath:
        """Note that a further element of a list begins here, and return its path."""
        index = self.lengths.get(path, 0)
        self.lengths[path] = index + 1
        path = (*path, index)
        self.measure(path)
        self.lines[path] = self.line()
        return path

    def at_end(self) -> bool:
        """Tell whether nothing but blanks and comments is left."""
        return self.next() == len(self.text)

    def line(self) -> int:
        """Return the line of the next token."""
        return bisect_left(self.line_ends, self.next()) + 1

    def take(self, token: str) -> bool:
        """Pass over a token if it comes next."""
        found = self.text.startswith(token, self.next())
        if found:
            self.at += len(token)
        return found

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Pass over what comes next if it matches a pattern, and return it."""
        found = pattern.match(self.text, self.next())
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def must_match(self, pattern: re.Pattern[str]) -> str:
        """Do as `match`, but stop on a text that is not TOML rather than go round for ever."""
        found = self.match(pattern)
        if found is None:
            raise ValueError(f"not a valid TOML text at line {self.line()}")
        return found

    def next(self) -> int:
        """Pass over blanks and comments, and return where the next token begins."""
        blank = _BLANK.match(self.text, self.at)
        if blank is not None:  # it always is something, if only the empty text
            self.at = blank.end()
        return self.at
