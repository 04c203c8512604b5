"""What is measured in a simulated case, as history was measured."""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.councils import Councils, load_councils
from sim.model.record import COLUMN, Record
from sim.model.world import World, build_world
from sim.settings import CouncilChoice, Horizon, Scenario

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]

NOTIFY_OPENS = 2017 * 12 + 7
NOTIFY_FILE = "notify_signed_to_2018_11.csv"


# ---------------------------------------------------------------- of councils that have joined

# These take who has joined, shape (..., n), and give a number for each run, shape (...).


def england_share(world: World, joined: BoolArray) -> FloatArray:
    """Share of English councils that have joined."""
    return _share(joined, _is(world.councils, "England"))


def district_share(world: World, joined: BoolArray) -> FloatArray:
    """Share of English districts that have joined."""
    return _share(joined, _is_district(world.councils))


def upper_share(world: World, joined: BoolArray) -> FloatArray:
    """Share of English single- and upper-tier councils that have joined."""
    return _share(joined, _is_upper(world.councils))


def scotland_share(world: World, joined: BoolArray) -> FloatArray:
    """Share of Scottish councils that have joined."""
    return _share(joined, _is(world.councils, "Scotland"))


def outsider_size(world: World, joined: BoolArray) -> FloatArray:
    """Mean place by size of those that have not joined: 0 smallest, 1 largest; nan if all have."""
    index = (world.it_spend_gbp_m.argsort().argsort() + 0.5) / joined.shape[-1]
    return _by_run(lambda inside: math.nan if inside.all() else index[~inside].mean(), joined)


def log_tier_ratio(world: World, joined: BoolArray) -> FloatArray:
    """Log of the share joined of English single- and upper-tier councils over that of districts.

    Half a council is added to each, so that it is defined where nobody has joined.
    """
    districts, upper = _is_district(world.councils), _is_upper(world.councils)
    padded = _padded_share(joined[..., upper]) / _padded_share(joined[..., districts])
    return _by_run(lambda ratio: math.log(ratio[0]), padded[..., np.newaxis])


def size_contrast(world: World, joined: BoolArray) -> FloatArray:
    """How much larger those that joined are: log IT spend, in deviations within their tier."""
    return _contrast(world, joined, np.log(world.it_spend_gbp_m))


def pressure_contrast(world: World, joined: BoolArray) -> FloatArray:
    """How much more pressed those that joined are, in deviations within their tier."""
    return _contrast(world, joined, world.base_pressure)


def neighbour_contrast(world: World, joined: BoolArray) -> FloatArray:
    """How much more those that joined listen to others that joined, in deviations."""
    ties = world.ties
    weight = np.take(joined, ties.source, axis=-1) * ties.weight.astype(np.float64)
    heard = np.add.reduceat(weight, ties.start[:-1], axis=-1) / ties.weight.max()
    return _contrast(world, joined, heard)


def _contrast(world: World, joined: BoolArray, trait: FloatArray) -> FloatArray:
    """Difference of a trait, shape (n,) or (..., n), between those that joined and the others."""
    runs = joined.reshape(-1, joined.shape[-1])
    total, count = np.zeros(len(runs)), np.zeros(len(runs))
    for tier in (_is_district(world.councils), _is_upper(world.councils)):
        found, inside = np.ascontiguousarray(trait[..., tier]), runs[:, tier]
        each = np.broadcast_to(found.reshape(-1, found.shape[-1]), inside.shape)
        spreads = np.broadcast_to(found.std(axis=-1).reshape(-1), len(runs))
        joiners = np.count_nonzero(inside, axis=1)
        others = inside.shape[1] - joiners
        for run in np.flatnonzero((joiners > 0) & (others > 0) & (spreads > 0.0)):
            of_run, joins = each[run], inside[run]
            apart = of_run[joins].sum() / joiners[run] - of_run[~joins].sum() / others[run]
            total[run] += joiners[run] * apart / spreads[run]
            count[run] += joiners[run]
    contrast = np.where(count > 0, total / np.maximum(count, 1.0), 0.0)
    return np.asarray(contrast.reshape(joined.shape[:-1]))


def _share(joined: BoolArray, of: BoolArray) -> FloatArray:
    return np.asarray(joined[..., of].mean(axis=-1))


def _padded_share(joined: BoolArray) -> FloatArray:
    return np.asarray((joined.sum(axis=-1) + 0.5) / (joined.shape[-1] + 1.0))


def _by_run(of_one: Callable[[Any], Any], rows: npt.NDArray[Any]) -> FloatArray:
    """Give the number of each run, where it cannot be had of all at once to the last bit."""
    flat = rows.reshape(-1, rows.shape[-1])
    return np.array([float(of_one(row)) for row in flat]).reshape(rows.shape[:-1])


@cache
def _is(councils: Councils, nation: str) -> BoolArray:
    return np.array([name == nation for name in councils.nation])


@cache
def _is_district(councils: Councils) -> BoolArray:
    return np.array([kind == "district" for kind in councils.council_type])


@cache
def _is_upper(councils: Councils) -> BoolArray:
    return np.asarray(_is(councils, "England") & ~_is_district(councils))


