"""Predictors compared on cases left out, mixed by stacking, and what is printed of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.calibration import baselines
from sim.calibration.calibrate import calibrate
from sim.calibration.compared import Compared, case_scores, compare, differences, verdict
from sim.calibration.stacking import stack
from sim.cli.baselines import baselines as baselines_verb
from sim.files.problems import BadInput
from sim.pages.baselines_page import NAME, baselines_part
from sim.pages.one_part import put_into
from sim.present.markdown import markdown
from tests.shared.scenarios import FOLDER

HISTORY = (FOLDER / "history").as_posix()
FILE = f"""
title = "Four cases, one of which has no share"
seed = 4
particles = 20
histories = 2
[cases]
verify = "{HISTORY}/verify.toml"
digital_office = "{HISTORY}/digital_office.toml"
swan = "{HISTORY}/held_out/swan.toml"
maturity = "{HISTORY}/held_out/digital_maturity.toml"
[priors]
"behaviour.intercept" = {{ low = -1.0, high = 2.0 }}
"""
TARGETS = (
    ("verify", "recruits_left", 10, 0.474),
    ("digital_office", "joined_share", 8, 0.81),
    ("swan", "joined_share", 20, 0.344),
    ("maturity", "joined_share", 36, 0.594),
)


def written(folder: Path, cases: tuple[str, ...] = ("digital_office", "swan", "maturity")) -> Path:
    targets = [
        f"""
