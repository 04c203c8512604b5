"""The contestants of the benchmarks do the same thing; nothing here is timed."""

from __future__ import annotations

import functools
import operator
import os
import re
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from sim.model.draws import Purpose, philox
from tests.benchmarks import main_experiment, rule_c, rule_numba, rule_numpy, starts
from tests.benchmarks.c_code import FOR_THIS_MACHINE, OPTIMISED
from tests.benchmarks.racing import Absent, Contestant, Run, race
from tests.benchmarks.report import (
    BEGIN,
    END,
    spread,
    table,
    with_section,
    write_between_markers,
)
from tests.benchmarks.rule import Problem, Runner, make_problem, shared_draws
from tests.benchmarks.setting import beacon, made_up_world
from tests.benchmarks.the_model import look_up_blocks
from tests.shared.folders import ROOT

pytestmark = pytest.mark.slow  # contestants are compiled

SEEDS = range(1, 9)
FRAMEWORKS = ["mesa", "agentpy", "ndlib"]
needs_c = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


@pytest.fixture(scope="module")
def problem() -> Problem:
    return make_problem(60, 24)


def runner_of(package: str, function: str = "run") -> Runner:
    pytest.importorskip(package)
    runner: Runner = getattr(import_module(f"tests.benchmarks.rule_{package}"), function)
    return runner


# ---------------------------------------------------------------- the rule


def by_hand(problem: Problem, seed: int) -> list[int]:
    """The rule written once more, as plainly as can be, with the draws of compiled code."""
    joined = [council in problem.first for council in range(len(problem))]
    curve = []
    for month in range(problem.months):
        luck = shared_draws(problem, [seed], month)[:, 0]
        before = list(joined)
        for council in range(len(problem)):
            ties = slice(*problem.ties.start[council : council + 2])
            sources, weights = problem.ties.source[ties], problem.ties.weight[ties]
            heard = sum(w for s, w in zip(sources, weights, strict=True) if before[s])
            over = max(0.0, heard / weights.sum() - problem.threshold[council])
            joined[council] |= bool(luck[council] < problem.base + problem.pull * over)
        curve.append(sum(joined))
    return curve


def test_graph_and_ties_are_the_same_network(problem: Problem) -> None:
    ties = problem.ties
    for council in range(len(problem)):
        heard = ties.source[ties.start[council] : ties.start[council + 1]]
        assert sorted(problem.graph[council]) == sorted(heard)


def test_compiled_rule_is_the_rule(problem: Problem) -> None:
    curves = rule_numba.run(problem, SEEDS)
    assert curves.tolist() == [by_hand(problem, seed) for seed in SEEDS]


def test_numpy_gives_the_same_curves_from_the_same_draws(problem: Problem) -> None:
    curves = rule_numpy.run(problem, SEEDS, partial(shared_draws, problem, SEEDS))
    assert curves.tolist() == rule_numba.run(problem, SEEDS).tolist()


@needs_c
@pytest.mark.parametrize("flags", [OPTIMISED, FOR_THIS_MACHINE])
def test_c_gives_the_same_curves_from_the_same_draws(
    problem: Problem, flags: tuple[str, ...]
) -> None:
    seeds = [*SEEDS, 2**63 - 1]
    assert rule_c.run(problem, seeds, flags).tolist() == rule_numba.run(problem, seeds).tolist()


@pytest.mark.parametrize("stubborn", [0.5, 1.0, 1.3])
@pytest.mark.parametrize(
    ("package", "function"), [*((name, "run") for name in FRAMEWORKS), ("mesa", "run_stored")]
)
def test_frameworks_give_the_same_curve_where_nothing_is_left_to_chance(
    problem: Problem, package: str, function: str, stubborn: float
) -> None:
    certain = replace(problem.without_chance, threshold=problem.threshold * stubborn)
    expected = rule_numba.run(certain, [1]).tolist()
    assert len(set(expected[0])) > 2
    assert runner_of(package, function)(certain, [1]).tolist() == expected


@pytest.mark.parametrize("package", [*FRAMEWORKS, "numpy"])
def test_frameworks_agree_on_average_where_luck_is_their_own(
    problem: Problem, package: str
) -> None:
    ours = rule_numba.run(problem, range(1, 401))
    theirs = runner_of(package)(problem, range(1, 41))
    error = ours.std(axis=0) * np.sqrt(1 / len(ours) + 1 / len(theirs))
    assert np.all(np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 4 * error)


# ---------------------------------------------------------------- the model's draws


