"""Who is listened to: the influence graph of each scenario, council by council."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sim.model.influence import FULL_WEIGHT
from sim.model.world import World, build_world
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


LISTENING_COLUMNS = ("scenario", "gss_code", "place", "source_code", "source", "weight")
TRAITS_COLUMNS = (
    "gss_code",
    "name",
    "nation",
    "region",
    "council_type",
    "people",
    "deprivation_percentile",
    "it_spend_gbp_m",
)
MOST_SOURCES = 5


def _worlds(results: Results) -> Iterator[tuple[str, str, World]]:
    """Scenario, name of its councils and ties, and its world at the start of the first seed.

    A scenario with an edge list that is no longer there is left out.
    """
    experiment = results.experiment
    known: dict[str, World] = {}
    for scenario in results.scenarios:
        settings = experiment.scenarios[scenario]
        key = settings.councils.model_dump_json() + settings.network.model_dump_json()
        if key not in known:
            try:
                known[key] = build_world(settings, experiment.horizon, experiment.seeds.first)
            except FileNotFoundError:
                continue
        yield scenario, key, known[key]


def listening_table(results: Results) -> pd.DataFrame:
    """Whom each council listens to most at the start.

    A row a scenario, council and place from 1: the sources with the largest `weight`, which is
    the part of what the council hears.
    """
    known: dict[str, pd.DataFrame] = {}
    parts = []
    for scenario, key, world in _worlds(results):
        if key not in known:
            ties = pd.DataFrame(
                {
                    "listener": np.repeat(
                        np.arange(len(world.councils)), np.diff(world.ties.start)
                    ),
                    "source_": world.ties.source,
                    "weight": world.ties.weight / FULL_WEIGHT,
                }
            ).sort_values(["listener", "weight", "source_"], ascending=[True, False, True])
            ties = ties[ties.groupby("listener").cumcount() < MOST_SOURCES]
            codes = np.array(world.councils.gss_code, dtype=object)
            names = np.array(world.councils.name, dtype=object)
            known[key] = pd.DataFrame(
                {
                    "gss_code": codes[ties["listener"]],
                    "place": ties.groupby("listener").cumcount().to_numpy() + 1,
                    "source_code": codes[ties["source_"]],
                    "source": names[ties["source_"]],
                    "weight": ties["weight"].to_numpy(),
                }
            )
        parts.append(known[key].assign(scenario=scenario))
    if not parts:
        return pd.DataFrame(columns=list(LISTENING_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(LISTENING_COLUMNS)]


def traits_table(results: Results) -> pd.DataFrame:
    """What each council is like; IT spend as in the first scenario that it takes part in."""
    parts = []
    seen: set[str] = set()
    for _, key, world in _worlds(results):
        if key in seen:
            continue
        seen.add(key)
        of = world.councils
        parts.append(
            pd.DataFrame(
                {
                    "gss_code": of.gss_code,
                    "name": of.name,
                    "nation": of.nation,
                    "region": of.region,
                    "council_type": of.council_type,
                    "people": of.population,
                    "deprivation_percentile": of.deprivation_percentile,
                    "it_spend_gbp_m": world.it_spend_gbp_m,
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=list(TRAITS_COLUMNS))
    table = pd.concat(parts, ignore_index=True).drop_duplicates("gss_code", ignore_index=True)
    return table[list(TRAITS_COLUMNS)]


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
    parts = []
    known: dict[str, pd.DataFrame] = {}
    for scenario, key, world in _worlds(results):
        if key not in known:
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
