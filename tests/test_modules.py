"""Every module can be imported, and the ways in show how they are used."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import sim

MODULES = ["sim", *(module.name for module in pkgutil.walk_packages(sim.__path__, "sim."))]
# A module for which an extra must be installed, and what of that it imports.
OPTIONAL = {
    "sim.bridges.ema": "ema_workbench",
    "sim.bridges.salib": "SALib",
    "sim.present.word_style": "docx",
}


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if OPTIONAL.get(name) != error.name:
            raise
        pytest.skip(f"{error.name} is not installed")


# Examples are run by `--doctest-modules`; these must have one.
@pytest.mark.parametrize("name", ["sim", "sim.study", "sim.model.mesa_model"])
def test_ways_in_have_an_example(name: str) -> None:
    found = doctest.DocTestFinder().find(importlib.import_module(name))
    assert any(test.examples for test in found), f"{name} has no example"
