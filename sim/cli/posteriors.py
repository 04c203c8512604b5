"""What is printed, or put into a document, of posteriors beside one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.calibration.marginals import read_fit, side_by_side
from sim.calibration.plan import Source
from sim.calibration.second import second_posterior
from sim.cli.parts import named_folders, shown
from sim.pages.posteriors_page import FITS, SECOND, fits_part, second_part


def fits(folders: Sequence[str], document: Path | None) -> str:
    """Set finished fits side by side; print it, or put it into a document.

    Parameters
    ----------
    folders
        Each perhaps after a name and "=". Others are held against the first.
    document
        Where the table goes, if it is not to be printed.

    Raises
    ------
    BadInput
        If a folder has no finished fit, or the document no place for the table.
    """
    found = {name: read_fit(folder) for name, folder in named_folders(folders).items()}
    first = next(iter(found.values()))
    spoken = set().union(*(one.spoken_of for one in found.values()))
    wanted = [parameter for parameter in first.priors if parameter in spoken]
    return shown(document, FITS, lambda: fits_part(side_by_side(found, wanted)))


def second(
    source: Source,
    fit: Path,
    simulations: int,
    document: Path | None,
    *,
    out: Path,
    workers: int | None,
    fresh: bool,
    say: Callable[[str], object],
) -> str:
    """Hold a fit against a second posterior; print it, or put it into a document.

    Parameters
    ----------
    source, simulations, out, workers, fresh, say
        As in `second_posterior`.
    fit
        The folder of the fit.
    document
        Where the tables go, if they are not to be printed.
    """
    found = read_fit(fit)
    return shown(
        document,
        SECOND,
        lambda: second_part(
            second_posterior(
                source, found, simulations, out=out, workers=workers, fresh=fresh, say=say
            )
        ),
    )
