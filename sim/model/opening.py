"""When an announced offer opens to councils, if it ever does: drawn by each future for itself."""

from __future__ import annotations

import math

from sim.model.draws import Purpose, uniforms
from sim.model.rules import normal_quantile
from sim.settings import Offer, Scenario, Supply, month_number

# Stands for never: the last month that a file can name. No horizon that begins before 2050 has it.
UNOPENED = month_number("2099-12")


def announced(offer: Offer) -> int:
    """Month in which an offer is announced."""
    return offer.opens if offer.launched is None else offer.launched


def dated(scenario: Scenario, supply: Supply, seed: int) -> Scenario:
    """Return a scenario as one future has it: announced when it was, open when drawn.

    Of the uniform numbers that belong to a seed and an offer's stream, the first says whether it
    ever opens, the second after how many months: lognormal, to the nearest month. So a future
    has the same delay in all scenarios, and drawing it changes no other draw. What is counted
    from the opening moves with it; what stands by the calendar does not.

    Parameters
    ----------
    scenario
        With `opens` as if it were known.
    supply
        How months and the chance of never opening are distributed.
    seed
        The future.

    Returns
    -------
    Scenario
        Its offers with `launched` and `opens` by the calendar, `UNOPENED` for never.
    """
    return scenario.model_copy(
        update={
            "offers": {
                name: offer.model_copy(
                    update={
                        "launched": announced(offer),
                        "opens": _opening(
                            announced(offer),
                            supply,
                            seed,
                            index if offer.stream is None else offer.stream,
                        ),
                    }
                )
                for index, (name, offer) in enumerate(scenario.offers.items())
            }
        }
    )


def _opening(launched: int, supply: Supply, seed: int, stream: int) -> int:
    never, delay = (float(u[0]) for u in uniforms(seed, Purpose.OPENING, 0, [0], stream)[:2])
    if never < supply.never_share:
        return UNOPENED
    months = supply.median_months * math.exp(supply.sigma * normal_quantile(delay))
    return min(launched + round(months), UNOPENED)
