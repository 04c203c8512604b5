"""What a validation says of each figure: met or not, and how often."""

from __future__ import annotations

import numpy as np
import pytest

from sim.calibration.validate import Check


def check(*posterior: float, at_least: bool = False) -> Check:
    values = np.array(posterior)
    return Check(1, "It", 0.6, 0.5, 0.7, values, values, at_least)


@pytest.mark.parametrize(
    ("posterior", "met", "within"),
    [
        ((0.55, 0.6, 0.9), True, 2 / 3),
        ((0.55, 0.9, 1.0), False, 1 / 3),
        ((0.1, 0.4, 0.6), False, 1 / 3),
    ],
)
def test_a_figure_is_met_within_its_tolerance(
    posterior: tuple[float, ...], met: bool, within: float
) -> None:
    found = check(*posterior)
    assert found.is_met == met
    assert found.share_within == pytest.approx(within)


def test_a_lower_bound_is_missed_from_below_only() -> None:
    above, below = check(0.6, 0.9, 1.0, at_least=True), check(0.1, 0.4, 1.0, at_least=True)
    assert above.is_met
    assert above.share_within == 1.0
    assert not below.is_met
    assert below.share_within == pytest.approx(1 / 3)
