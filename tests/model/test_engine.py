"""The compiled engine and the Mesa model give the same results, to the last bit.

The Mesa side runs the uncompiled rules. Records are compared with ``==``: all totals, members by
group, dates and reasons of every council.
"""

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.experiment.load import load_experiment
from sim.model.engine import run_compiled
from sim.model.mesa_model import run_mesa
from sim.model.record import COLUMN, Record
from sim.model.rules import MEMBER, MIGRATING, ORIGINS, TARGETING
from sim.model.world import build_world
from sim.settings import Horizon, Scenario, month_text
from tests.shared.folders import ROOT
from tests.shared.numbers import numbers
from tests.shared.scenarios import EXPERIMENTS

CASES = [(path, name) for path in EXPERIMENTS for name in load_experiment(path).scenarios]


def assert_equal_records(one: Record, other: Record) -> None:
    for name, values in one.arrays().items():
        assert np.array_equal(values, other.arrays()[name]), name


def assert_engines_agree(scenario: Scenario, horizon: Horizon, seed: int) -> Record:
    world = build_world(scenario, horizon, seed)
    record = run_mesa(world, horizon, [seed], with_states=True)
    assert_equal_records(record, run_compiled(world, [seed], with_states=True))
    # Shares of what brought members in add up to members, without rounding.
    by_origin = record.totals[..., [COLUMN[f"joined_by_{origin}"] for origin in ORIGINS]]
    assert np.array_equal(by_origin.sum(axis=-1), record.totals[..., COLUMN["joined"]])
    return record


# Scenarios of sweeps are variants of others; one of each other experiment is tried each time.
FIRST = {path: next(name for each, name in CASES if each == path) for path, _ in CASES}


@pytest.mark.parametrize(
    ("path", "scenario"),
    [
        pytest.param(
            path,
            name,
            marks=pytest.mark.slow if path.parent.name == "sweeps" or name != FIRST[path] else (),
            id=f"{path.stem}-{name}",
        )
        for path, name in CASES
    ],
)
def test_every_scenario_of_every_experiment(path: Path, scenario: str) -> None:
    of = load_experiment(path)
    record = assert_engines_agree(of.scenarios[scenario], of.horizon, of.seeds.first + 2)
    assert record.totals[..., 0].max() > 0


def test_many_seeds_at_once_and_in_threads_equal_one_by_one() -> None:
    of = load_experiment(ROOT / "experiments" / "uk_beacon.toml")
    world = build_world(of.scenarios["beacon"], of.horizon, 1)
    seeds = [5, 2, 2**62, 9]
    at_once = run_compiled(world, seeds)
    with ThreadPoolExecutor(4) as pool:
        one_by_one = list(pool.map(lambda seed: run_compiled(world, [seed]), seeds))
    for index, record in enumerate(one_by_one):
        for name, values in record.arrays().items():
            assert np.array_equal(at_once.arrays()[name][index : index + 1], values), name


def test_states_end_where_the_story_ends() -> None:
    of = load_experiment(ROOT / "experiments" / "quickstart.toml")
    world = build_world(of.scenarios["gaap"], of.horizon, 1)
    record = run_compiled(world, [1, 2], with_states=True)
    assert record.states.shape == (2, world.months, 1, 353)
    assert np.array_equal(record.states[:, -1], record.status)
    joined = np.isin(record.states, [MIGRATING, MEMBER])[:, :, 0].sum(axis=2)
    assert np.array_equal(joined, record.totals[..., COLUMN["joined"]])
    assert run_compiled(world, [1]).states.size == 0


# ---------------------------------------------------------------- random scenarios

START = 2018 * 12
months_of_horizon = st.integers(24, 60)


share = numbers(0, 1)


@st.composite
def an_offer(draw: Any, months: int, index: int) -> dict[str, Any]:
    opens = START + draw(st.integers(0, months - 1))
    members = draw(st.sampled_from([0.0, 0.3, 2]))
    return {
        "opens": month_text(opens),
        "launched": month_text(draw(st.integers(START, opens))),
        "owner": draw(st.sampled_from(["central", "sector", "peer"])),
        "depth": draw(share),
        "addressed_share": draw(numbers(0.01, 1)),
        "promised_saving_share": draw(share),
        "realised_ratio": draw(numbers(-1, 2)),
        "realised_ratio_sd": draw(share),
        "annual_fee_gbp_m": draw(numbers(0, 0.3)),
        "joining_cost_gbp_m": draw(numbers(0, 0.3)),
        "switching_cost_years": draw(numbers(0, 3)),
        "needs_procurement": draw(st.sampled_from(["no", "use", "yes"])),
        "approval_months": draw(st.sampled_from([0, 0, 3])),
        "migration_months": draw(st.integers(0, 18)),
        "pilot": draw(st.booleans()),
        "security_gain": draw(share),
        "shared_fate": draw(share),
        "economies_of_scale": draw(share),
        "scale_max_population": draw(st.sampled_from([0.0, 120_000.0])),
        "initial_members": members,
        "pledge_share": draw(st.sampled_from([0.0, 0.0, 0.3])),
        "stream": draw(st.sampled_from([index, index + 7])),
        "joining_effort_months": draw(st.sampled_from([0.0, 1.5])),
        "served_share": draw(st.sampled_from([0.0, 0.0, 0.4])),
    }


