"""A world that is laid out once, and in which numbers are then changed: for runs of many points.

Which settings can be changed so, and how, is declared in :mod:`sim.model.effects`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from sim.model.compiled import code_for
from sim.model.councils import budget_pressure, it_spend_gbp_m
from sim.model.effects import DUTY, pattern_of
from sim.model.engine.ensemble import play
from sim.model.layout import AnyArray, Outputs, make_case, make_state, outputs_of
from sim.model.record import Record, groups_of
from sim.model.world import (
    World,
    above_others,
    beta_quantiles,
    capacities,
    discounts,
    incident_rates,
    initial_count,
    opening_candidates,
    pressure_trends,
    visits_per_month,
)


class Room:
    """Where so many runs are written down, of one world after the other that are alike in size.

    Parameters
    ----------
    world
        One of them.
    runs
        How many.
    """

    def __init__(self, world: World, runs: int) -> None:
        self.record = Record(world, range(runs))
        self.record.discount = self.record.discount.copy()
        self._parts: dict[tuple[int, int], Outputs] = {}

    def of(self, world: World) -> Room:
        """Take it for runs of a world."""
        self.record.world, self.record.groups = world, groups_of(world)
        self.record.discount[:] = world.discount
        # What was noted in another world is not of this one.
        self.record.noted_step[:] = world.noted_step
        self.record.noted[:] = -1
        return self

    def part(self, first: int, runs: int) -> Outputs:
        """Arrays in which so many runs are written down, from a position on."""
        if (first, runs) not in self._parts:
            self._parts[first, runs] = outputs_of(self.record, slice(first, first + runs))
        return self._parts[first, runs]


class LaidOut:
    """A world laid out for the compiled engine, for one thread at a time.

    Parameters
    ----------
    world
        Where it starts from. The world itself is left as it is.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        case = make_case(world)
        # What is changed here must not be another's.
        self.case = case._replace(
            base_pressure=world.base_pressure.copy(),
            pressure_above=world.pressure_above.copy(),
            autonomy_quantiles=case.autonomy_quantiles.copy(),
        )
        self.state = make_state(world)
        self.discount = world.discount
        self.it_spend_gbp_m = world.it_spend_gbp_m
        self.calendar = world.first_month + np.arange(world.months)
        self.offers = list(world.scenario.offers)
        self.teams = ["push", *(f"push.teams.{name}" for name in world.scenario.push.teams)]
        self._places: dict[str, AnyArray] = {}
        # What was put in last; what has not changed need not be put in again.
        self._put: dict[str, float] = {}
        self._putting: dict[tuple[str, ...], Callable[[Iterable[float]], None]] = {}
        self._play: Callable[..., Any] | None = None

    def put(self, values: Mapping[str, float]) -> None:
        """Change numbers in place; all others stay as they are.

        Parameters
        ----------
        values
            By dotted name; each setting must be "record" or "derived" for this scenario, as
            `effect_of` says. A month is year * 12 + month - 1.
        """
        numbers = {
            s: round(value) if self._place(s).dtype.kind == "i" else value
            for s, value in values.items()
            if self._put.get(s) != value
        }
        self.putting(tuple(numbers))(numbers.values())

    def putting(self, settings: tuple[str, ...]) -> Callable[[Iterable[float]], None]:
        """Return what changes the numbers of these settings, for many points one after the other.

        It takes their values in this order; of whole numbers, whole ones.
        """
        if settings not in self._putting:
            places = [self._place(setting) for setting in settings]
            works = self._work_for(settings)

            def put(values: Iterable[float]) -> None:
                for setting, place, value in zip(settings, places, values, strict=True):
                    place.fill(value)
                    self._put[setting] = value
                for work, setting in works:
                    work(self, setting)

            self._putting[settings] = put
        return self._putting[settings]

    def run(self, seeds: AnyArray, room: Room, first: int) -> None:
        """Run one future for each seed, and write them down from a position on."""
        record, outputs = room.record, room.part(first, len(seeds))
        record.seeds[first : first + len(seeds)] = seeds
        # Some columns are counted up, and others have run in this room before.
        outputs.totals.fill(0.0)
        if self.discount is not self.world.discount:
            record.discount[first : first + len(seeds)] = self.discount
        if self._play is None:
            self._play = code_for(play, self.case, self.state, seeds, outputs)
        self._play(self.case, self.state, seeds, outputs)

    def _place(self, setting: str) -> AnyArray:
        """Where the numbers of a setting stand, in all regimes."""
        if setting not in self._places:
            self._places[setting] = self._found(setting)
        return self._places[setting]

    def _found(self, setting: str) -> AnyArray:
        if setting == DUTY:
            return self.case.push["duty_starts"]
        if setting == "push.review_months":
            return self.case.push["review_after"]
        table, name = setting.rsplit(".", 1)
        if setting == "push.annual_budget_gbp_m":
            return self.case.push["budget_gbp_m"]
        if name in OF_TEAMS:
            return self.case.teams[name][:, self.teams.index(table)]
        if name in KEPT_APART:
            # Read by what works it out, and by nothing else.
            return np.zeros(1)
        if table.startswith("offers."):
            return self.case.offers[name][:, self.offers.index(table.removeprefix("offers."))]
        records: AnyArray = getattr(self.case, table)
        return records[name]

    def value(self, setting: str) -> float:
        """Return the number that a setting has now, at the start."""
        return float(self._place(setting).flat[0])

    def _work_for(self, settings: Iterable[str]) -> list[tuple[Work, str]]:
        """What is to be worked out when these settings have changed, each thing once."""
        found: dict[tuple[Work, str], tuple[Work, str]] = {}
        for setting in settings:
            work = WORK.get(pattern_of(setting))
            if work is not None:
                found[work, setting if work in OF_ONE else ""] = (work, setting)
        return list(found.values())


