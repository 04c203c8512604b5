"""All cases simulated for sets of parameters, with several seeds each.

A fit asks for tens of thousands of points. So each case is laid out once, and a point changes
numbers in it; months after the last figure are not run; and the cases that take longest come last,
since a point whose other cases tell against it need not be simulated to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import numpy.typing as npt

from sim.calibration.likelihood import IntArray, Likelihood
from sim.calibration.load import load_calibration
from sim.calibration.plan import Calibration, Source
from sim.calibration.statistics import measure
from sim.experiment.parameters import APPEAL_IN
from sim.model.effects import effect_of
from sim.model.laid_out import LaidOut, Room
from sim.model.record import Record
from sim.model.world import World, build_world, depends_on_seed
from sim.settings import Scenario
from sim.settings.editing import numeric_settings, replace_settings

FloatArray = npt.NDArray[np.float64]
Points = tuple[FloatArray, IntArray, FloatArray]  # some points, the luck of each, what it needs
# A log-likelihood is that much below what is needed before anything is given up for it.
MARGIN = 1e-6


class Case:
    """One case of a fit, laid out for one thread.

    Parameters
    ----------
    calibration
        What is fitted to what.
    name
        The case.
    """

    def __init__(self, calibration: Calibration, name: str) -> None:
        self.calibration = calibration
        self.name = name
        self.runs = calibration.file.histories
        self.number = list(calibration.experiments).index(name)  # of its luck among a point's
        targets = list(calibration.file.targets.values())
        self.places = [place for place, target in enumerate(targets) if target.case == name]
        self.targets = [targets[place] for place in self.places]
        self.counts = np.zeros(len(targets), dtype=np.bool_)
        self.counts[self.places] = calibration.likelihood.counts[self.places]
        scenario = calibration.scenario(name)
        latest = max(offer.opens for offer in scenario.offers.values())
        needed = latest + max((target.months for target in self.targets), default=1)
        horizon = calibration.experiments[name].horizon
        self.horizon = horizon.model_copy(update={"ends": min(horizon.ends, needed - 1)})
        changed = dict.fromkeys([*calibration.parameters, APPEAL_IN])
        own = {each: calibration.of_case(each, name) for each in changed}
        settings = {each: setting for each, setting in own.items() if setting is not None}
        self.parameters = tuple(settings)
        self.settings = tuple(settings.values())
        kinds = numeric_settings(scenario)
        self.whole = [kinds[setting] is int for setting in self.settings]
        self.in_place = not depends_on_seed(scenario) and all(
            effect_of(scenario, setting) != "world" for setting in self.settings
        )
        self.laid = LaidOut(self._world(scenario, 0))
        self.room = Room(self.laid.world, self.runs)

    @property
    def size(self) -> int:
        """Months of councils in a run, which say how long it takes."""
        return len(self.laid.world.councils) * self.laid.world.months

    def _world(self, scenario: Scenario, luck: int) -> World:
        return build_world(scenario, self.horizon, luck)

    def put(self, values: dict[str, float]) -> None:
        """Change the parameters in place."""
        numbers = zip([values[each] for each in self.parameters], self.whole, strict=True)
        self.laid.putting(self.settings)([round(x) if whole else x for x, whole in numbers])

    def run(self, values: dict[str, float], luck: int) -> Record:
        """Run the histories of a point; the record is that of all points, one after the other."""
        if self.in_place:
            self.put(self.calibration.in_case(values, self.name))
        else:
            scenario = with_values(self.calibration, self.name, values)
            self.laid = LaidOut(self._world(scenario, luck))
            self.room = Room(self.laid.world, self.runs)
        self.laid.run(luck + np.arange(self.runs), self.room, 0)
        return self.room.record

    def measured(self, values: dict[str, float], luck: int) -> FloatArray:
        """Run the histories of a point, and measure the figures of this case; shape (r, k)."""
        record = self.run(values, luck)
        return np.array(
            [
                measure(record, target.statistic, target.months)
                * (1.0 if target.factor is None else values[f"observation.{target.factor}"])
                for target in self.targets
            ]
        ).T


class Simulator:
    """All cases of a fit, laid out for one thread.

    Parameters
    ----------
    calibration
        What is fitted to what.
    """

    def __init__(self, calibration: Calibration) -> None:
        self.calibration = calibration
        cases = [Case(calibration, name) for name in calibration.experiments]
        self.cases = sorted((case for case in cases if case.targets), key=lambda case: case.size)

    def luck(self, first: int) -> IntArray:
        """Seeds of the cases of one point, shape (c,), whose histories follow each other."""
        cases = np.arange(len(self.calibration.experiments))
        return first + self.calibration.file.histories * cases

    def histories(
        self,
        z: FloatArray,
        luck: IntArray,
        likelihood: Likelihood | None = None,
        needed: float = -np.inf,
    ) -> FloatArray:
        """Simulate every case some times and measure what the targets ask for.

        Parameters
        ----------
        z
            A point of the space in which the prior is standard normal.
        luck
            Seed of the first simulated history of each case, shape (c,); the next ones follow it.
        likelihood, needed
            Where the log-likelihood cannot exceed what is needed any more, the point is given up.

        Returns
        -------
        array
            One number for each history and target, shape (r, k); nan if the point was given up.
        """
        values = self.calibration.values(z)
        shape = self.calibration.file.histories, len(self.calibration.targets)
        found = np.full(shape, np.nan)
        still, so_far = self.calibration.likelihood.counts, 0.0
        for case in self.cases:
            if likelihood is not None and so_far + likelihood.most(still) < needed - MARGIN:
                return np.full(shape, np.nan)
            found[:, case.places] = case.measured(values, int(luck[case.number]))
            if likelihood is not None and case.counts.any():
                so_far += float(likelihood.log_fit_of(case.counts, found[np.newaxis])[0])
                still = still & ~case.counts
        return found

    def simulate(self, likelihood: Likelihood | None = None) -> Callable[..., FloatArray]:
        """Return what simulates many points, as `sim.calibration.smc.Simulate` says."""

        def simulate(points: FloatArray, luck: IntArray, needed: FloatArray) -> FloatArray:
            each = zip(points, luck, needed, strict=True)
            return np.array([self.histories(z, own, likelihood, least) for z, own, least in each])

        return simulate


def make_simulate(source: Source) -> Callable[[Points], FloatArray]:
    """Read a calibration and make what simulates points, wherever it is put to work."""
    calibration = load_calibration(*source)
    simulate = Simulator(calibration).simulate(calibration.likelihood)
    return lambda chunk: simulate(*chunk)


def seconds_each(calibration: Calibration) -> float:
    """Time of one particle on one core, measured on a few that are simulated to their end."""
    simulator = Simulator(calibration)
    middle = np.zeros(len(calibration.parameters))
    simulator.histories(middle, simulator.luck(0))
    started = perf_counter()
    for luck in range(1, 6):
        simulator.histories(middle, simulator.luck(luck))
    return (perf_counter() - started) / 5


def with_values(
    calibration: Calibration, case: str, values: dict[str, float], appeal: float = 0.0
) -> Scenario:
    """Settings of a case with parameters put in; priors were checked when they were read.

    The appeal, in the units of readiness, is that of a case which is not of the fit.
    """
    values = calibration.in_case(values, case, appeal)
    own = {calibration.of_case(name, case): value for name, value in values.items()}
    return replace_settings(
        calibration.scenario(case), {key: own[key] for key in own if key is not None}
    )
