"""A replay shows what stored results say: its futures, states, reasons and moments."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.analysis.findings import FOLDER as FOUND
from sim.analysis.findings import Findings, find
from sim.analysis.presence import presence
from sim.experiment.design import SCENARIO
from sim.files.problems import BadInput
from sim.model.rules import ORIGINS
from sim.present.replay import why
from sim.present.replay.choice import Choice, Paths, choose, paths_of, stored_rows, the_seed
from sim.present.replay.data import Shown, replay_data
from sim.present.replay.replay import data_of, find_result, replay
from sim.present.view import View
from sim.runs.again import play
from sim.runs.progress import Silent
from sim.runs.results import Results, load_results
from sim.study import simulate
from tests.shared.experiments import written

LIVE, OUTSIDE, MIGRATING = 3, 0, 2


# ---------------------------------------------------------------- choice


def paths(*rows: list[float]) -> Paths:
    shares = np.array(rows)
    return Paths(np.arange(1, len(rows) + 1), {"one": shares, "two": 0.5 * shares})


def test_typical_low_and_high_are_nearest_to_their_paths() -> None:
    # Medians 0.2 and 0.5; a tenth lies below 0.04 and 0.14, nine tenths below 0.36 and 0.86.
    found = choose(paths([0.0, 0.1], [0.4, 0.9], [0.2, 0.4], [0.3, 0.8], [0.1, 0.5]))
    assert [(one.role, one.seed) for one in found[:3]] == [("typical", 3), ("low", 1), ("high", 2)]
    # Off by 0.0 and 0.1, half as much in the second scenario.
    assert found[0].distance == pytest.approx(0.0375)
    assert [(one.role, one.seed) for one in found[3:]] == [("other", 4), ("other", 5)]


def test_of_two_as_near_the_lower_seed_is_taken_and_none_twice() -> None:
    same = [0.1, 0.2]
    found = choose(paths(same, same, same, same))
    assert [one.seed for one in found] == [1, 2, 3, 4]
    assert [one.seed for one in choose(paths(same))] == [1]


def test_others_are_spread_evenly_over_all_futures() -> None:
    rows = np.random.default_rng(1).permutation(200) / 200
    found = choose(paths(*[[value, value] for value in rows.tolist()]), futures=13)
    others = sorted(rows[one.seed - 1] for one in found if one.role == "other")
    assert len(others) == 10
    assert np.allclose(others, np.arange(0.05, 1.0, 0.1), atol=0.02)


def test_a_seed_that_is_not_there_is_told() -> None:
    assert the_seed(paths([0.0, 0.0], [0.1, 0.1]), 2) == Choice(2, "asked")
    with pytest.raises(BadInput, match="1 to 2"):
        the_seed(paths([0.0, 0.0], [0.1, 0.1]), 7)


# ---------------------------------------------------------------- what is shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("replay")
    results = simulate(written(home), seeds=6, out=home / "results", workers=1, present=False)
    assert results.directory is not None
    return results.directory


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return load_results(folder)


@pytest.fixture(scope="module")
def findings(results: Results) -> Findings:
    return find(results)


def made(folder: Path, **asked: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"scenarios": None, "seed": None, "role": "typical", "film": False}
    return data_of(
        folder,
        **{**options, **asked},
        workers=1,
        progress=Silent(),
        say=lambda line: None,
    )


@pytest.fixture(scope="module")
def data(folder: Path, findings: Findings) -> dict[str, Any]:
    findings.write(folder)
    return made(folder)


def states(data: dict[str, Any], run: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Replay the events: status by month and council."""
    found = np.zeros((data["months"], len(data["councils"])), dtype=int)
    for council, month, status, _ in run["events"]:
        found[month:, council] = status
    return found


def test_events_give_the_members_that_the_results_have(
    data: dict[str, Any], results: Results
) -> None:
    assert [one["name"] for one in data["scenarios"]] == ["framework", "no_visits", "drawn"]
    assert len(data["futures"]) == 6
    for future in data["futures"]:
        for scenario in data["scenarios"]:
            run = future["runs"][scenario["name"]]
            inside = np.isin(states(data, run), (MIGRATING, LIVE)).sum(axis=1)
            rows = stored_rows(results.of(SCENARIO, "series"), scenario["name"], [future["seed"]])
            assert run["joined"] == inside.tolist()
            assert np.array_equal(inside / scenario["eligible"], rows["joined_share"])


def test_reasons_end_where_the_table_of_councils_ends(
    data: dict[str, Any], results: Results
) -> None:
    joined = results.of(SCENARIO, "joined")
    codes = [council["code"] for council in data["councils"]]
    for future in data["futures"]:
        last = dict.fromkeys(codes, (0, 2))
        for council, _, status, reason in future["runs"]["framework"]["events"]:
            last[codes[council]] = (status, reason)
        rows = stored_rows(joined, "framework", [future["seed"]]).set_index("gss_code")
        for code in rows.index:
            status = data["statuses"][last[code][0]]["name"]
            assert rows.loc[code, "status"] == {"live": "member"}.get(status, status)


