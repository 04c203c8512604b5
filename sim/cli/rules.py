"""What is printed of rules that were left out of fits."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sim.calibration.left_out import UNRELIABLE
from sim.calibration.reduce import Step


def rules_text(steps: Iterable[Step], scores: pd.DataFrame) -> str:
    """Say how fits with fewer and fewer rules predict cases left out."""
    lines = [
        "Mean error of cases left out (CRPS, in shares; 0 is best), and how much worse it is than "
        "with the rules kept so far:"
    ]
    for step in steps:
        line = f"  {step.fit:<16} {step.score:.4f}"
        if step.difference is not None:
            line += f"  {step.difference:+.4f} (standard error {step.error:.4f})"
        if step.stays is not None:
            line += ": the batch stays" if step.stays else ": the batch is left out"
        lines.append(line)
        if step.too_heavy:
            lines.append(
                f"    Weights cannot stand in for a fit without the case in {step.too_heavy} of "
                f"{len(scores)} cases (shape above {UNRELIABLE:g}); --refit goes on without them."
            )
    lines += ["", "By case:", scores.to_string(float_format="{:.3f}".format)]
    return "\n".join(lines)
