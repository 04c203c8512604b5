"""What decides results, as a fingerprint that tidying leaves alone.

Code counts by what it does: every function by itself, in no order, without docstrings, comments,
annotations and imports. So a function may move to another file, and a file into another folder; a
changed rule, constant or column is another model.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.experiment.design import SCENARIO, points
from sim.experiment.hybrids import WORDS
from sim.experiment.parameters import draws_for
from sim.experiment.searches import Space
from sim.experiment.sweeps import Design, parameters_of
from sim.files.sources import source_files
from sim.settings import Experiment, Parameters, Scenario

# What decides the result of a run besides its settings, as files and whole folders; draws of
# behaviour count by themselves.
MODEL_SOURCES = (
    "experiment/hybrids.py",
    "experiment/parameters.py",
    "files/layers.py",
    "model/areas.py",
    "model/compiled.py",
    "model/council.py",
    "model/council_names.py",
    "model/councils.py",
    "model/draws.py",
    "model/edge_list.py",
    "model/effects.py",
    "model/engine",
    "model/influence.py",
    "model/laid_out.py",
    "model/layout.py",
    "model/mesa_model.py",
    "model/opening.py",
    "model/record.py",
    "model/rules.py",
    "model/world.py",
    "runs/measure.py",
    "settings/editing.py",
    "settings/events.py",
    "settings/location.py",
    "settings/programme.py",
    "settings/when.py",
    "data/adjacency.csv",
    "data/areas.csv",
    "data/council_names.csv",
    "data/councils.csv",
    "data/tiers.csv",
)


# ---------------------------------------------------------------- code


def meanings(source: str) -> Iterator[str]:
    """Say what each function, class and other statement of a module does, one by one.

    Methods stand apart from their classes. The text is the same on every version of Python.
    """
    for statement in _statements(ast.parse(source).body):
        if isinstance(statement, ast.ClassDef):
            methods = [part for part in statement.body if _is_function(part)]
            for method in methods:
                yield f"{statement.name}: {_spelled(method)}"
            statement.body = [part for part in statement.body if part not in methods]
        yield _spelled(statement)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out what decides no result: texts, imports, and what only a type checker reads."""
    return [part for part in body if not _is_idle(part)]


def _is_idle(part: ast.stmt) -> bool:
    if isinstance(part, ast.Import | ast.ImportFrom):
        return True
    if isinstance(part, ast.Expr):
        return isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)
    if isinstance(part, ast.If):
        return isinstance(part.test, ast.Name) and part.test.id == "TYPE_CHECKING"
    if isinstance(part, ast.Assign):
        return any(isinstance(name, ast.Name) and name.id == "__all__" for name in part.targets)
    return False


# Annotations; and what Python adds from version to version without a change of meaning.
_LEFT_OUT = {"annotation", "returns", "type_comment", "type_params", "ctx", "kind", "simple"}


def _spelled(node: Any) -> str:
    """Write a part of a syntax tree without places, annotations and empty fields."""
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, list):
        parts = _statements(node) if node and isinstance(node[0], ast.stmt) else node
        return f"[{' '.join(map(_spelled, parts))}]"
    if not isinstance(node, ast.AST):
        return str(node)
    # An assignment is the same with and without a type.
    name = "Assign" if isinstance(node, ast.AnnAssign) else type(node).__name__
    fields = [
        ("targets", [value]) if name == "Assign" and field == "target" else (field, value)
        for field, value in ast.iter_fields(node)
        if field not in _LEFT_OUT and value is not None and value != []
    ]
    return f"{name}({' '.join(f'{field}={_spelled(value)}' for field, value in fields)})"


def code_hash(texts: list[tuple[str, str]]) -> str:
    """Fingerprint of files, given by name and text: Python by its meaning, others by content."""
    found: list[str] = []
    for name, text in texts:
        found += meanings(text) if name.endswith(".py") else [text]
    parts = sorted(hashlib.sha256(part.encode()).hexdigest() for part in found)
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def model_texts(package: Traversable) -> list[tuple[str, str]]:
    """Name and text of every file that decides results; line ends do not count."""
    return [
        (name, source.read_text(encoding="utf-8").replace("\r\n", "\n"))
        for name, source in source_files(package, MODEL_SOURCES)
    ]


