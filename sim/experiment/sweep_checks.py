"""What must be right in a sweep: in the file, before points are chosen, and in the points."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from sim.experiment.samples import SAMPLES
from sim.experiment.sweeps import (
    DRAW,
    TABLE,
    Design,
    Factor,
    factor_of,
    kind_of,
    outcomes_of,
    settled,
    written,
)
from sim.files.layers import EITHER_OR, Origins
from sim.files.problems import BadInput, Problem, any_of, closest, quoted, shown
from sim.files.toml_lines import KeyPath
from sim.settings import Experiment, Scenario, Sweep
from sim.settings.columns import SERIES_COLUMNS, outcomes_of_runs
from sim.settings.editing import numeric_settings, with_settings
from sim.settings.limits import MOST_SWEEP_POINTS, MOST_SWEEP_RUNS

# Worlds that are looked at before a sweep starts: a few seconds. Others are when they are built.
MOST_LOOKED_AT = 300
# What is wrong with a scenario, as `sim.experiment.checks` finds it.
Look = Callable[[Scenario], Iterable[Problem]]


def check_sweep(
    experiment: Experiment, name: str, origins: Origins, look: Look
) -> Iterator[Problem]:
    """Find what is wrong with a sweep whose scenarios are right.

    Parameters
    ----------
    experiment, name
        The sweep.
    origins
        Where its values were set.
    look
        Finds what is wrong with a scenario.
    """
    sweep, path = experiment.sweep[name], ("sweep", name)
    yield from _columns(experiment, sweep, path, origins)
    if sweep.design == TABLE:
        if sweep.varied:
            yield origins.find((*path, "levers" if sweep.levers else "uncertainties")).problem(
                "the points of a table say themselves what is varied",
                given="",
                allowed="no levers and uncertainties, or another design",
            )
    elif not sweep.varied:
        yield origins.find(path).problem(
            "nothing is varied in this sweep", given="", allowed="levers or uncertainties"
        )
    if sweep.design == "grid" and sweep.draws == "by_point":
        yield origins.find((*path, "draws")).problem(
            "in a grid there is no draw of behaviour for each point",
            allowed='"by_seed" or "none", or another design',
        )
    yield from _boxes(experiment, sweep, path, origins)
    factors, problems = check_varied(experiment, sweep, path, origins, look)
    yield from problems
    if not problems and (factors or sweep.design == TABLE):
        yield from _size(sweep, factors, path, origins)


def check_varied(
    experiment: Experiment, sweep: Sweep, path: KeyPath, origins: Origins, look: Look
) -> tuple[list[Factor], list[Problem]]:
    """Read levers and uncertainties; find what is wrong with them and with constants.

    Parameters
    ----------
    experiment, sweep
        What is varied, and in which scenarios.
    path
        Where the sweep, or what is like one, stands in the file.
    origins
        Where its values were set.
    look
        Finds what is wrong with a scenario.
    """
    problems = list(_either(sweep, path, origins))
    constants = list(_constants(experiment, sweep, path, origins, look))
    if constants:
        return [], problems + constants
    factors, wrong = _factors(experiment, sweep, path, origins, look)
    return factors, problems + wrong


def _columns(
    experiment: Experiment, sweep: Sweep, path: KeyPath, origins: Origins
) -> Iterator[Problem]:
    """What is kept are columns that there are."""
    known = [*outcomes_of_runs(experiment.outcomes), "councils", "opened", "cancelled_month"]
    months = list(SERIES_COLUMNS)
    for key, of, wanted, columns in (
        ("outcomes", "runs", sweep.outcomes or [], known),
        ("series", "months", sweep.series, months),
    ):
        for index, column in enumerate(wanted):
            if column not in columns:
                yield origins.find((*path, key, index)).problem(
                    f"there is no such column in the table of {of}",
                    allowed=any_of(columns, most=12),
                    meant=closest(column, columns),
                )


def _boxes(
    experiment: Experiment, sweep: Sweep, path: KeyPath, origins: Origins
) -> Iterator[Problem]:
    """What is looked for is told by outcomes that the sweep keeps, as numbers."""
    numbers = outcomes_of_runs(experiment.outcomes)
    kept = [name for name in outcomes_of(experiment, sweep) if name in numbers]
    another = "any outcome that the sweep's own outcomes name too"
    for name, case in sweep.boxes.items():
        for index, condition in enumerate(case.when):
            if condition.outcome not in kept:
                at = (*path, "boxes", name, "when", index, "outcome")
                yield origins.find(at).problem(
                    "this sweep keeps no number of this name",
                    allowed=f"{any_of(kept, most=12)}; {another}" if kept else another,
                    meant=closest(condition.outcome, kept),
                )


def _either(sweep: Sweep, path: KeyPath, origins: Origins) -> Iterator[Problem]:
    """No setting is named twice, nor two that replace each other."""
    tables = {
        "levers": sweep.levers,
        "uncertainties": sweep.uncertainties,
        "constants": sweep.constants,
    }
    seen: dict[str, str] = {}
    for table, settings in tables.items():
        for setting in settings:
            head, _, last = setting.rpartition(".")
            same = f"{head}.visits" if last in EITHER_OR else setting
            if same in seen:
                yield origins.find((*path, table, setting)).problem(
                    "this setting is varied already"
                    if seen[same] == setting
                    else f"this replaces {seen[same]}, which stands here too",
                    given="",
                    allowed="one of them",
                )
            seen[same] = setting


def _constants(
    experiment: Experiment, sweep: Sweep, path: KeyPath, origins: Origins, look: Look
) -> Iterator[Problem]:
    """Every scenario can have the constants."""
    for scenario in sweep.scenarios:
        try:
            found = list(look(settled(experiment, sweep, scenario)))
        except BadInput as error:
            found = error.problems
        for problem in found:
            key = f"{problem.key}: " if problem.key else ""
            yield origins.find((*path, "constants")).problem(
                f"scenario {scenario}: {key}{problem.problem}",
                given=problem.given,
                allowed=problem.allowed,
                meant=problem.meant,
            )


def _factors(
    experiment: Experiment, sweep: Sweep, path: KeyPath, origins: Origins, look: Look
) -> tuple[list[Factor], list[Problem]]:
    """Read what is varied; every scenario can have each of its ends or values by itself."""
    factors: list[Factor] = []
    problems: list[Problem] = []
    for table, settings in (("levers", sweep.levers), ("uncertainties", sweep.uncertainties)):
        for setting, varied in settings.items():
            at = (*path, table, setting)
            for name in sweep.scenarios:
                scenario = settled(experiment, sweep, name)
                if kind_of(scenario, setting) is None:
                    problems.append(
                        origins.find(at).problem(
                            f"scenario {name} has no setting of this name",
                            given=quoted(setting),
                            meant=closest(setting, numeric_settings(scenario)),
                        )
                    )
                    break
                try:
                    factor = factor_of(scenario, setting, varied)
                except ValueError as error:
                    key = "values" if varied.values is not None else "low"
                    problems.append(origins.find((*at, key)).problem(str(error)))
                    break
                wrong = list(_ends(scenario, factor, at, origins, look))
                if wrong:
                    problems += wrong
                    break
            else:
                factors.append(factor)
                if sweep.design == "grid" and factor.levels is None:
                    problems.append(
                        origins.find(at).problem(
                            "a grid needs to know how many values there are",
                            allowed="steps = 5, or values = [...]",
                        )
                    )
    return factors, problems


def _ends(
    scenario: Scenario, factor: Factor, at: KeyPath, origins: Origins, look: Look
) -> Iterator[Problem]:
    """A scenario can have the ends of a range, or each value of a list."""
    tried: list[tuple[KeyPath, object]] = [
        (("values", index), _said(factor, value)) for index, value in enumerate(factor.values)
    ] or [(("low",), _said(factor, factor.low)), (("high",), _said(factor, factor.high))]
    for key, value in tried:
        for problem in fault_with(scenario, {factor.setting: value}, look):
            yield origins.find((*at, *key)).problem(problem.problem, allowed=problem.allowed)


def _said(factor: Factor, value: object) -> object:
    """Write a value of a factor as a file would."""
    from sim.settings import month_text

    return month_text(int(value)) if factor.kind == "month" else value  # type: ignore[call-overload]


def fault_with(scenario: Scenario, changes: dict[str, object], look: Look) -> list[Problem]:
    """Find what is wrong with a scenario in which something is changed."""
    try:
        return list(look(with_settings(scenario, changes)))
    except BadInput as error:
        return error.problems


def _size(
    sweep: Sweep, factors: list[Factor], path: KeyPath, origins: Origins
) -> Iterator[Problem]:
    """It is not more than a disk or a lifetime holds."""
    if sweep.design == "sobol" and sweep.size & (sweep.size - 1):
        low = 2 ** int(math.log2(sweep.size))
        yield origins.find((*path, "size")).problem(
            "the base sample of Sobol's design is a power of two",
            allowed=f"{low:,} or {2 * low:,}",
        )
    points = number_of_points(sweep, factors)
    runs = points * sweep.replicates
    if points > MOST_SWEEP_POINTS:
        way = "fewer steps or values" if sweep.design == "grid" else "a smaller size"
        yield origins.find((*path, "size") if sweep.design != "grid" else path).problem(
            f"this sweep has {points:,} points, too many for memory",
            given="" if sweep.design == "grid" else None,
            allowed=f"at most {MOST_SWEEP_POINTS:,} points: {way}, or one scenario a sweep",
        )
    elif runs > MOST_SWEEP_RUNS:
        yield origins.find((*path, "replicates")).problem(
            f"this sweep has {runs:,} runs, too many for a disk",
            allowed=f"at most {MOST_SWEEP_RUNS:,} runs: {MOST_SWEEP_RUNS // points:,} replicates, "
            "or fewer points",
        )


def number_of_points(sweep: Sweep, factors: list[Factor]) -> int:
    """Count the points of a sweep without choosing them; 0 of a table, which was not read."""
    if sweep.design == TABLE:
        return 0
    levels = [factor.levels for factor in factors]
    if sweep.draws == "by_point":
        levels.append(None)
    return SAMPLES[sweep.design][1](levels, sweep.size) * len(sweep.scenarios)


# ---------------------------------------------------------------- points


def check_points(design: Design, look: Look) -> None:
    """Look at the points before any is run: columns at their ends, and each different world.

    Raises
    ------
    BadInput
        If a value does not fit its setting, or values do not fit together.
    """
    problems: list[Problem] = []
    file = design.sweep.table or f"sweep {design.name}"
    for scenario, part in design.table.groupby("scenario", sort=False):
        base, effects = design.base(str(scenario)), design.effects(str(scenario))
        if DRAW in part and design.parameters.source != "point":
            problems += _draws(design, part[DRAW].to_numpy(), file)
        for setting in effects:
            if kind_of(base, setting) is None:
                problems.append(Problem(f"scenario {scenario} has no setting {setting}", file=file))
                continue
            column = part[setting]
            numeric = column.dtype.kind in "if"
            values = [column.min(), column.max()] if numeric else list(column.unique())
            for value in values[:MOST_LOOKED_AT]:
                for problem in fault_with(base, {setting: written(value)}, look):
                    problems.append(
                        Problem(
                            f"{setting} cannot have this value: {problem.problem}",
                            file=file,
                            given=shown(written(value)),
                            allowed=problem.allowed,
                        )
                    )
        if problems:
            continue
        own = [setting for setting, effect in effects.items() if effect == "world"]
        if len(own) > 1:
            different = part[own].drop_duplicates().index.to_numpy()
            step = max(1, len(different) // MOST_LOOKED_AT)
            for row in different[::step]:
                changes = design.changes(int(row), own)
                for problem in fault_with(base, changes, look):
                    told = ", ".join(f"{key} = {shown(value)}" for key, value in changes.items())
                    problems.append(
                        Problem(
                            f"point {row + 1} cannot be: {problem.problem}", file=file, given=told
                        )
                    )
    if problems:
        raise BadInput(problems)


def _draws(design: Design, draws: np.ndarray, file: str) -> Iterator[Problem]:
    from sim.experiment.parameters import draws_for

    last = len(draws_for(design.parameters))
    wrong = draws[(draws < 1) | (draws > last)]
    if len(wrong):
        yield Problem(
            "there is no draw of this number",
            file=file,
            key=DRAW,
            given=f"{wrong[0]}",
            allowed=f"1 to {last}",
        )
