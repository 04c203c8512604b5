"""Searches run: generations of policies, the best of them again, and what each lever does.

Every step is a block of points of a sweep on disk, and what is tried next hangs on the blocks
before it: so a search that was killed at any moment goes on by the same command, and its tables are
the same bytes as without a stop.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sim import __version__
from sim.experiment.goals import Scores, choose, finalists, scores
from sim.experiment.load import Changes, load_experiment, with_changes
from sim.experiment.search_size import MOST_FINALISTS, size_of_search
from sim.experiment.searches import AS_WRITTEN, NO_PUSH, Space, futures_of
from sim.experiment.write import to_toml
from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.files.words import plural
from sim.files.writing import make_folder, write_text
from sim.model.run import get_ready
from sim.runs.blocks import Block
from sim.runs.executors import Executor, Here, Threads, default_workers, run_each
from sim.runs.fingerprint import model_hash, search_hash
from sim.runs.manifest import experiment_name, read_manifest, session_of, write_manifest
from sim.runs.optimiser import Optimiser, optimiser_version
from sim.runs.progress import Bar, Progress, told
from sim.runs.results import SETTINGS
from sim.runs.search_worker import make_search_run
from sim.runs.sweep_store import DESIGN, SweepStore
from sim.runs.tables import Tables, read_table, write_table
from sim.settings import Experiment

if TYPE_CHECKING:
    import pandas as pd

Say = Callable[[str], object]
# Runs of policies of several tables with these seeds, in the order of points and seeds; the number
# says which step of the search it is.
Evaluate = Callable[[int, "Sequence[pd.DataFrame]", range], pa.Table]
FloatArray = npt.NDArray[np.float64]

FOLDER = "search"
RUNS = "runs"
TRIED, WITHOUT = "tried", "without"
# Futures in which a lever that changes nothing is found out.
LOOKED_AT = 8


@dataclass(frozen=True, eq=False)
class SearchResults:
    """Tables of a search, read when they are asked for.

    Attributes
    ----------
    space
        What was searched.
    directory
        Folder of the tables.
    """

    space: Space
    directory: Path

    @cached_property
    def policies(self) -> pd.DataFrame:
        """A row a policy: ``point``, ``policy``, ``lever``, ``generation``, ``fresh``, levers."""
        return read_table(self.directory / f"{DESIGN}.parquet")

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row a run: ``point``, ``seed``, ``draw``, outcomes and cost, ``error``."""
        return read_table(self.directory / f"{RUNS}.parquet")


def search(
    experiment: str | Path | Experiment,
    name: str,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    out: str | Path | None = "results",
    fresh: bool = False,
    changes: Changes = (),
    say: Say = lambda line: None,
) -> SearchResults:
    """Search for the cheapest push that meets goals, or go on with a search that was stopped.

    Parameters
    ----------
    experiment
        An experiment file, or a resolved experiment.
    name
        Which of its searches.
    workers
        Runs at a time; by default one a core.
    executor
        Where runs are done, instead of threads of this machine; `workers` then does not count.
    progress
        Who is told how far the runs are; by default a bar on the terminal.
    out
        Folder for results, or None for one that passes.
    fresh
        Forget earlier results of this search first.
    changes
        Settings to change, as for `sim.sweep`.
    say
        Receives lines that tell what happens.

    Raises
    ------
    BadInput
        If the experiment or the search cannot be.
    """
    if isinstance(experiment, Experiment):
        title, resolved = "experiment", with_changes(experiment, changes)
    else:
        path = Path(experiment)
        title, resolved = experiment_name(path), load_experiment(path, changes, say=say)
    space = space_of(resolved, name)
    if out is None:
        with tempfile.TemporaryDirectory(prefix="search-") as passing:
            found = search(
                resolved, name, workers=workers, executor=executor, progress=progress,
                out=passing, say=say,
            )  # fmt: skip
            _ = found.policies, found.runs  # read while they are there
        return found
    hashed = search_hash(space, optimiser_version())
    folder = Path(out) / title / FOLDER / name / hashed[:12]
    store = SweepStore(folder, hashed, [RUNS])
    if not fresh and store.is_done():
        say(f"Done already: the results are in {folder}.")
        return SearchResults(space, folder)
    count = default_workers() if workers is None else workers
    doer = executor or (Here() if count == 1 else Threads(count))
    with store.locked():
        if fresh:
            store.clear()
        make_folder(folder)
        write_text(folder / SETTINGS, to_toml(resolved))
        started = time.time()
        policies, blocks = _run(space, store, doer, Bar() if progress is None else progress, say)
        write_table(store.path(DESIGN), pa.Table.from_pandas(policies, preserve_index=False))
        store.put_together([blocks])
        _keep_manifest(space, store, policies, time.time() - started, doer.workers)
        say(f"The tables of {len(policies):,} policies are in {folder}.")
    return SearchResults(space, folder)


