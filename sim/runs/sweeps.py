"""Sweeps run: from an experiment file to tables, in a call that may be stopped at any moment."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sim import __version__
from sim.experiment.checks import looker
from sim.experiment.load import Changes, load_experiment, with_changes
from sim.experiment.sweep_checks import check_points
from sim.experiment.sweep_size import size_of_design
from sim.experiment.sweeps import Design, make_design
from sim.experiment.write import to_toml
from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.files.words import plural
from sim.files.writing import make_folder, write_text
from sim.model.run import get_ready
from sim.runs.blocks import Block, Blocks, blocks_of
from sim.runs.cluster import Fingerprinted
from sim.runs.executors import (
    Executor,
    Here,
    Processes,
    Threads,
    default_workers,
    run_each,
)
from sim.runs.fingerprint import model_hash, sweep_hash
from sim.runs.history import history_of
from sim.runs.manifest import experiment_name, read_manifest, session_of, write_manifest
from sim.runs.own_outcomes import NONE, Outcome, OwnOutcomes, keep_own, own_outcomes, read_own
from sim.runs.past import SWEEPS
from sim.runs.progress import Bar, Progress, told
from sim.runs.results import SETTINGS
from sim.runs.sweep_design import load_design
from sim.runs.sweep_earlier import Earlier, earlier_results
from sim.runs.sweep_store import DESIGN, SweepStore
from sim.runs.sweep_worker import make_sweep_run
from sim.runs.tables import Tables, frame_of, read_table, write_table
from sim.settings import Experiment, Sweep

if TYPE_CHECKING:
    import pandas as pd

Say = Callable[[str], object]
MOST_THREADS = 4
_SHARD = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,5})")


@dataclass(frozen=True, eq=False)
class SweepResults:
    """Tables of a sweep, read when they are asked for.

    Attributes
    ----------
    design
        What was run: `design.table` has a row for each point.
    store
        Where the tables are.
    own
        Outcomes of one's own that they have.
    """

    design: Design
    store: SweepStore
    own: OwnOutcomes = NONE

    @property
    def directory(self) -> Path:
        """Folder of the tables."""
        return self.store.directory

    @property
    def points(self) -> pd.DataFrame:
        """A row a point: ``point``, ``scenario``, ``position`` and every setting that varies."""
        return self.design.table

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row a run: ``point``, ``seed``, ``draw``, the outcomes that are kept, ``error``."""
        return frame_of(self.store.read("runs"))

    @cached_property
    def series(self) -> pd.DataFrame:
        """A row a run and month; none unless months are kept."""
        import pandas as pd

        kept = "series" in self.store.names
        return frame_of(self.store.read("series")) if kept else pd.DataFrame()

    def history(self, point: int, seed: int) -> pd.DataFrame:
        """All months and councils of one run, which is run again; see `sim.history`."""
        return history_of(self.design, point, seed)


