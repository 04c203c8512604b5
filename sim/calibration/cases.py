"""All cases simulated for one set of parameters, with several lucks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from sim.calibration.plan import Calibration
from sim.calibration.statistics import measure
from sim.engines import run_futures
from sim.settings import Scenario
from sim.world import build_world

FloatArray = npt.NDArray[np.float64]


def simulate_cases(calibration: Calibration, z: FloatArray, luck: int) -> FloatArray:
    """Simulate every case some times and measure what the targets ask for.

    Parameters
    ----------
    calibration
        What is fitted to what.
    z
        A point of the space in which the prior is standard normal.
    luck
        Seed of the first simulated history; the cases share it, the next histories follow it.

    Returns
    -------
    array
        One number for each history and target, shape (r, k).
    """
    lucks = [luck + history for history in range(calibration.file.histories)]
    values = calibration.values(z)
    records = {}
    for case, experiment in calibration.experiments.items():
        scenario = with_values(calibration, case, values)
        world = build_world(scenario, experiment.horizon, luck)
        records[case] = run_futures(world, experiment.horizon, lucks, "compiled")
    return np.array(
        [
            [
                measure(records[target.case], run, target.statistic, target.months)
                for target in calibration.file.targets.values()
            ]
            for run in range(len(lucks))
        ]
    )


def with_values(calibration: Calibration, case: str, values: dict[str, float]) -> Scenario:
    """Settings of a case with parameters put in; priors were checked when they were read."""
    own = {calibration.of_case(name, case): value for name, value in values.items()}
    return put(calibration.scenario(case), {key: own[key] for key in own if key is not None})


def put(scenario: Scenario, values: dict[str, float]) -> Scenario:
    """Put numbers into a scenario under their dotted names, without validating it again."""
    for setting, value in values.items():
        scenario = _put(scenario, setting.split("."), value)
    return scenario


def _put(part: Any, path: list[str], value: float) -> Any:
    """Copy of a table with a value put in, without validating the rest again."""
    name, *rest = path
    if isinstance(part, dict):
        return {**part, name: _put(part[name], rest, value) if rest else value}
    assert isinstance(part, BaseModel)
    if rest:
        return part.model_copy(update={name: _put(getattr(part, name), rest, value)})
    whole = type(part).model_fields[name].annotation is int
    return part.model_copy(update={name: round(value) if whole else value})
