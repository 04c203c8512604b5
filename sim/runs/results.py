"""The results of an experiment as tables, for notebooks, pictures and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sim.experiment.load import load_experiment
from sim.experiment.sensitivity import all_curves, is_sensitivity
from sim.files.problems import BadInput, Problem
from sim.runs.manifest import read_manifest
from sim.runs.tables import STORED, read_table
from sim.settings import Experiment

CURVE_MARK = "~"
HYBRID_MARK = ":"


def point_name(scenario: str, curve: str, index: int) -> str:
    """Name under which the runs of one point of a curve are kept."""
    return f"{scenario}{CURVE_MARK}{curve}{CURVE_MARK}{index}"


def hybrid_name(explanation: str, number: int) -> str:
    """Name under which the runs of one hybrid of an explanation's scenarios are kept."""
    return f"{explanation}{HYBRID_MARK}{number}"


def is_scenario(name: str) -> bool:
    """Is this a scenario of the file, not a point of a curve and not a hybrid?"""
    return CURVE_MARK not in name and HYBRID_MARK not in name


@dataclass(frozen=True, eq=False)
class Results:
    """Tables of one experiment, sorted by their keys.

    Attributes
    ----------
    experiment
        The resolved settings.
    runs
        A row a run: ``scenario``, ``seed``, every outcome.
    series
        A row a run and month.
    groups
        A row a run and group of councils (nation, council type, size band, offer).
    joined
        A row a run, offer and council.
    curve_runs
        Like `runs`, for the points of the curves, with ``curve``, ``scenario`` and ``value``.
    doubt_runs
        Like `curve_runs`, at both ends of each setting that evidence does not pin down.
    mixture_runs
        Like `runs`, for the hybrids of explanations, with ``explanation`` and ``hybrid``.
    failed
        Runs that failed: ``scenario``, ``seed``, ``error``.
    manifest
        What made the results.
    directory
        Where they are kept, if on disk.
    """

    experiment: Experiment
    runs: pd.DataFrame
    series: pd.DataFrame
    groups: pd.DataFrame
    joined: pd.DataFrame
    curve_runs: pd.DataFrame
    failed: pd.DataFrame
    sensitivity_runs: pd.DataFrame = field(default_factory=pd.DataFrame)
    hybrid_runs: pd.DataFrame = field(default_factory=pd.DataFrame)
    manifest: dict[str, Any] = field(default_factory=dict)
    directory: Path | None = None

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios that have runs, in the order of the experiment file."""
        present = set(self.runs["scenario"].unique())
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
        eligible = self.runs.groupby("scenario")["councils"].first()
        both = [name for name in (one, other) if name in eligible.index]
        return eligible[both].nunique() <= 1

    @property
    def run_id(self) -> str:
        """Short name of what made the results."""
        return str(self.manifest.get("hash", ""))[:12]


def split_tables(
    experiment: Experiment,
    tables: dict[str, pd.DataFrame],
    manifest: dict[str, object] | None = None,
    directory: Path | None = None,
) -> Results:
    """Set scenarios, points of curves, hybrids and failed runs apart."""
    runs = tables["runs"]
    names = runs["scenario"].astype(str)
    is_point = names.str.contains(CURVE_MARK, regex=False)
    is_hybrid = names.str.contains(HYBRID_MARK, regex=False)
    points = runs[is_point].reset_index(drop=True)
    parts = [name.split(CURVE_MARK) for name in points["scenario"]]
    points = points.assign(scenario=[scenario for scenario, _, _ in parts])
    points.insert(0, "curve", [curve for _, curve, _ in parts])
    known = all_curves(experiment)
    values = [known[curve].values[int(index)] for _, curve, index in parts]
    points.insert(2, "value", values)
    is_end = points["curve"].map(is_sensitivity).astype(bool)
    hybrids = runs[is_hybrid].reset_index(drop=True)
    between = [name.split(HYBRID_MARK) for name in hybrids.pop("scenario")]
    hybrids.insert(0, "explanation", [name for name, _ in between])
    hybrids.insert(1, "hybrid", [int(number) for _, number in between])
    return Results(
        experiment=experiment,
        runs=runs[~is_point & ~is_hybrid].reset_index(drop=True),
        series=tables["series"],
        groups=tables["groups"],
        joined=tables["joined"],
        curve_runs=points[~is_end].reset_index(drop=True),
        sensitivity_runs=points[is_end].reset_index(drop=True),
        hybrid_runs=hybrids,
        failed=tables["failed"],
        manifest=manifest or {},
        directory=directory,
    )


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
    return split_tables(experiment, tables, manifest, folder)