def sweep(
    experiment: str | Path | Experiment,
    name: str,
    *,
    points: pd.DataFrame | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    out: str | Path | None = "results",
    fresh: bool = False,
    shard: str | None = None,
    join: bool = False,
    changes: Changes = (),
    outcomes: Mapping[str, Outcome] | None = None,
    say: Say = lambda line: None,
) -> SweepResults:
    """Run a sweep of an experiment, or what is still missing of it.

    Parameters
    ----------
    experiment
        An experiment file, or a resolved experiment.
    name
        Which of its sweeps.
    points
        For a sweep with the design "table": its points, a column for each setting, instead of a
        file.
    workers
        Runs at a time; by default one a core.
    executor
        Where runs are done, instead of threads of this machine; `workers` then does not count.
    progress
        Who is told how far the runs are; by default a bar on the terminal.
    out
        Folder for results, or None for one that passes.
    fresh
        Forget earlier results of this sweep first; nothing is taken over from others either.
    shard
        Only a part of the work, such as "3/8", in a folder that all parts share or are copied to.
    join
        Put together what shards have done; nothing is run.
    changes
        Such as ``["sweep.cheapest.replicates=50"]`` or ``{"sweep.cheapest.replicates": 50}``.
    outcomes
        Outcomes of your own beside those of the sweep: functions of a run by the names of their
        columns, which begin with ``own_``; see :class:`sim.runs.own_outcomes.Run`.
    say
        Receives lines for the user.

    Returns
    -------
    SweepResults
        The tables; of a shard, what all of them have done so far.

    Raises
    ------
    BadInput
        If something is not valid, before anything is run.

    Examples
    --------
    >>> found = sweep("experiments/sweeps/push_or_terms.toml", "push", workers=1, out=None,
    ...     changes=["sweep.push.size=4", "sweep.push.replicates=2"])
    >>> len(found.points), len(found.runs)
    (4, 8)
    """
    own = own_outcomes(outcomes)
    if isinstance(experiment, Experiment):
        title, resolved = "experiment", with_changes(experiment, changes)
    else:
        path = Path(experiment)
        title, resolved = experiment_name(path), load_experiment(path, changes, say=say)
    part = _shard(shard)
    if fresh and shard is not None:
        raise BadInput([Problem("a shard cannot forget what others have done: leave out fresh")])
    design = design_of(resolved, name, points)
    if out is None:
        with tempfile.TemporaryDirectory(prefix="sweep-") as passing:
            found = sweep(
                resolved, name, points=points, workers=workers, executor=executor,
                progress=progress, out=passing, outcomes=outcomes, say=say,
            )  # fmt: skip
            _ = found.runs, found.series  # read while they are there
        return found
    hashed = sweep_hash(design, own.digests)
    folder = Path(out) / title / SWEEPS / name / hashed[:12]
    names = ["runs", "series"] if design.sweep.series else ["runs"]
    store = SweepStore(folder, hashed, names)
    results = SweepResults(design, store, own)
    if not fresh and store.is_done():
        say(f"Done already: all {_runs(design):,} runs are in {folder}.")
        _keep_settings(store, design)
        if store.blocks.exists():
            store.drop_blocks()
        return results
    workers = default_workers() if workers is None else workers
    doer = executor or (Here() if workers == 1 else Threads(workers))
    divided = divide(design)
    with store.locked(shard or ""):
        if fresh:
            store.clear()
        _keep_design(store, design)
        keep_own(folder, own)
        started = time.time()
        if not join:
            bar = Bar() if progress is None else progress
            earlier = None if fresh else earlier_results(design, store, own.digests)
            _run(results, divided, part, doer, bar, say, earlier)
        if shard is not None and not join:
            say(f"Shard {shard} is done. When all are: the same command with --join.")
            return results
        store.put_together(divided.columns())
        _keep_manifest(design, store, time.time() - started, doer.workers)
        say(f"The tables of {plural(_runs(design), 'run')} are in {folder}.")
    return results


def many_cores(workers: int | None) -> Executor | None:
    """Choose processes where there are more workers than threads would keep busy; else None.

    A fifth of the work on a point is Python's own, of which one thread does some at a time. For the
    command line: a script with processes keeps its own code under ``if __name__ == "__main__":``.
    """
    count = default_workers() if workers is None else workers
    return Processes(count) if count > MOST_THREADS else None


def design_of(experiment: Experiment, name: str, points: pd.DataFrame | None = None) -> Design:
    """Choose the points of a sweep, and look at them.

    Raises
    ------
    BadInput
        If there is no such sweep, or a point cannot be run.
    """
    sweep_named(experiment, name)
    design = make_design(experiment, name, points)
    check_points(design, looker(experiment, name))
    return design


def sweep_named(experiment: Experiment, name: str) -> Sweep:
    """Return a sweep of an experiment.

    Raises
    ------
    BadInput
        If there is none of this name.
    """
    if name not in experiment.sweep:
        known = list(experiment.sweep)
        raise BadInput(
            [
                Problem(
                    "there is no sweep of this name in the experiment",
                    given=quoted(name),
                    allowed=any_of(known) or "an experiment with a table [sweep.NAME]",
                    meant=closest(name, known),
                )
            ]
        )
    return experiment.sweep[name]


def divide(design: Design) -> Blocks:
    """Divide the runs of a sweep into blocks."""
    months = design.experiment.horizon.months if design.sweep.series else 1
    seconds = size_of_design(design).run_seconds
    return blocks_of(len(design), design.sweep.replicates, seconds, months)


def _runs(design: Design) -> int:
    return len(design) * design.sweep.replicates


def _shard(text: str | None) -> tuple[int, int]:
    """Read which part of the work is asked for: its number from 0, and how many there are."""
    if text is None:
        return 0, 1
    found = _SHARD.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise BadInput(
            [Problem("this is no shard", given=quoted(text), allowed="1/8 to 8/8, for example")]
        )
    return int(found[1]) - 1, int(found[2])


def _keep_design(store: SweepStore, design: Design) -> None:
    """Write what is run beside the results, before the first of them."""
    import pandas as pd

    make_folder(store.directory)
    path = store.path(DESIGN)
    try:
        kept = read_table(path).equals(_as_kept(design.table))
    except (OSError, ValueError, pa.ArrowException):
        kept = False
    if not kept:
        write_table(path, pa.Table.from_pandas(pd.DataFrame(design.table), preserve_index=False))
    _keep_settings(store, design)


