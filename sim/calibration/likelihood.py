"""How well simulated histories fit what was observed: a synthetic likelihood.

An observed figure lies around the mean of a few simulated histories, with the variance between
them, which is luck, and that of its own error (Wood 2010, Nature 466; Price et al. 2018, Journal of
Computational and Graphical Statistics 27). Few histories tell little of the variance of luck, so
that the figure counts as Student's t, with as many degrees of freedom as the sum of both variances
has (Satterthwaite 1946, Biometrics Bulletin 2): were it normal, a few histories that happen to
agree would make a figure near them all but impossible. A figure that is a lower bound counts with
the probability of at least as much. Figures that go together, such as those of one case, share the
covariance of their luck, and each counts given those before it, with the degrees of freedom that it
has by itself, so that their order matters a little. Few histories tell little of this as well, so
correlations are shrunk as if as many histories without any had been seen as there are figures (as
Warton 2008, Journal of the American Statistical Association 103, does with a weight of its own).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, log_ndtr

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

TINY = 1e-9  # share of luck in a variance that is none
NEARLY_NORMAL = 1e6  # degrees of freedom


@dataclass(frozen=True, eq=False)
class Likelihood:
    """What k figures of simulated histories are held against.

    Attributes
    ----------
    figures
        As observed, shape (k,).
    deviations
        How far they may err; those of infinite deviation do not count. Shape (k,).
    at_least
        Which of them are lower bounds, shape (k,); by default none.
    together
        Positions of figures that share a covariance, each group apart; others stand alone.
    """

    figures: FloatArray
    deviations: FloatArray
    at_least: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    together: Sequence[IntArray] = ()

    @property
    def counts(self) -> BoolArray:
        """Which figures count, shape (k,)."""
        return np.isfinite(self.deviations)

    def log_fit(self, statistics: FloatArray) -> FloatArray:
        """Log-likelihood of the figures that count, but for a constant; shape (n,), nan for nan.

        Parameters
        ----------
        statistics
            Shape (n, r, k): r histories of each of n points; nan where one was given up.
        """
        return self.log_fit_of(self.counts, statistics)

    def log_fit_of(self, counts: BoolArray, statistics: FloatArray) -> FloatArray:
        """Log-likelihood of some of the figures, but for a constant; shape (n,).

        Parameters
        ----------
        counts
            Which of them; their deviations are finite. Shape (k,).
        statistics
            As in `log_fit`.
        """
        fit = np.full(len(statistics), np.nan)
        known = ~np.isnan(statistics[..., counts]).any(axis=(1, 2))
        fit[known] = self._log_fit(counts, statistics[known][..., counts])
        return fit

    def _log_fit(self, counts: BoolArray, found: FloatArray) -> FloatArray:
        """Log-likelihood of figures of histories, shape (n, r, those that count)."""
        r = found.shape[1]
        # The mean of r histories errs as well.
        errs = 1.0 + 1.0 / r
        luck = found.var(axis=1, ddof=1) * errs
        variance = self.deviations[counts] ** 2 + luck
        away = found.mean(axis=1) - self.figures[counts]
        bounds = self._bounds()[counts]
        place = np.cumsum(counts) - 1
        spread = np.sqrt(variance)
        in_spreads = away / spread
        for group in self.together:
            some = place[[at for at in group if counts[at]]]
            some = some[~bounds[some]]
            if len(some) > 1:
                shared = self._shrunk(found[..., some]) * errs
                shared[:, range(len(some)), range(len(some))] = variance[:, some]
                root = np.linalg.cholesky(shared)
                spread[:, some] = np.diagonal(root, axis1=1, axis2=2)
                in_spreads[:, some] = np.linalg.solve(root, away[:, some, np.newaxis])[..., 0]
        share = luck / variance
        freedom = np.minimum((r - 1.0) / np.maximum(share, TINY) ** 2, NEARLY_NORMAL)
        fit = _log_student(in_spreads, freedom) - np.log(spread)
        fit[:, bounds] = log_ndtr(_as_normal(in_spreads[:, bounds], freedom[:, bounds]))
        return np.asarray(fit.sum(axis=1))

    def most(self, counts: BoolArray) -> float:
        """Give what the log-likelihood of some of the figures cannot exceed."""
        # Luck only adds to variances, and to what is left of each given others; and at its middle,
        # which is its highest point, no t is above a normal distribution of the same scale.
        normal = counts & ~self._bounds()
        return float(-np.log(self.deviations[normal]).sum())

    def _bounds(self) -> BoolArray:
        return self.at_least if len(self.at_least) else np.zeros(len(self.figures), dtype=np.bool_)

    @staticmethod
    def _shrunk(found: FloatArray) -> FloatArray:
        """Covariance between r histories of m figures, shape (n, m, m), correlations shrunk."""
        r, m = found.shape[1:]
        away = found - found.mean(axis=1, keepdims=True)
        seen = np.einsum("nra,nrb->nab", away, away) / (r - 1)
        return np.asarray(seen * (r - 1) / (r - 1 + m))


def _log_student(away: FloatArray, freedom: FloatArray) -> FloatArray:
    """Log-density of Student's t, but for the constant of a standard normal distribution."""
    top = gammaln((freedom + 1.0) / 2.0) - gammaln(freedom / 2.0) - np.log(freedom / 2.0) / 2.0
    return np.asarray(top - (freedom + 1.0) / 2.0 * np.log1p(away**2 / freedom))


def _as_normal(away: FloatArray, freedom: FloatArray) -> FloatArray:
    """Standard normal quantile that is about as far out as one of Student's t.

    As Wallace (1959, Annals of Mathematical Statistics 30) approximates it.
    """
    far = np.sqrt(freedom * np.log1p(away**2 / freedom))
    return np.asarray(np.sign(away) * far * (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0))
