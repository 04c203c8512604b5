"""Plan and run an experiment: scenarios, points of curves and hybrids x seeds, over all cores.

The runner knows nothing of councils: a run is a name and a seed, and its result is tables.
Work is handed out in batches of chunks, some seeds of one scenario each: to threads where the
engine is compiled, which lets them work side by side, and to processes where it is not. Results
depend on neither the number of workers, nor the size of batches, nor the order in which they
finish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.experiment.hybrids import hybrids_of
from sim.experiment.sensitivity import all_curves, is_sensitivity
from sim.files.problems import BadInput, Problem, any_of, closest
from sim.files.words import duration, listed, plural
from sim.model.run import Engine
from sim.runs.results import (
    CURVE_MARK,
    HYBRID_MARK,
    hybrid_name,
    is_scenario,
    point_name,
)
from sim.settings import Curve, Experiment, Scenario
from sim.settings.editing import with_setting

if TYPE_CHECKING:
    pass


# Measured on an ordinary server, for the estimate before a run: on one core the engine's work, and
# the tables of a run; and what comes once, to start and to draw the pictures at the end.
MICROSECONDS_PER_COUNCIL_MONTH = {"compiled": 0.055, "mesa": 11.0}
SECONDS_PER_RUN = 0.001
ONCE_SECONDS = 12.0
# A chunk is at most about so much work: small enough to stop soon, and to lose little if killed.
# Small ones are handed out several at a time, since each hand-over and each file costs something.
CHUNK_SECONDS = 1.0
CHUNK_SEEDS = 100


@dataclass(frozen=True)
class Run:
    """One simulated future: a scenario, a point of a curve or a hybrid, and a seed."""

    scenario: str
    seed: int


@dataclass(frozen=True)
class Chunk:
    """Some runs of one scenario, of one point of a curve or of one hybrid."""

    scenario: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What is to be run.

    Attributes
    ----------
    runs
        Breadth-first: the first seed of everything before the second.
    council_months
        Work in a run of each scenario, point or hybrid.
    """

    experiment: Experiment
    runs: tuple[Run, ...]
    council_months: dict[str, int]

    def seconds(self, workers: int, engine: Engine) -> float:
        """Expected time with this many workers."""
        work = sum(self.run_seconds(run.scenario, engine) for run in self.runs)
        return ONCE_SECONDS + work / workers

    def run_seconds(self, scenario: str, engine: Engine) -> float:
        """Expected time of one run on one core."""
        work = self.council_months[scenario] * MICROSECONDS_PER_COUNCIL_MONTH[engine] * 1e-6
        return SECONDS_PER_RUN + work

    def without(self, done: set[tuple[str, int]]) -> Plan:
        """Leave out what is done."""
        left = tuple(run for run in self.runs if (run.scenario, run.seed) not in done)
        return Plan(self.experiment, left, self.council_months)

    def chunks(self, engine: Engine) -> list[Chunk]:
        """All runs in pieces: the first seeds of everything before the next of anything."""
        seeds_of: dict[str, list[int]] = {}
        for run in self.runs:
            seeds_of.setdefault(run.scenario, []).append(run.seed)
        chunks = []
        for name, seeds in seeds_of.items():
            size = int(CHUNK_SECONDS / self.run_seconds(name, engine))
            size = max(1, min(size, CHUNK_SEEDS))
            chunks += [
                Chunk(name, tuple(seeds[index : index + size]))
                for index in range(0, len(seeds), size)
            ]
        return sorted(chunks, key=lambda chunk: chunk.seeds[0])

    def batches(self, engine: Engine) -> list[list[Chunk]]:
        """Put the chunks together, in their order, to about as much work as a chunk may be."""
        batches: list[list[Chunk]] = []
        room = 0.0
        for chunk in self.chunks(engine):
            seconds = self.run_seconds(chunk.scenario, engine) * len(chunk.seeds)
            if seconds > room:
                batches.append([])
                room = CHUNK_SECONDS
            batches[-1].append(chunk)
            room -= seconds
        return batches


def scenario_of(experiment: Experiment, name: str, curves: Mapping[str, Curve]) -> Scenario:
    """Settings of a scenario, of a point of a curve or of a hybrid, by its name."""
    if is_scenario(name):
        return experiment.scenarios[name]
    if HYBRID_MARK in name:
        explanation, number = name.split(HYBRID_MARK)
        return hybrids_of(experiment, explanation).scenario(int(number))
    scenario, curve_name, index = name.split(CURVE_MARK)
    curve = curves[curve_name]
    return with_setting(experiment.scenarios[scenario], curve.setting, curve.values[int(index)])


def make_plan(experiment: Experiment, scenarios: list[str] | None = None) -> Plan:
    """Lay out the runs of an experiment, or of some of its scenarios."""
    from sim.model.world import chosen_councils

    names = list(experiment.scenarios) if scenarios is None else scenarios
    first = experiment.seeds.first
    seeds_of = dict.fromkeys(names, experiment.seeds.count)
    for curve_name, curve in all_curves(experiment).items():
        for name in curve.scenarios:
            if name in names:
                for index in range(len(curve.values)):
                    point = point_name(name, curve_name, index)
                    # A point never takes more seeds than were asked for in all.
                    seeds_of[point] = min(curve.seeds, experiment.seeds.count)
    councils = {
        name: len(chosen_councils(experiment.scenarios[name].councils, first)) for name in names
    }
    taking_part = {name: councils[name.split(CURVE_MARK)[0]] for name in seeds_of}
    for name, explanation in experiment.explain.items():
        if explanation.start in names and explanation.to in names:
            between = hybrids_of(experiment, name)
            for number in range(len(between)):
                arrived = between.scenario(number).councils == between.ends[1].councils
                mixed = hybrid_name(name, number)
                taking_part[mixed] = councils[explanation.to if arrived else explanation.start]
                seeds_of[mixed] = min(explanation.seeds, experiment.seeds.count)
    runs = [
        Run(name, first + index)
        for index in range(max(seeds_of.values()))
        for name, count in seeds_of.items()
        if index < count
    ]
    return Plan(
        experiment=experiment,
        runs=tuple(runs),
        council_months={
            name: number * experiment.horizon.months for name, number in taking_part.items()
        },
    )


def describe(plan: Plan, workers: int, engine: Engine) -> str:
    """Say how many runs there are and about how long they take."""
    names = {run.scenario for run in plan.runs}
    sensitivities = {name for name in names if is_sensitivity(name.partition(CURVE_MARK)[2])}
    kinds = (
        (sum(map(is_scenario, names)), "scenario", ""),
        (sum(CURVE_MARK in name for name in names - sensitivities), "point", " of curves"),
        (sum(HYBRID_MARK in name for name in names), "hybrid", " of scenarios"),
        (len(sensitivities), "end", " of what is in doubt"),
    )
    seeds = len({run.seed for run in plan.runs})
    return (
        f"{len(plan.runs):,} runs to do: "
        + listed([plural(count, kind) + of for count, kind, of in kinds if count])
        + f", up to {plural(seeds, 'seed')} each, on {plural(workers, 'worker')}: "
        + f"about {duration(plan.seconds(workers, engine))}."
    )


def with_seeds(experiment: Experiment, count: int) -> Experiment:
    """Return the experiment with another number of seeds.

    Raises
    ------
    BadInput
        Unless it is at least 1.
    """
    if not 1 <= count <= 1_000_000:
        raise BadInput(
            [Problem("wrong number of seeds", given=str(count), allowed="1 to 1,000,000")]
        )
    seeds = experiment.seeds.model_copy(update={"count": count})
    return experiment.model_copy(update={"seeds": seeds})


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
