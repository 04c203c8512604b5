"""A second posterior, by regression on simulations, with nothing of the first but the model.

A small neural network predicts parameters from figures simulated with them, another how far it
errs. The posterior of some figures is what the first predicts for them, plus its errors on
simulations whose figures lead to similar predictions, each error stretched by how much surer or
less sure the second network is there (Blum and Francois 2010, Statistics and Computing 20; that
predictions serve as summaries: Fearnhead and Prangle 2012, Journal of the Royal Statistical
Society B 74). No likelihood is written down: an error of observation is drawn and added to what
was simulated. A figure that is a lower bound is cut off there, for simulations as for history.

Errors are taken from simulations that the networks did not see. Once learned, the posterior of any
figures costs next to nothing, so that it is held against many data sets with known parameters.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.calibration.check import Ranks
from sim.calibration.library import Library
from sim.calibration.likelihood import Likelihood
from sim.calibration.smc import FloatArray
from sim.files.problems import BadInput, Problem

if TYPE_CHECKING:
    from sklearn.neural_network import MLPRegressor

KEPT_BACK = 0.25  # share of draws that networks do not see
NEAREST = 0.1  # share of those whose errors make a posterior
FEWEST = 50  # draws of a posterior below which nothing is said of its ends
LAYERS = (64, 32)
LEAST_ERROR = 1e-3  # of a prediction, where the prior has deviation 1
ERROR, SPLIT, THIN = 31, 32, 33  # what a generator is for


@dataclass(frozen=True, eq=False)
class Regression:
    """What was learned of d parameters from k figures.

    Attributes
    ----------
    figures
        Simulated figures with error, of the m draws kept back; shape (m, k).
    z, predicted, log_variance
        Their parameters, what is predicted of them, and how far it is expected to err; (m, d).
    """

    learned: _Networks
    figures: FloatArray
    z: FloatArray
    predicted: FloatArray
    log_variance: FloatArray

    @property
    def draws(self) -> int:
        """How many draws a posterior has."""
        return int(NEAREST * len(self.z))

    def posterior(self, figures: FloatArray, leave_out: int | None = None) -> FloatArray:
        """Draw the posterior of some figures, cut off at their bounds; shape (draws, d).

        Parameters
        ----------
        figures
            Shape (k,).
        leave_out
            The draw kept back that they come from, if they are no history.
        """
        mean, log_variance = (of[0] for of in self.learned.predict(figures[np.newaxis]))
        away = ((self.predicted - mean) ** 2).sum(axis=1)
        if leave_out is not None:
            away[leave_out] = np.inf
        near = np.argsort(away, kind="stable")[: self.draws]
        stretch = np.exp(0.5 * (log_variance - self.log_variance[near]))
        return np.asarray(mean + (self.z[near] - self.predicted[near]) * stretch)

    def ranks(self, parameters: tuple[str, ...], data_sets: int, draws: int, seed: int) -> Ranks:
        """Hold posteriors of data sets kept back against the parameters that made them.

        Parameters
        ----------
        parameters
            Names, d of them.
        data_sets, draws
            How many, and draws of each posterior that the truth is held against; both as far as
            there are so many.
        seed
            Of the choice of draws.
        """
        places = []
        for number in range(min(data_sets, len(self.z))):
            found = self.posterior(self.figures[number], leave_out=number)
            rng = np.random.default_rng([seed, THIN, number])
            chosen = found[rng.permutation(len(found))[:draws]]
            places.append((chosen < self.z[number]).sum(axis=0))
        return Ranks(parameters, np.array(places), min(draws, self.draws))

    def beyond(self, figures: FloatArray) -> float:
        """Share of data sets kept back that lie as far from others as these figures, or further.

        Next to none, and history is nothing that the model is known to do with any parameters:
        regressions then go beyond what they saw.
        """
        scale = np.maximum(self.figures.std(axis=0), 1e-12)
        pool = self.figures / scale

        def far(one: FloatArray) -> float:
            distances = np.sort(((pool - one) ** 2).sum(axis=1))
            return float(distances[self.draws])

        own = far(figures / scale)
        return float(np.mean([far(one) >= own for one in pool]))


@dataclass(frozen=True, eq=False)
class _Networks:
    """What predicts parameters, and the logarithm of the variance of its error."""

    centre: FloatArray
    scale: FloatArray
    mean: MLPRegressor
    log_variance: MLPRegressor

    def predict(self, figures: FloatArray) -> tuple[FloatArray, FloatArray]:
        inputs = (figures - self.centre) / self.scale
        return tuple(  # type: ignore[return-value]
            np.asarray(net.predict(inputs)).reshape(len(figures), -1)
            for net in (self.mean, self.log_variance)
        )


def cut_off(likelihood: Likelihood, figures: FloatArray) -> FloatArray:
    """Cut simulated or observed figures off at lower bounds, and leave out what does not count.

    Parameters
    ----------
    likelihood
        Says which figures are lower bounds, and which do not count.
    figures
        Shape (..., k).
    """
    bounds = np.full(len(likelihood.figures), np.inf)
    if len(likelihood.at_least):
        bounds[likelihood.at_least] = likelihood.figures[likelihood.at_least]
    return np.asarray(np.minimum(figures, bounds)[..., likelihood.counts])


def learn(library: Library, likelihood: Likelihood, seed: int) -> Regression:
    """Learn parameters from figures that were simulated with them.

    Parameters
    ----------
    library
        Draws of the prior, simulated.
    likelihood
        Gives the error of each figure, and which are lower bounds; what was observed serves for
        nothing else.
    seed
        Of the errors, and of the networks.

    Raises
    ------
    BadInput
        If scikit-learn is not installed, or there are too few simulations.
    """
    need(len(library.z))
    n, r, k = library.statistics.shape
    counts = likelihood.counts
    deviations = np.where(counts, likelihood.deviations, 0.0)
    errors = np.random.default_rng([seed, ERROR]).standard_normal((n, r, k)) * deviations
    figures = cut_off(likelihood, library.statistics + errors)
    order = np.random.default_rng([seed, SPLIT]).permutation(n)
    back, seen = np.split(order, [int(KEPT_BACK * n)])
    # Each history is a data set of its own; one of each draw kept back is enough.
    networks = _train(figures[seen].reshape(len(seen) * r, -1), library.z[seen].repeat(r, 0), seed)
    kept = figures[back, 0]
    return Regression(networks, kept, library.z[back], *networks.predict(kept))


def need(simulations: int) -> None:
    """Look whether there is what it takes, before anything is simulated.

    Raises
    ------
    BadInput
        If not.
    """
    least = int(np.ceil(FEWEST / NEAREST / KEPT_BACK))
    problems = []
    if find_spec("sklearn") is None:
        words = "regression on simulations needs scikit-learn, which is not installed"
        problems.append(Problem(words, allowed='pip install "council-platform-sim[fit]"'))
    if simulations < least:
        words = "so few simulations tell nothing of 60 parameters"
        problems.append(Problem(words, given=f"{simulations}", allowed=f"at least {least:,}"))
    if problems:
        raise BadInput(problems)


def _train(figures: FloatArray, z: FloatArray, seed: int) -> _Networks:
    centre, scale = figures.mean(axis=0), np.maximum(figures.std(axis=0), 1e-12)
    inputs = (figures - centre) / scale
    mean = _network(inputs, z, seed)
    error = (z - np.asarray(mean.predict(inputs)).reshape(z.shape)) ** 2
    # The logarithm of a squared normal number is on average 1.27 below that of its variance; for
    # stretching, only differences count.
    return _Networks(
        centre, scale, mean, _network(inputs, np.log(error + LEAST_ERROR**2), seed + 1)
    )


def _network(inputs: FloatArray, outputs: npt.NDArray[np.float64], seed: int) -> MLPRegressor:
    """Train a network until it gets no better at what it is not trained with."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    network = MLPRegressor(
        hidden_layer_sizes=LAYERS,
        activation="tanh",
        alpha=1e-3,
        batch_size=256,
        early_stopping=True,
        n_iter_no_change=5,
        max_iter=60,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # As good as so many rounds make it; how good that is, ranks show.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return network.fit(inputs, outputs if outputs.shape[1] > 1 else outputs[:, 0])
