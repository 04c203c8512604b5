"""Files written whole: a reader sees the old one or the new one, never half."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Callable
from pathlib import Path

from sim.files.problems import BadInput, Problem

# A disk without room, and a user whose share of it is used up, which Windows does not know.
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file under a passing name, then put it in place in one step.

    Raises
    ------
    BadInput
        If another program, such as Excel, holds the file open, or it cannot be written at all.
        What was there before is there still.
    """
    # In the same folder, since a file cannot be moved to another disk in one step.
    passing = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        write(passing)
        _put_in_place(passing, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        # What went wrong before is what should be told.
        with contextlib.suppress(OSError):
            passing.unlink(missing_ok=True)


def _put_in_place(passing: Path, path: Path) -> None:
    try:
        os.replace(passing, path)
    except PermissionError as error:
        # A new file could be written beside it, so it is not the folder that forbids it.
        raise BadInput(
            [
                Problem(
                    "the file cannot be written; close it in Excel or any other program that "
                    "has it open, and run the same command again: no result is lost",
                    file=str(path),
                )
            ]
        ) from error


def cannot_write(path: Path, error: OSError) -> BadInput:
    """Say in plain words why a file or folder cannot be written."""
    if error.errno in FULL:
        reason = "the disk is full"
    else:
        # Arrow gives the number of an error, and words of its own.
        told = error.strerror or (os.strerror(error.errno) if error.errno else str(error))
        reason = told.lower()
    return BadInput([Problem(f"cannot write here: {reason}", file=str(path))])


def make_folder(path: Path) -> None:
    """Make a folder, with those above it, unless it is there.

    Raises
    ------
    BadInput
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, in UTF-8 with plain line ends."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file in one step."""
    write_atomically(path, lambda passing: _plain_bytes(passing, data))


def _plain_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)
