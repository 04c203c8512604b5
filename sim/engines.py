"""Which engine runs a simulated future: the one place that decides.

Both give the same results to the last bit (tests/test_engine.py): ``compiled`` is fast,
``mesa`` is the reference that anyone can read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from sim.record import Record
from sim.settings import Horizon
from sim.world import World

Engine = Literal["compiled", "mesa"]


def run_future(world: World, horizon: Horizon, seed: int, engine: Engine) -> Record:
    """Run one simulated future of a world."""
    if engine == "mesa":
        from sim.model import PlatformModel

        model = PlatformModel(world.scenario, horizon, seed, world)
        model.run_model()
        return model.record
    from sim.engine import run_compiled

    return run_compiled(world, seed)


def get_ready(engine: Engine, say: Callable[[str], object]) -> None:
    """Compile what an engine needs, once for all processes that come after."""
    if engine == "compiled":
        from sim.engine import compile_now, is_compiled

        if not is_compiled():
            say("Compiling the model: about half a minute, once after each change of it.")
        compile_now()
