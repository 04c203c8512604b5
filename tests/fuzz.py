"""Random experiment files: each is refused in plain words, or every run of it goes through.

``python -m tests.fuzz --count 3000 --seed 7`` tries so many and says what it found. A case is made
from its number and the seed alone, so that ``--only NUMBER`` brings one back.
"""

from __future__ import annotations

import argparse
import copy
import math
import random
import sys
import tempfile
import tomllib
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.findings import find
from sim.experiment.load import load_experiment
from sim.files.problems import BadInput, toml_key, toml_value
from sim.files.toml_reading import load_programmes
from sim.model.councils import load_councils, select
from sim.runs.results import Results
from sim.settings import Experiment, Scenario, month_text
from sim.settings.editing import numeric_settings
from sim.settings.limits import SMALLEST
from sim.settings.location import find_location
from sim.study import simulate
from tests.shared.experiments import assert_same_results
from tests.shared.listening import Recorder
from tests.shared.scenarios import EXPERIMENTS

START = 2018 * 12 + 4
# Far above what money, people and visits of forty councils can come to, and far below overflow.
BOUND = 1e30
TABLES = ("runs", "series", "groups", "joined")
Value = dict[str, Any]


@dataclass
class Case:
    """Files of one experiment: the TOML text, and others beside it by name."""

    text: str
    files: dict[str, bytes] = field(default_factory=dict)


# ---------------------------------------------------------------- values


def a_number(luck: random.Random, setting: str, kind: type) -> Any:
    """Draw a value of a numeric setting: within its range mostly, at an end, or beyond it."""
    location = find_location(Scenario, setting.split("."))
    low = next((limit.ge for limit in location.limits if hasattr(limit, "ge")), 0)
    high = next((limit.le for limit in location.limits if hasattr(limit, "le")), 40)
    if luck.random() < 0.005:
        return strange(luck)
    if luck.random() < 0.3:
        ends = [low, high] if kind is int else [float(low), float(high), max(float(low), SMALLEST)]
        return luck.choice(ends)
    if kind is int:
        return luck.randint(int(low), int(min(high, low + 40)))
    # Small values are the usual ones of wide ranges.
    value = low + (high - low) * luck.random() ** luck.choice([1, 4])
    return 0.0 if abs(value) < SMALLEST else float(value)


def strange(luck: random.Random) -> Any:
    """Draw what no setting is meant to be."""
    return luck.choice(
        [
            *(math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 1e-9, -1, 0, 0.0, 2**63),
            *(10**30, True, "", "text", "2018-05", [], [0.5], {}, {"a": 1}, "x" * 3000, "Ünïcödé"),
        ]
    )


def month(luck: random.Random, months: int, *, beyond: float = 0.005) -> str:
    """Draw a month within the horizon, or now and then beyond it."""
    if luck.random() < beyond:
        return month_text(START + luck.choice([-1, months, months + 40]))
    return month_text(START + luck.randrange(months))


# ---------------------------------------------------------------- parts of a scenario


def councils(luck: random.Random) -> Value:
    """Draw a choice of few councils."""
    names = luck.sample(load_councils().name, luck.randint(1, 12))
    return luck.choice(
        [
            {"synthetic": luck.randint(5, 40)},
            {"synthetic": luck.randint(5, 40)},
            {"synthetic": luck.randint(2, 40), "draw": luck.randint(2, 12)},
            {"nations": ["Scotland"]},
            {"nations": ["Scotland"], "draw": luck.randint(2, 34)},
            {"draw": luck.randint(2, 30)},
            {"regions": luck.sample(["North East", "London", "Scotland"], 2)},
            {"regions": luck.sample(["Glasgow City Region", "Island councils", "London"], 2)},
            {"codes": names},
            {"codes": [*names, names[0]], "draw": luck.randint(2, 12)},
        ]
    )


def names_of(choice: Value) -> list[str]:
    """Names of the councils that take part, or that are drawn from."""
    if "synthetic" in choice:
        return [f"Synthetic {n}" for n in range(1, 1 + choice["synthetic"])]
    if "codes" in choice:
        return list(dict.fromkeys(choice["codes"]))
    chosen = select(load_councils(), nations=choice.get("nations"), regions=choice.get("regions"))
    return list(chosen.name)


