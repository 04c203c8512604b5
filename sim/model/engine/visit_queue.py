"""The queue for visits in turn: who has waited longest is called on first.

Nobody's place changes but by a visit, after which a council is the last, so one queue that all
teams share stands for the priorities of all. It is an array with gaps: a council that goes to the
end leaves its old turn empty, and when the array is full the gaps are closed. Next to each turn
stands whether a visit can be of use at all, so that those who have joined cost little to pass.
"""

from __future__ import annotations

from sim.model.compiled import step_of
from sim.model.engine.common import LEFT, OUTSIDE

NOBODY = 0xFFFFFFFF  # in the queue for visits


@step_of
def line_up(s):
    """Queue for the first visits: the highest place on the list first, equals by number."""
    n = len(s.councils)
    # Places are drawn evenly from 0 to 1. Cut into as many cells as there are councils, they fall
    # about one to a cell, so that the sorting that is left to do is short.
    begins = s.turn_of
    for cell in range(n):
        begins[cell] = 0
    for i in range(n):
        after = cell_of(s.councils[i], n) + 1
        if after < n:
            begins[after] += 1
    for cell in range(1, n):
        begins[cell] += begins[cell - 1]
    for i in range(n):
        cell = cell_of(s.councils[i], n)
        s.turns[begins[cell]] = i
        begins[cell] += 1
    for turn in range(1, n):
        i, at = s.turns[turn], turn
        index = s.councils[i].list_place
        while at > 0 and s.councils[s.turns[at - 1]].list_place < index:
            s.turns[at] = s.turns[at - 1]
            at -= 1
        s.turns[at] = i
    for turn in range(n):
        s.turn_of[s.turns[turn]] = turn
        s.is_free[turn] = True
    s.programme[0].turns = n


@step_of
def cell_of(c, cells):
    """Which of so many equal parts of the list holds a council's place, from the top."""
    return min(int((1.0 - c.list_place) * cells), cells - 1)


@step_of
def mark_turn(s, i):
    """Note at its turn whether a council is outside any offer, so that a visit may be of use."""
    is_free = False
    for o in range(len(s.offers)):
        is_free |= s.status[o, i] == OUTSIDE or s.status[o, i] == LEFT
    s.is_free[s.turn_of[i]] = is_free


@step_of
def go_to_the_end(s, i):
    """Queue again for the next visit."""
    p = s.programme[0]
    if p.turns == len(s.turns):
        close_ranks(s)
    s.turns[s.turn_of[i]] = NOBODY
    s.is_free[s.turn_of[i]] = False
    s.turns[p.turns] = i
    s.is_free[p.turns] = True  # or it would not have been called on
    s.turn_of[i] = p.turns
    p.turns += 1


@step_of
def close_ranks(s):
    """Fill the gaps that those who went to the end have left in the queue."""
    p = s.programme[0]
    closed = 0
    for turn in range(p.turns):
        i = s.turns[turn]
        if i != NOBODY:
            s.turns[closed] = i
            s.is_free[closed] = s.is_free[turn]
            s.turn_of[i] = closed
            closed += 1
    p.turns = closed
