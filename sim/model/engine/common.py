"""What several steps of the month share: draws, and small questions about state."""

from __future__ import annotations

import numpy as np

from sim.model.compiled import draws, function_of, rules, step_of

philox, unit = draws.philox, draws.unit
OUTSIDE, PLEDGED, MIGRATING = rules.OUTSIDE, rules.PLEDGED, rules.MIGRATING
MEMBER, LEFT = rules.MEMBER, rules.LEFT
TRAITS = np.uint64(draws.Purpose.TRAITS)
PRESSURE = np.uint64(draws.Purpose.PRESSURE)
TASTE = np.uint64(draws.Purpose.TASTE)
INCIDENT = np.uint64(draws.Purpose.INCIDENT)
SPREAD = np.uint64(draws.Purpose.SPREAD)
MEMBERSHIP = np.uint64(draws.Purpose.MEMBERSHIP)
NOTHING = np.uint64(0)
WORD = np.uint64(0xFFFFFFFF)
FIRST, ENDS, ALL = 1, 2, 4  # which of the four words of a draw are kept
UNKNOWN = -1.0  # a pressure not yet drawn

# ---------------------------------------------------------------- draws


@function_of
def look_up(into, words, number, first, end, month, purpose, item, key_0, key_1):
    """Words for each council of a stretch, into an array of shape (4, n): first, ends, or all."""
    # The masks tell the compiler that words are short, so that it handles several at once.
    month, purpose, item = np.uint64(month) & WORD, purpose & WORD, item & WORD
    key_0, key_1 = key_0 & WORD, key_1 & WORD
    for i in range(np.uint64(first), np.uint64(end)):
        a, b, c, d = philox(month, number[i] & WORD, item, purpose, key_0, key_1)
        into[0, i] = a
        if words != FIRST:
            into[3, i] = d
        if words == ALL:
            into[1, i] = b
            into[2, i] = c


@step_of
def draw_for_all(case, s, words, month, purpose, item):
    """Look up words for every council."""
    p, n = s.programme[0], len(case.number)
    into = s.council_words
    look_up(into, words, case.number, 0, n, month, purpose, item, p.key_0, p.key_1)


@step_of
def draw_for_scope(case, s, o, into, words, purpose):
    """Look up words of this month for the councils that an offer can concern."""
    p, offer = s.programme[0], s.offers[o]
    first, end = offer.first, offer.end
    look_up(into, words, case.number, first, end, p.month, purpose, offer.stream, p.key_0, p.key_1)


@function_of
def look_up_one(month, number, purpose, item, key_0, key_1):
    """Four words for one council."""
    return philox(np.uint64(month), np.uint64(number), item, purpose, key_0, key_1)


@step_of
def draw_for_one(case, s, month, i, purpose, item):
    """Look up all four words for one of the few councils that need them."""
    p = s.programme[0]
    return look_up_one(month, case.number[i], purpose, item, p.key_0, p.key_1)


# ---------------------------------------------------------------- questions


@step_of
def stretch(scope):
    """From the first council that was ever in scope to the last, of an offer or of any."""
    # Unsigned, as Numba would ask of every index that may be negative whether it is.
    return range(np.uint64(scope.first), np.uint64(scope.end))


@step_of
def tie_share(news):
    """Share of those it listens to, by weight, that have joined."""
    return news.tie_weight / rules.FULL_WEIGHT


@step_of
def has_duty(s, i):
    """Is the council under a legal duty?"""
    return s.programme[0].is_mandated and s.councils[i].has_duty


@step_of
def duty_of(s, i):
    """Is the council under a legal duty, as a number?"""
    return 1.0 if has_duty(s, i) else 0.0


@step_of
def is_in_window(case, s, i):
    """Is the main contract about to end?"""
    window_months = case.traits[0].contract_window_months
    return rules.in_window(s.contract_age[i], s.contract_months[i], window_months)


@step_of
def is_in_scope(case, s, o, i):
    """Is the offer meant for the council, as things stand?"""
    return case.in_scope[s.programme[0].regime, o, i]


@step_of
def is_launch_month(case, p, state):
    """Does an offer open this month?"""
    return p.month == max(state.opens, case.first_month)


@step_of
def subsidy_of(case, s, o):
    """Subsidy in force for an offer: none before or after the push, or once cancelled.

    Nor, of a programme with a budget, in a month in which visits and earlier promises left nothing.
    """
    p = s.programme[0]
    if not p.is_pushing or p.all_cancelled or s.offers[o].cancelled:
        return 0.0
    push = case.push[p.regime]
    if push.budget_gbp_m < 0.0:
        return push.subsidy_share
    return rules.subsidy_on_offer(push.subsidy_share, p.money_in_hand_gbp_m)


@step_of
def nation_share(s, o, nation):
    """Share of a nation's councils in scope that had joined by the end of last month."""
    here = s.nations[o, nation]
    return here.joined / here.in_scope if here.in_scope > 0 else 0.0
