"""Ties from a file, as people and spreadsheets save it; every fault is told with its line."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.files.problems import LONGEST_GIVEN, Problem, shown
from sim.model.councils import (
    FIRST_SYNTHETIC_NUMBER,
    Councils,
    FloatArray,
    UnknownCouncil,
    load_councils,
)
from sim.settings.limits import MOST_BYTES_OF_EDGES, MOST_SYNTHETIC, MOST_TIES

if TYPE_CHECKING:
    from sim.model.influence import Pairs

EDGE_COLUMNS = ("listener", "source", "weight")
# Shares of a listener's ties are rounded to millionths, so that a wider range of weights means
# nothing; sums of them stay far from what a number can hold.
LEAST_WEIGHT, MOST_WEIGHT = 1e-15, 1e15
_WEIGHT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
# What Excel calls UTF-8; its plain CSV is that of one country.
_SAVE_AS = 'save it as UTF-8 (Excel: "Save as", "CSV UTF-8"; Notepad: "Save as", Encoding: UTF-8)'
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how they begin
_LONGEST_NAME = 200
_MOST_FAULTS = 100


class FaultyEdgeList(ValueError):  # noqa: N818
    """A file is no list of ties; `problems` says what is wrong with which of its lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        first = self.problems[0]
        where = first.file if first.line is None else f"{first.file}, line {first.line}"
        meant = f" (did you mean {first.meant}?)" if first.meant else ""
        super().__init__(f"{where}: {first.problem}{meant}")


class _EdgeList:
    """Reads the ties of one file, and notes what is wrong with which line."""

    def __init__(self, councils: Councils, path: Path) -> None:
        self.councils = councils
        self.path = path
        self.problems: list[Problem] = []
        self._first_line: dict[tuple[int, int], int] = {}
        self._known: dict[str, int] = {}
        self._decimal_comma = False
        self._position = {number: at for at, number in enumerate(councils.number.tolist())}

    def read(self) -> tuple[Pairs, FloatArray]:
        """Return ties and weights.

        Raises
        ------
        FaultyEdgeList
            With all that is wrong.
        """
        ties: list[tuple[int, int]] = []
        weights: list[float] = []
        for line, cells in self._lines():
            tie = self._tie(line, cells)
            if len(self.problems) >= _MOST_FAULTS:
                break
            if len(self._first_line) > MOST_TIES:
                self._fault("there are too many ties", line, allowed=f"at most {MOST_TIES:,}")
                break
            if tie is None:
                continue
            listener, source, weight = tie
            if weight > 0 and listener in self._position and source in self._position:
                ties.append((self._position[listener], self._position[source]))
                weights.append(weight)
        if self.problems:
            raise FaultyEdgeList(self.problems)
        array = np.array(ties, dtype=np.int64).reshape(-1, 2)
        return (array[:, 0], array[:, 1]), np.array(weights, dtype=np.float64)

    def _fault(
        self,
        problem: str,
        line: int | None = None,
        *,
        given: str | None = None,
        allowed: str = "",
        meant: str = "",
    ) -> None:
        self.problems.append(
            Problem(
                problem,
                str(self.path),
                line,
                given="" if given is None else shown(given),
                allowed=allowed,
                meant=meant,
            )
        )

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """Give the cells of each line below the columns, in their order, with its number."""
        text = self._text()
        if self.problems:
            return
        columns = ", ".join(EDGE_COLUMNS)
        if not text.strip():
            self._fault("the file is empty", allowed=f"a first line with {columns}; then ties")
            return
        head, before = _first_line(text)
        separator = max(",;\t", key=head.count)
        self._decimal_comma = separator == ";"
        # Excel takes a first line of this kind for a note on how to read the others.
        body = io.StringIO(text, newline="")
        for _ in range(before):
            body.readline()
        reader = csv.reader(body, delimiter=separator, strict=True)
        order: list[int] | None = None
        begins = before + 1
        try:
            for row in reader:
                line, begins = begins, reader.line_num + before + 1
                cells = [" ".join(cell.split()) for cell in row]
                while cells and not cells[-1] and len(cells) > len(EDGE_COLUMNS):
                    cells.pop()
                if not any(cells):
                    continue
                if order is None:
                    names = [cell.casefold() for cell in cells]
                    if sorted(names) != sorted(EDGE_COLUMNS):
                        self._fault(
                            "the columns must be listener, source and weight",
                            line,
                            given=separator.join(cells),
                            allowed=f"a first line with {columns}, and nothing else",
                        )
                        return
                    order = [names.index(name) for name in EDGE_COLUMNS]
                elif len(cells) != len(EDGE_COLUMNS):
                    self._fault("a line must have three entries", line, given=separator.join(cells))
                    if len(self.problems) >= _MOST_FAULTS:
                        return
                else:
                    yield line, [cells[at] for at in order]
        except csv.Error as error:
            long = "limit" in str(error)
            words = "an entry is too long" if long else "the quotation marks here do not fit"
            self._fault(words, begins)

    def _text(self) -> str:
        """Decode the file; UTF-16 tells itself by its mark."""
        size = self.path.stat().st_size
        if size > MOST_BYTES_OF_EDGES:
            most = f"at most {MOST_BYTES_OF_EDGES:,} bytes"
            self._fault(f"this file is too large: {size:,} bytes", allowed=most)
            return ""
        data = self.path.read_bytes()
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if data.startswith(_WORKBOOKS) or (b"\0" in data and not wide):
            what = "a workbook, not a CSV file" if data.startswith(_WORKBOOKS) else "not text"
            self._fault(f"this is {what}; {_SAVE_AS}")
            return ""
        try:
            return data.decode("utf-16" if wide else "utf-8-sig")
        except UnicodeDecodeError as error:
            line = None if wide else data.count(b"\n", 0, error.start) + 1
            self._fault(f"there is a character here that is not UTF-8; {_SAVE_AS}", line)
            return ""

    def _tie(self, line: int, cells: Sequence[str]) -> tuple[int, int, float] | None:
        """Read one line."""
        before = len(self.problems)
        listener, source = (self._number(line, name) for name in cells[:2])
        weight = self._weight(line, cells[2])
        if len(self.problems) > before or 0 in (listener, source):
            return None
        if listener == source:
            self._fault(f"{cells[0]} cannot listen to itself", line)
            return None
        first = self._first_line.setdefault((listener, source), line)
        if first != line:
            self._fault(f"{cells[0]} already listens to {cells[1]} in line {first}", line)
            return None
        return listener, source, weight

    def _number(self, line: int, name: str) -> int:
        """Return the number of a council, also of a real one that takes no part; 0 if unknown.

        An unknown name is told once.
        """
        if name not in self._known:
            self._known[name] = 0
            if len(name) > _LONGEST_NAME:
                self._fault("this is too long for the name of a council", line, given=name)
            else:
                try:
                    self._known[name] = number_of(self.councils, name)
                except UnknownCouncil as error:
                    few = " or ".join(error.suggestions)
                    why = f": {error.why}" if error.why else ""
                    self._fault(f"no council is called '{name}'{why}", line, meant=few)
        return self._known[name]

    def _weight(self, line: int, text: str) -> float:
        written = text.replace(",", ".") if self._reads_comma(text) else text
        weight = float(written) if _WEIGHT.fullmatch(written) else math.nan
        if weight == 0 or LEAST_WEIGHT <= weight <= MOST_WEIGHT:
            return weight
        number = "a weight must be a number of 0 or more"
        few = text if len(text) <= LONGEST_GIVEN else f"{text[:LONGEST_GIVEN]} ..."
        if weight > 0:
            self._fault(
                f"a weight must be 0, or from {LEAST_WEIGHT:g} to {MOST_WEIGHT:g}, not '{few}'",
                line,
            )
        else:
            dotted = text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else ""
            self._fault(f"{number}, not '{few}'", line, meant=dotted)
        return math.nan

    def _reads_comma(self, text: str) -> bool:
        """Is a comma the decimal mark? Where semicolons divide entries it can be nothing else."""
        return self._decimal_comma and _DECIMAL_COMMA.fullmatch(text) is not None


