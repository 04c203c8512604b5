"""Runs on a cluster: the bytes of a local run, whatever becomes of its machines."""

from __future__ import annotations

import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sim.cli.app import main
from sim.files.problems import BadInput
from sim.runs import cluster as clusters
from sim.runs.cluster import (
    LOCAL,
    Cluster,
    ClusterLost,
    Fingerprinted,
    Refusal,
    packed,
    run_there,
)
from sim.runs.executors import in_order, read_answer, run_each
from sim.runs.progress import Silent
from sim.runs.sweeps import divide, load_sweep
from sim.study import simulate
from tests.runs.test_sweeps import FILE, contents, made
from tests.shared.dask_processes import dask_processes
from tests.shared.executors import squares, unreadable
from tests.shared.experiments import SMALL, assert_same_results, written
from tests.shared.folders import ROOT

# Enough blocks for workers to come and go.
LONGER = ("sweep.mixed.size=400", "sweep.mixed.replicates=8")


def call(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


# ---------------------------------------------------------------- refused before any work


def test_what_is_no_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for address in ("here", "http://127.0.0.1:8786", "tcp://127.0.0.1", "tcp://:8786 "):
        with pytest.raises(BadInput, match="this is no address of a scheduler"):
            Cluster(address)
    with pytest.raises(BadInput, match="leave out --workers"):
        Cluster("tcp://127.0.0.1:8786", workers=2)
    words = ["run.py", "sweep", str(written(tmp_path, FILE)), "mixed", "--cluster", "here"]
    monkeypatch.setattr(sys, "argv", [*words, "--out", str(tmp_path / "results")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert 'given:    "here"' in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(BadInput, match=r'pip install "council-platform-sim\[cluster\]"'),
        Cluster(LOCAL, workers=1) as cluster,
    ):
        run_each(cluster, squares, range(3), lambda chunk, result: None)


def test_where_no_scheduler_is_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        with (
            pytest.raises(BadInput, match="no scheduler answers at this address"),
            Cluster(f"tcp://127.0.0.1:{taken.getsockname()[1]}") as cluster,
        ):
            run_each(cluster, squares, range(3), lambda chunk, result: None)


# ---------------------------------------------------------------- what a worker trusts


def read(path: Path) -> Callable[[int], str]:
    return lambda chunk: path.read_text(encoding="utf-8") * chunk


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], tuple[bool, Any]]:
    """Answer a chunk as a worker does, in this process."""
    library = SimpleNamespace(get_worker=lambda: SimpleNamespace(address="tcp://far:1"))
    monkeypatch.setattr(clusters, "_library", lambda: library)

    def answered(package: bytes) -> tuple[bool, Any]:
        clusters._begun.cache_clear()  # as in a process of its own
        return read_answer(run_there(package, pickle.dumps(2)))

    return answered


