"""What sets programmes apart is learnt from cases that were not fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.calibration.calibrate import STATE, calibrate, executor_for, read_particles
from sim.calibration.left_out import LeftOut, unseen
from sim.calibration.plan import Source, Target, load_calibration
from sim.calibration.programmes import (
    PRIOR_SD,
    SPREADS,
    Programmes,
    find_programmes,
)
from sim.calibration.reduce import make_fit, unseen_cases
from sim.calibration.shares import ShareFigure
from sim.pages.programmes_page import programmes_part
from sim.present.markdown import markdown
from tests.calibration.test_compared import written

COUNCILS = 40


def target(case: str) -> Target:
    return Target(
        case=case, pattern=1, statistic="joined_share", months=12, low=0.4, high=0.6, label=case
    )


def share(case: str, figure: float) -> ShareFigure:
    known = np.zeros(8)
    return ShareFigure(case, case, target(case), figure, 1.0, COUNCILS, 0.0, False, 0.05, known)


def made_up(**observed: float) -> Programmes:
    """Predictions around a half, as wide as the spread of appeals makes a share."""
    even = np.random.default_rng(3).standard_normal(400)
    weights = np.full(len(even), 1.0 / len(even))
    figures = tuple(
        [
            LeftOut(
                case, case, target(case), figure, 1.0 / (1.0 + np.exp(-spread * even)), weights, 0.0
            )
            for case, figure in observed.items()
        ]
        for spread in SPREADS
    )
    return Programmes(figures, [share(case, figure) for case, figure in observed.items()])


def test_cases_as_foreseen_ask_for_no_spread_and_cases_far_off_for_much() -> None:
    near = made_up(a=0.5, b=0.475, c=0.525, d=0.5)
    far = made_up(a=0.1, b=0.9, c=0.95, d=0.05)
    assert near.weights().sum() == pytest.approx(1.0)
    assert near.weights().argmax() == 0
    assert near.spread < 0.5
    assert far.weights()[0] < 1e-6
    assert far.spread > 1.0
    assert [one.is_inside for one in far.predicted] == [True] * 4
    assert not any(one.is_inside for one in far.figures[0])


def test_a_case_has_no_say_in_its_own_band() -> None:
    found = made_up(a=0.5, b=0.5, c=0.5, far=0.95)
    without = found.weights("far")
    assert without.argmax() == 0
    assert found.weights()[0] < without[0]
    predicted = {one.case: one for one in found.predicted}
    alike = dict(zip(["a", "b", "c", "far"], found.figures[0], strict=True))
    assert predicted["far"].width < predicted["a"].width
    assert alike["a"].width == pytest.approx(0.0)


def test_without_a_case_with_a_share_the_prior_is_all_there_is() -> None:
    found = Programmes(made_up(a=0.9).figures, [])
    prior = np.exp(-0.5 * (np.array(SPREADS) / PRIOR_SD) ** 2)
    np.testing.assert_allclose(found.weights(), prior / prior.sum())
    assert np.isnan(found.table()["crps"]).all()


def test_appeals_follow_from_a_seed_and_spread_as_they_should() -> None:
    found = made_up(a=0.1, b=0.9, c=0.95, d=0.05)
    many = found.appeals(1, 40_000)
    assert float(many.std()) == pytest.approx(found.spread, rel=0.03)
    assert abs(float(many.mean())) < 0.03
    np.testing.assert_array_equal(found.appeals(1, 500), found.appeals(1, 500))
    assert not np.array_equal(found.appeals(1, 500), found.appeals(2, 500))


def test_real_cases_are_predicted_as_kept_and_then_wider(tmp_path: Path) -> None:
    source = Source(str(written(tmp_path)))
    folder = calibrate(source.path, out=tmp_path, workers=1)
    fit = make_fit(tmp_path, None, lambda line: None, executor_for(1), None)
    cases = unseen_cases(source, folder, fit, refit=0)
    found = find_programmes(cases, points=30)
    calibration = load_calibration(*source)
    kept = unseen(calibration, read_particles(folder / STATE), cases[0].case).predicted()
    alike = found.figures[0][0]
    assert alike.name == kept[0].name
    assert alike.quantile(0.5) == pytest.approx(kept[0].quantile(0.5), abs=0.15)
    widths = [np.mean([one.width for one in figures]) for figures in found.figures]
    assert widths[-1] > widths[0]
    again = find_programmes(cases, points=30)
    for one, other in zip(found.predicted, again.predicted, strict=True):
        np.testing.assert_array_equal(one.simulated, other.simulated)
    page = markdown(programmes_part(found))
    assert "programmes are alike" in page
    assert page.count("\n| ") == len(SPREADS) + 3
