"""What teams, visits and subsidies cost, and what a budget allows: cases solved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.engine import run_compiled
from sim.model.world import build_world
from tests.shared.scenarios import (
    LARGE,
    NO,
    OFFER,
    OPENING,
    YES,
    OneRun,
    Values,
    horizon,
    outcomes_of,
    run,
    scenario,
    series,
)

FREE: Values = {**OFFER, "needs_procurement": "no", "security_gain": 0.0, "shared_fate": 0.0}


def both_engines(push: Values, months: int = 12, **parts: Values) -> OneRun:
    """Run one future in both engines, which must agree to the bit."""
    of = scenario({"main": FREE}, push, **parts)
    found = run(of, months=months)
    compiled = run_compiled(build_world(of, horizon(months), 1), [1])
    for name, values in found.record.arrays().items():
        assert np.array_equal(values, compiled.arrays()[name]), name
    return found


def test_teams_and_visits_are_paid_while_they_work() -> None:
    found = both_engines(
        {
            "ends": "2018-09",
            "fixed_cost_gbp_m": 0.6,
            "cost_per_visit_gbp_m": 0.01,
            "annual_cost_gbp_m": 1.2,
            "teams": {"north": {"fixed_cost_gbp_m": 0.12, "starts": "2018-07"}},
        },
        behaviour=NO,
    )
    # From March to August the main team, six visits a month; from July on the other as well.
    expected = np.zeros(12)
    expected[OPENING:8] = 0.1 + 0.05 + 6 * 0.01
    expected[6:] += 0.01
    assert series(found, "running") == pytest.approx(expected)
    discount = np.array([1.035 ** (-(month - 3) / 12) for month in range(12)])
    assert outcomes_of(found)["programme_cost_gbp_m"] == pytest.approx((discount * expected).sum())


def test_a_budget_allows_as_many_visits_as_it_pays() -> None:
    found = both_engines(
        {"annual_budget_gbp_m": 1.2, "fixed_cost_gbp_m": 0.6, "cost_per_visit_gbp_m": 0.02},
        behaviour=NO,
    )
    # £0.1m a month less £0.05m for the team leaves two and a half visits: two and three in turn.
    visits = series(found, "visits")
    assert visits.tolist() == [0, 0, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3]
    assert series(found, "visits_planned").tolist() == [0, 0, *[6] * 10]
    row = outcomes_of(found)
    assert row["visits"] == 25
    assert row["visits_planned"] == 60


def test_subsidies_leave_less_for_visits() -> None:
    push: Values = {
        "annual_budget_gbp_m": 2.4,
        "cost_per_visit_gbp_m": 0.05,
        "visits_per_month": 4.0,
        "launch_contact": 1.0,
    }
    parts: Values = {"behaviour": YES}
    with_none = both_engines(push, **parts)
    with_all = both_engines({**push, "subsidy_share": 1.0}, **parts)
    assert series(with_all, "subsidy").sum() > 0.0
    assert series(with_all, "visits").sum() < series(with_none, "visits").sum()
    for found in (with_none, with_all):
        spent = np.cumsum(series(found, "running") - 1.0 / 12 + series(found, "subsidy"))[OPENING:]
        in_hand = 0.2 * np.arange(1, 11) - np.concatenate([[0.0], spent[:-1]])
        paid_for = np.floor(np.maximum(in_hand, 0.0) / 0.05 + 1e-6)
        assert (series(found, "visits")[OPENING:] <= np.minimum(paid_for, 4)).all()


def test_without_a_budget_nothing_stops_a_visit() -> None:
    dear = both_engines({"cost_per_visit_gbp_m": 50.0}, behaviour=NO)
    free = both_engines({}, behaviour=NO)
    assert series(dear, "visits").tolist() == series(free, "visits").tolist()
    assert series(free, "running")[OPENING:] == pytest.approx(1 / 12)


def test_a_budget_of_nothing_makes_no_visits_that_cost() -> None:
    none = both_engines({"annual_budget_gbp_m": 0.0, "cost_per_visit_gbp_m": 0.01}, behaviour=NO)
    assert not series(none, "visits").any()
    free = both_engines({"annual_budget_gbp_m": 0.0}, behaviour=NO, councils={"codes": LARGE})
    assert series(free, "visits").any()
