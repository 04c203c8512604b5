"""The list of results leads to each, and neither damage nor hostile words break it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.present.index import FILE, write_index
from tests.shared.browser import Window, faults

HOSTILE = '<b>Bold</b> & "quoted" </script><script>alert(1)</script> שלום'


def kept(out: Path, name: str, ended: str, **more: Any) -> Path:
    """A folder of results, as far as the list looks at it."""
    folder = out / name
    folder.mkdir(parents=True)
    manifest = {
        "title": name,
        "hash": "x",
        "version": "0.1.0",
        "runs": 20,
        "failed_runs": 0,
        "seeds": {"count": 10, "first": 1, "last": 10},
        "sessions": [{"ended": ended}],
        **more,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def report_in(folder: Path, name: str = "report.html") -> None:
    (folder / name).write_text("<!doctype html><title>R</title><h1>Report</h1>", encoding="utf-8")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    report_in(kept(tmp_path, "old/aaa", "2026-01-01T10:00:00+00:00", answer="It works."))
    report_in(kept(tmp_path, "new#1/b b%20", "2026-03-01T10:00:00+00:00", title=HOSTILE))
    report_in(kept(tmp_path, "md/c", "2026-02-01T10:00:00+00:00", answer=["no text"]), "report.md")
    broken = tmp_path / "broken" / "d"
    broken.mkdir(parents=True)
    (broken / "manifest.json").write_text("{", encoding="utf-8")
    (broken / "joined.parquet").touch()
    (tmp_path / "nothing" / "e").mkdir(parents=True)
    said: list[object] = []
    write_index(tmp_path, said.append)
    assert said == []
    return tmp_path


def test_results_are_listed_newest_first_with_their_answers(window: Window, out: Path) -> None:
    page = window.open(out / FILE)
    rows = page.locator("tbody tr")
    heads = rows.locator("th").all_inner_texts()
    assert heads == [f"{HOSTILE} (new#1/b b%20)", "md/c (md/c)", "old/aaa (old/aaa)"]
    assert rows.nth(2).locator("td").all_inner_texts() == [
        "2026-01-01 10:00",
        "10",
        "It works.",
        "–",
    ]
    assert "broken/d: manifest.json is damaged." in page.get_by_role("note").inner_text()
    assert "nothing/e" not in page.locator("main").inner_text()
    assert faults(page) == []


def test_links_lead_to_reports_wherever_the_folder_is_moved(window: Window, out: Path) -> None:
    moved = out.rename(out.with_name("moved to elsewhere"))
    page = window.open(moved / FILE)
    page.get_by_role("link", name="Bold").click()
    assert page.locator("h1").inner_text() == "Report"
    assert page.url.endswith("/new%231/b%20b%2520/report.html")


def test_a_page_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / FILE
    page.write_text("<h1>Ours</h1>", encoding="utf-8")
    said: list[object] = []
    write_index(tmp_path, said.append)
    assert page.read_text(encoding="utf-8") == "<h1>Ours</h1>"
    assert said == [f"{page} is not ours, so the list of results was not written there."]


def test_where_the_list_cannot_be_written_the_results_are_there(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    said: list[str] = []
    write_index(tmp_path, lambda line: said.append(str(line)))
    assert len(said) == 1
    assert said[0].startswith("The list of results could not be written.")
    assert not [path for path in tmp_path.iterdir() if path.name != FILE]


def test_an_empty_folder_has_an_empty_list(tmp_path: Path) -> None:
    write_index(tmp_path, lambda line: None)
    assert "There are no results yet." in (tmp_path / FILE).read_text(encoding="utf-8")
