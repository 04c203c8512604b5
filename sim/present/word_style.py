"""How a Word file looks: A4, built-in styles in one typeface, and the few parts written as XML."""

from __future__ import annotations

from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from sim.present.office import ACCENT, FONT, INK, LANGUAGE, QUIET, RULE

LONG, SHORT, MARGIN, CLOSE_MARGIN = 29.7, 21.0, 2.0, 1.5  # cm
# How much smaller a page is set that should be one.
CLOSE = 0.82
BULLET = "List Bullet"
# Style: size in points, bold, colour, points before and after.
_STYLES: dict[str, tuple[float, bool, str, float, float]] = {
    "Normal": (11, False, INK, 0, 6),
    "Title": (22, True, ACCENT, 0, 8),
    "Heading 1": (16, True, ACCENT, 18, 6),
    "Heading 2": (13, True, ACCENT, 12, 4),
    "Heading 3": (11.5, True, INK, 10, 3),
    "Heading 4": (11, True, INK, 8, 3),
    "Heading 5": (11, True, QUIET, 8, 3),
    BULLET: (11, False, INK, 0, 4),
    "Caption": (10, True, INK, 8, 4),
    "TOC Heading": (13, True, ACCENT, 12, 4),
    "Header": (9, False, QUIET, 0, 0),
    "Footer": (9, False, QUIET, 0, 0),
}
_NEW_STYLES: dict[str, tuple[float, bool, str, float, float]] = {
    "toc 1": (10.5, False, INK, 0, 2),
    "toc 2": (10.5, False, INK, 0, 1),
    "Table text": (9, False, INK, 1, 1),
    "Listing": (9, False, INK, 4, 8),
}


def new_document(*, close: bool = False) -> Any:
    """Make an empty document of A4 pages with our styles, if need be set close."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(SHORT), Cm(LONG)
    margin = Cm(CLOSE_MARGIN if close else MARGIN)
    section.left_margin = section.right_margin = margin
    section.top_margin = section.bottom_margin = margin
    section.header_distance = section.footer_distance = Cm(0.8)
    scale = CLOSE if close else 1.0
    styles = document.styles
    for name, look in _STYLES.items():
        _set(styles[name], *look, scale=scale)
    for name, look in _NEW_STYLES.items():
        _set(styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH), *look, scale=scale)
        styles[name].base_style = styles["Normal"]
    styles["toc 2"].paragraph_format.left_indent = Cm(0.6)
    styles["Caption"].paragraph_format.keep_with_next = True
    _drop(styles["Title"], "w:pBdr")  # its rule
    _drop(styles[BULLET], "w:contextualSpacing")  # items would stand without space between them
    mono = styles["Listing"]
    _face(mono.element.get_or_add_rPr(), "Courier New")
    shade(mono.element.get_or_add_pPr(), "F3F2F1")
    code = styles.add_style("Code", WD_STYLE_TYPE.CHARACTER)
    code.font.size = None
    _face(code.element.get_or_add_rPr(), "Courier New")
    link = styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
    link.font.underline = True
    link.font.color.rgb = RGBColor.from_string("1D70B8")
    _set_language(styles)
    return document


def _set(
    style: Any,
    size: float,
    bold: bool,
    colour: str,
    before: float,
    after: float,
    *,
    scale: float,
) -> None:
    font = style.font
    size, before, after = (round(2 * scale * one) / 2 for one in (size, before, after))
    font.size, font.bold, font.italic = Pt(size), bold, False
    font.color.rgb = RGBColor.from_string(colour)
    _face(style.element.get_or_add_rPr(), FONT)
    space = style.paragraph_format
    space.space_before, space.space_after = Pt(before), Pt(after)
    space.line_spacing = 1.12 if style.name in ("Normal", BULLET) else 1.0


def _face(properties: Any, name: str) -> None:
    """Set the typeface for every script; that of a theme would win over it."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)


def _drop(style: Any, name: str) -> None:
    part = style.element.pPr.find(qn(name))
    if part is not None:
        style.element.pPr.remove(part)


def _set_language(styles: Any) -> None:
    for language in styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE)
        language.set(qn("w:eastAsia"), LANGUAGE)


# ---------------------------------------------------------------- parts


