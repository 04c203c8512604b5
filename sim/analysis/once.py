"""What several findings start from, made once for the results that they are about."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from sim.runs.results import Results

Made = TypeVar("Made")


def once(make: Callable[[Results], Made]) -> Callable[[Results], Made]:
    """Keep what a function makes of results, as long as these are in use; nobody may change it."""
    known: WeakKeyDictionary[Results, Made] = WeakKeyDictionary()

    @wraps(make)
    def made(results: Results) -> Made:
        if results not in known:
            known[results] = make(results)
        return known[results]

    return made
