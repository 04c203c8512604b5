"""Pages as HTML: one file that holds its pictures, asks nobody for anything, and prints on A4.

This is the only place that knows the special characters of HTML. Whatever the words hold, a text
comes back as that text: no element, no attribute, no link of its own. The page reads and prints the
same where scripts do not run; where they do, tables can be sorted. Its policy allows its own style
and script, known by their digests, pictures that stand in it, and nothing else.

The same blocks and pictures give the same characters.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from sim.files.problems import BadInput, Problem
from sim.files.spreadsheet import csv_text
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Emphasis,
    Findings,
    Heading,
    Link,
    Listing,
    Note,
    Number,
    Paragraph,
    Picture,
    Quote,
    Rows,
    Strong,
    Table,
    Text,
    leaves_of,
    parts_of,
    plain,
    printable,
    rows_of,
    value_of,
    written,
)
from sim.present.formats import NOTHING
from sim.present.frame import PROGRAM, page
from sim.present.markdown import NO_FINDINGS
from sim.present.shown import as_read, named
from sim.present.svg import UnknownDrawing, inlined

# A contents list is worth its room from so many headings on.
FEWEST_HEADINGS = 3
# A table of fewer rows need not be sorted.
FEWEST_SORTED = 3
# Tables with more columns are set smaller, so that they fit on paper; those with more rows are
# divided between pages.
MOST_COLUMNS = 7
MOST_TOGETHER = 12
# Rows behind a picture that stand on the page; all are in the file that the page holds.
MOST_ROWS = 60
# Characters of a drawing beyond which the picture is smaller as dots: of a few colours, since a
# drawing of ours has few.
MOST_DRAWN = 250_000
PALETTE = 64
# Of what is free at both sides of our drawings, in their units, this much is left out: the page
# has margins of its own.
MARGIN = 32.0


def html(
    blocks: Sequence[Block],
    findings: Findings = NO_FINDINGS,
    folder: Path = Path(),
    *,
    contents: bool = True,
) -> str:
    """Write blocks as a page, whole and in one file; blocks without words leave no trace.

    Parameters
    ----------
    blocks
        The page. Its first heading is its title.
    findings
        Tables that its numbers and pictures refer to, by name.
    folder
        Where the paths of its pictures begin. A drawing (SVG) is taken where there is one beside
        a picture.
    contents
        Whether the page lists its headings of the second level, where it has several.

    Raises
    ------
    LookupError
        If a number, or the rows behind a picture, are not to be found.
    BadInput
        If a picture cannot be read.
    """
    writer = _Writer(findings, folder)
    placed = [
        (block, writer.place_of(block) if isinstance(block, Heading) else "") for block in blocks
    ]
    headings = [(block, place) for block, place in placed if isinstance(block, Heading)]
    title = next((words for one, _ in headings if (words := plain(one.text, findings))), PROGRAM)
    listed = [(one, place) for one, place in headings if one.level == 2 and place]
    before = listed[0][1] if contents and len(listed) >= FEWEST_HEADINGS else None
    pieces: list[str] = []
    for block, place in placed:
        if place and place == before:
            pieces.append(_contents(listed, findings))
        pieces.append(writer.block(block, place))
    return page(title, "\n".join(filter(None, pieces)))


def _contents(listed: Iterable[tuple[Heading, str]], findings: Findings) -> str:
    items = "\n".join(
        f'<li><a href="#{place}">{_escaped(plain(one.text, findings))}</a></li>'
        for one, place in listed
    )
    return f'<nav class="contents" aria-label="Contents">\n<ul>\n{items}\n</ul>\n</nav>'


class _Writer:
    """Writes the blocks of one page; what it keeps is which names are taken."""

    def __init__(self, findings: Findings, folder: Path) -> None:
        self.findings = findings
        self.folder = folder
        self._taken = {"main"}
        self._data: dict[str, str] = {}  # where the rows behind a picture stand
        self._section = ""
        self._tables = 0

    # ------------------------------------------------------------ names

    def name(self, wish: str, otherwise: str) -> str:
        """Return a name that nothing else on the page has, as like a wish as may be."""
        plainer = unicodedata.normalize("NFKD", wish).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9_]+", "-", plainer).strip("-")[:60].rstrip("-") or otherwise
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        return name

    def place_of(self, heading: Heading) -> str:
        """Name a heading: as it says itself, or after its words; "" if it has none."""
        words = plain(heading.text, self.findings)
        return self.name(heading.id or words, "section") if words else ""

    # ------------------------------------------------------------ blocks

    def block(self, block: Block, place: str = "") -> str:
        """Write a block; "" if it says nothing."""
        match block:
            case Heading():
                words = self.inline(block.text)
                if not words.strip():
                    return ""
                self._section, self._tables = plain(block.text, self.findings), 0
                place = place or self.place_of(block)
                return f'<h{block.level} id="{place}">{words}</h{block.level}>'
            case Paragraph():
                words = self.inline(block.text)
                return f"<p>{words}</p>" if words.strip() else ""
            case Bullets():
                items = [
                    f"<li>{words}</li>" for item in block.items if (words := self.inline(item))
                ]
                return "\n".join(["<ul>", *items, "</ul>"]) if items else ""
            case Table():
                return self.table(block)
            case Picture():
                return self.picture(block)
            case Note():
                return self.note(block)
            case Listing():
                lines = "\n".join(printable(line) for line in block.text.splitlines())
                return f"<pre><code>{_escaped(lines)}</code></pre>" if lines.strip() else ""

    def note(self, note: Note) -> str:
        """Write a caveat as a box, a remark as something to be opened."""
        inside = "\n".join(filter(None, map(self.block, note.blocks)))
        title = self.inline(note.title)
        if not (title or inside):
            return ""
        if note.kind == "remark":
            return f"<details>\n<summary>{title}</summary>\n{inside}\n</details>"
        name = self.name("note", "note")
        return (
            f'<div class="note" role="note" aria-labelledby="{name}">\n'
            f'<p class="note-title" id="{name}">{title}</p>\n{inside}\n</div>'
        )

    def table(self, table: Table) -> str:
        """Write a table, in a frame that can be scrolled by keys where there is little room."""
        self._tables += 1
        caption = self.inline(table.caption)
        unseen = not caption
        if unseen:
            # What it is about stands above it, but not for who goes from table to table.
            which = f", table {self._tables}" if self._tables > 1 else ""
            caption = _escaped((self._section or "Table") + which)
        align = table.align or "l" * len(table.head)
        head = "".join(
            f'<th scope="col"{_right(letter)}>{self.inline(cell) or NOTHING}</th>'
            for cell, letter in zip(table.head, align, strict=True)
        )
        body = "\n".join(
            "<tr>"
            + "".join(
                self.cell(cell, letter, row_head=table.header_column and not column)
                for column, (cell, letter) in enumerate(zip(row, align, strict=True))
            )
            + "</tr>"
            for row in table.rows
        )
        return _framed(
            self.name("table", "table"),
            caption,
            head,
            body,
            unseen=unseen,
            kinds=[
                *(["sorts"] if len(table.rows) >= FEWEST_SORTED else []),
                *(["wide"] if len(table.head) > MOST_COLUMNS else []),
                *(["short"] if len(table.rows) <= MOST_TOGETHER else []),
            ],
        )

    def cell(self, cell: Text, letter: str, *, row_head: bool) -> str:
        """Write a cell of a table, with the number that it begins with as what it is sorted by."""
        words = self.inline(cell, in_cell=True) or NOTHING
        if letter == "r" and "<" not in words:
            # A minus stays with its number, and a range on one line.
            words = re.sub(r"\S*[–−-]\S+", r'<span class="whole">\g<0></span>', words)
        first = next(leaves_of(cell), "")
        by = _sorted_by(value_of(first, self.findings)) if isinstance(first, Number) else ""
        kind, scope = ("th", ' scope="row"') if row_head else ("td", "")
        return f"<{kind}{scope}{_right(letter)}{by}>{words}</{kind}>"

    # ------------------------------------------------------------ pictures

    def picture(self, picture: Picture) -> str:
        """Write a picture, with its words and the rows that it is drawn from."""
        name = self.name(f"figure-{picture.name}", "figure")
        alt = plain(picture.alt, self.findings) or plain(picture.title, self.findings)
        shown = self.shown(picture.path, name, alt)
        caption = self.inline(picture.caption)
        return "\n".join(
            [
                f'<figure id="{name}">',
                '<div class="picture" tabindex="0" role="group" aria-label="Picture">',
                f"{shown}</div>",
                *([f"<figcaption>{caption}</figcaption>"] if caption else []),
                "</figure>",
                *self.behind(picture),
            ]
        )

    def shown(self, path: str, name: str, alt: str) -> str:
        """Write the picture itself: as a drawing if there is one that is not too large."""
        file = self.folder / path
        try:
            drawing = file.with_suffix(".svg")
            if drawing.is_file():
                try:
                    text = inlined(drawing.read_text(encoding="utf-8"), name, alt, MARGIN)
                except UnknownDrawing:
                    text = ""
                if text and (len(text) <= MOST_DRAWN or not file.with_suffix(".png").is_file()):
                    return text
            address, wide, high = _in_dots(file.with_suffix(".png"))
        except (OSError, ValueError) as error:
            problem = "this picture of the report cannot be read; make the report again"
            raise BadInput([Problem(problem, file=str(file))]) from error
        return f'<img src="{address}" width="{wide}" height="{high}" alt="{_escaped(alt)}">'

    def behind(self, picture: Picture) -> Iterator[str]:
        """Give the rows that a picture is drawn from, on the page and as a file to be kept."""
        title = _escaped(plain(picture.title, self.findings))
        unseen = f'<span class="unseen">: {title}</span>'
        if isinstance(picture.rows, str):
            if place := self._data.get(picture.rows):
                yield (
                    f'<p class="data"><a href="#{place}">The data in this '
                    f"picture{unseen}</a> stand with another picture, which shows the rest of "
                    "them.</p>"
                )
            return
        parts = [rows for rows in (picture.rows, *picture.more) if len(self._every(rows))]
        if not parts:
            return
        place = self._data[picture.name] = self.name(f"data-{picture.name}", "data")
        yield f'<details class="data" id="{place}">'
        yield f"<summary>The data in this picture{unseen}</summary>"
        for rows in parts:
            every = self._every(rows)
            some = rows_of(rows, self.findings, all_of_them=False).head(MOST_ROWS)
            # Of several, each is a file of its own, named for what it holds.
            file, about = picture.name, title
            if rows is not picture.rows:
                file = f"{file}-{rows.finding}"
                about = f"{title} ({rows.finding.replace('_', ' ')})"
            yield f"<p>{_cut_words(len(every), len(some))}{_download(file, every)}</p>"
            yield self.rows(as_read(some, rows, self.findings), about)
        yield "</details>"

    def _every(self, rows: Rows) -> pd.DataFrame:
        return named(rows_of(rows, self.findings), self.findings)

    def rows(self, table: pd.DataFrame, title: str) -> str:
        """Write rows of a finding as a table."""
        numeric = {name: pd.api.types.is_numeric_dtype(table[name]) for name in table.columns}
        head = "".join(
            f'<th scope="col"{_right("r" if number else "l")}>{_escaped(str(name))}</th>'
            for name, number in numeric.items()
        )
        body = "\n".join(
            "<tr>"
            + "".join(
                f'<td class="r">{_as_read(value)}</td>' if number else f"<td>{_as_read(value)}</td>"
                for value, number in zip(row, numeric.values(), strict=True)
            )
            + "</tr>"
            for row in table.itertuples(index=False, name=None)
        )
        return _framed(
            self.name("table", "table"),
            f"Data: {title}",
            head,
            body,
            unseen=True,
            kinds=["sorts", "wide"],
        )

    # ------------------------------------------------------------ words

    def inline(
        self, text: Text, within: frozenset[type] = frozenset(), *, in_cell: bool = False
    ) -> str:
        """Write the parts of a text one after another; `within` are those they stand in."""
        words = ""
        for part in parts_of(text):
            if isinstance(part, Strong | Emphasis | Link):
                inner = self.inline(part.text, within | {type(part)}, in_cell=in_cell)
                if not inner.strip() or type(part) in within:
                    words += inner
                elif isinstance(part, Link):
                    words += f'<a href="{_target(part.target)}">{inner}</a>'
                else:
                    tag = "strong" if isinstance(part, Strong) else "em"
                    words += f"<{tag}>{inner}</{tag}>"
                continue
            piece = _escaped(written(part, self.findings))
            if isinstance(part, Code) and piece.strip():
                piece = f"<code>{piece.strip()}</code>"
            elif isinstance(part, Number) and piece.startswith("−") and not in_cell:
                piece = f'<span class="whole">{piece}</span>'  # the minus stays with its number
            elif isinstance(part, Quote) and _is_from_the_right(part.text):
                piece = f"<bdi>{piece}</bdi>"
            words += piece
        return words


# ---------------------------------------------------------------- pieces


def _framed(
    name: str, caption: str, head: str, body: str, *, unseen: bool, kinds: Sequence[str]
) -> str:
    of_caption = ' class="unseen"' if unseen else ""
    of_kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return (
        f'<div class="scroll" role="group" aria-labelledby="{name}" tabindex="0">\n'
        f'<table{of_kind}>\n<caption id="{name}"{of_caption}>{caption}</caption>\n'
        f"<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def _right(letter: str) -> str:
    return ' class="r"' if letter == "r" else ""


def _sorted_by(value: Any) -> str:
    """Return what a cell is sorted by, if it is a number that its words round."""
    if isinstance(value, bool | str) or value is None or pd.isna(value):
        return ""
    return f' data-by="{float(value):.6g}"'


def _as_read(value: Any) -> str:
    """Write a value of a finding as a table has it."""
    if isinstance(value, str):
        return _escaped(printable(value))
    if value is None or pd.isna(value):
        return NOTHING
    if isinstance(value, float):
        return _escaped(f"{value:.4g}")
    return _escaped(str(value))


def _cut_words(every: int, shown: int) -> str:
    return "" if shown == every else f"{shown:,} of {every:,} rows are shown here. "


def _download(name: str, table: pd.DataFrame) -> str:
    """Link to all rows as a file for a spreadsheet, which the page itself holds."""
    text = csv_text(table)
    address = "data:text/csv;charset=utf-8," + quote("\ufeff" + text, safe=" ,:;/!*()[]-_.~|=@+$")
    size = max(1, round(len(text.encode()) / 1024))
    many = "all of them" if len(table) != 1 else "it"
    return (
        f'<a download="{_escaped(name)}.csv" href="{_escaped(address.replace(" ", "%20"))}">Save '
        f"{many} as a file for a spreadsheet</a> (CSV, {size:,} KB)."
    )


def _in_dots(path: Path) -> tuple[str, int, int]:
    """Return a picture as an address that holds it, with few colours, and its size."""
    from PIL import Image  # comes with Matplotlib, and is rarely needed here

    with Image.open(path) as opened:
        few = opened.convert("RGB").quantize(
            PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    buffer = BytesIO()
    few.save(buffer, "png", optimize=True)
    dots = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/png;base64,{dots}", few.width, few.height


def _escaped(words: str) -> str:
    """Take from signs what they mean in HTML, in texts as in attributes."""
    return escape(words)


def _target(address: str) -> str:
    """Write an address without the signs that would end it or be left out of it."""
    return _escaped(quote(address, safe="/:?#@!+,;=&%~()*'$", errors="replace"))


def _is_from_the_right(words: str) -> bool:
    """Are there letters that are read from the right, and would draw signs beside them along?"""
    return not words.isascii() and any(
        unicodedata.bidirectional(one) in ("R", "AL", "AN") for one in words
    )
