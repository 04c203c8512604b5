"""Pages that are made when asked for, which must not pass for pages of newer results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.files.writing import make_folder
from sim.present.editions import EDITIONS

REPORT, BRIEF, COUNCIL, COMPARED = "report", "brief", "council_", "compared_with_"
# Where those go that are of earlier results.
EARLIER = "earlier"
# The report itself is written with all results, in these formats.
_ALWAYS = ("report.html", "report.md")


def made_on_demand(folder: Path) -> list[Path]:
    """Pages in a folder of results that were asked for, sorted by name."""
    found = [
        path
        for format_ in EDITIONS
        for path in folder.glob(f"*.{format_}")
        if path.name not in _ALWAYS
        and (path.stem in (REPORT, BRIEF) or path.stem.startswith((COUNCIL, COMPARED)))
    ]
    return sorted(found)


def set_aside(folder: Path, say: Callable[[str], object]) -> None:
    """Move pages that were asked for to the folder `EARLIER`, and say so.

    They may have been worked on, so that they are neither removed nor written over.
    """
    for path in made_on_demand(folder):
        to = folder / EARLIER / path.name
        try:
            make_folder(to.parent)
            path.replace(to)
        except OSError as error:  # open in another program
            say(f"{path.name} is of earlier results, and could not be moved: {error.strerror}.")
        else:
            say(f"{path.name} is of earlier results: moved to {EARLIER}/.")
