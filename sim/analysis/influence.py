"""Who is listened to: the influence graph of each scenario, council by council."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.model.world import build_world
from sim.runs.results import Results

INFLUENCE_COLUMNS = (
    "scenario",
    "gss_code",
    "name",
    "heard",
    "rank",
    "carried_share",
    "even_share",
)


def influence_table(results: Results) -> pd.DataFrame:
    """How much each council is listened to at the start.

    A row a scenario and council, those heard most first.

    * `heard`: weight of all ties from it, 1 being the average council;
    * `rank`: 1 is heard most;
    * `carried_share`: share of all influence that it and those heard more carry together;
      `even_share` is what as many would carry if all were heard alike.

    Scenarios whose councils are drawn afresh show those of the first seed. An edge list that is no
    longer there gives no rows.
    """
    experiment = results.experiment
    parts = []
    known: dict[str, pd.DataFrame] = {}
    for scenario in results.scenarios:
        settings = experiment.scenarios[scenario]
        key = settings.councils.model_dump_json() + settings.network.model_dump_json()
        if key not in known:
            try:
                world = build_world(settings, experiment.horizon, experiment.seeds.first)
            except FileNotFoundError:
                continue
            ties = world.ties
            weight = np.zeros(len(world.councils))
            np.add.at(weight, ties.source, ties.weight)
            # Equal but for the order in which weights were added up is equal.
            order = np.lexsort((world.councils.number, -np.round(weight, 9)))
            rank = np.arange(1, len(order) + 1)
            total = float(weight.sum())
            known[key] = pd.DataFrame(
                {
                    "gss_code": np.array(world.councils.gss_code, dtype=object)[order],
                    "name": np.array(world.councils.name, dtype=object)[order],
                    "heard": weight[order] / (float(weight.mean()) or 1.0),
                    "rank": rank,
                    "carried_share": np.cumsum(weight[order]) / total if total else 0.0,
                    "even_share": rank / len(order),
                }
            )
        parts.append(known[key].assign(scenario=scenario))
    if not parts:
        return pd.DataFrame(columns=list(INFLUENCE_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(INFLUENCE_COLUMNS)]
