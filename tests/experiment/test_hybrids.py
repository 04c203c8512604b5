"""Differences between scenarios shared out among their settings: hybrids, runs, words."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.analysis.attribution import ATTRIBUTION_COLUMNS, attributed, attribution_table, worth
from sim.analysis.findings import Findings, find
from sim.cli.plan import plan_text
from sim.experiment.design import design_table, points
from sim.experiment.hybrids import REST, Hybrids, grouped, hybrids_of
from sim.experiment.load import BadInput, load_experiment
from sim.experiment.write import to_toml
from sim.files.layers import EITHER_OR, Origin, Origins, Source, tree
from sim.files.problems import Problem
from sim.files.toml_lines import KeyPath
from sim.present.figures import catalogue as figures
from sim.present.figures.attribution import explained
from sim.present.figures.style import drawing
from sim.present.formats import points as points_text
from sim.present.markdown import markdown
from sim.present.report.facts import Facts
from sim.present.report.report import report
from sim.present.view import View
from sim.runs.fingerprint import settings_hash
from sim.runs.results import Results, load_results
from sim.settings import Experiment, Explanation, Scenario
from sim.settings.columns import outcomes_of_runs
from sim.settings.plain_errors import problems_of
from sim.study import simulate
from tests.shared.experiments import CURVES, SMALL, assert_same_results, written
from tests.shared.figures import check
from tests.shared.pages import assert_described
from tests.shared.scenarios import EXPERIMENTS

FEW = """
[parameters]
source = "point"
[scenarios.dear]
title = "Deeper, dearer, with four visits"
based_on = "framework"
[scenarios.dear.offers.main]
depth = 0.7
annual_fee_gbp_m = 0.1
migration_months = 9
[scenarios.dear.push]
visits_per_month = 4.0
"""
EXPLAIN = """
[explain.why]
from = "framework"
to = "dear"
outcome = "joined_share_12m"
seeds = 2
[explain.why.groups]
"Depth" = ["offers.main.depth"]
"Fee" = ["offers.main.annual_fee_gbp_m"]
"""
# England's 353 councils with a team of 4, Scotland's 32 with a team of 6.
NATIONS = """
[scenarios.england]
programme = "gaap"
councils = { nations = ["England"] }
[scenarios.england.offers.main]
launched = "2018-05"
opens = "2018-05"
[scenarios.england.push.teams.second]
visits_per_month = 2.0
scope = { types = ["district", "scottish_unitary"] }
[scenarios.scotland]
programme = "scottish_framework"
councils = { nations = ["Scotland"] }
[scenarios.scotland.push.teams.second]
visits_per_council_per_year = 1.0
scope = { types = ["district", "scottish_unitary"] }
[explain.why]
from = "england"
to = "scotland"
outcome = "joined_share_12m"
[explain.why.groups]
"Effort" = ["push"]
"Councils" = ["councils"]
"""


def load(folder: Path, text: str) -> Experiment:
    return load_experiment(written(folder, SMALL + text))


def problem(folder: Path, text: str) -> str:
    with pytest.raises(BadInput) as caught:
        load(folder, text)
    return re.sub(r"\s+", " ", str(caught.value))


def grouping(groups: str, scenarios: str = FEW) -> str:
    return f"{scenarios}{EXPLAIN.split('[explain.why.groups]')[0]}[explain.why.groups]\n{groups}\n"


def settings_of(some: Scenario) -> dict[str, Any]:
    return some.model_dump(exclude={"title", "stands_for", "evidence", "assumptions", "programme"})


# ---------------------------------------------------------------- hybrids


def test_groups_hold_the_settings_that_differ(tmp_path: Path) -> None:
    between = hybrids_of(load(tmp_path, FEW + EXPLAIN), "why")
    assert list(between.groups) == ["Depth", "Fee", REST]
    assert between.changes_in_words("Depth") == [("offers.main.depth", "0.25", "0.7")]
    assert between.changes_in_words(REST) == [
        ("offers.main.migration_months", "3", "9"),
        ("push.visits_per_council_per_year", "2.25", "1.5"),
    ]


def test_each_bit_of_a_mixture_moves_one_group(tmp_path: Path) -> None:
    experiment = load(tmp_path, FEW + EXPLAIN)
    between = hybrids_of(experiment, "why")
    start, end = experiment.scenarios["framework"], experiment.scenarios["dear"]
    assert len(between) == 8
    assert settings_of(between.scenario(0)) == settings_of(start)
    assert settings_of(between.scenario(7)) == settings_of(end)
    for number in range(8):
        mixed = between.scenario(number)
        offer = mixed.offers["main"]
        assert offer.depth == (0.7 if number & 1 else 0.25)
        assert offer.annual_fee_gbp_m == (0.1 if number & 2 else 0.03)
        assert offer.migration_months == (9 if number & 4 else 3)
        assert mixed.push.visits_per_month == (4.0 if number & 4 else 6.0)
        assert mixed.push.codesign == start.push.codesign


def test_whole_tables_and_either_measure_of_visits_can_be_named(tmp_path: Path) -> None:
    text = grouping('"Offer" = ["offers.main"]\n"Visits" = ["push.visits_per_month"]')
    between = hybrids_of(load(tmp_path, text), "why")
    assert list(between.groups) == ["Offer", "Visits"]
    assert len(between.groups["Offer"]) == 3
    starred = grouping('"Offer" = ["offers.main.*"]\n"Visits" = ["push.visits_per_month"]')
    assert hybrids_of(load(tmp_path, starred), "why").groups == between.groups


def test_effort_and_cost_are_carried_over_for_each_council(tmp_path: Path) -> None:
    between = hybrids_of(load(tmp_path, NATIONS), "why")
    assert list(between.groups) == ["Effort", "Councils", REST]
    # Councils alone: England's effort for each council among Scotland's 32.
    scots = between.mixed([("councils",)]).push
    assert scots.visits_per_month == pytest.approx(4.0 * 32 / 353)
    assert scots.annual_cost_gbp_m == pytest.approx(5.0 * 32 / 353)
    # Of the second team only districts were in scope.
    assert scots.teams["second"].visits_per_month == pytest.approx(2.0 * 32 / 201)
    english = between.scenario(1).push
    assert english.visits_per_month == pytest.approx(6.0 * 353 / 32)
    assert english.annual_cost_gbp_m == pytest.approx(1.0 * 353 / 32)
    # What is stated for each council needs no carrying over.
    assert english.teams["second"].visits_per_council_per_year == 1.0
    changes = {key: (old, new) for key, old, new in between.changes_in_words("Effort")}
    assert changes["push.visits_per_council_per_year"] == ("0.136", "2.25")
    assert changes["push.annual_cost_gbp_m (for each council)"] == ("0.0142", "0.0312")
    assert changes["push.teams.second.visits_per_council_per_year"] == ("0.119", "1")


def test_a_team_that_keeps_its_size_among_more_councils_differs_in_effort(tmp_path: Path) -> None:
    text = """
