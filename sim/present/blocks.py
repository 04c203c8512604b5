"""What a page says, as blocks; how it looks is up to a renderer.

A page is a sequence of blocks: headings, paragraphs, lists, tables, pictures, notes and listings.
Their texts are made of parts that say where words come from:

- plain ``str``: words typed in the code. They hold no figures.
- :class:`Quote`: words from a file, such as a title or a fact. Nothing in them is markup.
- :class:`Number`: a reference to a cell of a finding and the name of a format. Every figure of a
  page is one, so that none can differ from the table it stands in.
- :class:`Code`, :class:`Date`, :class:`Month`, :class:`Link`, :class:`Strong`, :class:`Emphasis`.

No part is escaped: a renderer takes :func:`written` for the words of a part and escapes them for
its own format, so that a hostile title stays a title in Markdown, HTML or Word.

Examples
--------
>>> joined = pd.DataFrame(
...     {"scenario": ["gaap"], "median": [0.31], "q05": [0.1], "q95": [0.59]}
... ).set_index("scenario")
>>> def number(column: str, format: str) -> Number:
...     return Number("joined", ("gaap",), column, format)
>>> said = [
...     Strong(Quote("GaaP")), ": ", number("median", "percent"), " have joined (",
...     number("q05", "percent_bare"), "–", number("q95", "percent"), ")."
... ]
>>> plain(said, {"joined": joined})
'GaaP: 31% have joined (10–59%).'
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from sim.analysis.findings import Findings as Estimated
from sim.files.typed import printable as printable  # what every renderer needs
from sim.present.formats import FORMATS, NOTHING
from sim.present.words import month_name

Findings: TypeAlias = Mapping[str, pd.DataFrame]
Key: TypeAlias = tuple[str | int | float | bool, ...]

# ---------------------------------------------------------------- parts of a text


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that come from a file: titles, labels, facts."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A reference to one number of a finding.

    Attributes
    ----------
    finding
        Name of its table.
    row
        Key of the row: a value for each level of the table's index, or, where the index has no
        names, for each of its first columns.
    column, format
        Name of the column, and of one of :data:`sim.present.formats.FORMATS`.
    """

    finding: str
    row: Key
    column: str
    format: str = "plain"


@dataclass(frozen=True, slots=True)
class Code:
    """What one types or reads in a file: names of settings, commands, file names."""

    text: str


@dataclass(frozen=True, slots=True)
class Date:
    """A date or year as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month such as "2017-08", which readers see as "August 2017"."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """What must not be missed, or leads in."""

    text: Text


@dataclass(frozen=True, slots=True)
class Emphasis:
    """What is stressed, or a term where it is explained."""

    text: Text


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an address or to another file.

    Raises
    ------
    ValueError
        If the target is neither of the web, nor of mail, nor a path: it might run something.
    """

    text: Text
    target: str

    def __post_init__(self) -> None:
        if urlsplit(self.target).scheme not in ("", "http", "https", "mailto"):
            raise ValueError(f"a link leads to the web, to mail or to a file, not {self.target!r}")


Leaf: TypeAlias = str | Quote | Number | Code | Date | Month
Part: TypeAlias = Leaf | Strong | Emphasis | Link
Text: TypeAlias = Part | Sequence[Part]

