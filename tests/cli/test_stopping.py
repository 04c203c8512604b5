"""However a call is stopped, and wherever its words cannot go: plain, prompt, nothing left over."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from sim.cli import ending
from sim.runs.results import Results, load_results
from sim.study import simulate
from tests.shared.experiments import SMALL, assert_same_results, written
from tests.shared.folders import ROOT
from tests.shared.processes import LONGER, PROCESSES, command, gone, wait_for_parts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and streams of POSIX")

ONE = SMALL[: SMALL.index("[scenarios.no_visits]")]
INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)
OTHERS = ("Ctrl-C twice", "asked to end", "closed terminal")
TABLES = ("runs", "series", "groups", "joined")
WAYS = {
    "Ctrl-C": ([INT], 130),
    "Ctrl-C twice": ([INT, INT], 130),
    "Ctrl-C three times": ([INT, INT, INT], 130),
    "asked to end": ([TERM], 143),
    "closed terminal": ([HUP], 129),
}


def assert_same(ours: Results, theirs: Results) -> None:
    assert_same_results(ours, theirs, TABLES)


def send(process: subprocess.Popen[str], signals: list[signal.Signals], pause: float) -> None:
    """Send signals to all processes of a call, as a terminal does."""
    for number in signals:
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        time.sleep(pause)


def assert_ended(process: subprocess.Popen[str], code: int, seconds: float = 30.0) -> None:
    """Check that a call ends soon, with its code or by the signal itself, and leaves nothing."""
    _, error = process.communicate(timeout=seconds)
    assert process.returncode in (code, 128 - code), error
    assert "Traceback" not in error
    assert "KeyboardInterrupt" not in error
    assert "ignored" not in error
    assert not PROCESSES.is_dir() or gone(process.pid)


# Each way with each number of workers, every other time with the other engine, so that any two of
# the three meet. One is tried each time; all others are slow.
ENGINES = itertools.cycle(("compiled", "mesa"))
RUNNING = [(next(ENGINES), workers, way) for workers in (1, 2, 3) for way in WAYS]
USUAL = {("compiled", 1, "closed terminal")}


@pytest.mark.parametrize(
    ("engine", "workers", "way"),
    [
        pytest.param(
            *case, marks=() if case in USUAL else pytest.mark.slow, id="-".join(map(str, case))
        )
        for case in RUNNING
    ],
)
def test_stopped_while_running_a_call_ends_with_finished_runs_kept(
    engine: str, workers: int, way: str, tmp_path: Path
) -> None:
    path, out = written(tmp_path, LONGER, "longer.toml"), tmp_path / "out"
    signals, code = WAYS[way]
    words = ["simulate", str(path), "--seeds", "500", "--workers", str(workers), "--out", str(out)]
    with command(tmp_path, *words, "--engine", engine) as process:
        wait_for_parts(out, process, 2)
        send(process, signals, 0.1)
        assert_ended(process, code)
    said: list[str] = []
    results = simulate(path, seeds=5, workers=1, out=out, present=False, say=said.append)
    # What lay on disk was not done again.
    assert any("done already" in line.lower() for line in said), said
    assert_same(results, simulate(path, seeds=5, workers=1, out=None))


STARTING = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
print("starting", flush=True)
runpy.run_path({script!r}, run_name="__main__")
"""
SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "seconds", [0.7, *(pytest.param(late, marks=SLOW) for late in (0.1, 0.4, 1.5))]
)
@pytest.mark.parametrize("way", ["Ctrl-C", pytest.param("Ctrl-C twice", marks=SLOW)])
def test_stopped_while_starting_a_call_says_nothing_else(
    way: str, seconds: float, tmp_path: Path
) -> None:
    path, out = written(tmp_path, LONGER, "longer.toml"), tmp_path / "out"
    signals, code = WAYS[way]
    words = ["simulate", str(path), "--seeds", "500", "--workers", "2", "--out", str(out)]
    text = STARTING.format(script=str(ROOT / "run.py"))
    with scripted(tmp_path, text, *words, "--engine", "mesa") as process:
        wait_for_line(process, "starting")
        time.sleep(seconds)
        send(process, signals, 0.05)
        assert_ended(process, code)


DRAWING = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {root!r})
import sim.present.figures.catalogue as catalogue
def slow(view):
    print("drawing", flush=True)
    time.sleep(60)
    return []
