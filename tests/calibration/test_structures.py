"""Rival structures: read, fitted alike, scored beside baselines, and published."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from sim.calibration import baselines, publish
from sim.calibration.calibrate import fingerprint
from sim.calibration.load import load_calibration
from sim.calibration.structures import fit_structures, publish_structures
from sim.experiment.parameters import load_draws
from sim.experiment.structures import INDEX, published
from sim.files.problems import BadInput
from tests.calibration.test_compared import written
from tests.shared.scenarios import FOLDER

STRUCTURES = """
[rules]
depth = ["behaviour.depth_risk"]
[structures.plain]
title = "Without the rule"
off = ["depth"]
[structures.alone]
title = "Nobody is followed"
[structures.alone.fixed]
"behaviour.peer_weight" = 0.0
[structures.steep]
title = "Followed from a threshold on"
[structures.steep.priors]
"behaviour.tie_threshold_share" = { low = 0.1, high = 0.5 }
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = written(tmp_path_factory.mktemp("structures"))
    priors = '"behaviour.depth_risk" = { low = 0.0, high = 5.0 }\n'
    text = path.read_text(encoding="utf-8").replace("[priors]\n", f"[priors]\n{priors}")
    path.write_text(text + STRUCTURES, encoding="utf-8")
    return path


def test_a_structure_has_its_own_parameters_and_constants_in_all_cases(path: Path) -> None:
    whole, plain, alone, steep = (
        load_calibration(path, structure=name) for name in (None, "plain", "alone", "steep")
    )
    assert set(whole.parameters) - set(plain.parameters) == {"behaviour.depth_risk"}
    assert set(steep.parameters) - set(whole.parameters) == {"behaviour.tie_threshold_share"}
    assert alone.parameters == whole.parameters
    for case in alone.experiments:
        assert alone.scenario(case).behaviour.peer_weight == 0.0
        assert whole.scenario(case).behaviour.peer_weight > 0.0
    assert len({fingerprint(each, 20) for each in (whole, plain, alone, steep)}) == 4
    # A rule left out by a structure is a rule left out.
    assert fingerprint(plain, 20) == fingerprint(load_calibration(path, off=["depth"]), 20)


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("plain", 'off = ["depth"]', 'off = ["deph"]', "no such rule"),
        ("alone", '"behaviour.peer_weight" = 0.0', '"behaviour.peer_wait" = 0.0', "peer_wait"),
        ("steep", '"behaviour.tie_threshold_share"', '"behaviour.tie_thr"', "no numeric setting"),
    ],
)
def test_mistakes_in_structures(
    path: Path, tmp_path: Path, name: str, old: str, new: str, words: str
) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        load_calibration(wrong, structure=name)


def test_an_unknown_structure_is_named_and_one_that_was_meant(path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_calibration(path, structure="alon")
    assert caught.value.problems[0].meant == "alone"


def test_one_structure_is_held_against_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="fewer than two"):
        fit_structures(written(tmp_path), out=tmp_path, workers=1)


@pytest.mark.slow
def test_structures_are_fitted_scored_and_published(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "ROUNDS", (200, 400))
    monkeypatch.setattr(baselines, "AGAIN", (400,))
    monkeypatch.setattr(publish, "DRAWS", 20)
    rivals = fit_structures(path, out=tmp_path, workers=1, refit=20)
    assert list(rivals.compared.crps)[:3] == ["plain", "alone", "steep"]
    assert rivals.compared.crps.notna().all(axis=None)
    data = tmp_path / "data"
    monkeypatch.setattr(
        "sim.calibration.structures.about_posterior", lambda: {"structure": "plain"}
    )
    publish_structures(rivals, data)
    index = json.loads((data / INDEX).read_text(encoding="utf-8"))
    stacked = pd.DataFrame(index["structures"]).set_index("name")
    assert stacked["weight_stacked"].sum() == pytest.approx(1.0, abs=0.002)
    assert stacked["crps"].to_dict() == pytest.approx(
        rivals.compared.crps[["plain", "alone", "steep"]].mean().to_dict(), abs=1e-4
    )
    crps = rivals.compared.crps
    away = crps["steep"] - crps["plain"]
    assert stacked.at["plain", "crps_more"] == 0.0
    assert stacked.at["steep", "crps_more"] == pytest.approx(away.mean(), abs=1e-4)
    error = away.std(ddof=1) / len(away) ** 0.5
    assert stacked.at["steep", "crps_more_error"] == pytest.approx(error, abs=1e-4)
    curves = pd.DataFrame(index["curves"]).set_index("name")["crps"]
    assert curves.to_dict() == pytest.approx(
        crps[["hazard", "Bass", "logit"]].mean().to_dict(), abs=1e-4
    )
    assert (load_draws("posterior", str(data / "alone")).of("behaviour.peer_weight") == 0.0).all()
    steep = load_draws("posterior", str(data / "steep")).of("behaviour.tie_threshold_share")
    assert ((steep >= 0.1) & (steep <= 0.5)).all()
    # Experiments find them where they were published, with the weights of the index.
    monkeypatch.setattr("sim.experiment.parameters.STRUCTURES", data)
    found = {one.name: (one.main, one.weight_stacked) for one in published()}
    assert list(found) == ["plain", "alone", "steep"]
    for name, weight in stacked["weight_stacked"].items():
        assert found[str(name)] == (name == "plain", weight)


def test_the_rivals_of_the_project_are_what_they_are_called() -> None:
    rules = FOLDER / "calibration.toml"
    batches = load_calibration(rules).file.batches.values()
    none = load_calibration(rules, off=[rule for batch in batches for rule in batch])
    assert load_calibration(rules, structure="today").parameters == none.parameters
    threshold = load_calibration(rules, structure="thresholds")
    new = load_calibration(rules, structure="new")
    assert set(threshold.parameters) - set(new.parameters) == {"behaviour.tie_threshold_share"}
    alone = load_calibration(rules, structure="alone")
    assert all(value in (0.0, 100.0) for value in alone.constant.values())
    assert not set(alone.constant) & set(alone.parameters)
