"""One run again, with every month and council: of a sweep, or of any point of an experiment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.experiment.design import points
from sim.experiment.load import load_experiment
from sim.experiment.parameters import draw_of, drawn
from sim.experiment.sweeps import DRAW, Design
from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.model.record import Record
from sim.model.run import run_futures
from sim.model.world import build_world
from sim.runs.measure import STATUS
from sim.runs.sweep_design import load_design
from sim.settings import Experiment, Scenario, month_text


def history(
    experiment: str | Path | Experiment | Design, point: str | int, seed: int
) -> pd.DataFrame:
    """Run one future again, and give every council's status in every month.

    Parameters
    ----------
    experiment
        An experiment file, a resolved experiment, the folder of a sweep's results, or its design.
    point
        Which point: of a sweep its number, of an experiment its id, such as a scenario's name.
    seed
        Which future.

    Returns
    -------
    pandas.DataFrame
        A row a month, offer and council, in this order: ``month``, ``offer``, ``gss_code``,
        ``council``, ``status``.

    Raises
    ------
    BadInput
        If there is no such point.

    Examples
    --------
    >>> found = history("experiments/quickstart.toml", "scotland_framework", seed=1)
    >>> len(found), sorted(set(found["status"]))
    (2304, ['member', 'migrating', 'outside'])
    """
    if isinstance(experiment, str | Path):
        is_folder = Path(experiment).is_dir()
        experiment = load_design(experiment) if is_folder else load_experiment(experiment)
    if isinstance(experiment, Design):
        return history_of(experiment, point, seed)
    known = {of.id: of for of in points(experiment)}
    if point not in known:
        raise _unknown(str(point), list(known))
    parameters = known[str(point)].parameters(experiment)
    scenario = known[str(point)].settings(experiment)
    scenario = drawn(scenario, parameters, draw_of(parameters, seed))
    return _states(run_again(experiment, scenario, seed, with_states=True))


def history_of(design: Design, point: str | int, seed: int) -> pd.DataFrame:
    """Do as `history`, of a point of a sweep."""
    if not (isinstance(point, int | np.integer) and 1 <= point <= len(design)):
        raise _unknown(str(point), [f"1 to {len(design):,}"])
    scenario = scenario_of(design, int(point) - 1, seed)
    return _states(run_again(design.experiment, scenario, seed, with_states=True))


def scenario_of(design: Design, row: int, seed: int) -> Scenario:
    """Return all that a run of a sweep was run with, its draw of behaviour included."""
    draw = (
        int(design.table[DRAW].iloc[row])
        if DRAW in design.table
        else draw_of(design.parameters, seed)
    )
    if design.parameters.source == "point":
        draw = 0
    return drawn(design.scenario(row), design.parameters, draw)


def run_again(
    experiment: Experiment, scenario: Scenario, seed: int, *, with_states: bool = False
) -> Record:
    """Run one future of settings that are complete, in a world of its own."""
    world = build_world(scenario, experiment.horizon, seed)
    return run_futures(world, experiment.horizon, [seed], "compiled", with_states=with_states)


def _states(record: Record) -> pd.DataFrame:
    world, states = record.world, record.states[0]
    months, offers, councils = states.shape
    calendar = [month_text(world.first_month + step) for step in range(months)]
    words = np.array([STATUS[code] for code in sorted(STATUS)], dtype=object)
    by_code = np.argsort(np.array(world.councils.gss_code), kind="stable")

    def repeated(values: list[str], before: int, after: int) -> np.ndarray:
        return np.tile(np.repeat(np.array(values, dtype=object), after), before)

    return pd.DataFrame(
        {
            "month": repeated(calendar, 1, offers * councils),
            "offer": repeated(list(world.offer_names), months, councils),
            "gss_code": repeated([world.councils.gss_code[i] for i in by_code], months * offers, 1),
            "council": repeated([world.councils.name[i] for i in by_code], months * offers, 1),
            "status": words[states[:, :, by_code].reshape(-1)],
        }
    )


def _unknown(point: str, known: list[str]) -> BadInput:
    return BadInput(
        [
            Problem(
                "there is no such point",
                given=quoted(point),
                allowed=any_of(known, most=12),
                meant=closest(point, known),
            )
        ]
    )
