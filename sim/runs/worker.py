"""What is done with a chunk of runs: worlds are made, futures run and measured."""

from __future__ import annotations

import gc
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from sim.experiment.design import Point
from sim.experiment.parameters import draw_of, drawn
from sim.experiment.plan import Chunk
from sim.model import run as engines
from sim.model.record import Record
from sim.model.run import Engine
from sim.model.world import World, build_world, depends_on_seed, with_behaviour
from sim.runs.measure import measure, noting
from sim.runs.own_outcomes import NONE, OwnOutcomes
from sim.runs.tables import TABLES, frame_of, numbers, stacked
from sim.settings import Experiment, Scenario

Tables = dict[str, pa.Table]


class Worker:
    """Runs chunks of the points of an experiment, in any number of threads.

    Worlds that all seeds share are made once.

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
        self._settings: dict[str, Scenario] = {}
        self._worlds: dict[str, World] = {}
        self._making: dict[str, threading.Lock] = {}

    def run(self, batch: Sequence[Chunk]) -> Tables:
        """Run chunks; a failure becomes a row and does not stop the rest."""
        pieces = [piece for chunk in batch for piece in self._pieces(chunk)]
        if self.engine == "mesa":
            # A model and its agents hold each other; Python would let many pile up.
            gc.collect()
        return pieces[0] if len(pieces) == 1 else stacked(pieces)

    def _pieces(self, chunk: Chunk) -> Iterator[Tables]:
        try:
            apart = depends_on_seed(self._settings_of(chunk.point))
        except Exception:
            # Each run by itself then says what is wrong with its point.
            apart = True
        for seeds in [(seed,) for seed in chunk.seeds] if apart else [chunk.seeds]:
            yield self._tried(chunk.point, seeds)

    def _tried(self, point: str, seeds: tuple[int, ...]) -> Tables:
        try:
            return self._measured(point, seeds)
        except Exception:
            if len(seeds) > 1:
                # One by one, to keep those that work.
                return stacked([self._tried(point, (seed,)) for seed in seeds])
            failed = {"point": [point], "seed": list(seeds), "error": [traceback.format_exc()]}
            return {"failed": pa.table(failed)}

    def _measured(self, point: str, seeds: tuple[int, ...]) -> Tables:
        """Run simulated futures of one world and measure them."""
        of, experiment = self.points[point], self.experiment
        draws = [draw_of(experiment.parameters, seed) for seed in seeds]
        worlds = self._worlds_of(point, seeds[0], draws)
        record = engines.run_futures(worlds, experiment.horizon, seeds, self.engine)
        if of.whole:
            tables = measure(record, experiment.outcomes, point, TABLES)
            return {**tables, "runs": self._finished(tables["runs"], record, draws)}
        wanted = ("runs",) if of.group is None else ("runs", "groups")
        tables = measure(record, experiment.outcomes, point, wanted)
        runs = tables["runs"]
        if of.group is not None:
            runs = _of_group(runs, tables["groups"], of.group)
        return {"runs": self._finished(runs, record, draws)}

    def _finished(self, runs: pa.Table, record: Record, draws: Sequence[int]) -> pa.Table:
        """Note which draw of behaviour each run had, and add outcomes of one's own."""
        found = runs.add_column(2, "draw", numbers(np.array(draws, dtype=np.int64)))
        for name, column in self.own.columns(record).items():
            found = found.append_column(name, column)
        return found

    def _settings_of(self, point: str) -> Scenario:
        if point not in self._settings:
            self._settings[point] = self.points[point].settings(self.experiment)
        return self._settings[point]

    def _worlds_of(self, point: str, seed: int, draws: Sequence[int]) -> list[World]:
        """Make a world for each of these draws of behaviour; neighbours that are alike share it."""
        world = self._world(point, seed)
        if not any(draws):
            return [world] * len(draws)
        found = {
            draw: with_behaviour(world, drawn(world.scenario, self.experiment.parameters, draw))
            for draw in dict.fromkeys(draws)
        }
        return [found[draw] for draw in draws]

    def _world(self, point: str, seed: int) -> World:
        settings = self._settings_of(point)
        if depends_on_seed(settings):
            return self._made(settings, seed)
        with self._making.setdefault(point, threading.Lock()):
            if point not in self._worlds:
                self._worlds[point] = self._made(settings, seed)
            return self._worlds[point]

    def _made(self, settings: Scenario, seed: int) -> World:
        world = build_world(settings, self.experiment.horizon, seed)
        return noting(world, self.experiment.outcomes.headline_months)


def make_run(
    experiment: Experiment,
    points: Mapping[str, Point],
    engine: Engine,
    own: OwnOutcomes = NONE,
) -> Callable[[Sequence[Chunk]], Tables]:
    """Make what runs batches of points, wherever an executor puts it to work."""
    return Worker(experiment, points, engine, own).run


def _of_group(runs: pa.Table, groups: pa.Table, group: str) -> pa.Table:
    """Replace the shares joined of all councils by those of a group, where it is there."""
    table = frame_of(groups)
    own = table[table["group"] == group].set_index("seed").reindex(runs["seed"].to_numpy())
    for index, name in enumerate(runs.column_names):
        if name.startswith("joined_share_"):
            shares = own[name] if name in own else np.full(len(own), np.nan)
            runs = runs.set_column(index, name, numbers(np.asarray(shares)))
        elif name == "passed":
            runs = runs.set_column(index, name, numbers(own["passed"].eq(True).to_numpy()))
    return runs
