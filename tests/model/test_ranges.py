"""Every numeric setting at both ends of its range: tables stay finite, and engines agree."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from annotated_types import Ge, Gt, Le, Lt

from sim.model.engine import run_compiled
from sim.model.mesa_model import run_mesa
from sim.model.world import build_world
from sim.runs.measure import tables_of
from sim.settings import Horizon, Outcomes, Scenario
from sim.settings.editing import numeric_settings, with_setting
from sim.settings.limits import MOST_SYNTHETIC, SMALLEST
from sim.settings.location import find_location
from tests.model.test_engine import assert_equal_records

HORIZON = Horizon(starts=2018 * 12 + 2, ends=2018 * 12 + 11)
OUTCOMES = Outcomes(months_since_opening=[3, 6], headline_months=6)
# Councils join, use, leave, are struck and called on within these months.
OFFER = {
    "opens": "2018-04",
    "initial_members": 0.3,
    "needs_procurement": "use",
    "annual_fee_gbp_m": 0.1,
    "joining_cost_gbp_m": 0.1,
    "switching_cost_years": 0.1,
    "security_gain": 0.3,
    "shared_fate": 0.3,
    "economies_of_scale": 0.2,
}
BUSY = Scenario.model_validate(
    {
        "councils": {"synthetic": 12},
        "network": {"isolation_allowed": True},
        "offers": {"main": OFFER},
        "push": {"visits_per_month": 4.0, "annual_cost_gbp_m": 1.0, "review_months": 6},
        "climate": {"incident_rate_per_month": 0.1},
        "behaviour": {"attention_base_per_month": 0.3, "deepening_per_month": 0.2},
    }
)
# Ratios and dates that a run may lack: nothing to divide by, or not reached.
MAY_BE_MISSING = {
    "opened",
    "joined_share_24m_after_launch",
    "joined_share_6m",
    "use_share_6m",
    "months_to_25pc",
    "months_to_50pc",
    "months_to_75pc",
    "cancelled_month",
    "payback_years",
    "break_even_ratio",
    "cost_per_member_gbp_m",
    "cost_per_gbp_saved",
}
# Far beyond all the money of councils, far below what a number can hold.
BOUND = 1e15


def ends_of(setting: str, kind: type) -> list[float]:
    """Both ends of the range of a setting, and what stands next to 0 within it."""
    limits = find_location(Scenario, setting.split(".")).limits
    low = [float(str(limit.ge)) for limit in limits if isinstance(limit, Ge)]
    high = [float(str(limit.le)) for limit in limits if isinstance(limit, Le)]
    assert not any(isinstance(limit, Gt | Lt) for limit in limits), setting
    if setting == "offers.main.initial_members":  # checked by itself: a share, or a number
        low, high = [0.0], [12.0]
    assert (len(low), len(high)) == (1, 1), f"{setting} has no range"
    found = [*low, *high]
    if kind is float and low[0] < SMALLEST < high[0]:
        found += [SMALLEST, -SMALLEST][: 2 if low[0] < 0 else 1]
    return found


ENDS = [
    (setting, value)
    for setting, kind in numeric_settings(BUSY).items()
    for value in ends_of(setting, kind)
    # Sizes are estimated before they are spent; a seed of any size is the same work.
    if not (setting == "councils.synthetic" and value == MOST_SYNTHETIC)
    and not (setting == "councils.draw" and value > 12)
]


@pytest.mark.parametrize(
    ("setting", "value"), ENDS, ids=[f"{setting}={value:g}" for setting, value in ENDS]
)
def test_ends_of_ranges(setting: str, value: float) -> None:
    scenario = with_setting(BUSY, setting, value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        world = build_world(scenario, HORIZON, 1)
        record = run_mesa(world, HORIZON, [1, 2])
        assert_equal_records(record, run_compiled(world, [1, 2]))
        tables = tables_of(record, OUTCOMES, "a")
    for name, table in tables.items():
        for column in table.select_dtypes("number"):
            values = table[column].to_numpy(dtype=float)
            assert column in MAY_BE_MISSING or np.isfinite(values).all(), (name, column)
            worst = np.abs(values[~np.isnan(values)]).max(initial=0.0)
            assert worst < BOUND, (name, column, worst)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("offers.main.addressed_share", 5e-324),
        ("offers.main.promised_saving_share", 1e-80),
        ("traits.autonomy_mean", 5e-324),
        ("traits.autonomy_concentration", 1e-9),
        ("behaviour.temperature", 1e-300),
        ("network.layers.border", 5e-324),
        ("climate.discount_rate", 1e-7),
    ],
)
def test_next_to_nothing_is_refused(setting: str, value: float) -> None:
    with pytest.raises(Exception, match=r"out of range|too near to 0"):
        with_setting(BUSY, setting, value)
