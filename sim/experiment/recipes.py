"""Recipes: what a policy may look like in a file, a few lines each, to be put into a new one.

Each is a file of ``data/recipes/`` with one scenario, based on the first one of the file that
`template` writes. docs/settings.md shows them, and ``new --with`` puts them in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from sim.experiment.write import template
from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.files.shipped import RECIPES


@dataclass(frozen=True)
class Recipe:
    """A recipe.

    Attributes
    ----------
    name
        Its short name, which is also that of its scenario.
    about
        What it is for, in a sentence.
    text
        Lines of an experiment file.
    """

    name: str
    about: str
    text: str


def recipe(name: str) -> Recipe:
    """Read one of `RECIPES`."""
    written = (files("sim") / "data" / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
    about, _, text = written.partition("\n")
    return Recipe(name, about.removeprefix("# "), text)


def chosen_recipes(names: Sequence[str]) -> list[Recipe]:
    """Read recipes by name, each once.

    Raises
    ------
    BadInput
        For names that none has.
    """
    problems = [
        Problem(
            "there is no recipe of this name",
            given=quoted(name),
            allowed=any_of(RECIPES),
            meant=closest(name.casefold().replace("-", "_").replace(" ", "_"), RECIPES),
        )
        for name in names
        if name not in RECIPES
    ]
    if problems:
        raise BadInput(problems)
    return [recipe(name) for name in dict.fromkeys(names)]


def template_with(name: str, recipes: Sequence[Recipe]) -> str:
    """Write a small experiment that works, with recipes after its own scenarios."""
    parts = [f"\n# ---- {one.name}: {one.about}\n\n{one.text}" for one in recipes]
    return template(name) + "".join(parts)
