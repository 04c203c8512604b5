"""How pictures look: colours, type, and text measured before it is drawn.

Everything is laid out in pixels of a 1600 x 900 slide and measured with the real font before it
is drawn, so that no text is cut and no two labels meet. Nothing here touches matplotlib's global
state: pictures are drawn and saved inside `drawing()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import bidirectional

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import FT2Font

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

# Government Analysis Function, categorical, in this order; then the accent's grey.
# Scenarios have colours of their own: `sim.present.looks`.
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25")
GREY = "#BFBFBF"
PALE = "#E8EAEC"
INK = "#0B0C0C"
QUIET = "#505A5F"

FAMILY = "DejaVu Sans"
# Where the first font lacks a letter; those that are installed, in this order.
OTHER_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Arial Unicode MS",
    "WenQuanYi Zen Hei",
    "Noto Sans Symbols2",
    "Noto Emoji",
    "Segoe UI Symbol",
    "Segoe UI Emoji",
)
LOST = "[…]"  # stands for letters that no font here can draw
LOST_NOTE = f" {LOST} stands for letters that no font on this computer can draw."

DPI = 100
WIDE = 1600.0
HIGH = 900.0
MARGIN = 56.0
POINT = DPI / 72.0
# Owed by what is drawn from the centres and borders of councils.
ATTRIBUTION = "Contains OS data © Crown copyright and database right 2014."

# Sizes of type in points: the least, labels, subtitle, title.
LEAST = 13.0
LABEL = 14.0
SUB = 16.0
HEAD = 25.0

RC: dict[RcKeyType, Any] = {
    "font.family": [FAMILY],
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


@dataclass(frozen=True)
class Figure:
    """A finished picture: the finding as title, what it shows, and its two files.

    `head` is the share of its height that the title takes, for those who set the title beside it.
    """

    name: str
    title: str
    caption: str
    alt: str
    png: Path
    svg: Path
    head: float = 0.0


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with the project's own settings, whatever the caller's matplotlib has."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        with matplotlib.rc_context(RC):
            yield


# ---------------------------------------------------------------- measuring text


@cache
def _font(family: str = FAMILY) -> FT2Font:
    return get_font(findfont(FontProperties(family=family)))


@cache
def _others() -> tuple[str, ...]:
    """Fonts of this computer that may have letters which the first has not."""
    installed = {entry.name for entry in fontManager.ttflist}
    return tuple(family for family in OTHER_FAMILIES if family in installed)


@cache
def _family_of(character: str) -> str | None:
    """Name a font that has a character; None if it cannot be drawn.

    Letters that run from right to left are shaped and turned by nobody here, so that what would
    be drawn is not what was written.
    """
    if not character.isprintable() or bidirectional(character) in ("R", "AL"):
        return None
    for family in (FAMILY, *_others()):
        if _font(family).get_char_index(ord(character)):
            return family
    return None


def families(text: str) -> list[str]:
    """Fonts that a text is drawn with, the usual one first."""
    return list(dict.fromkeys([FAMILY, *filter(None, map(_family_of, text))]))


@cache
def _advance(character: str) -> float:
    """Width of a character in pixels at 1 point."""
    font = _font(_family_of(character) or FAMILY)
    font.set_size(100.0, DPI)
    glyph = font.load_char(ord(character))
    return float(glyph.linearHoriAdvance) / 65536.0 / 100.0  # 16.16 fixed point, not hinted


def text_width(text: str, size: float) -> float:
    """Width of a line of text in pixels of the slide, a hair more than what is drawn."""
    return 1.01 * size * sum(map(_advance, text))


def line_height(size: float) -> float:
    """Distance between lines in pixels."""
    return size * POINT * 1.28


def plain(text: str) -> str:
    """One line of characters that can be drawn; a sign stands for any others in a row."""
    kept = ""
    for character in " ".join(text.split()):
        if _family_of(character) is not None:
            kept += character
        elif kept.rstrip().endswith(LOST):
            kept = kept.rstrip()
        else:
            kept += LOST
    return kept.rstrip()


def wrap(text: str, size: float, width: float, most: int = 99) -> list[str]:
    """Break a text into lines no wider than so many pixels; beyond `most` lines its middle is cut.

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
        *full, line = _broken(word, size, width)
        lines += full
    lines.append(line)
    if len(lines) > most:
        # Titles often differ at their ends only, so that the middle is what goes.
        head = "" if most > 1 else _fitting(lines[0], size, width * 0.5)
        tail = _fitting(" ".join(lines), size, width - text_width(f"{head} … ", size), end=True)
        lines = [*lines[: most - 1], f"{head} … {tail}".strip()]
    return lines


def _broken(word: str, size: float, width: float) -> list[str]:
    """Break a word where lines are full, in one pass: a word may have any length."""
    pieces, start, wide = [], 0, 0.0
    for at, character in enumerate(word):
        wide += text_width(character, size)
        if wide > width and at > start:
            pieces.append(word[start:at])
            start, wide = at, text_width(character, size)
    return [*pieces, word[start:]]


def _fitting(text: str, size: float, width: float, *, end: bool = False) -> str:
    """As many whole words from the start, or the end, as fit."""
    words = text.split(" ")
    kept = ""
    while words:
        word = words.pop(-1 if end else 0)
        longer = (f"{word} {kept}" if end else f"{kept} {word}").strip()
        if text_width(longer, size) > width:
            break
        kept = longer
    return kept
