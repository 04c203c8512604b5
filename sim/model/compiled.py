"""The rules and the draws once more, compiled with Numba."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numba
import numpy as np

from sim.model.code_cache import keep

# Inlined by force, so that draws of many councils are made at once.
INLINED = ("philox", "unit")

# As in NumPy, nothing is raised when dividing by zero (the rules guard against it); and memory is
# never allocated, so that nobody need count who refers to an array.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
# What only compiled code calls.
INNER = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
Function = Callable[..., Any]
njit: Any = numba.njit  # whose stubs do not know all options


def function_of(function: Function) -> Any:
    """Compile a function of its own."""
    return njit(function, **INNER)


def step_of(function: Function) -> Any:
    """Compile a function into its callers, where its arguments need not be copied."""
    return njit(function, forceinline=True, **INNER)


def entry_of(function: Function) -> Any:
    """Compile a function that Python calls, in any thread, and keep the compiled code."""
    return keep(njit(function, nogil=True, **OPTIONS))


def code_for(entry: Any, *arguments: object) -> Function:
    """Return the compiled code of an entry for arguments of these types, compiling it if need be.

    Called by itself it takes them as they are, where `entry` would look at the type of each array
    anew: that takes as long as some months of a run.
    """
    code: Function = entry.compile(tuple(map(numba.typeof, arguments)))
    return code


def _compiled_copy(name: str, **constants: object) -> types.ModuleType:
    """Make a second copy of a module in which every function is compiled.

    Functions find each other by name when they are first called, so the copies call copies.
    """
    path = Path(str(files("sim.model").joinpath(f"{name}.py")))
    copy = types.ModuleType(f"sim._compiled_{name}")
    copy.__file__ = str(path)
    sys.modules[copy.__name__] = copy  # where Numba's cache looks it up again
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), copy.__dict__)
    copy.__dict__.update(constants)
    for key, value in list(vars(copy).items()):
        if isinstance(value, types.FunctionType) and value.__module__ == copy.__name__:
            setattr(copy, key, (step_of if key in INLINED else function_of)(value))
    return copy


rules = _compiled_copy("rules")
# In compiled code a plain 32 would be signed, and signed and unsigned words do not mix.
draws = _compiled_copy(
    "draws",
    **{
        name: np.uint64(value)
        for name, value in {
            "MASK": 0xFFFFFFFF,
            "HALF": 32,
            "MULTIPLIER_0": 0xD2511F53,
            "MULTIPLIER_1": 0xCD9E8D57,
            "WEYL_0": 0x9E3779B9,
            "WEYL_1": 0xBB67AE85,
        }.items()
    },
)
