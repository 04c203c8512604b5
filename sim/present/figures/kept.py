"""What is known of the pictures in a folder, kept beside them, so that none is drawn again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from sim.files.problems import BadInput, Problem
from sim.files.writing import make_folder, write_text
from sim.present.figures.style import Figure

FILE = "figures.json"
_WORDS = ("name", "title", "caption", "alt")


def keep_figures(folder: Path, figures: Sequence[Figure]) -> None:
    """Write what is known of pictures, in the order of the report, into their folder."""
    rows = [
        {**{word: getattr(figure, word) for word in _WORDS}, "head": figure.head}
        for figure in figures
    ]
    make_folder(folder)
    write_text(folder / FILE, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def kept_figures(folder: Path) -> list[Figure]:
    """Read what `keep_figures` wrote.

    Raises
    ------
    BadInput
        If it is lost or damaged.
    """
    path = folder / FILE
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            Figure(
                name=str(row["name"]),
                title=str(row["title"]),
                caption=str(row["caption"]),
                alt=str(row["alt"]),
                png=folder / f"{row['name']}.png",
                svg=folder / f"{row['name']}.svg",
                head=float(row["head"]),
            )
            for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError):
        how = "is damaged" if path.exists() else "is lost"
        problem = f"the list of pictures {how}; run the experiment again, and it is made anew"
        raise BadInput([Problem(problem, file=str(path))]) from None
