"""From an experiment file to results: what the command line and notebooks call."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
from tqdm import tqdm

from sim.experiment.load import load_experiment
from sim.experiment.plan import Plan, check_scenarios, describe, make_plan, with_seeds
from sim.experiment.write import to_toml
from sim.files.problems import BadInput, Problem
from sim.files.writing import write_text
from sim.model.run import Engine, get_ready
from sim.runs.executors import default_workers, execute
from sim.runs.fingerprint import model_hash, settings_hash
from sim.runs.manifest import experiment_name, new_manifest, read_manifest, write_manifest
from sim.runs.results import DESIGN, Results, results_of
from sim.runs.store import Store, merged
from sim.runs.tables import by_table, frame_of, write_table
from sim.runs.worker import Tables
from sim.settings import Experiment, Levers, Sensitivity

Say = Callable[[str], object]


def simulate(
    experiment: str | Path | Experiment,
    *,
    seeds: int | None = None,
    scenarios: Sequence[str] | None = None,
    workers: int | None = None,
    engine: Engine = "compiled",
    out: str | Path | None = "results",
    fresh: bool = False,
    changes: Sequence[str] = (),
    present: bool = True,
    say: Say = lambda line: None,
) -> Results:
    """Run an experiment, or what is still missing of it.

    Parameters
    ----------
    experiment
        An experiment file, or a resolved experiment.
    seeds
        Number of seeds instead of the file's.
    scenarios
        Only these scenarios.
    workers
        Runs at a time; by default one a core. With more than one, and the engine "mesa", which
        needs processes, a script must keep its own code under
        ``if __name__ == "__main__":``.
    engine
        "compiled" is fast, "mesa" the readable reference; the results are the same.
    out
        Folder for results, or None to keep them in memory only.
    fresh
        Forget earlier results of this experiment first.
    changes
        Such as ``"scenarios.gaap.push.visits_per_month=8"``.
    present
        Write figures, summary tables and the report as well.
    say
        Receives lines for the user.

    Returns
    -------
    Results
        Tables as pandas frames.

    Raises
    ------
    BadInput
        If the experiment is not valid, before anything is run; or if changes are given with a
        resolved experiment.

    Examples
    --------
    >>> results = simulate(
    ...     "experiments/quickstart.toml",
    ...     seeds=1,
    ...     scenarios=["scotland_framework"],
    ...     out=None,
    ...     workers=1,
    ... )
    >>> len(results.joined)
    32
    """
    if isinstance(experiment, Experiment):
        if changes:
            raise BadInput([Problem("changes are for files; change a resolved experiment itself")])
        name, resolved = "experiment", experiment
    else:
        path = Path(experiment)
        name, resolved = experiment_name(path), load_experiment(path, changes, say=say)
    if seeds is not None:
        resolved = with_seeds(resolved, seeds)
    chosen = check_scenarios(resolved, scenarios)
    plan = make_plan(resolved, chosen)
    workers = default_workers() if workers is None else workers
    if out is None:
        pieces: list[Tables] = []
        _run(plan, pieces.append, workers, engine, say)
        tables = {name: frame_of(table) for name, table in merged(by_table(pieces))}
        return results_of(resolved, tables)
    folder = Path(out) / name / settings_hash(resolved)[:12]
    return _run_on_disk(
        plan, folder, workers=workers, engine=engine, fresh=fresh, present=present, say=say
    )


def move_levers(
    experiment: str | Path | Experiment,
    *,
    seeds: int,
    scenarios: Sequence[str] | None = None,
    workers: int | None = None,
    say: Say = lambda line: None,
) -> Results:
    """Run the scenarios of an experiment, and each lever at both ends of its range; nothing else.

    Parameters
    ----------
    seeds
        Seeds at each end of each lever; scenarios as they stand have the experiment's own.
    experiment, scenarios, workers, say
        As in `simulate`.

    Raises
    ------
    BadInput
        If the experiment or a scenario's name is not valid.
    """
    settled = experiment if isinstance(experiment, Experiment) else load_experiment(experiment)
    only = settled.model_copy(
        update={
            "curves": {},
            "explain": {},
            "sensitivity": Sensitivity(seeds=0),
            "levers": Levers(seeds=seeds),
        }
    )
    return simulate(only, scenarios=scenarios, workers=workers, out=None, say=say)


def _run_on_disk(
    plan: Plan,
    folder: Path,
    *,
    workers: int,
    engine: Engine,
    fresh: bool,
    present: bool,
    say: Say,
) -> Results:
    store = Store(folder)
    with store.locked():
        if fresh:
            store.clear()
        missing = plan.without(store.finished())
        already = len(plan.runs) - len(missing.runs)
        started = time.time()
        try:
            if missing.runs:
                if already:
                    say(f"{already:,} of {len(plan.runs):,} runs are done already.")
                _run(missing, store.add, workers, engine, say)
        finally:
            # Also after Ctrl-C: what is finished is brought into the tables.
            tables = store.merge()
            manifest = read_manifest(folder)
            if missing.runs or not manifest:
                manifest = new_manifest(
                    manifest,
                    experiment=plan.experiment,
                    settings_hash=settings_hash(plan.experiment),
                    model_hash=model_hash(),
                    runs=tables["runs"],
                    failed=len(tables["failed"]),
                    seconds=time.time() - started,
                    workers=workers,
                    engine=engine,
                )
                write_manifest(folder, manifest)
                write_text(folder / "experiment.toml", to_toml(plan.experiment))
        results = results_of(plan.experiment, tables, manifest, folder)
        if missing.runs or not (folder / f"{DESIGN}.parquet").is_file():
            write_table(folder / f"{DESIGN}.parquet", pa.Table.from_pandas(results.design))
        if present and len(results.runs):
            from sim.present.publish import publish

            if publish(results, say=say, force=bool(missing.runs) or fresh):
                return results
        if not missing.runs:
            say(f"Done already: all {len(plan.runs):,} runs are in {folder}.")
        return results


def _run(
    plan: Plan, keep: Callable[[Tables], None], workers: int, engine: Engine, say: Say
) -> None:
    """Run a plan under a progress bar that keeps quiet where nobody watches."""
    workers = max(1, min(workers, len(plan.batches(engine))))
    say(describe(plan, workers, engine))
    with tqdm(
        total=len(plan.runs), unit="run", disable=None, file=sys.stderr, smoothing=0.1
    ) as bar:
        get_ready(engine, say if bar.disable else bar.set_description)
        # The time of the runs alone tells how long they will take.
        bar.reset()
        bar.set_description("")
        execute(plan, keep, workers=workers, engine=engine, advance=bar.update)
