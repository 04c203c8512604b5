"""What comes along with the code: experiments by name, and how the command line is called.

In a checkout the experiments lie beside the package, where people read and copy them; in an
installed package they lie among its data, where the build puts the same files.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from sim.files.problems import BadInput, Problem, any_of, closest
from sim.files.writing import make_folder

COMMAND = "council-platform-sim"
PACKAGE = Path(__file__).resolve().parent.parent
_INSTALLED = PACKAGE / "data" / "experiments"
# A file of another kind among the experiments.
CALIBRATION = "calibration"
SCHEMA = "experiment.schema.json"
# What `new --with` can put into a file, in the order in which one asks: who is in, what is
# offered, how it is pushed, what happens.
RECIPES = (
    "some_councils",
    "pilot",
    "late",
    "second_offer",
    "pledge",
    "effort",
    "shared_budget",
    "duty",
    "months",
    "review",
    "breach",
    "budget_cut",
)


def is_checkout() -> bool:
    """Does the package run from a checkout of its sources?"""
    return not _INSTALLED.is_dir()


def make_own_folder(folder: Path) -> None:
    """Make a folder for a fit of the user's own, unless it is there.

    Raises
    ------
    BadInput
        If it is the installed program's, or cannot be made.
    """
    if folder.resolve().is_relative_to(PACKAGE) and not is_checkout():
        words = "the installed program keeps its own fit; name a folder of yours"
        raise BadInput([Problem(words, file=str(folder))])
    make_folder(folder)


def experiments_folder() -> Path:
    """Folder of the experiments that come along."""
    return PACKAGE.parent / "experiments" if is_checkout() else _INSTALLED


@cache
def shipped() -> dict[str, Path]:
    """Files that come along by their names, such as "quickstart" and "history/notify"."""
    folder = experiments_folder()
    paths = sorted(folder.rglob("*.toml"), key=lambda path: (len(path.parts), path))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}


def program() -> str:
    """Return what a reader types to start the command line."""
    installed = Path(sys.argv[0]).stem == COMMAND or not (PACKAGE.parent / "run.py").is_file()
    return COMMAND if installed else "python run.py"


def found_file(named: str | Path, *, calibration: bool = False) -> Path:
    """Find the file that somebody means: one on disk, or else one that comes along.

    Parameters
    ----------
    named
        A path, with or without .toml, or the name of what comes along.
    calibration
        Whether a calibration is wanted, or an experiment.

    Raises
    ------
    BadInput
        If a plain name leads to neither; what is wrong with any other path, its reading tells.
    """
    path = Path(named)
    try:
        beside = [path, path.with_name(f"{path.name}.toml")] if path.name else [path]
        on_disk = next((one for one in beside if one.is_file()), None)
        is_elsewhere = path.is_dir() or (path.parent != Path() and path.parent.is_dir())
    except (OSError, ValueError):  # no name of a file at all
        return path
    known = shipped()
    name = path.as_posix().removesuffix(".toml")
    if on_disk is not None or name in known:
        return known[name] if on_disk is None else on_disk
    if is_elsewhere or path.is_absolute():
        return path
    names = [one for one in known if one.startswith(CALIBRATION) == calibration]
    raise BadInput(
        [
            Problem(
                "there is no such file",
                file=str(path),
                allowed=f"a file, or one of what comes along: {any_of(names)}",
                meant=_meant(path, names),
            )
        ]
    )


def _meant(path: Path, names: list[str]) -> str:
    """Return the file on disk, or the name, that is spelt most like a path."""
    on_disk = {
        file.stem: str(file)
        for folder in (Path("experiments"), path.parent)
        for file in sorted(folder.glob("*.toml"))
    }
    spelt = {**{name.rpartition("/")[2]: name for name in names}, **{name: name for name in names}}
    known = {**spelt, **on_disk}
    wanted = path.as_posix().removesuffix(".toml")
    near = closest(wanted, known) or closest(path.stem, known)
    return known[near] if near else ""
