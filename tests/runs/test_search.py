"""Searches: known answers are found, luck is told from skill, and a stop changes nothing."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sim.analysis.search import UPPER_END, search_findings
from sim.experiment.load import load_experiment
from sim.experiment.parameters import draw_of, drawn
from sim.experiment.searches import futures_of, without_push
from sim.files.problems import BadInput
from sim.model.world import build_world
from sim.runs.history import run_again
from sim.runs.measure import outcome_columns
from sim.runs.optimiser import Optimiser
from sim.runs.progress import Silent
from sim.runs.search import SearchResults, explore, load_search, search, space_of
from sim.settings.editing import with_settings
from tests.shared.experiments import ONE_SCENARIO, written
from tests.shared.processes import command

FILE = f"""{ONE_SCENARIO}
[scenarios.framework.push]
cost_per_visit_gbp_m = 0.01

[search.s]
scenario = "framework"
goals = [{{ outcome = "joined_share_12m", at_least = 0.5, probability = 0.8 }}]
policies = 8
generations = 3
futures = 10
fresh_futures = 12

[search.s.levers]
"push.visits_per_month" = {{ low = 0, high = 12 }}
"offers.main.migration_months" = {{ low = 1, high = 3 }}
"offers.main.owner" = {{ values = ["central", "sector"] }}
"""
UNCERTAIN = """
[search.s.uncertainties]
"offers.main.depth" = { low = 0.1, high = 0.5 }
"behaviour.saving_weight" = { low = 2, high = 6 }
"""
Respond = Callable[[pd.DataFrame, np.ndarray], tuple[np.ndarray, np.ndarray]]


# ---------------------------------------------------------------- problems whose answer is known


def searched(folder: Path, respond: Respond, *changes: str, text: str = FILE) -> SearchResults:
    """Search with a stand-in for the model: (policies, seeds) to outcome and cost of each run."""
    experiment = load_experiment(written(folder, text), changes)
    space = space_of(experiment, "s")
    kept: list[pd.DataFrame] = []

    def evaluate(number: int, tables: Sequence[pd.DataFrame], seeds: range) -> pa.Table:
        for table in tables:
            rows = table.loc[table.index.repeat(len(seeds))].reset_index(drop=True)
            seed = np.tile(np.array(seeds), len(table))
            joined, cost = respond(rows.reindex(columns=["point", *space.search.levers]), seed)
            kept.append(
                pd.DataFrame(
                    {
                        "point": rows["point"],
                        "seed": seed,
                        "joined_share_12m": joined,
                        "programme_cost_gbp_m": cost,
                    }
                )
            )
        here = pd.concat(kept[-len(tables) :]).sort_values(["point", "seed"])
        return pa.Table.from_pandas(here, preserve_index=False)

    found = SearchResults(space, folder)
    # What is read from disk after a search of the model.
    vars(found)["policies"] = explore(space, evaluate)
    vars(found)["runs"] = pd.concat(kept, ignore_index=True)
    return found


def answer(found: SearchResults) -> pd.Series[Any]:
    return search_findings(found)["answer"].iloc[0]


MORE = ("search.s.policies=16", "search.s.generations=14", "search.s.futures=40")


def by_visits(rows: pd.DataFrame, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every council in twelve visits; an owner of one's own costs a visit and brings two."""
    visits = rows["push.visits_per_month"].fillna(0.0).to_numpy()
    sector = (rows["offers.main.owner"] == "sector").to_numpy()
    months = rows["offers.main.migration_months"].fillna(1.0).to_numpy()
    return (visits + 2.0 * sector) / 12.0, visits + sector + 0.5 * (months - 1.0)


