"""The policies of a search as points of sweeps, and what each of its futures is uncertain of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.experiment.sweeps import Design, Factor, cells_of, factor_of, settled
from sim.settings import Experiment, Push, Scenario, Search, Sweep

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
AS_WRITTEN, NO_PUSH = "as written", "no push"
# Name of the scenario without a push; a name in a file has no space.
WITHOUT_PUSH = "without push"
VISITS = "visits"
# Arrays of the values of a lever.
KINDS: dict[str, Any] = {
    "number": np.float64,
    "whole": np.int64,
    "month": np.int64,
    "choice": object,
}
# What of a push is not effort, and stays where there is none.
NOT_EFFORT = ("starts", "ends", "review_months", "minimum_share", "annual_cost_gbp_m")


def sweep_of(search: Search) -> Sweep:
    """Return the sweep over what a search varies; its points are those of a table."""
    kept = [*(goal.outcome for goal in search.goals), search.cost, VISITS]
    return Sweep(
        title=search.title,
        scenarios=[search.scenario],
        design="table",
        replicates=search.futures,
        draws=search.draws,
        outcomes=list(dict.fromkeys(kept)),
        constants=search.constants,
    )


def without_push(scenario: Scenario) -> Scenario:
    """Return the scenario with no visits, contact, co-design, subsidy or duty.

    What the programme itself costs, and its review, are as they were.
    """
    push = {name: getattr(scenario.push, name) for name in NOT_EFFORT}
    events = [
        event.model_copy(update={"change": event.change.model_copy(update={"push": {}})})
        for event in scenario.events
    ]
    return scenario.model_copy(update={"push": Push(**push), "events": events})


@dataclass(frozen=True, eq=False)
class Space:
    """All policies of a search.

    Attributes
    ----------
    experiment, name, search
        What it belongs to.
    """

    experiment: Experiment
    name: str
    search: Search

    @cached_property
    def base(self) -> Scenario:
        """What all policies start from."""
        return settled(self.experiment, self.sweep, self.search.scenario)

    @cached_property
    def sweep(self) -> Sweep:
        """What is kept of each future, and what is held."""
        return sweep_of(self.search)

    @cached_property
    def levers(self) -> list[Factor]:
        """What a policy decides."""
        return [factor_of(self.base, name, of) for name, of in self.search.levers.items()]

    @cached_property
    def uncertain(self) -> list[Factor]:
        """What each future draws."""
        return [factor_of(self.base, name, of) for name, of in self.search.uncertainties.items()]

    @cached_property
    def whole(self) -> Experiment:
        """The experiment with a scenario that has no push."""
        bare = without_push(self.experiment.scenarios[self.search.scenario])
        return self.experiment.model_copy(
            update={"scenarios": {**self.experiment.scenarios, WITHOUT_PUSH: bare}}
        )

    def weakest(self) -> FloatArray:
        """Positions of every lever where it does least: a range's low end, a month's last."""
        return np.array([1.0 if lever.kind == "month" else 0.0 for lever in self.levers])

    def strongest(self) -> FloatArray:
        """Positions of every lever at its upper end, a month at its first."""
        return 1.0 - self.weakest()

    def table(self, positions: FloatArray, points: Sequence[int]) -> pd.DataFrame:
        """Return policies as points of a sweep.

        Parameters
        ----------
        positions
            From 0 to 1, shape (policies, levers).
        points
            Their numbers.
        """
        import pandas as pd

        columns = {
            lever.setting: cells_of(
                lever, lever.at(positions[:, index], in_grid=lever.levels is not None)
            )
            for index, lever in enumerate(self.levers)
        }
        return self._with_keys(pd.DataFrame(columns), points, [self.search.scenario])

    def without(self, position: FloatArray, points: Sequence[int]) -> pd.DataFrame:
        """Return a policy without each of its levers in turn, as points of a sweep.

        A lever is taken back to what the scenario has; where that says nothing of it, to where it
        does least.

        Parameters
        ----------
        position
            Of the policy, shape (levers,).
        points
            Numbers of the points, as many as levers.
        """
        count = len(self.levers)
        table = self.table(np.tile(position, (count, 1)), points)
        least = self.table(self.weakest()[np.newaxis], [0])
        for row, lever in enumerate(self.levers):
            value = _value(self.base, lever.setting)
            cell = least[lever.setting].iloc[0]
            if value is not None:
                (cell,) = cells_of(lever, np.array([value], dtype=KINDS[lever.kind]))
            table.loc[row, lever.setting] = cell
        return table

    def named(self, points: Sequence[int]) -> pd.DataFrame:
        """Return the scenario as written, and without a push, as points of a sweep."""
        import pandas as pd

        nothing = pd.DataFrame(index=range(2))
        return self._with_keys(nothing, points, [self.search.scenario, WITHOUT_PUSH])

    def _with_keys(
        self, table: pd.DataFrame, points: Sequence[int], scenarios: list[str]
    ) -> pd.DataFrame:
        found = table.copy()
        found.insert(0, "point", np.array(points, dtype=np.int64))
        found.insert(1, "scenario", scenarios * (len(points) // len(scenarios)))
        found.insert(2, "position", np.arange(len(points), dtype=np.int64))
        return found

    def design(self, table: pd.DataFrame) -> Design:
        """Return points as a design that can be run."""
        return Design(self.whole, self.name, self.sweep, table)

    def drawn(self, seeds: Iterable[int]) -> dict[str, FloatArray]:
        """Return what these futures draw of each uncertain setting, the same for all policies.

        A future's draw hangs on its seed and on nothing else, least of all on the other futures.
        """
        numbers = [int(seed) for seed in seeds]
        places = np.array(
            [
                np.random.default_rng([self.search.seed, seed]).random(len(self.uncertain))
                for seed in numbers
            ]
        ).reshape(len(numbers), len(self.uncertain))
        return {
            factor.setting: factor.at(places[:, index]).astype(np.float64)
            for index, factor in enumerate(self.uncertain)
        }


def _value(scenario: Scenario, setting: str) -> Any:
    """Value of a setting in a scenario; a month as year * 12 + month - 1."""
    part: Any = scenario
    for key in setting.split("."):
        part = part.get(key) if isinstance(part, dict) else getattr(part, key, None)
    return part


@dataclass(frozen=True)
class Futures:
    """Seeds of a search: those with which all policies are tried, and others for the best."""

    tried: range
    fresh: range


def futures_of(experiment: Experiment, search: Search) -> Futures:
    """Return the seeds of a search; no draw of behaviour is in both kinds of futures."""
    first, together = experiment.seeds.first, experiment.parameters.seeds_per_draw
    end = first + search.futures
    fresh = end + -(end - 1) % together
    return Futures(range(first, end), range(fresh, fresh + search.fresh_futures))
