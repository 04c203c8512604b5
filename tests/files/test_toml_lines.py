"""The line of each key in a TOML text, against hand-made and made-up documents."""

import datetime as dt
import random
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from sim.files.toml_lines import BOM, KeyPath, key_lines, line_of, syntax_error


def paths_in(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every path below a parsed value: tables, lists and leaves."""
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    for part, member in inside:
        yield (*path, part)
        yield from paths_in(member, (*path, part))


CASES: dict[str, tuple[str, dict[KeyPath, int]]] = {
    "nothing": ("", {}),
    "only blanks and comments": ("\n  # a = 1\n\t\n#", {}),
    "bare keys, blank lines, comments": (
        "# first\n\na = 1 # b = 2\n   \n\tc-1_X = 3",
        {("a",): 3, ("c-1_X",): 5},
    ),
    "quoted keys": (
        '"a b" = 1\n\'c = "#" [d]\' = 2\n"" = 3\n"127.0.0.1" = 4\n\'\\u0061\' = 5\n',
        {
            ("a b",): 1,
            ('c = "#" [d]',): 2,
            ("",): 3,
            ("127.0.0.1",): 4,
            ("\\u0061",): 5,
        },
    ),
    "escapes in keys": (
        '"say \\"no\\"" = 1\n"\\u00e9\\U0001F600\\t\\\\" = 2\n["\\u0061".x]\ny = 3\n',
        {('say "no"',): 1, ("é😀\t\\",): 2, ("a",): 3, ("a", "x"): 3, ("a", "x", "y"): 4},
    ),
    "unicode keys and values": (
        "\"Clach nan Coillteán\" = '\u2028\u0085 is no line end here'\n'ß' = 2\n",
        {("Clach nan Coillteán",): 1, ("ß",): 2},
    ),
    "dotted keys": (
        "a.b = 1\na . 'c' .\t\"d\" = 2\n3.14 = 3\n",
        {
            ("a",): 1,
            ("a", "b"): 1,
            ("a", "c"): 2,
            ("a", "c", "d"): 2,
            ("3",): 3,
            ("3", "14"): 3,
        },
    ),
    "headers": (
        "top = 0\n[ a . b ] # [x]\nk = 1\n\n[c]\nd.e = 2\n",
        {
            ("top",): 1,
            ("a",): 2,
            ("a", "b"): 2,
            ("a", "b", "k"): 3,
            ("c",): 5,
            ("c", "d"): 6,
            ("c", "d", "e"): 6,
        },
    ),
    "a header after its sub-table": (
        "[a.b.c]\nx = 1\n[a]\ny = 2\n",
        {("a",): 3, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "b", "c", "x"): 2, ("a", "y"): 4},
    ),
    "lists of tables": (
        "[[s.events]]\ndate = 1\n[s.events.who]\nn = 2\n[[s.events.tags]]\nt = 3\n"
        "[[s.events.tags]]\n[s.events.tags.deep]\n[[ s . events ]]\nwho.n = 4\n[[s.events.tags]]\n",
        {
            ("s",): 1,
            ("s", "events"): 1,
            ("s", "events", 0): 1,
            ("s", "events", 0, "date"): 2,
            ("s", "events", 0, "who"): 3,
            ("s", "events", 0, "who", "n"): 4,
            ("s", "events", 0, "tags"): 5,
            ("s", "events", 0, "tags", 0): 5,
            ("s", "events", 0, "tags", 0, "t"): 6,
            ("s", "events", 0, "tags", 1): 7,
            ("s", "events", 0, "tags", 1, "deep"): 8,
            ("s", "events", 1): 9,
            ("s", "events", 1, "who"): 10,
            ("s", "events", 1, "who", "n"): 10,
            ("s", "events", 1, "tags"): 11,
            ("s", "events", 1, "tags", 0): 11,
        },
    ),
    "inline tables": (
        'a = {}\nb = { c = 1, d.e = { f = \'}\', "g," = "#}" } } # {\nh = 1\n',
        {
            ("a",): 1,
            ("b",): 2,
            ("b", "c"): 2,
            ("b", "d"): 2,
            ("b", "d", "e"): 2,
            ("b", "d", "e", "f"): 2,
            ("b", "d", "e", "g,"): 2,
            ("h",): 3,
        },
    ),
    "lists over many lines": (
        "a = [ # [\n  1,\n\n  # 7, ]\n  2, 3\n  , 'x]', [\n  ], [\n 4 ], {b = [\n5]},\n]\nc = []\n",
        {
            ("a",): 1,
            ("a", 0): 2,
            ("a", 1): 5,
            ("a", 2): 5,
            ("a", 3): 6,
            ("a", 4): 6,
            ("a", 5): 7,
            ("a", 5, 0): 8,
            ("a", 6): 8,
            ("a", 6, "b"): 8,
            ("a", 6, "b", 0): 9,
            ("c",): 11,
        },
    ),
    "strings of many lines": (
        'a = """\n[x]\ny = 1 # "" \\""" \\\\\n""""\nb = \'\'\'\n[x]\n\'\'z = "2\\\'\'\'\'\'\n'
        "c = \"\"\"\"\"\"\nd = ''''''\ne = [\"\"\"\n]\"\"\", '''\n\n''', 1]\n"
        'f = """a \\\n\n  b"""\ng = 1',
        {
            ("a",): 1,
            ("b",): 5,
            ("c",): 8,
            ("d",): 9,
            ("e",): 10,
            ("e", 0): 10,
            ("e", 1): 11,
            ("e", 2): 13,
            ("f",): 14,
            ("g",): 17,
        },
    ),
    "strings of one line": (
        'a = "\\" # = [ \\\\" # "\nb = \'\\\' # \'\nc = ""\nd = \'\'\n'
        "e = \"'''\"\nf = '\"\"\"'\ng = 1",
        {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4, ("e",): 5, ("f",): 6, ("g",): 7},
    ),
    "dates, numbers and tabs": (
        "a\t=\t1979-05-27 07:32:00Z\t# t\nb = 1979-05-27\nc = 07:32:00.5\nd = -1_000.5e+3\n"
        "e = inf\nf = [1979-05-27 07:32:00, 0xFF]\n"
        "g = {h = 2024-01-01T00:00:00+01:00 , i = true}\n",
        {
            ("a",): 1,
            ("b",): 2,
            ("c",): 3,
            ("d",): 4,
            ("e",): 5,
            ("f",): 6,
            ("f", 0): 6,
            ("f", 1): 6,
            ("g",): 7,
            ("g", "h"): 7,
            ("g", "i"): 7,
        },
    ),
}


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", CASES)
def test_hand_made_cases(name: str, ending: str) -> None:
    text, lines = CASES[name]
    text = text.replace("\n", ending)
    assert set(paths_in(tomllib.loads(text))) == set(lines)  # the case itself is sound
    assert key_lines(text) == lines
    assert key_lines(BOM + text) == lines


