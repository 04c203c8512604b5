"""Bridges to EMA workbench and SALib: the real packages get what a sweep gives."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pandas as pd
import pytest
from ema_workbench import Policy, SequentialEvaluator
from ema_workbench.em_framework.evaluators import BaseEvaluator
from ema_workbench.em_framework.parameters import (
    CategoricalParameter,
    IntegerParameter,
    RealParameter,
)

from sim.bridges.ema import SweepEvaluator, ema_model
from sim.bridges.salib import sweep_problem
from sim.experiment.load import load_experiment
from sim.files.problems import BadInput
from sim.runs.own_outcomes import Run
from sim.runs.sweep_points import point_runner
from sim.runs.sweeps import sweep
from tests.shared.folders import ROOT

FILE = ROOT / "experiments" / "sweeps" / "push_or_terms.toml"
FEW = {"sweep.push.replicates": 3, "sweep.terms.replicates": 2, "sweep.terms.size": 2}


def own_members(run: Run) -> float:
    return float(run.monthly("joined")[-1])


def same_points(points: pd.DataFrame) -> pd.DataFrame:
    """Means of outcomes of a sweep whose points are given as a table."""
    experiment = load_experiment(FILE, FEW)
    table = experiment.sweep["push"].model_copy(
        update={"design": "table", "levers": {}, "uncertainties": {}}
    )
    experiment = experiment.model_copy(update={"sweep": {"push": table}})
    runs = sweep(experiment, "push", points=points, out=None, workers=1).runs
    return runs.groupby("point").mean(numeric_only=True)


def as_said(months: pd.Series[int]) -> list[str]:
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in months]


def test_ema_workbench_gets_what_a_sweep_gives() -> None:
    model = ema_model(FILE, "push", workers=1, changes=FEW, outcomes={"own_members": own_members})
    kinds = {parameter.name: type(parameter) for parameter in model.levers}
    assert kinds["push.visits_per_month"] is RealParameter
    assert kinds["push.mandate.starts"] is IntegerParameter
    assert kinds["offers.main.owner"] is CategoricalParameter
    assert {"climate.severe_share", "offers.main.realised_ratio"} == {
        parameter.name for parameter in model.uncertainties
    }
    with SweepEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=3, policies=2)
    points = experiments[[*kinds, *(parameter.name for parameter in model.uncertainties)]].copy()
    points["push.mandate.starts"] = as_said(points["push.mandate.starts"].astype(int))
    points["offers.main.owner"] = points["offers.main.owner"].astype(str)
    expected = same_points(points)
    for name in ("joined_share_60m", "use_share_60m", "programme_cost_gbp_m"):
        np.testing.assert_allclose(outcomes[name], expected[name], rtol=1e-14)
    assert outcomes["own_members"].max() <= 32


@pytest.mark.parametrize("evaluator", [SequentialEvaluator, SweepEvaluator])
def test_policies_with_names_go_through_any_evaluator(evaluator: type[BaseEvaluator]) -> None:
    model = ema_model(FILE, "push", workers=1, changes=FEW)
    policies = [Policy(f"share {share}", **{"push.codesign": share}) for share in (0.0, 0.5)]
    with evaluator(model) as performing:
        experiments, outcomes = performing.perform_experiments(policies=policies)
    assert experiments["policy"].tolist() == ["share 0.0", "share 0.5"]
    expected = same_points(pd.DataFrame({"push.codesign": [0.0, 0.5]}))
    found = outcomes["joined_share_60m"]
    np.testing.assert_allclose(found, expected["joined_share_60m"], rtol=1e-14)


def test_salib_gets_what_a_sweep_gives() -> None:
    problem = sweep_problem(FILE, "terms", workers=1, changes=FEW)
    assert problem["names"] == list(load_experiment(FILE).sweep["terms"].varied)
    problem.sample_sobol(2, calc_second_order=False, seed=1).evaluate()
    ours = sweep(FILE, "terms", changes=FEW, out=None, workers=1)
    means = ours.runs.groupby("point")["joined_share_60m"].mean().to_numpy()
    np.testing.assert_allclose(
        problem.samples, ours.points[problem["names"]].to_numpy(), rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(problem.results, means, rtol=0, atol=1e-12)
    problem.analyze_sobol(calc_second_order=False, seed=1)
    assert set(problem.analysis) >= {"S1", "ST"}


def test_salib_samples_months_and_choices_too() -> None:
    problem = sweep_problem(FILE, "push", workers=1, changes=FEW)
    bounds = dict(zip(problem["names"], problem["bounds"], strict=True))
    assert bounds["push.mandate.starts"] == [2019 * 12, 2026 * 12]
    assert bounds["offers.main.owner"] == [0, 2]
    low, high = np.array(problem["bounds"]).T
    results = problem.set_samples(np.stack([low, high])).evaluate().results
    assert results.shape == (2, len(problem["outputs"]))
    assert np.isfinite(results).all()


def test_no_row_of_a_sample_is_left_out() -> None:
    changes = {**FEW, "sweep.terms.outcomes": ["joined_share_60m", "months_to_75pc"]}
    problem = sweep_problem(FILE, "terms", workers=1, changes=changes)
    with pytest.raises(BadInput, match="have no months_to_75pc"):
        problem.sample_sobol(2, calc_second_order=False, seed=1).evaluate()


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("psuh", {}, "meant:    push"),
        ("terms", {"sweep.terms.outcomes": ["opened"]}, "no numbers: opened"),
        ("push", {"sweep.push.levers": 3}, "table"),
    ],
)
def test_what_cannot_be_run_is_refused(name: str, changes: dict[str, object], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        point_runner(FILE, name, workers=1, changes=changes)


@pytest.mark.parametrize(
    ("bridge", "needed", "extra"),
    [
        ("ema", "ema_workbench.em_framework.evaluators", r"council-platform-sim\[ema\]"),
        ("salib", "SALib", r"council-platform-sim\[sweep\]"),
    ],
)
def test_a_package_that_is_missing_is_named(
    bridge: str, needed: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, f"sim.bridges.{bridge}")
    monkeypatch.setitem(sys.modules, needed, None)
    with pytest.raises(ModuleNotFoundError, match=extra):
        importlib.import_module(f"sim.bridges.{bridge}")


def test_a_point_beyond_what_a_setting_allows_is_refused() -> None:
    runner = point_runner(FILE, "push", workers=1, changes=FEW)
    with pytest.raises(BadInput, match=r"push\.codesign cannot have this value"):
        runner.means(pd.DataFrame({"push.codesign": [0.5, 2.0]}))
