"""An executor of somebody else's, and tasks; with few imports, as every process reads it."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic

from sim.runs.executors import Chunk, Result, Task, Work

# ---------------------------------------------------------------- somebody else's


class Elsewhere:
    """As on a machine far away: all goes there and back as bytes, and the last is done first."""

    workers = 3

    def start(self, task: Task[Chunk, Result]) -> Work[Chunk, Result]:
        return WorkElsewhere(pickle.dumps(task))


class WorkElsewhere(Generic[Chunk, Result]):
    def __init__(self, task: bytes) -> None:
        self.call: Callable[[Chunk], Result] = pickle.loads(task)()
        self.sent: list[tuple[int, bytes]] = []

    def submit(self, number: int, chunk: Chunk) -> None:
        self.sent.append((number, pickle.dumps(chunk)))

    def results(self) -> Iterator[tuple[int, Result]]:
        if self.sent:
            number, chunk = self.sent.pop()
            result: Result = pickle.loads(pickle.dumps(self.call(pickle.loads(chunk))))
            yield number, result

    def stop(self, *, at_once: bool) -> list[tuple[int, Result]]:
        self.sent.clear()
        return []


# ---------------------------------------------------------------- what they run


def squares() -> Callable[[int], int]:
    return lambda chunk: chunk * chunk


def failing_at(number: int, folder: Path) -> Callable[[int], int]:
    """Make what notes which chunks were begun, and fails at one."""

    def run(chunk: int) -> int:
        (folder / str(chunk)).touch()
        if chunk == number:
            raise KeyError(f"chunk {chunk}")
        return chunk

    return run


def slow_at_first() -> Callable[[int], int]:
    def run(chunk: int) -> int:
        time.sleep(0.2 if chunk == 0 else 0.0)
        return chunk

    return run


def making(folder: Path) -> Callable[[int], int]:
    """Note that something was made, and where."""
    (folder / f"{os.getpid()}_{threading.get_ident()}_{time.monotonic_ns()}").touch()
    return lambda chunk: os.getpid()


def sleeping(folder: Path) -> Callable[[float], int]:
    """Make what notes its process, and sleeps for as many seconds as the chunk says."""

    def run(chunk: float) -> int:
        # A name of its own for each thread: they share the process, and would rename each other's.
        passing = folder / f".{os.getpid()}-{threading.get_ident()}"
        passing.write_text(str(chunk))
        passing.rename(folder / str(os.getpid()))
        time.sleep(chunk)
        return os.getpid()

    return run


def ending() -> Callable[[int], int]:
    def run(chunk: int) -> int:
        if chunk == 1:
            os._exit(9)
        return chunk

    return run


class NotToBeSent(Exception):  # noqa: N818
    """Comes back from bytes with an argument too few."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def unsendable() -> Callable[[str], object]:
    def run(chunk: str) -> object:
        if chunk == "error":
            raise NotToBeSent("one", "two")
        return threading.Lock()

    return run


def unreadable() -> Callable[[int], int]:
    raise OSError("the file is gone")


def large() -> Callable[[bytes], bytes]:
    return lambda chunk: chunk + chunk
