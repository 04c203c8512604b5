"""What is done with a chunk of runs: worlds are made, futures run and measured."""

from __future__ import annotations

import gc
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sim.experiment.parameters import draw_of, drawn
from sim.experiment.plan import Chunk, scenario_of
from sim.experiment.sensitivity import all_curves
from sim.model.run import Engine
from sim.runs.measure import measure
from sim.runs.results import (
    CURVE_MARK,
    HYBRID_MARK,
    is_scenario,
)
from sim.runs.tables import TABLES, frame_of, numbers, stacked
from sim.settings import Experiment, Scenario

if TYPE_CHECKING:
    from sim.model.world import World


Tables = dict[str, pa.Table]


class Worker:
    """Runs chunks of one experiment, in any number of threads.

    Worlds that all seeds share are made once.
    """

    def __init__(self, experiment: Experiment, engine: Engine) -> None:
        self.experiment = experiment
        self.engine = engine
        self.curves = all_curves(experiment)
        self._scenarios: dict[str, Scenario] = {}
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
        from sim.model.world import depends_on_seed

        apart = depends_on_seed(self._scenario(chunk.scenario))
        for seeds in [(seed,) for seed in chunk.seeds] if apart else [chunk.seeds]:
            yield self._tried(chunk.scenario, seeds)

    def _tried(self, name: str, seeds: tuple[int, ...]) -> Tables:
        try:
            return self._measured(name, seeds)
        except Exception:
            if len(seeds) > 1:
                # One by one, to keep those that work.
                return stacked([self._tried(name, (seed,)) for seed in seeds])
            failed = {"scenario": [name], "seed": list(seeds), "error": [traceback.format_exc()]}
            return {"failed": pa.table(failed)}

    def _measured(self, name: str, seeds: tuple[int, ...]) -> Tables:
        """Run simulated futures of one world and measure them."""
        from sim.model import run as engines

        experiment = self.experiment
        draws = [draw_of(experiment.parameters, seed) for seed in seeds]
        worlds = self._worlds_of(name, seeds[0], draws)
        record = engines.run_futures(worlds, experiment.horizon, seeds, self.engine)
        if is_scenario(name):
            return _with_draws(measure(record, experiment.outcomes, name, TABLES), draws)
        curve = None if HYBRID_MARK in name else self.curves[name.split(CURVE_MARK)[1]]
        group = curve.group if curve else None
        wanted = ("runs",) if group is None else ("runs", "groups")
        tables = measure(record, experiment.outcomes, name, wanted)
        runs = tables["runs"]
        if group is not None:
            runs = _of_group(runs, tables["groups"], group)
        return _with_draws({"runs": runs}, draws)

    def _scenario(self, name: str) -> Scenario:
        if name not in self._scenarios:
            self._scenarios[name] = scenario_of(self.experiment, name, self.curves)
        return self._scenarios[name]

    def _worlds_of(self, name: str, seed: int, draws: Sequence[int]) -> list[World]:
        """Make a world for each of these draws of behaviour; neighbours that are alike share it."""
        from sim.model.world import with_behaviour

        world = self._world(name, seed)
        if not any(draws):
            return [world] * len(draws)
        found = {
            draw: with_behaviour(world, drawn(world.scenario, self.experiment.parameters, draw))
            for draw in dict.fromkeys(draws)
        }
        return [found[draw] for draw in draws]

    def _world(self, name: str, seed: int) -> World:
        from sim.model.world import build_world, depends_on_seed

        scenario = self._scenario(name)
        if depends_on_seed(scenario):
            return build_world(scenario, self.experiment.horizon, seed)
        with self._making.setdefault(name, threading.Lock()):
            if name not in self._worlds:
                self._worlds[name] = build_world(scenario, self.experiment.horizon, seed)
            return self._worlds[name]


def make_run(experiment: Experiment, engine: Engine) -> Callable[[Sequence[Chunk]], Tables]:
    """Make what runs batches of an experiment, wherever an executor puts it to work."""
    return Worker(experiment, engine).run


def _with_draws(tables: Tables, draws: Sequence[int]) -> Tables:
    """Note in the table of runs which draw of behaviour each had."""
    column = numbers(np.array(draws, dtype=np.int64))
    return {**tables, "runs": tables["runs"].add_column(2, "draw", column)}


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
