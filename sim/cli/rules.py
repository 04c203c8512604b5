"""What is printed of rules that were left out of fits."""

from __future__ import annotations

import pandas as pd

from sim.calibration.left_out import UNRELIABLE


def rules_text(steps: pd.DataFrame, scores: pd.DataFrame) -> str:
    """Say how fits with fewer and fewer rules predict cases left out."""
    lines = [
        "Mean error of cases left out (CRPS, in shares; 0 is best), and how much worse it is than "
        "with the rules kept so far:"
    ]
    for row in steps.itertuples():
        worse = "" if pd.isna(row.difference) else f"  {row.difference:+.4f}"
        error = "" if pd.isna(row.standard_error) else f" (standard error {row.standard_error:.4f})"
        batch = f": {row.batch}" if row.batch else ""
        lines.append(f"  {row.fit:<16} {row.score:.4f}{worse}{error}{batch}")
        if row.cases_too_heavy:
            lines.append(
                f"    Weights cannot stand in for a fit without the case in {row.cases_too_heavy} "
                f"of {len(scores)} cases (shape above {UNRELIABLE:g}); --refit fits these anew."
            )
    lines += ["", "By case:", scores.to_string(float_format="{:.3f}".format)]
    return "\n".join(lines)
