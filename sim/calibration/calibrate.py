"""Run a calibration with progress, stop and resume, and keep its posterior."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from sim.calibration.digest import case_digests, fit_digest
from sim.calibration.plan import Calibration, load_calibration
from sim.calibration.smc import FloatArray, Particles, Simulate, advance, begin, log_fit
from sim.calibration.workers import seconds_each, simulate_points, workers_of
from sim.experiment.parameters import at_point
from sim.files.words import duration
from sim.files.writing import write_atomically, write_text
from sim.model.run import get_ready
from sim.runs.executors import default_workers
from sim.runs.fingerprint import settings_of

STATE = "particles.npz"
CHUNK = 25  # particles that a worker simulates at a time
USUAL_STAGES = 14
# Parts of a calibration file that decide no particle.
NOT_OF_THE_FIT = {"title", "particles", "check", "held_out"}


def calibrate(
    path: str | Path,
    *,
    out: str | Path = "results",
    workers: int | None = None,
    fresh: bool = False,
    particles: int | None = None,
    without: int | None = None,
    say: Callable[[str], object] = lambda line: None,
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
    say
        Receives lines for the user.

    Returns
    -------
    Path
        The folder, with ``posterior.csv``, ``predicted.csv``, ``prior_predicted.csv`` and
        ``calibration.json``.

    Raises
    ------
    BadInput
        If the file is not valid, before anything is run.
    """
    calibration = load_calibration(path, without)
    file = calibration.file
    count = file.particles if particles is None else particles
    get_ready("compiled", say)
    folder = Path(out) / "calibration" / fingerprint(calibration, count)[:12]
    folder.mkdir(parents=True, exist_ok=True)
    workers = default_workers() if workers is None else workers
    state = folder / STATE
    if fresh:
        state.unlink(missing_ok=True)
    seconds = seconds_each(calibration)
    total = count * (1 + USUAL_STAGES * file.moves)
    now = read_particles(state) if state.is_file() else None
    if now is None or not now.is_finished:
        about = duration(seconds * total / workers)
        say(
            f"{count:,} particles, {file.moves} moves a stage, usually about {USUAL_STAGES} "
            f"stages, on {workers} workers: about {about}."
        )
    with _simulator(str(path), workers) as simulate:
        if now is None:
            now = begin(file.seed, count, len(calibration.parameters), simulate)
            _write_table(folder / "prior_predicted.csv", now.statistics, calibration.targets)
            _keep(state, now)
        now = _finish(now, calibration, state, simulate)
    _publish(folder, calibration, now)
    say(f"The posterior is in {folder / 'posterior.csv'}.")
    return folder


def _finish(
    now: Particles,
    calibration: Calibration,
    state: Path,
    simulate: Simulate,
) -> Particles:
    """Make all moves that are left, keeping the particles after each."""
    file = calibration.file
    done = max(now.stage - 1, 0) * file.moves + now.move
    with tqdm(
        total=USUAL_STAGES * file.moves, initial=done, unit="move", disable=None, file=sys.stderr
    ) as bar:
        while not now.is_finished:
            now = advance(
                now,
                file.seed,
                file.moves,
                calibration.observed,
                calibration.tolerances,
                simulate,
            )
            _keep(state, now)
            # How many stages there are shows only on the way.
            bar.total = max(USUAL_STAGES * file.moves, bar.n + 1)
            bar.set_description(f"weight {now.tempering:.3f}, accepted {now.accepted:.0%}")
            bar.update()
    return now


def _publish(folder: Path, calibration: Calibration, now: Particles) -> None:
    draws = pd.DataFrame([calibration.values(z) for z in now.z])
    write_atomically(folder / "posterior.csv", partial(csv_of, draws))
    _write_table(folder / "predicted.csv", now.statistics, calibration.targets)
    fit = log_fit(now.statistics, calibration.observed, calibration.tolerances)
    manifest = {
        "title": calibration.file.title,
        "particles": len(now.z),
        "stages": now.stage,
        "accepted_in_last_move": now.accepted,
        "distinct_particles": len(np.unique(now.z, axis=0)),
        "mean_log_fit": float(fit.mean()),
        "cases": fit_digest(case_digests(calibration)),
        "file": calibration.file.model_dump(mode="json"),
    }
    write_text(folder / "calibration.json", json.dumps(manifest, indent=1) + "\n")


def fingerprint(calibration: Calibration, particles: int) -> str:
    """Fingerprint of everything that decides the particles of a fit."""
    content = {
        "file": calibration.file.model_dump(mode="json", exclude=NOT_OF_THE_FIT),
        "particles": particles,
        "without": calibration.without,
        "cases": {
            case: settings_of(at_point(experiment))
            for case, experiment in calibration.experiments.items()
        },
        "digests": case_digests(calibration),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


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
        return Particles(kept["z"], kept["statistics"], **plain)


def _write_table(path: Path, rows: FloatArray, columns: tuple[str, ...]) -> None:
    flat = rows.reshape(-1, len(columns))  # a row a history
    write_atomically(path, partial(csv_of, pd.DataFrame(flat, columns=list(columns))))


def csv_of(table: pd.DataFrame, path: Path) -> None:
    """Write a table of numbers as CSV."""
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")


# ---------------------------------------------------------------- workers


@contextmanager
def _simulator(path: str, workers: int) -> Iterator[Simulate]:
    """Simulate particles in processes; results do not depend on how many there are."""
    with workers_of(path, workers) as pool:

        def simulate(points: FloatArray, seeds: list[int]) -> FloatArray:
            pieces = range(0, len(points), CHUNK)
            found = pool.map(
                simulate_points,
                [points[a : a + CHUNK] for a in pieces],
                [seeds[a : a + CHUNK] for a in pieces],
            )
            return np.concatenate(list(found))

        yield simulate
