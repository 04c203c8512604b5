"""A world and a run laid out as arrays of records, for the compiled engine.

Fields of records have the names of the attributes in the Mesa model (:mod:`sim.model`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from sim import rules
from sim.record import groups_of
from sim.settings import Behaviour, Climate, Offer, Push
from sim.world import NEVER, World, draw_luck, initial_members

AnyArray = npt.NDArray[Any]

COUNCIL = np.dtype(
    [
        ("number", np.uint64),
        ("nation", np.int64),
        ("population", np.float64),
        ("lower_tier_population", np.float64),
        ("it_spend_gbp_m", np.float64),
        ("autonomy", np.float64),
        ("full_capacity", np.float64),
        ("list_place", np.float64),
        ("contract_months", np.int64),
        ("contract_phase", np.int64),
        ("listeners_weight", np.float64),
        ("links", np.int64),
        ("pressure", np.float64),
        ("worry", np.float64),
        ("recovering_until", np.int64),
        ("has_duty", np.bool_),
        ("duty_begins", np.bool_),
        ("in_window", np.bool_),
        ("recent_visits", np.int64),
        ("visits_after_refusal", np.int64),
        ("last_visit", np.int64),
        ("last_visit_number", np.int64),
        ("visits", np.int64),
        ("priority", np.float64),
        ("struck", np.bool_),
        ("struck_severely", np.bool_),
        ("incident_cost_gbp_m", np.float64),
        ("twin_struck_severely", np.bool_),
        ("twin_cost_gbp_m", np.float64),
        ("heard_shock", np.int64),
        ("joining_paid", np.float64),
        ("switching_paid", np.float64),
        ("subsidy_received", np.float64),
        ("net_saving_gbp_m", np.float64),
        ("incident_cost_avoided_gbp_m", np.float64),
        ("incidents", np.int64),
        ("severe_incidents", np.int64),
    ],
    align=True,
)
MEMBERSHIP_FIELDS = np.dtype(
    [
        ("taste", np.float64),
        ("result", np.float64),
        ("status", np.int64),
        ("in_scope", np.bool_),
        ("opened", np.bool_),
        ("initial", np.bool_),
        ("refused", np.bool_),
        ("on_agenda", np.bool_),
        ("use", np.float64),
        ("contact", np.float64),
        ("distrust", np.float64),
        ("months", np.int64),
        ("approved_months", np.int64),
        ("paused_until", np.int64),
        ("considered", np.int64),
        ("reason", np.int64),
        ("ratio_steps", np.int64),
        ("regret_steps", np.int64),
        ("joined_step", np.int64),
        ("live_step", np.int64),
        ("abandoned_step", np.int64),
        ("left_step", np.int64),
        ("published_joined", np.int64),
        ("published_live", np.int64),
        ("published_ratio", np.int64),
        ("published_regret", np.int64),
        ("tie_weight", np.int64),
        ("live_weight", np.int64),
        ("ratio_weight", np.int64),
        ("regret_weight", np.int64),
        ("breach_heard", np.int64),
    ],
    align=True,
)
OFFER_STATE = np.dtype(
    [
        ("cancelled", np.bool_),
        ("quorum", np.bool_),
        ("is_open", np.bool_),
        ("scale_joined", np.float64),
        ("scale_used", np.float64),
        ("councils_needed", np.float64),
        ("in_scope", np.int64),
    ],
    align=True,
)
PROGRAMME = np.dtype(
    [
        ("t", np.int64),
        ("month", np.int64),
        ("regime", np.int64),
        ("key_0", np.uint64),
        ("key_1", np.uint64),
        ("fading", np.float64),
        ("incident_rate", np.float64),
        ("discount", np.float64),
        ("visits_made", np.int64),
        ("visits_so_far", np.int64),
        ("most_members", np.int64),
        ("is_pushing", np.bool_),
        ("all_cancelled", np.bool_),
    ],
    align=True,
)
TEAM = np.dtype(
    [
        ("starts", np.int64),
        ("ends", np.int64),
        ("visits_per_month", np.float64),
        ("targeting", np.int64),
    ]
)


class Case(NamedTuple):
    """What a scenario sets, as arrays: r regimes, o offers, k teams, n councils, t months."""

    first_month: int
    behaviour: AnyArray  # (1,)
    offers: AnyArray  # (r, o)
    push: AnyArray  # (r,)
    climate: AnyArray  # (r,)
    teams: AnyArray  # (r, k)
    in_scope: AnyArray  # (r, o, n)
    in_team: AnyArray  # (r, k, n)
    has_duty: AnyArray  # (r, n)
    regime_of_month: AnyArray  # (t,)
    fiscal_year_of_month: AnyArray  # (t,)
    incident_rate: AnyArray  # (t,)
    discount: AnyArray  # (t,)
    breached: AnyArray  # (t, n)
    opens: AnyArray  # (o,)
    offer_luck: AnyArray  # (o,)
    design_spend_gbp_m: AnyArray  # (o,)
    window_months: int
    listener_start: AnyArray
    listener: AnyArray
    listener_weight: AnyArray
    groups: AnyArray  # (n, 3)
    offer_group: int


class State(NamedTuple):
    """One run as it stands: n councils, o offers, k teams, z nations."""

    councils: AnyArray  # (n,)
    memberships: AnyArray  # (o, n)
    offers: AnyArray  # (o,)
    programme: AnyArray  # (1,)
    joined_in_nation: AnyArray  # (o, z)
    scope_in_nation: AnyArray  # (o, z)
    visits_in_hand: AnyArray  # (k,)
    call_list: AnyArray  # (n,)


class Outputs(NamedTuple):
    """What a run writes down: see :class:`sim.record.Record`."""

    totals: AnyArray  # (t, columns)
    joined_by_group: AnyArray  # (t, g)
    cancelled_step: AnyArray  # (o,)


def _records(model: type[BaseModel], extra: Sequence[tuple[str, Any]] = ()) -> np.dtype[Any]:
    """Type of a record with the numeric settings of a model, and more."""
    kinds: dict[Any, Any] = {float: np.float64, int: np.int64, bool: np.bool_}
    found = []
    for name, field in model.model_fields.items():
        kind = kinds.get(field.annotation)
        if kind is not None and "opens" not in name:
            found.append((name, kind))
    return np.dtype([*found, *extra], align=True)


_BEHAVIOUR = _records(Behaviour)
_CLIMATE = _records(Climate)
_OFFER = _records(
    Offer,
    [
        ("joining_is_procured", np.bool_),
        ("use_is_procured", np.bool_),
        ("from_peers", np.bool_),
        ("known_from", np.int64),
        ("foreign", np.float64),
    ],
)
_PUSH = _records(Push, [("review_after", np.int64), ("duty_starts", np.int64)])


def _fill(record: Any, model: BaseModel, **extra: object) -> None:
    for name in record.dtype.names:
        record[name] = extra[name] if name in extra else getattr(model, name)


def make_case(world: World) -> Case:
    """Lay a world out for the compiled engine."""
    regimes, n, o = world.regimes, len(world.councils), len(world.offer_names)
    k = max(len(regime.teams) for regime in regimes)
    settings = world.scenario.behaviour
    behaviour = np.zeros(1, dtype=_BEHAVIOUR)
    _fill(behaviour[0], settings)
    offers = np.zeros((len(regimes), o), dtype=_OFFER)
    push = np.zeros(len(regimes), dtype=_PUSH)
    climate = np.zeros(len(regimes), dtype=_CLIMATE)
    teams = np.zeros((len(regimes), k), dtype=TEAM)
    teams["starts"] = NEVER
    in_team = np.zeros((len(regimes), k, n), dtype=np.bool_)
    in_scope = np.zeros((len(regimes), o, n), dtype=np.bool_)
    owners = {
        "central": settings.foreign_central,
        "sector": settings.foreign_sector,
        "peer": settings.foreign_peer,
    }
    for r, regime in enumerate(regimes):
        months = regime.settings.push.review_months
        _fill(
            push[r],
            regime.settings.push,
            review_after=-1 if months is None else months,
            duty_starts=regime.duty_starts,
        )
        _fill(climate[r], regime.settings.climate)
        for place, offer in enumerate(regime.settings.offers.values()):
            _fill(
                offers[r, place],
                offer,
                joining_is_procured=offer.joining_is_procured,
                use_is_procured=offer.use_is_procured,
                from_peers=offer.owner == "peer",
                known_from=offer.opens if offer.launched is None else offer.launched,
                foreign=owners[offer.owner],
            )
            in_scope[r, place] = regime.in_scope[place]
        for place, team in enumerate(regime.teams):
            for name in TEAM.names or ():
                teams[r, place][name] = getattr(team, name)
            in_team[r, place] = team.in_scope
    breached = np.zeros((world.months, n), dtype=np.bool_)
    for step, councils in world.breaches.items():
        breached[step, list(councils)] = True
    groups = groups_of(world)
    return Case(
        first_month=world.first_month,
        behaviour=behaviour,
        offers=offers,
        push=push,
        climate=climate,
        teams=teams,
        in_scope=in_scope,
        in_team=in_team,
        has_duty=np.array([regime.has_duty for regime in regimes]),
        regime_of_month=world.regime_of_month,
        fiscal_year_of_month=np.array(
            [world.fiscal_year_of(step) for step in range(world.months)], dtype=np.int64
        ),
        incident_rate=world.incident_rate,
        discount=world.discount,
        breached=breached,
        opens=np.array(world.opens, dtype=np.int64),
        offer_luck=np.array(world.offer_luck, dtype=np.int64),
        design_spend_gbp_m=np.array(world.design_spend_gbp_m, dtype=np.float64),
        window_months=world.scenario.traits.contract_window_months,
        listener_start=world.ties.listener_start,
        listener=world.ties.listener,
        listener_weight=world.ties.listener_weight,
        groups=groups.of_council,
        offer_group=groups.offer_start,
    )


def start_of(world: World, case: Case, seed: int) -> tuple[State, AnyArray]:
    """State before the first month, and the budget pressure of each year, shape (y, n)."""
    luck = draw_luck(world, seed)
    n, o = len(world.councils), len(world.offer_names)
    councils = np.zeros(n, dtype=COUNCIL)
    nations = sorted(set(world.councils.nation))
    councils["number"] = world.councils.number
    councils["nation"] = [nations.index(name) for name in world.councils.nation]
    councils["population"] = world.councils.population
    councils["lower_tier_population"] = world.councils.lower_tier_population
    councils["it_spend_gbp_m"] = world.it_spend_gbp_m
    councils["autonomy"] = luck.autonomy
    councils["full_capacity"] = world.capacity
    councils["list_place"] = luck.list_place
    councils["contract_months"] = luck.contract_months
    councils["contract_phase"] = luck.contract_phase
    ties = world.ties
    so_far = np.concatenate([[0], np.cumsum(ties.listener_weight)])
    councils["listeners_weight"] = (
        so_far[ties.listener_start[1:]] - so_far[ties.listener_start[:-1]]
    )
    councils["links"] = np.diff(ties.start)
    councils["last_visit"] = -1_000
    councils["twin_cost_gbp_m"] = -1.0
    memberships = np.zeros((o, n), dtype=MEMBERSHIP_FIELDS)
    memberships["taste"] = luck.taste
    memberships["result"] = luck.result
    memberships["reason"] = rules.NOT_IN_SCOPE
    for name in ("joined_step", "live_step", "abandoned_step", "left_step"):
        memberships[name] = -1
    for place in range(o):
        memberships["initial"][place, initial_members(world, luck, place)] = True
    programme = np.zeros(1, dtype=PROGRAMME)
    programme["t"] = -1
    programme["month"] = world.first_month - 1
    programme["regime"] = -1
    programme["key_0"] = seed & 0xFFFFFFFF
    programme["key_1"] = seed >> 32
    programme["fading"] = rules.fading(world.scenario.behaviour.worry_half_life_months)
    programme["all_cancelled"] = o == 0
    state = State(
        councils=councils,
        memberships=memberships,
        offers=np.zeros(o, dtype=OFFER_STATE),
        programme=programme,
        joined_in_nation=np.zeros((o, len(nations)), dtype=np.int64),
        scope_in_nation=np.zeros((o, len(nations)), dtype=np.int64),
        visits_in_hand=np.zeros(case.teams.shape[1]),
        call_list=np.zeros(n, dtype=np.int64),
    )
    return state, luck.pressure
