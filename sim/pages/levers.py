"""How a result responds to each lever over its range, one at a time.

A table to read before trusting a scenario: a lever that does nothing is either explained or a
fault of the model (in an early version, where councils threw the dice again every month, nearly
all of them did nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.analysis.summary import headline_outcome
from sim.experiment.load import load_experiment
from sim.experiment.plan import check_scenarios, with_seeds
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
    months = results.experiment.outcomes.headline_months
    base = results.runs.groupby("scenario")[outcome].mean()
    points = results.curve_runs
    means = points.groupby(["curve", "scenario", "value"], as_index=False)[outcome].mean()
    moved = {
        (str(curve), str(name), float(value)): float(mean)
        for curve, name, value, mean in means.itertuples(index=False)
    }
    names = results.scenarios
    rows = []
    for position, lever in enumerate(LEVERS):
        cells = []
        largest = 0.0
        for name in names:
            ends = _ends(moved, position, name, lever)
            if ends is None:
                cells.append("–")
                continue
            low, high = ends
            largest = max(largest, abs(high - low))
            cells.append(f"{100 * low:.0f} → {100 * high:.0f}")
        note = ""
        if largest < SMALL:
            note = f"under {100 * SMALL:.0f} points everywhere: {lever.when_small or 'unexplained'}"
        elif largest < 5 * SMALL and lever.when_small:
            note = f"small: {lever.when_small}"
        rows.append([lever.meaning, f"{lever.low:g} → {lever.high:g}", *cells, note])
    head = ["Lever", "Range", *(results.title(name) for name in names), "Remark"]
    marks = ["---", "---", *("---:" for _ in names), "---"]
    as_is = ["*as it is*", "", *(f"**{100 * float(base[name]):.0f}**" for name in names), ""]
    lines = [
        "# How each lever moves the result",
        "",
        f"Share of councils that have joined {months} months after opening, in per cent: mean of "
        f"{seeds} simulated futures with the lever at the low and at the high end of its range, "
        "all else as in the scenario. One lever at a time: levers also act together. With so few "
        "futures, differences of a few points may be luck.",
        "",
        *(f"| {' | '.join(cells)} |" for cells in (head, marks, as_is, *rows)),
        "",
        f"Made by `python run.py levers` from “{results.experiment.title}”.",
        "",
    ]
    return "\n".join(lines)


def _ends(
    moved: dict[tuple[str, str, float], float], position: int, scenario: str, lever: Lever
) -> tuple[float, float] | None:
    """Results of a scenario at the low and the high end of a lever, if it has it."""
    for curve, name, _ in moved:
        if name == scenario and curve.startswith(f"lever{position}_"):
            return moved[curve, name, lever.low], moved[curve, name, lever.high]
    return None
