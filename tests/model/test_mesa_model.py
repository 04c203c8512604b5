"""The reference model: solved by hand, and what must hold whatever the scenario."""

import math
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.model import rules
from sim.model.councils import it_spend_gbp_m, load_councils
from sim.model.influence import IsolatedCouncils
from sim.model.mesa_model import PlatformModel
from sim.model.record import SERIES
from sim.model.rules import LEFT, MEMBER, MIGRATING, OUTSIDE, PLEDGED
from sim.model.world import build_world, draw_luck
from sim.settings import Scenario
from tests.shared.numbers import numbers
from tests.shared.scenarios import (
    ATTENTIVE,
    CALM,
    LARGE,
    LOYAL,
    NO,
    OFFER,
    OPENING,
    SILENT,
    STORMY,
    YES,
    OneRun,
    Values,
    assert_same,
    horizon,
    model_of,
    offer,
    outcomes_of,
    place_of,
    played,
    run,
    run_seeds,
    scenario,
    series,
    without_programme,
)

GLASGOW, EDINBURGH = LARGE
SIX = [*LARGE, "Fife", "Highland", "Aberdeen City", "Dundee City"]  # all of them large enough
ENGLISH = ["Birmingham", "Leeds", "Manchester", "Kent"]
REAL = load_councils()
# Everything outside chance: attentive councils that say yes and stay.
EAGER: Values = {**ATTENTIVE, **YES, **LOYAL}
KNOCK: Values = {"launch_contact": 1.0, "visits_per_month": 0.0}


def spend(name: str) -> float:
    return float(it_spend_gbp_m(REAL)[REAL.index_of(name)])


def eager(
    offers: dict[str, Values] | None = None, push: Values | None = None, **parts: Any
) -> Scenario:
    """A scenario of large councils that consider at once, say yes and stay."""
    values: Values = {"councils": {"codes": SIX}, "behaviour": EAGER, "climate": CALM, **parts}
    return scenario(offers, {**KNOCK, **(push or {})}, **values)


def chain(folder: Path, names: list[str]) -> Values:
    """A network in which each council listens only to the one before it."""
    lines = ["listener,source,weight"]
    lines += [f"{after},{before},1" for before, after in pairwise(names)]
    lines.append(f"{names[0]},{names[-1]},1")
    path = folder / "chain.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return {"kind": "edge_list", "edge_list": str(path)}


# ---------------------------------------------------------------- solved by hand


def test_two_councils_solved_by_hand() -> None:
    """Every month of a year, from a yes in March to the money of December.

    Approval takes two months and migration three; from then on half of what is left moves
    every month.
    """
    terms = offer(
        needs_procurement="no",
        approval_months=2,
        migration_months=3,
        addressed_share=0.5,
        promised_saving_share=0.2,
        realised_ratio=0.5,
        realised_ratio_sd=0.0,
        economies_of_scale=0.0,
        annual_fee_gbp_m=1.2,
        joining_cost_gbp_m=4.0,
        switching_cost_years=2.0,
    )
    of = eager(
        {"main": terms},
        {"subsidy_share": 0.25, "annual_cost_gbp_m": 6.0},
        councils={"codes": LARGE},
        behaviour={**EAGER, "deepening_per_month": 0.5},
    )
    record = run(of, months=12)

    both = (spend(GLASGOW) + spend(EDINBURGH)) * 0.5  # addressed, a year
    use = [0.0] * 7 + [1 / 2, 3 / 4, 7 / 8, 15 / 16, 31 / 32]
    moved = [0.0] * 7 + [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32]
    january_to_december = {
        "pledged": [0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0],
        "joined": [0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2],
        "live": [0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2],
        "gone": [0] * 12,
        "scope_spend": [0] * 2 + [both] * 10,
        "joined_spend": [0] * 4 + [both] * 8,
        "used_spend": [both * u for u in use],
        "control_given_up": [2 * 0.25 * u for u in use],
        "promise": [both * u * 0.2 / 12 for u in use],
        "saving": [both * u * 0.1 / 12 for u in use],
        "fees": [0] * 7 + [2 * 0.1] * 5,
        "joining": [0] * 4 + [2 * 3.0] + [0] * 7,
        "switching": [both * m * 2 * 0.75 for m in moved],
        "subsidy": [0] * 4 + [2 * 1.0] + [0] * 2 + [both * m * 2 * 0.25 for m in moved[7:]],
        "running": [0, 0] + [0.5] * 10,
        "visits": [0] * 12,
        "incidents": [0] * 12,
        "twin_incidents": [0] * 12,
    }
    for name, values in january_to_december.items():
        assert series(record, name) == pytest.approx(np.array(values), rel=1e-12, abs=0), name
    assert record.joined_step.tolist() == [[4, 4]]
    assert record.live_step.tolist() == [[7, 7]]
    assert record.considered.tolist() == [[1, 1]]
    assert record.status.tolist() == [[MEMBER, MEMBER]]

    discount = [1.035 ** (-(month - 3) / 12) for month in range(12)]
    for name in LARGE:
        own = spend(name) * 0.5
        paid = [
            own * use[t] * 0.1 / 12
            - (0.1 if t >= 7 else 0.0)
            - (3.0 if t == 4 else 0.0)
            - own * moved[t] * 1.5
            for t in range(12)
        ]
        net = sum(d * p for d, p in zip(discount, paid, strict=True))
        assert record.net_saving[place_of(record, name)] == pytest.approx(net, rel=1e-12)

    row = outcomes_of(record)
    full_costs = sum(d * (8.0 if t == 4 else 0.0) for t, d in enumerate(discount))
    full_costs += sum(d * both * m * 2 for d, m in zip(discount, moved, strict=True))
    running = sum(d * 0.5 for d in discount[2:])
    saving = sum(d * both * u * 0.1 / 12 for d, u in zip(discount, use, strict=True))
    fees = sum(d * 0.2 for d in discount[7:])
    assert row["fees_gbp_m"] == pytest.approx(fees)
    # A fee changes hands and a subsidy too: neither is lost to the two sides together.
    assert row["net_saving_total_gbp_m"] == pytest.approx(saving - full_costs - running)
    assert row["net_saving_councils_gbp_m"] == pytest.approx(saving - fees - 0.75 * full_costs)
    assert row["net_saving_programme_gbp_m"] == pytest.approx(fees - 0.25 * full_costs - running)
    assert row["break_even_ratio"] == pytest.approx((full_costs + running) / (2 * saving))


def test_spend_bound_to_contracts_moves_at_renewals() -> None:
    """All contracts last a year; half of what is left moves as each ends, at a quarter off."""
    terms = offer(needs_procurement="yes", migration_months=0, switching_cost_years=2.0)
    of = eager(
        {"main": terms},
        councils={"codes": LARGE},
        behaviour={**EAGER, "routed_per_renewal_share": 0.5, "renewal_relief_share": 0.25},
        traits={"contract_months_mean": 12.0, "contract_sigma": 0.0, "contract_window_months": 3},
    )
    model = played(of, months=40)
    expected = np.zeros(40)
    for council in model.councils:
        assert council.contract_months == 12
        left, addressed = 1.0, spend(council.name) * 0.25
        for t in range(OPENING, 40):
            if (2018 * 12 + t + council.contract_phase) % 12 == 11:
                left /= 2
                expected[t] += left * addressed * 2.0 * 0.75
        assert OneRun(model.record).use[0, council.index] == pytest.approx(1.0 - left)
        assert left <= 1 / 8
    assert series(OneRun(model.record), "switching") == pytest.approx(expected, rel=1e-12)


def test_the_council_realises_what_it_drew() -> None:
    terms = offer(realised_ratio=0.4, realised_ratio_sd=0.3, migration_months=0)
    of = eager({"main": terms}, traits={"contract_months_mean": 12.0, "contract_sigma": 0.0})
    model = played(of, months=30)
    for council in model.councils:
        drawn = 0.4 + 0.3 * float(model.luck.result[0, council.index])
        realised = min(max(drawn, -1.0), 2.0)
        assert council.memberships[0].ratio_steps / 1024 == pytest.approx(realised, abs=1 / 2048)
    assert len({council.memberships[0].ratio_steps for council in model.councils}) > 1


def test_economies_of_scale_come_from_what_is_used() -> None:
    """Realised savings grow with the spend that has moved, at the end of last month."""
    terms = offer(
        needs_procurement="no",
        migration_months=0,
        promised_saving_share=0.2,
        realised_ratio=1.0,
        realised_ratio_sd=0.0,
        economies_of_scale=0.5,
    )
    of = eager(
        {"main": terms},
        councils={"codes": LARGE},
        behaviour={**EAGER, "deepening_per_month": 0.5},
    )
    record = run(of, months=8)
    used = [0.0] * OPENING + [1 - 0.5**k for k in range(1, 7)]
    addressed = (spend(GLASGOW) + spend(EDINBURGH)) * 0.25
    expected = [
        addressed * now * 0.2 / 12 * (1 + 0.5 * before)
        for before, now in zip([0.0, *used], used, strict=False)
    ]
    assert series(record, "saving") == pytest.approx(np.array(expected), rel=1e-12)


# ---------------------------------------------------------------- pauses and returns


