"""Numbers as settings take them, for tests of properties."""

from __future__ import annotations

from hypothesis import strategies as st

from sim.settings.limits import SMALLEST


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers from low to high; what is too near to 0 for a setting is 0."""
    return st.floats(low, high).map(lambda value: 0.0 if abs(value) < SMALLEST else value)
