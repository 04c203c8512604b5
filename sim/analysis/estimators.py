"""Estimators for comparing simulated futures: bands, intervals, paired and unpaired differences.

Two things that must never be confused are kept apart by name throughout:

*Band* or *quantiles*: how far simulated futures lie apart. It does not shrink with more seeds.

*Interval* (`low`, `high`): how far a mean or a probability may be off because only so many seeds
were run. It shrinks with the root of their number, and says nothing about how well the model
describes the world.

Each function is a pure function of its arrays: resampling uses a generator of its own, seeded by
fixed constants, so that the same numbers always give the same interval. Arrays of two dimensions
hold a column an outcome and a row a seed.
"""

from __future__ import annotations

import math
from collections.abc import Sized
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtrit

FloatArray = npt.NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CONFIDENCE = 0.95
RESAMPLES = 2000
# The first of the fixed seeds of all resampling; drawn once, chosen by nobody for its results.
RESAMPLING_SEED = 871_303
# Beyond this many seeds the mean is as good as normal, and resampling would only cost memory.
RESAMPLE_UP_TO = 2000
# Resampling sees too little in fewer values than these: by chance alone all of three lie on one
# side of zero in 1 of 4 cases, all of seven in 1 of 64, and every resample lies there with them.
RESAMPLE_FROM = 8
# Fewer seeds do not even tell how far futures differ: at 20 the estimated standard deviation is
# itself off by 1 / sqrt(2 * 19) = 16 % (one standard error, for normal values).
FEWEST_SEEDS = 20

_TAIL = (1.0 + CONFIDENCE) / 2.0
Z = float(ndtri(_TAIL))


def _t(freedom: int) -> float:
    """Quantile of Student's t for the two-sided interval."""
    return float(stdtrit(freedom, _TAIL))


def _columns(values: npt.ArrayLike) -> FloatArray:
    """View values as rows of seeds and columns of outcomes."""
    array = np.asarray(values, dtype=np.float64)
    return array[:, np.newaxis] if array.ndim == 1 else array


# ---------------------------------------------------------------- draws of parameters


def means_of_draws(values: npt.ArrayLike, draws: npt.ArrayLike) -> FloatArray:
    """Mean of each draw of parameters over its seeds_per_draw, in the order of the draws' numbers.

    Seeds that share a draw are no independent evidence of a mean over draws: their means are.
    """
    x = _columns(values)
    _, index, seeds_per_draw = np.unique(np.asarray(draws), return_inverse=True, return_counts=True)
    sums = np.zeros((len(seeds_per_draw), x.shape[1]))
    np.add.at(sums, index, x)
    return np.asarray(sums / seeds_per_draw[:, np.newaxis])


def share_from_draws(values: npt.ArrayLike, draws: npt.ArrayLike) -> tuple[float, float, float]:
    """Share of the variance that comes from parameters and not from luck, and its 95 % interval.

    A one-way analysis of variance with draws as random groups (Searle, Casella and McCulloch,
    Variance Components 1992, ch. 3): the variance of draws is that of their means less what
    luck leaves in them. The interval resamples whole draws. Draws with fewer seeds than others
    are left out; missing where there are fewer than two draws, one luck each, or no variance.
    """
    x = np.asarray(values, dtype=np.float64)
    labels = np.asarray(draws)
    numbers, counts = np.unique(labels, return_counts=True)
    seeds_per_draw = int(counts.max(initial=0))
    whole = numbers[counts == seeds_per_draw]
    if seeds_per_draw < 2 or len(whole) < 2 or np.isnan(x).any():
        return math.nan, math.nan, math.nan
    groups = np.array([x[labels == number] for number in whole])
    means, within = groups.mean(axis=1), groups.var(axis=1, ddof=1)

    def shares(weights: FloatArray) -> FloatArray:
        luck = weights @ within
        centred = means - means.mean()
        of_means = (weights @ centred**2 - (weights @ centred) ** 2) * len(whole)
        parameters = np.maximum(of_means / (len(whole) - 1) - luck / seeds_per_draw, 0.0)
        total = parameters + luck
        return np.asarray(
            np.divide(parameters, total, out=np.full_like(total, np.nan), where=total > 0)
        )

    share = float(shares(np.full((1, len(whole)), 1.0 / len(whole)))[0])
    if math.isnan(share):
        return math.nan, math.nan, math.nan
    resampled = shares(resampling_weights(len(whole), 3))
    low, high = np.nanquantile(resampled, (1.0 - _TAIL, _TAIL))
    return share, float(low), float(high)


# ---------------------------------------------------------------- bands


