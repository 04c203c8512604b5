"""The results of an experiment as tables, for notebooks, pictures and reports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from sim.experiment.design import ABOUT_POINTS, SCENARIO, design_table, points
from sim.experiment.load import load_experiment
from sim.experiment.taking_part import taking_part
from sim.experiment.titles import unique_titles
from sim.experiment.write import to_toml
from sim.files.problems import BadInput, Problem
from sim.runs.fingerprint import model_hash, settings_hash
from sim.runs.manifest import FILE as MANIFEST
from sim.runs.manifest import read_manifest
from sim.runs.own_outcomes import read_own
from sim.runs.record import FILE as RECORD
from sim.runs.record import remove, told
from sim.runs.store import Store
from sim.runs.tables import frame_of, read_table, write_table
from sim.settings import Experiment

Table = Literal["runs", "series", "groups", "joined"]
DESIGN = "design"
SETTINGS = "experiment.toml"


@dataclass(frozen=True, eq=False)
class Results:
    """Tables of one experiment, sorted by their keys.

    `runs` and `design` join on ``point``. To get the runs of one kind with what they were run
    with, call `of`: ``results.of("scenario")``, ``results.of("curve")``,
    ``results.of("sensitivity")``, ``results.of("hybrid")``.

    Attributes
    ----------
    experiment
        The resolved settings.
    design
        A row a point: ``point``, ``kind``, ``design``, ``position``, ``scenario``, ``title``,
        and a column for every setting that varies, by its dotted name.
    runs
        A row a run: ``point``, ``seed``, ``draw``, every outcome.
    series
        A row a run and month, of scenarios.
    groups
        A row a run and group of councils (nation, council type, size band, offer), of scenarios.
    joined
        A row a run, offer and council, of scenarios.
    failed
        Runs that failed: ``point``, ``seed``, ``error``.
    manifest
        What made the results.
    directory
        Where they are kept, if on disk.
    """

    experiment: Experiment
    design: pd.DataFrame
    runs: pd.DataFrame
    series: pd.DataFrame
    groups: pd.DataFrame
    joined: pd.DataFrame
    failed: pd.DataFrame
    manifest: dict[str, Any] = field(default_factory=dict)
    directory: Path | None = None

    def of(self, kind: str, table: Table = "runs") -> pd.DataFrame:
        """Rows of the points of one kind of design, with what was run.

        Parameters
        ----------
        kind
            Such as "scenario", "curve", "sensitivity" or "hybrid".
        table
            Which table.

        Returns
        -------
        pandas.DataFrame
            ``scenario``, ``seed`` and the other columns of the table. Before them, but for
            scenarios: ``point``, ``design``, ``position`` and each setting that varies among
            these points; one that is named like a column of the table has ``_setting`` behind it.
        """
        if (kind, table) not in self._parts:
            self._parts[kind, table] = self._part(kind, table)
        return self._parts[kind, table]

    def of_scenario(self, scenario: str, table: Table = "runs") -> pd.DataFrame:
        """Rows of the runs of one scenario as it stands, in their order."""
        if table not in self._places:
            which, names = pd.factorize(self.of(SCENARIO, table)["scenario"])
            self._places[table] = {
                str(name): np.flatnonzero(which == number) for number, name in enumerate(names)
            }
        rows, at = self.of(SCENARIO, table), self._places[table].get(scenario)
        if at is None:
            return rows.iloc[:0]
        # They stand together, as tables are sorted: nothing need be copied.
        together = at[-1] - at[0] + 1 == len(at)
        return rows.iloc[at[0] : at[-1] + 1] if together else rows.iloc[at]

    @cached_property
    def _places(self) -> dict[str, dict[str, npt.NDArray[np.intp]]]:
        return {}

    @cached_property
    def _parts(self) -> dict[tuple[str, str], pd.DataFrame]:
        return {}

    def _part(self, kind: str, table: Table) -> pd.DataFrame:
        rows: pd.DataFrame = getattr(self, table)
        design = self.design[self.design["kind"] == kind]
        mine = rows["point"].isin(design["point"])
        found = rows if mine.all() else rows[mine].reset_index(drop=True)
        if kind == SCENARIO:
            # The point of a scenario as it stands is the scenario.
            return found.rename(columns={"point": "scenario"})
        # Settings that vary among these points, not only among others.
        varied = [
            name
            for name in design.columns[len(ABOUT_POINTS) :]
            if design[name].nunique(dropna=False) > 1
        ]
        about = design[["point", "design", "position", "scenario", *varied]]
        return about.merge(found, on="point", suffixes=("_setting", ""))

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios that have runs, in the order of the experiment file."""
        present = set(self.of(SCENARIO)["scenario"].unique())
        return [name for name in self.experiment.scenarios if name in present]

    def title(self, scenario: str) -> str:
        """Name of a scenario as readers see it; those of the same title are told apart."""
        return unique_titles(self.experiment)[scenario]

    def same_councils(self, one: str, other: str) -> bool:
        """Do two scenarios have the same councils, so that runs of a seed can be paired?"""
        a, b = self.experiment.scenarios[one], self.experiment.scenarios[other]
        scopes = [[offer.scope for offer in settings.offers.values()] for settings in (a, b)]
        if a.councils == b.councils and scopes[0] == scopes[1] and a.events == b.events:
            return True
        seeds = self.experiment.seeds
        drawn = a.councils.draw is not None or b.councils.draw is not None
        return all(
            taking_part(a, seed) == taking_part(b, seed)
            for seed in range(seeds.first, seeds.first + (seeds.count if drawn else 1))
        )

    @property
    def run_id(self) -> str:
        """Short name of what made the results."""
        return str(self.manifest.get("hash", ""))[:12]


