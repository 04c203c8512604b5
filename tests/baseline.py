"""Frozen key outputs of the model, and the command that changes them, with a reason.

    python -m tests.baseline --reason "incidents are drawn by month"

The reason and the date go into the history of tests/baseline.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from sim.experiment.load import load_experiment
from sim.model.mesa_model import PlatformModel
from sim.model.record import COLUMN
from sim.settings import Experiment
from tests.shared.scenarios import OneRun

FILE = Path(__file__).with_name("baseline.json")
SEEDS = (1, 2)
MONTHS = (6, 12, 24, 36)
MONEY = ("saving", "fees", "joining", "switching", "subsidy", "running", "incident_cost")

# Three years from just before each programme opens.
EXPERIMENT = """
title = "Baseline"
question = "Has the model changed?"
[horizon]
starts = "{starts}"
ends = "{ends}"
[outcomes]
months_since_opening = [12]
headline_months = 12
[scenarios.case]
programme = "{programme}"
councils = {{ nations = ["{nation}"] }}
{more}
"""
# name: programme, nation, first and last month, further settings of the scenario
CASES = {
    "gaap": (
        "gaap",
        "England",
        "2017-06",
        "2020-05",
        '[scenarios.case.offers.main]\nlaunched = "2017-07"',
    ),
    "notify": ("notify", "England", "2017-06", "2020-05", ""),
    "verify": ("verify", "England", "2016-05", "2019-04", ""),
    "scottish_framework": ("scottish_framework", "Scotland", "2018-03", "2021-02", ""),
    "scottish_infrastructure": ("scottish_infrastructure", "Scotland", "2018-03", "2021-02", ""),
    "english_sharing": ("english_sharing", "England", "2011-10", "2014-09", ""),
    # Duty, subsidy, a second team, a breach, a review and a change of terms on the way.
    "everything_at_once": (
        "scottish_infrastructure",
        "Scotland",
        "2018-03",
        "2021-02",
        """
[scenarios.case.push]
subsidy_share = 0.5
review_months = 18
minimum_share = 0.6
mandate = { starts = "2019-09" }
[scenarios.case.push.teams.second]
visits_per_month = 3.0
targeting = "most_receptive"
[[scenarios.case.events]]
date = "2019-01"
breach = ["Glasgow City"]
change.climate.severe_share = 0.4
[scenarios.case.behaviour]
coordination = 0.1
waiting = 0.2
""",
    ),
}


def experiment_of(case: str) -> Experiment:
    """Load the experiment of a case."""
    programme, nation, starts, ends, more = CASES[case]
    text = EXPERIMENT.format(
        starts=starts, ends=ends, programme=programme, nation=nation, more=more
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "baseline.toml"
        path.write_text(text, encoding="utf-8")
        return load_experiment(path)


def outputs(record: OneRun) -> dict[str, Any]:
    """Key outputs of a run: whole numbers and texts are exact, numbers with decimals are not."""
    totals = record.totals

    def counts(name: str) -> list[int]:
        return [round(float(totals[month - 1, COLUMN[name]])) for month in MONTHS]

    steps = [record.joined_step, record.live_step, record.abandoned_step, record.left_step]
    stories = np.ascontiguousarray(np.stack(steps), dtype="<i8")
    discounted = {
        f"{name}_gbp_m": float(np.sum(totals[:, COLUMN[name]] * record.world.discount))
        for name in MONEY
    }
    return {
        "joined": counts("joined"),
        "live": counts("live"),
        "visits": round(float(totals[:, COLUMN["visits"]].sum())),
        "incidents": round(float(totals[:, COLUMN["incidents"]].sum())),
        "incidents_without_programme": round(float(totals[:, COLUMN["twin_incidents"]].sum())),
        "severe_incidents": round(float(totals[:, COLUMN["severe"]].sum())),
        "used_spend_gbp_m": [float(totals[month - 1, COLUMN["used_spend"]]) for month in MONTHS],
        "promise_gbp_m": float(totals[:, COLUMN["promise"]].sum()),
        **discounted,
        "join_months": hashlib.sha256(stories.tobytes()).hexdigest()[:16],
    }


def measured(case: str) -> dict[str, dict[str, Any]]:
    """Run a case and return its outputs by seed."""
    experiment = experiment_of(case)
    found: dict[str, dict[str, Any]] = {}
    for seed in SEEDS:
        model = PlatformModel(experiment.scenarios["case"], experiment.horizon, seed)
        model.run_model()
        found[str(seed)] = outputs(OneRun(model.record))
    return found


def write(reason: str, path: Path = FILE) -> list[str]:
    """Freeze what the model gives now, and record why; returns the cases that changed."""
    before: dict[str, Any] = {}
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
    cases = {case: measured(case) for case in CASES}
    known = before.get("cases", {})
    changed = [case for case in cases if known.get(case) != cases[case]]
    changed += [case for case in known if case not in cases]
    entry = {"date": datetime.now(UTC).date().isoformat(), "reason": reason, "changed": changed}
    content = {
        "note": 'Written by: python -m tests.baseline --reason "..."',
        "history": [*before.get("history", []), entry],
        "cases": cases,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
    return changed


def main() -> None:
    """Freeze the model's outputs anew."""
    parser = argparse.ArgumentParser(description=write.__doc__)
    parser.add_argument("--reason", required=True, help="Why the outputs may change.")
    reason = " ".join(parser.parse_args().reason.split())
    if len(reason) < 10:
        parser.error("give the reason in a few words: later readers will want to know")
    print(f"Changed: {', '.join(write(reason)) or 'nothing'}.")


if __name__ == "__main__":
    main()
