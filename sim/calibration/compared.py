"""Predictors held against each other: one score a case, paired, and how much weight each earns.

A predictor is whatever predicts figures of cases left out as samples (`LeftOut`): a structure of
the simulator, or a simple baseline. Cases are few, so differences come with their standard error
over cases, and weights with their spread over cases drawn anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.calibration.baselines import BASELINES, predict_left_out
from sim.calibration.calibrate import MANIFEST, STATE, read_particles
from sim.calibration.file import CalibrationFile
from sim.calibration.left_out import UNRELIABLE, LeftOut, leave_out
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration
from sim.calibration.scores import paired
from sim.calibration.shares import ShareFigure, share_figures
from sim.calibration.smc import Particles
from sim.calibration.stacking import Stacked, stack
from sim.files.problems import BadInput, Problem
from sim.files.words import listed

FEWEST_CASES = 3
NO_FITS: Mapping[str, Path] = {}
CRPS, LOG = "crps", "log_score"  # less is better; more is better


def figure_scores(
    predictions: Mapping[str, Iterable[LeftOut]], figures: Iterable[ShareFigure]
) -> pd.DataFrame:
    """Score predictors on the figures that are shares; a row for each predictor and figure.

    Parameters
    ----------
    predictions
        By predictor; what is no share, or not among the figures, is left out.
    figures
        That all of them predict.

    Returns
    -------
    DataFrame
        With `predictor`, `case`, `figure`, `observed`, `at_least`, `low`, `median`, `high` (9 in 10
        predictions between low and high), `crps` in shares, `log_score`, and `shape`, that of
        the largest weights.
    """
    known = {one.name: one for one in figures}
    return pd.DataFrame(
        [
            {
                "predictor": predictor,
                "case": one.case,
                "figure": one.name,
                "observed": one.figure,
                "at_least": one.target.at_least,
                "low": one.quantile(0.05),
                "median": one.quantile(0.5),
                "high": one.quantile(0.95),
                CRPS: one.crps,
                LOG: known[one.name].log_score(one.simulated, one.weights),
                "shape": one.shape,
            }
            for predictor, found in predictions.items()
            for one in found
            if one.name in known
        ]
    )


def case_scores(scores: pd.DataFrame, score: str) -> pd.DataFrame:
    """Mean of a score over the figures of each case; a row a case, a column a predictor.

    Cases that some predictor does not predict are left out.
    """
    mean = scores.groupby(["case", "predictor"], sort=False)[score].mean().unstack()
    order = list(dict.fromkeys(scores["predictor"]))
    return mean.loc[list(dict.fromkeys(scores["case"])), order].dropna()


def differences(by_case: pd.DataFrame, against: str) -> pd.DataFrame:
    """How much each predictor scores above another, with the standard error over cases."""
    others = [name for name in by_case.columns if name != against]
    found = [paired(by_case[name].to_numpy(), by_case[against].to_numpy()) for name in others]
    return pd.DataFrame(found, index=others, columns=["difference", "standard_error"])


def verdict(by_case: pd.DataFrame, *, less_is_better: bool) -> str:
    """Name the best predictor, unless another is within a standard error of it.

    Parameters
    ----------
    by_case
        Scores, a row a case and a column a predictor; at least two of each.
    less_is_better
        Whether a smaller score is the better one.
    """
    means = by_case.mean()
    best = str(means.idxmin() if less_is_better else means.idxmax())
    away = differences(by_case, best)
    near = away.index[away["difference"].abs() <= away["standard_error"]].tolist()
    if near:
        return f"none is called best: {best} is not a standard error ahead of {listed(near)}"
    return f"{best} is best, a standard error or more ahead of every other"


@dataclass(frozen=True, eq=False)
class Compared:
    """Predictors on the cases of a calibration, each case left out.

    Attributes
    ----------
    title
        Of the calibration.
    scores
        As `figure_scores` gives them.
    labels
        Of the figures, in words.
    crps, log_score
        A row a case, a column a predictor.
    stacked
        Weights by the log scores.
    no_share
        Cases without a figure that is a share of councils joined.
    """

    title: str
    scores: pd.DataFrame
    labels: dict[str, str]
    crps: pd.DataFrame
    log_score: pd.DataFrame
    stacked: Stacked
    no_share: list[str]

    @property
    def too_heavy(self) -> dict[str, list[str]]:
        """Cases that weights cannot stand in for, by predictor."""
        heavy = self.scores[self.scores["shape"] > UNRELIABLE]
        return {
            str(name): list(dict.fromkeys(rows["case"]))
            for name, rows in heavy.groupby("predictor", sort=False)
        }


def compare(path: str | Path, fits: Mapping[str, Path] = NO_FITS) -> Compared:
    """Hold baselines, and finished fits, against the cases of a calibration.

    Parameters
    ----------
    path
        The calibration file.
    fits
        Folders of finished fits of it, perhaps without some of its rules, by what they are called;
        each is a predictor.

    Raises
    ------
    BadInput
        If the file is not valid or has too few cases with a share, if a folder holds no fit of it,
        or if a fit is called as a baseline is.
    """
    calibration = load_calibration(path)
    taken = {each.name for each in BASELINES} & set(fits)
    if taken:
        raise BadInput([Problem("a baseline has this name", given=name) for name in taken])
    read = {name: _fit(folder, calibration) for name, folder in fits.items()}
    predictions = {
        name: [one for case in calibration.file.cases for one in leave_out(fit, particles, case)]
        for name, (fit, particles) in read.items()
    }
    return beside_baselines(calibration, predictions)


def beside_baselines(
    calibration: Calibration, predictions: Mapping[str, Iterable[LeftOut]]
) -> Compared:
    """Hold predictions of cases left out against the cases, and beside those of baselines.

    Raises
    ------
    BadInput
        If too few cases have a share.
    """
    figures, no_share = share_figures(calibration)
    if len({one.case for one in figures}) < FEWEST_CASES:
        words = "too few cases have a share of councils joined as a target"
        raise BadInput([Problem(words, allowed=f"{FEWEST_CASES} cases or more")])
    seed = calibration.file.seed
    of_baselines = {each.name: predict_left_out(each, figures, seed) for each in BASELINES}
    scores = figure_scores({**predictions, **of_baselines}, figures)
    log = case_scores(scores, LOG)
    return Compared(
        calibration.file.title,
        scores,
        {one.name: one.target.label for one in figures},
        case_scores(scores, CRPS),
        log,
        stack(log, seed),
        no_share,
    )


def _fit(folder: Path, calibration: Calibration) -> tuple[Calibration, Particles]:
    """Read a finished fit, and what it was fitted to."""
    state, manifest = folder / STATE, folder / MANIFEST
    if not (state.is_file() and manifest.is_file()):
        raise BadInput([Problem("there is no finished fit in this folder", file=str(folder))])
    try:
        kept = json.loads(manifest.read_text(encoding="utf-8"))
        file = CalibrationFile.model_validate(kept["file"])
        particles = read_particles(state)
    except (ValueError, KeyError, TypeError):
        words = "the fit in this folder is damaged, or of an earlier version; fit anew"
        raise BadInput([Problem(words, file=str(folder))]) from None
    if list(file.targets) != list(calibration.targets):
        words = "this fit is of other targets than the calibration has"
        raise BadInput([Problem(words, file=str(folder))])
    fitted = Calibration(file, calibration.experiments, {}, kept["without"])
    return fitted, particles