# ---------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `id` is a fixed name for links, where the format has such names."""

    level: int
    text: Text
    id: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.level <= 6:
            raise ValueError(f"headings have levels 1 to 6, not {self.level}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    text: Text


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list without an order."""

    items: Sequence[Text]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; an empty cell of its rows says that there is nothing to say.

    Attributes
    ----------
    head, rows
        Cells; each row has as many as the head.
    align
        A letter a column, "l" for words and "r" for numbers; "" where all are words.
    caption
        What the table shows, where the text above it does not say so.
    header_column
        Does the first column name its row?

    Raises
    ------
    ValueError
        If rows or alignment do not have as many columns as the head.
    """

    head: Sequence[Text]
    rows: Sequence[Sequence[Text]]
    align: str = ""
    caption: Text = ""
    header_column: bool = True

    def __post_init__(self) -> None:
        columns = len(self.head)
        if self.align and (len(self.align) != columns or set(self.align) - set("lr")):
            raise ValueError(f"{columns} columns are not aligned by {self.align!r}")
        for row in self.rows:
            if len(row) != columns:
                raise ValueError(f"a row of {len(row)} cells in a table of {columns}: {row}")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a finding, such as those that a picture shows.

    Attributes
    ----------
    finding
        Name of its table.
    where
        Columns, and the values one of which each row has there.
    shown
        The same for those rows that are enough to be looked at, if not all are.
    """

    finding: str
    where: Mapping[str, Collection[Any]] = field(default_factory=dict)
    shown: Mapping[str, Collection[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a file.

    Attributes
    ----------
    name
        Short and fixed, for links and lists of pictures.
    title
        The finding, or what is shown, in a line.
    path
        From the page's folder, with forward slashes.
    caption
        What stands beneath the picture; "" where the picture says it all.
    alt
        What it shows, for those who do not see it; "" stands for the title.
    rows
        What it is drawn from, where that is known; or the name of another picture of the page,
        which is drawn from the same rows.
    more
        Rows of further findings that it is drawn from.
    """

    name: str
    title: Text
    path: str
    caption: Text = ""
    alt: Text = ""
    rows: Rows | str = ""
    more: Sequence[Rows] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Blocks set apart: a caveat, or a remark that one may skip."""

    title: Text
    blocks: Sequence[Block]
    kind: Literal["caveat", "remark"] = "caveat"


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines to be typed or copied as they are."""

    text: str


Block: TypeAlias = Heading | Paragraph | Bullets | Table | Picture | Note | Listing

# ---------------------------------------------------------------- what parts say


def parts_of(text: Text) -> tuple[Part, ...]:
    """Return the parts of a text, be it one or several."""
    return tuple(text) if isinstance(text, Sequence) and not isinstance(text, str) else (text,)


def joined(texts: Iterable[Text], between: str = ", ", last: str | None = None) -> list[Part]:
    """Make one text of several.

    Parameters
    ----------
    texts
        None, one or several.
    between
        Words between them.
    last
        Words before the last, if others than `between`, such as " and ".

    Examples
    --------
    >>> plain(joined([Quote("Fife"), "Moray", Code("x")], last=" and "), {})
    'Fife, Moray and x'
    """
    several = [parts_of(text) for text in texts]
    parts: list[Part] = []
    for position, more in enumerate(several):
        if position:
            is_last = position == len(several) - 1
            parts.append(last if is_last and last is not None else between)
        parts += more
    return parts


def leaves_of(text: Text) -> Iterator[Leaf]:
    """Yield the parts of a text that hold no others, with those within links and the like."""
    for part in parts_of(text):
        if isinstance(part, Strong | Emphasis | Link):
            yield from leaves_of(part.text)
        else:
            yield part


def value_of(number: Number, findings: Findings) -> Any:
    """Look a number up.

    Raises
    ------
    LookupError
        If there is no such finding, row or column, or more than one such row.
    """
    if isinstance(findings, Estimated):
        try:
            return findings.value(number.finding, number.row, number.column)
        except KeyError as error:
            raise LookupError(str(error)) from None
    where = f"finding {number.finding!r}, row {number.row!r}, column {number.column!r}: "
    frame = findings.get(number.finding)
    if frame is None:
        raise LookupError(where + f"the findings are {', '.join(findings) or 'none'}")
    if number.column not in frame.columns:
        raise LookupError(where + f"the columns are {', '.join(map(str, frame.columns))}")
    if any(name is not None for name in frame.index.names):
        keys = frame.index.to_frame(index=False)
    else:
        keys = frame.iloc[:, : len(number.row)]
    if keys.shape[1] != len(number.row):
        raise LookupError(where + f"a key is made of {', '.join(map(str, keys.columns))}")
    same = np.ones(len(frame), dtype=bool)
    for position, value in enumerate(number.row):
        same &= (keys.iloc[:, position] == value).to_numpy(dtype=bool)
    rows = np.flatnonzero(same)
    if len(rows) != 1:
        raise LookupError(where + f"there are {len(rows)} such rows")
    return frame[number.column].iloc[rows[0]]


def rows_of(rows: Rows, findings: Findings, *, all_of_them: bool = True) -> pd.DataFrame:
    """Return rows of a finding: all that are meant, or those that are enough to be looked at.

    Raises
    ------
    LookupError
        If there is no such finding or column.
    """
    if rows.finding not in findings:
        raise LookupError(f"there is no finding {rows.finding!r}")
    table = findings[rows.finding]
    for column, values in [*rows.where.items(), *(() if all_of_them else rows.shown.items())]:
        table = table[table[column].isin(list(values))]
    return table


def written(part: Leaf, findings: Findings) -> str:
    """Return the words of a part on one line, without escapes.

    Line ends and control characters become spaces, and runs of spaces one. What is missing in a
    finding reads "–".

    Raises
    ------
    LookupError
        If a number or its format is not to be found.
    """
    match part:
        case str():
            words = part
        case Number():
            words = _figure(part, findings)
        case Month():
            words = month_name(part.text)
        case _:
            words = part.text
    return re.sub(" +", " ", printable(words))


def in_brackets(middle: Number, low: Number, high: Number, findings: Findings) -> list[Part]:
    """Give the ends of a figure's interval, to stand after it; nothing if all three read alike."""
    if len({written(number, findings) for number in (middle, low, high)}) == 1:
        return []
    return [" (", low, " to ", high, ")"]


def _figure(number: Number, findings: Findings) -> str:
    if number.format not in FORMATS:
        raise LookupError(f"{number}: the formats are {', '.join(FORMATS)}")
    value = value_of(number, findings)
    missing = pd.isna(value) or value in (np.inf, -np.inf)
    return NOTHING if missing else FORMATS[number.format](value)


def plain(text: Text, findings: Findings) -> str:
    """Return a text as one line of plain words, as for a terminal or a picture's description."""
    words = "".join(written(leaf, findings) for leaf in leaves_of(text))
    return re.sub(" +", " ", words).strip()


# ---------------------------------------------------------------- what a page is made of


def texts_of(blocks: Sequence[Block]) -> Iterator[Text]:
    """Yield every text of a page, those of notes included."""
    for block in blocks:
        match block:
            case Heading() | Paragraph():
                yield block.text
            case Bullets():
                yield from block.items
            case Table():
                yield block.caption
                for row in (block.head, *block.rows):
                    yield from row
            case Picture():
                yield from (block.title, block.caption, block.alt)
            case Note():
                yield block.title
                yield from texts_of(block.blocks)
            case Listing():
                pass


class TypedDigits(NamedTuple):
    """A figure that was typed, and the words it was found in."""

    figure: str
    words: str


def typed_digits(blocks: Sequence[Block], allowed: Collection[str] = ()) -> list[TypedDigits]:
    """List the figures that stand in words typed in the code and so refer to no finding.

    Parameters
    ----------
    blocks
        A page.
    allowed
        Phrases that hold figures by convention, such as "95% interval".

    Examples
    --------
    >>> typed_digits([Paragraph(["All 32 of ", Quote("24 May"), " joined."])])
    [TypedDigits(figure='32', words='All 32 of ')]
    """
    found = []
    for text in texts_of(blocks):
        for leaf in leaves_of(text):
            if isinstance(leaf, str):
                words = leaf
                for phrase in sorted(allowed, key=len, reverse=True):
                    words = words.replace(phrase, " ")
                found += [TypedDigits(figure, leaf) for figure in _FIGURE.findall(words)]
    return found


# Digits of any script, raised and lowered ones, and fractions.
_FIGURE = re.compile(r"[\d²³¹¼-¾⁰-₉⅐-↉]+(?:[.,]\d+)*")
