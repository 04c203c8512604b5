"""A sweep as a problem of SALib, run by the machinery of sweeps.

    from sim.bridges.salib import sweep_problem

    problem = sweep_problem("experiments/sweeps/push_or_terms.toml", "terms")
    problem.sample_sobol(64).evaluate().analyze_sobol()
    problem.to_df()

SALib knows nothing of replicates: its indices are of means over them, with what chance is left in
these. `sim.sweep_sensitivity` takes that out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.experiment.sweeps import Factor
from sim.files.problems import BadInput, Problem
from sim.runs.sweep_points import How, PointRunner, point_runner
from sim.settings import Experiment

try:
    from SALib import ProblemSpec
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        'this bridge needs SALib: pip install "council-platform-sim[sweep]"', name=error.name
    ) from None

FloatArray = npt.NDArray[np.float64]


class SweepProblem(ProblemSpec):
    """A problem of SALib whose settings and outcomes are those of a sweep.

    Bounds are those of the settings. Whole numbers and months of a range, and lists of values,
    are sampled as numbers and rounded down: months as year * 12 + month - 1 up to one after the
    last, lists as places from 0 to their length.

    Parameters
    ----------
    runner
        Runs the points.
    """

    def __init__(self, runner: PointRunner) -> None:
        self.runner = runner
        super().__init__(
            {
                "names": [factor.setting for factor in runner.factors],
                "bounds": [list(bounds_of(factor)) for factor in runner.factors],
                "outputs": runner.outcomes,
            }
        )

    def evaluate(
        self, func: Callable[..., Any] | None = None, *args: Any, **kwargs: Any
    ) -> SweepProblem:
        """Run the sampled points; with a function, do as SALib does with any model.

        Raises
        ------
        BadInput
            If a point cannot be run or has no outcome: no row of a sample can be left out.
        """
        super().evaluate(self.outcomes_at if func is None else func, *args, **kwargs)
        return self

    def outcomes_at(self, samples: FloatArray) -> FloatArray:
        """Run points, and give the means of their outcomes over replicates.

        Parameters
        ----------
        samples
            Shape (points, settings), within the bounds.

        Returns
        -------
        numpy.ndarray
            Shape (points, outcomes), or (points,) of a single outcome, as SALib wants it.

        Raises
        ------
        BadInput
            As `evaluate`.
        """
        columns = zip(self.runner.factors, np.asarray(samples).T, strict=True)
        points = pd.DataFrame({factor.setting: values_of(factor, x) for factor, x in columns})
        means = self.runner.means(points)
        missing = means.isna().sum()
        if missing.any():
            raise BadInput(
                Problem(
                    f"{count:,} of {len(means):,} points have no {outcome} in some of their runs, "
                    "and no row of a sample can be left out",
                    allowed="an outcome that every run has, such as a share",
                )
                for outcome, count in missing[missing > 0].items()
            )
        found = means.to_numpy(dtype=np.float64)
        return found[:, 0] if found.shape[1] == 1 else found


def bounds_of(factor: Factor) -> tuple[float, float]:
    """Ends between which SALib samples a setting."""
    if factor.values:
        return 0.0, float(len(factor.values))
    return factor.low, factor.high if factor.kind == "number" else factor.high + 1.0


def values_of(factor: Factor, samples: FloatArray) -> npt.NDArray[Any]:
    """Turn what SALib sampled into values of a setting, shape (points,)."""
    if factor.kind == "number" and not factor.values:
        return samples
    low, high = bounds_of(factor)
    return factor.at((samples - low) / (high - low))


def sweep_problem(
    experiment: str | Path | Experiment, name: str, **how: Unpack[How]
) -> SweepProblem:
    """Make a sweep of an experiment a problem of SALib; parameters as in `point_runner`.

    Raises
    ------
    BadInput
        If the experiment is not valid, has no such sweep, or varies nothing in it.
    """
    return SweepProblem(point_runner(experiment, name, **how))
