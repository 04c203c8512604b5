"""What is printed, or put into a document, of baselines and fits on cases left out."""

from __future__ import annotations

from pathlib import Path

from sim.calibration.compared import Compared
from sim.files.problems import BadInput, Problem
from sim.files.writing import write_text
from sim.pages.baselines_page import NAME, baselines_part
from sim.pages.documents import renewed
from sim.present.markdown import markdown


def baselines_text(found: Compared, document: Path | None) -> str:
    """Return what is to be printed; with a document, put the page into it and say so."""
    blocks = baselines_part(found)
    if document is None:
        return markdown(blocks)
    try:
        text = renewed(document.read_text(encoding="utf-8"), {NAME: lambda: blocks})
    except (OSError, ValueError):
        words = "there is no such part to be written"
        wanted = f"a document with <!-- {NAME}:start --> and <!-- {NAME}:end -->"
        raise BadInput([Problem(words, file=str(document), allowed=wanted)]) from None
    write_text(document, text)
    return f"Wrote the baselines in {document}."
