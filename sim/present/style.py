"""How pictures look: colours, type, the frame around a chart, and how files are written.

Everything is laid out in pixels of a 1600 x 900 slide and measured with the real font before it
is drawn, so that no text is cut and no two labels meet. Nothing here touches matplotlib's global
state: pictures are drawn and saved inside `drawing()`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

# Government Analysis Function, categorical, in this order; then the accent's grey.
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25")
SPARE_COLOURS = ("#3D3D3D", "#A285D1")
SEQUENTIAL = ("#12436D", "#2073BC", "#6BACE6")
GREY = "#BFBFBF"
PALE = "#E8EAEC"
INK = "#0B0C0C"
QUIET = "#505A5F"
# Shape says the same as colour, for those who do not see the colours and for print in grey.
MARKERS = ("o", "s", "^", "D")

DPI = 100
WIDE, HIGH = 1600.0, 900.0
MARGIN = 56.0
POINT = DPI / 72.0
LEAST, LABEL, SUB, HEAD = 13.0, 14.0, 16.0, 25.0

RC: Mapping[str, object] = {
    "font.family": ["DejaVu Sans"],
    "font.size": LEAST,
    "text.parse_math": False,  # titles come from files: a $ is a dollar
    "text.usetex": False,
    "text.color": INK,
    "axes.unicode_minus": True,
    "axes.formatter.use_mathtext": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "svg.fonttype": "none",
    "svg.hashsalt": "council-platform-sim",
    "path.simplify": True,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "hatch.linewidth": 0.8,
}

Side = Literal["left", "center", "right"]
Height = Literal["top", "center", "bottom"]


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with the project's own settings, whatever the caller's matplotlib has."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        yield


@dataclass(frozen=True)
class Figure:
    """A finished picture: the finding as title, what it shows, and its two files."""

    name: str
    title: str
    caption: str
    alt: str
    png: Path
    svg: Path


# ---------------------------------------------------------------- measuring text


@cache
def _renderer() -> RendererAgg:
    return FigureCanvasAgg(Canvas(figsize=(1, 1), dpi=DPI)).get_renderer()


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float) -> float:
    """Width of a line of text in pixels of the slide."""
    font = FontProperties(family="DejaVu Sans", size=size)
    width, _, _ = _renderer().get_text_width_height_descent(text, font, False)
    return float(width)


def line_height(size: float) -> float:
    """Distance between lines in pixels."""
    return size * POINT * 1.28


@cache
def _has_glyph(character: str) -> bool:
    font = get_font(findfont(FontProperties(family="DejaVu Sans")))
    return bool(font.get_char_index(ord(character)))


def plain(text: str) -> str:
    """One line of characters the font can draw; others become a box."""
    joined = " ".join(text.split())
    return "".join(c if c.isprintable() and _has_glyph(c) else "□" for c in joined)


def wrap(text: str, size: float, width: float, most: int = 99) -> list[str]:
    """Break a text into lines no wider than so many pixels; beyond `most` lines it is cut.

    Words wider than a line are broken, so that nothing leaves the canvas.
    """
    lines: list[str] = []
    line = ""
    for word in plain(text).split(" "):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while text_width(word, size) > width and len(word) > 1:
            fits = next(n for n in range(len(word) - 1, 0, -1)
                        if n == 1 or text_width(word[:n], size) <= width)
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    lines.append(line)
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(last + " …", size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip(" ,;:") + " …"]
    return lines


# ---------------------------------------------------------------- the sheet


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels from the lower left corner of the sheet."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels from bottom to top."""
        return self.top - self.bottom

    def inset(
        self, left: float = 0, bottom: float = 0, right: float = 0, top: float = 0
    ) -> Box:
        """The same less some pixels on each side."""
        return Box(self.left + left, self.bottom + bottom, self.right - right, self.top - top)

    def cells(
        self, rows: int, columns: int, gap_x: float = 0, gap_y: float = 0
    ) -> list[Box]:
        """Equal cells, row by row from the top."""
        wide = (self.width - gap_x * (columns - 1)) / columns
        high = (self.height - gap_y * (rows - 1)) / rows
        return [
            Box(left, top - high, left + wide, top)
            for row in range(rows)
            for column in range(columns)
            for left, top in [
                (self.left + column * (wide + gap_x), self.top - row * (high + gap_y))
            ]
        ]