[scenarios.england]
programme = "scottish_framework"
councils = { nations = ["England"] }
[explain.why]
from = "england"
to = "framework"
outcome = "joined_share_12m"
[explain.why.groups]
"Visits" = ["push.visits_per_month"]
"""
    between = hybrids_of(load(tmp_path, text), "why")
    assert between.changes_in_words("Visits") == [
        ("push.visits_per_council_per_year", "0.204", "2.25")
    ]
    only_visits = between.scenario(1)
    assert only_visits.push.visits_per_month == pytest.approx(6.0 * 353 / 32)
    same = text.replace("[explain", "push.visits_per_month = 66.1875\n[explain", 1)
    assert "the same in both" in problem(tmp_path, same)


def test_a_fresh_draw_counts_as_many_councils_as_are_drawn(tmp_path: Path) -> None:
    text = EXPLAIN.replace('"dear"', '"drawn"').split("[explain.why.groups]")[0]
    text += '[explain.why.groups]\n"Councils" = ["councils"]\n'
    between = hybrids_of(load(tmp_path, text), "why")
    assert between.mixed([("councils",)]).push.visits_per_month == pytest.approx(6.0 * 12 / 32)


def test_what_an_event_changes_is_carried_over_too(tmp_path: Path) -> None:
    event = """
