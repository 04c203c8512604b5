"""Histories simulated for draws of the prior, and kept: what regressions learn from.

A library knows nothing of what was observed, nor of its error: fits to other figures, with other
tolerances or without a case share it. It grows: who asks for more gets what is there and the rest.
Every draw and its luck are a function of (seed, number), so that it is the same on any number of
workers, wherever it was stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path

import numpy as np

from sim.calibration.calibrate import of_cases
from sim.calibration.cases import Simulator, seconds_each
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration, Source
from sim.calibration.smc import FloatArray
from sim.files.words import duration, plural
from sim.files.writing import make_folder, write_atomically
from sim.runs.executors import Executor, run_each
from sim.runs.progress import Progress, told

PIECE = 100  # points that are simulated, and kept in one file, together
POINT, LUCK = 21, 22  # what a generator is for
# Parts of a calibration file that decide what is simulated; of targets what is measured.
_OF_FILE = {"seed", "histories", "fixed", "priors"}
_OF_TARGETS = {"case", "statistic", "months", "factor"}


@dataclass(frozen=True, eq=False)
class Library:
    """n draws of the prior of d parameters, with r histories of k figures each.

    Attributes
    ----------
    z
        In the space in which the prior is standard normal, shape (n, d).
    statistics
        As simulated, without any error of observation, shape (n, r, k).
    """

    z: FloatArray
    statistics: FloatArray


def simulate_library(
    source: Source,
    simulations: int,
    *,
    out: str | Path,
    executor: Executor,
    progress: Progress,
    fresh: bool = False,
    say: Callable[[str], object] = lambda line: None,
) -> Library:
    """Simulate draws of the prior, or what of them is missing.

    Parameters
    ----------
    source
        The calibration; patterns that it leaves out are simulated like others.
    simulations
        How many draws; rounded up to whole pieces.
    out
        Folder for results; what is kept lies in ``<out>/calibration/<hash>-library``.
    executor, progress
        Where pieces are simulated, and who hears of each.
    fresh
        Forget what was simulated before.
    say
        Receives lines for the user.
    """
    calibration = load_calibration(*source)
    folder = Path(out) / "calibration" / f"{_fingerprint(calibration)[:12]}-library"
    make_folder(folder)
    if fresh:
        for old in folder.glob("*.npy"):
            old.unlink()
    pieces = range(ceil(simulations / PIECE))
    left = [piece for piece in pieces if not _file(folder, piece).is_file()]
    if left:
        seconds = seconds_each(calibration) * PIECE * len(left) / executor.workers
        say(
            f"{PIECE * len(left):,} draws of the prior to be simulated, on "
            f"{plural(executor.workers, 'worker')}: about {duration(seconds)}."
        )

    def keep(piece: int, statistics: FloatArray) -> None:
        def write(passing: Path) -> None:
            with passing.open("wb") as file:
                np.save(file, statistics)

        write_atomically(_file(folder, piece), write)
        progress.advance()

    with told(progress, len(pieces), "piece", len(pieces) - len(left)):
        run_each(executor, partial(_make_simulate, source), left, keep, at_once=True)
    z = [_points(calibration, piece)[0] for piece in pieces]
    statistics = [np.load(_file(folder, piece)) for piece in pieces]
    return Library(np.concatenate(z), np.concatenate(statistics))


def _file(folder: Path, piece: int) -> Path:
    return folder / f"{piece:05d}.npy"


def _points(calibration: Calibration, piece: int) -> tuple[FloatArray, list[int]]:
    """Draws of the prior in one piece, and the luck of the first case of each."""
    seed, d = calibration.file.seed, len(calibration.parameters)
    numbers = range(piece * PIECE, (piece + 1) * PIECE)
    z = [np.random.default_rng([seed, POINT, each]).standard_normal(d) for each in numbers]
    luck = [int(np.random.default_rng([seed, LUCK, each]).integers(2**62)) for each in numbers]
    return np.array(z), luck


def _make_simulate(source: Source) -> Callable[[int], FloatArray]:
    """Read a calibration and make what simulates a piece, wherever it is put to work."""
    calibration = load_calibration(*source)
    simulator = Simulator(calibration)
    simulate = simulator.simulate()

    def piece_of(piece: int) -> FloatArray:
        z, luck = _points(calibration, piece)
        lucks = np.array([simulator.luck(first) for first in luck])
        return simulate(z, lucks, np.full(PIECE, -np.inf))

    return piece_of


def _fingerprint(calibration: Calibration) -> str:
    file = calibration.file
    content = {
        "file": file.model_dump(mode="json", include=_OF_FILE),
        "targets": {
            name: target.model_dump(mode="json", include=_OF_TARGETS)
            for name, target in file.targets.items()
        },
        **of_cases(calibration),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
