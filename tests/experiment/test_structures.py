"""Scenarios under rival structures: which are run, with whose draws, and what stays as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from sim.experiment.design import STRUCTURE, Point, points
from sim.experiment.load import load_experiment
from sim.experiment.parameters import DATA, draws_for, fit_folder
from sim.experiment.plan import make_plan
from sim.experiment.size import shares
from sim.experiment.structures import published
from sim.files.problems import BadInput
from sim.runs.fingerprint import settings_hash
from sim.runs.history import history
from sim.runs.results import Results
from sim.settings import Experiment
from sim.study import simulate
from tests.shared.experiments import ONE_SCENARIO, SMALL, written
from tests.shared.structures import LEFT_OUT, come_along, list_structures, make_structures

ASKED = '[structures]\nseeds = 4\nscenarios = ["framework"]\n\n[ideas]'
TEXT = ONE_SCENARIO.replace("[ideas]", ASKED).replace("count = 3", "count = 6")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_structures(tmp_path_factory.mktemp("structures") / "all")


@pytest.fixture(scope="module", autouse=True)
def here(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        come_along(patch, folder)
        yield patch


def load(folder: Path, *changes: tuple[str, str], text: str = TEXT) -> Experiment:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_experiment(written(folder, text))


def under(experiment: Experiment) -> list[Point]:
    return [point for point in points(experiment) if point.kind == STRUCTURE]


# ---------------------------------------------------------------- what is run


def test_each_other_structure_has_a_point_of_each_scenario(tmp_path: Path) -> None:
    experiment = load(tmp_path)
    found = under(experiment)
    assert [(point.design, point.scenario) for point in found] == [
        ("today", "framework"),
        ("alone", "framework"),
    ]
    for point in found:
        assert point.seeds == 4
        assert not point.changes
        assert point.parameters(experiment).fit == f"structure:{point.design}"
    assert found[0].title == "Common procurement: As before"
    counted = [(share.points, share.seeds) for share in shares(experiment)]
    assert counted == [(1, 6), (2, 4)]


def test_by_default_they_are_the_scenarios_of_the_sensitivity(tmp_path: Path) -> None:
    text = SMALL.replace("[sensitivity]\nseeds = 0", "[sensitivity]\nseeds = 2")
    found = under(load(tmp_path, text=text))
    assert {point.scenario for point in found} == {"framework", "no_visits", "drawn"}
    # Never more seeds than were asked for in all.
    assert {point.seeds for point in found} == {3}
    assert under(load(tmp_path, text=SMALL)) == []


@pytest.mark.parametrize(
    "change",
    [
        ("seeds = 4", "seeds = 0"),
        ("[structures]", '[parameters]\nsource = "prior"\n\n[structures]'),
        ("[structures]", '[parameters]\nsource = "point"\n\n[structures]'),
        ("[structures]", '[parameters]\nfit = "ours"\n\n[structures]'),
    ],
    ids=["not asked for", "prior", "point", "a fit of one's own"],
)
def test_nothing_is_run_where_there_are_no_rivals(
    change: tuple[str, str], tmp_path: Path, folder: Path
) -> None:
    shutil.copytree(folder / "alone", tmp_path / "ours")
    assert under(load(tmp_path, change)) == []


def test_all_works_while_some_or_all_are_missing(tmp_path: Path, here: pytest.MonkeyPatch) -> None:
    experiment = load(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        come_along(patch, tmp_path / "nowhere")
        assert published() == ()
        assert under(experiment) == []
        few = make_structures(tmp_path / "few")
        shutil.rmtree(few / "today")
        come_along(patch, few)
        assert [one.name for one in published()] == ["new", "alone"]
        assert [point.design for point in under(experiment)] == ["alone"]
        # Of which one the draws are that experiments have, the list must say.
        list_structures(few, ["alone"])
        assert under(experiment) == []


def test_one_seed_and_unknown_scenarios_are_refused(tmp_path: Path) -> None:
    for old, new, told in (
        ("seeds = 4", "seeds = 1", "one seed cannot tell"),
        ('["framework"]', '["framewurk"]', "no scenario of this name"),
    ):
        with pytest.raises(BadInput, match=told):
            load(tmp_path, (old, new))


def test_a_scenario_that_is_not_chosen_is_not_run_under_others(tmp_path: Path) -> None:
    plan = make_plan(load(tmp_path, text=SMALL.replace("[ideas]", ASKED)), ["no_visits"])
    assert list(plan.points) == ["no_visits"]


# ---------------------------------------------------------------- what they are run with


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, here: pytest.MonkeyPatch) -> Results:
    path = written(tmp_path_factory.mktemp("run"), TEXT)
    return simulate(path, workers=1, out=None, engine="compiled")


def test_a_structure_gives_what_its_fit_gives(
    results: Results, folder: Path, tmp_path: Path
) -> None:
    """Draws, and what it leaves at the default or fixes, though all share a world."""
    for name in ("today", "alone"):
        named = f'[parameters]\nfit = "structure:{name}"\n\n[structures]'
        alone = load(tmp_path / name, ("[structures]", named), ("count = 6", "count = 4"))
        # Kept as it is written, and so found wherever the package is.
        assert alone.parameters.fit == f"structure:{name}"
        assert fit_folder(alone.parameters.fit) == folder / name
        wanted = simulate(alone, workers=1, out=None, engine="compiled").of("scenario")
        found = results.of(STRUCTURE)
        found = found[found["design"] == name].reset_index(drop=True)
        both = [column for column in wanted.columns if column in found and column != "point"]
        assert {"seed", "draw", "joined_share_12m", "passed"} <= set(both)
        assert_frame_equal(found[both], wanted[both].reset_index(drop=True), check_exact=True)


def test_the_main_structure_is_the_fit_that_experiments_have_anyway(tmp_path: Path) -> None:
    named = load(tmp_path, ("[structures]", '[parameters]\nfit = "structure:new"\n\n[structures]'))
    assert named == load(tmp_path)
    assert len(under(named)) == 2


def test_all_structures_that_come_along_can_be_named(
    here: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        come_along(patch, DATA / "structures")
        names = [one.name for one in published()]
        assert len(names) == 5
        for name in names:
            named = f'[parameters]\nfit = "structure:{name}"\n\n[structures]'
            experiment = load(tmp_path, ("[structures]", named))
            assert len(draws_for(experiment.parameters).values) == 500


def test_a_structure_that_did_not_come_along_is_told_with_those_that_did(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as told:
        load(tmp_path, ("[structures]", '[parameters]\nfit = "structure:toady"\n\n[structures]'))
    (problem,) = told.value.problems
    assert problem.key == "parameters.fit"
    assert problem.line == TEXT.splitlines().index("[structures]") + 2
    assert '"structure:today"' in problem.allowed
    assert problem.meant == '"structure:today"'


def test_scenarios_are_the_same_to_the_bit_without_them(results: Results, tmp_path: Path) -> None:
    without = load(tmp_path, ("seeds = 4", "seeds = 0"))
    usual = simulate(without, workers=1, out=None, engine="compiled")
    mine = results.runs[results.runs["point"] == "framework"].reset_index(drop=True)
    assert_frame_equal(mine, usual.runs, check_exact=True)
    for name in ("series", "groups", "joined"):
        assert_frame_equal(getattr(results, name), getattr(usual, name), check_exact=True)


def test_both_engines_agree(results: Results, tmp_path: Path) -> None:
    mesa = simulate(load(tmp_path, ("count = 6", "count = 2")), workers=1, out=None, engine="mesa")
    some = results.runs[results.runs["seed"] <= 2].reset_index(drop=True)
    assert_frame_equal(mesa.runs, some, check_exact=True)


def test_a_run_can_be_looked_at_again(results: Results) -> None:
    found = history(results.experiment, "structure/alone/framework", seed=3)
    last = found[found["month"] == found["month"].max()]
    joined = last["status"].isin(["member", "migrating"]).mean()
    runs = results.runs[results.runs["seed"] == 3].set_index("point")
    assert np.isclose(joined, runs["joined_share_end"]["structure/alone/framework"])


def test_the_fingerprint_knows_the_draws_of_structures(tmp_path: Path, folder: Path) -> None:
    experiment = load(tmp_path)
    usual = settings_hash(experiment)
    with pytest.MonkeyPatch.context() as patch:
        moved = Path(shutil.copytree(folder, tmp_path / "moved"))
        come_along(patch, moved)
        assert settings_hash(experiment) == usual
        draws = moved / "today" / "posterior.csv"
        lines = draws.read_text(encoding="utf-8").splitlines(keepends=True)
        draws.write_text("".join([lines[0], *lines[:0:-1]]), encoding="utf-8")
        assert settings_hash(experiment) != usual
    assert LEFT_OUT not in lines[0]
