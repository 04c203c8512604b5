"""What Word files and slides have in common: what they are made of, and texts measured to fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from sim.files.problems import BadInput, Problem
from sim.files.shipped import is_checkout
from sim.present.blocks import Block, Findings, Heading, plain
from sim.present.figures.style import DPI, Figure, text_width, wrap
from sim.present.figures.style import plain as drawable

INK = "0B0C0C"
QUIET = "505A5F"
ACCENT = "12436D"
RULE = "BFBFBF"
PALE = "F3F2F1"
FONT = "Arial"
MAKER = "council-platform-sim"
LANGUAGE = "en-GB"

# Bold letters are wider. Texts are measured by DejaVu Sans, which is wider than Arial and the like:
# what fits here, fits in any of them.
_BOLDER = 1.2
_INCH = 72.0
# Height of a line in its size, and how much longer a text is for ends of lines that stay empty.
_LINE = 1.2
_RAGGED = 1.1


@dataclass(frozen=True)
class Material:
    """What a file is made of.

    Attributes
    ----------
    blocks, findings
        A page, and the tables that its numbers refer to.
    home
        Folder from which the paths of its pictures are.
    run
        Short name of what made the results.
    figures
        Pictures of which more is known, by their path from `home`.
    made
        When the results were made; None if that is not known.
    on_one_page
        Should it be set close, so that it fits on a page of paper?
    """

    blocks: Sequence[Block]
    findings: Findings
    home: Path
    run: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    made: datetime | None = None
    on_one_page: bool = False

    @property
    def title(self) -> str:
        """The first heading in plain words."""
        first = next((block for block in self.blocks if isinstance(block, Heading)), None)
        return plain(first.text, self.findings) if first else ""

    def picture(self, path: str) -> Path:
        """Return the file of a picture.

        Raises
        ------
        BadInput
            If it is not there.
        """
        file = self.home / path
        if not file.is_file():
            problem = "this picture is lost; run the experiment again, and it is made anew"
            raise BadInput([Problem(problem, file=str(file))])
        return file

    def head_of(self, path: str) -> float:
        """Share of a picture's height that its title takes, which the text beside it says too."""
        figure = self.figures.get(path)
        return figure.head if figure else 0.0


def need(package: str, kind: str) -> None:
    """Check that a package of the extra `office` is there.

    Raises
    ------
    BadInput
        If it is not, with the command that installs it.
    """
    if find_spec(package) is None:
        what = '-e ".[office]"' if is_checkout() else f'"{MAKER}[office]"'
        problem = (
            f"{kind} are written by a package that is not installed; install it with the command"
        )
        raise BadInput([Problem(problem, key="--format", meant=f"pip install {what}")])


def sign(properties: Any, material: Material) -> None:
    """Fill in the properties of a document, as programs show them and search for them."""
    properties.title = material.title[:255]
    properties.author = properties.last_modified_by = MAKER
    properties.keywords = f"run {material.run}" if material.run else ""
    properties.language = LANGUAGE
    properties.comments = properties.subject = properties.category = ""
    properties.revision = 1
    if material.made:
        properties.created = properties.modified = material.made


# ---------------------------------------------------------------- texts measured


def width_of(text: str, size: float) -> float:
    """Width of a line of text in points; an upper bound."""
    return text_width(drawable(text), size) * _INCH / DPI


def lines_of(text: str, size: float, width: float) -> list[str]:
    """Break a text into lines no wider than so many points, as an office program might."""
    return wrap(text, size, width * DPI / _INCH)


class Cells:
    """The texts of a table's cells, measured once for every size.

    Parameters
    ----------
    rows
        Texts, the head first; head and first column are taken as bold.
    padding
        Of a cell in points, left and right together.
    """

    def __init__(self, rows: Sequence[Sequence[str]], padding: float) -> None:
        self.padding = padding
        bolder = [
            [_BOLDER if row == 0 or column == 0 else 1.0 for column in range(len(rows[0]))]
            for row in range(len(rows))
        ]
        # Widths at a size of one point.
        self.line = [
            [more * width_of(cell, 1.0) for cell, more in zip(row, wider, strict=True)]
            for row, wider in zip(rows, bolder, strict=True)
        ]
        self.word = [
            [
                more * max(width_of(word, 1.0) for word in cell.split(" "))
                for cell, more in zip(row, wider, strict=True)
            ]
            for row, wider in zip(rows, bolder, strict=True)
        ]

    def widths(self, size: float, width: float) -> list[float] | None:
        """Share a width in points out among columns; None where a word would have to be broken."""
        least = [self.padding + size * max(column) for column in zip(*self.word, strict=True)]
        left = width - sum(least)
        if left < 0:
            return None
        # A column that is all numbers needs no more than a line; words get what is left.
        full = [
            self.padding + min(size * max(column), 0.5 * width)
            for column in zip(*self.line, strict=True)
        ]
        wish = [max(more - less, 0.0) for less, more in zip(least, full, strict=True)]
        share = min(1.0, left / sum(wish)) if sum(wish) else 0.0
        found = [less + share * more for less, more in zip(least, wish, strict=True)]
        rest = (width - sum(found)) / len(found)
        return [each + rest for each in found]

    def heights(self, widths: Sequence[float], size: float) -> list[float]:
        """Height of each row in points, without what stands above and below its words."""
        return [
            size
            * _LINE
            * max(
                math.ceil(_RAGGED * size * line / (width - self.padding))
                for line, width in zip(row, widths, strict=True)
            )
            for row in self.line
        ]


def even_widths(columns: int, width: float) -> list[float]:
    """Give each column the same width, where words have to be broken anyway."""
    edges = [width * number / columns for number in range(columns + 1)]
    return [right - left for left, right in pairwise(edges)]
