"""What an interval of a difference lets one say, in one word for pictures and text alike."""

from __future__ import annotations

import math
from typing import Literal

Verdict = Literal["equal", "hardly differs", "higher", "lower", "cannot be told", "not known"]


def verdict(low: float, high: float, small: float) -> Verdict:
    """Judge a difference by its 95 % interval.

    Parameters
    ----------
    low, high
        Ends of the interval; missing where there is none, as of one future.
    small
        A difference that matters to nobody, at least 0.

    Returns
    -------
    str
        "equal" if no future differs, "hardly differs" if the whole interval is within `small` of
        zero, "higher" or "lower" if it is clear of zero, "cannot be told" if it is neither, and
        "not known" without an interval.
    """
    if math.isnan(low) or math.isnan(high):
        return "not known"
    if low == high == 0.0:
        return "equal"
    if -small <= low and high <= small:
        return "hardly differs"
    if low > 0.0:
        return "higher"
    return "lower" if high < 0.0 else "cannot be told"