def refusing(**parts: Any) -> Scenario:
    """A scenario of two large councils that consider at once and always refuse."""
    values: Values = {
        "councils": {"codes": LARGE},
        "behaviour": {**ATTENTIVE, **SILENT, **NO, "pause_months": 600},
        **parts,
    }
    return eager(**values)


@pytest.mark.parametrize(("pause", "times"), [(600, 1), (12, 2), (5, 5), (1, 22), (0, 22)])
def test_a_refusal_holds_for_the_pause(pause: int, times: int) -> None:
    of = refusing(
        offers={"main": offer(needs_procurement="no")},
        behaviour={**ATTENTIVE, **SILENT, **NO, "pause_months": pause},
    )
    record = run(of, months=24)
    assert record.considered.tolist() == [[times, times]]
    assert record.status.tolist() == [[OUTSIDE, OUTSIDE]]
    assert not series(record, "joined").any()


@pytest.mark.parametrize("bound", ["no", "use", "yes"])
def test_a_new_window_reopens_the_question_where_joining_is_bound(bound: str) -> None:
    of = refusing(
        offers={"main": offer(needs_procurement=bound)},
        traits={"contract_months_mean": 12.0, "contract_sigma": 0.0, "contract_window_months": 3},
    )
    model = played(of, months=40)
    for council in model.councils:
        windows = [
            t
            for t in range(OPENING + 1, 40)
            if (2018 * 12 + t + council.contract_phase) % 12 == 12 - 3
        ]
        assert len(windows) >= 3
        expected = 1 + (len(windows) if bound == "yes" else 0)
        assert OneRun(model.record).considered[0, council.index] == expected


def test_a_severe_breach_of_its_own_reopens_the_question() -> None:
    behaviour = {
        **ATTENTIVE,
        **SILENT,
        **NO,
        "pause_months": 600,
        "recovery_capacity_share": 1.0,
    }
    of = refusing(
        offers={"main": offer(needs_procurement="no")},
        behaviour=behaviour,
        events=[{"date": "2018-10", "breach": [GLASGOW]}],
    )
    record = run(of)
    assert record.considered[0, place_of(record, GLASGOW)] == 2
    assert record.considered[0, place_of(record, EDINBURGH)] == 1


def test_a_mandate_reopens_the_question_and_carries_it_for_those_it_binds() -> None:
    behaviour = {**ATTENTIVE, **SILENT, **NO, **LOYAL, "intercept": -10.0, "duty_weight": 20.0}
    of = refusing(
        offers={"main": offer(needs_procurement="no")},
        behaviour={**behaviour, "pause_months": 600},
        push={"mandate": {"starts": "2018-12", "scope": {"codes": [GLASGOW]}}},
    )
    record = run(of)
    assert record.joined_step[0, place_of(record, GLASGOW)] == 11
    assert record.joined_step[0, place_of(record, EDINBURGH)] == -1
    assert record.considered[0, place_of(record, EDINBURGH)] == 1
    # Reactance can undo it.
    defiant = {**behaviour, "reactance": 20.0, "pause_months": 600}
    reluctant = run(of.model_copy(update={"behaviour": type(of.behaviour)(**defiant)}), seed=3)
    autonomy = played(of, seed=3).luck.autonomy
    says_yes = -10.0 + 20.0 - 20.0 * float(autonomy[place_of(reluctant, GLASGOW)]) > 0.0
    assert (reluctant.joined_step[0, place_of(reluctant, GLASGOW)] >= 0) == says_yes


@pytest.mark.parametrize("how", ["late", "wider"])
def test_a_mandate_that_an_event_brings_reopens_the_question(how: str) -> None:
    behaviour = {**ATTENTIVE, **SILENT, **NO, **LOYAL, "intercept": -10.0, "duty_weight": 20.0}
    mandate = {"starts": "2018-06"} if how == "late" else {"scope": {"codes": LARGE}}
    of = refusing(
        offers={"main": offer(needs_procurement="no")},
        behaviour={**behaviour, "pause_months": 600},
        push=(
            {}
            if how == "late"
            else {"mandate": {"starts": "2018-06", "scope": {"codes": [GLASGOW]}}}
        ),
        events=[{"date": "2018-12", "change": {"push": {"mandate": mandate}}}],
    )
    record = run(of)
    assert record.joined_step[0, place_of(record, GLASGOW)] == (11 if how == "late" else 5)
    assert record.joined_step[0, place_of(record, EDINBURGH)] == 11


def test_nobody_leaves_under_duty() -> None:
    behaviour = {**EAGER, "leave_base_per_month": 0.5}
    free = run(eager(behaviour=behaviour, offers={"main": offer(migration_months=0)}))
    bound = run(
        eager(
            behaviour=behaviour,
            offers={"main": offer(migration_months=0)},
            push={"mandate": {"starts": "2018-03"}},
        )
    )
    assert (free.left_step >= 0).all()
    assert (bound.left_step == -1).all()


@pytest.mark.parametrize(("realised", "leave"), [(0.0, True), (1.0, False)])
def test_members_leave_out_of_regret(realised: float, leave: bool) -> None:
    terms = offer(
        promised_saving_share=0.5,
        realised_ratio=realised,
        realised_ratio_sd=0.0,
        initial_members=6,
    )
    of = eager({"main": terms}, behaviour={**NO, **LOYAL, "leave_regret_per_month": 5.0})
    record = run(of)
    assert ((record.left_step > 0) == leave).all()


def test_duty_slows_the_deepening_of_use() -> None:
    terms = {"main": offer(needs_procurement="no", migration_months=0)}
    behaviour = {**EAGER, "deepening_per_month": 0.2, "duty_use_pace": 0.5}
    push = {"mandate": {"starts": "2018-03"}}
    free = run(eager(terms, behaviour=behaviour))
    bound = run(eager(terms, push, behaviour=behaviour))
    assert free.use == pytest.approx(1.0 - 0.8**22)
    assert bound.use == pytest.approx(1.0 - 0.9**22)


def test_a_council_that_gives_up_stays_away_and_may_come_back() -> None:
    """Each migration is given up in its first month; the next try is six months on."""
    of = eager(
        {"main": offer(needs_procurement="no", depth=0.0)},
        councils={"codes": LARGE},
        behaviour={**EAGER, "abandon_base_per_month": 1.0, "rejoin_months": 6},
    )
    record = run(of)
    tries = [2, 8, 14, 20]
    assert record.considered.tolist() == [[4, 4]]
    assert record.joined_step.tolist() == [[2, 2]]
    assert record.abandoned_step.tolist() == [[20, 20]]
    assert record.live_step.tolist() == record.left_step.tolist() == [[-1, -1]]
    assert record.reason.tolist() == [[rules.ABANDONED_MIGRATION] * 2]
    assert np.flatnonzero(series(record, "joining")).tolist() == tries
    assert series(record, "gone")[OPENING:].tolist() == [2.0] * 22
    assert not series(record, "joined").any()


# ---------------------------------------------------------------- what must hold


def test_no_offer_means_nothing_for_ever() -> None:
    record = run(scenario({}, {"review_months": 6}, climate=STORMY), months=60)
    about_incidents = {name for name in SERIES if "incident" in name or "severe" in name}
    for name in SERIES:
        assert series(record, name).any() == (name in about_incidents), name
    for name in ("incidents", "severe", "incident_cost"):
        np.testing.assert_array_equal(series(record, name), series(record, f"twin_{name}"))
    assert not record.joined_by_group.any()
    assert not record.net_saving.any()
    assert not record.incident_cost_avoided.any()


@pytest.mark.parametrize(
    ("opens", "step"), [("2018-01", 0), ("2018-02", 1), ("2018-12", 11), ("2019-12", 23)]
)
def test_nothing_is_joined_before_it_opens(opens: str, step: int) -> None:
    terms = offer(opens=opens, launched="2018-01", needs_procurement="no")
    of = eager({"main": terms}, {"starts": "2018-01", "visits_per_month": 6.0})
    record = run(of)
    joined = series(record, "joined")
    assert not joined[:step].any()
    assert not series(record, "pledged")[:step].any()
    assert (joined[step:] == 6).all()
    assert (record.joined_step == step).all()


def test_what_opens_after_the_horizon_is_never_joined() -> None:
    record = run(eager({"main": offer(opens="2021-01", initial_members=3)}))
    assert not series(record, "joined").any()
    assert not series(record, "visits").any()


def test_what_opened_before_the_horizon_has_its_members_from_the_start() -> None:
    of = eager({"main": offer(opens="2017-01", initial_members=3)}, behaviour={**NO, **LOYAL})
    assert series(run(of), "joined").tolist() == [3.0] * 24


@pytest.mark.parametrize("seed", [1, 2, 2**63 - 1])
def test_the_twin_is_the_run_without_a_programme(seed: int) -> None:
    of = scenario(
        {"main": offer(security_gain=0.9, shared_fate=0.5, needs_procurement="no")},
        {"launch_contact": 1.0, "visits_per_month": 20.0},
        behaviour={"deepening_per_month": 0.3, "intercept": 2.0},
        climate=STORMY,
        events=[{"date": "2019-02", "breach": ["Dundee City", GLASGOW]}],
    )
    record = run(of, seed, months=48)
    alone = run(without_programme(of), seed, months=48)
    for name in ("incidents", "severe", "incident_cost"):
        np.testing.assert_array_equal(series(record, f"twin_{name}"), series(alone, name))
        assert (series(record, name) != series(alone, name)).any()
    avoided = alone.totals - record.totals
    cost = SERIES.index("incident_cost")
    assert record.incident_cost_avoided.sum() == pytest.approx(
        float(avoided[:, cost] @ record.world.discount)
    )


