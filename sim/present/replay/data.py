"""Everything a replay shows, as one dictionary that JSON can hold.

Months count from 0, the first month of the horizon. Bands, colours and the source line are those
of the figures; what each future does is played again and held against the stored tables.
"""

from __future__ import annotations

import base64
import gzip
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis.presence import presence
from sim.experiment.design import SCENARIO
from sim.model.rules import ORIGINS
from sim.model.world import World
from sim.present.formats import count, hundredths
from sim.present.replay.choice import Choice, stored_rows
from sim.present.replay.moments import moments_of
from sim.present.replay.notes import notes_of, says_of
from sim.present.replay.places import Places, ties_of
from sim.present.replay.states import REASONS, STATUSES, Played, played
from sim.present.replay.why import Answer, Future
from sim.present.view import View
from sim.present.words import AGENDA
from sim.runs.again import CHECKED
from sim.runs.results import Results
from sim.settings import month_text

VERSION = 1
GZIP_ABOVE = 65_536  # bytes
FULL = 250  # a byte that stands for all futures
# What it then weighed, in log-odds.
TERMS = {
    "lean": "how councils lean before any argument",
    "money": "the business case",
    "company": "others who have joined",
    "trust": "security, and regret heard of",
    "autonomy": "control given up",
    "coordination": "needing others to join",
    "local": "local reasons",
}
ROLES = {
    "typical": "Typical: of {futures} simulated futures the nearest to the median path, over all "
    "months and scenarios shown ({away} off on average).",
    "low": "Low: of {futures} simulated futures the nearest to the path below which 1 in 10 lie "
    "({away} off on average).",
    "high": "High: of {futures} simulated futures the nearest to the path below which 9 in 10 lie "
    "({away} off on average).",
    "other": "One of the simulated futures, spread evenly from the fewest to the most members.",
    "asked": "The simulated future that was asked for.",
}


@dataclass(frozen=True, eq=False)
class Shown:
    """What a replay is made from.

    Attributes
    ----------
    results, view
        The results, and the findings as pictures look at them.
    scenarios
        In the order in which they are shown.
    choices
        The futures.
    of
        How many futures the choice was made from.
    workers
        How many threads play futures.
    is_film
        Whether only what a film shows is needed.
    """

    results: Results
    view: View
    scenarios: Sequence[str]
    choices: Sequence[Choice]
    of: int
    workers: int = 1
    is_film: bool = False

    @cached_property
    def runs(self) -> dict[str, list[Played]]:
        """Each scenario's futures, in the order of `choices`.

        Raises
        ------
        BadInput
            If they are not what the stored tables say.
        """
        seeds = [choice.seed for choice in self.choices]
        return {
            scenario: played(self.results.experiment, scenario, seeds, self.stored[scenario])
            for scenario in self.scenarios
        }

    @cached_property
    def stored(self) -> dict[str, dict[str, pd.DataFrame]]:
        """Rows of the futures, by scenario and by table: what they are held against."""
        seeds = [choice.seed for choice in self.choices]
        tables = {name: self.results.of(SCENARIO, name) for name in CHECKED}
        return {
            scenario: {name: stored_rows(table, scenario, seeds) for name, table in tables.items()}
            for scenario in self.scenarios
        }

    def explained(self) -> dict[Future, str]:
        """Futures of which it is told why councils decided, and digests of their states."""
        if self.is_film:  # which has no room for it
            return {}
        return {
            (scenario, choice.seed): one.digest
            for scenario in self.scenarios
            for choice, one in zip(self.choices, self.runs[scenario], strict=True)
            if choice.role != "other"
        }

    def seeds(self, scenario: str) -> list[int]:
        """All futures that went through in a scenario."""
        runs = self.results.of(SCENARIO)
        found: list[int] = sorted(runs.loc[runs["scenario"] == scenario, "seed"].tolist())
        return found


