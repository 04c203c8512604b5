"""Results of a sweep on disk: blocks as they are done, and in the end a few sorted tables.

A block appears under its name in one step, and its name holds a digest of what is in it: so a
process killed at any moment loses at most the blocks in its hands, and a block that was damaged
counts as not done. When all are there, `put_together` makes the tables, a stretch of points at a
time, and drops the blocks. The tables are the same bytes whoever did the blocks, and however often
they were stopped.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.files.problems import BadInput, Problem
from sim.files.writing import cannot_write, make_folder, write_text
from sim.runs import record
from sim.runs.blocks import Block
from sim.runs.record import NotARecord, Record, read_record, remove
from sim.runs.store import LOCK, alone, numbered
from sim.runs.tables import write_parquet, write_pieces

DESIGN, BLOCKS = "design", "blocks"
# Columns by which rows are found, of which readers can tell what a part of a file holds.
KEYS = ("point", "seed")
_NAME = re.compile(r"(\d{7})-([0-9a-f]{16})\.([a-z]+)\.parquet")


class SweepStore:
    """The folder of the results of one sweep.

    Parameters
    ----------
    directory
        ``results/<experiment>/sweep/<name>/<hash>``; made when first written to.
    fingerprint
        Of what decides the tables.
    names
        Tables that runs have: "runs", and "series" if months are kept.
    """

    def __init__(self, directory: Path, fingerprint: str, names: Sequence[str]) -> None:
        self.directory = directory
        self.fingerprint = fingerprint
        self.names = tuple(names)
        self.blocks = directory / BLOCKS

    def locked(self, shard: str = "") -> AbstractContextManager[None]:
        """Keep other processes from the same work; shards of a sweep may go on side by side.

        Raises
        ------
        BadInput
            If another process is at it, or nothing can be written here.
        """
        make_folder(self.directory)
        what = f"shard {shard} of this sweep" if shard else "this sweep"
        name = f"{LOCK}-{shard.replace('/', '-of-')}" if shard else LOCK
        return alone(
            self.directory / name, f"another process is running {what}; wait for it to end"
        )

    def path(self, table: str) -> Path:
        """File of a table."""
        return self.directory / f"{table}.parquet"

    def is_done(self) -> bool:
        """Are all tables there, as they were written?"""
        return not self.wrong_tables()

    def wrong_tables(self) -> dict[str, str]:
        """Say which tables are lost or damaged, by file; the record of them, before the end."""
        try:
            kept = read_record(self.directory / record.FILE)
        except (NotARecord, OSError):
            return {record.FILE: "is not there"}
        if kept.experiment != self.fingerprint:
            return {record.FILE: "is of another sweep"}
        wrong = {}
        for name in (DESIGN, *self.names):
            path = self.path(name)
            try:
                if record.digest_of(path) != kept.digests.get(name):
                    wrong[path.name] = "is not as it was written"
            except OSError:
                wrong[path.name] = "is lost"
        return wrong

    def clear(self) -> None:
        """Drop all results, as for a fresh start."""
        for path in (
            self.directory / record.FILE,  # first: without it, no table counts
            self.blocks,
            *map(self.path, self.names),
        ):
            try:
                remove(path)
            except OSError as error:
                raise cannot_write(path, error) from error

    # ------------------------------------------------------------ blocks

    def add(self, block: Block, tables: Mapping[str, pa.Table]) -> None:
        """Keep a finished block.

        Raises
        ------
        BadInput
            If it cannot be written, for want of room perhaps. What was kept before stays.
        """
        try:
            self.blocks.mkdir(parents=True, exist_ok=True)
            # The runs come last: with them the block is whole.
            for name in reversed(self.names):
                passing = self.blocks / f".{uuid.uuid4().hex}"
                try:
                    write_parquet(passing, tables[name])
                    place = f"{block.number:07d}-{_digest(passing)}.{name}.parquet"
                    os.replace(passing, self.blocks / place)
                finally:
                    with contextlib.suppress(OSError):
                        passing.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.directory, numbered(error)) from error

    def finished(self) -> dict[int, dict[str, Path]]:
        """Files of each block that is whole, by its number; what is not, is dropped."""
        found: dict[int, dict[str, Path]] = {}
        wrong: list[Path] = []
        for path in sorted(self.blocks.iterdir()) if self.blocks.is_dir() else []:
            told = _NAME.fullmatch(path.name)
            # What has another name may be what another process is writing just now.
            if told is None or told[3] not in self.names:
                continue
            if _digest(path) == told[2]:
                found.setdefault(int(told[1]), {})[told[3]] = path
            else:
                wrong.append(path)
        for path in wrong:
            with contextlib.suppress(OSError):
                remove(path)
        return {n: files for n, files in found.items() if len(files) == len(self.names)}

    def damaged_blocks(self) -> list[str]:
        """Names of blocks that are not as they were written; nothing is changed."""
        found = self.blocks.glob("*.parquet") if self.blocks.is_dir() else []
        told = ((path, _NAME.fullmatch(path.name)) for path in sorted(found))
        return [path.name for path, name in told if name and _digest(path) != name[2]]

    def put_together(self, columns: Sequence[Sequence[Block]]) -> None:
        """Make the tables of all blocks, sorted by their keys, and drop the blocks.

        Parameters
        ----------
        columns
            All blocks by the points that they are about, in the order of points.

        Raises
        ------
        BadInput
            If a block is not there, or the tables cannot be written. The blocks are there still.
        """
        files = self.finished()
        missing = sum(block.number not in files for blocks in columns for block in blocks)
        if missing:
            raise BadInput(
                [
                    Problem(
                        f"{missing:,} of {sum(map(len, columns)):,} blocks of this sweep are not "
                        "done, or were done elsewhere and are not here",
                        file=str(self.blocks),
                        allowed="all shards run, and their blocks in this folder",
                    )
                ]
            )
        digests = {DESIGN: record.digest_of(self.path(DESIGN))}
        try:
            for name in self.names:
                passing = self.directory / f".{uuid.uuid4().hex}.parquet"
                schema = _common([parts[name] for parts in files.values()])
                pieces = (
                    _in_order([files[block.number][name] for block in blocks], schema)
                    for blocks in columns
                )
                try:
                    write_pieces(passing, schema, pieces, KEYS)
                    digests[name] = record.digest_of(passing)
                    os.replace(passing, self.path(name))
                finally:
                    with contextlib.suppress(OSError):
                        passing.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.directory, numbered(error)) from error
        about = Record(self.fingerprint, digests)
        write_text(self.directory / record.FILE, about.text())
        self.drop_blocks()

    def drop_blocks(self) -> None:
        """Drop blocks that the tables hold, and what dead processes left."""
        remove(self.blocks)
        for left_over in (
            *self.directory.glob(".*.parquet"),
            *self.directory.glob(f"{LOCK}-*"),
        ):
            with contextlib.suppress(OSError):
                remove(left_over)

    def read(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Read a table: the whole, or the blocks that are done so far, sorted.

        Raises
        ------
        BadInput
            If there is nothing yet.
        """
        if self.path(name).is_file():
            with pq.ParquetFile(self.path(name)) as file:
                return file.read(columns)
        found = [files[name] for files in self.finished().values()]
        if not found:
            raise BadInput([Problem("there are no results here", file=str(self.directory))])
        rows = _in_order(found, _common(found))
        return rows if columns is None else rows.select(columns)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _common(paths: Iterable[Path]) -> pa.Schema:
    """Columns of all of these files: where every run of a block failed, it has few."""
    schemas = list(dict.fromkeys(pq.read_schema(path).remove_metadata() for path in paths))
    widest = max(schemas, key=len)
    return pa.unify_schemas([widest, *schemas])


def _in_order(paths: Iterable[Path], schema: pa.Schema) -> pa.Table:
    """Read blocks whose rows are sorted, and sort the rows of all."""
    found = [schema.empty_table(), *map(_read, paths)]
    rows = pa.concat_tables(found, promote_options="default")
    order = np.lexsort([rows[key].to_numpy() for key in reversed(KEYS)])
    return rows.take(pa.array(order)).combine_chunks()


def _read(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read()


def rows_of(table: pa.Table) -> Iterator[tuple[int, int]]:
    """Point and seed of every row."""
    return zip(*(table[key].to_pylist() for key in KEYS), strict=True)
