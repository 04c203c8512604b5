"""What a calibration fits to what: cases, parameters and targets, resolved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.calibration.file import CalibrationFile
from sim.calibration.likelihood import Likelihood
from sim.calibration.smc import Own
from sim.experiment.parameters import APPEAL_IN
from sim.settings import Experiment, Scenario

FloatArray = npt.NDArray[np.float64]

# Tables of a scenario that are the same for all cases; other parameters belong to one case.
COMMON = ("behaviour", "traits", "climate")
# Parameters that are no settings, but say how history was measured.
OBSERVATION = "observation"
NOTHING: Mapping[str, float] = MappingProxyType({})
# What sets a programme apart from others of its terms: its appeal, so many deviations of appeals
# above that of others, which is added to general readiness, in its units.
APPEAL, APPEAL_SD = "appeal", "programmes.appeal_sd"


class Calibration:
    """A calibration, resolved: cases loaded, parameters and targets checked.

    Attributes
    ----------
    file
        As written.
    experiments
        The experiment of each case; its one scenario has the case's name.
    further
        The experiment of each case that is held out.
    without
        A pattern that is measured but not fitted, so that it can be predicted.
    constant
        Settings of all cases to which the structure gives one value.
    parameters
        Dotted names in order: `behaviour.x` for all cases, `case.offers.main.x` for one,
        `case.appeal` for what sets it apart, where the file has a prior of `programmes.appeal_sd`.
    """

    def __init__(
        self,
        file: CalibrationFile,
        experiments: Mapping[str, Experiment],
        further: Mapping[str, Experiment],
        without: int | None = None,
        constant: Mapping[str, float] = NOTHING,
    ) -> None:
        self.file = file
        self.experiments = experiments
        self.further = further
        self.without = without
        self.constant = constant
        self.parameters = tuple(file.priors)
        self.targets = tuple(file.targets)

    def experiment(self, case: str) -> Experiment:
        """Return the experiment of a case, of the fit or held out."""
        return self.experiments[case] if case in self.experiments else self.further[case]

    def scenario(self, case: str) -> Scenario:
        """Settings of a case as its file has them."""
        return next(iter(self.experiment(case).scenarios.values()))

    @cached_property
    def tolerances(self) -> FloatArray:
        """Standard deviation of each target's error: its tolerance is taken as two of them.

        That of a pattern left out is infinite.
        """
        ratio = self.file.tolerance_ratio
        return np.array(
            [
                math.inf
                if target.pattern == self.without
                else math.hypot(ratio * (target.high - target.low) / 4.0, self.file.discrepancy)
                for target in self.file.targets.values()
            ]
        )

    @cached_property
    def likelihood(self) -> Likelihood:
        """What simulated histories are held against."""
        targets = list(self.file.targets.values())
        groups = [
            np.flatnonzero([target.case == case for target in targets]) for case in self.file.cases
        ]
        return Likelihood(
            self.observed,
            self.tolerances,
            np.array([target.at_least for target in targets]),
            groups if self.file.correlated else (),
        )

    @cached_property
    def observed(self) -> FloatArray:
        """Figure of each target, measured in the data where the file names none."""
        from sim.calibration.statistics import observed

        return np.array(
            [
                observed(target.statistic, target.months)
                if target.figure is None
                else target.figure
                for target in self.file.targets.values()
            ]
        )

    def values(self, z: FloatArray) -> dict[str, float]:
        """Parameters at a point of the space in which the prior is standard normal."""
        return {
            name: prior.value(float(at))
            for (name, prior), at in zip(self.file.priors.items(), z, strict=True)
        }

    def of_case(self, name: str, case: str) -> str | None:
        """Setting inside the case's scenario that a parameter stands for, if any."""
        first, _, rest = name.partition(".")
        if first in COMMON:
            return name
        return rest if first == case and rest != APPEAL else None

    def in_case(
        self, values: Mapping[str, float], case: str, appeal: float = 0.0
    ) -> dict[str, float]:
        """Parameters as a case has them: its appeal is part of its readiness.

        Parameters
        ----------
        values
            Of all parameters.
        case
            Of the fit or held out.
        appeal
            In the units of readiness; of a case that has no appeal of its own in the fit.
        """
        own = values.get(f"{case}.{APPEAL}")
        apart = appeal if own is None else own * values[APPEAL_SD]
        usual = values.get(APPEAL_IN, self.scenario(case).behaviour.intercept)
        return {**values, APPEAL_IN: usual + apart}

    @cached_property
    def own(self) -> tuple[Own, ...]:
        """What belongs to each case alone."""
        targets = self.file.targets.values()
        return tuple(
            Own(
                np.flatnonzero([name.startswith(f"{case}.") for name in self.parameters]),
                np.array([target.case == case for target in targets]),
            )
            for case in self.file.cases
        )


class Source(NamedTuple):
    """Where a calibration comes from: its file, and what of it a fit leaves out."""

    path: str
    without: int | None = None
    off: tuple[str, ...] = ()
    structure: str | None = None
    tolerance_ratio: float | None = None
