"""What is measured in a simulated case, as history was measured."""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from sim.model.councils import Councils, load_councils
from sim.model.record import COLUMN, Record
from sim.model.world import World, build_world
from sim.settings import CouncilChoice, Horizon, Scenario

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

NOTIFY_OPENS = 2017 * 12 + 7
NOTIFY_FILE = "notify_signed_to_2018_11.csv"


# ---------------------------------------------------------------- of councils that have joined


def england_share(world: World, joined: BoolArray) -> float:
    """Share of English councils that have joined."""
    return float(joined[_is(world.councils, "England")].mean())


def district_share(world: World, joined: BoolArray) -> float:
    """Share of English districts that have joined."""
    return float(joined[_is_district(world.councils)].mean())


def upper_share(world: World, joined: BoolArray) -> float:
    """Share of English single- and upper-tier councils that have joined."""
    upper = _is(world.councils, "England") & ~_is_district(world.councils)
    return float(joined[upper].mean())


def scotland_share(world: World, joined: BoolArray) -> float:
    """Share of Scottish councils that have joined."""
    return float(joined[_is(world.councils, "Scotland")].mean())


def outsider_size(world: World, joined: BoolArray) -> float:
    """Mean place by size of those that have not joined: 0 smallest, 1 largest; nan if all have."""
    index = (world.it_spend_gbp_m.argsort().argsort() + 0.5) / len(joined)
    return float(index[~joined].mean()) if not joined.all() else math.nan


def log_tier_ratio(world: World, joined: BoolArray) -> float:
    """Log of the share joined of English single- and upper-tier councils over that of districts.

    Half a council is added to each, so that it is defined where nobody has joined.
    """
    districts = _is_district(world.councils)
    upper = _is(world.councils, "England") & ~districts
    return math.log(_padded_share(joined[upper]) / _padded_share(joined[districts]))


def size_contrast(world: World, joined: BoolArray) -> float:
    """How much larger those that joined are: log IT spend, in deviations within their tier."""
    return _contrast(world, joined, np.log(world.it_spend_gbp_m))


def pressure_contrast(world: World, joined: BoolArray) -> float:
    """How much more pressed those that joined are, in deviations within their tier."""
    return _contrast(world, joined, world.base_pressure)


def neighbour_contrast(world: World, joined: BoolArray) -> float:
    """How much more those that joined listen to others that joined, in deviations."""
    ties = world.ties
    weight = np.where(joined[ties.source], ties.weight, 0).astype(np.float64)
    heard = np.add.reduceat(weight, ties.start[:-1]) / ties.weight.max()
    return _contrast(world, joined, heard)


def _contrast(world: World, joined: BoolArray, trait: FloatArray) -> float:
    districts = _is_district(world.councils)
    england = _is(world.councils, "England")
    total, count = 0.0, 0
    for tier in (districts, england & ~districts):
        inside, outside = trait[tier & joined], trait[tier & ~joined]
        spread = float(trait[tier].std())
        if len(inside) and len(outside) and spread > 0.0:
            total += len(inside) * float(inside.mean() - outside.mean()) / spread
            count += len(inside)
    return total / count if count else 0.0


def _padded_share(joined: BoolArray) -> float:
    return float((joined.sum() + 0.5) / (len(joined) + 1.0))


@cache
def _is(councils: Councils, nation: str) -> BoolArray:
    return np.array([name == nation for name in councils.nation])


@cache
def _is_district(councils: Councils) -> BoolArray:
    return np.array([kind == "district" for kind in councils.council_type])


OF_MEMBERS: dict[str, Callable[[World, BoolArray], float]] = {
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


# ---------------------------------------------------------------- of a whole run


def joined_share(record: Record, run: int, step: int) -> float:
    """Share of all councils that have joined."""
    councils = len(record.world.councils)
    return float(record.totals[run, step, COLUMN["joined"]]) / councils


def use_share(record: Record, run: int, step: int) -> float:
    """Share of addressed spend routed through the offer."""
    row = record.totals[run, step]
    return float(row[COLUMN["used_spend"]] / row[COLUMN["scope_spend"]])


def newcomer_share(record: Record, run: int, step: int) -> float:
    """Share of all councils that joined at any time after the first month."""
    joined = record.joined_step[run, 0]
    return float(((joined > 0) & (joined <= step)).mean())


def recruits_left(record: Record, run: int, step: int) -> float:
    """Share of those in at the end of the first month that have not given up since."""
    recruits = record.joined_step[run, 0] == 0
    gone = record.abandoned_step[run, 0]
    stayed = (gone < 0) | (gone > step)
    return float(stayed[recruits].mean()) if recruits.any() else 0.0


def largest_fall(record: Record, run: int, step: int) -> float:
    """Largest fall of membership below an earlier month, as a share of councils."""
    joined = record.totals[run, : step + 1, COLUMN["joined"]]
    return float((np.maximum.accumulate(joined) - joined).max()) / len(record.world.councils)


OF_RUNS: dict[str, Callable[[Record, int, int], float]] = {
    "joined_share": joined_share,
    "use_share": use_share,
    "newcomer_share": newcomer_share,
    "recruits_left": recruits_left,
    "largest_fall": largest_fall,
}
STATISTICS = (*OF_RUNS, *OF_MEMBERS)


def measure(record: Record, run: int, statistic: str, months: int) -> float:
    """Measure one run of a record, so many months after its offer opened."""
    world = record.world
    step = world.opens[0] - world.first_month + months - 1
    if statistic in OF_RUNS:
        return OF_RUNS[statistic](record, run, step)
    joined = record.joined_step[run, 0]
    return OF_MEMBERS[statistic](world, (joined >= 0) & (joined <= step))


# ---------------------------------------------------------------- in the data


def observed(statistic: str, months: int) -> float:
    """Measure the agreements with GOV.UK Notify on record, so many months after it opened.

    Source: sim/data/notify_signed_to_2018_11.csv, which counts councils that ever signed.
    """
    return OF_MEMBERS[statistic](_notify_world(), notify_signed(NOTIFY_OPENS + months - 1))


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
