"""What is done with a chunk of runs: worlds are made, futures run and measured.

Points that differ in numbers only share a world, which is laid out once: their numbers, and those
of the draws of behaviour, are put into it (see `sim.runs.in_place`). The readable engine builds a
world for each point and draw instead.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sim.experiment.design import Point
from sim.experiment.parameters import POINT, drawn, draws_for, draws_of, fixed_settings
from sim.experiment.plan import Chunk
from sim.model import run as engines
from sim.model.effects import effect_of
from sim.model.laid_out import LaidOut
from sim.model.opening import announced, dated
from sim.model.record import Record
from sim.model.run import Engine
from sim.model.world import World, build_world, depends_on_seed, with_behaviour
from sim.runs.in_place import Sink, Workplace, needs_world
from sim.runs.measure import measure, noting
from sim.runs.own_outcomes import NONE, OwnOutcomes
from sim.runs.tables import TABLES, Tables, numbers, stacked
from sim.settings import Experiment, Parameters, Scenario
from sim.settings.editing import number_of

AnyArray = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Start:
    """What the runs of a point start from.

    Attributes
    ----------
    settings
        Complete, before behaviour is drawn.
    world
        Tells worlds apart: points with the same can have their numbers put into one.
    numbers
        What is put into it, by setting: all that any point of this world changes.
    fixed
        Settings of behaviour and traits that are not drawn.
    parameters
        Where the others are drawn from.
    opening_drawn
        Whether each future draws when offers open.
    """

    settings: Scenario
    world: Hashable
    numbers: Mapping[str, float]
    fixed: frozenset[str]
    parameters: Parameters
    opening_drawn: bool


class Worker:
    """Runs chunks of the points of an experiment, in any number of threads.

    Parameters
    ----------
    experiment
        What the points belong to.
    points
        By their ids.
    engine
        Which one runs them.
    own
        Outcomes of one's own.
    """

    def __init__(
        self,
        experiment: Experiment,
        points: Mapping[str, Point],
        engine: Engine,
        own: OwnOutcomes = NONE,
    ) -> None:
        self.experiment = experiment
        self.points = points
        self.engine = engine
        self.own = own
        self._starts: dict[str, Start] = {}
        # By scenario, the settings that any point changes by numbers.
        self._varied: dict[str, dict[str, None]] = {}
        for point in points.values():
            put = [name for name, value in point.changes.items() if _is_number(value)]
            self._varied.setdefault(point.scenario, {}).update(dict.fromkeys(put))
        self._here = Workplace()

    def run(self, batch: Sequence[Chunk]) -> Tables:
        """Run chunks; a failure becomes a row and does not stop the rest."""
        pieces = [piece for chunks in self._alike(batch) for piece in self._tried(chunks)]
        if self.engine == "mesa":
            # A model and its agents hold each other; Python would let many pile up.
            gc.collect()
        return pieces[0] if len(pieces) == 1 else stacked(pieces)

    def _alike(self, batch: Sequence[Chunk]) -> list[list[Chunk]]:
        """Put chunks together that share a world and are measured alike."""
        found: dict[Hashable, list[Chunk]] = {}
        for chunk in batch:
            of = self.points[chunk.point]
            try:
                world = self._start(chunk.point).world
            except Exception:
                # Its runs then say what is wrong with it.
                world = chunk.point
            found.setdefault((world, of.whole, of.group), []).append(chunk)
        return list(found.values())

    def _tried(self, chunks: Sequence[Chunk]) -> list[Tables]:
        try:
            return self._measured(chunks)
        except Exception:
            # One by one, to keep those that work.
            if len(chunks) > 1:
                return [piece for chunk in chunks for piece in self._tried([chunk])]
            (chunk,) = chunks
            if len(chunk.seeds) > 1:
                alone = [Chunk(chunk.point, (seed,)) for seed in chunk.seeds]
                return [piece for one in alone for piece in self._tried([one])]
            error = traceback.format_exc()
            failed = {"point": [chunk.point], "seed": list(chunk.seeds), "error": [error]}
            return [{"failed": pa.table(failed)}]

    def _measured(self, chunks: Sequence[Chunk]) -> list[Tables]:
        """Run simulated futures of one world and measure them."""
        start = self._start(chunks[0].point)
        if not (start.opening_drawn or depends_on_seed(start.settings)):
            return self._in_one_world(chunks, None)
        by_seed: dict[int, list[Chunk]] = {}
        for chunk in chunks:
            for seed in chunk.seeds:
                by_seed.setdefault(seed, []).append(Chunk(chunk.point, (seed,)))
        return [piece for seed, own in by_seed.items() for piece in self._in_one_world(own, seed)]

    def _in_one_world(self, chunks: Sequence[Chunk], seed: int | None) -> list[Tables]:
        """Run chunks whose world is that of a seed, or of all seeds."""
        if self.engine == "mesa":
            return [self._by_mesa(chunk) for chunk in chunks]
        first = self._start(chunks[0].point)
        laid = self._here.laid_out(
            (first.world, seed), partial(self._world, first, chunks[0].seeds[0])
        )
        sink = Sink(laid, self._here.room(laid.world), self._tables)
        for chunk in chunks:
            start = self._start(chunk.point)
            for draw, seeds in _by_draw(start.parameters, chunk.seeds):
                _put(laid, start, draw)
                sink.run(chunk.point, seeds, draw)
        return sink.finished()

    def _world(self, start: Start, seed: int) -> World:
        settings, horizon = self._settings(start, seed), self.experiment.horizon
        world = build_world(settings, horizon, seed)
        if start.opening_drawn:
            first = min(announced(offer) for offer in settings.offers.values())
            return replace(world, counted_from=first - horizon.starts)
        return noting(world, self.experiment.outcomes.headline_months)

    def _settings(self, start: Start, seed: int) -> Scenario:
        """Complete settings of a future, before behaviour is drawn."""
        supply = self.experiment.supply
        return dated(start.settings, supply, seed) if start.opening_drawn else start.settings

    def _by_mesa(self, chunk: Chunk) -> Tables:
        start = self._start(chunk.point)
        parameters = start.parameters
        settings = self._settings(start, chunk.seeds[0])
        world = self._world(start, chunk.seeds[0])
        draws = [draw for draw, seeds in _by_draw(parameters, chunk.seeds) for _ in seeds]
        worlds = {
            draw: with_behaviour(world, drawn(settings, parameters, draw)) if draw else world
            for draw in dict.fromkeys(draws)
        }
        each = [worlds[draw] for draw in draws]
        record = engines.run_futures(each, self.experiment.horizon, chunk.seeds, self.engine)
        return self._tables(record, np.full(len(draws), chunk.point), np.array(draws))

    def _tables(self, record: Record, points: AnyArray, draws: AnyArray) -> Tables:
        """Measure runs of points that are measured alike."""
        of, outcomes = self.points[str(points[0])], self.experiment.outcomes
        wanted = TABLES if of.whole else ("runs",) if of.group is None else ("runs", "groups")
        tables = measure(record, outcomes, points.tolist(), wanted)
        runs = tables["runs"]
        if not of.whole and of.group is not None:
            runs = _of_group(runs, tables.pop("groups"), of.group)
        runs = runs.add_column(2, "draw", numbers(draws.astype(np.int64)))
        for name, column in self.own.columns(record).items():
            runs = runs.append_column(name, column)
        return {**tables, "runs": runs}

    def _start(self, point: str) -> Start:
        if point not in self._starts:
            self._starts[point] = self._made(self.points[point])
        return self._starts[point]

    def _made(self, point: Point) -> Start:
        settings = point.settings(self.experiment)
        fixed = frozenset(fixed_settings(settings))
        parameters = point.parameters(self.experiment)
        drawn = () if parameters.source == "point" else draws_for(parameters).names
        # Which settings are drawn may differ between points of a world; a number says it all.
        own = {name: value for name, value in point.changes.items() if name != "fixed_settings"}
        put: dict[str, float] = {}
        for name in [*self._varied[point.scenario], *fixed.intersection(drawn)]:
            if needs_world(name, effect_of(settings, name), self.own):
                continue
            value = number_of(settings, name)
            if value is None:
                # Such as visits that are stated in the other way. Points in which it is a number
                # are of another world: nothing would take it back.
                own.setdefault(name, None)
            else:
                put[name] = value
                own.pop(name, None)
        # What one structure draws, another may leave at its default: nothing would take it back.
        changed = repr(sorted(own.items(), key=itemgetter(0)))
        world = point.scenario, point.structure, point.opening_drawn, changed
        return Start(settings, world, put, fixed, parameters, point.opening_drawn)


def _by_draw(parameters: Parameters, seeds: Sequence[int]) -> Iterator[tuple[int, AnyArray]]:
    """Give the seeds that follow one another and share a draw of behaviour."""
    of_seeds = np.array(seeds, dtype=np.int64)
    draws = draws_of(parameters, of_seeds)
    if draws is None:
        yield POINT, of_seeds
        return
    ends = np.flatnonzero(np.diff(draws)) + 1
    for theirs, own in zip(np.split(of_seeds, ends), np.split(draws, ends), strict=True):
        yield int(own[0]), theirs


def _put(laid: LaidOut, start: Start, draw: int) -> None:
    """Put the numbers of a point and a draw into a world."""
    if draw == POINT:
        laid.put(start.numbers)
        return
    found = draws_for(start.parameters).settings(draw)
    own = {name: value for name, value in found.items() if name not in start.fixed}
    laid.put({**start.numbers, **own})


def make_run(
    experiment: Experiment,
    points: Mapping[str, Point],
    engine: Engine,
    own: OwnOutcomes = NONE,
) -> Callable[[Sequence[Chunk]], Tables]:
    """Make what runs batches of points, wherever an executor puts it to work."""
    return Worker(experiment, points, engine, own).run


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_group(runs: pa.Table, groups: pa.Table, group: str) -> pa.Table:
    """Replace the shares joined of all councils by those of a group, where it is there."""
    own = groups.filter(pc.equal(groups["group"].cast(pa.string()), group))
    here = len(own) == len(runs)
    for index, name in enumerate(runs.column_names):
        if name.startswith("joined_share_"):
            known = here and name in own.column_names
            shares = own[name] if known else pa.nulls(len(runs), pa.float64())
            runs = runs.set_column(index, name, shares)
        elif name == "passed":
            reached = own["passed"] if here else pa.array(np.zeros(len(runs), dtype=np.bool_))
            runs = runs.set_column(index, name, reached)
    return runs
