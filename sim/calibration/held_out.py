"""Figures that the fit never saw, predicted with its posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.calibration.cases import with_values
from sim.calibration.plan import Calibration
from sim.calibration.programmes import appeals_to_come
from sim.calibration.scores import band_holds
from sim.calibration.smc import FloatArray
from sim.calibration.statistics import measure, observed
from sim.evidence.facts import Fact, load_evidence
from sim.model.record import Record
from sim.model.run import run_futures
from sim.model.world import build_world

# A prediction of a share that leaves this much open tells little, whether it is met or not.
VAGUE = 0.6


@dataclass(frozen=True, eq=False)
class Prediction:
    """A figure held out, and single simulated histories, each with its own parameters and luck.

    Attributes
    ----------
    fact
        The row of evidence that the figure is.
    simulated
        One number a history; nan where the figure does not exist in it.
    at_least
        Whether the figure is a lower bound, which no high prediction misses.
    """

    label: str
    fact: Fact
    figure: float
    simulated: FloatArray
    at_least: bool = False

    @property
    def band(self) -> tuple[float, float]:
        """Between which 9 in 10 histories lie."""
        low, high = np.nanquantile(self.simulated, [0.05, 0.95])
        return float(low), float(high)

    @property
    def verdict(self) -> str:
        """Say whether the band holds the figure, and whether it says anything."""
        low, high = self.band
        if not band_holds(self.figure, low, high, at_least=self.at_least):
            return "missed"
        return "within, but vague" if high - low > VAGUE else "within"


def predict(calibration: Calibration, z: FloatArray) -> tuple[Prediction, ...]:
    """Simulate one history of every case for each particle, and measure what was held out.

    A case that was not fitted has an appeal that nobody knows.

    Parameters
    ----------
    calibration
        What was fitted, and what was held out.
    z
        Particles of the posterior, shape (n, d).
    """
    figures = calibration.file.held_out.figures.values()
    cases = dict.fromkeys(figure.case for figure in figures)
    appeals = appeals_to_come(calibration, z)
    found: dict[str, list[float]] = {figure.label: [] for figure in figures}
    for luck, (point, appeal) in enumerate(zip(z, appeals, strict=True)):
        values = calibration.values(point)
        records = {case: _history(calibration, case, values, luck, float(appeal)) for case in cases}
        for figure in figures:
            (number,) = measure(records[figure.case], figure.statistic, figure.months)
            found[figure.label].append(float(number))
    return tuple(
        Prediction(
            figure.label,
            load_evidence()[figure.fact],
            observed(figure.statistic, figure.months) if figure.figure is None else figure.figure,
            np.array(found[figure.label]),
            figure.at_least,
        )
        for figure in figures
    )


def _history(
    calibration: Calibration, case: str, values: dict[str, float], luck: int, appeal: float
) -> Record:
    horizon = calibration.experiment(case).horizon
    world = build_world(with_values(calibration, case, values, appeal), horizon, luck)
    return run_futures(world, horizon, [luck], "compiled")
