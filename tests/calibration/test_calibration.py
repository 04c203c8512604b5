"""Calibration: priors, statistics of the record, the sampler on a known posterior, resume."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri

from sim.calibration.calibrate import METHOD, calibrate, fingerprint, read_particles
from sim.calibration.cases import Simulator, with_values
from sim.calibration.check import Ranks, check_fit, ranks_of
from sim.calibration.file import Prior
from sim.calibration.held_out import Prediction
from sim.calibration.likelihood import Likelihood
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration
from sim.calibration.smc import (
    ROUNDS,
    FloatArray,
    IntArray,
    Own,
    Particles,
    Size,
    advance,
    begin,
    set_out,
    worth,
)
from sim.calibration.statistics import notify_signed, observed
from sim.calibration.validate import validate
from sim.calibration.way import Way
from sim.evidence.facts import load_evidence
from sim.files.problems import BadInput
from tests.shared.executors import Elsewhere
from tests.shared.histories import plain_histories
from tests.shared.listening import Recorder
from tests.shared.scenarios import FOLDER

FILE = FOLDER / "calibration.toml"

# ---------------------------------------------------------------- priors


@settings(derandomize=True, deadline=None)
@given(st.floats(-6.0, 6.0))
def test_priors_keep_to_their_bounds_and_rise(z: float) -> None:
    for prior in (
        Prior(low=2.0, high=5.0),
        Prior(low=0.01, high=10.0, scale="log"),
        Prior(low=-2.0, high=4.0, scale="normal", mean=0.0, sd=1.5),
        Prior(low=0.0, high=1.0, scale="beta", a=2.0, b=8.0),
        Prior(low=0.35, high=0.55, step=0.001),
    ):
        assert prior.low <= prior.value(z) <= prior.high
        assert prior.value(z) <= prior.value(z + 0.5)


def test_medians_of_priors() -> None:
    assert Prior(low=2.0, high=5.0).value(0.0) == pytest.approx(3.5)
    assert Prior(low=0.01, high=1.0, scale="log").value(0.0) == pytest.approx(0.1)
    normal = Prior(low=-9.0, high=11.0, scale="normal", mean=1.0, sd=2.0)
    assert normal.value(0.0) == pytest.approx(1.0)
    assert normal.value(1.0) == pytest.approx(3.0, rel=1e-4)
    # Beta(1, 2) has the distribution function 1 - (1 - x)^2.
    beta = Prior(low=0.0, high=1.0, scale="beta", a=1.0, b=2.0)
    assert beta.value(0.0) == pytest.approx(1.0 - math.sqrt(0.5))
    assert Prior(low=0.0, high=1.0, step=0.25).value(0.2) == 0.5


@pytest.mark.parametrize(
    "values",
    [
        {"low": 1.0, "high": 1.0},
        {"low": 0.0, "high": 1.0, "scale": "log"},
        {"low": 0.0, "high": 1.0, "scale": "normal"},
        {"low": 0.0, "high": 1.0, "mean": 0.5, "sd": 0.1},
        {"low": 0.0, "high": 1.0, "scale": "beta"},
    ],
)
def test_what_is_no_prior(values: dict[str, float | str]) -> None:
    with pytest.raises(ValueError, match=r"low|mean|a and b"):
        Prior.model_validate(values)


# ---------------------------------------------------------------- the record of Notify


def test_agreements_on_record() -> None:
    until_november_2018 = 2018 * 12 + 10
    assert notify_signed(until_november_2018).sum() == 61
    assert observed("england_share", 16) == pytest.approx(56 / 353)
    assert observed("england_share", 7) == pytest.approx(17 / 353)
    districts, upper = (19 + 0.5) / 202, (37 + 0.5) / 153
    assert observed("log_tier_ratio", 16) == pytest.approx(math.log(upper / districts))


# ---------------------------------------------------------------- cases


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration(FILE)


def test_parameters_reach_the_cases_they_belong_to(calibration: Calibration) -> None:
    values = calibration.values(np.full(len(calibration.parameters), 0.5))
    for case in calibration.experiments:
        scenario = with_values(calibration, case, values)
        apart = values["programmes.appeal_sd"] * values[f"{case}.appeal"]
        assert apart > 0.0
        assert scenario.behaviour.intercept == values["behaviour.intercept"] + apart
        assert scenario.behaviour.pause_months == round(values["behaviour.pause_months"])
        own = f"{case}.offers.main.depth"
        if own in values:
            assert scenario.offers["main"].depth == values[own]
        assert calibration.scenario(case).behaviour.intercept == pytest.approx(0.28)


def test_a_simulation_is_a_function_of_parameters_and_luck(calibration: Calibration) -> None:
    z = np.zeros(len(calibration.parameters))
    simulator = Simulator(calibration)
    once = simulator.histories(z, simulator.luck(7))
    # What was simulated in between leaves nothing behind.
    assert not np.array_equal(once, simulator.histories(z + 0.5, simulator.luck(8)))
    np.testing.assert_array_equal(once, simulator.histories(z, simulator.luck(7)))
    assert once.shape == (calibration.file.histories, len(calibration.targets))
    assert np.isfinite(once).all()


def test_every_tolerance_holds_the_figure(calibration: Calibration) -> None:
    for target, figure in zip(calibration.file.targets.values(), calibration.observed, strict=True):
        assert target.low <= figure <= target.high, target.label
    assert {target.pattern for target in calibration.file.targets.values()} >= set(range(1, 8))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('case = "pay"', 'case = "pya"', "there is no such case"),
        ('statistic = "recruits_left"', 'statistic = "recruits"', "there is no such statistic"),
        ('"behaviour.liquidity"', '"behaviour.liquidty"', "no numeric setting"),
        ('"verify.offers.main.depth"', '"verfy.offers.main.depth"', "no case has this setting"),
        ("low = 0.35\nhigh = 0.60", "low = 0.65\nhigh = 0.60", "low must be below high"),
        (
            'pattern = 7\nstatistic = "joined_share"\nmonths = 40',
            'pattern = 5\nstatistic = "joined_share"\nmonths = 40',
            "all figures of a case have one pattern",
        ),
        ("low = 3.0, high = 15.0", "low = 3.0, high = 1e9", "out of range"),
        ("particles = 2000\nhistories", "particles = 3\nhistories", "out of range"),
        ("histories = 6", "histories = 1", "out of range"),
        (
            "[[check]]\n",
            "[[check]]\ndata_sets = 20\nparticles = 500\n\n[[check]]\n",
            "another number of particles",
        ),
        ("[[check]]\ndata_sets = 10\n", "[[check]]\ndata_sets = 1\n", "out of range"),
        ("[structures.today]", '[structures."../today"]', "it becomes the name of files"),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    text = text.replace(old, new).replace('"history/', f'"{FOLDER.as_posix()}/history/')
    path = tmp_path / "calibration.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=words) as caught:
        load_calibration(path)
    assert f"{path}, line" in str(caught.value)


# ---------------------------------------------------------------- the sampler

FIGURES, DEVIATIONS = np.array([1.0, -0.5]), np.array([0.5, 0.25])


LIKELIHOOD = Likelihood(FIGURES, DEVIATIONS)
BOTH = np.ones(2, dtype=np.bool_)
# Nothing belongs to a single case; or the second and third parameter, and the second figure.
SHARED = (Own(np.zeros(0, dtype=np.int64), BOTH),)
OWN = (
    Own(np.zeros(0, dtype=np.int64), np.array([True, False])),
    Own(np.array([1, 2]), np.array([False, True])),
)


def noisy(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
    """Two statistics: the first two parameters with an error of deviation 0.5 each; 10 times."""
    return np.asarray(points[:, None, :2] + 0.5 * normal(luck))


def normal(luck: IntArray) -> FloatArray:
    """Ten normal numbers for each of two figures, (n, 10, 2), by hashing luck (splitmix64)."""
    numbers = np.arange(20, dtype=np.uint64).reshape(10, 2)
    # Of one case or two, each with luck of its own.
    mixed = np.broadcast_to(luck, (len(luck), 2)).astype(np.uint64)[:, None, :] + numbers
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ndtri(((mixed ^ (mixed >> np.uint64(31))).astype(np.float64) + 0.5) / 2.0**64)


def sample(
    seed: int,
    particles: int = 2_000,
    cases: Sequence[Own] = SHARED,
) -> Particles:
    now = begin(seed, particles, 4, cases, noisy)
    while not now.is_finished:
        now = advance(now, seed, Size(particles, 50), Way(LIKELIHOOD), cases, noisy)
    return now


@pytest.mark.parametrize("cases", [SHARED, OWN])
def test_the_sampler_finds_a_known_posterior(cases: Sequence[Own]) -> None:
    """Prior N(0, 1); an observation errs by 0.5 of the simulation and its own deviation."""
    now = sample(3, cases=cases)
    assert now.tempering == 1.0
    error = 0.25 + DEVIATIONS**2
    mean, spread = FIGURES / (1.0 + error), np.sqrt(error / (1.0 + error))
    found_mean, found_spread = now.z.mean(axis=0), now.z.std(axis=0)
    np.testing.assert_allclose(found_mean[:2], mean, atol=0.12)
    np.testing.assert_allclose(found_spread[:2], spread, rtol=0.15)
    # The data say nothing of the other two.
    np.testing.assert_allclose(found_mean[2:], 0.0, atol=0.15)
    np.testing.assert_allclose(found_spread[2:], 1.0, rtol=0.15)


def test_what_a_case_has_of_its_own_is_found_beside_what_it_shares() -> None:
    """The second figure is of the sum of a shared parameter and its case's own: known exactly."""

    def simulate(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
        sums = points.copy()
        sums[:, 1] += points[:, 0]
        return noisy(sums, luck, needed)

    now = begin(5, 2_000, 4, OWN, simulate)
    while not now.is_finished:
        now = advance(now, 5, Size(2_000, 50), Way(LIKELIHOOD), OWN, simulate)
    error = np.diag(1.0 / (0.25 + DEVIATIONS**2))
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    covariance = np.linalg.inv(np.eye(2) + design.T @ error @ design)
    mean = covariance @ design.T @ error @ FIGURES
    np.testing.assert_allclose(now.z[:, :2].mean(axis=0), mean, atol=0.12)
    np.testing.assert_allclose(np.cov(now.z[:, :2].T), covariance, atol=0.08)


def test_what_gives_other_particles_is_another_method() -> None:
    """Whoever changes sampler or likelihood gives `METHOD` its next number, and this its draw."""
    now = sample(3, particles=40, cases=OWN)
    assert METHOD == 3
    np.testing.assert_allclose(now.z[0], [-0.223536, 0.031834, -1.719376, 0.362848], atol=1e-5)


def test_chains_are_long_enough_and_points_are_counted() -> None:
    assert Size(2_000, 50).moves == 20
    assert Size(2_000, 50).moves_in_round == 42
    # Of few particles there are fewer chains, not shorter ones than of 20 particles each.
    assert [Size(n, 50).chains for n in (2_000, 1_000, 500, 300, 20)] == [50, 50, 25, 15, 4]
    assert Size(500, 50).moves_in_round * ROUNDS == Size(20, 50).moves_in_round * ROUNDS == 216
    for size in (Size(100, 10), Size(101, 50), Size(20, 50)):
        simulated, moves = [], []

        def simulate(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
            simulated.append(len(points))  # noqa: B023 - used before the next size
            return noisy(points, luck, needed)

        now = begin(3, size.particles, 4, OWN, simulate)
        while not now.is_finished:
            now = advance(now, 3, size, Way(LIKELIHOOD), OWN, simulate, lambda: moves.append(1))  # noqa: B023
        assert sum(simulated) == size.points(now.stage - now.rounds + 1)
        assert len(moves) == len(simulated) - 1
        assert now.z.shape == (size.particles, 4)
        assert now.statistics.shape == (size.particles, 10, 2)
        assert (worth(now, size) <= size.particles).all()


def test_a_particle_has_the_histories_of_its_point_and_luck() -> None:
    now = begin(3, 200, 4, OWN, noisy)
    for _ in range(4):
        before, now = now, advance(now, 3, Size(200, 20), Way(LIKELIHOOD), OWN, noisy)
        np.testing.assert_array_equal(now.statistics, noisy(now.z, now.luck, now.z[:, 0]))
    # Moves of what is shared keep luck; it is drawn anew all the same, for each case.
    assert before.tempering == 1.0
    assert (now.luck[-20:] != before.luck[-20:]).any(axis=0).all()


def test_what_is_shared_moves_with_the_luck_it_has_and_cases_draw_it_anew() -> None:
    """Without an own parameter a case takes fresh luck as the likelihood has it."""
    moves: list[IntArray] = []

    def simulate(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
        moves.append(luck.copy())
        return noisy(points, luck, needed)

    now = begin(3, 200, 4, OWN, simulate)
    while not now.rounds:
        now = advance(now, 3, Size(200, 10), Way(LIKELIHOOD), OWN, simulate)
    held = now.luck[-10:]
    moves.clear()
    now = advance(now, 3, Size(200, 10), Way(LIKELIHOOD), OWN, simulate)
    for at, (luck, later) in enumerate(pairwise(moves), 1):
        if at % 4 == 0:
            assert (luck != held).all()
            taken = later == luck
            assert ((later == held) | taken).all()
            held = later
            # Each case is decided apart.
            assert at < 12 or (taken.any(axis=0) & ~taken.all(axis=0)).any()
        else:
            np.testing.assert_array_equal(luck, held)
    assert len(moves) == 36


def test_where_nothing_is_shared_every_move_is_of_cases() -> None:
    all_own = (
        Own(np.array([0, 3]), np.array([True, False])),
        Own(np.array([1, 2]), np.array([False, True])),
    )
    now = sample(3, cases=all_own)
    error = 0.25 + DEVIATIONS**2
    np.testing.assert_allclose(now.z.mean(axis=0)[:2], FIGURES / (1.0 + error), atol=0.12)
    np.testing.assert_allclose(now.z.std(axis=0)[:2], np.sqrt(error / (1.0 + error)), rtol=0.15)
    assert len(np.unique(now.z[:, 0])) > 1_000


@pytest.mark.parametrize("cases", [SHARED, OWN])
def test_figures_leave_a_finished_fit_as_if_they_had_never_been_fitted(
    cases: Sequence[Own],
) -> None:
    """From the posterior of both figures to that of the first: the second is prior again."""
    now = set_out(sample(3, cases=cases), 2_000, 3)
    way = Way(Likelihood(FIGURES, np.array([0.5, math.inf])), LIKELIHOOD)
    given_up = 0

    def simulate(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
        """Give up whatever cannot be accepted any more, as simulated cases are."""
        nonlocal given_up
        found = noisy(points, luck, needed)
        hopeless = way.end.log_fit(found) < needed
        given_up += int(hopeless.sum())
        found[hopeless] = np.nan
        return found

    while not now.is_finished:
        now = advance(now, 11, Size(2_000, 50), way, cases, simulate)
    error = 0.25 + DEVIATIONS[0] ** 2
    mean, spread = FIGURES[0] / (1.0 + error), np.sqrt(error / (1.0 + error))
    np.testing.assert_allclose(now.z.mean(axis=0), [mean, 0.0, 0.0, 0.0], atol=0.15)
    np.testing.assert_allclose(now.z.std(axis=0), [spread, 1.0, 1.0, 1.0], rtol=0.15)
    assert given_up > 0


def test_giving_up_changes_no_particle_on_the_way_either() -> None:
    # What is left out was far away, so that it takes some stages to leave it.
    there = Likelihood(np.array([1.0, -4.0]), DEVIATIONS)
    way = Way(Likelihood(there.figures, np.array([0.5, math.inf])), there)
    size, given_up = Size(1_000, 50), 0

    def hasty(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
        nonlocal given_up
        found = noisy(points, luck, needed)
        hopeless = way.end.log_fit(found) < needed
        given_up += int(hopeless.sum())
        found[hopeless] = np.nan
        return found

    fitted = begin(3, 100, 4, OWN, noisy)
    while not fitted.is_finished:
        fitted = advance(fitted, 3, Size(100, 50), Way(there), OWN, noisy)
    begun = set_out(fitted, 1_000, 3)
    first, second = (advance(begun, 11, size, way, OWN, simulate) for simulate in (noisy, hasty))
    assert first.tempering < 1.0
    assert given_up > 0
    np.testing.assert_array_equal(first.z, second.z)
    np.testing.assert_array_equal(first.statistics, second.statistics)


def ranks(unknown_error: float, histories: int = 50) -> Ranks:
    """Fit histories that err by more than the fit knows of."""
    rng = np.random.default_rng(8)

    def simulate(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
        # A single point is the history that is going to be fitted.
        extra = unknown_error * rng.standard_normal(2) if len(points) == 1 else 0.0
        return noisy(points, luck, needed) + extra

    places = [
        ranks_of(
            number,
            9,
            4,
            lambda _: simulate,
            LIKELIHOOD,
            cases=OWN,
            size=Size(160, 40),
            draws=31,
        )
        for number in range(histories)
    ]
    return Ranks(("a", "b", "c", "d"), np.array(places), 31)


def test_a_place_is_a_number_of_draws_and_the_same_again() -> None:
    sure = Likelihood(np.zeros(2), np.array([0.01, 0.01]))

    def exact(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
        return np.repeat(points[:, None, :2], 10, axis=1)

    def places(number: int) -> list[int]:
        size = Size(60, 10)
        return ranks_of(number, 9, 2, lambda _: exact, sure, cases=SHARED, size=size, draws=3)

    found = np.array([places(number) for number in range(4)])
    assert found.shape == (4, 2)
    assert ((found >= 0) & (found <= 3)).all()
    assert len(np.unique(found)) > 1
    assert places(0) == list(found[0])


@pytest.mark.slow
def test_ranks_of_the_truth_are_uniform_for_a_right_fit() -> None:
    found = ranks(0.0)
    assert found.is_uniform
    assert not found.is_too_sure
    for share in (0.5, 0.9):
        _, low, high = found.coverage(share)
        assert low <= found.expected_coverage(share) <= high


@pytest.mark.slow
def test_a_fit_that_is_too_sure_of_itself_is_found_out() -> None:
    found = ranks(2.0, histories=100)
    assert not found.is_uniform
    assert found.is_too_sure
    assert (found.chances[:2] < 0.01).all()
    # The data say nothing of the other two, and err about nothing there.
    assert (found.chances[2:] > 0.01).all()
    assert found.coverage(0.5)[2] < found.expected_coverage(0.5)


def test_uniform_and_lopsided_places() -> None:
    even = np.tile(np.arange(32), 4)[:, np.newaxis]
    low, narrow = even // 3, 12 + even // 4
    found = Ranks(("even", "low", "narrow"), np.hstack([even, low, narrow]), 31)
    assert found.chances[0] > 0.99
    assert (found.chances[1:] < 0.001).all()
    assert not found.is_uniform
    assert np.abs(found.deviations).max(axis=0)[0] < 1e-9
    alone = Ranks(("even",), even, 31)
    assert alone.is_uniform
    share, interval_low, interval_high = alone.coverage(0.5)
    assert share == alone.expected_coverage(0.5) == 0.5
    assert interval_low < 0.5 < interval_high


@pytest.mark.slow
def test_a_check_is_the_same_for_any_number_of_workers_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small(tmp_path, check="[[check]]\ndata_sets = 2\nparticles = 20\ndraws = 7\n")
    (one,) = check_fit(path, out=tmp_path / "one", workers=1)
    (two,) = check_fit(path, out=tmp_path / "two", workers=2, publish=tmp_path / "ranks")
    assert one.particles == 20
    np.testing.assert_array_equal(one.ranks.places, two.ranks.places)
    assert one.ranks.places.shape == (2, 2)
    assert one.ranks.places.max() <= 7
    (kept,) = (tmp_path / "one").rglob("ranks.csv")
    lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
    kept.write_text("".join(lines[:2]), encoding="utf-8")  # as if it had been killed
    said: list[str] = []
    recorder = Recorder()
    (again,) = check_fit(
        path, out=tmp_path / "one", say=said.append, executor=Elsewhere(), progress=recorder
    )
    np.testing.assert_array_equal(again.ranks.places, one.ranks.places)
    assert recorder.told == [("start", 2, "fit", 1), ("advance", 1, None), ("end",)]
    assert said[-1].startswith("1 simulated data set with")
    assert kept.read_text(encoding="utf-8") == "".join(lines)
    # Ranks that come along are not made again, but those of another fit are.
    monkeypatch.setattr("sim.calibration.check.PACKAGE", tmp_path)
    (tmp_path / "ranks").rename(tmp_path / "data")
    come_along = tmp_path / "data" / "ranks.csv"
    assert come_along.read_text(encoding="utf-8") == "".join(lines)
    recorder = Recorder()
    (known,) = check_fit(path, out=tmp_path / "three", workers=1, progress=recorder)
    np.testing.assert_array_equal(known.ranks.places, one.ranks.places)
    assert recorder.told == [("start", 2, "fit", 2), ("end",)]
    # Some may be kept besides; and what comes along may be of a fit with other parameters.
    come_along.write_text("".join(lines[:2]), encoding="utf-8")
    kept.write_text("".join([lines[0], lines[2]]), encoding="utf-8")
    recorder = Recorder()
    check_fit(path, out=tmp_path / "one", workers=1, progress=recorder)
    assert recorder.told == [("start", 2, "fit", 2), ("end",)]
    come_along.write_text("fit,data_set,another\n000000000000,1,4\n", encoding="utf-8")
    recorder = Recorder()
    check_fit(path, out=tmp_path / "four", workers=1, progress=recorder)
    assert recorder.told[0] == ("start", 2, "fit", 0)


@pytest.mark.parametrize("stop_after", [1, 5])  # on the way, and at full weight
def test_a_fit_that_goes_on_ends_as_one_that_never_stopped(stop_after: int) -> None:
    far = replace(LIKELIHOOD, figures=4.0 * FIGURES)  # a long way from the prior

    def go_on(now: Particles, stop_after: int | None = None) -> Particles:
        while not now.is_finished and now.stage != stop_after:
            now = advance(now, 5, Size(60, 50), Way(far), OWN, noisy)
        return now

    begun = begin(5, 60, 4, OWN, noisy)
    whole, now = go_on(begun), go_on(begun, stop_after)
    assert (now.rounds > 0) == (stop_after == 5)
    now = replace(now, z=now.z.copy(), statistics=now.statistics.copy(), luck=now.luck.copy())
    np.testing.assert_array_equal(whole.z, go_on(now).z)
    assert whole.stages == whole.stage - 5 > 1


def student(away: float, freedom: float) -> float:
    """Log-density of Student's t, without the constant of a normal distribution."""
    return float(stats.t.logpdf(away, freedom)) + 0.5 * math.log(2.0 * math.pi)


def test_log_fit_by_hand() -> None:
    # Means 1.5 and -0.5 without luck; then means of 1 and 0, the former with luck.
    statistics = np.array([[[1.5, -0.5], [1.5, -0.5]], [[0.5, 0.0], [1.5, 0.0]]])
    fit = LIKELIHOOD.log_fit(statistics)
    constant = -0.5 * (math.log(0.25) + math.log(0.0625))
    np.testing.assert_allclose(fit[0], constant - 0.5, rtol=1e-5)
    # A variance of 0.5 between two histories, whose mean errs by half of that: 0.75 of 1 is luck,
    # and known with one degree of freedom, so that the sum has one over the square of 0.75.
    by_hand = student(0.0, 1.0 / 0.75**2) - 0.5 * math.log(0.25 + 0.75)
    np.testing.assert_allclose(fit[1], by_hand - 0.5 * math.log(0.0625) - 2.0, rtol=1e-5)
    # What is left out does not count.
    alone = Likelihood(FIGURES, np.array([0.5, math.inf])).log_fit(statistics)
    np.testing.assert_allclose(alone[0], -0.5 * math.log(0.25) - 0.5, rtol=1e-5)


def test_few_histories_that_happen_to_agree_are_not_taken_for_certain() -> None:
    """A figure three deviations of luck away: what six histories say of it differs less."""
    found = np.random.default_rng(5).standard_normal((20_000, 6, 1))
    likelihood = Likelihood(np.array([3.0]), np.array([0.1]))
    variance = found[..., 0].var(axis=1, ddof=1) * 7.0 / 6.0 + 0.01
    normal = -0.5 * ((found[..., 0].mean(axis=1) - 3.0) ** 2 / variance + np.log(variance))
    assert likelihood.log_fit(found).std() < 0.5 * normal.std()


def test_points_that_were_given_up_have_no_likelihood() -> None:
    statistics = np.full((2, 4, 2), np.nan)
    statistics[1] = 0.0
    together = replace(LIKELIHOOD, together=[np.array([0, 1])])
    for likelihood in (LIKELIHOOD, together):
        np.testing.assert_array_equal(np.isnan(likelihood.log_fit(statistics)), [True, False])


def test_a_lower_bound_is_missed_from_below_only() -> None:
    bound = Likelihood(FIGURES, DEVIATIONS, np.array([True, False]))
    statistics = np.array([[[x, -0.5], [x, -0.5]] for x in (-9.0, 1.0, 9.0)])
    far_below, at_it, far_above = bound.log_fit(statistics)
    assert far_above == pytest.approx(-math.log(0.25))  # what the other figure has alone
    assert at_it == pytest.approx(far_above + math.log(0.5))
    assert far_below < far_above - 100.0


@pytest.mark.parametrize("away", [-6.0, -1.0, 0.5, 3.0])
def test_a_lower_bound_counts_with_the_probability_of_as_much(away: float) -> None:
    bound = Likelihood(np.array([1.0]), np.array([0.1]), np.array([True]))
    history = 1.0 + away + np.array([-1.5, -0.5, 0.5, 1.5])
    luck = (5.0 / 3.0) * 1.25
    share = luck / (luck + 0.01)
    by_hand = stats.t.logcdf(away / math.sqrt(luck + 0.01), 3.0 / share**2)
    np.testing.assert_allclose(
        bound.log_fit(history[np.newaxis, :, np.newaxis]), [by_hand], rtol=0.02
    )


def test_figures_of_one_case_share_what_luck_does_to_both() -> None:
    """Two figures of four histories that rise and fall together, against a calculation by hand."""
    statistics = np.array([[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]])
    figures, deviations = np.array([2.0, 1.0]), np.array([1.0, 2.0])
    together = Likelihood(figures, deviations, together=[np.array([0, 1])])
    luck = (5.0 / 3.0) * 1.25
    covariance = luck * 3.0 / (3.0 + 2.0)  # four histories, shrunk by two figures
    first, second = 1.0 + luck, 4.0 + luck
    # The second figure given the first.
    rest = second - covariance**2 / first
    away = 1.5 - 1.0 - covariance / first * (1.5 - 2.0)
    by_hand = (
        student((1.5 - 2.0) / math.sqrt(first), 3.0 / (luck / first) ** 2)
        + student(away / math.sqrt(rest), 3.0 / (luck / second) ** 2)
        - 0.5 * math.log(first * rest)
    )
    np.testing.assert_allclose(together.log_fit(statistics), [by_hand])
    # A covariance of histories that all agree is none.
    still = np.broadcast_to(statistics.mean(axis=1, keepdims=True), statistics.shape)
    apart = Likelihood(figures, deviations)
    np.testing.assert_allclose(together.log_fit(still), apart.log_fit(still))


@settings(derandomize=True, deadline=None)
@given(st.integers(0, 10_000))
def test_no_history_fits_better_than_the_most(number: int) -> None:
    rng = np.random.default_rng(number)
    likelihood = Likelihood(
        rng.normal(size=4),
        rng.uniform(0.01, 2.0, size=4),
        rng.random(4) < 0.3,
        together=[np.array([0, 1, 3])],
    )
    some = rng.random(4) < 0.7
    statistics = likelihood.figures + rng.choice([0.0, 0.1, 2.0]) * rng.normal(size=(5, 6, 4))
    assert likelihood.log_fit_of(some, statistics).max() <= likelihood.most(some) + 1e-9


# ---------------------------------------------------------------- fast and slow


def test_a_case_laid_out_once_gives_what_worlds_of_their_own_give(calibration: Calibration) -> None:
    simulator = Simulator(calibration)
    assert all(case.in_place for case in simulator.cases)
    rng = np.random.default_rng(4)
    for first in (3, 2**62):
        z, luck = rng.standard_normal(len(calibration.parameters)), simulator.luck(first)
        found = simulator.histories(z, luck)
        np.testing.assert_array_equal(found, plain_histories(calibration, z, luck))


def test_a_parameter_that_makes_another_world_is_fitted_too(tmp_path: Path) -> None:
    path = small(tmp_path)
    text = path.read_text(encoding="utf-8")
    ties = '"verify.network.cross_border_contacts" = { low = 0.0, high = 6.0 }'
    path.write_text(text.replace("[priors]", f"[priors]\n{ties}"), encoding="utf-8")
    calibration = load_calibration(path)
    simulator = Simulator(calibration)
    assert not any(case.in_place for case in simulator.cases)
    luck = simulator.luck(5)
    for z in (np.array([2.0, 0.0, 0.5]), np.array([-2.0, 0.0, 0.5])):
        found = simulator.histories(z, luck)
        np.testing.assert_array_equal(found, plain_histories(calibration, z, luck))


def test_a_point_is_given_up_only_if_it_cannot_be_taken(calibration: Calibration) -> None:
    simulator, likelihood = Simulator(calibration), calibration.likelihood
    rng = np.random.default_rng(6)
    given_up = 0
    for first in range(3):
        z, luck = rng.standard_normal(len(calibration.parameters)), simulator.luck(first)
        whole = simulator.histories(z, luck)
        (fit,) = likelihood.log_fit(whole[np.newaxis])
        np.testing.assert_array_equal(simulator.histories(z, luck, likelihood, fit), whole)
        hopeless = simulator.histories(
            z, luck, likelihood, likelihood.most(np.isfinite(likelihood.deviations))
        )
        given_up += int(np.isnan(hopeless).all())
    assert given_up == 3


# ---------------------------------------------------------------- rules


def test_a_rule_that_is_left_out_has_no_parameters() -> None:
    path = FOLDER / "calibration.toml"
    whole = load_calibration(path)
    off = load_calibration(path, off=tuple(whole.file.rules))
    gone = set(whole.parameters) - set(off.parameters)
    appeals = {f"{case}.appeal" for case in whole.experiments}
    assert gone == {name for names in whole.file.rules.values() for name in names} | appeals
    assert "observation.coverage" in gone
    assert whole.file.targets["buying_use"].factor == "coverage"
    assert off.file.targets["buying_use"].factor is None
    # What programmes have of their own is no candidate.
    batches = whole.file.batches.values()
    assert {rule for batch in batches for rule in batch} == set(whole.file.rules) - {"appeals"}
    # Every case can be left out.
    patterns = {target.case: target.pattern for target in whole.file.targets.values()}
    assert len(set(patterns.values())) == len(patterns) == len(whole.experiments)
    with pytest.raises(BadInput, match="no such rule") as caught:
        load_calibration(path, off=("contrcts",))
    assert caught.value.problems[0].meant == "contracts"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"fbs.offers.main.needs_procurement" = "use"', '"fbs.offers.main.x" = 1', "no setting"),
        ('"swan.offers.main.joining_effort_months"', '"swn.offers.main.depth"', "no such case"),
        ('factor = "coverage"', 'factor = "covrage"', "no prior is called"),
        ('["behaviour.depth_risk"]', '["behaviour.depth_rsk"]', "parameters with a prior"),
        ('first = ["foresight"', 'first = ["foresigt"', "no such rule"),
    ],
)
def test_mistakes_in_rules(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = (FOLDER / "calibration.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    text = text.replace(old, new).replace('"history/', f'"{FOLDER.as_posix()}/history/')
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=words) as caught:
        load_calibration(path)
    assert f"{path}, line" in str(caught.value)


# ---------------------------------------------------------------- on disk


def small(folder: Path, check: str = "") -> Path:
    """A calibration of two parameters to three figures of one case."""
    path = folder / "small.toml"
    path.write_text(
        f"""
title = "Small"
seed = 4
particles = 20
histories = 4
{check}[cases]
verify = "{(FOLDER / "history" / "verify.toml").as_posix()}"
[priors]
"behaviour.abandon_depth_per_month" = {{ low = 0.05, high = 0.25 }}
"verify.offers.main.depth" = {{ low = 0.6, high = 0.9 }}
[targets.left]
case = "verify"
pattern = 3
statistic = "recruits_left"
months = 10
figure = 0.474
low = 0.35
high = 0.60
label = "left"
""",
        encoding="utf-8",
    )
    return path


HELD_OUT = f"""
[held_out.cases]
declaration = "{(FOLDER / "history" / "held_out" / "declaration.toml").as_posix()}"
notify = "{(FOLDER / "history" / "notify.toml").as_posix()}"
[held_out.figures.declaration]
case = "declaration"
fact = "declaration"
statistic = "joined_share"
months = 12
figure = 0.34
label = "Declaration"
[held_out.figures.scotland]
case = "notify"
fact = "notify-uptake-scotland"
statistic = "scotland_share"
months = 7
label = "Scotland"
"""


@pytest.mark.parametrize(
    ("simulated", "verdict"),
    [
        (np.linspace(0.2, 0.4, 100), "within"),
        (np.linspace(0.0, 1.0, 100), "within, but vague"),
        (np.linspace(0.4, 0.5, 100), "missed"),
        (np.append(np.linspace(0.2, 0.4, 100), [np.nan] * 50), "within"),
    ],
)
def test_verdicts_on_what_was_held_out(simulated: FloatArray, verdict: str) -> None:
    fact = load_evidence()["declaration"]
    assert Prediction("", fact, 0.34, simulated).verdict == verdict


def test_a_lower_bound_is_not_missed_by_a_high_prediction() -> None:
    fact, high = load_evidence()["digital-office-maturity"], np.linspace(0.7, 0.9, 100)
    assert Prediction("", fact, 0.594, high).verdict == "missed"
    assert Prediction("", fact, 0.594, high, at_least=True).verdict == "within"
    assert Prediction("", fact, 0.594, high - 0.5, at_least=True).verdict == "missed"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('fact = "declaration"', 'fact = "declarations"', "evidence.csv has no such fact"),
        ('case = "notify"', 'case = "notfy"', "there is no such case"),
        ('statistic = "scotland_share"', 'statistic = "scots"', "there is no such statistic"),
    ],
)
def test_mistakes_in_what_is_held_out(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = small(tmp_path)
    assert HELD_OUT.count(old) == 1
    path.write_text(path.read_text(encoding="utf-8") + HELD_OUT.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput, match=words) as caught:
        load_calibration(path)
    assert f"{path}, line" in str(caught.value)


def test_what_is_held_out_decides_no_particle(tmp_path: Path) -> None:
    plain = load_calibration(small(tmp_path))
    path = tmp_path / "more.toml"
    path.write_text((tmp_path / "small.toml").read_text(encoding="utf-8") + HELD_OUT)
    assert fingerprint(load_calibration(path), 20) == fingerprint(plain, 20)


def test_cases_in_another_order_are_another_fit(tmp_path: Path) -> None:
    path = small(tmp_path)
    text = path.read_text(encoding="utf-8")
    pay = f'pay = "{(FOLDER / "history" / "pay.toml").as_posix()}"\n'
    (verify,) = (line for line in text.splitlines(keepends=True) if line.startswith("verify = "))
    found = []
    for both in (verify + pay, pay + verify):
        path.write_text(text.replace(verify, both), encoding="utf-8")
        found.append(fingerprint(load_calibration(path), 20))
    assert len(set(found)) == 2


def test_parameters_in_another_order_are_another_fit(tmp_path: Path) -> None:
    path = small(tmp_path)
    plain = load_calibration(path)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    first = lines.index("[priors]\n") + 1
    lines[first : first + 2] = reversed(lines[first : first + 2])
    path.write_text("".join(lines), encoding="utf-8")
    turned = load_calibration(path)
    assert turned.file == plain.file
    assert turned.parameters != plain.parameters
    assert fingerprint(turned, 20) != fingerprint(plain, 20)


@pytest.mark.slow
def test_calibration_on_disk_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    path = small(tmp_path)
    recorder = Recorder()
    one = calibrate(path, out=tmp_path / "one", workers=1)
    two = calibrate(path, out=tmp_path / "two", workers=2)
    far = calibrate(path, out=tmp_path / "far", executor=Elsewhere(), progress=recorder)
    assert one.name == two.name == far.name
    for name in ("posterior.csv", "predicted.csv", "prior_predicted.csv"):
        assert (one / name).read_bytes() == (two / name).read_bytes() == (far / name).read_bytes()
    stages = read_particles(far / "particles.npz").stage
    assert recorder.steps == 4 * (stages - 6) + 6 * 36
    assert recorder.told[0] == ("start", 4 * 7 + 6 * 36, "move", 0)
    assert recorder.told[-1] == ("end",)
    draws = pd.read_csv(one / "posterior.csv")
    assert list(draws) == ["behaviour.abandon_depth_per_month", "verify.offers.main.depth"]
    assert len(draws) == 20
    manifest = json.loads((one / "calibration.json").read_text(encoding="utf-8"))
    assert manifest["particles"] == 20
    assert manifest["file"]["seed"] == 4
    # The same command again has nothing left to do.
    before = (one / "particles.npz").stat().st_mtime_ns
    assert calibrate(path, out=tmp_path / "one", workers=1) == one
    assert (one / "particles.npz").stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_validation_predicts_what_was_left_out(tmp_path: Path) -> None:
    from sim.pages.validation_page import validation_page

    path = small(tmp_path, check="[[check]]\ndata_sets = 2\nparticles = 20\ndraws = 7\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(HELD_OUT)
    found = validate(path, out=tmp_path, workers=1, leave_out_particles=20)
    (fitted,), (predicted,) = found.checks, found.left_out
    assert fitted.figure == predicted.figure == 0.474
    # Left out, nothing is fitted: the prediction is the prior.
    assert abs(predicted.quantile(0.5) - np.median(fitted.prior)) < 0.15
    assert np.ptp(np.quantile(fitted.posterior, [0.05, 0.95])) < predicted.quantile(
        0.95
    ) - predicted.quantile(0.05)
    assert found.tiers == ()
    assert found.tried[0].ranks.places.shape == (2, 2)
    assert [prediction.figure for prediction in found.held_out] == [0.34, pytest.approx(1 / 32)]
    assert all(prediction.simulated.shape == (20,) for prediction in found.held_out)
    page = validation_page(found, tmp_path)
    for part in ("## Does the fitting work?", "## Cases it was not shown", "## Cases it never saw"):
        assert part in page
    assert page.index("## Does the fitting work?") < page.index("## What it was fitted to")
    assert "| Declaration | 0.34 |" in page
    assert "| 3 | left | 0.474 | 0.35 to 0.6 |" in page
    assert (tmp_path / "images" / "validation_targets.png").stat().st_size > 10_000
    assert not (tmp_path / "images" / "validation_notify.png").exists()