[targets.of_{case}]
case = "{case}"
pattern = {pattern}
statistic = "{statistic}"
months = {months}
figure = {figure}
low = {figure - 0.1}
high = {figure + 0.1}
label = "Figure of {case}"
"""
        for pattern, (case, statistic, months, figure) in enumerate(TARGETS, 1)
        if case in ("verify", *cases)
    ]
    path = folder / "four.toml"
    path.write_text(FILE + "".join(targets), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compared")


@pytest.fixture(scope="module")
def found(folder: Path) -> Compared:
    path = written(folder)
    of_model = calibrate(path, out=folder, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "ROUNDS", (200, 400))
        patch.setattr(baselines, "AGAIN", (400,))
        return compare(path, {"model": of_model})


# ---------------------------------------------------------------- predictors


def test_baselines_and_a_fit_are_scored_on_the_same_cases(found: Compared) -> None:
    model, *others = found.crps.columns
    assert model == "model"
    assert others == ["hazard", "Bass", "logit"]
    assert list(found.crps.index) == ["digital_office", "swan", "maturity"]
    assert found.no_share == ["verify"]
    assert np.isfinite(found.log_score.to_numpy()).all()
    assert ((found.crps >= 0.0) & (found.crps < 1.0)).all(axis=None)
    # A case has one figure here, so its score is that of the figure.
    row = found.scores.query("predictor == 'hazard' and case == 'swan'").iloc[0]
    assert found.crps.loc["swan", "hazard"] == row["crps"]
    assert row["low"] <= row["median"] <= row["high"]


def test_what_is_said_names_predictors_cases_and_what_is_left_out(found: Compared) -> None:
    text = markdown(baselines_part(found))
    assert "no figure is a share of councils joined: verify." in text
    assert "| hazard |" in text
    assert "Figure of swan" in text
    assert f"| {found.crps['Bass'].mean():.3f} |" in text


def test_weights_that_cannot_stand_in_for_a_fit_are_said(found: Compared) -> None:
    heavy = found.scores["predictor"].eq("model") & found.scores["case"].eq("swan")
    scores = found.scores.assign(shape=np.where(heavy, 0.9, 0.1))
    text = markdown(baselines_part(replace(found, scores=scores)))
    assert "Weights cannot stand in for a fit without the case, by model: swan." in text


def test_a_document_gets_the_table_between_its_markers(found: Compared, tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("Above\n<!-- baselines:start -->\nold\n<!-- baselines:end -->\nBelow\n")
    text = put_into(document, NAME, baselines_part(found))
    assert text.startswith("Above\n")
    assert text.endswith("-->\nBelow\n")
    assert "old" not in text
    assert "| hazard |" in text


@pytest.mark.parametrize("text", ["No markers\n", "<!-- baselines:start -->\n"])
def test_a_document_without_a_place_is_refused_before_computing(
    text: str, tmp_path: Path, folder: Path
) -> None:
    document = tmp_path / "page.md"
    document.write_text(text)
    with pytest.raises(BadInput, match="no place"):
        baselines_verb(folder / "nowhere.toml", [], document)
    assert document.read_text(encoding="utf-8") == text


def test_too_few_cases_and_folders_without_a_fit_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too few cases"):
        compare(written(tmp_path, ("swan", "maturity")))
    with pytest.raises(BadInput, match="no finished fit"):
        compare(folder / "four.toml", {"model": tmp_path})
    with pytest.raises(BadInput, match="a baseline has this name"):
        compare(folder / "four.toml", {"hazard": tmp_path})


@pytest.mark.usefixtures("found")
def test_a_fit_of_other_targets_is_refused(folder: Path, tmp_path: Path) -> None:
    (of_model,) = (folder / "calibration").iterdir()
    with pytest.raises(BadInput, match="other targets"):
        compare(written(tmp_path, ("swan", "maturity")), {"model": of_model})


# ---------------------------------------------------------------- paired, and verdicts


def scores(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=[f"c{case}" for case in range(len(columns["a"]))])


def test_scores_of_a_case_are_the_mean_over_its_figures() -> None:
    rows = pd.DataFrame(
        [("a", "x", 0.1), ("a", "x", 0.3), ("a", "y", 0.5), ("b", "x", 0.4), ("a", "z", 0.9)],
        columns=["predictor", "case", "crps"],
    )
    # Cases that b does not predict do not count.
    pd.testing.assert_frame_equal(
        case_scores(rows, "crps"),
        pd.DataFrame({"a": [0.2], "b": [0.4]}, index=["x"]),
        check_names=False,
    )


def test_differences_are_paired_by_case() -> None:
    away = differences(scores(a=[0.1, 0.2, 0.3], b=[0.2, 0.4, 0.6]), "a")
    assert away.to_numpy()[0].tolist() == pytest.approx([0.2, 0.1 / np.sqrt(3.0)])


def test_none_is_called_best_within_a_standard_error() -> None:
    near = scores(a=[0.1, 0.3, 0.2], b=[0.3, 0.1, 0.3])
    assert verdict(near, less_is_better=True).startswith("none is called best")
    far = scores(a=[0.1, 0.2, 0.3], b=[0.3, 0.4, 0.6])
    assert verdict(far, less_is_better=True).startswith("a is best")
    assert verdict(far, less_is_better=False).startswith("b is best")


# ---------------------------------------------------------------- stacking


def test_equal_predictors_get_equal_weights() -> None:
    log = np.random.default_rng(1).normal(-3.0, 1.0, 12)
    found = stack(pd.DataFrame({"a": log, "b": log}), 1)
    assert found.weights["stacked"].tolist() == pytest.approx([0.5, 0.5])
    assert found.stacked_score == pytest.approx(log.mean())
    assert found.equal_score == pytest.approx(log.mean())


def test_the_better_of_two_predictors_gets_most_weight() -> None:
    log = np.random.default_rng(2).normal(-3.0, 0.3, 12)
    found = stack(pd.DataFrame({"good": log + 3.0, "bad": log}), 1)
    good = found.weights.loc["good"]
    # As if each had been the best for one more case: at most 13 of 14.
    assert 0.85 < good["stacked"] < 13.0 / 14.0
    assert good["low"] > 0.5
    assert found.stacked_score > found.equal_score


def test_predictors_that_are_good_at_different_cases_share_the_weight() -> None:
    good = np.array([-1.0] * 6 + [-6.0] * 6)
    found = stack(pd.DataFrame({"a": good, "b": good[::-1]}), 1).weights
    assert found["stacked"].tolist() == pytest.approx([0.5, 0.5])
    # Which cases there are decides: the spread shows it.
    low, high = found[["low", "high"]].to_numpy()[0]
    assert high - low > 0.2


def test_weights_maximise_the_score_with_its_prior() -> None:
    log = np.random.default_rng(3).normal(-2.0, 1.0, (10, 2))
    found = stack(pd.DataFrame(log, columns=["a", "b"]), 1).weights.loc["a", "stacked"]
    tried = np.linspace(0.001, 0.999, 999)[:, np.newaxis]
    mixed = np.log(tried * np.exp(log[:, 0]) + (1.0 - tried) * np.exp(log[:, 1])).sum(axis=1)
    prior = np.log(tried[:, 0]) + np.log(1.0 - tried[:, 0])
    assert found == pytest.approx(tried[np.argmax(mixed + prior), 0], abs=2e-3)
