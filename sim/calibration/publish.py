"""Make a finished fit the one that experiments draw behaviour from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from sim.calibration.calibrate import STATE, read_particles
from sim.calibration.plan import Calibration, Prior, load_calibration
from sim.calibration.validate import learned
from sim.experiment.parameters import ABOUT, FILES, TABLES
from sim.files.writing import write_text
from sim.settings.editing import OF_COUNCILS

FloatArray = npt.NDArray[np.float64]

DRAWS = 500
ORDER, PRIOR = 1, 2  # what a generator is for
# Ends of a prior that has no sharp ones: nine in ten of its values lie between them.
TAIL = 0.05


def publish(path: str | Path, folder: Path, data: Path) -> None:
    """Write draws of the posterior and of the prior, and what they are, into a folder of data.

    Parameters
    ----------
    path
        The calibration file.
    folder
        Where its finished fit is kept, as `calibrate` returns it.
    data
        Where the files go: `sim/data`.

    Raises
    ------
    ValueError
        If the fit has fewer particles than draws are wanted.
    """
    calibration = load_calibration(path)
    particles = read_particles(folder / STATE)
    if len(particles.z) < DRAWS:
        raise ValueError(f"{len(particles.z)} particles are fewer than {DRAWS} draws")
    names = [name for name in calibration.parameters if name.startswith(OF_COUNCILS)]
    seed = calibration.file.seed
    # In no order, so that the first few are as good a sample as any.
    chosen = np.random.default_rng([seed, ORDER]).permutation(len(particles.z))[:DRAWS]
    shape = (DRAWS, len(calibration.parameters))
    before = np.random.default_rng([seed, PRIOR]).standard_normal(shape)
    for source, z in (("posterior", particles.z[chosen]), ("prior", before)):
        write_text(data / FILES[source], _table(calibration, z, names))
    manifest = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    about = {
        "title": manifest["title"],
        "file": Path(path).name,
        "fit": folder.name,
        "cases": manifest["cases"],
        "particles": manifest["particles"],
        "distinct_particles": manifest["distinct_particles"],
        "stages": manifest["stages"],
        "draws": DRAWS,
        "digits": 3,
        "settings": {
            one.name: {
                "low": end(calibration.file.priors[one.name], TAIL),
                "high": end(calibration.file.priors[one.name], 1.0 - TAIL),
                "spread": round(one.spread, 3),
                "learned": one.verdict,
            }
            for one in learned(calibration, particles.z)
            if not one.name.startswith(tuple(f"{case}." for case in calibration.experiments))
        },
    }
    write_text(data / ABOUT, json.dumps(about, indent=1) + "\n")


def end(prior: Prior, probability: float) -> float:
    """One end of a prior: its bound, or a quantile where it has tails."""
    if prior.scale == "normal":
        return round(prior.value(float(ndtri(probability))), 3)
    return prior.low if probability < 0.5 else prior.high


def _table(calibration: Calibration, z: FloatArray, names: list[str]) -> str:
    rows = pd.DataFrame([calibration.values(at) for at in z])[names]
    for name in names:
        table, _, setting = name.partition(".")
        if TABLES[table].model_fields[setting].annotation is int:
            rows[name] = rows[name].round().astype(int)
    # What the fit can tell of a setting needs no more digits.
    return str(rows.to_csv(index=False, float_format="%.3g", lineterminator="\n"))
