"""What every picture must be like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from sim.present.figures.page import Page
from sim.present.figures.style import drawing


def check(one: Page) -> None:
    """No text leaves the canvas, meets another, or is set too small."""
    with drawing():
        one.canvas.draw_without_rendering()
        wide, high = one.canvas.bbox.width, one.canvas.bbox.height
        boxes = []
        for text in one.texts():
            box = text.get_window_extent()
            where = f"{one.name}: {text.get_text()!r}"
            assert box.x0 >= 0, where
            assert box.x1 <= wide, where
            assert box.y0 >= 0, where
            assert box.y1 <= high, where
            assert float(text.get_fontsize()) >= 11, where
            assert not text.get_parse_math(), where
            boxes.append((text, box))
        meeting = overlaps(boxes)
        assert not meeting, f"{one.name}: {meeting}"
    assert one.title
    assert one.alt
    # "nan" is a word in Gaelic, but no number.
    assert not re.search(r"£nan|\bnan(%|m\b| points)", f"{one.title} {one.subtitle} {one.alt}")


def overlaps(boxes: Sequence[tuple[Text, BboxBase]]) -> list[tuple[str, str]]:
    """Pairs of texts that meet; lines of one block may touch by a sliver."""
    return [
        (a.get_text(), b.get_text())
        for (a, one), (b, other) in combinations(boxes, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > 0
        and min(one.y1, other.y1) - max(one.y0, other.y0) > 4
    ]


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB` (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
