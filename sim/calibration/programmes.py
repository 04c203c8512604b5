"""What sets one programme apart from others of its terms, and whether cases ask for it.

How a board is liked, who leads it, what else is on the desk in that year is in no record. So the
programme of each case has an appeal, normal around none, which adds to general readiness, in its
units: log-odds times `temperature`. It is a random effect, as baselines have one (partial pooling,
Gelman and Hill 2007, Data Analysis Using Regression and Multilevel/Hierarchical Models, chapter
12). How widely appeals spread is a parameter of the fit, and so is each of them
(`sim.calibration.plan`). A case that the fit has not seen, and a programme to come, has one that
nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.calibration.calibrate import STATE, read_particles
from sim.calibration.compared import CRPS, LOG, case_scores, figure_scores
from sim.calibration.left_out import LeftOut, count_inside, mean_width
from sim.calibration.load import load_calibration
from sim.calibration.plan import APPEAL_SD, Calibration, Source
from sim.calibration.reduce import Fit, predict_cases
from sim.calibration.shares import ShareFigure, share_figures
from sim.calibration.smc import FloatArray
from sim.files.problems import BadInput, Problem

ALIKE, APART = "alike", "apart"
TO_COME = 44  # what a generator is for


@dataclass(frozen=True, eq=False)
class Programmes:
    """Cases left out, predicted with programmes that are alike, and with such as differ.

    Attributes
    ----------
    spread
        Deviation of appeals in each draw of the posterior, shape (n,).
    table
        A row each for `ALIKE` and `APART`: the mean scores over cases `log_score` and `crps`, how
        many of `figures` lie `inside` nine in ten predictions, and `width`, that of these on
        average where a figure is a share.
    cases
        How many there are with a share, by which scores are.
    """

    spread: FloatArray
    table: pd.DataFrame
    cases: int


def spreads(calibration: Calibration, z: FloatArray) -> FloatArray:
    """Deviation of appeals in each draw, in the units of readiness, shape (n,); 0 if alike."""
    if APPEAL_SD not in calibration.parameters:
        return np.zeros(len(z))
    prior = calibration.file.priors[APPEAL_SD]
    return np.array([prior.value(at) for at in z[:, calibration.parameters.index(APPEAL_SD)]])


def deviation(spread: FloatArray) -> float:
    """Deviation of the appeals of programmes to come, over all draws of the posterior."""
    return float(np.sqrt((spread**2).mean()))


def appeals_to_come(calibration: Calibration, z: FloatArray) -> FloatArray:
    """Draw the appeal of a programme that was not fitted, for each draw; shape (n,)."""
    rng = np.random.default_rng([calibration.file.seed, TO_COME])
    return spreads(calibration, z) * rng.standard_normal(len(z))


def compare_programmes(
    source: Source,
    fit: Fit,
    *,
    refit: int,
    say: Callable[[str], object] = lambda line: None,
) -> Programmes:
    """Fit with programmes that are alike and with such as differ, and leave each case out of both.

    Parameters
    ----------
    source
        The calibration.
    fit, refit
        As in `sim.calibration.reduce.unseen_cases`.
    say
        Receives lines for the user.

    Raises
    ------
    BadInput
        If the file has no rule by whose absence programmes are alike.
    """
    calibration = load_calibration(*source)
    without = [name for name, of in calibration.file.rules.items() if of == [APPEAL_SD]]
    if not without or APPEAL_SD not in calibration.parameters:
        words = f"programmes are alike in it: it has no rule of {APPEAL_SD} alone"
        raise BadInput([Problem(words, file=source.path, key="rules")])
    shares, _ = share_figures(calibration)
    rows = {}
    for name, words, off in (
        (ALIKE, "Programmes alike", (*source.off, *without)),
        (APART, "Programmes apart", source.off),
    ):
        say(f"{words}:")
        tried = source._replace(off=off)
        folder = fit(tried, None)
        rows[name] = summary(predict_cases(tried, folder, fit, refit=refit), shares)
    spread = spreads(calibration, read_particles(folder / STATE).z)
    table = pd.DataFrame.from_dict(rows, orient="index")
    return Programmes(spread, table, len({one.case for one in shares}))


def summary(figures: Sequence[LeftOut], shares: Sequence[ShareFigure]) -> dict[str, float]:
    """Mean scores of predictions over cases, and how often their bands hold what came about."""
    scores = figure_scores({"": figures}, shares)
    return {
        **{
            score: float(case_scores(scores, score)[""].mean()) if len(scores) else float("nan")
            for score in (LOG, CRPS)
        },
        "inside": count_inside(figures),
        "figures": len(figures),
        "width": mean_width(figures),
    }
