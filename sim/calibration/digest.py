"""What the cases of a fit give, as a digest: a fit belongs to what it was fitted with.

Code that moves, or gets another name, leaves the digest as it is. A changed rule, default, draw or
data file voids it as soon as it changes anything that happens in a case of history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from sim.calibration.cases import with_values
from sim.calibration.plan import Calibration
from sim.model.record import COLUMN, Record
from sim.model.run import Engine, run_futures
from sim.model.world import build_world
from sim.settings import Experiment

# Three sets of parameters: the middle of the prior, and on both sides of it.
POINTS = ((0.0, 0.0), (0.8, -0.8), (-0.8, 0.8))
SEEDS = (1, 2)
# What is compared, month by month, besides each council's status.
MONTHLY = (
    "joined",
    "live",
    "pledged",
    "gone",
    "used_spend",
    "saving",
    "fees",
    "joining",
    "switching",
    "running",
    "visits",
    "incidents",
    "severe",
)


def case_digests(calibration: Calibration, engine: Engine = "compiled") -> dict[str, str]:
    """Digest of what each case gives, to the bit, with three sets of parameters and two seeds."""
    return {
        case: _digest(calibration, case, experiment, engine)
        for case, experiment in calibration.experiments.items()
    }


def fit_digest(digests: Mapping[str, str]) -> str:
    """One digest of all cases."""
    text = " ".join(f"{case} {digests[case]}" for case in sorted(digests))
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(calibration: Calibration, case: str, experiment: Experiment, engine: Engine) -> str:
    digest = hashlib.sha256()
    for even, odd in POINTS:
        z = np.where(np.arange(len(calibration.parameters)) % 2, odd, even)
        # Six digits, so that the last bit of a library's quantiles does not matter.
        values = {name: float(f"{value:.6g}") for name, value in calibration.values(z).items()}
        scenario = with_values(calibration, case, values)
        world = build_world(scenario, experiment.horizon, SEEDS[0])
        record = run_futures(world, experiment.horizon, SEEDS, engine, with_states=True)
        digest.update(_bytes(record))
    return digest.hexdigest()


def _bytes(record: Record) -> bytes:
    monthly = record.totals[:, :, [COLUMN[name] for name in MONTHLY]]
    arrays = (record.states.astype("<i1"), record.use.astype("<f8"), monthly.astype("<f8"))
    return b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
