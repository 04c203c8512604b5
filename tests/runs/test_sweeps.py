"""Sweeps: fast points are slow points, and tables are the same however the work was done."""

from __future__ import annotations

import errno
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from sim.experiment.load import load_experiment
from sim.files.problems import BadInput
from sim.model.world import build_world
from sim.runs.blocks import blocks_of
from sim.runs.executors import Processes
from sim.runs.fingerprint import sweep_hash
from sim.runs.history import history, run_again, scenario_of
from sim.runs.measure import measure
from sim.runs.progress import Silent
from sim.runs.sweep_store import SweepStore
from sim.runs.sweep_verify import verify
from sim.runs.sweeps import (
    MOST_THREADS,
    SweepResults,
    design_of,
    load_sweep,
    many_cores,
    sweep,
)
from sim.runs.tables import frame_of, write_parquet
from sim.settings.columns import SERIES_COLUMNS, outcomes_of_runs
from tests.shared.experiments import written
from tests.shared.processes import command

FILE = """
title = "A sweep"
question = "Does it work?"

[horizon]
starts = "2018-05"
ends = "2020-04"

[outcomes]
months_since_opening = [6, 12]
headline_months = 12

[sensitivity]
seeds = 0
[ideas]
seeds = 0

[councils]
nations = ["Scotland"]

[scenarios.duty]
title = "A duty"
stands_for = "Common procurement, with a duty at the end."
programme = "scottish_framework"
[scenarios.duty.push.mandate]
starts = "2020-04"

[scenarios.drawn]
title = "Twelve of them"
based_on = "duty"
councils = { nations = ["Scotland"], draw = 12 }

[sweep.mixed]
scenarios = ["duty", "drawn"]
size = 6
replicates = 5
outcomes = ["joined_share_12m", "passed", "opened", "incidents", "net_saving_total_gbp_m"]
series = ["joined_share", "net_saving_total_gbp_m"]
[sweep.mixed.levers]
"push.visits_per_month" = { low = 0, high = 12 }
"push.mandate.starts" = { low = "2018-08", high = "2020-04" }
"offers.main.owner" = { values = ["central", "sector"] }
"offers.main.migration_months" = { low = 1, high = 6 }
[sweep.mixed.uncertainties]
"climate.discount_rate" = { low = 0.0, high = 0.1 }
"behaviour.intercept" = { low = -1.0, high = 1.0 }
[sweep.mixed.constants]
"offers.main.depth" = 0.2
"""
TABLES = ("design", "runs", "series")


def made(folder: Path, *changes: str, name: str = "mixed", **options: Any) -> SweepResults:
    """Run a sweep of FILE in a folder."""
    options = {"workers": 1, "progress": Silent(), "out": folder / "results", **options}
    return sweep(written(folder, FILE), name, changes=changes, **options)


