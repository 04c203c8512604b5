"""The results of an experiment as tables, for notebooks, pictures and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sim.settings import Experiment

CURVE_MARK = "~"
MIXTURE_MARK = ":"


def point_name(scenario: str, curve: str, place: int) -> str:
    """Name under which the runs of one point of a curve are kept."""
    return f"{scenario}{CURVE_MARK}{curve}{CURVE_MARK}{place}"


def mixture_name(explanation: str, number: int) -> str:
    """Name under which the runs of one mixture of an explanation's scenarios are kept."""
    return f"{explanation}{MIXTURE_MARK}{number}"


def is_scenario(name: str) -> bool:
    """Is this a scenario of the file, not a point of a curve and not a mixture?"""
    return CURVE_MARK not in name and MIXTURE_MARK not in name


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
        Like `runs`, for the mixtures of explanations, with ``explanation`` and ``mixture``.
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
    doubt_runs: pd.DataFrame = field(default_factory=pd.DataFrame)
    mixture_runs: pd.DataFrame = field(default_factory=pd.DataFrame)
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