@st.composite
def a_team(draw: Any, months: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "visits_per_month": draw(numbers(0, 12)),
        "targeting": draw(st.sampled_from(sorted(TARGETING))),
        "fixed_cost_gbp_m": draw(numbers(0, 1)),
        "cost_per_visit_gbp_m": draw(numbers(0, 0.1)),
    }
    if draw(st.booleans()):
        starts = draw(st.integers(0, months - 1))
        found["starts"] = month_text(START + starts)
        found["ends"] = month_text(START + draw(st.integers(starts, months)))
    if draw(st.booleans()):
        found["scope"] = {"nations": [draw(st.sampled_from(["England", "Scotland"]))]}
    return found


@st.composite
def a_change(draw: Any, offers: list[str]) -> dict[str, Any]:
    return draw(  # type: ignore[no-any-return]
        st.sampled_from(
            [
                {"push": {"visits_per_month": 9.0, "subsidy_share": 0.5}},
                {"climate": {"incident_rate_per_month": 0.2, "austerity_per_year": 0.2}},
                {"climate": {"incident_growth_per_year": 1.0}},
                {"offers": {offers[0]: {"scope": {"nations": ["Scotland"]}}}},
                {"offers": {offers[-1]: {"depth": 0.05, "promised_saving_share": 0.9}}},
                {"push": {"mandate": {"starts": month_text(START + 3)}}},
                {"push": {"teams": {"late": {"visits_per_month": 4.0, "targeting": "largest"}}}},
            ]
        )
    )


# Settings of candidate rules: the value at which they say nothing, and the most that is tried.
CANDIDATES = {
    "contract_binding_share": (0.0, 1.0),
    "pressure_starving": (0.0, 20.0),
    "served_again_share": (0.3, 1.0),
    "tie_threshold_share": (0.0, 1.0),
    "depth_risk": (0.0, 5.0),
    "dominance_weight": (0.0, 2.0),
    "effort_weight": (0.0, 2.0),
    "foresight_share": (0.0, 1.0),
    "peer_contact_ratio": (1.0, 1.0),
    "leave_with_others_per_month": (0.0, 0.5),
}


