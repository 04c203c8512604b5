"""A calibration as written: priors of parameters, targets, cases, rules and rival structures."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, model_validator
from scipy.special import betaincinv, ndtr, ndtri

from sim.settings.base import Table


class Prior(Table):
    """Prior of a parameter: uniform, also in its logarithm, normal between bounds, or beta."""

    low: float = Field(description="Least value.")
    high: float = Field(description="Greatest value.")
    scale: Literal["linear", "log", "normal", "beta"] = Field(
        "linear",
        description='"log": uniform in the logarithm; "normal": around `mean`; "beta": of shape '
        "`a`, `b` between the bounds.",
    )
    mean: float | None = Field(None, description="Of a normal prior.")
    sd: float | None = Field(None, description="Of a normal prior.", gt=0)
    a: float | None = Field(None, description="Of a beta prior.", gt=0)
    b: float | None = Field(None, description="Of a beta prior.", gt=0)
    step: float | None = Field(
        None,
        gt=0,
        description="Values are multiples of it, so that what takes long to work out of them is "
        "worked out for few.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Prior:
        if not self.low < self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g})")
        if self.scale == "log" and self.low <= 0.0:
            raise ValueError("a logarithmic prior needs a low above 0")
        if (self.scale == "normal") != (self.mean is not None and self.sd is not None):
            raise ValueError("mean and sd belong to a normal prior, which needs both")
        if (self.scale == "beta") != (self.a is not None and self.b is not None):
            raise ValueError("a and b belong to a beta prior, which needs both")
        return self

    def value(self, z: float) -> float:
        """Value at a standard normal number: the prior's own quantile at its probability."""
        if self.scale == "normal" and self.mean is not None and self.sd is not None:
            below, above = ndtr([(bound - self.mean) / self.sd for bound in (self.low, self.high)])
            value = self.mean + self.sd * ndtri(below + ndtr(z) * (above - below))
        elif self.scale == "beta" and self.a is not None and self.b is not None:
            value = self.low + betaincinv(self.a, self.b, ndtr(z)) * (self.high - self.low)
        elif self.scale == "log":
            value = self.low * math.exp(ndtr(z) * math.log(self.high / self.low))
        else:
            value = self.low + ndtr(z) * (self.high - self.low)
        if self.step is not None:
            value = round(value / self.step) * self.step
        return float(min(max(value, self.low), self.high))


STANDARD = Prior(low=-5.0, high=5.0, scale="normal", mean=0.0, sd=1.0)


class Target(Table):
    """A figure of history that simulated cases are held against."""

    case: str = Field(description="Name of a case, as in `cases`.")
    pattern: int = Field(ge=1, le=99, description="Number of the pattern it belongs to.")
    statistic: str = Field(description="What is measured; see `sim.calibration.statistics`.")
    months: int = Field(ge=1, description="Months since the offer opened.")
    figure: float | None = Field(None, description="As observed; none if measured in the data.")
    low: float = Field(description="Least figure that counts as met.")
    high: float = Field(description="Greatest figure that counts as met.")
    at_least: bool = Field(
        False, description="A lower bound: counting had not ended, or not all were counted."
    )
    factor: str | None = Field(
        None,
        description="What the simulated figure is multiplied by before it is compared: a "
        "parameter of the table `observation`.",
    )
    counts: str = Field("", description="What counts as joined, and who was in scope, in words.")
    label: str = Field(description="In words, for tables.")


class Check(Table):
    """How the fit itself is tried, on histories simulated with known parameters."""

    data_sets: int = Field(24, ge=2, le=10_000, description="Histories that are fitted.")
    particles: int = Field(50, ge=20, le=100_000, description="Particles of each fit.")
    draws: int = Field(
        31,
        ge=3,
        le=1_000,
        description="Draws of each fit that the true value is held against: of no more than there "
        "are chains, one for every 20 particles, each is the end of another.",
    )

    @model_validator(mode="after")
    def _enough(self) -> Check:
        if self.draws > self.particles:
            raise ValueError(f"draws ({self.draws}) cannot be more than particles")
        return self


class HeldOutFigure(Table):
    """A figure of history that the fit is not shown, and that it has to predict."""

    case: str = Field(description="Name of a case, of the fit or held out.")
    fact: str = Field(description="Its row in sim/data/evidence.csv.")
    statistic: str = Field(description="What is measured; see `sim.calibration.statistics`.")
    months: int = Field(ge=1, description="Months since the offer opened.")
    figure: float | None = Field(None, description="As observed; none if measured in the data.")
    at_least: bool = Field(False, description="A lower bound: counting had not ended.")
    label: str = Field(description="In words, for tables.")


class HeldOut(Table):
    """What is kept from the fit, so that it can be predicted."""

    cases: dict[str, str] = Field({}, description="Experiment file of each further case.")
    figures: dict[str, HeldOutFigure] = Field({}, description="What is predicted.")


class Structure(Table):
    """A way to build the model that is fitted and scored like the others."""

    title: str = Field(min_length=1, description="In words, for tables.")
    off: list[str] = Field([], description="Rules that it leaves out.")
    fixed: dict[str, float] = Field(
        {}, description="Parameters of all cases that have one value in it."
    )
    priors: dict[str, Prior] = Field({}, description="Parameters that only it has.")


class CalibrationFile(Table):
    """A calibration as written."""

    title: str = Field(min_length=1)
    seed: int = Field(1, ge=0, le=2**31, description="Which luck the fit itself has.")
    particles: int = Field(1_000, ge=20, le=100_000, description="Draws of the posterior.")
    histories: int = Field(8, ge=2, le=1_000, description="Simulated for every particle.")
    chains: int = Field(
        50,
        ge=10,
        le=10_000,
        description="Particles that begin a chain in a stage; all its states are the next ones.",
    )
    check: list[Check] = Field(
        [Check()], min_length=1, description="Trials of the fit, each of its size."
    )
    correlated: bool = Field(
        False, description="Whether figures of one case share the covariance of their luck."
    )
    discrepancy: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Deviation of what the model cannot be, added to the error of every figure.",
    )
    tolerance_ratio: float = Field(
        1.0, gt=0, le=100, description="What tolerances of figures are multiplied by."
    )
    cases: dict[str, str] = Field(min_length=1, description="Experiment file of each case.")
    fixed: dict[str, float | str | bool] = Field(
        {}, description="Settings of cases that are not as their files have them."
    )
    rules: dict[str, list[str]] = Field(
        {}, description="Rules that a fit may leave out, each with its parameters."
    )
    batches: dict[str, list[str]] = Field(
        {}, description="Rules that are left out together, batch after batch."
    )
    structures: dict[str, Structure] = Field(
        {}, description="Rival ways to build the model, each fitted and scored alike."
    )
    priors: dict[str, Prior] = Field(min_length=1)
    targets: dict[str, Target] = Field(min_length=1)
    held_out: HeldOut = HeldOut()

    @model_validator(mode="after")
    def _checks_apart(self) -> CalibrationFile:
        sizes = [check.particles for check in self.check]
        if len(set(sizes)) < len(sizes):
            raise ValueError("each check needs another number of particles")
        return self
