"""Which simulated futures are shown: one seed for all scenarios, chosen by rule.

A *path* is the share of councils that have joined, month by month. The typical future is the one
whose paths stay nearest to the median path of each scenario shown, the low and the high one those
nearest to the paths below which a tenth and nine tenths of futures lie in each month. Everything
is read from stored results, so that nothing is run to choose, and the same results always show
the same futures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.experiment.design import SCENARIO
from sim.files.problems import BadInput, Problem
from sim.runs.results import Results

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Role = Literal["typical", "low", "high", "other", "asked"]

FUTURES = 20
# The path to which each role is nearest, as the share of futures below it in every month.
LEVELS: dict[Role, float] = {"typical": 0.5, "low": 0.1, "high": 0.9}


@dataclass(frozen=True)
class Choice:
    """A simulated future that is shown.

    Attributes
    ----------
    seed
        Which one.
    role
        What it stands for; "asked" is a seed that the user named.
    distance
        How far its paths are from those that it was to be nearest to: mean over months and
        scenarios, in shares of councils. None where nothing was aimed at.
    """

    seed: int
    role: Role
    distance: float | None = None


@dataclass(frozen=True, eq=False)
class Paths:
    """Shares joined of the futures that all scenarios shown have.

    Attributes
    ----------
    seeds
        s of them, rising.
    shares
        By scenario, shape (s, months).
    """

    seeds: IntArray
    shares: Mapping[str, FloatArray]


def paths_of(results: Results, scenarios: Sequence[str]) -> Paths:
    """Read the paths of the futures that went through in all of these scenarios.

    Raises
    ------
    BadInput
        If there is no such future.
    """
    series = results.of(SCENARIO, "series")
    runs = results.of(SCENARIO)
    whole: set[int] | None = None
    for scenario in scenarios:
        mine = set(runs.loc[runs["scenario"] == scenario, "seed"].tolist())
        whole = mine if whole is None else whole & mine
    if not whole:
        raise BadInput([Problem("no simulated future went through in all scenarios shown")])
    seeds = np.array(sorted(whole), dtype=np.int64)
    shares = {}
    for scenario in scenarios:
        rows = series[(series["scenario"] == scenario) & series["seed"].isin(seeds)]
        shares[scenario] = rows["joined_share"].to_numpy(dtype=np.float64).reshape(len(seeds), -1)
    return Paths(seeds, shares)


def choose(paths: Paths, futures: int = FUTURES) -> list[Choice]:
    """Choose the futures to show: typical, low and high, then others in the order of their seeds.

    Of two that are equally near the lower seed is taken, and no future is taken twice. The others
    are spread evenly over all futures, ranked by the share joined, mean over months and scenarios.

    Parameters
    ----------
    paths
        What to choose from.
    futures
        How many in all; fewer where there are not so many.
    """
    chosen: list[Choice] = []
    left = np.ones(len(paths.seeds), dtype=np.bool_)
    for role, level in LEVELS.items():
        if not left.any() or len(chosen) == futures:
            return chosen
        away = _distances(paths, level)
        nearest = int(np.argmin(np.where(left, away, np.inf)))
        left[nearest] = False
        chosen.append(Choice(int(paths.seeds[nearest]), role, float(away[nearest])))
    reached = np.mean([shares.mean(axis=1) for shares in paths.shares.values()], axis=0)
    ranked = [at for at in np.argsort(reached, kind="stable").tolist() if left[at]]
    count = min(futures - len(chosen), len(ranked))
    places = [int((2 * k + 1) * len(ranked) / (2 * count)) for k in range(count)]
    others = sorted(int(paths.seeds[ranked[place]]) for place in places)
    return chosen + [Choice(seed, "other") for seed in others]


def the_seed(paths: Paths, seed: int) -> Choice:
    """Choose the future that the user named.

    Raises
    ------
    BadInput
        If it is not among the results of all scenarios shown.
    """
    if seed not in paths.seeds:
        first, last = int(paths.seeds[0]), int(paths.seeds[-1])
        whole = last - first + 1 == len(paths.seeds)
        raise BadInput(
            [
                Problem(
                    f"there is no simulated future with seed {seed} in these results",
                    allowed=f"{first} to {last}" if whole else f"such as {first} or {last}",
                )
            ]
        )
    return Choice(seed, "asked")


def _distances(paths: Paths, level: float) -> FloatArray:
    """How far each future is from a path, mean over months and then over scenarios."""
    away = [
        np.abs(shares - np.quantile(shares, level, axis=0)).mean(axis=1)
        for shares in paths.shares.values()
    ]
    return np.asarray(np.mean(away, axis=0), dtype=np.float64)


def stored_rows(table: pd.DataFrame, scenario: str, seeds: Sequence[int]) -> pd.DataFrame:
    """Rows of a table of results of some futures of a scenario."""
    mine = (table["scenario"] == scenario) & table["seed"].isin(seeds)
    return table[mine].reset_index(drop=True)
