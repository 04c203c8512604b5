"""Where councils stand at the headline month, noted by both engines, and told by the findings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.analysis.councils import councils_table
from sim.model.mesa_model import run_mesa
from sim.model.record import Record
from sim.model.run import run_futures
from sim.model.world import build_world
from sim.runs.measure import STATUS, noting, opening_step, tables_of
from sim.settings import Outcomes
from tests.shared.scenarios import OPENING, horizon, scenario
from tests.shared.small_results import experiment, results
from tests.shared.small_results import scenario as one

# Councils give up, leave and come back.
RESTLESS = scenario(
    behaviour={"abandon_base_per_month": 0.2, "leave_base_per_month": 0.1, "rejoin_months": 2}
)
MONTHS, AFTER = 18, 9


@pytest.fixture(scope="module")
def record() -> Record:
    span = horizon(MONTHS)
    world = noting(build_world(RESTLESS, span, 1), AFTER)
    return run_mesa(world, span, [1, 2], with_states=True)


def test_what_is_noted_is_the_state_of_that_month(record: Record) -> None:
    step = OPENING + AFTER - 1
    assert record.noted_step.tolist() == [step, step]
    assert np.array_equal(record.noted, record.states[:, step])
    # Some have come and gone since, so that no other column tells it.
    assert not np.array_equal(record.noted, record.status)


def test_the_compiled_engine_notes_the_same(record: Record) -> None:
    span = horizon(MONTHS)
    found = run_futures(record.world, span, [1, 2], "compiled")
    assert np.array_equal(found.noted, record.noted)


def test_shares_of_the_table_add_up_to_the_share_joined(record: Record) -> None:
    outcomes = Outcomes(months_since_opening=[AFTER], headline_months=AFTER)
    tables = tables_of(record, outcomes, "a")
    inside = tables["joined"]["status_headline"].isin(["member", "migrating"])
    shares = inside.groupby(tables["joined"]["seed"]).mean()
    assert shares.tolist() == pytest.approx(tables["runs"][f"joined_share_{AFTER}m"].tolist())
    assert set(tables["joined"]["status_headline"]) <= set(STATUS.values())


def test_nothing_is_noted_beyond_the_horizon() -> None:
    span = horizon(6)
    world = build_world(RESTLESS, span, 1)
    assert opening_step(world) == OPENING
    assert noting(world, 4).noted_step == 5
    assert noting(world, 5).noted_step == -1
    never = replace(world, opens=(world.first_month + 99,))
    assert noting(never, 1).noted_step == -1
    tables = tables_of(run_mesa(world, span, [1]), Outcomes(), "a")
    assert tables["joined"]["status_headline"].isna().all()


def test_the_map_is_of_the_headline_month_or_of_the_end() -> None:
    late = one("B", opens="2019-06")
    whole = experiment({"a": one("A"), "b": late})
    table = councils_table(results(whole))
    joined = results(whole).of("scenario", "joined")
    assert shares_in(table, "a") == pytest.approx(inside(joined, "a", "status_headline"))
    # The horizon ends 19 months after the later opening.
    later = table[table["scenario"] == "b"]
    assert later[["typical_then", "joined_then_share", "member_then_share"]].isna().all(axis=None)
    only = councils_table(results(experiment({"b": late})))
    assert shares_in(only, "b") == pytest.approx(inside(joined, "b", "status"))


def shares_in(table: pd.DataFrame, name: str) -> dict[str, float]:
    own = table[table["scenario"] == name]
    return dict(zip(own["gss_code"], own["joined_then_share"], strict=True))


def inside(joined: pd.DataFrame, name: str, column: str) -> dict[str, float]:
    """Share of futures in which each council is in, by a column of the table."""
    own = joined[joined["scenario"] == name]
    found = own[column].isin(["member", "migrating"]).groupby(own["gss_code"]).mean()
    return {str(code): float(share) for code, share in found.items()}
