"""A new experiment file to start from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sim.experiment.recipes import chosen_recipes, template_with
from sim.files.problems import NOT_FILES, BadInput, Problem, quoted
from sim.files.shipped import SCHEMA, experiments_folder, program
from sim.files.writing import write_text


def new_experiment(name: str, folder: Path, recipes: Sequence[str] = ()) -> str:
    """Write a commented experiment file and say what to do with it.

    The schema with which editors check the file is put beside it, unless one is there.

    Parameters
    ----------
    name
        Of the experiment.
    folder
        Where to put it.
    recipes
        Names of what to put in, from `sim.experiment.recipes`.

    Raises
    ------
    BadInput
        If the name will not do, the file exists, or there is no such recipe.
    """
    stem = name.removesuffix(".toml")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]{0,39}", stem) or NOT_FILES.fullmatch(stem):
        raise BadInput(
            [
                Problem(
                    "this cannot be the name of an experiment",
                    given=quoted(name),
                    allowed="1 to 40 of the characters a-z, 0-9 and _, and no name that Windows "
                    "keeps for itself",
                )
            ]
        )
    put_in = chosen_recipes(recipes)
    path = folder / f"{stem}.toml"
    if path.exists():
        raise BadInput([Problem("this file exists already; choose another name", file=str(path))])
    if not folder.is_dir():
        raise BadInput([Problem("there is no such folder", file=str(folder))])
    write_text(path, template_with(stem, put_in))
    schema = folder / SCHEMA
    if not schema.exists():
        write_text(schema, (experiments_folder() / SCHEMA).read_text(encoding="utf-8"))
    return (
        f"Wrote {path}. Open it in any editor, then:\n"
        f"  {program()} check {path}\n  {program()} simulate {path}"
    )
