"""Simple predictors of how many councils join: a hazard, a Bass curve and a logit.

Each says what share of the councils outside has joined after so many months, given a few numbers of
the case, its levels. Levels are partially pooled: a case's own are normal around a mean, which for
the first level depends on what was known of the case before it began. A case that is left out gets
levels drawn around that mean, with what is not known of the mean, of the effects and of the spread
between cases, so its prediction is as wide as few cases make it. What the simulator predicts can be
held against that: a model that does no better has not earned its many rules.

Counts are beta-binomial around the curve, with each figure's error; a lower bound counts as one.
Draws come from rounds of importance sampling, each around what the one before found, in which the
likelihood of a case is the mean over random levels of it. As it is unbiased, so are the weights
(Tran et al. 2013, arXiv:1309.3339). A case is left out by leaving its likelihood out of the
weights, or by rounds of its own where such weights cannot stand in for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logsumexp, ndtri
from scipy.stats import multivariate_t, qmc

from sim.calibration.left_out import UNRELIABLE, LeftOut, smoothed
from sim.calibration.scores import FloatArray, log_chance
from sim.calibration.shares import ShareFigure

ROUNDS = (1_000, 1_000, 1_000, 1_000, 1_000, 4_000)  # draws, the last of which are kept
AGAIN = (1_000, 3_000)  # from where a fit to all cases has come
LEAST = 0.1  # of the draws that the next round's distribution is to rest on
NODES = 64  # levels of a case for each draw
REPEATS = 4  # predictions for each draw
FREEDOM = 12  # of the t distribution that draws come from
STEPS = 4_096  # of the table of a figure's likelihood over shares
# Deviations of the logarithm of the spread between cases, and of an effect of what is known.
SPREAD_SD, EFFECT_SD = 0.5, 0.5
EXTREME = 30.0  # levels beyond make no difference to a share, but for what overflows


@dataclass(frozen=True)
class Level:
    """A number of each case, on a scale without bounds.

    Attributes
    ----------
    mean, sd
        Prior of its mean over cases.
    between
        Prior median of its deviation between cases.
    """

    mean: float
    sd: float
    between: float


@dataclass(frozen=True)
class Baseline:
    """A simple predictor.

    Attributes
    ----------
    name
        In tables.
    levels
        Of each case; what is known of a case moves the first.
    curve
        From the levels, shape (..., k), the share in at the start and months to the share of
        councils that has joined.
    """

    name: str
    levels: tuple[Level, ...]
    curve: Callable[[FloatArray, float, float], FloatArray]

    @property
    def size(self) -> int:
        """Numbers that all cases share, but for the effects."""
        return 2 * len(self.levels)

    def shares(self, levels: FloatArray, figure: ShareFigure) -> FloatArray:
        """Share that a figure measures, given levels of its case."""
        share = self.curve(levels, figure.start, float(figure.target.months))
        return share - figure.start if figure.newcomers else share

    def levels_of(self, z: FloatArray, known: FloatArray, own: FloatArray) -> FloatArray:
        """Levels of a case, shape (n, m, k).

        Parameters
        ----------
        z
            Draws of what cases share, each standard normal a priori, shape (n, d).
        known
            Of the case, as deviations, shape (d - 2 k,).
        own
            Standard normal numbers, shape (n, m, k): where the case stands among cases.
        """
        k = len(self.levels)
        centre = np.array([level.mean for level in self.levels])
        mean = centre + z[:, :k] * np.array([level.sd for level in self.levels])
        mean[:, 0] += EFFECT_SD * (z[:, 2 * k :] @ known)
        between = np.array([level.between for level in self.levels])
        spread = between * np.exp(SPREAD_SD * z[:, k : 2 * k])
        levels = mean[:, np.newaxis] + spread[:, np.newaxis] * own
        return np.asarray(np.clip(levels, -EXTREME, EXTREME))


def _hazard(levels: FloatArray, start: float, months: float) -> FloatArray:
    """Councils outside join at a rate a month that stays as it is."""
    return np.asarray(1.0 - (1.0 - start) * np.exp(-np.exp(levels[..., 0]) * months))


def _bass(levels: FloatArray, start: float, months: float) -> FloatArray:
    """Innovators and imitators up to a ceiling (Bass 1969), from those in at the start."""
    innovate, imitate = np.exp(levels[..., 0]), np.exp(levels[..., 1])
    ceiling = start + (1.0 - start) * expit(levels[..., 2])
    begin = start / ceiling
    left = (1.0 - begin) / (innovate + imitate * begin)
    left *= np.exp(-(innovate + imitate) * months)
    return np.asarray(ceiling * (1.0 - innovate * left) / (1.0 + imitate * left))


def _logit(levels: FloatArray, start: float, months: float) -> FloatArray:
    """Log-odds of those outside to have joined, straight in the logarithm of months."""
    odds = levels[..., 0] + np.exp(levels[..., 1]) * np.log(months / USUAL_MONTHS)
    return np.asarray(start + (1.0 - start) * expit(odds))


USUAL_MONTHS = 24.0
HAZARD = Baseline("hazard", (Level(np.log(0.02), 1.5, 1.0),), _hazard)
# A year: 0.03 and 0.38 are typical of consumer goods (docs/evidence.md, diffusion).
BASS = Baseline(
    "Bass",
    (
        Level(np.log(0.12 / 12.0), 1.5, 1.0),
        Level(np.log(0.38 / 12.0), 0.7, 0.5),
        Level(1.5, 1.5, 1.0),
    ),
    _bass,
)
LOGIT = Baseline("logit", (Level(0.0, 1.5, 1.2), Level(0.0, 0.4, 0.3)), _logit)
BASELINES = (HAZARD, BASS, LOGIT)


@dataclass(frozen=True, eq=False)
class Pooled:
    """A baseline fitted to all cases.

    Attributes
    ----------
    z
        Draws of what cases share, shape (n, d).
    log_weights
        Of the draws by prior and proposal alone, shape (n,).
    log_fits
        Log-likelihood of each case, shape (n, c).
    cases
        In the order of `log_fits`.
    centre, scale
        Of what is known, shape (d - 2 k,).
    """

    baseline: Baseline
    z: FloatArray
    log_weights: FloatArray
    log_fits: FloatArray
    cases: tuple[str, ...]
    centre: FloatArray
    scale: FloatArray

    def weights(self, without: str | None = None) -> tuple[FloatArray, float]:
        """Weights of the draws given all cases but one, smoothed, and the shape of the largest."""
        return smoothed(self._log_weights(without))

    def moments(self, without: str | None = None) -> tuple[FloatArray, FloatArray]:
        """Mean and covariance of the draws given all cases but one, for a next round."""
        weights = _tempered(self._log_weights(without))
        mean = weights @ self.z
        away = self.z - mean
        return mean, (weights[:, np.newaxis] * away).T @ away

    def _log_weights(self, without: str | None) -> FloatArray:
        counts = np.array([case != without for case in self.cases])
        return np.asarray(self.log_weights + self.log_fits[:, counts].sum(axis=1))

    def predict(self, figures: Sequence[ShareFigure], seed: int) -> list[LeftOut]:
        """Predict the figures of one case as if it had not been fitted.

        Each figure gets draws of its own; councils have the luck of a binomial around the curve.
        """
        rng = np.random.default_rng([seed, 1])
        weights, shape = self.weights(figures[0].case)
        own = rng.standard_normal((len(self.z), REPEATS, len(self.baseline.levels)))
        found = []
        for one in figures:
            levels = self.baseline.levels_of(self.z, self._known(one), own)
            at_start = 0.0 if one.newcomers else one.start
            outside = round(one.councils * (1.0 - one.start))
            chance = (self.baseline.shares(levels, one) - at_start) / (1.0 - one.start)
            joins = rng.binomial(outside, np.clip(chance, 0.0, 1.0)).ravel()
            simulated = (at_start + joins / one.councils) * one.unit
            each = np.repeat(weights / REPEATS, REPEATS)
            found.append(
                LeftOut(
                    one.case, one.name, one.target, one.figure, simulated, each, shape, one.unit
                )
            )
        return found

    def _known(self, figure: ShareFigure) -> FloatArray:
        return (figure.known - self.centre) / self.scale


def fit(
    baseline: Baseline,
    figures: Sequence[ShareFigure],
    seed: int,
    *,
    without: str | None = None,
    begin: Pooled | None = None,
) -> Pooled:
    """Fit a baseline to figures of cases.

    Parameters
    ----------
    baseline
        Which.
    figures
        Of all cases.
    seed
        Of all draws.
    without
        A case that is not fitted.
    begin
        A fit to all cases, to begin from.
    """
    known = np.array([one.known for one in figures])
    centre, scale = known.mean(axis=0), known.std(axis=0)
    scale = np.where(scale > 0.0, scale, 1.0)
    cases = tuple(dict.fromkeys(one.case for one in figures if one.case != without))
    even = (np.arange(STEPS) + 0.5) / STEPS
    tables = [
        log_chance(even, one.joined, one.councils, one.error, at_least=one.target.at_least)
        for one in figures
    ]
    d = baseline.size + known.shape[1]
    rng = np.random.default_rng([seed, 0])
    nodes = qmc.Sobol(len(baseline.levels), seed=seed).random(NODES)

    def fits(z: FloatArray) -> FloatArray:
        """Log-likelihood of each case, the mean over levels that it may have; shape (n, c)."""
        found = np.empty((len(z), len(cases)))
        for column, case in enumerate(cases):
            # The nodes turned by another angle for each draw stay even, and are random.
            turned = (nodes + rng.random((len(z), 1, len(baseline.levels)))) % 1.0
            own = ndtri(np.clip(turned, 1e-12, 1.0 - 1e-12))
            log = np.zeros(own.shape[:2])
            for one, table in zip(figures, tables, strict=True):
                if one.case == case:
                    levels = baseline.levels_of(z, (one.known - centre) / scale, own)
                    share = baseline.shares(levels, one)
                    log += table[np.clip(share * STEPS, 0, STEPS - 1).astype(np.int64)]
            found[:, column] = logsumexp(log, axis=1) - np.log(NODES)
        return found

    mean, covariance = (np.zeros(d), np.eye(d)) if begin is None else begin.moments(without)
    for count in ROUNDS if begin is None else AGAIN:
        # As wide as the distribution that it stands for, and with heavier tails.
        law = multivariate_t(mean, covariance, df=FREEDOM, seed=rng)
        z = np.asarray(law.rvs(count)).reshape(count, d)
        log_weights = -0.5 * (z**2).sum(axis=1) - law.logpdf(z)
        found = Pooled(baseline, z, log_weights, fits(z), cases, centre, scale)
        mean, covariance = found.moments()
    return found


def _tempered(log_weights: FloatArray) -> FloatArray:
    """Weights, to a power below 1 where few draws would carry most of them."""

    def powered(power: float) -> FloatArray:
        log = power * log_weights
        return np.asarray(np.exp(log - logsumexp(log)))

    def carried(power: float) -> float:
        return float(1.0 / (powered(power) ** 2).sum()) - LEAST * len(log_weights)

    return powered(1.0 if carried(1.0) >= 0.0 else brentq(carried, 0.0, 1.0))


def predict_left_out(
    baseline: Baseline, figures: Sequence[ShareFigure], seed: int
) -> list[LeftOut]:
    """Predict the figures of each case from those of all others."""
    pooled = fit(baseline, figures, seed)
    found = []
    for case in pooled.cases:
        _, shape = pooled.weights(case)
        anew = shape > UNRELIABLE
        used = fit(baseline, figures, seed, without=case, begin=pooled) if anew else pooled
        found += used.predict([one for one in figures if one.case == case], seed)
    return found
