"""Section D: a simple rule in the frameworks that a researcher might choose instead."""

from __future__ import annotations

from functools import cache, partial
from importlib import import_module

from tests.benchmarks import rule_c, rule_numba
from tests.benchmarks.c_code import FOR_THIS_MACHINE, OPTIMISED, library
from tests.benchmarks.racing import Contestant, Run, need, race
from tests.benchmarks.report import spread, table
from tests.benchmarks.rule import Problem, Runner, make_problem

TITLE = "What you would get elsewhere"


@cache
def problem() -> Problem:
    """The problem that all are given."""
    return make_problem()


def framework(package: str, seeds: range, function: str = "run") -> Run:
    """Get an implementation ready that needs a package."""
    need(package)
    run: Runner = getattr(import_module(f"tests.benchmarks.rule_{package}"), function)
    return partial(run, problem(), seeds)


def in_c(seeds: range, flags: tuple[str, ...]) -> Run:
    """Get the implementation in C ready."""
    library("threshold", flags)
    return partial(rule_c.run, problem(), seeds, flags)


def section(rounds: int, quick: bool) -> str:
    """Time the rule in every framework."""
    size = len(problem()) * problem().months
    one, some, many = range(1, 2), range(1, 101), range(1, 11 if quick else 501)
    contestants = [
        Contestant("plain C (-O2)", size * len(many), partial(in_c, many, OPTIMISED)),
        Contestant(
            "plain C (-O3 -march=native)", size * len(many), partial(in_c, many, FOR_THIS_MACHINE)
        ),
        Contestant("this project's machinery", size * len(many), partial(framework, "numba", many)),
        Contestant(
            "NumPy and a sparse matrix, all seeds at once",
            size * len(some),
            partial(framework, "numpy", some),
        ),
        Contestant("Mesa, neighbours stored", size, partial(framework, "mesa", one, "run_stored")),
        Contestant("Mesa, as its examples do it", size, partial(framework, "mesa", one)),
        Contestant("AgentPy", size, partial(framework, "agentpy", one)),
        Contestant("NDlib", size, partial(framework, "ndlib", one)),
    ]
    outside = 1.0 - rule_numba.run(problem(), many).mean() / len(problem())
    laps = race(contestants, rounds)
    ours = laps[2]
    rows = [(lap.name, spread(lap.ns, lap.absent), spread(lap.ratio_to(ours))) for lap in laps]
    return "\n\n".join(
        [
            f"A threshold rule: {len(problem())} councils with six neighbours on average (a "
            f"small-world network), {problem().months} months, all deciding at once, one thread. "
            "The set-up of a run counts; imports and compiling do not. Councils are outside for "
            f"{outside:.0%} of the months; one that has joined costs most contestants little.",
            table(("", "ns per council-month", "times this project's machinery"), rows),
        ]
    )