@cache
def model_hash() -> str:
    """Fingerprint of the code and data that decide results."""
    return code_hash(model_texts(files("sim")))


# ---------------------------------------------------------------- settings

NO_OWN: Mapping[str, str] = MappingProxyType({})


def settings_hash(experiment: Experiment, own: Mapping[str, str] = NO_OWN) -> str:
    """Fingerprint of everything that decides the tables, seeds, words and paths left out.

    Parameters
    ----------
    experiment
        What is run.
    own
        Fingerprints of outcomes of one's own, by their columns.
    """
    return _hash_of({**settings_of(experiment), "model": model_hash(), **_of_own(own)})


def settings_of(experiment: Experiment) -> dict[str, Any]:
    """Everything in an experiment that decides the tables, as plain values."""
    return {
        **_of_scenarios(experiment, experiment.parameters, list(experiment.scenarios)),
        "points": {
            point.id: [
                *(point.scenario, dict(point.changes), point.group, point.whole),
                *([draws_for(point.parameters(experiment)).digest] if point.structure else []),
                *([experiment.supply.model_dump()] if point.opening_drawn else []),
            ]
            for point in points(experiment)
            if point.kind != SCENARIO
        },
    }


def sweep_hash(design: Design, own: Mapping[str, str] = NO_OWN) -> str:
    """Fingerprint of everything that decides the tables of a sweep, every point included.

    Outcomes of one's own count as in `settings_hash`.
    """
    sweep, experiment = design.sweep, design.experiment
    return _hash_of(
        {
            **_of_scenarios(experiment, design.parameters, sweep.scenarios),
            "sweep": sweep.model_dump(mode="json", exclude={"title", "table", "boxes"}),
            "outcomes kept": design.outcomes,
            "first seed": experiment.seeds.first,
            "points": _digest_of(design),
            "model": model_hash(),
            **_of_own(own),
        }
    )


def _of_own(own: Mapping[str, str]) -> dict[str, list[list[str]]]:
    # In their order, which is that of the columns.
    return {"own outcomes": [list(pair) for pair in own.items()]} if own else {}


def search_hash(space: Space, optimiser: str) -> str:
    """Fingerprint of everything that decides the tables of a search, the optimiser included."""
    experiment, search = space.experiment, space.search
    return _hash_of(
        {
            **_of_scenarios(experiment, parameters_of(experiment, space.sweep), [search.scenario]),
            "search": search.model_dump(mode="json", exclude={"title"}),
            # Levers and what is uncertain have an order, by which they are drawn.
            "order": [list(search.levers), list(search.uncertainties)],
            "first seed": experiment.seeds.first,
            "optimiser": optimiser,
            "model": model_hash(),
        }
    )


def _digest_of(design: Design) -> str:
    """Fingerprint of the table of points, whichever version of a library chose them."""
    found = hashlib.sha256()
    for name in design.table.columns:
        column = design.table[name].to_numpy()
        is_number = column.dtype.kind in "ifb"
        found.update(f"\n{name}\n".encode())
        found.update(column.tobytes() if is_number else "\n".join(map(str, column)).encode())
    return found.hexdigest()


def _of_scenarios(
    experiment: Experiment, parameters: Parameters, scenarios: Sequence[str]
) -> dict[str, Any]:
    return {
        "parameters": parameters.model_dump(mode="json", exclude={"fit"}),
        "draws": None if parameters.source == "point" else draws_for(parameters).digest,
        "horizon": experiment.horizon.model_dump(mode="json"),
        "outcomes": experiment.outcomes.model_dump(
            mode="json", include={"months_since_opening", "pass_share"}
        ),
        "scenarios": {name: _without_words(experiment.scenarios[name]) for name in scenarios},
    }


def _hash_of(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_words(scenario: Scenario) -> Any:
    settings = scenario.model_dump(mode="json", exclude=WORDS)
    for event in settings["events"]:
        del event["label"]
    edge_list = scenario.network.edge_list
    if edge_list is not None:
        settings["network"]["edge_list"] = hashlib.sha256(Path(edge_list).read_bytes()).hexdigest()
    # Offers and teams take their luck and their turn in the order in which they are written.
    settings["order"] = [list(scenario.offers), list(scenario.push.teams)]
    return settings
