"""Results on disk: what decides their folder, and that no death of a process harms them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal
from pyarrow import feather

from sim.experiment.load import load_experiment
from sim.experiment.plan import Chunk, make_plan
from sim.files.problems import BadInput
from sim.runs import tables as of_results
from sim.runs.results import Results
from sim.runs.store import Store
from sim.runs.tables import STORED, Tables, stacked, write_table
from sim.runs.worker import Worker
from sim.settings import Experiment
from sim.study import simulate
from tests.shared.experiments import SMALL, assert_same_results, written
from tests.shared.folders import ROOT
from tests.shared.processes import COMMAND, LONGER, PROCESSES, alive, command, gone, wait_for_parts

POSIX = pytest.mark.skipif(os.name == "nt", reason="kill -9 and process groups are POSIX")

# ---------------------------------------------------------------- parts and tables


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return load_experiment(written(tmp_path_factory.mktemp("store"), SMALL))


@pytest.fixture(scope="module")
def pieces(experiment: Experiment) -> list[Tables]:
    """Tables of each run by itself, as `Store.add` receives them."""
    plan = make_plan(experiment)
    worker = Worker(experiment, plan.points, "compiled")
    return [worker.run([Chunk(point, (seed,))]) for point, seed in plan.runs]


@pytest.fixture(scope="module")
def reference(experiment: Experiment) -> Results:
    return simulate(experiment, workers=1, out=None)


def filled(folder: Path, pieces: list[Tables]) -> Store:
    store = Store(folder)
    for tables in pieces:
        store.add(tables)
    return store


def assert_same_tables(ours: dict[str, pd.DataFrame], theirs: dict[str, pd.DataFrame]) -> None:
    """Check that tables agree to the bit, types included."""
    assert ours.keys() == theirs.keys() == set(STORED)
    for name in STORED:
        assert_frame_equal(ours[name], theirs[name], check_exact=True, obj=name)


def read(store: Store) -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(store.path(name)) for name in STORED}


def failed_row(point: str, seed: int) -> Tables:
    row = {"point": [point], "seed": [seed], "error": ["Traceback: no"]}
    return {"failed": pa.table(row)}


def test_merging_brings_all_rows_into_sorted_tables(
    pieces: list[Tables], reference: Results, tmp_path: Path
) -> None:
    store = filled(tmp_path, pieces[::-1])
    tables = store.merge()
    for name in STORED:
        keys = STORED[name]
        assert not tables[name].duplicated(keys).any()
        assert_frame_equal(tables[name], tables[name].sort_values(keys).reset_index(drop=True))
        assert len(tables[name]) == sum(len(piece[name]) for piece in pieces if name in piece)
    assert not store.parts.exists()
    series = tables["series"]
    assert_frame_equal(series, reference.series, check_exact=True)
    assert store.finished() == {(r.point, r.seed) for r in reference.runs.itertuples()}


def test_merging_again_changes_nothing(pieces: list[Tables], tmp_path: Path) -> None:
    store = filled(tmp_path, pieces)
    first = store.merge()
    before = {name: store.path(name).stat().st_mtime_ns for name in STORED}
    assert_same_tables(store.merge(), first)
    assert {name: store.path(name).stat().st_mtime_ns for name in STORED} == before
    assert_same_tables(read(store), first)


def test_merging_part_by_part_is_merging_all(pieces: list[Tables], tmp_path: Path) -> None:
    whole = filled(tmp_path / "whole", pieces).merge()
    store = Store(tmp_path / "steps")
    for piece in pieces:
        store.add(piece)
        tables = store.merge()
    assert_same_tables(tables, whole)


@pytest.mark.parametrize("row_group", [1 << 20, 50])
def test_the_same_runs_give_the_same_files_however_they_came(
    row_group: int, pieces: list[Tables], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_results, "ROW_GROUP", row_group)
    ways = {
        "one by one": pieces,
        "backwards": pieces[::-1],
        "in batches": [stacked(pieces[:4]), stacked(pieces[:3:-1])],
    }
    for way, came in ways.items():
        store = filled(tmp_path / way, came[:1])
        store.merge()  # stopped after the first, and resumed
        filled(store.directory, came[1:]).merge()
    written = {way: {n: Store(tmp_path / way).path(n).read_bytes() for n in STORED} for way in ways}
    assert written["one by one"] == written["backwards"] == written["in batches"]


def test_rows_that_came_twice_count_once(pieces: list[Tables], tmp_path: Path) -> None:
    once = filled(tmp_path / "once", pieces).merge()
    store = filled(tmp_path / "twice", [*pieces, *pieces])
    assert_same_tables(store.merge(), once)
    store.add(pieces[0])
    assert_same_tables(store.merge(), once)


@pytest.mark.parametrize("order", ["failed first", "worked first", "in one merge", "all failed"])
def test_a_run_that_failed_and_then_worked_counts_once_as_done(
    order: str, pieces: list[Tables], tmp_path: Path
) -> None:
    whole = filled(tmp_path / "whole", pieces).merge()
    store = Store(tmp_path / "mended")
    failed = failed_row("framework", 1)
    if order == "failed first":
        store.add(failed)
        tables = store.merge()
        assert tables["runs"].empty
        assert len(tables["failed"]) == 1
        assert store.finished() == set()
        filled(store.directory, pieces)
    elif order == "worked first":
        filled(store.directory, pieces)
        store.merge()
        store.add(failed)
    elif order == "in one merge":
        filled(store.directory, [failed, *pieces, failed])
    else:
        for seed in (1, 2, 3):
            for point in ("framework", "drawn", "no_visits"):
                store.add(failed_row(point, seed))
        assert len(store.merge()["failed"]) == 9
        filled(store.directory, pieces)
    tables = store.merge()
    assert tables["failed"].empty
    assert_same_tables(read(store), tables)
    del tables["failed"], whole["failed"]
    for name, table in tables.items():
        assert_frame_equal(table, whole[name], check_exact=True, obj=name)


def test_a_failed_run_keeps_its_traceback_beside_runs_that_worked(
    pieces: list[Tables], tmp_path: Path
) -> None:
    whole = filled(tmp_path / "whole", pieces).merge()
    for index in range(2):  # parts are read in a random order
        store = filled(tmp_path / str(index), [failed_row("framework", 99), *pieces])
        tables = store.merge()
        assert tables["failed"].to_dict("list") == {
            "point": ["framework"],
            "seed": [99],
            "error": ["Traceback: no"],
        }
        assert_frame_equal(tables["runs"], whole["runs"], check_exact=True)
        assert ("framework", 99) not in store.finished()


def test_leftovers_of_dead_processes_are_passed_over(pieces: list[Tables], tmp_path: Path) -> None:
    store = filled(tmp_path / "clean", pieces)
    whole = store.merge()
    store = filled(tmp_path / "littered", pieces[:4])
    half = store.parts / ".0123456789abcdef"
    half.mkdir()
    (half / "runs.parquet").write_bytes(b"PAR1 cut sho")
    (store.directory / ".fedcba9876543210.parquet").write_bytes(b"PAR1 cut sho")
    assert len(store.finished()) == 4
    store.merge()
    filled(store.directory, pieces[4:])
    assert_same_tables(store.merge(), whole)
    assert not half.exists()


def test_clearing_forgets_tables_and_parts(pieces: list[Tables], tmp_path: Path) -> None:
    store = filled(tmp_path, pieces[:2])
    store.merge()
    filled(tmp_path, pieces[2:4])
    assert len(store.finished()) == 4
    store.clear()
    assert store.finished() == set()
    assert store.merge()["runs"].empty


# ---------------------------------------------------------------- files


def test_a_write_that_fails_half_way_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.parquet"
    write_table(path, pa.table({"a": [1]}))

    class FillsTheDisk(pq.ParquetWriter):  # type: ignore[misc]
        def write_table(self, *rows: object) -> None:
            super().write_table(*rows)
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "ParquetWriter", FillsTheDisk)
    # Whatever is raised: the table that stood there still stands.
    with pytest.raises((OSError, BadInput)):
        write_table(path, pa.table({"a": [2]}))
    assert pd.read_parquet(path)["a"].tolist() == [1]
    assert [file.name for file in tmp_path.iterdir()] == ["runs.parquet"]


@pytest.mark.parametrize("letters", ["Eilean Siar à ì", "日本語", "🏴󠁧󠁢󠁳󠁣󠁴󠁿 and space"])
def test_folders_may_have_any_name(letters: str, experiment: Experiment, tmp_path: Path) -> None:
    path = written(tmp_path / letters, SMALL)
    results = simulate(
        path, seeds=1, workers=1, scenarios=["drawn"], out=tmp_path / letters / "out", present=False
    )
    assert results.directory is not None
    assert len(pd.read_parquet(results.directory / "runs.parquet")) == 1


# ---------------------------------------------------------------- dying at each step


class Killed(BaseException):
    """As far as files go, the process ended here."""


class Steps:
    """Counts steps that touch the disk, and ends the process before or in one of them."""

    def __init__(self, last: int) -> None:
        self.left = last

    def step(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            if self.left == 0:
                raise Killed
            self.left -= 1
            return real(*args, **options)

        return counted


def die_in(act: Callable[[], object], last: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do it, but die after so many steps; True if it came to its end."""
    steps = Steps(last)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", steps.step(os.replace))
        patch.setattr(os, "unlink", steps.step(os.unlink))
        patch.setattr(os, "rmdir", steps.step(os.rmdir))
        patch.setattr(Path, "mkdir", steps.step(Path.mkdir))
        patch.setattr(Path, "unlink", lambda path, missing_ok=False: None)  # nothing tidies up
        patch.setattr(pq, "ParquetWriter", steps.step(pq.ParquetWriter))
        patch.setattr(feather, "write_feather", steps.step(feather.write_feather))
        try:
            act()
        except Killed:
            return False
    return True


