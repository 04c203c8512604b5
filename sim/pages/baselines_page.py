"""What simple baselines make of cases left out, and fits beside them, for docs/fitting.md."""

from __future__ import annotations

import pandas as pd

from sim.calibration.baselines import BASELINES
from sim.calibration.compared import Compared, differences, verdict
from sim.files.words import listed
from sim.present.blocks import Block, Paragraph, Quote, Table, Text

NAME = "baselines"  # of its markers in a document


def baselines_part(found: Compared) -> list[Block]:
    """Say how each case left out is predicted, with scores, differences and weights."""
    cases = len(found.crps)
    of_baselines = listed([each.name for each in BASELINES])
    blocks: list[Block] = [
        Paragraph(
            f"Each case is predicted from all others, by {of_baselines}, and by fits if any were "
            f"given. Scores are over {cases} cases with a share of councils joined: the CRPS in "
            "shares (0 at best), and the mean log-probability of the observed counts (0 at best)."
        )
    ]
    if found.no_share:
        blocks.append(
            Paragraph(
                [
                    "Left out, since no figure is a share of councils joined: ",
                    Quote(f"{listed(found.no_share)}."),
                ]
            )
        )
    blocks += [_scores(found), *_verdicts(found), _by_case(found), _figures(found)]
    for name, heavy in found.too_heavy.items():
        blocks.append(
            Paragraph(
                [
                    "Weights cannot stand in for a fit without the case, by ",
                    Quote(f"{name}: {listed(heavy)}."),
                ]
            )
        )
    return blocks


def _scores(found: Compared) -> Table:
    names = list(found.crps.columns)
    first = names[0]
    away = {
        score: differences(table, first)
        for score, table in (("c", found.crps), ("l", found.log_score))
    }
    rows: list[list[Text]] = []
    for name in names:
        weight = found.stacked.weights.loc[name]
        apart: list[Text] = [
            "" if name == first else _signed(away[score], name, places)
            for score, places in (("c", 3), ("l", 2))
        ]
        rows.append(
            [
                Quote(name),
                Quote(f"{found.crps[name].mean():.3f}"),
                apart[0],
                Quote(f"{found.log_score[name].mean():.2f}"),
                apart[1],
                Quote(f"{weight['equal']:.2f}"),
                Quote(f"{weight['stacked']:.2f} ({weight['low']:.2f} to {weight['high']:.2f})"),
            ]
        )
    head: list[Text] = [
        "Predictor",
        "CRPS",
        ["less that of ", Quote(first), " (standard error)"],
        "Log score",
        ["less that of ", Quote(first), " (standard error)"],
        "Equal weight",
        "Stacked (9 in 10 resamples of cases)",
    ]
    return Table(head, rows, "lrrrrrr")


def _verdicts(found: Compared) -> list[Block]:
    by_crps = verdict(found.crps, less_is_better=True)
    by_log = verdict(found.log_score, less_is_better=False)
    mixed = found.stacked
    return [
        Paragraph(["By CRPS, ", Quote(by_crps), ". By log score, ", Quote(by_log), "."]),
        Paragraph(
            [
                "Mixed with equal weights, the mean log score is ",
                Quote(f"{mixed.equal_score:.2f}"),
                "; with stacked weights, on the cases that they were made for, ",
                Quote(f"{mixed.stacked_score:.2f}"),
                ".",
            ]
        ),
    ]


def _by_case(found: Compared) -> Table:
    names = list(found.crps.columns)
    rows: list[list[Text]] = [
        [
            Quote(name),
            Quote(str(case)),
            Quote(f"{found.crps.loc[case, name]:.3f}"),
            Quote(f"{found.log_score.loc[case, name]:.2f}"),
        ]
        for name in names
        for case in found.crps.index
    ]
    return Table(["Predictor", "Case", "CRPS", "Log score"], rows, "llrr")


def _figures(found: Compared) -> Table:
    names = list(found.crps.columns)
    kept = found.scores[found.scores["case"].isin(found.crps.index)]
    rows: list[list[Text]] = []
    for figure, of_one in kept.groupby("figure", sort=False):
        by_name = of_one.set_index("predictor")
        first = of_one.iloc[0]
        least = "at least " if first["at_least"] else ""
        rows.append(
            [
                Quote(found.labels[str(figure)]),
                Quote(f"{least}{first['observed']:.3g}"),
                *(
                    Quote("{median:.2g} ({low:.2g} to {high:.2g})".format(**by_name.loc[name]))
                    for name in names
                ),
            ]
        )
    head: list[Text] = ["Figure: median (9 in 10)", "Observed", *(Quote(name) for name in names)]
    return Table(head, rows, "lr" + "r" * len(names))


def _signed(away: pd.DataFrame, name: str, places: int) -> Text:
    difference, error = away.loc[[name]].to_numpy()[0]
    return Quote(f"{difference:+.{places}f} ({error:.{places}f})")
