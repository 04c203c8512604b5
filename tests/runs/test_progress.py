"""Progress: told to whoever listens, and drawn only where somebody watches."""

from __future__ import annotations

import io
import sys

import pytest

from sim.runs.executors import Here, run_each
from sim.runs.progress import Bar, Progress, Silent, told
from tests.shared.listening import Recorder


class Terminal(io.StringIO):
    """A stream that says it is watched."""

    def isatty(self) -> bool:
        return True


def work(progress: Progress) -> None:
    def keep(chunk: int, result: int) -> None:
        progress.message(f"chunk {chunk}")
        progress.advance(chunk, total=7 if chunk == 3 else None)

    with told(progress, 6, "step", done=1):
        run_each(Here(), lambda: lambda chunk: chunk, [1, 2, 3], keep)


def test_a_listener_hears_all_in_order() -> None:
    recorder = Recorder()
    work(recorder)
    assert recorder.told == [
        ("start", 6, "step", 1),
        ("message", "chunk 1"),
        ("advance", 1, None),
        ("message", "chunk 2"),
        ("advance", 2, None),
        ("message", "chunk 3"),
        ("advance", 3, 7),
        ("end",),
    ]
    assert recorder.steps == 6


def test_a_listener_hears_of_the_end_of_what_fails() -> None:
    recorder = Recorder()
    with pytest.raises(KeyboardInterrupt), told(recorder, 1, "step"):
        raise KeyboardInterrupt
    assert recorder.told[-1] == ("end",)


def test_a_bar_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = Bar()
    work(bar)
    last = terminal.getvalue().rstrip().rpartition("\r")[2]
    assert last.startswith("chunk 3: 100%")
    assert "7/7" in last
    # A second bar is a new one, which begins at nothing.
    terminal.truncate(0)
    with told(bar, 3, "fit"):
        pass
    assert "0/3" in terminal.getvalue()


def test_nothing_is_drawn_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    work(Bar())
    work(Silent())
    # What nobody has begun to listen to is passed over.
    Bar().message("nothing")
    Bar().advance()
    Bar().end()
    assert capsys.readouterr() == ("", "")
