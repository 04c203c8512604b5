"""What sets one programme apart from others of its terms, learnt from cases left out.

The fit has one behaviour for all cases, so that what it says of a case it has not seen is as sure
as if programmes of the same terms were alike. They are not: far more than one in ten figures of
cases left out lie outside nine in ten predictions. So a programme has an appeal of its own, normal
around none, which adds to general readiness: a random effect, as baselines have one (partial
pooling, Gelman and Hill 2007, Data Analysis Using Regression and Multilevel/Hierarchical Models,
chapter 12). It is in the units of readiness, that is, of log-odds times `temperature`.

How widely appeals spread is learnt from the cases left out, each predicted with several spreads:
the weight of a spread is its prior, half normal, times the likelihood of all cases left out (a
pseudo-likelihood, as in Geisser and Eddy 1979, Journal of the American Statistical Association 74).
Figures of one case go together, so a case counts with the mean of theirs. A case is predicted with
the weights that all other cases give. The fit itself stays as it is: its draws do not know of
appeals, which is an approximation to a fit of both together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sim.calibration.cases import Case
from sim.calibration.compared import CRPS, LOG, case_scores, figure_scores
from sim.calibration.left_out import LeftOut, Unseen, count_inside, mean_width
from sim.calibration.plan import Source
from sim.calibration.reduce import Fit, unseen_cases
from sim.calibration.scores import FloatArray
from sim.calibration.shares import ShareFigure, share_figures
from sim.experiment.parameters import APPEAL_IN

SPREADS = tuple(0.5 * step for step in range(7))  # deviations of appeals that are tried
PRIOR_SD = 1.0
POINTS = 120  # draws with which each case is predicted
CHOICE, APPEAL, SPREAD, TO_COME = range(41, 45)  # what a generator is for


@dataclass(frozen=True, eq=False)
class Programmes:
    """How cases left out are predicted, by how widely appeals of programmes spread.

    Attributes
    ----------
    figures
        Predictions of every figure, for each of `SPREADS`.
    shares
        The figures that are shares, by which a spread is judged.
    """

    figures: tuple[list[LeftOut], ...]
    shares: list[ShareFigure]

    @cached_property
    def _log_scores(self) -> pd.DataFrame:
        """Mean log-probability of the figures of each case; a row a case, a column a spread."""
        names = [f"{spread:g}" for spread in SPREADS]
        scores = figure_scores(dict(zip(names, self.figures, strict=True)), self.shares)
        return case_scores(scores, LOG) if len(scores) else pd.DataFrame(columns=names)

    def weights(self, without: str | None = None) -> FloatArray:
        """Weight of each spread by all cases but one, adding up to 1; shape (s,)."""
        told = self._log_scores.drop(index=without or "", errors="ignore").to_numpy(np.float64)
        log = told.sum(axis=0) - 0.5 * (np.array(SPREADS) / PRIOR_SD) ** 2
        weights = np.exp(log - log.max())
        return np.asarray(weights / weights.sum())

    @property
    def spread(self) -> float:
        """Deviation of the appeals of programmes, over all spreads, in the units of readiness."""
        return float(np.sqrt((self.weights() * np.array(SPREADS) ** 2).sum()))

    @cached_property
    def predicted(self) -> list[LeftOut]:
        """Every figure, predicted with the spreads that all other cases ask for."""
        return [
            _mixed(of_figure, self.weights(of_figure[0].case))
            for of_figure in zip(*self.figures, strict=True)
        ]

    def appeals(self, seed: int, count: int) -> FloatArray:
        """Draw appeals of programmes that are still to come; shape (count,)."""
        spreads = np.random.default_rng([seed, SPREAD]).choice(SPREADS, count, p=self.weights())
        return np.asarray(spreads * np.random.default_rng([seed, TO_COME]).standard_normal(count))

    def table(self) -> pd.DataFrame:
        """Say how well each spread predicts cases left out; a row a spread, and one of all.

        Returns
        -------
        DataFrame
            With `spread` (nan: each case with the spreads that the others ask for), `weight`, the
            mean scores over cases `log_score` and `crps`, how many of `figures` lie `inside` nine
            in ten predictions, and `width`, that of these on average where a figure is a share.
        """
        tried = [*zip(SPREADS, self.weights(), self.figures, strict=True)]
        return pd.DataFrame(
            [
                {"spread": spread, "weight": weight, **summary(figures, self.shares)}
                for spread, weight, figures in [*tried, (float("nan"), 1.0, self.predicted)]
            ]
        )


def learn_programmes(
    source: Source,
    folder: Path,
    fit: Fit,
    *,
    refit: int,
    say: Callable[[str], object] = lambda line: None,
) -> Programmes:
    """Learn how far programmes differ from the cases left out of a finished fit.

    Parameters
    ----------
    source, folder, fit, refit
        As in `sim.calibration.reduce.unseen_cases`.
    say
        Receives a line for the user.
    """
    cases = unseen_cases(source, folder, fit, refit=refit)
    say("Predicting cases left out, programmes differing more and more: some twenty seconds.")
    return find_programmes(cases)


def find_programmes(cases: Sequence[Unseen], points: int = POINTS) -> Programmes:
    """Predict cases left out with each spread of the appeals of programmes.

    Parameters
    ----------
    cases
        With draws that have not seen them (`sim.calibration.reduce.unseen_cases`).
    points
        Draws with which each is predicted.
    """
    by_case = [_predicted(case, number, points) for number, case in enumerate(cases)]
    figures = tuple(
        [one for of_case in by_case for one in of_case[place]] for place in range(len(SPREADS))
    )
    return Programmes(figures, share_figures(cases[0].calibration)[0])


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


def _predicted(unseen: Unseen, number: int, points: int) -> list[list[LeftOut]]:
    """Predict a case with each spread: the same draws, luck and, but for their size, appeals."""
    calibration = unseen.calibration
    key = calibration.file.seed
    choose = np.random.default_rng([key, CHOICE, number])
    draws = choose.choice(len(unseen.weights), size=points, p=unseen.weights)
    appeals = np.random.default_rng([key, APPEAL, number]).standard_normal(points)
    case = Case(calibration, unseen.case, also=(APPEAL_IN,))
    behaviours = [calibration.values(unseen.particles.z[draw]) for draw in draws]
    usual = calibration.scenario(unseen.case).behaviour.intercept
    even = np.full(points * case.runs, 1.0 / (points * case.runs))
    found = []
    for spread in SPREADS:
        histories = np.full((points, case.runs, len(calibration.targets)), np.nan)
        for at, (values, appeal) in enumerate(zip(behaviours, appeals, strict=True)):
            towards = values.get(APPEAL_IN, usual) + spread * appeal
            run = case.measured({**values, APPEAL_IN: towards}, at * case.runs)
            histories[at][:, case.places] = run
        found.append(unseen.figures(histories.reshape(len(even), -1), even))
    return found


def _mixed(of_figure: Sequence[LeftOut], weights: FloatArray) -> LeftOut:
    """One prediction out of those with each spread."""
    parts = zip(weights, of_figure, strict=True)
    return replace(
        of_figure[0],
        simulated=np.concatenate([one.simulated for one in of_figure]),
        weights=np.concatenate([weight * one.weights for weight, one in parts]),
    )
