"""How much a sweep asks for, in words, before it is run."""

from __future__ import annotations

from dataclasses import dataclass

from sim.experiment.plan import MICROSECONDS_PER_COUNCIL_MONTH
from sim.experiment.sweep_checks import number_of_points
from sim.experiment.sweeps import TABLE, Design, factors_of, outcomes_of, settled
from sim.files.words import duration, plural
from sim.model.world import chosen_councils
from sim.settings import Experiment

# Measured: what a run takes beside the engine's work, and a world of its own that a point takes.
SECONDS_BESIDE = 1.5e-5
# Bytes on disk: keys and one column of figures, which hardly repeat.
BYTES_OF_KEYS, BYTES_OF_COLUMN = 12, 7
# In memory: what every call takes, each worker, and the table of points, a row and a cell.
BYTES_OF_CALL, BYTES_OF_WORKER, BYTES_OF_CELL = 300e6, 30e6, 40


@dataclass(frozen=True)
class Size:
    """What a sweep takes.

    Attributes
    ----------
    points, replicates
        How many.
    run_seconds
        One run on one core.
    disk, memory
        In bytes, the memory with one worker.
    """

    points: int
    replicates: int
    run_seconds: float
    disk: float
    memory: float

    @property
    def runs(self) -> int:
        """All runs."""
        return self.points * self.replicates

    def text(self, workers: int) -> str:
        """Say it in one line."""
        seconds = self.runs * self.run_seconds / workers
        memory = self.memory + (workers - 1) * BYTES_OF_WORKER
        return (
            f"{plural(self.points, 'point')} x {plural(self.replicates, 'future')} = "
            f"{plural(self.runs, 'run')} on {plural(workers, 'worker')}: about "
            f"{duration(seconds)}, {_room(self.disk)} on disk, {_room(memory)} of memory"
        )


def size_of(experiment: Experiment, name: str, points: int | None = None) -> Size:
    """Estimate what a sweep takes, without choosing its points.

    Parameters
    ----------
    experiment, name
        The sweep.
    points
        How many it has, where that is known, as of a table.
    """
    sweep = experiment.sweep[name]
    factors = [] if sweep.design == TABLE else factors_of(experiment, sweep)
    count = number_of_points(sweep, factors) if points is None else points
    months = experiment.horizon.months
    councils = max(
        len(chosen_councils(settled(experiment, sweep, of).councils, experiment.seeds.first))
        for of in sweep.scenarios
    )
    work = councils * months * MICROSECONDS_PER_COUNCIL_MONTH["compiled"] * 1e-6
    columns = len(outcomes_of(experiment, sweep))
    row = BYTES_OF_KEYS + BYTES_OF_COLUMN * columns
    month = BYTES_OF_KEYS + BYTES_OF_COLUMN * len(sweep.series)
    cells = count * (len(factors) + 3)
    return Size(
        points=count,
        replicates=sweep.replicates,
        run_seconds=SECONDS_BESIDE + work,
        disk=count * sweep.replicates * (row + (month * months if sweep.series else 0)),
        memory=BYTES_OF_CALL + BYTES_OF_WORKER + BYTES_OF_CELL * cells,
    )


def size_of_design(design: Design) -> Size:
    """Estimate what a sweep takes whose points are chosen."""
    return size_of(design.experiment, design.name, len(design))


def _room(size: float) -> str:
    for unit, bytes_each in (("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_each:
            return (
                f"{size / bytes_each:.2g} {unit}"
                if size < 10 * bytes_each
                else (f"{size / bytes_each:,.0f} {unit}")
            )
    return "less than 1 MB"
