"""Numbers changed in a world that is laid out already give the runs of a world built anew."""

from __future__ import annotations

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from sim.experiment.parameters import drawn, fixed_settings, load_draws
from sim.files.problems import BadInput
from sim.model.effects import DERIVED, DUTY, effect_of
from sim.model.engine import run_compiled
from sim.model.laid_out import WORK, LaidOut, Room
from sim.model.record import Record
from sim.model.world import build_world
from sim.runs.measure import tables_of
from sim.settings import Horizon, Outcomes, Parameters, Scenario
from sim.settings.editing import numeric_settings, with_settings
from tests.shared.scenarios import OFFER, horizon, scenario

SEEDS = np.arange(1, 7)
SPAN = horizon(60)
OUTCOMES = Outcomes(months_since_opening=[12, 24], headline_months=12)

# Everything that a setting may need to make a difference: offers of all owners, one of which is
# pledged for, a review, a duty, a second team, attacks, and councils of both nations.
RICH = scenario(
    offers={
        "main": {
            **OFFER,
            "initial_members": 3.0,
            "scale_max_population": 200_000.0,
            "served_share": 0.3,
        },
        "second": {
            **OFFER,
            "opens": "2018-06",
            "owner": "central",
            "needs_procurement": "use",
            "pledge_share": 0.1,
            "approval_months": 2,
        },
        "third": {
            **OFFER,
            "opens": "2019-01",
            "owner": "peer",
            "needs_procurement": "no",
            "initial_members": 1.0,
            "joining_effort_months": 1.0,
        },
    },
    push={
        "visits_per_month": None,
        "visits_per_council_per_year": 2.0,
        "subsidy_share": 0.2,
        "mandate": {"starts": "2020-06", "scope": {"nations": ["England"]}},
        "review_months": 40,
        "minimum_share": 0.2,
        "teams": {"north": {"visits_per_month": 2.0, "scope": {"nations": ["Scotland"]}}},
    },
    councils={
        "codes": [
            "Fife", "Stirling", "Clackmannanshire", "Perth and Kinross", "Dundee City",
            "Falkirk", "Angus", "Highland", "Leeds", "Bradford", "Kirklees", "Wakefield",
            "Calderdale", "Harrogate", "Craven", "North Yorkshire",
        ]
    },
    climate={"incident_rate_per_month": 0.03, "severe_share": 0.5},
    behaviour={"effort_weight": 0.2, "pressure_starving": 1.0},
)  # fmt: skip
# Where some settings make a difference that in the first make none: nobody has a duty.
FREE = scenario(
    push={"review_months": 30, "minimum_share": 0.5, "refuser_calls_per_quarter": 0},
    climate={"incident_rate_per_month": 0.05, "severe_share": 0.6},
)
GIVEN_UP = scenario(
    push={"visits_per_month": 1.0, "review_months": 12, "minimum_share": 1.0},
    offers={
        "main": {
            **OFFER,
            "depth": 0.9,
            "owner": "central",
            "needs_procurement": "no",
            "initial_members": 8.0,
        }
    },
    climate={"incident_rate_per_month": 0.2, "severe_share": 0.9},
)


def rebuilt(of: Scenario, span: Horizon = SPAN) -> Record:
    """Run the slow way: a world of its own."""
    return run_compiled(build_world(of, span, 1), SEEDS.tolist())


def changed(laid: LaidOut, values: dict[str, float]) -> Record:
    """Run the fast way: numbers put into a world that is laid out."""
    room = Room(laid.world, len(SEEDS))
    laid.put(values)
    laid.run(SEEDS, room, 0)
    return room.record


def same(ours: Record, theirs: Record) -> bool:
    a, b = ours.arrays(), theirs.arrays()
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def others(of: Scenario, setting: str) -> list[float]:
    """Some values that a setting may have instead of its own, near and far."""
    if setting == DUTY:
        return [SPAN.starts + 30]
    part: object = of
    for key in setting.split("."):
        part = part[key] if isinstance(part, dict) else getattr(part, key)
    now = float(part) if isinstance(part, int | float) else 1.0
    found = []
    for value in (now * 2, now / 2, now + 1, now + 0.3, now - 0.2, 12.0, 0.9, 0.0):
        try:
            with_settings(of, {setting: value})
        except BadInput:
            continue
        if value != now:
            found.append(value)
    return found


