"""Few rules and not many: which of them predictions of cases left out can do without.

All rules of a calibration are fitted, then fits leave them out in batches that its file wrote down
beforehand. A batch stays out unless cases left out are predicted worse by more than the standard
error of the difference, which is paired by case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.calibration.calibrate import STATE, calibrate, executor_for, read_particles
from sim.calibration.left_out import UNRELIABLE, LeftOut, Unseen, figures_of, unseen
from sim.calibration.load import load_calibration
from sim.calibration.plan import Source
from sim.calibration.scores import paired
from sim.runs.executors import Executor
from sim.runs.progress import Progress

# Fits a source; or goes on, with some particles, from the fit in a folder.
Fit = Callable[[Source, tuple[Path, int] | None], Path]


@dataclass(frozen=True, eq=False)
class Scored:
    """A fit without some rules, and how it predicts cases left out.

    Attributes
    ----------
    off
        The rules that it leaves out.
    figures
        A row for each figure, as `sim.calibration.left_out` gives them.
    """

    off: tuple[str, ...]
    figures: pd.DataFrame

    @property
    def by_case(self) -> pd.Series:
        """Mean score of the figures of each case that are shares."""
        return self.figures.groupby("case", sort=False)["crps"].mean().dropna()


@dataclass(frozen=True)
class Step:
    """A fit on the way to fewer rules.

    Attributes
    ----------
    fit
        What it is called.
    off
        The rules that it leaves out.
    score
        Mean over cases.
    difference, error
        Score less that of the rules kept so far, and the standard error of this; None for these.
    stays
        Whether the batch that it leaves out is needed; None where it is no batch.
    too_heavy
        Cases that weights cannot stand in for.
    """

    fit: str
    off: tuple[str, ...]
    score: float
    difference: float | None
    error: float | None
    stays: bool | None
    too_heavy: int


def reduce_rules(
    path: str | Path,
    *,
    out: str | Path = "results",
    workers: int | None = None,
    particles: int | None = None,
    refit: int = 0,
    say: Callable[[str], object] = lambda line: None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[tuple[Step, ...], pd.DataFrame]:
    """Fit with all rules, with none, and without one batch after the other, or go on with it.

    Parameters
    ----------
    path
        The calibration file, with its `rules` and `batches`.
    out, workers, particles, say, executor, progress
        As in `sim.calibration.calibrate`.
    refit
        Particles with which a fit goes on without a case, where weights cannot stand in for that;
        0: it does not.

    Returns
    -------
    tuple
        The fits in turn, and the score of each case: a row a case, a column a fit.
    """
    file = load_calibration(path).file
    executor = executor or executor_for(workers)

    fit = make_fit(out, particles, say, executor, progress)

    def scored(words: str, off: tuple[str, ...]) -> Scored:
        say(f"{words}:")
        return score(Source(str(path), None, off), fit, refit=refit)

    kept = scored("With all rules", ())
    scores = {"all rules": kept.by_case}
    steps = [_step("all rules", kept)]
    candidates = {rule for batch in file.batches.values() for rule in batch}
    none = scored("With no rule", tuple(rule for rule in file.rules if rule in candidates))
    scores["no rule"] = none.by_case
    steps.append(_step("no rule", none, kept))
    for name, batch in file.batches.items():
        tried = scored(f"Without {', '.join(batch)}", (*kept.off, *batch))
        scores[f"without {name}"] = tried.by_case
        away, error = _difference(tried, kept)
        steps.append(_step(f"without {name}", tried, kept, stays=away > error))
        kept = kept if steps[-1].stays else tried
    return tuple(steps), pd.DataFrame(scores)


def make_fit(
    out: str | Path,
    particles: int | None,
    say: Callable[[str], object],
    executor: Executor,
    progress: Progress | None,
) -> Fit:
    """Return what fits a calibration, with parameters as in `calibrate`."""

    def fit(source: Source, after: tuple[Path, int] | None) -> Path:
        folder, count = (None, particles) if after is None else after
        return calibrate(
            source.path,
            out=out,
            particles=count,
            without=source.without,
            off=source.off,
            structure=source.structure,
            tolerance_ratio=source.tolerance_ratio,
            after=folder,
            say=say,
            executor=executor,
            progress=progress,
        )

    return fit


def score(source: Source, fit: Fit, *, refit: int) -> Scored:
    """Fit, and score each case as if it had not been fitted; parameters as in `predict_cases`."""
    predicted = predict_cases(source, fit(source, None), fit, refit=refit)
    return Scored(source.off, figures_of(predicted))


def predict_cases(source: Source, folder: Path, fit: Fit, *, refit: int) -> list[LeftOut]:
    """Predict each case as if it had not been fitted; parameters as in `unseen_cases`."""
    cases = unseen_cases(source, folder, fit, refit=refit)
    return [figure for case in cases for figure in case.predicted()]


def unseen_cases(source: Source, folder: Path, fit: Fit, *, refit: int) -> list[Unseen]:
    """Find, for each case of a finished fit, draws that count as if it had not been fitted.

    Parameters
    ----------
    source
        The calibration and what it leaves out.
    folder
        Of its fit.
    fit
        Fits, perhaps after the fit in a folder, and returns the folder.
    refit
        Particles with which to go on without a case, where weights cannot stand in for a fit
        without it; 0: none. A fit that is without a case already has weights only.
    """
    calibration = load_calibration(*source)
    particles = read_particles(folder / STATE)
    targets = calibration.file.targets.values()
    found: list[Unseen] = []
    for case in calibration.file.cases:
        patterns = {target.pattern for target in targets if target.case == case}
        if not patterns:
            continue
        one = unseen(calibration, particles, case)
        if refit and source.without is None and one.shape > UNRELIABLE:
            (pattern,) = patterns
            without = source._replace(without=pattern)
            went_on = read_particles(fit(without, (folder, refit)) / STATE)
            one = unseen(load_calibration(*without), went_on, case)
        found.append(one)
    return found


def _difference(tried: Scored, against: Scored) -> tuple[float, float]:
    return paired(tried.by_case.to_numpy(), against.by_case.to_numpy())


def _step(
    name: str, tried: Scored, against: Scored | None = None, *, stays: bool | None = None
) -> Step:
    away, error = (None, None) if against is None else _difference(tried, against)
    too_heavy = tried.figures.groupby("case")["shape"].first() > UNRELIABLE
    return Step(
        name, tried.off, float(tried.by_case.mean()), away, error, stays, int(too_heavy.sum())
    )