catalogue.DRAWINGS = (catalogue.DRAWINGS[0], slow)
from sim.cli.app import main
if __name__ == "__main__":
    main()
"""
MERGING = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {root!r})
import sim.runs.store as store
real = store.write_parquet
def slow(path, table):
    print("merging", flush=True)
    time.sleep({pause})
    real(path, table)
store.write_parquet = slow
from sim.cli.app import main
if __name__ == "__main__":
    main()
"""


def scripted(folder: Path, text: str, *words: str) -> subprocess.Popen[str]:
    script = folder / "script.py"
    script.write_text(text, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_line(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    pytest.fail(f"it never came to {word}")


@SLOW
@pytest.mark.parametrize("way", ["Ctrl-C", "Ctrl-C three times", *OTHERS])
def test_stopped_while_drawing_or_merging_a_call_keeps_its_runs(way: str, tmp_path: Path) -> None:
    path = written(tmp_path, ONE)
    signals, code = WAYS[way]
    whole = simulate(path, workers=1, out=None)
    texts = {
        "drawing": DRAWING.format(root=str(ROOT)),
        "merging": MERGING.format(root=str(ROOT), pause=1.0),
    }
    for phase, text in texts.items():
        out = tmp_path / phase
        words = ["simulate", str(path), "--workers", "1", "--out", str(out)]
        with scripted(tmp_path, text, *words) as process:
            wait_for_line(process, phase)
            send(process, signals, 0.1)
            assert_ended(process, code)
        said: list[str] = []
        results = simulate(path, workers=1, out=out, present=False, say=said.append)
        assert not any("runs to do" in line for line in said), said
        assert_same(results, whole)
        (folder,) = out.glob("*/*")
        assert_same(load_results(folder), whole)
        assert not [file for file in folder.rglob(".*") if file.name != ".lock"]


@SLOW
def test_a_call_that_is_to_survive_its_terminal_does(tmp_path: Path) -> None:
    path, out = written(tmp_path, LONGER, "longer.toml"), tmp_path / "out"
    words = ["simulate", str(path), "--seeds", "9", "--workers", "1", "--out", str(out)]
    before = signal.signal(HUP, signal.SIG_IGN)  # as nohup does, for what is started now
    try:
        with command(tmp_path, *words) as process:
            wait_for_parts(out, process)
            os.killpg(process.pid, HUP)
            process.communicate(timeout=120)
            assert process.returncode == 0
    finally:
        signal.signal(HUP, before)
    (folder,) = out.glob("*/*")
    assert len(pd.read_parquet(folder / "runs.parquet")) == 27


def test_handlers_of_others_are_theirs_again_after_a_call() -> None:
    before = {number: signal.getsignal(number) for number in ending.SIGNALS}
    hook = sys.unraisablehook
    assert ending.run_to_the_end(lambda: None) == 0
    assert {number: signal.getsignal(number) for number in ending.SIGNALS} == before
    assert sys.unraisablehook is hook


def test_a_stop_that_gets_lost_in_a_callback_is_heard_after_all() -> None:
    class Fragile:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)
            time.sleep(0.01)

    def call() -> None:
        one = Fragile()
        del one
        time.sleep(30)

    started = time.monotonic()
    # Also where these tests were begun in the background, with Ctrl-C switched off.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert ending.run_to_the_end(call) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - started < 10


# ---------------------------------------------------------------- streams


def in_shell(line: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell in which RUN stands for the command line."""
    run = f"{sys.executable} {ROOT / 'run.py'}"
    return subprocess.run(
        ["bash", "-c", "set -o pipefail; " + line.replace("RUN", run), "bash", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        pytest.param("RUN evidence >/dev/full", 1, "no space left on device", marks=FULL),
        pytest.param("RUN list >/dev/full 2>/dev/full", 1, "", marks=[FULL, SLOW]),
        pytest.param("RUN simulate nowhere 2>/dev/full", 2, "", marks=[FULL, SLOW]),
        pytest.param("RUN evidence >&-", 0, "", marks=SLOW),
        pytest.param("RUN evidence 2>&-", 0, "", marks=SLOW),
        pytest.param("RUN simulate nowhere 2>&-", 2, "", marks=SLOW),
        ("RUN simulate nowhere >&- 2>&- <&-", 2, ""),
        pytest.param("RUN evidence | (sleep 2; exec <&-)", 1, "", marks=SLOW),
    ],
)
def test_streams_may_be_closed_or_full(line: str, code: int, told: str) -> None:
    done = in_shell(line)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr
    # A pipe holds a few lines, so that its reader may be gone unnoticed.
    assert done.returncode in ((0, code) if "|" in line else (code,))


@SLOW
@pytest.mark.parametrize("streams", ["2>&-", ">&- 2>&- <&-"])
def test_a_simulation_without_streams_writes_whole_files(streams: str, tmp_path: Path) -> None:
    path, out = written(tmp_path, ONE), tmp_path / "out"
    words = f"--seeds 1 --workers 1 --engine mesa --out {out}"
    done = in_shell(f"RUN simulate {path} {words} {streams}")
    assert done.returncode == 0
    assert done.stderr == ""
    (folder,) = out.glob("*/*")
    assert_same(load_results(folder), simulate(path, seeds=1, workers=1, out=None))
    assert (folder / "report.md").read_text(encoding="utf-8").startswith("# A small experiment")


@pytest.mark.slow
@FULL
def test_runs_are_kept_when_there_is_no_room_for_words(tmp_path: Path) -> None:
    path, out = written(tmp_path, ONE), tmp_path / "out"
    done = in_shell(f"RUN simulate {path} --seeds 1 --workers 1 --out {out} >/dev/full")
    assert done.returncode == 1
    assert "Something cannot be written: no space left on device." in done.stderr
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------- files

NO_ROOM = """
import errno, sys
sys.path.insert(0, {root!r})
import sim.present.figures.writer as writer
from sim.present.figures.page import Page
def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")
writer.FigureWriter.__enter__ = lambda itself: itself
Page.save = full
from sim.cli.app import main
main()
"""


@pytest.mark.slow
def test_a_disk_that_fills_up_while_pictures_are_written_is_told_in_plain_words(
    tmp_path: Path,
) -> None:
    path, out = written(tmp_path, ONE), tmp_path / "out"
    words = ["simulate", str(path), "--seeds", "2", "--workers", "1", "--out", str(out)]
    with scripted(tmp_path, NO_ROOM.format(root=str(ROOT)), *words) as process:
        _, error = process.communicate(timeout=120)
    assert process.returncode == 1
    assert error == (
        "Something cannot be written: no space left on device. Finished runs are kept.\n"
    )
    (folder,) = out.glob("*/*")
    assert len(load_results(folder).runs) == 2


@SLOW
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("findings", "file"),
        ("figures", "file"),
        ("report.md", "folder"),
        ("summary.xlsx", "folder"),
    ],
)
def test_what_stands_in_the_way_of_a_report_is_named_and_gone_after_a_fresh_start(
    name: str, content: str, tmp_path: Path
) -> None:
    path, out = written(tmp_path, ONE), tmp_path / "out"
    results = simulate(path, seeds=1, workers=1, out=out, present=False)
    assert results.directory is not None
    place = results.directory / name
    if content == "file":
        place.touch()
    else:
        (place / "inside").mkdir(parents=True)
    line = f"RUN simulate {path} --seeds 1 --workers 1 --engine mesa --out {out}"
    refused = in_shell(line)
    assert refused.returncode == 2, refused
    assert name in refused.stderr
    assert "Traceback" not in refused.stderr
    mended = in_shell(f"{line} --fresh")
    assert mended.returncode == 0, mended
    assert (results.directory / "report.md").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("words", ["schema --path", "levers quickstart --write"])
def test_a_folder_is_no_file_to_write(words: str, tmp_path: Path) -> None:
    for folder in ("/", str(tmp_path)):
        done = in_shell(f"RUN {words} {folder}")
        assert done.returncode == 2
        assert "this is a folder; name a file in it" in done.stderr
        assert done.stdout == ""


def test_a_file_that_cannot_be_read_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def call() -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "some/folder")

    assert ending.run_to_the_end(call) == 2
    error = capsys.readouterr().err
    assert error == "some/folder\n  problem:  this cannot be read or written: permission denied\n"


def test_too_little_memory_is_told_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    def call() -> None:
        raise MemoryError

    assert ending.run_to_the_end(call) == 1
    assert "not enough memory" in capsys.readouterr().err


def test_mistakes_of_the_program_itself_keep_their_traceback() -> None:
    def call() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ending.run_to_the_end(call)
