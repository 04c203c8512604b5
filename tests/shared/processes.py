"""The command line run as a process that can be killed, and what is left of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared.experiments import SMALL
from tests.shared.folders import ROOT

PROCESSES = Path("/proc")
# Seconds of work in small chunks, so that there are parts at almost any moment.
LONGER = SMALL.replace('"2019-04"', '"2023-04"').replace("count = 3", "count = 60")


@contextlib.contextmanager
def command(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command line in a process group of its own; nothing of it is left behind."""
    script = folder / "command.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(COMMAND.format(root=str(ROOT)), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script), *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for_parts(out: Path, process: subprocess.Popen[str], count: int = 1) -> None:
    """Wait until some finished runs lie on disk, and fail if the process ended before."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        parts = [part for part in out.glob("*/*/parts/*") if not part.name.startswith(".")]
        if len(parts) >= count:
            return
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    pytest.fail("no part appeared within a minute")


def alive(group: int) -> list[str]:
    """Command lines of the processes of a group that still run."""
    found = []
    for status in PROCESSES.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] not in "ZX":
                found.append((status.parent / "cmdline").read_text().replace("\0", " "))
    return found


def gone(group: int, seconds: float = 10.0) -> bool:
    """Wait until no process of a group runs."""
    until = time.monotonic() + seconds
    while alive(group):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


# The command line with smaller chunks and without pictures.
COMMAND = """
import signal, sys
# Whoever starts the tests in the background may have had Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {root!r})
import sim.experiment.plan, sim.present.figures.catalogue
sim.experiment.plan.CHUNK_SEEDS, sim.experiment.plan.CHUNK_SECONDS = 1, 0.0
sim.present.figures.catalogue.DRAWINGS = ()
from sim.cli.app import main
if __name__ == "__main__":
    main()
"""
