"""Which engine runs a job: one place decides, a person can overrule it, and it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from sim.experiment.load import load_experiment
from sim.experiment.plan import (
    COMPILE_SECONDS,
    Plan,
    choose_engine,
    describe,
    make_plan,
    with_seeds,
)
from sim.model.run import Wanted
from sim.study import simulate
from tests.shared.experiments import SMALL, written
from tests.shared.scenarios import FOLDER


def plan_of(folder: Path, seeds: int) -> Plan:
    return make_plan(with_seeds(load_experiment(written(folder)), seeds))


def test_a_small_job_waits_for_no_compiler(tmp_path: Path) -> None:
    small, large = plan_of(tmp_path, 2), plan_of(tmp_path, 5000)
    assert choose_engine(small, "auto", compiled=False) == "mesa"
    assert choose_engine(large, "auto", compiled=False) == "compiled"
    assert choose_engine(small, "auto", compiled=True) == "compiled"
    assert choose_engine(small.without(set(small.runs)), "auto", compiled=False) == "compiled"


@pytest.mark.parametrize("wanted", ["compiled", "mesa"])
def test_a_person_can_overrule_the_choice(wanted: Wanted, tmp_path: Path) -> None:
    for seeds in (2, 5000):
        for compiled in (True, False):
            assert choose_engine(plan_of(tmp_path, seeds), wanted, compiled=compiled) == wanted


def test_the_first_look_is_small_and_the_main_experiment_is_not() -> None:
    for name, engine in (("quickstart", "mesa"), ("gaap_vs_scotland", "compiled")):
        plan = make_plan(load_experiment(FOLDER / f"{name}.toml"))
        assert choose_engine(plan, "auto", compiled=False) == engine, name


def test_compiling_counts_in_what_is_announced(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, 40)
    assert plan.seconds(1, "compiled") < COMPILE_SECONDS
    assert "compiling the model included" in describe(plan, 1, "compiled", compiling=True)
    assert "compiling" not in describe(plan, 1, "compiled")


def test_the_choice_is_told_and_changes_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, SMALL)
    usual = simulate(path, seeds=1, workers=2, engine="compiled", out=None)
    monkeypatch.setattr("sim.study.is_compiled", lambda: False)
    said: list[str] = []
    found = simulate(path, seeds=1, workers=2, out=None, say=said.append)
    assert any("not compiled here yet" in line for line in said)
    assert not any("Compiling" in line for line in said)
    assert_frame_equal(found.runs, usual.runs, check_exact=True)
