"""Simple baselines on made cases with known answers, and what is known of real ones."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from sim.calibration import baselines
from sim.calibration.baselines import BASELINES, BASS, HAZARD, LOGIT, Baseline, fit
from sim.calibration.file import Target
from sim.calibration.left_out import LeftOut
from sim.calibration.load import load_calibration
from sim.calibration.scores import FloatArray, crps, log_score
from sim.calibration.shares import KNOWN, ShareFigure, share_figures
from tests.shared.scenarios import FOLDER

COUNCILS = 200


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "ROUNDS", (300, 300, 300, 800))
    monkeypatch.setattr(baselines, "AGAIN", (300, 800))


def made(
    case: str, months: int, share: float, known: FloatArray | None = None, at_least: bool = False
) -> ShareFigure:
    """A share of 200 councils without an error of its own, nobody in at the start."""
    target = Target(
        case=case,
        pattern=1,
        statistic="joined_share",
        months=months,
        low=0.0,
        high=1.0,
        at_least=at_least,
        label=case,
    )
    known = np.zeros(len(KNOWN)) if known is None else known
    name = f"{case}_{months}"
    return ShareFigure(case, name, target, share, 1.0, COUNCILS, 0.0, False, 0.01, known)


def family(curve: Baseline, levels: list[float], cases: int = 8) -> list[ShareFigure]:
    """Cases that all follow one curve, each seen three times."""
    return [
        made(f"c{case}", months, float(curve.curve(np.array(levels), 0.0, months)))
        for case in range(cases)
        for months in (6 + case, 20 + case, 50 + case)
    ]


def share_at(curve: Baseline, figures: list[ShareFigure], months: int) -> LeftOut:
    """What is predicted of a case like all others."""
    new = made("new", months, 0.5)
    return fit(curve, figures, 1).predict([new], 1)[0]


def test_a_hazard_is_recovered() -> None:
    rate = 0.03
    found = fit(HAZARD, family(HAZARD, [math.log(rate)]), 1)
    weights, _ = found.weights()
    level = HAZARD.levels[0]
    mean = level.mean + level.sd * float(weights @ found.z[:, 0])
    assert mean == pytest.approx(math.log(rate), abs=0.2)
    # Cases that are all alike leave little between them.
    assert float(weights @ found.z[:, 1]) < -1.0


@pytest.mark.parametrize(
    ("curve", "levels"),
    [
        (HAZARD, [math.log(0.03)]),
        (BASS, [math.log(0.005), math.log(0.12), 2.0]),
        (LOGIT, [-0.5, math.log(1.6)]),
    ],
    ids=lambda one: one.name if isinstance(one, Baseline) else "",
)
def test_a_case_like_all_others_follows_their_curve(curve: Baseline, levels: list[float]) -> None:
    figures = family(curve, levels)
    for months in (12, 36):
        predicted = share_at(curve, figures, months)
        known = float(curve.curve(np.array(levels), 0.0, months))
        assert predicted.quantile(0.5) == pytest.approx(known, abs=0.06)
        assert predicted.quantile(0.05) < known < predicted.quantile(0.95)


def test_the_curve_of_bass_solves_his_equation() -> None:
    p, q, ceiling, start = 0.01, 0.1, 0.8, 0.2
    level = math.log((ceiling - start) / (1.0 - ceiling))
    levels, step = np.array([math.log(p), math.log(q), level]), 1e-3
    assert BASS.curve(levels, start, 0.0) == pytest.approx(start)
    for months in (1.0, 10.0, 40.0):
        share = float(BASS.curve(levels, start, months))
        ends = [float(BASS.curve(levels, start, months + by)) for by in (-step, step)]
        slope = (p + q * share / ceiling) * (ceiling - share)
        assert (ends[1] - ends[0]) / (2.0 * step) == pytest.approx(slope, rel=1e-4)


def test_the_hazard_and_the_logit_by_hand() -> None:
    hazard = HAZARD.curve(np.array([math.log(0.1)]), 0.5, 10.0)
    assert hazard == pytest.approx(1.0 - 0.5 * math.exp(-1.0))
    logit = LOGIT.curve(np.array([0.3, math.log(2.0)]), 0.5, 48.0)
    assert logit == pytest.approx(0.5 + 0.5 * expit(0.3 + 2.0 * math.log(2.0)))


def test_what_is_known_of_a_case_moves_its_prediction() -> None:
    deep = np.zeros(len(KNOWN))
    deep[0] = 1.0
    figures = [
        made(f"c{case}", 20, share, known)
        for case, (share, known) in enumerate([(0.8, deep * 0.0), (0.1, deep)] * 5)
    ]
    found = fit(HAZARD, figures, 1)
    light, heavy = (
        found.predict([made("new", 20, 0.5, known)], 1)[0].quantile(0.5)
        for known in (deep * 0.0, deep)
    )
    assert light > heavy + 0.3


def test_a_lower_bound_says_nothing_of_what_is_above() -> None:
    high = [made(f"c{case}", 12, 0.9) for case in range(6)]
    bound = [made(f"c{case}", 12, 0.5, at_least=True) for case in range(6)]
    exact = [made(f"c{case}", 12, 0.5) for case in range(6)]
    medians = [share_at(HAZARD, figures, 12).quantile(0.5) for figures in (high, bound, exact)]
    assert medians[2] == pytest.approx(0.5, abs=0.1)
    assert medians[1] > medians[2] + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("curve", BASELINES, ids=lambda one: one.name)
def test_predictions_of_cases_left_out_are_calibrated(
    curve: Baseline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Families drawn as the priors say: bands of 9 in 10 hold the truth nine times in ten."""
    for name, value in {"ROUNDS": (150, 150, 300), "NODES": 32, "STEPS": 1_024}.items():
        monkeypatch.setattr(baselines, name, value)
    known = np.zeros((6, len(KNOWN)))
    known[:, 0] = [1.0, -1.0] * 3
    rng = np.random.default_rng(5)
    inside = half = 0
    for seed in range(40):
        z = rng.standard_normal((1, curve.size + len(KNOWN)))
        cases = []
        for case, of_case in enumerate(known):
            own = rng.standard_normal((1, 1, len(curve.levels)))
            chance = curve.curve(curve.levels_of(z, of_case, own)[0, 0], 0.0, 18.0)
            joined = rng.binomial(COUNCILS, float(chance))
            cases.append(made(f"c{case}", 18, joined / COUNCILS, of_case))
        (last,) = fit(curve, cases, seed, without="c5").predict(cases[-1:], seed)
        low, low_half, high_half, high = (last.quantile(at) for at in (0.05, 0.25, 0.75, 0.95))
        # The luck of one council decides nothing at the ends.
        inside += low - 0.005 <= last.figure <= high + 0.005
        half += low_half <= last.figure <= high_half
    assert binom.cdf(inside, 40, 0.9) > 0.01
    assert 0.005 < binom.cdf(half, 40, 0.5) < 0.995


