"""From an experiment file to results: what the command line and notebooks call."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sim.experiment.load import load_experiment
from sim.experiment.plan import Chunk, Plan, check_scenarios, describe, make_plan, with_seeds
from sim.experiment.write import to_toml
from sim.files.writing import write_text
from sim.model.run import Engine, get_ready
from sim.runs.executors import Executor, Here, Processes, Threads, default_workers, run_each
from sim.runs.fingerprint import model_hash, settings_hash
from sim.runs.manifest import experiment_name, new_manifest, read_manifest, write_manifest
from sim.runs.progress import Bar, told
from sim.runs.results import Results, split_tables
from sim.runs.store import Store, merged
from sim.runs.tables import by_table, frame_of
from sim.runs.worker import Tables, make_run
from sim.settings import Experiment

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
    settings: Sequence[str] = (),
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
    settings
        Changes such as ``"scenarios.gaap.push.visits_per_month=8"``.
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
        If the experiment is not valid, before anything is run.

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
        name, resolved = "experiment", experiment
    else:
        path = Path(experiment)
        name, resolved = experiment_name(path), load_experiment(path, settings)
    if seeds is not None:
        resolved = with_seeds(resolved, seeds)
    chosen = check_scenarios(resolved, scenarios)
    plan = make_plan(resolved, chosen)
    workers = default_workers() if workers is None else workers
    if out is None:
        pieces: list[Tables] = []
        _run(plan, pieces.append, workers, engine, say)
        tables = {name: frame_of(table) for name, table in merged(by_table(pieces))}
        return split_tables(resolved, tables)
    folder = Path(out) / name / settings_hash(resolved)[:12]
    return _run_on_disk(
        plan, folder, workers=workers, engine=engine, fresh=fresh, present=present, say=say
    )


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
        results = split_tables(plan.experiment, tables, manifest, folder)
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
    # Before the bar, since the time of the runs alone tells how long they will take.
    get_ready(engine, say)
    progress = Bar()

    def keep_batch(batch: Sequence[Chunk], tables: Tables) -> None:
        keep(tables)
        progress.advance(sum(len(chunk.seeds) for chunk in batch))

    with told(progress, len(plan.runs), "run"):
        run_each(
            executor_for(workers, engine),
            partial(make_run, plan.experiment, engine),
            plan.batches(engine),
            keep_batch,
        )


def executor_for(workers: int, engine: Engine) -> Executor:
    """Choose where runs are done on this machine; only the compiled engine lets threads work."""
    if workers == 1:
        return Here()
    return Threads(workers) if engine == "compiled" else Processes(workers)
