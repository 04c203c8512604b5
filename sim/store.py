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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import feather

from sim.input_errors import BadInput, Problem
from sim.outcomes import KEYS, frame_of, is_text

# Rows that a Parquet file holds as one piece.
ROW_GROUP = 1 << 17
# Tables on disk: those of runs that went through, and the runs that did not.
STORED = {**KEYS, "failed": ["scenario", "seed"]}


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


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet table in one step."""
    write_atomically(path, lambda passing: _parquet(passing, table))


def _parquet(path: Path, table: pa.Table) -> None:
    # Numbers hardly repeat: only texts are worth a dictionary. Without Arrow's own schema, texts
    # come back as texts, however they were held here.
    texts = [field.name for field in table.schema if is_text(field.type)]
    with pq.ParquetWriter(
        path, table.schema, use_dictionary=texts, write_statistics=False, store_schema=False
    ) as file:
        for start in range(0, max(len(table), 1), ROW_GROUP):
            file.write_table(_settled(table.slice(start, ROW_GROUP)), ROW_GROUP)


def read_table(path: Path) -> pd.DataFrame:
    """Read a table as it was when it was made."""
    return frame_of(_read_parquet(path))


def _read_parquet(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a table; each text is held once, and rows refer to it."""
    schema = pq.read_schema(path)
    texts = [field.name for field in schema if is_text(field.type)]
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        return file.read(columns)


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

        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(self.directory, error) from error
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
            raise _cannot_write(self.directory, error) from error

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
        """Scenario and seed of the runs that went through; failed ones may be tried again."""
        done: set[tuple[str, int]] = set()
        for rows in self._read("runs", ["scenario", "seed"]):
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
    `sim.outcomes.measure` gives them; so runs are put in order, not rows. The result does not
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
    spans = pd.concat([_spans(rows, place) for place, rows in enumerate(found)])
    spans = spans.drop_duplicates(["scenario", "seed"], keep="last")
    spans = spans.sort_values(["scenario", "seed"])
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


def by_table(pieces: Iterable[Mapping[str, pa.Table]]) -> dict[str, list[pa.Table]]:
    """Sort the tables of pieces by their names."""
    found: dict[str, list[pa.Table]] = {}
    for piece in pieces:
        for name, rows in piece.items():
            found.setdefault(name, []).append(rows)
    return found


def stacked(pieces: Iterable[Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    """Put the rows of pieces that have no run in common below one another, table by table."""
    return {name: _below(tables) for name, tables in by_table(pieces).items()}


def _below(tables: Sequence[pa.Table]) -> pa.Table:
    """Put tables below one another; each text is held once, and rows refer to it."""
    return pa.concat_tables(tables, promote_options="default").unify_dictionaries()


def _settled(rows: pa.Table) -> pa.Table:
    """Give rows a form that depends on them only, not on the pieces in which they came."""
    columns = []
    for column in rows.columns:
        whole = column.combine_chunks()
        if pa.types.is_dictionary(whole.type):
            words = whole.dictionary.take(whole.indices.unique().drop_null())
            words = words.take(pc.sort_indices(words))
            # Where each word of the old list stands in the new one.
            places = pc.index_in(whole.dictionary, words)
            whole = pa.DictionaryArray.from_arrays(places.take(whole.indices), words)
        columns.append(whole)
    return pa.table(columns, names=rows.column_names)


def _spans(rows: pa.Table, piece: int) -> pd.DataFrame:
    """From which row to which each run goes."""
    texts = rows["scenario"]
    if not pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_encode()
    texts = texts.unify_dictionaries().combine_chunks()
    scenario, seed = texts.indices.to_numpy(), rows["seed"].to_numpy()
    begins = (scenario[1:] != scenario[:-1]) | (seed[1:] != seed[:-1])
    start = np.append(0, np.flatnonzero(begins) + 1)
    return pd.DataFrame(
        {
            "scenario": np.array(texts.dictionary.to_pylist(), dtype=object)[scenario[start]],
            "seed": seed[start],
            "piece": piece,
            "start": start,
            "stop": np.append(start[1:], len(rows)),
        }
    )