def test_a_case_left_out_by_weights_is_as_if_it_had_not_been_fitted() -> None:
    figures = [made(f"c{case}", 20, share) for case, share in enumerate([0.2, 0.3, 0.4, 0.5, 0.6])]
    whole = fit(HAZARD, figures, 1)
    (weighed,) = whole.predict(figures[-1:], 1)
    (anew,) = fit(HAZARD, figures, 1, without="c4", begin=whole).predict(figures[-1:], 1)
    (never,) = fit(HAZARD, figures[:-1], 1).predict(figures[-1:], 1)
    for probability in (0.1, 0.5, 0.9):
        known = never.quantile(probability)
        assert weighed.quantile(probability) == pytest.approx(known, abs=0.08)
        assert anew.quantile(probability) == pytest.approx(known, abs=0.08)


# ---------------------------------------------------------------- what is known of real cases


@pytest.fixture(scope="module")
def real() -> tuple[list[ShareFigure], list[str]]:
    return share_figures(load_calibration(FOLDER / "calibration.toml"))


def test_figures_that_are_shares_are_found_with_what_was_known(
    real: tuple[list[ShareFigure], list[str]],
) -> None:
    figures, without = real
    found = {one.name: one for one in figures}
    counts = {name: (one.joined, one.councils) for name, one in found.items()}
    assert counts["notify_england_16m"] == (56, 353)
    assert counts["swan_40m"] == (16, 32)
    assert counts["fbs_17m"] == (77, 98)
    assert counts["hubs_joins"][0] == 2  # in all three hubs together
    assert found["swan_20m"].start == pytest.approx(7 / 32)
    known = dict(zip(KNOWN, found["notify_england_7m"].known, strict=True))
    assert known["share of districts"] == pytest.approx(201 / 353)
    assert "use_share" not in {one.target.statistic for one in figures}
    assert without == ["verify"]


def test_a_rate_is_scored_as_a_share(real: tuple[list[ShareFigure], list[str]]) -> None:
    (rate,) = (one for one in real[0] if one.name == "hubs_joins")
    shares = np.array([0.0, 0.1])
    predicted = LeftOut(
        rate.case,
        rate.name,
        rate.target,
        rate.figure,
        shares * rate.unit,
        np.ones(2),
        0.0,
        rate.unit,
    )
    assert predicted.crps == pytest.approx(crps(shares, rate.figure / rate.unit))
    assert rate.log_score(predicted.simulated, predicted.weights) == pytest.approx(
        log_score(shares, rate.joined, rate.councils, rate.error)
    )


def test_newcomers_do_not_count_those_in_at_the_start() -> None:
    old = made("old", 12, 0.1)
    newcomers = replace(old, start=0.4, newcomers=True)
    levels = np.array([[[math.log(0.05)]]])
    whole = HAZARD.shares(levels, replace(newcomers, newcomers=False))
    assert HAZARD.shares(levels, newcomers) == pytest.approx(whole - 0.4)
    (predicted,) = fit(HAZARD, [old], 1).predict([newcomers], 1)
    assert predicted.simulated.min() >= 0.0
    assert 0.5 < predicted.simulated.max() <= 0.6
