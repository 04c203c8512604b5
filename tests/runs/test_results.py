"""Results by kind of design: in memory and on disk, with any kind, any ids and any failures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

import sim
from sim.analysis.findings import find
from sim.experiment import design as designs
from sim.experiment.design import Point, design
from sim.experiment.load import load_experiment
from sim.experiment.plan import Chunk, describe, make_plan
from sim.present.markdown import markdown
from sim.present.report.facts import Facts
from sim.present.report.report import report
from sim.runs.fingerprint import settings_hash
from sim.runs.results import DESIGN, Results, load_results
from sim.runs.store import Store
from sim.runs.tables import KEYS, Tables, read_table, write_table
from sim.runs.worker import Worker
from sim.settings import Experiment
from sim.settings.editing import with_settings
from sim.study import simulate
from tests.experiment.test_design import EVERYTHING
from tests.shared.experiments import CURVES, SMALL, assert_same_results, written

PAIRS = ((3.0, 0.1), (9.0, 0.6))


@pytest.fixture(autouse=True)
def _own_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds of design that a test registers are gone after it."""
    monkeypatch.setattr(designs, "DESIGNS", dict(designs.DESIGNS))


def with_pairs() -> None:
    """Register a kind of design that moves two settings together."""

    @design("pair", "pair(s)")
    def pairs(experiment: Experiment) -> Iterator[Point]:
        for position, (visits, depth) in enumerate(PAIRS):
            yield Point(
                id=f"two at once: {position}",
                kind="pair",
                scenario="framework",
                seeds=2,
                changes={"push.visits_per_month": visits, "offers.main.depth": depth},
                design="visits and depth",
                position=position,
                title=f"{visits:g} visits, depth {depth:g}",
                whole=position == 1,
            )


def with_faults() -> None:
    """Register a kind of design with points that cannot be made, and one that can."""
    changes: tuple[dict[str, Any], ...] = (
        {"offers.main.depth": 7.0},
        {"nowhere.at_all": 1.0},
        {"councils": {"nations": ["France"]}},
        {"offers.main.depth": 0.4},
    )

    @design("odd", "odd point(s)")
    def odd(experiment: Experiment) -> Iterator[Point]:
        for position, change in enumerate(changes):
            yield Point(
                id=f"odd {position}",
                kind="odd",
                scenario="framework",
                seeds=2,
                changes=change,
                position=position,
            )


def assert_design_holds_all(results: Results) -> None:
    """Check that runs join the design one to one by their point."""
    assert results.design["point"].is_unique
    assert set(results.design["point"]) == {*results.runs["point"], *results.failed["point"]}
    for name in KEYS:
        table: pd.DataFrame = getattr(results, name)
        joined = table.merge(results.design, on="point", validate="many_to_one")
        assert len(joined) == len(table)


# ---------------------------------------------------------------- kinds of design


