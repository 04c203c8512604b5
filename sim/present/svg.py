"""Drawings of Matplotlib as parts of a page: a third of the size, and without names that meet.

Matplotlib writes each line and hexagon as an element of its own, with a style and ten digits. Here
the same drawing is written with coordinates to a tenth, relative to one another, and neighbours of
one look are one element. Texts stay texts.

Only what is named here comes through, so that nothing in a drawing can run, or ask for anything.
Looks are attributes, since a page that allows no styles but its own would not apply others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from typing import NamedTuple
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
# What is drawn, and what of it stands in the file besides its look.
DRAWN: Mapping[str, tuple[str, ...]] = {
    "g": ("id", "clip-path", "transform"),
    "defs": (),
    "clipPath": ("id",),
    "pattern": ("id", "patternUnits", "x", "y", "width", "height"),
    "path": ("id", "d", "clip-path", "transform"),
    "rect": ("id", "x", "y", "width", "height", "clip-path", "transform"),
    "use": (f"{XLINK}href", "x", "y", "clip-path", "transform"),
    "text": ("x", "y", "transform"),
    "tspan": ("x", "y"),
}
LOOKS = {
    *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-opacity", "stroke-width"),
    *("stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
    *("stroke-miterlimit", "opacity", "font-size", "font-family", "font-weight", "font-style"),
    "text-anchor",
}
# Of the whole drawing, as Matplotlib's own style sheet says; children inherit it.
INHERITED = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
LEFT_OUT = ("title", "desc", "metadata", "style")
_REFERENCE = re.compile(r"(?:url\(|href=\")#([\w-]+)[\")]")
_STEP = re.compile(r"([MLQCz])([^MLQCz]*)")


class UnknownDrawing(ValueError):  # noqa: N818
    """A drawing has parts that are not known here."""


class _Element(NamedTuple):
    name: str
    attributes: dict[str, str]
    inner: str


def inlined(svg: str, name: str, words: str, margin: float = 0.0) -> str:
    """Write a drawing as part of a page.

    Parameters
    ----------
    svg
        As Matplotlib writes it.
    name
        Of the drawing, alone on its page; what its own names begin with.
    words
        What it shows in a line, for those who do not see it. Its description, if it has one, says
        more.
    margin
        How much of it is left out at the left and at the right, in its own units.

    Raises
    ------
    UnknownDrawing
        If it holds what is not drawn here, such as photographs, or is no drawing.
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise UnknownDrawing(str(error)) from None
    box = root.get("viewBox")
    if root.tag != f"{SVG}svg" or box is None:
        raise UnknownDrawing("a drawing without a size")
    names = _Names(name, svg)
    styles = (text.get("style") or "" for text in root.iter(f"{SVG}text"))
    font = next((names.looks(style).get("font-family", "") for style in styles), "")
    inherited = {**INHERITED, **({"font-family": font} if font else {})}
    inside = _written(_merged(_elements(root, names, inherited)))
    description = " ".join((root.findtext(f"{SVG}desc") or "").split())
    told = f' aria-describedby="{name}-told"' if description else ""
    left, top, wide, high = (float(number) for number in box.split())
    left, wide = left + margin, wide - 2 * margin
    size = {"viewBox": f"{left:g} {top:g} {wide:g} {high:g}", "width": f"{wide:g}"}
    attributes = _attributes({**size, "height": f"{high:g}"})
    return (
        f'<svg role="img" aria-label="{escape(words)}"{told}{attributes}{_attributes(inherited)}>'
        + (f'<desc id="{name}-told">{escape(description)}</desc>' if description else "")
        + f"{inside}</svg>"
    )


class _Names:
    """Names within a drawing: those that something refers to, made its own."""

    def __init__(self, prefix: str, svg: str) -> None:
        referred = dict.fromkeys(_REFERENCE.findall(svg))
        self._short = {name: f"{prefix}-{n}" for n, name in enumerate(referred)}
        self._looks: dict[str, dict[str, str]] = {}

    def of(self, name: str) -> str | None:
        return self._short.get(name)

    def within(self, value: str) -> str:
        """Make the name in a reference, such as ``url(#p1)``, the drawing's own."""
        if "url(" not in value:
            return value
        match = re.fullmatch(r"url\(#([\w-]+)\)", value)
        if match is None:
            raise UnknownDrawing(f"a reference to something else: {value}")
        return f"url(#{self._short[match[1]]})"

    def looks(self, style: str) -> dict[str, str]:
        """Return the look that a style gives, as attributes."""
        if style not in self._looks:
            self._looks[style] = {
                key: _rounded(self.within(value), 2) for key, value in _looks(style)
            }
        return self._looks[style]


def _looks(style: str) -> Iterator[tuple[str, str]]:
    """Yield the properties of a style that say how something looks."""
    for part in style.split(";"):
        key, _, value = part.partition(":")
        key, value = key.strip(), value.strip()
        if key == "font":  # all in one, as earlier versions of Matplotlib write it
            match = re.fullmatch(r"(?:(italic|oblique) )?(?:(bold|\d+) )?([\d.]+px) (.+)", value)
            if match is None:
                raise UnknownDrawing(f"a font: {value}")
            keys = ("font-style", "font-weight", "font-size", "font-family")
            yield from (
                (key, value) for key, value in zip(keys, match.groups(), strict=True) if value
            )
        elif key in LOOKS:
            yield key, value


