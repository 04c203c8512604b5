"""How a call ends: well, with a message in plain words, or because somebody stopped it.

Ctrl-C, a request to end and a closed terminal all stop a call alike: what is finished is kept.
Who asks once more does not have to wait for what has begun, and who asks a third time waits for
nothing at all; results on disk survive that as they survive ``kill -9``.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import typer

from sim.files.problems import BadInput

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# A closed terminal (where there are such) and a request to end are as good as Ctrl-C.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
# How often one asks until nothing is waited for.
AT_ONCE = 3
FAILED, BAD_INPUT = 1, 2


class _Stopping:
    """How often, and how, this process was asked to stop."""

    def __init__(self) -> None:
        self.asked = 0
        self.code = 0
        # Set once all is done but the last words, which no further request cuts short.
        self.ending = False
        self._number = signal.SIGINT

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        self.asked += 1
        # The first says with which code the call ends.
        self.code = self.code or 128 + number
        self._number = signal.Signals(number)
        if self.asked >= AT_ONCE:
            with contextlib.suppress(OSError):
                os.write(2, b"Stopped at once. Finished work that lies on disk is kept.\n")
            os._exit(self.code)
        if not self.ending:
            raise KeyboardInterrupt

    def hear_again(self, about: UnraisableHookArgs) -> None:
        """Take up what was raised where nothing can be, such as in a callback of C code."""
        if not issubclass(about.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(about)
            return
        self.asked -= 1
        again = threading.Timer(0.05, self._interrupt)
        again.daemon = True
        again.start()

    def _interrupt(self) -> None:
        main = threading.main_thread().ident
        if hasattr(signal, "pthread_kill") and main is not None:
            signal.pthread_kill(main, self._number)  # also where it sleeps
        else:
            _thread.interrupt_main(self._number)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Handle signals in the block, where this is the thread that gets them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in SIGNALS}
        hook = sys.unraisablehook
        for number, handler in before.items():
            # Whoever starts a call with nohup, or in the background, wants it to go on.
            if handler is not signal.SIG_IGN:
                signal.signal(number, self.hear)
        sys.unraisablehook = self.hear_again
        try:
            yield
        finally:
            sys.unraisablehook = hook
            for number, handler in before.items():
                signal.signal(number, handler)


def run_to_the_end(call: Callable[[], object]) -> int:
    """Call the command line and return the exit code, whatever happens.

    Anything but a mistake of this program itself is said in a few words on the error stream.
    """
    _open_closed_streams()
    stopping = _Stopping()
    with stopping.heard():
        try:
            try:
                code = _tried(call, stopping)
            finally:
                stopping.ending = True
        except KeyboardInterrupt:
            # While the last words were said.
            code = stopping.code
        if not _flushed():
            code = code or FAILED
        if stopping.asked > 1:
            # Threads would be waited for.
            os._exit(stopping.code)
    return stopping.code or code


def _tried(call: Callable[[], object], stopping: _Stopping) -> int:
    try:
        call()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BadInput as error:
        _say(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        return 130
    except MemoryError:
        _say("There is not enough memory for this. Finished runs are kept; try fewer --workers.")
        return FAILED
    except OSError as error:
        if not stopping.asked:
            _say(_told(error))
        return BAD_INPUT if error.filename else FAILED
    except Exception:
        # What is interrupted may fail in its own way.
        if stopping.asked:
            return stopping.code
        raise
    return 0


def _told(error: OSError) -> str:
    why = (error.strerror or str(error)).lower()
    if error.filename:
        return f"{error.filename}\n  problem:  this cannot be read or written: {why}"
    return f"Something cannot be written: {why}. Finished runs are kept."


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        typer.echo(text, err=True)


def _flushed() -> bool:
    """Bring out what was printed; what cannot go anywhere is dropped, or Python would complain."""
    whole = True
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            whole = False
            with contextlib.suppress(OSError):
                _to_nowhere(number)
                stream.flush()
    return whole


def _to_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, number)
    os.close(nowhere)


def _open_closed_streams() -> None:
    """Let streams that were closed lead nowhere, or a file opened next would be taken for them."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