# Every fourth step each time, together every step.
@pytest.mark.parametrize(
    "first", [0, *(pytest.param(index, marks=pytest.mark.slow) for index in (1, 2, 3))]
)
def test_dying_at_any_step_of_adding_or_merging_loses_no_finished_run(
    first: int,
    pieces: list[Tables],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A table of one run, a part with another, and a third that is being added.
    old, part, new = pieces[0], pieces[3], pieces[6]
    whole = filled(tmp_path / "whole", [old, part, new]).merge()
    start = tmp_path / "start"
    filled(start, [old]).merge()
    filled(start, [part])
    before, after = Store(start).finished(), {*Store(tmp_path / "whole").finished()}
    assert (len(before), len(after)) == (2, 3)
    deaths: list[set[tuple[str, int]]] = []
    for last in range(first, 60, 4):
        folder = tmp_path / f"dead_{last}"
        shutil.copytree(start, folder)
        store = Store(folder)

        def act(store: Store = store) -> None:
            store.add(new)
            store.merge()

        ended = die_in(act, last, monkeypatch)
        done = store.finished()
        assert done in (before, after)
        if done != after:
            store.add(new)
        assert_same_tables(store.merge(), whole)
        assert_same_tables(read(store), whole)
        if ended:
            break
        deaths.append(done)
    else:
        pytest.fail("it never came to its end")
    # It died before and after the new run counted as done, in writing and in clearing up.
    assert deaths.count(before) >= 1
    assert deaths.count(after) >= (2 * len(STORED) + 5) // 4


# ---------------------------------------------------------------- real processes


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    """A file whose runs take seconds, and the tables of an undisturbed run."""
    path = written(tmp_path_factory.mktemp("longer"), LONGER, "longer.toml")
    return path, simulate(path, workers=1, out=None)


def assert_tables_whole(out: Path) -> None:
    for path in out.rglob("*.parquet"):
        if not any(part.startswith(".") for part in path.relative_to(out).parts):
            pd.read_parquet(path)


@POSIX
@pytest.mark.slow
@pytest.mark.parametrize(("engine", "workers"), [("compiled", 2), ("mesa", 2), ("compiled", 1)])
def test_killed_in_the_middle_the_next_run_goes_on_to_the_same_tables(
    engine: str, workers: int, longer: tuple[Path, Results], tmp_path: Path
) -> None:
    path, whole = longer
    out = tmp_path / "out"
    words = ["simulate", str(path), "--workers", str(workers), "--out", str(out)]
    with command(tmp_path, *words, "--engine", engine) as process:
        wait_for_parts(out, process, 3)
        if engine == "mesa" and PROCESSES.is_dir():
            assert len(alive(process.pid)) >= 1 + workers
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        # Workers do not live on: they would keep cores and memory for ever.
        assert gone(process.pid)
    assert_tables_whole(out)
    (folder,) = out.glob("*/*")
    done = Store(folder).finished()
    assert 0 < len(done) < len(whole.runs)
    said: list[str] = []
    results = simulate(path, workers=1, out=out, present=False, say=said.append)
    assert any(line.startswith(f"{len(done)} of {len(whole.runs)} runs are done") for line in said)
    assert_same_results(results, whole)
    assert not (folder / "parts").exists()


@POSIX
@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_again_and_again_at_random_moments(
    workers: int, longer: tuple[Path, Results], tmp_path: Path
) -> None:
    path, whole = longer
    out = tmp_path / "out"
    words = ["simulate", str(path), "--workers", str(workers), "--out", str(out)]
    dice = random.Random(2018 + workers)
    kills = 0
    for _ in range(8):
        with command(tmp_path, *words) as process:
            try:
                process.wait(timeout=dice.uniform(1.0, 6.0))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                assert gone(process.pid)
                kills += 1
            else:
                assert process.returncode == 0, process.communicate()
        assert_tables_whole(out)
    results = simulate(path, workers=1, out=out, present=False)
    assert kills > 0
    assert_same_results(results, whole)


# Instead of a disk without room: files cannot grow beyond this, so writing fails half-way.
FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
"""


@pytest.mark.slow
@POSIX
def test_a_full_disk_is_told_in_plain_words_and_loses_nothing(tmp_path: Path) -> None:
    path, out = written(tmp_path), tmp_path / "out"
    script = tmp_path / "full.py"
    script.write_text(FULL + COMMAND.format(root=str(ROOT)), encoding="utf-8")
    words = ["simulate", str(path), "--workers", "1", "--out", str(out)]
    full = subprocess.run(
        [sys.executable, str(script), *words], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert full.returncode == 2, full
    assert "cannot write here: file too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert_tables_whole(out)
    results = simulate(path, workers=1, out=out, present=False)
    assert_same_results(results, simulate(path, workers=1, out=None))


@pytest.mark.slow
@POSIX
def test_the_lock_refuses_a_second_process_and_is_free_after_a_kill(
    longer: tuple[Path, Results], tmp_path: Path
) -> None:
    path, _ = longer
    out = tmp_path / "out"
    words = ["simulate", str(path), "--seeds", "2000", "--workers", "1", "--out", str(out)]
    with command(tmp_path, *words) as first:
        wait_for_parts(out, first)
        with command(tmp_path, *words) as second:
            _, error = second.communicate(timeout=60)
        assert second.returncode == 2
        assert "another process is running this experiment" in error
        assert "Traceback" not in error
        assert first.poll() is None, "too short to tell"
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    (folder,) = out.glob("*/*")
    with Store(folder).locked():
        pass


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def fail() -> None:
        with store.locked():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.locked(), pytest.raises(BadInput, match="another process"), store.locked():
        pass