BUSY: Values = {"climate": STORMY, "behaviour": {"intercept": -1.5, "abandon_base_per_month": 0.05}}
FEW_VISITS: Values = {"visits_per_month": 1.0}
# Changes to a scenario, and the step in which they first take effect.
LATER: dict[str, tuple[Values, int]] = {
    "breach": ({"events": [{"date": "2019-06", "breach": [GLASGOW]}]}, 17),
    "visits": (
        {"events": [{"date": "2019-06", "change": {"push": {"visits_per_month": 30.0}}}]},
        17,
    ),
    "subsidy": (
        {"events": [{"date": "2019-03", "change": {"push": {"subsidy_share": 0.9}}}]},
        14,
    ),
    "fee": (
        {
            "events": [
                {"date": "2019-06", "change": {"offers": {"main": {"annual_fee_gbp_m": 2.0}}}}
            ]
        },
        17,
    ),
    "attacks": (
        {"events": [{"date": "2019-01", "change": {"climate": {"severe_share": 0.9}}}]},
        12,
    ),
    "rate": (
        {"events": [{"date": "2019-01", "change": {"climate": {"incident_rate_per_month": 0.3}}}]},
        12,
    ),
    "scope": (
        {
            "events": [
                {
                    "date": "2019-06",
                    "change": {"offers": {"main": {"scope": {"codes": ["Fife", GLASGOW]}}}},
                }
            ]
        },
        17,
    ),
    "opening": ({"offers": {"main": offer(opens="2018-09")}}, 2),
    "review": ({"push": {"review_months": 12, "minimum_share": 1.0}}, 13),
    "mandate": ({"push": {"mandate": {"starts": "2020-01"}}}, 24),
    "end": ({"push": {"ends": "2019-04"}}, 15),
    "team": (
        {"push": {"teams": {"north": {"starts": "2019-05", "visits_per_month": 4.0}}}},
        16,
    ),
}


@pytest.mark.parametrize("name", LATER)
@pytest.mark.parametrize("seed", [1, 2])
def test_scenarios_agree_until_they_differ(name: str, seed: int) -> None:
    changes, step = LATER[name]
    base = run(scenario(**BUSY, push=FEW_VISITS), seed, months=36)
    parts = {**BUSY, **changes, "push": {**FEW_VISITS, **changes.get("push", {})}}
    changed = run(scenario(**parts), seed, months=36)
    assert np.array_equal(base.totals[:step], changed.totals[:step])
    assert np.array_equal(base.joined_by_group[:step], changed.joined_by_group[:step])
    assert not np.array_equal(base.totals[step:], changed.totals[step:])


@pytest.mark.parametrize(
    ("setting", "value", "effect"),
    [("austerity_per_year", 0.2, "2017-04"), ("incident_growth_per_year", 0.0, "2017-02")],
)
def test_an_event_bends_a_trend_from_its_date_on(setting: str, value: float, effect: str) -> None:
    """Even before April 2018, to which trends are anchored."""
    event = {"date": "2017-02", "change": {"climate": {setting: value}}}
    worlds = [
        build_world(scenario(events=events), horizon(60, "2015-01"), 1) for events in ([], [event])
    ]
    plain, bent = (
        np.array(
            [
                [world.pressure_trend[world.fiscal_year_of(t)], world.incident_rate[t]]
                for t in range(60)
            ]
        )
        for world in worlds
    )
    first = int(np.flatnonzero((plain != bent).any(axis=1))[0])
    year, month = map(int, effect.split("-"))
    assert first >= (year - 2015) * 12 + month - 1
    # No jump: what changes is the pace.
    jump = np.abs(np.diff(bent, axis=0)).max(axis=0)
    assert jump[0] <= max(value, 0.01) + 1e-12
    assert jump[1] <= 0.006 * 0.01


def test_growth_of_incidents_changes_pace_and_not_level() -> None:
    def rate(events: list[Values]) -> list[float]:
        of = scenario(events=events, climate={"incident_growth_per_year": 0.1})
        return [float(r) for r in build_world(of, horizon(48), 1).incident_rate]

    plain = rate([])
    assert plain[::12] == pytest.approx([0.006, 0.0066, 0.00726, 0.007986])
    halted = rate([{"date": "2020-01", "change": {"climate": {"incident_growth_per_year": 0.0}}}])
    assert halted[:24] == plain[:24]
    assert halted[24:] == pytest.approx([plain[23]] * 24)


def test_behaviour_takes_effect_at_once() -> None:
    base, changed = run(scenario()), run(scenario(behaviour={"attention_base_per_month": 0.5}))
    assert np.array_equal(base.totals[:OPENING], changed.totals[:OPENING])
    assert not np.array_equal(base.totals, changed.totals)


SUBSETS: dict[str, Values] = {
    "alone": {"councils": {"codes": ["Fife"]}, "network": {"isolation_allowed": True}},
    "Scotland": {"councils": {"nations": ["Scotland"]}},
    "UK": {"councils": {}},
}


@pytest.mark.parametrize("seed", [1, 77])
def test_a_council_has_the_same_luck_in_every_subset(seed: int) -> None:
    found = []
    for parts in SUBSETS.values():
        of = scenario({"main": OFFER, "second": OFFER}, climate=STORMY, **parts)
        world = build_world(of, horizon(24), seed)
        luck, fife = draw_luck(world, seed), world.councils.index_of("Fife")
        without = run(without_programme(of), seed)
        found.append(
            [
                luck.autonomy[fife],
                luck.list_place[fife],
                luck.contract_months[fife],
                luck.contract_phase[fife],
                *luck.pressure[:, fife],
                *luck.taste[:, fife],
                *luck.result[:, fife],
                *luck.recruit[:, fife],
                world.it_spend_gbp_m[fife],
                world.capacity[fife],
                without.incidents[fife],
                without.severe[fife],
            ]
        )
    assert found[0] == found[1] == found[2]
    assert found[0][-2] > 0  # it was struck at all
    assert luck.taste[0, fife] != luck.taste[1, fife]


def test_luck_hangs_on_the_calendar_and_not_on_when_a_run_starts() -> None:
    of = scenario({}, climate=STORMY)
    long, short = run(of, months=36), run(of, months=24, starts="2019-01")
    np.testing.assert_array_equal(long.totals[12:], short.totals)
    assert short.totals.any()


def test_offers_share_luck_by_their_number() -> None:
    of = scenario({"a": offer(stream=3), "b": OFFER, "c": OFFER})
    luck = draw_luck(build_world(of, horizon(12), 1), 1)
    other = scenario({"x": OFFER, "y": OFFER, "z": OFFER, "w": OFFER})
    others = draw_luck(build_world(other, horizon(12), 1), 1)
    np.testing.assert_array_equal(luck.taste[0], others.taste[3])
    np.testing.assert_array_equal(luck.taste[1:], others.taste[1:3])


def test_attention_decision_and_giving_up_have_luck_of_their_own() -> None:
    """Were one number used twice, all who consider would say yes, and all who join give up."""
    terms = {"main": offer(needs_procurement="no", depth=0.0, security_gain=0.0)}
    plain: Values = {**SILENT, **LOYAL, "taste_sd": 0.0, "capacity_elasticity": 0.0}
    even: Values = {**plain, "intercept": 0.0, "attention_base_per_month": math.log(2.0)}
    rare: Values = {
        **plain,
        "intercept": 20.0,
        "attention_base_per_month": -math.log(0.85),
        "abandon_base_per_month": 0.5,
    }
    push = {"launch_contact": 0.0}
    records = run_seeds(eager(terms, push, behaviour=even), range(60), months=3)
    considered = sum(int(record.considered.sum()) for record in records)
    yes = sum(np.count_nonzero(record.joined_step >= 0) for record in records)
    records = run_seeds(eager(terms, push, behaviour=rare), range(60), months=3)
    joined = sum(np.count_nonzero(record.joined_step >= 0) for record in records)
    gave_up = sum(np.count_nonzero(record.abandoned_step >= 0) for record in records)
    # Within four standard errors or so.
    assert considered / 360 == pytest.approx(0.5, abs=0.1)
    assert yes / considered == pytest.approx(0.5, abs=0.15)
    assert joined / 360 == pytest.approx(0.15, abs=0.08)
    assert gave_up / joined == pytest.approx(0.5, abs=0.3)


RICH: Values = {
    "offers": {
        "deep": offer(
            depth=0.6, security_gain=0.5, shared_fate=0.9, needs_procurement="no", pledge_share=0.1
        ),
        "wide": offer(
            opens="2018-06", owner="peer", initial_members=4, shared_fate=0.5, approval_months=1
        ),
    },
    "push": {
        "targeting": "most_receptive",
        "subsidy_share": 0.3,
        "review_months": 20,
        "minimum_share": 0.4,
    },
    "behaviour": {
        "intercept": 0.0,
        "attention_base_per_month": 0.3,
        "peer_weight": 10.0,
        "legitimacy_weight": 20.0,
        "deepening_per_month": 0.2,
        "leave_base_per_month": 0.02,
        "rejoin_months": 4,
        "pause_months": 3,
    },
    "climate": STORMY,
}