class Sheet:
    """One picture in the making: the frame is drawn, `body` is free for the chart."""

    def __init__(
        self, name: str, title: str, subtitle: str, foot: str, *, high: float = HIGH
    ) -> None:
        self.name = name
        self.title, self.subtitle, self.foot = plain(title), plain(subtitle), plain(foot)
        self.alt = ""
        self.high = high
        self.canvas = Canvas(figsize=(WIDE / DPI, high / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.canvas)
        y = self._heading()
        self.body = Box(MARGIN, self._footing(), WIDE - MARGIN, y - 18)

    def _heading(self) -> float:
        width = WIDE - 2 * MARGIN
        # A long finding is set smaller before it is given a third line.
        size = next(
            (s for s in (HEAD, 23.0, 21.0) if len(wrap(self.title, s, width)) <= 2), 20.0
        )
        y = self.lines(
            MARGIN, self.high - 34, wrap(self.title, size, width, 3), size, valign="top"
        )
        return self.lines(
            MARGIN, y - 8, wrap(self.subtitle, SUB, width, 3), SUB, QUIET, valign="top"
        )

    def _footing(self) -> float:
        lines = wrap(self.foot, LEAST, WIDE - 2 * MARGIN, 3)
        top = 20 + len(lines) * line_height(LEAST)
        self.lines(MARGIN, top, lines, LEAST, QUIET, valign="top")
        return top + 14

    def lines(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        size: float = LEAST,
        colour: str = INK,
        *,
        align: Side = "left",
        valign: Height = "center",
        gid: str | None = None,
    ) -> float:
        """Set lines of text at a place in pixels; returns where the next line would start.

        `y` is the top, the centre or the bottom of the block.
        """
        step = line_height(size)
        top = y + {"top": 0.0, "center": 0.5, "bottom": 1.0}[valign] * step * len(lines)
        for row, line in enumerate(lines):
            self.canvas.text(
                x / WIDE,
                (top - (row + 0.78) * step) / self.high,
                line,
                size=size,
                color=colour,
                ha=align,
                va="baseline",
                gid=gid,
            )
        return top - len(lines) * step

    def axes(self, box: Box) -> Axes:
        """A chart in a rectangle, without a frame."""
        ax = self.canvas.add_axes(
            (
                box.left / WIDE,
                box.bottom / self.high,
                box.width / WIDE,
                box.height / self.high,
            )
        )
        ax.set_facecolor("none")
        for side in ("top", "right", "left"):
            ax.spines[side].set_visible(False)
        ax.tick_params(length=0, labelsize=LEAST, pad=6)
        ax.set_axisbelow(True)
        return ax

    def rule(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        colour: str = GREY,
        width: float = 1.0,
        style: str = "-",
        *,
        front: bool = True,
    ) -> None:
        """A thin line between places in pixels."""
        self.canvas.add_artist(
            Line2D(
                [x / WIDE for x in xs],
                [y / self.high for y in ys],
                color=colour,
                linewidth=width,
                linestyle=style,
                transform=self.canvas.transFigure,
                zorder=3 if front else 0,
            )
        )

    def mark(
        self, x: float, y: float, colour: str, marker: str = "o", size: float = 9, *,
        filled: bool = True,
    ) -> None:
        """A marker at a place in pixels."""
        self.canvas.add_artist(
            Line2D(
                [x / WIDE],
                [y / self.high],
                linestyle="none",
                marker=marker,
                markersize=size,
                markerfacecolor=colour if filled else "white",
                markeredgecolor=colour,
                markeredgewidth=1.6,
                transform=self.canvas.transFigure,
                zorder=4,
            )
        )

    def cover(self, box: Box) -> None:
        """Blank out part of what the charts have drawn there."""
        self.fill(box, "white", zorder=2.5)

    def fill(self, box: Box, colour: str, *, alpha: float = 1.0, zorder: float = 1.0) -> None:
        """A plain rectangle."""
        self.canvas.add_artist(
            Rectangle(
                (box.left / WIDE, box.bottom / self.high),
                box.width / WIDE,
                box.height / self.high,
                transform=self.canvas.transFigure,
                facecolor=colour,
                alpha=alpha,
                linewidth=0,
                zorder=zorder,
            )
        )

    def texts(self) -> list[Text]:
        """All texts that will be seen."""
        found = self.canvas.findobj(Text)
        return [t for t in found if isinstance(t, Text) and t.get_visible() and t.get_text()]

    # ------------------------------------------------------------ files

    def save(self, folder: Path, about: Mapping[str, str]) -> Figure:
        """Write PNG and SVG, each with what made it; whole files or none."""
        png, svg = folder / f"{self.name}.png", folder / f"{self.name}.svg"
        maker = f"council-platform-sim {about.get('version', '')}".strip()
        buffer = BytesIO()
        self.canvas.savefig(
            buffer,
            format="png",
            dpi=DPI,
            metadata={
                "Title": self.title,
                "Description": self.subtitle,
                "Software": maker,
                **{key.replace("_", " ").capitalize(): text for key, text in about.items()},
            },
        )
        write_whole(png, buffer.getvalue())
        buffer = BytesIO()
        self.canvas.savefig(
            buffer,
            format="svg",
            metadata={
                "Title": self.title,
                "Description": self.subtitle,
                "Creator": maker,
                "Identifier": f"run {about.get('run_id', '')}".strip(),
                "Source": about.get("experiment", ""),
                "Keywords": [f"{key}: {text}" for key, text in about.items()],
                "Date": None,
                "Language": "en-GB",
            },
        )
        write_whole(svg, self._spoken(buffer.getvalue().decode()).encode())
        return Figure(self.name, self.title, self.subtitle, plain(self.alt), png, svg)

    def _spoken(self, svg: str) -> str:
        """Give the drawing a title and description that screen readers read out.

        Verdana has the same proportions where DejaVu Sans is not installed.
        """
        start = svg.index("<svg ")
        end = svg.index(">", start) + 1
        words = (
            f"\n <title>{escape(self.title)}</title>\n"
            f" <desc>{escape(plain(self.alt) or self.subtitle)}</desc>"
        )
        opening = svg[start : end - 1] + ' role="img">'
        body = svg[end:].replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
        return svg[:start] + opening + words + body


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
