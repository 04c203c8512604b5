"""Rival ways to build the model: each fitted alike, and scored on cases left out.

What a structure says of the future is worth what it says of cases that it has not seen. So each
is fitted to all cases, each case in turn is left out and predicted, and simple baselines predict
the same. Weights among structures are equal, or by stacking; none is the right one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from sim.calibration.baselines import BASELINES
from sim.calibration.calibrate import STATE, executor_for, read_particles
from sim.calibration.compared import CRPS, LOG, Compared, beside_baselines, case_scores
from sim.calibration.left_out import LeftOut, count_inside
from sim.calibration.load import load_calibration
from sim.calibration.plan import Source
from sim.calibration.programmes import deviation, spreads
from sim.calibration.publish import publish
from sim.calibration.reduce import make_fit, predict_cases
from sim.calibration.scores import paired
from sim.calibration.stacking import stack
from sim.experiment.parameters import about_posterior
from sim.experiment.structures import ERRORS, INDEX
from sim.files.problems import BadInput, Problem, any_of, closest
from sim.files.writing import make_folder, write_text
from sim.runs.executors import Executor
from sim.runs.progress import Progress

WEIGHTS = ("stacked", "low", "high")


@dataclass(frozen=True, eq=False)
class Built:
    """A structure, fitted.

    Attributes
    ----------
    name, title
        As in the calibration file.
    folder
        Of its fit to all cases.
    predicted
        Figures of each case as if it had not been fitted.
    appeal_sd
        How widely appeals of programmes spread.
    """

    name: str
    title: str
    folder: Path
    predicted: list[LeftOut]
    appeal_sd: float


@dataclass(frozen=True, eq=False)
class Rivals:
    """Structures of a calibration beside each other, and beside simple baselines."""

    path: Path
    built: tuple[Built, ...]
    compared: Compared


def fit_structures(
    path: str | Path,
    *,
    out: str | Path = "results",
    workers: int | None = None,
    particles: int | None = None,
    refit: int = 0,
    only: Collection[str] = (),
    say: Callable[[str], object] = lambda line: None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Rivals:
    """Fit every structure of a calibration file, or go on with it, and leave each case out.

    Parameters
    ----------
    path
        The calibration file, with its `structures`.
    out, workers, particles, say, executor, progress
        As in `sim.calibration.calibrate`.
    refit
        As in `sim.calibration.reduce.reduce_rules`.
    only
        Names of the structures that are wanted; by default all.

    Raises
    ------
    BadInput
        If the file is not valid, or names fewer than two structures.
    """
    calibration = load_calibration(path)
    known = calibration.file.structures
    names = list(known)
    wrong = [name for name in only if name not in names]
    if wrong:
        words = "the calibration has no such structure"
        raise BadInput(
            [
                Problem(words, given=name, allowed=any_of(names), meant=closest(name, names))
                for name in wrong
            ]
        )
    wanted = {name: known[name] for name in known if not only or name in only}
    if len(wanted) < 2:
        words = "structures are held against each other, and fewer than two are named"
        raise BadInput([Problem(words, file=str(path), key="structures")])
    executor = executor or executor_for(workers)
    fit = make_fit(out, particles, say, executor, progress)
    built = []
    for name, structure in wanted.items():
        say(f"{structure.title}:")
        source = Source(str(path), structure=name)
        folder = fit(source, None)
        predicted = predict_cases(source, folder, fit, refit=refit)
        apart = spreads(load_calibration(*source), read_particles(folder / STATE).z)
        built.append(Built(name, structure.title, folder, predicted, deviation(apart)))
    compared = beside_baselines(calibration, {one.name: one.predicted for one in built})
    return Rivals(Path(path), tuple(built), compared)


def publish_structures(rivals: Rivals, data: Path) -> None:
    """Write the draws of each structure into a folder of its own, and what weight each has.

    Parameters
    ----------
    rivals
        Fitted with as many particles as draws are published, at least.
    data
        Where the folders go, beside an index of them. The structure whose fit experiments have by
        default is not written again.
    """
    make_folder(data)
    main = about_posterior()["structure"]
    for one in rivals.built:
        if one.name != main:
            publish(rivals.path, one.folder, data / one.name, structure=one.name)
    names = [one.name for one in rivals.built]
    scores = rivals.compared.scores
    ours = scores[scores["predictor"].isin(names)]
    crps = case_scores(scores, CRPS)

    def errors(name: str) -> dict[str, float]:
        of = crps[name]
        more, more_error = paired(of.to_numpy(), crps[main].to_numpy())
        error = float(of.std(ddof=1) / len(crps) ** 0.5)
        found = zip(ERRORS, (float(of.mean()), error, more, more_error), strict=True)
        return {key: round(value, 4) for key, value in found}

    weights = stack(case_scores(ours, LOG), load_calibration(rivals.path).file.seed).weights
    stacked = weights.astype(float).round(3).to_dict("index")
    in_band = {one.name: count_inside(one.predicted) / len(one.predicted) for one in rivals.built}
    index = {
        "main": main,
        "cases": len(crps),
        "structures": [
            {
                "name": one.name,
                "title": one.title,
                **errors(one.name),
                **{f"weight_{part}": stacked[one.name][part] for part in WEIGHTS},
                "in_band_share": round(in_band[one.name], 3),
                "programme_appeal_sd": round(one.appeal_sd, 3),
            }
            for one in rivals.built
        ],
        "curves": [{"name": each.name, **errors(each.name)} for each in BASELINES],
    }
    write_text(data / INDEX, json.dumps(index, indent=1) + "\n")
