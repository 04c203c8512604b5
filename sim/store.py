"""Results on disk: whole tables or none, whatever happens to the process.

Finished runs are written as parts, each a folder that appears under its name in one step;
`Store.merge` turns tables and parts into new tables, replaces each in one step, and only then
drops the parts. A process killed at any moment therefore loses at most the runs in its hands,
and the next one goes on from what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.input_errors import BadInput, Problem
from sim.outcomes import KEYS, TEXTS
from sim.settings import Experiment, Scenario

# Tables on disk: those of runs that went through, and the runs that did not.
STORED = {**KEYS, "failed": ["scenario", "seed"]}
# Texts have one type in all tables, also where nothing is filled in.
TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
# What decides the result of a run besides its settings.
MODEL_SOURCES = (
    "councils.py",
    "compiled.py",
    "draws.py",
    "engine.py",
    "influence.py",
    "layout.py",
    "merging.py",
    "model.py",
    "outcomes.py",
    "record.py",
    "regimes.py",
    "rules.py",
    "setting_types.py",
    "settings/programme.py",
    "world.py",
    "data/adjacency.csv",
    "data/councils.csv",
    "data/tiers.csv",
)
# Words for the reader: they change no result.
WORDS = {"title", "stands_for", "evidence", "assumptions", "programme"}


def model_hash() -> str:
    """Fingerprint of the sources that decide results; line ends do not count."""
    digest = hashlib.sha256()
    for name in MODEL_SOURCES:
        source = files("sim").joinpath(name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(name.encode() + b"\0" + source + b"\0")
    return digest.hexdigest()


def settings_hash(experiment: Experiment) -> str:
    """Fingerprint of everything that decides the tables, seeds, words and paths left out."""
    content = {
        "horizon": experiment.horizon.model_dump(mode="json"),
        "outcomes": experiment.outcomes.model_dump(
            mode="json", include={"months_since_opening", "pass_share"}
        ),
        "scenarios": {
            name: _without_words(scenario) for name, scenario in experiment.scenarios.items()
        },
        "curves": {
            name: curve.model_dump(mode="json", include={"setting", "values", "scenarios", "group"})
            for name, curve in experiment.curves.items()
        },
        "model": model_hash(),
    }
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_words(scenario: Scenario) -> Any:
    settings = scenario.model_dump(mode="json", exclude=WORDS)
    for event in settings["events"]:
        del event["label"]
    edge_list = scenario.network.edge_list
    if edge_list is not None:
        settings["network"]["edge_list"] = hashlib.sha256(Path(edge_list).read_bytes()).hexdigest()
    # Offers and teams take their luck and their turn in the order in which they are written.
    settings["order"] = [list(scenario.offers), list(scenario.push.teams)]
    return settings


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
    reason = error.strerror or str(error)
    return BadInput([Problem(f"cannot write here: {reason.lower()}", file=str(path))])


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, in UTF-8 with plain line ends."""
    write_atomically(path, lambda passing: _plain_text(passing, text))


def _plain_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a Parquet table in one step."""
    write_atomically(path, lambda passing: table.to_parquet(passing, index=False))


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

    def add(self, tables: dict[str, pd.DataFrame]) -> None:
        """Keep the tables of some finished runs as one part."""
        name = uuid.uuid4().hex
        passing = self.parts / f".{name}"
        passing.mkdir(parents=True)
        for table, rows in tables.items():
            rows.to_parquet(passing / f"{table}.parquet", index=False)
        os.replace(passing, self.parts / name)

    def _whole_parts(self) -> list[Path]:
        if not self.parts.is_dir():
            return []
        return sorted(part for part in self.parts.iterdir() if not part.name.startswith("."))

    def _read(self, table: str, columns: list[str] | None = None) -> Iterable[pd.DataFrame]:
        sources = [self.path(table)] + [part / f"{table}.parquet" for part in self._whole_parts()]
        for source in sources:
            if source.is_file():
                yield pd.read_parquet(source, columns=columns)

    def finished(self) -> set[tuple[str, int]]:
        """Scenario and seed of the runs that went through; failed ones may be tried again."""
        done: set[tuple[str, int]] = set()
        for rows in self._read("runs", ["scenario", "seed"]):
            done.update(zip(rows["scenario"], rows["seed"].astype(int), strict=True))
        return done

    def merge(self) -> dict[str, pd.DataFrame]:
        """Bring parts into the tables and return them, sorted by their keys."""
        tables = merged({name: list(self._read(name)) for name in STORED})
        if self._whole_parts():
            for name, table in tables.items():
                write_table(self.path(name), table)
        shutil.rmtree(self.parts, ignore_errors=True)
        for left_over in self.directory.glob(".*.parquet"):
            left_over.unlink()  # of a process that was killed while it wrote
        return tables


def merged(pieces: dict[str, list[pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Join pieces of the tables, each key once, sorted by key.

    The result does not depend on how the rows were cut into pieces. A run that failed in one
    piece and went through in another counts as done.
    """
    tables = {name: _merged(name, pieces.get(name, [])) for name in STORED}
    failed, runs = tables["failed"], tables["runs"]
    if len(failed) and len(runs):
        done = pd.MultiIndex.from_frame(runs[STORED["failed"]])
        again = pd.MultiIndex.from_frame(failed[STORED["failed"]])
        tables["failed"] = failed[~again.isin(done)].reset_index(drop=True)
    return tables


def _merged(name: str, pieces: list[pd.DataFrame]) -> pd.DataFrame:
    found = [rows for rows in pieces if len(rows)]
    if not found:
        return pd.DataFrame(columns=[*STORED[name], *(["error"] if name == "failed" else [])])
    columns = list(dict.fromkeys(column for rows in found for column in rows.columns))
    # A column that is empty in one piece must not decide the type of the whole.
    filled = [rows.dropna(axis="columns", how="all") for rows in found]
    table = pd.concat(filled, ignore_index=True).reindex(columns=columns)
    for column in table.columns:
        if column in TEXTS or not pd.api.types.is_numeric_dtype(table[column]):
            table[column] = table[column].astype(TEXT)
    table = table.drop_duplicates(STORED[name], keep="last")
    return table.sort_values(STORED[name], kind="stable").reset_index(drop=True)
