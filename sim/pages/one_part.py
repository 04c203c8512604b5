"""One part of a document, between its markers, put in by the verb that computes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sim.files.problems import BadInput, Problem
from sim.present.blocks import Block
from sim.present.markdown import markdown


def put_into(document: Path, name: str, blocks: Sequence[Block]) -> str:
    """Text of a document with blocks between the markers of a name; all else stays.

    Parameters
    ----------
    document
        Its file, which is only read.
    name
        In the markers, ``<!-- NAME:start -->`` and ``<!-- NAME:end -->``.
    blocks
        What goes between them.

    Raises
    ------
    BadInput
        If it cannot be read, or its markers are not one pair.
    """
    start, end = (f"<!-- {name}:{side} -->" for side in ("start", "end"))
    try:
        text = document.read_text(encoding="utf-8")
    except (OSError, ValueError):
        text = ""
    found = re.fullmatch(f"(.*{start})(.*)({end}.*)", text, re.DOTALL)
    if found is None or text.count(start) != 1 or text.count(end) != 1:
        words = "there is no place for the table in this document"
        wanted = f"one pair of lines {start} and {end}"
        raise BadInput([Problem(words, file=str(document), allowed=wanted)])
    return f"{found[1]}\n{markdown(blocks)}{found[3]}"
