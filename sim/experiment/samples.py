"""How the points of a sweep are chosen: one function for each design.

A design knows nothing of settings. It gives positions from 0 to 1, a row for each point and a
column for each setting, which `sim.experiment.sweeps` turns into values. Whoever has another one
writes a function and registers it with `@sample`; its name must also stand in `Sweep.design`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.files.problems import BadInput, Problem

FloatArray = npt.NDArray[np.float64]
# Number of values of each setting, None between two ends; size and seed as `Sweep` has them.
Sample = Callable[[Sequence[int | None], int, int], FloatArray]
# Each design with the number of points that it makes of `size` for so many settings.
SAMPLES: dict[str, tuple[Sample, Callable[[Sequence[int | None], int], int]]] = {}
MORRIS_LEVELS = 4


def sample(
    name: str, points: Callable[[Sequence[int | None], int], int]
) -> Callable[[Sample], Sample]:
    """Register a design under its name, with how many points it makes."""

    def register(make: Sample) -> Sample:
        SAMPLES[name] = make, points
        return make

    return register


@sample("grid", lambda levels, size: math.prod(level or 1 for level in levels))
def grid(levels: Sequence[int | None], size: int, seed: int) -> FloatArray:
    """Every combination, the last setting running fastest."""
    # In the middle of its stretch, so that a value is found by rounding down; see `Factor.at`.
    axes = [(np.arange(level or 1) + 0.5) / (level or 1) for level in levels]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(levels))


@sample("latin_hypercube", lambda levels, size: size)
def latin_hypercube(levels: Sequence[int | None], size: int, seed: int) -> FloatArray:
    """Points that fill every stretch of every setting once."""
    from scipy.stats import qmc

    return np.asarray(
        qmc.LatinHypercube(len(levels), seed=np.random.default_rng(seed)).random(size)
    )


@sample("random", lambda levels, size: size)
def random(levels: Sequence[int | None], size: int, seed: int) -> FloatArray:
    """Points by chance alone."""
    return np.random.default_rng(seed).random((size, len(levels)))


@sample("sobol", lambda levels, size: size * (len(levels) + 2))
def sobol(levels: Sequence[int | None], size: int, seed: int) -> FloatArray:
    """Points from which Sobol indices of first order and in total can be told (Saltelli)."""
    made = _salib("sobol").sample(_problem(levels), size, calc_second_order=False, seed=seed)
    return np.asarray(made, dtype=np.float64)


@sample("morris", lambda levels, size: size * (len(levels) + 1))
def morris(levels: Sequence[int | None], size: int, seed: int) -> FloatArray:
    """Trajectories in which one setting after the other moves (Morris)."""
    made = _salib("morris").sample(_problem(levels), size, num_levels=MORRIS_LEVELS, seed=seed)
    return np.asarray(made, dtype=np.float64)


def _problem(levels: Sequence[int | None]) -> dict[str, Any]:
    """Describe the settings as SALib wants it."""
    names = [f"x{index}" for index in range(len(levels))]
    return {"num_vars": len(levels), "names": names, "bounds": [[0.0, 1.0]] * len(levels)}


def _salib(method: str) -> Any:
    """Import SALib, which only these two designs need.

    Raises
    ------
    BadInput
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(f"SALib.sample.{method}")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "SALib":
            raise
        raise BadInput(
            [
                Problem(
                    f"the design {method} needs SALib, which is not installed",
                    allowed='pip install "council-platform-sim[sweep]", or another design',
                )
            ]
        ) from None
