"""Runs that are made to fail, whichever engine does them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from sim.model import run as engines
from sim.model.laid_out import LaidOut


def make_fail(patch: pytest.MonkeyPatch, seeds: Collection[int]) -> None:
    """Let the runs of these seeds fail, in this process; those that the collection has then."""
    compiled, readable = LaidOut.run, engines.run_futures

    def check(those: Collection[int]) -> None:
        if {*seeds}.intersection(those):
            raise ZeroDivisionError("made to fail")

    def run_laid_out(laid: LaidOut, those: Any, *more: Any) -> None:
        check(those.tolist())
        compiled(laid, those, *more)

    def run_futures(worlds: Any, horizon: Any, those: Any, *more: Any) -> Any:
        check(those)
        return readable(worlds, horizon, those, *more)

    patch.setattr(LaidOut, "run", run_laid_out)
    patch.setattr(engines, "run_futures", run_futures)
