"""Files written whole: a reader sees the old one or the new one, never half."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path

from sim.files.problems import BadInput, Problem


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file under a passing name, then put it in place in one step.

    Raises
    ------
    BadInput
        If another program, such as Excel, holds the file open, or it cannot be written at all.
    """
    passing = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        write(passing)
        os.replace(passing, path)
    except PermissionError as error:
        raise BadInput(
            [
                Problem(
                    "the file cannot be written; close it in Excel or any other program that "
                    "has it open, and run the same command again: no result is lost",
                    file=str(path),
                )
            ]
        ) from error
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        if passing.is_file():
            passing.unlink()


def _cannot_write(path: Path, error: OSError) -> BadInput:
    # Arrow gives the number of an error, and words of its own.
    reason = error.strerror or (os.strerror(error.errno) if error.errno else str(error))
    return BadInput([Problem(f"cannot write here: {reason.lower()}", file=str(path))])


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, in UTF-8 with plain line ends."""
    write_atomically(path, lambda passing: _plain_text(passing, text))


def _plain_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
