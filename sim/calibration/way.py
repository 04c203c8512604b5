"""The way of particles: from the prior to a posterior, or from one posterior to another.

The longer one is that of a fit. The shorter one leaves figures out of a finished fit: their weight
goes from 1 to 0 by degrees, so that particles which were where these figures wanted them can go
elsewhere. Draws are then those of a fit that never saw the figures, for a part of its time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.calibration.likelihood import BoolArray, FloatArray, Likelihood


@dataclass(frozen=True, eq=False)
class Way:
    """Log-likelihoods on the way between two densities.

    Attributes
    ----------
    end
        The likelihood of the posterior at which the way ends.
    begin
        That of the posterior at which it begins, with more figures of the same; None: the prior.
    """

    end: Likelihood
    begin: Likelihood | None = None

    def gain(self, statistics: FloatArray) -> FloatArray:
        """Log of the density at the end over that at the beginning; shape (n,)."""
        end = self.end.log_fit(statistics)
        return end if self.begin is None else end - self.begin.log_fit(statistics)

    def log_fit(self, statistics: FloatArray, at: float) -> FloatArray:
        """Log-likelihood at a place between 0 and 1, shape (n,); nan for what was given up."""
        end = self.end.log_fit(statistics)
        if self.begin is None:
            return np.asarray(at * end)
        return np.asarray(at * end + (1.0 - at) * self.begin.log_fit(statistics))

    def log_fit_of(self, figures: BoolArray, statistics: FloatArray, at: float) -> FloatArray:
        """Log-likelihood of some of the figures at a place between 0 and 1, shape (n,)."""

        def of(likelihood: Likelihood) -> FloatArray:
            return likelihood.log_fit_of(figures & likelihood.counts, statistics)

        end = at * of(self.end)
        return np.asarray(end if self.begin is None else end + (1.0 - at) * of(self.begin))

    def needed(self, least: FloatArray, at: float) -> FloatArray:
        """What the likelihood at the end must exceed for that at a place to exceed `least`.

        Figures that go together are left out together, or the bound would not hold.
        """
        if self.begin is None:
            return np.asarray(least / at)
        more = self.begin.counts & ~self.end.counts
        return np.asarray(least - (1.0 - at) * self.begin.most(more))
