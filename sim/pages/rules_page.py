"""What fits without rules, batch by batch, make of cases left out, for docs/fitting.md."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sim.calibration.left_out import UNRELIABLE
from sim.calibration.reduce import Step
from sim.files.words import listed
from sim.present.blocks import Block, Paragraph, Quote, Table, Text

NAME = "batches"  # of its markers in a document


def rules_part(steps: Sequence[Step], scores: pd.DataFrame) -> list[Block]:
    """Say how fits with fewer and fewer rules predict cases left out.

    Parameters
    ----------
    steps
        The fits in turn.
    scores
        Of each case: a row a case, a column a fit.
    """
    blocks: list[Block] = [
        Paragraph(
            "Mean score of cases left out (CRPS, in shares; 0 is best), and how much worse it is "
            f"than with the rules kept so far, over {len(scores)} cases."
        ),
        Table(
            ["Fit", "CRPS", "Worse by (standard error)", "So"],
            [
                [
                    Quote(step.fit),
                    Quote(f"{step.score:.3f}"),
                    "–"
                    if step.difference is None
                    else Quote(f"{step.difference:+.3f} ({step.error:.3f})"),
                    _so(step),
                ]
                for step in steps
            ],
            "lrrl",
        ),
        Table(
            ["Case", *(Quote(str(name)) for name in scores.columns)],
            [
                [Quote(str(case)), *(Quote(f"{score:.3f}") for score in row)]
                for case, row in zip(scores.index, scores.to_numpy(), strict=True)
            ],
            "l" + "r" * len(scores.columns),
        ),
    ]
    heavy = [step.fit for step in steps if step.too_heavy]
    if heavy:
        words = (
            f"Weights cannot stand in for a fit without the case (shape above {UNRELIABLE:g}) in "
            "some cases, which makes these scores unsure: "
        )
        blocks.append(Paragraph([words, Quote(f"{listed(heavy)}.")]))
    return blocks


def _so(step: Step) -> Text:
    if step.stays is None:
        return "–"
    return "the batch stays" if step.stays else "the batch is left out"
