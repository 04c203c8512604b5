"""The points of an experiment: every set of settings that is to be run, and why.

A kind of design is one function that turns an experiment into points, registered under its name by
`@design`; everything after it (plan, runs, tables, results) knows points only. Which settings
vary, and in which point they have which value, is the design table, stored beside the runs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sim.experiment.claims import held_points
from sim.experiment.hybrids import hybrids_of
from sim.experiment.ideas import IDEAS, point_without
from sim.experiment.levers import LEVERS, setting_of
from sim.experiment.other_networks import OTHER_NETWORKS
from sim.experiment.sensitivity import ends, examined
from sim.experiment.structures import Structure, fit_of, rivals, shown_under
from sim.files.problems import BadInput
from sim.files.words import plural
from sim.settings import Experiment, Parameters, Scenario
from sim.settings.editing import with_settings

if TYPE_CHECKING:
    import pandas as pd

SCENARIO, CURVE, HYBRID = "scenario", "curve", "hybrid"
SENSITIVITY, LEVER = "sensitivity", "lever"
WITHOUT = "without"
STRUCTURE = "structure"
STRUCTURE_WITHOUT = "structure_without"
OTHER_NETWORK = "other_network"
CLAIM = "claim"
SUPPLY = "supply"
LOW, HIGH = 0, 1  # positions of the ends of a one-at-a-time design
# Columns of the design table before those of the settings.
ABOUT_POINTS = ("point", "kind", "design", "position", "scenario", "title")


@dataclass(frozen=True)
class Point:
    """One set of settings to be run.

    Attributes
    ----------
    id
        Key of its runs, unique in the experiment. Nothing is to be read out of it; the point of a
        scenario as it stands has the scenario's name.
    kind
        Name of the kind of design it belongs to, such as "scenario" or "curve".
    scenario
        The scenario it starts from.
    changes
        Settings in which it differs from that, by dotted name.
    design
        Which curve, explanation or setting it belongs to; "" for scenarios.
    position
        Where it stands in its design, from 0: the value of a curve, the end of a range, or the
        number of a hybrid, whose bits say which groups of settings have moved.
    title
        What it is, for the reader.
    seeds
        How many seeds it is run with.
    group
        Group of councils whose shares are measured instead of those of all.
    needs
        Further scenarios without which the point says nothing.
    whole
        Whether months, groups and councils are kept too, not only outcomes.
    structure
        Published structure of the model from whose draws its behaviour comes; "" for the draws
        that the experiment has.
    opening_drawn
        Whether each future draws when offers open, by `[supply]`; months are then counted from
        the announcement.
    """

    id: str
    kind: str
    scenario: str
    seeds: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    design: str = ""
    position: int = 0
    title: str = ""
    group: str | None = None
    needs: tuple[str, ...] = ()
    whole: bool = False
    structure: str = ""
    opening_drawn: bool = False

    def settings(self, experiment: Experiment) -> Scenario:
        """Return the complete settings that are run.

        Raises
        ------
        BadInput
            If a change does not fit the scenario.
        """
        scenario = experiment.scenarios[self.scenario]
        return with_settings(scenario, self.changes) if self.changes else scenario

    def parameters(self, experiment: Experiment) -> Parameters:
        """Return where its runs have their behaviour from."""
        if not self.structure:
            return experiment.parameters
        return experiment.parameters.model_copy(update={"fit": fit_of(self.structure)})


Design = Callable[[Experiment], Iterator[Point]]
# Every kind of design by its name, with what one of its points is called.
DESIGNS: dict[str, tuple[Design, str]] = {}


def design(kind: str, noun: str) -> Callable[[Design], Design]:
    """Register a function as a kind of design.

    Parameters
    ----------
    kind
        Name of the kind, which all its points have.
    noun
        What one point is called in "8 scenarios", in the singular; "(s)" where the plural ends.
    """

    def register(make: Design) -> Design:
        DESIGNS[kind] = make, noun
        return make

    return register


def points(experiment: Experiment) -> list[Point]:
    """List all points of an experiment, those of scenarios first.

    Raises
    ------
    ValueError
        If two have the same id, so that their runs could not be told apart.
    """
    found = [point for make, _ in DESIGNS.values() for point in make(experiment)]
    often = Counter(point.id for point in found)
    twice = [name for name, count in often.items() if count > 1]
    if twice:
        raise ValueError(f"two points have the same id: {', '.join(map(repr, twice))}")
    return found


def counted(kinds: Mapping[str, int]) -> list[str]:
    """Say how many points there are of each kind."""
    return [
        plural(kinds[kind], noun) if "(s)" not in noun else _plural(kinds[kind], noun)
        for kind, (_, noun) in DESIGNS.items()
        if kinds.get(kind)
    ]


def _plural(count: int, noun: str) -> str:
    return f"{count:,} " + noun.replace("(s)", "" if count == 1 else "s")


# ---------------------------------------------------------------- kinds of design


@design(SCENARIO, "scenario")
def scenarios(experiment: Experiment) -> Iterator[Point]:
    """Give every scenario as it stands."""
    for name, scenario in experiment.scenarios.items():
        yield Point(
            id=name,
            kind=SCENARIO,
            scenario=name,
            seeds=experiment.seeds.count,
            title=scenario.title or name,
            whole=True,
        )


@design(CURVE, "point(s) of curves")
def curves(experiment: Experiment) -> Iterator[Point]:
    """Give the points of curves: one setting at each of some values."""
    for name, curve in experiment.curves.items():
        for scenario in dict.fromkeys(curve.scenarios):
            for position, value in enumerate(curve.values):
                yield Point(
                    id=f"curve/{name}/{scenario}/{position}",
                    kind=CURVE,
                    scenario=scenario,
                    # A point never takes more seeds than were asked for in all.
                    seeds=min(curve.seeds, experiment.seeds.count),
                    changes={curve.setting: value},
                    design=name,
                    position=position,
                    title=f"{curve.label or curve.setting} = {value:g}",
                    group=curve.group,
                )


@design(HYBRID, "hybrid(s) of scenarios")
def hybrids(experiment: Experiment) -> Iterator[Point]:
    """Give what lies between two scenarios: some groups of settings as in the one or the other."""
    for name, explanation in experiment.explain.items():
        between = hybrids_of(experiment, name)
        for number in range(len(between)):
            moved = [group for i, group in enumerate(between.groups) if number >> i & 1]
            yield Point(
                id=f"hybrid/{name}/{number}",
                kind=HYBRID,
                scenario=explanation.start,
                seeds=min(explanation.seeds, experiment.seeds.count),
                changes=between.changes(number),
                design=name,
                position=number,
                title=" and ".join(moved) or "nothing moved",
                needs=(explanation.to,),
            )


@design(SENSITIVITY, "end(s) of what is in doubt")
def one_at_a_time(experiment: Experiment) -> Iterator[Point]:
    """Give both ends of every setting that evidence does not pin down, one setting at a time."""
    chosen = set(examined(experiment))
    for point in scenarios(experiment):
        if point.scenario in chosen:
            yield from _ends_of(replace(point, kind=SENSITIVITY, title=""), experiment)


def _ends_of(point: Point, experiment: Experiment) -> Iterator[Point]:
    """Give a point at both ends of what is in doubt of it, of its kind."""
    if not experiment.sensitivity.seeds:
        return
    found = ends(experiment.scenarios[point.scenario], experiment.parameters.fit)
    for setting, between in found.items():
        for position, value in enumerate(between):
            if is_moved(point, {setting: value}):
                said = f"{setting} = {value:g}"
                yield replace(
                    point,
                    id=end_of(point.id, setting, position),
                    seeds=min(experiment.sensitivity.seeds, point.seeds),
                    changes={setting: value, **point.changes},
                    design=setting,
                    position=position,
                    title=f"{point.title}: {said}" if point.title else said,
                    whole=False,
                )


def end_of(point: str, setting: str, position: int) -> str:
    """Id of a point with one setting in doubt at an end, by the id of the point as it is."""
    return f"{SENSITIVITY}/{point}/{setting}/{position}"


@design(WITHOUT, "scenario(s) without an idea")
def without_ideas(experiment: Experiment) -> Iterator[Point]:
    """Give every scenario with each of the ideas switched off in turn."""
    if not experiment.ideas.seeds:
        return
    for name in experiment.ideas.scenarios or experiment.scenarios:
        scenario = experiment.scenarios[name]
        for idea, switched in IDEAS.items():
            if scenario.offers:
                yield Point(
                    id=point_without(name, idea),
                    kind=WITHOUT,
                    scenario=name,
                    seeds=min(experiment.ideas.seeds, experiment.seeds.count),
                    changes=switched.off,
                    design=idea,
                    title=f"{scenario.title or name}: {switched.words}",
                )


@design(SUPPLY, "scenario(s) with the opening drawn")
def supply(experiment: Experiment) -> Iterator[Point]:
    """Give every scenario with its opening drawn by each future."""
    if not experiment.supply.seeds:
        return
    for name in experiment.supply.scenarios or experiment.scenarios:
        scenario = experiment.scenarios[name]
        if scenario.offers:
            yield Point(
                id=f"supply/{name}",
                kind=SUPPLY,
                scenario=name,
                seeds=min(experiment.supply.seeds, experiment.seeds.count),
                design="opening",
                title=f"{scenario.title or name}: the opening drawn",
                opening_drawn=True,
            )


@design(STRUCTURE, "scenario(s) under other structures")
def structures(experiment: Experiment) -> Iterator[Point]:
    """Give the leading scenarios under every other published structure, with the same luck."""
    shown = set(shown_under(experiment))
    for structure in rivals(experiment):
        for point in scenarios(experiment):
            if point.scenario in shown:
                yield _built(point, STRUCTURE, structure, experiment)


@design(STRUCTURE_WITHOUT, "scenario(s) without an idea under other structures")
def structures_without_ideas(experiment: Experiment) -> Iterator[Point]:
    """Give the same scenarios under every other structure with each idea switched off in turn."""
    shown = set(shown_under(experiment))
    for structure in rivals(experiment):
        for point in without_ideas(experiment):
            if point.scenario in shown:
                place = list(IDEAS).index(point.design)
                built = _built(point, STRUCTURE_WITHOUT, structure, experiment)
                yield replace(built, position=place)


def in_structure(structure: str, point: str) -> str:
    """Id of a point under another structure, by the id of the point as it is."""
    return f"{STRUCTURE}/{structure}/{point}"


def _built(point: Point, kind: str, structure: Structure, experiment: Experiment) -> Point:
    """Give what a point is under another structure."""
    return replace(
        point,
        id=in_structure(structure.name, point.id),
        kind=kind,
        seeds=min(experiment.structures.seeds, point.seeds),
        design=structure.name,
        title=f"{point.title}: {structure.title}",
        structure=structure.name,
        whole=False,
    )


# ---------------------------------------------------------------- what claims are tried on


def held_by_claims(experiment: Experiment) -> list[Point]:
    """List the points that claims hold against each other, each as it is."""
    wanted = held_points(experiment)
    kinds = (scenarios, curves, without_ideas) if wanted else ()
    return [point for make in kinds for point in make(experiment) if point.id in wanted]


def tried_on(experiment: Experiment) -> list[Point]:
    """List all points that claims can be held against, as they are and under each condition."""
    kinds = (
        *(scenarios, curves, without_ideas, one_at_a_time, other_networks),
        *(structures, structures_without_ideas, trials_of_claims),
    )
    return [point for make in kinds for point in make(experiment)] if experiment.claims else []


def is_moved(point: Point, changes: Mapping[str, Any]) -> bool:
    """Say whether changes make a point another one; what it changes itself stays."""
    return not changes.keys() <= point.changes.keys()


@design(OTHER_NETWORK, "trial(s) of claims on other networks")
def other_networks(experiment: Experiment) -> Iterator[Point]:
    """Give the points of claims on each of the other networks."""
    if not experiment.other_networks.seeds:
        return
    for point in held_by_claims(experiment):
        for position, (network, other) in enumerate(OTHER_NETWORKS.items()):
            if is_moved(point, other.changes):
                yield replace(
                    point,
                    id=on_network(network, point.id),
                    kind=OTHER_NETWORK,
                    seeds=min(experiment.other_networks.seeds, point.seeds),
                    changes={**other.changes, **point.changes},
                    design=network,
                    position=position,
                    title=f"{point.title}: {other.title}",
                    whole=False,
                )


def on_network(network: str, point: str) -> str:
    """Id of a point on another network, by the id of the point as it is."""
    return f"{OTHER_NETWORK}/{point}/{network}"


@design(CLAIM, "further trial(s) of claims")
def trials_of_claims(experiment: Experiment) -> Iterator[Point]:
    """Give the points of claims where no other design has them: ends of doubt, and structures."""
    has_ends, shown = set(examined(experiment)), set(shown_under(experiment))
    for point in held_by_claims(experiment):
        if point.id not in has_ends:
            yield from _ends_of(replace(point, kind=CLAIM), experiment)
        if point.kind not in (SCENARIO, WITHOUT) or point.scenario not in shown:
            for structure in rivals(experiment):
                yield _built(point, CLAIM, structure, experiment)


@design(LEVER, "end(s) of levers")
def levers(experiment: Experiment) -> Iterator[Point]:
    """Give every lever of a scenario at the low and at the high end of its range."""
    if not experiment.levers.seeds:
        return
    for name in experiment.levers.scenarios or experiment.scenarios:
        for lever in LEVERS:
            setting = setting_of(lever, experiment.scenarios[name])
            if setting is None:
                continue
            for position, value in enumerate((lever.low, lever.high)):
                yield Point(
                    id=f"lever/{name}/{setting}/{position}",
                    kind=LEVER,
                    scenario=name,
                    seeds=min(experiment.levers.seeds, experiment.seeds.count),
                    changes={setting: value},
                    design=lever.setting,
                    position=position,
                    title=f"{lever.meaning} = {value:g}",
                )


# ---------------------------------------------------------------- the design table


def design_table(experiment: Experiment, chosen: Sequence[Point]) -> pd.DataFrame:
    """Lay points out as a table, with a column for every setting that varies.

    Parameters
    ----------
    experiment
        What the points belong to.
    chosen
        A row each, in this order.

    Returns
    -------
    pandas.DataFrame
        Columns `ABOUT_POINTS`, then the settings by dotted name, each with the value in force
        before behaviour is drawn: missing where the scenario has no such setting, and as JSON
        where it is no number.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = [
        {
            "point": point.id,
            "kind": point.kind,
            "design": point.design,
            "position": point.position,
            "scenario": point.scenario,
            "title": point.title,
        }
        for point in chosen
    ]
    table = pd.DataFrame(rows, columns=list(ABOUT_POINTS))
    plain = {
        name: scenario.model_dump(mode="json") for name, scenario in experiment.scenarios.items()
    }
    varied = list(dict.fromkeys(setting for point in chosen for setting in point.changes))
    in_force = [
        _in_force(experiment, point, plain[point.scenario], varied)
        if point.changes
        else [_value(plain[point.scenario], setting) for setting in varied]
        for point in chosen
    ]
    columns = {
        setting: _column([values[index] for values in in_force])
        for index, setting in enumerate(varied)
    }
    return pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)


def _in_force(
    experiment: Experiment, point: Point, plain: dict[str, Any], settings: Sequence[str]
) -> list[Any]:
    """Values that a point runs with: what it changes may change others along."""
    try:
        whole = point.settings(experiment).model_dump(mode="json")
    except BadInput:
        # Each of its runs fails; the table says what was asked for.
        return [
            point.changes[setting] if setting in point.changes else _value(plain, setting)
            for setting in settings
        ]
    return [_value(whole, setting) for setting in settings]


def _value(settings: Any, setting: str) -> Any:
    for key in setting.split("."):
        settings = settings.get(key) if isinstance(settings, dict) else None
    return settings


def _column(values: Sequence[Any]) -> list[float] | list[str | None]:
    """Numbers as numbers; all else as text that JSON reads back."""
    if all(value is None or _is_number(value) for value in values):
        return [float("nan") if value is None else float(value) for value in values]
    return [None if value is None else json.dumps(value, sort_keys=True) for value in values]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