[[scenarios.england.events]]
date = "2018-09"
change = { push = { visits_per_month = 8.0 } }
"""
    between = hybrids_of(
        load(tmp_path, NATIONS.replace("[scenarios.scotland]", event + "[scenarios.scotland]", 1)),
        "why",
    )
    kept = between.mixed([("councils",)]).events[0].change.push
    assert kept["visits_per_month"] == pytest.approx(8.0 * 32 / 353)
    assert ("events",) in between.groups[REST]


def test_offers_of_other_names_move_as_a_whole(tmp_path: Path) -> None:
    text = """
[scenarios.other]
councils = { nations = ["Scotland"] }
offers = { platform = { opens = "2018-06", depth = 0.5 } }
push = { visits_per_month = 6.0 }
"""
    renamed = grouping('"Offer" = ["offers"]', text).replace('"dear"', '"other"')
    between = hybrids_of(load(tmp_path, renamed), "why")
    assert between.groups["Offer"] == [("offers",)]
    assert list(between.scenario(1).offers) == ["platform"]
    told = problem(tmp_path, renamed.replace('["offers"]', '["offers.main.depth"]'))
    assert "offers differs as a whole" in told


# ---------------------------------------------------------------- what is validated of them


class InFull(Hybrids):
    """Hybrids made of copies and validated from top to bottom, as nobody can wait for."""

    def _put_together(self, moved: set[KeyPath]) -> dict[str, Any]:
        settings = deepcopy(self._trees[0])
        for path in moved:
            ours, theirs = settings, self._trees[1]
            for key in path[:-1]:
                ours, theirs = ours[str(key)], theirs[str(key)]
            for key in EITHER_OR if path[-1] == EITHER_OR[1] else path[-1:]:
                ours[str(key)] = deepcopy(theirs[str(key)])
        return settings

    def _validated(self, settings: dict[str, Any]) -> Scenario:
        try:
            return Scenario.model_validate(deepcopy(settings))
        except ValidationError as error:
            source = Source("", {})
            origins = Origins(tree(settings, lambda path: Origin(source, path)))
            raise BadInput(problems_of(error, Scenario, origins)) from None


def made(between: Hybrids, moved: set[KeyPath]) -> Scenario | list[Problem]:
    """A hybrid, or what is wrong with it."""
    try:
        return between.mixed(moved)
    except BadInput as error:
        return error.problems


def both(start: Scenario, end: Scenario) -> tuple[Hybrids, InFull, list[KeyPath]]:
    """Both ways to make hybrids of two scenarios, and the settings in which these differ."""
    everything = Explanation.model_validate(
        {"from": "a", "to": "b", "outcome": "c", "groups": {"none": ["title"]}}
    )
    source = Source("", {})
    groups, _ = grouped(everything, start, end, lambda path: Origin(source, path))
    return Hybrids(start, end, groups), InFull(start, end, groups), groups.get(REST, [])


def apart(folder: Path, text: str) -> tuple[Scenario, Scenario]:
    """Two scenarios of which some hybrids are not valid, without an explanation."""
    experiment = load(folder, text)
    one, other = list(experiment.scenarios)[-2:]
    return experiment.scenarios[one], experiment.scenarios[other]


LATER = """
[scenarios.later]
based_on = "framework"
offers.main.launched = "2018-09"
offers.main.opens = "2018-10"
offers.main.depth = 0.5
"""
ENGLISH = """
[scenarios.english]
based_on = "framework"
councils = { nations = ["England"] }
offers.main.scope = { nations = ["England"] }
"""
# Streams that clash, visits in two measures, events for an offer that moved, members by number.
CLASHING = """
[scenarios.two]
councils = { nations = ["Scotland"] }
offers.one = { opens = "2018-06", stream = 3 }
offers.two = { opens = "2018-07", stream = 4, initial_members = 20 }
push.teams.second = { visits_per_month = 3.0, starts = "2018-06", ends = "2018-12" }
[[scenarios.two.events]]
date = "2018-09"
change = { offers = { two = { depth = 0.4 } }, push = { visits_per_month = 8.0 } }
[scenarios.other_two]
councils = { nations = ["Scotland"], draw = 12 }
offers.one = { opens = "2018-06", stream = 4 }
offers.two = { opens = "2018-07", stream = 3, initial_members = 0.5 }
push.teams.second = { visits_per_council_per_year = 3.0, starts = "2019-02", ends = "2019-03" }
behaviour = { saving_weight = 3.0 }
"""
DISTRICTS_ONLY = NATIONS.split("[explain.why]")[0].replace(
    '["district", "scottish_unitary"]', '["district"]', 1
)
FAULTY = [LATER, ENGLISH, CLASHING, DISTRICTS_ONLY]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Hybrids, InFull, list[KeyPath]]]:
    """Pairs of scenarios of what comes along, and pairs that do not mix."""
    found = [apart(tmp_path_factory.mktemp("faulty"), text) for text in FAULTY]
    for path in EXPERIMENTS:
        experiment = load_experiment(path)
        explained = [(one.start, one.to) for one in experiment.explain.values()]
        names = list(experiment.scenarios)
        for start, end in [*explained, *pairwise(names)]:
            found.append((experiment.scenarios[start], experiment.scenarios[end]))
    return [both(start, end) for start, end in found]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(data=st.data())
def test_what_is_not_validated_twice_makes_no_difference(
    pairs: list[tuple[Hybrids, InFull, list[KeyPath]]], data: st.DataObject
) -> None:
    quick, full, paths = data.draw(st.sampled_from(pairs))
    moved = set(data.draw(st.lists(st.sampled_from(paths), unique=True))) if paths else set()
    assert made(quick, moved) == made(full, moved)
    # What hybrids share with their ends was not changed.
    assert quick._trees == full._trees


def test_faults_of_hybrids_are_the_same_for_every_group_of_what_comes_along() -> None:
    for path in EXPERIMENTS:
        experiment = load_experiment(path)
        for name in experiment.explain:
            quick = hybrids_of(experiment, name)
            full = InFull(*quick.ends, quick.groups)
            for number in range(len(quick)):
                assert quick.scenario(number) == full.scenario(number)


@pytest.mark.parametrize("text", FAULTY)
def test_hybrids_that_do_not_mix_are_among_the_cases(text: str, tmp_path: Path) -> None:
    quick, full, paths = both(*apart(tmp_path, text))
    wrong = [made(quick, {path}) for path in paths]
    assert wrong == [made(full, {path}) for path in paths]
    assert any(isinstance(found, list) for found in wrong)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (grouping('"A" = ["offers.main.depht"]'), "meant: offers.main.depth"),
        (grouping('"A" = ["push.codesign"]'), "this is the same in both scenarios"),
        (grouping('"A" = ["climate"]'), "this is the same in both scenarios"),
        (
            grouping('"A" = ["offers.main.depth"]\n"B" = ["offers"]'),
            "offers.main.depth stands in “A” already",
        ),
        (grouping(f'"{REST}" = ["offers.main.depth"]'), "choose another"),
        (FEW + EXPLAIN.replace("joined_share_12m", "joined_share_13m"), "meant: joined_share_12m"),
        (FEW + EXPLAIN.replace("joined_share_12m", "opened"), "no outcome of this name"),
        (FEW + EXPLAIN.replace("joined_share_12m", "months_to_50pc"), "nothing to share out"),
        (FEW + EXPLAIN.replace('from = "framework"', 'from = "framewrk"'), "meant: framework"),
        (FEW + EXPLAIN.replace('"dear"', '"framework"'), "both have the same settings"),
        (FEW + EXPLAIN.replace('from = "framework"\n', ""), "this is missing"),
        (FEW + EXPLAIN.replace("from =", "form ="), "there is no such setting in an explanation"),
        (FEW + EXPLAIN.replace("explain.why", "explain.Why"), "this name cannot be used"),
    ],
    ids=str,
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, words: str) -> None:
    told = problem(tmp_path, text)
    assert words in told
    assert re.search(r"small\.toml, line \d+: explain\.", told)


def test_there_can_be_ten_groups(tmp_path: Path) -> None:
    names = [
        "depth", "addressed_share", "promised_saving_share", "realised_ratio", "annual_fee_gbp_m",
        "joining_cost_gbp_m", "switching_cost_years", "security_gain", "shared_fate",
        "economies_of_scale",
    ]  # fmt: skip
    scenarios = '[scenarios.dear]\nbased_on = "framework"\n[scenarios.dear.offers.main]\n'
    scenarios += "".join(f"{name} = 0.01\n" for name in names)
    ten = grouping("".join(f'"{name}" = ["offers.main.{name}"]\n' for name in names), scenarios)
    assert len(hybrids_of(load(tmp_path, ten), "why")) == 1024
    eleven = ten.replace("[explain", "migration_months = 9\n[explain", 1)
    told = problem(tmp_path, eleven)
    assert "these are 11 groups" in told
    assert REST in told


def test_settings_that_only_make_sense_together_are_named(tmp_path: Path) -> None:
    text = """
