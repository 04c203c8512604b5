"""How a result responds to each lever over its range, one at a time.

A table to read before trusting a scenario: a lever that does nothing is either explained or a
fault of the model (in an early version, where councils threw the dice again every month, nearly
all of them did nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sim.analysis.summary import headline_outcome
from sim.experiment.load import load_experiment
from sim.experiment.plan import check_scenarios, with_seeds
from sim.present.blocks import (
    Block,
    Code,
    Emphasis,
    Heading,
    Number,
    Paragraph,
    Quote,
    Strong,
    Table,
    Text,
    joined,
)
from sim.present.markdown import markdown
from sim.runs.results import Results
from sim.settings import Curve, Experiment, Scenario, Sensitivity
from sim.settings.editing import numeric_settings
from sim.study import simulate


class Lever(NamedTuple):
    """A setting that policy or luck moves, and its range (from the priors of its setting)."""

    setting: str
    meaning: str
    low: float
    high: float
    when_small: str = ""


OFFER = "offers.{offer}."
LEVERS = (
    Lever("push.visits_per_council_per_year", "visits for each council and year", 0.0, 8.0),
    Lever("push.launch_contact", "contact agreed before opening", 0.0, 0.8),
    Lever("push.codesign", "co-design", 0.0, 0.8),
    Lever("push.subsidy_share", "subsidy of joining and switching", 0.0, 0.6),
    Lever(OFFER + "depth", "control given up", 0.05, 0.9),
    Lever(OFFER + "promised_saving_share", "promised saving", 0.1, 0.3),
    Lever(
        OFFER + "realised_ratio",
        "part of the promise that comes true",
        0.0,
        0.5,
        "councils act on the promise; peers' results reach them late, since spend moves slowly",
    ),
    Lever(OFFER + "switching_cost_years", "switching cost, years of spend", 0.0, 3.0),
    Lever(OFFER + "annual_fee_gbp_m", "fee, £m a year", 0.0, 0.3),
    Lever(OFFER + "joining_cost_gbp_m", "cost of joining, £m", 0.0, 0.5),
    Lever(OFFER + "addressed_share", "part of IT spend addressed", 0.1, 0.7),
    Lever(OFFER + "approval_months", "months of approval", 0, 12, "it delays and deters nobody"),
    Lever(
        OFFER + "migration_months",
        "months of migration",
        1,
        24,
        "it matters where depth makes migrations fail",
    ),
    Lever(OFFER + "pledge_share", "pledges needed before joins take effect", 0.0, 0.5),
    Lever(
        OFFER + "security_gain",
        "protection offered",
        0.0,
        0.6,
        "worry about attacks is rare: few councils are struck in a year and it fades",
    ),
    Lever(
        OFFER + "shared_fate",
        "breaches that spread",
        0.0,
        0.5,
        "systems are shared only as far as spend has moved, which is little within the horizon",
    ),
    Lever(
        OFFER + "economies_of_scale",
        "economies of scale",
        0.0,
        0.5,
        "a rise of a small saving is smaller still",
    ),
    Lever(
        "climate.incident_rate_per_month",
        "incidents a month and council",
        0.0,
        0.02,
        "worry is rare and weighs only times the protection offered",
    ),
    Lever("climate.austerity_per_year", "rise of budget pressure a year", -0.02, 0.04),
    Lever(
        "network.national_contacts",
        "peers met nationally",
        10,
        60,
        "they stand for the nation's average however many they are",
    ),
)
SMALL = 0.02


def lever_curves(experiment: Experiment, names: Sequence[str], seeds: int) -> dict[str, Curve]:
    """One curve of two values for each lever, over the scenarios that have its setting."""
    curves: dict[str, Curve] = {}
    for position, lever in enumerate(LEVERS):
        by_setting: dict[str, list[str]] = {}
        for name in names:
            setting = _setting(lever, experiment.scenarios[name])
            if setting is not None:
                by_setting.setdefault(setting, []).append(name)
        for at, (setting, having) in enumerate(by_setting.items()):
            curves[f"lever{position}_{at}"] = Curve(
                setting=setting, values=[lever.low, lever.high], scenarios=having, seeds=seeds
            )
    return curves


def _setting(lever: Lever, scenario: Scenario) -> str | None:
    """Dotted name of a lever in a scenario; of several offers the first is moved."""
    offer = next(iter(scenario.offers), None)
    if offer is None:
        return None
    setting = lever.setting.format(offer=offer)
    return setting if setting in numeric_settings(scenario) else None


def levers_page(
    experiment: str | Path | Experiment,
    *,
    seeds: int = 8,
    scenarios: Sequence[str] | None = None,
    workers: int | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> str:
    """Run every lever at both ends of its range and write the table as a Markdown page.

    Raises
    ------
    BadInput
        If the experiment or a scenario's name is not valid.
    """
    settled = (
        experiment if isinstance(experiment, Experiment) else load_experiment(Path(experiment))
    )
    names = check_scenarios(settled, scenarios) or list(settled.scenarios)
    varied = with_seeds(
        settled.model_copy(
            update={
                "curves": lever_curves(settled, names, seeds),
                "explain": {},
                "sensitivity": Sensitivity(seeds=0),
            }
        ),
        seeds,
    )
    results = simulate(varied, scenarios=names, workers=workers, out=None, say=say)
    return _page(results, seeds)


def _page(results: Results, seeds: int) -> str:
    outcome = headline_outcome(results)
    findings = {
        "as it is": results.runs.groupby("scenario")[[outcome]].mean(),
        "moved": _moved(results, outcome),
    }
    names = results.scenarios
    rows: list[list[Text]] = [
        [
            Emphasis("as it is"),
            "",
            *(Strong(Number("as it is", (name,), outcome, "hundredths")) for name in names),
            "",
        ]
    ]
    moved = findings["moved"]
    for lever in LEVERS:
        span = f"{lever.low:g} → {lever.high:g}"
        cells = [_ends(moved, lever, name) for name in names]
        rows.append([lever.meaning, span, *cells, _remark(lever, moved)])
    months = str(results.experiment.outcomes.headline_months)
    page: list[Block] = [
        Heading(1, "How each lever moves the result"),
        Paragraph(
            [
                "Share of councils that have joined ",
                Quote(months),
                " months after opening, in per cent: mean of ",
                Quote(str(seeds)),
                " simulated futures with the lever at the low and at the high end of its range, "
                "all else as in the scenario. One lever at a time: levers also act together. With "
                "so few futures, differences of a few points may be luck.",
            ]
        ),
        Table(
            ["Lever", "Range", *(Quote(results.title(name)) for name in names), "Remark"],
            rows,
            align="ll" + "r" * len(names) + "l",
        ),
        Paragraph(
            [
                "Made by ",
                Code("python run.py levers"),
                " from “",
                Quote(results.experiment.title),
                "”.",
            ]
        ),
    ]
    return markdown(page, findings)


def _moved(results: Results, outcome: str) -> pd.DataFrame:
    """Return the mean outcome at both ends of each lever, by its setting and scenario."""
    points = results.curve_runs
    means = points.groupby(["curve", "scenario", "value"], as_index=False)[outcome].mean()
    ends: dict[tuple[str, str], dict[str, float]] = {}
    for curve, scenario, value, mean in means.itertuples(index=False):
        lever = LEVERS[int(str(curve).removeprefix("lever").partition("_")[0])]
        end = "low" if value == lever.low else "high"
        ends.setdefault((lever.setting, str(scenario)), {})[end] = float(mean)
    keys = pd.MultiIndex.from_tuples(ends, names=["lever", "scenario"])
    return pd.DataFrame(list(ends.values()), index=keys, columns=["low", "high"])


def _ends(moved: pd.DataFrame, lever: Lever, scenario: str) -> Text:
    """Refer to what a scenario gives at both ends of a lever, if it has it."""
    key = (lever.setting, scenario)
    if key not in moved.index:
        return ""
    return joined((Number("moved", key, end, "hundredths") for end in ("low", "high")), " → ")


def _remark(lever: Lever, moved: pd.DataFrame) -> str:
    """Say why a lever does little, where it does little in every scenario."""
    mine = moved[moved.index.get_level_values("lever") == lever.setting]
    largest = (mine["high"] - mine["low"]).abs().max() if len(mine) else 0.0
    if largest < SMALL:
        return f"under {100 * SMALL:.0f} points everywhere: {lever.when_small or 'unexplained'}"
    return f"small: {lever.when_small}" if largest < 5 * SMALL and lever.when_small else ""
