"""How likely each council is a member in each month: a share of the stored futures.

It is too big to be kept in a table of every result, and no table that is kept tells it: futures
are played again, and their members held against the stored shares in every month.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.files.problems import BadInput, Problem
from sim.model.record import COLUMN
from sim.model.rules import MEMBER, MIGRATING
from sim.model.world import depends_on_seed
from sim.runs.again import play
from sim.runs.executors import Threads, in_order
from sim.settings import Experiment

FloatArray = npt.NDArray[np.float64]
CHUNK = 100


def presence(
    experiment: Experiment,
    scenario: str,
    seeds: Sequence[int],
    series: pd.DataFrame,
    workers: int = 1,
    advance: Callable[[int], object] = lambda count: None,
) -> FloatArray | None:
    """Share of futures in which each council is a member, at the end of each month.

    Parameters
    ----------
    seeds
        Of the futures, rising.
    series
        Their rows in the table "series".
    workers
        Threads that play them.
    advance
        Is told of futures that are done.

    Returns
    -------
    array of shape (councils, months)
        In the order of the scenario's councils. None where every future has other councils.

    Raises
    ------
    BadInput
        If other councils are members than the results say.
    """
    if depends_on_seed(experiment.scenarios[scenario]) or not seeds:
        return None
    stored = series.pivot(index="seed", columns="month", values="joined_share").sort_index()

    def counted(some: Sequence[int]) -> npt.NDArray[np.int64]:
        """How many of some futures have each council in, by council and month."""
        world, record, _ = play(experiment, scenario, some)[0]
        eligible = max(int(np.count_nonzero(world.eligible)), 1)
        shares = record.totals[:, :, COLUMN["joined"]] / eligible
        if not np.array_equal(shares, stored.loc[list(some)].to_numpy()):
            raise BadInput(
                [Problem(f"seeds of “{scenario}” do not give what these results say; run it again")]
            )
        inside = ((record.states == MIGRATING) | (record.states == MEMBER)).any(axis=2)
        advance(len(some))
        return np.asarray(inside.sum(axis=0, dtype=np.int64).T)

    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with in_order(Threads(workers), lambda: counted) as run:
        counts = np.stack(run(chunks)).sum(axis=0, dtype=np.int64)
    return np.asarray(counts / len(seeds), dtype=np.float64)
