"""Results on disk: whole tables or none, whatever happens to the process.

Finished runs are written as parts, each a folder that appears under its name in one step;
`Store.merge` turns tables and parts into new tables, which take the place of the old ones all in
one step (see `sim.runs.record`), and only then drops the parts. A process killed at any moment
therefore loses at most the runs in its hands, and the next one goes on from what is there.

What was lost or damaged by other hands is found before anything is read, and left out together
with all runs that need it, so that they count as not done.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

from sim.files.problems import BadInput, Problem
from sim.files.writing import cannot_write, make_folder
from sim.runs import record
from sim.runs.record import Condition, NotARecord, Record, read_record, remove
from sim.runs.tables import STORED, _below, _read_parquet, frame_of, write_parquet

LOCK = ".lock"
# Beside the tables of a part: what they are.
PART = "part.json"


@contextmanager
def alone(lock: Path, problem: str) -> Iterator[None]:
    """Keep others from what a lock file stands for; released even by ``kill -9``.

    Raises
    ------
    BadInput
        With the problem, if another process holds it; or if nothing can be written there.
    """
    from filelock import FileLock, Timeout

    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise BadInput([Problem(problem, file=str(lock.parent))]) from None
    except OSError as error:
        raise cannot_write(lock.parent, error) from error
    try:
        yield
    finally:
        held.release()


class Store:
    """The folder of one experiment's results.

    Parameters
    ----------
    directory
        ``results/<experiment>/<hash>``; made when first written to.
    experiment
        Fingerprint of what decides the tables; tables of another are not taken for ours. None for
        whatever is there.
    """

    def __init__(self, directory: Path, experiment: str | None = None) -> None:
        self.directory = directory
        self.experiment = experiment
        self.parts = directory / "parts"
        self._merged = directory / record.MERGED
        self._lock = directory / LOCK
        self._lock_was_folder = False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing here; released even by ``kill -9``.

        Raises
        ------
        BadInput
            If another process is at work on the same results, or nothing can be written here.
        """
        make_folder(self.directory)
        if self._lock.is_dir():
            self._lock_was_folder = True
            remove(self._lock)  # nobody can hold it
        with alone(self._lock, "another process is running this experiment; wait for it to end"):
            yield

    def clear(self) -> None:
        """Drop all results, as for a fresh start."""
        for path in (
            self.directory / record.FILE,  # first: without it, no table counts
            self._merged,
            self.parts,
            *map(self.path, STORED),
        ):
            try:
                remove(path)
            except OSError as error:
                raise cannot_write(path, error) from error

    def path(self, table: str) -> Path:
        """File of a table."""
        return self.directory / f"{table}.parquet"

    def has_tables(self) -> bool:
        """Was anything ever merged here?"""
        return record.place_of(self.directory, record.FILE).is_file()

    def wrong_tables(self) -> dict[str, str]:
        """Say which tables are lost or damaged, by the name of the file."""
        return dict(self._condition().wrong)

    def wrong(self) -> dict[str, str]:
        """Say what is lost or damaged, by the name of each file or folder."""
        broken = {} if self._has_room_for_parts() else {self.parts.name: "is no folder"}
        for part, content in self._parts():
            if content is None:
                broken[f"{self.parts.name}/{part.name}"] = "is damaged"
        if self._lock_was_folder or self._lock.is_dir():
            broken[LOCK] = "is a folder"
        return {**self._condition().wrong, **broken}

    def is_settled(self) -> bool:
        """Is everything merged, and every table in its place?"""
        left_over = self.parts, self._merged
        return not any(os.path.lexists(path) for path in left_over) and not self.wrong()

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Keep the tables of some finished runs as one part.

        Raises
        ------
        BadInput
            If they cannot be written, for want of room perhaps. What was kept before stays.
        """
        name = uuid.uuid4().hex
        passing = self.parts / f".{name}"
        if not self._has_room_for_parts():
            remove(self.parts)
        try:
            passing.mkdir(parents=True)
            digests = {}
            for table, rows in tables.items():
                if len(rows):
                    path = passing / f"{table}.arrow"
                    # Not for keeping: written and read ten times faster than Parquet.
                    feather.write_feather(rows, path, compression="lz4")
                    digests[table] = record.digest_of(path)
            about = Record(self.experiment or "", digests)
            (passing / PART).write_text(about.text(), encoding="utf-8")
            os.replace(passing, self.parts / name)
        except OSError as error:
            # Half a part helps nobody, and takes room where there is none.
            shutil.rmtree(passing, ignore_errors=True)
            raise cannot_write(self.directory, numbered(error)) from error

    def _has_room_for_parts(self) -> bool:
        return self.parts.is_dir() or not os.path.lexists(self.parts)

    def _condition(self) -> Condition:
        return record.condition(self.directory, self.experiment)

    def _parts(self) -> Iterator[tuple[Path, Record | None]]:
        """Give every part with what is in it, or None if it is not as it was written."""
        if not self.parts.is_dir():
            return
        for part in sorted(self.parts.iterdir()):
            if part.name.startswith("."):
                continue
            try:
                about = read_record(part / PART)
                ours = self.experiment is None or about.experiment in ("", self.experiment)
                sound = ours and all(
                    record.digest_of(part / f"{table}.arrow") == digest
                    for table, digest in about.digests.items()
                )
            except (NotARecord, OSError):
                sound = False
            yield part, about if sound else None

    def _pieces(
        self,
        tables: Iterable[str],
        columns: list[str] | None = None,
        *,
        with_parts: bool = True,
    ) -> dict[str, Iterator[pa.Table]]:
        """Read what is sound: for each table what stands in it, and then the parts."""
        found = self._condition()
        whole = self._parts() if with_parts else ()
        parts = [(part, about) for part, about in whole if about is not None]
        return {table: self._read(table, found, parts, columns) for table in tables}

    def _read(
        self,
        table: str,
        found: Condition,
        parts: list[tuple[Path, Record]],
        columns: list[str] | None,
    ) -> Iterator[pa.Table]:
        if table in found.sound:
            yield _without(_read_parquet(found.sound[table], columns), found.again)
        for part, about in parts:
            if table in about.digests:
                # Not mapped into memory: Windows would not let the file be removed.
                yield feather.read_table(part / f"{table}.arrow", columns, memory_map=False)

    def finished(self) -> set[tuple[str, int]]:
        """Point and seed of the runs that went through; failed ones may be tried again."""
        done: set[tuple[str, int]] = set()
        for rows in self._pieces(["runs"], ["point", "seed"])["runs"]:
            done.update(zip(*(rows[key].to_pylist() for key in rows.column_names), strict=True))
        return done

    def read(self) -> dict[str, pd.DataFrame]:
        """Read the tables, without parts that another process may be making; nothing is written."""
        return {
            name: frame_of(table) for name, table in merged(self._pieces(STORED, with_parts=False))
        }

    def merge(self) -> dict[str, pd.DataFrame]:
        """Bring parts into the tables and return them, as `read` does.

        Tables that were lost or damaged are written anew, with the runs that are whole.

        Raises
        ------
        BadInput
            If the tables cannot be written. What was there before is there still.
        """
        self._settle()
        stale = bool(self._condition().wrong)
        if not stale and not any(True for _ in self._parts()):
            frames = self.read()
        else:
            frames = {}
            with self._replaced() as write:
                for name, table in merged(self._pieces(STORED)):
                    write(name, table)
                    frames[name] = frame_of(table)
            self._settle()
        self._drop_parts()
        for left_over in self.directory.glob(".*.parquet"):
            remove(left_over)  # of a process that was killed while it wrote
        return frames

    @contextmanager
    def _replaced(self) -> Iterator[Callable[[str, pa.Table], None]]:
        """Take in new tables, which are those of the store when the block ends without an error."""
        passing = self.directory / f".{uuid.uuid4().hex}.{record.MERGED}"
        digests: dict[str, str] = {}
        points: dict[str, tuple[str, ...]] = {}

        def write(name: str, table: pa.Table) -> None:
            path = passing / self.path(name).name
            write_parquet(path, table)
            digests[name] = record.digest_of(path)
            points[name] = tuple(sorted(pc.unique(table["point"]).to_pylist()))

        try:
            passing.mkdir(parents=True)
            yield write
            about = Record(self.experiment or "", digests, points)
            (passing / record.FILE).write_text(about.text(), encoding="utf-8")
            os.replace(passing, self._merged)
        except OSError as error:
            raise cannot_write(self.directory, numbered(error)) from error
        finally:
            shutil.rmtree(passing, ignore_errors=True)

    def _settle(self) -> None:
        """Move new tables into their places, and clear away what dead processes left."""
        for left_over in self.directory.glob(f".*.{record.MERGED}"):
            remove(left_over)
        if not os.path.lexists(self._merged):
            return
        try:
            # The record last, though any order would do: each is looked for here first.
            for name in (*(self.path(table).name for table in STORED), record.FILE):
                passing, place = self._merged / name, self.directory / name
                if passing.exists():
                    if place.is_dir():
                        remove(place)
                    os.replace(passing, place)
        except OSError as error:
            raise cannot_write(self.directory, error) from error
        remove(self._merged)

    def _drop_parts(self) -> None:
        """Drop all parts: they are gone in one step, as half of one would look damaged."""
        if os.path.lexists(self.parts):
            passing = self.directory / f".{uuid.uuid4().hex}.{self.parts.name}"
            os.replace(self.parts, passing)
        for left_over in self.directory.glob(f".*.{self.parts.name}"):
            remove(left_over)


def numbered(error: OSError) -> OSError:
    """Give an error its number, which Arrow has in its text alone where several things failed."""
    told = re.search(r"\[errno (\d+)\]", str(error), re.IGNORECASE)
    if error.errno or told is None:
        return error
    number = int(told[1])
    return OSError(number, os.strerror(number))


def merged(pieces: Mapping[str, Iterable[pa.Table]]) -> Iterator[tuple[str, pa.Table]]:
    """Join pieces of the tables, each run once, sorted by key; give one table after the other.

    A piece holds all rows of a run or none, below one another and sorted, as
    `sim.runs.measure.measure` gives them; so runs are put in order, not rows. The result does not
    depend on how runs were divided between pieces. A run that failed in one piece and went
    through in another counts as done.
    """
    keys = STORED["failed"]
    done: pa.Table | None = None  # of `runs`, which come before those that failed
    for name in STORED:
        table = _in_order(name, pieces.get(name, []))
        if name == "runs":
            done = table.select(keys)
        elif name == "failed" and len(table) and done is not None:
            through, again = (
                pd.MultiIndex.from_frame(frame_of(rows)) for rows in (done, table.select(keys))
            )
            table = table.filter(pa.array(~again.isin(through)))
        yield name, table


def _without(rows: pa.Table, points: Collection[str]) -> pa.Table:
    """Leave out some points."""
    if not points:
        return rows
    theirs = pc.is_in(
        rows["point"].cast(pa.large_string()), pa.array(sorted(points), pa.large_string())
    )
    return rows.filter(pc.invert(theirs))


def _in_order(name: str, pieces: Iterable[pa.Table]) -> pa.Table:
    """Join the pieces of one table."""
    found = [rows for rows in pieces if len(rows)]
    if not found:
        keys = [*STORED[name], *(["error"] if name == "failed" else [])]
        kinds = [(key, pa.int64() if key == "seed" else pa.large_string()) for key in keys]
        return pa.schema(kinds).empty_table()
    spans = pd.concat([_spans(rows, index) for index, rows in enumerate(found)])
    spans = spans.drop_duplicates(["point", "seed"], keep="last")
    spans = spans.sort_values(["point", "seed"])
    # Runs that already follow one another are moved together.
    follows = (spans["piece"] == spans["piece"].shift()) & (spans["start"] == spans["stop"].shift())
    moved = spans.groupby((~follows).cumsum())
    slices = [
        found[piece].slice(start, stop - start)
        for piece, start, stop in zip(
            moved["piece"].first(), moved["start"].first(), moved["stop"].last(), strict=True
        )
    ]
    return _below(slices)


def _spans(rows: pa.Table, piece: int) -> pd.DataFrame:
    """From which row to which each run goes."""
    texts = rows["point"]
    if not pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_encode()
    texts = texts.unify_dictionaries().combine_chunks()
    which, seed = texts.indices.to_numpy(), rows["seed"].to_numpy()
    begins = (which[1:] != which[:-1]) | (seed[1:] != seed[:-1])
    start = np.append(0, np.flatnonzero(begins) + 1)
    return pd.DataFrame(
        {
            "point": np.array(texts.dictionary.to_pylist(), dtype=object)[which[start]],
            "seed": seed[start],
            "piece": piece,
            "start": start,
            "stop": np.append(start[1:], len(rows)),
        }
    )
