"""How a posterior does: against what it was fitted to, and against what it was not shown."""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.calibration.calibrate import STATE, executor_for, read_particles
from sim.calibration.cases import with_values
from sim.calibration.check import Tried, check_fit
from sim.calibration.held_out import Prediction, predict
from sim.calibration.left_out import LeftOut
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration, Source
from sim.calibration.reduce import make_fit, predict_cases
from sim.calibration.statistics import NOTIFY_FILE
from sim.model.councils import load_councils
from sim.model.run import run_futures
from sim.model.world import build_world
from sim.runs.executors import Executor
from sim.runs.progress import Progress

FloatArray = npt.NDArray[np.float64]

# A parameter counts as informed if its posterior is that much narrower than its prior, in the
# space in which the prior has deviation 1; as left at its prior if it is hardly narrower.
INFORMED, UNTOUCHED = 0.75, 0.9
# Two parameters are known together better than apart from this correlation on.
TOGETHER = 0.4
CURVES = 200
NOTIFY = "notify"  # the case for which there is a record by council


@dataclass(frozen=True, eq=False)
class Check:
    """One target: its figure and tolerance, and what the model says.

    Attributes
    ----------
    low, high
        Ends of the tolerance; `high` says nothing where the figure is a lower bound.
    prior, posterior
        Simulated figures, some histories for each particle.
    at_least
        Whether the figure is a lower bound.
    """

    pattern: int
    label: str
    figure: float
    low: float
    high: float
    prior: FloatArray
    posterior: FloatArray
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Does the median of the posterior lie within the tolerance, or above a lower bound?"""
        return bool(self._holds(np.median(self.posterior, keepdims=True))[0])

    @property
    def share_within(self) -> float:
        """Share of single simulated histories within the tolerance."""
        return float(self._holds(self.posterior).mean())

    def _holds(self, values: FloatArray) -> npt.NDArray[np.bool_]:
        return (self.low <= values) & (self.at_least | (values <= self.high))


@dataclass(frozen=True, eq=False)
class Learned:
    """One parameter: prior and posterior, and how much narrower it became.

    Attributes
    ----------
    levels
        Probability under the prior of each draw of the posterior.
    spread
        Deviation of the posterior where the prior's is 1.
    """

    name: str
    prior: FloatArray
    posterior: FloatArray
    levels: FloatArray
    spread: float

    @property
    def verdict(self) -> str:
        """Say what the data did, in words."""
        if self.spread < INFORMED:
            return "informed"
        return "hardly" if self.spread > UNTOUCHED else "a little"


@dataclass(frozen=True, eq=False)
class TierCurve:
    """Notify by tier, month by month: observed, and simulated for draws of the posterior."""

    name: str
    councils: int
    observed: FloatArray  # (t,), nan before the record begins
    simulated: FloatArray  # (draws, t)


@dataclass(frozen=True, eq=False)
class Validation:
    """Everything that docs/validation.md shows."""

    title: str
    structure: str | None
    particles: int
    worth_draws: int
    stages: int
    checks: tuple[Check, ...]
    learned: tuple[Learned, ...]
    together: tuple[tuple[str, str, float], ...]
    left_out: tuple[LeftOut, ...]
    left_out_particles: int
    tiers: tuple[TierCurve, ...]
    held_out: tuple[Prediction, ...]
    tried: tuple[Tried, ...]


def validate(
    path: str | Path,
    *,
    out: str | Path = "results",
    workers: int | None = None,
    leave_out_particles: int = 300,
    structure: str | None = None,
    publish: Path | None = None,
    say: Callable[[str], object] = lambda line: None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Try the fit on known parameters; fit, or take the fit there is; predict what it did not see.

    What it did not see is each case in turn, as if it had not been fitted, and what is held out.

    Parameters
    ----------
    path
        The calibration file.
    out, workers, say, executor, progress
        As in `calibrate`.
    leave_out_particles
        With which the fit goes on without a case, where weights cannot stand in for a fit without
        it; 0: none.
    structure
        One of the file's structures; by default the file as it is.
    publish
        Folder for ranks, as in `check_fit`.
    """
    source = Source(str(path), structure=structure)
    calibration = load_calibration(*source)
    executor = executor or executor_for(workers)
    tried = check_fit(
        path,
        out=out,
        structure=structure,
        publish=publish,
        say=say,
        executor=executor,
        progress=progress,
    )
    fit = make_fit(out, None, say, executor, progress)
    folder = fit(source, None)
    particles = read_particles(folder / STATE)
    kept = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    prior = pd.read_csv(folder / "prior_predicted.csv")
    left_out = predict_cases(source, folder, fit, refit=leave_out_particles)
    return Validation(
        title=calibration.file.title,
        structure=structure,
        particles=len(particles.z),
        worth_draws=int(kept["worth_draws"]),
        stages=particles.stages,
        checks=_checks(calibration, prior, particles.statistics),
        learned=learned(calibration, particles.z),
        together=_together(calibration, particles.z),
        left_out=tuple(left_out),
        left_out_particles=leave_out_particles,
        tiers=_tier_curves(calibration, particles.z) if NOTIFY in calibration.experiments else (),
        held_out=predict(calibration, particles.z),
        tried=tried,
    )


