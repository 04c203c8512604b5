"""From an experiment file to results: what the command line and notebooks call."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from sim.counts import duration, plural
from sim.doubt import all_curves, is_doubt
from sim.engines import Engine, get_ready
from sim.experiment import Plan, Tables, default_workers, execute, make_plan
from sim.experiment_file import load_experiment
from sim.experiment_text import to_toml
from sim.fingerprint import model_hash, settings_hash
from sim.input_errors import BadInput, Problem, any_of, closest
from sim.manifest import experiment_name, new_manifest, read_manifest, write_manifest
from sim.outcomes import frame_of
from sim.present.words import listed
from sim.results import CURVE_MARK, MIXTURE_MARK, Results, is_scenario
from sim.settings import Experiment
from sim.store import (
    STORED,
    Store,
    by_table,
    merged,
    read_table,
    write_text,
)

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
    with tqdm(
        total=len(plan.runs), unit="run", disable=None, file=sys.stderr, smoothing=0.1
    ) as bar:
        get_ready(engine, say if bar.disable else bar.set_description)
        # The time of the runs alone tells how long they will take.
        bar.reset()
        bar.set_description("")
        execute(plan, keep, workers=workers, engine=engine, advance=bar.update)


def describe(plan: Plan, workers: int, engine: Engine) -> str:
    """Say how many runs there are and about how long they take."""
    names = {run.scenario for run in plan.runs}
    doubts = {name for name in names if is_doubt(name.partition(CURVE_MARK)[2])}
    kinds = (
        (sum(map(is_scenario, names)), "scenario", ""),
        (sum(CURVE_MARK in name for name in names - doubts), "point", " of curves"),
        (sum(MIXTURE_MARK in name for name in names), "mixture", " of scenarios"),
        (len(doubts), "end", " of what is in doubt"),
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


def split_tables(
    experiment: Experiment,
    tables: dict[str, pd.DataFrame],
    manifest: dict[str, object] | None = None,
    directory: Path | None = None,
) -> Results:
    """Set scenarios, points of curves, mixtures and failed runs apart."""
    runs = tables["runs"]
    names = runs["scenario"].astype(str)
    is_point = names.str.contains(CURVE_MARK, regex=False)
    is_mixture = names.str.contains(MIXTURE_MARK, regex=False)
    points = runs[is_point].reset_index(drop=True)
    parts = [name.split(CURVE_MARK) for name in points["scenario"]]
    points = points.assign(scenario=[scenario for scenario, _, _ in parts])
    points.insert(0, "curve", [curve for _, curve, _ in parts])
    known = all_curves(experiment)
    values = [known[curve].values[int(place)] for _, curve, place in parts]
    points.insert(2, "value", values)
    in_doubt = points["curve"].map(is_doubt).astype(bool)
    mixtures = runs[is_mixture].reset_index(drop=True)
    between = [name.split(MIXTURE_MARK) for name in mixtures.pop("scenario")]
    mixtures.insert(0, "explanation", [name for name, _ in between])
    mixtures.insert(1, "mixture", [int(number) for _, number in between])
    return Results(
        experiment=experiment,
        runs=runs[~is_point & ~is_mixture].reset_index(drop=True),
        series=tables["series"],
        groups=tables["groups"],
        joined=tables["joined"],
        curve_runs=points[~in_doubt].reset_index(drop=True),
        doubt_runs=points[in_doubt].reset_index(drop=True),
        mixture_runs=mixtures,
        failed=tables["failed"],
        manifest=manifest or {},
        directory=directory,
    )


def load_results(directory: str | Path) -> Results:
    """Read the results that an earlier run left in ``results/<experiment>/<hash>``.

    Raises
    ------
    BadInput
        If there are none.
    """
    folder = Path(directory)
    manifest = read_manifest(folder)
    if not manifest or not (folder / "runs.parquet").is_file():
        raise BadInput([Problem("there are no results here", file=str(folder))])
    experiment = load_experiment(folder / "experiment.toml")
    tables = {name: read_table(folder / f"{name}.parquet") for name in STORED}
    return split_tables(experiment, tables, manifest, folder)
