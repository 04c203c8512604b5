"""What the tables of a folder are, in one small file, so that none is taken for what it is not.

A merge writes its tables and this record into a folder of their own, which gets its name in one
step: from then on they are the tables, and are moved to their places one by one. So at any moment
all tables that count are of one merge, and whatever differs from the record was lost, damaged or
put there by somebody else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "tables.json"
# Whole tables of a merge that are not all in their places yet.
MERGED = "merged"
# In the order in which they are written; runs first, since all others are about them.
NAMES = ("runs", "series", "groups", "joined", "failed")
# Tables in which a point has rows beside those of its runs; without one, its runs are not whole.
DETAILS = ("series", "groups", "joined")


class NotARecord(ValueError):  # noqa: N818
    """A file of this name holds something else."""


@dataclass(frozen=True)
class Record:
    """What belongs together.

    Attributes
    ----------
    experiment
        Fingerprint of what decides the tables; "" if nobody said.
    digests
        Of the file of each table, by the table's name; see `digest_of`.
    points
        For each table the points that have rows in it.
    """

    experiment: str
    digests: Mapping[str, str]
    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self) -> str:
        """Write it as JSON."""
        content = {
            "about": "Which tables belong together. A table that differs is made anew.",
            "experiment": self.experiment,
            "tables": dict(self.digests),
            "points": {name: list(points) for name, points in self.points.items()},
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read_record(path: Path) -> Record:
    """Read a record.

    Raises
    ------
    NotARecord
        If it is something else.
    OSError
        If it is not there, or cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        record = Record(
            experiment=_text(content["experiment"]),
            digests={_text(name): _text(told) for name, told in content["tables"].items()},
            points={
                _text(name): tuple(_text(point) for point in points)
                for name, points in content["points"].items()
            },
        )
    # Deeply nested brackets are more than Python reads.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotARecord(str(path)) from error
    return record


def _text(entry: Any) -> str:
    if not isinstance(entry, str):
        raise TypeError
    return entry


@dataclass(frozen=True)
class Condition:
    """What of the tables of a folder can be used.

    Attributes
    ----------
    sound
        Files of the tables that are as they were written, by their names.
    wrong
        What is lost or damaged, and how, by the name of the file or folder.
    again
        Points whose runs are to be done again, since a table that they need is wrong.
    experiment
        What the tables are of; "" if that is not known.
    """

    sound: Mapping[str, Path]
    wrong: Mapping[str, str]
    again: frozenset[str] = frozenset()
    experiment: str = ""


def place_of(folder: Path, name: str) -> Path:
    """Return where a file of the last merge is now: on its way, or in its place."""
    passing = folder / MERGED / name
    return passing if passing.exists() else folder / name


def condition(folder: Path, experiment: str | None = None, *, quick: bool = False) -> Condition:
    """Look which tables of a folder belong together; every byte counts, but none is decoded.

    Parameters
    ----------
    folder
        Where they are.
    experiment
        What they should be of, or None for whatever they are.
    quick
        Look at the sizes of files only.
    """
    wrong: dict[str, str] = {}
    try:
        record = read_record(place_of(folder, FILE))
    except FileNotFoundError:
        found = [name for name in NAMES if os.path.lexists(folder / f"{name}.parquet")]
        return Condition({}, {FILE: "is lost"} if found else {})
    except NotARecord:
        return Condition({}, {FILE: "is damaged"})
    except OSError as error:
        return Condition({}, {FILE: _unreadable(error)})
    if experiment is not None and record.experiment not in ("", experiment):
        return Condition({}, {FILE: "is of another experiment"})
    sound: dict[str, Path] = {}
    for name in NAMES:
        path = place_of(folder, f"{name}.parquet")
        told = _wrong_with(path, record.digests.get(name, ""), quick=quick)
        if told:
            wrong[path.name] = told
        else:
            sound[name] = path
    if "runs" not in sound:
        sound = {}
    again = frozenset(
        point for name in DETAILS if name not in sound for point in record.points.get(name, ())
    )
    return Condition(sound, wrong, again, record.experiment)


def _wrong_with(path: Path, digest: str, *, quick: bool) -> str:
    """Say in a few words what is wrong with a file; "" if nothing is."""
    if path.is_dir():
        return "is a folder"
    try:
        same = digest.startswith(_size_of(path)) and (quick or digest_of(path) == digest)
    except FileNotFoundError:
        return "is lost"
    except OSError as error:
        return _unreadable(error)
    return "" if same else "is not as it was written"


def _unreadable(error: OSError) -> str:
    return "is a folder" if isinstance(error, IsADirectoryError) else "cannot be read"


def digest_of(path: Path) -> str:
    """Fingerprint of a file, after its size."""
    with path.open("rb") as file:
        return _size_of(path) + hashlib.file_digest(file, "sha256").hexdigest()


def _size_of(path: Path) -> str:
    return f"{path.stat().st_size}-"


def told(wrong: Mapping[str, str]) -> str:
    """Say what is wrong, in one line."""
    return ", ".join(f"{name} {how}" for name, how in wrong.items())


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it; nothing if there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
