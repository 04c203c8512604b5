"""Recipes: each goes into a new file, is valid, runs, and does what it says."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from sim.experiment.load import load_experiment
from sim.experiment.recipes import chosen_recipes, recipe, template_with
from sim.files.problems import BadInput
from sim.files.shipped import RECIPES
from sim.model.areas import areas
from sim.runs.results import Results
from sim.study import simulate
from tests.shared.listening import Recorder


def written(folder: Path, *names: str) -> Path:
    path = folder / "tried.toml"
    path.write_text(template_with("tried", chosen_recipes(names)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """All recipes in one file, in a few futures."""
    path = written(tmp_path_factory.mktemp("recipes"), *RECIPES)
    return simulate(
        path,
        seeds=8,
        workers=1,
        out=None,
        changes=["sensitivity.seeds=0", "ideas.seeds=0"],
        progress=Recorder(),
    )


def joined(results: Results, scenario: str, offer: str = "platform") -> pd.DataFrame:
    table = results.joined
    return table[(table["point"] == scenario) & (table["offer"] == offer)]


def test_recipes_are_the_files() -> None:
    folder = files("sim") / "data" / "recipes"
    assert {entry.name for entry in folder.iterdir()} == {f"{name}.toml" for name in RECIPES}


@pytest.mark.parametrize("name", RECIPES)
def test_each_recipe_is_one_scenario_that_says_what_it_is(name: str, tmp_path: Path) -> None:
    one = recipe(name)
    table = tomllib.loads(one.text)
    assert list(table) == ["scenarios"]
    assert list(table["scenarios"]) == [name]
    own = table["scenarios"][name]
    assert own["title"]
    assert own["stands_for"].endswith(".")
    assert one.about.endswith(".")
    assert len(one.text.splitlines()) <= 20
    assert max(map(len, one.text.splitlines())) <= 100
    experiment = load_experiment(written(tmp_path, name))
    assert list(experiment.scenarios) == ["as_planned", "half_paid", name]


def test_all_recipes_run_together(results: Results) -> None:
    assert results.failed.empty
    assert set(RECIPES) < set(results.runs["point"])


def test_each_recipe_changes_what_happens_or_may_happen(results: Results) -> None:
    plain = joined(results, "as_planned").drop(columns="point").reset_index(drop=True)
    # The review of a programme that does well cancels nothing.
    for name in set(RECIPES) - {"review"}:
        other = joined(results, name).drop(columns="point").reset_index(drop=True)
        assert not other.equals(plain), name


def test_recipes_do_what_they_say(results: Results) -> None:
    region = set(areas()["Glasgow City Region"])
    pilot = joined(results, "pilot").dropna(subset="joined")
    early = pilot[pilot["joined"].astype(str) < "2020-05"]
    assert set(early["gss_code"]) <= region
    assert set(pilot["gss_code"]) > region & set(early["gss_code"])
    assert set(pilot["gss_code"]) - region
    assert set(joined(results, "some_councils")["gss_code"]) == set(
        areas()["Councils with inhabited islands"]
    )
    assert joined(results, "late")["joined"].dropna().astype(str).min() >= "2020-05"
    assert len(joined(results, "second_offer", "light_service").dropna(subset="joined"))
    share = results.runs.groupby("point")["joined_share_end"].mean()
    assert share["duty"] > share["as_planned"]
    budget = results.runs[results.runs["point"] == "shared_budget"]
    assert budget["visits"].sum() < budget["visits_planned"].sum()
    after = results.series[results.series["month"].astype(str) >= "2020-05"]
    calls = after.groupby("point", observed=True)["visits"].sum()
    assert calls["months"] == 0 < calls["as_planned"]


def test_a_recipe_is_put_in_once_and_its_name_is_checked() -> None:
    assert [one.name for one in chosen_recipes(["duty", "pilot", "duty"])] == ["duty", "pilot"]
    with pytest.raises(BadInput) as caught:
        chosen_recipes(["duty", "Second-Offer", "piolt"])
    assert [problem.meant for problem in caught.value.problems] == ["second_offer", "pilot"]
    assert all("some_councils" in problem.allowed for problem in caught.value.problems)
