"""What a calibration fits to what: priors of parameters and targets, read from a TOML file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError, model_validator
from scipy.special import betaincinv, ndtr, ndtri

from sim.calibration.likelihood import Likelihood
from sim.calibration.smc import Own
from sim.calibration.statistics import STATISTICS
from sim.evidence.facts import load_evidence
from sim.experiment.load import load_experiment
from sim.experiment.parameters import APPEAL_IN
from sim.files.layers import Origin, Origins, source_tree
from sim.files.problems import BadInput, Problem, any_of, closest
from sim.files.shipped import found_file
from sim.files.toml_reading import read_toml
from sim.settings import Experiment, Scenario
from sim.settings.base import Table
from sim.settings.editing import numeric_settings, with_setting, with_settings
from sim.settings.plain_errors import problems_of

FloatArray = npt.NDArray[np.float64]

# Tables of a scenario that are the same for all cases; other parameters belong to one case.
COMMON = ("behaviour", "traits", "climate")
# Parameters that are no settings, but say how history was measured.
OBSERVATION = "observation"
NOTHING: Mapping[str, float] = MappingProxyType({})
# What sets a programme apart from others of its terms: its appeal, so many deviations of appeals
# above that of others, which is added to general readiness, in its units.
APPEAL, APPEAL_SD = "appeal", "programmes.appeal_sd"


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
        31, ge=3, le=1_000, description="Draws of each fit that the true value is held against."
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
    check: Check = Check()
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


def load_calibration(
    path: str | Path,
    without: int | None = None,
    off: Iterable[str] = (),
    structure: str | None = None,
    tolerance_ratio: float | None = None,
) -> Calibration:
    """Read a calibration file and the cases it names.

    Parameters
    ----------
    path
        The file.
    without
        A pattern that is left out of the fit.
    off
        Rules that are left out: their parameters keep the value that they have in the cases.
    structure
        One of the file's structures; by default the file as it is.
    tolerance_ratio
        What tolerances are multiplied by instead of what the file says.

    Raises
    ------
    BadInput
        With every problem found.
    """
    path = found_file(path, calibration=True)
    source = read_toml(path)
    origins = Origins(source_tree(source))
    try:
        file = CalibrationFile.model_validate(source.table)
    except ValidationError as error:
        raise BadInput(problems_of(error, CalibrationFile, origins)) from None
    if tolerance_ratio is not None:
        file = file.model_copy(update={"tolerance_ratio": tolerance_ratio})
    if APPEAL_SD in file.priors:
        apart = dict.fromkeys(_appeals(file), STANDARD)
        file = file.model_copy(update={"priors": {**file.priors, **apart}})
    experiments, further = (
        dict[str, Experiment](
            (name, load_experiment(path.parent / experiment)) for name, experiment in cases.items()
        )
        for cases in (file.cases, file.held_out.cases)
    )
    problems = [
        origins.find(("cases", case)).problem("a table of parameters has this name", given=case)
        for case in file.cases
        if case in (*COMMON, OBSERVATION, APPEAL_SD.partition(".")[0])
    ]
    problems += _fix(file, experiments, origins)
    file, off, constant, wrong = _built_as(file, structure, tuple(off), experiments, origins)
    problems += wrong
    calibration = Calibration(file, experiments, further, without, constant)
    problems += [*_wrong_targets(calibration, origins), *_wrong_priors(calibration, origins)]
    problems += _wrong_rules(file, off, origins)
    if problems:
        raise BadInput(problems)
    left_out = {parameter for rule in off for parameter in file.rules[rule]} | set(constant)
    if APPEAL_SD in left_out:
        left_out |= set(_appeals(file))
    if not left_out:
        return calibration
    priors = {name: prior for name, prior in file.priors.items() if name not in left_out}
    targets = {
        name: target.model_copy(update={"factor": None})
        if f"{OBSERVATION}.{target.factor}" in left_out
        else target
        for name, target in file.targets.items()
    }
    kept = file.model_copy(update={"priors": priors, "targets": targets})
    return Calibration(kept, experiments, further, without, constant)


def _appeals(file: CalibrationFile) -> list[str]:
    """Name the parameter of each case that sets its programme apart."""
    return [f"{case}.{APPEAL}" for case in file.cases]


def _built_as(
    file: CalibrationFile,
    name: str | None,
    off: tuple[str, ...],
    experiments: dict[str, Experiment],
    origins: Origins,
) -> tuple[CalibrationFile, tuple[str, ...], Mapping[str, float], list[Problem]]:
    """Give a file the priors of a structure, and its constants to all cases.

    The rules that are left out, and the constants, come with it.
    """
    if name is None:
        return file, off, NOTHING, []
    if name not in file.structures:
        words, known = "the calibration has no such structure", list(file.structures)
        near = closest(name, known)
        problem = Problem(words, given=name, allowed=any_of(known), meant=near)
        return file, off, NOTHING, [problem]
    structure = file.structures[name]
    problems: list[Problem] = []
    changes: dict[str, Any] = dict(structure.fixed)
    for case, experiment in experiments.items():
        ((title, scenario),) = experiment.scenarios.items()
        try:
            changed = with_settings(scenario, changes)
        except BadInput as error:
            origin = origins.find(("structures", name, "fixed"))
            problems += [origin.problem(problem.problem) for problem in error.problems]
            break
        experiments[case] = experiment.model_copy(update={"scenarios": {title: changed}})
    built = file.model_copy(update={"priors": {**file.priors, **structure.priors}})
    off = tuple(dict.fromkeys((*structure.off, *off)))
    return built, off, structure.fixed, problems


def _fix(
    file: CalibrationFile, experiments: dict[str, Experiment], origins: Origins
) -> list[Problem]:
    """Put fixed settings into the cases; find those that do not fit."""
    found = []
    for name, value in file.fixed.items():
        case, _, setting = name.partition(".")
        origin = origins.find(("fixed", name))
        if case not in experiments:
            known = list(experiments)
            words = "there is no such case"
            found.append(origin.problem(words, allowed=any_of(known), meant=closest(case, known)))
            continue
        experiment = experiments[case]
        ((title, scenario),) = experiment.scenarios.items()
        changes: dict[str, Any] = {setting: value}
        try:
            changed = with_settings(scenario, changes)
        except BadInput as error:
            found += [origin.problem(problem.problem) for problem in error.problems]
            continue
        experiments[case] = experiment.model_copy(update={"scenarios": {title: changed}})
    return found


def _wrong_rules(file: CalibrationFile, off: Iterable[str], origins: Origins) -> list[Problem]:
    """Find rules that do not exist, or that name parameters without a prior."""
    found = []
    for rule, parameters in file.rules.items():
        for parameter in parameters:
            if parameter not in file.priors:
                near = closest(parameter, list(file.priors))
                origin, words = origins.find(("rules", rule)), "a rule has parameters with a prior"
                found.append(origin.problem(words, given=parameter, meant=near))
    for name, batch in file.batches.items():
        for rule in batch:
            if rule not in file.rules:
                origin, known = origins.find(("batches", name)), list(file.rules)
                words = "there is no such rule"
                near = closest(rule, known)
                found.append(origin.problem(words, given=rule, allowed=any_of(known), meant=near))
    for rule in off:
        if rule not in file.rules:
            words, known = "the calibration has no such rule", list(file.rules)
            found.append(
                Problem(words, given=rule, allowed=any_of(known), meant=closest(rule, known))
            )
    return found


def _wrong_targets(calibration: Calibration, origins: Origins) -> list[Problem]:
    """Find figures of cases, statistics or facts that do not exist, and targets that none meets."""
    found = []

    def complain(key: tuple[str, ...], words: str, given: str, known: list[str]) -> None:
        origin: Origin = origins.find(key)
        found.append(origin.problem(words, allowed=any_of(known), meant=closest(given, known)))

    def look(key: tuple[str, ...], figure: Target | HeldOutFigure, cases: list[str]) -> None:
        for what, given, known in (
            ("case", figure.case, cases),
            ("statistic", figure.statistic, list(STATISTICS)),
        ):
            if given not in known:
                complain((*key, what), f"there is no such {what}", given, known)

    for name, target in calibration.file.targets.items():
        look(("targets", name), target, list(calibration.experiments))
        if not target.low < target.high:
            found.append(origins.find(("targets", name, "low")).problem("low must be below high"))
        factors = [
            parameter.removeprefix(f"{OBSERVATION}.")
            for parameter in calibration.parameters
            if parameter.startswith(f"{OBSERVATION}.")
        ]
        if target.factor is not None and target.factor not in factors:
            words = f"no prior is called {OBSERVATION}. and this"
            complain(("targets", name, "factor"), words, target.factor, factors)
    facts = list(load_evidence())
    for name, figure in calibration.file.held_out.figures.items():
        key = ("held_out", "figures", name)
        look(key, figure, [*calibration.experiments, *calibration.further])
        if figure.fact not in facts:
            complain((*key, "fact"), "evidence.csv has no such fact", figure.fact, facts)
    return found


def _wrong_priors(calibration: Calibration, origins: Origins) -> list[Problem]:
    """Find parameters that no case has, or values that none may have."""
    found = []
    of_history = {f"{OBSERVATION}.{target.factor}" for target in calibration.file.targets.values()}
    fitted = APPEAL_SD in calibration.file.priors
    apart = {APPEAL_SD, *_appeals(calibration.file)} if fitted else set()
    for name, prior in calibration.file.priors.items():
        origin = origins.find(("priors", name))
        if name == APPEAL_SD and prior.low < 0.0:
            found.append(origin.problem("a deviation is at least 0", given=f"low = {prior.low:g}"))
        if name in of_history or name in apart:
            continue
        cases = [case for case in calibration.experiments if calibration.of_case(name, case)]
        known = [
            *COMMON,
            APPEAL_SD,
            *(f"{case}.{key}" for case in calibration.experiments for key in ("offers", "push")),
        ]
        if not cases:
            near = closest(name, known)
            found.append(
                origin.problem("no case has this setting", allowed=any_of(known), meant=near)
            )
            continue
        scenario = calibration.scenario(cases[0])
        setting = calibration.of_case(name, cases[0]) or ""
        if setting not in numeric_settings(scenario):
            near = closest(setting, numeric_settings(scenario))
            found.append(origin.problem("there is no numeric setting of this name", meant=near))
            continue
        for bound in (prior.low, prior.high):
            try:
                with_setting(scenario, setting, bound)
            except BadInput as error:
                found += [origin.problem(problem.problem) for problem in error.problems]
    return found
