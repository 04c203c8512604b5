"""Stored futures played again, for what no table holds: every council's state in every month.

The compiled engine plays them in the same worlds and with the same draws of behaviour as the
stored runs, which takes a moment only; what comes of it is held against the stored tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd

from sim.experiment.parameters import draw_of, drawn
from sim.files.problems import BadInput, Problem
from sim.model.record import Record
from sim.model.run import run_futures
from sim.model.world import World, build_world, depends_on_seed, with_behaviour
from sim.runs.measure import noting, tables_of
from sim.runs.results import Table
from sim.settings import Experiment

CHECKED: tuple[Table, ...] = ("series", "joined")


def world_of(experiment: Experiment, scenario: str, seed: int, shared: World | None) -> World:
    """Make the world that a stored run of a scenario had.

    Parameters
    ----------
    shared
        One made before for another seed of this scenario, if any.
    """
    settings = experiment.scenarios[scenario]
    if shared is None or depends_on_seed(settings):
        shared = build_world(settings, experiment.horizon, seed)
        shared = noting(shared, experiment.outcomes.headline_months)
    draw = draw_of(experiment.parameters, seed)
    return with_behaviour(shared, drawn(settings, experiment.parameters, draw)) if draw else shared


def states_digest(record: Record, row: int = 0) -> str:
    """Digest of the statuses and reasons of all councils in all months of a run."""
    digest = hashlib.sha256(record.states[row].tobytes())
    digest.update(record.reasons[row].tobytes())
    return digest.hexdigest()


def play(
    experiment: Experiment, scenario: str, seeds: Sequence[int]
) -> list[tuple[World, Record, int]]:
    """Play futures of a scenario with the compiled engine: world, record and row of each."""
    apart = depends_on_seed(experiment.scenarios[scenario])
    # Seeds of one draw of behaviour share a world, unless their councils or ties differ.
    known: dict[int, World] = {}
    worlds: list[World] = []
    for seed in seeds:
        of = seed if apart else draw_of(experiment.parameters, seed)
        if of not in known:
            known[of] = world_of(experiment, scenario, seed, next(iter(known.values()), None))
        worlds.append(known[of])
    if apart:
        records = [
            run_futures(world, experiment.horizon, [seed], "compiled", with_states=True)
            for world, seed in zip(worlds, seeds, strict=True)
        ]
        return [(world, record, 0) for world, record in zip(worlds, records, strict=True)]
    record = run_futures(worlds, experiment.horizon, seeds, "compiled", with_states=True)
    return [(world, record, row) for row, world in enumerate(worlds)]


def assert_stored(
    experiment: Experiment, scenario: str, record: Record, stored: Mapping[str, pd.DataFrame]
) -> None:
    """Make sure that futures played again are those that are stored.

    Parameters
    ----------
    record
        What was played.
    stored
        Rows of the scenario in the tables of `CHECKED`, of these futures among others.

    Raises
    ------
    BadInput
        If the stored tables say anything else.
    """
    found = tables_of(record, experiment.outcomes, scenario, CHECKED)
    seeds = set(record.seeds.tolist())
    for name in CHECKED:
        mine = found[name].drop(columns="point")
        theirs = stored[name]
        theirs = theirs[theirs["seed"].isin(seeds)]
        # Earlier versions kept fewer columns; what they kept must be the same.
        columns = [column for column in mine.columns if column in theirs.columns]
        order = [column for column in ("seed", "month", "offer", "gss_code") if column in columns]
        one, other = (
            table[columns].sort_values(order, ignore_index=True) for table in (mine, theirs)
        )
        if not one.equals(other.astype(one.dtypes)):
            raise BadInput(
                [
                    Problem(
                        f"seeds of “{scenario}” do not give what these results say "
                        f"({name}.parquet): another version of the model made them; run the "
                        "experiment again, then replay that",
                    )
                ]
            )