def _first_line(text: str) -> tuple[str, int]:
    """Return the line with the columns, and how many lines of a note stand before it."""
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    if first.casefold().startswith("sep="):
        return lines.readline(), 1
    return first, 0


_MADE_UP = re.compile(r"synthetic (\d{1,5})|syn(\d{6})", re.IGNORECASE | re.ASCII)


def number_of(councils: Councils, code_or_name: str) -> int:
    """Return the fixed number of a council, also of one that takes no part.

    Raises
    ------
    UnknownCouncil
        If it is neither among `councils` nor any real or made-up one.
    """
    try:
        return int(councils.number[councils.index_of(code_or_name)])
    except UnknownCouncil as error:
        # A draw leaves most made-up councils out.
        made_up = _MADE_UP.fullmatch(" ".join(code_or_name.split()))
        if made_up:
            place, code = made_up.groups()
            number = FIRST_SYNTHETIC_NUMBER + int(place) - 1 if place else int(code)
            if FIRST_SYNTHETIC_NUMBER <= number < FIRST_SYNTHETIC_NUMBER + MOST_SYNTHETIC:
                return number
        real = load_councils()
        try:
            return int(real.number[real.index_of(code_or_name)])
        except UnknownCouncil as among_real:
            raise (error if error.suggestions else among_real) from None


def read_edge_list(councils: Councils, path: Path) -> tuple[Pairs, FloatArray]:
    """Read ties and weights from a CSV file, as people and spreadsheets save them.

    Raises
    ------
    FaultyEdgeList
        With every fault and its line.
    """
    return _EdgeList(councils, path).read()
