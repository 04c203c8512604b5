"""All cases simulated for sets of parameters, with several seeds each."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import numpy.typing as npt

from sim.calibration.plan import Calibration, load_calibration
from sim.calibration.statistics import measure
from sim.model.run import run_futures
from sim.model.world import build_world
from sim.settings import Scenario
from sim.settings.editing import replace_settings

FloatArray = npt.NDArray[np.float64]
Points = tuple[FloatArray, list[int]]  # some points, and the luck of each


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


def simulate_points(calibration: Calibration, points: FloatArray, seeds: list[int]) -> FloatArray:
    """Simulate every case at each of these points, as `sim.calibration.smc.Simulate` asks."""
    pairs = zip(points, seeds, strict=True)
    return np.array([simulate_cases(calibration, z, luck) for z, luck in pairs])


def make_simulate(path: str) -> Callable[[Points], FloatArray]:
    """Read a calibration file and make what simulates points, wherever it is put to work."""
    calibration = load_calibration(path)
    return lambda chunk: simulate_points(calibration, *chunk)


def seconds_each(calibration: Calibration) -> float:
    """Time of one particle on one core, measured on a few."""
    middle = np.zeros(len(calibration.parameters))
    simulate_cases(calibration, middle, 0)
    started = perf_counter()
    for luck in range(1, 6):
        simulate_cases(calibration, middle, luck)
    return (perf_counter() - started) / 5


def with_values(calibration: Calibration, case: str, values: dict[str, float]) -> Scenario:
    """Settings of a case with parameters put in; priors were checked when they were read."""
    own = {calibration.of_case(name, case): value for name, value in values.items()}
    return replace_settings(
        calibration.scenario(case), {key: own[key] for key in own if key is not None}
    )
