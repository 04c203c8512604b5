"""Results are of the seeds and scenarios that were asked for, whatever a folder holds besides."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sim.analysis.findings import FINDINGS, read_findings
from sim.cli import app
from sim.runs.results import Results, load_results
from sim.runs.tables import STORED
from sim.study import simulate
from tests.shared.experiments import CURVES, SMALL, written
from tests.shared.failing import make_fail


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.present.figures.catalogue.DRAWINGS", ())


def folder_of(results: Results) -> Path:
    assert results.directory is not None
    return results.directory


def report_of(folder: Path) -> str:
    """Text of a report without places, times and the number of the run."""
    text = (folder / "report.md").read_text(encoding="utf-8")
    return re.sub(r"simulate \S+/experiment\.toml", "simulate FILE", text)


def printed_command(folder: Path) -> list[str]:
    (line,) = re.findall(
        r"^\S.* (simulate .*)$", (folder / "report.md").read_text(encoding="utf-8"), re.M
    )
    return shlex.split(line)


def assert_same(ours: Results, theirs: Results) -> None:
    for name in ("design", *STORED):
        assert_frame_equal(getattr(ours, name), getattr(theirs, name), check_exact=True, obj=name)


def assert_same_findings(ours: Path, theirs: Path) -> None:
    one, other = read_findings(ours), read_findings(theirs)
    assert {*one} == {*other} == {*FINDINGS}
    for name in FINDINGS:
        assert_frame_equal(one[name], other[name], check_exact=True, obj=name)


# What is asked for after eight seeds of everything.
LATER: dict[str, dict[str, object]] = {
    "other seeds": {"seeds": 4, "changes": ["seeds.first=101"]},
    "fewer seeds": {"seeds": 3},
    "seeds that overlap": {"seeds": 4, "changes": ["seeds.first=7"]},
    "one scenario": {"seeds": 8, "scenarios": ["drawn"]},
    "two scenarios of other seeds": {
        "seeds": 2,
        "scenarios": ["framework", "no_visits"],
        "changes": ["seeds.first=3"],
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("what", LATER)
def test_a_report_is_of_what_was_asked_for_and_its_command_makes_it_again(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, SMALL + CURVES)
    asked: dict[str, object] = {"workers": 1, **LATER[what]}
    folder = folder_of(simulate(path, seeds=8, workers=1, out=tmp_path / "out"))
    everything = report_of(folder)
    later = simulate(path, out=tmp_path / "out", **asked)  # type: ignore[arg-type]
    assert folder_of(later) == folder
    alone = simulate(path, out=tmp_path / "clean", **asked)  # type: ignore[arg-type]
    assert_same(later, alone)
    assert report_of(folder) == report_of(folder_of(alone)) != everything
    assert_same_findings(folder, folder_of(alone))

    # The command on the report makes the same in a clean folder.
    words = [*printed_command(folder), "--workers", "1", "--out", str(tmp_path / "again")]
    monkeypatch.setattr("sys.argv", ["run.py", *words])
    with pytest.raises(SystemExit) as end:
        app.main()
    assert not end.value.code
    (again,) = (tmp_path / "again").glob("*/*")
    assert again.name == folder.name
    assert report_of(again) == report_of(folder)
    assert_same_findings(again, folder)

    # Tables keep all runs that were ever done; who asks for the first again, gets the first report.
    kept = load_results(folder)
    seeds = {*range(1, 9), *later.runs["seed"]}
    assert {*kept.of("scenario")["seed"]} == seeds
    simulate(path, seeds=8, workers=1, out=tmp_path / "out")
    assert report_of(folder) == everything


def test_loaded_results_may_be_of_some_seeds(tmp_path: Path) -> None:
    path, out = written(tmp_path, SMALL + CURVES), tmp_path / "out"
    first = simulate(path, seeds=3, workers=1, out=out, present=False)
    later = simulate(path, seeds=2, workers=1, out=out, changes=["seeds.first=101"], present=False)
    folder = folder_of(first)
    assert_same(load_results(folder, range(101, 103)), later)
    assert_same(load_results(folder, {1, 2, 3}), first)
    whole = load_results(folder)
    assert {*whole.runs["seed"]} == {1, 2, 3, 101, 102}
    assert len(whole.runs) == len(first.runs) + len(later.runs)
    assert load_results(folder, [999]).runs.empty


@pytest.mark.slow
def test_runs_that_failed_for_another_call_are_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = written(tmp_path), tmp_path / "out"
    with monkeypatch.context() as patch:
        make_fail(patch, {2})
        assert len(simulate(path, seeds=2, workers=1, out=out).failed) == 3
    later = simulate(path, seeds=1, workers=1, out=out, changes=["seeds.first=9"])
    assert later.failed.empty
    assert "failed" not in report_of(folder_of(later)).split("## The answer")[1][:400]
    assert len(load_results(folder_of(later)).failed) == 3


def test_tables_cut_to_some_runs_keep_their_types(tmp_path: Path) -> None:
    results = simulate(written(tmp_path), seeds=2, workers=1, out=tmp_path / "out", present=False)
    none = load_results(folder_of(results), [])
    for name in STORED:
        table: pd.DataFrame = getattr(none, name)
        assert table.empty
        assert list(table.columns) == list(getattr(results, name).columns)
