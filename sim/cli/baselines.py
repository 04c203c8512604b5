"""What is printed, or put into a document, of baselines and fits on cases left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.calibration.compared import compare
from sim.cli.parts import named_folders, shown
from sim.pages.baselines_page import NAME, baselines_part


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
    named = named_folders(fits)
    return shown(document, NAME, lambda: baselines_part(compare(calibration, named)))
