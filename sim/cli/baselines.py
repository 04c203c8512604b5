"""What is printed, or put into a document, of baselines and fits on cases left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.calibration.compared import compare
from sim.files.writing import write_text
from sim.pages.baselines_page import NAME, baselines_part
from sim.pages.one_part import put_into
from sim.present.markdown import markdown


def baselines(calibration: Path, fits: Sequence[str], document: Path | None) -> str:
    """Compare; return what is to be printed, or put it into a document and say so.

    Parameters
    ----------
    calibration
        The calibration file.
    fits
        Folders of fits, each perhaps after its name and "=".
    document
        Where the tables go, if they are not to be printed.

    Raises
    ------
    BadInput
        Also, before anything is computed, if the document has no place for it.
    """
    named = dict(_named(fit) for fit in fits)
    if document is None:
        return markdown(baselines_part(compare(calibration, named)))
    put_into(document, NAME, [])
    part = baselines_part(compare(calibration, named))
    write_text(document, put_into(document, NAME, part))
    return f"Wrote the baselines in {document}."


def _named(fit: str) -> tuple[str, Path]:
    """Part a name from its folder; without one, a fit is called as its folder is."""
    name, said, folder = fit.partition("=")
    return (name.strip(), Path(folder)) if said else (Path(fit).resolve().name, Path(fit))