def space_of(experiment: Experiment, name: str) -> Space:
    """Return the policies of a search.

    Raises
    ------
    BadInput
        If there is no such search.
    """
    if name not in experiment.search:
        known = list(experiment.search)
        raise BadInput(
            [
                Problem(
                    "there is no search of this name in the experiment",
                    given=quoted(name),
                    allowed=any_of(known) or "an experiment with a table [search.NAME]",
                    meant=closest(name, known),
                )
            ]
        )
    return Space(experiment, name, experiment.search[name])


def _run(
    space: Space, store: SweepStore, executor: Executor, progress: Progress, say: Say
) -> tuple[pd.DataFrame, list[Block]]:
    """Do the blocks that are missing; return all policies, and all blocks."""
    size = size_of_search(space.experiment, space.name)
    done = store.finished()
    if done:
        say(f"{plural(len(done), 'step')} of the search {'is' if len(done) == 1 else 'are'} done.")
    say(f"Search {space.name}: {size.text(executor.workers)}.")
    get_ready("compiled", say)
    check_levers(space, partial(_evaluated, space, executor))
    blocks: list[Block] = []

    def evaluate(number: int, tables: Sequence[pd.DataFrame], seeds: range) -> pa.Table:
        count = sum(map(len, tables))
        block = Block(number, range(count), range(len(seeds)))
        blocks.append(block)
        if number in done:
            with pq.ParquetFile(done[number][RUNS]) as file:
                found = file.read()
        else:
            found = _evaluated(space, executor, number, tables, seeds)
            store.add(block, {RUNS: found})
        progress.advance(len(block))
        return found

    with told(progress, size.runs, "run"):
        policies = explore(space, evaluate)
    return policies, blocks


