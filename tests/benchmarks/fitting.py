"""Section F: how long does a particle of a fit take, next to the engine that it needs?"""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.calibration.cases import Simulator
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration
from tests.benchmarks.racing import Contestant, Run, race
from tests.benchmarks.report import spread, table
from tests.shared.folders import ROOT
from tests.shared.histories import plain_histories

TITLE = "Fitting"


@cache
def calibration() -> Calibration:
    """The fit that comes along."""
    return load_calibration(ROOT / "experiments" / "calibration.toml")


def points(count: int) -> list[tuple[np.ndarray, int]]:
    """Draws of the prior, new ones each time: what was worked out for one helps no other."""
    rng = np.random.default_rng()
    parameters = len(calibration().parameters)
    return [(rng.standard_normal(parameters), int(rng.integers(2**62))) for _ in range(count)]


def engine(simulator: Simulator, count: int) -> Run:
    """Nothing but futures, of as many points as the others simulate."""

    def run() -> None:
        for z, luck in points(count):
            values = calibration().values(z)
            for case in simulator.cases:
                case.put({**values, "traits.autonomy_mean": 0.45})
                case.laid.run(luck + np.arange(case.runs), case.room, 0)

    return run


def particles(simulator: Simulator, count: int) -> Run:
    """Points simulated to their end and measured."""
    return lambda: [simulator.histories(z, simulator.luck(luck)) for z, luck in points(count)]


def plainly(simulator: Simulator, count: int) -> Run:
    """The same with a world for each point."""
    return lambda: [
        plain_histories(calibration(), z, simulator.luck(luck)) for z, luck in points(count)
    ]


def section(rounds: int, quick: bool) -> str:
    """Time particles beside the engine alone."""
    count = 2 if quick else 20
    simulator = Simulator(calibration())
    laps = race(
        [
            Contestant("the engine alone", count, lambda: engine(simulator, count)),
            Contestant("a particle", count, lambda: particles(simulator, count)),
            Contestant(
                "a particle, a world built for each case",
                count,
                lambda: plainly(simulator, count),
            ),
        ],
        rounds,
    )
    rows = [
        (lap.name, spread([ns / 1e6 for ns in lap.ns]), spread(lap.ratio_to(laps[0])))
        for lap in laps
    ]
    fit = calibration().file
    return "\n\n".join(
        [
            f"`experiments/calibration.toml`: {len(calibration().experiments)} cases, "
            f"{fit.histories} histories each, on one core, at points drawn from the prior. In a "
            "fit most particles take less: they are given up once they cannot be accepted.",
            table(("", "ms a particle", "times the engine alone"), rows),
        ]
    )
