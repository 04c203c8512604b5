"""Tables of results as they are kept: their keys, and columns from Arrow to pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.files.writing import write_atomically

# Texts have one type in all tables, also where nothing is filled in.
TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
TABLES = ("runs", "series", "groups", "joined")
# Some of them, by name.
Tables = dict[str, pa.Table]
KEYS = {
    "runs": ["point", "seed"],
    "series": ["point", "seed", "month"],
    "groups": ["point", "seed", "grouping", "group"],
    "joined": ["point", "seed", "offer", "gss_code"],
}


def numbers(entries: npt.NDArray[Any]) -> pa.Array:
    """Column of numbers; what is not a number is missing."""
    # A record keeps whole numbers narrow, to save room; in tables all have one width.
    wide = entries.astype(np.int64, copy=False) if entries.dtype.kind == "i" else entries
    return pa.array(wide, from_pandas=True)


def is_text(kind: pa.DataType) -> bool:
    """Is this the type of a column of texts?"""
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary)
    return any(is_kind(kind) for is_kind in kinds)


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Hand a table over to pandas."""
    for index, field in enumerate(table.schema):
        if is_text(field.type):
            texts = pa.chunked_array([table.column(index).combine_chunks()]).cast(pa.large_string())
            table = table.set_column(index, field.name, texts)
    frame: pd.DataFrame = table.to_pandas(
        types_mapper={pa.large_string(): TEXT}.get, ignore_metadata=True
    )
    return frame


# Rows that a Parquet file holds as one piece.
ROW_GROUP = 1 << 17
# Tables on disk: those of runs that went through, and the runs that did not.
STORED = {**KEYS, "failed": ["point", "seed"]}


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet table in one step."""
    write_atomically(path, lambda passing: write_parquet(passing, table))


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a Parquet file; the same rows give the same bytes, however they came together."""
    write_pieces(path, table.schema, [table])


def write_pieces(
    path: Path, schema: pa.Schema, pieces: Iterable[pa.Table], statistics: Sequence[str] = ()
) -> None:
    """Write a Parquet file whose rows come piece by piece, never holding much of it.

    Parameters
    ----------
    path
        The file.
    schema
        Of all pieces.
    pieces
        Rows below one another; how they are divided does not matter.
    statistics
        Columns of which readers can tell what a part of the file holds without reading it.
    """
    # Numbers hardly repeat: only texts are worth a dictionary. Without Arrow's own schema, texts
    # come back as texts, however they were held here.
    texts = [field.name for field in schema if is_text(field.type)]
    with pq.ParquetWriter(
        path,
        schema,
        use_dictionary=texts,
        write_statistics=list(statistics) or False,
        store_schema=False,
    ) as file:
        empty = True
        for rows in _in_groups(pieces):
            file.write_table(_settled(rows), ROW_GROUP)
            empty = False
        if empty:
            file.write_table(schema.empty_table(), ROW_GROUP)


def _in_groups(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Give rows in groups of one size."""
    left: list[pa.Table] = []
    count = 0
    for piece in pieces:
        left.append(piece)
        count += len(piece)
        if count >= ROW_GROUP:
            together = _below(left) if len(left) > 1 else left[0]
            whole = count - count % ROW_GROUP
            for start in range(0, whole, ROW_GROUP):
                yield together.slice(start, ROW_GROUP)
            left, count = [together.slice(whole)], count - whole
    if count:
        yield _below(left) if len(left) > 1 else left[0]


def read_table(path: Path) -> pd.DataFrame:
    """Read a table as it was when it was made."""
    return frame_of(_read_parquet(path))


def _read_parquet(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a table; each text is held once, and rows refer to it."""
    schema = pq.read_schema(path)
    texts = [field.name for field in schema if is_text(field.type)]
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        return file.read(columns)


def only(table: pd.DataFrame, wanted: Mapping[str, range]) -> pd.DataFrame:
    """Leave in a table the rows of some runs.

    Parameters
    ----------
    table
        With the columns ``point`` and ``seed``.
    wanted
        The seeds that are wanted of each point; none of a point that is not in it.
    """
    which, points = pd.factorize(table["point"])
    seeds = [wanted.get(point, range(0)) for point in points]
    first, stop = (
        np.array([getattr(of, end) for of in seeds], dtype=np.int64) for end in ("start", "stop")
    )
    seed = table["seed"].to_numpy()
    mine = (seed >= first[which]) & (seed < stop[which])
    return table if mine.all() else table[mine].reset_index(drop=True)


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
