"""Which engine runs a simulated future: the one place that decides.

Both give the same results to the last bit (tests/test_engine.py): ``compiled`` is fast,
``mesa`` is the reference that anyone can read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from sim.record import Record
from sim.settings import Horizon
from sim.world import World

Engine = Literal["compiled", "mesa"]


def run_futures(
    world: World,
    horizon: Horizon,
    seeds: Sequence[int],
    engine: Engine,
    *,
    with_states: bool = False,
) -> Record:
    """Run one simulated future of a world for each seed."""
    if engine == "mesa":
        from sim.model import run_mesa

        return run_mesa(world, horizon, seeds, with_states=with_states)
    from sim.engine import run_compiled

    return run_compiled(world, seeds, with_states=with_states)


def get_ready(engine: Engine, say: Callable[[str], object]) -> None:
    """Compile what an engine needs; say so where it was not compiled before."""
    if engine == "compiled":
        from sim.engine import compile_now, is_compiled

        if not is_compiled():
            say("Compiling the model (once, about half a minute)")
        compile_now()
