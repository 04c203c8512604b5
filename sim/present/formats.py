"""Numbers as readers see them: each format has a name, by which pages refer to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sim.analysis.probability_words import frequency, words
from sim.files.words import plural
from sim.present.words import month_name, span_words

NOTHING = "–"  # what stands where there is no number


def percent(value: float) -> str:
    """Write a share as a whole percentage; small ones are not rounded to nothing."""
    if not math.isfinite(value):
        return NOTHING
    if 0 < abs(value) <= 0.005:
        return "under 1%"
    whole = math.floor(abs(100 * value) + 0.5)  # halves go up, as readers round
    return f"{'−' if value < 0 and whole else ''}{whole:,}%"


def percent_bare(value: float) -> str:
    """Write a share as a percentage without its sign, as the first of a range."""
    return percent(value).removesuffix("%")


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign; small ones to a tenth."""
    if not math.isfinite(difference):
        return NOTHING
    size = 100 * difference
    figure = f"{size:+.1f}" if abs(size) < 9.95 else f"{size:+.0f}"
    return "0" if figure in ("+0.0", "-0.0") else figure.replace("-", "−")


def hundredths(share: float) -> str:
    """Write a share, or how large a difference is, in whole hundredths and without a sign."""
    return f"{abs(100 * share):.0f}" if math.isfinite(share) else NOTHING


def gbp_m(value: float) -> str:
    """Write £m as in a sentence."""
    if not math.isfinite(value):
        return NOTHING
    size = abs(value)
    number = f"{size:,.0f}" if size >= 9.95 else f"{size:,.1f}"
    if float(number.replace(",", "")) == 0.0:
        return "£0"
    return f"{'−' if value < 0 else ''}£{number}m"


def gbp_thousand(value: float) -> str:
    """Write £m as pounds, for sums of one council."""
    thousands = round(abs(value) * 1000)
    if thousands == 0:
        return "£0"
    return f"£{thousands:,},000" if thousands < 1000 else f"£{thousands / 1000:,.1f}m"


def plain_number(value: float) -> str:
    """Write a number with no more digits than it needs."""
    text = f"{abs(value):,.3g}" if abs(value) < 1000 else f"{abs(value):,.0f}"
    return ("−" if value < 0 else "") + text


def count(value: float) -> str:
    """Write a whole number."""
    whole = round(value)
    return f"{'−' if whole < 0 else ''}{abs(whole):,}"


# A format takes the value of a cell that is not missing. A new one needs a line here.
FORMATS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "percent": percent,
        "percent_bare": percent_bare,
        "points": points,
        "hundredths": hundredths,
        "points_plain": lambda value: f"{100 * value:.3g}",
        "gbp_m": gbp_m,
        "gbp_thousand": gbp_thousand,
        "count": count,
        "months": lambda value: plural(round(value), "month"),
        "span": lambda value: span_words(round(value)),
        "plain": plain_number,
        "signed": lambda value: ("+" if value > 0 else "") + plain_number(value),
        "month": month_name,
        "frequency": frequency,
        "likelihood": words,
    }
)