def _elements(
    parent: ElementTree.Element, names: _Names, inherited: Mapping[str, str], *, fine: bool = False
) -> Iterator[_Element]:
    """Yield what is drawn within an element; `fine` are marks, which are small."""
    for child in parent:
        name = child.tag.removeprefix(SVG)
        if name in LEFT_OUT:
            continue
        if name not in DRAWN:
            raise UnknownDrawing(f"an element of another kind: {name}")
        if name == "path" and not child.get("d") and not child.get("id"):
            continue  # a line of no points, as of what is missing everywhere
        attributes: dict[str, str] = {}
        for key in DRAWN[name]:
            value = child.get(key)
            if value is None:
                continue
            if key == "id":
                own = names.of(value)
                attributes |= {"id": own} if own else {}
            elif key == "d":
                attributes["d"] = _path(value, 100 if fine else 10)
            elif key == "transform":
                turned = re.sub(r"rotate\(-?0(?:\.0+)? [^)]*\)", "", value).strip()
                attributes |= {"transform": _rounded(turned, 2)} if turned else {}
            elif key in ("x", "y", "width", "height"):
                attributes[key] = _rounded(value, 1)
            elif key == f"{XLINK}href":
                own = names.of(value[1:])
                if own is None or value[0] != "#":
                    raise UnknownDrawing(f"a reference to something else: {value}")
                attributes["href"] = f"#{own}"
            else:
                attributes[key] = names.within(value)
        # Patterns say how they look outside a style.
        attributes |= {key: names.within(value) for key, value in child.items() if key in LOOKS}
        attributes |= {
            key: value
            for key, value in names.looks(child.get("style") or "").items()
            if inherited.get(key) != value
        }
        if name in ("text", "tspan"):
            words = " ".join("".join(child.itertext()).split())
            inner = escape(words, quote=False)
        else:
            inside = _elements(child, names, inherited, fine=fine or name == "defs")
            if name == "g" and not attributes:
                yield from inside
                continue
            inner = _written(_merged(inside))
            if not inner and name in ("g", "defs"):
                continue
        yield _Element(name, attributes, inner)


def _merged(elements: Iterator[_Element]) -> Iterator[_Element]:
    """Make paths of one look that follow one another one; not those one sees others through."""
    last: _Element | None = None
    for element in elements:
        if (
            last is not None
            and last.name == element.name == "path"
            and not any("opacity" in key or key == "id" for key in element.attributes)
            and {**last.attributes, "d": ""} == {**element.attributes, "d": ""}
        ):
            both = last.attributes["d"] + element.attributes["d"]
            last = _Element("path", {**element.attributes, "d": both}, "")
            continue
        if last is not None:
            yield last
        last = element
    if last is not None:
        yield last


def _written(elements: Iterator[_Element]) -> str:
    return "".join(
        f"<{one.name}{_attributes(one.attributes)}"
        + (f">{one.inner}</{one.name}>" if one.inner else "/>")
        for one in elements
    )


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())


def _rounded(words: str, digits: int) -> str:
    """Round the numbers in a value; colours have none with a point."""

    def shorter(match: re.Match[str]) -> str:
        return f"{round(float(match[0]), digits):.{digits}f}".rstrip("0").rstrip(".")

    return re.sub(r"-?\d+\.\d+(?:e[-+]?\d+)?", shorter, words)


# How many numbers follow each letter of a path.
_FOLLOW = {"M": 2, "L": 2, "Q": 4, "C": 6}


def _path(d: str, scale: int) -> str:
    """Write a path relative to where it has come, in whole parts of a unit, without drift."""
    written: list[str] = []
    x = y = start_x = start_y = 0
    last = ""
    for sign, words in _STEP.findall(d):
        if sign == "z":
            written.append("z")
            x, y, last = start_x, start_y, "z"
            continue
        try:
            numbers = [round(float(one) * scale) for one in words.split()]
        except ValueError:
            raise UnknownDrawing(f"a path: {sign}{words}") from None
        if len(numbers) != _FOLLOW[sign]:
            raise UnknownDrawing(f"a path: {sign}{words}")
        if sign == "M":
            # Where a path starts is written in full, so that paths can stand behind one another.
            start_x, start_y = numbers
            written.append("M" + _listed(numbers, scale))
            last = "M"
        else:
            steps = [number - (y if odd % 2 else x) for odd, number in enumerate(numbers)]
            text = _listed(steps, scale)
            if sign != last:
                written.append(sign.lower() + text)
            else:
                written.append(text if text.startswith("-") else " " + text)
            last = sign
        x, y = numbers[-2:]
    return "".join(written)


def _listed(numbers: Sequence[int], scale: int) -> str:
    words = ""
    for number in numbers:
        text = _in_units(number, scale)
        words += text if not words or text.startswith("-") else " " + text
    return words


@cache
def _in_units(number: int, scale: int) -> str:
    whole, part = divmod(abs(number), scale)
    digits = str(part).rjust(len(str(scale)) - 1, "0").rstrip("0")
    text = f"{whole or ''}.{digits}" if digits else str(whole)
    return f"-{text}" if number < 0 else text
