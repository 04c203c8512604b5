"""Parts of documents that take computing: printed, or put between their markers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.files.problems import BadInput, Problem
from sim.files.writing import write_text
from sim.pages.documents import renewed
from sim.present.blocks import Block
from sim.present.markdown import markdown


def shown(document: Path | None, name: str, make: Callable[[], Sequence[Block]]) -> str:
    """Return a part to be printed, or put it into a document and say so.

    Parameters
    ----------
    document
        Where the part goes, if it is not to be printed.
    name
        Of its markers.
    make
        Computes it.

    Raises
    ------
    BadInput
        Also, before anything is computed, if the document has no place for it.
    """
    if document is None:
        return markdown(make())
    put_into(document, name, [])
    write_text(document, put_into(document, name, make()))
    return f"Wrote the part called {name} in {document}."


def put_into(document: Path, name: str, blocks: Sequence[Block]) -> str:
    """Text of a document with blocks between its markers.

    Raises
    ------
    BadInput
        If it cannot be read, or its markers are not one pair.
    """
    start, end = (f"<!-- {name}:{edge} -->" for edge in ("start", "end"))
    try:
        before, rest = document.read_text(encoding="utf-8").split(start)
        old, after = rest.split(end)
    except (OSError, ValueError):
        words = "there is no place for the table in this document"
        wanted = f"one pair of lines {start} and {end}"
        raise BadInput([Problem(words, file=str(document), allowed=wanted)]) from None
    part = renewed(f"{start}{old}{end}", {name: lambda: blocks})
    return f"{before}{part}{after}"


def named_folders(fits: Sequence[str]) -> dict[str, Path]:
    """Part names from folders, NAME=FOLDER; without one, a fit is called as its folder is."""
    return dict(_named(fit) for fit in fits)


def _named(fit: str) -> tuple[str, Path]:
    name, said, folder = fit.partition("=")
    return (name.strip(), Path(folder)) if said else (Path(fit).resolve().name, Path(fit))
