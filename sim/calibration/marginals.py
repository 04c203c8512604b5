"""Posteriors side by side, parameter by parameter: what moves from one to the other.

Two posteriors are as far apart in a parameter as the probabilities can be that they give to its
being below some value (the distance of Kolmogorov and Smirnov). Two normal distributions whose
middles are half a deviation apart are 0.2 apart in this sense; what is no further counts as
agreeing. The number stands here since before any two posteriors were compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from sim.calibration.calibrate import MANIFEST, STATE, read_particles
from sim.calibration.file import Prior
from sim.calibration.smc import FloatArray
from sim.calibration.validate import UNTOUCHED
from sim.files.problems import BadInput, Problem

FAR = 0.2
BAND = (0.05, 0.5, 0.95)
COLUMNS = ("parameter", "posterior", "low", "median", "high", "spread", "distance", "verdict")


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of a posterior, and of what.

    Attributes
    ----------
    priors
        Of its d parameters, by name.
    z
        In the space in which the prior is standard normal, shape (n, d).
    without
        The pattern that it is not fitted to, if any.
    tolerance_ratio
        What tolerances of figures were multiplied by.
    cases
        Digest of what its cases gave.
    """

    priors: Mapping[str, Prior]
    z: FloatArray
    without: int | None = None
    tolerance_ratio: float = 1.0
    cases: str = ""

    def of(self, parameter: str) -> FloatArray:
        """Draws of one parameter where its prior is standard normal, shape (n,)."""
        return np.asarray(self.z[:, list(self.priors).index(parameter)])

    @property
    def spoken_of(self) -> set[str]:
        """Parameters that are known better than by the prior."""
        return {name for name in self.priors if float(self.of(name).std()) <= UNTOUCHED}


def read_fit(folder: Path) -> Posterior:
    """Read a finished fit, as `calibrate` leaves it in its folder.

    Raises
    ------
    BadInput
        If there is none.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        file = manifest["file"]
        priors = {name: Prior.model_validate(prior) for name, prior in file["priors"].items()}
        z = read_particles(folder / STATE).z
        without, cases = manifest["without"], manifest["cases"]
    except (OSError, ValueError, KeyError, TypeError):
        words = f"there is no finished fit here: it has {MANIFEST} and {STATE}"
        raise BadInput([Problem(words, file=str(folder))]) from None
    return Posterior(priors, z, without, file.get("tolerance_ratio", 1.0), cases)


def side_by_side(posteriors: Mapping[str, Posterior], parameters: Sequence[str]) -> pd.DataFrame:
    """Middles and ends of parameters in every posterior, and how far each is from the first.

    Parameters
    ----------
    posteriors
        By name, at least one.
    parameters
        Some of those of the first. A posterior that has a parameter not, or with another prior,
        has no row for it.

    Returns
    -------
    DataFrame
        A row a parameter and posterior: `low`, `median` and `high` (9 in 10 draws lie between) in
        the parameter's own units; `spread`, its deviation where that of the prior is 1;
        `distance` and `verdict` (agrees, differs) against the first, nan and "" of the first.
    """
    first, reference = next(iter(posteriors.items()))
    rows = []
    for parameter in parameters:
        prior = reference.priors[parameter]
        for name, posterior in posteriors.items():
            if posterior.priors.get(parameter) != prior:
                continue
            z = posterior.of(parameter)
            low, median, high = (prior.value(float(at)) for at in np.quantile(z, BAND))
            away, words = float("nan"), ""
            if name != first:
                away = float(ks_2samp(z, reference.of(parameter)).statistic)
                words = "agrees" if away <= FAR else "differs"
            row = (parameter, name, low, median, high, float(z.std()), away, words)
            rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))