def some(luck: random.Random, names: list[str]) -> list[str]:
    """Draw a few names, now and then one that there is not."""
    found = luck.sample(names, k=min(len(names), luck.randint(1, 4)))
    return [*found, "Synthetic 99"] if luck.random() < 0.01 else found


def scope(luck: random.Random, names: list[str]) -> Value:
    """Draw to whom something applies."""
    return luck.choice(
        [
            *({}, {}, {}, {"nations": ["Scotland", "Synthetic"]}),
            {"nations": ["England", "Synthetic"]},
            {"types": ["unitary", "scottish_unitary"]},
            {"regions": ["Glasgow City Region", "North East"]},
            {"codes": some(luck, names)},
        ]
    )


def network(luck: random.Random, files: dict[str, bytes], choice: Value) -> Value:
    """Draw who listens to whom."""
    found: Value = {"isolation_allowed": luck.random() < 0.7}
    kinds = ["layers"] * 4 + ["watts_strogatz", "barabasi_albert", "erdos_renyi", "complete"]
    found["kind"] = luck.choice([*kinds, "edge_list"])
    if found["kind"] == "layers" and luck.random() < 0.5:
        weights = [0.0, 0, 1, 0.3, SMALLEST]
        names = ("border", "tier", "similar", "national", "cross_border")
        found["layers"] = {name: luck.choice(weights) for name in names}
    if luck.random() < 0.4:
        found["similar_contacts"] = luck.choice([0, 1, 5, 100])
        found["national_contacts"] = luck.choice([0, 1, 5, 384])
        found["cross_border_contacts"] = luck.choice([0, 1, 50])
    if luck.random() < 0.5:
        found["degree"] = luck.choice([2, 3, 4, 7, 12, 384])
        found["rewiring"] = luck.choice([0, 0.5, 1])
        found["fresh_for_each_seed"] = luck.random() < 0.5
        found["graph_seed"] = luck.choice([0, 1, 2**62])
    if luck.random() < 0.3:
        found["edge_probability"] = luck.choice([0, 0.0, 0.1, 0.5, 1])
    if found["kind"] == "edge_list":
        name = f"ties{len(files)}.csv"
        files[name] = edge_list(luck, choice)
        found["edge_list"] = name
    return found


