"""Executors: one contract for all, one of somebody else's included, and workers that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from sim.experiment import plan as plans
from sim.experiment.load import load_experiment
from sim.experiment.plan import make_plan
from sim.runs.executors import (
    AHEAD,
    Executor,
    Here,
    Processes,
    Threads,
    WorkerDied,
    in_order,
    run_each,
)
from sim.runs.store import Store
from sim.runs.tables import STORED
from sim.runs.worker import make_run
from tests.shared.executors import (
    Elsewhere,
    ending,
    failing_at,
    large,
    making,
    sleeping,
    slow_at_first,
    squares,
    unreadable,
    unsendable,
)
from tests.shared.experiments import CURVES, SMALL, written
from tests.shared.folders import ROOT
from tests.shared.processes import PROCESSES, gone

POSIX = pytest.mark.skipif(os.name == "nt", reason="kill -9 and process groups are POSIX")
LONG = 60.0  # seconds that nobody waits for

EXECUTORS: list[Executor] = [Here(), Threads(2), Processes(2), Elsewhere()]
ANY = pytest.mark.parametrize("executor", EXECUTORS, ids=lambda one: type(one).__name__)

# ---------------------------------------------------------------- the contract


@ANY
def test_every_chunk_comes_back_once_with_its_result(executor: Executor) -> None:
    kept: list[tuple[int, int]] = []
    run_each(executor, squares, range(20), lambda chunk, result: kept.append((chunk, result)))
    assert sorted(kept) == [(chunk, chunk * chunk) for chunk in range(20)]
    # Nothing to do is no trouble, and an executor may be started again.
    run_each(executor, squares, [], lambda chunk, result: kept.append((chunk, result)))
    run_each(executor, squares, [20], lambda chunk, result: kept.append((chunk, result)))
    assert len(kept) == 21


@ANY
def test_results_can_be_had_in_the_order_of_their_chunks(executor: Executor) -> None:
    with in_order(executor, slow_at_first) as run:
        assert run(range(9)) == list(range(9))
        assert run([]) == []
        assert run(iter([3, 0, 3])) == [3, 0, 3]


@ANY
def test_few_chunks_are_in_hand(executor: Executor) -> None:
    taken, kept = 0, 0
    most = 0

    def chunks() -> Iterator[int]:
        nonlocal taken, most
        for chunk in range(30):
            taken += 1
            most = max(most, taken - kept)
            yield chunk

    def keep(chunk: int, result: int) -> None:
        nonlocal kept
        kept += 1

    run_each(executor, squares, chunks(), keep)
    assert kept == 30
    assert executor.workers <= most <= AHEAD * executor.workers


@ANY
def test_a_failure_reaches_the_caller_and_the_rest_is_dropped(
    executor: Executor, tmp_path: Path
) -> None:
    kept: list[int] = []
    with pytest.raises(KeyError, match="chunk 7"):
        run_each(
            executor,
            partial(failing_at, 7, tmp_path),
            range(100),
            lambda chunk, result: kept.append(chunk),
        )
    begun = {int(path.name) for path in tmp_path.iterdir()}
    assert 7 in begun
    assert max(begun) <= 7 + 2 * AHEAD * executor.workers
    # All that was begun was kept, but for the one that failed.
    assert sorted(kept) == sorted(begun - {7})


@ANY
def test_one_can_go_on_after_a_failure(executor: Executor, tmp_path: Path) -> None:
    with in_order(executor, partial(failing_at, 1, tmp_path)) as run:
        with pytest.raises(KeyError, match="chunk 1"):
            run(range(8))
        assert run([20, 21, 22]) == [20, 21, 22]


@ANY
def test_what_chunks_share_is_made_once_for_each_process(
    executor: Executor, tmp_path: Path
) -> None:
    with in_order(executor, partial(making, tmp_path)) as run:
        processes = {*run(range(12)), *run(range(12))}
    assert len(list(tmp_path.iterdir())) == len(processes)
    assert (os.getpid() in processes) is not isinstance(executor, Processes)


@ANY
def test_a_task_that_cannot_be_made_is_an_error_of_its_own(executor: Executor) -> None:
    with pytest.raises(OSError, match="the file is gone"):
        run_each(executor, unreadable, range(3), lambda chunk, result: None)


@pytest.mark.parametrize("executor", [Threads(2), Processes(2)], ids=["Threads", "Processes"])
def test_what_is_in_hand_at_ctrl_c_is_finished_and_kept(executor: Executor, tmp_path: Path) -> None:
    kept: list[float] = []

    def keep(chunk: float, result: int) -> None:
        kept.append(chunk)
        if len(kept) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_each(executor, partial(sleeping, tmp_path), [0.05, 1.0, 0.06, *[0.07] * 50], keep)
    assert 1.0 in kept
    assert len(kept) <= 2 + AHEAD * executor.workers


@pytest.mark.parametrize("kind", [Threads, Processes])
def test_there_is_at_least_one_worker(kind: Callable[[int], Executor]) -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        kind(0)


# ---------------------------------------------------------------- processes


def begun(folder: Path, count: int) -> list[int]:
    """Wait for processes that have begun with a chunk, and give their numbers."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = [int(path.name) for path in folder.iterdir() if not path.name.startswith(".")]
        if len(found) >= count:
            return found
        time.sleep(0.01)
    pytest.fail("no process began within a minute")


