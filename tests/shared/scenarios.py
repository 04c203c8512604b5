"""Small scenarios for tests: a base offer, settings that make chance certain, and runs."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.mesa_model import PlatformModel
from sim.model.record import COLUMN, Record
from sim.model.world import build_world, depends_on_seed
from sim.runs.measure import tables_of
from sim.runs.tables import TEXT
from sim.settings import Horizon, Outcomes, Scenario, month_text, parse_month
from tests.shared.folders import ROOT

FloatArray = npt.NDArray[np.float64]
Values = dict[str, Any]

FOLDER = ROOT / "experiments"
# All experiments that come with the project; a calibration is none.
CALIBRATIONS = sorted(FOLDER.glob("calibration*.toml"))
EXPERIMENTS = [path for path in sorted(FOLDER.rglob("*.toml")) if path not in CALIBRATIONS]

# A shallow framework owned by the sector, open from the third month of the usual horizon.
OFFER: Values = {
    "opens": "2018-03",
    "owner": "sector",
    "depth": 0.25,
    "addressed_share": 0.25,
    "promised_saving_share": 0.15,
    "realised_ratio": 0.3,
    "annual_fee_gbp_m": 0.03,
    "joining_cost_gbp_m": 0.03,
    "switching_cost_years": 0.2,
    "needs_procurement": "yes",
    "migration_months": 3,
    "security_gain": 0.25,
    "shared_fate": 0.02,
    "economies_of_scale": 0.1,
}
PUSH: Values = {
    "visits_per_month": 6.0,
    "launch_contact": 0.3,
    "codesign": 0.4,
    "annual_cost_gbp_m": 1.0,
}
STARTS = "2018-01"
OPENING = 2  # the step in which OFFER opens

# Two councils so large that their attention is at its upper bound, 2.
LARGE = ["Glasgow City", "City of Edinburgh"]

# No council gives up or leaves.
LOYAL: Values = {
    "abandon_base_per_month": 0.0,
    "abandon_depth_per_month": 0.0,
    "leave_base_per_month": 0.0,
    "leave_regret_per_month": 0.0,
}
# Whatever opens is considered at once by LARGE councils: a hazard of 12 a month, with
# `launch_contact = 1` in the push.
ATTENTIVE: Values = {
    "attention_base_per_month": 1.0,
    "contact_attention_per_month": 5.0,
    "contact_decay_per_month": 0.0,
    "capacity_elasticity": 2.0,
}
# Log-odds of ±2000, kept to ±30: closer to certain than any draw.
SURE: Values = {"temperature": 0.01, "taste_sd": 0.0}
YES: Values = {**SURE, "intercept": 20.0}
NO: Values = {**SURE, "intercept": -20.0}
# Nothing speaks for or against but what a test adds.
SILENT: Values = {
    "saving_weight": 0.0,
    "cost_weight": 0.0,
    "autonomy_weight": 0.0,
    "peer_weight": 0.0,
    "legitimacy_weight": 0.0,
    "regret_weight": 0.0,
    "worry_weight": 0.0,
    "reactance": 0.0,
}
CALM: Values = {"incident_rate_per_month": 0.0}
STORMY: Values = {"incident_rate_per_month": 0.1, "severe_share": 0.5}


def offer(**changes: Any) -> Values:
    """Return the base offer with some settings changed."""
    return {**OFFER, **changes}


def scenario(
    offers: dict[str, Values] | None = None, push: Values | None = None, **parts: Any
) -> Scenario:
    """Make a scenario of Scotland's 32 councils with the base offer and push, or parts changed.

    `push` is laid over the base push; all other parts replace theirs.
    """
    values: Values = {
        "councils": {"nations": ["Scotland"]},
        "offers": {"main": OFFER} if offers is None else offers,
        "push": {**PUSH, **(push or {})},
        **parts,
    }
    return Scenario.model_validate(values)


def without_programme(of: Scenario) -> Scenario:
    """Return the same scenario with nothing on offer and nobody pushing."""
    values = of.model_dump(exclude_unset=True)
    values |= {"offers": {}, "push": {}}
    return Scenario.model_validate(values)


def horizon(months: int, starts: str = STARTS) -> Horizon:
    """Return a horizon of so many months."""
    first = parse_month(starts)
    assert isinstance(first, int)
    return Horizon.model_validate({"starts": starts, "ends": month_text(first + months - 1)})


def model_of(of: Scenario, seed: int = 1, months: int = 24, starts: str = STARTS) -> PlatformModel:
    """Return the model of a scenario before its first month."""
    return PlatformModel(of, horizon(months, starts), seed)


def played(of: Scenario, seed: int = 1, months: int = 24, starts: str = STARTS) -> PlatformModel:
    """Return the model of a scenario after its last month."""
    model = model_of(of, seed, months, starts)
    model.run_model()
    return model


class OneRun(SimpleNamespace):
    """A record of one run, its arrays without the axis of runs; what is set here is set there."""

    def __init__(self, record: Record) -> None:
        (self.seed,) = record.seeds.tolist()
        super().__init__(
            record=record,
            world=record.world,
            groups=record.groups,
            **{name: values[0] for name, values in record.arrays().items() if name != "seeds"},
        )


def run(of: Scenario, seed: int = 1, months: int = 24, starts: str = STARTS) -> OneRun:
    """Return what is written down of a run."""
    return OneRun(played(of, seed, months, starts).record)


def run_seeds(of: Scenario, seeds: Iterable[int], months: int = 24) -> list[OneRun]:
    """Return what is written down of several seeds, the world being made once."""
    if depends_on_seed(of):
        raise ValueError("the world of this scenario differs between seeds")
    span = horizon(months)
    world, runs = build_world(of, span, 0), []
    for seed in seeds:
        model = PlatformModel(of, span, seed, world)
        model.run_model()
        runs.append(OneRun(model.record))
    return runs


def series(run: OneRun, name: str) -> FloatArray:
    """Return one column of the monthly totals."""
    column: FloatArray = run.totals[:, COLUMN[name]]
    return column


def columns_of(table: str, run: OneRun, outcomes: Outcomes | None = None) -> dict[str, list[Any]]:
    """Return the columns of a table of a run as lists; a missing text is None."""
    rows = tables_of(run.record, outcomes or Outcomes(), "one", [table])[table]
    return {
        str(name): [None if value is np.nan else value for value in values.tolist()]
        if values.dtype == TEXT
        else values.tolist()
        for name, values in rows.items()
    }


def outcomes_of(run: OneRun, outcomes: Outcomes | None = None) -> Values:
    """Return the row of a run in the table of runs."""
    return {name: values[0] for name, values in columns_of("runs", run, outcomes).items()}


def place_of(run: OneRun, name: str) -> int:
    """Return the position of a council."""
    index: int = run.world.councils.index_of(name)
    return index


def assert_same(a: OneRun, b: OneRun) -> None:
    """Check that two runs agree to the bit, but for their seeds."""
    ours, theirs = a.record.arrays(), b.record.arrays()
    assert ours.keys() == theirs.keys()
    for name in ours.keys() - {"seeds"}:
        assert np.array_equal(ours[name], theirs[name]), name
