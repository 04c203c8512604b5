"""What may be said: every claim of an experiment, tried under every condition that was run.

A claim that holds over all futures *hangs on* the conditions whose whole interval is on the wrong
side; it *may hang on* those whose estimate is there, but not all of the interval; and it *stands*
if there are none of either. It *falls* if it is wrong over all futures; else, or with few futures,
it cannot be told. Intervals are of 95 %: of conditions under which a claim is exactly on its line,
one in forty shows it wrong by luck.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping
from typing import Literal

import pandas as pd

from sim.analysis.claim_audits import AUDITS, Tried
from sim.analysis.claim_tests import Bench, names_of_points
from sim.analysis.summary import Row, table_of
from sim.experiment.claims import in_words, is_share, lines, outcome_of
from sim.experiment.design import Point, tried_on
from sim.files.problems import toml_value
from sim.runs.results import Results
from sim.settings import Claim, Experiment
from sim.settings.columns import unit
from sim.settings.experiment import OF_STRUCTURE

Standing = Literal[
    "stands", "may hang on", "hangs on", "falls", "cannot be told", "not seen", "not run"
]

AUDIT_COLUMNS = (
    "claim",
    "audit",
    "what",
    "end",
    "pair",
    "unit",
    "seeds",
    "trials",
    "value",
    "low",
    "high",
    "reading",
    "beyond",
    "arguments",
)
CLAIM_COLUMNS = (
    "claim",
    "says",
    "tested",
    "outcome",
    "unit",
    "asked_low",
    "asked_high",
    "pair",
    "seeds",
    "value",
    "low",
    "high",
    "verdict",
    "hangs_on",
    "tried",
    "held",
    "failed",
    "left_open",
    "untried",
    "arguments",
)
BASE = "futures"


def claim_audits_table(results: Results) -> pd.DataFrame:
    """Every claim under every condition: a row each, that over all futures first.

    `value` with its 95 % interval: for claims about a figure the share of futures beyond it, for
    others a mean difference in the unit of the outcome; of several pairs, that of the `pair` which
    passes least. `reading`: whether it "holds", "fails", or is "open". `beyond`: whether the value
    is on the wrong side. `arguments`: what makes ``simulate`` run the condition alone.
    """
    known = {point.id: point for point in tried_on(results.experiment)}
    ids = names_of_points(results, known.values())
    rows: list[Row] = []
    for name in results.experiment.claims:
        bench = Bench(results, name, ids)
        for audit, tries in AUDITS.items():
            for one in tries(bench):
                found = one.estimate
                rows.append(
                    {
                        "claim": name,
                        "audit": audit,
                        "what": one.what,
                        "end": one.end,
                        "pair": _pair(found.held.point, found.held.against),
                        "unit": _unit(bench.claim, results.experiment),
                        "seeds": found.seeds,
                        "trials": found.trials,
                        "value": found.value,
                        "low": found.low,
                        "high": found.high,
                        "reading": found.reading,
                        "beyond": found.beyond,
                        "arguments": _arguments(results, name, one, known),
                    }
                )
    return table_of(rows, AUDIT_COLUMNS)


def claims_table(results: Results, audits: pd.DataFrame) -> pd.DataFrame:
    """Each claim with its verdict, and what it hangs on.

    Parameters
    ----------
    results
        What was run.
    audits
        The table of :func:`claim_audits_table`.
    """
    rows: list[Row] = []
    experiment = results.experiment
    for name, claim in experiment.claims.items():
        tried = audits[audits["claim"] == name]
        elsewhere = tried[tried["audit"] != BASE]
        base = next(iter(tried[tried["audit"] == BASE].to_dict("records")), None)
        readings = elsewhere["reading"]
        failed = elsewhere[readings == "fails"]
        doubtful = elsewhere[(readings == "open") & elsewhere["beyond"].astype(bool)]
        if base is not None:
            standing = _standing(str(base["reading"]), len(failed), len(doubtful))
        else:
            ids = names_of_points(results, tried_on(experiment))
            standing = "not seen" if Bench(results, name, ids).was_run else "not run"
        why = {"hangs on": failed, "may hang on": doubtful}.get(standing)
        least, most = lines(claim)
        rows.append(
            {
                "claim": name,
                "says": " ".join(claim.says.split()),
                "tested": in_words(claim, experiment),
                "outcome": outcome_of(claim, experiment),
                "unit": _unit(claim, experiment),
                "asked_low": least,
                "asked_high": most if math.isfinite(most) else math.nan,
                **{
                    column: math.nan if base is None else base[column]
                    for column in ("seeds", "value", "low", "high")
                },
                "pair": "" if base is None else base["pair"],
                "verdict": standing,
                "hangs_on": "" if why is None else "; ".join(_conditions(why)),
                "tried": len(elsewhere),
                "held": int((readings == "holds").sum()),
                "failed": len(failed),
                "left_open": int((readings == "open").sum()),
                "untried": ", ".join(audit for audit in AUDITS if audit not in set(tried["audit"])),
                "arguments": "" if base is None else base["arguments"],
            }
        )
    return table_of(rows, CLAIM_COLUMNS)


def _unit(claim: Claim, experiment: Experiment) -> str:
    """Unit of what is measured of a claim."""
    return "probability" if is_share(claim) else unit(outcome_of(claim, experiment))


def _standing(base: str, failed: int, doubtful: int) -> Standing:
    if base == "holds":
        return "hangs on" if failed else "may hang on" if doubtful else "stands"
    return "falls" if base == "fails" else "cannot be told"


def _conditions(rows: pd.DataFrame) -> Iterable[str]:
    """Name conditions, those of one setting together."""
    of: dict[str, list[str]] = {}
    for what, end in zip(rows["what"], rows["end"], strict=True):
        of.setdefault(str(what), []).append(str(end))
    for what, ends in of.items():
        words = " and ".join(end for end in dict.fromkeys(ends) if end)
        yield f"{what} ({words})" if words else what


def _pair(point: str, against: str) -> str:
    return f"{point} against {against}" if against else point


def _arguments(results: Results, name: str, one: Tried, known: Mapping[str, Point]) -> str:
    """What makes ``simulate`` run the scenarios of a claim alone, under one condition."""
    experiment = results.experiment
    claim = experiment.claims[name]
    named = {claim.scenario, claim.than, *(claim.scenarios or [])}
    chosen = [scenario for scenario in experiment.scenarios if scenario in named]
    words = ["--scenarios", ",".join(chosen)]
    said: dict[str, None] = {}
    for usual, instead in one.points.items():
        if instead not in known:
            continue
        point, own = known[instead], known[usual].changes
        if point.structure:
            said[f"parameters.fit={toml_value(OF_STRUCTURE + point.structure)}"] = None
        for setting, value in point.changes.items():
            # What the point has anyway is run anyway. A file of ties goes with the kind of
            # network, and nothing else has no value.
            if setting not in own and value is not None:
                said[f"scenarios.{point.scenario}.{setting}={toml_value(value)}"] = None
    return shlex.join([*words, *(word for change in said for word in ("--set", change))])