def add_field(paragraph: Any, code: str, shown: str) -> None:
    """Add a field, such as a page number, with what it shows until a program counts anew."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("shown", shown), ("end", "")):
        run = paragraph.add_run(text if kind == "shown" else "")
        if kind == "shown":
            continue
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._r.append(part)


def add_mark(paragraph: Any, kind: str, code: str = "") -> None:
    """Begin or end a field that holds whole paragraphs, such as a table of contents."""
    for one in ("begin", "code", "separate") if kind == "begin" else (kind,):
        run = paragraph.add_run()
        part = OxmlElement("w:instrText" if one == "code" else "w:fldChar")
        if one == "code":
            part.set(qn("xml:space"), "preserve")
            part.text = code
        else:
            part.set(qn("w:fldCharType"), one)
        run._r.append(part)


def add_bookmark(paragraph: Any, name: str, number: int) -> None:
    """Name a paragraph, so that links lead to it."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for part in (start, end):
        part.set(qn("w:id"), str(number))
    start.set(qn("w:name"), name)
    paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, start)
    paragraph._p.append(end)


def new_link(paragraph: Any, target: str) -> Any:
    """Add a hyperlink without words; runs are put into it."""
    link = OxmlElement("w:hyperlink")
    if target.startswith("#"):
        link.set(qn("w:anchor"), bookmark_name(target[1:]))
    else:
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
        link.set(qn("r:id"), paragraph.part.relate_to(target, kind, is_external=True))
    paragraph._p.append(link)
    return link


def bookmark_name(id: str) -> str:
    """Make a bookmark of a fixed name: letters, digits and underscores, 40 at most."""
    kept = "".join(one if one.isalnum() else "_" for one in id)
    return f"s_{kept}"[:40]


def shade(properties: Any, colour: str) -> None:
    """Colour what is behind a paragraph or a cell."""
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shading.set(qn(f"w:{name}"), value)
    _put(properties, shading)


def set_apart(paragraph: Any, colour: str) -> None:
    """Draw a line left of a paragraph; those of neighbours become one."""
    borders, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for name, value in (("val", "single"), ("sz", "36"), ("space", "10"), ("color", colour)):
        left.set(qn(f"w:{name}"), value)
    borders.append(left)
    _put(paragraph._p.get_or_add_pPr(), borders)


# In the order that the format wants them in: what follows shading or borders.
_AFTER = {
    "w:pBdr": (
        *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:contextualSpacing"),
        *("w:jc", "w:outlineLvl", "w:rPr", "w:sectPr"),
    ),
    "w:shd": (
        *("w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:contextualSpacing"),
        *("w:jc", "w:outlineLvl", "w:rPr", "w:sectPr", "w:noWrap", "w:tcMar", "w:vAlign"),
    ),
}


def _put(properties: Any, part: Any) -> None:
    kind = "w:shd" if part.tag == qn("w:shd") else "w:pBdr"
    later = {qn(name) for name in _AFTER[kind]}
    at = next((i for i, child in enumerate(properties) if child.tag in later), len(properties))
    properties.insert(at, part)


def rule_table(table: Any, caption: str) -> None:
    """Give a table thin rules, a head that each page repeats, and a description."""
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", RULE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        part = OxmlElement(f"w:{side}")
        part.set(qn("w:w"), "70")
        part.set(qn("w:type"), "dxa")
        margins.append(part)
    look = properties.find(qn("w:tblLook"))
    if look is not None:
        properties.remove(look)
    look = OxmlElement("w:tblLook")
    for name, value in (
        *(("firstRow", "1"), ("lastRow", "0"), ("firstColumn", "1"), ("lastColumn", "0")),
        *(("noHBand", "1"), ("noVBand", "1")),
    ):
        look.set(qn(f"w:{name}"), value)
    words = OxmlElement("w:tblCaption")
    words.set(qn("w:val"), caption[:250])
    properties.extend((borders, margins, look, words))
    _order(properties)
    for number, row in enumerate(table.rows):
        of_row = row._tr.get_or_add_trPr()
        of_row.append(OxmlElement("w:cantSplit"))
        if number == 0:
            of_row.append(OxmlElement("w:tblHeader"))


def _order(properties: Any) -> None:
    """Sort the properties of a table as the format wants them."""
    names = (
        *("tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize"),
        *("tblStyleColBandSize", "tblW", "jc", "tblCellSpacing", "tblInd", "tblBorders", "shd"),
        *("tblLayout", "tblCellMar", "tblLook", "tblCaption", "tblDescription"),
    )
    place = {qn(f"w:{name}"): number for number, name in enumerate(names)}
    properties[:] = sorted(properties, key=lambda part: place.get(part.tag, len(place)))


def number_pages(document: Any, title: str) -> None:
    """Put the title at the head of every page but the first, and page numbers at the foot."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.header.paragraphs[0].text = title
    for footer in (section.footer, section.first_page_footer):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.add_run("Page ")
        add_field(paragraph, "PAGE", "1")
        paragraph.add_run(" of ")
        add_field(paragraph, "NUMPAGES", "1")
