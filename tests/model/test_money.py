"""What teams, visits and subsidies cost, and what a budget allows: cases solved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.engine import run_compiled
from sim.model.world import build_world
from tests.shared.scenarios import (
    ATTENTIVE,
    LARGE,
    NO,
    OFFER,
    OPENING,
    SILENT,
    SURE,
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


# Two councils that join at once, and two to call on for an offer that does not open in time.
ELSEWHERE = ["Fife", "Highland"]
JOINERS: Values = {**FREE, "scope": {"codes": LARGE}, "switching_cost_years": 0.0}
LATER: Values = {**FREE, "scope": {"codes": ELSEWHERE}, "launched": "2018-03", "opens": "2018-12"}
POT: Values = {"annual_budget_gbp_m": 1.2, "visits_per_month": 2.0, "launch_contact": 1.0}


def from_one_pot(
    joining_cost_gbp_m: float, push: Values, months: int = 11, **behaviour: float
) -> OneRun:
    """Play both offers, with £0.1m a month and two visits wanted, in both engines."""
    joiners = {**JOINERS, "joining_cost_gbp_m": joining_cost_gbp_m, "annual_fee_gbp_m": 0.0}
    of = scenario(
        {"main": joiners, "later": LATER},
        {**POT, **push},
        councils={"codes": LARGE + ELSEWHERE},
        behaviour={**ATTENTIVE, **YES, **behaviour},
    )
    found = run(of, months=months)
    compiled = run_compiled(build_world(of, horizon(months), 1), [1])
    for name, values in found.record.arrays().items():
        assert np.array_equal(values, compiled.arrays()[name]), name
    return found


def test_a_promised_subsidy_is_kept_and_then_nobody_is_called_on_until_it_is_made_up_for() -> None:
    found = from_one_pot(0.3, {"subsidy_share": 0.5, "cost_per_visit_gbp_m": 0.04})
    # March: 0.1 less two visits leaves 0.02, so the subsidy is on offer; two claims of 0.15 leave
    # -0.28. April to June bring that to 0.02, which pays no visit; July's 0.12 pays both again.
    assert series(found, "visits").tolist() == [0, 0, 2, 0, 0, 0, 2, 2, 2, 2, 2]
    assert series(found, "visits_planned").tolist() == [0, 0, *[2] * 9]
    assert series(found, "subsidy") == pytest.approx([0, 0, 0.3, *[0] * 8])
    assert series(found, "joining") == pytest.approx([0, 0, 0.3, *[0] * 8])


def test_visits_that_take_all_the_money_leave_no_subsidy() -> None:
    found = from_one_pot(0.3, {"subsidy_share": 0.5, "cost_per_visit_gbp_m": 0.05})
    assert series(found, "visits").tolist() == [0, 0, *[2] * 9]
    assert not series(found, "subsidy").any()
    assert series(found, "joining") == pytest.approx([0, 0, 0.6, *[0] * 8])


@pytest.mark.parametrize(("cost_per_visit", "joined"), [(0.04, 2), (0.05, 0)])
def test_councils_reckon_with_a_subsidy_only_while_it_is_on_offer(
    cost_per_visit: float, joined: int
) -> None:
    push: Values = {"subsidy_share": 1.0, "cost_per_visit_gbp_m": cost_per_visit}
    # Free, it is wanted; at £5m nobody would join.
    weighs = {**SILENT, **SURE, "intercept": 1.0, "cost_weight": 50.0}
    found = from_one_pot(5.0, push, **weighs)
    assert series(found, "joined")[-1] == joined
    assert series(found, "subsidy").sum() == pytest.approx(5.0 * joined)


def test_overspending_is_no_more_than_what_was_claimed_in_one_month() -> None:
    budget = 0.6
    push: Values = {
        "annual_budget_gbp_m": budget,
        "cost_per_visit_gbp_m": 0.01,
        "visits_per_month": 4.0,
        "subsidy_share": 0.6,
    }
    found = both_engines(push, months=60, behaviour=YES)
    running = series(found, "running") - 1.0 / 12
    subsidy = series(found, "subsidy")
    spent = np.cumsum(running[OPENING:] + subsidy[OPENING:])
    came_in = budget / 12 * np.arange(1, len(spent) + 1)
    assert (spent - came_in).max() > 0.0
    assert (spent - came_in).max() <= subsidy.max() + 1e-9
