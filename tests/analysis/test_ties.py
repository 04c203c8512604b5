"""The same futures with ties cut: nothing passes over them, and what that makes of members."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sim.analysis.findings import Findings, find
from sim.analysis.ties import TIES_COLUMNS, ties_table
from sim.experiment.design import CUT_TIES
from sim.model.world import build_world
from sim.present.blocks import Table
from sim.present.report.facts import Facts
from sim.present.report.ties import TOO_FEW, ties
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


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Results]:
    """Results without the design, and with it."""
    folder = tmp_path_factory.mktemp("ties")
    two = '[ties]\nseeds = 2\nscenarios = ["framework", "drawn"]'
    more = SMALL.replace("[ties]\nseeds = 0", two)
    assert more != SMALL
    return tuple(  # type: ignore[return-value]
        simulate(written(folder, text), workers=1, out=None) for text in (SMALL, more)
    )


def test_other_points_are_the_same_to_the_bit(both: tuple[Results, Results]) -> None:
    without, with_ties = both
    usual = with_ties.runs[~with_ties.runs["point"].str.startswith("ties_cut/")]
    assert len(with_ties.runs) == len(usual) + 4
    assert_frame_equal(usual.reset_index(drop=True), without.runs, check_exact=True)
    for name in ("series", "groups", "joined"):
        assert_frame_equal(getattr(with_ties, name), getattr(without, name), check_exact=True)
    assert find(without)["ties"].empty


def test_each_future_is_held_against_itself(both: tuple[Results, Results]) -> None:
    results = both[1]
    table = ties_table(results)
    assert table["scenario"].tolist() == ["framework", "drawn"]
    for row in table.to_dict("records"):
        name = row["scenario"]
        runs = results.runs.set_index(["point", "seed"])["joined_share_12m"]
        usual, alone = runs[name].loc[[1, 2]], runs[f"ties_cut/{name}"].loc[[1, 2]]
        assert row["seeds"] == 2
        assert row["with_ties"] == pytest.approx(usual.mean())
        assert row["without_ties"] == pytest.approx(alone.mean())
        assert row["difference"] == pytest.approx((usual - alone).mean())
        assert row["few"]
        # Both seeds share a draw of behaviour.
        assert np.isnan(row["low"])
        assert row["verdict"] == "not known"


def _facts(results: Results, *rows: tuple[str, bool, float, float, str]) -> Facts:
    """Facts in which ties bring this much."""
    tables = dict(find(results))
    tables["ties"] = pd.DataFrame(
        [
            {
                "scenario": name,
                "outcome": "joined_share_12m",
                "seeds": 40,
                "few": few,
                "with_ties": 0.5,
                "without_ties": 0.5 - (low + high) / 2,
                "difference": (low + high) / 2,
                "low": low,
                "high": high,
                "verdict": verdict,
            }
            for name, few, low, high, verdict in rows
        ],
        columns=list(TIES_COLUMNS),
    )
    return Facts(results.experiment, Findings(tables))


def test_the_report_says_what_each_verdict_lets_it_say(both: tuple[Results, Results]) -> None:
    facts = _facts(
        both[0],
        ("framework", False, 0.05, 0.09, "higher"),
        ("no_visits", False, -0.01, 0.01, "hardly differs"),
        ("drawn", True, 0.05, 0.09, "higher"),
    )
    heading, paragraph, table = ties(facts)
    assert getattr(heading, "text", "") == "Do neighbours matter?"
    said = str(paragraph)
    first, second, third = (
        said.index(words)
        for words in ("Ties bring more members in under", "ties hardly matter under", TOO_FEW)
    )
    assert first < said.index("Common procurement") < second < said.index("Nobody calls") < third
    assert third < said.index("Twelve of them")
    assert isinstance(table, Table)
    assert [row[-1] for row in table.rows] == [
        "more with ties",
        "hardly differs",
        "too few futures",
    ]


def test_nothing_is_said_of_what_was_not_run(both: tuple[Results, Results]) -> None:
    assert list(ties(_facts(both[0]))) == []
