"""Points that somebody else chooses, run in memory: what bridges to other tools are built on.

The same machinery as `sim.runs.sweeps.sweep`, and the same figures, without files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.experiment.load import Changes, load_experiment, with_changes
from sim.experiment.sweeps import TABLE, Factor, factors_of, kind_of, outcomes_of, settled
from sim.files.problems import BadInput, Problem, any_of
from sim.model.run import get_ready
from sim.runs.executors import Executor, Here, Threads, default_workers, run_each
from sim.runs.own_outcomes import Outcome, OwnOutcomes, own_outcomes
from sim.runs.sweep_worker import make_sweep_run
from sim.runs.sweeps import design_of, divide, sweep_named
from sim.runs.tables import Tables, frame_of
from sim.settings import Experiment, Scenario, Sweep, month_text
from sim.settings.columns import NOT_OUTCOMES


@dataclass(frozen=True, eq=False)
class PointRunner:
    """Runs points of a sweep as they are asked for.

    Attributes
    ----------
    experiment, name
        The sweep: what it varies, its constants, replicates and outcomes; its design does not
        count.
    executor
        Where points are run.
    own
        Outcomes of one's own.
    """

    experiment: Experiment
    name: str
    executor: Executor = field(default_factory=Here)
    own: OwnOutcomes = field(default_factory=OwnOutcomes)

    @property
    def sweep(self) -> Sweep:
        """What the file says of it."""
        return self.experiment.sweep[self.name]

    @property
    def scenario(self) -> str:
        """The scenario whose points are run: the first of the sweep."""
        return self.sweep.scenarios[0]

    @cached_property
    def base(self) -> Scenario:
        """What all points start from: that scenario with the constants of the sweep."""
        return settled(self.experiment, self.sweep, self.scenario)

    @cached_property
    def factors(self) -> list[Factor]:
        """What is varied: levers, uncertainties, and the draw if each point has its own."""
        return factors_of(self.experiment, self.sweep)

    @property
    def outcomes(self) -> list[str]:
        """Numbers that each run gives."""
        return [*outcomes_of(self.experiment, self.sweep), *self.own.names]

    def runs(self, points: pd.DataFrame) -> pd.DataFrame:
        """Run points.

        Parameters
        ----------
        points
            A row a point, a column for each setting that varies; months as text, or as numbers
            counted as year * 12 + month - 1.

        Returns
        -------
        pandas.DataFrame
            A row a run: ``point`` from 1 in the order of the rows, ``seed``, ``draw``, the
            outcomes, and ``error``, which says why where a run failed.

        Raises
        ------
        BadInput
            If a point cannot be run.
        """
        given = points.reset_index(drop=True).assign(scenario=self.scenario)
        for column in map(str, points.columns):
            if given[column].dtype.kind in "if":
                if kind_of(self.base, column) == "month":
                    given[column] = [month_text(round(month)) for month in given[column]]
            else:
                given[column] = [_cell(value) for value in given[column]]
        table = {"design": TABLE, "scenarios": [self.scenario], "series": []}
        sweeps = {**self.experiment.sweep, self.name: self.sweep.model_copy(update=table)}
        experiment = self.experiment.model_copy(update={"sweep": sweeps})
        design = design_of(experiment, self.name, given)
        get_ready("compiled", lambda line: None)
        found: list[pa.Table] = []

        def keep(block: object, tables: Tables) -> None:
            found.append(tables["runs"])

        task = partial(make_sweep_run, design, self.own)
        run_each(self.executor, task, divide(design).all(), keep)
        rows = pa.concat_tables(
            sorted(found, key=lambda rows: -rows.num_columns), promote_options="default"
        )
        return frame_of(rows).sort_values(["point", "seed"], ignore_index=True)

    def means(self, points: pd.DataFrame) -> pd.DataFrame:
        """Run points, and give the mean of each outcome over the replicates.

        Returns
        -------
        pandas.DataFrame
            A row a point, in their order; a column an outcome. Not a number where any run of the
            point failed or has no such outcome: a mean over some futures is another quantity.

        Raises
        ------
        BadInput
            If a point cannot be run, or no run of any went through.
        """
        runs = self.runs(points)
        if runs["error"].notna().all():
            raise BadInput([Problem("no run went through", given=str(runs["error"].iloc[0]))])
        values = runs[self.outcomes].to_numpy(dtype=np.float64, na_value=np.nan)
        means = values.reshape(len(points), -1, len(self.outcomes)).mean(axis=1)
        return pd.DataFrame(means, columns=self.outcomes)


def _cell(value: Any) -> Any:
    """Write a value of a choice as the table of points has it."""
    return json.dumps(value) if isinstance(value, list | dict) else value


class How(TypedDict, total=False):
    """How points are run, as in `sim.sweep`."""

    workers: int | None
    executor: Executor | None
    changes: Changes
    outcomes: Mapping[str, Outcome] | None


def point_runner(experiment: str | Path | Experiment, name: str, **how: Unpack[How]) -> PointRunner:
    """Prepare to run points of a sweep.

    Parameters
    ----------
    experiment, name
        An experiment file, or a resolved experiment; and which of its sweeps.
    **how
        `workers`, `executor`, `changes` and `outcomes`, as in `sim.sweep`.

    Raises
    ------
    BadInput
        If the experiment is not valid, has no such sweep, varies nothing in it, or keeps an outcome
        that is no number.
    """
    if isinstance(experiment, Experiment):
        resolved = with_changes(experiment, how.get("changes", ()))
    else:
        resolved = load_experiment(experiment, how.get("changes", ()))
    workers = how.get("workers")
    count = default_workers() if workers is None else workers
    doer = how.get("executor") or (Here() if count == 1 else Threads(count))
    sweep = sweep_named(resolved, name)
    if not sweep.varied:
        problem = "nothing is varied in this sweep"
        raise BadInput([Problem(problem, key=f"sweep.{name}", allowed="levers or uncertainties")])
    runner = PointRunner(resolved, name, doer, own_outcomes(how.get("outcomes")))
    texts = [name for name in runner.outcomes if name in NOT_OUTCOMES]
    if texts:
        problem = f"these outcomes are no numbers: {any_of(texts)}"
        raise BadInput([Problem(problem, key=f"sweep.{name}.outcomes")])
    return runner
