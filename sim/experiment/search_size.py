"""How much a search asks for, in words, before it is run."""

from __future__ import annotations

from dataclasses import dataclass

from sim.experiment.searches import sweep_of
from sim.experiment.sweep_size import size_of
from sim.files.words import duration, plural
from sim.settings import Experiment

# Policies of the frontier that are run again; half as many may be added that seem to meet the
# goals, and a quarter that come near.
MOST_FINALISTS = 16
# A future at a time takes a little longer than many.
SLOWER = 1.3


@dataclass(frozen=True)
class SearchSize:
    """What a search takes at most.

    Attributes
    ----------
    policies, generations, futures, finalists, fresh
        How many policies at a time, how often, in how many futures; and how many of them, with
        what they are compared with, again in how many fresh ones.
    run_seconds
        One run on one core.
    """

    policies: int
    generations: int
    futures: int
    finalists: int
    fresh: int
    run_seconds: float

    @property
    def runs(self) -> int:
        """All runs."""
        return self.policies * self.generations * self.futures + self.finalists * self.fresh

    def text(self, workers: int) -> str:
        """Say it in one line."""
        return (
            f"{plural(self.generations, 'generation')} of {self.policies:,} policies in "
            f"{plural(self.futures, 'future')}, and up to {self.finalists} policies again in "
            f"{self.fresh:,} fresh ones: at most {plural(self.runs, 'run')} on "
            f"{plural(workers, 'worker')}, about "
            f"{duration(self.runs * self.run_seconds / workers)}"
        )


def size_of_search(experiment: Experiment, name: str) -> SearchSize:
    """Estimate what a search takes.

    Parameters
    ----------
    experiment, name
        The search.
    """
    search = experiment.search[name]
    as_sweep = experiment.model_copy(update={"sweep": {name: sweep_of(search)}})
    most = MOST_FINALISTS + MOST_FINALISTS // 2 + MOST_FINALISTS // 4 + 1
    return SearchSize(
        policies=search.policies,
        generations=search.generations,
        futures=search.futures,
        # The scenario as it is and without a push, and the answer without each of its levers.
        finalists=min(most, search.policies * search.generations) + 2 + len(search.levers),
        fresh=search.fresh_futures,
        run_seconds=SLOWER * size_of(as_sweep, name, 1).run_seconds,
    )
