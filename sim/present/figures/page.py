"""The frame around a chart: title, subtitle, foot, room for the chart, and the files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Literal, cast

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sim.files.writing import make_folder, write_bytes
from sim.present.figures.palette import with_palette
from sim.present.figures.style import (
    DPI,
    GREY,
    HEAD,
    HIGH,
    INK,
    LEAST,
    MARGIN,
    QUIET,
    SUB,
    WIDE,
    Figure,
    drawing,
    families,
    line_height,
    plain,
    wrap,
)

FINER = re.compile(r"(\.\d\d)\d+")
Side = Literal["left", "center", "right"]
Height = Literal["top", "center", "bottom"]


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels from the lower left corner of the page."""

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

    def inset(self, left: float = 0, bottom: float = 0, right: float = 0, top: float = 0) -> Box:
        """The same less some pixels on each side."""
        return Box(self.left + left, self.bottom + bottom, self.right - right, self.top - top)

    def cells(self, rows: int, columns: int, gap_x: float = 0, gap_y: float = 0) -> list[Box]:
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


class Picture(Canvas):
    """A figure of Matplotlib that a notebook shows by itself, as the report does."""

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        with drawing():
            self.colours().save(buffer, format="png", dpi=(DPI, DPI))
        return buffer.getvalue()

    def colours(self) -> Image.Image:
        """Draw it, in the colours that it needs."""
        raw = BytesIO()
        self.savefig(raw, format="rgba", dpi=DPI)
        size = round(self.bbox.width), round(self.bbox.height)
        return with_palette(Image.frombytes("RGBA", size, raw.getvalue()).convert("RGB"))


class Page:
    """One picture in the making: the frame is drawn, `body` is free for the chart."""

    def __init__(
        self, name: str, title: str, subtitle: str, foot: str, *, high: float = HIGH
    ) -> None:
        self.name = name
        self.title, self.subtitle, self.foot = plain(title), plain(subtitle), plain(foot)
        self.alt = ""
        self.high = high
        self.canvas = Picture(figsize=(WIDE / DPI, high / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.canvas)
        y = self._heading()
        self.body = Box(MARGIN, self._footing(), WIDE - MARGIN, y - 18)

    def _heading(self) -> float:
        width = WIDE - 2 * MARGIN
        # A long finding is set smaller before it is given a third line.
        size = next((s for s in (HEAD, 23.0, 21.0) if len(wrap(self.title, s, width)) <= 2), 20.0)
        y = self.lines(MARGIN, self.high - 34, wrap(self.title, size, width, 3), size, valign="top")
        self.below_title = y
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
                family=families(line),
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
        dash: Sequence[float] = (),
    ) -> None:
        """A thin line between places in pixels."""
        self.canvas.add_artist(
            Line2D(
                [x / WIDE for x in xs],
                [y / self.high for y in ys],
                color=colour,
                linewidth=width,
                linestyle=(0, tuple(dash)) if dash else "-",
                transform=self.canvas.transFigure,
                zorder=3,
            )
        )

    def mark(
        self,
        x: float,
        y: float,
        colour: str,
        marker: str = "o",
        size: float = 9,
        *,
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

    def fill(
        self,
        box: Box,
        colour: str,
        *,
        alpha: float = 1.0,
        hatch: str = "",
        zorder: float = 1.0,
    ) -> None:
        """A plain rectangle, or one with a white pattern."""
        self.canvas.add_artist(
            Rectangle(
                (box.left / WIDE, box.bottom / self.high),
                box.width / WIDE,
                box.height / self.high,
                transform=self.canvas.transFigure,
                facecolor=colour,
                edgecolor="white",
                hatch=hatch or None,
                alpha=alpha,
                linewidth=0,
                zorder=zorder,
            )
        )

    def texts(self) -> list[Text]:
        """All texts that will be seen."""
        found = self.canvas.findobj(lambda artist: isinstance(artist, Text))
        texts = [cast(Text, artist) for artist in found]
        return [text for text in texts if text.get_visible() and text.get_text()]

    # ------------------------------------------------------------ files

    def figure(self, folder: Path) -> Figure:
        """What readers of the files in a folder need to know of this picture."""
        png, svg = folder / f"{self.name}.png", folder / f"{self.name}.svg"
        caption = f"{self.title}. {self.subtitle}"
        head = round(1.0 - self.below_title / self.high, 4)
        return Figure(self.name, self.title, caption, plain(self.alt), png, svg, head)

    def save(self, folder: Path, about: Mapping[str, str]) -> None:
        """Write PNG and SVG, each with what made it; whole files or none."""
        make_folder(folder)
        figure = self.figure(folder)
        write_bytes(figure.png, self.png(about))
        write_bytes(figure.svg, self.svg(about))

    def png(self, about: Mapping[str, str]) -> bytes:
        """Draw as PNG, with what made it as text entries."""
        buffer = BytesIO()
        words = {
            "Title": self.title,
            "Description": self.subtitle,
            "Software": _maker(about),
            **{key.replace("_", " ").capitalize(): text for key, text in about.items()},
        }
        info = PngInfo()
        for key, text in words.items():
            info.add_text(key, text) if text.isascii() else info.add_itxt(key, text)
        picture = self.canvas.colours()
        picture.save(buffer, format="png", dpi=(DPI, DPI), pnginfo=info, compress_level=6)
        return buffer.getvalue()

    def svg(self, about: Mapping[str, str]) -> bytes:
        """Draw as SVG, the same bytes each time, with what made it as metadata."""
        buffer = BytesIO()
        words = {
            "Title": self.title,
            "Description": self.subtitle,
            "Creator": _maker(about),
            "Identifier": f"run {about.get('run_id', '')}".strip(),
            "Source": about.get("experiment", ""),
            "Keywords": [f"{key}: {text}" for key, text in about.items()],
            "Date": None,
            "Language": "en-GB",
        }
        self.canvas.savefig(buffer, format="svg", metadata=words)
        return self._spoken(buffer.getvalue().decode()).encode()

    def _spoken(self, svg: str) -> str:
        """Give the drawing a description that screen readers read out.

        Verdana has the same proportions where DejaVu Sans is not installed.
        """
        # matplotlib writes the title itself.
        words = f"\n <desc>{escape(plain(self.alt) or self.subtitle)}</desc>"
        svg = svg.replace("</title>", "</title>" + words, 1)
        # A hundredth of a point is finer than any screen; matplotlib writes six decimals.
        svg = re.sub(r'(?<= d=")[^"]+', lambda found: FINER.sub(r"\1", found[0]), svg)
        svg = svg.replace(' version="1.1">', ' version="1.1" role="img">', 1)
        return svg.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")


def _maker(about: Mapping[str, str]) -> str:
    return f"council-platform-sim {about.get('version', '')}".strip()