def _evaluated(
    space: Space, executor: Executor, number: int, tables: Sequence[pd.DataFrame], seeds: range
) -> pa.Table:
    """Run policies with these seeds."""
    first = space.experiment.seeds.first
    replicates = range(seeds.start - first, seeds.stop - first)
    drawn = space.drawn(seeds)
    by_seed = {
        seed: {name: float(values[at]) for name, values in drawn.items()}
        for at, seed in enumerate(seeds)
        if drawn
    }
    pieces: list[pa.Table] = []

    def keep(block: Block, found: Tables) -> None:
        pieces.append(found[RUNS])

    for table in tables:
        design = space.design(table)
        wide = -(-len(table) // executor.workers)
        parts = [
            Block(at, range(start, min(start + wide, len(table))), replicates)
            for at, start in enumerate(range(0, len(table), wide))
        ]
        run_each(executor, partial(make_search_run, design, by_seed), parts, keep)
    # Where every run of a part failed, it has few columns.
    pieces.sort(key=lambda rows: -rows.num_columns)
    rows = pa.concat_tables(pieces, promote_options="default")
    order = np.lexsort((rows["seed"].to_numpy(), rows["point"].to_numpy()))
    return rows.take(pa.array(order)).combine_chunks()


def check_levers(space: Space, evaluate: Evaluate) -> None:
    """Try whether every lever does anything, with all others at either end or in between.

    Raises
    ------
    BadInput
        If one changes neither goals nor cost.
    """
    count = len(space.levers)
    centre = np.full(count, 0.5)
    starts = [space.weakest(), centre, space.strongest()]
    ends = np.stack([space.weakest(), space.strongest()])
    rows = [np.stack([_with(start, i, end[i]) for end in ends]) for start in starts
            for i in range(count)]  # fmt: skip
    table = space.table(np.concatenate(rows), range(1, 2 * len(starts) * count + 1))
    found = evaluate(0, [table], futures_of(space.experiment, space.search).tried[:LOOKED_AT])
    kept = _matrix(found, [*(goal.outcome for goal in space.search.goals), space.search.cost])
    pairs = kept.reshape(len(starts), count, 2, -1)
    same = np.array_equal
    idle = [
        lever.setting
        for index, lever in enumerate(space.levers)
        if all(same(of[index, 0], of[index, 1], equal_nan=True) for of in pairs)
    ]
    if idle:
        raise BadInput(
            [
                Problem(
                    f"this lever changes neither goals nor cost in {LOOKED_AT} futures, wherever "
                    "the others stand",
                    key=f"search.{space.name}.levers.{quoted(setting)}",
                    allowed="levers that do something in this scenario",
                )
                for setting in idle
            ]
        )


def _with(start: FloatArray, index: int, value: float) -> FloatArray:
    moved = start.copy()
    moved[index] = value
    return moved


def explore(space: Space, evaluate: Evaluate) -> pd.DataFrame:
    """Search, and run the best again.

    Parameters
    ----------
    space
        All policies.
    evaluate
        What runs policies; a column for each goal's outcome and for the cost, rows in the order
        of points and seeds.

    Returns
    -------
    pandas.DataFrame
        All policies by ``point``: what each is (``policy``: tried, as written, no push, or without
        a ``lever``), its ``generation`` from 1, whether it was run in ``fresh`` futures, and its
        levers. The second is the one with all levers at their upper ends.
    """
    import pandas as pd

    seeds = futures_of(space.experiment, space.search)
    goals = space.search.goals
    optimiser = Optimiser(
        [lever.levels for lever in space.levers],
        [lever.kind == "choice" for lever in space.levers],
        np.stack([space.weakest(), space.strongest()]),
        size=space.search.policies,
        generations=space.search.generations,
        seed=space.search.seed,
    )
    tables: list[pd.DataFrame] = []
    places: list[FloatArray] = []
    found: list[Scores] = []
    step, point = 0, 1
    while len(positions := optimiser.ask()):
        table = space.table(positions, range(point, point + len(positions)))
        found.append(scored(space, evaluate(step, [table], seeds.tried)))
        optimiser.tell(found[-1].objectives())
        tables.append(table.assign(policy=TRIED, lever="", generation=step + 1))
        places.append(positions)
        step, point = step + 1, point + len(positions)
    tried, positions = pd.concat(tables, ignore_index=True), np.concatenate(places)
    best = finalists(_together(found), MOST_FINALISTS)
    best = np.unique(np.append(best, 1))  # the upper ends, to be compared with
    chosen_from = space.table(positions[best], (best + 1).tolist())
    named = space.named(range(point, point + 2))
    again = evaluate(step, [chosen_from, named], seeds.fresh)
    of_best = scores(goals, *_of_points(space, again, chosen_from["point"].to_numpy()))
    chosen = positions[best][choose(of_best)]
    without = space.without(chosen, range(point + 2, point + 2 + len(space.levers)))
    evaluate(step + 1, [without], seeds.fresh)
    policies = pd.concat(
        [
            tried.assign(fresh=np.isin(np.arange(len(tried)), best)),
            named.assign(policy=[AS_WRITTEN, NO_PUSH], lever="", generation=0, fresh=True),
            without.assign(
                policy=WITHOUT,
                lever=[lever.setting for lever in space.levers],
                generation=0,
                fresh=True,
            ),
        ],
        ignore_index=True,
    )
    first = ["point", "policy", "lever", "generation", "fresh", "scenario"]
    levers = [lever.setting for lever in space.levers]
    return policies[[*first, *levers]]


def scored(space: Space, runs: pa.Table) -> Scores:
    """Score policies by their runs."""
    points = np.unique(runs["point"].to_numpy())
    return scores(space.search.goals, *_of_points(space, runs, points))


def _of_points(
    space: Space, runs: pa.Table, points: npt.NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Outcomes of goals, shape (points, futures, goals), and costs, (points, futures)."""
    rows = runs.filter(pa.array(np.isin(runs["point"].to_numpy(), points)))
    names = [goal.outcome for goal in space.search.goals]
    kept = _matrix(rows, [*names, space.search.cost]).reshape(len(points), -1, len(names) + 1)
    return kept[:, :, :-1], kept[:, :, -1]


def _matrix(runs: pa.Table, columns: Sequence[str]) -> FloatArray:
    """Columns of runs side by side; missing where a run failed."""
    nothing = np.full(runs.num_rows, np.nan)
    return np.column_stack(
        [
            runs[name].to_numpy().astype(np.float64) if name in runs.column_names else nothing
            for name in columns
        ]
    )


def _together(found: Sequence[Scores]) -> Scores:
    return Scores(
        **{name: np.concatenate([getattr(one, name) for one in found]) for name in vars(found[0])}
    )


def load_search(directory: str | Path) -> SearchResults:
    """Read the results of a search.

    Raises
    ------
    BadInput
        If there are none.
    """
    folder = Path(directory)
    if not (folder / f"{RUNS}.parquet").is_file():
        raise BadInput([Problem("there are no results of a search here", file=str(folder))])
    experiment = load_experiment(folder / SETTINGS)
    return SearchResults(space_of(experiment, folder.absolute().parent.name), folder)


def _keep_manifest(
    space: Space, store: SweepStore, policies: pd.DataFrame, seconds: float, workers: int
) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    earlier = read_manifest(store.directory)
    errors = store.read(RUNS, ["error"])["error"]
    futures = futures_of(space.experiment, space.search)
    manifest = {
        "title": space.experiment.title,
        "search": space.name,
        "hash": store.fingerprint,
        "model_hash": model_hash(),
        "version": __version__,
        "points": len(policies),
        "runs": len(errors),
        "failed_runs": len(errors) - errors.null_count,
        "seeds": {
            "count": futures.fresh.stop - futures.tried.start,
            "first": futures.tried.start,
            "last": futures.fresh.stop - 1,
        },
        "created": earlier.get("created", now),
        "sessions": [*earlier.get("sessions", []), session_of(now, seconds, workers, "compiled")],
    }
    write_manifest(store.directory, manifest)
