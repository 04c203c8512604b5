"""Scores of predictions that are samples, perhaps weighted: how near, and how likely."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp
from scipy.stats import betabinom

FloatArray = npt.NDArray[np.float64]

# No beta distribution has a deviation that a large error would ask for.
LEAST_CONCENTRATION = 2.0
ROUNDED = 5e-4


def crps(
    simulated: FloatArray,
    figure: float,
    weights: FloatArray | None = None,
    *,
    at_least: bool = False,
) -> float:
    """Continuous ranked probability score of a sample: mean error less half its mean spread.

    It is in the units of the figure, 0 at best, and the absolute error of a sample without spread
    (Gneiting and Raftery 2007, Journal of the American Statistical Association 102).

    Parameters
    ----------
    simulated
        Shape (n,).
    figure
        As observed.
    weights
        Of the simulated figures, shape (n,); by default all alike.
    at_least
        The figure is a lower bound: what lies above it is as good as the figure itself.
    """
    values = np.minimum(simulated, figure) if at_least else simulated
    order = np.argsort(values, kind="stable")
    values, weights = values[order], _normal(weights, len(values))[order]
    # Half the mean distance between two: how much lies below and above each gap between neighbours.
    below = np.cumsum(weights)[:-1]
    spread = float((np.diff(values) * below * (1.0 - below)).sum())
    return float((weights * np.abs(values - figure)).sum()) - spread


def log_score(
    simulated: FloatArray,
    joined: int,
    councils: int,
    error: float,
    weights: FloatArray | None = None,
    *,
    at_least: bool = False,
) -> float:
    """Log-probability of a count of councils under a sample of shares, by a beta-binomial.

    Each simulated share is the mean of a beta distribution from which councils are drawn. Its
    deviation is the error for a share of a half and less towards 0 and 1, as that of a count is, so
    that it is as concentrated for all shares and a prediction further off never scores better. Half
    a council is added to either side, so that all or none of them leave the score finite.

    Parameters
    ----------
    simulated
        Shares, shape (n,).
    joined, councils
        As observed: so many of so many.
    error
        Deviation of an observed share of a half, and of what the model cannot be.
    weights, at_least
        As in `crps`.
    """
    each = log_chance(simulated, joined, councils, error, at_least=at_least)
    return float(logsumexp(each, b=_normal(weights, len(each))))


def log_chance(
    shares: FloatArray, joined: int, councils: int, error: float, *, at_least: bool = False
) -> FloatArray:
    """Log-probability of a count of councils given each of some shares, as in `log_score`."""
    mean = (np.clip(shares, 0.0, 1.0) * councils + 0.5) / (councils + 1.0)
    concentration = max(0.25 / max(error, 1e-9) ** 2 - 1.0, LEAST_CONCENTRATION)
    law = betabinom(councils, mean * concentration, (1.0 - mean) * concentration)
    if not at_least:
        return np.asarray(law.logpmf(joined))
    # Added up one by one: the difference of two sums near 1 may come out below 0.
    each = law.logpmf(np.arange(joined, councils + 1)[:, np.newaxis])
    return np.asarray(logsumexp(each, axis=0))


def band_holds(figure: float, low: float, high: float, *, at_least: bool) -> bool:
    """Does a band of predictions hold a figure, or lie above it where that is a lower bound?"""
    # Figures are rounded, and shares of councils come in steps.
    if figure > high + ROUNDED:
        return False
    return at_least or low - ROUNDED <= figure


def paired(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Mean of paired differences, the first less the second, and its standard error."""
    away = np.asarray(first) - np.asarray(second)
    return float(away.mean()), float(away.std(ddof=1) / np.sqrt(len(away)))


def _normal(weights: FloatArray | None, count: int) -> FloatArray:
    found = np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)
    return np.asarray(found / found.sum())
