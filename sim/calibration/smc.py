"""Sequential Monte Carlo: from the prior to the posterior by degrees.

Particles start as draws of the prior, or of another posterior (`sim.calibration.way`). In each
stage the weight of the targets grows as far as a part of the particles' weight allows (Del Moral,
Doucet and Jasra 2006, Journal of the Royal Statistical Society B 68). A few particles are then
drawn by weight, each begins a chain of Metropolis moves, and all states of all chains are the next
particles, so that no simulation is wasted (Dau and Chopin 2022, Journal of the Royal Statistical
Society B 84). At full weight chains go on for some rounds, and every so many states count, the last
ones if there are more than particles. They are alike, so it is said how many independent draws they
are worth.

There are two kinds of moves. One changes what all cases share, and takes what belongs to single
cases along as far as the two go together. The other changes what belongs to single cases, of all
cases at once, and decides case by case: given what is shared, the figures of a case tell of nothing
else. So a simulation of all cases serves as many decisions as there are cases.

A move is judged by a few histories (`sim.calibration.likelihood`), which err by their luck. So luck
is part of a particle: a move of what is shared keeps it, so that both sides of a comparison err
alike, as far as the move is small; a move of what belongs to cases draws it anew, for each case
apart. Others keep a part of it in every move (Deligiannidis, Doucet and Pitt 2018, Journal of the
Royal Statistical Society B 80). Few large moves get farther than many small ones all the same
(Sherlock et al. 2015, Annals of Statistics 43). The random number that decides on a move is drawn
first: a simulation may be given up as soon as the move cannot be accepted any more, which changes
no particle.

In the space of the particles the prior is standard normal; proposals mix a particle with a draw of
the normal distribution that fits all particles, so that directions of which the data say nothing
are crossed in one move.

Every draw is a function of (seed, stage, move, chain).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.calibration.way import Way

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
# Simulates points, shape (n, d), each with luck for each of c cases, (n, c), and the log-likelihood
# that it must exceed to be of use, (n,): r histories of k statistics, (n, r, k), nan where a point
# was given up.
Simulate = Callable[[FloatArray, IntArray, FloatArray], FloatArray]

AIM = 0.15  # share of moves of what is shared to be accepted
STEP_OF_CASES = 0.9  # part of what belongs to a case that a move of it replaces
LEAST_STATES = 20  # of a chain that count in the end
FEWEST_CHAINS = 4  # or what they are worth cannot be told
OF_CASES = 4  # every so many moves one is of what belongs to cases
ROUNDS = 6  # of moves at full weight; every so many states count there
LEAST_MOVES = 36  # in a round: a chain of 144 in all did not forget where it had begun
KEPT = 1 / 3  # effective share of the particles' weight that a stage leaves
PROPOSALS, LUCK, CHOICE = 1, 2, 3  # what a draw is for


@dataclass(frozen=True, eq=False)
class Own:
    """Parameters that one case alone has, and the figures of that case.

    Attributes
    ----------
    parameters
        Positions, perhaps none.
    figures
        Which of k figures, shape (k,).
    """

    parameters: IntArray
    figures: BoolArray


class States(NamedTuple):
    """Where chains are: points, the statistics of their histories, and the luck of these."""

    z: FloatArray
    statistics: FloatArray
    luck: IntArray


@dataclass(frozen=True, eq=False)
class Particles:
    """n particles of d parameters with r histories of k statistics, and how far they have come.

    Attributes
    ----------
    z
        Shape (m, d), of n in the end: chains beside each other, state by state, so that the last
        rows are their ends.
    statistics
        Shape (m, r, k), of the histories with which each particle was accepted.
    luck
        With which these were simulated, for each case; shape (m, c).
    tempering
        How far they are on their way, from 0 (prior) to 1 (posterior).
    step
        Part of what is shared that a proposal replaces.
    stage
        Stages done, rounds among them.
    rounds
        Rounds at full weight done.
    accepted
        Share of the moves of what is shared in the last stage that were accepted; 1 if nothing is.
    """

    z: FloatArray
    statistics: FloatArray
    luck: IntArray
    tempering: float = 0.0
    step: float = 0.9
    stage: int = 0
    rounds: int = 0
    accepted: float = 1.0

    def at(self, places: IntArray | slice) -> States:
        """Give some of the particles."""
        return States(self.z[places], self.statistics[places], self.luck[places])

    @property
    def stages(self) -> int:
        """Stages done; all rounds at full weight are one."""
        return self.stage - max(self.rounds - 1, 0)

    @property
    def is_finished(self) -> bool:
        """Have all rounds at full weight been made?"""
        return self.rounds >= ROUNDS


def begin(
    seed: int, particles: int, parameters: int, cases: Sequence[Own], simulate: Simulate
) -> Particles:
    """Draw the prior and simulate it."""
    z = np.array(
        [_generator(seed, PROPOSALS, 0, 0, n).standard_normal(parameters) for n in range(particles)]
    )
    luck = np.array([_luck(seed, 0, 0, n, len(cases)) for n in range(particles)])
    return Particles(z, simulate(z, luck, np.full(particles, -np.inf)), luck)


def set_out(finished: Particles, particles: int, seed: int) -> Particles:
    """Begin at the posterior of a finished fit, with some of its particles."""
    order = _generator(seed, CHOICE, 0, 0, 0).permutation(len(finished.z))
    chosen = np.resize(order, particles)
    return Particles(*finished.at(chosen), step=finished.step)


@dataclass(frozen=True)
class Size:
    """How many particles a fit ends with, and chains.

    Attributes
    ----------
    particles
        n in the end.
    most_chains
        Fewer where there are few particles, so that chains are long enough to get somewhere.
    """

    particles: int
    most_chains: int

    @property
    def chains(self) -> int:
        """How many there are."""
        return min(
            self.most_chains,
            max(self.particles // LEAST_STATES, min(FEWEST_CHAINS, self.particles)),
        )

    @property
    def moves(self) -> int:
        """Moves of a chain in a stage on the way: their states are half as many as particles."""
        return max(ceil(self.particles / self.chains / 2), OF_CASES)

    @property
    def moves_in_round(self) -> int:
        """Moves of a chain in a round at full weight."""
        return max(ROUNDS * ceil(self.particles / self.chains / ROUNDS), LEAST_MOVES)

    def points(self, stages: int) -> int:
        """Points that are simulated in so many stages, each but the last with one round."""
        on_the_way = (stages - 1) * self.moves
        return self.particles + self.chains * (on_the_way + ROUNDS * self.moves_in_round)


def worth(now: Particles, size: Size) -> FloatArray:
    """How many independent draws the particles are worth, for each parameter; shape (d,).

    By how far chains differ from each other (Gelman et al. 2004, Bayesian Data Analysis, 2nd
    edition, section 11.6); no more than there are particles.
    """
    count = size.chains
    length = len(now.z) // count
    states = now.z[-count * length :].reshape(length, count, -1)
    between = length * states.mean(axis=0).var(axis=0, ddof=1)
    within = states.var(axis=0, ddof=1).mean(axis=0)
    both = ((length - 1) * within + between) / length
    with np.errstate(invalid="ignore"):
        found = np.minimum(count * length * both / between, len(now.z))
    # Particles that are all alike are worth one.
    return np.asarray(np.where(between > 0.0, found, 1.0))


def typical_worth(now: Particles, most_chains: int) -> float:
    """How many independent draws all particles of a fit are worth, in the median parameter."""
    return float(np.median(worth(now, Size(len(now.z), most_chains))))


def advance(
    now: Particles,
    seed: int,
    size: Size,
    way: Way,
    cases: Sequence[Own],
    simulate: Simulate,
    moved: Callable[[], object] = lambda: None,
) -> Particles:
    """Go one stage on, or one round at full weight.

    Parameters
    ----------
    now
        The particles.
    seed
        Of all draws.
    size
        How many particles there will be.
    way
        Where to.
    cases
        What belongs to single ones; every figure that counts is of one of them.
    simulate
        Makes histories.
    moved
        Called after each move of all chains.
    """
    n, count, stage, step = len(now.z), size.chains, now.stage + 1, now.step
    if now.rounds:
        tempering, weights = 1.0, np.full(n, 1.0 / n)
        begun = np.arange(n - count, n)  # chains go on
    else:
        tempering, weights = _go_on(now.tempering, way.gain(now.statistics))
        places = (np.arange(count) + _generator(seed, CHOICE, stage, 0, 0).random()) / count
        begun = np.minimum(np.searchsorted(np.cumsum(weights), places), n - 1)
    moves = _Moves(now.z, weights, cases, way, tempering, simulate)
    at = now.at(begun)
    last = tempering == 1.0
    states, shares = [now.at(slice(None))] if now.rounds else [], []
    for move in range(1, (size.moves_in_round if last else size.moves) + 1):
        generators = [_generator(seed, PROPOSALS, stage, move, chain) for chain in range(count)]
        if move % OF_CASES == 0 or not len(moves.shared):
            fresh = [_luck(seed, stage, move, chain, len(cases)) for chain in range(count)]
            at = moves.of_cases(at, generators, np.array(fresh))
        else:
            at, share = moves.of_all(at, generators, step)
            step = float(np.clip(step * np.exp(share - AIM), 0.1, 0.95))
            shares.append(share)
        if not last or move % ROUNDS == 0:
            states.append(at)
        moved()
    return Particles(
        np.concatenate([one.z for one in states])[-size.particles :],
        np.concatenate([one.statistics for one in states])[-size.particles :],
        np.concatenate([one.luck for one in states])[-size.particles :],
        tempering,
        step,
        stage,
        now.rounds + last,
        float(np.mean(shares)) if shares else 1.0,
    )


class _Moves:
    """Moves that leave a place on the way as it is, with proposals fitted to weighted particles.

    The size of moves goes on adapting, by little, and so does the fit from round to round.

    Coordinates are what is shared, less its mean, and what belongs to cases, less what the former
    says of it; in the fitted normal distribution the two are independent.
    """

    def __init__(
        self,
        z: FloatArray,
        weights: FloatArray,
        cases: Sequence[Own],
        way: Way,
        tempering: float,
        simulate: Simulate,
    ) -> None:
        self.cases, self.way, self.tempering, self.simulate = cases, way, tempering, simulate
        d = z.shape[1]
        self.own = np.concatenate([np.zeros(0, np.int64), *(case.parameters for case in cases)])
        self.shared = np.setdiff1d(np.arange(d), self.own)
        self.mean = weights @ z
        # Shrunk towards the prior, since there are not many particles to a parameter.
        effective = 1.0 / (weights**2).sum()
        share = effective / (effective + 2.0 * d)
        away = z - self.mean
        spread = share * (away.T * weights) @ away + (1.0 - share) * np.eye(d)
        both = spread[np.ix_(self.shared, self.shared)]
        across = spread[np.ix_(self.own, self.shared)]
        self.slope = np.linalg.solve(both, across.T)  # (shared, own)
        self.root, self.inverse = np.linalg.cholesky(both), np.linalg.inv(both)
        rest = spread[np.ix_(self.own, self.own)] - across @ self.slope
        sizes = [len(case.parameters) for case in cases]
        self.parts = [
            slice(end - size, end) for size, end in zip(sizes, np.cumsum(sizes), strict=True)
        ]
        self.of_part = [
            (np.linalg.cholesky(rest[part, part]), np.linalg.inv(rest[part, part]))
            for part in self.parts
        ]

    def of_all(
        self,
        at: States,
        generators: Sequence[np.random.Generator],
        step: float,
    ) -> tuple[States, float]:
        """Move what is shared, with all else along but luck; also give the share accepted."""
        z, statistics, luck = at
        away = (z - self.mean)[:, self.shared]
        noise = np.array([one.standard_normal(len(self.shared)) for one in generators])
        log_u = np.log([one.random() for one in generators])
        moved = np.sqrt(1.0 - step**2) * away + step * noise @ self.root.T
        proposed = z.copy()
        proposed[:, self.shared] += moved - away
        proposed[:, self.own] += (moved - away) @ self.slope

        # The proposal leaves the fitted normal distribution unchanged.
        def ratio(z: FloatArray, away: FloatArray) -> FloatArray:
            return np.asarray(-0.5 * ((z**2).sum(axis=1) - _squared(away, self.inverse)))

        present = self.way.log_fit(statistics, self.tempering) + ratio(z, away)
        least = log_u + present - ratio(proposed, moved)
        found = self.simulate(proposed, luck, self.way.needed(least, self.tempering))
        # Nothing is above what was given up.
        taken = least < self.way.log_fit(found, self.tempering)
        z = np.where(taken[:, None], proposed, z)
        statistics = np.where(taken[:, None, None], found, statistics)
        return States(z, statistics, luck), float(taken.mean())

    def of_cases(
        self,
        at: States,
        generators: Sequence[np.random.Generator],
        fresh: IntArray,
    ) -> States:
        """Move what belongs to cases with fresh luck, each case apart."""
        step, (z, statistics, luck) = STEP_OF_CASES, at
        expected = self.mean[self.own] + (z - self.mean)[:, self.shared] @ self.slope
        away = z[:, self.own] - expected
        noise = np.array([one.standard_normal(len(self.own)) for one in generators])
        log_u = np.log([one.random(len(self.cases)) for one in generators])
        moved = np.sqrt(1.0 - step**2) * away
        for part, (root, _) in zip(self.parts, self.of_part, strict=True):
            moved[:, part] += step * noise[:, part] @ root.T
        proposed = z.copy()
        proposed[:, self.own] = expected + moved
        found = self.simulate(proposed, fresh, np.full(len(z), -np.inf))
        z, statistics, luck = z.copy(), statistics.copy(), luck.copy()
        for case in range(len(self.cases)):
            own, figures = self.cases[case].parameters, self.cases[case].figures
            gain = self._of_case(case, proposed, moved, found)
            taken = log_u[:, case] < gain - self._of_case(case, z, away, statistics)
            z[np.ix_(taken, own)] = proposed[np.ix_(taken, own)]
            statistics[taken] = np.where(figures, found[taken], statistics[taken])
            luck[taken, case] = fresh[taken, case]
        return States(z, statistics, luck)

    def _of_case(
        self, number: int, z: FloatArray, away: FloatArray, statistics: FloatArray
    ) -> FloatArray:
        """Log-density of a case over that of the fitted normal distribution, but for a constant."""
        case, (_, inverse) = self.cases[number], self.of_part[number]
        fit = self.way.log_fit_of(case.figures, statistics, self.tempering)
        away = away[:, self.parts[number]]
        own = (z[:, case.parameters] ** 2).sum(axis=1) - _squared(away, inverse)
        return np.asarray(fit - 0.5 * own)


def _squared(away: FloatArray, inverse: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ni,ij,nj->n", away, inverse, away))


def _go_on(tempering: float, gain: FloatArray) -> tuple[float, FloatArray]:
    """Farthest place on the way at which enough particles still count, and how much each does."""

    def weights(new: float) -> FloatArray:
        found = np.exp((new - tempering) * (gain - gain.max()))
        return np.asarray(found / found.sum())

    def leaves_enough(new: float) -> bool:
        return bool(1.0 / (weights(new) ** 2).sum() >= KEPT * len(gain))

    if leaves_enough(1.0):
        return 1.0, weights(1.0)
    low, high = tempering, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if leaves_enough(middle) else (low, middle)
    new = max(low, tempering + 1e-6)
    return new, weights(new)


def _generator(seed: int, purpose: int, stage: int, move: int, chain: int) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, stage, move, chain])


def _luck(seed: int, stage: int, move: int, chain: int, cases: int) -> IntArray:
    """Seeds of the histories that a chain simulates in a move, one for each case."""
    return _generator(seed, LUCK, stage, move, chain).integers(2**62, size=cases)
