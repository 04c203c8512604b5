"""Word files: what a reader, a screen reader and a printer rely on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Cm

from sim.files.problems import BadInput
from sim.present.blocks import Heading, printable
from sim.present.office import Cells, Material
from sim.present.word import write_word
from tests.shared.office import HOSTILE, RUN, as_pdf, pages, pages_of


def made(folder: Path, title: str = "Would it work?", rows: int = 3) -> Any:
    write_word(folder / "report.docx", pages(folder, title, rows))
    return Document(str(folder / "report.docx"))


def styled(document: Any, style: str) -> list[str]:
    return [one.text for one in document.paragraphs if one.style.name == style]


def test_headings_are_headings_in_their_order(tmp_path: Path) -> None:
    document = made(tmp_path)
    assert styled(document, "Title") == ["Would it work?"]
    levels = [
        int(one.style.name[-1])
        for one in document.paragraphs
        if one.style.name.startswith("Heading")
    ]
    assert levels == [1, 1, 2, 1, 1, 1]
    # The list of contents names each of the first level, and leads to it.
    listed = [one.hyperlinks[0] for one in document.paragraphs if one.style.name == "toc 1"]
    assert [one.text for one in listed] == styled(document, "Heading 1")
    marks = {mark.get(qn("w:name")) for mark in document.element.iter(qn("w:bookmarkStart"))}
    assert {one.fragment for one in listed} <= marks
    assert {link.get(qn("w:anchor")) for link in document.element.iter(qn("w:hyperlink"))} <= {
        *marks,
        None,
    }


def test_tables_have_heads_that_pages_repeat_and_fit(tmp_path: Path) -> None:
    document = made(tmp_path)
    assert len(document.tables) == 2
    for table in document.tables:
        head, *rows = table.rows
        assert head._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:tblHeader")) is None for row in rows)
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        assert sum(column.width for column in table.columns) <= Cm(25.71)
    captions = styled(document, "Caption")
    assert [text.split(":")[0] for text in captions] == ["Figure 1", "Table 1", "Table 2"]
    assert captions[2] == "Table 2: Side by side"
    # Numbers stand right.
    assert document.tables[0].cell(1, 1).paragraphs[0].alignment == 2
    assert document.tables[0].cell(1, 1).text == "31%"


def test_a_table_that_is_too_wide_turns_the_page_and_turns_it_back(tmp_path: Path) -> None:
    document = made(tmp_path, "A title of some words that needs its room")
    assert [s.page_width > s.page_height for s in document.sections] == [False, True, False]
    for section in document.sections:
        assert sorted((round(section.page_width.cm, 1), round(section.page_height.cm, 1))) == [
            21.0,
            29.7,
        ]


def test_pictures_are_described_and_within_the_margins(tmp_path: Path) -> None:
    document = made(tmp_path)
    (shape,) = document.inline_shapes
    about = shape._inline.docPr
    assert about.get("descr") == "A line: Would it work?"
    assert shape.width <= Cm(17)
    # The title that the caption gives is cut off, and the rest keeps its proportions.
    crop = next(shape._inline.iter(qn("a:srcRect")))
    assert crop.get("t") == "10000"
    assert shape.width / shape.height == pytest.approx(1600 / (900 * 0.9), rel=0.01)


def test_properties_language_and_page_numbers(tmp_path: Path) -> None:
    document = made(tmp_path)
    about = document.core_properties
    assert (about.title, about.author) == ("Would it work?", "council-platform-sim")
    assert (about.keywords, about.language, about.comments) == (f"run {RUN}", "en-GB", "")
    languages = {one.get(qn("w:val")) for one in document.styles.element.iter(qn("w:lang"))}
    assert languages == {"en-GB"}
    for footer in (document.sections[0].footer, document.sections[0].first_page_footer):
        codes = [one.text for one in footer._element.iter(qn("w:instrText"))]
        assert codes == ["PAGE", "NUMPAGES"]
    faces = {one.get(qn("w:ascii")) for one in document.styles.element.iter(qn("w:rFonts"))}
    assert {"Arial"} <= faces
    assert document.styles["Heading 1"].font.name == "Arial"


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles_stay_words(title: str, tmp_path: Path) -> None:
    document = made(tmp_path, title)
    words = " ".join(printable(title).split())
    assert " ".join("".join(styled(document, "Title")).split()) == words
    assert " ".join(document.tables[0].cell(1, 2).text.split()) == words
    # Nothing of it became a field or a link.
    codes = {one.text.split()[0] for one in document.element.iter(qn("w:instrText"))}
    assert codes == {"TOC", "SEQ"}
    links = {link.address for one in document.paragraphs for link in one.hyperlinks}
    assert links == {"", "https://www.gov.uk/"}


def test_a_page_without_pictures_tables_or_words_opens(tmp_path: Path) -> None:
    write_word(tmp_path / "x.docx", Material([Heading(1, "Only a title")], {}, tmp_path))
    assert [one.text for one in Document(str(tmp_path / "x.docx")).paragraphs] == ["Only a title"]


def test_a_lost_picture_is_named_and_nothing_written(tmp_path: Path) -> None:
    material = pages(tmp_path)
    (tmp_path / "figures" / "adoption.png").unlink()
    with pytest.raises(BadInput, match="this picture is lost"):
        write_word(tmp_path / "report.docx", material)
    assert not (tmp_path / "report.docx").exists()


def test_columns_have_room_for_their_longest_word() -> None:
    rows = [["Scenario", "Joined"], ["common infrastructure", "97% (88–100%)"]]
    cells = Cells(rows, 8.0)
    widths = cells.widths(10.0, 400.0)
    assert widths is not None
    assert sum(widths) == pytest.approx(400.0)
    assert cells.widths(10.0, 40.0) is None
    # Less room, no less height.
    heights = [
        sum(cells.heights(found, 10.0))
        for width in (150.0, 250.0, 400.0)
        if (found := cells.widths(10.0, width)) is not None
    ]
    assert len(heights) >= 2
    assert heights == sorted(heights, reverse=True)


@pytest.mark.slow
def test_libreoffice_opens_and_prints_it(tmp_path: Path) -> None:
    for number, title in enumerate(("Would it work?", HOSTILE[2])):
        folder = tmp_path / str(number)
        made(folder, title, rows=60)
        assert pages_of(as_pdf(folder / "report.docx", tmp_path)) >= 4


def test_a_missing_package_is_told_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.present.office.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r'pip install -e "\.\[office\]"'):
        write_word(tmp_path / "report.docx", pages(tmp_path))
    assert not (tmp_path / "report.docx").exists()