@pytest.mark.parametrize("order", ["shuffled", "reversed"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_agents_does_not_matter(order: str, seed: int) -> None:
    of = scenario(**RICH)
    straight, other = played(of, seed, months=30), model_of(of, seed, months=30)
    while other.running:
        if order == "shuffled":
            other.agents.shuffle(inplace=True)
        else:
            other.agents.sort("index", ascending=False, inplace=True)
        other.step()
    assert [c.index for c in other.agents] != list(range(32))
    assert_same(OneRun(straight.record), OneRun(other.record))
    # There was much to get wrong.
    record = OneRun(straight.record)
    assert (record.incidents != run(without_programme(of), seed, months=30).incidents).any()
    assert len(set(record.status.ravel().tolist())) >= 3
    assert series(record, "visits").sum() > 50


def test_a_run_repeats_itself_and_leaves_global_generators_alone() -> None:
    of = scenario(**RICH)
    first = run(of, 9, months=30)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    ours, theirs = random.getstate(), np.random.get_state(legacy=False)  # noqa: NPY002
    assert_same(first, run(of, 9, months=30))
    assert random.getstate() == ours
    np.testing.assert_equal(np.random.get_state(legacy=False), theirs)  # noqa: NPY002
    assert not np.array_equal(first.totals, run(of, 10, months=30).totals)


def test_a_world_built_before_gives_the_same_run() -> None:
    of = scenario(**RICH)
    world = build_world(of, horizon(24), 0)
    model = PlatformModel(of, horizon(24), 4, world)
    model.run_model()
    assert_same(OneRun(model.record), run(of, 4, months=24))


# ---------------------------------------------------------------- what flows along ties


def test_news_takes_a_month_a_tie(tmp_path: Path) -> None:
    """Where only members among one's ties count, joining passes down a chain, one a month."""
    behaviour = {
        **EAGER,
        "attention_base_per_month": 0.0,
        "contact_attention_per_month": 0.0,
        "peer_attention_per_month": 5.0,
    }
    of = eager(
        {"main": offer(needs_procurement="no", initial_members=[SIX[0]])},
        behaviour=behaviour,
        network=chain(tmp_path, SIX),
    )
    record = run(of, months=12)
    steps = [int(record.joined_step[0, place_of(record, name)]) for name in SIX]
    assert steps == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(("realised", "joins"), [(1.0, 3), (0.0, -1)])
def test_neighbours_learn_from_what_was_realised(
    tmp_path: Path, realised: float, joins: int
) -> None:
    behaviour = {
        **ATTENTIVE,
        **SILENT,
        **YES,
        **LOYAL,
        "intercept": -3.0,
        "saving_weight": 50.0,
        "promise_worth_reports": 0.1,
        "attention_base_per_month": 0.0,
        "contact_attention_per_month": 0.0,
        "peer_attention_per_month": 5.0,
    }
    terms = offer(
        needs_procurement="no",
        promised_saving_share=0.2,
        realised_ratio=realised,
        realised_ratio_sd=0.0,
        initial_members=[GLASGOW],
        economies_of_scale=0.0,
    )
    of = eager(
        {"main": terms},
        councils={"codes": LARGE},
        behaviour=behaviour,
        network=chain(tmp_path, LARGE),
    )
    record = run(of)
    assert record.joined_step[0, place_of(record, EDINBURGH)] == joins
    if joins < 0:
        assert record.considered[0, place_of(record, EDINBURGH)] > 0


def test_regret_heard_of_deters(tmp_path: Path) -> None:
    behaviour = {
        **EAGER,
        **SILENT,
        "intercept": 1.0,
        "attention_base_per_month": 0.0,
        "contact_attention_per_month": 0.0,
        "peer_attention_per_month": 5.0,
    }
    # A shortfall of 0.2 x (1 - 0) weighs 0.2 x 10 = 2, more than the readiness of 1.
    terms = offer(
        needs_procurement="no",
        promised_saving_share=0.2,
        realised_ratio=0.0,
        realised_ratio_sd=0.0,
        initial_members=[GLASGOW],
    )
    joined = []
    for weight in (0.0, 10.0):
        of = eager(
            {"main": terms},
            councils={"codes": LARGE},
            behaviour={**behaviour, "regret_weight": weight},
            network=chain(tmp_path, LARGE),
        )
        record = run(of)
        joined.append(int(record.joined_step[0, place_of(record, EDINBURGH)]))
    assert joined == [3, -1]


@pytest.mark.parametrize(
    "kind", ["layers", "watts_strogatz", "barabasi_albert", "erdos_renyi", "complete"]
)
def test_every_kind_of_network(kind: str) -> None:
    """News of one member reaches exactly those who listen to it."""
    of = scenario(
        {"main": offer(initial_members=[GLASGOW])},
        network={"kind": kind, "degree": 6, "isolation_allowed": True},
        behaviour=NO,
    )
    model = model_of(of)
    for _ in range(OPENING + 1):
        model.step()
    glasgow = model.councils[place_of(OneRun(model.record), GLASGOW)]
    listeners = set(model.world.graph.successors(glasgow.number))
    heard = {c.number for c in model.councils if c.memberships[0].tie_weight > 0}
    assert heard == listeners
    assert listeners
    if kind == "complete":
        assert len(listeners) == 31
    model.run_model()
    assert model.t == 23


def test_kinds_of_network_differ() -> None:
    kinds = ["layers", "watts_strogatz", "barabasi_albert", "complete"]
    graphs = [model_of(scenario(network={"kind": kind})).world.graph for kind in kinds]
    assert len({frozenset(graph.edges) for graph in graphs}) == len(kinds)


def test_a_fresh_graph_for_each_seed() -> None:
    fresh, fixed = (
        [
            set(model_of(scenario(network={"fresh_for_each_seed": new}), seed).world.graph.edges)
            for seed in (1, 2)
        ]
        for new in (True, False)
    )
    assert fresh[0] != fresh[1]
    assert fixed[0] == fixed[1]


def test_isolation_is_an_error_unless_allowed() -> None:
    with pytest.raises(IsolatedCouncils, match="Fife"):
        run(scenario(councils={"codes": ["Fife"]}))
    alone = run(eager(councils={"codes": ["Fife"]}, network={"isolation_allowed": True}), months=12)
    assert alone.joined_step.tolist() == [[OPENING]]


# ---------------------------------------------------------------- incidents


def test_a_breach_worries_its_victim_and_those_who_listen() -> None:
    of = scenario(
        councils={"codes": LARGE},
        climate=CALM,
        behaviour={
            **NO,
            "worry_severe": 0.8,
            "worry_listener": 0.25,
            "worry_half_life_months": 2.0,
            "recovery_months": 3,
        },
        events=[{"date": "2018-05", "breach": [GLASGOW]}],
    )
    model = model_of(of)
    glasgow, edinburgh = (model.councils[place_of(OneRun(model.record), name)] for name in LARGE)
    shock = round(0.8 * 1024) / 1024
    worries, recovering = [], []
    for _ in range(9):
        model.step()
        worries.append((glasgow.worry, edinburgh.worry))
        recovering.append(model.t < glasgow.recovering_until)
    assert worries[:4] == [(0.0, 0.0)] * 4
    assert worries[4] == pytest.approx((0.8, 0.25 * shock))
    assert worries[6] == pytest.approx((0.4, 0.125 * shock))
    assert recovering == [False] * 4 + [True] * 3 + [False] * 2
    model.run_model()
    record = OneRun(model.record)
    assert series(record, "severe").tolist() == [0.0] * 4 + [1.0] + [0.0] * 19
    assert record.incidents[glasgow.index] == record.severe[glasgow.index] == 1
    # It would have happened without the programme too.
    assert series(record, "twin_severe")[4] == 1
    assert not record.incident_cost_avoided.any()


@pytest.mark.parametrize(("severe_share", "shock"), [(0.0, 0.25), (1.0, 0.75)])
def test_a_minor_incident_worries_less(severe_share: float, shock: float) -> None:
    of = scenario(
        councils={"codes": LARGE},
        climate={"incident_rate_per_month": 1.0, "severe_share": severe_share},
        behaviour={**NO, "worry_severe": 0.75, "worry_minor": 0.25, "worry_listener": 0.125},
    )
    model = model_of(of)
    model.step()
    assert [council.worry for council in model.councils] == [shock + 0.125 * shock] * 2


@pytest.mark.parametrize(("fate", "struck"), [(0.0, 1), (1.0, 2)])
def test_a_breach_reaches_those_who_share_a_system(fate: float, struck: int) -> None:
    terms = offer(needs_procurement="no", migration_months=0, shared_fate=fate)
    of = eager(
        {"main": terms},
        councils={"codes": LARGE},
        behaviour={**EAGER, "deepening_per_month": 1.0},
        events=[{"date": "2018-07", "breach": [GLASGOW]}],
    )
    record = run(of)
    assert record.use.tolist() == [[1.0, 1.0]]
    assert series(record, "incidents")[6] == struck
    assert series(record, "twin_incidents")[6] == 1
    assert record.incidents.sum() == struck
    avoided = record.incident_cost_avoided[place_of(record, EDINBURGH)]
    assert avoided < 0.0 if struck == 2 else avoided == 0.0


def test_each_offer_has_luck_of_its_own_in_what_it_spreads() -> None:
    """Two half-likely ways to be reached come to three quarters, not to one half."""
    terms = offer(needs_procurement="no", migration_months=0, shared_fate=0.5)

    def reached(names: list[str]) -> float:
        of = eager(
            dict.fromkeys(names, terms),
            behaviour={**EAGER, "deepening_per_month": 1.0},
            events=[{"date": "2018-07", "breach": [GLASGOW]}],
        )
        records = run_seeds(of, range(30), months=8)
        struck = [int(series(record, "incidents")[6]) - 1 for record in records]
        return sum(struck) / (5 * len(struck))

    assert reached(["a"]) == pytest.approx(0.5, abs=0.12)
    assert reached(["a", "b"]) == pytest.approx(0.75, abs=0.1)


def test_nobody_is_struck_twice_in_a_month() -> None:
    of = eager(
        {"main": offer(needs_procurement="no", migration_months=0, shared_fate=1.0)},
        behaviour={**EAGER, "deepening_per_month": 1.0},
        events=[{"date": "2018-07", "breach": [*SIX[:3]]}],
    )
    record = run(of)
    assert series(record, "incidents")[6] == 6
    assert record.incidents.tolist() == [1] * 6
    assert series(record, "severe")[6] == record.severe.sum() >= 3


def test_no_breach_spreads_before_there_is_use() -> None:
    of = eager(
        {"main": offer(shared_fate=1.0, migration_months=12)},
        councils={"codes": LARGE},
        events=[{"date": "2018-07", "breach": [GLASGOW]}],
    )
    assert run(of).incidents.sum() == 1


def test_security_protects_what_has_moved() -> None:
    terms = offer(needs_procurement="no", migration_months=0, security_gain=1.0, shared_fate=0.0)
    of = eager(
        {"main": terms},
        behaviour={**EAGER, "deepening_per_month": 1.0, "recovery_capacity_share": 1.0},
        climate=STORMY,
    )
    record = run(of, months=36)
    first = int(record.live_step.max()) + 1
    assert first < 8
    assert series(record, "twin_incidents")[first:].sum() > 5
    assert not series(record, "incidents")[first:].any()
    np.testing.assert_array_equal(
        series(record, "incidents")[:OPENING], series(record, "twin_incidents")[:OPENING]
    )


@pytest.mark.parametrize("member", [True, False])
def test_a_breach_at_a_member_lowers_trust_in_the_offer(member: bool) -> None:
    of = scenario(
        {"main": offer(initial_members=[GLASGOW] if member else 0.0)},
        councils={"codes": LARGE},
        climate=CALM,
        behaviour=NO,
        events=[{"date": "2018-05", "breach": [GLASGOW]}],
    )
    model = model_of(of)
    for _ in range(5):
        model.step()
    edinburgh = model.councils[place_of(OneRun(model.record), EDINBURGH)]
    assert edinburgh.memberships[0].distrust == (1.0 if member else 0.0)


# ---------------------------------------------------------------- the offer


def test_a_pledge_quorum_lets_all_in_at_once() -> None:
    of = scenario({"main": offer(pledge_share=0.75, needs_procurement="no")}, behaviour=LOYAL)
    record = run(of, months=48)
    joined, pledged = series(record, "joined"), series(record, "pledged")
    start = int(np.flatnonzero(joined)[0])
    assert start > OPENING + 1
    assert 0 < pledged[start - 1] < 24 <= joined[start]
    assert not pledged[start:].any()
    assert (np.diff(pledged[:start]) >= 0).all()
    # Without a quorum councils trickle in from the start.
    trickle = series(run(scenario(behaviour=LOYAL), months=48), "joined")
    assert trickle[start - 1] > 0


def test_a_quorum_never_reached_keeps_everyone_out() -> None:
    of = scenario({"main": offer(pledge_share=1.0)}, behaviour={"intercept": -1.0})
    record = run(of, months=60)
    assert 0 < series(record, "pledged")[-1] < 32
    assert not series(record, "joined").any()
    assert not series(record, "joining").any()
    assert set(record.status.ravel().tolist()) <= {OUTSIDE, PLEDGED}


@pytest.mark.parametrize("months", [0, 1, 7])
def test_approval_takes_its_months(months: int) -> None:
    record = run(eager({"main": offer(approval_months=months, migration_months=2)}))
    assert (record.joined_step == OPENING + months).all()
    assert (record.live_step == OPENING + months + 2).all()
    assert series(record, "pledged")[OPENING : OPENING + months].tolist() == [6.0] * months


def test_a_pilot_with_19_recruits() -> None:
    """Recruits start migrating; sunk cost holds nobody, so that more of them give up."""
    terms = offer(pilot=True, initial_members=19, depth=0.75, migration_months=10)
    shut: Values = {**NO, "attention_base_per_month": 0.0}
    record = run(scenario({"main": terms}, {"visits_per_month": 4.0}, behaviour=shut), months=36)
    assert series(record, "joined")[:OPENING].tolist() == [0.0] * OPENING
    assert np.count_nonzero(record.joined_step == OPENING) == 19
    assert np.count_nonzero(record.joined_step >= 0) == 19
    live = record.live_step[record.live_step >= 0]
    assert set(live.tolist()) == {OPENING + 10}
    gave_up = np.count_nonzero(record.abandoned_step >= 0)
    assert len(live) + gave_up == 19
    assert 4 <= gave_up <= 16  # 7.3 % a month over ten months: 10 of 19 expected
    assert ((record.status == LEFT) | (record.joined_step < 0) | (record.live_step >= 0)).all()
    # Members from the start of anything else have nothing left to give up.
    plain = run(scenario({"main": {**terms, "pilot": False}}, behaviour=shut), months=36)
    assert np.count_nonzero(plain.live_step == OPENING) == 19
    assert not (plain.abandoned_step >= 0).any()


def test_sunk_cost_holds_councils_except_in_pilots() -> None:
    terms = offer(initial_members=32, depth=0.75, migration_months=10)
    pilot = scenario({"main": {**terms, "pilot": True}}, behaviour=NO)
    by_seed = [record.abandoned_step for record in run_seeds(pilot, range(8), months=16)]
    in_pilots = sum(np.count_nonzero(steps >= 0) for steps in by_seed)
    binding = eager(
        {"main": offer(depth=0.75, migration_months=10)}, behaviour={**ATTENTIVE, **YES}
    )
    by_seed = [record.abandoned_step for record in run_seeds(binding, range(43), months=16)]
    elsewhere = sum(np.count_nonzero(steps >= 0) for steps in by_seed)
    # 1 - (1 - 0.0725) ** 10 = 53 % against 1 - 0.9275 * (1 - 0.06525) * ... = 33 %, of 256 each.
    assert in_pilots / 256 == pytest.approx(0.53, abs=0.09)
    assert elsewhere / 258 == pytest.approx(0.33, abs=0.09)


@pytest.mark.parametrize(
    ("members", "count"), [(0.0, 0), (0.25, 8), (5, 5), (5.0, 5), (["Fife", "Moray"], 2)]
)
def test_initial_members(members: float | list[str], count: int) -> None:
    of = scenario({"main": offer(initial_members=members)}, behaviour={**NO, **LOYAL})
    record = run(of)
    joined = record.joined_step[0] == OPENING
    assert np.count_nonzero(joined) == np.count_nonzero(record.status == MEMBER) == count
    assert not series(record, "joined")[:OPENING].any()
    assert not series(record, "joining").any()
    names = {record.world.councils.name[index] for index in np.flatnonzero(joined)}
    if isinstance(members, list):
        assert names == set(members)
    elif count:
        luck = draw_luck(record.world, 1)
        assert luck.recruit[0][joined].max() < luck.recruit[0][~joined].min()


def test_only_councils_in_scope_are_initial_members() -> None:
    terms = offer(initial_members=[GLASGOW, "Leeds"], scope={"nations": ["England"]})
    of = scenario({"main": terms}, councils={"codes": [*SIX, *ENGLISH]}, behaviour={**NO, **LOYAL})
    record = run(of)
    assert np.count_nonzero(record.joined_step >= 0) == 1
    assert record.joined_step[0, place_of(record, "Leeds")] == OPENING


def test_peers_are_the_contact_of_an_offer_they_own() -> None:
    behaviour = {**EAGER, "attention_base_per_month": 0.0, "contact_decay_per_month": 0.1}
    push = {"visits_per_month": 6.0, "launch_contact": 0.0}
    alone = run(eager({"main": offer(owner="peer")}, push, behaviour=behaviour))
    assert not series(alone, "joined").any()
    assert not series(alone, "visits").any()
    some = offer(owner="peer", initial_members=[GLASGOW])
    together = run(eager({"main": some}, push, behaviour=behaviour))
    assert not series(together, "visits").any()
    assert series(together, "joined")[OPENING] == 1  # nobody knows of it yet
    assert series(together, "joined")[-1] == 6
    # Any other owner has a team that calls.
    called_on = run(eager({"main": offer(owner="sector")}, push, behaviour=behaviour))
    assert series(called_on, "visits").sum() > 0
    assert series(called_on, "joined")[-1] == 6


def test_two_offers_in_one_programme() -> None:
    near = offer(scope={"codes": [*SIX[:4]]}, needs_procurement="no", addressed_share=0.1)
    far = offer(
        scope={"codes": SIX[3:]}, opens="2018-06", needs_procurement="no", addressed_share=0.2
    )
    record = run(eager({"near": near, "far": far}))
    assert record.world.offer_names == ("near", "far")
    for index, names in enumerate((SIX[:4], SIX[3:])):
        joined = {
            record.world.councils.name[i] for i in np.flatnonzero(record.joined_step[index] >= 0)
        }
        assert joined == set(names)
    assert record.joined_step[0].max() == OPENING
    assert record.joined_step[1].max() == 5
    # A council that is in both counts once, its spend twice.
    assert series(record, "joined").tolist() == [0.0] * 2 + [4.0] * 3 + [6.0] * 19
    by_offer = record.joined_by_group[-1, record.groups.offer_start :]
    assert by_offer.tolist() == [4, 3]
    spends = 0.1 * sum(map(spend, SIX[:4])) + 0.2 * sum(map(spend, SIX[3:]))
    assert series(record, "joined_spend")[-1] == pytest.approx(spends)


def test_a_council_has_a_taste_of_its_own_for_each_offer() -> None:
    terms = offer(needs_procurement="no")
    behaviour = {**EAGER, **SILENT, "intercept": 0.0, "taste_sd": 5.0, "pause_months": 600}
    record = run(eager({"a": terms, "b": terms}, councils={}, behaviour=behaviour), months=12)
    taste = draw_luck(record.world, 1).taste
    considered = record.considered > 0
    sure = considered & (np.abs(taste) > 1.0)
    np.testing.assert_array_equal(record.joined_step[sure] >= 0, taste[sure] > 0.0)
    assert np.count_nonzero((record.joined_step[0] >= 0) != (record.joined_step[1] >= 0)) > 0


# ---------------------------------------------------------------- the programme


def test_a_failed_review_ends_the_programme() -> None:
    of = scenario(
        {"main": offer(migration_months=6)},
        {"review_months": 12, "minimum_share": 1.0, "subsidy_share": 0.5},
        behaviour={"drift_per_month": 1.0},
    )
    record = run(of, months=48)
    step = OPENING + 12 - 1  # at the end of the twelfth month
    assert record.cancelled_step.tolist() == [step]
    joined = series(record, "joined")
    assert joined[step] > 0
    assert record.joined_step.max() <= step
    assert not series(record, "visits")[step + 1 :].any()
    assert not series(record, "subsidy")[step + 1 :].any()
    assert not series(record, "pledged")[step:].any()
    assert (np.diff(joined[step:]) <= 0).all()
    assert not joined[-1]
    assert set(record.status.ravel().tolist()) == {OUTSIDE, LEFT}
    assert rules.WAITING_TO_JOIN not in record.reason
    assert series(record, "visits")[: step + 1].any()
    # What is left of the programme costs less as members go, and nothing without them.
    running = series(record, "running")
    assert running[OPENING : step + 1] == pytest.approx(1 / 12)
    assert running[step:] == pytest.approx(joined[step:] / joined[step] / 12)


def test_those_who_wait_when_a_programme_is_cancelled_are_told_so() -> None:
    of = eager({"main": offer(approval_months=6)}, {"review_months": 2, "minimum_share": 0.5})
    record = run(of)
    assert record.cancelled_step.tolist() == [OPENING + 1]
    assert set(record.status.ravel().tolist()) == {OUTSIDE}
    assert set(record.reason.ravel().tolist()) == {rules.CANCELLED_FIRST}
    assert not series(record, "joined").any()
    assert not series(record, "pledged")[OPENING + 1 :].any()


def test_running_cost_never_exceeds_the_annual_cost() -> None:
    """A push may end while councils go on joining."""
    of = scenario(None, {"ends": "2018-04", "visits_per_month": 1.0, "launch_contact": 0.0})
    record = run(of, months=84)
    assert series(record, "joined")[4] < series(record, "joined")[-1]
    assert series(record, "running").max() <= 1 / 12 + 1e-12


@pytest.mark.parametrize(("rate", "left"), [(0.0, 3), (1.0, 0)])
def test_members_of_a_cancelled_programme_drift_off_at_the_rate_given(
    rate: float, left: int
) -> None:
    of = eager(
        {"main": offer(initial_members=3)},
        {"review_months": 1, "minimum_share": 1.0},
        behaviour={**NO, **LOYAL, "drift_per_month": rate},
    )
    record = run(of)
    assert record.cancelled_step.tolist() == [OPENING]
    assert series(record, "joined")[OPENING] == 3
    assert series(record, "joined")[-1] == left
    assert np.count_nonzero(record.left_step > OPENING) == 3 - left


@pytest.mark.parametrize("minimum", [0.0, 0.05])
def test_a_review_that_is_passed_changes_nothing(minimum: float) -> None:
    plain = run(scenario(), months=36)
    passed = run(scenario(None, {"review_months": 20, "minimum_share": minimum}), months=36)
    assert passed.cancelled_step.tolist() == [-1]
    assert_same(plain, passed)


def test_cancelling_one_of_two_offers() -> None:
    near = offer(scope={"codes": SIX[:3]}, needs_procurement="no")
    far = offer(scope={"codes": SIX[3:]}, opens="2019-01", needs_procurement="no")
    of = eager({"near": near, "far": far}, {"review_months": 1, "minimum_share": 0.6})
    assert run(of).cancelled_step.tolist() == [-1, -1]
    harder = eager(
        {"near": near, "far": far},
        {"review_months": 1, "minimum_share": 0.6},
        events=[
            {
                "date": "2018-02",
                "change": {"offers": {"near": {"depth": 1.0}}},
            }
        ],
        behaviour={**EAGER, "intercept": 3.0, "autonomy_weight": 50.0},
        traits={"autonomy_mean": 0.5, "autonomy_concentration": 1000.0},
    )
    # The first offer is too deep for all; the second at 0.25 x 0.47 x 0.6 x 50 x 0.5 = 1.8 is not.
    record = run(harder)
    assert record.cancelled_step.tolist() == [OPENING, -1]
    assert series(record, "joined")[-1] == 3


def test_a_subsidy_moves_cost_from_councils_to_the_programme() -> None:
    terms = {"main": offer(joining_cost_gbp_m=2.0, switching_cost_years=1.0)}
    behaviour = {**EAGER, "cost_weight": 0.0}
    paid, shared = (
        run(eager(terms, {"subsidy_share": share}, behaviour=behaviour), months=60)
        for share in (0.0, 0.3)
    )
    assert not series(paid, "subsidy").any()
    for name in ("joining", "switching"):
        assert series(shared, name) == pytest.approx(0.7 * series(paid, name))
        assert series(paid, name).any()
    whole = series(paid, "joining") + series(paid, "switching")
    assert series(shared, "subsidy") == pytest.approx(0.3 * whole)


def test_money_up_front_deters_and_a_subsidy_helps() -> None:
    terms = {"main": offer(switching_cost_years=4.0, needs_procurement="no")}
    shares = [
        series(run(scenario(terms, {"subsidy_share": share}), months=48), "joined")[-1]
        for share in (0.0, 0.9)
    ]
    assert shares[0] < shares[1]


def test_an_event_widens_the_scope() -> None:
    of = eager(
        {"main": offer(scope={"nations": ["Scotland"]}, needs_procurement="no")},
        councils={"codes": [*SIX, *ENGLISH]},
        events=[
            {
                "date": "2019-01",
                "change": {"offers": {"main": {"scope": {"nations": ["Scotland", "England"]}}}},
            }
        ],
    )
    record = run(of)
    english = np.array(record.world.councils.nation) == "England"
    assert (record.joined_step[0, ~english] == OPENING).all()
    assert (record.joined_step[0, english] == 12).all()
    assert record.world.eligible.all()
    closed = run(of.model_copy(update={"events": []}))
    assert (closed.joined_step[0, english] == -1).all()
    assert (closed.reason[0, english] == rules.NOT_IN_SCOPE).all()
    assert not closed.world.eligible[english].any()


def test_an_event_narrows_the_scope() -> None:
    """Those who wait are turned away; members stay, but no longer count in shares of the scope."""
    of = eager(
        {"main": offer(approval_months=3, needs_procurement="no", initial_members=[GLASGOW])},
        behaviour={**EAGER, "deepening_per_month": 0.2},
        events=[
            {"date": "2018-05", "change": {"offers": {"main": {"scope": {"codes": ["Fife"]}}}}}
        ],
    )
    model = model_of(of)
    while model.running:
        model.step()
        assert 0.0 <= model.nation_share(0, "Scotland") <= 1.0
    record = OneRun(model.record)
    joined = {record.world.councils.name[i] for i in np.flatnonzero(record.joined_step[0] >= 0)}
    assert joined == {GLASGOW, "Fife"}
    others = [place_of(record, name) for name in SIX if name not in joined]
    assert set(record.status[0, others].tolist()) == {OUTSIDE}
    for name in ("joined_spend", "used_spend"):
        assert (series(record, name) <= series(record, "scope_spend")).all()
    assert series(record, "joined")[-1] == 2


def test_a_fresh_draw_of_councils() -> None:
    of = scenario(councils={"nations": ["England"], "draw": 20})
    drawn = [frozenset(run(of, seed, months=6).world.councils.name) for seed in (1, 2, 1)]
    assert drawn[0] == drawn[2] != drawn[1]
    assert {len(names) for names in drawn} == {20}


def test_synthetic_councils() -> None:
    record = run(scenario(councils={"synthetic": 30}, climate=STORMY))
    assert record.world.councils.number.tolist() == list(range(1001, 1031))
    assert series(record, "joined")[-1] > 0


def test_co_design_and_ownership_soften_the_loss_of_autonomy() -> None:
    def joined(owner: str, codesign: float) -> int:
        terms = {"main": offer(depth=1.0, owner=owner)}
        of = scenario(terms, {"codesign": codesign}, behaviour={"autonomy_weight": 8.0})
        records = run_seeds(of, (1, 2, 3), months=36)
        return sum(int(series(record, "joined")[-1]) for record in records)

    assert joined("central", 0.0) < joined("sector", 0.0) < joined("sector", 0.9)


# ---------------------------------------------------------------- visits

# Nobody ever considers anything.
UNMOVED: Values = {
    "attention_base_per_month": 0.0,
    "contact_attention_per_month": 0.0,
    "renewal_attention_per_month": 0.0,
    "worry_attention_per_month": 0.0,
    "peer_attention_per_month": 0.0,
}


def watched(of: Scenario, seed: int = 1, months: int = 24) -> tuple[PlatformModel, list[set[int]]]:
    """Run a scenario and note which councils are called on in each month."""
    model = model_of(of, seed, months)
    calls = []
    while model.running:
        before = [council.visits for council in model.councils]
        model.step()
        gained = [c.visits - b for c, b in zip(model.councils, before, strict=True)]
        assert set(gained) <= {0, 1}  # at most one a month
        calls.append({index for index, count in enumerate(gained) if count})
        assert len(calls[-1]) == series(OneRun(model.record), "visits")[model.t]
    return model, calls


@pytest.mark.parametrize("rate", [0.3, 1.0, 2.7, 6.0, 40.0])
def test_visits_stay_within_the_budget(rate: float) -> None:
    of = scenario(None, {"visits_per_month": rate, "ends": "2019-07"}, behaviour=NO)
    _, calls = watched(of)
    counts = np.array([len(month) for month in calls])
    assert not counts[:OPENING].any()
    assert not counts[18:].any()
    working = np.cumsum(counts[OPENING:18])
    assert (working <= rate * np.arange(1, 17) + 1e-9).all()
    if rate <= 6:
        # Fractions carry over: all but a fraction of a visit is used.
        assert working[-1] > rate * 16 - 1.001


def test_visits_per_council_and_year() -> None:
    _, calls = watched(
        scenario(None, {"visits_per_month": None, "visits_per_council_per_year": 3.0}, behaviour=NO)
    )
    assert [len(month) for month in calls[OPENING:]] == [8] * 22  # 32 x 3 / 12


@pytest.mark.parametrize("most", [0, 1, 2, 3])
def test_calls_on_councils_that_refused(most: int) -> None:
    """Everyone refuses in the first month: from then on so many calls in any three months."""
    of = scenario(
        None,
        {"visits_per_month": 40.0, "launch_contact": 1.0, "refuser_calls_per_quarter": most},
        councils={"codes": SIX},
        behaviour={**ATTENTIVE, **NO, "pause_months": 600},
    )
    model, calls = watched(of)
    assert all(council.memberships[0].refused for council in model.councils)
    for index in range(len(SIX)):
        visited = [index in month for month in calls]
        quarters = [sum(visited[t : t + 3]) for t in range(OPENING + 1, 22)]
        assert max(quarters) == most
    assert len(calls[OPENING]) == 6  # nobody had refused yet


def test_refusers_are_left_alone_within_a_random_run() -> None:
    """At the default, no council that has refused is called on twice within three months."""
    model = model_of(scenario(None, {"visits_per_month": 30.0}, behaviour={"intercept": -2.0}))
    last_call: dict[int, int] = {}
    calls_on_refusers = 0
    while model.running:
        refused = {c.index for c in model.councils if c.memberships[0].refused}
        before = [council.visits for council in model.councils]
        model.step()
        for council in model.councils:
            if council.visits == before[council.index]:
                continue
            if council.index in refused:
                calls_on_refusers += 1
                assert model.t - last_call.get(council.index, -9) >= 3
            last_call[council.index] = model.t
    assert calls_on_refusers > 20


def test_members_are_not_called_on() -> None:
    announced = offer(launched="2018-01")
    of = eager({"main": announced}, {"visits_per_month": 40.0, "starts": "2018-01"})
    _, calls = watched(of)
    assert [len(month) for month in calls] == [6, 6, 6] + [0] * 21


def _first(names_by: dict[int, float], count: int = 6) -> set[int]:
    """Positions of the highest values; the lower position where they are equal."""
    return set(sorted(names_by, key=lambda index: (-names_by[index], index))[:count])


@pytest.mark.parametrize("targeting", rules.TARGETING)
def test_every_targeting_rule(targeting: str) -> None:
    """On whom the team calls in the second month, when news of Glasgow has got round."""
    of = scenario(
        {"main": offer(initial_members=[GLASGOW])},
        {"targeting": targeting},
        behaviour={**SILENT, **UNMOVED, **LOYAL, "autonomy_weight": 10.0},
    )
    model, calls = watched(of)
    glasgow = place_of(OneRun(model.record), GLASGOW)
    others = [index for index in range(32) if index != glasgow]
    graph, number = model.world.graph, model.world.councils.number
    assert not any(glasgow in month for month in calls)
    second = calls[OPENING + 1]
    if targeting == "largest":
        assert second == _first({p: spend(model.councils[p].name) for p in others})
    elif targeting == "best_connected":
        heard = {
            p: sum(graph.edges[number[p], hearer]["weight"] for hearer in graph[number[p]])
            for p in others
        }
        limit = sorted(heard.values())[-6]
        assert len(second) == 6
        assert min(heard[p] for p in second) >= limit - 1e-4
    elif targeting == "neighbours_of_members":
        listening = {
            p: graph.edges[number[glasgow], number[p]]["weight"]
            if graph.has_edge(number[glasgow], number[p])
            else 0.0
            for p in others
        }
        sixth = sorted(listening.values())[-6]
        assert sixth > 0
        assert len(second) == 6
        assert min(listening[p] for p in second) >= sixth - 1e-4
        # Before the news, by number.
        assert calls[OPENING] == set(others[:6])
    elif targeting == "most_receptive":
        assert second == _first({p: -float(model.luck.autonomy[p]) for p in others})
    else:
        order = _first({p: float(model.luck.list_place[p]) for p in others})
        assert calls[OPENING] == order
        # Nobody a second time before all have been called on once.
        first_round = Counter(p for month in calls[: OPENING + 5] for p in month)
        assert set(first_round.values()) == {1}
        assert set().union(*calls[: OPENING + 6]) == set(others)
    assert len(calls[OPENING]) == 6


def test_teams_keep_to_their_councils() -> None:
    of = scenario(
        None,
        {
            "visits_per_month": 2.0,
            "scope": {"codes": SIX},
            "teams": {
                "isles": {
                    "visits_per_month": 1.0,
                    "scope": {"codes": ["Orkney Islands", "Shetland Islands"]},
                },
                "again": {"visits_per_month": 6.0, "scope": {"codes": SIX}, "starts": "2018-09"},
            },
        },
        behaviour=UNMOVED,
    )
    model, calls = watched(of, months=12)
    names = [{model.councils[index].name for index in month} for month in calls]
    isles = {"Orkney Islands", "Shetland Islands"}
    for month in names:
        assert month <= {*SIX, *isles}
        assert len(month & isles) <= 1
    assert len(names[OPENING] & set(SIX)) == 2
    assert len(names[8] & set(SIX)) > 2


def test_contact_opens_the_door() -> None:
    behaviour = {"attention_base_per_month": 0.0, "peer_attention_per_month": 0.0}
    joined = [
        series(
            run(
                scenario(
                    {"main": offer(needs_procurement="no", security_gain=0.0)},
                    {"visits_per_month": rate, "launch_contact": 0.0},
                    behaviour=behaviour,
                )
            ),
            "joined",
        )[-1]
        for rate in (0.0, 2.0, 12.0)
    ]
    assert joined[0] == 0
    assert joined[0] < joined[1] < joined[2]


# ---------------------------------------------------------------- as a Mesa model


def test_it_is_a_mesa_model() -> None:
    model = model_of(scenario(), months=5)
    assert isinstance(model, mesa.Model)
    assert len(model.agents) == 32
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    assert {agent.name for agent in model.agents} == set(model.world.councils.name)
    assert model.running
    model.step()
    assert (model.steps, model.t, model.month) == (1, 0, 2018 * 12)
    for _ in range(3):
        model.step()
    assert model.running
    model.step()
    assert not model.running
    assert model.steps == 5
    model.run_model()  # nothing is left to do
    assert model.steps == 5
    with pytest.raises(RuntimeError, match="5 months"):
        model.step()


def test_agents_can_be_selected_and_collected_from() -> None:
    model = played(eager(), months=6)
    members = model.agents.select(lambda council: council.memberships[0].status == MIGRATING)
    live = model.agents.select(lambda council: council.memberships[0].status == MEMBER)
    assert len(members) + len(live) == 6
    collector = mesa.DataCollector(agent_reporters={"worry": "worry"})
    collector.collect(model)
    assert len(collector.get_agent_vars_dataframe()) == 6


def test_stepping_and_running_are_the_same() -> None:
    stepped = model_of(scenario(**RICH), months=12)
    for _ in range(12):
        stepped.step()
    assert_same(OneRun(stepped.record), run(scenario(**RICH), months=12))


# ---------------------------------------------------------------- any small scenario

POOL = [*SIX, *ENGLISH, "Orkney Islands", "Westminster", "Oxford", "Oxfordshire"]


shares = numbers(0.0, 1.0)


@st.composite
def offers(draw: st.DrawFn) -> Values:
    chosen: Values = draw(
        st.fixed_dictionaries(
            {
                "opens": st.sampled_from(["2018-01", "2018-03", "2018-09", "2019-12"]),
                "owner": st.sampled_from(["central", "sector", "peer"]),
                "depth": shares,
                "addressed_share": numbers(0.01, 1.0),
                "promised_saving_share": shares,
                "realised_ratio": numbers(-1.0, 2.0),
                "realised_ratio_sd": shares,
                "annual_fee_gbp_m": numbers(0.0, 2.0),
                "joining_cost_gbp_m": numbers(0.0, 2.0),
                "switching_cost_years": numbers(0.0, 3.0),
                "needs_procurement": st.sampled_from(["no", "use", "yes"]),
                "approval_months": st.integers(0, 4),
                "migration_months": st.integers(0, 8),
                "pilot": st.booleans(),
                "security_gain": shares,
                "shared_fate": shares,
                "economies_of_scale": shares,
                "initial_members": st.sampled_from([0.0, 0.3, 2, [GLASGOW, "Leeds"]]),
                "pledge_share": st.sampled_from([0.0, 0.0, 0.3, 0.8]),
                "scope": st.sampled_from([{}, {"nations": ["Scotland"]}, {"types": ["district"]}]),
            }
        )
    )
    return chosen


@st.composite
def small_scenarios(draw: st.DrawFn) -> Scenario:
    push: Values = draw(
        st.fixed_dictionaries(
            {
                "visits_per_month": numbers(0.0, 8.0),
                "targeting": st.sampled_from(list(rules.TARGETING)),
                "launch_contact": shares,
                "codesign": shares,
                "subsidy_share": shares,
                "refuser_calls_per_quarter": st.integers(0, 3),
                "review_months": st.sampled_from([None, 3, 12]),
                "minimum_share": shares,
                "mandate": st.sampled_from([None, {"starts": "2018-06"}]),
                "annual_cost_gbp_m": numbers(0.0, 5.0),
            }
        )
    )
    behaviour: Values = draw(
        st.fixed_dictionaries(
            {
                "attention_base_per_month": shares,
                "contact_attention_per_month": numbers(0.0, 2.0),
                "intercept": numbers(-3.0, 5.0),
                "pause_months": st.integers(0, 12),
                "rejoin_months": st.integers(0, 12),
                "abandon_base_per_month": numbers(0.0, 0.3),
                "leave_base_per_month": numbers(0.0, 0.3),
                "deepening_per_month": shares,
                "routed_per_renewal_share": shares,
            }
        )
    )
    return Scenario.model_validate(
        {
            "councils": {
                "codes": draw(st.lists(st.sampled_from(POOL), min_size=2, max_size=8, unique=True))
            },
            "network": {
                "kind": draw(st.sampled_from(["layers", "complete", "erdos_renyi"])),
                "isolation_allowed": True,
                "degree": 2,
            },
            "offers": {"a": draw(offers())}
            | ({"b": draw(offers())} if draw(st.booleans()) else {}),
            "push": push,
            "behaviour": behaviour,
            "climate": {"incident_rate_per_month": draw(numbers(0.0, 0.3)), "severe_share": 0.5},
        }
    )


def _check_council(council: Any) -> None:
    assert 0.0 <= council.worry <= 1.0
    assert 0.0 <= council.pressure <= 1.0
    assert 0 <= council.recent_visits <= 7
    for m in council.memberships:
        assert m.status in (OUTSIDE, PLEDGED, MIGRATING, MEMBER, LEFT)
        assert 0.0 <= m.use <= 1.0
        assert m.use == 0.0 or m.status == MEMBER
        assert 0.0 <= m.contact <= 1.0
        assert 0.0 <= m.distrust <= 1.0
        assert 0 <= m.live_weight <= m.tie_weight <= rules.FULL_WEIGHT
        assert 0 <= m.regret_weight <= rules.FULL_STEPS
        assert 0 <= m.months <= m.offer.migration_months
        assert not m.on_agenda
        if m.joined:
            assert 0 <= m.joined_step <= council.model.t
            assert m.reason == rules.JOINED
        if m.status == LEFT:
            assert max(m.abandoned_step, m.left_step) >= m.joined_step >= 0
        if m.status == PLEDGED:
            assert m.reason == rules.WAITING_TO_JOIN
        if m.status == MEMBER:
            assert m.live_step >= m.joined_step


def _check_accounts(record: OneRun) -> None:
    totals = {name: series(record, name) for name in SERIES}
    count = len(record.world.councils)
    assert np.isfinite(record.totals).all()
    for name in SERIES:
        if name not in ("saving",):  # what was realised may be a loss
            assert (totals[name] >= 0.0).all(), name
    assert (totals["joined"] >= totals["live"]).all()
    assert (totals["joined"] + totals["pledged"] <= count).all()
    assert (totals["joined"] + totals["gone"] <= count).all()
    assert (totals["used_spend"] <= totals["joined_spend"] * (1 + 1e-12)).all()
    assert (totals["joined_spend"] <= totals["scope_spend"] * (1 + 1e-12)).all()
    assert (totals["severe"] <= totals["incidents"]).all()
    groups, by_group = record.groups, record.joined_by_group
    for kind in ("nation", "council type", "size band"):
        columns = [index for index, k in enumerate(groups.kind) if k == kind]
        np.testing.assert_array_equal(by_group[:, columns].sum(axis=1), totals["joined"])
    joined = np.isin(record.status, (MIGRATING, MEMBER))
    assert totals["joined"][-1] == np.count_nonzero(joined.any(axis=0))
    assert totals["visits"].sum() == record.visits.sum()
    assert totals["incidents"].sum() == record.incidents.sum()
    if not record.world.eligible.any():
        return
    row = outcomes_of(record)
    councils, programme, total = (
        row[f"net_saving_{whose}_gbp_m"] for whose in ("councils", "programme", "total")
    )
    assert isinstance(councils, float)
    assert isinstance(programme, float)
    assert total == pytest.approx(councils + programme, abs=1e-9)
    assert record.net_saving.sum() == pytest.approx(councils, abs=1e-9)
    lost = totals["joining"] + totals["switching"] + totals["subsidy"] + totals["running"]
    assert total == pytest.approx(
        float((totals["saving"] - lost) @ record.world.discount), abs=1e-9
    )
    for name, value in row.items():
        if "_share" in name and isinstance(value, float) and "control" not in name:
            assert np.isnan(value) or 0.0 <= value <= 1.0 + 1e-12, name


@settings(
    derandomize=True,
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(small_scenarios(), st.integers(0, 2**63 - 1))
def test_what_holds_in_any_small_scenario(of: Scenario, seed: int) -> None:
    model = model_of(of, seed, months=24)
    budget = 0.0
    while model.running:
        model.step()
        for council in model.councils:
            _check_council(council)
        budget += of.push.visits_per_month or 0.0
        assert series(OneRun(model.record), "visits").sum() <= budget + 1e-9
    _check_accounts(OneRun(model.record))
    opens = [o.opens - model.world.first_month for o in of.offers.values()]
    for index, step in enumerate(opens):
        joined_step = OneRun(model.record).joined_step[index]
        assert (joined_step[joined_step >= 0] >= step).all()


def test_a_second_offer_changes_nothing_before_it_opens() -> None:
    alone = run(scenario(), months=24)
    both = run(scenario({"main": OFFER, "late": offer(opens="2019-06")}), months=24)
    assert np.array_equal(alone.totals[:17], both.totals[:17])
    assert not np.array_equal(alone.totals[17:], both.totals[17:])


def test_in_turn_is_fair_in_the_long_run() -> None:
    """Visits of any two councils differ by one at most, however many rounds there were."""
    visits = run(scenario(None, {"visits_per_month": 6.0}, behaviour=UNMOVED), months=86).visits
    assert visits.max() - visits.min() <= 1