def test_a_worker_does_the_same_work_or_none(
    there: Callable[[bytes], tuple[bool, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "network.csv"
    file.write_text("a", encoding="utf-8")
    task = Fingerprinted(partial(read, file), partial(file.read_text, encoding="utf-8"))
    assert there(packed(task)) == (True, "aa")
    others: dict[str, Callable[[pytest.MonkeyPatch], object]] = {
        "it has another version of this program (0.0.9; here": lambda patch: patch.setattr(
            clusters, "__version__", "0.0.9"
        ),
        "it has another numpy (1.0; here": lambda patch: patch.setattr(
            clusters, "version", lambda package: "1.0" if package == "numpy" else version(package)
        ),
        "a file that the experiment names has other contents": lambda patch: file.write_text("b"),
        f"it cannot read {file}, which the experiment names": lambda patch: file.unlink(),
    }
    for words, change in others.items():
        package = packed(task)
        with monkeypatch.context() as patch:
            change(patch)
            worked, refusal = there(package)
        assert not worked
        assert isinstance(refusal, Refusal)
        worker, why = refusal.args
        assert worker == "tcp://far:1"
        assert why.startswith(words)


# ---------------------------------------------------------------- real schedulers and workers


class Told(Silent):
    """Does something when so many blocks have come."""

    def __init__(self, **when: Any) -> None:
        self.when = {int(at.lstrip("_")): does for at, does in when.items()}
        self.blocks = 0

    def advance(self, count: int = 1, total: int | None = None) -> None:
        self.blocks += 1
        self.when.get(self.blocks, lambda: None)()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return contents(made(tmp_path_factory.mktemp("whole"), *LONGER))


@pytest.mark.slow
def test_one_worker_killed_and_one_late_give_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    with dask_processes(tmp_path / "dask") as dask:
        first, _ = dask.worker(), dask.worker()
        with Cluster(dask.address) as cluster:
            seen: list[int] = []

            def wait_for(count: int) -> None:
                until = time.monotonic() + 60
                while cluster.workers != count:
                    assert time.monotonic() < until, f"not {count} workers within a minute"
                    time.sleep(0.1)
                seen.append(count)

            def joins() -> None:
                dask.worker()
                wait_for(2)

            def killed() -> None:
                wait_for(2)
                first.send_signal(signal.SIGKILL)

            progress = Told(_3=killed, _20=joins)
            results = made(tmp_path, *LONGER, executor=cluster, progress=progress)
            assert seen == [2, 2]
            assert contents(results) == whole


@pytest.mark.slow
def test_a_scheduler_that_dies_is_told_and_the_sweep_goes_on_without(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    with dask_processes(tmp_path / "dask") as dask:
        dask.worker()
        with Cluster(dask.address) as cluster:
            dies = Told(_5=dask.scheduler.kill)
            started = time.monotonic()
            with pytest.raises(ClusterLost, match="does not answer any more"):
                made(tmp_path, *LONGER, executor=cluster, progress=dies)
        assert time.monotonic() - started < 60 + 30  # of which the first is a worker's start
        address = dask.address
    (folder,) = (tmp_path / "results").glob("*/sweep/mixed/*")
    assert len(load_sweep(folder).runs) > 0
    # The address says nothing now, and the same command goes on here.
    changes = [word for change in LONGER for word in ("--set", change)]
    words = ["sweep", str(written(tmp_path, FILE)), "mixed", *changes]
    told = call(*words, "--cluster", address, folder=tmp_path)
    assert told.returncode == 2
    assert "no scheduler answers at this address" in told.stderr
    assert "Traceback" not in told.stderr
    counted = Told()
    blocks = divide(load_sweep(folder).design).all()
    assert contents(made(tmp_path, *LONGER, progress=counted)) == whole
    assert 0 < counted.blocks <= len(blocks) - 5
    told = call(*words, "--cluster", address, folder=tmp_path)
    assert told.returncode == 0, "what is done needs no cluster"


@pytest.mark.slow
def test_a_worker_with_another_model_is_left_out(tmp_path: Path, whole: dict[str, bytes]) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "sim", other / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    data = other / "sim" / "data" / "tiers.csv"
    data.write_text(data.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    lines: list[str] = []
    with dask_processes(tmp_path / "dask") as dask:
        dask.worker(other)
        with (
            pytest.raises(BadInput, match="no worker of this scheduler can be trusted"),
            Cluster(dask.address, say=lines.append) as cluster,
        ):
            made(tmp_path, *LONGER, executor=cluster)
        assert "it has another model or data of the model" in lines[0]
        assert not list((tmp_path / "results").glob("*/sweep/mixed/*/blocks/*"))
        dask.worker()
        with Cluster(dask.address, say=lines.append) as cluster:
            until = time.monotonic() + 60
            while cluster.workers < 2:
                assert time.monotonic() < until
                time.sleep(0.1)
            assert contents(made(tmp_path, *LONGER, executor=cluster)) == whole
            assert cluster.workers == 1
        assert len(lines) == 2


@pytest.mark.slow
def test_workers_of_this_machine_run_experiments_too(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    here = simulate(path, workers=1, out=None, progress=Silent())
    with Cluster(LOCAL, workers=2) as cluster:
        there = simulate(path, executor=cluster, out=None, progress=Silent())
        assert_same_results(here, there)
        # The contract of executors: an error is that of the chunk, and one can go on.
        with in_order(cluster, squares) as run:
            assert run(range(20)) == [number * number for number in range(20)]
        with pytest.raises(OSError, match="the file is gone"):
            run_each(cluster, unreadable, range(3), lambda chunk, result: None)
