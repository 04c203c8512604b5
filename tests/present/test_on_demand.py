"""Pages that were asked for do not lie beside newer results as if they were of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.present import publish as publishing
from sim.present.on_demand import EARLIER, made_on_demand, set_aside
from sim.study import simulate
from tests.shared.experiments import ONE_SCENARIO, written

ASKED_FOR = (
    "brief.docx",
    "brief.html",
    "brief.md",
    "council_S12000047.pptx",
    "compared_with_other.docx",
    "report.docx",
    "report.pptx",
)
OTHERS = ("report.html", "report.md", "summary.xlsx", "replay.mp4", "my notes.docx", "runs.parquet")


def test_what_was_asked_for_is_moved_and_nothing_else(tmp_path: Path) -> None:
    for name in (*ASKED_FOR, *OTHERS):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / EARLIER).mkdir()
    (tmp_path / EARLIER / "brief.md").write_text("older still", encoding="utf-8")
    assert [path.name for path in made_on_demand(tmp_path)] == sorted(ASKED_FOR)
    said: list[str] = []
    set_aside(tmp_path, said.append)
    assert {path.name for path in tmp_path.iterdir()} == {*OTHERS, EARLIER}
    for name in ASKED_FOR:
        assert (tmp_path / EARLIER / name).read_text(encoding="utf-8") == name
    assert len(said) == len(ASKED_FOR)
    assert f"brief.md is of earlier results: moved to {EARLIER}/." in said
    set_aside(tmp_path, said.append)
    assert len(said) == len(ASKED_FOR)


def test_newer_results_set_pages_of_earlier_ones_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_write", lambda *given: None)
    path = written(tmp_path, ONE_SCENARIO)

    def published(seeds: int) -> Path:
        results = simulate(path, seeds=seeds, workers=1, out=tmp_path / "out", present=False)
        assert publishing.publish(results, say=lambda line: None)
        assert results.directory is not None
        return results.directory

    folder = published(1)
    (folder / "brief.md").write_text("one future", encoding="utf-8")
    assert published(2) == folder
    assert not (folder / "brief.md").exists()
    assert (folder / EARLIER / "brief.md").read_text(encoding="utf-8") == "one future"
