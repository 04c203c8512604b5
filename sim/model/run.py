"""The two engines behind one function.

Both give the same results to the last bit (tests/model/test_engine.py): ``compiled`` is fast,
``mesa`` is the reference that anyone can read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from sim.model.record import Record
from sim.model.world import World
from sim.settings import Horizon

Engine = Literal["compiled", "mesa"]
# What one may ask for; which engine that is, `sim.experiment.plan.choose_engine` decides.
Wanted = Literal["auto", "compiled", "mesa"]


def run_futures(
    worlds: World | Sequence[World],
    horizon: Horizon,
    seeds: Sequence[int],
    engine: Engine,
    *,
    with_states: bool = False,
) -> Record:
    """Run one simulated future for each seed.

    Parameters
    ----------
    worlds
        The world of all, or one for each seed that differ in behaviour only.
    horizon
        Which months are simulated.
    seeds
        Seeds of the futures, one each.
    engine
        Which one runs them.
    with_states
        Also keep every council's status with its reason, and the breaches, of every month.
    """
    if engine == "mesa":
        from sim.model.mesa_model import run_mesa

        return run_mesa(worlds, horizon, seeds, with_states=with_states)
    from sim.model.engine import run_compiled

    return run_compiled(worlds, seeds, with_states=with_states)


def get_ready(engine: Engine, say: Callable[[str], object]) -> None:
    """Compile what an engine needs; say so where it was not compiled before."""
    if engine == "compiled":
        from sim.model.engine import compile_now

        if not is_compiled():
            say("Compiling the model: once, some 40 seconds to a minute on one core.")
        compile_now()


def is_compiled() -> bool:
    """Is there compiled code of the model already? Answered without loading the compiler."""
    from sim.model.code_cache import has_cache

    return has_cache("play")