Work = Callable[[LaidOut, str], None]


# ---------------------------------------------------------------- what is worked out


def _incident_rates(laid: LaidOut, _: str) -> None:
    climate = laid.case.climate
    laid.case.months["incident_rate"] = incident_rates(
        climate["incident_rate_per_month"],
        climate["incident_growth_per_year"],
        laid.world.regime_of_month,
        laid.calendar,
    )


def _pressure_trends(laid: LaidOut, _: str) -> None:
    # No event changes it, or the setting would take a world of its own.
    austerity, years = laid.value("climate.austerity_per_year"), laid.world.fiscal_years
    laid.case.years["pressure_trend"] = pressure_trends(austerity, [austerity] * len(years), years)


def _discounts(laid: LaidOut, _: str) -> None:
    laid.discount = discounts(laid.value("climate.discount_rate"), laid.calendar)
    laid.case.months["discount"] = laid.discount


def _base_pressure(laid: LaidOut, _: str) -> None:
    cut = laid.value("traits.scottish_cut_share")
    pressure = budget_pressure(laid.world.councils, scotland_cut=cut)
    laid.case.base_pressure[:] = pressure
    laid.case.pressure_above[:] = above_others(pressure, laid.world.councils)


def _it_spend(laid: LaidOut, _: str) -> None:
    world, state = laid.world, laid.state
    spend = it_spend_gbp_m(
        world.councils,
        england_share=laid.value("traits.it_share_england"),
        floor_gbp_m=laid.value("traits.it_floor_gbp_m"),
        scotland_share=laid.value("traits.it_share_scotland"),
    )
    laid.it_spend_gbp_m = spend
    state.ledger["it_spend_gbp_m"] = spend
    for index in range(len(laid.offers)):
        opening = world.regime_at_opening(index)
        state.offers["design_spend_gbp_m"][index] = float(spend[opening.in_scope[index]].sum())
    _capacities(laid, _)


def _capacities(laid: LaidOut, _: str) -> None:
    elasticity = laid.value("behaviour.capacity_elasticity")
    laid.state.councils["full_capacity"] = capacities(laid.it_spend_gbp_m, elasticity)


def _autonomy(laid: LaidOut, _: str) -> None:
    mean, concentration = (
        laid.value(f"traits.autonomy_{name}") for name in ("mean", "concentration")
    )
    laid.case.autonomy_quantiles[:] = beta_quantiles(mean, concentration)


def _foreign(laid: LaidOut, _: str) -> None:
    for index, offer in enumerate(laid.world.scenario.offers.values()):
        laid.case.offers["foreign"][:, index] = laid.value(f"behaviour.foreign_{offer.owner}")


def _visits(laid: LaidOut, setting: str) -> None:
    team = laid.teams.index(setting.rsplit(".", 1)[0])
    per_council = laid.value(setting)
    for r, regime in enumerate(laid.world.regimes):
        anywhere = laid.case.in_scope[r].any(axis=0)
        laid.case.teams["visits_per_month"][r, team] = visits_per_month(
            per_council, regime.teams[team].in_scope & anywhere
        )


def _initial_members(laid: LaidOut, setting: str) -> None:
    index = laid.offers.index(setting.split(".")[1])
    candidates = opening_candidates(laid.world, index)
    laid.case.initial_candidates[index] = False
    laid.case.initial_candidates[index, candidates] = True
    laid.state.offers["initial_count"][index] = initial_count(laid.value(setting), len(candidates))


# What works each of `DERIVED` out anew; the last two do so for one team, or for one offer.
WORK: dict[str, Work] = {
    "climate.incident_rate_per_month": _incident_rates,
    "climate.incident_growth_per_year": _incident_rates,
    "climate.austerity_per_year": _pressure_trends,
    "climate.discount_rate": _discounts,
    "traits.scottish_cut_share": _base_pressure,
    "traits.it_share_england": _it_spend,
    "traits.it_share_scotland": _it_spend,
    "traits.it_floor_gbp_m": _it_spend,
    "behaviour.capacity_elasticity": _capacities,
    "traits.autonomy_mean": _autonomy,
    "traits.autonomy_concentration": _autonomy,
    "behaviour.foreign_central": _foreign,
    "behaviour.foreign_sector": _foreign,
    "behaviour.foreign_peer": _foreign,
    "push.visits_per_council_per_year": _visits,
    "offers.*.initial_members": _initial_members,
}
OF_ONE = (_visits, _initial_members)
# Settings that stand in the records of teams.
OF_TEAMS = ("visits_per_month", "fixed_cost_gbp_m", "cost_per_visit_gbp_m")
# Settings that no record holds.
KEPT_APART = ("visits_per_council_per_year", "initial_members")
