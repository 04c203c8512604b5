"""Each case left out of a finished fit, and predicted: by weights instead of by another fit.

A draw that owes its place to the case's own figures gets less weight: one over the likelihood of
these figures. The likelihood was estimated from the histories that are kept with the draw, so the
same weights undo that they were chosen for meeting the figures, and no history is simulated anew.
Large weights are smoothed by a generalised Pareto distribution, whose shape says whether weights
can stand in for a fit without the case (Vehtari et al. 2024, Journal of Machine Learning Research
25): above 0.7 they cannot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import genpareto

from sim.calibration.file import Target
from sim.calibration.plan import Calibration
from sim.calibration.scores import FloatArray, band_holds, crps
from sim.calibration.shares import units
from sim.calibration.smc import Particles, typical_worth

UNRELIABLE = 0.7
# Statistics that are no shares and count for no score.
NO_SHARES = ("log_tier_ratio", "size_contrast", "pressure_contrast", "neighbour_contrast")
# As if so many more large weights had been seen, of a shape of one half.
PRIOR_WEIGHTS, PRIOR_SHAPE = 10.0, 0.5
FEW = 5  # large weights of which fewer tell no shape


@dataclass(frozen=True, eq=False)
class LeftOut:
    """One figure of a case that was left out, and its prediction.

    Attributes
    ----------
    simulated, weights
        Single histories, and how much each counts; shape (n,).
    shape
        Of the largest weights; nan where the case was left out of the fit itself.
    unit
        The figure for a share of 1: 1, or a rate of joining if all join.
    """

    case: str
    name: str
    target: Target
    figure: float
    simulated: FloatArray
    weights: FloatArray
    shape: float
    unit: float = 1.0

    @property
    def is_share(self) -> bool:
        """Is the figure, in its unit, a share?"""
        return self.target.statistic not in NO_SHARES

    @property
    def is_inside(self) -> bool:
        """Does the band of 9 in 10 predictions hold the figure, or lie above a bound?"""
        low, high = self.quantile(0.05), self.quantile(0.95)
        return band_holds(self.figure, low, high, at_least=self.target.at_least)

    @property
    def crps(self) -> float:
        """Score in shares, 0 at best; nan of what is no share."""
        if not self.is_share:
            return float("nan")
        simulated, figure = self.simulated / self.unit, self.figure / self.unit
        return crps(simulated, figure, self.weights, at_least=self.target.at_least)

    @property
    def width(self) -> float:
        """How wide the band of 9 in 10 predictions is, in shares."""
        return min(self.quantile(0.95) / self.unit, 1.0) - self.quantile(0.05) / self.unit

    def quantile(self, probability: float) -> float:
        """Figure below which this share of the weight lies."""
        order = np.argsort(self.simulated)
        so_far = np.cumsum(self.weights[order])
        at = np.searchsorted(so_far, probability * so_far[-1])
        return float(self.simulated[order][min(at, len(order) - 1)])


@dataclass(frozen=True, eq=False)
class Unseen:
    """A case, and draws that count as if it had not been fitted.

    Attributes
    ----------
    calibration
        What was fitted, perhaps without the case.
    particles, weights
        n draws of the fit, and how much each counts; shape (n,), the sum being 1.
    shape
        Of the largest weights; nan where the case was left out of the fit itself.
    """

    case: str
    calibration: Calibration
    particles: Particles
    weights: FloatArray
    shape: float

    def figures(self, simulated: FloatArray, weights: FloatArray) -> list[LeftOut]:
        """Make predictions of the figures of the case out of histories.

        Parameters
        ----------
        simulated
            Histories of all targets, shape (m, k).
        weights
            How much each counts, shape (m,).
        """
        unit = units(self.calibration, self.case)
        return [
            LeftOut(
                self.case,
                name,
                target,
                float(self.calibration.observed[place]),
                simulated[:, place],
                weights,
                self.shape,
                unit[name],
            )
            for place, (name, target) in enumerate(self.calibration.file.targets.items())
            if target.case == self.case
        ]

    def predicted(self) -> list[LeftOut]:
        """Predict the figures of the case with the histories that are kept with the draws."""
        _, r, k = self.particles.statistics.shape
        kept = self.particles.statistics.reshape(-1, k)
        return self.figures(kept, np.repeat(self.weights / r, r))


def unseen(calibration: Calibration, particles: Particles, case: str) -> Unseen:
    """Weigh the draws of a fit as if a case had not been fitted.

    Parameters
    ----------
    calibration
        What was fitted; where it leaves the case out itself, all draws count alike.
    particles
        Of its finished fit.
    case
        One of its cases.
    """
    of_case = np.array([target.case == case for target in calibration.file.targets.values()])
    counts = of_case & np.isfinite(calibration.tolerances)
    n = len(particles.z)
    if not counts.any():
        return Unseen(case, calibration, particles, np.full(n, 1.0 / n), float("nan"))
    fit = calibration.likelihood.log_fit_of(counts, particles.statistics)
    independent = typical_worth(particles, calibration.file.chains)
    return Unseen(case, calibration, particles, *smoothed(-fit, independent))


def leave_out(calibration: Calibration, particles: Particles, case: str) -> list[LeftOut]:
    """Predict the figures of a case with the draws of a fit; parameters as in `unseen`."""
    return unseen(calibration, particles, case).predicted()


def left_out_table(
    calibration: Calibration, particles: Particles, cases: Iterable[str] | None = None
) -> pd.DataFrame:
    """Predict every figure of cases as if the case had not been fitted; a row a figure."""
    wanted = calibration.file.cases if cases is None else cases
    return figures_of(one for case in wanted for one in leave_out(calibration, particles, case))


def count_inside(predicted: Iterable[LeftOut]) -> int:
    """Count the figures that lie inside nine in ten of their predictions."""
    return sum(one.is_inside for one in predicted)


def mean_width(predicted: Iterable[LeftOut]) -> float:
    """How wide bands of 9 in 10 predictions are on average, of figures that are shares."""
    widths = [one.width for one in predicted if one.is_share]
    return float(np.mean(widths)) if widths else float("nan")


def figures_of(predicted: Iterable[LeftOut]) -> pd.DataFrame:
    """Predictions as a table, a row a figure, with their bands of 9 in 10."""
    found = list(predicted)
    return pd.DataFrame(
        {
            "case": [one.case for one in found],
            "figure": [one.name for one in found],
            "observed": [one.figure for one in found],
            "at_least": [one.target.at_least for one in found],
            "low": [one.quantile(0.05) for one in found],
            "median": [one.quantile(0.5) for one in found],
            "high": [one.quantile(0.95) for one in found],
            "crps": [one.crps for one in found],
            "shape": [one.shape for one in found],
        }
    )


def smoothed(log_weights: FloatArray, independent: float | None = None) -> tuple[FloatArray, float]:
    """Weights that add up to 1, the largest of them smoothed, and the shape of those.

    Parameters
    ----------
    log_weights
        Logarithms of weights, but for a constant, shape (n,).
    independent
        How many independent draws these are worth; by default n. Of draws that are alike more
        belong to the tail, or it would be told by a few.

    Returns
    -------
    tuple
        The shape is 0 where the largest weights are all alike, and infinite where nearly all
        weight lies on a few draws.
    """
    log_weights = log_weights - log_weights.max()
    n = len(log_weights)
    tail = int(min(0.2 * n, 3.0 * n / np.sqrt(n if independent is None else independent)))
    order = np.argsort(log_weights, kind="stable")
    large, cut = order[n - tail :], np.exp(log_weights[order[n - tail - 1]])
    above = np.exp(log_weights[large]) - cut
    weights = np.exp(log_weights)
    if above[-1] <= 0.0:
        return weights / weights.sum(), 0.0  # all large ones are alike
    # Draws that stand twice may lie on the cut itself.
    some = above[above > 0.0]
    if len(some) < FEW:
        return weights / weights.sum(), float("inf")
    # In units of their median, or the search for the distribution starts too far away.
    unit = float(np.median(some))
    shape, _, scale = genpareto.fit(some / unit, floc=0.0)
    shape = (tail * shape + PRIOR_WEIGHTS * PRIOR_SHAPE) / (tail + PRIOR_WEIGHTS)
    even = (np.arange(tail) + 0.5) / tail
    smooth = cut + unit * genpareto.ppf(even, shape, scale=scale)
    weights[large] = np.minimum(smooth, 1.0)
    return weights / weights.sum(), float(shape)
