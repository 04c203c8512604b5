"""Which councils take part in a scenario, and which of them an offer is ever open to."""

from __future__ import annotations

import numpy as np

from sim.model.world import chosen_councils, scope_mask
from sim.settings import Scenario
from sim.settings.events import regimes


def taking_part(scenario: Scenario, seed: int) -> frozenset[tuple[str, str, bool]]:
    """Code and nation of each council, and whether it is ever in scope (all are with no offer)."""
    councils = chosen_councils(scenario.councils, seed)
    mask = np.full(len(councils), not scenario.offers)
    for _, settings in regimes(scenario):
        for offer in settings.offers.values():
            mask |= scope_mask(offer.scope, councils)
    return frozenset(zip(councils.gss_code, councils.nation, mask.tolist(), strict=True))