def replay_data(
    shown: Shown,
    why: Mapping[Future, Sequence[Answer]],
    advance: Callable[[int], object] = lambda count: None,
) -> dict[str, Any]:
    """Put together what a replay shows.

    Parameters
    ----------
    shown
        Which futures of which scenarios.
    why
        Why councils decided, in those futures that were looked into.
    advance
        Is told of futures that were played again to see how likely each council is in.
    """
    results, view, runs = shown.results, shown.view, shown.runs
    experiment = results.experiment
    places = Places([one.world for own in runs.values() for one in own])
    spend, pressure = _of_councils(places, runs, "it_spend_gbp_m", "base_pressure")
    maps: list[dict[str, Any]] = []
    ties: dict[int, list[tuple[int, int, float]] | None] = {}
    return {
        "version": VERSION,
        "title": view.about["experiment"],
        "question": " ".join(experiment.question.split()),
        "source": view.source,
        "starts": month_text(experiment.horizon.starts),
        "months": experiment.horizon.months,
        "headline_months": view.headline.months,
        "statuses": [{"name": name, "words": words} for name, words in STATUSES],
        "reasons": [{"name": str(code), "words": REASONS[code]} for code in sorted(REASONS)],
        "agenda": [{"name": name, "words": AGENDA[name]} for name in ORIGINS],
        "terms": [{"name": name, "words": words} for name, words in TERMS.items()],
        "scenarios": [
            _scenario(shown, scenario, places, maps, ties, advance) for scenario in shown.scenarios
        ],
        "maps": maps,
        "councils": [
            {
                "code": c.code,
                "name": c.name,
                "type": c.kind,
                "region": c.region,
                "nation": c.nation,
                "population": round(c.population),
                "it_spend_gbp_m": spend[i],
                "pressure": pressure[i],
                "x": c.x,
                "y": c.y,
                "size": c.size,
                "county": c.county,
            }
            for i, c in enumerate(places.councils)
        ],
        "futures": [
            {
                "seed": choice.seed,
                "role": choice.role,
                "words": ROLES[choice.role].format(
                    futures=count(shown.of), away=_off(choice.distance or 0.0)
                ),
                "runs": {
                    scenario: _run(
                        shown,
                        scenario,
                        places,
                        runs[scenario][number],
                        why.get((scenario, choice.seed)),
                    )
                    for scenario in shown.scenarios
                },
            }
            for number, choice in enumerate(shown.choices)
        ],
        "same_luck": [
            [name for name in group.scenarios if name in shown.scenarios]
            for group in view.sets
            if any(name in shown.scenarios for name in group.scenarios)
        ],
    }


def _off(distance: float) -> str:
    points = hundredths(distance)
    if points == "0":
        return "less than a percentage point"
    return f"{points} percentage point{'' if points == '1' else 's'}"


# ---------------------------------------------------------------- scenarios


def _scenario(
    shown: Shown,
    scenario: str,
    places: Places,
    maps: list[dict[str, Any]],
    ties: dict[int, list[tuple[int, int, float]] | None],
    advance: Callable[[int], object],
) -> dict[str, Any]:
    view, own = shown.view, shown.runs[scenario]
    world = own[0].world
    councils = sorted({i for one in own for i in places.of(one.world)})
    drawn = places.map_of(councils)
    if drawn not in maps:
        maps.append(drawn)
    colour, mark = view.look(scenario)
    # Scenarios with the same councils and ties share them.
    if id(world.ties) not in ties:
        ties[id(world.ties)] = None if shown.is_film else ties_of(world)
    own_ties = ties[id(world.ties)]
    index = places.of(world)
    return {
        "name": scenario,
        "title": view.title(scenario),
        "colour": colour,
        "mark": mark,
        "councils": councils,
        "eligible": view.councils(scenario),
        "map": maps.index(drawn),
        "says": says_of(world.scenario),
        "opens": max(min(world.opens) - world.first_month, 0) if world.opens else None,
        "notes": [vars(note) for note in notes_of(world)],
        "band": _band(view, scenario),
        "futures": len(shown.seeds(scenario)),
        **_chance(shown, scenario, world, councils, places, advance),
        "origins": _origins(view, scenario, world),
        "ties": own_ties and [[index[a], index[b], w] for a, b, w in own_ties],
    }


