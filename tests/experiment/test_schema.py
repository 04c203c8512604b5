"""The experiments that come with the project, and the schema by which editors check them."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sim.experiment.load import load_experiment
from sim.experiment.plan import make_plan
from sim.experiment.write import SCHEMA_LINE, experiment_schema, template
from tests.shared.scenarios import EXPERIMENTS, FOLDER

SCHEMA = FOLDER / "experiment.schema.json"
NAMES = [path.name for path in EXPERIMENTS]


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_there_are_experiments() -> None:
    assert {"gaap_vs_scotland.toml", "quickstart.toml"} <= set(NAMES)


def test_the_schema_is_current() -> None:
    written = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert written == experiment_schema(), "write it anew: python run.py schema"


def test_the_schema_ends_lines_as_git_keeps_them() -> None:
    raw = SCHEMA.read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"}\n")


@pytest.mark.parametrize("path", EXPERIMENTS, ids=NAMES)
def test_each_experiment_names_the_schema_and_loads(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    mark, _, schema = text.splitlines()[0].partition(" ")
    assert mark == "#:schema"
    assert (path.parent / schema).resolve() == SCHEMA
    assert make_plan(load_experiment(path)).runs


@pytest.mark.parametrize("path", EXPERIMENTS, ids=NAMES)
def test_each_scenario_says_what_it_stands_for(path: Path) -> None:
    experiment = load_experiment(path)
    assert experiment.question.strip().endswith("?")
    for name, scenario in experiment.scenarios.items():
        own = read(path)["scenarios"][name]
        assert len(own["stands_for"].split()) >= 5, f"{name} does not say what it stands for"
        assert scenario.stands_for == own["stands_for"]
        assert own["title"].strip() == own["title"] != ""
    titles = [scenario.title for scenario in experiment.scenarios.values()]
    texts = [scenario.stands_for for scenario in experiment.scenarios.values()]
    assert len(set(titles)) == len(titles), "two scenarios of one title"
    assert len(set(texts)) == len(texts), "two scenarios that stand for the same"


@pytest.mark.parametrize("path", EXPERIMENTS, ids=NAMES)
def test_each_scenario_on_offer_tells_evidence_from_assumption(path: Path) -> None:
    for name, scenario in load_experiment(path).scenarios.items():
        if scenario.offers:
            assert scenario.evidence, name
            assert scenario.assumptions, name


def test_each_curve_has_an_axis_in_words() -> None:
    curves = [curve for path in EXPERIMENTS for curve in load_experiment(path).curves.values()]
    assert curves
    for curve in curves:
        assert curve.title
        assert curve.label
        assert curve.values == sorted(curve.values)


# ---------------------------------------------------------------- as an editor checks


@cache
def validator() -> Any:
    """A JSON Schema validator, the schema checked."""
    jsonschema = pytest.importorskip("jsonschema", reason="it comes with the dev extras")
    jsonschema.Draft202012Validator.check_schema(experiment_schema())
    return jsonschema.Draft202012Validator(experiment_schema())


def wrong(content: dict[str, Any]) -> list[str]:
    """Messages of a JSON Schema validator."""
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(content)]


@pytest.mark.parametrize("path", EXPERIMENTS, ids=NAMES)
def test_an_editor_finds_nothing_wrong_with_the_experiments(path: Path) -> None:
    assert wrong(read(path)) == []


def test_an_editor_finds_nothing_wrong_with_the_template() -> None:
    assert template("a_question").splitlines()[0] == SCHEMA_LINE
    assert wrong(tomllib.loads(template("a_question"))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"title": 3},
        {"tittle": "x"},
        {"seeds": {"count": 0}},
        {"horizon": {"starts": "2018-13", "ends": "2019-01"}},
        {"scenarios": {}},
        {"scenarios": {"Bad Name": {}}},
        {"scenarios": {"a": {"push": {"codesign": 1.5}}}},
        {"scenarios": {"a": {"offers": {"main": {"owner": "nobody"}}}}},
        {"scenarios": {"a": {"behaviour": {"temprature": 1.0}}}},
        {"behaviour": {"temperature": "hot"}},
        {"curves": {"c": {"setting": "push.codesign", "values": [1.0], "scenarios": ["a"]}}},
    ],
    ids=str,
)
def test_an_editor_marks_what_is_wrong(change: dict[str, Any]) -> None:
    content = {**read(FOLDER / "quickstart.toml"), **change}
    assert wrong(content)
