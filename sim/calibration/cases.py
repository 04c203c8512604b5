"""All cases simulated for one set of parameters, with several seeds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.calibration.plan import Calibration
from sim.calibration.statistics import measure
from sim.model.run import run_futures
from sim.model.world import build_world
from sim.settings import Scenario
from sim.settings.editing import replace_settings

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
    seeds = [luck + history for history in range(calibration.file.histories)]
    values = calibration.values(z)
    records = {}
    for case, experiment in calibration.experiments.items():
        scenario = with_values(calibration, case, values)
        world = build_world(scenario, experiment.horizon, luck)
        records[case] = run_futures(world, experiment.horizon, seeds, "compiled")
    return np.array(
        [
            [
                measure(records[target.case], run, target.statistic, target.months)
                for target in calibration.file.targets.values()
            ]
            for run in range(len(seeds))
        ]
    )


def with_values(calibration: Calibration, case: str, values: dict[str, float]) -> Scenario:
    """Settings of a case with parameters put in; priors were checked when they were read."""
    own = {calibration.of_case(name, case): value for name, value in values.items()}
    return replace_settings(
        calibration.scenario(case), {key: own[key] for key in own if key is not None}
    )
