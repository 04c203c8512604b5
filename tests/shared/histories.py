"""Histories of a fit simulated plainly: a world for each point, run to the end of its horizon."""

from __future__ import annotations

import numpy as np

from sim.calibration.cases import FloatArray, with_values
from sim.calibration.likelihood import IntArray
from sim.calibration.plan import Calibration
from sim.calibration.statistics import measure
from sim.model.run import run_futures
from sim.model.world import build_world


def plain_histories(calibration: Calibration, z: FloatArray, luck: IntArray) -> FloatArray:
    """As `sim.calibration.cases.Simulator.histories`."""
    values = calibration.values(z)
    runs = calibration.file.histories
    records = {}
    for number, (case, experiment) in enumerate(calibration.experiments.items()):
        first = int(luck[number])
        seeds = [first + history for history in range(runs)]
        world = build_world(with_values(calibration, case, values), experiment.horizon, first)
        records[case] = run_futures(world, experiment.horizon, seeds, "compiled")
    return np.array(
        [
            measure(records[target.case], target.statistic, target.months)
            * values.get(f"observation.{target.factor}", 1.0)
            for target in calibration.file.targets.values()
        ]
    ).T
