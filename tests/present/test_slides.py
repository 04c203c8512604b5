"""Slides: one message each, nothing outside its place, and notes for whoever speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pptx.util import Pt

from sim.present.blocks import Block, Bullets, Heading, Note, Paragraph, Table, printable
from sim.present.deck import deck
from sim.present.office import Material
from sim.present.slides import ACROSS, BODY_HIGH, TITLE_HIGH, height_of, write_slides
from tests.shared.office import HOSTILE, RUN, as_pdf, pages, pages_of


def made(folder: Path, title: str = "Would it work?", rows: int = 3) -> Any:
    write_slides(folder / "report.pptx", pages(folder, title, rows))
    return Presentation(str(folder / "report.pptx"))


def assert_nothing_leaves_its_place(show: Any) -> None:
    """Check by the measure of a wide typeface that no words are cut or run over others."""
    for slide in show.slides:
        title = slide.shapes.title
        size = title.text_frame.paragraphs[0].runs[0].font.size.pt
        assert size >= 18
        assert height_of([title.text], size) - 8 <= TITLE_HIGH + size
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= show.slide_width
            assert shape.top + shape.height <= show.slide_height
            if shape.is_placeholder and shape.placeholder_format.idx == 1:
                words = [one.text for one in shape.text_frame.paragraphs]
                sizes = {
                    run.font.size.pt for one in shape.text_frame.paragraphs for run in one.runs
                }
                assert len(sizes) == 1
                assert height_of(words, sizes.pop()) <= BODY_HIGH


def test_the_first_slide_answers_and_the_last_says_what_not_to_do(tmp_path: Path) -> None:
    show = made(tmp_path)
    assert (show.slide_width, show.slide_height) == (Pt(960), Pt(540))
    titles = [slide.shapes.title.text for slide in show.slides]
    assert titles == [
        "Would it work?",
        "Would it work? (2)",  # the picture, which has the same title here
        "Would it work? (3)",  # and the table
        "Read with this in mind",
        "What it cannot say",
    ]
    first = [one.text for one in show.slides[0].placeholders[1].text_frame.paragraphs]
    assert first == [
        "The question. Would it work?",
        "It works: 97%.",
        "Would it work?Would it work?",
    ]
    assert_nothing_leaves_its_place(show)


def test_each_slide_has_notes_a_number_and_a_layout_with_a_title(tmp_path: Path) -> None:
    for slide in made(tmp_path).slides:
        notes = slide.notes_slide.notes_text_frame.text
        assert f"Source: Would it work? (run {RUN})" in notes
        assert "Read with this in mind:" in notes
        assert any(shape.placeholder_format.idx == 12 for shape in slide.placeholders)
        assert 'type="slidenum"' in slide.part.blob.decode()


def test_pictures_and_tables_are_described(tmp_path: Path) -> None:
    show = made(tmp_path)
    shapes = [shape for slide in show.slides for shape in slide.shapes]
    (picture,) = (shape for shape in shapes if shape.shape_type == 13)
    assert picture._element.nvPicPr.cNvPr.get("descr") == "A line: Would it work?"
    assert picture.crop_top == pytest.approx(0.1)
    assert picture.width / picture.height == pytest.approx(1600 / 810, rel=0.01)
    (frame,) = (shape for shape in shapes if shape.has_table)
    assert frame._element.nvGraphicFramePr.cNvPr.get("descr")
    assert frame.table.first_row
    assert [cell.text for cell in frame.table.rows[0].cells] == ["Scenario", "Joined", "About"]
    assert frame.table.cell(1, 1).text == "31%"


def test_properties_and_language(tmp_path: Path) -> None:
    show = made(tmp_path)
    about = show.core_properties
    assert (about.title, about.author) == ("Would it work?", "council-platform-sim")
    assert (about.keywords, about.language) == (f"run {RUN}", "en-GB")
    for slide in show.slides:
        assert 'lang="en-US"' not in slide.part.blob.decode()


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles_stay_words_and_in_their_place(title: str, tmp_path: Path) -> None:
    show = made(tmp_path, title, rows=2)
    words = " ".join(printable(title).split())
    for slide in show.slides:
        # What is too long for its place stands whole in the notes.
        whole = f"{slide.shapes.title.text} {slide.notes_slide.notes_text_frame.text}"
        assert words in " ".join(whole.split()) or "in mind" in whole or "cannot" in whole
    assert_nothing_leaves_its_place(show)


def test_what_is_too_much_for_a_slide_goes_to_the_next(tmp_path: Path) -> None:
    items = [f"Item {at} " + "of many words " * 12 for at in range(30)]
    rows = [[f"Row {at}", "a cell of some words " * 6] for at in range(14)]
    blocks: list[Block] = [Heading(1, "Much"), Bullets(items), Table(["Name", "Words"], rows)]
    write_slides(tmp_path / "x.pptx", Material(blocks, {}, tmp_path))
    show = Presentation(str(tmp_path / "x.pptx"))
    assert_nothing_leaves_its_place(show)
    said = [
        paragraph.text
        for slide in show.slides
        for shape in slide.placeholders
        if shape.placeholder_format.idx == 1
        for paragraph in shape.text_frame.paragraphs
    ]
    assert [one.strip() for one in said] == [one.strip() for one in items]
    shown = [shape for slide in show.slides for shape in slide.shapes if shape.has_table]
    names = [row.cells[0].text for shape in shown for row in list(shape.table.rows)[1:]]
    assert names == [row[0] for row in rows]
    for shape in shown:
        assert sum(row.height.pt for row in shape.table.rows) <= BODY_HIGH
        assert sum(column.width.pt for column in shape.table.columns) <= ACROSS + 1
    titles = [slide.shapes.title.text for slide in show.slides]
    assert len(set(titles)) == len(titles)


def test_a_page_of_a_few_blocks_is_three_slides() -> None:
    blocks: list[Block] = [
        Heading(1, "A brief"),
        Paragraph("Question?"),
        Bullets(["Answer."]),
        Table(["Scenario"], [["one"]]),
        Note("Keep in mind", [Bullets(["Care."])]),
        Paragraph("Source."),
    ]
    slides = deck(Material(blocks, {}, Path()))
    assert [slide.table is not None for slide in slides] == [False, True, False]
    assert [said.text for said in slides[2].words] == ["Care."]
    assert "• Care." in slides[0].notes


def test_what_the_answer_speaks_of_is_for_the_notes() -> None:
    """A list before the answer does not take its place."""
    blocks: list[Block] = [
        Heading(1, "A question"),
        Paragraph("Would it work?"),
        Paragraph("The answer speaks of:"),
        Bullets([["A scenario"]]),
        Heading(2, "The answer", id="answer"),
        Bullets([["It works."]]),
        Heading(2, "Others"),
        Paragraph("More."),
    ]
    (slide,) = deck(Material(blocks, {}, Path()))
    assert slide.title == "A question"
    assert [str(said.text) for said in slide.words] == ["Would it work?", str(["It works."])]
    assert slide.notes[:2] == ["The answer speaks of:", "• A scenario"]


def test_a_video_beside_the_pictures_has_a_slide(tmp_path: Path) -> None:
    material = pages(tmp_path)
    (tmp_path / "replay.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42")
    write_slides(tmp_path / "report.pptx", material)
    show = Presentation(str(tmp_path / "report.pptx"))
    films = [
        shape
        for shape in show.slides[1].shapes
        if shape._element.xpath(".//a:videoFile") and shape.shape_type is not None
    ]
    assert len(films) == 1
    assert films[0]._element.nvPicPr.cNvPr.get("descr") == "Video: Would it work?"
    assert show.slides[1].has_notes_slide
    assert show.slides[1].shapes.title.text == "One future, month by month"


@pytest.mark.slow
def test_libreoffice_opens_and_prints_it(tmp_path: Path) -> None:
    for number, title in enumerate(("Would it work?", HOSTILE[2])):
        folder = tmp_path / str(number)
        show = made(folder, title)
        assert pages_of(as_pdf(folder / "report.pptx", tmp_path)) == len(show.slides)
