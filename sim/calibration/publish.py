"""Write a finished fit as files that experiments can draw behaviour from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from sim.calibration.calibrate import STATE, read_particles
from sim.calibration.file import Prior
from sim.calibration.load import load_calibration
from sim.calibration.plan import COMMON, Calibration
from sim.calibration.programmes import appeals_to_come, deviation, spreads
from sim.calibration.validate import learned
from sim.experiment.parameters import ABOUT, APPEAL_IN, FILES, TABLES
from sim.files.problems import BadInput, Problem
from sim.files.shipped import found_file, make_own_folder
from sim.files.writing import write_text
from sim.settings.editing import OF_COUNCILS

FloatArray = npt.NDArray[np.float64]

DRAWS = 500
ORDER, PRIOR = 1, 2  # what a generator is for
# Ends of a prior that has no sharp ones: nine in ten of its values lie between them.
TAIL = 0.05


def publish(
    path: str | Path,
    folder: Path,
    data: Path,
    *,
    off: tuple[str, ...] = (),
    structure: str | None = None,
) -> None:
    """Write draws of the posterior and of the prior, and what they are, into a folder.

    An experiment draws from them with ``[parameters] fit = "that folder"``. It is of programmes
    that the fit has not seen, so each draw of the posterior has an appeal to come added, which all
    scenarios of a future share: they differ in what they do, not in what nobody measured.

    Parameters
    ----------
    path
        The calibration file.
    folder
        Where its finished fit is kept, as `calibrate` returns it.
    data
        Where the files go. In a checkout `sim/data` has the fit that comes along.
    off
        Rules that it leaves out.
    structure
        The structure of the file that was fitted, if one was named.

    Raises
    ------
    BadInput
        If the fit has fewer particles than draws are wanted, or nothing can be written there.
    """
    calibration = load_calibration(path, off=off, structure=structure)
    particles = read_particles(folder / STATE)
    get_place(data, len(particles.z))
    names = [name for name in calibration.parameters if name.startswith(OF_COUNCILS)]
    seed = calibration.file.seed
    # In no order, so that the first few are as good a sample as any.
    chosen = np.random.default_rng([seed, ORDER]).permutation(len(particles.z))[:DRAWS]
    shape = (DRAWS, len(calibration.parameters))
    before = np.random.default_rng([seed, PRIOR]).standard_normal(shape)
    for source, z, appeals in (
        ("posterior", particles.z[chosen], appeals_to_come(calibration, particles.z[chosen])),
        ("prior", before, np.zeros(DRAWS)),
    ):
        write_text(data / FILES[source], _table(calibration, z, names, appeals))
    apart = deviation(spreads(calibration, particles.z))
    manifest = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    about = {
        "title": manifest["title"],
        "file": found_file(path, calibration=True).name,
        "fit": folder.name,
        "cases": manifest["cases"],
        "particles": manifest["particles"],
        "worth_draws": manifest["worth_draws"],
        "stages": manifest["stages"],
        "draws": DRAWS,
        "programme_appeal_sd": round(apart, 3) if APPEAL_IN in names else 0.0,
        "digits": 3,
        "structure": structure,
        "settings": {
            one.name: {
                "low": end(calibration.file.priors[one.name], TAIL),
                "high": end(calibration.file.priors[one.name], 1.0 - TAIL),
                "spread": round(one.spread, 3),
                "learned": one.verdict,
            }
            for one in learned(calibration, particles.z)
            if one.name.split(".")[0] in COMMON
        },
    }
    write_text(data / ABOUT, json.dumps(about, indent=1) + "\n")


def get_place(data: Path, particles: int) -> None:
    """Make the folder of a fit; ask before the fit, which takes long.

    Raises
    ------
    BadInput
        If nothing can or may be written there, or the fit has too few particles.
    """
    if particles < DRAWS:
        raise BadInput(
            [
                Problem(
                    "a fit of so few particles cannot be published",
                    given=f"{particles} particles",
                    allowed=f"at least {DRAWS}",
                )
            ]
        )
    make_own_folder(data)


def end(prior: Prior, probability: float) -> float:
    """One end of a prior: its bound, or a quantile where it has tails."""
    if prior.scale == "normal":
        return round(prior.value(float(ndtri(probability))), 3)
    return prior.low if probability < 0.5 else prior.high


def _table(calibration: Calibration, z: FloatArray, names: list[str], appeals: FloatArray) -> str:
    rows = pd.DataFrame([calibration.values(at) for at in z])[names]
    for name in names:
        table, _, setting = name.partition(".")
        if TABLES[table].model_fields[setting].annotation is int:
            rows[name] = rows[name].round().astype(int)
    # What the structure gives one value belongs to its behaviour as well.
    rows = rows.assign(**calibration.constant)
    if APPEAL_IN in rows:
        rows[APPEAL_IN] += appeals
    # What the fit can tell of a setting needs no more digits.
    return str(rows.to_csv(index=False, float_format="%.3g", lineterminator="\n"))