def _checks(
    calibration: Calibration, prior: pd.DataFrame, statistics: FloatArray
) -> tuple[Check, ...]:
    return tuple(
        Check(
            target.pattern,
            target.label,
            float(figure),
            target.low,
            target.high,
            prior[name].to_numpy(dtype=np.float64),
            statistics[..., index].ravel(),
            target.at_least,
        )
        for index, ((name, target), figure) in enumerate(
            zip(calibration.file.targets.items(), calibration.observed, strict=True)
        )
    )


def learned(calibration: Calibration, z: FloatArray) -> tuple[Learned, ...]:
    """Compare the posterior of every parameter with its prior."""
    # The prior at evenly spread probabilities, rather than drawn.
    from scipy.special import ndtr, ndtri

    even = ndtri((np.arange(1_000) + 0.5) / 1_000)
    return tuple(
        Learned(
            name,
            np.array([prior.value(float(at)) for at in even]),
            np.array([prior.value(float(at)) for at in z[:, index]]),
            ndtr(z[:, index]),
            float(z[:, index].std()),
        )
        for index, (name, prior) in enumerate(calibration.file.priors.items())
    )


def _together(calibration: Calibration, z: FloatArray) -> tuple[tuple[str, str, float], ...]:
    """Find pairs of parameters that are known together better than apart, the strongest first."""
    correlation = np.atleast_2d(np.corrcoef(z, rowvar=False))
    names = calibration.parameters
    found = [
        (names[a], names[b], float(correlation[a, b]))
        for a in range(len(names))
        for b in range(a + 1, len(names))
        if abs(correlation[a, b]) >= TOGETHER
    ]
    return tuple(sorted(found, key=lambda pair: -abs(pair[2])))


def _tier_curves(calibration: Calibration, z: FloatArray) -> tuple[TierCurve, ...]:
    """Simulate Notify for some draws of the posterior, and read it by tier."""
    horizon = calibration.experiments[NOTIFY].horizon
    months = np.arange(horizon.months)
    joined = []
    for luck, index in enumerate(range(0, len(z), max(1, len(z) // CURVES))):
        scenario = with_values(calibration, NOTIFY, calibration.values(z[index]))
        world = build_world(scenario, horizon, luck)
        steps = run_futures(world, horizon, [luck], "compiled").joined_step[0, 0]
        joined.append((steps >= 0) & (steps <= months[:, None]))
    simulated = np.array(joined)
    councils = load_councils()
    english = np.array([nation == "England" for nation in councils.nation])
    district = np.array([kind == "district" for kind in councils.council_type])
    tiers = {
        "English districts": district,
        "English single- and upper-tier councils": english & ~district,
        "Scottish councils": ~english,
    }
    signed = _signed_by_month(horizon.starts, horizon.months)
    return tuple(
        TierCurve(
            name, int(mask.sum()), signed[:, mask].mean(axis=1), simulated[:, :, mask].mean(2)
        )
        for name, mask in tiers.items()
    )


def _signed_by_month(first_month: int, months: int) -> FloatArray:
    """Which councils had signed by the end of each month, shape (t, n); nan before the record."""
    councils = load_councils()
    text = (files("sim") / "data" / NOTIFY_FILE).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    dates = [datetime.date.fromisoformat(row["signed_by"]) for row in rows]
    begins = min(date.year * 12 + date.month - 1 for date in dates)
    signed = np.zeros((months, len(councils)))
    for row, date in zip(rows, dates, strict=True):
        step = max(date.year * 12 + date.month - 1 - first_month, 0)
        signed[step:, councils.index_of(row["gss_code"])] = 1.0
    signed[: begins - first_month] = np.nan
    return signed
