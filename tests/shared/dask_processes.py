"""A Dask scheduler and its workers as processes on 127.0.0.1, of which nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared.folders import ROOT


class DaskProcesses:
    """A scheduler that listens on a port of its own, and the workers that are sent to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        told = folder / "scheduler.json"
        self.scheduler = self._start(
            ROOT, "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told)
        )
        until = time.monotonic() + 60
        while not told.is_file() or not told.read_text():
            if time.monotonic() > until or self.scheduler.poll() is not None:
                pytest.fail("no scheduler listened within a minute")
            time.sleep(0.05)
        self.address = str(json.loads(told.read_text())["address"])

    def worker(self, checkout: Path = ROOT) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, with the package of a folder."""
        words = ["--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--death-timeout", "60"]
        words += ["--local-directory", str(self.folder)]
        return self._start(checkout, "worker", self.address, *words)

    def end(self) -> None:
        """Kill all that still run."""
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def _start(self, checkout: Path, kind: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{kind}-{len(self._processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *words],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(checkout)},
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process


@contextlib.contextmanager
def dask_processes(folder: Path) -> Iterator[DaskProcesses]:
    """Start a scheduler in a folder; it and its workers are gone at the end."""
    folder.mkdir()
    started = DaskProcesses(folder)
    try:
        yield started
    finally:
        started.end()