def contents(results: SweepResults) -> dict[str, bytes]:
    return {name: results.store.path(name).read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SweepResults:
    return made(tmp_path_factory.mktemp("whole"))


def test_every_run_is_that_of_a_world_of_its_own(whole: SweepResults) -> None:
    """Levers, months, choices, constants, draws of behaviour and of councils, all at once."""
    design = whole.design
    assert len(whole.runs) == 12 * 5
    assert whole.runs["error"].isna().all()
    for point, seed in whole.runs[["point", "seed"]].iloc[::7].to_numpy().tolist():
        record = run_again(design.experiment, scenario_of(design, point - 1, seed), seed)
        tables = measure(record, design.experiment.outcomes, "p")
        for name, kept in (("runs", design.outcomes), ("series", ["month", *design.sweep.series])):
            ours = getattr(whole, name)
            ours = ours[(ours["point"] == point) & (ours["seed"] == seed)]
            theirs = frame_of(tables[name])
            assert_frame_equal(
                ours[kept].reset_index(drop=True), theirs[kept], check_exact=True, obj=name
            )


def test_columns_that_may_be_kept_are_those_that_are_measured(whole: SweepResults) -> None:
    design = whole.design
    record = run_again(design.experiment, scenario_of(design, 0, 1), 1)
    measured = measure(record, design.experiment.outcomes, "p", ["runs", "series"])
    assert tuple(measured["series"].column_names[3:]) == SERIES_COLUMNS
    outcomes = outcomes_of_runs(design.experiment.outcomes)
    assert set(outcomes) < set(measured["runs"].column_names)


def test_tables_are_keyed_and_sorted(whole: SweepResults) -> None:
    runs, points = whole.runs, whole.points
    assert runs[["point", "seed"]].values.tolist() == [
        [point, seed] for point in range(1, 13) for seed in range(1, 6)
    ]
    assert points["point"].tolist() == list(range(1, 13))
    assert points.groupby("scenario", sort=False)["position"].apply(list).tolist() == [
        list(range(6)),
        list(range(6)),
    ]
    assert set(runs["draw"]) == {1, 2, 3}, "two seeds share a draw of behaviour"
    months = whole.series.groupby(["point", "seed"])["month"]
    assert (months.count() == 24).all()


def test_any_reader_of_parquet_reads_them(whole: SweepResults) -> None:
    runs = pd.read_parquet(whole.directory / "runs.parquet")
    design = pq.read_table(whole.directory / "design.parquet").to_pandas()
    both = runs.merge(design, on="point")
    assert len(both) == len(runs)
    assert both["push.visits_per_month"].between(0, 12).all()


def test_a_sweep_that_is_done_is_not_done_again(
    whole: SweepResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = contents(made(tmp_path))
    monkeypatch.setattr("sim.runs.sweeps.run_each", None)
    lines: list[str] = []
    again = made(tmp_path, say=lines.append)
    assert lines[-1].startswith("Done already: all 60 runs")
    assert contents(again) == first == contents(whole)


def test_a_changed_sweep_has_a_folder_of_its_own(whole: SweepResults, tmp_path: Path) -> None:
    path = written(tmp_path, FILE)
    hashes = {whole.store.fingerprint}
    changes = (
        "sweep.mixed.size=5",
        "sweep.mixed.replicates=1",
        "sweep.mixed.series=[]",
        "sweep.mixed.constants.push.codesign=0.1",
        "seeds.first=3",
        "parameters.source=prior",
        "scenarios.duty.push.codesign=0.1",
    )
    for change in changes:
        hashes.add(sweep_hash(design_of(load_experiment(path, [change]), "mixed")))
    assert len(hashes) == len(changes) + 1
    # Words and what is no part of the sweep change nothing.
    same = load_experiment(path, ["sweep.mixed.title=Other", "seeds.count=3", "title=T"])
    assert sweep_hash(design_of(same, "mixed")) in hashes


@pytest.mark.parametrize("workers", [1, 3])
def test_a_sweep_that_was_stopped_goes_on_to_the_same_bytes(
    whole: SweepResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    stopped = 0

    class Stops(Silent):
        def advance(self, count: int = 1, total: int | None = None) -> None:
            nonlocal stopped
            stopped += 1
            if stopped % 25 == 0:
                raise KeyboardInterrupt

    results = None
    while results is None:
        try:
            results = made(tmp_path, progress=Stops(), workers=workers)
        except KeyboardInterrupt:
            part = load_sweep(next((tmp_path / "results").glob("*/sweep/mixed/*")))
            seen = part.runs.groupby("seed")["point"].nunique()
            # An even sample: every point once before any point twice.
            assert len(seen) < 2 or seen.iloc[0] == 12
    assert stopped > 50
    assert contents(results) == contents(whole)


@pytest.mark.parametrize(
    "replicates", [5, *(pytest.param(other, marks=pytest.mark.slow) for other in (1, 3, 8))]
)
def test_other_replicates_run_only_what_is_missing(tmp_path: Path, replicates: int) -> None:
    """Whether more are asked for than there are, fewer, or blocks are there in part."""

    class Counts(Silent):
        done = 0

        def advance(self, count: int = 1, total: int | None = None) -> None:
            self.done += count

    made(tmp_path, f"sweep.mixed.replicates={replicates}")
    counts, lines = Counts(), list[str]()
    more = made(tmp_path, "sweep.mixed.replicates=6", progress=counts, say=lines.append)
    taken = 12 * min(replicates, 6)
    assert counts.done == 12 * 6 - taken
    assert any(line.startswith(f"{taken} futures are taken over") for line in lines)
    fresh = made(tmp_path / "fresh", "sweep.mixed.replicates=6")
    assert contents(more) == contents(fresh)
    assert verify(more, sample=3).wrong == []


def test_nothing_is_taken_over_from_what_is_damaged(tmp_path: Path) -> None:
    first = made(tmp_path, "sweep.mixed.replicates=1")
    path = first.store.path("runs")
    path.write_bytes(path.read_bytes()[:-9] + b"x" + path.read_bytes()[-8:])
    lines: list[str] = []
    made(tmp_path, "sweep.mixed.replicates=2", say=lines.append)
    assert not any("taken over" in line for line in lines)


def test_shards_are_joined_to_the_same_bytes(whole: SweepResults, tmp_path: Path) -> None:
    made(tmp_path, shard="2/3")
    with pytest.raises(BadInput, match="blocks of this sweep are not done"):
        made(tmp_path, join=True)
    made(tmp_path, shard="1/3", workers=2)
    made(tmp_path, shard="3/3")
    assert contents(made(tmp_path, join=True)) == contents(whole)


def test_a_shard_does_not_forget_what_others_did(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="leave out fresh"):
        made(tmp_path, shard="1/2", fresh=True)


@pytest.mark.slow
def test_processes_give_the_same_bytes(whole: SweepResults, tmp_path: Path) -> None:
    executor = many_cores(MOST_THREADS + 1)
    assert isinstance(executor, Processes)
    assert contents(made(tmp_path, executor=Processes(2))) == contents(whole)
    assert many_cores(MOST_THREADS) is None


@pytest.mark.parametrize("shard", ["0/3", "4/3", "a/b", "1", "-1/2"])
def test_a_shard_that_is_none_is_refused(tmp_path: Path, shard: str) -> None:
    with pytest.raises(BadInput, match="this is no shard"):
        made(tmp_path, shard=shard)


def test_a_damaged_block_is_done_again(whole: SweepResults, tmp_path: Path) -> None:
    made(tmp_path, shard="1/2")
    blocks = sorted((tmp_path / "results").glob("*/sweep/mixed/*/blocks/*.runs.parquet"))
    for block in blocks[:2]:
        raw = bytearray(block.read_bytes())
        raw[len(raw) // 2] ^= 1
        block.write_bytes(raw)
    blocks[2].write_bytes(b"")
    found = verify(load_sweep(blocks[0].parents[1]), sample=0)
    assert [line.split()[1] for line in found.wrong] == [block.name for block in blocks[:3]]
    assert contents(made(tmp_path)) == contents(whole)


def test_verify_finds_what_was_changed(tmp_path: Path) -> None:
    results = made(tmp_path)
    assert verify(results, sample=20).wrong == []
    path = results.store.path("runs")
    table = pq.read_table(path)
    shares = table["joined_share_12m"].to_numpy().copy()
    shares[:] += 1e-12
    pq.write_table(table.set_column(3, "joined_share_12m", [shares]), path)
    found = verify(load_sweep(results.directory), sample=20)
    assert found.wrong == ["runs.parquet is not as it was written"]
    # The same command makes it anew.
    assert verify(made(tmp_path), sample=5).wrong == []


def test_verify_does_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = made(tmp_path)
    monkeypatch.setattr("sim.runs.sweep_verify.scenario_of", lambda design, row, seed: scenario_of(
        design, (row + 1) % len(design), seed
    ))  # fmt: skip
    found = verify(load_sweep(results.directory), sample=20)
    assert any("gives other figures" in line for line in found.wrong)


def test_a_run_that_fails_is_a_row_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = build_world

    def fails(scenario: Any, *rest: Any) -> Any:
        if scenario.offers["main"].owner == "sector":
            raise ValueError("no such world")
        return build(scenario, *rest)

    monkeypatch.setattr("sim.runs.sweep_worker.build_world", fails)
    results = made(tmp_path)
    runs = results.runs.merge(results.points, on="point")
    failed = runs["offers.main.owner"] == "sector"
    assert 0 < failed.sum() < len(runs) == 60
    assert (runs["error"] == "ValueError: no such world").equals(failed)
    assert runs["joined_share_12m"].isna().equals(failed)
    assert results.runs.columns[-1] == "error"


def test_points_of_a_table(tmp_path: Path) -> None:
    points = pd.DataFrame(
        {
            "push.visits_per_month": [0.0, 6.0, 12.0],
            "push.mandate.starts": ["2019-01", "2019-01", "2020-01"],
            "scenario": ["duty", "drawn", "duty"],
            "draw": [1, 500, 7],
        }
    )
    own = """
[sweep.own]
scenarios = ["duty", "drawn"]
design = "table"
table = "points.csv"
replicates = 2
"""
    path = written(tmp_path, FILE + own)
    points.to_csv(tmp_path / "points.csv", index=False)
    options: dict[str, Any] = {"workers": 1, "progress": Silent(), "out": None}
    from_file = sweep(path, "own", **options)
    from_frame = sweep(path, "own", points=points, **options)
    assert_frame_equal(from_file.runs, from_frame.runs, check_exact=True)
    assert from_file.points["scenario"].tolist() == ["duty", "drawn", "duty"]
    assert from_file.runs["draw"].tolist() == [1, 1, 500, 500, 7, 7]
    wrong: tuple[tuple[str, list[Any], str], ...] = (
        ("push.visits", [1.0, 2.0, 3.0], "is no setting"),
        ("push.visits_per_month", [1.0, None, 3.0], "is empty in row 2"),
        ("push.visits_per_month", [1.0, -2.0, 3.0], "cannot have this value"),
        ("offers.main.migration_months", [1.0, 2.5, 3.0], "not 2.5 in"),
        ("push.mandate.starts", ["2019-01", "2019-13", "2020-01"], "a month is written"),
        ("draw", [1, 2, 501], "no draw of this number"),
        ("scenario", ["duty", "other", "duty"], "no scenario other"),
    )
    for column, cells, words in wrong:
        with pytest.raises(BadInput, match=words):
            sweep(path, "own", points=points.assign(**{column: pd.Series(cells)}), **options)


def test_the_history_of_a_run_is_that_run(whole: SweepResults) -> None:
    found = whole.history(3, seed=2)
    assert list(found.columns) == ["month", "offer", "gss_code", "council", "status"]
    assert len(found) == 24 * 32
    joined = found["status"].isin(["migrating", "member"]).groupby(found["month"]).mean()
    kept = whole.series
    kept = kept[(kept["point"] == 3) & (kept["seed"] == 2)]
    np.testing.assert_allclose(joined.to_numpy(), kept["joined_share"].to_numpy())
    assert_frame_equal(history(whole.directory, 3, 2), found)
    with pytest.raises(BadInput, match="no such point"):
        whole.history(13, seed=2)


def test_what_does_nothing_is_named(tmp_path: Path) -> None:
    lines: list[str] = []
    made(tmp_path, "sweep.mixed.levers.push.minimum_share={low=0.1,high=0.4}", say=lines.append)
    assert any("push.minimum_share changed nothing" in line for line in lines)


@pytest.mark.parametrize(
    ("points", "replicates", "seconds"),
    [(1, 1, 1e-3), (5000, 20, 1e-4), (7, 1000, 1e-4), (3, 2, 5)],
)
def test_blocks_hold_every_run_once_and_first_replicates_first(
    points: int, replicates: int, seconds: float
) -> None:
    divided = blocks_of(points, replicates, seconds)
    found = divided.all()
    runs = [(row, at) for block in found for row in block.rows for at in block.replicates]
    assert len(runs) == len(set(runs)) == points * replicates
    assert [block.number for block in found] == list(range(len(found)))
    starts = [block.replicates.start for block in found]
    assert starts == sorted(starts)
    together = [block for blocks in divided.columns() for block in blocks]
    assert sorted(together, key=lambda block: block.number) == found
    for blocks in divided.columns():
        rows = {row for block in blocks for row in block.rows}
        assert len(rows) * replicates == sum(map(len, blocks))


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """Twice; more often by ``KILLS=20 python -m pytest -m slow -k killed tests/runs``."""
    changes = ("sweep.mixed.size=400", "sweep.mixed.replicates=8")
    words = ["sweep", str(written(tmp_path, FILE)), "mixed", "--workers", "2", "--out"]
    words += [str(tmp_path / "killed")]
    words += [part for change in changes for part in ("--set", change)]
    moments, killed = random.Random(time.time_ns()), 0
    folder = tmp_path / "killed"

    def kept() -> int:
        return len(list(folder.glob("*/sweep/mixed/*/blocks/*")))

    for _ in range(int(os.environ.get("KILLS", "2"))):
        with command(tmp_path, *words) as process:
            until, before = time.monotonic() + 120, kept()
            while process.poll() is None and kept() <= before:
                assert time.monotonic() < until
                time.sleep(0.01)
            time.sleep(moments.random())
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
    assert killed, "it was always done before it could be killed"
    with command(tmp_path, *words) as process:
        assert process.wait(300) == 0
    (results,) = folder.glob("*/sweep/mixed/*")
    assert contents(load_sweep(results)) == contents(made(tmp_path, *changes))


def test_a_full_disk_is_told_and_what_was_kept_stays(
    whole: SweepResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_so_far = 0

    def full(path: Path, table: Any) -> None:
        nonlocal written_so_far
        written_so_far += 1
        if written_so_far > 21:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_parquet(path, table)

    with monkeypatch.context() as patch:
        patch.setattr("sim.runs.sweep_store.write_parquet", full)
        with pytest.raises(BadInput, match="the disk is full"):
            made(tmp_path)
    (blocks,) = (tmp_path / "results").glob("*/sweep/mixed/*/blocks")
    assert len(list(blocks.glob("*.runs.parquet"))) == 10
    assert not list(blocks.glob(".*"))
    assert contents(made(tmp_path)) == contents(whole)


def test_two_at_once_are_told(tmp_path: Path, whole: SweepResults) -> None:
    folder = tmp_path / "results" / "small" / "sweep" / "mixed" / whole.directory.name
    with SweepStore(folder, "", ["runs"]).locked():
        with pytest.raises(BadInput, match="another process is running this sweep"):
            made(tmp_path)
        made(tmp_path, shard="1/2")  # shards go on side by side


def test_experiments_with_sweeps_are_read_back(tmp_path: Path, whole: SweepResults) -> None:
    kept = load_experiment(whole.directory / "experiment.toml")
    assert kept.sweep == whole.design.experiment.sweep
