"""Words from files that must stay words in everything that is written, and where they are read.

`TITLES` may stand in an experiment, `REFUSED` may not. A target is a function that reads one kind
of output as a reader of it sees it: a new kind is one line in `TARGETS`.
"""

from __future__ import annotations

import csv
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
from markdown_it import MarkdownIt

LONG = "x" * 40_000
TITLES = {
    "formula": '=HYPERLINK("http://example.org","click")',
    "formula with a plus": "+1+1",
    "formula with a minus": "-2+3",
    "formula with an at": "@SUM(A1:A9)",
    "formula with a wide sign": "＝1+1",
    "command": "=cmd|' /C calc'!A0",
    "formula after a tab": "\t=1+1",
    "formula on a new line": "\n=1+1",
    "cells of their own": 'a","=1+1","b',
    "escape of a workbook": "_x0041_ and _x000D_",
    "HTML": "<b>bold</b> & <i>leaning</i>",
    "script": "</script><script>alert(1)</script>",
    "end of CDATA": "a ]]> b",
    "SVG": "'\"><svg onload=alert(1)></svg>",
    "entities": "&amp; &lt;b&gt; &#x3c;",
    "comment": "<!-- a --> --> b",
    "Markdown": "**b** _i_ `c` [l](javascript:alert(1)) # h | c ~~s~~",
    "Markdown of lines": "1. one\n2. two\n\n# head\n\n---\n> said",
    "Markdown picture": "![x](http://example.org/y.png)",
    "formulas of TeX": r"$x^2$ \frac{1}{2} $$",
    "fields of formats": "100% {x} %s {0} ${HOME} `id`",
    "path": "C:\\temp\\new ../../etc",
    "marks of direction": "a\u202egnp.exe \u2066b\u2069",
    "unseen characters": "a\u200bb\u2060c\u00add",
    "separators": "a\u2028b\u2029c\u0085d".replace("\u0085", ""),
    "combining marks": "Z\u0351\u036b\u0343a\u0300\u0301\u0302",
    "long word": LONG,
    "long text": "seven letters " * 3_000,
    "Chinese": "城市平台",
    "Arabic": "منصة مشتركة",
    "Hebrew": "פלטפורמה",
    "Devanagari": "साझा मंच",
    "pictures": "🚀 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Gaelic": "Comhairle nan Eilean Siar agus Bòrd na Gàidhlig",
    "Welsh": "Cyngor Tŷ Ŵyr",
}
REFUSED = {
    "escape of a terminal": "\x1b[31mred\x1b[0m",
    "nothing": "a\x00b",
    "bell": "\x07",
    "carriage return": "a\rb",
    "delete": "\x7f",
    "control of the second set": "a\x9bb",
    "no character": "a\ufffeb",
    "no character either": "a\uffffb",
    "no character of another plane": "a\U0001ffffb",
    "kept free": "a\ufdd0b",
    "half a character": "a\ud800b",
}


@dataclass(frozen=True)
class Made:
    """What was written of an experiment with hostile titles.

    Attributes
    ----------
    folder
        Where it lies; pictures in `figures`, one for each title, named by its place.
    said
        Lines for the terminal.
    """

    folder: Path
    said: str


def words(text: str) -> str:
    """Leave out what renderers may change: spaces, line ends, and what is not seen."""
    return "".join(one for one in text if one.isprintable() and not one.isspace())


def workbook_words(made: Made) -> str:
    """Texts of all cells, none of which is a formula or too long."""
    book = openpyxl.load_workbook(made.folder / "summary.xlsx")
    cells = [
        cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value
    ]
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]
    texts = [str(cell.value) for cell in cells]
    assert max(map(len, texts)) <= 32_767
    assert "[cut: 40,000 characters in all]" in "".join(texts)
    # What was cut is looked for by its beginning; an underscore may be escaped.
    return "\n".join(text.partition(" … [cut: ")[0].replace("_x005F_", "_") for text in texts)


