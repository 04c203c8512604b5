"""What is printed, or put into a document, of posteriors beside one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.calibration.calibrate import executor_for
from sim.calibration.marginals import read_fit, side_by_side
from sim.calibration.plan import Source
from sim.calibration.reduce import make_fit
from sim.calibration.second import second_posterior
from sim.cli.parts import named_folders, shown
from sim.pages.posteriors_page import FITS, SECOND, fits_part, second_part
from sim.present.blocks import Block

# What figures may err by, next to what the file says.
RATIOS = {"as they are": None, "halved": 0.5, "doubled": 2.0}


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
    return shown(document, FITS, lambda: _beside(folders))


def _beside(folders: Sequence[str]) -> list[Block]:
    """Set finished fits side by side."""
    found = {name: read_fit(folder) for name, folder in named_folders(folders).items()}
    first = next(iter(found.values()))
    spoken = set().union(*(one.spoken_of for one in found.values()))
    wanted = [parameter for parameter in first.priors if parameter in spoken]
    return fits_part(side_by_side(found, wanted))


def tolerances(
    calibration: Path,
    structure: str | None,
    particles: int | None,
    document: Path | None,
    *,
    out: Path,
    workers: int | None,
    say: Callable[[str], object],
) -> str:
    """Fit with tolerances as they are, halved and doubled; print what moves, or put it somewhere.

    Parameters
    ----------
    calibration, structure, particles, out, workers, say
        As in `sim.calibration.calibrate.calibrate`.
    document
        Where the table goes, if it is not to be printed.

    Raises
    ------
    BadInput
        Also, before anything is computed, if the document has no place for the table.
    """

    def make() -> list[Block]:
        fit = make_fit(out, particles, say, executor_for(workers), None)
        source = Source(str(calibration), structure=structure)
        return _beside(
            [
                f"{name}={fit(source._replace(tolerance_ratio=ratio), None)}"
                for name, ratio in RATIOS.items()
            ]
        )

    return shown(document, FITS, make)


def second(
    source: Source,
    fit: Path | None,
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
        The folder of the fit; by default that of the same source, which is made where it is
        missing.
    document
        Where the tables go, if they are not to be printed.
    """

    def make() -> list[Block]:
        folder = fit or make_fit(out, None, say, executor_for(workers), None)(source, None)
        return second_part(
            second_posterior(
                source,
                read_fit(folder),
                simulations,
                out=out,
                workers=workers,
                fresh=fresh,
                say=say,
            )
        )

    return shown(document, SECOND, make)