[scenarios.later]
based_on = "framework"
offers.main.launched = "2018-09"
offers.main.opens = "2018-10"
offers.main.depth = 0.5
"""
    apart = grouping(
        '"Launch" = ["offers.main.launched"]\n"Depth" = ["offers.main.depth"]', text
    ).replace('"dear"', '"later"')
    told = problem(tmp_path, apart)
    assert "with only “Launch” as in later" in told
    assert "lies before launched" in told
    assert "in one group: offers.main.launched, offers.main.opens" in told
    together = apart.replace('launched"]', 'launched", "offers.main.opens"]')
    assert len(hybrids_of(load(tmp_path, together), "why")) == 4


def test_a_scope_without_councils_is_refused(tmp_path: Path) -> None:
    text = """
[scenarios.english]
based_on = "framework"
councils = { nations = ["England"] }
offers.main.scope = { nations = ["England"] }
"""
    apart = grouping('"Councils" = ["councils"]', text).replace('"dear"', '"english"')
    told = problem(tmp_path, apart)
    assert "no council that takes part is in the scope of an offer" in told
    assert "councils, offers.main.scope" in told


def test_a_team_without_councils_is_refused(tmp_path: Path) -> None:
    told = problem(tmp_path, NATIONS.replace('["district", "scottish_unitary"]', '["district"]', 1))
    assert "with only “Councils” as in scotland" in told
    assert "no council is in the scopes of push.teams.second and of an offer" in told
    assert "push.teams.second.scope, councils" in told


# ---------------------------------------------------------------- runs


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    file = written(tmp_path_factory.mktemp("explain"), SMALL + CURVES + FEW + EXPLAIN)
    return simulate(file, workers=1, out=None)


def test_every_mixture_is_run_with_every_seed(results: Results) -> None:
    runs = results.of("hybrid")
    assert set(runs["design"]) == {"why"}
    assert sorted(zip(runs["position"], runs["seed"], strict=True)) == [
        (number, seed) for number in range(8) for seed in (1, 2)
    ]
    hybrids = set(runs["point"])
    for table in (results.series, results.groups, results.joined):
        assert not table["point"].isin(hybrids).any()
    assert not results.of("scenario")["scenario"].isin(hybrids).any()
    assert not results.of("curve")["point"].isin(hybrids).any()


def test_the_ends_are_the_scenarios_themselves(results: Results) -> None:
    table = worth(results, "why")
    for name, row in (("framework", 0), ("dear", 7)):
        own = results.runs[results.runs["point"] == name].set_index("seed")["joined_share_12m"]
        assert list(table.loc[row]) == list(own.loc[[1, 2]])


def test_shares_add_up_seed_by_seed_and_in_the_mean(results: Results) -> None:
    table, by_seed = worth(results, "why"), attributed(results, "why")
    assert by_seed.to_numpy().any()
    difference = table.loc[7] - table.loc[0]
    assert np.allclose(by_seed.sum(), difference, rtol=0.0, atol=1e-9)
    told = attribution_table(results)
    assert np.allclose(told["total"], difference.mean(), rtol=0.0, atol=1e-9)
    assert np.allclose(told["total"], told["attributed"].sum(), rtol=0.0, atol=1e-9)
    assert told["attributed"].abs().is_monotonic_decreasing
    assert (told["low"] <= told["attributed"]).all()
    assert (told["attributed"] <= told["high"]).all()
    assert (told["seeds"] == 2).all()


def told_by(results: Results) -> list[str]:
    """What the report says of differences, a line an explanation."""
    facts = Facts(results.experiment, find(results))
    text = markdown(report(facts, [], "command"), facts.findings).replace("\\", "")
    section = text.split("## What makes the difference")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if "Of these, " in line]


def hybrid(results: Results, number: int) -> str:
    """Id of the point of a hybrid."""
    design = results.design[(results.design["kind"] == "hybrid")]
    (found,) = design.loc[design["position"] == number, "point"]
    return str(found)


def test_a_seed_without_all_its_mixtures_is_left_out(results: Results) -> None:
    runs, fifth = results.runs, hybrid(results, 5)
    part = replace(results, runs=runs[~((runs["point"] == fifth) & (runs["seed"] == 2))])
    assert worth(part, "why").shape == (8, 1)
    assert 2 not in worth(part, "why")
    assert attribution_table(part)["low"].isna().all()
    none = replace(results, runs=runs[runs["point"] != fifth])
    assert attribution_table(none).empty
    assert not told_by(none)


def test_what_is_missing_in_a_seed_is_not_told(results: Results) -> None:
    runs = results.runs.copy()
    gone = (runs["point"] == hybrid(results, 1)) & (runs["seed"] == 2)
    runs.loc[gone, "joined_share_12m"] = np.nan
    part = replace(results, runs=runs)
    assert attribution_table(part)["attributed"].isna().all()
    assert not told_by(part)


def test_only_where_both_scenarios_run_is_anything_explained(tmp_path: Path) -> None:
    file = written(tmp_path, SMALL + FEW + EXPLAIN)
    part = simulate(file, seeds=1, scenarios=["dear"], workers=1, out=None)
    assert part.of("hybrid").empty
    assert attribution_table(part).empty


def test_results_are_kept_and_not_computed_again(tmp_path: Path, results: Results) -> None:
    file = written(tmp_path, SMALL + CURVES + FEW + EXPLAIN)
    first = simulate(file, workers=2, out=tmp_path / "out", present=False)
    assert_same_results(first, results)
    said: list[str] = []
    second = simulate(file, out=tmp_path / "out", present=False, say=said.append)
    assert [line for line in said if line.startswith("Done already")]
    assert not [line for line in said if "to do" in line]
    assert_same_results(second, first)
    assert first.directory is not None
    read = load_results(first.directory)
    assert_same_results(read, first)
    assert read.experiment.explain == first.experiment.explain


def test_groups_decide_the_results_and_words_do_not(tmp_path: Path) -> None:
    def fingerprint(text: str) -> str:
        return settings_hash(load(tmp_path, FEW + text))

    assert fingerprint(EXPLAIN) != fingerprint("")
    assert fingerprint(EXPLAIN) != fingerprint(
        EXPLAIN.replace("main.annual_fee_gbp_m", "main.migration_months")
    )
    for same in (
        ('to = "dear"', 'title = "Why"\nto = "dear"'),
        ("Depth", "How deep"),
        ("joined_share_12m", "use_share_12m"),
        ("seeds = 2", "seeds = 3"),
    ):
        assert fingerprint(EXPLAIN) == fingerprint(EXPLAIN.replace(*same))


def test_a_resolved_file_explains_the_same(tmp_path: Path) -> None:
    experiment = load(tmp_path, FEW + EXPLAIN)
    again = load_experiment(written(tmp_path, to_toml(experiment), "again.toml"))
    assert again == experiment
    assert '\nfrom = "framework"\nto = "dear"\n' in to_toml(experiment)


def test_the_plan_says_what_is_explained(tmp_path: Path) -> None:
    file = written(tmp_path, SMALL + FEW + EXPLAIN)
    plan = plan_text(file, (), None, None, 1, "compiled")
    assert "explain why: joined_share_12m from framework to dear, 2 seeds each" in plan
    assert "3 groups: Depth, Fee, Everything else" in plan
    # 4 scenarios at 3 seeds, 8 hybrids at 2.
    assert "28 runs to do: 4 scenarios and 8 hybrids of scenarios" in plan


# ---------------------------------------------------------------- what readers get


def test_the_outcomes_that_can_be_explained_are_those_of_the_runs(results: Results) -> None:
    keys = ["point", "seed", "draw", "councils", "opened", "cancelled_month"]
    found = [column for column in results.runs.columns if column not in keys]
    assert sorted(outcomes_of_runs(results.experiment.outcomes)) == sorted(found)


@pytest.mark.slow
def test_the_table_is_written_and_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "DRAWINGS", (explained,))
    text = SMALL + FEW + EXPLAIN
    written_results = simulate(written(tmp_path, text), workers=1, out=tmp_path / "out")
    assert written_results.directory is not None
    path = written_results.directory / "findings" / "attribution.csv"
    table = pd.read_csv(path, encoding="utf-8-sig")
    assert list(table.columns) == list(ATTRIBUTION_COLUMNS)
    assert_described(table.columns, "attribution.csv")
    assert table["attributed"].tolist() == pytest.approx(
        attribution_table(written_results)["attributed"].tolist(), rel=1e-9
    )
    assert table.loc[table["group"] == "Depth", "settings"].item() == (
        "offers.main.depth 0.25 → 0.7"
    )
    page = (written_results.directory / "report.md").read_text(encoding="utf-8")
    assert "figures/explained_why.png" in page
    (told,) = told_by(written_results)
    assert told.startswith("**Common procurement → Deeper, dearer, with four visits.** ")
    assert told in page.replace("\\", "")


def test_the_paragraph_says_what_the_table_says(results: Results) -> None:
    (told,) = told_by(results)
    rows = attribution_table(results)
    whole, parts = told.split("Of these, ")
    assert f"{points_text(rows['total'].iloc[0])} (" in whole
    # Three futures were run, of which the first two are taken apart: both are said.
    ends = [
        results.runs[results.runs["point"] == name].set_index("seed")["joined_share_12m"]
        for name in ("framework", "dear")
    ]
    assert rows["all_total"].tolist() == pytest.approx([(ends[1] - ends[0]).mean()] * len(rows))
    assert f"{points_text(rows['all_total'].iloc[0])} percentage points from" in whole
    assert "over 3 futures" in whole
    assert "over the 2 that are taken apart" in whole
    for group, added in zip(rows["group"], rows["attributed"], strict=True):
        figure = re.escape(points_text(added))
        assert re.search(rf"{figure} \([^()]*\) from “{group}”", parts)
    for name in ("framework", "dear"):
        assert results.title(name) in whole


def of_outcome(results: Results, outcome: str, worths: list[float], title: str) -> Results:
    """Give the hybrids other outcomes, and the scenario another title."""
    experiment = results.experiment
    explanation = experiment.explain["why"].model_copy(update={"outcome": outcome})
    scenarios = dict(experiment.scenarios)
    scenarios["dear"] = scenarios["dear"].model_copy(update={"title": title})
    runs = results.runs.copy()
    places = results.design[results.design["kind"] == "hybrid"].set_index("point")["position"]
    numbers = runs["point"].map(places)
    mixed = numbers.notna()
    runs[outcome] = runs[outcome].astype("float64")
    runs.loc[mixed, outcome] = [
        worths[int(number)] * (1.0 + 0.1 * seed)
        for number, seed in zip(numbers[mixed], runs.loc[mixed, "seed"], strict=True)
    ]
    changed = experiment.model_copy(
        update={"explain": {"why": explanation}, "scenarios": scenarios}
    )
    return replace(results, experiment=changed, runs=runs)


LONG = "A scenario whose title is sixty characters long, no fewer, so"


@pytest.mark.parametrize(
    ("outcome", "worths"),
    [
        ("joined_share_12m", [0.2, 0.3, 0.3, 0.6, 0.25, 0.5, 0.5, 0.8]),
        ("joined_share_12m", [0.9, 0.7, 0.8, 0.4, 0.9, 0.6, 0.7, 0.01]),
        ("joined_share_12m", [0.5] * 8),
        ("joined_share_12m", [0.0] * 8),
        ("net_saving_total_gbp_m", [-30.0, -80.0, 20.0, 5.0, -120.0, 0.0, 40.0, 90.0]),
        ("net_saving_total_gbp_m", [-1e4, -2e4, -5e4, -1e4, -2e4, -1e4, -9e4, -8e4]),
        ("passed", [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]),
    ],
    ids=["up", "down", "nothing", "zero", "through zero", "all below zero", "yes or no"],
)
@pytest.mark.parametrize("title", ["", LONG], ids=["short", "long"])
@pytest.mark.slow
def test_nothing_is_cut_in_the_picture(
    results: Results, outcome: str, worths: list[float], title: str
) -> None:
    changed = of_outcome(results, outcome, worths, title)
    with drawing():
        (sheet,) = explained(View(changed, find(changed)))
    check(sheet)
    (told,) = told_by(changed)
    assert "nan" not in told


def test_many_groups_fit_in_one_picture(tmp_path: Path, results: Results) -> None:
    names = [
        "depth", "addressed_share", "promised_saving_share", "realised_ratio", "annual_fee_gbp_m",
        "joining_cost_gbp_m", "switching_cost_years",
    ]  # fmt: skip
    scenarios = '[scenarios.dear]\nbased_on = "framework"\npush.codesign = 0.9\n'
    scenarios += "[scenarios.dear.offers.main]\nmigration_months = 9\nsecurity_gain = 0.01\n"
    scenarios += "".join(f"{name} = 0.01\n" for name in names)
    groups = "".join(f'"{LONG}, {name}" = ["offers.main.{name}"]\n' for name in names)
    experiment = load(tmp_path, grouping(groups, scenarios))
    hybrids = [point for point in points(experiment) if point.kind == "hybrid"]
    assert len(hybrids) == 256
    runs = pd.DataFrame([(point.id, seed) for point in hybrids for seed in (1, 2)])
    runs.columns = ["point", "seed"]
    shares = np.random.default_rng(1).uniform(size=len(runs))
    many = replace(
        results,
        experiment=experiment,
        design=design_table(experiment, hybrids),
        runs=runs.assign(joined_share_12m=shares),
    )
    with drawing():
        found = {**find(results), "attribution": attribution_table(many)}
        (sheet,) = explained(View(many, Findings(found)))
    check(sheet)
    texts = [text.get_text() for text in sheet.texts()]
    for name in names:  # the ends of titles, in which they differ, are kept
        assert any(text.startswith("A scenario") and text.endswith(name[-8:]) for text in texts)
