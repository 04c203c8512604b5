"""Source files of the package by name, so that a list of them can name whole folders."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources.abc import Traversable


def source_files(package: Traversable, names: Iterable[str]) -> list[tuple[str, Traversable]]:
    """Find files by name; a folder stands for the Python files in it.

    Parameters
    ----------
    package
        The folder that the names start from.
    names
        Files and folders, with `/` between folders.

    Returns
    -------
    list of (str, Traversable)
        Name and file, in the order of the names; the files of a folder by the alphabet.

    Raises
    ------
    FileNotFoundError
        There is no such file, or no Python file in such a folder.
    """
    found: list[tuple[str, Traversable]] = []
    for name in names:
        entry = package.joinpath(name)
        if entry.is_file():
            found.append((name, entry))
            continue
        inside = [part for part in entry.iterdir() if part.name.endswith(".py")]
        if not inside:
            raise FileNotFoundError(f"{name} holds no Python files")
        inside.sort(key=lambda part: part.name)
        found += [(f"{name}/{part.name}", part) for part in inside]
    return found