def missing_share(values: npt.ArrayLike) -> FloatArray:
    """Share of missing values in each column; NaN where there is no value at all."""
    x = _columns(values)
    return np.isnan(x).mean(axis=0) if len(x) else np.full(x.shape[1], np.nan)


def quantile_band(values: npt.ArrayLike, *, missing_is_beyond: bool) -> FloatArray:
    """Quantiles (5, 25, 50, 75 and 95 %) of simulated futures, shape (5, columns).

    Parameters
    ----------
    values
        A row a seed.
    missing_is_beyond
        Whether a missing value means 'not reached within the horizon'. It is then kept as
        infinitely late: a quantile is the smallest value that this share of seeds has reached,
        as in a survival curve (Kaplan and Meier 1958), and missing where too few have.
        Otherwise quantiles are interpolated (type 7 of Hyndman and Fan 1996, the default of
        numpy, R and Excel), and a column with anything missing has none, since nothing is known
        of where the missing values lie.
    """
    x = _columns(values)
    band = np.full((len(QUANTILES), x.shape[1]), np.nan)
    if not len(x):
        return band
    if missing_is_beyond:
        ordered = np.sort(x, axis=0)  # numpy sorts NaN to the end, where the infinite belongs
        places = [math.ceil(q * len(x) - 1e-9) - 1 for q in QUANTILES]
        return ordered[places]
    known = ~np.isnan(x).any(axis=0)
    if known.any():
        band[:, known] = np.quantile(x[:, known], QUANTILES, axis=0)
    return band


# ---------------------------------------------------------------- means


@lru_cache(maxsize=4)
def resampling_weights(seeds: int, stream: int) -> FloatArray:
    """Weight of each seed in each resample; one matrix serves all outcomes with as many seeds."""
    rng = np.random.default_rng([RESAMPLING_SEED, stream, seeds])
    counts = rng.multinomial(seeds, np.full(seeds, 1.0 / seeds), size=RESAMPLES)
    weights = counts / float(seeds)
    weights.setflags(write=False)
    return weights


def _tails(seeds: int) -> tuple[float, float]:
    """Probabilities at which the resampled means are cut: wider than 2.5 % when seeds are few."""
    tail = float(ndtr(-math.sqrt(seeds / (seeds - 1)) * _t(seeds - 1)))
    return tail, 1.0 - tail


def standard_deviation(values: npt.ArrayLike, draws: npt.ArrayLike | None = None) -> FloatArray:
    """Standard deviation of each column (n - 1); NaN for fewer than two seeds.

    With the draw of each seed, the one that independent seeds would need for their mean to be
    as uncertain as it is: the root of n times the variance of the mean.
    """
    x = _columns(values)
    if draws is not None:
        means = means_of_draws(x, draws)
        if len(means) < len(x):
            return standard_deviation(means) * math.sqrt(len(x) / len(means))
    if len(x) < 2:
        return np.full(x.shape[1], np.nan)
    # Measured from the first row, so that equal values give exactly 0.
    return np.asarray((x - x[0]).std(axis=0, ddof=1), dtype=np.float64)