def _band(view: View, scenario: str) -> dict[str, list[float]]:
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


def _origins(view: View, scenario: str, world: World) -> dict[str, list[float]] | None:
    """Mean share of councils that are members, by what brought them in, month by month."""
    table = view.findings["origins"]
    own = table[(table["scenario"] == scenario) & (table["clock"] == "calendar")]
    if own.empty:
        return None
    wide = own.pivot(index="month", columns="origin", values="mean")
    return {
        origin: [round(float(v), 5) for v in wide[origin]]
        for origin in ORIGINS
        if len(wide) == world.months
    } or None


def _chance(
    shown: Shown,
    scenario: str,
    world: World,
    councils: Sequence[int],
    places: Places,
    advance: Callable[[int], object],
) -> dict[str, str | None]:
    """Share of futures in which each council is in, month by month, as bytes in base64."""
    if shown.is_film:  # which has no room for it
        return {"chance": None}
    seeds = shown.seeds(scenario)
    series = stored_rows(shown.results.of(SCENARIO, "series"), scenario, seeds)
    shares = presence(shown.results.experiment, scenario, seeds, series, shown.workers, advance)
    if shares is None:
        return {"chance": None}
    row = {number: at for at, number in enumerate(places.of(world))}
    steps = np.floor(shares[[row[number] for number in councils]] * FULL + 0.5)
    return _bytes("chance", steps.astype(np.uint8))


def _bytes(name: str, matrix: npt.NDArray[np.uint8]) -> dict[str, str | None]:
    raw = np.ascontiguousarray(matrix).tobytes()
    if len(raw) <= GZIP_ABOVE:
        return {name: base64.b64encode(raw).decode("ascii")}
    packed = gzip.compress(raw, mtime=0)  # the same results give the same bytes
    return {f"{name}_gz": base64.b64encode(packed).decode("ascii")}


# ---------------------------------------------------------------- futures


def _run(
    shown: Shown,
    scenario: str,
    places: Places,
    one: Played,
    why: Sequence[Answer] | None,
) -> dict[str, Any]:
    """What happens in one future of one scenario."""
    index = places.of(one.world)
    months, councils = one.breached.nonzero()
    return {
        "events": [[index[c], m, s, r] for c, m, s, r in one.events()],
        "joined": one.members.tolist(),
        "cancelled": one.cancelled,
        "breaches": [[index[c], int(m)] for m, c in zip(months, councils, strict=True)],
        # Told of those futures that are looked into only, or the file would grow too big.
        "origins": None if why is None else _members_by_origin(shown, scenario, one),
        "why": why
        and [
            [index[a.council], a.month, int(a.agreed), a.chance, list(a.agenda), list(a.terms)]
            for a in why
        ],
        "moments": [
            {
                "month": moment.month,
                "kind": moment.kind,
                "words": moment.words,
                "councils": [index[c] for c in moment.councils],
            }
            for moment in moments_of(one)
        ],
    }


def _members_by_origin(shown: Shown, scenario: str, one: Played) -> dict[str, list[float]] | None:
    """Members by what brought them in, month by month."""
    rows = stored_rows(shown.stored[scenario]["series"], scenario, [one.seed])
    columns = {origin: f"joined_share_by_{origin}" for origin in ORIGINS}
    if not set(columns.values()) <= {*rows.columns}:
        return None
    eligible = max(int(np.count_nonzero(one.world.eligible)), 1)
    return {
        origin: [round(float(share) * eligible, 2) for share in rows[column]]
        for origin, column in columns.items()
    }


def _of_councils(
    places: Places, runs: Mapping[str, Sequence[Played]], *columns: str
) -> list[dict[int, float]]:
    """Traits of councils by their number, as the first scenario has them that they are in."""
    found: list[dict[int, float]] = [{} for _ in columns]
    for own in runs.values():
        for one in own:
            for trait, column in zip(found, columns, strict=True):
                values = getattr(one.world, column)
                for number, value in zip(places.of(one.world), values, strict=True):
                    trait.setdefault(number, round(float(value), 3))
    return found
