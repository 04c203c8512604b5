"""Which fitted parameters could be fixed, for docs/fitting.md."""

from __future__ import annotations

import pandas as pd

from sim.analysis.fixable import FIXED, OPEN, POINT, STAYS
from sim.present.blocks import Block, Code, Paragraph, Quote, Table, Text
from sim.present.formats import points

NAME = "fixable"  # of its markers in a document


def fixable_part(table: pd.DataFrame) -> list[Block]:
    """Say what each parameter of which history told nothing does to the headline.

    Parameters
    ----------
    table
        As `fixable_table` gives it.
    """
    if table.empty:
        return [Paragraph("History told something of every fitted parameter that is drawn here.")]
    of_each = table.groupby("setting", sort=False)["verdict"].first()
    counts = {verdict: int((of_each == verdict).sum()) for verdict in (FIXED, STAYS, OPEN)}
    scenarios = list(dict.fromkeys(table["scenario"]))
    rows: list[list[Text]] = []
    for setting, own in table.groupby("setting", sort=False):
        cells: list[Text] = []
        for scenario in scenarios:
            ends = own[own["scenario"] == scenario]
            cells.append(Quote("; ".join(_change(end) for _, end in ends.iterrows()) or "–"))
        between = " → ".join(f"{value:g}" for value in own["value"].drop_duplicates())
        rows.append([Code(str(setting)), Quote(between), *cells, Quote(of_each[setting])])
    return [
        Paragraph(
            [
                f"{len(of_each)} fitted parameters of which history told nothing, each at both "
                f"ends of its prior: {counts[FIXED]} could be fixed, {counts[STAYS]} must stay, "
                f"and {counts[OPEN]} cannot be told by {int(table['draws'].min())} futures. "
                "Change of the headline in percentage points at the low and at the high end, "
                "with its 95% interval; a parameter could be fixed if all intervals lie within "
                f"{100 * POINT:g} point of none, and must stay if one lies wholly beyond.",
            ]
        ),
        Table(
            ["Parameter", "Ends", *(Quote(name) for name in scenarios), "Verdict"],
            rows,
            "ll" + "r" * len(scenarios) + "l",
        ),
    ]


def _change(end: pd.Series) -> str:
    return f"{points(end['change'])} ({points(end['low'])} to {points(end['high'])})"
