"""Everything a replay shows, as one dictionary that JSON can hold.

The months count from 0, the first month of the horizon. Bands, colours and the source line are
those of the figures; what each future does is played again and held against the stored tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.experiment.design import SCENARIO
from sim.model import rules
from sim.present.replay.choice import Choice, choose, paths_of, stored_rows
from sim.present.replay.notes import notes_of, says_of
from sim.present.replay.places import Places, network_of
from sim.present.replay.states import CHECKED, STATUSES, Played, played
from sim.present.view import View
from sim.runs.measure import WHY_NOT
from sim.settings import month_text

VERSION = 1
# What put the question on a council's agenda, in the order of the rules.
AGENDA = (
    ("start", "a member from the start"),
    ("habit", "the council's own routine"),
    ("visits", "contact with the programme's team"),
    ("contracts", "a contract about to end"),
    ("peers", "other councils that had joined"),
    ("worry", "worry about attacks"),
    ("duty", "a legal duty"),
)
# What it then weighed, in log-odds.
TERMS = (
    ("money", "the business case"),
    ("company", "others who have joined"),
    ("trust", "security and regret heard of"),
    ("autonomy", "control given up"),
    ("coordination", "needing others to join"),
    ("local", "local reasons"),
)


def replay_data(
    results: Any,
    view: View,
    scenarios: Sequence[str],
    choices: Sequence[Choice],
) -> dict[str, Any]:
    """Put together what a replay shows."""
    seeds = [choice.seed for choice in choices]
    runs: dict[str, list[Played]] = {}
    for scenario in scenarios:
        stored = {
            name: stored_rows(results.of(SCENARIO, name), scenario, seeds) for name in CHECKED
        }
        runs[scenario] = played(results.experiment, scenario, seeds, stored)
    places = Places([one.world for own in runs.values() for one in own])
    looks = view.looks(scenarios)
    maps: list[dict[str, Any]] = []
    told = []
    for scenario in scenarios:
        world = runs[scenario][0].world
        indices = sorted({i for one in runs[scenario] for i in places.of(one.world)})
        drawn = places.map_of(indices)
        if drawn not in maps:
            maps.append(drawn)
        settings = results.experiment.scenarios[scenario]
        opens = min(world.opens, default=None)
        network = network_of(world)
        told.append(
            {
                "name": scenario,
                "title": view.title(scenario),
                "colour": looks[scenario][0],
                "mark": looks[scenario][1],
                "councils": indices,
                "eligible": view.councils(scenario),
                "map": maps.index(drawn),
                "says": says_of(settings),
                "opens": None if opens is None else max(opens - world.first_month, 0),
                "notes": [vars(note) for note in notes_of(world)],
                "band": band_of(view, scenario),
                "futures": view.futures,
                "chance": None,
                "origins": None,
                "network": network
                and {
                    "x": network["x"],
                    "y": network["y"],
                    "r": network["r"],
                    "councils": places.of(world),
                },
                "ties": network and [
                    [places.of(world)[a], places.of(world)[b], w] for a, b, w in network["ties"]
                ],
            }
        )
    spend = {
        i: round(float(s), 3)
        for own in runs.values()
        for one in own[:1]
        for i, s in zip(places.of(one.world), one.world.it_spend_gbp_m, strict=True)
    }
    pressure = {
        i: round(float(s), 3)
        for own in runs.values()
        for one in own[:1]
        for i, s in zip(places.of(one.world), one.world.base_pressure, strict=True)
    }
    first = results.experiment.horizon.starts
    return {
        "version": VERSION,
        "title": view.about["experiment"],
        "question": " ".join(results.experiment.question.split()),
        "source": view.source,
        "starts": month_text(first),
        "months": results.experiment.horizon.months,
        "headline_months": view.headline.months,
        "statuses": [{"name": name, "words": words} for name, words in STATUSES],
        "reasons": [{"name": str(code), "words": WHY_NOT[code]} for code in sorted(WHY_NOT)],
        "agenda": [{"name": name, "words": words} for name, words in AGENDA],
        "terms": [{"name": name, "words": words} for name, words in TERMS],
        "councils": [
            {
                "code": c.code,
                "name": c.name,
                "type": c.kind,
                "region": c.region,
                "nation": c.nation,
                "population": round(c.population),
                "it_spend_gbp_m": spend.get(i),
                "pressure": pressure.get(i),
                "x": c.x,
                "y": c.y,
                "size": c.size,
                "county": c.county,
            }
            for i, c in enumerate(places.councils)
        ],
        "maps": maps,
        "scenarios": told,
        "futures": [
            {
                "seed": choice.seed,
                "role": choice.role,
                "words": "",
                "runs": {
                    scenario: run_of(places, runs[scenario][number]) for scenario in scenarios
                },
            }
            for number, choice in enumerate(choices)
        ],
        "same_luck": [list(group.scenarios) for group in view.sets],
    }


def band_of(view: View, scenario: str) -> dict[str, list[float]]:
    """Five quantiles of the share joined in each month of the calendar, of all futures."""
    fan = view.fan(scenario, "joined_share", "calendar")
    columns = {
        "q05": fan.low90,
        "q25": fan.low50,
        "q50": fan.middle,
        "q75": fan.high50,
        "q95": fan.high90,
    }
    return {
        name: [round(float(v), 4) if math.isfinite(v) else 0.0 for v in values]
        for name, values in columns.items()
    }


def run_of(places: Places, one: Played) -> dict[str, Any]:
    """What happens in one future of one scenario."""
    index = places.of(one.world)
    months, councils = one.breached.nonzero()
    return {
        "events": [[index[c], m, s, r] for c, m, s, r in one.events()],
        "joined": one.members.tolist(),
        "cancelled": one.cancelled,
        "breaches": [[index[c], int(m)] for m, c in zip(months, councils, strict=True)],
        "origins": None,
        "why": None,
        "moments": [],
    }


__all__ = ["choose", "paths_of", "replay_data", "rules"]
