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
from sim.calibration.left_out import UNRELIABLE, left_out_table
from sim.calibration.plan import Source, load_calibration
from sim.calibration.scores import paired
from sim.runs.executors import Executor
from sim.runs.progress import Progress

Fit = Callable[[Source], Path]


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
    refit: bool = False,
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
        Whether a case is left out by a fit of its own where weights cannot stand in for it.

    Returns
    -------
    tuple
        The fits in turn, and the score of each case: a row a case, a column a fit.
    """
    file = load_calibration(path).file
    executor = executor or executor_for(workers)

    def fit(source: Source) -> Path:
        return calibrate(
            source.path,
            out=out,
            particles=particles,
            without=source.without,
            off=source.off,
            say=say,
            executor=executor,
            progress=progress,
        )

    def scored(words: str, off: tuple[str, ...]) -> Scored:
        say(f"{words}:")
        return score(Source(str(path), None, off), fit, refit=refit)

    kept = scored("With all rules", ())
    scores = {"all rules": kept.by_case}
    steps = [_step("all rules", kept)]
    none = scored("With no rule", tuple(file.rules))
    scores["no rule"] = none.by_case
    steps.append(_step("no rule", none, kept))
    for name, batch in file.batches.items():
        tried = scored(f"Without {', '.join(batch)}", (*kept.off, *batch))
        scores[f"without {name}"] = tried.by_case
        away, error = _difference(tried, kept)
        steps.append(_step(f"without {name}", tried, kept, stays=away > error))
        kept = kept if steps[-1].stays else tried
    return tuple(steps), pd.DataFrame(scores)


def score(source: Source, fit: Fit, *, refit: bool) -> Scored:
    """Fit, and predict each case as if it had not been fitted.

    Parameters
    ----------
    source
        The calibration and what it leaves out.
    fit
        Fits, and returns the folder.
    refit
        Whether to fit anew without a case where weights cannot stand in for such a fit.
    """
    calibration = load_calibration(*source)
    figures = left_out_table(calibration, read_particles(fit(source) / STATE))
    if not refit:
        return Scored(source.off, figures)
    tables = []
    for case, rows in figures.groupby("case", sort=False):
        if rows["shape"].iloc[0] > UNRELIABLE:
            (pattern,) = {t.pattern for t in calibration.file.targets.values() if t.case == case}
            without = source._replace(without=pattern)
            particles = read_particles(fit(without) / STATE)
            rows = left_out_table(load_calibration(*without), particles, [str(case)])
        tables.append(rows)
    return Scored(source.off, pd.concat(tables, ignore_index=True))


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
