"""What a run writes down: monthly totals, members by group, and each council's story.

The model fills these arrays and :mod:`sim.runs.measure` turns them into tables. Totals are plain
sums in council order, before any discounting or division.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sim.model.councils import SIZE_BANDS, Councils
from sim.model.rules import ORIGINS
from sim.model.world import World

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Columns of the monthly totals. Stocks are at the end of the month, flows within it; a council
# counts once where it has joined any of several offers; money is undiscounted £m. Members are also
# shared out by what brought them in (`sim.model.rules.ORIGINS`): to the first offer that they are
# in, and for as long as they are; these columns add up to the first. Running costs are those of the
# programme itself, its teams and their visits.
SERIES = (
    "joined",
    "live",
    "pledged",
    "gone",
    "joined_people",
    "joined_spend",
    "used_spend",
    "scope_spend",
    "control_given_up",
    "visits",
    "promise",
    "saving",
    "fees",
    "joining",
    "switching",
    "subsidy",
    "running",
    "incidents",
    "severe",
    "incident_cost",
    "twin_incidents",
    "twin_severe",
    "twin_incident_cost",
    *(f"joined_by_{origin}" for origin in ORIGINS),
    "visits_planned",
)
COLUMN = {name: index for index, name in enumerate(SERIES)}


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups for which results are also given: nations, types, size bands and, if several, offers.

    Attributes
    ----------
    kind, name
        What each group divides by, and its name; g of each.
    of_council
        Positions of the groups of each council, shape (n, 3).
    offer_start
        Position of the first offer's group.
    """

    kind: tuple[str, ...]
    name: tuple[str, ...]
    of_council: IntArray
    offer_start: int

    def __len__(self) -> int:
        return len(self.name)


def groups_of(world: World) -> Groups:
    """Group the councils of a world."""
    return _groups(world.councils, world.offer_names)


@lru_cache(64)
def _groups(councils: Councils, offers: tuple[str, ...]) -> Groups:
    columns = {
        "nation": councils.nation,
        "council type": councils.council_type,
        "size band": councils.size_band,
    }
    kinds: list[str] = []
    names: list[str] = []
    places = []
    for kind, values in columns.items():
        present = [band for band in SIZE_BANDS if band in values] if kind == "size band" else None
        order = present or list(dict.fromkeys(values))
        start = len(names)
        kinds += [kind] * len(order)
        names += order
        places.append([start + order.index(value) for value in values])
    offer_start = len(names)
    if len(offers) > 1:
        kinds += ["offer"] * len(offers)
        names += offers
    return Groups(
        kind=tuple(kinds),
        name=tuple(names),
        of_council=np.array(places, dtype=np.int64).T,
        offer_start=offer_start,
    )


class Record:
    """The arrays of the runs of one world: r seeds, t months, n councils, o offers, g groups.

    Parameters
    ----------
    world
        What the runs share.
    seeds
        One run each, in this order.
    with_states
        Also keep every council's status with its reason, and the breaches, of every month.

    Attributes
    ----------
    discount
        What money is worth in April 2018, shape (r, t); runs that share a world may still differ.
    totals
        Shape (r, t, columns of `SERIES`).
    joined_by_group
        Councils joined at the end of each month, shape (r, t, g).
    cancelled_step
        Shape (r, o). Steps count from 0 at the first month; -1 means that it did not happen.
    joined_step, live_step, abandoned_step, left_step, status, reason, considered, use
        Each council's story at the end, shape (r, o, n).
    noted_step, noted
        The step of the world that is noted, shape (r,), and each council's status at its end,
        shape (r, o, n); -1 if none is.
    visits, incidents, severe, net_saving, incident_cost_avoided
        Sums over the horizon, shape (r, n).
    states, reasons
        Status of each council at the end of each month, and the reason for it, shape
        (r, t, o, n); no months if not asked for.
    breached
        Whether each council was severely breached in each month, shape (r, t, n); as `states`.
    """

    def __init__(self, world: World, seeds: Sequence[int], *, with_states: bool = False) -> None:
        self.world = world
        self.groups = groups_of(world)
        self.seeds = np.array(seeds, dtype=np.int64)
        r, t, o = len(seeds), world.months, len(world.offer_names)
        self.discount: FloatArray = np.broadcast_to(world.discount, (r, t))
        n, g = len(world.councils), len(self.groups)
        self.totals = np.zeros((r, t, len(SERIES)))
        self.joined_by_group = np.zeros((r, t, g), dtype=np.int32)
        self.cancelled_step = np.full((r, o), -1, dtype=np.int32)
        self.joined_step = np.full((r, o, n), -1, dtype=np.int32)
        self.live_step = self.joined_step.copy()
        self.abandoned_step = self.joined_step.copy()
        self.left_step = self.joined_step.copy()
        self.status = np.zeros((r, o, n), dtype=np.int32)
        self.noted_step = np.full(r, world.noted_step, dtype=np.int64)
        self.noted = np.full((r, o, n), -1, dtype=np.int8)
        self.reason = self.status.copy()
        self.considered = self.status.copy()
        self.use = np.zeros((r, o, n))
        self.visits = np.zeros((r, n), dtype=np.int32)
        self.incidents = self.visits.copy()
        self.severe = self.visits.copy()
        self.net_saving = np.zeros((r, n))
        self.incident_cost_avoided = np.zeros((r, n))
        self.states = np.zeros((r, t if with_states else 0, o, n), dtype=np.int8)
        self.reasons = self.states.copy()
        self.breached = np.zeros((r, self.states.shape[1], n), dtype=np.bool_)

    def first(self, runs: int) -> Record:
        """Return the first runs of a record; the arrays are those of the whole."""
        if runs == len(self.seeds):
            return self
        part = object.__new__(Record)
        part.world, part.groups = self.world, self.groups
        for name, values in self.arrays().items():
            setattr(part, name, values[:runs])
        return part

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """All arrays by name, for comparing runs with ``==``."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
