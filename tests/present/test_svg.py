"""Drawings on a page are what Matplotlib drew, and can do nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.present.figures.style import drawing
from sim.present.svg import UnknownDrawing, inlined

HOSTILE = "<script>alert(1)</script> & \"quoted\" 'single' ]]> $x$"


def drawn(*, title: str = "Title") -> str:
    """A chart with what our figures have: lines, marks, hatches, polygons, text."""
    with drawing():
        figure = Figure(figsize=(16, 9), dpi=100)
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        axes.plot(np.linspace(0, 1, 9), np.linspace(0, 1, 9) ** 2, marker="o", color="#12436D")
        axes.bar([0.2, 0.6], [0.5, 0.7], width=0.1, color="#28A197", hatch="//")
        axes.fill_between([0, 1], [0, 0.4], [0.2, 1.4], color="#801650", alpha=0.2)
        axes.hlines([0.1, 0.2, 0.3, 0.4], 0, 1, color="#BFBFBF")
        axes.set_ylim(0, 1)
        figure.text(0.1, 0.95, title)
        buffer = StringIO()
        figure.savefig(buffer, format="svg", metadata={"Title": title, "Date": None})
    return buffer.getvalue()


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def places(d: str) -> Iterator[tuple[float, float]]:
    """Points of a path, in absolute terms, by the rules of SVG."""
    x = y = start_x = start_y = 0.0
    for sign, numbers in re.findall(r"([MLQCmlqcz])([^MLQCmlqcz]*)", d):
        if sign == "z":
            x, y = start_x, start_y
            continue
        steps = [float(one) for one in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        size = {"m": 2, "l": 2, "q": 4, "c": 6}[sign.lower()]
        for at in range(0, len(steps), size):
            points = list(
                zip(steps[at : at + size : 2], steps[at + 1 : at + size : 2], strict=True)
            )
            if sign.islower():
                points = [(x + a, y + b) for a, b in points]
            x, y = points[-1]
            if sign in "mM":
                start_x, start_y = x, y
            yield from points


def test_every_point_stays_where_it_was() -> None:
    before = [point for one in parsed(drawn()).iter() for point in places(one.get("d") or "")]
    after = [
        point
        for one in parsed(inlined(drawn(), "x", "x")).iter()
        for point in places(one.get("d") or "")
    ]
    assert len(before) == len(after) > 50
    # Half a tenth for each, and nothing on top of it after many steps.
    assert np.allclose(before, after, rtol=0, atol=0.0501)


def test_looks_and_texts_are_kept_and_styles_are_not() -> None:
    text = inlined(drawn(title="A title"), "x", "x")
    for colour in ("#12436d", "#28a197", "#801650", "#bfbfbf"):
        assert f'"{colour}"' in text, colour
    assert "style" not in text
    said = {"".join(one.itertext()) for one in parsed(text).iter("text")}
    assert {"A title", "0.8"} <= said
    assert len(text) < len(drawn()) / 2


def test_neighbours_of_one_look_are_one_but_not_what_one_sees_through() -> None:
    path = '<path d="M 0 0 L 1 0" style="stroke: #000000{}"/>'
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
    assert inlined(svg.format(path.format("") * 3), "x", "x").count("<path") == 1
    assert inlined(svg.format(path.format("; opacity: 0.5") * 3), "x", "x").count("<path") == 3
    other = path.format("").replace("#000000", "#ffffff")
    assert (
        inlined(svg.format(path.format("") + other + path.format("")), "x", "x").count("<path") == 3
    )


def test_names_of_two_drawings_do_not_meet_and_all_that_is_referred_to_is_there() -> None:
    one, two = (parsed(inlined(drawn(), name, "x")) for name in ("one", "two"))
    names = [[found for part in of.iter() if (found := part.get("id"))] for of in (one, two)]
    assert names[0]
    assert not set(names[0]) & set(names[1])
    assert len(set(names[0])) == len(names[0])
    text = inlined(drawn(), "one", "x")
    referred = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', text)
    assert referred
    assert {a or b for a, b in referred} <= set(names[0])


def test_hostile_words_stay_words() -> None:
    text = inlined(drawn(title=HOSTILE), "x", HOSTILE)
    tree = parsed(text)
    assert HOSTILE in {"".join(one.itertext()) for one in tree.iter("text")}
    assert tree.get("aria-label") == HOSTILE
    assert not list(tree.iter("script"))


@pytest.mark.parametrize(
    "part",
    [
        '<script>alert("x")</script>',
        '<image href="https://example.org/a.png"/>',
        '<a href="https://example.org"><text>x</text></a>',
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
        '<path d="M 0 0" style="fill: url(https://example.org/a.svg#x)"/>',
        '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="https://example.org/#x"/>',
        '<path d="M 0 0 A 1 1 0 0 0 1 1"/>',
        "<g",
    ],
)
def test_what_is_not_known_is_not_drawn(part: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{part}</svg>'
    try:
        text = inlined(svg, "x", "x")
    except UnknownDrawing:
        return
    assert "example.org" not in text
    assert "alert" not in text


def test_what_runs_is_left_out() -> None:
    part = '<path d="M 0 0 L 1 1" onload="alert(1)" style="behavior: url(x); fill: #000000"/>'
    text = inlined(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{part}</svg>', "x", "x"
    )
    assert "alert" not in text
    assert "behavior" not in text


def test_fonts_written_in_one_are_read() -> None:
    part = '<text x="1" y="2" style="font: 25px \'DejaVu Sans\', sans-serif">x</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{part}</svg>'
    tree = parsed(inlined(svg, "x", "x"))
    assert tree.get("font-family") == "'DejaVu Sans', sans-serif"
    assert next(tree.iter("text")).get("font-size") == "25px"


def test_lines_of_no_points_are_left_out() -> None:
    """Matplotlib writes a path without a course for what is missing, or lies outside."""
    with drawing():
        figure = Figure(figsize=(16, 9), dpi=100)
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        for _ in range(2):
            axes.fill_between([0.0, 1.0], [np.nan, np.nan], [np.nan, np.nan], color="#12436D")
            axes.hlines([np.nan, np.nan], 0.0, 1.0, color="#BFBFBF")
            axes.plot([np.nan, np.nan], [np.nan, np.nan], color="#12436D")
        buffer = StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    found = parsed(inlined(svg, "x", "x"))
    assert all(one.get("d") for one in found.iter() if one.tag.endswith("path"))
