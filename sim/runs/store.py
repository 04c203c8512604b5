"""Results on disk: whole tables or none, whatever happens to the process.

Finished runs are written as parts, each a folder that appears under its name in one step;
`Store.merge` turns tables and parts into new tables, replaces each in one step, and only then
drops the parts. A process killed at any moment therefore loses at most the runs in its hands,
and the next one goes on from what is there.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from sim.files.problems import BadInput, Problem
from sim.files.writing import cannot_write, make_folder
from sim.runs.tables import STORED, _below, _read_parquet, frame_of, write_table


class Store:
    """The folder of one experiment's results.

    Parameters
    ----------
    directory
        ``results/<experiment>/<hash>``; made when first written to.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.parts = directory / "parts"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from writing here; released even by ``kill -9``.

        Raises
        ------
        BadInput
            If another process is at work on the same results.
        """
        from filelock import FileLock, Timeout

        make_folder(self.directory)
        lock = FileLock(self.directory / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise BadInput(
                [
                    Problem(
                        "another process is running this experiment; wait for it to end",
                        file=str(self.directory),
                    )
                ]
            ) from None
        try:
            yield
        finally:
            lock.release()

    def clear(self) -> None:
        """Drop all results, as for a fresh start."""
        for name in STORED:
            self.path(name).unlink(missing_ok=True)
        shutil.rmtree(self.parts, ignore_errors=True)

    def path(self, table: str) -> Path:
        """File of a table."""
        return self.directory / f"{table}.parquet"

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Keep the tables of some finished runs as one part.

        Raises
        ------
        BadInput
            If they cannot be written, for want of room perhaps. What was kept before stays.
        """
        name = uuid.uuid4().hex
        passing = self.parts / f".{name}"
        try:
            passing.mkdir(parents=True)
            for table, rows in tables.items():
                if len(rows):
                    # Not for keeping: written and read ten times faster than Parquet.
                    feather.write_feather(rows, passing / f"{table}.arrow", compression="lz4")
            os.replace(passing, self.parts / name)
        except OSError as error:
            # Half a part helps nobody, and takes room where there is none.
            shutil.rmtree(passing, ignore_errors=True)
            raise cannot_write(self.directory, error) from error

    def _whole_parts(self) -> list[Path]:
        if not self.parts.is_dir():
            return []
        return sorted(part for part in self.parts.iterdir() if not part.name.startswith("."))

    def _read(self, table: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        if self.path(table).is_file():
            yield _read_parquet(self.path(table), columns)
        for part in self._whole_parts():
            source = part / f"{table}.arrow"
            if source.is_file():
                # Not mapped into memory: Windows would not let the file be removed.
                yield feather.read_table(source, columns, memory_map=False)

    def finished(self) -> set[tuple[str, int]]:
        """Point and seed of the runs that went through; failed ones may be tried again."""
        done: set[tuple[str, int]] = set()
        for rows in self._read("runs", ["point", "seed"]):
            done.update(zip(*(rows[key].to_pylist() for key in rows.column_names), strict=True))
        return done

    def merge(self) -> dict[str, pd.DataFrame]:
        """Bring parts into the tables and return them, sorted by their keys."""
        has_parts = bool(self._whole_parts())
        frames = {}
        for name, table in merged({name: self._read(name) for name in STORED}):
            if has_parts:
                write_table(self.path(name), table)
            frames[name] = frame_of(table)
        shutil.rmtree(self.parts, ignore_errors=True)
        for left_over in self.directory.glob(".*.parquet"):
            left_over.unlink()  # of a process that was killed while it wrote
        return frames


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
