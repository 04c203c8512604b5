"""How far programmes of the same terms differ, for docs/fitting.md."""

from __future__ import annotations

import numpy as np

from sim.calibration.compared import CRPS, LOG
from sim.calibration.programmes import ALIKE, APART, Programmes, deviation
from sim.files.words import plural
from sim.present.blocks import Block, Paragraph, Quote, Strong, Table

NAME = "programmes"  # of its markers in a document
ROWS = {ALIKE: "programmes of the same terms are alike", APART: "each has an appeal of its own"}


def programmes_part(found: Programmes) -> list[Block]:
    """Say how widely appeals of programmes spread, and what that is worth for cases left out."""
    low, high = np.quantile(found.spread, [0.05, 0.95])
    return [
        Paragraph(
            [
                "The appeals of programmes spread by ",
                Strong(f"{deviation(found.spread):.2g}"),
                f" (one standard deviation, in the units of general readiness; {low:.2g} to "
                f"{high:.2g} in nine in ten draws). Scores are means over "
                f"{plural(found.cases, 'case')} left out: the log-probability of the observed "
                "counts and the CRPS in shares, both 0 at best.",
            ]
        ),
        Table(
            [
                "Fitted as if",
                "Log score",
                "CRPS",
                "In the band of 9 in 10",
                "Width of the band, points",
            ],
            [
                [
                    words,
                    Quote(f"{row[LOG]:.2f}"),
                    Quote(f"{row[CRPS]:.3f}"),
                    f"{row['inside']:.0f} of {row['figures']:.0f}",
                    f"{100.0 * row['width']:.0f}",
                ]
                for row, words in ((found.table.loc[name], words) for name, words in ROWS.items())
            ],
            "lrrrr",
        ),
    ]
