"""Read a calibration file and its cases, and find what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.calibration.file import STANDARD, CalibrationFile, HeldOutFigure, Target
from sim.calibration.plan import APPEAL, APPEAL_SD, COMMON, NOTHING, OBSERVATION, Calibration
from sim.calibration.statistics import STATISTICS
from sim.evidence.facts import load_evidence
from sim.experiment.checks import wrong_names
from sim.experiment.load import load_experiment
from sim.files.layers import Origin, Origins, source_tree
from sim.files.problems import BadInput, Problem, any_of, closest
from sim.files.shipped import found_file
from sim.files.toml_reading import read_toml
from sim.settings import Experiment
from sim.settings.editing import numeric_settings, with_setting, with_settings
from sim.settings.plain_errors import problems_of


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
    problems += wrong_names([("structures", name) for name in file.structures], origins)
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

    pattern_of: dict[str, int] = {}
    for name, target in calibration.file.targets.items():
        pattern = pattern_of.setdefault(target.case, target.pattern)
        if target.pattern != pattern:
            words = "all figures of a case have one pattern, so that they are left out together"
            origin = origins.find(("targets", name, "pattern"))
            found.append(origin.problem(words, given=str(target.pattern), allowed=str(pattern)))
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
