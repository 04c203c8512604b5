"""What a run writes down: monthly totals, members by group, and each council's story.

The model fills these arrays and :mod:`sim.outcomes` turns them into tables. Totals are plain
sums in council order, before any discounting or division.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from sim.councils import SIZE_BANDS
from sim.world import World

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Columns of the monthly totals. Stocks are at the end of the month, flows within it; a council
# counts once where it has joined any of several offers; money is undiscounted £m.
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
)
COLUMN = {name: place for place, name in enumerate(SERIES)}


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
    councils = world.councils
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
    if len(world.offer_names) > 1:
        kinds += ["offer"] * len(world.offer_names)
        names += world.offer_names
    return Groups(
        kind=tuple(kinds),
        name=tuple(names),
        of_council=np.array(places, dtype=np.int64).T,
        offer_start=offer_start,
    )


@dataclass(eq=False)
class Record:
    """The arrays of one run: t months, n councils, o offers, g groups.

    Steps count from 0 at the first month; -1 means that it did not happen.
    """

    world: World
    groups: Groups = field(init=False)
    totals: FloatArray = field(init=False)
    joined_by_group: IntArray = field(init=False)
    cancelled_step: IntArray = field(init=False)
    joined_step: IntArray = field(init=False)
    live_step: IntArray = field(init=False)
    abandoned_step: IntArray = field(init=False)
    left_step: IntArray = field(init=False)
    status: IntArray = field(init=False)
    reason: IntArray = field(init=False)
    considered: IntArray = field(init=False)
    use: FloatArray = field(init=False)
    visits: IntArray = field(init=False)
    incidents: IntArray = field(init=False)
    severe: IntArray = field(init=False)
    net_saving: FloatArray = field(init=False)
    incident_cost_avoided: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.groups = groups_of(self.world)
        t, n, o = self.world.months, len(self.world.councils), len(self.world.offer_names)
        self.totals = np.zeros((t, len(SERIES)))
        self.joined_by_group = np.zeros((t, len(self.groups)), dtype=np.int64)
        self.cancelled_step = np.full(o, -1, dtype=np.int64)
        for name in ("joined_step", "live_step", "abandoned_step", "left_step"):
            setattr(self, name, np.full((o, n), -1, dtype=np.int64))
        for name in ("status", "reason", "considered"):
            setattr(self, name, np.zeros((o, n), dtype=np.int64))
        self.use = np.zeros((o, n))
        for name in ("visits", "incidents", "severe"):
            setattr(self, name, np.zeros(n, dtype=np.int64))
        self.net_saving = np.zeros(n)
        self.incident_cost_avoided = np.zeros(n)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """All arrays by name, for comparing runs with ``==``."""
        return {
            part.name: getattr(self, part.name)
            for part in fields(self)
            if part.name not in ("world", "groups")
        }
