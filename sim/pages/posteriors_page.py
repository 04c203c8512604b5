"""Posteriors side by side, and what a second one says of a fit, for docs/fitting.md."""

from __future__ import annotations

import pandas as pd

from sim.calibration.check import MIDDLES, Ranks
from sim.calibration.marginals import FAR
from sim.calibration.second import Second
from sim.present.blocks import Block, Code, Paragraph, Quote, Strong, Table, Text
from sim.present.formats import percent, percent_bare

FITS, SECOND = "fits", "second"  # of their markers in a document
BEYOND = 0.05  # share of data sets below which history is like none of them
LEVEL = 0.05


def fits_part(marginals: pd.DataFrame) -> list[Block]:
    """Say what moves from one fit to another; the first is what others are held against."""
    first = str(marginals["posterior"].iloc[0])
    return [
        Paragraph(
            [
                "Parameters that some of the fits know better than by the prior: medians, 9 in 10 "
                "draws in brackets. The distance is the largest difference in the probability "
                "of being below some value, between a fit and the one called ",
                Quote(f"“{first}”"),
                f"; above {FAR:g} they differ.",
            ]
        ),
        _verdicts(marginals),
        marginals_table(marginals),
    ]


def second_part(found: Second) -> list[Block]:
    """Say whether the second posterior can be believed, and where the fit agrees with it."""
    return [
        Paragraph(
            f"A regression on {found.simulations:,} simulated draws of the prior; its posterior "
            f"has {found.draws:,} draws. {found.marginals['parameter'].nunique()} of "
            f"{found.parameters} parameters are known better than by the prior, by it or by the "
            "Monte Carlo fit."
        ),
        *_ranks(found.ranks),
        _reach(found.beyond),
        _verdicts(found.marginals),
        marginals_table(found.marginals),
    ]


def marginals_table(marginals: pd.DataFrame) -> Table:
    """A row a parameter; a column for each posterior, and its distance from the first."""
    names = list(dict.fromkeys(marginals["posterior"]))
    rows: list[list[Text]] = []
    for parameter, own in marginals.groupby("parameter", sort=False):
        by_name = own.set_index("posterior")
        row: list[Text] = [Code(str(parameter))]
        for name in names:
            if name not in by_name.index:
                row += ["–", ""]
                continue
            one = by_name.loc[name]
            row.append(Quote(f"{one['median']:.2g} ({one['low']:.2g} to {one['high']:.2g})"))
            row.append(Quote(f"{one['distance']:.2f}, {one['verdict']}" if one["verdict"] else ""))
        del row[2]  # the first has no distance from itself
        rows.append(row)
    head: list[Text] = ["Parameter", Quote(names[0])]
    for name in names[1:]:
        head += [Quote(name), "Distance"]
    return Table(head, rows, "l" + "r" * (len(head) - 1))


def _verdicts(marginals: pd.DataFrame) -> Block:
    said: list[Text] = []
    for name, own in marginals[marginals["verdict"] != ""].groupby("posterior", sort=False):
        agrees = int((own["verdict"] == "agrees").sum())
        said.append(f"{name}: {agrees} of {len(own)} parameters agree")
    return Paragraph(Quote(f"{'; '.join(map(str, said))}." if said else "One fit only."))


def _ranks(ranks: Ranks) -> list[Block]:
    cover = []
    for share in MIDDLES:
        mean, low, high = ranks.coverage(share)
        cover.append(
            f"the middle {percent(share)} hold the true value in {100 * mean:.1f}% "
            f"(95% interval {100 * low:.1f}–{100 * high:.1f}%; "
            f"{100 * ranks.expected_coverage(share):.1f}% if it is right)"
        )
    words = "Nothing tells against it"
    if not ranks.is_uniform:
        words = "It is not right for every parameter"
    elif ranks.is_too_sure:
        words = "It is a little too sure of itself"
    worst = sorted(zip(ranks.chances, ranks.parameters, strict=True))[:5]
    count = len(ranks.parameters)
    return [
        Paragraph(
            [
                f"Held against {len(ranks.places)} simulated data sets with known parameters: ",
                Strong(words),
                f". Of {count} parameters, the least likely deviation of ranks has a chance of "
                f"{ranks.chances.min():.4f}; one of {LEVEL / count:.4f} or less would tell. Over "
                f"all, {'; '.join(cover)}.",
            ]
        ),
        Table(
            ("Parameters whose ranks deviate most", "Chance of as large a deviation"),
            [[Code(name), f"{chance:.4f}"] for chance, name in worst],
            align="lr",
        ),
    ]


def _reach(beyond: float) -> Block:
    words = f"{percent_bare(beyond)}% of simulated data sets lie as far from others as history does"
    if beyond < BEYOND:
        words += (
            ": it is like few that the prior gives, so a regression goes beyond what it saw, and "
            "the ranks above say less of it"
        )
    return Paragraph(f"{words}.")
