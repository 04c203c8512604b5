"""Sequential Monte Carlo: from the prior to the posterior by degrees.

Particles start as draws of the prior, or of another posterior (`sim.calibration.way`). In each
stage the weight of the targets grows as far as half of the particles' weight allows, particles
are drawn anew by weight, and each makes a few Metropolis moves (Del Moral, Doucet and Jasra 2006,
Journal of the Royal Statistical Society B 68).
A move is judged by a few histories simulated with fresh luck (`sim.calibration.likelihood`). A
single history would do in principle, but one that happens to match is rarely matched again, and
particles would stand still. The random number that decides on a move is drawn first: a simulation
may be given up as soon as the move cannot be accepted any more, which changes no particle.

In the space of the particles the prior is standard normal; proposals mix a particle with a draw of
the normal distribution that fits all particles, so that directions of which the data say nothing
are crossed in one move.

Every draw is a function of (seed, stage, move, particle).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.calibration.way import Way

FloatArray = npt.NDArray[np.float64]
# Simulates points, shape (n, d), each with its luck and the log-likelihood that it must exceed to
# be of use, (n,): r histories of k statistics, (n, r, k), nan where a point was given up.
Simulate = Callable[[FloatArray, list[int], FloatArray], FloatArray]

AIM = 0.25  # share of moves to be accepted
PROPOSALS, LUCK, CHOICE = 1, 2, 3  # what a draw is for


@dataclass(frozen=True, eq=False)
class Particles:
    """n particles of d parameters with r histories of k statistics, and how far they have come.

    Attributes
    ----------
    z
        Shape (n, d).
    statistics
        Shape (n, r, k), of the histories with which each particle was last accepted.
    tempering
        How far they are on their way, from 0 (prior) to 1 (posterior).
    step
        Share of a particle that a proposal replaces.
    stage, move
        Stages begun, and moves made in the present one.
    accepted
        Share of the last move that was accepted.
    renewed
        How often a particle has moved in the present stage, on average.
    """

    z: FloatArray
    statistics: FloatArray
    tempering: float = 0.0
    step: float = 0.9
    stage: int = 0
    move: int = 0
    accepted: float = 1.0
    renewed: float = 0.0

    @property
    def is_finished(self) -> bool:
        """Have all moves at full weight been made?"""
        return self.tempering >= 1.0 and self.move == 0


def begin(seed: int, particles: int, parameters: int, simulate: Simulate) -> Particles:
    """Draw the prior and simulate it."""
    z = np.array(
        [_generator(seed, PROPOSALS, 0, 0, n).standard_normal(parameters) for n in range(particles)]
    )
    seeds = [_luck(seed, 0, 0, n) for n in range(particles)]
    return Particles(z, simulate(z, seeds, np.full(particles, -np.inf)))


def set_out(finished: Particles, particles: int) -> Particles:
    """Begin at the posterior of a finished fit, with some of its particles."""
    chosen = np.linspace(0, len(finished.z) - 1, particles).round().astype(int)
    return Particles(finished.z[chosen], finished.statistics[chosen], step=finished.step)


def advance(
    now: Particles,
    seed: int,
    moves: int,
    way: Way,
    simulate: Simulate,
    enough: float | None = None,
) -> Particles:
    """Make one move of every particle, beginning a stage where the last one is done.

    A stage has so many moves, or fewer where particles have moved often enough on average.
    """
    if now.move == 0:
        now = _begin_stage(now, seed, way.gain(now.statistics))
    n, d = now.z.shape
    mean = now.z.mean(axis=0)
    # Shrunk towards the prior, since there are not many particles to a parameter.
    weight = n / (n + 2.0 * d)
    spread = weight * np.cov(now.z, rowvar=False).reshape(d, d) + (1.0 - weight) * np.eye(d)
    root = np.linalg.cholesky(spread)
    inverse = np.linalg.inv(spread)
    index = now.stage, now.move + 1
    generators = [_generator(seed, PROPOSALS, *index, k) for k in range(n)]
    noise = np.array([generator.standard_normal(d) for generator in generators])
    proposed = mean + np.sqrt(1.0 - now.step**2) * (now.z - mean) + now.step * noise @ root.T
    u = np.array([generator.random() for generator in generators])

    def log_prior(z: FloatArray) -> FloatArray:
        prior = -0.5 * (z**2).sum(axis=1)
        # The proposal leaves the fitted normal distribution unchanged.
        fitted = -0.5 * np.einsum("ni,ij,nj->n", z - mean, inverse, z - mean)
        return np.asarray(prior - fitted)

    def log_target(z: FloatArray, statistics: FloatArray) -> FloatArray:
        return way.log_fit(statistics, now.tempering) + log_prior(z)

    present = log_target(now.z, now.statistics)
    needed = way.needed(np.log(u) + present - log_prior(proposed), now.tempering)
    seeds = [_luck(seed, *index, k) for k in range(n)]
    found = simulate(proposed, seeds, needed)
    # Nothing is above what was given up.
    taken = np.log(u) < log_target(proposed, found) - present
    accepted = float(taken.mean())
    renewed = now.renewed + accepted
    return replace(
        now,
        z=np.where(taken[:, None], proposed, now.z),
        statistics=np.where(taken[:, None, None], found, now.statistics),
        move=0 if enough is not None and renewed >= enough else (now.move + 1) % moves,
        accepted=accepted,
        renewed=renewed,
        step=float(np.clip(now.step * np.exp(accepted - AIM), 0.1, 0.95)),
    )


def _begin_stage(now: Particles, seed: int, gain: FloatArray) -> Particles:
    """Go on as far as half of the weight allows, and draw the particles anew."""
    tempering = _next_tempering(now.tempering, gain)
    weights = np.exp((tempering - now.tempering) * (gain - gain.max()))
    weights /= weights.sum()
    n = len(weights)
    stage = now.stage + 1
    places = (np.arange(n) + _generator(seed, CHOICE, stage, 0, 0).random()) / n
    chosen = np.minimum(np.searchsorted(np.cumsum(weights), places), n - 1)
    return replace(
        now,
        z=now.z[chosen],
        statistics=now.statistics[chosen],
        tempering=tempering,
        stage=stage,
        move=0,
        renewed=0.0,
    )


def _next_tempering(tempering: float, gain: FloatArray) -> float:
    """Farthest place on the way at which half of the particles still count."""

    def effective(new: float) -> float:
        weights = np.exp((new - tempering) * (gain - gain.max()))
        return float(weights.sum() ** 2 / (weights**2).sum())

    if effective(1.0) >= len(gain) / 2:
        return 1.0
    low, high = tempering, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= len(gain) / 2 else (low, middle)
    return max(low, tempering + 1e-6)


def _generator(
    seed: int, purpose: int, stage: int, move: int, particle: int
) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, stage, move, particle])


def _luck(seed: int, stage: int, move: int, particle: int) -> int:
    """Seed of the futures that a particle simulates in a move."""
    return int(_generator(seed, LUCK, stage, move, particle).integers(2**63 - 1))
