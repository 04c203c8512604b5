"""Scores of predictions with known answers, and cases left out by weights."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from sim.calibration.file import Target
from sim.calibration.left_out import UNRELIABLE, LeftOut, leave_out, smoothed
from sim.calibration.likelihood import Likelihood
from sim.calibration.scores import FloatArray, crps, log_chance, log_score, paired
from sim.calibration.smc import Particles
from sim.calibration.statistics import measure

# ---------------------------------------------------------------- scores


def test_crps_of_a_sample_without_spread_is_its_error() -> None:
    assert crps(np.full(5, 0.7), 0.4) == pytest.approx(0.3)
    assert crps(np.array([0.4]), 0.4) == 0.0


def test_crps_by_hand() -> None:
    # Mean error (0.1 + 0.3) / 2 less half the mean distance of 0.4 in half of all pairs.
    assert crps(np.array([0.6, 0.2]), 0.5) == pytest.approx(0.2 - 0.5 * 0.4 * 0.5)
    # Weights stand for repeated values.
    few = crps(np.array([0.2, 0.6]), 0.5, np.array([3.0, 1.0]))
    assert few == pytest.approx(crps(np.array([0.2, 0.2, 0.6, 0.2]), 0.5))


def test_crps_of_a_normal_sample_is_that_of_the_normal_distribution() -> None:
    """Known in closed form (Gneiting and Raftery 2007)."""
    sample = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    for z in (-1.0, 0.0, 2.5):
        known = z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - 1.0 / math.sqrt(math.pi)
        assert crps(sample, z) == pytest.approx(known, abs=1e-3)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12), st.floats(0.0, 1.0))
def test_crps_is_the_area_between_steps(values: list[float], figure: float) -> None:
    """Integrate the squared distance of the distribution from the step at the figure."""
    edges = np.unique([*values, figure])
    middles = (edges[1:] + edges[:-1]) / 2.0
    steps = np.array([np.mean(np.array(values) <= at) - float(at >= figure) for at in middles])
    area = float((np.diff(edges) * steps**2).sum())
    assert crps(np.array(values), figure) == pytest.approx(area, abs=1e-12)


def test_a_lower_bound_is_scored_from_below_only() -> None:
    assert crps(np.array([0.7, 0.9]), 0.6, at_least=True) == 0.0
    assert crps(np.array([0.5, 0.9]), 0.6, at_least=True) == pytest.approx(
        crps(np.array([0.5, 0.6]), 0.6)
    )


def test_log_score_by_hand() -> None:
    """With a deviation that leaves Beta(1, 1), every count of councils is as likely."""
    flat = math.sqrt(0.25 / 3.0)
    assert log_score(np.array([0.5]), 7, 9, flat) == pytest.approx(-math.log(10.0))
    # At least seven of nine: three of ten counts.
    assert log_score(np.array([0.5]), 7, 9, flat, at_least=True) == pytest.approx(math.log(0.3))
    # A mixture is the mean of probabilities.
    one, two = (log_score(np.array([share]), 7, 9, 0.05) for share in (0.2, 0.8))
    both = log_score(np.array([0.2, 0.8]), 7, 9, 0.05)
    assert both == pytest.approx(math.log((math.exp(one) + math.exp(two)) / 2.0))


def test_all_councils_are_a_count_that_no_score_makes_impossible() -> None:
    sure = log_score(np.ones(10), 32, 32, 0.02)
    wrong = log_score(np.zeros(10), 32, 32, 0.02)
    assert -0.7 < sure < 0.0
    assert -math.inf < wrong < -20.0


def test_a_lower_bound_far_above_all_shares_is_unlikely_but_finite() -> None:
    shares = np.linspace(0.0, 1.0, 101)
    found = log_chance(shares, 100, 200, 0.01, at_least=True)
    assert np.isfinite(found).all()
    assert found[10] < -50.0
    assert found[90] == pytest.approx(0.0, abs=1e-6)
    # At least all of them is all of them; and as many or fewer is what is left.
    exact = log_chance(shares, 200, 200, 0.01)
    np.testing.assert_allclose(log_chance(shares, 200, 200, 0.01, at_least=True), exact)
    fewer = sum(np.exp(log_chance(shares, joined, 200, 0.01)) for joined in range(100))
    np.testing.assert_allclose(np.exp(found) + fewer, 1.0, rtol=1e-6)


def test_differences_are_paired() -> None:
    first, second = np.array([3.0, 5.0, 7.0]), np.array([2.0, 3.0, 4.0])
    assert paired(first, second) == pytest.approx((2.0, 1.0 / math.sqrt(3.0)))


# ---------------------------------------------------------------- smoothed weights


@pytest.mark.parametrize("shape", [0.2, 0.9])
def test_the_shape_of_pareto_weights_is_found(shape: float) -> None:
    even = (np.arange(4_000) + 0.5) / 4_000
    weights = (1.0 - even) ** -shape  # a Pareto distribution of this shape
    found, of_tail = smoothed(np.log(np.random.default_rng(2).permutation(weights)))
    assert found.sum() == pytest.approx(1.0)
    assert of_tail == pytest.approx(shape, abs=0.1)
    assert (of_tail > UNRELIABLE) == (shape > UNRELIABLE)


def test_draws_that_are_alike_have_a_longer_tail() -> None:
    """Each draw four times over is worth a quarter, and has the shape of those that are apart."""
    even = (np.arange(1_000) + 0.5) / 1_000
    log_weights = -0.5 * np.log(1.0 - even)
    _, apart = smoothed(log_weights)
    _, alike = smoothed(np.repeat(log_weights, 4), 1_000)
    _, told_by_few = smoothed(np.repeat(log_weights, 4))
    assert alike == pytest.approx(apart, abs=0.05)
    assert abs(told_by_few - apart) > abs(alike - apart)


def test_weights_that_are_all_alike_stay_so() -> None:
    weights, shape = smoothed(np.full(100, -3.0))
    np.testing.assert_allclose(weights, 0.01)
    assert shape == 0.0


def test_weights_that_lie_on_few_draws_are_never_called_reliable() -> None:
    one = np.full(300, -2_000.0)
    one[7] = 0.0
    weights, shape = smoothed(one)
    assert weights[7] == pytest.approx(1.0)
    assert shape > UNRELIABLE
    # Nor are weights over hundreds of orders of magnitude, of draws some of which stand twice.
    steep = np.repeat(np.linspace(-900.0, 0.0, 150), 2)
    assert smoothed(steep)[1] > UNRELIABLE


# ---------------------------------------------------------------- cases left out


def calibration(figures: list[float], deviations: list[float]) -> Any:
    """Two cases with one figure each."""
    targets = {
        case: Target(
            case=case, pattern=1, statistic="joined_share", months=1, low=0.0, high=1.0, label=case
        )
        for case in ("a", "b")
    }
    likelihood = Likelihood(np.array(figures), np.array(deviations))
    return SimpleNamespace(
        file=SimpleNamespace(targets=targets, cases={"a": "", "b": ""}, chains=50),
        tolerances=likelihood.deviations,
        observed=likelihood.figures,
        likelihood=likelihood,
    )


def posterior(figures: FloatArray, error: float, n: int) -> Particles:
    """Draws given two measurements of one parameter that both err alike; prior N(0, 1)."""
    precision = 1.0 + len(figures) / error**2
    mean = (figures / error**2).sum() / precision
    even = norm.ppf((np.arange(n) + 0.5) / n)
    z = mean + even / math.sqrt(precision)
    # Histories without luck, so that the likelihood is exact.
    statistics = np.repeat(z[:, None, None], 2, axis=2).repeat(4, axis=1)
    return Particles(z[:, None], statistics, np.zeros((n, 1), dtype=np.int64))


def test_a_case_left_out_by_weights_is_as_if_it_had_never_been_fitted() -> None:
    figures, error = np.array([0.5, 0.9]), 0.8
    found = calibration(figures.tolist(), [error, error])
    draws = posterior(figures, error, 4_000)
    (without,) = leave_out(found, draws, "b")
    alone = posterior(figures[:1], error, 4_000)
    for probability in (0.05, 0.5, 0.95):
        known = float(np.quantile(alone.z, probability))
        assert without.quantile(probability) == pytest.approx(known, abs=0.05)
    assert without.shape < UNRELIABLE


def test_a_case_that_was_not_fitted_is_predicted_by_all_draws_alike() -> None:
    found = calibration([0.5, 0.9], [0.8, math.inf])
    draws = posterior(np.array([0.5]), 0.8, 100)
    (without,) = leave_out(found, draws, "b")
    np.testing.assert_allclose(without.weights, 1.0 / 400)
    assert math.isnan(without.shape)
    assert without.crps == pytest.approx(crps(draws.z[:, 0], 0.9))


@pytest.mark.parametrize(
    ("figure", "at_least", "inside"),
    [
        (0.5, False, True),
        (0.2, False, False),
        (0.9, False, False),
        (0.2, True, True),  # a bound that all predictions exceed
        (0.9, True, False),
    ],
)
def test_a_band_holds_a_figure_or_lies_above_a_bound(
    figure: float, at_least: bool, inside: bool
) -> None:
    target = Target(
        case="a",
        pattern=1,
        statistic="joined_share",
        months=1,
        low=0.0,
        high=1.0,
        at_least=at_least,
        label="a",
    )
    even = np.linspace(0.4, 0.6, 21)
    one = LeftOut("a", "a", target, figure, even, np.full(21, 1 / 21), 0.1)
    assert one.is_inside is inside


# ---------------------------------------------------------------- what is counted of several offers


def test_joins_and_exits_of_several_offers_by_hand() -> None:
    """Two offers, open from months 0 and 10, of five councils; counted for 24 months each."""
    joined = np.array([[[0, 5, 30, -1, -1], [10, 33, 34, -1, 3]]])
    left = np.full_like(joined, -1)
    left[0, 0, 0], left[0, 1, 1] = 20, 40
    abandoned = np.full_like(joined, -1)
    abandoned[0, 1, 0] = 12
    world = SimpleNamespace(opens=(100, 110), first_month=100)
    record: Any = SimpleNamespace(
        world=world, joined_step=joined, left_step=left, abandoned_step=abandoned
    )
    # In time: month 5 of the first and month 33 of the second, which is its last; not those in from
    # the start, nor what happened before the second opened. Of four members two had gone.
    assert measure(record, "joins_per_offer_year", 24).tolist() == [2 / 2 / 2.0]
    assert measure(record, "gone_share", 24).tolist() == [0.5]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 353), st.floats(0.0, 1.0), st.floats(0.005, 0.3))
def test_a_prediction_nearer_to_what_was_observed_never_scores_less(
    councils: int, part: float, error: float
) -> None:
    joined = round(part * councils)
    shares = np.linspace(0.0, 1.0, 101)
    scores = log_chance(shares, joined, councils, error)
    best = int(np.argmax(scores))
    assert (np.diff(scores[: best + 1]) >= -1e-9).all()
    assert (np.diff(scores[best:]) <= 1e-9).all()