def edge_list(luck: random.Random, choice: Value) -> bytes:
    """Write a list of ties as somebody might, with a fault now and then."""
    names = names_of(choice)
    separator, comma = luck.choice([(",", "."), (",", "."), (";", ","), ("\t", ".")])
    rows = [luck.choice([["listener", "source", "weight"], ["Listener", "Source", "WEIGHT"]])]
    for index, name in enumerate(names):
        for step in {1, luck.randint(1, max(len(names) - 1, 1))}:
            weight = str(luck.choice([1, 0.5, 3e-5, 1e9])).replace(".", comma)
            rows.append([name, names[(index + step) % len(names)], weight])
    if luck.random() < 0.3:
        row = rows[luck.randrange(len(rows))]
        row[luck.randrange(3)] = luck.choice(
            ["", "nan", "-1", "1e300", "Nowhere", 'a "quote', "x" * 9]
        )
    if luck.random() < 0.1:
        rows.append(list(luck.choice(rows)))
    text = luck.choice(["\n", "\r\n"]).join(
        separator.join(f'"{cell}"' if separator in cell else cell for cell in row) for row in rows
    )
    data = text.encode(luck.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    if luck.random() < 0.1:
        at = luck.randrange(len(data))
        data = data[:at] + bytes([luck.randrange(256)]) + data[at + luck.randint(0, 9) :]
    return data


def offer(luck: random.Random, months: int, names: list[str]) -> Value:
    """Draw an offer."""
    found: Value = {
        "opens": month(luck, months),
        "owner": luck.choice(["central", "sector", "peer"]),
        "needs_procurement": luck.choice(["no", "use", "yes"]),
        "pilot": luck.random() < 0.3,
        "initial_members": luck.choice([0.0, 0.3, 2, some(luck, names), 0.999]),
        "scope": scope(luck, names),
    }
    if luck.random() < 0.3:
        found["opens"], found["launched"] = "2018-08", month_text(START + luck.randint(0, 3))
    if luck.random() < 0.2:
        found["stream"] = luck.randint(0, 1000)
    return found


def team(luck: random.Random, months: int, names: list[str]) -> Value:
    """Draw a team."""
    found: Value = {
        "targeting": luck.choice(
            ["in_turn", "largest", "best_connected", "neighbours_of_members", "most_receptive"]
        ),
        "scope": scope(luck, names),
    }
    if luck.random() < 0.3:
        found["starts"], found["ends"] = sorted((month(luck, months), month(luck, months)))
    return found


def event(luck: random.Random, months: int, offers: list[str], names: list[str]) -> Value:
    """Draw something that happens."""
    changes: list[Value] = [
        {},
        {"push": {"visits_per_month": luck.choice([0.0, 4.0, 1e5])}},
        {"push": {"visits_per_council_per_year": 2.0}},
        {"push": {"teams": {"late": {"visits_per_month": 3.0}}}},
        {"push": {"mandate": {"starts": month(luck, months)}}},
        {"climate": {"incident_rate_per_month": 1.0, "austerity_per_year": -0.5}},
        {"climate": {"incident_growth_per_year": luck.choice([2.0, -0.5])}},
    ]
    if offers:
        name = luck.choice(offers)
        changes += [
            {"offers": {name: {"scope": scope(luck, names)}}},
            {"offers": {name: {"depth": luck.random(), "needs_procurement": "yes"}}},
            {"offers": {name: {"addressed_share": luck.choice([0.001, 1.0])}}},
        ]
    return {
        "date": month(luck, months),
        "change": luck.choice(changes),
        "breach": luck.choice([[], [], some(luck, names)]),
    }


def scenario(luck: random.Random, months: int, files: dict[str, bytes]) -> Value:
    """Draw a scenario."""
    choice = councils(luck)
    names = names_of(choice)
    offers = {
        name: offer(luck, months, names)
        for name in luck.sample(["one", "two", "three"], k=luck.choice([0, 1, 1, 1, 2, 3]))
    }
    found: Value = {
        "councils": choice,
        "offers": offers,
        "push": team(luck, months, names),
        "network": network(luck, files, choice) if luck.random() < 0.7 else {},
        "events": [
            event(luck, months, list(offers), names) for _ in range(luck.choice([0, 0, 1, 2]))
        ],
    }
    if luck.random() < 0.3:
        found["push"]["teams"] = {"second": team(luck, months, names) | {"visits_per_month": 2.5}}
    if luck.random() < 0.3:
        found["push"]["mandate"] = {"starts": month(luck, months), "scope": scope(luck, names)}
    if luck.random() < 0.3:
        found["push"]["review_months"] = luck.randint(1, months + 2)
    whole = Scenario(offers={name: {"opens": START} for name in offers})  # type: ignore[misc]
    numeric = {
        setting: kind
        for setting, kind in numeric_settings(whole).items()
        if setting.split(".")[0] in ("offers", "push", "climate", "behaviour", "traits")
        and not setting.endswith(("stream", "review_months", "initial_members"))
    }
    for setting in luck.sample(sorted(numeric), k=luck.choice([0, 3, 10, 40])):
        put(found, setting.split("."), a_number(luck, setting, numeric[setting]))
    if "visits_per_month" in found["push"]:
        found["push"].pop("visits_per_council_per_year", None)
    return found


def put(table: Value, path: list[str], value: Any) -> None:
    """Set a value in tables of tables."""
    for key in path[:-1]:
        table = table.setdefault(key, {})
    table[path[-1]] = value


# ---------------------------------------------------------------- whole files


def made_up(luck: random.Random) -> Case:
    """Draw a whole experiment."""
    months, files = luck.randint(6, 12), dict[str, bytes]()
    names = ["a", "b", "c"][: luck.choice([1, 1, 2, 3])]
    scenarios = {name: scenario(luck, months, files) for name in names}
    if len(names) > 1 and luck.random() < 0.5:
        scenarios["b"] = {"based_on": "a", "behaviour": {"intercept": 1.0}}
        put(scenarios["b"], ["push", "codesign"], luck.random())
        put(scenarios["b"], ["climate", "severe_share"], luck.random())
    shown = sorted(luck.sample(range(1, months + 2), k=2))
    whole: Value = {
        "title": "A made-up experiment",
        "question": "Does it go through?",
        "horizon": {"starts": month_text(START), "ends": month_text(START + months - 1)},
        "seeds": {"count": luck.choice([1, 2]), "first": luck.choice([0, 1, 7, 2**62])},
        "outcomes": {"months_since_opening": shown, "headline_months": luck.choice(shown)},
        "parameters": {"source": luck.choice(["posterior", "prior", "point"])},
        "sensitivity": {"seeds": 2 if luck.random() < 0.01 else 0},
        "ideas": {"seeds": 2 if luck.random() < 0.05 else 0},
        "levers": {"seeds": 2 if luck.random() < 0.02 else 0},
        "supply": {"seeds": 2 if luck.random() < 0.05 else 0},
        "scenarios": scenarios,
    }
    if luck.random() < 0.3:
        setting, values = luck.choice(
            [
                ("push.codesign", [0.0, 0.5, 1.0]),
                ("push.visits_per_month", [0.0, 3.0]),
                ("offers.one.depth", [0.1, 0.9]),
                ("offers.one.addressed_share", [0.001, 1.0]),
                ("network.degree", [2.0, 4.0, 30.0]),
                ("network.national_contacts", [0.0, 4.0]),
                ("councils.synthetic", [5.0, 9.0]),
                ("councils.draw", [2.0, 4.0]),
                ("push.codesign", [0.5, 0.5]),
            ]
        )
        whole["curves"] = {
            "along": {"setting": setting, "values": values, "scenarios": names, "seeds": 2}
        }
        if luck.random() < 0.4:
            whole["curves"]["along"]["group"] = luck.choice(
                ["Scotland", "Synthetic", "one", "Fife"]
            )
    if len(names) > 1 and luck.random() < 0.4:
        whole["explain"] = {
            "why": {
                "from": "a",
                "to": "b",
                "outcome": luck.choice(["joined_share_end", "net_saving_total_gbp_m", "passed"]),
                "groups": {"Push": ["push"], "World": [luck.choice(["climate", "councils"])]},
            }
        }
    if luck.random() < 0.15:
        wreck(luck, whole)
    return Case(written(whole), files)


def shipped(luck: random.Random) -> Case:
    """Change an experiment that comes with the project: few councils, few months, then anything."""
    path = luck.choice(EXPERIMENTS)
    whole = tomllib.loads(path.read_text(encoding="utf-8"))
    months = luck.randint(6, 12)
    whole["horizon"] = {"starts": "2018-05", "ends": month_text(START + months - 1)}
    whole["seeds"] = {"count": luck.choice([1, 2])}
    whole["outcomes"] = {"months_since_opening": [3, 6], "headline_months": 6}
    whole["sensitivity"] = {"seeds": 0}
    whole["ideas"] = {"seeds": 0}
    whole["supply"] = {"seeds": 0}
    kept = luck.sample(sorted(whole["scenarios"]), k=min(2, len(whole["scenarios"])))
    for name in kept:  # what they are based on comes along
        below = whole["scenarios"][name].get("based_on")
        if below in whole["scenarios"] and below not in kept:
            kept.append(below)
    whole["scenarios"] = {name: whole["scenarios"][name] for name in kept}
    choice = councils(luck)
    for name in kept:
        table = whole["scenarios"][name]
        table["councils"] = choice
        if luck.random() < 0.95:
            table.pop("events", None)
        library = load_programmes().table.get(table.get("programme", ""), {})
        for offered in library.get("offers", {}):
            put(table, ["offers", offered, "opens"], "2018-05")
            put(table, ["offers", offered, "launched"], "2018-05")
        for inside in table.get("offers", {}).values():
            for key in {"opens", "launched"} & inside.keys():
                inside[key] = "2018-05"
            if luck.random() < 0.8:
                inside.pop("scope", None)
    if luck.random() < 0.8:
        for key in ("curves", "explain", "together", "base", "levers"):
            whole.pop(key, None)
    if luck.random() < 0.6:
        wreck(luck, whole)
    return Case(written(whole))


def wreck(luck: random.Random, table: Value) -> None:
    """Replace, drop or copy something anywhere in a file."""
    places: list[tuple[Any, Any]] = []

    def look(part: Any) -> None:
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            places.append((part, key))
            if isinstance(value, dict | list):
                look(value)

    look(table)
    for _ in range(luck.choice([1, 1, 2, 5])):
        part, key = luck.choice(places)
        if isinstance(part, list):
            if key < len(part):
                part[key] = copy.deepcopy(luck.choice([strange(luck), part[0]]))
            continue
        if key not in part:
            continue
        action = luck.random()
        if action < 0.2:
            del part[key]
        elif action < 0.3:
            part[f"{key}_"] = copy.deepcopy(part[key])
        elif isinstance(part[key], float) and action < 0.7:
            part[key] = luck.choice([0.0, 1.0, -part[key], part[key] * 10, SMALLEST])
        else:
            part[key] = strange(luck)


def written(table: Value) -> str:
    """Write tables as TOML: plain values first, as tables end where the next begins."""
    lines: list[str] = []

    def write(inside: Value, path: tuple[str, ...]) -> None:
        if path:
            lines.append(f"[{toml_key(path)}]")
        tables = {key: value for key, value in inside.items() if isinstance(value, dict)}
        lines.extend(
            f"{toml_key([key])} = {toml_value(value)}"
            for key, value in inside.items()
            if key not in tables
        )
        for key, value in tables.items():
            write(value, (*path, key))

    write(table, ())
    return "\n".join(lines) + "\n"


def case(seed: int, number: int) -> Case:
    """Make a case from the seed and its number alone."""
    luck = random.Random(f"{seed} {number}")
    make: Callable[[random.Random], Case] = luck.choice([made_up, made_up, shipped])
    return make(luck)


# ---------------------------------------------------------------- what must hold


def examine(one: Case, folder: Path, *, findings: bool = True) -> str:
    """Check that a case is refused, or that both engines run all of it alike.

    Parameters
    ----------
    one
        The case.
    folder
        Where its files are put.
    findings
        Whether findings are made as well, which takes as long as all runs.

    Returns
    -------
    str
        "refused" or "valid".

    Raises
    ------
    Exception
        Whatever is not as it should be.
    """
    for name, data in one.files.items():
        (folder / name).write_bytes(data)
    path = folder / "case.toml"
    path.write_text(one.text, encoding="utf-8")
    try:
        experiment = load_experiment(path)
    except BadInput as error:
        told = str(error)
    else:
        told = ""
    if told:
        return "refused"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fast, readable = (run(experiment, engine) for engine in ("compiled", "mesa"))
        for results in (fast, readable):
            for failed in results.failed.itertuples():
                raise AssertionError(f"{failed.point}, seed {failed.seed}: {failed.error}")
        assert_same_results(fast, readable, TABLES)
        assert_bounded(fast)
        if findings:
            find(fast)
    return "valid"


def run(experiment: Experiment, engine: Any) -> Results:
    """Run a whole experiment in this process."""
    return simulate(experiment, out=None, workers=1, engine=engine, progress=Recorder())


def assert_bounded(results: Results) -> None:
    """No number of any table is infinite or absurd; a missing one is missing."""
    for name in TABLES:
        table = getattr(results, name)
        for column in table.select_dtypes("number"):
            values = table[column].to_numpy(dtype=float)
            if column == "seed":
                continue
            worst = np.abs(values[~np.isnan(values)]).max(initial=0.0)
            assert worst < BOUND, f"{name}.{column}: {worst}"


def campaign(count: int, seed: int, *, first: int = 0) -> tuple[Counter[str], dict[int, str]]:
    """Try many cases; return how many there were of each kind, and what is wrong by number."""
    kinds: Counter[str] = Counter()
    faults: dict[int, str] = {}
    for number in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder:
            try:
                kinds[examine(case(seed, number), Path(folder), findings=number % 4 == 0)] += 1
            except Exception:
                kinds["faulty"] += 1
                faults[number] = traceback.format_exc()
    return kinds, faults


def main() -> int:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", type=int, help="number of one case, which is shown")
    asked = parser.parse_args()
    if asked.only is not None:
        print(case(asked.seed, asked.only).text)
    first, count = (0, asked.count) if asked.only is None else (asked.only, 1)
    kinds, faults = campaign(count, asked.seed, first=first)
    for number, told in faults.items():
        print(f"--- case {number}\n{told}")
    print(", ".join(f"{kinds[kind]} {kind}" for kind in ("valid", "refused", "faulty")))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