def test_a_kind_of_design_is_one_function(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = settings_hash(load_experiment(path))
    with_pairs()
    experiment = load_experiment(path)
    assert settings_hash(experiment) != before
    assert " 3 scenarios and 2 pairs," in describe(make_plan(experiment), 1, "compiled")

    kept = simulate(path, workers=2, out=tmp_path / "out", present=False)
    assert kept.directory is not None
    assert kept.directory.name == settings_hash(experiment)[:12] != before[:12]
    runs = kept.of("pair")
    assert list(zip(runs["position"], runs["seed"], strict=True)) == [
        (0, 1),
        (0, 2),
        (1, 1),
        (1, 2),
    ]
    assert set(runs["design"]) == {"visits and depth"}
    assert set(runs["scenario"]) == {"framework"}
    for position, (visits, depth) in enumerate(PAIRS):
        own = runs[runs["position"] == position]
        assert set(own["push.visits_per_month"]) == {visits}
        assert set(own["offers.main.depth"]) == {depth}
        moved = with_settings(
            experiment.scenarios["framework"],
            {"push.visits_per_month": visits, "offers.main.depth": depth},
        )
        alone = experiment.model_copy(update={"scenarios": {"framework": moved}})
        same = simulate(alone, seeds=2, workers=1, out=None).of("scenario")
        shared = list(same.columns[1:])
        assert_frame_equal(own[shared].reset_index(drop=True), same[shared], check_exact=True)
    # Months are kept of the point that asked for it, and of no scenario more.
    assert set(kept.of("pair", "series")["position"]) == {1}
    assert set(kept.of("scenario", "series")["scenario"]) == set(experiment.scenarios)

    in_memory = simulate(experiment, workers=1, out=None)
    loaded = load_results(kept.directory)
    for other in (in_memory, loaded):
        assert_same_results(other, kept)
        assert_frame_equal(other.of("pair"), runs, check_exact=True)
        assert_frame_equal(other.of("pair", "joined"), kept.of("pair", "joined"), check_exact=True)


def test_a_kind_without_runs_gives_an_empty_table(tmp_path: Path) -> None:
    results = simulate(written(tmp_path), seeds=1, workers=1, out=None)
    for kind in ("curve", "hybrid", "sensitivity", "lever", "never heard of"):
        found = results.of(kind)
        assert found.empty
        columns = ["point", "design", "position", "scenario", "seed", "draw", "councils"]
        assert list(found.columns[: len(columns)]) == columns
        assert "joined_share_12m" in found
        assert results.of(kind, "series").empty
        assert found["seed"].dtype == results.runs["seed"].dtype


def test_a_setting_named_like_a_column_is_kept_apart(tmp_path: Path) -> None:
    results = simulate(written(tmp_path, EVERYTHING), seeds=1, workers=1, out=None)
    hybrids = results.of("hybrid")
    assert set(hybrids["councils"]) == {32, 353}
    assert hybrids["councils_setting"].str.contains("England|Scotland").all()
    # Where only one of both measures is stated at a time, both vary.
    assert {"push.visits_per_month", "push.teams.second.visits_per_month"} < set(hybrids.columns)


# ---------------------------------------------------------------- any ids


def masked(name: str) -> str:
    """Make an id that says nothing, with marks in it that once meant something."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{digest[:6]}~?{digest[6:9]}:{digest[9:12]}/~0 \"{digest[12:14]}'"


@pytest.mark.slow
def test_nothing_is_read_out_of_ids(tmp_path: Path) -> None:
    path = written(tmp_path, EVERYTHING)
    usual = simulate(path, seeds=2, workers=1, out=None)

    def hidden(kind: str) -> designs.Design:
        make, _ = designs_before[kind]
        return lambda experiment: (
            replace(point, id=masked(point.id)) for point in make(experiment)
        )

    designs_before = dict(designs.DESIGNS)
    for kind, (_, noun) in designs_before.items():
        if kind != "scenario":
            design(kind, noun)(hidden(kind))
    other = simulate(path, seeds=2, workers=2, out=tmp_path / "out", present=False)
    scenarios = set(usual.experiment.scenarios)
    assert set(usual.design["point"]) & set(other.design["point"]) == scenarios
    assert other.directory is not None
    wanted = find(usual)
    for results in (other, load_results(other.directory)):
        assert_design_holds_all(results)
        found = find(results)
        assert {len(wanted[name]) > 0 for name in ("curves", "sensitivity", "levers")} == {True}
        assert len(wanted["attribution"]) > 0
        for name, table in wanted.items():
            assert_frame_equal(found[name], table, check_exact=True, obj=name)
        pages = [
            markdown(report(Facts(usual.experiment, findings), [], "command"), findings)
            for findings in (wanted, found)
        ]
        assert pages[0] == pages[1]


# ---------------------------------------------------------------- the design on disk


@pytest.mark.slow
def test_the_design_is_kept_as_it_is_in_memory(tmp_path: Path) -> None:
    path = written(tmp_path, EVERYTHING)
    in_memory = simulate(path, seeds=1, workers=1, out=None)
    assert_design_holds_all(in_memory)
    kept = simulate(path, seeds=1, workers=1, out=tmp_path / "out", present=False)
    assert kept.directory is not None
    loaded = load_results(kept.directory)
    for other in (kept, loaded):
        assert_same_results(other, in_memory)
    text = {"point", "kind", "design", "scenario", "title", "councils", "fixed_settings"}
    assert {name for name in text if pd.api.types.is_string_dtype(loaded.design[name])} == text
    assert loaded.design["position"].dtype == np.int64
    assert loaded.design["push.visits_per_month"].dtype == np.float64


def test_the_design_on_disk_holds_every_point_that_has_runs(tmp_path: Path) -> None:
    path, out = written(tmp_path, SMALL + CURVES), tmp_path / "out"
    for number, names in enumerate((["drawn"], ["framework"], None)):
        results = simulate(path, scenarios=names, workers=1, out=out, present=False)
        assert results.directory is not None
        assert_design_holds_all(results)
        # What a call gives is what it asked for; the folder keeps what every call made.
        assert len(results.design) == (4, 6, 11)[number]
        loaded = load_results(results.directory)
        assert_design_holds_all(loaded)
        assert len(loaded.design) == (4, 10, 11)[number]


@pytest.mark.parametrize("left", [0, 3, None])
def test_a_design_that_fell_behind_is_made_anew(left: int | None, tmp_path: Path) -> None:
    """A process may be killed after it has written the tables, and before it writes the design."""
    path, out = written(tmp_path, SMALL + CURVES), tmp_path / "out"
    whole = simulate(path, workers=1, out=out, present=False)
    assert whole.directory is not None
    file = whole.directory / f"{DESIGN}.parquet"
    if left is None:
        file.unlink()
    else:
        table = pa.Table.from_pandas(read_table(file).iloc[:left], preserve_index=False)
        write_table(file, table)
    assert_same_results(load_results(whole.directory), whole)
    said: list[str] = []
    again = simulate(path, workers=1, out=out, present=False, say=said.append)
    assert any(line.startswith("Done already") for line in said)
    assert_same_results(again, whole)
    assert_frame_equal(read_table(file), whole.design, check_exact=True)
    before = file.stat().st_mtime_ns
    simulate(path, workers=1, out=out, present=False)
    assert file.stat().st_mtime_ns == before


def test_points_of_an_older_design_do_not_come_back(tmp_path: Path) -> None:
    """Started anew and stopped early, a folder may hold the design of more than was run."""
    path, out = written(tmp_path, SMALL + CURVES), tmp_path / "out"
    whole = simulate(path, workers=1, out=out, present=False)
    assert whole.directory is not None
    Store(whole.directory).clear()
    part = simulate(path, scenarios=["drawn"], workers=1, out=out, present=False)
    old = pa.Table.from_pandas(whole.design, preserve_index=False)
    write_table(whole.directory / f"{DESIGN}.parquet", old)
    assert_same_results(load_results(whole.directory), part)


# ---------------------------------------------------------------- failures and refusals


@pytest.mark.parametrize("on_disk", [False, True])
def test_points_that_cannot_be_made_are_failed_runs(on_disk: bool, tmp_path: Path) -> None:
    with_faults()
    path = written(tmp_path)
    results = simulate(
        path, workers=2, seeds=2, out=tmp_path / "out" if on_disk else None, present=False
    )
    keys = [(f"odd {position}", seed) for position in range(3) for seed in (1, 2)]
    assert list(zip(results.failed["point"], results.failed["seed"], strict=True)) == keys
    assert results.failed["error"].str.contains("BadInput").all()
    errors = results.failed.groupby("point")["error"].first()
    for point, words in (("odd 0", "depth"), ("odd 1", "nowhere.at_all"), ("odd 2", "France")):
        assert words in errors[point]
    assert results.of("odd")["position"].tolist() == [3, 3]
    assert len(results.of("scenario")) == 6
    assert_design_holds_all(results)
    if on_disk:
        assert results.directory is not None
        assert_same_results(load_results(results.directory), results)
        said: list[str] = []
        again = simulate(
            path, workers=1, seeds=2, out=tmp_path / "out", present=False, say=said.append
        )
        assert any("6 runs to do: 3 odd points," in line for line in said), said
        assert_same_results(again, results)


def test_without_a_run_of_a_scenario_there_is_nothing_to_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Points of curves may go through where scenarios fail."""
    measured = Worker._measured

    def some(worker: Worker, chunks: Sequence[Chunk]) -> list[Tables]:
        if any(worker.points[chunk.point].kind == "scenario" for chunk in chunks):
            raise ZeroDivisionError("made to fail")
        return measured(worker, chunks)

    monkeypatch.setattr(Worker, "_measured", some)
    results = simulate(written(tmp_path, SMALL + CURVES), workers=1, out=tmp_path / "out")
    assert results.scenarios == []
    assert len(results.failed) == 9
    assert len(results.of("curve")) == len(results.runs) == 16
    assert results.directory is not None
    assert not (results.directory / "report.md").exists()
    assert_same_results(load_results(results.directory), results)


def test_points_can_be_sent_to_processes(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL + CURVES)
    wanted = simulate(path, seeds=2, scenarios=["drawn"], workers=1, out=None)
    found = simulate(path, seeds=2, scenarios=["drawn"], workers=2, engine="mesa", out=None)
    assert_same_results(found, wanted)


def test_changes_of_a_resolved_experiment_count(tmp_path: Path) -> None:
    path = written(tmp_path)
    changes = ["outcomes.headline_months=6"]
    one, other = (
        simulate(of, changes=changes, seeds=1, workers=1, out=None)
        for of in (path, load_experiment(path))
    )
    assert other.experiment == one.experiment
    assert other.experiment.outcomes.headline_months == 6


def test_changes_of_a_file_are_run(tmp_path: Path) -> None:
    path = written(tmp_path)
    change = "scenarios.framework.push.visits_per_month=0"
    results = simulate(path, seeds=1, workers=1, changes=[change], out=None)
    runs = results.of("scenario").set_index("scenario")
    assert_frame_equal(
        runs.loc[["framework"]].reset_index(drop=True),
        runs.loc[["no_visits"]].reset_index(drop=True),
    )


def test_all_that_the_package_offers_can_be_had() -> None:
    for name in sim.__all__:
        assert getattr(sim, name)
    assert not hasattr(sim, "points")