def test_deep_nesting() -> None:
    depth = 120  # `tomllib` itself gives up not far beyond
    text = "a = " + "[" * depth + "{b = " * depth + "1" + "}" * depth + "]" * depth
    assert set(key_lines(text)) == set(paths_in(tomllib.loads(text)))


def test_line_of_falls_back_to_the_nearest_ancestor() -> None:
    lines = key_lines("[a]\n\n[a.b]\nc = [1,\n2]\n")
    assert line_of(lines, ("a", "b", "c", 1)) == 5
    assert line_of(lines, ("a", "b", "c", 7)) == 4
    assert line_of(lines, ("a", "b", "x", "y")) == 3
    assert line_of(lines, ("a", "x")) == 1
    assert line_of(lines, ("x",)) is None
    assert line_of(lines, ()) is None


class Event(BaseModel):
    model_config = ConfigDict(extra="forbid")
    date: dt.date
    size: float


class Experiment(BaseModel):
    model_config = ConfigDict(extra="forbid")
    events: list[Event]
    curves: dict[str, list[float]]


def test_paths_are_those_of_pydantic_errors() -> None:
    text = (
        "[[events]]\ndate = 2027-04-01\nsiez = 1\n\n[[events]]\ndate = 'soon'\nsize = 2\n\n"
        "[curves]\neffort = [\n  0.1,\n  'x',\n]\n"
    )
    with pytest.raises(ValidationError) as caught:
        Experiment.model_validate(tomllib.loads(text))
    lines = key_lines(text)
    assert [(error["loc"], line_of(lines, error["loc"])) for error in caught.value.errors()] == [
        (("events", 0, "size"), 1),  # missing: the table it should be in
        (("events", 0, "siez"), 3),
        (("events", 1, "date"), 6),
        (("curves", "effort", 1), 12),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = 1\nb = yes\n", 2, "expected a value"),
        ("a = 1\r\nb = 0,5\r\n", 2, "nothing more may stand on this line (column 6)"),
        ('a = 1\n\nb = "x\nc = 2\n', 3, "text is not closed"),
        ("a = 'x\n", 1, "text is not closed"),
        ('a = """x\n\nb = 1\n\n\n', 3, "text is not closed"),
        ("a = 1\nb = 'x", 2, "text is not closed"),
        ("a = 1\na = 2\n", 2, "already set further up"),
        ("[a]\n[b]\n[a]\n", 3, "already opened"),
        ("a = [1,\n2\n3]\n", 3, "expected ',' or ']'"),
        ("a = [1,\n2\n\n", 2, "at the end of the file"),
        ('a = "C:\\data"\n', 1, "backslash"),
        ("naïve = 1\n", 1, "expected '=' after the key"),
        ("\nétat = 1\n", 2, "only A-Z"),
        ("a = 1\nb =", 2, "expected a value"),
        ("a = 1\x0c", 1, "nothing more"),
        ('a = "\x0c"', 1, "Illegal character '\\x0c' (column 6)"),
    ],
)
def test_syntax_errors_in_plain_words(text: str, line: int, words: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    found, message = syntax_error(caught.value, text)
    assert found == line
    assert words in message
    assert "\n" not in message


def test_syntax_error_without_a_place() -> None:
    assert syntax_error(tomllib.TOMLDecodeError("odd"), "a\nb\n") == (
        2,
        "odd (at the end of the file)",
    )


class Writer:
    """Writes a document in random style, and notes the line as it writes each path.

    The notes are what the scanner has to find again from the text alone.
    """

    def __init__(self, choices: random.Random) -> None:
        self.choices = choices
        self.chunks: list[str] = []
        self.line = 1
        self.lines: dict[KeyPath, int] = {}

    def chance(self, share: float = 0.5) -> bool:
        return self.choices.random() < share

    def put(self, *chunks: str) -> None:
        for chunk in chunks:
            self.chunks.append(chunk)
            self.line += chunk.count("\n")

    def blank(self) -> str:
        return self.choices.choice(["", " ", "\t", "  "])

    def end_line(self) -> None:
        self.put(self.blank())
        while True:
            if self.chance(0.2):
                self.put(self.choices.choice(["# ü = [1]", '#"""', "# '''", "#", "#[x]\t{"]))
            self.put("\n", self.blank())
            if self.chance(0.7):
                return

    def document(self, data: dict[str, Any]) -> None:
        if self.chance():
            self.end_line()
        for path, value in self.body((), data):
            self.section(path, value)

    def section(self, path: KeyPath, value: Any) -> None:
        """Write a table or a list of tables under headers."""
        if isinstance(value, list):
            self.lines.setdefault(path, self.line)
            for index, table in enumerate(value):
                self.lines[(*path, index)] = self.line
                self.header("[[", path, "]]")
                for below, member in self.body((*path, index), table):
                    self.section(below, member)
            return
        late = [(k, v) for k, v in value.items() if self.may_have_header(v) and self.chance()]
        rest = {k: v for k, v in value.items() if k not in dict(late)}
        sub_tables_first = late and self.chance()
        if sub_tables_first:
            for key, member in late:
                self.section((*path, key), member)
        if rest or not sub_tables_first or self.chance():
            self.lines[path] = self.line
            self.header("[", path, "]")
            for below, member in self.body(path, rest):
                self.section(below, member)
        if not sub_tables_first:
            for key, member in late:
                self.section((*path, key), member)

    def may_have_header(self, value: Any) -> bool:
        if isinstance(value, list):
            return bool(value) and all(isinstance(member, dict) for member in value)
        return isinstance(value, dict)

    def header(self, opening: str, path: KeyPath, closing: str) -> None:
        for length in range(1, len(path)):
            self.lines.setdefault(path[:length], self.line)
        self.put(opening, self.blank())
        self.put(self.dotted([part for part in path if isinstance(part, str)]))
        self.put(self.blank(), closing)
        self.end_line()

    def body(self, path: KeyPath, table: dict[str, Any]) -> list[tuple[KeyPath, Any]]:
        """Write the pairs of a table, and return what is left for headers of its own."""
        left, here = [], {}
        for key, value in table.items():
            if self.may_have_header(value) and self.chance(0.6):
                left.append(((*path, key), value))
            else:
                here[key] = value
        for keys, value in self.pairs(here):
            self.pair(path, keys, value)
            self.end_line()
        return left

    def pairs(self, table: dict[str, Any]) -> list[tuple[list[str], Any]]:
        """Spread sub-tables into dotted keys here and there, and shuffle."""
        pairs: list[tuple[list[str], Any]] = []
        for key, value in table.items():
            if isinstance(value, dict) and value and self.chance():
                pairs += [([key, *keys], member) for keys, member in self.pairs(value)]
            else:
                pairs.append(([key], value))
        self.choices.shuffle(pairs)
        return pairs

    def pair(self, path: KeyPath, keys: list[str], value: Any) -> None:
        for length in range(1, len(keys) + 1):
            self.lines.setdefault((*path, *keys[:length]), self.line)
        self.put(self.dotted(keys), self.blank(), "=", self.blank())
        self.value((*path, *keys), value)

    def dotted(self, keys: list[str]) -> str:
        return f"{self.blank()}.{self.blank()}".join(self.key(key) for key in keys)

    def key(self, key: str) -> str:
        if re.fullmatch("[A-Za-z0-9_-]+", key) and self.chance(0.7):
            return key
        return self.short_string(key)

    def value(self, path: KeyPath, value: Any) -> None:
        if isinstance(value, dict):
            self.put("{", self.blank())
            for number, (keys, member) in enumerate(self.pairs(value)):
                self.put(", " if number else "")
                self.pair(path, keys, member)
                self.put(self.blank())
            self.put("}")
        elif isinstance(value, list):
            self.put("[")
            for index, member in enumerate(value):
                self.gap()
                self.lines[(*path, index)] = self.line
                self.value((*path, index), member)
                self.gap()
                if index + 1 < len(value) or self.chance(0.3):
                    self.put(",")
            self.gap()
            self.put("]")
        elif isinstance(value, str):
            self.put(self.long_string(value) if self.chance() else self.short_string(value))
        elif isinstance(value, bool):
            self.put(str(value).lower())
        elif isinstance(value, dt.datetime):
            self.put(value.isoformat(self.choices.choice(" T")))
        elif isinstance(value, dt.date | dt.time):
            self.put(value.isoformat())
        else:
            self.put(repr(value))

    def gap(self) -> None:
        if self.chance(0.3):
            self.end_line()
        else:
            self.put(self.blank())

    def short_string(self, text: str) -> str:
        if "'" not in text and self.plain(text, "\t") and self.chance():
            return f"'{text}'"
        escaped = "".join(self.escape(c, c in '"\\' or not self.plain(c, "\t")) for c in text)
        return f'"{escaped}"'

    def long_string(self, text: str) -> str:
        first = "\n" if text.startswith("\n") or self.chance() else ""
        tail = text[len(text.rstrip("'")) :]
        if "'''" not in text and len(tail) < 3 and self.plain(text, "\t\n") and self.chance():
            return f"'''{first}{text}'''"
        escaped = "".join(self.escape(c, c == "\\" or not self.plain(c, "\t\n")) for c in text)
        escaped = escaped.replace('"""', '""\\"')
        if self.chance(0.3) and not text.startswith((" ", "\t", "\n")):
            first += "\\ \n \n "
        return f'"""{first}{escaped}"""'

    def plain(self, text: str, allowed: str) -> bool:
        return all(c in allowed or (c >= " " and c != "\x7f") for c in text)

    def escape(self, character: str, must: bool) -> str:
        if not (must or self.chance(0.05)):
            return character
        if character in '"\\\n\t' and self.chance():
            return {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}[character]
        form = "\\U{:08x}" if ord(character) > 0xFFFF or self.chance() else "\\u{:04X}"
        return form.format(ord(character))


texts = st.text("ab\"'\\#=[]{},. \n\té\u2028\x85\x1f\x7f😀", max_size=8)
keys = st.text("abcXYZ019-_", min_size=1, max_size=4) | texts
scalars = st.one_of(
    texts,
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.floats(allow_nan=False),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.datetimes(timezones=st.just(dt.UTC)),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=4)
        | st.lists(st.dictionaries(keys, inner, max_size=3), min_size=1, max_size=3)
    ),
    max_leaves=20,
)
documents = st.dictionaries(keys, values, max_size=5)


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=150)
@given(documents, st.integers(0, 2**32), st.booleans())
def test_made_up_documents(data: dict[str, Any], seed: int, crlf: bool) -> None:
    writer = Writer(random.Random(seed))
    writer.document(data)
    text = "".join(writer.chunks)
    if crlf:
        text = text.replace("\n", "\r\n")
    parsed = tomllib.loads(text)
    assert parsed == data
    lines = key_lines(text)
    assert set(lines) == set(paths_in(parsed))
    assert lines == writer.lines

    # A text cut short may not be TOML: that may end in a ValueError, and in nothing else.
    cut = text[: random.Random(seed).randint(0, len(text))]
    try:
        key_lines(cut)
    except ValueError:
        with pytest.raises(tomllib.TOMLDecodeError):
            tomllib.loads(cut)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from(["[a]", "[[a]]", "[a.b]", "[[a.b]]", "[b]", "x.y = [{}]", "b.c = 1"]))
)
def test_headers_in_any_order_that_tomllib_accepts(statements: list[str]) -> None:
    text = ""
    for statement in statements:
        try:
            tomllib.loads(text + statement)
        except tomllib.TOMLDecodeError:
            continue
        text += statement + "\n"
    assert set(key_lines(text)) == set(paths_in(tomllib.loads(text)))
