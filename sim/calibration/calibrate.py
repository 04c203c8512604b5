"""Run a calibration with progress, stop and resume, and keep its posterior."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.calibration.cases import make_simulate, seconds_each
from sim.calibration.digest import case_digests, fit_digest
from sim.calibration.left_out import left_out_table
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration, Source
from sim.calibration.smc import (
    ROUNDS,
    FloatArray,
    IntArray,
    Particles,
    Simulate,
    Size,
    advance,
    begin,
    set_out,
    typical_worth,
)
from sim.calibration.way import Way
from sim.files.words import duration, plural
from sim.files.writing import make_folder, write_atomically, write_text
from sim.model.run import get_ready
from sim.runs.executors import Executor, Here, Processes, default_workers, in_order
from sim.runs.progress import Bar, Progress, told

STATE, MANIFEST = "particles.npz", "calibration.json"
CHUNK = 5  # particles that a worker simulates at a time
USUAL_STAGES, USUAL_STAGES_AFTER = 8, 3
AFTER = 10_000  # seeds of fits after others lie so far apart
# Of how particles come of a file (`smc`, `way`, `likelihood`): one more with every change that
# gives others, so that no fit goes on with, or is taken for, one that was found otherwise.
METHOD = 3
# Parts of a calibration file that decide no particle.
NOT_OF_THE_FIT = {"title", "particles", "check", "held_out", "rules", "batches", "structures"}


def calibrate(
    path: str | Path,
    *,
    out: str | Path = "results",
    workers: int | None = None,
    fresh: bool = False,
    particles: int | None = None,
    without: int | None = None,
    off: tuple[str, ...] = (),
    structure: str | None = None,
    after: Path | None = None,
    tolerance_ratio: float | None = None,
    say: Callable[[str], object] = lambda line: None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fit behaviour to the targets of a calibration file, or go on with it.

    Parameters
    ----------
    path
        The calibration file.
    out
        Folder for results; what is kept lies in ``<out>/calibration/<hash>``.
    workers
        Processes; by default one a core. The posterior does not depend on it.
    fresh
        Forget what was done before.
    particles
        Draws of the posterior instead of the file's.
    without
        A pattern that is left out of the fit, so that it can be predicted.
    off
        Rules of the file that are left out.
    structure
        One of the file's structures; by default the file as it is.
    after
        Folder of a finished fit with the pattern that is left out, and else the same: the fit
        begins from its particles and not from the prior (`sim.calibration.way`).
    tolerance_ratio
        What tolerances are multiplied by instead of what the file says.
    say
        Receives lines for the user.
    executor
        Where particles are simulated, instead of processes on this machine.
    progress
        Hears of each move; by default a bar on the terminal.

    Returns
    -------
    Path
        The folder, with ``posterior.csv``, ``predicted.csv``, ``prior_predicted.csv``,
        ``left_out.csv`` (each case as if it had not been fitted) and ``calibration.json``.

    Raises
    ------
    BadInput
        If the file is not valid, before anything is run.
    """
    source = Source(str(path), without, off, structure, tolerance_ratio)
    calibration = load_calibration(*source)
    file = calibration.file
    count = file.particles if particles is None else particles
    get_ready("compiled", say)
    way, usual = Way(calibration.likelihood), USUAL_STAGES
    if after is not None:
        whole = load_calibration(*source._replace(without=None))
        way, usual = Way(calibration.likelihood, whole.likelihood), USUAL_STAGES_AFTER
    folder = Path(out) / "calibration" / fingerprint(calibration, count, after)[:12]
    make_folder(folder)
    executor = executor or executor_for(workers)
    state = folder / STATE
    if fresh:
        state.unlink(missing_ok=True)
    seconds = seconds_each(calibration)
    size = Size(count, file.chains)
    total = size.points(usual)
    now = read_particles(state) if state.is_file() else None
    if now is None or not now.is_finished:
        about = duration(seconds * total / executor.workers)
        say(
            f"{count:,} particles, usually about {usual} stages, on "
            f"{plural(executor.workers, 'worker')}: about {about}."
        )
    # A fit after another has draws of its own.
    seed = file.seed if after is None else file.seed + AFTER * (calibration.without or 1)
    with _simulator(source, executor) as simulate:
        if now is None and after is not None:
            now = set_out(read_particles(after / STATE), count, seed)
            _keep(state, now)
        elif now is None:
            now = begin(seed, count, len(calibration.parameters), calibration.own, simulate)
            _write_table(folder / "prior_predicted.csv", now.statistics, calibration.targets)
            _keep(state, now)
        now = _finish(now, calibration, way, usual, size, seed, state, simulate, progress or Bar())
    _publish(folder, calibration, now)
    say(f"The posterior is in {folder / 'posterior.csv'}.")
    return folder