@st.composite
def a_case(draw: Any) -> tuple[Scenario, Horizon, int]:
    months = draw(months_of_horizon)
    names = ["one", "two"][: draw(st.integers(1, 2))]
    push: dict[str, Any] = draw(a_team(months)) | {
        "launch_contact": draw(share),
        "codesign": draw(share),
        "subsidy_share": draw(share),
        "annual_cost_gbp_m": draw(numbers(0, 5)),
        "annual_budget_gbp_m": draw(st.none() | numbers(0, 2)),
        "refuser_calls_per_quarter": draw(st.integers(0, 3)),
    }
    if draw(st.booleans()):
        push["teams"] = {"second": draw(a_team(months))}
    if draw(st.booleans()):
        push |= {"review_months": draw(st.integers(1, months)), "minimum_share": draw(share)}
    if draw(st.booleans()):
        starts = month_text(START + draw(st.integers(0, months - 1)))
        push["mandate"] = {"starts": starts, "scope": {"types": ["unitary", "scottish_unitary"]}}
    events = [
        {
            "date": month_text(START + draw(st.integers(0, months - 1))),
            "change": draw(a_change(names)),
            "breach": draw(st.sampled_from([[], ["Fife"]])),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    scenario = {
        "councils": draw(
            st.sampled_from(
                [
                    {"nations": ["Scotland"]},
                    {"regions": ["North East", "Scotland"], "draw": 40},
                    {"draw": 12},
                    {"codes": ["Fife", "Northumberland"]},
                    {"synthetic": 30},
                ]
            )
        ),
        "network": draw(
            st.sampled_from(
                [
                    {"isolation_allowed": True},
                    {"kind": "complete", "isolation_allowed": True},
                    {"cross_border_contacts": 2, "isolation_allowed": True},
                    {
                        "fresh_for_each_seed": True,
                        "national_contacts": 3,
                        "isolation_allowed": True,
                    },
                ]
            )
        ),
        "offers": {name: draw(an_offer(months, index)) for index, name in enumerate(names)},
        "push": push,
        "climate": {
            "incident_rate_per_month": draw(st.sampled_from([0.0, 0.006, 0.3])),
            "severe_share": draw(share),
            "austerity_per_year": draw(numbers(-0.1, 0.1)),
        },
        "events": events,
        "behaviour": {
            "intercept": draw(numbers(-3, 6)),
            "attention_base_per_month": draw(numbers(0, 0.5)),
            "capacity_elasticity": draw(share),
            "pause_months": draw(st.integers(0, 20)),
            "rejoin_months": draw(st.integers(0, 20)),
            "leave_regret_per_month": draw(numbers(0, 1)),
            "deepening_per_month": draw(share),
            "routed_per_renewal_share": draw(share),
            "coordination": draw(numbers(0, 0.5)),
            "waiting": draw(share),
            "contact_weight": draw(share),
            "liquidity": draw(share),
            "horizon_months": draw(st.integers(12, 84)),
            # Candidates, off by default: each in half of the cases.
            **{
                name: draw(st.one_of(st.just(off), numbers(0.005, most)))
                for name, (off, most) in CANDIDATES.items()
            },
        },
        "traits": {"contract_window_months": draw(st.integers(0, 12))},
    }
    horizon = Horizon(starts=START, ends=START + months - 1)
    return Scenario.model_validate(scenario), horizon, draw(st.integers(0, 2**62))


def _check(case: tuple[Scenario, Horizon, int]) -> None:
    assert_engines_agree(*case)


COMMON: dict[str, Any] = {
    "derandomize": True,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}


@pytest.mark.slow
@settings(max_examples=40, **COMMON)
@given(a_case())
def test_random_scenarios(case: tuple[Scenario, Horizon, int]) -> None:
    _check(case)


@pytest.mark.slow
@settings(max_examples=300, **COMMON)
@given(a_case())
def test_many_random_scenarios(case: tuple[Scenario, Horizon, int]) -> None:
    _check(case)


# ---------------------------------------------------------------- what only one engine does


def test_a_queue_that_two_teams_share() -> None:
    """Councils come back to it by every visit, and those that left again are called on anew."""
    scenario = {
        "councils": {"regions": ["North East", "Scotland"]},
        "offers": {"one": {"opens": month_text(START), "scope": {"nations": ["Scotland"]}}},
        "push": {
            "visits_per_month": 9.0,
            "targeting": "in_turn",
            "refuser_calls_per_quarter": 3,
            "teams": {
                "north": {
                    "visits_per_month": 2.5,
                    "targeting": "in_turn",
                    "scope": {"nations": ["England"]},
                },
                "largest": {"visits_per_month": 1.5, "targeting": "largest"},
            },
        },
        "events": [
            {
                "date": month_text(START + 20),
                "change": {"offers": {"one": {"scope": {"nations": ["Scotland", "England"]}}}},
            }
        ],
        "behaviour": {"leave_regret_per_month": 1.0, "rejoin_months": 1, "pause_months": 1},
    }
    horizon = Horizon(starts=START, ends=START + 59)
    record = assert_engines_agree(Scenario.model_validate(scenario), horizon, 3)
    assert (record.left_step >= 0).any()
    assert record.visits.sum() > 10 * record.visits.size


def test_breaches_that_reach_most_members_through_two_offers() -> None:
    offer = {
        "opens": month_text(START),
        "initial_members": 0.8,
        "shared_fate": 1.0,
        "security_gain": 0.0,
    }
    scenario = {
        "councils": {"synthetic": 60},
        "network": {"kind": "watts_strogatz", "degree": 6},
        "offers": {"one": offer, "two": offer | {"stream": 7}},
        "climate": {"incident_rate_per_month": 0.1, "severe_share": 0.5},
        "behaviour": {"deepening_per_month": 0.2},
    }
    horizon = Horizon(starts=START, ends=START + 35)
    record = assert_engines_agree(Scenario.model_validate(scenario), horizon, 4)
    totals = record.totals[0]
    assert totals[:, COLUMN["incidents"]].sum() > 1.5 * totals[:, COLUMN["twin_incidents"]].sum()


# ---------------------------------------------------------------- the cache


@pytest.mark.slow
def test_an_edited_rule_changes_what_runs(tmp_path: Path) -> None:
    """Numba's own cache would go on with the old rule."""
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    script = (
        "from sim.experiment.load import load_experiment\n"
        "from sim.model.world import build_world\n"
        "from sim.model.engine import run_compiled\n"
        f"e = load_experiment({str(ROOT / 'experiments' / 'quickstart.toml')!r})\n"
        "w = build_world(e.scenarios['scotland_framework'], e.horizon, 1)\n"
        "print(run_compiled(w, [1]).totals[0, -1, 0])\n"
    )

    def joined() -> float:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    assert joined() > 0
    rules = tmp_path / "sim" / "model" / "rules.py"
    text = rules.read_text(encoding="utf-8")
    edited, count = re.subn(r"return capacity \* \(habit", "return 0.0 * (habit", text)
    assert count == 1
    rules.write_text(edited, encoding="utf-8")
    assert joined() == 0
