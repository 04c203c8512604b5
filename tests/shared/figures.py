"""What every picture must be like."""

from __future__ import annotations

from sim.present.figures.page import Page
from sim.present.figures.style import drawing


def check(one: Page) -> None:
    """No text leaves the canvas or is set too small; labels at ends of lines do not meet."""
    with drawing():
        one.canvas.draw_without_rendering()
        wide, high = one.canvas.bbox.width, one.canvas.bbox.height
        ends = []
        for text in one.texts():
            box = text.get_window_extent()
            where = f"{one.name}: {text.get_text()!r}"
            assert box.x0 >= 0, where
            assert box.x1 <= wide, where
            assert box.y0 >= 0, where
            assert box.y1 <= high, where
            assert float(text.get_fontsize()) >= 11, where
            assert not text.get_parse_math(), where
            if text.get_gid() == "end label":
                ends.append(box)
        for i, a in enumerate(ends):
            for b in ends[i + 1 :]:
                # Lines of one label may touch; more than a sliver is an overlap.
                across = min(a.x1, b.x1) - max(a.x0, b.x0)
                down = min(a.y1, b.y1) - max(a.y0, b.y0)
                assert across <= 0 or down <= 3, one.name
    assert one.title
    assert one.alt
    assert "nan" not in f"{one.title} {one.subtitle} {one.alt}".lower().split()