def test_why_adds_up(data: dict[str, Any]) -> None:
    typical = data["futures"][0]
    assert typical["role"] == "typical"
    decided = 0
    for run in typical["runs"].values():
        for _, _, agreed, chance, agenda, terms in run["why"]:
            decided += 1
            assert sum(agenda) == pytest.approx(1.0, abs=0.03)
            assert len(terms) == len(data["terms"])
            assert 0.0 <= chance <= 1.0
            # The sign of the log-odds is that of the chance, whatever the temperature.
            if abs(sum(terms)) > 0.05:
                assert (sum(terms) > 0) == (chance > 0.5)
            assert agreed in (0, 1)
    assert decided > 20
    assert all(
        run["why"] is None
        for f in data["futures"]
        if f["role"] == "other"
        for run in f["runs"].values()
    )


def test_members_by_origin_add_up_to_members(data: dict[str, Any]) -> None:
    run = data["futures"][0]["runs"]["framework"]
    total = np.sum([run["origins"][origin] for origin in ORIGINS], axis=0)
    assert np.allclose(total, run["joined"], atol=0.04)
    of_all = data["scenarios"][0]["origins"]
    assert set(of_all) == set(ORIGINS)


def test_origins_are_a_finding_that_adds_up_to_the_mean(
    results: Results, findings: Findings
) -> None:
    table = findings["origins"]
    series = results.of(SCENARIO, "series")
    for scenario in results.scenarios:
        own = table[(table["scenario"] == scenario) & (table["clock"] == "calendar")]
        mean = series[series["scenario"] == scenario].groupby("month")["joined_share"].mean()
        assert np.allclose(own.groupby("month")["mean"].sum(), mean)


def test_chance_is_the_share_of_futures_in_which_a_council_is_in(results: Results) -> None:
    seeds = [1, 2, 3, 4, 5, 6]
    rows = stored_rows(results.of(SCENARIO, "series"), "framework", seeds)
    found = presence(results.experiment, "framework", seeds, rows, workers=2)
    assert found is not None
    _, record, _ = play(results.experiment, "framework", seeds)[0]
    inside = np.isin(record.states[:, :, 0], (MIGRATING, LIVE))
    assert np.allclose(found, inside.mean(axis=0).T)
    # Where each future has councils of its own, no council has a chance of its own.
    drawn = stored_rows(results.of(SCENARIO, "series"), "drawn", seeds)
    assert presence(results.experiment, "drawn", seeds, drawn) is None


def test_results_of_another_model_are_refused(results: Results, findings: Findings) -> None:
    series = results.series.copy()
    series.loc[series["point"] == "framework", "joined_share"] += 1 / 32
    other = replace(results, series=series)
    view = View(other, findings)
    chosen = choose(paths_of(other, ["framework"]))[:1]
    with pytest.raises(BadInput, match="run the experiment again"):
        replay_data(Shown(other, view, ["framework"], chosen, 6), {})


# ---------------------------------------------------------------- kept beside the results


def test_what_is_kept_is_used_and_made_anew_where_it_is_damaged(
    folder: Path, findings: Findings, data: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert made(folder) == data
    shutil.rmtree(folder / FOUND)  # findings too
    kept = sorted((folder / why.FOLDER).glob("*.json"))
    for path in kept:
        if path.name.startswith("data_"):
            path.unlink()
        else:
            path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert made(folder) == data
    for path in (folder / why.FOLDER).glob("data_*"):
        path.unlink()
    findings.write(folder)
    # Whole once more: nothing has to be looked into.
    monkeypatch.setattr(why, "make_witness", None)
    assert made(folder) == data


def test_engines_that_differ_are_an_error(results: Results) -> None:
    with pytest.raises(RuntimeError, match="differ"):
        why.explain(results.experiment, {("framework", 1): "other"}, None, 1, Silent())


@pytest.mark.usefixtures("data")
def test_order_and_limit_of_scenarios_and_the_future_that_comes_first(folder: Path) -> None:
    found = made(folder, scenarios=["no_visits", "framework"], seed=5)
    assert [one["name"] for one in found["scenarios"]] == ["no_visits", "framework"]
    assert found["futures"][0]["seed"] == 5
    assert found["futures"][0]["role"] == "asked"
    assert len({future["seed"] for future in found["futures"]}) == 6
    low = made(folder, scenarios=["framework"], role="low", film=True)
    assert [future["role"] for future in low["futures"]] == ["low"]
    json.dumps(found, allow_nan=False)


# ---------------------------------------------------------------- finding results, errors


def test_results_are_found_by_folder_or_by_name(folder: Path, tmp_path: Path) -> None:
    everything = folder.parent.parent
    assert find_result(folder, tmp_path) == folder
    assert find_result(folder.parent, tmp_path) == folder
    assert find_result("small", everything) == folder
    with pytest.raises(BadInput, match="small"):
        find_result("smalll", everything)
    with pytest.raises(BadInput, match="no results in this folder"):
        find_result(tmp_path, everything)


def test_what_cannot_be_shown_is_told(folder: Path, tmp_path: Path) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "no_visits": {"scenarios": ["framework_two"]},
        "seed 99": {"seed": 99},
        "this format": {"out": tmp_path / "film.avi"},
        "ends otherwise": {"out": tmp_path / "film.gif", "form": "png"},
        "this is a folder": {"out": tmp_path},
        "side by side": {"form": "png", "scenarios": ["framework", "no_visits", "drawn"]},
    }
    for told, options in wrong.items():
        with pytest.raises(BadInput, match=told):
            replay(folder, progress=Silent(), workers=1, **options)
    assert not any(tmp_path.iterdir())
