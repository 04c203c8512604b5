"""Rules left out of fits in batches, judged by cases left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.calibration import reduce
from sim.calibration.calibrate import STATE, calibrate, read_particles
from sim.calibration.left_out import left_out_table
from sim.calibration.load import load_calibration
from sim.calibration.plan import Source
from sim.calibration.reduce import Scored, reduce_rules, score
from sim.pages.rules_page import rules_part
from sim.present.markdown import markdown
from tests.shared.scenarios import FOLDER

HISTORY = (FOLDER / "history").as_posix()
TWO_CASES = f"""
title = "Two cases and two rules"
seed = 4
particles = 20
histories = 2
correlated = true
[cases]
verify = "{HISTORY}/verify.toml"
maturity = "{HISTORY}/held_out/digital_maturity.toml"
[rules]
depth = ["behaviour.depth_risk"]
effort = ["behaviour.effort_weight"]
[batches]
first = ["effort"]
second = ["depth"]
[priors]
"behaviour.abandon_depth_per_month" = {{ low = 0.05, high = 0.25 }}
"behaviour.depth_risk" = {{ low = 0.0, high = 5.0 }}
"behaviour.effort_weight" = {{ low = 0.0, high = 4.0 }}
[targets.left]
case = "verify"
pattern = 1
statistic = "recruits_left"
months = 10
figure = 0.474
low = 0.35
high = 0.60
label = "left"
[targets.maturity]
case = "maturity"
pattern = 2
statistic = "joined_share"
months = 36
figure = 0.594
low = 0.5
high = 0.7
at_least = true
label = "maturity"
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("rules") / "rules.toml"
    found.write_text(TWO_CASES, encoding="utf-8")
    return found


def scored(off: tuple[str, ...], **of_case: float) -> Scored:
    columns = {"case": list(of_case), "crps": list(of_case.values()), "shape": 0.1}
    return Scored(off, pd.DataFrame(columns))


def test_a_batch_stays_out_unless_cases_are_predicted_clearly_worse(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {
        (): scored((), verify=0.10, maturity=0.20),
        ("depth", "effort"): scored(("depth", "effort"), verify=0.3, maturity=0.3),
        # Once better, once worse: no difference.
        ("effort",): scored(("effort",), verify=0.09, maturity=0.22),
        # Worse than without the first batch, in both.
        ("effort", "depth"): scored(("effort", "depth"), verify=0.19, maturity=0.33),
    }
    monkeypatch.setattr(reduce, "score", lambda source, fit, *, refit: found[source.off])
    steps, scores = reduce_rules(path, workers=1)
    assert [step.stays for step in steps] == [None, None, False, True]
    assert [step.off for step in steps] == list(found)
    assert [step.difference for step in steps[1:]] == pytest.approx([0.15, 0.005, 0.105])
    assert steps[3].error == pytest.approx(0.005)
    assert scores.loc["maturity", "without second"] == 0.33
    text = markdown(rules_part(steps, scores))
    assert "| all rules | 0.150 | – | – |" in text
    assert "| without first | 0.155 | +0.005 (0.015) | the batch is left out |" in text
    assert "| without second | 0.260 | +0.105 (0.005) | the batch stays |" in text
    assert "| maturity | 0.200 | 0.300 | 0.220 | 0.330 |" in text
    assert "unsure" not in text


@pytest.mark.slow
def test_cases_are_left_out_of_real_fits_by_weights_or_anew(path: Path, tmp_path: Path) -> None:
    fitted: list[Source] = []

    def fit(source: Source, after: tuple[Path, int] | None = None) -> Path:
        fitted.append(source)
        return calibrate(
            source.path, out=tmp_path, workers=1, without=source.without, off=source.off
        )

    by_weights = score(Source(str(path), off=("effort",)), fit, refit=0)
    assert len(fitted) == 1
    assert by_weights.figures["figure"].tolist() == ["left", "maturity"]
    assert (by_weights.by_case >= 0.0).all()
    folder = fit(fitted[0])
    kept = pd.read_csv(folder / "left_out.csv")
    np.testing.assert_allclose(kept["crps"], by_weights.figures["crps"], rtol=1e-5)
    assert "behaviour.effort_weight" not in pd.read_csv(folder / "posterior.csv")
    # Left out of the fit itself, all its draws count alike.
    without = Source(str(path), 2, ("effort",))
    particles = read_particles(fit(without) / STATE)
    table = left_out_table(load_calibration(*without), particles, ["maturity"])
    assert table["shape"].isna().all()
    median = np.median(particles.statistics[..., 1])
    assert table["median"].tolist() == pytest.approx([median], abs=0.04)
