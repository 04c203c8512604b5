"""Goals, the frontier and the choice among policies: cases solved by hand, and properties."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.experiment.goals import Scores, choose, finalists, frontier, scores
from sim.settings import Goal

JOINED = Goal(outcome="joined_share_12m", at_least=0.5, probability=0.75)
USED = Goal(outcome="use_share_12m", at_least=0.1, probability=0.5)


def found(outcomes: list[list[list[float]]], costs: list[float]) -> Scores:
    values = np.array(outcomes)
    return scores([JOINED, USED], values, np.repeat(np.array(costs)[:, None], values.shape[1], 1))


def test_goals_are_met_apart_and_at_once() -> None:
    # Four futures: membership and use.
    one = found([[[0.5, 0.2], [0.6, 0.0], [0.7, 0.1], [0.4, 0.3]]], [2.0])
    assert one.chances.tolist() == [[0.75, 0.75]]
    assert one.certainty.tolist() == [0.5]
    assert one.reached.tolist() == [[0.5, 0.2]]
    assert one.meets.tolist() == [True]
    assert one.shortfall.tolist() == [0.0]


def test_what_is_reached_is_what_so_many_futures_reach_at_least() -> None:
    one = found([[[0.1, 0.0], [0.2, 0.0], [0.3, 0.0], [0.9, 0.0]]], [1.0])
    # Three of four reach 0.2, which lacks 0.6 of 0.5; no use lacks everything.
    assert one.reached.tolist() == [[0.2, 0.0]]
    assert np.allclose(one.shortfall, [(0.6 + 1.0) / 2])
    assert not one.meets[0]


def test_a_run_without_a_figure_meets_nothing_and_costs_more_than_any() -> None:
    one = scores([JOINED], np.full((1, 4, 1), np.nan), np.full((1, 4), np.nan))
    assert one.certainty[0] == 0.0
    assert one.shortfall[0] == 1.0
    assert one.cost[0] > 1e6


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_the_frontier_is_what_no_other_beats(pairs: list[tuple[int, int]]) -> None:
    cost, gain = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    kept = frontier(cost, gain)
    for index in range(len(pairs)):
        better = (cost <= cost[index]) & (gain >= gain[index])
        better &= (cost < cost[index]) | (gain > gain[index])
        same = (cost == cost[index]) & (gain == gain[index])
        expected = not better.any() and int(np.flatnonzero(same)[0]) == index
        assert kept[index] == expected


def test_the_cheapest_that_meets_the_goals_is_chosen_else_the_nearest() -> None:
    good, fair, poor = [[0.6, 0.2]] * 4, [[0.45, 0.2]] * 4, [[0.1, 0.0]] * 4
    assert choose(found([poor, good, good, fair], [1.0, 5.0, 4.0, 2.0])) == 2
    assert choose(found([poor, fair, fair], [1.0, 3.0, 2.0])) == 2


def test_finalists_hold_the_frontier_and_the_cheapest_that_seem_to_do() -> None:
    rng = np.random.default_rng(1)
    many = found(rng.random((200, 20, 2)).tolist(), rng.random(200).tolist())
    chosen = set(finalists(many, 16).tolist())
    assert choose(many) in chosen
    cheapest = np.flatnonzero(many.frontier())[np.argmin(many.cost[many.frontier()])]
    assert cheapest in chosen
    assert len(chosen) <= 28
