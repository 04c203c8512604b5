"""Probabilities and shares in words, one phrase for one probability."""

from __future__ import annotations

import math
from typing import NamedTuple


class Yardstick(NamedTuple):
    """A row of the table of words: used from `low` to `high`, published for `published`."""

    words: str
    low: float
    high: float
    published: str


# The Probability Yardstick of the UK's Professional Head of Intelligence Assessment leaves gaps
# between its ranges. A probability in a gap takes the word of the range nearer to even chances,
# so that no word claims more than the yardstick lets it. Ends belong to the outer word below
# even chances (5 % is a remote chance) and above (95 % is almost certain).
YARDSTICK = (
    Yardstick("a remote chance", 0.0, 0.05, "0-5 %"),
    Yardstick("highly unlikely", 0.05, 0.20, "10-20 %"),
    Yardstick("unlikely", 0.20, 0.35, "25-35 %"),
    Yardstick("a realistic possibility", 0.35, 0.55, "40-50 %"),
    Yardstick("likely", 0.55, 0.80, "55-75 %"),
    Yardstick("highly likely", 0.80, 0.95, "80-90 %"),
    Yardstick("almost certain", 0.95, 1.0, "95-100 %"),
)


def _checked(share: float) -> float:
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"a probability or share lies between 0 and 1, not at {share}")
    return round(share, 9)  # 1 - 0.95 is meant as 0.05


def words(probability: float) -> str:
    """Put a probability in the words of `YARDSTICK`; 'not known' if it is missing."""
    if math.isnan(probability):
        return "not known"
    p = _checked(probability)
    for row in YARDSTICK:
        if p < row.high or (p == row.high and row.high < 0.5):
            return row.words
    return YARDSTICK[-1].words


def words_within(probability: float, low: float, high: float) -> str:
    """Put a probability in one phrase, or in two where its interval reaches over more than two.

    6 %, between 3 and 8 %, is 'highly unlikely'; 6 %, between 1 and 30 % as of few futures, is
    'between a remote chance and unlikely'.
    """
    names = [row.words for row in YARDSTICK]
    first, last = words(low), words(high)
    if first in names and last in names and names.index(last) - names.index(first) > 1:
        return f"between {first} and {last}"
    return words(probability)


def frequency(share: float) -> str:
    """Put a share as a count out of ten that readers can picture: 'about 3 in 10'.

    One base throughout, so that two figures compare at a glance; the ends, where tenths are too
    coarse, are counted in twentieths.
    """
    if math.isnan(share):
        return "not known"
    p = _checked(share)
    ends = (
        (p == 0.0, "none"),
        (p < 0.05, "fewer than 1 in 20"),
        (p < 0.075, "about 1 in 20"),
        (p == 1.0, "all"),
        (p > 0.95, "nearly all"),
        (p > 0.925, "about 19 in 20"),
        (0.45 <= p < 0.55, "about half"),
    )
    for holds, text in ends:
        if holds:
            return text
    tenths = min(max(math.floor(p * 10.0 + 0.5 + 1e-9), 1), 9)
    return f"about {tenths} in 10"
