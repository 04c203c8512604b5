"""How well simulated histories fit what was observed: a synthetic likelihood.

An observed figure counts as normal around the mean of a few simulated histories, with the variance
between them, which is luck, and that of its own error (Wood 2010, Nature 466; Price et al. 2018,
Journal of Computational and Graphical Statistics 27). A figure that is a lower bound counts with
the probability of at least as much. Figures that go together, such as those of one case, share the
covariance of their luck. Few histories tell little of it, so correlations are shrunk as if as many
histories without any had been seen as there are figures (as Warton 2008, Journal of the American
Statistical Association 103, does with a weight of its own).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


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
        found = statistics[..., counts]
        mean = found.mean(axis=1)
        # The mean of r histories errs as well.
        errs = 1.0 + 1.0 / statistics.shape[1]
        luck = found.var(axis=1, ddof=1) * errs
        variance = self.deviations[counts] ** 2 + luck
        away = mean - self.figures[counts]
        cost = away**2 / variance + np.log(variance)
        for index in np.flatnonzero(self._bounds()[counts]):
            cost[:, index] = -2.0 * log_ndtr(away[:, index] / np.sqrt(variance[:, index]))
        place = np.cumsum(counts) - 1
        for group in self.together:
            some = place[[at for at in group if counts[at] and not self._bounds()[at]]]
            if len(some) > 1:
                shared = self._shrunk(found[..., some]) * errs
                shared[:, range(len(some)), range(len(some))] = variance[:, some]
                with np.errstate(invalid="ignore"):  # of points that were given up
                    near = np.linalg.solve(shared, away[:, some, np.newaxis])[..., 0]
                    size = np.linalg.slogdet(shared)[1]
                cost[:, some] = 0.0
                cost[:, some[0]] = (away[:, some] * near).sum(axis=1) + size
        return np.asarray(-0.5 * cost.sum(axis=1))

    def most(self, counts: BoolArray) -> float:
        """Give what the log-likelihood of some of the figures cannot exceed."""
        # Luck only adds to variances, and to the determinant of a covariance.
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
