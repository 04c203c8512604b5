"""How far programmes of the same terms differ, for docs/fitting.md."""

from __future__ import annotations

import math

from sim.calibration.compared import CRPS, LOG
from sim.calibration.programmes import Programmes
from sim.files.words import plural
from sim.present.blocks import Block, Paragraph, Quote, Strong, Table, Text
from sim.present.formats import percent

NAME = "programmes"  # of its markers in a document


def programmes_part(found: Programmes) -> list[Block]:
    """Say how cases left out are predicted, by how widely appeals of programmes spread."""
    rows = found.table()
    cases = len({one.case for one in found.shares})
    return [
        Paragraph(
            [
                "The appeals of programmes spread by ",
                Strong(f"{found.spread:.2g}"),
                " (one standard deviation, in the units of general readiness), as "
                f"{plural(cases, 'case')} left out ask for. Scores are means over cases: the "
                "log-probability of the observed counts and the CRPS in shares, both 0 at best.",
            ]
        ),
        Table(
            [
                "Spread",
                "Weight",
                "Log score",
                "CRPS",
                "In the band of 9 in 10",
                "Width of the band, points",
            ],
            [
                [
                    _spread(row["spread"]),
                    percent(row["weight"]),
                    Quote(f"{row[LOG]:.2f}"),
                    Quote(f"{row[CRPS]:.3f}"),
                    f"{row['inside']:.0f} of {row['figures']:.0f}",
                    f"{100.0 * row['width']:.0f}",
                ]
                for row in rows.to_dict("records")
            ],
            "lrrrrr",
        ),
    ]


def _spread(spread: float) -> Text:
    if math.isnan(spread):
        return Strong("as the other cases ask for")
    return f"{spread:g}" + " (programmes are alike)" * (spread == 0.0)
