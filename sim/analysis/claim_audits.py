"""Where claims are tried: small audits, one function each, listed in `AUDITS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis.claim_tests import Bench, Estimate
from sim.analysis.estimators import FEWEST_SEEDS
from sim.analysis.summary import seed_draws
from sim.experiment.design import (
    CLAIM,
    HIGH,
    LOW,
    SENSITIVITY,
    end_of,
    in_structure,
    is_moved,
    on_network,
)
from sim.experiment.other_networks import OTHER_NETWORKS
from sim.experiment.parameters import draws_for
from sim.experiment.structures import published
from sim.settings.editing import number_of, numeric_settings

IntArray = npt.NDArray[np.int64]

# Parts of the draws that are looked at on their own: the lowest and the highest of a setting.
PART = 1.0 / 3.0
OF_PROGRAMMES = ("offers.", "push.")


@dataclass(frozen=True)
class Tried:
    """A claim under one condition.

    Attributes
    ----------
    what, end
        The condition: a setting and its end, or a network.
    estimate
        What is measured of the claim.
    points
        Points that were run instead of others, if any: what they change shows it again.
    """

    what: str
    end: str
    estimate: Estimate
    points: Mapping[str, str] = field(default_factory=dict)


Audit = Callable[[Bench], Iterator[Tried]]
AUDITS: dict[str, Audit] = {}


def audit(name: str) -> Callable[[Audit], Audit]:
    """Register a function as an audit; it gives nothing of claims that it cannot try."""

    def register(tries: Audit) -> Audit:
        AUDITS[name] = tries
        return tries

    return register


@audit("futures")
def futures(bench: Bench) -> Iterator[Tried]:
    """Try a claim over all futures, as behaviour is drawn."""
    found = bench.over()
    if found is not None:
        yield Tried("", "", found)


@audit("luck")
def luck(bench: Bench) -> Iterator[Tried]:
    """Try a claim on both halves of the futures, whose random streams have none in common.

    Seeds that share a draw of behaviour go to both in turn, so that only luck is another; which
    half begins takes turns as well, for where their number is odd.
    """
    draws = _draws(bench)
    place = pd.Series(draws).groupby(draws).cumcount().to_numpy() + draws
    halves = [found for turn in (0, 1) if (found := bench.over(place % 2 == turn)) is not None]
    if len(halves) == 2:  # one that is all of the futures tries nothing
        for end, found in zip(("first", "second"), halves, strict=True):
            yield Tried("half of the futures", end, found)


@audit("behaviour")
def behaviour(bench: Bench) -> Iterator[Tried]:
    """Try a claim where each drawn setting is among its lowest and its highest third."""
    parameters = bench.results.experiment.parameters
    if parameters.source == "point":
        return
    draws = _draws(bench)
    if len(np.unique(draws)) * PART < FEWEST_SEEDS:
        return
    drawn = draws_for(parameters)
    numbers = np.unique(draws)
    count = int(len(numbers) * PART)
    for name in drawn.names:
        values = drawn.of(name)[numbers - 1]
        if values.min() == values.max():
            continue
        rising = numbers[np.argsort(values, kind="stable")]
        for end, some in (("low", rising[:count]), ("high", rising[-count:])):
            found = bench.over(np.isin(draws, some))
            if found is not None:
                yield Tried(name, end, found)


@audit("doubt")
def ends_of_doubt(bench: Bench) -> Iterator[Tried]:
    """Try a claim at both ends of each setting that evidence does not pin down.

    What is of councils is moved in all its scenarios at once; so is a setting of offers and pushes
    that they have alike. Another is moved in one scenario at a time. Where a scenario that would
    have to move was not run so, nothing is tried.
    """
    design = bench.results.design
    rows = design[design["kind"].isin((SENSITIVITY, CLAIM))]
    for setting in rows.loc[rows["scenario"].isin(bench.scenarios), "design"].unique():
        for together in _moved_together(bench, setting):
            moved = [
                point.id
                for point in bench.points
                if point.scenario in together and is_moved(point, {setting: None})
            ]
            everywhere = len(together) == len(bench.scenarios)
            what = setting if everywhere else f"{together[0]}: {setting}"
            for position, end in ((LOW, "low"), (HIGH, "high")):
                instead = {point: end_of(point, setting, position) for point in moved}
                found = bench.moved(instead) if moved else None
                if found is not None:
                    yield Tried(what, end, found, instead)


def _moved_together(bench: Bench, setting: str) -> list[list[str]]:
    """Scenarios in which a setting is one and the same thing, and so moves at once."""
    if not setting.startswith(OF_PROGRAMMES):
        return [bench.scenarios]
    of = bench.results.experiment.scenarios
    alike: dict[float | None, list[str]] = {}
    for name in bench.scenarios:
        if setting in numeric_settings(of[name]):
            alike.setdefault(number_of(of[name], setting), []).append(name)
    return list(alike.values())


@audit("networks")
def networks(bench: Bench) -> Iterator[Tried]:
    """Try a claim on other networks; what councils do without any is the same on all."""
    for network, other in OTHER_NETWORKS.items():
        moved = [point.id for point in bench.points if is_moved(point, other.changes)]
        instead = {point: on_network(network, point) for point in moved}
        found = bench.moved(instead) if moved else None
        if found is not None:
            yield Tried(network, "", found, instead)


@audit("structures")
def structures(bench: Bench) -> Iterator[Tried]:
    """Try a claim in other ways to build the model, each with draws from its own fit."""
    for structure in published():
        instead = {point.id: in_structure(structure.name, point.id) for point in bench.points}
        found = None if structure.main else bench.moved(instead)
        if found is not None:
            yield Tried(structure.name, "", found, instead)


def _draws(bench: Bench) -> IntArray:
    """Draw of behaviour of each future of the first pair of a claim; 0 where nothing is drawn."""
    first = next(iter(bench.usual.values()), None)
    if first is None:
        return np.empty(0, dtype=np.int64)
    draws = seed_draws(bench.results, first.to_frame())
    return np.zeros(len(first), dtype=np.int64) if draws is None else draws