def _finish(
    now: Particles,
    calibration: Calibration,
    way: Way,
    usual: int,
    size: Size,
    seed: int,
    state: Path,
    simulate: Simulate,
    progress: Progress,
) -> Particles:
    """Go all stages that are left, keeping the particles after each."""
    done = (now.stage - now.rounds) * size.moves + now.rounds * size.moves_in_round
    at_full_weight = ROUNDS * size.moves_in_round
    with told(progress, (usual - 1) * size.moves + at_full_weight, "move", done):
        while not now.is_finished:
            # How many stages there are shows only on the way.
            on_the_way = now.stage - now.rounds if now.rounds else max(usual - 1, now.stage)
            moved = partial(progress.advance, 1, total=on_the_way * size.moves + at_full_weight)
            now = advance(now, seed, size, way, calibration.own, simulate, moved)
            _keep(state, now)
            progress.message(f"weight {now.tempering:.3f}, accepted {now.accepted:.0%}")
    return now


def _publish(folder: Path, calibration: Calibration, now: Particles) -> None:
    draws = pd.DataFrame([calibration.values(z) for z in now.z])
    write_atomically(folder / "posterior.csv", partial(csv_of, draws))
    _write_table(folder / "predicted.csv", now.statistics, calibration.targets)
    table = left_out_table(calibration, now)
    write_atomically(folder / "left_out.csv", partial(csv_of, table))
    fit = calibration.likelihood.log_fit(now.statistics)
    manifest = {
        "title": calibration.file.title,
        "particles": len(now.z),
        "stages": now.stages,
        "accepted_in_last_move": now.accepted,
        "worth_draws": round(typical_worth(now, calibration.file.chains)),
        "mean_log_fit": float(fit.mean()),
        "cases": fit_digest(case_digests(calibration)),
        "file": calibration.file.model_dump(mode="json"),
        "without": calibration.without,
        "constant": dict(calibration.constant),
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")


def fingerprint(calibration: Calibration, particles: int, after: Path | None = None) -> str:
    """Fingerprint of everything that decides the particles of a fit."""
    file = calibration.file
    content: dict[str, object] = {
        "method": METHOD,
        "file": file.model_dump(mode="json", exclude=NOT_OF_THE_FIT),
        "particles": particles,
        "without": calibration.without,
        **of_cases(calibration),
    }
    if after is not None:
        content["after"] = after.name
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def of_cases(calibration: Calibration) -> dict[str, Any]:
    """Return the settings of all cases, and what these give: what simulated histories rest on."""
    return {
        # That of the numbers of a point, of its luck and of a history.
        "order": [calibration.parameters, list(calibration.experiments), calibration.targets],
        "cases": {
            case: [
                experiment.horizon.model_dump(mode="json"),
                calibration.scenario(case).model_dump(mode="json"),
            ]
            for case, experiment in calibration.experiments.items()
        },
        "digests": case_digests(calibration),
    }


# ---------------------------------------------------------------- on disk


def _keep(path: Path, now: Particles) -> None:
    def write(passing: Path) -> None:
        with passing.open("wb") as file:
            np.savez(file, **asdict(now))

    write_atomically(path, write)


def read_particles(path: Path) -> Particles:
    """Read the particles that a calibration keeps."""
    with np.load(path) as kept:
        plain = {name: kept[name].item() for name in kept.files if kept[name].ndim == 0}
        return Particles(kept["z"], kept["statistics"], kept["luck"], **plain)


def _write_table(path: Path, rows: FloatArray, columns: tuple[str, ...]) -> None:
    flat = rows.reshape(-1, len(columns))  # a row a history
    write_atomically(path, partial(csv_of, pd.DataFrame(flat, columns=list(columns))))


def csv_of(table: pd.DataFrame, path: Path) -> None:
    """Write a table of numbers as CSV."""
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")


# ---------------------------------------------------------------- workers


@contextmanager
def _simulator(source: Source, executor: Executor) -> Iterator[Simulate]:
    """Simulate particles some at a time; results do not depend on where or on how many workers."""
    with in_order(executor, partial(make_simulate, source)) as run:

        def simulate(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
            pieces = [slice(a, a + CHUNK) for a in range(0, len(points), CHUNK)]
            found = run((points[some], luck[some], needed[some]) for some in pieces)
            return np.concatenate(found)

        yield simulate


def executor_for(workers: int | None) -> Executor:
    """Choose where a fit simulates on this machine: a part of it holds Python's lock."""
    count = default_workers() if workers is None else workers
    return Here() if count == 1 else Processes(count)