def test_the_cheapest_policy_that_meets_a_goal_is_found(tmp_path: Path) -> None:
    found = searched(tmp_path, by_visits, *MORE)
    tables = search_findings(found)
    one = tables["answer"].iloc[0]
    assert one["meets"]
    # Half of the councils: four visits and the sector as owner, at 5.
    assert 5.0 <= one["cost"] < 5.15
    levers = tables["levers"].set_index("setting")
    assert levers.loc["offers.main.owner", "value_text"] == "sector"
    assert levers.loc["offers.main.migration_months", "value"] == 1
    # As the scenario has it, with six visits, the answer meets the goal as well, and dearer.
    assert levers.loc["push.visits_per_month", "without"] == 6.0
    assert levers.loc["push.visits_per_month", "certainty_gain"] == 0.0
    assert levers.loc["push.visits_per_month", "cost_gain"] == pytest.approx(one["cost"] - 7.0)


def test_the_frontier_is_the_known_one(tmp_path: Path) -> None:
    def by_chance(rows: pd.DataFrame, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # Certainty is the share of visits, whatever else; luck is common to all policies.
        visits = rows["push.visits_per_month"].fillna(0.0).to_numpy() / 12.0
        luck = np.random.default_rng(5).permutation(10_000)[seed] / 10_000.0
        months = rows["offers.main.migration_months"].fillna(1.0).to_numpy()
        return np.where(luck < visits, 1.0, 0.0), visits + months - 1.0

    tables = search_findings(searched(tmp_path, by_chance, *MORE, "search.s.fresh_futures=600"))
    best = tables["frontier"]
    line = best[best["on_frontier"]]
    assert len(line) >= 8
    # All levers at their upper ends are a little surer, and dear.
    line = line[line["point"] != UPPER_END]
    assert (line["cost"] - line["certainty"]).abs().max() < 0.08
    assert abs(tables["answer"]["cost"].iloc[0] - 0.8) < 0.1


def test_a_few_policies_are_all_that_is_tried() -> None:
    of_two = Optimiser([2], [True], np.array([[0.25], [0.75]]), size=8, generations=5, seed=1)
    tried = []
    while len(positions := of_two.ask()):
        tried += positions[:, 0].tolist()
        of_two.tell(np.column_stack([positions[:, 0], -positions[:, 0]]))
    assert sorted(tried) == [0.25, 0.75]


def test_where_nothing_does_it_says_so_with_the_nearest(tmp_path: Path) -> None:
    def never(rows: pd.DataFrame, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        joined, cost = by_visits(rows, seed)
        return 0.2 * joined, cost

    tables = search_findings(searched(tmp_path, never, *MORE))
    one = tables["answer"].iloc[0]
    assert not one["meets"]
    assert one["certainty"] == 0.0
    # As near as can be: all visits and the sector, 14/12 of 0.2 instead of 0.5.
    assert one["shortfall"] == pytest.approx(1 - 0.2 * 14 / 12 / 0.5, abs=0.01)
    assert tables["goals"]["reached"].iloc[0] == pytest.approx(0.2 * 14 / 12, abs=0.005)


def test_what_luck_alone_makes_look_good_is_told(tmp_path: Path) -> None:
    def luck(rows: pd.DataFrame, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # No lever does anything: each run of each policy is a coin of its own.
        mixed = rows["point"].to_numpy() * 7919 + seed * 104_729
        coins = np.array([np.random.default_rng(int(one)).random() for one in mixed])
        return np.where(coins < 0.5, 1.0, 0.0), rows["push.visits_per_month"].fillna(0.0).to_numpy()

    one = answer(
        searched(tmp_path, luck, "search.s.policies=24", "search.s.generations=6",
                 "search.s.futures=20", "search.s.fresh_futures=200")
    )  # fmt: skip
    assert one["optimism"] > 0.05
    assert one["naive_certainty_in_search"] > one["naive_certainty"] + 0.1
    assert one["certainty"] == pytest.approx(0.5, abs=0.15)


def test_what_tells_futures_apart_is_named_and_nothing_else(tmp_path: Path) -> None:
    text = FILE + UNCERTAIN
    space = space_of(load_experiment(written(tmp_path, text)), "s")

    def by_depth(rows: pd.DataFrame, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seeds = np.unique(seed).tolist()
        depth = dict(zip(seeds, space.drawn(seeds)["offers.main.depth"], strict=True))
        deep = np.array([depth[one] for one in seed])
        return 0.9 - deep, rows["push.visits_per_month"].fillna(0.0).to_numpy()

    changes = ("search.s.futures=40", "search.s.fresh_futures=200")
    obstacles = search_findings(searched(tmp_path, by_depth, *changes, text=text))["obstacles"]
    assert obstacles.loc[obstacles["tells"], "setting"].tolist() == ["offers.main.depth"]
    first = obstacles.iloc[0]
    # It fails beyond a depth of 0.4, three quarters up the range of 0.1 to 0.5.
    assert first["correlation"] > 0.6
    assert first["failing_at_low"] == 0.0
    assert first["failing_at_high"] > 0.5


# ---------------------------------------------------------------- searches of the model


def contents(found: SearchResults) -> dict[str, str]:
    """Digest of each table."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(found.directory.glob("*.parquet"))
    }


def made(folder: Path, *, workers: int = 1, stop_after: int | None = None) -> SearchResults:
    class Stopping(Silent):
        def __init__(self) -> None:
            self.steps = 0

        def advance(self, count: int = 1, total: int | None = None) -> None:
            self.steps += 1
            if self.steps == stop_after:
                raise KeyboardInterrupt

    return search(
        written(folder, FILE + UNCERTAIN),
        "s",
        workers=workers,
        progress=Stopping(),
        out=folder / "results",
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SearchResults:
    return made(tmp_path_factory.mktemp("search"))


def test_a_search_that_was_stopped_gives_the_same_bytes(
    whole: SearchResults, tmp_path: Path
) -> None:
    for step in (1, 3, 5):
        with pytest.raises(KeyboardInterrupt):
            made(tmp_path, stop_after=step)
    again = made(tmp_path, workers=2)
    assert contents(again) == contents(whole)
    assert set(contents(whole)) == {"design.parquet", "runs.parquet"}
    loaded = load_search(again.directory)
    assert search_findings(loaded)["answer"].equals(search_findings(whole)["answer"])


@pytest.mark.slow
def test_a_search_that_was_killed_gives_the_same_bytes(
    whole: SearchResults, tmp_path: Path
) -> None:
    path = written(tmp_path, FILE + UNCERTAIN)
    words = ["search", str(path), "s", "--workers", "1", "--out", str(tmp_path / "results")]
    for _ in range(2):
        with command(tmp_path, *words) as process:
            deadline = time.monotonic() + 120
            before = len(list(tmp_path.glob("results/*/search/s/*/blocks/*.parquet")))
            while time.monotonic() < deadline and process.poll() is None:
                if len(list(tmp_path.glob("results/*/search/s/*/blocks/*.parquet"))) > before:
                    os.killpg(process.pid, signal.SIGKILL)
                    break
                time.sleep(0.01)
            process.wait(120)
    with command(tmp_path, *words) as process:
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0
    assert "search.html" in said
    (folder,) = tmp_path.glob("results/*/search/s/*")
    assert contents(load_search(folder)) == contents(whole)


def test_every_run_is_that_of_a_world_built_for_it(whole: SearchResults) -> None:
    """Numbers put in place, future by future, are what a world of their own would give."""
    space, experiment = whole.space, whole.space.experiment
    policies = whole.policies.set_index("point")
    runs = whole.runs.set_index(["point", "seed"])
    seeds = futures_of(experiment, space.search)
    outcomes = ["joined_share_12m", "programme_cost_gbp_m"]
    for point, seed in ((1, seeds.tried[3]), (2, seeds.fresh[0]), (9, seeds.tried[-1])):
        changes = {name: policies.loc[point, name] for name in space.search.levers}
        changes |= {name: float(values[0]) for name, values in space.drawn([seed]).items()}
        parameters = experiment.parameters
        scenario = with_settings(
            drawn(space.base, parameters, draw_of(parameters, seed)),
            {name: value.item() if isinstance(value, np.generic) else value
             for name, value in changes.items()},
        )  # fmt: skip
        record = run_again(experiment, scenario, seed)
        alone = outcome_columns(record, experiment.outcomes, outcomes)
        for name in outcomes:
            assert runs.loc[(point, seed), name] == alone[name][0].as_py()


def test_all_policies_share_their_futures_and_fresh_ones_are_others(whole: SearchResults) -> None:
    futures = futures_of(whole.space.experiment, whole.space.search)
    assert not set(futures.tried) & set(futures.fresh)
    parameters = whole.space.experiment.parameters
    draws = [
        {draw_of(parameters, seed) for seed in seeds} for seeds in (futures.tried, futures.fresh)
    ]
    assert not draws[0] & draws[1]
    # What a future draws hangs on nothing but its seed.
    together, alone = whole.space.drawn(futures.tried), whole.space.drawn([futures.tried[4]])
    for name, values in together.items():
        assert values[4] == alone[name][0]


def test_findings_hold_together(whole: SearchResults) -> None:
    tables = search_findings(whole)
    one = tables["answer"].iloc[0]
    policies = tables["policies"].set_index("policy")
    assert policies["certainty"]["answer"] == one["certainty"]
    assert (policies["regret_mean"] >= 0).all()
    assert policies["cost"]["no push"] <= policies["cost"]["everything"]
    assert len(tables["tried"]) == 24
    assert (tables["levers"]["certainty_gain_low"] <= tables["levers"]["certainty_gain_high"]).all()


def test_no_push_is_none(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path, FILE))
    bare = without_push(experiment.scenarios["framework"])
    record = run_again(experiment, bare, 1)
    assert not record.visits.any()
    assert build_world(bare, experiment.horizon, 1).scenario.push.codesign == 0.0


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("search.s.scenario=nowhere", "there is no scenario of this name"),
        ('search.s.levers."push.visits_per_mnth"={ low = 0, high = 1 }', "no setting of this name"),
        ('search.s.goals=[{ outcome = "joined_share_99m", at_least = 0.5 }]', "no outcome of this"),
        (
            'search.s.goals=[{ outcome = "joined_share_12m", at_least = 0.5, probability = 8 }]',
            "probability",
        ),
        ('search.s.uncertainties."offers.main.owner"={ values = ["sector"] }', "varied already"),
        (
            'search.s.uncertainties."network.national_contacts"={ low = 10, high = 60 }',
            "each future draws this anew",
        ),
        ('search.s.levers."push.codesign"={ low = 1, high = 0 }', "high must be greater than low"),
    ],
)
def test_what_cannot_be_searched_is_told(tmp_path: Path, change: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        load_experiment(written(tmp_path, FILE), [change])


def test_a_goal_beyond_the_horizon_is_told(tmp_path: Path) -> None:
    changes = [
        "outcomes.months_since_opening=[6, 12, 24]",
        'search.s.goals=[{ outcome = "joined_share_24m", at_least = 0.5 }]',
    ]
    with pytest.raises(BadInput, match="beyond the horizon"):
        load_experiment(written(tmp_path, FILE), changes)


def test_a_lever_that_does_nothing_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, FILE + '"push.minimum_share" = { low = 0.1, high = 0.2 }\n')
    with pytest.raises(BadInput, match="changes neither goals nor cost") as told:
        search(path, "s", out=None, workers=1, progress=Silent())
    assert [problem.key for problem in told.value.problems] == [
        'search.s.levers."push.minimum_share"'
    ]


def test_changes_of_a_resolved_experiment_are_made_too(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path, FILE))
    with pytest.raises(BadInput, match="generations"):
        search(experiment, "s", changes={"search.s.generations": 0}, out=tmp_path / "out")


def test_a_search_of_another_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no search of this name"):
        search(written(tmp_path, FILE), "t", out=None)


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("sim.runs.optimiser.import_module", missing)
    with pytest.raises(BadInput, match="a search needs pymoo") as told:
        search(written(tmp_path, FILE), "s", out=tmp_path / "results")
    assert "council-platform-sim[search]" in str(told.value.problems[0].allowed)
    assert not (tmp_path / "results").exists()