def results_of(
    experiment: Experiment,
    tables: Mapping[str, pd.DataFrame],
    manifest: dict[str, object] | None = None,
    directory: Path | None = None,
) -> Results:
    """Put tables together with the design of the points that they hold.

    Parameters
    ----------
    experiment
        What was run, or some of it.
    tables
        By name, as `sim.runs.store.Store.merge` gives them.
    manifest, directory
        As in `Results`.
    """
    present = _present(tables)
    chosen = [point for point in points(experiment) if point.id in present]
    return Results(
        experiment=experiment,
        design=design_table(experiment, chosen),
        **{name: tables[name] for name in ("runs", "series", "groups", "joined", "failed")},
        manifest=manifest or {},
        directory=directory,
    )


def _present(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Points that have runs, be it failed ones."""
    return {*tables["runs"]["point"].unique(), *tables["failed"]["point"].unique()}


def keep_design(results: Results) -> None:
    """Write the design of results beside their tables, where it is not what stands there."""
    assert results.directory is not None
    path = results.directory / f"{DESIGN}.parquet"
    if not has_design(results, in_other_words=False):
        if path.is_dir():
            remove(path)
        write_table(path, pa.Table.from_pandas(results.design, preserve_index=False))


def has_design(results: Results, *, in_other_words: bool) -> bool:
    """Does the design of results stand beside their tables?

    A process that was killed between the two leaves that of fewer points.

    Parameters
    ----------
    results
        Of a folder, all of them.
    in_other_words
        May titles differ?
    """
    assert results.directory is not None
    kept = _read_design(results.directory / f"{DESIGN}.parquet")
    if kept is None:
        return False
    # As it comes back from a file.
    wanted = frame_of(pa.Table.from_pandas(results.design, preserve_index=False))
    words = ["title"] if in_other_words else []
    return bool(kept.drop(columns=words).equals(wanted.drop(columns=words)))


def is_kept(path: Path, content: bytes) -> bool:
    """Is this what stands in a file?"""
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def wrong_with(store: Store, experiment: Experiment) -> dict[str, str]:
    """Say what of a folder of results is lost or damaged, by the name of each file.

    Parameters
    ----------
    store
        The folder.
    experiment
        What its results should be of.
    """
    folder, wrong = store.directory, store.wrong()
    if store.has_tables():
        if not read_manifest(folder):
            wrong[MANIFEST] = _state_of(folder / MANIFEST)
        design, settings = folder / f"{DESIGN}.parquet", folder / SETTINGS
        if _read_design(design) is None:
            wrong[design.name] = _state_of(design)
        if not is_kept(settings, to_toml(experiment).encode()):
            # Other words, or other seeds, are no damage.
            own = read_own(folder).digests
            wrong |= _wrong_settings(folder, settings_hash(experiment, own))
    return wrong


def _wrong_settings(folder: Path, fingerprint: str) -> dict[str, str]:
    path = folder / SETTINGS
    try:
        found = settings_hash(load_experiment(path), read_own(folder).digests)
    except (BadInput, OSError):
        return {path.name: _state_of(path)}
    return {} if found == fingerprint else {path.name: "is of another experiment"}


def load_results(directory: str | Path, seeds: Collection[int] | None = None) -> Results:
    """Read the results that earlier runs left in ``results/<experiment>/<hash>``.

    Parameters
    ----------
    directory
        The folder. Nothing is written to it.
    seeds
        Only the runs of these seeds, such as ``range(1, 101)``; by default all that are there,
        whichever call they were run for.

    Raises
    ------
    BadInput
        If there are none, or the tables do not belong together.
    """
    folder = Path(directory)
    manifest = read_manifest(folder)
    store = Store(folder, str(manifest["hash"]) if manifest else None)
    wrong = store.wrong_tables()
    if not manifest:
        if not wrong and not store.has_tables():
            raise BadInput([Problem("there are no results here", file=str(folder))])
        wrong = {MANIFEST: _state_of(folder / MANIFEST), **wrong}
    elif not wrong and not store.has_tables():
        wrong = {RECORD: "is lost"}
    if wrong:
        raise BadInput([damaged(folder, wrong)])
    if manifest.get("model_hash") == model_hash():
        wrong = _wrong_settings(folder, str(manifest["hash"]))
        if wrong:
            raise BadInput([damaged(folder, wrong)])
    experiment = load_experiment(folder / SETTINGS)
    tables = store.read()
    if seeds is not None:
        wanted = set(seeds)
        tables = {name: _of_seeds(table, wanted) for name, table in tables.items()}
    found = results_of(experiment, tables, manifest, folder)
    if len(found.design) == len(_present(tables)):
        return found
    # Another version made it, which had other points.
    return replace(found, design=_kept_design(folder, tables))


def _of_seeds(table: pd.DataFrame, seeds: set[int]) -> pd.DataFrame:
    return table[table["seed"].isin(seeds)].reset_index(drop=True)


def _kept_design(folder: Path, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    path = folder / f"{DESIGN}.parquet"
    design, present = _read_design(path), _present(tables)
    if design is None or not present <= {*design["point"]}:
        raise BadInput([damaged(folder, {path.name: _state_of(path)})])
    return design[design["point"].isin(present)].reset_index(drop=True)


def _read_design(path: Path) -> pd.DataFrame | None:
    """Read a table of points; None if it is none."""
    try:
        design = read_table(path)
    # Of anything else that may stand there, Arrow says more than one thing.
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return None
    return design if set(ABOUT_POINTS) <= {*design.columns} else None


def _state_of(path: Path) -> str:
    return "is damaged" if path.exists() else "is lost"


def damaged(folder: Path, wrong: Mapping[str, str]) -> Problem:
    """Say what of a folder of results is wrong, and how to mend it."""
    return Problem(
        f"these results are not whole: {told(wrong)}; run the experiment again with the same "
        "settings: what is missing is made anew (or everything, with --fresh)",
        file=str(folder),
    )
