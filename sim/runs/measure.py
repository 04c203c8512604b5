"""What is measured of runs: rows of the four result tables, from the arrays of a record.

Shares are of the councils ever in scope of an offer (all, if nothing is offered). The clock
'months since opening' is 1 in the first month in which councils could join. Money is £m at
2017-18 prices, discounted to April 2018, over the whole horizon, unless a column says otherwise.
Every column is described in docs/data-dictionary.md.

All seeds of a record are measured at once: arrays have the runs first, and sums run along the
last axis only, so that no figure of a run depends on which others are in the record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from sim.model import rules
from sim.model.record import COLUMN, Record
from sim.model.world import World
from sim.runs.tables import KEYS, TABLES, frame_of, numbers
from sim.settings import Outcomes, month_text
from sim.settings.columns import MILESTONES

AnyArray = npt.NDArray[Any]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer]


WHY_NOT = {
    rules.JOINED: "joined",
    rules.NOT_IN_SCOPE: "never asked",
    rules.NEVER_CONSIDERED: "never considered it",
    rules.REFUSED_MONEY: "refused: does not pay",
    rules.REFUSED_AUTONOMY: "refused: autonomy",
    rules.REFUSED_DISTRUST: "refused: distrust",
    rules.REFUSED_COORDINATION: "refused: red tape or waiting for others",
    rules.REFUSED_LOCAL: "refused: local reasons",
    rules.REFUSED_NARROWLY: "refused: narrowly, by chance",
    rules.WAITING_TO_JOIN: "said yes, not yet in",
    rules.ABANDONED_MIGRATION: "gave up while migrating",
    rules.LEFT_AGAIN: "left again",
    rules.CANCELLED_FIRST: "said yes, but it was cancelled",
}
STATUS = {
    rules.OUTSIDE: "outside",
    rules.PLEDGED: "pledged",
    rules.MIGRATING: "migrating",
    rules.MEMBER: "member",
    rules.LEFT: "left",
}


@dataclass(frozen=True)
class Categorical:
    """A column of text: the position of each entry among some words, -1 where it is missing."""

    places: AnyArray
    words: Sequence[str]


# The columns of a table before it is laid out: a row for each run, and in it one for each month,
# group or council; rows that are the same in all runs stand once.
Columns = dict[str, AnyArray | Categorical]


def openings(world: World) -> IntArray:
    """First step in which each council could join any offer; the number of steps if never."""
    first = np.full(len(world.councils), world.months, dtype=np.int64)
    for index, regime in enumerate(world.regimes):
        steps = np.flatnonzero(world.regime_of_month == index)
        for opens, mask in zip(world.opens, regime.in_scope, strict=True):
            if (open_steps := steps[world.first_month + steps >= opens]).size:
                first[mask] = np.minimum(first[mask], open_steps[0])
    return first


def opening_step(world: World, councils: BoolArray | None = None) -> int:
    """First step in which any of these councils could join any offer; -1 if never."""
    first = openings(world)[world.eligible if councils is None else councils]
    step = int(first.min(initial=world.months))
    return step if step < world.months else -1


def clock_start(world: World) -> int:
    """Step from which months are counted: the opening, if nothing else; -1 if there is none."""
    return opening_step(world) if world.counted_from is None else world.counted_from


def noting(world: World, months: int) -> World:
    """Return a world in which it is noted where councils stand so many months after opening.

    Nothing is where the horizon ends before that.
    """
    opens = opening_step(world)
    step = opens + months - 1
    return replace(world, noted_step=step if opens >= 0 and step < world.months else -1)


class Flows:
    """What both the runs and their months are measured by; arrays have shape (r, t)."""

    def __init__(self, record: Record) -> None:
        world = record.world
        self.totals = record.totals
        self.opens = clock_start(world)
        self.eligible = max(int(np.count_nonzero(world.eligible)), 1)
        self.people = float(world.councils.lower_tier_population[world.eligible].sum())
        self._months_of: dict[str, FloatArray] = {}

    @cached_property
    def councils_net(self) -> FloatArray:
        """What councils save, net of what they pay."""
        of = self.of
        return of("saving") - of("fees") - of("joining") - of("switching")

    @cached_property
    def programme_net(self) -> FloatArray:
        """What the programme takes in, net of what it spends."""
        of = self.of
        return of("fees") - of("subsidy") - of("running")

    def of(self, name: str) -> FloatArray:
        """One of `SERIES`, months side by side, so that sums run along neighbours."""
        if name not in self._months_of:
            self._months_of[name] = np.ascontiguousarray(self.totals[:, :, COLUMN[name]])
        return self._months_of[name]

    def per_council(self, name: str) -> FloatArray:
        """Share of eligible councils."""
        return self.of(name) / self.eligible

    def per_spend(self, name: str) -> FloatArray:
        """Share of the spend in scope; 0 where there is none."""
        spend = self.of("scope_spend")
        share: FloatArray = np.zeros_like(spend)
        np.divide(self.of(name), spend, out=share, where=spend > 0)
        return share

    def per_person(self) -> FloatArray:
        """Share of people who live where the council has joined."""
        joined = self.of("joined_people")
        return joined / self.people if self.people > 0.0 else np.zeros_like(joined)


def _over(top: FloatArray, bottom: FloatArray | float) -> FloatArray:
    """Ratios, not a number where there is nothing to divide by."""
    bottom = np.broadcast_to(bottom, top.shape)
    ratio: FloatArray = np.full(top.shape, np.nan)
    with np.errstate(over="ignore"):  # over next to nothing it is infinite
        np.divide(top, bottom, out=ratio, where=bottom > 0.0)
    return ratio


def _at(share: FloatArray, start: int, months: int) -> FloatArray:
    """Values that many months after a start, NaN beyond the horizon."""
    step = start + months - 1
    within = start >= 0 and step < share.shape[-1]
    return share[:, step] if within else np.full(len(share), np.nan)


def _first(happens: BoolArray) -> tuple[BoolArray, IntArray]:
    """Whether something happens in each run, and the first step in which it does."""
    return np.asarray(happens.any(axis=-1)), np.asarray(happens.argmax(axis=-1))


def _months_to(share: FloatArray, opens: int, level: float) -> FloatArray:
    """Months since opening until the share first reaches a level; NaN if it does not."""
    reached, step = _first(share >= level)
    return np.where(reached & (opens >= 0), step - opens + 1.0, np.nan)


def _passed(share: FloatArray, opens: int, outcomes: Outcomes) -> BoolArray:
    """Was the pass share reached within the longest clock?"""
    if opens < 0:
        return np.zeros(len(share), dtype=np.bool_)
    clock = share[:, opens : opens + max(outcomes.months_since_opening)]
    return np.asarray(clock.max(axis=-1, initial=0.0) >= outcomes.pass_share)


def _payback_years(net: FloatArray, opens: int) -> FloatArray:
    """Years from opening until the money put in has come back.

    NaN if not within the horizon, or if nothing was ever spent or saved; 0 if money was never
    short.
    """
    if opens < 0:
        return np.full(len(net), np.nan)
    total = np.cumsum(net, axis=-1)
    short, spent = _first(total < 0.0)
    later = np.arange(net.shape[-1]) >= spent[:, np.newaxis]
    paid_back, step = _first(later & (total >= 0.0))
    never_short = np.where(total[:, -1] > 0.0, 0.0, np.nan)
    return np.where(short, np.where(paid_back, (step - opens + 1.0) / 12.0, np.nan), never_short)


def _share_of(happened: BoolArray, mask: BoolArray, count: int) -> FloatArray:
    """Share of these councils to which something happened in any offer."""
    return np.asarray((happened.any(axis=1) & mask).sum(axis=-1) / count)


def _sum_of(values: FloatArray, mask: BoolArray) -> FloatArray:
    """Sum over these councils, and over offers where there are several, of each run."""
    picked = np.compress(mask, values, axis=-1).reshape(len(values), -1)
    return np.asarray(picked.sum(axis=-1))


def _run_columns(
    record: Record, outcomes: Outcomes, wanted: Collection[str] | None = None
) -> Columns:
    """Outcomes of each run: all of them, or only those wanted, for which no others are made."""
    world = record.world
    flows = Flows(record)
    of, opens, eligible = flows.of, flows.opens, flows.eligible
    launched = [
        (offer.opens if offer.launched is None else offer.launched) - world.first_month
        for offer in world.scenario.offers.values()
    ]

    def discounted(flow: FloatArray) -> FloatArray:
        return np.asarray((flow * record.discount).sum(axis=-1))

    def whole(name: str) -> FloatArray:
        return np.asarray(of(name).sum(axis=-1))

    def councils_share(steps: AnyArray) -> FloatArray:
        everywhere = np.ones(len(world.councils), dtype=np.bool_)
        return _share_of(steps >= 0, everywhere, eligible)

    # Several columns rest on each of these.
    @cache
    def joined() -> FloatArray:
        return flows.per_council("joined")

    @cache
    def used() -> FloatArray:
        return flows.per_spend("used_spend")

    @cache
    def total(name: str) -> FloatArray:
        return discounted(of(name))

    @cache
    def costs() -> FloatArray:
        parts = total("joining") + total("switching") + total("subsidy")
        return np.asarray(parts + total("running"))

    @cache
    def net_total() -> FloatArray:
        return discounted(flows.councils_net + flows.programme_net)

    @cache
    def avoided() -> FloatArray:
        return discounted(of("twin_incident_cost")) - discounted(of("incident_cost"))

    years = (world.months - opens) / 12.0 if opens >= 0 else 0.0
    cancelled = record.cancelled_step >= 0
    was_cancelled = np.asarray(cancelled.any(axis=-1))
    runs = len(record.seeds)

    def cancelled_month() -> Categorical:
        first = np.where(cancelled, record.cancelled_step, world.months).min(
            axis=-1, initial=world.months
        )
        return Categorical(np.where(was_cancelled, first, -1), _calendar(world))

    def after(share: Callable[[], FloatArray], months: int) -> FloatArray:
        return _at(share(), opens, months)

    def reaching(level: int) -> FloatArray:
        return _months_to(joined(), opens, level / 100)

    columns: dict[str, Callable[[], AnyArray | Categorical]] = {
        "councils": lambda: np.full(runs, np.count_nonzero(world.eligible)),
        "opened": lambda: Categorical(np.full(runs, opening_step(world)), _calendar(world)),
    }
    for months in outcomes.months_since_opening:
        columns[f"joined_share_{months}m"] = partial(after, joined, months)
        columns[f"use_share_{months}m"] = partial(after, used, months)
    columns |= {
        "joined_share_24m_after_launch": lambda: _at(joined(), min(launched, default=opens), 24),
        "joined_share_end": lambda: joined()[:, -1],
        "joined_people_share_end": lambda: _over(of("joined_people")[:, -1], flows.people),
        "joined_spend_share_end": lambda: flows.per_spend("joined_spend")[:, -1],
        "live_share_end": lambda: flows.per_council("live")[:, -1],
        "use_share_end": lambda: used()[:, -1],
        "peak_joined_share": lambda: joined().max(axis=-1),
    }
    for level in MILESTONES:
        columns[f"months_to_{level}pc"] = partial(reaching, level)
    columns |= {
        "passed": lambda: _passed(joined(), opens, outcomes),
        "ever_joined_share": lambda: councils_share(record.joined_step),
        "abandoned_share": lambda: councils_share(record.abandoned_step),
        "left_share": lambda: councils_share(record.left_step),
        "cancelled": lambda: was_cancelled,
        "cancelled_month": cancelled_month,
        "saving_gbp_m": lambda: total("saving"),
        "promised_saving_gbp_m": lambda: total("promise"),
        "fees_gbp_m": lambda: total("fees"),
        "joining_cost_gbp_m": lambda: total("joining"),
        "switching_cost_gbp_m": lambda: total("switching"),
        "programme_cost_gbp_m": lambda: total("running") + total("subsidy"),
        "net_saving_councils_gbp_m": lambda: discounted(flows.councils_net),
        "net_saving_programme_gbp_m": lambda: discounted(flows.programme_net),
        "net_saving_total_gbp_m": net_total,
        "payback_years": lambda: _payback_years(flows.councils_net + flows.programme_net, opens),
        "break_even_ratio": lambda: _over(costs(), total("promise")),
        "cost_per_member_gbp_m": lambda: _over(costs(), of("joined")[:, -1]),
        "cost_per_gbp_saved": lambda: _over(costs(), total("saving")),
        "incidents": lambda: whole("incidents"),
        "severe_incidents": lambda: whole("severe"),
        "incidents_avoided": lambda: whole("twin_incidents") - whole("incidents"),
        "severe_incidents_avoided": lambda: whole("twin_severe") - whole("severe"),
        "incident_cost_avoided_gbp_m": avoided,
        "net_benefit_gbp_m": lambda: net_total() + avoided(),
        "control_given_up_share": lambda: flows.per_council("control_given_up")[:, -1],
        "visits": lambda: whole("visits"),
        "visits_planned": lambda: whole("visits_planned"),
        "visits_per_council_per_year": lambda: _over(whole("visits"), eligible * years),
    }
    made = {name: make() for name, make in columns.items() if wanted is None or name in wanted}
    return {
        name: Categorical(column.places[:, np.newaxis], column.words)
        if isinstance(column, Categorical)
        else column[:, np.newaxis]
        for name, column in made.items()
    }


def _calendar(world: World) -> list[str]:
    return [month_text(world.first_month + step) for step in range(world.months)]


def _series_columns(record: Record) -> Columns:
    """Month by month: shares, use, visits, money so far, incidents."""
    world = record.world
    flows = Flows(record)
    of, opens = flows.of, flows.opens
    steps = np.arange(world.months)

    def so_far(flow: FloatArray) -> FloatArray:
        return np.cumsum(flow * record.discount, axis=-1)

    return {
        "month": Categorical(steps, _calendar(world)),
        "months_since_opening": steps - opens + 1 if opens >= 0 else np.zeros_like(steps),
        "joined_share": flows.per_council("joined"),
        "live_share": flows.per_council("live"),
        "pledged_share": flows.per_council("pledged"),
        "gone_share": flows.per_council("gone"),
        "joined_people_share": flows.per_person(),
        "joined_spend_share": flows.per_spend("joined_spend"),
        "use_share": flows.per_spend("used_spend"),
        "control_given_up_share": flows.per_council("control_given_up"),
        "visits": of("visits"),
        "visits_planned": of("visits_planned"),
        "net_saving_councils_gbp_m": so_far(flows.councils_net),
        "net_saving_programme_gbp_m": so_far(flows.programme_net),
        "net_saving_total_gbp_m": so_far(flows.councils_net + flows.programme_net),
        "incidents": of("incidents"),
        "incidents_without_programme": of("twin_incidents"),
        **{
            f"joined_share_by_{origin}": flows.per_council(f"joined_by_{origin}")
            for origin in rules.ORIGINS
        },
    }


def _group_columns(record: Record, outcomes: Outcomes) -> Columns:
    """Outcomes by nation, council type, size band and, if there are several, by offer."""
    world, groups = record.world, record.groups
    runs, offers, _ = record.use.shape
    last = world.regimes[world.regime_of_month[-1]]
    # Addressed spend in scope at the end, by offer and council: what use is a share of.
    spend = np.zeros((1, *record.use.shape[1:]))
    for index, (offer, mask) in enumerate(
        zip(last.settings.offers.values(), last.in_scope, strict=True)
    ):
        spend[0, index] = world.it_spend_gbp_m * offer.addressed_share * mask
    used = record.use * spend
    stories = {
        "ever_joined_share": record.joined_step >= 0,
        "abandoned_share": record.abandoned_step >= 0,
        "left_share": record.left_step >= 0,
    }
    rows: list[dict[str, Any]] = []
    for index, (kind, name) in enumerate(zip(groups.kind, groups.name, strict=True)):
        if kind == "offer":
            offer = index - groups.offer_start
            of = slice(offer, offer + 1)
            mask = np.any([regime.in_scope[offer] for regime in world.regimes], axis=0)
            opens = world.opens[offer] - world.first_month
            net, avoided = (np.full(runs, np.nan) for _ in range(2))
        else:
            of = slice(0, offers)
            mask = world.eligible & np.any(groups.of_council == index, axis=1)
            opens = opening_step(world, mask)
            net = _sum_of(record.net_saving, mask)
            avoided = _sum_of(record.incident_cost_avoided, mask)
        count = int(np.count_nonzero(mask))
        if count == 0:
            continue
        share = record.joined_by_group[:, :, index] / count
        total = float(_sum_of(spend[:, of], mask)[0])
        rows.append(
            {
                "grouping": kind,
                "group": name,
                "councils": count,
                **{
                    f"joined_share_{months}m": _at(share, opens, months)
                    for months in outcomes.months_since_opening
                },
                "joined_share_end": share[:, -1],
                "passed": _passed(share, opens, outcomes),
                **{
                    f"months_to_{level}pc": _months_to(share, opens, level / 100)
                    for level in MILESTONES
                },
                **{
                    story: _share_of(happened[:, of], mask, count)
                    for story, happened in stories.items()
                },
                "use_share_end": _sum_of(used[:, of], mask) / total if total > 0.0 else 0.0,
                "net_saving_gbp_m": net,
                "net_saving_per_council_gbp_m": net / count,
                "incident_cost_avoided_gbp_m": avoided,
            }
        )
    if not rows:
        return {}
    rows.sort(key=lambda row: (row["grouping"], row["group"]))
    columns: Columns = {
        name: np.stack([np.broadcast_to(row[name], runs) for row in rows], axis=-1)
        for name in rows[0]
        if name not in KEYS["groups"]
    }
    texts = {
        name: Categorical(np.arange(len(rows)), [str(row[name]) for row in rows])
        for name in ("grouping", "group")
    }
    return {**texts, **columns}


def _joined_columns(record: Record) -> Columns:
    """For each offer and council: when it joined, went live, gave up, left, or why not."""
    world = record.world
    runs, offers, councils = record.status.shape
    calendar = _calendar(world)
    names, codes = world.offer_names, world.councils.gss_code
    by_name = np.array(sorted(range(offers), key=names.__getitem__), dtype=np.int64)
    by_code = np.array(sorted(range(councils), key=codes.__getitem__), dtype=np.int64)

    def rows(values: AnyArray) -> AnyArray:
        # What is of the council alone stands beside each offer.
        of_offers = values[:, by_name] if values.ndim == 3 else values[:, np.newaxis]
        whole = np.broadcast_to(of_offers, (runs, offers, councils))
        return whole[:, :, by_code].reshape(runs, offers * councils)

    return {
        "offer": Categorical(np.repeat(by_name, councils), names),
        "gss_code": Categorical(np.tile(by_code, offers), codes),
        "status": Categorical(rows(record.status), [STATUS[code] for code in sorted(STATUS)]),
        "status_headline": Categorical(rows(record.noted), [STATUS[k] for k in sorted(STATUS)]),
        "joined": Categorical(rows(record.joined_step), calendar),
        "live": Categorical(rows(record.live_step), calendar),
        "abandoned": Categorical(rows(record.abandoned_step), calendar),
        "left": Categorical(rows(record.left_step), calendar),
        "why_not": Categorical(rows(record.reason), [WHY_NOT[code] for code in sorted(WHY_NOT)]),
        "times_considered": rows(record.considered),
        "use_share": rows(record.use),
        "visits": rows(record.visits),
        "incidents": rows(record.incidents),
        "net_saving_gbp_m": rows(record.net_saving),
    }


def outcome_columns(record: Record, outcomes: Outcomes, wanted: Sequence[str]) -> pa.Table:
    """Chosen columns of the table of runs, a row for each run, in the order asked for.

    Parameters
    ----------
    record
        What was written down.
    outcomes
        What months are measured.
    wanted
        Names of columns of the table of runs; equal to those that `measure` gives.
    """
    found = _run_columns(record, outcomes, wanted)
    return pa.table({name: _below(found[name], len(record.seeds), 1) for name in wanted})


def month_columns(record: Record, wanted: Sequence[str]) -> pa.Table:
    """Chosen columns of the table of months: the rows of a run below those of the one before."""
    found = _series_columns(record)
    runs, months = len(record.seeds), record.world.months
    return pa.table({name: _below(found[name], runs, months) for name in ("month", *wanted)})


def measure(
    record: Record, outcomes: Outcomes, point: str | Sequence[str], tables: Iterable[str] = TABLES
) -> dict[str, pa.Table]:
    """Rows of the runs of a record, run by run and each run sorted by its keys, as Arrow tables.

    Parameters
    ----------
    record
        What was written down.
    outcomes
        What is to be measured.
    point
        Key under which the runs are kept, or one for each run.
    tables
        Which of `TABLES` are wanted.
    """
    columns_of = {
        "runs": lambda: _run_columns(record, outcomes),
        "series": lambda: _series_columns(record),
        "groups": lambda: _group_columns(record, outcomes),
        "joined": lambda: _joined_columns(record),
    }
    points = [point] * len(record.seeds) if isinstance(point, str) else point
    return {name: _laid_out(record, points, columns_of[name]()) for name in tables}


def tables_of(
    record: Record, outcomes: Outcomes, point: str, tables: Iterable[str] = TABLES
) -> dict[str, pd.DataFrame]:
    """Do as `measure`, with pandas tables."""
    found = measure(record, outcomes, point, tables)
    return {name: frame_of(table) for name, table in found.items()}


def _laid_out(record: Record, points: Sequence[str], columns: Columns) -> pa.Table:
    """Put the rows of all runs below one another."""
    runs = len(record.seeds)
    number = {name: index for index, name in enumerate(dict.fromkeys(points))}
    places = np.array([number[name] for name in points], dtype=np.int64)
    rows = max((_entries(column).shape[-1] for column in columns.values()), default=0)
    return pa.table(
        {
            "point": _texts(np.repeat(places, rows), list(number)),
            "seed": numbers(np.repeat(record.seeds, rows)),
            **{name: _below(column, runs, rows) for name, column in columns.items()},
        }
    )


def _below(column: AnyArray | Categorical, runs: int, rows: int) -> pa.Array:
    """Lay a column out, the rows of each run below those of the run before."""
    entries = np.broadcast_to(_entries(column), (runs, rows)).flatten()
    return _texts(entries, column.words) if isinstance(column, Categorical) else numbers(entries)


def _entries(column: AnyArray | Categorical) -> AnyArray:
    return column.places if isinstance(column, Categorical) else column


def _texts(places: AnyArray, words: Sequence[str]) -> pa.Array:
    """Column of words, each held once, to which rows refer."""
    rows = pa.array(places.astype(np.int32, copy=False), mask=places < 0)
    return pa.DictionaryArray.from_arrays(rows, pa.array(words, pa.string()))
