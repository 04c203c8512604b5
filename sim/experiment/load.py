"""Experiment files: read, resolved into complete scenarios and checked before anything runs.

What a scenario says is laid over the programme it names, that over the scenario it is
`based_on`, and that over the file's top-level defaults; how tables are laid over each other
stands in `sim.files.layers`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sim.experiment.checks import check
from sim.experiment.old_words import in_new_words
from sim.experiment.write import experiment_schema, template, to_toml
from sim.files.layers import (
    SET_RANK,
    Node,
    Origin,
    Origins,
    Source,
    change_tree,
    merge,
    source_tree,
    tree,
)
from sim.files.problems import (
    LONGEST_GIVEN,
    BadInput,
    Problem,
    any_of,
    closest,
    quoted,
    toml_key,
)
from sim.files.shipped import found_file
from sim.files.toml_faults import MOST_LEVELS, depth_of, too_deep
from sim.files.toml_reading import load_programmes, read_toml
from sim.files.typed import odd_in
from sim.settings import Experiment
from sim.settings.editing import OF_COUNCILS
from sim.settings.experiment import OF_STRUCTURE
from sim.settings.plain_errors import DEFAULT_TABLES, MOST_TOLD, explained, problems_of
from sim.settings.sweep import VARIED_KEYS

__all__ = [
    "BadInput",
    "Problem",
    "experiment_schema",
    "load_experiment",
    "load_programmes",
    "read_toml",
    "resolve",
    "template",
    "to_toml",
]

FROM_PROGRAMMES = ("offers", "push", "evidence", "assumptions")
_REFERENCES = "rests_on"  # which rows of evidence.csv a programme's figures rest on
_PROGRAMME_KEYS = ("title", *FROM_PROGRAMMES, _REFERENCES)
_OWN_ONLY = ("title", "stands_for")
MOST_NAMED = 20  # names of scenarios in one message
# A dotted key and the equals sign after it.
_KEY_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_SET = re.compile(rf"\s*({_KEY_PART}(?:\s*\.\s*{_KEY_PART})*)\s*=(.*)", re.DOTALL)
# Settings that are changed: as texts with =, or as values by dotted names.
Changes = Sequence[str] | Mapping[str, Any]
AnyExperiment = TypeVar("AnyExperiment", bound=Experiment)
# A value that begins like this was meant as TOML.
_NOT_BARE = ('"', "'", "[", "{")


def load_experiment(
    path: str | Path,
    changes: Changes = (),
    *,
    most_seeds: int | None = None,
    programmes: Source | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> CheckedExperiment:
    """Read an experiment file into a resolved experiment, checked in full.

    Parameters
    ----------
    path
        The TOML file, or the name of an experiment that comes along.
    changes
        Such as ``["scenarios.gaap.push.visits_per_month=8"]``, as if written in the file; a value
        that is not TOML counts as text. Or a dictionary of dotted names and values.
    most_seeds
        At most so many of the file's seeds, so that a file too large for all of them can be tried
        with few; `with_seeds` of `sim.experiment.plan` gives more.
    programmes
        The library of programmes; by default that of the package.
    say
        Receives a line for each word of an earlier version that the file uses.

    Raises
    ------
    BadInput
        With every problem found, each with its line.
    """
    path = found_file(path)
    file = read_toml(path, explained)
    library = load_programmes() if programmes is None else programmes
    return _checked(file, library, changes, folder=path.parent, most_seeds=most_seeds, say=say)


class CheckedExperiment(Experiment):
    """A resolved experiment that was checked in full, as `load_experiment` gives it."""

    def with_settings(self, settings: Mapping[str, Any]) -> CheckedExperiment:
        """Return another experiment in which some settings are changed, checked in full.

        Parameters
        ----------
        settings
            Values by dotted names, as they would stand in a file: ``{"seeds.count": 50,
            "scenarios.gaap.push.visits_per_month": 8}``. A table is laid over what is there.

        Raises
        ------
        BadInput
            If there is no such setting, or the values do not fit.

        Examples
        --------
        >>> experiment = load_experiment("experiments/quickstart.toml")
        >>> experiment.with_settings({"seeds.count": 7}).seeds.count
        7
        """
        return _changed(self, settings) if settings else self


def with_changes(experiment: Experiment, changes: Changes) -> Experiment:
    """Return a resolved experiment with changes, checked in full; without any, as it is.

    Parameters
    ----------
    experiment
        Any.
    changes
        As in `load_experiment`.

    Raises
    ------
    BadInput
        With every problem found.
    """
    return _changed(experiment, changes) if changes else experiment


def _changed(experiment: Experiment, changes: Changes) -> CheckedExperiment:
    table = experiment.model_dump(mode="json", exclude_none=True, by_alias=True)
    whole = Source("the experiment", {"resolved": True, **table})
    return _checked(whole, load_programmes(), changes)


def _checked(
    file: Source,
    library: Source,
    changes: Changes,
    *,
    folder: Path | None = None,
    most_seeds: int | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> CheckedExperiment:
    """Resolve what was read, and check it in full; parameters as in `load_experiment`."""
    raw, origins = resolve(file, library, changes, folder=folder, say=say)
    problems = _unused_defaults(file)
    try:
        experiment = CheckedExperiment.model_validate(raw)
    except ValidationError as error:
        raise BadInput([*problems_of(error, Experiment, origins), *problems]) from None
    if most_seeds is not None and most_seeds < experiment.seeds.count:
        experiment = with_count(experiment, most_seeds)
    problems += _nothing_on_offer(raw["scenarios"], origins)
    problems += check(experiment, origins)
    if problems:
        raise BadInput(problems)
    return experiment


def with_count(experiment: AnyExperiment, count: int) -> AnyExperiment:
    """Return the experiment with another number of seeds, unchecked but for its range.

    Raises
    ------
    BadInput
        Unless it is at least 1, and at most what a file may say.
    """
    if not 1 <= count <= 1_000_000:
        raise BadInput(
            [Problem("wrong number of seeds", given=str(count), allowed="1 to 1,000,000")]
        )
    seeds = experiment.seeds.model_copy(update={"count": count})
    return experiment.model_copy(update={"seeds": seeds})


# ---------------------------------------------------------------- --set


def _change_layer(key: str, value: Any, root: Node) -> Node:
    """Return what an entry of a dictionary of changes changes, as a table to lay over the file."""
    if not re.fullmatch(rf"{_KEY_PART}(?:\.{_KEY_PART})*", key):
        words = "a dotted name: scenarios.gaap.push.codesign"
        raise BadInput(
            [Problem("this is no name of a setting", "changes", None, key, allowed=words)]
        )
    # Numbers of numpy and dates of months count as what they stand for.
    plain = value.item() if hasattr(value, "item") else value
    return _layer(f"changes[{quoted(key)}]", _key_parts(key), plain, root)


def _set_layer(text: str, root: Node) -> Node:
    """Return what one ``--set`` changes, as a table to lay over the file."""
    name = f"--set {text}"
    found = _SET.fullmatch(text)
    if found is None:
        odd = odd_in(text.partition("=")[0])
        raise BadInput(
            [
                Problem(
                    "this does not have the form key=value" + (f": {odd}" if odd else ""),
                    name,
                    allowed="a dotted key, =, and a value: scenarios.gaap.push.codesign=0.5",
                )
            ]
        )
    key, written = found[1], found[2].strip()
    path = _key_parts(key)
    if len(path) > MOST_LEVELS:
        raise BadInput([too_deep(f"{name[:LONGEST_GIVEN]} ...", None)])
    try:
        read = tomllib.loads(f"value = {written}")
        # A line end could bring in further keys.
        value = read["value"] if list(read) == ["value"] else written
    except (ValueError, RecursionError):
        value = written
        if not written or written.startswith(_NOT_BARE):
            problem = "the value is neither TOML nor a plain word"
            allowed, meant = explained(path, written)
            if not written:
                meant = ""
            raise BadInput(
                [Problem(problem, name, given=written, allowed=allowed, meant=meant)]
            ) from None
    return _layer(name, path, value, root)


def _layer(name: str, path: tuple[str, ...], value: Any, root: Node) -> Node:
    """Return one change as a table to lay over the file; `name` says where it was asked for."""
    if len(path) + depth_of(value) > MOST_LEVELS:
        raise BadInput([too_deep(f"{name[:LONGEST_GIVEN]} ...", None)])
    table: Any = value
    for part in reversed(path):
        table = {part: table}
    source = Source(name, table, rank=SET_RANK)
    _must_lead_somewhere(path, root, source)
    node = tree(value, lambda inner: Origin(source, (*path, *inner)))
    return change_tree(path, node)


def _key_parts(key: str) -> tuple[str, ...]:
    parts = [found[0] for found in re.finditer(_KEY_PART, key)]
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in parts)


def _must_lead_somewhere(path: tuple[str, ...], root: Node, source: Source) -> None:
    """Refuse a path to a scenario that does not exist, or through what is no table."""
    node: Node | None = root
    for depth, part in enumerate(path):
        if node is None:
            return
        origin = Origin(source, path)
        if not node.is_table:
            words = f"{toml_key(path[:depth])} is not a table: nothing can be set in it"
            raise BadInput([origin.problem(words)])
        if depth == 1 and path[0] == "scenarios" and part not in node.value:
            raise BadInput(
                [
                    origin.problem(
                        f"there is no scenario {part}",
                        allowed=any_of(list(node.value), most=MOST_NAMED),
                        meant=closest(part, node.value),
                    )
                ]
            )
        if depth == 0 and part == "scenarios" and part not in node.value:
            raise BadInput([origin.problem(f"there is no scenario {path[-1]}")])
        node = node.value.get(part)


# ---------------------------------------------------------------- resolving


def resolve(
    file: Source,
    programmes: Source,
    changes: Changes = (),
    *,
    folder: Path | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> tuple[dict[str, Any], Origins]:
    """Make every scenario of an experiment complete, without validating it.

    Parameters
    ----------
    file
        The experiment as written.
    programmes
        The library of programmes.
    changes
        As in `load_experiment`.
    folder
        Where relative paths start; None leaves them as they are.
    say
        As in `load_experiment`.

    Returns
    -------
    tuple of dict and Origins
        What `Experiment` takes, and where each value was set.

    Raises
    ------
    BadInput
        If scenarios are based on each other in a circle or on what does not exist, or a change
        leads nowhere.
    """
    root = in_new_words(source_tree(file), say)
    if isinstance(changes, Mapping):
        for key, value in changes.items():
            root = merge(root, in_new_words(_change_layer(key, value, root), say))
    else:
        for text in changes:
            root = merge(root, in_new_words(_set_layer(text, root), say))
    top: dict[str, Node] = dict(root.value)
    labels_only = _labels_only(top.pop("resolved", None))
    scenarios = top.get("scenarios")
    if scenarios is not None and scenarios.is_table:
        defaults = {key: top[key] for key in DEFAULT_TABLES if key in top}
        done = _Scenarios(
            scenarios,
            replace(root, value=defaults),
            source_tree(programmes),
            labels_only=labels_only,
        )
        complete = {name: _with_paths(done.scenario(name), folder) for name in scenarios.value}
        if not labels_only:
            complete = {name: _fixing(node) for name, node in complete.items()}
        if done.problems:
            raise BadInput(done.problems)
        top["scenarios"] = replace(scenarios, value=complete)
    for key in DEFAULT_TABLES:
        top.pop(key, None)
    if "parameters" in top:
        top["parameters"] = _with_fit(top["parameters"], folder)
    for key in ("sweep", "search"):
        if key in top:
            top[key] = _with_sweeps(top[key], folder)
    resolved = replace(root, value=top)
    return resolved.plain(), Origins(resolved)


def _labels_only(flag: Node | None) -> bool:
    """Tell whether `to_toml` wrote the file."""
    if flag is None:
        return False
    if not isinstance(flag.value, bool):
        raise BadInput([flag.origin.problem("true or false is expected")])
    return flag.value


class _Scenarios:
    """The scenarios of a file, completed one after the other, each after those below it.

    Attributes
    ----------
    problems
        What stood in the way.
    """

    def __init__(
        self, written: Node, defaults: Node, programmes: Node, *, labels_only: bool
    ) -> None:
        self.problems: list[Problem] = []
        self._written: dict[str, Node] = written.value
        self._defaults = defaults
        self._programmes = programmes
        # In a file that `to_toml` wrote, a programme is a name and nothing to look up: the
        # library may have changed since.
        self._labels_only = labels_only
        self._done: dict[str, Node] = {}
        self._open: list[str] = []

    def scenario(self, name: str) -> Node:
        """Return a scenario, complete."""
        if name not in self._done:
            self._open.append(name)
            self._done[name] = self._completed(name)
            self._open.pop()
        return self._done[name]

    def _completed(self, name: str) -> Node:
        own = self._written[name]
        if not own.is_table:
            return own
        below = self._based_on(own).without(*_OWN_ONLY)
        programme = self._programme(own)
        title = Node(own.origin, name)
        if programme is not None:
            below = merge(below.without(*FROM_PROGRAMMES), programme)
            title = programme.value.get("title", title)
        below = merge(below, Node(own.origin, {"title": title}))
        return replace(merge(below, own.without("based_on")), origin=own.origin)

    def _based_on(self, own: Node) -> Node:
        """Return what a scenario builds on."""
        named = own.value.get("based_on")
        if named is None:
            return self._defaults
        if not isinstance(named.value, str) or named.value not in self._written:
            others = [other for other in self._written if other != self._open[-1]]
            wanted = named.value if isinstance(named.value, str) else ""
            self.problems.append(
                named.origin.problem(
                    "there is no scenario of this name to be based on",
                    allowed=any_of(others, most=MOST_NAMED),
                    meant="" if len(self.problems) > MOST_TOLD else closest(wanted, others),
                )
            )
            return self._defaults
        if named.value in self._open:
            circle = [*self._open[self._open.index(named.value) :], named.value]
            words = f"scenarios are based on each other in a circle: {' -> '.join(circle)}"
            self.problems.append(named.origin.problem(words))
            return self._defaults
        return self.scenario(named.value)

    def _programme(self, own: Node) -> Node | None:
        """Return the programme that a scenario names."""
        named = own.value.get("programme")
        if named is None or not isinstance(named.value, str):
            return None  # of another kind: the validation says so
        if self._labels_only:
            if named.origin.source.rank == SET_RANK:
                words = "this file is resolved: its scenarios no longer look up a programme"
                self.problems.append(named.origin.problem(words))
            return None
        found: Node | None = self._programmes.value.get(named.value)
        if found is None or not found.is_table:
            known = list(self._programmes.value)
            self.problems.append(
                named.origin.problem(
                    "there is no programme of this name",
                    allowed=any_of(known),
                    meant=closest(named.value, known),
                )
            )
            return None
        for key, node in found.value.items():
            if key not in _PROGRAMME_KEYS:
                self.problems.append(
                    node.origin.problem(
                        "there is no such setting in a programme",
                        allowed=any_of(_PROGRAMME_KEYS),
                        meant=closest(key, _PROGRAMME_KEYS),
                    )
                )
        return found.without(_REFERENCES)


def _with_paths(scenario: Node, folder: Path | None) -> Node:
    """Make the path of an edge list absolute."""
    network: Node | None = scenario.value.get("network") if scenario.is_table else None
    if network is None:
        return scenario
    inside = _with_path(network, "edge_list", folder)
    return replace(scenario, value={**scenario.value, "network": inside})


def _with_path(table: Node, key: str, folder: Path | None) -> Node:
    """Make a path in a table absolute, so that it leads there from any folder."""
    named: Node | None = table.value.get(key) if table.is_table else None
    if folder is None or named is None or not isinstance(named.value, str):
        return table
    path = os.path.abspath(folder / named.value)
    return replace(table, value={**table.value, key: replace(named, value=path)})


def _with_fit(parameters: Node, folder: Path | None) -> Node:
    """Make the path of a fit absolute; a structure that comes along keeps its name."""
    named: Node | None = parameters.value.get("fit") if parameters.is_table else None
    if named is None or not str(named.value).startswith(OF_STRUCTURE):
        return _with_path(parameters, "fit", folder)
    # Few files name one.
    from sim.experiment.structures import published

    name = str(named.value).removeprefix(OF_STRUCTURE)
    main = {one.name: one.main for one in published()}
    if name not in main:
        near = closest(name, main)
        raise BadInput(
            [
                named.origin.problem(
                    "no structure of this name comes along",
                    allowed=any_of([quoted(OF_STRUCTURE + one) for one in main]),
                    meant=near and quoted(OF_STRUCTURE + near),
                )
            ]
        )
    # The main one is the fit that experiments have anyway.
    left = {key: value for key, value in parameters.value.items() if key != "fit"}
    return replace(parameters, value=left) if main[name] else parameters


def _with_sweeps(sweeps: Node, folder: Path | None) -> Node:
    """Make the paths of sweeps absolute, and names whole that were not quoted; of searches too."""
    if not sweeps.is_table:
        return sweeps
    found = {}
    for name, node in sweeps.value.items():
        sweep = _with_path(node, "table", folder)
        if sweep.is_table:
            whole = {
                key: replace(part, value=dict(_whole_names(part, key)))
                if key in ("levers", "uncertainties", "constants") and part.is_table
                else part
                for key, part in sweep.value.items()
            }
            sweep = replace(sweep, value=whole)
        found[name] = sweep
    return replace(sweeps, value=found)


def _whole_names(table: Node, key: str, before: str = "") -> Iterator[tuple[str, Node]]:
    """Dotted names in a table, also where tables stand in it instead of quoted names."""
    for name, node in table.value.items():
        inside = node.is_table and bool(node.value)
        if inside and key != "constants":
            inside = not VARIED_KEYS & set(node.value)
        if inside:
            yield from _whole_names(node, key, f"{before}{name}.")
        else:
            yield f"{before}{name}", node


def _fixing(scenario: Node) -> Node:
    """Name the settings of behaviour and traits that a file sets among those that are fixed."""
    if not scenario.is_table:
        return scenario
    named: Node = scenario.value.get("fixed_settings", Node(scenario.origin, []))
    if not isinstance(named.value, list):
        return scenario
    found = list(named.value)
    for prefix in OF_COUNCILS:
        table = scenario.value.get(prefix.removesuffix("."))
        if table is not None and table.is_table:
            found += [prefix + key for key in table.value if prefix + key not in found]
    return replace(
        scenario, value={**scenario.value, "fixed_settings": replace(named, value=found)}
    )


def _nothing_on_offer(scenarios: dict[str, dict[str, Any]], origins: Origins) -> list[Problem]:
    """Find scenarios that offer nothing without saying so: mostly a name that was misspelt."""
    offering = [name for name, scenario in scenarios.items() if scenario.get("offers")]
    silent = [name for name, scenario in scenarios.items() if "offers" not in scenario]
    return [
        origins.find(("scenarios", name)).problem(
            "nothing is on offer in this scenario, and it does not say so",
            given="",
            allowed="offers, or a programme or based_on that has some; where nothing is to be on "
            "offer: offers = {}",
            meant=closest(name, offering) if number < MOST_TOLD else "",
        )
        for number, name in enumerate(silent)
    ]


def _unused_defaults(file: Source) -> list[Problem]:
    """Check the top-level defaults by themselves: a scenario may cover up what is wrong there."""
    problems: list[Problem] = []
    for key, model in DEFAULT_TABLES.items():
        if key not in file.table:
            continue
        node = source_tree(Source(file.name, {key: file.table[key]}, file.text))
        try:
            model.model_validate(file.table[key])
        except ValidationError as error:
            origins = Origins(node)
            problems += problems_of(error, model, origins, (key,))
    return problems
