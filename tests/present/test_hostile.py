"""Whatever stands in a title, each kind of output shows it as words and runs none of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from sim.analysis.findings import find
from sim.cli.plan import plan_text
from sim.experiment.load import load_experiment
from sim.experiment.write import to_toml
from sim.files.problems import toml_value
from sim.files.spreadsheet import write_csv
from sim.files.writing import write_text
from sim.present.blocks import Bullets, Heading, plain
from sim.present.figures.page import Page
from sim.present.figures.style import drawing
from sim.present.figures.style import plain as drawn
from sim.present.html import html
from sim.present.markdown import markdown
from sim.present.office import Material
from sim.present.report.answer import answer
from sim.present.report.facts import Facts
from sim.present.report.report import report
from sim.present.slides import write_slides
from sim.present.word import write_word
from sim.present.workbook import write_workbook
from sim.settings import Experiment
from sim.study import simulate
from tests.shared.hostile import LONG, REFUSED, TARGETS, TITLES, Made, words
from tests.shared.listening import Recorder

HEAD = """\
title = "Hostile titles"
question = "Do words stay words?"
[horizon]
starts = "2018-05"
ends = "2018-07"
[seeds]
count = 2
[outcomes]
months_since_opening = [2]
headline_months = 2
[sensitivity]
seeds = 0
[ideas]
seeds = 0
[councils]
codes = ["Falkirk", "Angus"]
"""
ONE = """\
[scenarios.s{at}]
title = {title}
stands_for = {title}
evidence = [{title}]
[scenarios.s{at}.offers.main]
opens = "2018-05"
"""


def file_of(folder: Path) -> Path:
    scenarios = [
        ONE.format(at=at, title=toml_value(title)) for at, title in enumerate(TITLES.values())
    ]
    path = folder / "hostile.toml"
    path.write_text(HEAD + "".join(scenarios), encoding="utf-8")
    return path


pytestmark = pytest.mark.slow  # every kind of output, of every title


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Every title as that of a scenario, and everything written of it."""
    folder = tmp_path_factory.mktemp("hostile")
    path = file_of(folder)
    results = simulate(path, workers=1, out=None, engine="mesa", progress=Recorder())
    assert results.failed.empty
    findings = find(results)
    facts = Facts(results.experiment, findings)
    write_workbook(folder / "summary.xlsx", facts)
    write_csv(folder / "summary.csv", findings["summary"])
    blocks = report(facts, [], "python run.py simulate hostile.toml")
    write_text(folder / "report.md", markdown(blocks, findings))
    write_text(folder / "report.html", html(blocks, findings, folder))
    write_word(folder / "report.docx", Material(blocks, findings, folder))
    # Slides of a report name few scenarios; here they show all.
    named = Bullets([facts.title(name) for name in facts.scenarios])
    slides = Material([Heading(1, "Titles"), named], findings, folder)
    write_slides(folder / "report.pptx", slides)
    with drawing():
        for at, title in enumerate(TITLES.values()):
            about = {"version": "0", "run_id": "1", "experiment": title}
            Page(f"page{at:02d}", title, title, title, high=300).save(folder / "figures", about)
    lines = [plain(sentence, findings) for sentence in answer(facts)]
    # The answer names few scenarios; all are named in this way.
    lines += [plain(facts.title(name), findings) for name in facts.scenarios]
    return Made(folder, "\n".join(lines))


@pytest.fixture(scope="module")
def read(made: Made) -> dict[str, str]:
    return {name: words(target.read(made)) for name, target in TARGETS.items()}


@pytest.mark.parametrize("what", TITLES)
@pytest.mark.parametrize("name", TARGETS)
def test_a_title_is_shown_as_words(name: str, what: str, read: dict[str, str]) -> None:
    target, title = TARGETS[name], TITLES[what]
    wanted = words(title if target.has_every_letter else drawn(title))
    if target.cuts:
        wanted = wanted[:20]
    assert wanted in read[name]


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_file_may_say_is_refused(what: str, tmp_path: Path) -> None:
    content = load_experiment(file_of(tmp_path)).model_dump(mode="json", exclude_none=True)
    for changed in ({"title": REFUSED[what]}, {"caveats": [REFUSED[what]]}):
        with pytest.raises(ValidationError, match=r"cannot be shown|is no character"):
            Experiment.model_validate({**content, **changed})


def test_hostile_titles_come_back_from_a_resolved_file(tmp_path: Path) -> None:
    experiment = load_experiment(file_of(tmp_path))
    path = tmp_path / "resolved.toml"
    path.write_text(to_toml(experiment), encoding="utf-8")
    again = load_experiment(path)
    assert [one.title for one in again.scenarios.values()] == list(TITLES.values())


def test_check_prints_a_title_on_one_safe_line(tmp_path: Path) -> None:
    text = file_of(tmp_path).read_text(encoding="utf-8")
    for what in ("marks of direction", "Markdown of lines", "formula after a tab"):
        path = tmp_path / "one.toml"
        path.write_text(
            text.replace('"Hostile titles"', toml_value(TITLES[what]), 1), encoding="utf-8"
        )
        plan = plan_text(path, (), None, ["s0"], 1, "mesa")
        assert words(TITLES[what]) in words(plan.splitlines()[2])
        assert not set("\t\u202e\u2066\u2069") & set(plan)


def test_a_word_of_any_length_is_drawn_and_cut(tmp_path: Path) -> None:
    with drawing():
        page = Page("long", LONG, LONG, LONG)
    assert all(text.get_text().count("x") < 300 for text in page.texts())
    assert any("…" in text.get_text() for text in page.texts())