def mean_interval(
    values: npt.ArrayLike, draws: npt.ArrayLike | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean of each column with its 95 % bootstrap interval (sampling error of finite seeds).

    The expanded percentile interval of Hesterberg (The American Statistician 2015, 69:371): the
    percentile bootstrap with tails widened by sqrt(n / (n - 1)) and Student's t, since the plain
    one is too narrow for few values. With fewer than `RESAMPLE_FROM` seeds or more than
    `RESAMPLE_UP_TO`, mean -/+ t standard errors. Where all values are equal the interval has no
    width: the seeds show no spread, which is not to say that there is none. One seed gives a mean
    and no interval; a column with anything missing gives neither.

    With the draw of parameters of each seed, whole draws are resampled: see `means_of_draws`.

    Returns
    -------
    tuple
        Mean, low and high of each column.
    """
    x = _columns(values)
    if draws is not None:
        means = means_of_draws(x, draws)
        if len(means) < len(x):
            mean = _mean(x)
            of_draws, low, high = mean_interval(means)
            return mean, low + (mean - of_draws), high + (mean - of_draws)
    seeds, outcomes = x.shape
    mean = _mean(x)
    low, high = np.full(outcomes, np.nan), np.full(outcomes, np.nan)
    known = ~np.isnan(mean)
    if seeds < 2 or not known.any():
        return mean, low, high
    origin = x[0, known]
    away = x[:, known] - origin
    if not RESAMPLE_FROM <= seeds <= RESAMPLE_UP_TO:
        reach = _t(seeds - 1) * standard_deviation(away) / math.sqrt(seeds)
        low[known], high[known] = mean[known] - reach, mean[known] + reach
    else:
        resampled = resampling_weights(seeds, 0) @ away
        low[known], high[known] = origin + np.quantile(resampled, _tails(seeds), axis=0)
    return mean, low, high


def _mean(x: FloatArray) -> FloatArray:
    """Mean of each column, NaN where anything is missing; measured from the first row.

    So it is exact where all seeds agree.
    """
    mean = np.full(x.shape[1], np.nan)
    known = ~np.isnan(x).any(axis=0)
    if len(x) and known.any():
        origin = x[0, known]
        mean[known] = origin + (x[:, known] - origin).mean(axis=0)
    return mean


def unpaired_difference(
    first: npt.ArrayLike, second: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean of the first minus mean of the second, with its 95 % interval, as if independent.

    Each sample is resampled on its own (Efron and Tibshirani 1993, ch. 8), with the tails of
    :func:`mean_interval` for the smaller of the two. If the two in truth share some luck (a
    council taking part in both), the interval is wider than it need be, not narrower.
    """
    x, y = _columns(first), _columns(second)
    outcomes = x.shape[1]
    mean, low, high = (np.full(outcomes, np.nan) for _ in range(3))
    if not len(x) or not len(y):
        return mean, low, high
    known = ~(np.isnan(x).any(axis=0) | np.isnan(y).any(axis=0))
    if not known.any():
        return mean, low, high
    gap = x[0, known] - y[0, known]
    away_x, away_y = x[:, known] - x[0, known], y[:, known] - y[0, known]
    mean[known] = gap + away_x.mean(axis=0) - away_y.mean(axis=0)
    fewer = min(len(x), len(y))
    if fewer == 1:
        return mean, low, high
    if fewer < RESAMPLE_FROM or max(len(x), len(y)) > RESAMPLE_UP_TO:
        variance = away_x.var(axis=0, ddof=1) / len(x) + away_y.var(axis=0, ddof=1) / len(y)
        reach = _t(fewer - 1) * np.sqrt(variance)
        low[known], high[known] = mean[known] - reach, mean[known] + reach
    else:
        resampled = resampling_weights(len(x), 1) @ away_x - resampling_weights(len(y), 2) @ away_y
        low[known], high[known] = gap + np.quantile(resampled, _tails(fewer), axis=0)
    return mean, low, high


def paired_difference(
    first: npt.ArrayLike, second: npt.ArrayLike, draws: npt.ArrayLike | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean difference seed by seed, with its 95 % interval; row i of both is the same seed."""
    return mean_interval(_columns(first) - _columns(second), draws)


# ---------------------------------------------------------------- probabilities


def wilson(
    successes: npt.ArrayLike, trials: npt.ArrayLike, z: float = Z
) -> tuple[FloatArray, FloatArray]:
    """Score interval of a probability (Wilson, JASA 1927, 22:209), 95 % by default.

    It stays within 0 and 1 and keeps some width at 0 and at all successes, where the textbook
    interval has none. No trials, no interval.
    """
    k, n = np.broadcast_arrays(
        np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    n = np.where(n > 0, n, np.nan)
    share, factor = k / n, z * z / n
    centre = (share + factor / 2.0) / (1.0 + factor)
    reach = np.sqrt(factor * (share * (1.0 - share) + factor / 4.0)) / (1.0 + factor)
    # At the ends the interval starts exactly there, whatever rounding says.
    low = np.where(k == 0, 0.0 * n, np.maximum(centre - reach, 0.0))
    high = np.where(k == n, n / n, np.minimum(centre + reach, 1.0))
    return low, high


def trials_of(seeds: Sized, draws: npt.ArrayLike | None) -> int:
    """Count independent evidence: draws of parameters where these are drawn, else seeds."""
    return len(seeds) if draws is None else len(np.unique(draws))


def share_interval(
    happened: npt.ArrayLike, draws: npt.ArrayLike | None = None
) -> tuple[float, float, float]:
    """Share of seeds in which something happened, with its Wilson interval.

    Seeds that share a draw of parameters count together as one trial: the least there can be.
    """
    yes = np.asarray(happened, dtype=np.float64)
    if not len(yes):
        return math.nan, math.nan, math.nan
    share, trials = float(yes.mean()), trials_of(yes, draws)
    low, high = wilson(yes.sum() * (trials / len(yes)), trials)
    return share, float(low), float(high)


def mean_change(
    values: npt.ArrayLike, draws: npt.ArrayLike | None = None
) -> tuple[float, float, float]:
    """Mean of changes of a probability, each from -1 to 1, with its 95 % interval.

    As `mean_interval`; but where all seeds agree, which resampling would take for certain, the
    interval leaves room for what has been seen in 0 of n: Wilson's upper end of that share of the
    seeds might change by anything.
    """
    x = np.asarray(values, dtype=np.float64)
    mean, low, high = (float(part[0]) for part in mean_interval(x, draws))
    if not len(x) or math.isnan(mean) or not (math.isnan(low) or low == high):
        return mean, low, high
    trials = trials_of(x, draws)
    unseen = float(wilson(0, trials)[1])
    return mean, mean - unseen * (mean + 1.0), mean + unseen * (1.0 - mean)


def unpaired_probabilities(
    first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Difference of two probabilities from independent seeds, with its 95 % interval.

    From Wilson intervals of both (Newcombe, Statistics in Medicine 1998, 17:873, method 10): a
    bootstrap would have no width where all seeds agree, as in 12 of 12.
    """
    return _score_difference(first, second, correlation=0.0)


def paired_probabilities(
    first: npt.NDArray[np.bool_],
    second: npt.NDArray[np.bool_],
    draws: npt.ArrayLike | None = None,
) -> tuple[float, float, float]:
    """Difference of two probabilities over the same seeds, with its 95 % interval.

    Newcombe, Statistics in Medicine 1998, 17:2635, method 10: Wilson intervals of both and
    the correlation of the pairs, corrected for continuity. Seeds that share a draw of parameters
    count together as one pair.
    """
    if not len(first):
        return math.nan, math.nan, math.nan
    trials = trials_of(first, draws)
    each = trials / len(first)
    both, neither = each * np.sum(first & second), each * np.sum(~first & ~second)
    only_first, only_second = each * np.sum(first & ~second), each * np.sum(~first & second)
    margins = math.prod(
        (both + only_first, only_second + neither, both + only_second, only_first + neither)
    )
    together = float(both * neither - only_first * only_second)
    if together > 0.0:
        together = max(together - trials / 2.0, 0.0)
    correlation = together / math.sqrt(margins) if margins > 0.0 else 0.0
    return _score_difference(first, second, correlation, draws)


def _score_difference(
    first: npt.NDArray[np.bool_],
    second: npt.NDArray[np.bool_],
    correlation: float,
    draws: npt.ArrayLike | None = None,
) -> tuple[float, float, float]:
    if not len(first) or not len(second):
        return math.nan, math.nan, math.nan
    p, low_p, high_p = share_interval(first, draws)
    q, low_q, high_q = share_interval(second, draws)

    def reach(a: float, b: float) -> float:
        return math.sqrt(max(a * a - 2.0 * correlation * a * b + b * b, 0.0))

    return (
        p - q,
        max(p - q - reach(p - low_p, high_q - q), -1.0),
        min(p - q + reach(high_p - p, q - low_q), 1.0),
    )


# ---------------------------------------------------------------- who is higher


def _as_infinite(values: npt.ArrayLike) -> FloatArray:
    x = np.asarray(values, dtype=np.float64)
    return np.where(np.isnan(x), np.inf, x)


def paired_order(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[float, float]:
    """Share of seeds in which the first is higher, and in which both are equal.

    Missing counts as infinite ('not reached'), so two missing values are equal.
    """
    x, y = _as_infinite(first), _as_infinite(second)
    if not len(x):
        return math.nan, math.nan
    return float(np.mean(x > y)), float(np.mean(x == y))


def unpaired_order(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[float, float]:
    """Probability that a random future of the first is higher than one of the second, or equal.

    Over all pairs of futures (the statistic of Mann and Whitney 1947); missing as above.
    """
    x, y = _as_infinite(first), np.sort(_as_infinite(second))
    if not len(x) or not len(y):
        return math.nan, math.nan
    below = np.searchsorted(y, x, side="left")
    up_to = np.searchsorted(y, x, side="right")
    pairs = len(x) * len(y)
    return float(below.sum() / pairs), float((up_to - below).sum() / pairs)


# ---------------------------------------------------------------- seeds


def seeds_needed(sd: float, precision: float) -> int | None:
    """Seeds at which the 95 % interval of a mean has the given half-width: (1.96 sd / precision)².

    For paired differences, sd is that of the differences; for unpaired ones, the root of the sum
    of both variances. Never below `FEWEST_SEEDS`; None where the spread is not known.
    """
    if math.isnan(sd):
        return None
    # A shade below the next whole number is rounding of floats, not another seed.
    return max(FEWEST_SEEDS, math.ceil((Z * sd / precision) ** 2 - 1e-9))
