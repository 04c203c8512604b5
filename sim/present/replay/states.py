"""Month by month where each council stands, in the futures that are shown.

The compiled engine plays the futures once more, in the same worlds and with the same draws of
behaviour as the stored runs. What it gives is held against the stored tables to the last bit: a
replay shows what the results say, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.experiment.parameters import draw_of, drawn
from sim.files.problems import BadInput, Problem
from sim.model import rules
from sim.model.record import COLUMN, Record
from sim.model.run import run_futures
from sim.model.world import World, build_world, depends_on_seed, with_behaviour
from sim.runs.measure import tables_of
from sim.settings import Experiment

IntArray = npt.NDArray[np.int64]
Event = tuple[int, int, int, int]  # council, month, status, reason
CHECKED = ("series", "joined")

# Statuses as a replay numbers them: those of the model, and of councils never in scope.
NOT_ASKED = 5
STATUSES = (
    ("outside", "outside"),
    ("pledged", "said yes, waiting to join"),
    ("migrating", "moving over"),
    ("live", "member"),
    ("left", "gave up or left"),
    ("not_asked", "not asked"),
)
# Where a council has several offers it is shown where it stands best.
STANDING = np.array([1, 2, 3, 4, 0], dtype=np.int8)


@dataclass(frozen=True, eq=False)
class Played:
    """One future of one scenario.

    Attributes
    ----------
    world
        Of this seed and its draw of behaviour.
    status, reason
        At the end of each month, shape (months, councils of the world); reasons are those of
        :mod:`sim.model.rules`.
    breached
        Whether each was severely breached, in the same shape.
    members
        How many had joined at the end of each month.
    cancelled
        First month at the end of which every offer had been cancelled; None if never.
    """

    world: World
    seed: int
    status: IntArray
    reason: IntArray
    breached: npt.NDArray[np.bool_]
    members: IntArray
    cancelled: int | None

    def events(self) -> list[Event]:
        """Every change of status or reason: council, month, and what they are from then on.

        Councils start outside, never having considered it.
        """
        before = np.full((1, self.status.shape[1]), rules.OUTSIDE)
        first = np.full((1, self.status.shape[1]), rules.NEVER_CONSIDERED)
        status, reason = np.vstack([before, self.status]), np.vstack([first, self.reason])
        changed = (np.diff(status, axis=0) != 0) | (np.diff(reason, axis=0) != 0)
        months, councils = np.nonzero(changed)
        found = np.column_stack(
            [councils, months, self.status[months, councils], self.reason[months, councils]]
        )
        return [(int(c), int(m), int(s), int(r)) for c, m, s, r in found]


def world_of(experiment: Experiment, scenario: str, seed: int, shared: World | None) -> World:
    """Make the world that a stored run of a scenario had.

    Parameters
    ----------
    shared
        One made before for another seed of this scenario, if any.
    """
    settings = experiment.scenarios[scenario]
    if shared is None or depends_on_seed(settings):
        shared = build_world(settings, experiment.horizon, seed)
    draw = draw_of(experiment.parameters, seed)
    return with_behaviour(shared, drawn(settings, experiment.parameters, draw)) if draw else shared


def play(experiment: Experiment, scenario: str, seeds: Sequence[int]) -> list[tuple[Record, int]]:
    """Play futures of a scenario with the compiled engine, states kept: record and its row."""
    worlds: list[World] = []
    for seed in seeds:
        worlds.append(world_of(experiment, scenario, seed, worlds[0] if worlds else None))
    if depends_on_seed(experiment.scenarios[scenario]):
        records = [
            run_futures(world, experiment.horizon, [seed], "compiled", with_states=True)
            for world, seed in zip(worlds, seeds, strict=True)
        ]
        return [(record, 0) for record in records]
    record = run_futures(worlds, experiment.horizon, seeds, "compiled", with_states=True)
    return [(record, row) for row in range(len(seeds))]


def played(
    experiment: Experiment, scenario: str, seeds: Sequence[int], stored: Mapping[str, pd.DataFrame]
) -> list[Played]:
    """Play futures of a scenario, and make sure that they are the stored ones.

    Parameters
    ----------
    stored
        The tables "series" and "joined" of these futures of this scenario.

    Raises
    ------
    BadInput
        If the stored tables say anything else.
    """
    runs = play(experiment, scenario, seeds)
    for record in dict.fromkeys(record for record, _ in runs):
        _check(experiment, scenario, record, stored)
    worlds: list[World] = []
    for seed in seeds:
        worlds.append(world_of(experiment, scenario, seed, worlds[0] if worlds else None))
    return [
        _one(world, seed, record, row)
        for world, seed, (record, row) in zip(worlds, seeds, runs, strict=True)
    ]


def _one(world: World, seed: int, record: Record, row: int) -> Played:
    status, reason = best_of(record.states[row], record.reasons[row])
    status[:, ~world.eligible] = NOT_ASKED
    cancelled = record.cancelled_step[row]
    ended = bool(len(cancelled)) and bool((cancelled >= 0).all())
    return Played(
        world,
        seed,
        status,
        reason,
        record.breached[row],
        record.totals[row, :, COLUMN["joined"]].astype(np.int64),
        int(cancelled.max()) if ended else None,
    )


def best_of(
    states: npt.NDArray[np.int8], reasons: npt.NDArray[np.int8]
) -> tuple[IntArray, IntArray]:
    """Status and reason of each council for the offer with which it stands best.

    Parameters
    ----------
    states, reasons
        Shape (months, offers, councils).

    Returns
    -------
    tuple of two arrays
        Shape (months, councils); outside where nothing is on offer.
    """
    months, offers, councils = states.shape
    if not offers:
        outside = np.full((months, councils), rules.OUTSIDE, dtype=np.int64)
        return outside, np.full_like(outside, rules.NOT_IN_SCOPE)
    best = STANDING[states].argmax(axis=1)[:, np.newaxis]
    return (
        np.take_along_axis(states, best, axis=1)[:, 0].astype(np.int64),
        np.take_along_axis(reasons, best, axis=1)[:, 0].astype(np.int64),
    )


def _check(
    experiment: Experiment, scenario: str, record: Record, stored: Mapping[str, pd.DataFrame]
) -> None:
    found = tables_of(record, experiment.outcomes, scenario, CHECKED)
    seeds = set(record.seeds.tolist())
    for name in CHECKED:
        mine = found[name].drop(columns="point")
        theirs = stored[name]
        theirs = theirs[theirs["seed"].isin(seeds)]
        # Earlier versions kept fewer columns; what they kept must be the same.
        columns = [column for column in mine.columns if column in theirs.columns]
        order = [column for column in ("seed", "month", "offer", "gss_code") if column in columns]
        one, other = (
            table[columns].sort_values(order, ignore_index=True) for table in (mine, theirs)
        )
        if not one.equals(other.astype(one.dtypes)):
            raise BadInput(
                [
                    Problem(
                        f"seeds of “{scenario}” do not give what these results say "
                        f"({name}.parquet): another version of the model made them; run the "
                        "experiment again, then replay that",
                    )
                ]
            )
