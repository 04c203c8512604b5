"""Points: what is run for each kind of design, their settings, and the design table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.experiment.design import ABOUT_POINTS, DESIGNS, Point, counted, design_table, points
from sim.experiment.hybrids import hybrids_of
from sim.experiment.load import load_experiment
from sim.experiment.plan import make_plan
from sim.files.problems import BadInput
from sim.settings import Experiment, Levers, Scenario, Sensitivity, parse_month
from sim.settings.editing import with_settings
from sim.study import _with_nothing_but
from tests.experiment.test_hybrids import NATIONS
from tests.shared.experiments import CURVES, SMALL, written
from tests.shared.scenarios import EXPERIMENTS
from tests.shared.structures import come_along, make_structures

# Every kind of design at once.
CLAIM = """
[claims.it]
says = "It is so."
test = "above"
scenario = "framework"
figure = 0.5

[claims.of_another]
says = "So is this."
test = "above"
scenario = "no_visits"
figure = 0.5
"""
EVERYTHING = (SMALL + CURVES + NATIONS + CLAIM).replace(
    "[sensitivity]\nseeds = 0\n\n[ideas]\nseeds = 0",
    '[ideas]\nseeds = 2\nscenarios = ["framework"]\n\n'
    '[sensitivity]\nseeds = 2\nscenarios = ["framework"]\n\n'
    '[structures]\nseeds = 2\nscenarios = ["framework"]\n\n'
    '[levers]\nseeds = 2\nscenarios = ["no_visits"]',
)
WORDS = {"title", "stands_for", "evidence", "assumptions", "programme"}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Experiment]:
    folder = tmp_path_factory.mktemp("design")
    with pytest.MonkeyPatch.context() as patch:
        come_along(patch, make_structures(folder / "structures"))
        yield load_experiment(written(folder, EVERYTHING))


@pytest.fixture
def scenario(everything: Experiment) -> Scenario:
    return everything.scenarios["framework"]


# ---------------------------------------------------------------- points


def test_every_experiment_that_comes_along_has_points_with_ids_of_their_own() -> None:
    for path in EXPERIMENTS:
        experiment = load_experiment(path)
        found = points(experiment)
        assert len({point.id for point in found}) == len(found)
        assert [point.id for point in found[: len(experiment.scenarios)]] == list(
            experiment.scenarios
        )
        for point in found:
            assert point.whole == (point.kind == "scenario")
            assert 1 <= point.seeds <= experiment.seeds.count
            assert point.title


def test_who_asks_for_one_kind_runs_nothing_else(everything: Experiment) -> None:
    """Pages of levers, and of what could be fixed, pay for no claim, idea or curve."""
    levers = _with_nothing_but(everything, levers=Levers(seeds=2))
    assert {point.kind for point in points(levers)} == {"scenario", "lever"}
    doubtful = _with_nothing_but(everything, sensitivity=Sensitivity(seeds=2))
    assert {point.kind for point in points(doubtful)} == {"scenario", "sensitivity"}


def test_two_points_of_one_id_are_a_mistake(
    everything: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = Point(id="framework", kind="twice", scenario="drawn", seeds=1)
    monkeypatch.setitem(DESIGNS, "twice", (lambda _: iter([twice]), "double"))
    with pytest.raises(ValueError, match="'framework'"):
        points(everything)


def test_kinds_are_counted_in_words() -> None:
    kinds = {"scenario": 2, "curve": 1, "hybrid": 1200, "sensitivity": 0}
    assert counted(kinds) == ["2 scenarios", "1 point of curves", "1,200 hybrids of scenarios"]


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_the_points_of_hybrids_are_the_hybrids(path: Path) -> None:
    experiment = load_experiment(path)
    for point in points(experiment):
        if point.kind != "hybrid":
            continue
        between = hybrids_of(experiment, point.design)
        made, wanted = point.settings(experiment), between.scenario(point.position)
        assert made.model_dump(exclude=WORDS) == wanted.model_dump(exclude=WORDS), point.id
        # Offers and teams have their luck in the order in which they stand.
        assert list(made.offers) == list(wanted.offers)
        assert list(made.push.teams) == list(wanted.push.teams)


def test_hybrids_of_nations_are_the_hybrids(everything: Experiment) -> None:
    between = hybrids_of(everything, "why")
    found = [point for point in points(everything) if point.kind == "hybrid"]
    assert len(found) == len(between) == 8
    for point in found:
        wanted = between.scenario(point.position)
        assert point.settings(everything).model_dump(exclude=WORDS) == wanted.model_dump(
            exclude=WORDS
        )


# ---------------------------------------------------------------- settings changed


def test_months_none_and_whole_tables_can_be_changed(scenario: Scenario) -> None:
    councils = {"nations": ["England"], "types": ["county"]}
    changed = with_settings(
        scenario,
        {
            "offers.main.opens": "2018-08",
            "push.review_months": None,
            "councils": councils,
            "behaviour.saving_weight": 3,
        },
    )
    assert changed.offers["main"].opens == parse_month("2018-08")
    assert changed.push.review_months is None
    assert changed.councils.model_dump(mode="json", exclude_unset=True) == councils
    assert changed.behaviour.saving_weight == 3.0
    assert changed.fixed_settings == [*scenario.fixed_settings, "behaviour.saving_weight"]
    back = with_settings(
        changed,
        {
            "offers.main.opens": scenario.model_dump(mode="json")["offers"]["main"]["opens"],
            "push.review_months": scenario.push.review_months,
            "councils": scenario.councils.model_dump(mode="json"),
            "behaviour.saving_weight": scenario.behaviour.saving_weight,
            "fixed_settings": scenario.fixed_settings,
        },
    )
    assert back == scenario


def test_whole_numbers_may_come_as_floats(scenario: Scenario) -> None:
    changed = with_settings(scenario, {"offers.main.migration_months": 9.0})
    assert changed.offers["main"].migration_months == 9
    assert isinstance(changed.offers["main"].migration_months, int)
    with pytest.raises(BadInput, match="migration_months"):
        with_settings(scenario, {"offers.main.migration_months": 9.5})


def test_the_two_measures_of_visits_replace_each_other(scenario: Scenario) -> None:
    yearly = with_settings(scenario, {"push.visits_per_council_per_year": 2.0}).push
    assert (yearly.visits_per_month, yearly.visits_per_council_per_year) == (None, 2.0)
    monthly = with_settings(scenario, {"push.visits_per_month": 8.0}).push
    assert (monthly.visits_per_month, monthly.visits_per_council_per_year) == (8.0, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"push.visits": 1.0},
        {"nowhere.at_all": 1.0},
        {"offers.main": 0.5},
        {"offers.main.opens": "some day"},
        {"offers.main.depth": 7.0},
        {"councils": {"nations": ["France"]}},
        {"events": [{"date": "2018-09", "change": 3}]},
    ],
    ids=str,
)
def test_changes_that_do_not_fit_are_told(scenario: Scenario, changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        with_settings(scenario, changes)
    assert "Traceback" not in str(caught.value)


# ---------------------------------------------------------------- the design table


def test_the_design_has_a_column_for_every_setting_that_varies(everything: Experiment) -> None:
    found = points(everything)
    assert {point.kind for point in found} == {
        "scenario", "curve", "hybrid", "sensitivity", "without", "structure",
        "structure_without", "other_network", "claim", "lever",
    }  # fmt: skip
    table = design_table(everything, found)
    varied = {setting for point in found for setting in point.changes}
    assert list(table.columns[: len(ABOUT_POINTS)]) == list(ABOUT_POINTS)
    assert set(table.columns[len(ABOUT_POINTS) :]) == varied
    assert len(table.columns) == len(ABOUT_POINTS) + len(varied)
    for name in ("kind", "design", "position", "scenario", "title"):
        assert table[name].tolist() == [getattr(point, name) for point in found]
    assert table["point"].tolist() == [point.id for point in found]


def test_the_design_says_what_each_point_runs_with(everything: Experiment) -> None:
    found = points(everything)
    table = design_table(everything, found)
    settings = table.columns[len(ABOUT_POINTS) :]
    structured = {name for name in settings if not pd.api.types.is_numeric_dtype(table[name])}
    assert {"councils", "offers.main.owner", "fixed_settings"} <= structured
    assert {"push.visits_per_month", "behaviour.reactance", "offers.main.depth"} & structured == (
        set()
    )
    for point, row in zip(found, table.to_dict("records"), strict=True):
        whole = point.settings(everything).model_dump(mode="json")
        for setting in settings:
            wanted: Any = whole
            for key in str(setting).split("."):
                wanted = wanted.get(key) if isinstance(wanted, dict) else None
            if wanted is None:
                assert pd.isna(row[setting]), (point.id, setting)
            elif setting in structured:
                assert json.loads(row[setting]) == wanted, (point.id, setting)
            else:
                assert row[setting] == wanted, (point.id, setting)


def test_the_design_of_one_kind_has_only_its_columns(everything: Experiment) -> None:
    scenarios = [point for point in points(everything) if point.kind == "scenario"]
    assert list(design_table(everything, scenarios).columns) == list(ABOUT_POINTS)
    assert design_table(everything, []).empty
    assert list(design_table(everything, []).columns) == list(ABOUT_POINTS)


def test_a_lever_in_another_measure_leaves_none_of_the_old(everything: Experiment) -> None:
    table = design_table(everything, points(everything)).set_index("point")
    yearly = table.loc[table["design"] == "push.visits_per_council_per_year"]
    assert yearly["push.visits_per_council_per_year"].tolist() == [0.0, 8.0]
    assert yearly["push.visits_per_month"].isna().all()
    assert table.at["framework", "push.visits_per_month"] == 6.0
    assert table["push.visits_per_council_per_year"].isna()["framework"]


def test_what_cannot_be_made_stands_in_the_design_as_it_was_asked_for(
    everything: Experiment,
) -> None:
    usual = points(everything)[0]
    wrong = [
        replace(usual, id="a", kind="odd", changes={"offers.main.depth": 7.0}),
        replace(usual, id="b", kind="odd", changes={"councils": {"nations": ["France"]}}),
    ]
    table = design_table(everything, [usual, *wrong]).set_index("point")
    assert table.at["a", "offers.main.depth"] == 7.0
    assert table.at["framework", "offers.main.depth"] == 0.25
    assert json.loads(str(table.at["b", "councils"])) == {"nations": ["France"]}


def test_councils_that_cannot_be_chosen_do_not_stop_the_plan(
    everything: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = replace(
        points(everything)[0], id="odd", kind="odd", changes={"councils": {"nations": ["France"]}}
    )
    monkeypatch.setattr("sim.experiment.plan.points", lambda _: [wrong])
    plan = make_plan(everything)
    assert plan.runs == tuple(("odd", seed) for seed in (1, 2, 3))
    assert plan.council_months["odd"] == 32 * 12
