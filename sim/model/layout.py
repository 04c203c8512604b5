"""A world and a run laid out as arrays of records, for the compiled engine.

Fields have the names of the attributes in the Mesa model (:mod:`sim.model.mesa_model`). What a
month reads of every council, such as its status, stands in arrays of its own, so that little memory
is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from sim.model.record import Record, groups_of
from sim.model.world import NEVER, World, autonomy_quantiles, budget_of, initial_choice
from sim.settings import Behaviour, Climate, Offer, Push, Traits

AnyArray = npt.NDArray[Any]
LINE = 64

# Fields that are read together stand together, in lines of 64 bytes.
COUNCIL = np.dtype(
    [
        # for visits, attention and decisions
        ("full_capacity", np.float64),
        ("autonomy", np.float64),
        ("listeners_weight", np.float64),
        ("list_place", np.float64),
        ("links", np.int32),
        ("last_visit_number", np.int32),
        ("recovering_until", np.int32),
        ("visits", np.int32),
        ("groups", np.uint8, (3,)),
        ("nation", np.uint8),
        ("offers_joined", np.uint8),
        ("has_duty", np.bool_),
        ("duty_begins", np.bool_),
        ("_", np.int64),
        # for incidents, news and payments, which are rare
        ("incident_cost_gbp_m", np.float64),
        ("twin_cost_gbp_m", np.float64),
        ("incident_cost_avoided_gbp_m", np.float64),
        ("joining_paid", np.float64),
        ("switching_paid", np.float64),
        ("subsidy_received", np.float64),
        ("first_listener", np.int32),
        ("end_listener", np.int32),
        ("incidents", np.int16),
        ("severe_incidents", np.int16),
        ("struck", np.bool_),
        ("struck_severely", np.bool_),
        ("twin_struck_severely", np.bool_),
    ],
    align=True,
)
LEDGER = np.dtype(
    [
        ("it_spend_gbp_m", np.float64),
        ("population", np.float64),
        ("lower_tier_population", np.float64),
    ],
    align=True,
)
MEMBERSHIP = np.dtype(
    [
        ("taste", np.float64),
        ("paused_until", np.int32),
        ("months", np.int32),
        ("approved_months", np.int32),
        ("published_ratio", np.int32),
        ("published_regret", np.int32),
        ("considered", np.int32),
        ("regret_steps", np.int32),
        ("opened", np.bool_),
        ("initial", np.bool_),
        ("served", np.bool_),
        ("reason", np.int8),
    ],
    align=True,
)
NEWS = np.dtype(
    [
        ("ratio_weight", np.int64),
        ("regret_weight", np.int64),
        ("tie_weight", np.int32),
        ("live_weight", np.int32),
    ],
    align=True,
)
USE = np.dtype([("use", np.float64), ("ratio_steps", np.int32)], align=True)
STORY = np.dtype(
    [
        ("result", np.float64),
        ("joined_step", np.int32),
        ("live_step", np.int32),
        ("abandoned_step", np.int32),
        ("left_step", np.int32),
    ],
    align=True,
)
OFFER_STATE = np.dtype(
    [
        # the same in all regimes
        ("opens", np.int64),
        ("stream", np.uint64),
        ("design_spend_gbp_m", np.float64),
        ("initial_count", np.int64),
        # as it stands
        ("host_gbp_m", np.float64),
        ("gone_share", np.float64),
        ("cancelled", np.bool_),
        ("cancelled_step", np.int64),
        ("quorum", np.bool_),
        ("is_open", np.bool_),
        ("is_promoted", np.bool_),
        ("is_breached", np.bool_),
        ("in_scope", np.int64),
        ("councils_needed", np.float64),
        ("spend_joined", np.float64),
        ("spend_used", np.float64),
        ("scale_joined", np.float64),
        ("scale_used", np.float64),
        ("monthly_fee_gbp_m", np.float64),
        ("promised_per_month", np.float64),
        # how many there are in the lists of the state
        ("considering", np.int64),
        ("pledged", np.int64),
        ("migrating", np.int64),
        ("changed", np.int64),
        # the stretch from the first council that was ever in scope to behind the last one
        ("first", np.int64),
        ("end", np.int64),
    ],
    align=True,
)
NATION = np.dtype([("joined", np.int64), ("in_scope", np.int64)])
PROGRAMME = np.dtype(
    [
        ("t", np.int64),
        ("month", np.int64),
        ("regime", np.int64),
        ("key_0", np.uint64),
        ("key_1", np.uint64),
        ("fading", np.float64),
        ("contact_kept", np.float64),
        ("scope_spend_gbp_m", np.float64),
        ("visits_made", np.int64),
        ("visits_planned", np.int64),
        ("visits_so_far", np.int64),
        ("turns", np.int64),
        ("most_members", np.int64),
        ("is_pushing", np.bool_),
        ("is_mandated", np.bool_),
        ("all_cancelled", np.bool_),
        ("terms_changed", np.bool_),
        ("victims", np.int64),
        ("effort_gbp_m", np.float64),
        ("money_in_hand_gbp_m", np.float64),
        # the stretch of councils that were ever in scope of any offer
        ("first", np.int64),
        ("end", np.int64),
    ],
    align=True,
)
TEAM = np.dtype(
    [
        ("starts", np.int64),
        ("ends", np.int64),
        ("visits_per_month", np.float64),
        ("fixed_cost_gbp_m", np.float64),
        ("cost_per_visit_gbp_m", np.float64),
        ("targeting", np.int64),
    ]
)
MONTH = np.dtype(
    [
        ("regime", np.int64),
        ("fiscal_year", np.int64),
        ("incident_rate", np.float64),
        ("discount", np.float64),
        ("any_breach", np.bool_),
    ],
    align=True,
)
YEAR = np.dtype([("starts", np.int64), ("pressure_trend", np.float64)])
TIE = np.dtype([("listener", np.uint32), ("weight", np.int32)])


class Case(NamedTuple):
    """What a scenario sets: r regimes, o offers, k teams, n councils, t months, y fiscal years."""

    first_month: int
    offer_group: int
    behaviour: AnyArray  # (1,)
    traits: AnyArray  # (1,)
    offers: AnyArray  # (r, o)
    push: AnyArray  # (r,)
    climate: AnyArray  # (r,)
    teams: AnyArray  # (r, k)
    in_scope: AnyArray  # (r, o, n)
    in_team: AnyArray  # (r, k, n)
    has_duty: AnyArray  # (r, n)
    months: AnyArray  # (t,)
    years: AnyArray  # (y,)
    breached: AnyArray  # (t, n)
    initial_candidates: AnyArray  # (o, n)
    number: AnyArray  # (n,)
    base_pressure: AnyArray  # (n,)
    pressure_above: AnyArray  # (n,)
    ties: AnyArray  # by source
    autonomy_quantiles: AnyArray


class State(NamedTuple):
    """One run as it stands: n councils, o offers, k teams, z nations, y fiscal years."""

    programme: AnyArray  # (1,)
    offers: AnyArray  # (o,)
    nations: AnyArray  # (o, z)
    visits_in_hand: AnyArray  # (k,)
    joined_in_group: AnyArray  # (g,)
    call_list: AnyArray  # (n,): councils to call on, the first first
    call_priority: AnyArray  # (n,): their priorities
    turns: AnyArray  # (more than n,): who is to be visited in turn, the next first, with gaps
    is_free: AnyArray  # (more than n,): is this one outside any offer?
    turn_of: AnyArray  # (n,): where each council stands in these
    victims: AnyArray  # (n,): councils with an incident this month, with or without programme
    shaken: AnyArray  # (n,): their worry at the end of it
    reached: AnyArray  # (n,): those of them reached by others' breaches
    listed: AnyArray  # (n,): whom a step is about
    engaged: AnyArray  # (n + 1,): councils that are not outside all offers, and scratch
    considering: AnyArray  # (o, n): councils with the offer on their agenda this month
    pledged: AnyArray  # (o, n): councils that have pledged
    migrating: AnyArray  # (o, n): councils that migrate
    changed: AnyArray  # (o, n): councils whose status changed this month
    councils: AnyArray  # (n,)
    memberships: AnyArray  # (o, n)
    # of councils, (n,)
    ledger: AnyArray
    net_saving: AnyArray
    has_paid: AnyArray
    contract_months: AnyArray
    contract_age: AnyArray
    worry: AnyArray
    heard_shock: AnyArray  # weights of a listener add up to 2**20, shocks are at most 2**10
    recent_visits: AnyArray
    visits_after_refusal: AnyArray
    # of memberships, (o, n)
    status: AnyArray
    published_status: AnyArray
    has_changed: AnyArray
    refused: AnyArray
    news: AnyArray
    uses: AnyArray
    stories: AnyArray
    origins: AnyArray  # (o, n, 8): shares of what brought a council in, and one that fills a line
    breach_heard: AnyArray
    contact: AnyArray
    distrust: AnyArray
    # drawn: once, and for the month as words of 32 bits
    pressure: AnyArray  # (y, n)
    council_words: AnyArray  # (4, n)
    membership_words: AnyArray  # (o, 4, n)


class Outputs(NamedTuple):
    """What runs write down: see :class:`sim.model.record.Record`."""

    totals: AnyArray
    joined_by_group: AnyArray
    cancelled_step: AnyArray
    joined_step: AnyArray
    live_step: AnyArray
    abandoned_step: AnyArray
    left_step: AnyArray
    status: AnyArray
    noted_step: AnyArray
    noted: AnyArray
    reason: AnyArray
    considered: AnyArray
    use: AnyArray
    visits: AnyArray
    incidents: AnyArray
    severe: AnyArray
    net_saving: AnyArray
    incident_cost_avoided: AnyArray
    states: AnyArray
    reasons: AnyArray
    breached: AnyArray


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
_TRAITS = _records(Traits)
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
_PUSH = _records(
    Push, [("review_after", np.int64), ("duty_starts", np.int64), ("budget_gbp_m", np.float64)]
)


def _row(kind: np.dtype[Any], model: BaseModel, **extra: object) -> tuple[object, ...]:
    """Settings of a model, and more, as a record of this type."""
    names = kind.names or ()
    return tuple(extra[name] if name in extra else getattr(model, name) for name in names)


def make_case(world: World) -> Case:
    """Lay a world out for the compiled engine."""
    regimes, n, o = world.regimes, len(world.councils), len(world.offer_names)
    k = max(len(regime.teams) for regime in regimes)
    offers = np.zeros((len(regimes), o), dtype=_OFFER)
    push = np.zeros(len(regimes), dtype=_PUSH)
    climate = np.zeros(len(regimes), dtype=_CLIMATE)
    teams = np.zeros((len(regimes), k), dtype=TEAM)
    teams["starts"] = NEVER
    in_team = np.zeros((len(regimes), k, n), dtype=np.bool_)
    in_scope = np.zeros((len(regimes), o, n), dtype=np.bool_)
    for r, regime in enumerate(regimes):
        months = regime.settings.push.review_months
        push[r] = _row(
            _PUSH,
            regime.settings.push,
            review_after=-1 if months is None else months,
            duty_starts=regime.duty_starts,
            budget_gbp_m=budget_of(regime.settings.push),
        )
        climate[r] = _row(_CLIMATE, regime.settings.climate)
        for index, offer in enumerate(regime.settings.offers.values()):
            offers[r, index] = _row(
                _OFFER,
                offer,
                joining_is_procured=offer.joining_is_procured,
                use_is_procured=offer.use_is_procured,
                from_peers=offer.owner == "peer",
                known_from=offer.opens if offer.launched is None else offer.launched,
                foreign=0.0,
            )
            in_scope[r, index] = regime.in_scope[index]
        for index, team in enumerate(regime.teams):
            for name in TEAM.names or ():
                teams[r, index][name] = getattr(team, name)
            in_team[r, index] = team.in_scope
    calendar = np.zeros(world.months, dtype=MONTH)
    calendar["regime"] = world.regime_of_month
    calendar["fiscal_year"] = [world.fiscal_year_of(step) for step in range(world.months)]
    calendar["incident_rate"] = world.incident_rate
    calendar["discount"] = world.discount
    breached = np.zeros((world.months, n), dtype=np.bool_)
    for step, struck in world.breaches.items():
        breached[step, list(struck)] = True
        calendar["any_breach"][step] = True
    years = np.zeros(len(world.fiscal_years), dtype=YEAR)
    years["starts"] = world.fiscal_years
    years["pressure_trend"] = world.pressure_trend
    candidates = np.zeros((o, n), dtype=np.bool_)
    for index in range(o):
        candidates[index, initial_choice(world, index)[0]] = True
    ties = np.zeros(len(world.ties.listener), dtype=TIE)
    ties["listener"] = world.ties.listener
    ties["weight"] = world.ties.listener_weight
    case = Case(
        first_month=world.first_month,
        offer_group=groups_of(world).offer_start,
        behaviour=np.zeros(1, dtype=_BEHAVIOUR),
        traits=np.zeros(1, dtype=_TRAITS),
        offers=offers,
        push=push,
        climate=climate,
        teams=teams,
        in_scope=in_scope,
        in_team=in_team,
        has_duty=np.array([regime.has_duty for regime in regimes]),
        months=calendar,
        years=years,
        breached=breached,
        initial_candidates=candidates,
        number=world.councils.number.astype(np.uint32),
        base_pressure=world.base_pressure,
        pressure_above=world.pressure_above,
        ties=ties,
        autonomy_quantiles=autonomy_quantiles(world.scenario.traits),
    )
    return with_behaviour(case, world)


def with_behaviour(case: Case, world: World) -> Case:
    """Lay out the behaviour and traits of a world; all else is shared with the case."""
    behaviour, traits = world.scenario.behaviour, world.scenario.traits
    foreign = {
        "central": behaviour.foreign_central,
        "sector": behaviour.foreign_sector,
        "peer": behaviour.foreign_peer,
    }
    offers = case.offers.copy()
    for r, regime in enumerate(world.regimes):
        owners = [offer.owner for offer in regime.settings.offers.values()]
        offers["foreign"][r] = [foreign[owner] for owner in owners]
    laid_out = case._replace(
        behaviour=np.zeros(1, dtype=_BEHAVIOUR),
        traits=np.zeros(1, dtype=_TRAITS),
        offers=offers,
        autonomy_quantiles=autonomy_quantiles(traits),
    )
    laid_out.behaviour[0] = _row(_BEHAVIOUR, behaviour)
    laid_out.traits[0] = _row(_TRAITS, traits)
    return laid_out


def in_lines(shape: tuple[int, ...], kind: np.dtype[Any]) -> AnyArray:
    """Make room that begins where a line of memory begins."""
    size = int(np.prod(shape)) * kind.itemsize
    raw = np.zeros(size + LINE, dtype=np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + size].view(kind).reshape(shape)


def make_state(world: World) -> State:
    """Make room for a run, with what no run changes; `sim.model.engine.start` fills in the rest."""
    councils, ties, groups = world.councils, world.ties, groups_of(world)
    n, o = len(councils), len(world.offer_names)
    nations = {name: index for index, name in enumerate(sorted(set(councils.nation)))}
    so_far = np.concatenate([[0], np.cumsum(ties.listener_weight)])
    rows = in_lines((n,), COUNCIL)
    ledger = in_lines((n,), LEDGER)
    ledger["it_spend_gbp_m"] = world.it_spend_gbp_m
    ledger["population"] = councils.population
    ledger["lower_tier_population"] = councils.lower_tier_population
    rows["groups"] = groups.of_council
    rows["nation"] = [nations[name] for name in councils.nation]
    rows["first_listener"] = ties.listener_start[:-1]
    rows["end_listener"] = ties.listener_start[1:]
    rows["links"] = np.diff(ties.start)
    rows["listeners_weight"] = so_far[ties.listener_start[1:]] - so_far[ties.listener_start[:-1]]
    offers = np.zeros(o, dtype=OFFER_STATE)
    offers["opens"] = world.opens
    offers["stream"] = world.offer_streams
    offers["design_spend_gbp_m"] = world.design_spend_gbp_m
    offers["initial_count"] = [initial_choice(world, index)[1] for index in range(o)]
    teams = max(len(regime.teams) for regime in world.regimes)
    state = State(
        programme=np.zeros(1, dtype=PROGRAMME),
        offers=offers,
        nations=np.zeros((o, len(nations)), dtype=NATION),
        visits_in_hand=np.zeros(teams),
        joined_in_group=np.zeros(len(groups), dtype=np.int32),
        call_list=np.zeros(n, dtype=np.uint32),
        call_priority=np.zeros(n),
        turns=np.zeros(n + n // 4 + 1, dtype=np.uint32),
        is_free=np.zeros(n + n // 4 + 1, dtype=np.bool_),
        turn_of=np.zeros(n, dtype=np.int32),
        victims=np.zeros(n, dtype=np.uint32),
        shaken=np.zeros(n),
        reached=np.zeros(n, dtype=np.uint32),
        listed=np.zeros(n, dtype=np.uint32),
        engaged=np.zeros(n + 1, dtype=np.uint32),
        considering=np.zeros((o, n), dtype=np.uint32),
        pledged=np.zeros((o, n), dtype=np.uint32),
        migrating=np.zeros((o, n), dtype=np.uint32),
        changed=np.zeros((o, n), dtype=np.uint32),
        councils=rows,
        memberships=in_lines((o, n), MEMBERSHIP),
        ledger=ledger,
        net_saving=np.zeros(n),
        has_paid=np.zeros(n, dtype=np.bool_),
        contract_months=np.zeros(n, dtype=np.int16),
        contract_age=np.zeros(n, dtype=np.int16),
        worry=np.zeros(n),
        heard_shock=np.zeros(n, dtype=np.int32),
        recent_visits=np.zeros(n, dtype=np.int8),
        visits_after_refusal=np.zeros(n, dtype=np.int8),
        status=np.zeros((o, n), dtype=np.int8),
        published_status=np.zeros((o, n), dtype=np.int8),
        has_changed=np.zeros((o, n), dtype=np.bool_),
        refused=np.zeros((o, n), dtype=np.bool_),
        news=np.zeros((o, n), dtype=NEWS),
        uses=np.zeros((o, n), dtype=USE),
        stories=np.zeros((o, n), dtype=STORY),
        origins=in_lines((o, n, 8), np.dtype(np.float64)),
        breach_heard=np.zeros((o, n), dtype=np.int32),
        contact=np.zeros((o, n)),
        distrust=np.zeros((o, n)),
        pressure=np.zeros((len(world.fiscal_years), n)),
        council_words=np.zeros((4, n), dtype=np.uint32),
        membership_words=np.zeros((o, 4, n), dtype=np.uint32),
    )
    take_capacity(state, world)
    return state


def take_capacity(state: State, world: World) -> None:
    """Put in the capacity of a world's councils, which depends on behaviour."""
    state.councils["full_capacity"] = world.capacity


def outputs_of(record: Record, runs: slice = slice(None)) -> Outputs:
    """Arrays of a record in which some of its runs are written down."""
    return Outputs(**{name: getattr(record, name)[runs] for name in Outputs._fields})
