"""Parts of documents that take computing: printed, or put between their markers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.files.writing import write_text
from sim.pages.one_part import put_into
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
    return f"Wrote the part {name} of {document}."


def named_folders(fits: Sequence[str]) -> dict[str, Path]:
    """Part names from folders, NAME=FOLDER; without one, a fit is called as its folder is."""
    return dict(_named(fit) for fit in fits)


def _named(fit: str) -> tuple[str, Path]:
    name, said, folder = fit.partition("=")
    return (name.strip(), Path(folder)) if said else (Path(fit).resolve().name, Path(fit))
