"""The how-to of searches: its examples are executed, and every column is described."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sim import load_experiment
from sim.cli.searches import publish_search, run_searches, search_lines
from sim.files.problems import BadInput
from sim.present.search_page import PAGE
from sim.settings import Search
from tests.shared.folders import DOCS, ROOT
from tests.shared.pages import first_cells, text_of

TEXT = (DOCS / "search.md").read_text(encoding="utf-8")
STUDIES = ("visits_by_size", "saving_gaap", "three_quarters")


def test_the_example_in_python_works_and_its_columns_are_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "experiments" / "sweeps", tmp_path / "experiments" / "sweeps")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    exec(compile(block, "search.md", "exec"), names)
    assert "cost" in capsys.readouterr().out
    found = names["found"]
    described = first_cells(text_of("data-dictionary.md"), "Search: design.parquet")
    assert set(described) == set(found.policies.columns) - set(found.space.search.levers)
    findings = names["search_findings"](found)
    section = text_of("data-dictionary.md").split("\n## Search: findings\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == set(findings)


def test_the_example_of_a_file_is_a_search() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    Search.model_validate(tomllib.loads(block)["search"]["scotland"])


@pytest.mark.parametrize("study", STUDIES)
def test_each_study_says_its_size_and_has_its_place(study: str) -> None:
    path = ROOT / "experiments" / "sweeps" / f"{study}.toml"
    (told,) = re.findall(f"<!-- {study}:start -->\n(.*)<!-- {study}:end -->", TEXT, re.DOTALL)
    for search in load_experiment(path).search.values():
        assert f"**{search.title}**" in told
    experiment = load_experiment(path)
    lines = search_lines(experiment, workers=2)
    assert len(lines) == 2 * len(experiment.search)
    assert all("fresh ones: at most" in line for line in lines[1::2])
    assert f"python run.py search sweeps/{study}`" in TEXT


@pytest.mark.slow
def test_a_search_tells_its_answer_in_five_sentences_and_on_a_page(tmp_path: Path) -> None:
    from sim import search

    found = search(
        ROOT / "experiments" / "sweeps" / "three_quarters.toml",
        "scotland",
        workers=1,
        out=tmp_path,
        changes=[
            "search.scotland.policies=4",
            "search.scotland.generations=2",
            "search.scotland.futures=10",
            "search.scotland.fresh_futures=20",
            'search.scotland.title="<b>$x_1$ & co</b>"',
        ],
    )
    said = [line for line in publish_search(found)[1].splitlines() if line]
    assert said[0] == "<b>$x_1$ & co</b>"
    assert said[1].startswith("No push in these ranges meets the goals: the nearest costs £")
    assert "addressed spend routed through the offer" in said[4]
    assert len(said) == 7
    page = (found.directory / PAGE).read_text(encoding="utf-8")
    assert "&lt;b&gt;$x_1$ &amp; co&lt;/b&gt;" in page
    assert "<b>$x_1$" not in page
    assert (found.directory / "figures" / "frontier.svg").is_file()
    assert (found.directory / "findings" / "answer.csv").is_file()


@pytest.mark.slow
def test_what_a_file_s_searches_found_goes_into_a_document(tmp_path: Path) -> None:
    """Each in its sentences, with what is not of the page's making as it was; all else stays."""
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- saving_gaap:start -->\n<!-- saving_gaap:end -->\nAfter.\n")
    small = [
        f"search.{name}.{key}={value}"
        for name in ("push", "terms")
        for key, value in (("policies", 4), ("generations", 1), ("futures", 10))
    ]
    small += [f"search.{name}.fresh_futures=10" for name in ("push", "terms")]
    told: list[str] = []
    file = ROOT / "experiments" / "sweeps" / "saving_gaap.toml"
    run_searches(
        file, None, 1, tmp_path, False, [*small, 'search.push.title="Which *push*?"'], page,
        told.append,
    )  # fmt: skip
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "### Which push, or which terms" in text
    assert "**Which \\*push\\*?**" in text
    assert text.count("\n- ") >= 10
    with pytest.raises(BadInput, match="no place"):
        run_searches(file, None, 1, tmp_path, False, small, tmp_path / "none.md", told.append)
    with pytest.raises(BadInput, match="all searches of a file"):
        run_searches(file, "push", 1, tmp_path, False, small, page, told.append)
    assert page.read_text(encoding="utf-8") == text
