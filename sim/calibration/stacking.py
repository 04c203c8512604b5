"""How much weight each predictor earns on cases left out, and how surely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

from sim.calibration.scores import FloatArray

# A prior as if each predictor had been the best for one more case.
PSEUDO_CASES = 1.0
STEPS = 500  # of the climb to the best weights


@dataclass(frozen=True, eq=False)
class Stacked:
    """Weights of predictors, as they would best be mixed.

    Attributes
    ----------
    weights
        A row a predictor: `equal`, `stacked`, and `low` and `high`, between which 9 in 10 of the
        stacked weights lie if cases are drawn anew.
    equal_score, stacked_score
        Mean log score over cases of the two mixtures; that of the stacked one is flattered, since
        it was made for these cases.
    """

    weights: pd.DataFrame
    equal_score: float
    stacked_score: float


def stack(log_scores: pd.DataFrame, seed: int, *, resamples: int = 500) -> Stacked:
    """Find the mixture of predictors that best predicts cases left out.

    The weights maximise the mean log of the mixed probabilities (Yao et al. 2018, Bayesian Analysis
    13), with a prior that holds them together: few cases do not drive any to nothing.

    Parameters
    ----------
    log_scores
        One a case left out, a row a case and a column a predictor.
    seed
        Of the cases drawn anew.
    resamples
        How often they are.
    """
    log = log_scores.to_numpy()
    cases, predictors = log.shape
    rng = np.random.default_rng(seed)
    times = rng.multinomial(cases, np.full(cases, 1.0 / cases), size=resamples)
    counts = np.vstack([np.ones(cases), times])
    every = _mixture(log, counts)
    low, high = np.quantile(every[1:], [0.05, 0.95], axis=0)
    equal = np.full(predictors, 1.0 / predictors)
    table = pd.DataFrame(
        {"equal": equal, "stacked": every[0], "low": low, "high": high}, index=log_scores.columns
    )
    return Stacked(table, _mixed(log, equal), _mixed(log, every[0]))


def _mixture(log: FloatArray, counts: FloatArray) -> FloatArray:
    """Weights for cases counted so often, shape (b, k), by expectation and maximisation.

    Parameters
    ----------
    log
        Log scores, shape (c, k).
    counts
        Shape (b, c).
    """
    weights = np.full((len(counts), log.shape[1]), 1.0 / log.shape[1])
    for _ in range(STEPS):
        owed = softmax(log + np.log(weights)[:, np.newaxis], axis=2)
        weights = (counts[..., np.newaxis] * owed).sum(axis=1) + PSEUDO_CASES
        weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights)


def _mixed(log: FloatArray, weights: FloatArray) -> float:
    return float(logsumexp(log, b=weights, axis=1).mean())
