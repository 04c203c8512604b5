"""The verb `report`: pages of finished results, in the formats asked for, and clear refusals."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from pptx import Presentation

from sim.cli import app
from sim.study import simulate
from tests.shared.experiments import SMALL, written
from tests.shared.folders import ROOT

TWO = SMALL[: SMALL.index("[scenarios.drawn]")]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the results of an experiment called small; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("kept")
    simulate(written(folder, TWO), seeds=2, workers=1, out=folder / "results")
    (found,) = (folder / "results" / "small").iterdir()
    return found


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in this process: exit code, output, errors."""
    monkeypatch.chdir(ROOT)

    def main(*words: object, verb: str = "report") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["run.py", verb, *map(str, words)])
        capsys.readouterr()
        code: object = 0
        try:
            app.main()
        except SystemExit as end:
            code = end.code or 0
        assert isinstance(code, int)
        return code, *capsys.readouterr()

    return main


@pytest.mark.slow
def test_the_report_in_every_format(kept: Path, call: Call, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in kept.rglob("*")}
    code, said, error = call(kept, "--format", "html,docx,pptx,md", "--out", tmp_path / "new")
    assert (code, error) == (0, "")
    names = ["report.html", "report.docx", "report.pptx", "report.md"]
    assert said.splitlines() == [f"Wrote {tmp_path / 'new' / name}" for name in names]
    document = Document(str(tmp_path / "new" / "report.docx"))
    assert document.paragraphs[0].text == "A small experiment"
    headings = [
        one.text for one in document.paragraphs if one.style and one.style.name == "Heading 1"
    ]
    assert headings[0] == "The answer"
    assert all(shape._inline.docPr.get("descr") for shape in document.inline_shapes)
    assert len(document.inline_shapes) >= 5
    show = Presentation(str(tmp_path / "new" / "report.pptx"))
    titles = [slide.shapes.title.text for slide in show.slides]
    assert titles[0] == "A small experiment"
    assert titles[-1].startswith("What the model cannot say")
    text = (tmp_path / "new" / "report.md").read_text(encoding="utf-8")
    assert text == (kept / "report.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("!["):
            assert (tmp_path / "new" / line.rsplit("](", 1)[1].rstrip(")")).is_file()
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*")} == before


def test_the_folder_of_an_experiment_will_do(kept: Path, call: Call, tmp_path: Path) -> None:
    code, said, _ = call(kept.parent, "--out", tmp_path, "--format=DOCX")
    assert code == 0
    assert said == f"Wrote {tmp_path / 'report.docx'}\n"


def test_the_brief_is_short(kept: Path, call: Call, tmp_path: Path) -> None:
    assert call(kept, "--brief", "--format", "docx,pptx,html,md", "--out", tmp_path)[0] == 0
    document = Document(str(tmp_path / "brief.docx"))
    assert len(document.paragraphs) < 20
    assert document.styles["Normal"].font.size.pt == 9
    assert len(Presentation(str(tmp_path / "brief.pptx")).slides) == 3


def test_a_page_of_a_council(kept: Path, call: Call, tmp_path: Path) -> None:
    code, said, _ = call(kept, "--council", "Fife", "--format", "docx,pptx", "--out", tmp_path)
    assert code == 0
    assert "council_S12000047.docx" in said
    document = Document(str(tmp_path / "council_S12000047.docx"))
    assert document.paragraphs[0].text == "Fife"
    code, _, error = call(kept, "--council", "Leeds", "--out", tmp_path / "other")
    assert code == 2
    assert "takes no part in this result" in error
    code, _, error = call(kept, "--council", "Fyfe", "--out", tmp_path / "other")
    assert code == 2
    assert "meant:    Fife" in error
    assert not (tmp_path / "other").exists()


def test_two_results_compared(kept: Path, call: Call, tmp_path: Path) -> None:
    asked = ("--format", "docx,html", "--out", tmp_path)
    code, said, _ = call(kept, kept, *asked, verb="compare")
    assert code == 0
    assert said.startswith("# Two results: A small experiment and A small experiment\n")
    assert "| not known |" in said  # two futures that share a draw of behaviour are one
    assert said.splitlines()[-2].endswith("compared_with_small.docx")
    words = [one.text for one in Document(str(tmp_path / "compared_with_small.docx")).paragraphs]
    assert words[0].startswith("Two results: ")


def test_what_cannot_be_compared_is_told(kept: Path, call: Call, tmp_path: Path) -> None:
    for words, told in (
        ([kept, "no_such_experiment"], "there are no results of this name"),
        ([kept, kept, "--format", "dcox"], "meant:    docx"),
    ):
        code, said, error = call(*words, "--out", tmp_path / "new", verb="compare")
        assert (code, said) == (2, "")
        assert told in error
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("formats", "meant"),
    [
        ("word", "docx"),
        ("Powerpoint", "pptx"),
        ("markdown", "md"),
        ("pdf", "html"),
        ("dcox", "docx"),
        ("xlsx", "summary.xlsx"),
    ],
)
def test_a_mistyped_format_is_told_the_one_meant(
    formats: str, meant: str, kept: Path, call: Call, tmp_path: Path
) -> None:
    code, said, error = call(kept, "--format", f"md,{formats}", "--out", tmp_path / "new")
    assert (code, said) == (2, "")
    assert "there is no such format" in error
    assert f"meant:    {meant}" in error
    assert not (tmp_path / "new").exists()


def test_mistakes_are_told_before_anything_is_written(
    kept: Path, call: Call, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for words, told in (
        ([kept, "--format", ","], "no format is named"),
        ([kept, "--brief", "--council", "Fife"], "ask for one at a time"),
        ([kept, "--formta", "docx"], "meant:    --format"),
        ([empty], "there are no finished results here"),
        ([kept / "manifest.json"], "this is a file"),
        (["no_such_experiment"], "there are no results of this name"),
    ):
        code, _, error = call(*words, *(["--out", tmp_path / "new"]))
        assert code == 2, words
        assert told in error, error
        assert "Traceback" not in error
    assert not (tmp_path / "new").exists()


def test_a_missing_package_is_told_and_other_formats_still_go(
    kept: Path, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.present.office.find_spec", lambda name: None)
    code, _, error = call(kept, "--format", "md,docx", "--out", tmp_path / "new")
    assert code == 2
    assert "pip install" in error
    assert not (tmp_path / "new").exists()
    assert call(kept, "--format", "md", "--out", tmp_path / "new")[0] == 0


@pytest.mark.slow
def test_what_is_out_of_date_is_made_anew_and_damage_is_told(
    kept: Path, call: Call, tmp_path: Path
) -> None:
    copy = tmp_path / "results" / "small" / kept.name
    shutil.copytree(kept, copy)
    (copy / "figures" / "figures.json").unlink()
    code, said, _ = call(copy, "--format", "md")
    assert code == 0
    assert said.splitlines()[0].endswith("made anew.")
    assert (copy / "figures" / "figures.json").is_file()
    (copy / "runs.parquet").write_bytes(b"no table")
    code, _, error = call(copy, "--format", "md")
    assert code == 2
    assert "these results are not whole" in error
