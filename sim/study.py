"""From an experiment file to results: what the command line and notebooks call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sim.experiment.load import Changes, load_experiment, with_changes
from sim.experiment.plan import (
    Chunk,
    Plan,
    check_scenarios,
    choose_engine,
    describe,
    make_plan,
    with_seeds,
)
from sim.experiment.sensitivity import examined
from sim.experiment.write import to_toml
from sim.files.problems import BadInput, Problem
from sim.files.writing import cannot_write, write_text
from sim.model.run import Engine, Wanted, get_ready, is_compiled
from sim.notebook import NotebookResults, for_notebooks
from sim.runs.cluster import Fingerprinted
from sim.runs.executors import Executor, Here, Processes, Threads, default_workers, run_each
from sim.runs.fingerprint import model_hash, settings_hash
from sim.runs.manifest import FILE as MANIFEST
from sim.runs.manifest import experiment_name, manifest_text, new_manifest, read_manifest
from sim.runs.own_outcomes import Outcome, OwnOutcomes, keep_own, own_outcomes
from sim.runs.progress import Bar, Progress, told
from sim.runs.record import remove
from sim.runs.record import told as told_of
from sim.runs.results import (
    DESIGN,
    SETTINGS,
    Results,
    has_design,
    is_kept,
    keep_design,
    load_results,
    results_of,
    wrong_with,
)
from sim.runs.store import Store, merged
from sim.runs.tables import STORED, Tables, by_table, frame_of, only
from sim.runs.worker import make_run
from sim.settings import (
    Experiment,
    Ideas,
    Levers,
    Sensitivity,
    Structures,
    Supply,
    Table,
)

Say = Callable[[str], object]

# What `sim.present.publish` and this file make of tables.
MADE_OF_TABLES = (
    f"{DESIGN}.parquet",
    "findings",
    "figures",
    "replay",
    "summary.xlsx",
    "report.html",
    "report.md",
)


@dataclass(frozen=True)
class _Means:
    """With what runs are done: engine, place, and who is told how far they are."""

    wanted: Wanted
    workers: int
    executor: Executor | None
    progress: Progress
    own: OwnOutcomes

    @property
    def at_a_time(self) -> int:
        """Number of runs at a time."""
        return self.workers if self.executor is None else self.executor.workers


def simulate(
    experiment: str | Path | Experiment,
    *,
    seeds: int | None = None,
    scenarios: Sequence[str] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    engine: Wanted = "auto",
    out: str | Path | None = "results",
    fresh: bool = False,
    changes: Changes = (),
    outcomes: Mapping[str, Outcome] | None = None,
    present: bool = True,
    say: Say = lambda line: None,
) -> NotebookResults:
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
    executor
        Where runs are done, instead of threads or processes of this machine; `workers` then does
        not count.
    progress
        Who is told how far the runs are; by default a bar on the terminal.
    engine
        "compiled" is fast, "mesa" the readable reference; the results are the same. "auto" takes
        the compiled one, unless it was never compiled here and the readable one is done sooner.
    out
        Folder for results, or None to keep them in memory only.
    fresh
        Forget earlier results of this experiment first.
    changes
        Such as ``["scenarios.gaap.push.visits_per_month=8"]``, or a dictionary of settings and
        values; of a file, or of a resolved experiment.
    outcomes
        Outcomes of your own: functions of a run by the names of their columns, which begin with
        ``own_``; see :class:`sim.runs.own_outcomes.Run`. A run in which one fails has failed.
    present
        Write figures, summary tables and the report as well.
    say
        Receives lines for the user.

    Returns
    -------
    NotebookResults
        Tables as pandas frames, which notebooks show.

    Raises
    ------
    BadInput
        If the experiment, a change or an outcome is not valid, before anything is run.

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
        name, resolved = "experiment", with_changes(experiment, changes)
    else:
        path = Path(experiment)
        name = experiment_name(path)
        resolved = load_experiment(path, changes, most_seeds=seeds, say=say)
    if seeds is not None:
        resolved = with_seeds(resolved, seeds)
    chosen = check_scenarios(resolved, scenarios)
    plan = make_plan(resolved, chosen)
    means = _Means(
        engine,
        default_workers() if workers is None else workers,
        executor,
        Bar() if progress is None else progress,
        own_outcomes(outcomes),
    )
    if out is None:
        pieces: list[Tables] = []
        wanted = choose_engine(plan, means.wanted, compiled=is_compiled())
        _run(plan, pieces.append, wanted, means, say)
        tables = {name: frame_of(table) for name, table in merged(by_table(pieces))}
        return for_notebooks(results_of(resolved, tables))
    folder = Path(out) / name / settings_hash(resolved, means.own.digests)[:12]
    found = _run_on_disk(plan, folder, means, fresh=fresh, present=present, say=say)
    return for_notebooks(found)


def stored(folder: Path) -> Results:
    """Read the results in a folder as the last call asked for them, and run nothing.

    Raises
    ------
    BadInput
        If there are none, they are not whole, or no run went through.
    """
    from sim.analysis.findings import read_findings

    everything = load_results(folder)
    shown = read_findings(folder).get("headline")
    scenarios = None if shown is None else [*shown["scenario"]]
    experiment = everything.experiment
    known = scenarios is not None and {*scenarios} <= {*experiment.scenarios}
    plan = make_plan(experiment, check_scenarios(experiment, scenarios if known else None))
    results = _asked_for(plan, everything)
    if not results.scenarios:
        raise BadInput([Problem("no run of these results has gone through", file=str(folder))])
    return results


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
    only = _with_nothing_but(_settled(experiment), levers=Levers(seeds=seeds))
    return simulate(only, scenarios=scenarios, workers=workers, out=None, say=say)


def move_doubtful(
    experiment: str | Path | Experiment,
    *,
    seeds: int,
    changes: Changes = (),
    workers: int | None = None,
    say: Say = lambda line: None,
) -> Results:
    """Run what evidence does not pin down at both ends, with many draws of the rest.

    Parameters
    ----------
    seeds
        Futures of each scenario and of each end, every one with a draw of its own.
    changes
        Settings that are changed, as in `load_experiment`, such as the fit that is drawn from.
    experiment, workers, say
        As in `simulate`. Scenarios are those of the file's `sensitivity`.

    Raises
    ------
    BadInput
        If the experiment or a change is not valid, or no scenario's sensitivity is asked for.
    """
    settled = _settled(experiment, changes)
    sensitivity = settled.sensitivity.model_copy(update={"seeds": seeds})
    only = with_seeds(_with_nothing_but(settled, sensitivity=sensitivity), seeds)
    each = only.parameters.model_copy(update={"seeds_per_draw": 1})
    only = only.model_copy(update={"parameters": each})
    return simulate(only, scenarios=examined(only), workers=workers, out=None, say=say)


def _settled(experiment: str | Path | Experiment, changes: Changes = ()) -> Experiment:
    if isinstance(experiment, Experiment):
        return with_changes(experiment, changes)
    return load_experiment(experiment, changes)


def _with_nothing_but(experiment: Experiment, **asked: Table) -> Experiment:
    """Leave out everything that an experiment asks for besides its scenarios, but for this."""
    nothing = {
        "curves": {},
        "explain": {},
        "sensitivity": Sensitivity(seeds=0),
        "ideas": Ideas(seeds=0),
        "structures": Structures(seeds=0),
        "supply": Supply(seeds=0),
        "levers": Levers(seeds=0),
        "claims": {},
    }
    return experiment.model_copy(update={**nothing, **asked})


def _run_on_disk(
    plan: Plan,
    folder: Path,
    means: _Means,
    *,
    fresh: bool,
    present: bool,
    say: Say,
) -> Results:
    store = Store(folder, settings_hash(plan.experiment, means.own.digests))
    if not fresh:
        found = _done_already(plan, store, present=present)
        if found is not None:
            say(_all_done(plan, folder))
            return found
    with store.locked():
        if fresh:
            _forget(store)
        wrong = wrong_with(store, plan.experiment)
        missing = plan.without(store.finished())
        already = len(plan.runs) - len(missing.runs)
        engine = choose_engine(missing, means.wanted, compiled=is_compiled())
        keep_own(folder, means.own)
        started = time.time()
        try:
            if wrong:
                # Of other hands, or of a call that was stopped between two files.
                say(f"In {folder}, {told_of(wrong)}: made again.")
            if missing.runs:
                if already:
                    say(f"{already:,} of {len(plan.runs):,} runs are done already.")
                _run(missing, store.add, engine, means, say)
        finally:
            # Also after Ctrl-C: what is finished is brought into the tables.
            tables = store.merge()
            manifest = read_manifest(folder)
            if missing.runs or manifest.get("hash") != store.experiment:
                manifest = new_manifest(
                    manifest,
                    experiment=plan.experiment,
                    settings_hash=settings_hash(plan.experiment, means.own.digests),
                    model_hash=model_hash(),
                    runs=tables["runs"],
                    failed=len(tables["failed"]),
                    seconds=time.time() - started,
                    workers=means.at_a_time,
                    engine=engine,
                )
                _keep_file(folder / MANIFEST, manifest_text(manifest))
            _keep_file(folder / SETTINGS, to_toml(plan.experiment))
            everything = results_of(plan.experiment, tables, manifest, folder)
            keep_design(everything)
        results = _asked_for(plan, everything)
        if present and results.scenarios:
            from sim.present.publish import publish

            if publish(results, say=say, force=bool(missing.runs or wrong) or fresh):
                return results
        if not missing.runs:
            say(_all_done(plan, folder))
        return results


def _all_done(plan: Plan, folder: Path) -> str:
    return f"Done already: all {len(plan.runs):,} runs are in {folder}."


def _done_already(plan: Plan, store: Store, *, present: bool) -> Results | None:
    """Give the results where nothing has to be written, and so no lock and no permission is needed.

    None where something has to be.
    """
    folder = store.directory
    if not store.has_tables() or not store.is_settled() or wrong_with(store, plan.experiment):
        return None
    manifest = read_manifest(folder)
    if manifest["hash"] != store.experiment or plan.without(store.finished()).runs:
        return None
    everything = results_of(plan.experiment, store.read(), manifest, folder)
    if not has_design(everything, in_other_words=True):
        return None
    results = _asked_for(plan, everything)
    if present and results.scenarios:
        from sim.present.publish import is_published

        if not is_published(results):
            return None
    return results


def _asked_for(plan: Plan, everything: Results) -> Results:
    """Leave out of the results in a folder the runs of earlier calls that are not in the plan."""
    first = plan.experiment.seeds.first
    wanted = {point.id: range(first, first + point.seeds) for point in plan.points.values()}
    of = {name: getattr(everything, name) for name in STORED}
    mine = {name: only(table, wanted) for name, table in of.items()}
    if all(mine[name] is of[name] for name in STORED):
        return everything
    return results_of(plan.experiment, mine, everything.manifest, everything.directory)


def _keep_file(path: Path, text: str) -> None:
    """Write a file unless it says this already."""
    if not is_kept(path, text.encode()):
        if path.is_dir():
            remove(path)
        write_text(path, text)


def _forget(store: Store) -> None:
    """Drop tables and all that was made from them; earlier sessions stay listed."""
    store.clear()
    for name in MADE_OF_TABLES:
        path = store.directory / name
        try:
            remove(path)
        except OSError as error:
            raise cannot_write(path, error) from error


def _run(
    plan: Plan, keep: Callable[[Tables], None], engine: Engine, means: _Means, say: Say
) -> None:
    """Run a plan and show how far it is."""
    workers = means.workers
    if engine == "mesa" and means.wanted == "auto":
        # In this process: others would run a caller's script anew.
        workers = 1
        say(
            "The model is not compiled here yet. So few runs are done sooner by the readable "
            "model, with the same results (--engine compiled compiles it now)."
        )
    batches = plan.batches(engine)
    executor = means.executor or executor_for(max(1, min(workers, len(batches))), engine)
    compiling = engine == "compiled" and not is_compiled()
    say(describe(plan, executor.workers, engine, compiling=compiling))
    # Before the bar, since the time of the runs alone tells how long they will take.
    get_ready(engine, say)

    def keep_batch(batch: Sequence[Chunk], tables: Tables) -> None:
        keep(tables)
        means.progress.advance(sum(len(chunk.seeds) for chunk in batch))

    task = Fingerprinted(
        partial(make_run, plan.experiment, plan.points, engine, means.own),
        partial(settings_hash, plan.experiment, means.own.digests),
    )
    with told(means.progress, len(plan.runs), "run"):
        run_each(executor, task, batches, keep_batch)


def executor_for(workers: int, engine: Engine) -> Executor:
    """Choose where runs are done on this machine; only the compiled engine lets threads work."""
    if workers == 1:
        return Here()
    return Threads(workers) if engine == "compiled" else Processes(workers)
