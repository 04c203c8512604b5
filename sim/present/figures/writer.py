"""Finished sheets are written by a process of their own, while the next ones are drawn.

Writing a sheet takes longer than drawing it. A plain child process is used, not a pool of
workers, which would run a caller's script once more unless it is written for that. Whatever goes
wrong in the child, the sheets are then written here, so that nothing depends on it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from sim.present.figures.page import Sheet
from sim.present.figures.style import Figure, drawing

HOME = Path(__file__).resolve().parents[3]


class Press:
    """Writes sheets as PNG and SVG; all are there when the block ends.

    Parameters
    ----------
    folder
        Where to write; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken: list[tuple[Sheet, Mapping[str, str]]] = []
        self._child: subprocess.Popen[bytes] | None = None
        # Hands sheets over, so that drawing need not wait until the child takes the next one.
        self._courier = ThreadPoolExecutor(1)

    def __enter__(self) -> Press:
        paths = [str(HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
        # Where no process can be had, everything is written here.
        with contextlib.suppress(OSError):
            self._child = subprocess.Popen(
                [sys.executable, "-m", "sim.present.figures.writer", str(self.folder.absolute())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        return self

    def take(self, sheet: Sheet, about: Mapping[str, str]) -> Figure:
        """Have a sheet written, with what made it; it is not changed any more."""
        self._taken.append((sheet, about))
        if self._child is not None:
            self._courier.submit(_hand_over, self._child, pickle.dumps((sheet, about)))
        return sheet.figure(self.folder)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        child = self._child
        if child is not None and kind is not None:
            child.kill()
        self._courier.shutdown()
        written = child is not None and not _ended_badly(child)
        if kind is None and not written:
            with drawing():
                for sheet, about in self._taken:
                    sheet.save(self.folder, about)


def _hand_over(child: subprocess.Popen[bytes], data: bytes) -> None:
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.write(data)


def _ended_badly(child: subprocess.Popen[bytes]) -> bool:
    """Wait for the child to write what it was given."""
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
    return child.wait() != 0


def write_sheets(source: BinaryIO, folder: Path) -> None:
    """Write the sheets that come in, until there are no more."""
    with drawing(), contextlib.suppress(EOFError):
        while True:
            sheet, about = pickle.load(source)
            sheet.save(folder, about)


if __name__ == "__main__":
    gc.disable()  # looking for garbage among all that a sheet consists of takes a tenth of the time
    write_sheets(sys.stdin.buffer, Path(sys.argv[1]))
