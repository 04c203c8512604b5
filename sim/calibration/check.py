"""Does the fit find what is true? Simulation-based calibration, before any posterior is believed.

Parameters are drawn from the prior, one history is simulated with them and measured with the error
that the fit assumes, and it is fitted like history itself. If the fit is right, the true value of
each parameter is equally likely to take any place among draws of the posterior (Cook, Gelman and
Rubin 2006, Journal of Computational and Graphical Statistics 15; Talts et al. 2018,
arXiv:1804.06788). A fit that is too sure of itself leaves it too often at either end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.calibration.calibrate import USUAL_STAGES, csv_of, executor_for, fingerprint
from sim.calibration.cases import Simulator, seconds_each
from sim.calibration.file import Check
from sim.calibration.likelihood import Likelihood
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration, Source
from sim.calibration.smc import FloatArray, Own, Simulate, Size, advance, begin
from sim.calibration.way import Way
from sim.files.shipped import PACKAGE, make_own_folder
from sim.files.words import duration, plural
from sim.files.writing import make_folder, write_atomically
from sim.model.run import get_ready
from sim.runs.executors import Executor, run_each
from sim.runs.progress import Bar, Progress, told

IntArray = npt.NDArray[np.int64]

RANKS = "ranks.csv"
LEVEL = 0.95
RESAMPLES = 4_000
MIDDLES = (0.5, 0.9)  # parts of the posterior that are held against the truth
TRUTH, LUCK, ERROR, FIT, THIN, NULL = range(11, 17)  # what a generator is for


@dataclass(frozen=True, eq=False)
class Ranks:
    """Places of the truth among draws of the posterior.

    Attributes
    ----------
    parameters
        Names, d of them.
    places
        Draws below the truth, from 0 to `draws`; shape (data sets, d).
    draws
        Draws of the posterior that the truth is held against.
    """

    parameters: tuple[str, ...]
    places: IntArray
    draws: int

    @property
    def deviations(self) -> FloatArray:
        """Cumulative share of places less that of uniform ones, shape (draws + 1, d)."""
        return _deviations(self.places, self.draws)

    @property
    def band(self) -> float:
        """Largest deviation of uniform places, which 95 % of parameters do not exceed."""
        return float(np.quantile(self._null(), LEVEL))

    @property
    def chances(self) -> FloatArray:
        """Chance of as large a deviation if places are uniform, shape (d,)."""
        largest = np.abs(self.deviations).max(axis=0)
        beyond = (self._null()[:, np.newaxis] >= largest - 1e-12).sum(axis=0)
        return np.asarray((1.0 + beyond) / (1.0 + RESAMPLES))

    @property
    def is_uniform(self) -> bool:
        """Do no places tell against the fit, allowing for how many parameters there are?"""
        return bool(self.chances.min() * len(self.parameters) >= 1.0 - LEVEL)

    @property
    def is_too_sure(self) -> bool:
        """Does the middle of the posterior hold the truth less often than it should?"""
        return any(self.coverage(share)[2] < self.expected_coverage(share) for share in MIDDLES)

    def coverage(self, share: float) -> tuple[float, float, float]:
        """How often the middle of the posterior holds the truth, with its 95 % interval.

        Over all parameters and data sets. Parameters of a data set are not independent, so whole
        data sets are resampled.
        """
        middle = (self.places + 0.5) / (self.draws + 1.0)
        inside = (np.abs(middle - 0.5) <= share / 2.0).mean(axis=1)
        picked = np.random.default_rng(NULL).integers(len(inside), size=(RESAMPLES, len(inside)))
        low, high = np.quantile(inside[picked].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return float(inside.mean()), float(low), float(high)

    def expected_coverage(self, share: float) -> float:
        """Share of the places that count as in the middle: with few draws not just `share`."""
        middle = (np.arange(self.draws + 1) + 0.5) / (self.draws + 1.0)
        return float((np.abs(middle - 0.5) <= share / 2.0).mean())

    def _null(self) -> FloatArray:
        """Largest deviations of so many uniform places, many times."""
        rng = np.random.default_rng(NULL)
        places = rng.integers(self.draws + 1, size=(len(self.places), RESAMPLES))
        return np.asarray(np.abs(_deviations(places, self.draws)).max(axis=0))


def _deviations(places: IntArray, draws: int) -> FloatArray:
    below = np.array([(places <= index).mean(axis=0) for index in range(draws + 1)])
    uniform = (np.arange(draws + 1) + 1.0) / (draws + 1.0)
    return np.asarray(below - uniform[:, np.newaxis])


class Tried(NamedTuple):
    """What came of one check of a fit: fits of so many particles, and where they had the truth."""

    particles: int
    ranks: Ranks


def check_fit(
    path: str | Path,
    *,
    out: str | Path = "results",
    workers: int | None = None,
    structure: str | None = None,
    publish: Path | None = None,
    say: Callable[[str], object] = lambda line: None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[Tried, ...]:
    """Fit histories simulated with known parameters, or go on with it.

    Parameters
    ----------
    path
        The calibration file; each `check` says how many data sets, particles and draws.
    out
        Folder for results; what is kept lies in ``<out>/calibration/<hash>-check``. Ranks that come
        along are not made again.
    workers
        Data sets at a time; by default one a core. The ranks do not depend on it.
    structure
        One of the file's structures; by default the file as it is.
    publish
        Folder for the ranks of all checks, which take hours. In a checkout `sim/data` has those
        that come along.
    say
        Receives lines for the user.
    executor
        Where data sets are fitted, instead of processes on this machine.
    progress
        Hears of each data set; by default a bar on the terminal.

    Returns
    -------
    tuple of Tried
        Of every check, in the order of the file.

    Raises
    ------
    BadInput
        If the file is not valid, or ranks may not be published there, before anything is run.
    """
    source = Source(str(path), structure=structure)
    calibration = load_calibration(*source)
    if publish is not None:
        make_own_folder(publish)
    executor = executor or executor_for(workers)
    progress = progress or Bar()
    get_ready("compiled", say)
    names, tables, tried = list(calibration.parameters), [], []
    for check in calibration.file.check:
        table = _ranks(check, source, calibration, Path(out), say, executor, progress)
        places = table[names].to_numpy(dtype=np.int64)
        tables.append(table)
        tried.append(Tried(check.particles, Ranks(calibration.parameters, places, check.draws)))
    if publish is not None:
        write_atomically(publish / RANKS, partial(csv_of, pd.concat(tables)))
    return tuple(tried)


def _ranks(
    check: Check,
    source: Source,
    calibration: Calibration,
    out: Path,
    say: Callable[[str], object],
    executor: Executor,
    progress: Progress,
) -> pd.DataFrame:
    """Make those ranks of one check that are not kept yet; a row a data set."""
    fit = _fingerprint(calibration, check)[:12]
    folder = out / "calibration" / f"{fit}-check"
    make_folder(folder)
    kept = folder / RANKS
    columns = ["fit", "data_set", *calibration.parameters]
    done: dict[int, Sequence[object]] = {}
    for place in (PACKAGE / "data" / RANKS, kept):
        if place.is_file():
            table = pd.read_csv(place, dtype={"fit": str})
            # Other fits have other parameters.
            rows = table[table["fit"] == fit].reindex(columns=columns)
            done |= {int(row["data_set"]): list(row) for _, row in rows.iterrows()}
    wanted = range(1, check.data_sets + 1)
    left = [number for number in wanted if number not in done]
    if left:
        size = Size(check.particles, calibration.file.chains)
        seconds = seconds_each(calibration) * size.points(USUAL_STAGES)
        say(
            f"{plural(len(left), 'simulated data set')} with known parameters to be fitted, "
            f"{check.particles} particles each, on {plural(executor.workers, 'worker')}: about "
            f"{duration(seconds * len(left) / executor.workers)}."
        )

    def keep(number: int, places: list[int]) -> None:
        done[number] = [fit, number, *places]
        rows = pd.DataFrame([done[each] for each in sorted(done)], columns=columns)
        write_atomically(kept, partial(csv_of, rows))
        progress.advance()

    with told(progress, check.data_sets, "fit", check.data_sets - len(left)):
        if left:
            # A fit takes too long to be waited for at Ctrl-C.
            run_each(executor, partial(_make_rank, source, check), left, keep, at_once=True)
    return pd.DataFrame([done[number] for number in wanted], columns=columns)


def ranks_of(
    number: int,
    seed: int,
    parameters: int,
    simulate_for: Callable[[Likelihood], Simulate],
    likelihood: Likelihood,
    *,
    cases: Sequence[Own],
    size: Size,
    draws: int,
) -> list[int]:
    """Simulate one data set with known parameters, fit it, and find the place of each.

    Parameters
    ----------
    number, seed
        Of the data set, and of the whole check.
    parameters
        How many there are; the prior of each is standard normal.
    simulate_for
        Makes what simulates histories at points that are held against figures.
    likelihood
        Gives the error of each figure, which is added to the history; its figures do not count.
    cases
        What belongs to single ones.
    size, draws
        Size of the fit, and draws of it that the truth is held against: ends of chains if there
        are so many, since states of a chain are alike, and else any.
    """

    def generator(purpose: int) -> np.random.Generator:
        return np.random.default_rng([seed, purpose, number])

    truth = generator(TRUTH).standard_normal(parameters)
    luck = generator(LUCK).integers(2**62, size=(1, len(cases)))
    only_one = simulate_for(likelihood)
    history = only_one(truth[np.newaxis], luck, np.array([-np.inf]))[0, 0]
    error = likelihood.deviations * generator(ERROR).standard_normal(len(history))
    likelihood = replace(likelihood, figures=history + error)
    simulate = simulate_for(likelihood)
    # The fit has luck of its own, not that of the history.
    own = int(generator(FIT).integers(2**31))
    now = begin(own, size.particles, parameters, cases, simulate)
    while not now.is_finished:
        now = advance(now, own, size, Way(likelihood), cases, simulate)
    ends = size.chains if draws <= size.chains else size.particles
    chosen = size.particles - 1 - generator(THIN).permutation(ends)[:draws]
    return [int(below) for below in (now.z[chosen] < truth).sum(axis=0)]


def _fingerprint(calibration: Calibration, check: Check) -> str:
    content = [fingerprint(calibration, check.particles), check.draws]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _make_rank(source: Source, check: Check) -> Callable[[int], list[int]]:
    """Read a calibration and make what does as `ranks_of`, wherever it is put to work."""
    calibration = load_calibration(*source)
    return partial(_rank, calibration, check, Simulator(calibration))


def _rank(calibration: Calibration, check: Check, simulator: Simulator, number: int) -> list[int]:
    return ranks_of(
        number,
        calibration.file.seed,
        len(calibration.parameters),
        simulator.simulate,
        calibration.likelihood,
        cases=calibration.own,
        size=Size(check.particles, calibration.file.chains),
        draws=check.draws,
    )
