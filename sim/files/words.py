"""Counts and lengths of time in words."""

from collections.abc import Sequence


def plural(count: int, noun: str) -> str:
    """Write a count with its noun."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def duration(seconds: float) -> str:
    """Write a length of time in words."""
    if seconds < 90:
        return plural(max(round(seconds), 1), "second")
    if seconds < 5400:
        return plural(round(seconds / 60), "minute")
    return f"{seconds / 3600:.1f} hours"


def listed(words: Sequence[str]) -> str:
    """Write a list as prose."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
