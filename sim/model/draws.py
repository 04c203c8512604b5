"""Random numbers as a pure function of (seed, purpose, month, council, item).

There is no generator and no state: a number is looked up, not drawn in turn. The block of
four 32-bit words that belongs to an address is Philox 4x32-10 of a counter built from that
address and a key built from the seed (Salmon et al., "Parallel random numbers: as easy as
1, 2, 3", SC11, 2011). Hence the same council has the same luck in every scenario and in
every subset of councils, and adding a draw in one place changes no other.

The arithmetic uses unsigned 64-bit products and masks only, so that one function serves
Python integers, NumPy arrays and compiled code, with equal bits.
"""

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MASK = 0xFFFFFFFF
MULTIPLIER_0 = 0xD2511F53
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85
HALF = 32
WORD_TO_UNIT = 1.0 / 4294967296.0

MAX_SEED = 2**63 - 1


class Purpose(IntEnum):
    """What a block of draws is for; each purpose has its own luck.

    The numbers are part of the results: never reuse or renumber one.
    """

    TRAITS = 1  # a council: autonomy, contract length, contract phase, place in the call list
    PRESSURE = 2  # a council and a year: how its budget pressure moved
    TASTE = 3  # a council and an offer: lasting taste, realised ratio, initial membership
    INCIDENT = 4  # a council and a month: struck, severe, cost
    SPREAD = 5  # a council, a month and an offer: reached by others' breaches, severe, cost
    MEMBERSHIP = 6  # a council, a month and an offer: attention, decision, abandoning, leaving
    CONTACT = 7  # a council and another: do they meet nationally
    SAMPLE = 8  # a council: is it in this seed's fresh draw of councils
    OPENING = 9  # an offer: does it ever open, and how long after its announcement


def philox(
    counter_0: Any, counter_1: Any, counter_2: Any, counter_3: Any, key_0: Any, key_1: Any
) -> Any:
    """Philox 4x32 with ten rounds.

    Parameters
    ----------
    counter_0, counter_1, counter_2, counter_3, key_0, key_1
        Words below 2**32, as Python integers or as unsigned 64-bit arrays of one shape.

    Returns
    -------
    tuple
        Four words below 2**32, of the type put in.
    """
    for _ in range(10):
        product_0 = counter_0 * MULTIPLIER_0
        product_1 = counter_2 * MULTIPLIER_1
        counter_0, counter_1, counter_2, counter_3 = (
            (product_1 >> HALF) ^ counter_1 ^ key_0,
            product_1 & MASK,
            (product_0 >> HALF) ^ counter_3 ^ key_1,
            product_0 & MASK,
        )
        key_0 = (key_0 + WEYL_0) & MASK
        key_1 = (key_1 + WEYL_1) & MASK
    return counter_0, counter_1, counter_2, counter_3


def unit(word: Any) -> Any:
    """Turn a 32-bit word into a number strictly between 0 and 1 (exact in double precision)."""
    return (word + 0.5) * WORD_TO_UNIT


def uniforms(
    seed: int, purpose: Purpose, month: int, council: npt.ArrayLike, item: npt.ArrayLike = 0
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Four uniform numbers for each of many councils at once.

    Parameters
    ----------
    seed
        0 to 2**63 - 1.
    purpose
        What the numbers are for.
    month
        Calendar month as year * 12 + month - 1; 0 where the draw does not depend on time.
    council, item
        Fixed numbers of councils and of offers or other councils; broadcast together.

    Returns
    -------
    tuple of four arrays
        Strictly between 0 and 1, in the broadcast shape of `council` and `item`.
    """
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"a seed is a whole number from 0 to {MAX_SEED}, not {seed}")
    council, item = np.broadcast_arrays(
        np.asarray(council, dtype=np.uint64), np.asarray(item, dtype=np.uint64)
    )
    words = philox(
        np.full(council.shape, month, dtype=np.uint64),
        council,
        item,
        np.full(council.shape, int(purpose), dtype=np.uint64),
        seed & MASK,
        seed >> 32,
    )
    return tuple(unit(word) for word in words)
