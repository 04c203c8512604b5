"""Experiments found by name, and what a reader is told to type."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sim.experiment.load import load_experiment
from sim.files import shipped as module
from sim.files.problems import BadInput
from sim.files.shipped import (
    CALIBRATION,
    COMMAND,
    SCHEMA,
    experiments_folder,
    found_file,
    program,
    shipped,
)
from tests.shared.folders import ROOT
from tests.shared.scenarios import CALIBRATIONS, EXPERIMENTS, FOLDER


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(named: str, *, calibration: bool = False) -> tuple[str, str, str]:
    with pytest.raises(BadInput) as caught:
        found_file(named, calibration=calibration)
    (found,) = caught.value.problems
    return found.problem, found.allowed, found.meant


def test_every_experiment_of_the_checkout_comes_along() -> None:
    assert set(shipped().values()) == {*EXPERIMENTS, *CALIBRATIONS}
    assert (experiments_folder() / SCHEMA).is_file()
    for name, path in shipped().items():
        assert found_file(name) == found_file(f"{name}.toml") == path
    assert {"quickstart", "history/notify", "history/held_out/seemis"} <= shipped().keys()


def test_an_experiment_that_comes_along_is_loaded_by_name() -> None:
    named, by_path = load_experiment("quickstart"), load_experiment(FOLDER / "quickstart.toml")
    assert named == by_path


def test_a_file_on_disk_wins_with_or_without_its_ending() -> None:
    for name in ("quickstart", "history/notify", "mine"):
        path = Path(f"{name}.toml")
        path.parent.mkdir(exist_ok=True)
        path.touch()
        assert found_file(name) == found_file(path) == path
    Path("mine").touch()
    assert found_file("mine") == Path("mine")


def test_a_folder_hides_no_experiment_and_is_told_where_there_is_none() -> None:
    Path("quickstart").mkdir()
    assert found_file("quickstart") == FOLDER / "quickstart.toml"
    Path("mine").mkdir()
    with pytest.raises(BadInput, match="this is a folder"):
        load_experiment("mine")


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("quikstart", "quickstart"),
        ("quikstart.toml", "quickstart"),
        ("Notify", "history/notify"),
        ("history/notfy", "history/notify"),
        ("held_out/seemis", "history/held_out/seemis"),
        ("my_questoin", "my_question.toml"),
        ("nothing_like_it", ""),
    ],
)
def test_an_unknown_name_is_answered_with_what_was_meant(wanted: str, meant: str) -> None:
    Path("my_question.toml").touch()
    problem, allowed, found = told(wanted)
    assert problem == "there is no such file"
    assert found == meant
    assert "quickstart, " in allowed
    assert "history/notify" in allowed
    assert CALIBRATION not in allowed


def test_calibrations_are_named_where_one_is_wanted() -> None:
    _, allowed, meant = told("calibrasion", calibration=True)
    assert allowed.endswith(": calibration")
    assert meant == CALIBRATION
    assert found_file(CALIBRATION, calibration=True) == FOLDER / "calibration.toml"


@pytest.mark.parametrize("name", ["../quickstart", "..", "", ".", "/", "a\0b", "x" * 5000])
def test_what_is_no_name_leads_to_none_of_what_comes_along(name: str) -> None:
    with pytest.raises(BadInput):
        load_experiment(name)


def test_readers_are_told_to_type_what_they_can(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", [str(ROOT / "run.py")])
    assert program() == "python run.py"
    for started in (f"/some/where/{COMMAND}", f"{COMMAND}.exe"):
        monkeypatch.setattr(sys, "argv", [started])
        assert program() == COMMAND
    monkeypatch.setattr(sys, "argv", ["a_notebook"])
    assert program() == "python run.py"
    monkeypatch.setattr(module, "PACKAGE", tmp_path / "site-packages" / "sim")
    assert program() == COMMAND