def csv_words(made: Made) -> str:
    """Texts of a table, none of which a spreadsheet takes for a formula."""
    with (made.folder / "summary.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    for cell in cells:
        number = re.fullmatch(r"-?[0-9.]+(e[+-]?\d+)?", cell)
        assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")), cell
    return "\n".join(cells)


def markdown_words(made: Made) -> str:
    """Texts of the report as a reader of Markdown shows it; nothing in it is HTML."""
    tokens = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .parse((made.folder / "report.md").read_text(encoding="utf-8"))
    )
    inside = [child for token in tokens for child in token.children or []]
    assert not [token for token in (*tokens, *inside) if token.type.startswith("html")]
    for token in inside:
        assert not str(token.attrs.get("href", "")).startswith("javascript"), token
        assert not str(token.attrs.get("src", "")).startswith("http"), token
    return "".join(child.content for child in inside)


def svg_words(made: Made) -> str:
    """Texts of all pictures, which are XML and run nothing."""
    found = []
    for path in sorted((made.folder / "figures").glob("*.svg")):
        root = ElementTree.parse(path).getroot()
        for element in root.iter():
            assert not element.tag.endswith("script")
            assert not [name for name in element.attrib if name.startswith("on")]
        found.append("".join(root.itertext()))
    return "\n".join(found)


def png_words(made: Made) -> str:
    """Texts that PNG files carry."""
    found = []
    for path in sorted((made.folder / "figures").glob("*.png")):
        data, at = path.read_bytes(), 8
        while at < len(data):
            (size,) = struct.unpack(">I", data[at : at + 4])
            kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
            at += 12 + size
            if kind == b"tEXt":
                found.append(body.decode("latin-1"))
            elif kind == b"iTXt":
                _, _, rest = body.partition(b"\0")
                text = rest[2:].split(b"\0", 2)[2]
                found.append((zlib.decompress(text) if rest[0] else text).decode())
    return "\n".join(found)


class _Shown(HTMLParser):
    """Texts of a page that a reader sees, and how many scripts it has."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.scripts = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self._hidden += tag in ("script", "style")
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            if name in ("href", "src"):
                assert re.match(r"#|data:|https://|docs/|[\w./-]*$", value or ""), (tag, value)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def html_words(made: Made) -> str:
    """Texts of the page; nothing but its own script runs."""
    page = _Shown()
    page.feed((made.folder / "report.html").read_text(encoding="utf-8"))
    page.close()
    assert page.scripts == 1
    return "".join(page.texts)


def office_words(name: str, *parts: str) -> Callable[[Made], str]:
    """Make what gives all texts of these parts of a Word file or of slides, which are XML."""

    def read(made: Made) -> str:
        with ZipFile(made.folder / name) as file:
            roots = [
                ElementTree.fromstring(file.read(inside))
                for inside in sorted(file.namelist())
                if re.fullmatch("|".join(parts), inside)
            ]
        assert roots
        return "\n".join("".join(root.itertext()) for root in roots)

    return read


def terminal_words(made: Made) -> str:
    """What is printed: lines without anything that moves a terminal or turns the writing."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made.said)
    return made.said


@dataclass(frozen=True)
class Target:
    """One kind of output.

    Attributes
    ----------
    read
        Reads it as its reader does, and fails where it is not safe.
    cuts
        May it show the beginning of a very long text alone?
    has_every_letter
        Pictures have one font, which lacks letters.
    """

    read: Callable[[Made], str]
    cuts: bool = False
    has_every_letter: bool = True


TARGETS = {
    "summary.xlsx": Target(workbook_words, cuts=True),
    "summary.csv": Target(csv_words),
    "report.md": Target(markdown_words),
    "report.html": Target(html_words),
    "report.docx": Target(office_words("report.docx", r"word/document\.xml")),
    # What is too long for a slide stands in its notes.
    "report.pptx": Target(
        office_words("report.pptx", r"ppt/slides/.*\.xml", r"ppt/notesSlides/.*\.xml"), cuts=True
    ),
    "SVG": Target(svg_words, cuts=True, has_every_letter=False),
    "PNG": Target(png_words, has_every_letter=False),
    "terminal": Target(terminal_words),
}
