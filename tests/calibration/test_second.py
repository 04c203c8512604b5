"""A second posterior by regression: known posteriors, the library it learns from, what it says."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.calibration import library as libraries
from sim.calibration import regression
from sim.calibration.calibrate import MANIFEST, STATE, _keep, fingerprint
from sim.calibration.digest import case_digests, fit_digest
from sim.calibration.file import Prior
from sim.calibration.library import Library, simulate_library
from sim.calibration.likelihood import Likelihood
from sim.calibration.load import load_calibration
from sim.calibration.marginals import FAR, Posterior, read_fit, side_by_side
from sim.calibration.plan import Source
from sim.calibration.reduce import make_fit
from sim.calibration.regression import Regression, cut_off, learn
from sim.calibration.second import FIT, SECOND, second_posterior
from sim.calibration.smc import FloatArray, Particles
from sim.cli import fitting, posteriors
from sim.files.problems import BadInput
from sim.pages.posteriors_page import fits_part, second_part
from sim.present.markdown import markdown
from sim.runs.executors import Here
from tests.calibration.test_reduce import TWO_CASES
from tests.shared.listening import Recorder


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = tmp_path_factory.mktemp("second") / "two.toml"
    found.write_text(TWO_CASES, encoding="utf-8")
    return str(found)


# ---------------------------------------------------------------- regression


def plain_library(n: int) -> Library:
    """Two parameters, of which two figures measure the first, each with luck of variance 1/4."""
    rng = np.random.default_rng(3)
    z = rng.standard_normal((n, 2))
    return Library(z, z[:, np.newaxis, [0, 0]] + 0.5 * rng.standard_normal((n, 2, 2)))


@pytest.fixture(scope="module")
def learned() -> Regression:
    return learn(plain_library(4_000), Likelihood(np.zeros(2), np.full(2, 0.5)), seed=1)


@pytest.mark.parametrize("figures", [(1.0, 0.5), (-2.0, -1.5)])
def test_a_known_posterior_is_found(learned: Regression, figures: tuple[float, float]) -> None:
    """Luck and error have variance 1/2 together: precision 1 + 2 / (1/2), so variance 1/5."""
    found = learned.posterior(np.array(figures))
    assert found.shape == (learned.draws, 2) == (100, 2)
    assert found[:, 0].mean() == pytest.approx(0.4 * sum(figures), abs=0.15)
    assert found[:, 0].std() == pytest.approx(math.sqrt(0.2), rel=0.25)
    # Of the second the figures say nothing.
    assert found[:, 1].mean() == pytest.approx(0.0, abs=0.3)
    assert found[:, 1].std() == pytest.approx(1.0, rel=0.25)


def test_its_ranks_are_uniform_and_too_sure_ones_would_not_be(learned: Regression) -> None:
    ranks = learned.ranks(("known", "unknown"), 200, 31, seed=1)
    assert ranks.places.shape == (200, 2)
    assert ranks.is_uniform
    _, low, high = ranks.coverage(0.9)
    assert low <= ranks.expected_coverage(0.9) <= high
    narrow = Regression(
        learned.learned,
        learned.figures,
        learned.predicted + 0.5 * (learned.z - learned.predicted),
        learned.predicted,
        learned.log_variance,
    )
    truths = [(narrow.posterior(learned.figures[i], i) < learned.z[i]).mean(0) for i in range(200)]
    at_the_ends = np.abs(np.array(truths)[:, 0] - 0.5) > 0.45
    assert at_the_ends.mean() > 0.2


@pytest.mark.slow
def test_a_lower_bound_is_cut_off_for_simulations_as_for_history() -> None:
    """With z + e >= 1, var e = 1/2: E z = E(y | y >= 1) / 1.5, y normal of variance 1.5."""
    bound = Likelihood(np.array([1.0, 9.0]), np.array([0.5, np.inf]), np.array([True, False]))
    assert cut_off(bound, np.array([[3.0, 5.0], [0.5, 5.0]])).tolist() == [[1.0], [0.5]]
    found = learn(plain_library(4_000), bound, seed=1).posterior(np.array([1.0]))
    assert found[:, 0].mean() == pytest.approx(1.127, abs=0.3)


def test_history_that_is_like_no_simulation_is_told(learned: Regression) -> None:
    assert learned.beyond(np.zeros(2)) > 0.3
    assert learned.beyond(np.array([8.0, -8.0])) == 0.0


# ---------------------------------------------------------------- the library


def library_of(source: Source, simulations: int, out: Path) -> Library:
    return simulate_library(
        source, simulations, out=out, executor=Here(), progress=Recorder(), say=lambda line: None
    )


def test_a_library_grows_goes_on_and_is_shared(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "PIECE", 2)
    first = library_of(Source(path), 3, tmp_path)
    assert first.z.shape == (4, 3)
    assert first.statistics.shape == (4, 2, 2)
    (folder,) = (tmp_path / "calibration").iterdir()
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    (folder / "00000.npy").unlink()  # as if another worker had stopped before it
    # Neither a pattern left out nor tolerances change what is simulated.
    more = library_of(Source(path, without=1, tolerance_ratio=0.5), 6, tmp_path)
    assert [found.name for found in (tmp_path / "calibration").iterdir()] == [folder.name]
    assert {name: (folder / name).read_bytes() for name in kept} == kept
    assert np.array_equal(more.z[:4], first.z)
    assert np.array_equal(more.statistics[:4], first.statistics)
    assert len(np.unique(more.z)) == more.z.size == 18


# ---------------------------------------------------------------- side by side


def normal(shift: float = 0.0, n: int = 2_000) -> FloatArray:
    """Shifted normal draws, without luck."""
    return np.array(pd.Series(np.linspace(0.0005, 0.9995, n)).map(_quantile))[:, np.newaxis] + shift


def _quantile(probability: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)


def test_half_a_deviation_is_as_far_as_posteriors_may_be_apart() -> None:
    prior = Prior(low=0.0, high=1.0)
    of = {"a": prior}
    narrow = 0.5 * normal()
    found = side_by_side(
        {
            "first": Posterior(of, narrow),
            "near": Posterior(of, narrow + 0.24),
            "far": Posterior(of, narrow + 0.27),
            "other": Posterior({"a": Prior(low=0.0, high=2.0)}, narrow),
        },
        ["a"],
    )
    # A parameter with another prior is not compared.
    assert found["posterior"].tolist() == ["first", "near", "far"]
    assert found["verdict"].tolist() == ["", "agrees", "differs"]
    assert found["distance"].iloc[1] < FAR < found["distance"].iloc[2]
    assert found["median"].iloc[0] == pytest.approx(0.5)
    text = markdown(fits_part(found))
    assert "near: 1 of 1 parameters agree; far: 0 of 1 parameters agree." in text


@pytest.fixture
def fit(path: str, tmp_path: Path) -> Path:
    """What a finished fit leaves, with particles that nobody fitted."""
    folder = tmp_path / "fit"
    folder.mkdir()
    z = np.random.default_rng(1).standard_normal((50, 3))
    luck = np.zeros((50, 1), dtype=np.int64)
    _keep(folder / STATE, Particles(z, np.zeros((50, 2, 2)), luck, tempering=1.0))
    calibration = load_calibration(path)
    manifest = {
        "file": calibration.file.model_dump(mode="json"),
        "without": None,
        "cases": fit_digest(case_digests(calibration)),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_second_posterior_is_held_against_a_fit(
    path: str, fit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regression, "FEWEST", 5)
    found = second_posterior(
        Source(path), read_fit(fit), 200, out=tmp_path, executor=Here(), progress=Recorder()
    )
    assert found.simulations == 200
    assert found.draws == 5
    assert found.ranks.places.shape == (50, 3)
    assert set(found.marginals["posterior"]) == {FIT, SECOND}
    assert np.isfinite(found.marginals[["low", "median", "high"]].to_numpy()).all()
    text = markdown(second_part(found))
    assert "A regression on 200 simulated draws of the prior" in text
    assert "Held against 50 simulated data sets with known parameters" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda source: source._replace(tolerance_ratio=2.0), "multiplies tolerances otherwise"),
        (lambda source: source._replace(without=1), "another pattern left out"),
    ],
)
def test_a_fit_of_something_else_is_refused(
    path: str, fit: Path, change: Callable[[Source], Source], words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        second_posterior(change(Source(path)), read_fit(fit), 9_000)
    assert words in str(caught.value)


def test_a_fit_of_a_model_that_has_changed_is_refused(path: str, fit: Path) -> None:
    changed = replace(read_fit(fit), cases="another")
    with pytest.raises(BadInput, match="a model that has changed since"):
        second_posterior(Source(path), changed, 9_000)


def test_few_simulations_and_folders_without_a_fit_are_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="so few simulations"):
        regression.need(1_999)
    regression.need(2_000)
    with pytest.raises(BadInput, match="no finished fit"):
        read_fit(tmp_path)


def test_fits_are_printed_side_by_side(fit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fitting.fits([f"one={fit}", f"again={fit}"])
    said = capsys.readouterr().out
    assert "again: " in said
    assert "differs" not in said


# ---------------------------------------------------------------- tolerances


def test_tolerances_are_multiplied_and_one_changes_nothing(path: str) -> None:
    usual, halved = load_calibration(path), load_calibration(path, tolerance_ratio=0.5)
    assert halved.tolerances == pytest.approx(0.5 * usual.tolerances)
    once = load_calibration(path, tolerance_ratio=1.0)
    prints = [fingerprint(each, 20) for each in (usual, once, halved)]
    assert prints[0] == prints[1] != prints[2]
    assert halved.file.model_dump(mode="json")["tolerance_ratio"] == 0.5


@pytest.mark.slow
def test_tolerances_as_they_are_halved_and_doubled_are_set_side_by_side(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- fits:start -->\n<!-- fits:end -->\n", encoding="utf-8")
    fitting.tolerances(Path(path), workers=1, particles=20, out=tmp_path, write=page)
    text = page.read_text(encoding="utf-8")
    assert "between a fit and the one called “as they are”" in text
    assert "halved: " in text
    assert "doubled: " in text
    # They are the fits of `calibrate`: made already, and kept.
    made = {folder.name for folder in (tmp_path / "calibration").iterdir()}
    assert len(made) == 3
    fitting.calibrate(Path(path), workers=1, particles=20, tolerances=2.0, out=tmp_path)
    assert {folder.name for folder in (tmp_path / "calibration").iterdir()} == made
    assert capsys.readouterr().out.count("particles, ") == 3


def test_a_second_posterior_finds_the_fit_of_its_source(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Path] = []

    def held(folder: Path) -> Posterior:
        asked.append(folder)
        raise BadInput([])  # what follows is tested above

    monkeypatch.setattr(posteriors, "read_fit", held)
    fitting.calibrate(Path(path), workers=1, particles=20, tolerances=0.5, out=tmp_path)
    (made,) = (tmp_path / "calibration").iterdir()
    monkeypatch.setattr(posteriors, "make_fit", lambda out, _, *rest: make_fit(out, 20, *rest))
    with pytest.raises(BadInput):
        fitting.second(Path(path), workers=1, tolerances=0.5, out=tmp_path)
    assert asked == [made]
    assert str(made) in capsys.readouterr().out
