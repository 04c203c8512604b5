"""Documents with parts made from the code and its data, so that they cannot fall behind.

A part stands between ``<!-- NAME:start -->`` and ``<!-- NAME:end -->``. To renew all of them:
``python -m sim.pages.documents``. A test compares documents with what this would write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sim.files.writing import write_text
from sim.pages.assurance_logs import assumptions_log, data_log, figures_log
from sim.pages.fact_table import fact_table, sections
from sim.pages.parameter_table import parameter_table
from sim.pages.settings_tables import PARTS, recipe_list, settings_tables
from sim.present.blocks import Block
from sim.present.markdown import markdown

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("docs/evidence.md", "docs/assurance.md", "docs/settings.md")
_MARK = re.compile(r"<!-- ([a-z0-9-]+):(start|end) -->")


Makers = Mapping[str, Callable[[], Sequence[Block]]]


def parts() -> Makers:
    """Return what makes each part, by the name in its markers."""
    facts = {_slug(section): partial(fact_table, section) for section in sections()}
    return {
        **facts,
        "parameters": parameter_table,
        "assumptions-log": partial(assumptions_log, ROOT / "docs" / "levers.csv"),
        "figures-log": figures_log,
        "data-log": data_log,
        **{part: partial(settings_tables, part) for part in PARTS},
        "recipes": recipe_list,
    }


def renewed(text: str, makers: Makers | None = None) -> str:
    """Return a document with every part between markers made anew.

    Parameters
    ----------
    text
        The document.
    makers
        What makes each part, by its name; by default `parts`.

    Raises
    ------
    ValueError
        If markers do not come in pairs, name an unknown part, or name one twice.
    """
    makers = parts() if makers is None else makers
    marks = list(_MARK.finditer(text))
    names = [mark[1] for mark in marks[::2]]
    kinds = [(mark[1], mark[2]) for mark in marks]
    if kinds != [(name, kind) for name in names for kind in ("start", "end")]:
        raise ValueError("each part of a document stands between its own start and end markers")
    if len(set(names)) < len(names) or not set(names) <= set(makers):
        raise ValueError(f"parts are given once each, and are some of {', '.join(makers)}")
    pieces, done = [], 0
    for start, end in zip(marks[::2], marks[1::2], strict=True):
        pieces += [text[done : start.end()], "\n", markdown(makers[start[1]]())]
        done = end.start()
    return "".join([*pieces, text[done:]])


def _slug(section: str) -> str:
    return section.lower().replace(" ", "-")


if __name__ == "__main__":
    for name in DOCUMENTS:
        write_text(ROOT / name, renewed((ROOT / name).read_text(encoding="utf-8")))
