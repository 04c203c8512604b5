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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.input_errors import BadInput, Problem
from sim.outcomes import KEYS, TEXT
from sim.settings import Experiment, Scenario

# Tables on disk: those of runs that went through, and the runs that did not.
STORED = {**KEYS, "failed": ["scenario", "seed"]}
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
            if len(rows):
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
            done.update(zip(rows["scenario"].tolist(), rows["seed"].tolist(), strict=True))
        return done

    def merge(self) -> dict[str, pd.DataFrame]:
        """Bring parts into the tables and return them, sorted by their keys."""
        tables = merged({name: self._read(name) for name in STORED})
        if self._whole_parts():
            for name, table in tables.items():
                write_table(self.path(name), table)
        shutil.rmtree(self.parts, ignore_errors=True)
        for left_over in self.directory.glob(".*.parquet"):
            left_over.unlink()  # of a process that was killed while it wrote
        return tables


def merged(pieces: Mapping[str, Iterable[pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Join pieces of the tables, each run once, sorted by key.

    A piece holds all rows of a run or none, below one another and sorted, as
    `sim.outcomes.tables_of` gives them; so runs are put in order, not rows. The result does not
    depend on how runs were divided between pieces. A run that failed in one piece and went
    through in another counts as done.
    """
    tables = {name: _merged(name, pieces.get(name, [])) for name in STORED}
    failed, runs = tables["failed"], tables["runs"]
    if len(failed) and len(runs):
        done = pd.MultiIndex.from_frame(runs[STORED["failed"]])
        again = pd.MultiIndex.from_frame(failed[STORED["failed"]])
        tables["failed"] = failed[~again.isin(done)].reset_index(drop=True)
    return tables


def _merged(name: str, pieces: Iterable[pd.DataFrame]) -> pd.DataFrame:
    found = [rows for rows in pieces if len(rows)]
    if not found:
        return pd.DataFrame(columns=[*STORED[name], *(["error"] if name == "failed" else [])])
    spans = pd.concat([_spans(rows, place) for place, rows in enumerate(found)])
    spans = spans.drop_duplicates(["scenario", "seed"], keep="last")
    spans = spans.sort_values(["scenario", "seed"])
    # Runs that already follow one another are moved together.
    follows = (spans["piece"] == spans["piece"].shift()) & (spans["start"] == spans["stop"].shift())
    moved = spans.groupby((~follows).cumsum())
    slices = [
        found[piece].iloc[start:stop]
        for piece, start, stop in zip(
            moved["piece"].first(), moved["start"].first(), moved["stop"].last(), strict=True
        )
    ]
    table: pd.DataFrame = pd.concat(slices, ignore_index=True)
    texts = table.select_dtypes(exclude=["number", "bool"]).columns
    table[texts] = table[texts].astype(TEXT)
    return table


def _spans(rows: pd.DataFrame, piece: int) -> pd.DataFrame:
    """From which row to which each run goes."""
    scenario, seed = rows["scenario"], rows["seed"]
    begins = scenario.ne(scenario.shift()) | seed.ne(seed.shift())
    start = np.flatnonzero(begins)
    return pd.DataFrame(
        {
            "scenario": scenario.iloc[start].astype(TEXT),
            "seed": seed.iloc[start],
            "piece": piece,
            "start": start,
            "stop": np.append(start[1:], len(rows)),
        }
    )