OF_MEMBERS: dict[str, Callable[[World, BoolArray], FloatArray]] = {
    "england_share": england_share,
    "district_share": district_share,
    "upper_share": upper_share,
    "scotland_share": scotland_share,
    "outsider_size": outsider_size,
    "log_tier_ratio": log_tier_ratio,
    "size_contrast": size_contrast,
    "pressure_contrast": pressure_contrast,
    "neighbour_contrast": neighbour_contrast,
}


# ---------------------------------------------------------------- of whole runs

# These take a record of r runs and months since the offer opened, and give shape (r,).


def joined_share(record: Record, months: int) -> FloatArray:
    """Share of all councils that have joined."""
    joined = record.totals[:, _step(record.world, months), COLUMN["joined"]]
    return np.asarray(joined / len(record.world.councils))


def use_share(record: Record, months: int) -> FloatArray:
    """Share of addressed spend routed through the offer."""
    row = record.totals[:, _step(record.world, months)]
    return np.asarray(row[:, COLUMN["used_spend"]] / row[:, COLUMN["scope_spend"]])


def newcomer_share(record: Record, months: int) -> FloatArray:
    """Share of all councils that joined at any time after the first month."""
    joined = record.joined_step[:, 0]
    step = _step(record.world, months)
    return np.asarray(((joined > 0) & (joined <= step)).mean(axis=1))


def recruits_left(record: Record, months: int) -> FloatArray:
    """Share of those in at the end of the first month that have not given up since."""
    recruits = record.joined_step[:, 0] == 0
    gone = record.abandoned_step[:, 0]
    stayed = (gone < 0) | (gone > _step(record.world, months))
    count = recruits.sum(axis=1)
    return np.where(count > 0, (stayed & recruits).sum(axis=1) / np.maximum(count, 1), 0.0)


def largest_fall(record: Record, months: int) -> FloatArray:
    """Largest fall of membership below an earlier month, as a share of councils."""
    joined = record.totals[:, : _step(record.world, months) + 1, COLUMN["joined"]]
    fall = (np.maximum.accumulate(joined, axis=1) - joined).max(axis=1)
    return np.asarray(fall / len(record.world.councils))


def joins_per_offer_year(record: Record, months: int) -> FloatArray:
    """Joins a year and offer, each in the same number of months since its own opening.

    Those in from the month of opening do not count.
    """
    joins = _of_each_offer(record, record.joined_step, months, 1)
    return np.asarray(joins.mean(axis=1) * 12.0 / months)


def gone_share(record: Record, months: int) -> FloatArray:
    """Share of those that ever joined any offer that have given up or left it since.

    Each is counted in the same number of months since its own opening; 0 where nobody joined.
    """
    joined = _of_each_offer(record, record.joined_step, months, 0).sum(axis=1)
    gone = sum(
        _of_each_offer(record, steps, months, 0).sum(axis=1)
        for steps in (record.abandoned_step, record.left_step)
    )
    return np.where(joined > 0, gone / np.maximum(joined, 1), 0.0)


def _of_each_offer(record: Record, steps: IntArray, months: int, after: int) -> FloatArray:
    """Councils to which something happened in some months of each offer, shape (r, o)."""
    begins = np.array(record.world.opens)[:, np.newaxis] - record.world.first_month
    happened = (steps >= begins + after) & (steps < begins + months)
    return np.asarray(happened.sum(axis=2, dtype=np.float64))


def _step(world: World, months: int) -> int:
    """Give the step at the end of so many months since the first offer opened."""
    return world.opens[0] - world.first_month + months - 1


OF_RUNS: dict[str, Callable[[Record, int], FloatArray]] = {
    "joined_share": joined_share,
    "use_share": use_share,
    "newcomer_share": newcomer_share,
    "recruits_left": recruits_left,
    "largest_fall": largest_fall,
    "joins_per_offer_year": joins_per_offer_year,
    "gone_share": gone_share,
}
STATISTICS = (*OF_RUNS, *OF_MEMBERS)


def measure(record: Record, statistic: str, months: int) -> FloatArray:
    """Measure all runs of a record, so many months after the offer opened; shape (r,)."""
    if statistic in OF_RUNS:
        return OF_RUNS[statistic](record, months)
    joined = record.joined_step[:, 0]
    step = _step(record.world, months)
    return OF_MEMBERS[statistic](record.world, (joined >= 0) & (joined <= step))


# ---------------------------------------------------------------- in the data


def observed(statistic: str, months: int) -> float:
    """Measure the agreements with GOV.UK Notify on record, so many months after it opened.

    Source: sim/data/notify_signed_to_2018_11.csv, which counts councils that ever signed.
    """
    signed = notify_signed(NOTIFY_OPENS + months - 1)
    return float(OF_MEMBERS[statistic](_notify_world(), signed))


def notify_signed(last_month: int) -> BoolArray:
    """Which of the 385 councils had signed by the end of a calendar month."""
    text = (files("sim") / "data" / NOTIFY_FILE).read_text(encoding="utf-8")
    councils = load_councils()
    signed = np.zeros(len(councils), dtype=np.bool_)
    for row in csv.DictReader(text.splitlines()):
        date = datetime.date.fromisoformat(row["signed_by"])
        signed[councils.index_of(row["gss_code"])] = date.year * 12 + date.month - 1 <= last_month
    return signed


@cache
def _notify_world() -> World:
    horizon = Horizon(starts=NOTIFY_OPENS, ends=NOTIFY_OPENS)
    return build_world(Scenario(councils=CouncilChoice()), horizon, 1)
