"""Behaviour drawn from the fit to history: who shares a draw, what is held, and what bands hold."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from sim.analysis import estimators as statistics
from sim.calibration.load import load_calibration
from sim.calibration.plan import APPEAL_SD
from sim.experiment.load import load_experiment
from sim.experiment.parameters import (
    APPEAL_IN,
    POINT,
    about_posterior,
    draw_of,
    drawn,
    fixed_settings,
    load_draws,
    table_of,
)
from sim.files.problems import BadInput
from sim.runs.results import Results
from sim.settings import Parameters, Scenario
from sim.settings.editing import OF_COUNCILS, numeric_settings, replace_settings, with_setting
from sim.study import simulate
from tests.shared.experiments import SMALL, written
from tests.shared.folders import ROOT

POSTERIOR = Parameters()


# ---------------------------------------------------------------- which draw a seed has


def test_seeds_in_a_row_share_a_draw_and_then_the_draws_begin_anew() -> None:
    count = len(load_draws("posterior"))
    draws = [draw_of(POSTERIOR, seed) for seed in range(1, 2 * count + 3)]
    assert draws[:6] == [1, 1, 2, 2, 3, 3]
    assert set(draws) == set(range(1, count + 1))
    assert draws[-2:] == [1, 1]
    assert [draw_of(Parameters(seeds_per_draw=3), seed) for seed in range(1, 8)] == [
        1,
        1,
        1,
        2,
        2,
        2,
        3,
    ]
    assert draw_of(Parameters(source="point"), 7) == POINT
    assert 1 <= draw_of(POSTERIOR, 0) <= count
    assert 1 <= draw_of(POSTERIOR, 2**63 - 1) <= count


def test_one_luck_a_draw_could_not_tell_luck_from_parameters() -> None:
    with pytest.raises(ValueError, match="seeds_per_draw"):
        Parameters(seeds_per_draw=1)


# ---------------------------------------------------------------- what a draw is


@pytest.mark.parametrize("source", ["posterior", "prior"])
def test_draws_are_settings_within_their_priors(source: str) -> None:
    draws = load_draws(source)
    known = numeric_settings(Scenario())
    fitted = about_posterior()["settings"]
    assert len(draws) == about_posterior()["draws"]
    priors = load_calibration(ROOT / "experiments" / "calibration.toml").file.priors
    for index, name in enumerate(draws.names):
        assert name in known
        assert name in fitted
        values = draws.values[:, index]
        low, high = priors[name].low, priors[name].high
        # They are written with three digits, and programmes have appeals, some beyond the prior.
        more = 5.0 * priors[APPEAL_SD].high if (source, name) == ("posterior", APPEAL_IN) else 0.0
        least, most = low * 0.99 - 1e-9 - more, high * 1.01 + 1e-9 + more
        assert least <= values.min() < values.max() <= most, name
    assert draws.names == load_draws("posterior").names


def test_the_posterior_is_narrower_than_the_prior_where_it_says_so() -> None:
    before, after = load_draws("prior"), load_draws("posterior")
    for index, name in enumerate(after.names):
        if name != APPEAL_IN and about_posterior()["settings"][name]["learned"] == "informed":
            assert np.std(after.values[:, index]) < np.std(before.values[:, index]), name


def test_draws_of_the_posterior_hold_what_sets_programmes_apart() -> None:
    apart = about_posterior()["programme_appeal_sd"]
    assert 0.2 < apart < 3.0
    # An appeal is added to what the fit leaves open of behaviour in general.
    open_ = about_posterior()["settings"][APPEAL_IN]["spread"] * 1.5  # of the prior
    spread = float(load_draws("posterior").of(APPEAL_IN).std())
    assert spread == pytest.approx(np.hypot(apart, open_), rel=0.15)
    assert spread > 1.15 * open_


def test_settings_that_a_scenario_sets_are_held(tmp_path: Path) -> None:
    text = SMALL.replace(
        "[scenarios.no_visits]",
        "[scenarios.framework.behaviour]\ntemperature = 0.49\n\n[scenarios.no_visits]",
    )
    of = load_experiment(written(tmp_path, text))
    scenario = of.scenarios["framework"]
    assert scenario.behaviour.temperature == Scenario().behaviour.temperature, "set to the default"
    assert fixed_settings(scenario) == ["behaviour.temperature"]
    for draw in (1, 2, 500):
        found = drawn(scenario, POSTERIOR, draw)
        settings = load_draws("posterior").settings(draw)
        assert found.behaviour.temperature == 0.49
        assert found.behaviour.intercept == settings["behaviour.intercept"]
        assert found.behaviour.pause_months == round(settings["behaviour.pause_months"])
        assert found.offers == scenario.offers
    assert drawn(scenario, POSTERIOR, POINT) is scenario


def test_a_setting_on_a_curve_keeps_the_value_of_the_curve() -> None:
    moved = with_setting(Scenario(), "behaviour.saving_weight", 4.0)
    assert drawn(moved, POSTERIOR, 3).behaviour.saving_weight == 4.0
    elsewhere = with_setting(Scenario(), "push.visits_per_month", 4.0)
    assert fixed_settings(elsewhere) == []


def test_a_wrong_name_among_what_is_held_is_told(tmp_path: Path) -> None:
    text = SMALL.replace(
        'title = "Common procurement"',
        'title = "Common procurement"\nheld = ["behaviour.temprature"]',
    )
    with pytest.raises(BadInput) as caught:
        load_experiment(written(tmp_path, text))
    told = str(caught.value)
    assert "behaviour.temprature" in told
    assert "behaviour.temperature" in told
    assert "small.toml" in told


# ---------------------------------------------------------------- runs


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = written(tmp_path_factory.mktemp("drawn"))
    return simulate(path, seeds=4, workers=2, out=None)


def test_a_run_is_that_of_a_file_with_the_values_of_its_draw(
    results: Results, tmp_path: Path
) -> None:
    of = load_experiment(written(tmp_path))
    assert results.runs["draw"].tolist() == [1, 1, 2, 2] * 3
    for draw, seeds in ((1, {1, 2}), (2, {3, 4})):
        values = load_draws("posterior").settings(draw)
        assert all(name.startswith(OF_COUNCILS) for name in values)
        alone = of.model_copy(
            update={
                "parameters": Parameters(source="point"),
                "scenarios": {
                    name: replace_settings(one, values) for name, one in of.scenarios.items()
                },
            }
        )
        found = simulate(alone, seeds=4, workers=1, out=None)
        for name in ("runs", "series", "joined"):
            ours, theirs = (
                table[table["seed"].isin(seeds)].drop(columns="draw", errors="ignore")
                for table in (getattr(results, name), getattr(found, name))
            )
            assert_frame_equal(ours, theirs, check_exact=True, obj=name)


@pytest.mark.parametrize("engine", ["mesa"])
def test_the_readable_engine_draws_the_same(results: Results, engine: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    other = simulate(path, seeds=4, workers=1, engine="mesa", out=None)
    assert_frame_equal(other.runs, results.runs, check_exact=True)


def test_sources_differ_and_all_draws_are_kept(results: Results, tmp_path: Path) -> None:
    def means(source: str) -> float:
        text = SMALL.replace("[sensitivity]", f'[parameters]\nsource = "{source}"\n\n[sensitivity]')
        runs = simulate(written(tmp_path, text), seeds=4, workers=1, out=None).runs
        assert (runs["draw"] == POINT).all() == (source == "point")
        return float(runs["joined_share_12m"].mean())

    drawn_mean = float(results.runs["joined_share_12m"].mean())
    assert len({means("prior"), means("point"), drawn_mean}) == 3
    table = table_of(POSTERIOR)
    assert table["draw"].tolist() == list(range(1, len(table) + 1))
    assert len(table_of(Parameters(source="point"))) == 0


# ---------------------------------------------------------------- intervals over draws


def test_equal_lucks_add_nothing_to_what_is_known_of_a_mean() -> None:
    means = np.random.default_rng(4).normal(size=40)
    draws = np.repeat(np.arange(40), 2)
    once = statistics.mean_interval(means)
    twice = statistics.mean_interval(np.repeat(means, 2), draws)
    as_if_free = statistics.mean_interval(np.repeat(means, 2))
    assert np.allclose(once, twice)
    assert twice[2][0] - twice[1][0] > 1.3 * (as_if_free[2][0] - as_if_free[1][0])


def test_intervals_over_draws_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(9)
    draws = np.repeat(np.arange(30), 2)
    held_truth = 0
    for _ in range(400):
        values = np.repeat(rng.normal(size=30), 2) + rng.normal(size=60)
        _, low, high = statistics.mean_interval(values, draws)
        held_truth += int(low[0] <= 0.0 <= high[0])
    assert 0.91 <= held_truth / 400 <= 0.98


@pytest.mark.parametrize("true", [0.0, 0.2, 0.8])
def test_the_share_of_the_variance_that_parameters_have_is_found(true: float) -> None:
    rng = np.random.default_rng(5)
    draws = np.repeat(np.arange(400), 2)
    between = np.repeat(rng.normal(size=400), 2) * math.sqrt(true)
    values = between + rng.normal(size=800) * math.sqrt(1.0 - true)
    share, low, high = statistics.share_from_draws(values, draws)
    assert low <= true <= high
    assert share == pytest.approx(true, abs=0.08)
    assert high - low < 0.25


def test_there_is_no_share_where_nothing_varies_or_nothing_can_be_told() -> None:
    draws = np.repeat(np.arange(10), 2)
    for values, of in (
        (np.zeros(20), draws),
        (np.arange(20.0), np.arange(20)),
        (np.arange(2.0), np.zeros(2)),
        (np.full(20, np.nan), draws),
    ):
        assert np.isnan(statistics.share_from_draws(values, of)).all()
