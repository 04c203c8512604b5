"""Section A: the whole model, against the least that any program of its kind must do."""

from __future__ import annotations

import ctypes
from functools import partial

import numpy as np

from sim.model.draws import Purpose
from sim.model.engine import run_compiled
from sim.model.mesa_model import run_mesa
from sim.model.world import World
from tests.benchmarks.c_code import FOR_THIS_MACHINE, OPTIMISED, library
from tests.benchmarks.racing import Contestant, Run, race
from tests.benchmarks.report import spread, table
from tests.benchmarks.setting import beacon, experiment

TITLE = "The model"


def look_up_blocks(world: World, seed: int, flags: tuple[str, ...] = OPTIMISED) -> int:
    """Look up, in C, the draws of every council and month of one seed; returns them folded."""
    blocks = library("blocks", flags).blocks
    blocks.restype = ctypes.c_uint32
    number = world.councils.number.astype(np.uint32)
    folded: int = blocks(
        ctypes.c_uint64(seed),
        ctypes.c_uint32(world.first_month),
        ctypes.c_uint32(world.months),
        ctypes.c_void_p(number.ctypes.data),
        ctypes.c_uint32(len(number)),
        ctypes.c_uint32(len(world.offer_names)),
        ctypes.c_uint32(Purpose.INCIDENT),
        ctypes.c_uint32(Purpose.MEMBERSHIP),
    )
    return folded


def in_c(seeds: range, flags: tuple[str, ...]) -> Run:
    """Get the C loop ready."""
    world = beacon()
    library("blocks", flags)
    return lambda: [look_up_blocks(world, seed, flags) for seed in seeds]


def compiled(seeds: range) -> Run:
    """Get the compiled engine ready."""
    return partial(run_compiled, beacon(), seeds)


def in_mesa(seeds: range) -> Run:
    """Get the Mesa model ready."""
    return partial(run_mesa, beacon(), experiment().horizon, seeds)


def section(rounds: int, quick: bool) -> str:
    """Time the engines and the loop in C."""
    world = beacon()
    future = len(world.councils) * world.months
    many, one = range(1, 3 if quick else 51), range(1, 2)
    contestants = [
        Contestant("C, draws only (-O2)", future * len(many), partial(in_c, many, OPTIMISED)),
        Contestant(
            "C, draws only (-O3 -march=native)",
            future * len(many),
            partial(in_c, many, FOR_THIS_MACHINE),
        ),
        Contestant("compiled engine, one thread", future * len(many), partial(compiled, many)),
        Contestant("Mesa model", future, partial(in_mesa, one)),
    ]
    laps = race(contestants, rounds)
    floor, _, engine, mesa = laps
    rows = [
        (
            lap.name,
            spread(lap.ns, lap.absent),
            spread(lap.ratio_to(floor)),
            spread(lap.ratio_to(engine)),
        )
        for lap in laps
    ]
    return "\n\n".join(
        [
            f"Scenario `beacon`: {len(world.councils)} councils, {world.months} months; "
            f"{len(many)} seeds a call, one for Mesa. Draws only: the Philox blocks that the "
            "model looks up, two for each council and month.",
            table(("", "ns per council-month", "times the C loop (-O2)", "times the engine"), rows),
            f"Engine / C: {spread(engine.ratio_to(floor))}. "
            f"Mesa / engine: {spread(mesa.ratio_to(engine))}.",
        ]
    )
