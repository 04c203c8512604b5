"""What is printed, or put into a document, of rules that were left out of fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.calibration.reduce import reduce_rules
from sim.files.writing import write_text
from sim.pages.one_part import put_into
from sim.pages.rules_page import NAME, rules_part
from sim.present.markdown import markdown


def rules_told(
    calibration: Path,
    *,
    out: Path,
    workers: int | None,
    particles: int | None,
    refit: int,
    document: Path | None,
    say: Callable[[str], object],
) -> str:
    """Fit without rules; return what is to be printed, or put it into a document and say so.

    Parameters
    ----------
    calibration, out, workers, particles, refit, say
        As in `sim.calibration.reduce.reduce_rules`.
    document
        Where the tables go, if they are not to be printed.

    Raises
    ------
    BadInput
        Also, before anything is computed, if the document has no place for it.
    """
    if document is not None:
        put_into(document, NAME, [])
    steps, scores = reduce_rules(
        calibration, out=out, workers=workers, particles=particles, refit=refit, say=say
    )
    part = rules_part(steps, scores)
    if document is None:
        return markdown(part)
    write_text(document, put_into(document, NAME, part))
    return f"Wrote the rules in {document}."
