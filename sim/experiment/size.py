"""How much an experiment asks for, estimated before anything is made, and what is too much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.experiment.claims import held_points
from sim.experiment.ideas import IDEAS
from sim.experiment.levers import LEVERS
from sim.experiment.other_networks import OTHER_NETWORKS
from sim.experiment.worlds import Fault
from sim.files.words import plural
from sim.settings import CouncilChoice, Experiment
from sim.settings.limits import (
    MOST_BYTES_OF_TABLES,
    MOST_COUNCILS_IN_ALL,
    MOST_POINTS,
    MOST_RUNS,
)

# Bytes of a row of each table in memory: numbers take eight, words a place in a list.
BYTES_OF_RUN, BYTES_OF_MONTH, BYTES_OF_GROUP, BYTES_OF_COUNCIL = 450, 130, 200, 60
GROUPS = 16


@dataclass(frozen=True)
class Share:
    """Points of one kind that start from one scenario.

    Attributes
    ----------
    scenario
        Its name.
    points, seeds
        How many points there are, and with how many seeds each is run.
    whole
        Whether months, groups and councils are kept too.
    """

    scenario: str
    points: int
    seeds: int
    whole: bool = False


def shares(experiment: Experiment, names: Sequence[str] | None = None) -> Iterator[Share]:
    """Count points of some scenarios without making them; there may be a few less."""
    if names is None:
        yield from _all_shares(experiment)
    else:
        yield from (share for share in _all_shares(experiment) if share.scenario in names)


def _all_shares(experiment: Experiment) -> Iterator[Share]:
    # Reading the fit needs NumPy, for which reading a file should not wait.
    from sim.experiment.sensitivity import ends, examined
    from sim.experiment.structures import rivals, shown_under

    count = experiment.seeds.count
    for name in experiment.scenarios:
        yield Share(name, 1, count, whole=True)
    for curve in experiment.curves.values():
        for name in dict.fromkeys(curve.scenarios):
            yield Share(name, len(curve.values), min(curve.seeds, count))
    for explanation in experiment.explain.values():
        # What no group names makes one more.
        hybrids = 2 ** (len(explanation.groups) + 1)
        yield Share(explanation.start, hybrids, min(explanation.seeds, count))
    has_ends = examined(experiment)
    for name in has_ends:
        found = ends(experiment.scenarios[name], experiment.parameters.fit)
        yield Share(name, 2 * len(found), min(experiment.sensitivity.seeds, count))
    others, shown = len(rivals(experiment)), shown_under(experiment)
    under_others = min(experiment.structures.seeds, count)
    for name in shown if others else []:
        yield Share(name, others, under_others)
    if experiment.ideas.seeds:
        without = min(experiment.ideas.seeds, count)
        for name in experiment.ideas.scenarios or experiment.scenarios:
            yield Share(name, len(IDEAS), without)
            if name in shown:
                yield Share(name, len(IDEAS) * others, min(without, under_others))
    for point, name in held_points(experiment).items():
        if experiment.other_networks.seeds:
            yield Share(name, len(OTHER_NETWORKS), min(experiment.other_networks.seeds, count))
        if experiment.sensitivity.seeds and point not in has_ends:
            found = ends(experiment.scenarios[name], experiment.parameters.fit)
            yield Share(name, 2 * len(found), min(experiment.sensitivity.seeds, count))
        yield Share(name, others, under_others)
    if experiment.supply.seeds:
        for name in experiment.supply.scenarios or experiment.scenarios:
            yield Share(name, 1, min(experiment.supply.seeds, count))
    if experiment.levers.seeds:
        for name in experiment.levers.scenarios or experiment.scenarios:
            yield Share(name, 2 * len(LEVERS), min(experiment.levers.seeds, count))


def excesses(experiment: Experiment, names: Sequence[str] | None = None) -> Iterator[Fault]:
    """Find what is too large, with a way out; see `sim.settings.limits`.

    Parameters
    ----------
    experiment
        The experiment.
    names
        Scenarios that are run; by default all.
    """
    found = list(shares(experiment, names))
    if not found:
        return
    points = sum(share.points for share in found)
    if points > MOST_POINTS:
        yield Fault(
            (),
            f"this experiment has {points:,} scenarios, values of curves, hybrids and ends of "
            "settings, too many to lay out",
            f"at most {MOST_POINTS:,}: fewer scenarios, values, or groups to explain",
        )
        return
    counts = {name: _councils(scenario.councils) for name, scenario in experiment.scenarios.items()}
    councils = sum(share.points * counts[share.scenario] for share in found)
    if councils > MOST_COUNCILS_IN_ALL:
        yield Fault(
            (),
            f"all {plural(points, 'point')} together have {councils:,} councils, too many for "
            "memory",
            f"at most {MOST_COUNCILS_IN_ALL:,}: fewer councils, or sensitivity.seeds = 0, which "
            "leaves out the ends of what is in doubt",
        )
        return
    runs = sum(share.points * share.seeds for share in found)
    size = sum(_bytes(experiment, share, counts[share.scenario]) for share in found)
    seeds = experiment.seeds.count
    few = int(seeds * min(MOST_RUNS / runs, MOST_BYTES_OF_TABLES / size, 1.0))
    if few < seeds:
        what = (
            f"{runs:,} runs are too many to plan"
            if runs > MOST_RUNS
            else f"the results would take about {size / 1e9:,.0f} gigabytes of memory"
        )
        yield Fault(
            ("seeds", "count"),
            f"with {plural(seeds, 'seed')} {what}",
            f"at most about {few:,} seeds, or fewer scenarios, councils or months"
            if few
            else "fewer scenarios, councils or months",
        )


def _councils(choice: CouncilChoice) -> int:
    """How many councils take part, or a few more."""
    if choice.draw is not None:
        return choice.draw
    return choice.synthetic or 385


def _bytes(experiment: Experiment, share: Share, councils: int) -> int:
    """How much memory the tables of some points take."""
    size = BYTES_OF_RUN
    if share.whole:
        offers = len(experiment.scenarios[share.scenario].offers)
        size += BYTES_OF_MONTH * experiment.horizon.months
        size += BYTES_OF_GROUP * (GROUPS + offers) + BYTES_OF_COUNCIL * councils * offers
    return size * share.points * share.seeds
