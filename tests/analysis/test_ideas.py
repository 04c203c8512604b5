"""The same futures without each idea: nothing of it is left, and what that makes of members."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sim.analysis.findings import Findings, find
from sim.analysis.ideas import IDEAS_COLUMNS, ideas_table
from sim.analysis.verdicts import Verdict
from sim.experiment.ideas import CUT_TIES, IDEAS
from sim.experiment.load import load_experiment
from sim.model.world import build_world
from sim.present.blocks import Table
from sim.present.report.facts import Facts
from sim.present.report.ideas import ASKED, TOO_FEW, Asked, ideas
from sim.runs.results import Results
from sim.settings import Scenario
from sim.settings.editing import with_settings
from sim.study import simulate
from tests.shared.experiments import SMALL, written
from tests.shared.scenarios import STORMY, horizon, offer, played, scenario

# All that can come from others over ties: each weight at its height, and at nothing.
OVER_TIES = {
    "peer_weight": 20.0,
    "peer_attention_per_month": 1.0,
    "regret_weight": 50.0,
    "promise_worth_reports": 0.01,
    "worry_listener": 1.0,
    "peer_contact_ratio": 1.0,
}
NOTHING = {
    "peer_weight": 0.0,
    "peer_attention_per_month": 0.0,
    "regret_weight": 0.0,
    "promise_worth_reports": 100.0,
    "worry_listener": 0.0,
    "peer_contact_ratio": 0.005,
}
# A peer owns it, so that members are met, and breaches are common.
OF_PEERS = scenario(
    {"main": offer(owner="peer", initial_members=["Fife", "Moray"])},
    climate=STORMY,
    behaviour={"worry_attention_per_month": 0.2},
)


def cut(of: Scenario) -> Scenario:
    return with_settings(of, CUT_TIES)


def story(of: Scenario) -> list[tuple[int, float, float]]:
    """What became of each council."""
    return [
        (m.status, council.worry, m.contact)
        for council in played(of, months=18).councils
        for m in council.memberships
    ]


@pytest.mark.parametrize("cut_them", [True, False])
def test_what_comes_from_others_comes_over_ties(cut_them: bool) -> None:
    """With ties cut no weight of it matters; with ties each run would be another."""
    of = cut(OF_PEERS) if cut_them else OF_PEERS
    most, least = (
        with_settings(of, {f"behaviour.{name}": value for name, value in values.items()})
        for values in (OVER_TIES, NOTHING)
    )
    assert (story(most) == story(least)) == cut_them


@pytest.mark.parametrize(
    "network",
    [
        {},
        {"kind": "complete"},
        {"kind": "watts_strogatz", "fresh_for_each_seed": True},
        {"cross_border_contacts": 4, "layers": {"border": 1.0}},
    ],
    ids=str,
)
def test_no_tie_is_left_whatever_the_network(network: dict[str, Any]) -> None:
    usual = scenario(network=network)
    world = build_world(cut(usual), horizon(3), 7)
    assert len(build_world(usual, horizon(3), 7).ties.source) > 0
    assert len(world.ties.source) == len(world.ties.listener) == 0
    assert world.councils.name == build_world(usual, horizon(3), 7).councils.name


def test_no_tie_is_left_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ties.csv"
    path.write_text("listener,source,weight\nFife,Moray,1\n", encoding="utf-8")
    network = {"kind": "edge_list", "edge_list": str(path), "isolation_allowed": True}
    usual = scenario(network=network)
    assert len(build_world(usual, horizon(3), 1).ties.source) == 1
    assert len(build_world(cut(usual), horizon(3), 1).ties.source) == 0


@pytest.mark.parametrize("idea", ["pressure", "autonomy"])
def test_what_is_switched_off_moves_nobody(idea: str) -> None:
    """Without it, worlds that differ in nothing else than it are the same; with it they are not."""
    most, least = {
        "pressure": (
            {"climate.austerity_per_year": 0.2, "behaviour.pressure_starving": 4.0},
            {"climate.austerity_per_year": -0.2, "behaviour.pressure_starving": 0.0},
        ),
        "autonomy": ({"traits.autonomy_mean": 0.9}, {"traits.autonomy_mean": 0.1}),
    }[idea]
    pushed = scenario(
        {"main": offer(owner="central", depth=0.6)},
        push={"visits_per_month": 20.0, "mandate": {"starts": "2018-06"}},
        behaviour={"reactance": 10.0, "attention_base_per_month": 0.2},
    )
    for without in (True, False):
        off = IDEAS[idea].off if without else {}
        first, second = (
            story(with_settings(pushed, {**changes, **off})) for changes in (most, least)
        )
        assert (first == second) == without


def test_an_old_word_is_still_read(tmp_path: Path) -> None:
    told: list[str] = []
    path = written(tmp_path, SMALL.replace("[ideas]", "[ties]"))
    assert load_experiment(path, say=told.append).ideas.seeds == 0
    assert "ties is now called ideas" in told[0]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Results]:
    """Results without the design, and with it."""
    folder = tmp_path_factory.mktemp("ideas")
    two = '[ideas]\nseeds = 2\nscenarios = ["framework", "drawn"]'
    more = SMALL.replace("[ideas]\nseeds = 0", two)
    assert more != SMALL
    return tuple(  # type: ignore[return-value]
        simulate(written(folder, text), workers=1, out=None) for text in (SMALL, more)
    )


def test_other_points_are_the_same_to_the_bit(both: tuple[Results, Results]) -> None:
    plain, more = both
    usual = more.runs[~more.runs["point"].str.startswith("without/")]
    assert len(more.runs) == len(usual) + 2 * 2 * len(IDEAS)
    assert_frame_equal(usual.reset_index(drop=True), plain.runs, check_exact=True)
    for name in ("series", "groups", "joined"):
        assert_frame_equal(getattr(more, name), getattr(plain, name), check_exact=True)
    assert find(plain)["ideas"].empty


def test_each_future_is_held_against_itself(both: tuple[Results, Results]) -> None:
    results = both[1]
    table = ideas_table(results)
    expected = [(name, idea) for name in ("framework", "drawn") for idea in IDEAS]
    assert list(zip(table["scenario"], table["idea"], strict=True)) == expected
    for row in table.to_dict("records"):
        name = row["scenario"]
        runs = results.runs.set_index(["point", "seed"])["joined_share_12m"]
        usual, alone = runs[name].loc[[1, 2]], runs[f"without/{name}/{row['idea']}"].loc[[1, 2]]
        assert row["seeds"] == 2
        assert row["with_idea"] == pytest.approx(usual.mean())
        assert row["without_idea"] == pytest.approx(alone.mean())
        assert row["difference"] == pytest.approx((usual - alone).mean())
        assert row["few"]
        # Both seeds share a draw of behaviour.
        assert np.isnan(row["low"])
        assert row["verdict"] == "not known"


def _facts(results: Results, *rows: tuple[str, str, bool, float, float, str]) -> Facts:
    """Facts in which ideas bring this much."""
    tables = dict(find(results))
    tables["ideas"] = pd.DataFrame(
        [
            {
                "scenario": name,
                "idea": idea,
                "outcome": "joined_share_12m",
                "seeds": 40,
                "few": few,
                "with_idea": 0.5,
                "without_idea": 0.5 - (low + high) / 2,
                "difference": (low + high) / 2,
                "low": low,
                "high": high,
                "verdict": verdict,
            }
            for name, idea, few, low, high, verdict in rows
        ],
        columns=list(IDEAS_COLUMNS),
    )
    return Facts(results.experiment, Findings(tables))


def test_the_report_says_what_each_verdict_lets_it_say(both: tuple[Results, Results]) -> None:
    facts = _facts(
        both[0],
        ("framework", "autonomy", False, -0.09, -0.05, "lower"),
        ("framework", "network", False, 0.05, 0.09, "higher"),
        ("no_visits", "network", False, -0.01, 0.01, "hardly differs"),
        ("drawn", "network", True, 0.05, 0.09, "higher"),
    )
    heading, _, autonomy, network, table, note = ideas(facts)
    assert getattr(heading, "text", "") == "Budgets, autonomy and neighbours"
    assert "Does autonomy hold back?" in str(autonomy)
    assert "The wish for autonomy keeps members out under" in str(autonomy)
    said = str(network)
    first, second, third = (
        said.index(words)
        for words in (
            "Ties between councils bring more members in under",
            "ties between councils hardly matter under",
            TOO_FEW,
        )
    )
    assert first < said.index("Common procurement") < second < said.index("Nobody calls") < third
    assert third < said.index("Twelve of them")
    assert isinstance(table, Table)
    assert table.head[2:] == ["Autonomy", "Neighbours"]
    assert [row[2:] for row in table.rows][1:] == [
        ["–", table.rows[1][3]],
        ["–", "too few futures"],
    ]
    assert "percentage points" in str(note)


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_every_verdict_has_words(asked: Asked) -> None:
    for verdict in get_args(Verdict):
        assert asked.subject in asked.says(verdict) or verdict == "not known"
    assert set(ASKED) == set(IDEAS)


def test_nothing_is_said_of_what_was_not_run(both: tuple[Results, Results]) -> None:
    assert list(ideas(_facts(both[0]))) == []
