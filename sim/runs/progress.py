"""How far work has come, told to whoever listens: a bar on a terminal, a page, or nobody."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tqdm import tqdm


class Progress(Protocol):
    """Listens to work that takes a number of steps; to one piece of work after the other."""

    def start(self, total: int, unit: str, done: int = 0) -> None:
        """Begin to listen to work.

        Parameters
        ----------
        total
            Number of steps, as far as is known.
        unit
            What a step is, in the singular.
        done
            Steps made at an earlier time.
        """

    def message(self, text: str) -> None:
        """Hear what is being done now."""

    def advance(self, count: int = 1, total: int | None = None) -> None:
        """Hear that so many more steps are made, and how many there are in all if that changed."""

    def end(self) -> None:
        """Hear that the work is done or given up."""


@contextmanager
def told(progress: Progress, total: int, unit: str, done: int = 0) -> Iterator[None]:
    """Tell of the start of some work, and of its end however it ends; see `Progress.start`."""
    progress.start(total, unit, done)
    try:
        yield
    finally:
        progress.end()


class Silent:
    """Tells nobody."""

    def start(self, total: int, unit: str, done: int = 0) -> None:
        """Begin to listen to work."""

    def message(self, text: str) -> None:
        """Hear what is being done now."""

    def advance(self, count: int = 1, total: int | None = None) -> None:
        """Hear that so many more steps are made."""

    def end(self) -> None:
        """Hear that the work is done or given up."""


class Bar:
    """Draws a bar with the time left on a terminal; quiet where nobody watches."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def start(self, total: int, unit: str, done: int = 0) -> None:
        """Draw a bar."""
        from tqdm import tqdm

        self.end()
        # Looked up anew each time: a test or a notebook may have put another stream there.
        self._bar = tqdm(
            total=total, initial=done, unit=unit, disable=None, file=sys.stderr, smoothing=0.1
        )

    def message(self, text: str) -> None:
        """Write what is being done before the bar."""
        if self._bar is not None:
            self._bar.set_description(text)

    def advance(self, count: int = 1, total: int | None = None) -> None:
        """Lengthen the bar."""
        if self._bar is not None:
            if total is not None:
                self._bar.total = total
            self._bar.update(count)

    def end(self) -> None:
        """Leave the bar as it is and begin a new line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