def _keep_settings(store: SweepStore, design: Design) -> None:
    """Write the experiment as it was read: what decides no figure may have changed."""
    path, text = store.directory / SETTINGS, to_toml(design.experiment)
    if not path.is_file() or path.read_text(encoding="utf-8", errors="replace") != text:
        write_text(path, text)


def _as_kept(table: pd.DataFrame) -> pd.DataFrame:
    return frame_of(pa.Table.from_pandas(table, preserve_index=False))


def _keep_manifest(design: Design, store: SweepStore, seconds: float, workers: int) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    earlier = read_manifest(store.directory)
    errors = store.read("runs", ["error"])["error"]
    manifest = {
        "title": design.experiment.title,
        "sweep": design.name,
        "hash": store.fingerprint,
        "model_hash": model_hash(),
        "version": __version__,
        "points": len(design),
        "runs": _runs(design),
        "failed_runs": len(errors) - errors.null_count,
        "seeds": {
            "count": design.sweep.replicates,
            "first": design.experiment.seeds.first,
            "last": design.experiment.seeds.first + design.sweep.replicates - 1,
        },
        "created": earlier.get("created", now),
        "sessions": [*earlier.get("sessions", []), session_of(now, seconds, workers, "compiled")],
    }
    write_manifest(store.directory, manifest)


def _run(
    results: SweepResults,
    divided: Blocks,
    part: tuple[int, int],
    executor: Executor,
    progress: Progress,
    say: Say,
    earlier: Earlier | None,
) -> None:
    """Do the blocks of a part of the work that are missing."""
    design, store = results.design, results.store
    number, parts = part
    mine = [block for block in divided.all() if block.number % parts == number]
    done = store.finished()
    missing = [block for block in mine if block.number not in done]
    if len(missing) < len(mine):
        already = sum(len(block) for block in mine) - sum(map(len, missing))
        say(f"{already:,} of {sum(map(len, mine)):,} runs are done already.")
    if earlier is not None:
        missing = earlier.take(missing, store, say)
    if not missing:
        return
    say(f"Sweep {design.name}: {size_of_design(design).text(executor.workers)}.")
    get_ready("compiled", say)
    for line in idle_lines(design):
        say(line)

    def keep(block: Block, tables: Tables) -> None:
        store.add(block, tables if earlier is None else earlier.completed(block, tables))
        progress.advance(len(block))

    with told(progress, sum(map(len, missing)), "run"):
        task = Fingerprinted(
            partial(make_sweep_run, design, results.own),
            partial(sweep_hash, design, results.own.digests),
        )
        run_each(executor, task, missing, keep)


def idle_lines(design: Design) -> list[str]:
    """Name what changes nothing in a scenario, all else being as it stands there.

    Both ends of each number are tried in a few futures: a setting that is not in use, such as the
    threshold of a review that is never held, wastes a dimension of the sweep.
    """
    from sim.model.laid_out import LaidOut, Room
    from sim.model.world import build_world

    lines = []
    seeds = design.experiment.seeds.first + np.arange(4)
    for scenario, part in design.table.groupby("scenario", sort=False):
        name = str(scenario)
        world = build_world(design.base(name), design.experiment.horizon, int(seeds[0]))
        idle = []
        for setting, effect in design.effects(name).items():
            if effect == "world":
                continue
            column = design.numbers(setting)[part.index.to_numpy()]
            found = []
            for value in (column.min(), column.max()):
                laid, room = LaidOut(world), Room(world, len(seeds))
                laid.put({setting: float(value)})
                laid.run(seeds, room, 0)
                found.append(room.record.arrays())
            if all(np.array_equal(found[0][array], found[1][array]) for array in found[0]):
                idle.append(setting)
        if idle:
            lines.append(
                f"Scenario {name}: {any_of(idle)} changed nothing in {len(seeds)} futures with all "
                "else as it stands there."
            )
    return lines


def load_sweep(directory: str | Path) -> SweepResults:
    """Read the results of a sweep, also of one that is not finished.

    Raises
    ------
    BadInput
        If there are none.
    """
    design = load_design(directory)
    names = ["runs", "series"] if design.sweep.series else ["runs"]
    own = read_own(Path(directory))
    hashed = sweep_hash(design, own.digests)
    return SweepResults(design, SweepStore(Path(directory), hashed, names), own)
