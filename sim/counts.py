"""Counts and lengths of time in words."""


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
