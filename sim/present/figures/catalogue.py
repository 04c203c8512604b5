"""All pictures of an experiment: which there are, in what order, and how they are written."""

from __future__ import annotations

from collections.abc import Callable

from sim.analysis.findings import Findings
from sim.present.figures.adoption import adoption
from sim.present.figures.attribution import explained
from sim.present.figures.cancellation import cancellation
from sim.present.figures.council_map import maps
from sim.present.figures.curves import curves
from sim.present.figures.differences import differences
from sim.present.figures.gains import gains_losses
from sim.present.figures.money import net_saving
from sim.present.figures.network import network
from sim.present.figures.origins import origins
from sim.present.figures.page import Page
from sim.present.figures.reasons import why_not
from sim.present.figures.sensitivity import sensitivity
from sim.present.figures.small_multiples import small_multiples
from sim.present.figures.structures import structures
from sim.present.figures.style import Figure, drawing
from sim.present.figures.writer import FigureWriter
from sim.present.view import View
from sim.runs.results import Results

__all__ = ["DRAWINGS", "Figure", "draw_figures"]

# In the order of the report. Each gives no picture where the findings have nothing for it.
DRAWINGS: tuple[Callable[[View], list[Page]], ...] = (
    adoption,
    small_multiples,
    origins,
    differences,
    explained,
    curves,
    cancellation,
    sensitivity,
    structures,
    why_not,
    net_saving,
    gains_losses,
    maps,
    network,
)


def draw_figures(results: Results, findings: Findings, writer: FigureWriter) -> list[Figure]:
    """Draw all pictures of an experiment and have each written as PNG and as SVG.

    The same findings give the same bytes of SVG. Files are replaced whole; pictures that these
    findings do not have are not removed from the folder.

    Parameters
    ----------
    results
        The experiment and what made its runs; no table of runs is read.
    findings
        What is shown.
    writer
        Writes the files; they are there when its block ends.

    Returns
    -------
    list of Figure
        Name, title, caption, text for those who cannot see it, and files of each picture.
    """
    view = View(results, findings)
    if not view.scenarios:
        return []
    figures: list[Figure] = []
    with drawing():
        for draw in DRAWINGS:
            figures += [writer.write(page, view.about) for page in draw(view)]
    return figures
