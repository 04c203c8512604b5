"""What is done with a block of a sweep: numbers put into worlds, futures run, outcomes measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sim.experiment.parameters import POINT, draw_of, draws_for, fixed_settings
from sim.experiment.sweeps import DRAW, Design
from sim.model.laid_out import LaidOut
from sim.model.record import Record
from sim.model.world import World, build_world, depends_on_seed
from sim.runs.blocks import Block
from sim.runs.in_place import Sink, Workplace, needs_world
from sim.runs.measure import month_columns, outcome_columns
from sim.runs.own_outcomes import NONE, OwnOutcomes
from sim.runs.tables import Tables, numbers
from sim.settings import Scenario
from sim.settings.editing import OF_COUNCILS, with_settings

AnyArray = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Start:
    """What the points of a scenario start from.

    Attributes
    ----------
    base
        The scenario with the constants of the sweep.
    put
        Numbers that are changed in place, by setting: a value for each row of the table of points.
    own
        Settings that make another world.
    fixed
        Settings of behaviour and traits that are not drawn.
    """

    base: Scenario
    put: Mapping[str, npt.NDArray[np.float64]]
    own: tuple[str, ...]
    fixed: frozenset[str]


class SweepWorker:
    """Runs blocks of a sweep, in any number of threads.

    Parameters
    ----------
    design
        All points.
    own
        Outcomes of one's own.
    """

    def __init__(self, design: Design, own: OwnOutcomes = NONE) -> None:
        self.design = design
        self.own = own
        self.experiment = design.experiment
        self.first_seed = design.experiment.seeds.first
        self.scenario_of = design.table["scenario"].to_numpy(dtype=object)
        self.point_of = design.table["point"].to_numpy()
        self.draw_of_point = design.table[DRAW].to_numpy() if DRAW in design.table else None
        self._starts = {name: self._start(str(name)) for name in dict.fromkeys(self.scenario_of)}
        self.world_of = self._numbered_worlds()
        self._here = Workplace()

    def _start(self, scenario: str) -> Start:
        base, effects = self.design.base(scenario), self.design.effects(scenario)
        own = tuple(s for s, effect in effects.items() if needs_world(s, effect, self.own))
        moved = [setting for setting in effects if setting.startswith(OF_COUNCILS)]
        return Start(
            base=base,
            put={s: self.design.numbers(s) for s in effects if s not in own},
            own=own,
            fixed=frozenset({*fixed_settings(base), *moved}),
        )

    def run(self, block: Block) -> Tables:
        """Run a block; its rows come sorted by point and seed."""
        seeds = np.array([self.first_seed + at for at in block.replicates], dtype=np.int64)
        pieces = [
            piece
            for scenario, own, rows in self._worlds(block.rows)
            for piece in self._tried(scenario, own, rows, seeds)
        ]
        return {name: _sorted(pieces, name) for name in pieces[0]}

    def _worlds(self, rows: range) -> Iterator[tuple[str, dict[str, Any], list[int]]]:
        """Give rows together that have a world in common."""
        found: dict[tuple[str, int], list[int]] = {}
        part = slice(rows.start, rows.stop)
        keys = zip(self.scenario_of[part].tolist(), self.world_of[part].tolist(), strict=True)
        for row, key in zip(rows, keys, strict=True):
            found.setdefault(key, []).append(row)
        for (scenario, _), together in found.items():
            yield scenario, self.design.changes(together[0], self._starts[scenario].own), together

    def _numbered_worlds(self) -> AnyArray:
        """Number of the world of each row, among those of its scenario."""
        numbered = np.zeros(len(self.design), dtype=np.int64)
        for scenario, start in self._starts.items():
            if start.own:
                rows = np.flatnonzero(self.scenario_of == scenario)
                part = self.design.table[list(start.own)].iloc[rows]
                numbered[rows] = part.groupby(list(start.own), sort=False).ngroup().to_numpy()
        return numbered

    def _tried(
        self, scenario: str, own: dict[str, Any], rows: list[int], seeds: AnyArray
    ) -> list[Tables]:
        """Run rows of one world; what fails has a row with the reason and no figures."""
        try:
            return list(self._measured(scenario, own, rows, seeds))
        except Exception as error:
            if len(rows) > 1:
                # One by one, to keep those that work.
                return [piece for row in rows for piece in self._tried(scenario, own, [row], seeds)]
            return [self._failed(rows[0], seeds, f"{type(error).__name__}: {error}")]

    def _measured(
        self, scenario: str, own: dict[str, Any], rows: list[int], seeds: AnyArray
    ) -> Iterator[Tables]:
        start = self._starts[scenario]
        apart = depends_on_seed(start.base)
        if any(setting.startswith(("councils", "network")) for setting in own):
            apart = depends_on_seed(with_settings(start.base, own))
        for some in [seeds[i : i + 1] for i in range(len(seeds))] if apart else [seeds]:
            laid = self._laid_out(scenario, own, int(some[0]) if apart else None)
            sink = Sink(laid, self._here.room(laid.world), self._tables)
            for draw, with_draw, their_seeds in self._draws(rows, some):
                self._put_draw(laid, start, draw, their_seeds)
                put = laid.putting(tuple(start.put))
                columns = [column[with_draw].tolist() for column in start.put.values()]
                values = zip(*columns, strict=True) if columns else [()] * len(with_draw)
                points = self.point_of[with_draw].tolist()
                for point, numbers_of_point in zip(points, values, strict=True):
                    put(numbers_of_point)
                    sink.run(point, their_seeds, draw)
            yield from sink.finished()

    def _draws(self, rows: list[int], seeds: AnyArray) -> Iterator[tuple[int, list[int], AnyArray]]:
        """Give the rows and seeds that have a draw of behaviour in common."""
        if self.draw_of_point is not None:
            by_draw: dict[int, list[int]] = {}
            for row in rows:
                by_draw.setdefault(int(self.draw_of_point[row]), []).append(row)
            for draw, together in by_draw.items():
                yield draw, together, seeds
            return
        by_seed: dict[int, list[int]] = {}
        for seed in seeds.tolist():
            by_seed.setdefault(draw_of(self.design.parameters, seed), []).append(seed)
        for draw, theirs in by_seed.items():
            yield draw, rows, np.array(theirs, dtype=np.int64)

    def _put_draw(self, laid: LaidOut, start: Start, draw: int, seeds: AnyArray) -> None:
        """Put in what the futures of these seeds have in common."""
        if draw == POINT or self.design.parameters.source == "point":
            return
        drawn = draws_for(self.design.parameters).settings(draw)
        laid.put({name: value for name, value in drawn.items() if name not in start.fixed})

    def _laid_out(self, scenario: str, own: dict[str, Any], seed: int | None) -> LaidOut:
        """Lay a world out for this thread, or find it where it was."""

        def make() -> World:
            base = self._starts[scenario].base
            settings = with_settings(base, own) if own else base
            return build_world(settings, self.experiment.horizon, seed or self.first_seed)

        return self._here.laid_out((scenario, repr(own), seed), make)

    def _tables(self, record: Record, points: AnyArray, draws: AnyArray) -> Tables:
        """Measure runs of one world."""
        keys = {"point": numbers(points), "seed": numbers(record.seeds.copy())}
        columns = outcome_columns(record, self.experiment.outcomes, self.design.outcomes)
        found = {"draw": numbers(draws), **_columns(columns), **self.own.columns(record)}
        went_through = pa.nulls(len(points), pa.string())
        tables = {"runs": pa.table({**keys, **found, "error": went_through})}
        if self.design.sweep.series:
            months = month_columns(record, self.design.sweep.series)
            repeated = {
                name: numbers(np.repeat(key.to_numpy(), record.world.months))
                for name, key in keys.items()
            }
            tables["series"] = pa.table({**repeated, **_columns(months)})
        return tables

    def _failed(self, row: int, seeds: AnyArray, error: str) -> Tables:
        point = np.full(len(seeds), self.point_of[row])
        draws = [draw for draw, _, some in self._draws([row], seeds) for _ in some]
        columns = {"point": point, "seed": seeds, "draw": np.array(draws, dtype=np.int64)}
        tables = {"runs": pa.table({**columns, "error": pa.array([error] * len(seeds))})}
        if self.design.sweep.series:
            tables["series"] = pa.table({"point": point[:0], "seed": seeds[:0]})
        return tables


def _columns(table: pa.Table) -> dict[str, Any]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _sorted(pieces: Sequence[Tables], name: str) -> pa.Table:
    """Put the rows of pieces in the order of their keys."""
    # Where runs failed there are few columns.
    found = sorted((piece[name] for piece in pieces), key=lambda rows: -rows.num_columns)
    rows = pa.concat_tables(found, promote_options="default")
    point, seed = (rows[key].to_numpy() for key in ("point", "seed"))
    # Months of a run stand in their order already.
    order = np.lexsort((seed, point))
    if np.array_equal(order, np.arange(len(order))):
        return rows.combine_chunks()
    return rows.take(pa.array(order)).combine_chunks()


def make_sweep_run(design: Design, own: OwnOutcomes = NONE) -> Callable[[Block], Tables]:
    """Make what runs blocks, wherever an executor puts it to work."""
    return SweepWorker(design, own).run
