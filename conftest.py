"""What holds for all tests, and for the examples in docstrings of `sim/`."""

from __future__ import annotations

from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

# Fixtures that tests of several rooms share.
pytest_plugins = ["tests.shared.browser"]

ROOT = Path(__file__).resolve().parent
TESTS = ROOT / "tests"

# Folders and files of tests that take a few seconds at most and never run the compiled engine:
# `pytest -m quick` runs them all. A test in them that is marked slow is left out.
QUICK = (
    "analysis/test_comparison.py",
    "analysis/test_shapley.py",
    "evidence",
    "experiment/test_load.py",
    "experiment/test_old_words.py",
    "experiment/test_schema.py",
    "files",
    "model/test_areas.py",
    "model/test_baseline.py",
    "model/test_councils.py",
    "model/test_draws.py",
    "model/test_edge_list.py",
    "model/test_influence.py",
    "model/test_rules.py",
    "present/test_tile_map.py",
    "runs/test_measure.py",
    "settings",
    "test_audit.py",
    "test_dependencies.py",
    "test_modules.py",
)


@cache  # asked for each of thousands of tests
def is_quick(path: Path) -> bool:
    """Is this one of the quick files, or does it stand in one of the quick folders?"""
    return any((TESTS / name) in (path, *path.parents) for name in QUICK)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is quick before `-m` chooses."""
    for item in items:
        if is_quick(item.path) and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.quick)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files without tests, and do not import those without quick ones for quick ones."""
    if collection_path.suffix != ".py":
        return None
    if config.getoption("markexpr") == "quick" and not is_quick(collection_path):
        return True
    # Examples are looked for in `sim/` alone: helpers of tests may need what benchmarks install.
    of_tests = TESTS in collection_path.parents
    return True if of_tests and not collection_path.name.startswith("test_") else None


def refused(*_: object) -> NoReturn:
    """Stand in for the compiled engine."""
    raise AssertionError("a quick test runs the compiled engine; conftest.py says which are quick")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep quick tests and their fixtures from compiling the model, also where a cache hides it."""
    if item.get_closest_marker("quick") is None:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.model.engine.ensemble.play", refused)
        return (yield)


@pytest.fixture(autouse=True)
def _example_starts_in_the_checkout(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples in docstrings name files as somebody in the folder of the project would."""
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.chdir(ROOT)
