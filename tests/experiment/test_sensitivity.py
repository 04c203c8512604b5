"""What evidence does not pin down: which settings, between which ends, and what they change."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analysis.findings import find
from sim.analysis.sensitivity import (
    CLEAR,
    PRIOR_DRIVEN,
    prior_driven,
    sensitivity_table,
    variance_table,
)
from sim.experiment.load import load_experiment
from sim.experiment.parameters import about_posterior, load_draws
from sim.experiment.plan import make_plan
from sim.experiment.sensitivity import ends, examined
from sim.files.problems import BadInput
from sim.present.markdown import markdown
from sim.present.report.facts import Facts
from sim.present.report.report import report
from sim.runs.results import Results, load_results
from sim.settings import Experiment, Sensitivity
from sim.settings.editing import with_setting
from sim.study import simulate
from tests.shared.experiments import SMALL, written
from tests.shared.folders import ROOT
from tests.shared.scenarios import EXPERIMENTS

HEADLINE = "joined_share_12m"
# Two scenarios that differ in visits only, with what is in doubt examined.
PAIR = SMALL[: SMALL.index("[scenarios.drawn]")].replace(
    "[sensitivity]\nseeds = 0", '[sensitivity]\nseeds = 4\nscenarios = ["framework", "no_visits"]'
)


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return load_experiment(written(tmp_path_factory.mktemp("sensitivity"), PAIR))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    path = written(tmp_path_factory.mktemp("sensitivity"), PAIR)
    return simulate(path, seeds=4, workers=2, out=None)


# ---------------------------------------------------------------- which settings


def test_what_the_fit_informed_is_not_in_doubt(experiment: Experiment) -> None:
    found = ends(experiment.scenarios["framework"])
    fitted = about_posterior()["settings"]
    for name in load_draws("posterior").names:
        assert (name in found) == (fitted[name]["learned"] != "informed"), name
    # Reactance was never fitted, and its prior is 0 to 5.
    assert found["behaviour.reactance"] == (0.0, 5.0)
    # Assumed figures of the offer and the push, around what the file says.
    assert found["offers.main.depth"] == pytest.approx((0.15, 0.35))
    assert found["push.visits_per_month"] == (3.0, 12.0)


@pytest.mark.slow
def test_ends_are_allowed_and_lie_around_what_the_file_says(experiment: Experiment) -> None:
    for path in EXPERIMENTS:
        for scenario in load_experiment(path).scenarios.values():
            for setting, (low, high) in ends(scenario).items():
                assert low < high, setting
                for end in (low, high):
                    with_setting(scenario, setting, end)
                if setting.startswith(("offers.", "push.")):
                    part: object = scenario
                    for key in setting.split("."):
                        part = part[key] if isinstance(part, dict) else getattr(part, key)
                    assert isinstance(part, float | int)
                    assert low <= part <= high, setting


def test_what_the_file_sets_for_itself_is_not_in_doubt(tmp_path: Path) -> None:
    own = PAIR.replace(
        "[sensitivity]", "[behaviour]\nreactance = 2.0\nsaving_weight = 8.0\n\n[sensitivity]"
    )
    found = ends(load_experiment(written(tmp_path, own)).scenarios["framework"])
    assert "behaviour.reactance" not in found
    assert "behaviour.saving_weight" not in found
    others = ends(load_experiment(written(tmp_path, PAIR)).scenarios["framework"])
    assert set(others) - set(found) >= {"behaviour.reactance"}
    assert set(found) <= set(others)


def test_the_base_and_its_readings_are_examined_unless_the_file_chooses(tmp_path: Path) -> None:
    main = load_experiment(ROOT / "experiments" / "gaap_vs_scotland.toml")
    chosen = ["gaap", "scotland_framework", "scotland_infrastructure"]
    assert examined(main) == chosen
    usual = main.model_copy(update={"sensitivity": Sensitivity()})
    assert {main.base_scenario, *main.together[0]} <= set(examined(usual))
    assert len(examined(usual)) == 4
    assert examined(main.model_copy(update={"sensitivity": Sensitivity(seeds=0)})) == []


def test_wrong_settings_of_doubt_are_told(tmp_path: Path) -> None:
    for wrong, words in (
        (PAIR.replace('"no_visits"]', '"no_vists"]'), ("no_vists", "no_visits")),
        (PAIR.replace("seeds = 4", "seeds = 1"), ("one seed", "at least 2")),
    ):
        with pytest.raises(BadInput) as caught:
            load_experiment(written(tmp_path, wrong))
        assert all(word in str(caught.value) for word in words)


def test_ends_take_no_more_seeds_than_the_experiment(experiment: Experiment) -> None:
    few = experiment.model_copy(update={"seeds": experiment.seeds.model_copy(update={"count": 2})})
    plan = make_plan(few)
    runs = [(point, seed) for point, seed in plan.runs if plan.points[point].kind == "sensitivity"]
    assert {seed for _, seed in runs} == {1, 2}
    tried = sum(len(ends(few.scenarios[name])) for name in examined(few))
    assert len({point for point, _ in runs}) == 2 * tried


# ---------------------------------------------------------------- what they change


@pytest.mark.parametrize("setting", ["behaviour.reactance", "offers.main.depth", "push.codesign"])
def test_an_end_is_a_run_with_the_setting_there(results: Results, setting: str) -> None:
    of = results.experiment
    table = sensitivity_table(results)
    row = table[
        (table["scenario"] == "framework") & (table["versus"] == "") & (table["setting"] == setting)
    ].iloc[0]
    outcome = row["outcome"]
    usual = results.of("scenario")
    usual = usual[usual["scenario"] == "framework"]
    for end, column in (("low_end", "at_low"), ("high_end", "at_high")):
        scenario = with_setting(of.scenarios["framework"], setting, row[end])
        alone = of.model_copy(
            update={"scenarios": {"framework": scenario}, "sensitivity": Sensitivity(seeds=0)}
        )
        runs = simulate(alone, seeds=4, workers=1, out=None).runs
        moved = float(runs[outcome].mean()) - float(usual[outcome].mean())
        assert row[column] == pytest.approx(moved, abs=1e-12)
    assert row["change"] == pytest.approx(row["at_high"] - row["at_low"], abs=1e-12)
    assert row["seeds"] == 4


def test_differences_move_with_settings_that_both_share(results: Results) -> None:
    table = sensitivity_table(results)
    own = {(row.scenario, row.setting): row for row in table[table["versus"] == ""].itertuples()}
    between = table[table["versus"] != ""]
    assert set(between["versus"]) == {"framework"}
    assert not between["setting"].str.startswith(("offers.", "push.")).any()
    for row in between.itertuples():
        one, other = (own[name, row.setting] for name in ("no_visits", "framework"))
        for end in ("at_low", "at_high"):
            gap = getattr(one, end) - getattr(other, end)
            assert getattr(row, end) == pytest.approx(gap, abs=1e-12)
    usual = results.of("scenario").groupby("scenario")[HEADLINE].mean()
    whole = usual["no_visits"] - usual["framework"]
    for row in between.itertuples():
        least, most = sorted(whole + end for end in (row.at_low, row.at_high))
        assert row.turns == (least < -CLEAR and most > CLEAR)
    assert not table.loc[table["versus"] == "", "turns"].any()


def test_the_largest_change_comes_first(results: Results) -> None:
    for _, rows in sensitivity_table(results).groupby(["scenario", "versus"], sort=False):
        assert rows["change"].abs().is_monotonic_decreasing


def row_of(change: float, turns: bool = False, versus: str = "") -> dict[str, object]:
    return {
        "scenario": "a",
        "versus": versus,
        "setting": "behaviour.x",
        "change": change,
        "turns": turns,
    }


@pytest.mark.parametrize(
    ("rows", "versus", "count"),
    [
        ([row_of(0.11), row_of(-0.12), row_of(0.09)], "", 2),
        ([row_of(0.05)], "", 0),
        ([row_of(0.05, True, "b")], "b", 1),  # the difference turns round
        ([row_of(0.015, False, "b")], "b", 0),
        ([row_of(0.11)], "b", 0),
    ],
)
def test_a_finding_is_prior_driven_by_what_moves_it_or_turns_it(
    rows: list[dict[str, object]], versus: str, count: int
) -> None:
    assert PRIOR_DRIVEN == 0.10
    assert len(prior_driven(pd.DataFrame(rows), "a", versus)) == count


def test_variance_is_told_for_every_scenario(results: Results) -> None:
    table = variance_table(results)
    assert table["scenario"].tolist() == ["framework", "no_visits"]
    assert (table["draws"] == 2).all()
    assert (table["seeds"] == 4).all()


# ---------------------------------------------------------------- what readers get


@pytest.fixture
def page(results: Results) -> Callable[[Results], str]:
    def write(found: Results) -> str:
        facts = Facts(found.experiment, find(found))
        return markdown(report(facts, [], "command"), facts.findings)

    return write


def test_the_report_tells_what_the_answer_is_sensitive_to(
    results: Results, page: Callable[[Results], str]
) -> None:
    text = page(results)
    section = text.split("## How sure this is")[1].split("\n## ")[0]
    table = sensitivity_table(results)
    most = table[(table["scenario"] == "framework") & (table["versus"] == "")].iloc[0]
    assert f"`{most['setting']}`" in section
    assert "draws from the fit to dated cases" in section
    assert "too few draws" in section  # two draws
    marked = bool(prior_driven(table, "framework"))
    answer = text.split("## The answer")[1].split("\n## ")[0]
    assert (
        re.search("can( each)? move .* under “Common procurement”", answer) is not None
    ) == marked


def test_a_report_says_that_doubt_was_left_out(
    tmp_path: Path, page: Callable[[Results], str]
) -> None:
    text = PAIR.replace("seeds = 4", "seeds = 0").replace(
        "[sensitivity]", '[parameters]\nsource = "point"\n\n[sensitivity]'
    )
    found = simulate(written(tmp_path, text), seeds=2, workers=1, out=None)
    assert found.of("sensitivity").empty
    section = page(found).split("## How sure this is")[1].split("\n## ")[0]
    assert "was not examined" in section
    assert "Behaviour is at one point" in section


@pytest.mark.slow
def test_results_on_disk_hold_the_ends_and_their_table(tmp_path: Path) -> None:
    path, out = written(tmp_path, PAIR), tmp_path / "out"
    kept = simulate(path, seeds=2, workers=1, out=out)
    assert kept.directory is not None
    design = load_results(kept.directory).design
    tried = {name: ends(kept.experiment.scenarios[name]) for name in examined(kept.experiment)}
    moved = design[design["kind"] == "sensitivity"]
    assert set(zip(moved["scenario"], moved["design"], strict=True)) == {
        (scenario, setting) for scenario, settings in tried.items() for setting in settings
    }
    for row in moved.to_dict("records"):
        low_and_high = tried[row["scenario"]][row["design"]]
        assert row[row["design"]] == low_and_high[row["position"]]
    findings = kept.directory / "findings"
    table = pd.read_csv(findings / "sensitivity.csv")
    assert table["setting"].tolist() == sensitivity_table(kept)["setting"].tolist()
    assert np.isfinite(table[["at_low", "at_high"]].to_numpy()).all()
    draws = pd.read_csv(findings / "parameters.csv")
    assert draws["draw"].tolist() == list(range(1, len(load_draws("posterior")) + 1))
    assert (kept.directory / "figures" / "sensitivity.png").is_file()
