"""When an offer pays: terms solved by hand, and held against the accounts of the model."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from sim.analysis.payback import Terms, steady_terms, yearly_running_gbp_m
from sim.model.world import build_world
from tests.shared.scenarios import LARGE, LOYAL, OFFER, Values, horizon, run, scenario, series

TERMS = Terms(
    joined_share=1.0,
    saving_gbp_m=10.0,
    scale_gain=0.5,
    fees_gbp_m=1.0,
    running_gbp_m=2.0,
    joining_gbp_m=3.0,
    switching_gbp_m=8.0,
    subsidy_share=0.25,
)


def test_terms_by_hand() -> None:
    # Half of spend moved: 5 a year, and a quarter more by scale. Half of it comes true: 3.125.
    assert TERMS.full_promise_gbp_m(0.5) == pytest.approx(6.25)
    # Councils pay three quarters of 3 + 4 once, and 1 a year; the public purse all of it, and 2.
    assert TERMS.payback_years("councils", 0.5, 0.5) == pytest.approx(5.25 / 2.125)
    assert TERMS.payback_years("public purse", 0.5, 0.5) == pytest.approx(7.0 / 1.125)
    assert TERMS.payback_years("public purse", 0.5, 0.3) == math.inf
    assert TERMS.break_even_ratio("public purse", 0.5, math.inf) == pytest.approx(2.0 / 6.25)
    assert TERMS.break_even_ratio("public purse", 0.5, 7.0) == pytest.approx(3.0 / 6.25)


@pytest.mark.parametrize("side", ["councils", "public purse"])
@pytest.mark.parametrize("years", [1.0, 7.0, 20.0])
def test_at_the_ratio_that_breaks_even_the_money_is_back_in_time(side: str, years: float) -> None:
    for used in (0.1, 0.4, 1.0):
        ratio = TERMS.break_even_ratio(side, used, years)  # type: ignore[arg-type]
        back = TERMS.payback_years(side, used, ratio)  # type: ignore[arg-type]
        assert back == pytest.approx(years)


def ended(runs: int, cancelled: int = 0) -> pd.DataFrame:
    """How runs of ten councils ended: half are left where the offer was cancelled, else all."""
    gone = np.arange(runs) < cancelled
    return pd.DataFrame(
        {
            "councils": 10,
            "cancelled": gone,
            "joined_share_end": np.where(gone, 0.3, 1.0),
            "peak_joined_share": np.where(gone, 0.6, 1.0),
        }
    )


def test_a_year_costs_what_is_still_done() -> None:
    """Visits that nobody is left for are not paid, nor a team whose programme has stopped."""
    push = {
        "annual_cost_gbp_m": 2.0,
        "fixed_cost_gbp_m": 0.5,
        "visits_per_month": 3.0,
        "cost_per_visit_gbp_m": 0.1,
    }
    made = scenario({"main": OFFER}, push, councils={"codes": LARGE})
    world = build_world(made, horizon(24), 1)
    # Of 36 visits a year that are planned, 5 are made.
    visits = np.full(3, 5.0)
    assert yearly_running_gbp_m(world, ended(3), visits) == pytest.approx(2.0 + 0.5 + 0.5)
    assert yearly_running_gbp_m(world, ended(3), 0.0 * visits) == pytest.approx(2.5)
    # Cancelled in most futures: half of its members are left, and no team.
    assert yearly_running_gbp_m(world, ended(3, cancelled=2), visits) == pytest.approx(1.0)


@pytest.mark.parametrize("contracts", ["no", "use"])
def test_a_steady_state_saves_and_costs_what_the_model_accounts_for(contracts: str) -> None:
    settled: Values = {
        **OFFER,
        "initial_members": LARGE,
        "needs_procurement": contracts,
        "realised_ratio": 0.5,
        "realised_ratio_sd": 0.0,
        "switching_cost_years": 0.4,
    }
    found = run(
        scenario(
            {"main": settled},
            {"fixed_cost_gbp_m": 0.24, "visits_per_month": 0.0},
            councils={"codes": LARGE},
            behaviour={**LOYAL, "deepening_per_month": 1.0, "routed_per_renewal_share": 1.0},
        ),
        months=300,
    )
    relief = found.world.scenario.behaviour.renewal_relief_share
    running = yearly_running_gbp_m(found.world, ended(1), np.zeros(1))
    terms = steady_terms(found.world, relief, 1.0, 1.0, running)
    assert 12 * series(found, "promise")[-1] == pytest.approx(terms.full_promise_gbp_m(1.0))
    assert 12 * series(found, "saving")[-1] == pytest.approx(terms.full_promise_gbp_m(1.0) / 2)
    assert 12 * series(found, "fees")[-1] == pytest.approx(terms.fees_gbp_m)
    assert 12 * series(found, "running")[-1] == pytest.approx(terms.running_gbp_m)
    assert series(found, "switching").sum() == pytest.approx(terms.switching_gbp_m)