@needs_c
@pytest.mark.parametrize("flags", [OPTIMISED, FOR_THIS_MACHINE])
def test_c_looks_up_the_draws_of_the_model(flags: tuple[str, ...]) -> None:
    world, seed = beacon(), 2**40 + 7
    words: list[np.uint64] = []
    for month in range(world.first_month, world.first_month + world.months):
        for purpose in (Purpose.INCIDENT, Purpose.MEMBERSHIP):
            shape = len(world.councils)
            blocks = philox(
                np.full(shape, month, dtype=np.uint64),
                world.councils.number.astype(np.uint64),
                np.zeros(shape, dtype=np.uint64),
                np.full(shape, int(purpose), dtype=np.uint64),
                seed & 0xFFFFFFFF,
                seed >> 32,
            )
            words += [np.bitwise_xor.reduce(word) for word in blocks]
    assert look_up_blocks(world, seed, flags) == functools.reduce(operator.xor, words)


def test_made_up_councils_all_have_the_offer() -> None:
    world = made_up_world(40, 12)
    assert (len(world.councils), world.months) == (40, 12)
    assert world.eligible.all()
    assert world.scenario.offers["main"].shared_fate > 0
    assert made_up_world(40, 12, breaches_spread=False).scenario.offers["main"].shared_fate == 0
    assert all(team.in_scope.all() for regime in world.regimes for team in regime.teams)


# ---------------------------------------------------------------- timing and report


def absent() -> Run:
    raise Absent("not installed")


def counting(calls: list[str], name: str) -> Callable[[], Run]:
    return lambda: lambda: calls.append(name)


def test_contestants_take_turns_once_they_are_warm() -> None:
    calls: list[str] = []
    laps = race(
        [
            Contestant("a", 10, counting(calls, "a")),
            Contestant("away", 10, absent),
            Contestant("b", 10, counting(calls, "b")),
        ],
        rounds=3,
        shortest=0.0,
    )
    assert calls == ["a", "a", "b", "b", *["a", "b"] * 3]
    assert [len(lap.seconds) for lap in laps] == [3, 0, 3]
    assert [lap.absent for lap in laps] == ["", "not installed", ""]
    assert laps[1].ratio_to(laps[0]) == []
    assert spread(laps[1].ns, laps[1].absent) == "not installed"


def test_brief_calls_are_repeated() -> None:
    calls: list[str] = []
    race([Contestant("a", 1, counting(calls, "a"))], rounds=1, shortest=1e-4)
    assert len(calls) > 3


def test_table_and_spread() -> None:
    assert spread([3.0, 1.0, 2000.0]) == "3.00 (1.00–2,000)"
    assert table(("", "ns"), [("C", "7")]) == "|  | ns |\n| --- | ---: |\n| C | 7 |"


def test_only_the_text_between_the_markers_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(f"Above\n{BEGIN}\nold\n{END}\nBelow\n", encoding="utf-8")
    for _ in range(2):
        write_between_markers(path, "new")
        text = path.read_text(encoding="utf-8")
        assert text == f"Above\n{BEGIN}\n\nnew\n\n{END}\nBelow\n"
    path.write_text("No markers", encoding="utf-8")
    with pytest.raises(ValueError, match="must hold"):
        write_between_markers(path, "new")


def test_a_section_is_replaced_where_it_stands_or_put_last() -> None:
    document = "Machine\n\n### A\n\nold\n\nmore\n\n### B\n\nkept"
    assert with_section(document, "### A", "### A\n\nnew") == (
        "Machine\n\n### A\n\nnew\n\n### B\n\nkept"
    )
    assert with_section(document, "### C", "### C\n\nnew") == f"{document}\n\n### C\n\nnew"


def test_the_whole_and_its_parts_are_set_against_the_engine() -> None:
    """A small experiment: every part is clocked, and the parts make up the whole."""
    text = main_experiment.section(1, quick=True)
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")][2:]
    seconds = {row[1].strip(): float(row[2].split("(")[0].replace(",", "")) for row in rows}
    assert set(seconds) == {"**the whole**", *main_experiment.PARTS, "the rest"}
    assert min(seconds["runs and their tables"], seconds["pictures drawn"]) > 0
    whole = seconds.pop("**the whole**")
    assert sum(seconds.values()) == pytest.approx(whole, rel=0.05)


# ---------------------------------------------------------------- dependencies


def test_every_package_to_benchmark_with_has_its_reason() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    section = text.partition("## To benchmark")[2].partition("\n## ")[0]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [re.split(r"[^\w-]", entry)[0] for entry in project["optional-dependencies"]["bench"]]
    assert re.findall(r"^\| `([\w-]+)` \|", section, flags=re.MULTILINE) == wanted


@pytest.mark.skipif(os.name == "nt", reason="measures with the resource module")
def test_quick_starts_are_told_beside_pandas() -> None:
    text = starts.section(1, quick=True)
    assert "| `--help` |" in text
    # Far quicker than loading pandas, however busy the machine is.
    ratio = float(text.splitlines()[-2].split("|")[3].split("(")[0])
    assert ratio < 1
