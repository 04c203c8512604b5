"""The page of a sweep says what its findings hold, and is made anew only where it has to be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analysis import boxes
from sim.analysis.box_search import Column
from sim.cli.lookup import past_results
from sim.present.blocks import plain, typed_digits
from sim.present.report.facts import Record, records
from sim.present.sweep import parts, publish
from sim.present.sweep.parts import About
from sim.present.sweep.publish import publish_sweep, sweep_page
from sim.present.sweep.words import case_words, limit_words, names_of
from sim.runs.past_sweeps import past_sweeps
from sim.runs.progress import Silent
from sim.runs.sweeps import SweepResults, sweep
from sim.settings import Case
from tests.shared.folders import ROOT
from tests.shared.hostile import TITLES

pytest.importorskip("SALib")
pytest.importorskip("sklearn")

FILE = ROOT / "experiments" / "sweeps" / "push_or_terms.toml"
JOINS = '{joins={title="most join",when=[{outcome="joined_share_60m",at_least=0.75}]}}'
SMALL = ["sweep.terms.size=32", "sweep.terms.replicates=4"]


def swept(out: Path, *changes: str) -> SweepResults:
    return sweep(
        FILE,
        "terms",
        out=out,
        workers=1,
        progress=Silent(),
        changes=[*SMALL, f"sweep.terms.boxes={JOINS}", *changes],
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepResults, list[str]]:
    results = swept(tmp_path_factory.mktemp("page"))
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "RESAMPLED", {"cart": 10})
        publish_sweep(results, say=lambda line: said.append(str(line)))
    return results, said


def about_of(results: SweepResults) -> About:
    folder = results.directory / "findings"
    names = ("outcomes", "indices", "boxes", "box_limits")
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}
    return About(results.design, tables)


def test_what_is_said_is_what_the_findings_hold(
    published: tuple[SweepResults, list[str]],
) -> None:
    results, said = published
    about = about_of(results)
    (box,) = records(about.findings["boxes"])
    assert box["found"] == "box"
    runs = results.runs
    assert box["base_share"] == pytest.approx((runs["joined_share_60m"] >= 0.75).mean())
    inside = results.points
    for row in parts.box_limits(about, box):
        column = inside[row["setting"]]
        assert not row["chosen"]
        low, high = (row[end] for end in ("low", "high"))
        inside = inside[(column >= (low if low == low else -1)) & ~(column >= high)]
    theirs = runs[runs["point"].isin(inside["point"])]
    assert box["density"] == pytest.approx((theirs["joined_share_60m"] >= 0.75).mean())
    assert f"most join in {100 * box['density']:.0f}% of futures" in said[0]
    assert "control given up" in said[0], "depth matters most here"
    assert any("Hangs most on" in line for line in said)


def test_no_figure_of_the_page_is_typed(published: tuple[SweepResults, list[str]]) -> None:
    results, _ = published
    about = about_of(results)
    assert typed_digits(sweep_page(results, about)) == []
    html = (results.directory / "report.html").read_text(encoding="utf-8")
    for words in ("What is varied", "Where it happens", "What it hangs on", "Files"):
        assert f">{words}</h2>" in html
    assert html.count("<svg") + html.count("data:image/png") >= 2


def test_a_page_that_is_up_to_date_is_left_alone(
    published: tuple[SweepResults, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    results, said = published
    monkeypatch.setattr(publish, "find_in_sweep", None)
    again: list[str] = []
    publish_sweep(results, say=lambda line: again.append(str(line)))
    assert again == said


def test_another_box_makes_another_page_and_runs_nothing(
    published: tuple[SweepResults, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    results, said = published
    out = results.directory.parents[3]
    monkeypatch.setattr("sim.runs.sweeps.run_each", None)
    title = next(text for text in TITLES.values() if "<" in text)
    other = swept(out, f"sweep.terms.boxes.joins.title={json.dumps(title)}")
    assert other.directory == results.directory
    again: list[str] = []
    publish_sweep(other, say=lambda line: again.append(str(line)))
    assert again[0] != said[0]
    html = (other.directory / "report.html").read_text(encoding="utf-8")
    assert title not in html, "its signs are escaped"


def test_lists_have_sweeps_finished_or_not(
    published: tuple[SweepResults, list[str]], tmp_path: Path
) -> None:
    results, _ = published
    (one,) = past_sweeps(results.directory.parents[3])
    assert one.finished
    assert (one.experiment, one.name) == ("push_or_terms", "terms")
    assert (one.points, one.replicates, one.done) == (192, 4, 768)
    listed = past_results(results.directory.parents[3])
    assert "sweep terms, 192 points x 4 futures, finished" in listed
    assert one.answer in listed

    class Stops(Silent):
        def advance(self, count: int = 1, total: int | None = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(FILE, "terms", out=tmp_path, workers=1, progress=Stops(), changes=SMALL)
    (stopped,) = past_sweeps(tmp_path)
    assert not stopped.finished
    assert 0 < stopped.done < 768
    assert stopped.state == f"{100 * stopped.done // 768} % done"
    assert stopped.state in past_results(tmp_path)


def limit(setting: str, **more: object) -> Record:
    return {
        "setting": setting,
        "low": float("nan"),
        "high": float("nan"),
        "chosen": "",
        **more,
    }


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (limit("offers.main.depth", low=0.5), "control given up at least 0.5"),
        (
            limit("push.visits_per_month", high=3.0),
            "visits of the whole team a month below 3",
        ),
        (
            limit("offers.main.migration_months", low=2, high=6),
            "months from joining to going live between 2 months and 6 months",
        ),
        (limit("offers.main.migration_months", high=6), "going live at most 6 months"),
        (limit("push.mandate.starts", low=2021 * 12 + 5), "it binds: June 2021 or later"),
        (limit("push.mandate.starts", high=2021 * 12 + 5), "it binds: June 2021 or earlier"),
        (limit("offers.main.owner", chosen='["sector"]'), "owned by: the councils' own sector"),
    ],
)
def test_limits_in_words(row: Record, words: str) -> None:
    assert limit_words(row, names_of([row["setting"]])).endswith(words)


def test_settings_of_two_offers_are_told_apart() -> None:
    names = names_of(["offers.main.depth", "offers.second.depth", "push.codesign"])
    assert names["offers.main.depth"] == "control given up (main)"
    assert len(set(names.values())) == 3


def test_what_is_meant_by_a_case_is_said() -> None:
    case = Case.model_validate(
        {
            "when": [
                {"outcome": "cancelled", "at_least": 1.0},
                {"outcome": "joined_share_end", "below": 0.1},
            ],
            "share": 0.5,
        }
    )
    assert case_words(case) == (
        "the programme was cancelled at a review or joined at the end: below 10%, in at least 50% "
        "of the futures of a point"
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("nothing", "Nothing was found: most join in 30% of futures, and no box"),
        ("too few", "Most join in 12 of 1,000 futures: too few in which it does"),
    ],
)
def test_no_box_is_said_plainly(
    published: tuple[SweepResults, list[str]], found: str, words: str
) -> None:
    results, _ = published
    row: Record = {
        "scenario": "infrastructure",
        "case": "joins",
        "method": "cart",
        "found": found,
        "cases": 12,
        "futures": 1000,
        "base_share": 0.3,
    }
    about = About(results.design, {"boxes": pd.DataFrame([row])})
    assert plain(parts.box_sentence(about, row), about.findings).startswith(words)


def test_a_picture_shows_names_months_and_one_limit(tmp_path: Path) -> None:
    """Each kind of axis, with the points that other limits keep out of the box."""
    from sim.present.figures.boxes import box_page
    from sim.present.figures.style import drawing

    numbers = np.random.default_rng(1)
    columns = {
        "push.mandate.starts": Column("push.mandate.starts", "month", 24200 + numbers.random(50)),
        "offers.main.owner": Column(
            "offers.main.owner",
            "choice",
            numbers.integers(0, 2, 50).astype(np.float64),
            ("central", "sector"),
        ),
        "push.codesign": Column("push.codesign", "number", numbers.random(50)),
    }
    limits = [
        limit("push.mandate.starts", high=24200.0, density_without=0.2),
        limit("offers.main.owner", chosen='["central"]', density_without=0.3),
        limit("push.codesign", low=0.5, density_without=0.4),
    ]
    for few in (limits, limits[:1], limits[1:]):
        with drawing():
            page = box_page(
                "box", ("T", "S", "F"), columns, numbers.random(50), few, names_of(columns), "it is"
            )
            page.save(tmp_path, {})
        assert ("Hollow" in page.subtitle) == (len(few) > 2)
