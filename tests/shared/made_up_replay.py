"""The data of a small replay, made up by rule: 17 councils, three scenarios, four futures."""

from __future__ import annotations

import base64
import math
from itertools import pairwise
from typing import Any

MONTHS = 36
OPENS = {"first": 6, "second": 10, "north": 14}
COUNCILS = {"first": range(12), "second": range(12), "north": range(12, 17)}
OUTSIDE, PLEDGED, MIGRATING, LIVE, LEFT = range(5)
AUTONOMY = 4

Run = dict[str, Any]


def made_up_replay(**texts: str) -> dict[str, Any]:
    """Make the data of a replay; `texts` take the place of its title, question and source."""
    futures = [_future(seed) for seed in range(4)]
    return {
        "version": 1,
        "title": "A made-up replay",
        "question": "Does the page show what the data say?",
        "source": "Source: made up for tests. Simulated, not observed.",
        "starts": "2019-11",
        "months": MONTHS,
        "headline_months": 24,
        "statuses": named("outside pledged migrating live left not_asked"),
        "reasons": [{"name": str(code), "words": f"reason {code}"} for code in range(13)],
        "agenda": named("start habit visits contracts peers worry duty"),
        "terms": named("money company trust autonomy coordination local"),
        "councils": [_council(i) for i in range(17)],
        "maps": [_map(range(12)), _map(range(12, 17))],
        "scenarios": [_scenario(name, futures) for name in OPENS],
        "futures": futures,
        "same_luck": [["first", "second"], ["north"]],
        **texts,
    }


def named(names: str) -> list[dict[str, str]]:
    return [{"name": name, "words": name.replace("_", " ")} for name in names.split()]


def _council(i: int) -> dict[str, Any]:
    north = i >= 12
    row, column = divmod(i, 4) if not north else (5 + (i - 12) // 3, (i - 12) % 3)
    return {
        "code": f"C{i:02d}",
        "name": f"Council {chr(65 + i)}",
        "type": "county" if i == 11 else "scottish_unitary" if north else "district",
        "region": "North" if north or i < 6 else "South",
        "nation": "Scotland" if north else "England",
        "population": 50_000 + 10_000 * i,
        "it_spend_gbp_m": 1.5 + i,
        "pressure": round(0.05 * i, 2),
        "x": column + 0.5 * (row % 2),
        "y": round(row * math.sqrt(3) / 2, 3),
        "size": 0.54 if i == 11 else 1,
        "county": "Council L" if i in (7, 10) else "",
    }


def _map(councils: range) -> dict[str, Any]:
    north = councils[0] > 0
    return {
        "box": [-0.6, 3.8, 3.1, 6.2] if north else [-0.6, -0.6, 4.1, 2.4],
        "regions": [] if north else [[0, 1.3, 1, 1.3]],
        "counties": [] if north else [[2.5, 0.6, 3, 0.3]],
        "labels": []
        if north
        else [{"text": "South", "x": 1, "y": 0}, {"text": "North", "x": 1, "y": 2}],
    }


def _future(seed: int) -> dict[str, Any]:
    return {
        "seed": 11 + seed,
        "role": ("typical", "low", "high", "other")[seed],
        "words": "chosen by rule",
        "runs": {name: _run(name, seed) for name in OPENS},
    }


def _run(name: str, seed: int) -> Run:
    """Every third council refuses; others say yes, move over and are in; one leaves at last."""
    events: list[list[int]] = []
    why: list[list[Any]] = []
    pace = (2, 4, 1, 3)[seed]
    for k, council in enumerate(COUNCILS[name]):
        at = OPENS[name] + pace * k
        yes = k % 3 != 2
        terms = [round(1.1 - 0.4 * term - 0.1 * k, 2) for term in range(6)]
        if at < MONTHS:
            agenda = [0, 0.1, 0.5, 0, 0.4, 0, 0]
            why.append([council, at, int(yes), 0.6 if yes else 0.3, agenda, terms])
        path = [(PLEDGED, 9), (MIGRATING, 0), (LIVE, 0)] if yes else [(OUTSIDE, AUTONOMY)]
        if k == 0:
            path.append((LEFT, 11))
        for step, (status, reason) in enumerate(path):
            month = at + (0, 1, 4, 15)[step]
            if month < MONTHS:
                events.append([council, month, status, reason])
    events.sort(key=lambda event: event[1])
    joined = _joined(events)
    first = next(month for month in range(MONTHS) if joined[month])
    return {
        "events": events,
        "joined": joined,
        "cancelled": None,
        "breaches": [[COUNCILS[name][1], OPENS[name] + 8]],
        "origins": {"visits": joined} if seed == 0 else None,
        "why": why if seed == 0 else None,
        "moments": [
            {"month": first, "kind": "first", "words": f"First in {name}", "councils": [0]},
            {"month": first + 4, "kind": "tipped", "words": f"Later in {name}", "councils": []},
        ],
    }


def _joined(events: list[list[int]]) -> list[int]:
    now: dict[int, int] = {}
    joined = []
    for month in range(MONTHS):
        now |= {council: status for council, at, status, _ in events if at == month}
        joined.append(sum(status in (MIGRATING, LIVE) for status in now.values()))
    return joined


def _scenario(name: str, futures: list[dict[str, Any]]) -> dict[str, Any]:
    councils = list(COUNCILS[name])
    shares = sorted(
        [joined / len(councils) for joined in future["runs"][name]["joined"]] for future in futures
    )
    by_month = [sorted(share[month] for share in shares) for month in range(MONTHS)]
    keys = ("q05", "q25", "q50", "q75", "q95")
    chance = bytes(
        min(250, 10 * max(0, month - OPENS[name]) + k)
        for k in range(len(councils))
        for month in range(MONTHS)
    )
    number = list(OPENS).index(name)
    mean = [sum(share[month] for share in shares) / 4 for month in range(MONTHS)]
    return {
        "name": name,
        "title": f"The {name} scenario",
        "colour": ("#12436D", "#28A197", "#12436D")[number],
        "mark": ("o", "s", "o")[number],
        "councils": councils,
        "eligible": len(councils),
        "map": int(name == "north"),
        "says": [f"What {name} stands for."],
        "opens": OPENS[name],
        "notes": [{"month": OPENS[name], "kind": "opening", "words": "Councils can join"}],
        "band": {key: [month[min(i, 3)] for month in by_month] for i, key in enumerate(keys)},
        "futures": 4,
        "chance": base64.b64encode(chance).decode("ascii"),
        "origins": {"visits": mean, "habit": [0.0] * MONTHS},
        "ties": [[a, b, 0.5] for a, b in pairwise(councils)],
    }
