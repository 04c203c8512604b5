"""Finished pages are written by a process of their own, while the next ones are drawn.

Writing a page takes longer than drawing it. A plain child process is used, not a pool of
workers, which would run a caller's script once more unless it is written for that. Whatever goes
wrong in the child, the pages are then written here, so that nothing depends on it.
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

from sim.present.figures.page import Page
from sim.present.figures.style import Figure, drawing

HOME = Path(__file__).resolve().parents[3]


class FigureWriter:
    """Writes pages as PNG and SVG; all are there when the block ends.

    Parameters
    ----------
    folder
        Where to write; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._given: list[tuple[Page, Mapping[str, str]]] = []
        self._child: subprocess.Popen[bytes] | None = None
        # Hands pages over, so that drawing need not wait until the child takes the next one.
        self._handing_over = ThreadPoolExecutor(1)

    def __enter__(self) -> FigureWriter:
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

    def write(self, page: Page, about: Mapping[str, str]) -> Figure:
        """Have a page written, with what made it; it is not changed any more."""
        self._given.append((page, about))
        if self._child is not None:
            self._handing_over.submit(_hand_over, self._child, pickle.dumps((page, about)))
        return page.figure(self.folder)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        child = self._child
        if child is not None and kind is not None:
            child.kill()
        self._handing_over.shutdown()
        written = child is not None and not _ended_badly(child)
        if kind is None and not written:
            with drawing():
                for page, about in self._given:
                    page.save(self.folder, about)


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


def write_pages(source: BinaryIO, folder: Path) -> None:
    """Write the pages that come in, until there are no more."""
    with drawing(), contextlib.suppress(EOFError):
        while True:
            page, about = pickle.load(source)
            page.save(folder, about)


if __name__ == "__main__":
    gc.disable()  # looking for garbage among all that a page consists of takes a tenth of the time
    write_pages(sys.stdin.buffer, Path(sys.argv[1]))
