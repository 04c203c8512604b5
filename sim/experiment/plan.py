"""What is to be run: points and seeds, in which order, and how long it takes.

Work is handed out in batches of chunks, some seeds of one point each. Results depend on neither
the size of batches nor the order in which they finish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import overload

from sim.experiment.checks import check
from sim.experiment.design import Point, counted, points
from sim.experiment.load import with_count
from sim.experiment.size import excesses
from sim.files.layers import Node, Origin, Origins, Source
from sim.files.problems import BadInput, Problem, any_of, closest, toml_key
from sim.files.words import duration, listed, plural
from sim.model.run import Engine, Wanted
from sim.model.world import chosen_councils, depends_on_seed
from sim.settings import CouncilChoice, Experiment

# Measured on an ordinary server, for the estimate before a run (docs/performance.md has the parts):
# of each core the engine's work while the others are busy too, and the tables of a run; then, by
# one process, merging and findings of a run, and what comes once, to start and to draw pictures.
MICROSECONDS_PER_COUNCIL_MONTH = {"compiled": 0.034, "mesa": 11.0}
SECONDS_PER_RUN = 0.0002
SECONDS_AFTER_RUN = 0.0004
ONCE_SECONDS = 8.0
# What compiling takes on one core, once for each version of the model.
COMPILE_SECONDS = 45.0
# A chunk is at most about so much work: small enough to stop soon, and to lose little if killed.
# Small ones are handed out several at a time, since each hand-over and each file costs something.
CHUNK_SECONDS = 1.0
CHUNK_SEEDS = 100


@dataclass(frozen=True)
class Chunk:
    """Some runs of one point."""

    point: str
    seeds: tuple[int, ...]


class Runs(Sequence[tuple[str, int]]):
    """Point and seed of each run, breadth-first: the first seed of every point comes first.

    Behaves as the tuple of all pairs, and holds only the seeds of each point, most of them as a
    range.

    Parameters
    ----------
    seeds_of
        Seeds of each point, in rising order.
    """

    def __init__(self, seeds_of: Mapping[str, Sequence[int]]) -> None:
        self.seeds_of = {point: seeds for point, seeds in seeds_of.items() if len(seeds)}

    def __len__(self) -> int:
        return sum(map(len, self.seeds_of.values()))

    def __iter__(self) -> Iterator[tuple[str, int]]:
        def numbered(number: int, point: str) -> Iterator[tuple[int, int, str]]:
            return ((seed, number, point) for seed in self.seeds_of[point])

        in_turn = merge(*(numbered(number, point) for number, point in enumerate(self.seeds_of)))
        return ((point, seed) for seed, _, point in in_turn)

    def __contains__(self, run: object) -> bool:
        if not (isinstance(run, tuple) and len(run) == 2):
            return False
        point, seed = run
        return seed in self.seeds_of.get(point, ())

    @overload
    def __getitem__(self, index: int) -> tuple[str, int]: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[tuple[str, int], ...]: ...

    def __getitem__(self, index: int | slice) -> tuple[str, int] | tuple[tuple[str, int], ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError("there are not so many runs")
        return next(islice(self, at, None))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Runs | tuple):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Runs({self.seeds_of!r})"

    def without(self, done: Container[tuple[str, int]]) -> Runs:
        """Leave out what is done."""
        left: dict[str, Sequence[int]] = {}
        for point, seeds in self.seeds_of.items():
            rest = tuple(seed for seed in seeds if (point, seed) not in done)
            if not rest:
                continue
            whole = range(rest[0], rest[-1] + 1)
            left[point] = whole if len(whole) == len(rest) else rest
        return Runs(left)


@dataclass(frozen=True)
class Plan:
    """What is to be run.

    Attributes
    ----------
    experiment
        What it belongs to.
    points
        Everything that is part of the plan, by its id.
    runs
        Point and seed of what is left to do, as `Runs`.
    council_months
        Work in a run of each point.
    """

    experiment: Experiment
    points: dict[str, Point]
    runs: Runs
    council_months: dict[str, int]

    def seconds(self, workers: int, engine: Engine) -> float:
        """Expected time with this many workers."""
        work = sum(
            len(seeds) * self.run_seconds(point, engine)
            for point, seeds in self.runs.seeds_of.items()
        )
        return self.once_seconds + work / workers

    @property
    def once_seconds(self) -> float:
        """Expected time of all that no further worker makes shorter."""
        return ONCE_SECONDS + SECONDS_AFTER_RUN * len(self.runs)

    def run_seconds(self, point: str, engine: Engine) -> float:
        """Expected time of one run on one core."""
        work = self.council_months[point] * MICROSECONDS_PER_COUNCIL_MONTH[engine] * 1e-6
        return SECONDS_PER_RUN + work

    def without(self, done: set[tuple[str, int]]) -> Plan:
        """Leave out what is done."""
        left = self.runs.without(done)
        return Plan(self.experiment, self.points, left, self.council_months)

    def chunks(self, engine: Engine) -> list[Chunk]:
        """All runs in pieces: the first seeds of everything before the next of anything."""
        chunks = []
        for point, seeds in self.runs.seeds_of.items():
            size = int(CHUNK_SECONDS / self.run_seconds(point, engine))
            size = max(1, min(size, CHUNK_SEEDS))
            chunks += [
                Chunk(point, tuple(seeds[start : start + size]))
                for start in range(0, len(seeds), size)
            ]
        return sorted(chunks, key=lambda chunk: chunk.seeds[0])

    def batches(self, engine: Engine) -> list[list[Chunk]]:
        """Put the chunks together, in their order, to about as much work as a chunk may be."""
        batches: list[list[Chunk]] = []
        room = 0.0
        for chunk in self.chunks(engine):
            seconds = self.run_seconds(chunk.point, engine) * len(chunk.seeds)
            if seconds > room:
                batches.append([])
                room = CHUNK_SECONDS
            batches[-1].append(chunk)
            room -= seconds
        return batches


def make_plan(experiment: Experiment, scenarios: Sequence[str] | None = None) -> Plan:
    """Lay out the runs of an experiment, or of some of its scenarios.

    A point that says nothing without a scenario which is not among those chosen is left out.

    Raises
    ------
    BadInput
        If it is too much for memory.
    """
    large = [
        Problem(excess.problem, key=toml_key(excess.path), allowed=excess.allowed)
        for excess in excesses(experiment, scenarios)
    ]
    if large:
        raise BadInput(large)
    names = list(experiment.scenarios) if scenarios is None else list(scenarios)
    chosen = {
        point.id: point
        for point in points(experiment)
        if {point.scenario, *point.needs} <= set(names)
    }
    first = experiment.seeds.first
    councils = _counter(first)
    return Plan(
        experiment=experiment,
        points=chosen,
        runs=Runs({point.id: range(first, first + point.seeds) for point in chosen.values()}),
        council_months={
            point.id: councils(_choice(experiment, point)) * experiment.horizon.months
            for point in chosen.values()
        },
    )


def _choice(experiment: Experiment, point: Point) -> CouncilChoice:
    """Which councils take part, without making the rest of a point's settings."""
    usual = experiment.scenarios[point.scenario].councils
    if not any(setting.split(".")[0] == "councils" for setting in point.changes):
        return usual
    try:
        return point.settings(experiment).councils
    except BadInput:
        # Each of its runs will fail, and say why.
        return usual


