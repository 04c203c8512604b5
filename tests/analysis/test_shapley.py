"""Shapley values: cases whose answer is known, and what must hold in every case."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.analysis.shapley import shapley_values

FloatArray = npt.NDArray[np.float64]


def game(players: int, seed: int, columns: int = 3) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(1 << players, columns))


def bits(players: int) -> FloatArray:
    """Who is in each coalition, a row a coalition."""
    rows = np.arange(1 << players)
    return np.stack([rows >> player & 1 for player in range(players)], axis=1).astype(float)


def in_every_order(worth: FloatArray, players: int) -> FloatArray:
    """The definition: what each player adds, averaged over all orders of coming in."""
    total = np.zeros((players, worth.shape[1]))
    orders = list(permutations(range(players)))
    for order in orders:
        row = 0
        for player in order:
            total[player] += worth[row | 1 << player] - worth[row]
            row |= 1 << player
    return total / len(orders)


def test_what_adds_up_is_given_back() -> None:
    own = np.array([3.0, -1.0, 0.5, 2.0])
    worth = 7.0 + bits(4) @ own
    assert shapley_values(worth[:, None])[:, 0] == pytest.approx(own)


def test_what_two_bring_about_together_is_halved() -> None:
    who = bits(3)
    worth = 6.0 * who[:, 0] * who[:, 2]
    assert shapley_values(worth[:, None])[:, 0].tolist() == pytest.approx([3.0, 0.0, 3.0])


def test_a_product_of_three_is_shared_by_three() -> None:
    worth = 12.0 * bits(3).prod(axis=1)
    assert shapley_values(worth[:, None])[:, 0] == pytest.approx([4.0, 4.0, 4.0])


def test_gloves() -> None:
    """One left glove and two right ones: a pair is worth 1 (the textbook's 2/3, 1/6, 1/6)."""
    who = bits(3)
    worth = np.minimum(who[:, 0], np.maximum(who[:, 1], who[:, 2]))
    assert shapley_values(worth[:, None])[:, 0] == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_who_changes_nothing_gets_nothing() -> None:
    three = game(3, seed=1)
    with_a_dummy = three[np.arange(16) & 0b111]
    values = shapley_values(with_a_dummy)
    assert np.array_equal(values[3], np.zeros(3))
    assert values[:3] == pytest.approx(shapley_values(three))


def test_who_does_the_same_gets_the_same() -> None:
    rows = np.arange(16)
    swapped = rows & 0b1100 | (rows & 1) << 1 | (rows & 2) >> 1
    worth = game(4, seed=2)
    values = shapley_values(worth + worth[swapped])
    assert values[0] == pytest.approx(values[1])


@pytest.mark.parametrize("players", [1, 2, 3, 5])
def test_it_is_the_average_over_all_orders(players: int) -> None:
    worth = game(players, seed=players)
    assert shapley_values(worth) == pytest.approx(in_every_order(worth, players))


@settings(max_examples=60, deadline=None)
@given(players=st.integers(0, 10), seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
def test_shares_add_up(players: int, seed: int, scale: float) -> None:
    worth = scale * game(players, seed)
    total = shapley_values(worth).sum(axis=0)
    assert np.allclose(total, worth[-1] - worth[0], rtol=0.0, atol=1e-9)


def test_a_missing_value_spoils_its_own_column_only() -> None:
    worth = game(3, seed=3)
    worth[5, 1] = np.nan
    missing = np.isnan(shapley_values(worth))
    assert missing[:, 1].all()
    assert not missing[:, [0, 2]].any()


@pytest.mark.parametrize("rows", [0, 3, 5])
def test_coalitions_must_be_complete(rows: int) -> None:
    with pytest.raises(ValueError, match=f"{rows} coalitions"):
        shapley_values(np.zeros((rows, 1)))
