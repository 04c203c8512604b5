"""What the outcome of a sweep hangs on: indices of Sobol and of Morris, without the noise of luck.

All points share their luck, seed by seed, so that luck can be told from settings: what a mean over
r futures still owes to chance is estimated from how the futures differ among themselves, and taken
out. A setting that does nothing makes no difference in any future, and has an index of exactly 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.experiment.sweeps import factors_of
from sim.files.problems import BadInput, Problem, any_of, closest, quoted

if TYPE_CHECKING:
    from sim.runs.sweeps import SweepResults

FloatArray = npt.NDArray[np.float64]
COLUMNS = (
    "scenario",
    "outcome",
    "setting",
    "measure",
    "value",
    "low",
    "high",
)
# Designs that indices can be told from.
DESIGNS = ("sobol", "morris")
# Samples of points and seeds from which intervals are made, and what lies within these.
RESAMPLED, INTERVAL = 400, 0.95
# What is as good as no difference.
SMALLEST_INDEX = 1e-9


def sobol_indices(blocks: FloatArray) -> FloatArray:
    """Sobol indices of first order and in total, noise of replicates taken out.

    Parameters
    ----------
    blocks
        Outcomes of Saltelli's sample, shape (n, settings + 2, r): of each of n base points first A,
        then A with one column of B after the other, then B; r replicates of equal luck.

    Returns
    -------
    numpy.ndarray
        Shape (2, settings). With one replicate nothing can be taken out. Not a number where the
        outcome does not vary.

    Notes
    -----
    First order after Saltelli and others (2010), total after Jansen (1999), both of the mean over
    luck. Where products are taken, those of one replicate with itself are left out; what is left
    over has the expectation of a mean over endless replicates.
    """
    r = blocks.shape[2]
    a, mixed, b = blocks[:, :1], blocks[:, 1:-1], blocks[:, -1:]

    def product(x: FloatArray, y: FloatArray) -> FloatArray:
        """Mean over base points of the product of means over luck."""
        if r == 1:
            return np.asarray((x * y).mean(axis=(0, 2)))
        together = x.sum(axis=2) * y.sum(axis=2) - (x * y).sum(axis=2)
        return np.asarray(together.mean(axis=0) / (r * (r - 1)))

    both = np.concatenate([a, b])
    centred = both - both.mean(axis=(0, 1), keepdims=True)
    count = len(both)
    variance = product(centred, centred)[0] * count / (count - 1)
    moved = mixed - a
    middle = both.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        first = product(b - middle, moved) / variance
        total = product(moved, moved) / (2 * variance)
    if not variance > 1e-12 * max(float((both**2).mean()), 1e-300):
        return np.full((2, mixed.shape[1]), np.nan)
    return np.stack([first, total])


def morris_effects(effects: FloatArray) -> FloatArray:
    """Mean effect, mean size and spread of effects, noise of replicates taken out of the spread.

    Parameters
    ----------
    effects
        Elementary effects, shape (trajectories, settings, r).

    Returns
    -------
    numpy.ndarray
        Shape (3, settings): mean, mean of sizes, standard deviation between trajectories.
    """
    n, _, r = effects.shape
    mean = effects.mean(axis=2)
    noise = effects.var(axis=2, ddof=1).mean(axis=0) / r if r > 1 else 0.0
    spread = mean.var(axis=0, ddof=1) if n > 1 else np.full(mean.shape[1], np.nan)
    deviation = np.sqrt(np.maximum(spread - noise, 0.0))
    return np.stack([mean.mean(axis=0), np.abs(mean).mean(axis=0), deviation])


def sweep_sensitivity(results: SweepResults, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
    """Indices of every setting of a sweep with the design "sobol" or "morris".

    Parameters
    ----------
    results
        All runs of the sweep.
    outcomes
        Columns of its runs; by default all that are numbers.

    Returns
    -------
    pandas.DataFrame
        ``scenario``, ``outcome``, ``setting``, ``measure`` ("first" and "total"; or "effect",
        "size" and "spread", per whole range of the setting), ``value``, and an interval of 95 %
        from ``low`` to ``high``, over other base points and, of 4 replicates and more, other luck.

    Raises
    ------
    BadInput
        If the design is another, runs failed or are missing, or there is no such outcome.
    """
    design = results.design
    kind = design.sweep.design
    if kind not in DESIGNS:
        raise BadInput(
            [
                Problem(
                    "indices need a design that is made for them",
                    key=f"sweep.{design.name}.design",
                    given=quoted(kind),
                    allowed='"sobol" or "morris"',
                )
            ]
        )
    kept = [*design.outcomes, *results.own.names]
    known = [name for name in kept if results.runs[name].dtype.kind in "ifb"]
    wanted = known if outcomes is None else list(outcomes)
    for name in wanted:
        if name not in known:
            problem = "the sweep keeps no number of this name"
            raise BadInput(
                [
                    Problem(
                        problem,
                        given=quoted(name),
                        allowed=any_of(known),
                        meant=closest(name, known),
                    )
                ]
            )
    factors = [factor.setting for factor in factors_of(design.experiment, design.sweep)]
    rows: list[dict[str, Any]] = []
    for scenario, points in design.table.groupby("scenario", sort=False):
        runs = results.runs[results.runs["point"].isin(points["point"])]
        shape = len(points), design.sweep.replicates
        for outcome in wanted:
            values = runs.sort_values(["point", "seed"])[outcome].to_numpy(dtype=np.float64)
            if len(values) != shape[0] * shape[1] or np.isnan(values).any():
                missing = shape[0] * shape[1] - len(values) + int(np.isnan(values).sum())
                raise BadInput(
                    [
                        Problem(
                            f"{missing:,} runs have no {outcome}, and no row of such a design can "
                            "be left out",
                            allowed="an outcome that every run has, such as a share",
                        )
                    ]
                )
            table = values.reshape(shape)
            found = (
                _sobol(table, len(factors))
                if kind == "sobol"
                else _morris(table, _cube(results, factors))
            )
            for measure, estimate, low, high in found:
                for index, setting in enumerate(factors):
                    row = (str(scenario), outcome, setting, measure)
                    ends = float(estimate[index]), float(low[index]), float(high[index])
                    rows.append(dict(zip(COLUMNS, (*row, *ends), strict=True)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


Found = Iterator[tuple[str, FloatArray, FloatArray, FloatArray]]


def _sobol(table: FloatArray, settings: int) -> Found:
    blocks = table.reshape(-1, settings + 2, table.shape[1])
    yield from _with_intervals(("first", "total"), blocks, sobol_indices)


def _morris(table: FloatArray, cube: FloatArray) -> Found:
    settings = cube.shape[1]
    steps = np.diff(cube.reshape(-1, settings + 1, settings), axis=1)
    changes = np.diff(table.reshape(-1, settings + 1, table.shape[1]), axis=1)
    which = np.abs(steps).argmax(axis=2)
    size = np.take_along_axis(steps, which[:, :, np.newaxis], axis=2)
    effects = np.empty_like(changes)
    np.put_along_axis(effects, which[:, :, np.newaxis], changes / size, axis=1)
    yield from _with_intervals(("effect", "size", "spread"), effects, morris_effects)


def _cube(results: SweepResults, factors: Sequence[str]) -> FloatArray:
    """Positions of the points of one scenario from 0 to 1, as the design made them."""
    from sim.experiment.samples import SAMPLES

    sweep = results.design.sweep
    made, _ = SAMPLES[sweep.design]
    return made([None] * len(factors), sweep.size, sweep.seed)


def _with_intervals(measures: tuple[str, ...], values: FloatArray, estimate: Any) -> Found:
    """Estimate, and once more from other samples of base points and of seeds."""
    numbers = np.random.default_rng(1)
    n, _, r = values.shape
    found = estimate(values)
    again = np.stack(
        [
            # Seeds are drawn without repetition, as equal ones would look like no noise at all.
            estimate(
                values[numbers.integers(0, n, n)][
                    :, :, numbers.permutation(r)[: max(2, (r + 1) // 2)] if r > 1 else slice(None)
                ]
            )
            for _ in range(RESAMPLED)
        ]
    )
    tail = (1 - INTERVAL) / 2
    low, high = np.nanquantile(again, (tail, 1 - tail), axis=0)
    for index, measure in enumerate(measures):
        yield measure, found[index], low[index], high[index]


def moving_and_idle(rows: Sequence[Mapping[str, Any]], leading: str) -> tuple[list[str], list[str]]:
    """Name the settings that move an outcome, the first most, and those that do nothing at all.

    Parameters
    ----------
    rows
        Of the table of indices, of one scenario and outcome.
    leading
        The measure that tells: "total", or "size".
    """
    mine = sorted((row for row in rows if row["measure"] == leading), key=lambda r: -r["value"])
    return (
        [row["setting"] for row in mine if row["low"] > 0],
        [row["setting"] for row in mine if abs(row["value"]) <= SMALLEST_INDEX],
    )


def in_words(table: pd.DataFrame) -> list[str]:
    """Say of each outcome what it hangs on most, and what makes no difference, a line each."""
    lines = []
    leading = table[table["measure"].isin(["total", "size"])]
    for (scenario, outcome), part in leading.groupby(["scenario", "outcome"], sort=False):
        rows: list[Mapping[str, Any]] = [dict(row) for _, row in part.iterrows()]
        moving, idle = moving_and_idle(rows, str(part["measure"].iloc[0]))
        lines.append(
            f"{scenario}, {outcome}: "
            + (
                f"hangs most on {any_of(moving, most=3)}"
                if moving
                else "nothing that varies makes a difference that can be told from chance"
            )
            + (f"; nothing on {any_of(idle)}" if idle else "")
            + "."
        )
    return lines
