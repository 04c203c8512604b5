"""A fit held against a second posterior that was found by another kind of method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.calibration.calibrate import executor_for
from sim.calibration.check import Ranks
from sim.calibration.digest import case_digests, fit_digest
from sim.calibration.library import simulate_library
from sim.calibration.load import load_calibration
from sim.calibration.marginals import Posterior, side_by_side
from sim.calibration.plan import Calibration, Source
from sim.calibration.regression import cut_off, learn, need
from sim.files.problems import BadInput, Problem
from sim.model.run import get_ready
from sim.runs.executors import Executor
from sim.runs.progress import Bar, Progress

FIT, SECOND = "Monte Carlo", "regression"
DATA_SETS, DRAWS = 400, 63  # of its ranks


@dataclass(frozen=True, eq=False)
class Second:
    """A second posterior, whether it can be believed, and a fit beside it.

    Attributes
    ----------
    simulations, draws
        Of the library, and of the posterior.
    beyond
        Share of simulated data sets that are as far from others as history is.
    marginals
        As `side_by_side` gives them, the fit first, of parameters that either speaks of.
    parameters
        How many there are.
    """

    simulations: int
    draws: int
    ranks: Ranks
    beyond: float
    marginals: pd.DataFrame
    parameters: int


def second_posterior(
    source: Source,
    fit: Posterior,
    simulations: int,
    *,
    out: str | Path = "results",
    workers: int | None = None,
    fresh: bool = False,
    say: Callable[[str], object] = lambda line: None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Second:
    """Find a second posterior by regression on simulations, and hold a fit against it.

    Parameters
    ----------
    source
        The calibration, with what the fit leaves out of it.
    fit
        Of the same calibration.
    simulations
        Draws of the prior to learn from; those of before are kept.
    out, workers, fresh, say, executor, progress
        As in `sim.calibration.calibrate`.

    Raises
    ------
    BadInput
        If the fit is another calibration's, scikit-learn is missing, or simulations are few.
    """
    calibration = load_calibration(*source)
    _check_same(calibration, fit)
    need(simulations)
    get_ready("compiled", say)
    library = simulate_library(
        source,
        simulations,
        out=out,
        executor=executor or executor_for(workers),
        progress=progress or Bar(),
        fresh=fresh,
        say=say,
    )
    seed, likelihood = calibration.file.seed, calibration.likelihood
    learned = learn(library, likelihood, seed)
    observed = cut_off(likelihood, likelihood.figures)
    found = Posterior(calibration.file.priors, learned.posterior(observed))
    spoken = fit.spoken_of | found.spoken_of
    return Second(
        len(library.z),
        learned.draws,
        learned.ranks(calibration.parameters, DATA_SETS, DRAWS, seed),
        learned.beyond(observed),
        side_by_side(
            {FIT: fit, SECOND: found},
            [name for name in calibration.parameters if name in spoken],
        ),
        len(calibration.parameters),
    )


def _check_same(calibration: Calibration, fit: Posterior) -> None:
    """Raise `BadInput` unless it is this calibration that was fitted."""
    file = calibration.file
    both = {**fit.priors, **file.priors}
    apart = [name for name in both if fit.priors.get(name) != file.priors.get(name)]
    pairs = (
        ("the fit is of another pattern left out", fit.without, calibration.without),
        ("the fit multiplies tolerances otherwise", fit.tolerance_ratio, file.tolerance_ratio),
    )
    problems = [
        Problem(words, given=str(given), allowed=str(wanted))
        for words, given, wanted in pairs
        if given != wanted
    ]
    if apart:
        words = "the fit has no such parameter, or other priors; name the rules that it leaves out"
        problems.append(Problem(words, given=", ".join(apart)))
    if not problems and fit.cases != fit_digest(case_digests(calibration)):
        words = "the fit is of another structure, or of a model that has changed since"
        problems.append(Problem(words, allowed="a fit of this calibration, made anew"))
    if problems:
        raise BadInput(problems)
