"""Indices of sweeps on functions whose answer is known, with and without noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol

from sim.analysis.sweep_sensitivity import (
    _morris,
    in_words,
    morris_effects,
    sobol_indices,
    sweep_sensitivity,
)
from sim.experiment.samples import morris, sobol
from sim.files.problems import BadInput
from sim.runs.progress import Silent
from sim.runs.sweeps import SweepResults, sweep
from tests.shared.folders import ROOT

FloatArray = npt.NDArray[np.float64]
# Ishigami and Homma (1990) with a = 7, b = 0.1; the fourth setting does nothing.
FIRST = (0.3139, 0.4424, 0.0, 0.0)
TOTAL = (0.5576, 0.4424, 0.2437, 0.0)
SETTINGS = 4
PROBLEM = {"num_vars": SETTINGS, "names": list("abcd"), "bounds": [[0, 1]] * SETTINGS}


def ishigami(cube: FloatArray) -> FloatArray:
    x = (2 * cube - 1) * np.pi
    wave = np.sin(x[:, 0])
    return np.asarray(wave + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * wave)


def with_luck(cube: FloatArray, replicates: int, size: float, *, common: bool) -> FloatArray:
    """Outcomes with luck: what all points share, or what each point has for itself."""
    numbers = np.random.default_rng(5)
    luck = numbers.normal(size=(1 if common else len(cube), replicates)) * size
    return np.asarray(ishigami(cube)[:, np.newaxis] + luck)


def blocks(size: int, replicates: int, noise: float, *, common: bool = True) -> FloatArray:
    cube = sobol([None] * SETTINGS, size, 3)
    outcomes = with_luck(cube, replicates, noise, common=common)
    return outcomes.reshape(-1, SETTINGS + 2, replicates)


def test_without_noise_they_are_those_of_salib() -> None:
    cube = sobol([None] * SETTINGS, 1024, 3)
    ours = sobol_indices(blocks(1024, 1, 0.0))
    theirs = salib_sobol.analyze(
        PROBLEM, ishigami(cube), calc_second_order=False, num_resamples=2, seed=1
    )
    np.testing.assert_allclose(ours[0], theirs["S1"], atol=0.01)
    np.testing.assert_allclose(ours[1], theirs["ST"], atol=0.01)
    np.testing.assert_allclose(ours, [FIRST, TOTAL], atol=0.03)


def test_noise_of_replicates_is_taken_out() -> None:
    """Each point has luck of its own, as large as all else: a fifth of a mean of 4 futures."""
    outcomes = blocks(2048, 4, 3.7, common=False)
    plain = sobol_indices(outcomes.mean(axis=2, keepdims=True))
    ours = sobol_indices(outcomes)
    assert plain[1, 3] > 0.15, "a setting that does nothing seems to matter"
    np.testing.assert_allclose(ours, [FIRST, TOTAL], atol=0.06)


def test_a_setting_that_does_nothing_has_an_index_of_nothing() -> None:
    """With luck in common there is no difference at all to be explained."""
    found = sobol_indices(blocks(128, 4, 3.0))
    assert (found[:, 3] == 0.0).all()
    np.testing.assert_allclose(found, sobol_indices(blocks(128, 1, 0.0)), atol=0.05)


def test_an_outcome_that_never_varies_has_no_indices() -> None:
    assert np.isnan(sobol_indices(np.full((8, SETTINGS + 2, 3), 0.7))).all()


def test_effects_without_noise_are_those_of_salib() -> None:
    cube = morris([None] * SETTINGS, 50, 3)
    outcome = ishigami(cube)
    theirs = salib_morris.analyze(PROBLEM, cube, outcome, num_levels=4, num_resamples=2)
    ours = {measure: value for measure, value, _, _ in _morris(outcome[:, np.newaxis], cube)}
    np.testing.assert_allclose(ours["effect"], theirs["mu"])
    np.testing.assert_allclose(ours["size"], theirs["mu_star"])
    np.testing.assert_allclose(ours["spread"], theirs["sigma"])


def test_noise_is_no_spread_of_effects() -> None:
    numbers = np.random.default_rng(2)
    effects = 2.0 + numbers.normal(size=(4000, 1, 6)) * 3.0
    mean, size, spread = morris_effects(effects)[:, 0]
    assert mean == pytest.approx(2.0, abs=0.1)
    assert size >= mean
    assert spread < 0.4  # a plain standard deviation would be 1.2


def swept(name: str, *changes: str) -> SweepResults:
    file = ROOT / "experiments" / "sweeps" / "push_or_terms.toml"
    return sweep(file, name, changes=changes, out=None, workers=1, progress=Silent())


@pytest.mark.parametrize(("design", "measures"), [("sobol", 2), ("morris", 3)])
def test_a_sweep_is_told_what_it_hangs_on(design: str, measures: int) -> None:
    """Depth matters; the threshold of a review that is never held does not."""
    results = swept(
        "terms",
        "parameters.source=point",  # so few points tell nothing beside draws of behaviour
        f"sweep.terms.design={design}",
        "sweep.terms.size=16",
        "sweep.terms.replicates=4",
        "sweep.terms.levers.push.minimum_share={low=0.1,high=0.4}",
    )
    table = sweep_sensitivity(results)
    assert len(table) == measures * 5
    main = table[table["measure"].isin(["total", "size"])].set_index("setting")
    assert "offers.main.depth" in main["value"].nlargest(2).index
    ends = main[["value", "low", "high"]]
    assert (ends.loc["offers.main.depth"].to_numpy(dtype=float) > 0.0).all()
    assert (ends.loc["push.minimum_share"].to_numpy(dtype=float) == 0.0).all()
    (words,) = in_words(table)
    assert "offers.main.depth" in words.partition(";")[0]
    assert "nothing on push.minimum_share" in words


def test_indices_need_a_design_that_is_made_for_them() -> None:
    results = swept("push", "sweep.push.size=4", "sweep.push.replicates=2")
    with pytest.raises(BadInput, match="made for them"):
        sweep_sensitivity(results)


def test_an_outcome_that_some_runs_lack_is_refused() -> None:
    results = swept("terms", "sweep.terms.size=2", 'sweep.terms.outcomes=["months_to_75pc"]')
    with pytest.raises(BadInput, match="no row of such a design can be left out"):
        sweep_sensitivity(results)
