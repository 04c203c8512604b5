"""Pages as Word files: built-in styles, captions, repeated heads of tables, pictures described.

Whatever the words hold, they stay words: the format escapes them, and what is no character of XML
has been left out by :func:`sim.present.blocks.written`.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.files.writing import write_bytes
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Emphasis,
    Heading,
    Link,
    Listing,
    Note,
    Paragraph,
    Picture,
    Strong,
    Table,
    Text,
    parts_of,
    plain,
    printable,
    written,
)
from sim.present.formats import NOTHING
from sim.present.office import (
    ACCENT,
    QUIET,
    Cells,
    Material,
    even_widths,
    need,
    sign,
)

if TYPE_CHECKING:
    from docx.document import Document

# Sizes of type in tables, the one that is liked best first.
SIZES = (9.5, 9.0, 8.5, 8.0)
# From how many headings on a list of contents helps.
MANY = 5
_POINTS_PER_CM = 72 / 2.54
_PADDING = 9.0
# What a page turned round costs in height, as it cannot be shared with what stands around it.
_TURNING = 400.0


def write_word(path: Path, material: Material) -> None:
    """Write a page as a Word file in one step.

    Parameters
    ----------
    path
        The file.
    material
        What it is made of.

    Raises
    ------
    BadInput
        If python-docx is not installed, a picture is lost or the file cannot be written.
    """
    need("docx", "Word files")
    writer = _Writer(material)
    for block in material.blocks:
        writer.add(block)
    buffer = BytesIO()
    writer.finished().save(buffer)
    write_bytes(path, buffer.getvalue())


class _Writer:
    """A document in the making."""

    def __init__(self, material: Material) -> None:
        from sim.present import word_style

        self.style = word_style
        self.material = material
        self.findings = material.findings
        self.document: Document = word_style.new_document(close=material.on_one_page)
        self.section = ""  # the last heading, after which tables without a caption are called
        self.counts = {"Figure": 0, "Table": 0}
        self.headings = [block for block in material.blocks if isinstance(block, Heading)]
        self.bookmarks = 0
        self.margin = word_style.CLOSE_MARGIN if material.on_one_page else word_style.MARGIN
        self.wide = False
        self.apart = ""  # colour of the line beside what is set apart

    def finished(self) -> Document:
        """Return the document with what stands on every page."""
        sign(self.document.core_properties, self.material)
        self.style.number_pages(self.document, self.material.title)
        return self.document

    def add(self, block: Block) -> None:
        """Add a block; one without words leaves no trace."""
        if not (isinstance(block, Table) and block.rows):
            self._turn(False)
        from docx.shared import Pt

        match block:
            case Heading():
                self._heading(block)
            case Paragraph():
                self._paragraph(block.text)
            case Bullets():
                for item in block.items:
                    self._paragraph(item, self.style.BULLET)
            case Table():
                self._table(block)
            case Picture():
                self._picture(block)
            case Note():
                self.apart = ACCENT if block.kind == "caveat" else QUIET
                self._paragraph(Strong(block.title), keep=True)
                for inner in block.blocks:
                    self.add(inner)
                self.apart = ""
                self.document.paragraphs[-1].paragraph_format.space_after = Pt(8)
            case Listing():
                paragraph = self._paragraph("", "Listing", even_if_empty=True)
                for number, line in enumerate(block.text.splitlines()):
                    if number:
                        paragraph.add_run().add_break()
                    paragraph.add_run(printable(line))

    # ------------------------------------------------------------ blocks

    def _heading(self, block: Heading) -> None:
        words = plain(block.text, self.findings)
        if not words:
            return
        first = block is self.headings[0] and block.level == 1
        level = max(block.level - 1, 1)
        paragraph = self.document.add_paragraph(style="Title" if first else f"Heading {level}")
        self._runs(paragraph, block.text)
        paragraph.paragraph_format.keep_with_next = True
        # A title says no more of a table than the page does.
        self.section = "" if first else words
        if not first:
            self.bookmarks += 1
            name = f"_Toc{1000 + self.bookmarks}"
            self.style.add_bookmark(paragraph, name, self.bookmarks)
        if block.id:
            number = 10_000 + self.bookmarks
            self.style.add_bookmark(paragraph, self.style.bookmark_name(block.id), number)
        if first and len(self.headings) > MANY:
            self._contents()

    def _contents(self) -> None:
        """List the headings, each a link; programs that can make the list anew."""
        later = [block for block in self.headings[1:] if plain(block.text, self.findings)]
        levels = [max(block.level - 1, 1) for block in later]
        from docx.shared import Pt

        self.document.add_paragraph("Contents", style="TOC Heading")
        paragraphs: list[Any] = []
        for number, (block, level) in enumerate(zip(later, levels, strict=True), start=1):
            if level > 1:
                continue
            paragraph = self.document.add_paragraph(style="toc 1")
            if not paragraphs:
                self.style.add_mark(paragraph, "begin", ' TOC \\o "1-1" \\n \\h \\z \\u ')
            link = self.style.new_link(paragraph, "#")
            link.set(self._anchor(), f"_Toc{1000 + number}")
            run = paragraph.add_run(plain(block.text, self.findings), style="Hyperlink")
            link.append(run._r)
            paragraphs.append(paragraph)
        self.style.add_mark(paragraphs[-1], "end")
        paragraphs[-1].paragraph_format.space_after = Pt(10)

    @staticmethod
    def _anchor() -> str:
        from docx.oxml.ns import qn

        return str(qn("w:anchor"))

    def _paragraph(
        self,
        text: Text,
        style: str = "Normal",
        *,
        keep: bool = False,
        even_if_empty: bool = False,
    ) -> Any:
        if not even_if_empty and not plain(text, self.findings):
            return None
        paragraph = self.document.add_paragraph(style=style)
        self._runs(paragraph, text)
        if keep:
            paragraph.paragraph_format.keep_with_next = True
        if self.apart:
            self.style.set_apart(paragraph, self.apart)
            from docx.shared import Cm

            # The line stands left of a bullet as of a paragraph, and does not break between them.
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = 0
            is_item = style == self.style.BULLET
            paragraph.paragraph_format.left_indent = Cm(1.27 if is_item else 0.64)
            if is_item:
                paragraph.paragraph_format.first_line_indent = Cm(-0.63)
        return paragraph

    def _caption(self, kind: str, words: str, *, keep: bool) -> None:
        self.counts[kind] += 1
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = keep
        paragraph.add_run(f"{kind} ")
        self.style.add_field(paragraph, f" SEQ {kind} \\* ARABIC ", str(self.counts[kind]))
        if words:
            paragraph.add_run(f": {words}")

    def _picture(self, block: Picture) -> None:
        from docx.shared import Cm, Emu

        title = plain(block.title, self.findings)
        self._caption("Figure", title, keep=True)
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = bool(plain(block.caption, self.findings))
        shape = paragraph.add_run().add_picture(str(self.material.picture(block.path)))
        # The caption says the title already.
        head = self.material.head_of(block.path)
        if head:
            self._crop(shape, head)
        wide, high = shape.width, round(shape.height * (1.0 - head))
        scale = min(Cm(self.style.SHORT - 2 * self.margin) / wide, Cm(20.0) / high)
        shape.width, shape.height = Emu(round(wide * scale)), Emu(round(high * scale))
        about = shape._inline.docPr
        about.set("descr", plain(block.alt, self.findings) or title)
        about.set("title", title[:250])
        about.set("name", printable(block.name))
        self._paragraph(block.caption)

    @staticmethod
    def _crop(shape: Any, head: float) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        crop = OxmlElement("a:srcRect")
        crop.set("t", str(round(100_000 * head)))
        fill = next(shape._inline.iter(qn("pic:blipFill")))
        fill.insert(1, crop)

    def _table(self, block: Table) -> None:
        if not block.rows:
            return
        texts = [
            [plain(cell, self.findings) or NOTHING for cell in row]
            for row in (block.head, *block.rows)
        ]
        wide, size, widths = self._fitted(texts)
        self._turn(wide)
        caption = plain(block.caption, self.findings) or self.section
        self._caption("Table", caption, keep=True)
        table = self.document.add_table(len(texts), len(block.head))
        table.autofit = False
        aligned = block.align or "l" * len(block.head)
        cells = table._cells
        for number, row in enumerate((block.head, *block.rows)):
            for column, text in enumerate(row):
                cell = cells[number * len(block.head) + column]
                paragraph = cell.paragraphs[0]
                bold = number == 0 or (column == 0 and block.header_column)
                self._cell(paragraph, text, size, bold, aligned[column] == "r")
                if number == 0:
                    self.style.shade(cell._tc.get_or_add_tcPr(), "F3F2F1")
                paragraph.paragraph_format.keep_with_next = number == 0
        self._set_widths(table, widths)
        self.style.rule_table(table, caption or self.material.title)
        if not wide:
            after = self.document.add_paragraph(style="Table text")
            after.paragraph_format.space_after = 0

    def _cell(self, paragraph: Any, text: Text, size: float, bold: bool, right: bool) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph.style = "Table text"
        if plain(text, self.findings):
            self._runs(paragraph, text)
        else:
            paragraph.add_run(NOTHING)
        for run in paragraph.runs:
            run.font.size = Pt(size)
            run.bold = bold or run.bold
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def _fitted(self, texts: Sequence[Sequence[str]]) -> tuple[bool, float, list[float]]:
        """Find how a table is lowest: on the page as it is, or on one turned round."""
        cells = Cells(texts, _PADDING)
        found: list[tuple[float, bool, float, list[float]]] = []
        for wide, side in ((False, self.style.SHORT), (True, self.style.LONG)):
            width = (side - 2 * self.margin) * _POINTS_PER_CM
            for size in SIZES[2:] if self.material.on_one_page else SIZES:
                widths = cells.widths(size, width)
                if widths is not None:
                    height = sum(cells.heights(widths, size)) + (_TURNING if wide else 0.0)
                    # Larger letters are worth some height.
                    found.append((height / size, wide, size, widths))
        if not found:
            return True, SIZES[-1], even_widths(len(texts[0]), width)
        return min(found)[1:]

    def _set_widths(self, table: Any, widths: Sequence[float]) -> None:
        from docx.shared import Pt

        for column, width in zip(table.columns, widths, strict=True):
            column.width = Pt(width)
        cells, columns = table._cells, len(widths)
        for number, cell in enumerate(cells):
            cell.width = Pt(widths[number % columns])

    def _turn(self, wide: bool) -> None:
        """Begin a page turned round, for what is too wide, or go back."""
        if wide == self.wide:
            return
        from docx.enum.section import WD_ORIENT, WD_SECTION
        from docx.shared import Cm

        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        sides = (self.style.LONG, self.style.SHORT)
        width, height = sides if wide else sides[::-1]
        section.page_width, section.page_height = Cm(width), Cm(height)
        section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        # Only the very first page has no title at its head.
        section.different_first_page_header_footer = False
        self.wide = wide

    # ------------------------------------------------------------ words

    def _runs(
        self, paragraph: Any, text: Text, *, bold: bool = False, italic: bool = False
    ) -> list[Any]:
        """Add the parts of a text; returns the runs."""
        runs: list[Any] = []
        for part in parts_of(text):
            match part:
                case Strong():
                    runs += self._runs(paragraph, part.text, bold=True, italic=italic)
                case Emphasis():
                    runs += self._runs(paragraph, part.text, bold=bold, italic=True)
                case Link():
                    link = self.style.new_link(paragraph, part.target)
                    for run in self._runs(paragraph, part.text, bold=bold, italic=italic):
                        run.style = "Hyperlink"
                        link.append(run._r)
                case _:
                    words = written(part, self.findings)
                    style = "Code" if isinstance(part, Code) else None
                    run = paragraph.add_run(words, style=style)
                    run.bold, run.italic = bold or None, italic or None
                    runs.append(run)
        return runs