def test_at_once_nobody_waits_for_what_was_begun(tmp_path: Path) -> None:
    started = time.monotonic()

    def keep(chunk: float, result: int) -> None:
        begun(tmp_path, 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_each(Processes(2), partial(sleeping, tmp_path), [LONG, 0.0, LONG], keep, at_once=True)
    assert time.monotonic() - started < LONG / 2
    if PROCESSES.is_dir():
        assert not any((PROCESSES / path.name).exists() for path in tmp_path.iterdir())


def test_what_was_finished_is_kept_even_at_once(tmp_path: Path) -> None:
    kept: list[float] = []

    def keep(chunk: float, result: int) -> None:
        kept.append(chunk)
        if len(kept) == 1:
            begun(tmp_path, 2)
            time.sleep(1.5)  # the other one is finished meanwhile
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_each(Processes(2), partial(sleeping, tmp_path), [0.0, 0.1], keep, at_once=True)
    assert sorted(kept) == [0.0, 0.1]


@POSIX
def test_a_killed_worker_is_told_in_plain_words_and_the_other_ones_work_is_kept(
    tmp_path: Path,
) -> None:
    killed: list[int] = []

    def kill() -> None:
        begun(tmp_path, 2)
        for path in tmp_path.iterdir():
            if path.read_text() == str(LONG):
                killed.append(int(path.name))
                os.kill(killed[0], signal.SIGKILL)

    kept: list[float] = []
    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(WorkerDied, match=r"killed perhaps for lack of memory .* -9"):
        run_each(
            Processes(2),
            partial(sleeping, tmp_path),
            [LONG, 2.0],
            lambda chunk, result: kept.append(chunk),
        )
    killer.join()
    assert len(killed) == 1
    assert kept == [2.0]


def test_a_worker_that_ends_without_a_word_is_told_too() -> None:
    with pytest.raises(WorkerDied), in_order(Processes(2), ending) as run:
        run(range(20))


@pytest.mark.parametrize(("chunk", "words"), [("error", "NotToBeSent"), ("lock", "pickle")])
def test_what_cannot_be_sent_back_is_an_error_not_a_death(chunk: str, words: str) -> None:
    with pytest.raises((RuntimeError, TypeError), match=words) as caught:
        run_each(Processes(1), unsendable, [chunk], lambda chunk, result: None)
    assert not isinstance(caught.value, WorkerDied)
    assert "In a worker process" in caught.value.__notes__[0]


def test_results_larger_than_a_pipe_holds_come_whole() -> None:
    with in_order(Processes(2), large) as run:
        assert [len(result) for result in run([bytes(3_000_000)] * 6)] == [6_000_000] * 6


SCRIPT = """
import signal, sys
from functools import partial
from pathlib import Path
# Whoever starts the tests in the background may have had Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {root!r})
from sim.runs.executors import Processes, run_each
from tests.shared.executors import sleeping
if __name__ == "__main__":
    task = partial(sleeping, Path({folder!r}))
    print("begins", flush=True)
    try:
        run_each(Processes(2), task, {chunks}, lambda *_: print("kept", flush=True),
                 at_once={at_once})
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


@POSIX
@pytest.mark.parametrize(
    ("blow", "at_once", "seconds", "said"),
    [
        pytest.param("ctrl-c", True, LONG, "begins stopped", marks=pytest.mark.slow),
        pytest.param("ctrl-c", False, 3.0, "begins kept kept stopped", marks=pytest.mark.slow),
        ("kill", False, LONG, "begins"),
    ],
)
def test_processes_never_outlive_their_parent(
    blow: str, at_once: bool, seconds: float, said: str, tmp_path: Path
) -> None:
    script, folder = tmp_path / "script.py", tmp_path / "begun"
    folder.mkdir()
    text = SCRIPT.format(root=str(ROOT), folder=str(folder), chunks=[seconds] * 9, at_once=at_once)
    script.write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            begun(folder, 2)
            if blow == "kill":
                os.kill(process.pid, signal.SIGKILL)
            else:
                os.killpg(process.pid, signal.SIGINT)  # as a terminal does
            told, error = process.communicate(timeout=LONG / 2)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        assert gone(process.pid)
    assert told.split() == said.split()
    assert error == ""


# ---------------------------------------------------------------- results of runs


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Executor], dict[str, bytes]]:
    """Tables of a small experiment, as bytes on disk."""
    folder = tmp_path_factory.mktemp("executors")
    experiment = load_experiment(written(folder, SMALL + CURVES))

    def run(executor: Executor) -> dict[str, bytes]:
        store = Store(folder / str(len(list(folder.iterdir()))))
        plan = make_plan(experiment)
        batches = plan.batches("compiled")
        assert len(batches) > AHEAD * executor.workers, "too few to tell"
        task = partial(make_run, experiment, plan.points, "compiled")
        run_each(executor, task, batches, lambda batch, tables: store.add(tables))
        store.merge()
        return {name: store.path(name).read_bytes() for name in STORED}

    return run


@pytest.mark.slow
def test_any_executor_gives_the_same_bytes(
    tables: Callable[[Executor], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "CHUNK_SEEDS", 1)
    monkeypatch.setattr(plans, "CHUNK_SECONDS", 0.0)
    first, *others = (tables(executor) for executor in EXECUTORS)
    assert len(first["runs"]) > 1000
    for other in others:
        assert other == first
