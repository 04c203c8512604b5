"""Small experiments with results, quick to make, for pictures and whatever else shows results."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from sim.analysis.findings import find
from sim.experiment.design import points
from sim.model.mesa_model import run_mesa
from sim.model.world import build_world
from sim.present.view import View
from sim.runs.measure import noting, tables_of
from sim.runs.results import Results, results_of
from sim.settings import Experiment, Scenario
from tests.shared.scenarios import OFFER, PUSH

Frames = dict[str, pd.DataFrame]
COUNCILS = ["Fife", "Highland", "Glasgow City", "Orkney Islands", "Moray", "Angus", "Stirling"]
ENGLISH = ["Leeds", "Kent", "Dover", "Ashford", "Camden", "Bristol", "Cornwall"]
LONG = "A scenario whose title is sixty characters long, no fewer, so"


def experiment(scenarios: dict[str, dict[str, Any]], **changes: Any) -> Experiment:
    values = {
        "title": "A test with $1 and $2 in its title",
        "question": "Is all well?",
        "horizon": {"starts": "2018-01", "ends": "2020-12"},
        "seeds": {"count": 3},
        "outcomes": {"months_since_opening": [12, 24], "headline_months": 24},
        "scenarios": scenarios,
    }
    return Experiment.model_validate(values | changes)


def scenario(title: str, councils: list[str] = COUNCILS, **offer: Any) -> dict[str, Any]:
    return {
        "title": title,
        "councils": {"codes": councils},
        "offers": {"main": OFFER | offer},
        "push": PUSH,
        "network": {"isolation_allowed": True},
    }


def nothing(title: str, councils: list[str] = COUNCILS) -> dict[str, Any]:
    return scenario(title, councils) | {"offers": {}, "push": {}}


@cache
def _runs(settings: str, horizon: str, outcomes: str, seeds: int) -> Frames:
    one = Scenario.model_validate_json(settings, strict=False)
    return _simulated(one, horizon, outcomes, seeds)


def _simulated(one: Scenario, horizon: str, outcomes: str, seeds: int) -> Frames:
    whole = experiment({"one": {}})
    span = type(whole.horizon).model_validate_json(horizon)
    measured = type(whole.outcomes).model_validate_json(outcomes)
    world = noting(build_world(one, span, 1), measured.headline_months)
    record = run_mesa(world, span, range(1, seeds + 1))
    return tables_of(record, measured, "one")


def results(whole: Experiment) -> Results:
    """Simulate an experiment of a few councils; equal scenarios are simulated once."""
    horizon, outcomes = whole.horizon.model_dump_json(), whole.outcomes.model_dump_json()

    def runs(one: Scenario, seeds: int) -> Frames:
        bare = one.model_copy(update={"title": ""})
        return _runs(bare.model_dump_json(), horizon, outcomes, seeds)

    frames = {
        name: pd.concat(
            [
                runs(one, whole.seeds.count)[name].assign(point=point)
                for point, one in whole.scenarios.items()
            ],
            ignore_index=True,
        )
        for name in ("runs", "series", "groups", "joined")
    }
    of_curves = [point for point in points(whole) if point.kind == "curve"]
    more = [
        runs(whole.scenarios[point.scenario], point.seeds)["runs"].assign(
            point=point.id, joined_share_24m=min(1.0, 0.2 + 0.1 * index)
        )
        for index, point in enumerate(of_curves)
    ]
    more += [
        runs(whole.scenarios[point.scenario], point.seeds)["runs"].assign(point=point.id)
        for point in points(whole)
        if point.kind == "hybrid"
    ]
    frames["runs"] = pd.concat([frames["runs"], *more], ignore_index=True)
    failed = pd.DataFrame(columns=["point", "seed", "error"])
    manifest: dict[str, object] = {"hash": "0123456789abcdef", "version": "9.9"}
    return results_of(whole, {**frames, "failed": failed}, manifest)


def view_of(some: Results) -> View:
    return View(some, find(some))
