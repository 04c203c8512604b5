"""A sweep as a model of EMA workbench, run by the machinery of sweeps.

    from sim.bridges.ema import SweepEvaluator, ema_model

    model = ema_model("experiments/sweeps/push_or_terms.toml", "push")
    with SweepEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=20, policies=10)

The evaluator hands over all points at once. Any other one of the workbench works too and runs one
point after the other, which takes many times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from sim.experiment.sweeps import Factor
from sim.files.problems import toml_value
from sim.runs.sweep_points import How, PointRunner, point_runner
from sim.settings import Experiment, month_text

try:
    from ema_workbench.em_framework.evaluators import BaseEvaluator
    from ema_workbench.em_framework.model import SingleReplication
    from ema_workbench.em_framework.outcomes import ScalarOutcome
    from ema_workbench.em_framework.parameters import (
        CategoricalParameter,
        Category,
        Constant,
        IntegerParameter,
        RealParameter,
    )
    from ema_workbench.em_framework.points import experiment_generator
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        'this bridge needs EMA workbench: pip install "council-platform-sim[ema]"', name=error.name
    ) from None

# Points that are run together: a mean of each stays, the runs go.
TOGETHER = 1 << 13


class SweepModel(SingleReplication):
    """A model whose levers and uncertainties are those of a sweep.

    Outcomes are means over the replicates of the sweep, which share their luck between points. All
    have the kind INFO; set ``model.outcomes["joined_share_60m"].kind`` to search.

    Parameters
    ----------
    name
        Letters and digits only, as the workbench wants it.
    runner
        Runs the points.
    """

    def __init__(self, name: str, runner: PointRunner) -> None:
        super().__init__(name)
        self.runner = runner
        sweep = runner.sweep
        levers = [of for of in runner.factors if of.setting in sweep.levers]
        self.levers = [parameter_of(of) for of in levers]
        self.uncertainties = [parameter_of(of) for of in runner.factors if of not in levers]
        self.constants = [Constant(setting, value) for setting, value in sweep.constants.items()]
        self.outcomes = [ScalarOutcome(outcome) for outcome in runner.outcomes]

    def run_experiment(self, experiment: Mapping[str, Any]) -> dict[str, float]:
        """Run one point; what the workbench calls."""
        (found,) = self.outcomes_of([experiment])
        return found

    def outcomes_of(self, points: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, float]]:
        """Run points, and give the outcomes of each; a setting that they leave out stays."""
        usual = self.runner.sweep.constants
        table = pd.DataFrame(
            [
                {name: value for name, value in point.items() if value != usual.get(name)}
                for point in points
            ],
            index=range(len(points)),
        )
        for row in self.runner.means(table).to_dict("records"):
            yield {str(name): float(value) for name, value in row.items()}


def parameter_of(factor: Factor) -> Any:
    """Return what is varied as the workbench has it.

    Whole numbers and months of a range are whole numbers, months as year * 12 + month - 1; values
    of a list are categories.
    """
    if factor.values:
        values = [month_text(v) if factor.kind == "month" else v for v in factor.values]
        named = [Category(v if isinstance(v, str) else toml_value(v), v) for v in values]
        return CategoricalParameter(factor.setting, named)
    if factor.kind == "number":
        return RealParameter(factor.setting, factor.low, factor.high)
    return IntegerParameter(factor.setting, int(factor.low), int(factor.high))


def ema_model(experiment: str | Path | Experiment, name: str, **how: Unpack[How]) -> SweepModel:
    """Make a sweep of an experiment a model of EMA workbench; parameters as in `point_runner`.

    Raises
    ------
    BadInput
        If the experiment is not valid, has no such sweep, or varies nothing in it.
    """
    runner = point_runner(experiment, name, **how)
    return SweepModel("".join(filter(str.isalnum, name)) or "sweep", runner)


class SweepEvaluator(BaseEvaluator):
    """Performs the experiments of models of sweeps, thousands of points at a time."""

    def initialize(self) -> None:
        """Do nothing: there is nothing to set up."""

    def finalize(self) -> None:
        """Do nothing: there is nothing to take down."""

    def evaluate_experiments(
        self, scenarios: Any, policies: Any, callback: Any, combine: str = "factorial"
    ) -> None:
        """Run all points of each model, and hand every outcome on in their order."""
        for model in self._msis:
            experiments = experiment_generator(scenarios, [model], policies, combine=combine)
            for some in _together(experiments):
                constants = {constant.name: constant.value for constant in model.constants}
                points = [{**constants, **of.scenario, **of.policy} for of in some]
                for of, found in zip(some, model.outcomes_of(points), strict=True):
                    model.outcomes_output = found
                    callback(of, model.outcomes_output)


def _together(experiments: Iterable[Any]) -> Iterator[list[Any]]:
    some: list[Any] = []
    for experiment in experiments:
        some.append(experiment)
        if len(some) == TOGETHER:
            yield some
            some = []
    if some:
        yield some
