"""Pages as slides: 16:9, one message each, in the outline and the notes as well as on the slide.

Which slides there are says :mod:`sim.present.deck`; here each is fitted: letters become smaller,
then what is left goes to a further slide, so that no words leave their place.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from sim.files.writing import write_bytes
from sim.present.blocks import (
    Code,
    Emphasis,
    Link,
    Picture,
    Strong,
    Table,
    Text,
    parts_of,
    plain,
    written,
)
from sim.present.deck import Said, Slide, deck
from sim.present.formats import NOTHING
from sim.present.office import (
    ACCENT,
    FONT,
    INK,
    LANGUAGE,
    PALE,
    QUIET,
    Cells,
    Material,
    even_widths,
    lines_of,
    need,
    sign,
)

REPLAY = "replay.mp4"

# In points, of which 72 make an inch: the slide, and where its parts stand.
WIDE, HIGH = 960.0, 540.0
LEFT, ACROSS = 36.0, WIDE - 72.0
TITLE_TOP, TITLE_HIGH = 20.0, 68.0
BODY_TOP, BODY_HIGH = 96.0, 402.0
FOOT_TOP, FOOT_HIGH = 506.0, 24.0

TITLE_SIZES = (28.0, 26.0, 24.0, 22.0, 20.0, 18.0)
WORD_SIZES = (22.0, 20.0, 18.0, 16.0, 15.0, 14.0)
TABLE_SIZES = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0)
LINE = 1.2
_BETWEEN = 8.0  # after a paragraph
_INDENT = 18.0
_CELL = 8.0  # above and below, or left and right, of the words of a cell
# Words of which some are bold, and titles, which are, take this much more than plain ones.
_SPARE, _BOLD = 1.06, 1.15


def write_slides(path: Path, material: Material) -> None:
    """Write a page as slides in one step.

    A video that lies beside the page's pictures as `replay.mp4` has a slide of its own.

    Parameters
    ----------
    path
        The file.
    material
        What it is made of.

    Raises
    ------
    BadInput
        If python-pptx is not installed, a picture is lost or the file cannot be written.
    """
    need("pptx", "slides")
    writer = _Writer(material)
    slides = [part for slide in deck(material) for part in _parts(slide, material)]
    _tell_apart(slides)
    for number, slide in enumerate(slides):
        writer.add(slide)
        if number == 0 and (material.home / REPLAY).is_file():
            writer.add_replay(slides)
    buffer = BytesIO()
    sign(writer.show.core_properties, material)
    writer.show.save(buffer)
    write_bytes(path, buffer.getvalue())


# ---------------------------------------------------------------- fitting


def fitted_title(words: str) -> tuple[str, float]:
    """Set a title as large as it fits; one that never would loses its end."""
    for size in TITLE_SIZES:
        lines = lines_of(words, size * _BOLD, ACROSS)
        if len(lines) * size * LINE <= TITLE_HIGH:
            return words, size
    size = TITLE_SIZES[-1]
    most = int(TITLE_HIGH / (size * LINE))
    lines = lines_of(words, size * _BOLD, ACROSS - size)[:most]
    return " ".join(lines) + " …", size


def height_of(texts: Sequence[str], size: float) -> float:
    """Height in points of paragraphs set beneath a title."""
    lines = [len(lines_of(text, size * _SPARE, ACROSS - _INDENT)) for text in texts]
    return sum(lines) * size * LINE + len(texts) * _BETWEEN


def _parts(slide: Slide, material: Material) -> Iterator[Slide]:
    """Give what does not fit on a slide to further ones of the same title."""
    if slide.table is not None:
        tables = _table_parts(slide.table, material)
        for number, piece in enumerate(tables, start=1):
            yield replace(slide, title=slide.title + _of(number, len(tables)), table=piece)
    elif slide.picture is not None:
        yield slide
    else:
        pieces: list[list[Said]] = []
        left = [said for said in slide.words if plain(said.text, material.findings)]
        while left:
            pieces.append(_fitting(left, material))
            left = left[len(pieces[-1]) :]
        for number, words in enumerate(pieces, start=1):
            yield replace(slide, title=slide.title + _of(number, len(pieces)), words=words)


def _of(number: int, count: int) -> str:
    return f" ({number} of {count})" if count > 1 else ""


def _fitting(said: Sequence[Said], material: Material) -> list[Said]:
    """As many paragraphs, and at least one, as fit in the smallest letters."""
    words = [plain(one.text, material.findings) for one in said]
    count = len(words)
    while count > 1 and height_of(words[:count], WORD_SIZES[-1]) > BODY_HIGH:
        count -= 1
    return list(said[:count])


def _tell_apart(slides: Sequence[Slide]) -> None:
    """Number slides of the same title, which screen readers could not tell apart."""
    seen: dict[str, int] = {}
    for slide in slides:
        seen[slide.title] = number = seen.get(slide.title, 0) + 1
        if number > 1:
            slide.title += f" ({number})"


def _table_parts(table: Table, material: Material) -> list[Table]:
    """Cut a table into as few pieces as fit, of about as many rows each."""
    rows = list(table.rows)
    for count in range(1, len(rows) + 1):
        edges = [round(len(rows) * number / count) for number in range(count + 1)]
        pieces = [replace(table, rows=rows[low:high]) for low, high in pairwise(edges)]
        if all(fitted_table(piece, material) is not None for piece in pieces):
            return pieces
    return pieces


def fitted_table(table: Table, material: Material) -> tuple[float, list[float], list[float]] | None:
    """Size of type, widths of columns and heights of rows, in points; None if it does not fit."""
    texts = [
        [plain(cell, material.findings) or NOTHING for cell in row]
        for row in (table.head, *table.rows)
    ]
    cells = Cells(texts, _CELL)
    for size in TABLE_SIZES:
        widths = cells.widths(size, ACROSS)
        if widths is None and size == TABLE_SIZES[-1]:
            widths = even_widths(len(table.head), ACROSS)
        if widths is not None:
            heights = [height + _CELL for height in cells.heights(widths, size)]
            if sum(heights) <= BODY_HIGH:
                return size, widths, heights
    return None


# ---------------------------------------------------------------- the file


class _Writer:
    """Slides in the making."""

    def __init__(self, material: Material) -> None:
        from pptx import Presentation
        from pptx.util import Pt

        self.material = material
        self.findings = material.findings
        self.show: Any = Presentation()
        self.show.slide_width, self.show.slide_height = Pt(WIDE), Pt(HIGH)
        _set_style(self.show)
        self.layouts: dict[str, Any] = {one.name: one for one in self.show.slide_layouts}

    def add(self, slide: Slide) -> None:
        """Add a slide."""
        if slide.picture is not None:
            page = self._page("Title Only", slide.title)
            self._picture(page, slide.picture)
        elif slide.table is not None:
            page = self._page("Title Only", slide.title)
            self._table(page, slide.table, slide.title)
        else:
            page = self._page("Title and Content", slide.title)
            self._words(page, slide.words)
        full = [slide.title] if fitted_title(slide.title)[0] != slide.title else []
        page.notes_slide.notes_text_frame.text = "\n".join([*full, *slide.notes])

    def add_replay(self, slides: Sequence[Slide]) -> None:
        """Add the video, behind a picture of what it shows."""
        from pptx.util import Pt

        page = self._page("Title Only", "One future, month by month")
        first = next((slide.picture for slide in slides if slide.picture is not None), None)
        poster = str(self.material.picture(first.path)) if first is not None else None
        film = self.material.home / REPLAY
        high = BODY_HIGH
        wide = high * 16 / 9
        shape = page.shapes.add_movie(
            str(film),
            *(Pt((WIDE - wide) / 2), Pt(BODY_TOP), Pt(wide), Pt(high)),
            poster_frame_image=poster,
            mime_type="video/mp4",
        )
        words = f"Video: {self.material.title}"
        shape._element.nvPicPr.cNvPr.set("descr", words)
        page.notes_slide.notes_text_frame.text = words

    # ------------------------------------------------------------ parts

    def _page(self, layout: str, title: str) -> Any:
        from pptx.util import Pt

        page = self.show.slides.add_slide(self.layouts[layout])
        words, size = fitted_title(title)
        frame = page.shapes.title.text_frame
        frame.text = words
        for run in frame.paragraphs[0].runs:
            run.font.size = Pt(size)
            _speak(run)
        # The number and the name below are placeholders, which a new slide does not get.
        for shape in self.layouts[layout].placeholders:
            if shape.placeholder_format.idx in (11, 12):
                page.shapes._spTree.append(copy.deepcopy(shape._element))
        for shape in page.placeholders:
            if shape.placeholder_format.idx == 11:
                shape.text_frame.text = _shortened(self.material.title)
        return page

    def _words(self, page: Any, words: Sequence[Said]) -> None:
        from pptx.util import Pt

        frame = page.placeholders[1].text_frame
        said = [plain(one.text, self.findings) for one in words]
        size = next((s for s in WORD_SIZES if height_of(said, s) <= BODY_HIGH), None)
        if size is None:  # one text that is longer than any slide
            size = next((s for s in (12.0, 10.0, 8.0) if height_of(said, s) <= BODY_HIGH), 6.0)
        for number, (text, is_item) in enumerate(words):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            self._runs(paragraph, text)
            paragraph.space_after, paragraph.space_before = Pt(_BETWEEN), Pt(0)
            for run in paragraph.runs:
                run.font.size = Pt(size)
            if not is_item:
                _without_bullet(paragraph)

    def _picture(self, page: Any, picture: Picture) -> None:
        from pptx.util import Pt

        shape = page.shapes.add_picture(str(self.material.picture(picture.path)), 0, 0)
        # The title of the slide says what the picture's own does.
        head = self.material.head_of(picture.path)
        ratio = shape.width / (shape.height * (1.0 - head))
        shape.crop_top = head
        wide = min(ACROSS, BODY_HIGH * ratio)
        high = wide / ratio
        shape.left, shape.top = Pt((WIDE - wide) / 2), Pt(BODY_TOP + (BODY_HIGH - high) / 2)
        shape.width, shape.height = Pt(wide), Pt(high)
        about = shape._element.nvPicPr.cNvPr
        about.set("descr", plain(picture.alt, self.findings) or plain(picture.title, self.findings))
        about.set("name", plain(picture.name, self.findings))

    def _table(self, page: Any, table: Table, title: str) -> None:
        from pptx.util import Pt

        fitted = fitted_table(table, self.material)
        size, widths, heights = fitted or (
            TABLE_SIZES[-1],
            even_widths(len(table.head), ACROSS),
            [BODY_HIGH / (len(table.rows) + 1)] * (len(table.rows) + 1),
        )
        shape = page.shapes.add_table(
            len(heights),
            len(widths),
            *(Pt(LEFT), Pt(BODY_TOP), Pt(ACROSS), Pt(sum(heights))),
        )
        shape._element.nvGraphicFramePr.cNvPr.set("descr", title)
        grid = shape.table
        grid.horz_banding, grid.first_col = False, table.header_column
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = Pt(width)
        for row, height in zip(grid.rows, heights, strict=True):
            row.height = Pt(height)
        aligned = table.align or "l" * len(table.head)
        for number, row in enumerate((table.head, *table.rows)):
            for column, text in enumerate(row):
                bold = number == 0 or (column == 0 and table.header_column)
                self._cell(
                    grid.cell(number, column), text, size, bold, number == 0, aligned[column]
                )

    def _cell(
        self, cell: Any, text: Text, size: float, bold: bool, is_head: bool, align: str
    ) -> None:
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        paragraph = cell.text_frame.paragraphs[0]
        self._runs(paragraph, text if plain(text, self.findings) else NOTHING)
        for run in paragraph.runs:
            run.font.size, run.font.bold = Pt(size), bold or run.font.bold
            run.font.color.rgb = _rgb("FFFFFF" if is_head else INK)
        paragraph.alignment = PP_ALIGN.RIGHT if align == "r" else PP_ALIGN.LEFT
        cell.margin_left = cell.margin_right = Pt(_CELL / 2)
        cell.margin_top = cell.margin_bottom = Pt(_CELL / 2)
        cell.fill.solid()
        cell.fill.fore_color.rgb = _rgb(ACCENT if is_head else PALE)

    def _runs(
        self, paragraph: Any, text: Text, *, bold: bool = False, italic: bool = False
    ) -> None:
        for part in parts_of(text):
            match part:
                case Strong():
                    self._runs(paragraph, part.text, bold=True, italic=italic)
                case Emphasis():
                    self._runs(paragraph, part.text, bold=bold, italic=True)
                case Link():
                    run = paragraph.add_run()
                    run.text = plain(part.text, self.findings)
                    if not part.target.startswith("#"):
                        run.hyperlink.address = part.target
                    _speak(run)
                case _:
                    run = paragraph.add_run()
                    run.text = written(part, self.findings)
                    run.font.bold, run.font.italic = bold or None, italic or None
                    if isinstance(part, Code):
                        run.font.name = "Courier New"
                    _speak(run)


def _rgb(code: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor(*bytes.fromhex(code))  # type: ignore[no-untyped-call]


def _speak(run: Any) -> None:
    run._r.get_or_add_rPr().set("lang", LANGUAGE)


def _without_bullet(paragraph: Any) -> None:
    from pptx.oxml.ns import qn

    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "0")
    properties.set("indent", "0")
    properties.append(properties.makeelement(qn("a:buNone"), {}))


def _shortened(words: str) -> str:
    lines = lines_of(words, 11.0, ACROSS - 120)
    return lines[0] if len(lines) == 1 else lines[0] + " …"


def _set_style(show: Any) -> None:
    """Put the parts of the blank template where those of wide slides stand, in one typeface."""
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    master = show.slide_master
    for layout in list(show.slide_layouts):
        if layout.name not in ("Title Only", "Title and Content"):
            show.slide_layouts.remove(layout)
    theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme._blob = theme.blob.replace(b'typeface="Calibri"', f'typeface="{FONT}"'.encode())
    places = {
        1: (LEFT, TITLE_TOP, ACROSS, TITLE_HIGH),  # title
        2: (LEFT, BODY_TOP, ACROSS, BODY_HIGH),  # body
        15: (LEFT, FOOT_TOP, ACROSS - 120, FOOT_HIGH),  # footer
        13: (WIDE - LEFT - 100, FOOT_TOP, 100, FOOT_HIGH),  # number
    }
    for holder in (master, *show.slide_layouts):
        for shape in list(holder.placeholders):
            kind = int(shape.placeholder_format.type)
            kind = 2 if kind == 7 else kind  # content is body
            if kind not in places:
                shape._element.getparent().remove(shape._element)
                continue
            shape.left, shape.top, shape.width, shape.height = (Pt(at) for at in places[kind])
            frame = shape.text_frame
            frame.margin_left = frame.margin_right = Pt(0)
            frame.word_wrap = True
    styles = master._element.find(qn("p:txStyles"))
    title = styles.find(qn("p:titleStyle")).find(qn("a:lvl1pPr"))
    title.set("algn", "l")
    look = title.find(qn("a:defRPr"))
    look.set("b", "1")
    _colour(look, ACCENT)
    level = styles.find(qn("p:bodyStyle")).find(qn("a:lvl1pPr"))
    level.set("marL", str(int(Pt(_INDENT))))
    level.set("indent", str(-int(Pt(_INDENT))))
    for shape in master.placeholders:
        if int(shape.placeholder_format.type) in (15, 13):
            for look in shape._element.iter(qn("a:defRPr")):
                look.set("sz", "1100")
                _colour(look, QUIET)
            for paragraph in shape._element.iter(qn("a:lvl1pPr")):
                paragraph.set("algn", "r" if int(shape.placeholder_format.type) == 13 else "l")
    for part in (
        show.part._element,
        master._element,
        *(one._element for one in show.slide_layouts),
    ):
        for element in part.iter():
            if "lang" in element.attrib:
                element.set("lang", LANGUAGE)


def _colour(look: Any, colour: str) -> None:
    from pptx.oxml.ns import qn

    for fill in look.findall(qn("a:solidFill")):
        look.remove(fill)
    fill = look.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": colour}))
    look.insert(0, fill)
