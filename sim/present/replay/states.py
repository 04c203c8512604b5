"""Month by month where each council stands, in the futures that are shown.

Stored results hold no states, so the futures are played again (:mod:`sim.runs.again`) and held
against the stored tables to the last bit: a replay shows what the results say, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.model import rules
from sim.model.record import COLUMN, Record
from sim.model.world import World
from sim.runs.again import assert_stored, play, states_digest
from sim.settings import Experiment

IntArray = npt.NDArray[np.int64]
Event = tuple[int, int, int, int]  # council, month, status, reason

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
# Why a council stands where it does, as what it did.
REASONS = {
    rules.JOINED: "joined",
    rules.NOT_IN_SCOPE: "was never asked",
    rules.NEVER_CONSIDERED: "never considered it",
    rules.REFUSED_MONEY: "refused, as it would not pay",
    rules.REFUSED_AUTONOMY: "refused, to keep control",
    rules.REFUSED_DISTRUST: "refused, out of distrust",
    rules.REFUSED_COORDINATION: "refused, for red tape or waiting for others",
    rules.REFUSED_LOCAL: "refused, for local reasons",
    rules.REFUSED_NARROWLY: "refused, narrowly and by chance",
    rules.WAITING_TO_JOIN: "said yes but had not joined yet",
    rules.ABANDONED_MIGRATION: "gave up while moving over",
    rules.LEFT_AGAIN: "left again",
    rules.CANCELLED_FIRST: "said yes before it was cancelled",
}
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
    digest
        Of statuses and reasons, by which the other engine is held against this one.
    """

    world: World
    seed: int
    status: IntArray
    reason: IntArray
    breached: npt.NDArray[np.bool_]
    members: IntArray
    cancelled: int | None
    digest: str

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
    for record in dict.fromkeys(record for _, record, _ in runs):
        assert_stored(experiment, scenario, record, stored)
    return [_one(*run) for run in runs]


def _one(world: World, record: Record, row: int) -> Played:
    status, reason = best_of(record.states[row], record.reasons[row])
    status[:, ~world.eligible] = NOT_ASKED
    # Who has not been asked yet has not considered it either.
    unasked = np.logical_and.accumulate(reason == rules.NOT_IN_SCOPE, axis=0)
    reason[unasked & world.eligible] = rules.NEVER_CONSIDERED
    cancelled = record.cancelled_step[row]
    ended = bool(len(cancelled)) and bool((cancelled >= 0).all())
    return Played(
        world,
        int(record.seeds[row]),
        status,
        reason,
        record.breached[row],
        record.totals[row, :, COLUMN["joined"]].astype(np.int64),
        int(cancelled.max()) if ended else None,
        states_digest(record, row),
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