def _counter(seed: int) -> Callable[[CouncilChoice], int]:
    known: dict[str, int] = {}

    def count(choice: CouncilChoice) -> int:
        key = choice.model_dump_json()
        if key not in known:
            known[key] = len(chosen_councils(choice, seed))
        return known[key]

    return count


def choose_engine(plan: Plan, wanted: Wanted, *, compiled: bool) -> Engine:
    """Decide which engine runs a plan; results are the same.

    Parameters
    ----------
    plan
        What is left to do.
    wanted
        "auto" leaves the choice open: the compiled engine, unless it would have to be compiled
        first and the readable one is done before that, in one process.
    compiled
        Is there compiled code already?
    """
    if wanted != "auto":
        return wanted
    if compiled or not plan.runs:
        return "compiled"
    first = plan.seconds(1, "compiled") + COMPILE_SECONDS
    return "mesa" if plan.seconds(1, "mesa") < first else "compiled"


def describe(plan: Plan, workers: int, engine: Engine, *, compiling: bool = False) -> str:
    """Say how many runs there are and about how long they take, with compiling before them."""
    left = plan.runs.seeds_of
    kinds = Counter(plan.points[point].kind for point in left)
    # Most points have the same seeds.
    different = {repr(seeds): seeds for seeds in left.values()}
    seeds = len(set[int]().union(*different.values()))
    seconds = plan.seconds(workers, engine) + (COMPILE_SECONDS if compiling else 0.0)
    return (
        f"{len(plan.runs):,} runs to do: "
        + listed(counted(kinds))
        + f", up to {plural(seeds, 'seed')} each, on {plural(workers, 'worker')}: "
        + f"about {duration(seconds)}"
        + (", compiling the model included." if compiling else ".")
    )


def with_seeds(experiment: Experiment, count: int) -> Experiment:
    """Return the experiment with another number of seeds.

    Raises
    ------
    BadInput
        Unless it is at least 1, and every one of them has councils and ties.
    """
    changed = with_count(experiment, count)
    if count > experiment.seeds.count and any(map(depends_on_seed, experiment.scenarios.values())):
        # The file was checked for its own seeds; further ones draw other councils or ties.
        nowhere = Origins(Node(Origin(Source("", {}), ()), {}))
        problems = list(check(changed, nowhere))
        if problems:
            raise BadInput(problems)
    return changed


def check_scenarios(experiment: Experiment, names: Sequence[str] | None) -> list[str] | None:
    """Return the chosen scenarios in the order of the file.

    Raises
    ------
    BadInput
        If one is unknown.
    """
    if names is None:
        return None
    known = list(experiment.scenarios)
    problems = [
        Problem(
            "there is no scenario of this name",
            given=name,
            allowed=any_of(known),
            meant=closest(name, known),
        )
        for name in names
        if name not in known
    ]
    if problems or not names:
        raise BadInput(problems or [Problem("no scenario was named", allowed=any_of(known))])
    return [name for name in known if name in names]
