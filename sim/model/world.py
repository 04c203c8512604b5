"""What a run starts from: councils, ties and dated settings, and the luck of one seed.

`World` holds what is the same for every seed of a scenario; `Luck` what one seed draws for the
whole run. Both are arrays made at once that know nothing of agents, so that any engine can start
from them and no set-up is written twice. What happens month by month stands in
:mod:`sim.model.mesa_model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.model import rules
from sim.model.councils import (
    Councils,
    UnknownCouncil,
    budget_pressure,
    fresh_draw,
    it_spend_gbp_m,
    load_councils,
    select,
    synthetic_councils,
)
from sim.model.draws import Purpose, uniforms
from sim.model.edge_list import number_of
from sim.model.influence import Influence, Ties, components, influence, shuffled, ties_of
from sim.settings import (
    CouncilChoice,
    Horizon,
    Network,
    Push,
    Scenario,
    Scope,
    Team,
    Traits,
    month_of,
)
from sim.settings.events import regimes

if TYPE_CHECKING:
    import networkx as nx

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Traits, incident growth and money are anchored here: councils are those of April 2018.
APRIL_2018 = 2018 * 12 + 3
JANUARY_2018 = 2018 * 12
NEVER = 10**6
# Traits of which a world is made; the others are drawn with the luck.
OF_WORLD = ("it_share_england", "it_floor_gbp_m", "it_share_scotland", "scottish_cut_share")


@dataclass(frozen=True, eq=False)
class TeamPlan:
    """A team in one regime: months of work, visits, what they cost, call order and councils."""

    starts: int
    ends: int
    visits_per_month: float
    fixed_cost_gbp_m: float
    cost_per_visit_gbp_m: float
    targeting: int
    in_scope: BoolArray


@dataclass(frozen=True, eq=False)
class Regime:
    """The settings in force between two events, with scopes turned into masks of councils."""

    settings: Scenario
    in_scope: tuple[BoolArray, ...]
    duty_starts: int
    has_duty: BoolArray
    teams: tuple[TeamPlan, ...]


@dataclass(frozen=True, eq=False)
class World:
    """Everything about a scenario that does not depend on luck.

    Attributes
    ----------
    councils, influence, ties
        n councils and who listens to whom; other worlds may hold the same.
    it_spend_gbp_m, base_pressure, capacity
        Traits, shape (n,).
    pressure_above
        Base pressure less its mean in the council's nation and tier, shape (n,).
    first_month, months
        Calendar month (year * 12 + month - 1) of the first step, and the number T of steps.
    offer_names, offer_streams
        Offers in order, and their numbers for the draws.
    opens
        First open month of each offer.
    regimes, regime_of_month
        Settings between events, and which of them holds in each month, shape (T,).
    incident_rate, discount
        Per month, shape (T,).
    fiscal_years, pressure_trend
        The years (from April) that the horizon touches, and the trend of pressure in each.
    breaches
        Councils (positions) that an event breaches, by step.
    eligible
        Councils ever in scope of any offer, or all where nothing is offered; shape (n,).
    design_spend_gbp_m
        IT spend in scope of each offer when it opens: economies of scale are full once so
        much is in.
    counted_from
        Step from which months are counted where that is not the opening.
    noted_step
        Step at whose end it is noted where councils stand; -1 if that is not asked for.
    """

    scenario: Scenario
    councils: Councils
    influence: Influence
    ties: Ties
    it_spend_gbp_m: FloatArray
    base_pressure: FloatArray
    pressure_above: FloatArray
    capacity: FloatArray
    first_month: int
    months: int
    offer_names: tuple[str, ...]
    offer_streams: tuple[int, ...]
    opens: tuple[int, ...]
    regimes: tuple[Regime, ...]
    regime_of_month: IntArray
    incident_rate: FloatArray
    discount: FloatArray
    fiscal_years: tuple[int, ...]
    pressure_trend: FloatArray
    breaches: dict[int, tuple[int, ...]]
    eligible: BoolArray
    design_spend_gbp_m: tuple[float, ...]
    noted_step: int = -1
    counted_from: int | None = None

    @property
    def graph(self) -> nx.DiGraph[int]:
        """Who listens to whom, as a graph of NetworkX."""
        return self.influence.graph

    def regime_at_opening(self, index: int) -> Regime:
        """Settings in force when an offer opens, or at the start if it is open by then."""
        step = min(max(self.opens[index] - self.first_month, 0), self.months - 1)
        return self.regimes[int(self.regime_of_month[step])]

    def fiscal_year_of(self, step: int) -> int:
        """Position in `fiscal_years` of the year, from April, that holds this step."""
        return (self.first_month + step - 3) // 12 - self.fiscal_years[0]


@dataclass(frozen=True, eq=False)
class Luck:
    """What one seed draws once, for n councils, o offers and y fiscal years.

    Attributes
    ----------
    autonomy, list_place
        Shape (n,), in 0-1.
    contract_months, contract_phase
        Shape (n,), whole months.
    pressure
        Shape (y, n), in 0-1.
    taste
        Shape (o, n), log-odds.
    result
        Shape (o, n): standard normal, how well joining turns out.
    recruit
        Shape (o, n), in 0-1: the lowest are members from the start.
    served
        Shape (o, n): who has a service of its own when the offer opens.
    """

    autonomy: FloatArray
    list_place: FloatArray
    contract_months: IntArray
    contract_phase: IntArray
    pressure: FloatArray
    taste: FloatArray
    result: FloatArray
    recruit: FloatArray
    served: BoolArray


def depends_on_seed(scenario: Scenario) -> bool:
    """Does the world itself, not only the luck, differ between seeds?"""
    return scenario.councils.draw is not None or scenario.network.fresh_for_each_seed


def chosen_councils(choice: CouncilChoice, seed: int) -> Councils:
    """Councils that take part in a run of this seed.

    Raises
    ------
    ValueError
        If a code is unknown, or nothing or too little is left to choose from.
    """
    if choice.synthetic is not None:
        councils = synthetic_councils(choice.synthetic)
    else:
        councils = select(
            load_councils(),
            nations=choice.nations,
            regions=choice.regions,
            types=choice.types,
            codes=choice.codes,
        )
    return councils if choice.draw is None else fresh_draw(councils, choice.draw, seed)


def scope_mask(scope: Scope, councils: Councils, month: int | None = None) -> BoolArray:
    """Which councils a scope covers in a month, or before it ends; shape (n,)."""
    if month is not None and scope.ends is not None and month >= month_of(scope.ends):
        return np.zeros(len(councils), dtype=np.bool_)
    mask = np.ones(len(councils), dtype=np.bool_)
    if scope.nations is not None:
        mask &= np.isin(np.array(councils.nation), scope.nations)
    if scope.regions is not None:
        mask &= councils.within(scope.regions)
    if scope.types is not None:
        mask &= np.isin(np.array(councils.council_type), scope.types)
    if scope.codes is not None:
        mask &= np.isin(np.arange(len(councils)), positions(scope.codes, councils))
    return mask


def positions(codes: list[str], councils: Councils) -> IntArray:
    """Positions, in order, of those of the named councils that take part.

    Raises
    ------
    UnknownCouncil
        If a name is neither among them nor that of any real or made-up council.
    """
    found = set()
    for code in codes:
        try:
            found.add(councils.index_of(code))
        except UnknownCouncil:
            number_of(councils, code)
    return np.array(sorted(found), dtype=np.int64)


def _councils_and_ties(scenario: Scenario, seed: int) -> tuple[Councils, Influence, Ties]:
    """Councils of a scenario and their ties; those made last are kept for other scenarios."""
    if scenario.network.edge_list is not None:  # the file may change
        return _make_councils_and_ties(scenario.councils, scenario.network, seed)
    return _kept_councils_and_ties(
        scenario.councils.model_dump_json(),
        scenario.network.model_dump_json(),
        seed if depends_on_seed(scenario) else 0,
    )


@lru_cache(maxsize=8)
def _kept_councils_and_ties(
    choice: str, network: str, seed: int
) -> tuple[Councils, Influence, Ties]:
    return _make_councils_and_ties(
        CouncilChoice.model_validate_json(choice), Network.model_validate_json(network), seed
    )


def _make_councils_and_ties(
    choice: CouncilChoice, network: Network, seed: int
) -> tuple[Councils, Influence, Ties]:
    councils = chosen_councils(choice, seed)
    found = _influence(network, councils, seed)
    return councils, found, ties_of(found, councils, isolation_allowed=network.isolation_allowed)


def _influence(network: Network, councils: Councils, seed: int) -> Influence:
    graph_seed = seed if network.fresh_for_each_seed else network.graph_seed
    found = influence(
        councils,
        kind=network.kind,
        weights=network.layers.model_dump(),
        similar_contacts=network.similar_contacts,
        national_contacts=network.national_contacts,
        cross_border_contacts=network.cross_border_contacts,
        graph_seed=graph_seed,
        degree=network.degree,
        rewiring=network.rewiring,
        edge_probability=network.edge_probability,
        edge_list=None if network.edge_list is None else Path(network.edge_list),
    )
    return found if network.shuffled == "no" else shuffled(found, network.shuffled, graph_seed)


def listening_to_nobody(network: Network, councils: Councils, seed: int) -> list[str]:
    """Names of the councils that listen to nobody in the network of a seed.

    Raises
    ------
    ValueError
        If there is no such network.
    """
    found = _influence(network, councils, seed)
    heard = np.bincount(found.listener[found.share > 0], minlength=len(councils))
    return [found.councils.name[index] for index in np.flatnonzero(heard == 0).tolist()]


def _team_plan(
    team: Team, opens: int, councils: Councils, offers_scope: BoolArray, month: int
) -> TeamPlan:
    mask = scope_mask(team.scope, councils, month)
    visits = team.visits_per_month
    if visits is None:
        share = team.visits_per_council_per_year or 0.0
        visits = visits_per_month(share, mask & offers_scope)
    return TeamPlan(
        starts=opens if team.starts is None else month_of(team.starts),
        ends=NEVER if team.ends is None else month_of(team.ends),
        visits_per_month=visits,
        fixed_cost_gbp_m=team.fixed_cost_gbp_m,
        cost_per_visit_gbp_m=team.cost_per_visit_gbp_m,
        targeting=rules.TARGETING[team.targeting],
        in_scope=mask,
    )


def budget_of(push: Push) -> float:
    """Yearly budget of a push in £m; below 0 where there is no limit."""
    return -1.0 if push.annual_budget_gbp_m is None else push.annual_budget_gbp_m


def visits_per_month(per_council_per_year: float, councils: BoolArray) -> float:
    """Visits of a whole team a month, from those per council and year."""
    return per_council_per_year * int(np.count_nonzero(councils)) / 12.0


def _regime(settings: Scenario, councils: Councils, month: int) -> Regime:
    """Settings in force from a month on."""
    offers = list(settings.offers.values())
    in_scope = tuple(scope_mask(offer.scope, councils, month) for offer in offers)
    offers_scope = np.zeros(len(councils), dtype=np.bool_)
    for mask in in_scope:
        offers_scope |= mask
    opens = min((offer.opens for offer in offers), default=NEVER)
    push = settings.push
    mandate = push.mandate
    has_duty = np.zeros(len(councils), dtype=np.bool_)
    if mandate is not None and (mandate.ends is None or month < month_of(mandate.ends)):
        has_duty = scope_mask(mandate.scope, councils, month)
    return Regime(
        settings=settings,
        in_scope=in_scope,
        duty_starts=NEVER if mandate is None else month_of(mandate.starts),
        has_duty=has_duty,
        teams=tuple(
            _team_plan(team, opens, councils, offers_scope, month)
            for team in (push, *push.teams.values())
        ),
    )


def build_world(scenario: Scenario, horizon: Horizon, seed: int) -> World:
    """Make the world of a scenario; `seed` matters only where `depends_on_seed`.

    Raises
    ------
    ValueError
        If councils cannot be chosen or one of them listens to nobody.
    """
    councils, found, ties = _councils_and_ties(scenario, seed)
    scenario = scenario.in_calendar()
    traits = scenario.traits
    spend = it_spend_gbp_m(
        councils,
        england_share=traits.it_share_england,
        floor_gbp_m=traits.it_floor_gbp_m,
        scotland_share=traits.it_share_scotland,
    )
    dated = regimes(scenario)
    starts = np.array([month for month, _ in dated])
    calendar = horizon.starts + np.arange(horizon.months)
    regime_of_month = np.searchsorted(starts, calendar, side="right") - 1
    climates = [settings.climate for _, settings in dated]

    def at_month(month: int) -> int:
        return max(int(np.searchsorted(starts, month, side="right")) - 1, 0)

    first_year = (horizon.starts - 3) // 12
    last_year = (horizon.ends - 3) // 12
    years = tuple(range(first_year, last_year + 1))

    breaches: dict[int, tuple[int, ...]] = {}
    for event in scenario.events:
        step = month_of(event.date) - horizon.starts
        if event.breach and 0 <= step < horizon.months:
            struck = positions(event.breach, councils).tolist()
            breaches[step] = tuple(sorted({*breaches.get(step, ()), *struck}))

    all_regimes = tuple(_regime(settings, councils, month) for month, settings in dated)
    eligible = np.zeros(len(councils), dtype=np.bool_)
    for regime in all_regimes:
        for mask in regime.in_scope:
            eligible |= mask
    if not scenario.offers:
        eligible[:] = True
    pressure = budget_pressure(councils, scotland_cut=traits.scottish_cut_share)
    return World(
        scenario=scenario,
        councils=councils,
        influence=found,
        ties=ties,
        it_spend_gbp_m=spend,
        base_pressure=pressure,
        pressure_above=above_others(pressure, councils),
        capacity=capacities(spend, scenario.behaviour.capacity_elasticity),
        first_month=horizon.starts,
        months=horizon.months,
        offer_names=tuple(scenario.offers),
        offer_streams=tuple(
            index if offer.stream is None else offer.stream
            for index, offer in enumerate(scenario.offers.values())
        ),
        opens=tuple(offer.opens for offer in scenario.offers.values()),
        regimes=all_regimes,
        regime_of_month=regime_of_month.astype(np.int64),
        incident_rate=incident_rates(
            [settings.climate.incident_rate_per_month for _, settings in dated],
            [settings.climate.incident_growth_per_year for _, settings in dated],
            regime_of_month,
            calendar,
        ),
        discount=discounts(scenario.climate.discount_rate, calendar),
        fiscal_years=years,
        pressure_trend=pressure_trends(
            scenario.climate.austerity_per_year,
            [climates[at_month(year * 12 + 3)].austerity_per_year for year in years],
            years,
        ),
        breaches=breaches,
        eligible=eligible,
        design_spend_gbp_m=tuple(
            float(spend[all_regimes[at_month(offer.opens)].in_scope[index]].sum())
            for index, offer in enumerate(scenario.offers.values())
        ),
    )


def above_others(pressure: FloatArray, councils: Councils) -> FloatArray:
    """Pressure less its mean among councils of the same nation and tier; shape (n,)."""
    above = np.zeros(len(councils))
    tiers = np.array(
        [
            f"{nation} {kind == 'district'}"
            for nation, kind in zip(councils.nation, councils.council_type, strict=True)
        ]
    )
    for tier in dict.fromkeys(tiers.tolist()):
        alike = tiers == tier
        above[alike] = pressure[alike] - pressure[alike].mean()
    return above


def incident_rates(
    rates: npt.ArrayLike, growths: npt.ArrayLike, regime_of_month: IntArray, calendar: IntArray
) -> FloatArray:
    """Incidents a council and month, from the rates and their growth a year in each regime."""
    # Growth adds up month by month, so that a change of its pace changes no month before it.
    growth = np.log1p(np.asarray(growths)[regime_of_month])
    growing = np.maximum(np.diff(np.maximum(calendar - JANUARY_2018, 0), prepend=0), 0)
    level = np.exp(np.cumsum(growth * growing / 12.0))
    return np.asarray(np.minimum(np.asarray(rates)[regime_of_month] * level, 1.0))


def discounts(rate: float, calendar: IntArray) -> FloatArray:
    """What money in each month is worth in April 2018."""
    # All months have the rate of the first: no event changes it.
    base: FloatArray = np.full(len(calendar), 1.0 + rate)
    return np.asarray(base ** (-(calendar - APRIL_2018) / 12.0))


def pressure_trends(
    steady: float, austerities: Sequence[float], years: Sequence[int]
) -> FloatArray:
    """Trend of budget pressure in each year, from austerity at the start and in each year.

    Pressure is measured over the years to April 2018; its trend is counted from there. An event
    bends the trend from its own date on and leaves the years before alone.
    """
    bend = [austerity - steady for austerity in austerities]
    trend = [steady * (year - 2018) + sum(bend[: index + 1]) for index, year in enumerate(years)]
    return np.array(trend, dtype=np.float64)


def capacities(it_spend_gbp_m: FloatArray, elasticity: float) -> FloatArray:
    """How much councils can attend to, by their size."""
    return np.clip((it_spend_gbp_m / 4.0) ** elasticity, 0.25, 2.0)


def with_behaviour(world: World, scenario: Scenario) -> World:
    """Return the world of a scenario that differs in behaviour, or in traits that are luck.

    Councils, ties, offers and calendar are shared, so it is made a hundred times faster.

    Raises
    ------
    ValueError
        If traits differ from which the world was made.
    """
    if any(getattr(world.scenario.traits, t) != getattr(scenario.traits, t) for t in OF_WORLD):
        raise ValueError("these traits make another world: build it")
    own = {"behaviour": scenario.behaviour, "traits": scenario.traits}
    return replace(
        world,
        scenario=scenario,
        capacity=capacities(world.it_spend_gbp_m, scenario.behaviour.capacity_elasticity),
        regimes=tuple(
            replace(regime, settings=regime.settings.model_copy(update=own))
            for regime in world.regimes
        ),
    )


def one_for_each(worlds: World | Sequence[World], seeds: Sequence[int]) -> Sequence[World]:
    """Return a world for each seed, where there may be one for all."""
    return [worlds] * len(seeds) if isinstance(worlds, World) else worlds


def autonomy_quantiles(traits: Traits) -> FloatArray:
    """Quantiles of the Beta distribution of autonomy, close enough to read between them."""
    return beta_quantiles(traits.autonomy_mean, traits.autonomy_concentration)


# Of some thousands of means there is no use in keeping all: 16 KB each.
@lru_cache(maxsize=2048)
def beta_quantiles(mean: float, concentration: float) -> FloatArray:
    """Quantiles of a Beta distribution at 2,049 places from 0 to 1."""
    # Slow to import, and only what is run needs it, not what is checked.
    from scipy.stats import beta

    grid = np.linspace(0.0, 1.0, 2049)
    values = beta.ppf(grid, mean * concentration, (1.0 - mean) * concentration)
    return np.asarray(values, dtype=np.float64)


def draw_luck(world: World, seed: int) -> Luck:
    """Look up what this seed holds for the councils of a world."""
    number = world.councils.number
    scenario, traits = world.scenario, world.scenario.traits
    quantiles = autonomy_quantiles(traits).tolist()
    autonomy, length, phase, index = _drawn(seed, Purpose.TRAITS, 0, number)
    contract_months = [rules.contract_length(u, traits) for u in length]
    pressure = [
        [
            rules.pressure_in_year(base, trend, u, traits)
            for base, u in zip(
                world.base_pressure.tolist(),
                _drawn(seed, Purpose.PRESSURE, year, number)[0],
                strict=True,
            )
        ]
        for year, trend in zip(world.fiscal_years, world.pressure_trend.tolist(), strict=True)
    ]
    by_offer = [_drawn(seed, Purpose.TASTE, 0, number, item) for item in world.offer_streams]
    shape = (len(by_offer), len(number))
    return Luck(
        autonomy=np.array([rules.read_off(u, quantiles) for u in autonomy]),
        list_place=np.array(index),
        contract_months=np.array(contract_months),
        contract_phase=np.array(
            [rules.contract_phase(u, n) for u, n in zip(phase, contract_months, strict=True)]
        ),
        pressure=np.array(pressure),
        taste=np.array(
            [[rules.lasting_taste(u, scenario.behaviour) for u in draws[0]] for draws in by_offer]
        ).reshape(shape),
        result=np.array(
            [[rules.normal_quantile(u) for u in draws[1]] for draws in by_offer]
        ).reshape(shape),
        recruit=np.array([draws[2] for draws in by_offer]).reshape(shape),
        served=np.array(
            [
                [rules.is_served(u, offer) for u in draws[3]]
                for draws, offer in zip(by_offer, scenario.offers.values(), strict=True)
            ],
            dtype=np.bool_,
        ).reshape(shape),
    )


def _drawn(
    seed: int, purpose: Purpose, month: int, number: IntArray, item: int = 0
) -> list[list[float]]:
    """Four uniforms a council, as plain numbers."""
    return [u.tolist() for u in uniforms(seed, purpose, month, number, item)]


def initial_choice(world: World, index: int) -> tuple[IntArray, int]:
    """Positions of the councils that may be in an offer when it opens, and how many are.

    Where the settings name them, those are all.
    """
    candidates = opening_candidates(world, index)
    wanted = list(world.scenario.offers.values())[index].initial_members
    if isinstance(wanted, list):
        candidates = np.intersect1d(candidates, positions(wanted, world.councils))
        return candidates, len(candidates)
    return candidates, initial_count(wanted, len(candidates))


def opening_candidates(world: World, index: int) -> IntArray:
    """Positions of the councils in scope of an offer when it opens."""
    return np.flatnonzero(world.regime_at_opening(index).in_scope[index])


def initial_count(wanted: float, candidates: int) -> int:
    """How many of these candidates are members from the start: a share of them, or a number."""
    return round(wanted * candidates) if wanted < 1 else min(int(wanted), candidates)


def initial_members(world: World, luck: Luck, index: int) -> IntArray:
    """Positions of the councils that are in an offer when it opens, in council order.

    A share or a number takes the councils in scope that this seed's draw puts first.
    """
    candidates, count = initial_choice(world, index)
    order = np.argsort(luck.recruit[index][candidates], kind="stable")
    return np.sort(candidates[order[:count]])


def graph_text(world: World) -> str:
    """Say how big the influence graph is and whether it hangs together."""
    count, ties = len(world.councils), len(world.influence)
    text = f"{count:,} councils, {ties:,} ties, {ties / max(count, 1):.0f} sources each on average"
    parts = components(world.influence, world.councils)
    if len(parts) == 1:
        return f"{text}; all of them connected"
    small = "; ".join(
        ", ".join(names[:4]) + (" ..." if len(names) > 4 else "") for names in parts[1:6]
    )
    more = f" and {len(parts) - 6} more" if len(parts) > 6 else ""
    return (
        f"{text}; in {len(parts)} separate parts, the largest of {len(parts[0]):,} councils; "
        f"apart from it: {small}{more}"
    )
