"""What a difference between two scenarios is made of, in words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.present.blocks import Number, Part, Quote, Text
from sim.present.report.facts import Facts, listed_parts
from sim.settings.columns import YES_NO, is_share, outcome_text


def explained(facts: Facts) -> Iterator[tuple[Text, list[Part]]]:
    """Title of each explanation that has figures, and its paragraph.

    A paragraph tells a difference within the model, without claiming a cause outside it.
    """
    for name, settings in facts.experiment.explain.items():
        rows = facts.rows("attribution", explanation=name)
        if not rows or any(pd.isna(row["attributed"]) for row in rows):
            continue
        shares = is_share(settings.outcome) or settings.outcome in YES_NO
        form = "points" if shares else "signed"

        def of(group: str, *columns: str, name: str = name, form: str = form) -> list[Part]:
            """A figure of a group with its interval in brackets."""
            at, low, high = (Number("attribution", (name, group), c, form) for c in columns)
            return [at, " (", low, " to ", high, ")"]

        first = rows[0]
        start, end = facts.title(settings.start), facts.title(settings.to)
        unit = "percentage points" if shares else str(first["unit"])
        said: list[Part] = [
            Quote(outcome_text(settings.outcome)),
            ": ",
            *of(first["group"], "total", "total_low", "total_high"),
            f" {unit} from “",
            start,
            "” to “",
            end,
            "”. Of these, ",
            *listed_parts(
                [
                    [
                        *of(row["group"], "attributed", "low", "high"),
                        " from “",
                        Quote(row["group"]),
                        "”",
                    ]
                    for row in rows
                ]
            ),
            ".",
        ]
        if len(rows) > 1:
            tied = not first["ahead_low"] > 0
            said += [" “", Quote(first["group"])]
            if tied:
                said += ["” and “", Quote(rows[1]["group"]), "” weigh about the same."]
            else:
                said.append("” weighs most.")
        title = settings.title
        yield (Quote(title) if title else [start, " → ", end]), said
