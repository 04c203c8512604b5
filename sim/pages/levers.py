"""How each lever moves the result, as a page.

A table to read before trusting a scenario: a lever that does nothing is either explained or a
fault of the model (in an early version, where councils threw the dice again every month, nearly
all of them did nothing).
"""

from __future__ import annotations

from sim.analysis.sensitivity import lever_table
from sim.analysis.summary import summary
from sim.experiment.levers import LEVERS
from sim.present.report.facts import Facts, points, records, text
from sim.present.report.report import table
from sim.runs.results import Results

SMALL = 0.02


def levers_page(results: Results) -> str:
    """Write the table of levers as Markdown.

    Parameters
    ----------
    results
        Of an experiment whose levers were run.
    """
    found = lever_table(results)
    facts = Facts(results, summary(results), found, found)
    names = [name for name in results.scenarios if (found["scenario"] == name).any()]
    moves = {(row["lever"], row["scenario"]): row for row in records(found)}
    months = results.experiment.outcomes.headline_months
    outcome = f"joined_share_{months}m"
    rows = [
        [
            "*as it is*, median (9 in 10 futures)",
            "",
            *(f"**{facts.band(name, outcome)}**" for name in names),
            "",
        ]
    ]
    for lever in LEVERS:
        own = [moves.get((lever.setting, name)) for name in names]
        largest = max((abs(row["change"]) for row in own if row is not None), default=0.0)
        note = ""
        if largest < SMALL:
            note = f"under {100 * SMALL:.0f} points everywhere: {lever.when_small or 'unexplained'}"
        elif largest < 5 * SMALL and lever.when_small:
            note = f"small: {lever.when_small}"
        cells = [
            "–" if row is None else f"{points(row['at_low'])} → {points(row['at_high'])}"
            for row in own
        ]
        rows.append([lever.meaning, f"{lever.low:g} → {lever.high:g}", *cells, note])
    head = ["Lever", "Range", *(text(results.title(name)) for name in names), "Remark"]
    seeds = int(found["seeds"].max()) if len(found) else 0
    return "\n".join(
        [
            "# How each lever moves the result",
            "",
            f"Share of councils that have joined {months} months after opening, and how it changes "
            f"with a lever at the low and at the high end of its range: mean change in percentage "
            f"points over {seeds} simulated futures, against the same futures with the lever as it "
            "is. One lever at a time: levers also act together. Behaviour is drawn from the fit.",
            "",
            *table(head, rows, left=2),
            "",
            f"Made by `python run.py levers` from “{text(results.experiment.title)}”.",
            "",
        ]
    )
