"""The results of an experiment as tables, for notebooks, pictures and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from sim.experiment.design import ABOUT_POINTS, SCENARIO, design_table, points
from sim.experiment.load import load_experiment
from sim.files.problems import BadInput, Problem
from sim.runs.manifest import read_manifest
from sim.runs.tables import STORED, read_table, write_table
from sim.settings import Experiment

Table = Literal["runs", "series", "groups", "joined"]
DESIGN = "design"


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
        """Name of a scenario as readers see it."""
        return self.experiment.scenarios[scenario].title or scenario

    def same_councils(self, one: str, other: str) -> bool:
        """Do two scenarios have the same councils, so that runs of a seed can be paired?"""
        a, b = self.experiment.scenarios[one], self.experiment.scenarios[other]
        if a.councils != b.councils:
            return False
        # The same choice may still differ in whom the offer is ever open to.
        eligible = self.of(SCENARIO).groupby("scenario")["councils"].first()
        both = [name for name in (one, other) if name in eligible.index]
        return eligible[both].nunique() <= 1

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
    if not path.is_file() or not read_table(path).equals(results.design):
        write_table(path, pa.Table.from_pandas(results.design, preserve_index=False))


def load_results(directory: str | Path) -> Results:
    """Read the results that an earlier run left in ``results/<experiment>/<hash>``.

    Raises
    ------
    BadInput
        If there are none.
    """
    folder = Path(directory)
    manifest = read_manifest(folder)
    if not manifest or not (folder / "runs.parquet").is_file():
        raise BadInput([Problem("there are no results here", file=str(folder))])
    experiment = load_experiment(folder / "experiment.toml")
    tables = {name: read_table(folder / f"{name}.parquet") for name in STORED}
    kept = folder / f"{DESIGN}.parquet"
    if kept.is_file():
        design = read_table(kept)
        mine = design["point"].isin(_present(tables))
        if mine.sum() == len(_present(tables)):
            return Results(
                experiment=experiment,
                design=design[mine].reset_index(drop=True),
                manifest=manifest,
                directory=folder,
                **tables,
            )
    # Of a process that was killed between the tables and the design.
    return results_of(experiment, tables, manifest, folder)
