"""Which policies to try next: NSGA-II over numbers, whole numbers and choices, by pymoo.

It knows nothing of policies. It proposes positions from 0 to 1, a row for each policy, as designs
of sweeps do, and is told how they did. What it proposes hangs on its seed and on what it was told,
so that a search that was stopped is taken up by telling it the same again.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.files.problems import BadInput, Problem

FloatArray = npt.NDArray[np.float64]
PACKAGE = "pymoo"


class Optimiser:
    """Proposes generations of positions.

    Parameters
    ----------
    levels
        How many values each setting has, None for a number between two ends.
    is_choice
        Which settings have values in no order.
    first
        Positions that are always tried, shape (some, settings).
    size, generations, seed
        Of a generation, how many, and of the search.

    Raises
    ------
    BadInput
        If pymoo is not installed.
    """

    def __init__(
        self,
        levels: Sequence[int | None],
        is_choice: Sequence[bool],
        first: FloatArray,
        *,
        size: int,
        generations: int,
        seed: int,
    ) -> None:
        mixed, variable = _pymoo("core.mixed"), _pymoo("core.variable")
        self._levels = list(levels)
        self._first: FloatArray | None = first
        self._asked: Any = None
        variables = {}
        for index, (count, choice) in enumerate(zip(levels, is_choice, strict=True)):
            if count is None:
                variables[_name(index)] = variable.Real(bounds=(0.0, 1.0))
            elif choice:
                variables[_name(index)] = variable.Choice(options=list(range(count)))
            else:
                variables[_name(index)] = variable.Integer(bounds=(0, count - 1))
        self._problem = _pymoo("core.problem").Problem(vars=variables, n_obj=2)
        survival = _pymoo("operators.survival.rank_and_crowding").RankAndCrowding()
        self._nsga2 = mixed.MixedVariableGA(pop_size=size, survival=survival)
        self._nsga2.setup(
            self._problem, termination=("n_gen", generations), seed=seed, verbose=False
        )

    def ask(self) -> FloatArray:
        """Propose the next positions, shape (at most `size`, settings); none when it is done."""
        nothing = np.zeros((0, len(self._levels)))
        if not self._nsga2.has_next():
            return nothing
        self._asked = self._nsga2.ask()
        if self._asked is None or len(self._asked) == 0:
            return nothing
        if self._first is not None:
            for one, positions in zip(self._asked, self._first, strict=False):
                one.X = self._as_values(positions)
            self._first = None
        return np.array([self._as_positions(one.X) for one in self._asked])

    def tell(self, objectives: FloatArray) -> None:
        """Say how the last positions did, shape (as many, 2); less is better."""
        static = _pymoo("problems.static").StaticProblem(self._problem, F=objectives)
        _pymoo("core.evaluator").Evaluator().eval(static, self._asked)
        self._nsga2.tell(infills=self._asked)

    def _as_positions(self, values: dict[str, Any]) -> list[float]:
        # A level lies in the middle of its stretch, as in a grid; see `Factor.at`.
        return [
            float(values[_name(index)])
            if count is None
            else (int(values[_name(index)]) + 0.5) / count
            for index, count in enumerate(self._levels)
        ]

    def _as_values(self, positions: FloatArray) -> dict[str, Any]:
        return {
            _name(index): float(positions[index])
            if count is None
            else min(int(positions[index] * count), count - 1)
            for index, count in enumerate(self._levels)
        }


def optimiser_version() -> str:
    """Name and version of the library that proposes: another one may propose otherwise."""
    return f"{PACKAGE} {_pymoo('version').__version__}"


def _name(index: int) -> str:
    return f"x{index}"


def _pymoo(module: str) -> Any:
    """Import a module of pymoo, which only searches need.

    Raises
    ------
    BadInput
        If it is not installed.
    """
    try:
        return import_module(f"{PACKAGE}.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != PACKAGE:
            raise
        raise BadInput(
            [
                Problem(
                    f"a search needs {PACKAGE}, which is not installed",
                    allowed='pip install "council-platform-sim[search]"',
                )
            ]
        ) from None