BASES = {"rich": RICH, "free": FREE, "given_up": GIVEN_UP}
WORLDS = {name: build_world(of, SPAN, 1) for name, of in BASES.items()}
ALL = {
    setting
    for of in BASES.values()
    for setting in [*numeric_settings(of), DUTY]
    if effect_of(of, setting) != "world"
}


@pytest.fixture(scope="module")
def usual() -> dict[str, Record]:
    return {name: run_compiled(world, SEEDS.tolist()) for name, world in WORLDS.items()}


@pytest.mark.parametrize("setting", sorted(ALL))
def test_a_number_changed_in_place_is_the_same_as_a_world_built_anew(
    setting: str, usual: dict[str, Record]
) -> None:
    """Also that it makes a difference somewhere: a change that does nothing would agree too."""
    matters = False
    for name, of in BASES.items():
        if setting not in [*numeric_settings(of), DUTY] or effect_of(of, setting) == "world":
            continue
        laid = LaidOut(WORLDS[name])
        for value in others(of, setting):
            slow = rebuilt(with_settings(of, {setting: value}))
            assert same(changed(laid, {setting: value}), slow), (name, value)
            if matters := not same(slow, usual[name]):
                return
    assert matters, "nothing that was tried makes a difference"


def test_what_is_worked_out_is_declared() -> None:
    assert WORK.keys() == DERIVED


def test_what_is_not_declared_takes_a_world_of_its_own() -> None:
    for setting in (
        "councils.draw",
        "network.degree",
        "offers.main.stream",
        "offers.main.opens",
        "offers.main.owner",
        "offers.main.pilot",
        "push.starts",
        "push.targeting",
        "something.new",
    ):
        assert effect_of(RICH, setting) == "world", setting
    assert effect_of(FREE, DUTY) == "world", "nobody has a duty there"


def test_what_an_event_changes_takes_a_world_of_its_own() -> None:
    of = scenario(
        events=[
            {
                "date": "2019-01",
                "change": {
                    "push": {"visits_per_council_per_year": 1.0},
                    "climate": {"severe_share": 0.4},
                },
            }
        ]
    )
    for setting in ("push.visits_per_month", "climate.severe_share"):
        assert effect_of(of, setting) == "world", setting
    # Others hold in all regimes.
    for setting, value in (("push.subsidy_share", 0.7), ("climate.austerity_per_year", 0.05)):
        assert effect_of(of, setting) != "world"
        laid = LaidOut(build_world(of, SPAN, 1))
        assert same(changed(laid, {setting: value}), rebuilt(with_settings(of, {setting: value})))


@pytest.mark.slow
@pytest.mark.parametrize("name", BASES)
def test_many_numbers_at_once_on_draws_of_behaviour(name: str) -> None:
    """As a sweep does: a draw is put in, then one point after the other, in the same layout."""
    of, numbers = BASES[name], np.random.default_rng(3)
    chosen = [s for s in sorted(ALL) if s in numeric_settings(of) and effect_of(of, s) != "world"]
    chosen = [s for s in chosen if not s.endswith("visits_per_month")][::3]
    laid, draws = LaidOut(WORLDS[name]), load_draws("posterior")
    for draw in (1, 7):
        first = True
        for _ in range(3):
            values = {s: float(numbers.choice(found)) for s in chosen if (found := others(of, s))}
            slow = with_settings(of, dict(values))
            fixed = set(fixed_settings(slow))
            if first:
                laid.put({s: v for s, v in draws.settings(draw).items() if s not in fixed})
                first = False
            ours = changed(laid, values)
            theirs = rebuilt(drawn(slow, Parameters(), draw))
            assert same(ours, theirs)
            # What is measured too, money included.
            for table in ("runs", "series"):
                fast, right = (
                    tables_of(found, OUTCOMES, "p", [table])[table] for found in (ours, theirs)
                )
                assert_frame_equal(fast, right, check_exact=True)
