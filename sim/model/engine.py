"""The compiled ensemble: the month of :mod:`sim.model.mesa_model` over many seeds, with equal bits.

The same scalar functions of :mod:`sim.model.rules` and the same draws of
:mod:`sim.model.draws` are compiled with Numba; nothing here says how a council behaves. What the
Mesa model keeps in attributes stands here in arrays of the same names, over offers (o) and
councils (i), and the nine steps of the month stand below in the same order, so that the two can be
read side by side. What the Mesa model does by calling all agents, this does by a loop in council
order, and it leaves out what would change nothing.

The compiled code releases Python's global lock and writes to nothing that is shared, so that
seeds can run in threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from weakref import WeakKeyDictionary

import numpy as np

from sim.model.compiled import (
    draws,
    drop_old_caches,
    entry_of,
    function_of,
    has_cache,
    rules,
    step_of,
)
from sim.model.layout import (
    Case,
    State,
    make_case,
    make_state,
    outputs_of,
    take_capacity,
    with_behaviour,
)
from sim.model.record import SERIES, Record
from sim.model.world import APRIL_2018, World, build_world, one_for_each
from sim.settings import CouncilChoice, Horizon, Offer, Scenario

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
BEYOND = 2**32  # above any word
NOBODY = 0xFFFFFFFF  # in the queue for visits
(
    JOINED,
    LIVE,
    PLEDGES,
    GONE,
    JOINED_PEOPLE,
    JOINED_SPEND,
    USED_SPEND,
    SCOPE_SPEND,
    CONTROL,
    VISITS,
    PROMISE,
    SAVING,
    FEES,
    JOINING,
    SWITCHING,
    SUBSIDY,
    RUNNING,
    INCIDENTS,
    SEVERE,
    INCIDENT_COST,
    TWIN_INCIDENTS,
    TWIN_SEVERE,
    TWIN_COST,
) = range(len(SERIES))

# ---------------------------------------------------------------- draws and small helpers


@function_of
def look_up(into, words, number, first, end, month, purpose, item, key_0, key_1):  # type: ignore[no-untyped-def]
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
def draw_for_all(case, s, words, month, purpose, item):  # type: ignore[no-untyped-def]
    """Look up words for every council."""
    p, n = s.programme[0], len(case.number)
    into = s.council_words
    look_up(into, words, case.number, 0, n, month, purpose, item, p.key_0, p.key_1)


@step_of
def draw_for_scope(case, s, o, into, words, purpose):  # type: ignore[no-untyped-def]
    """Look up words of this month for the councils that an offer can concern."""
    p, offer = s.programme[0], s.offers[o]
    first, end = offer.first, offer.end
    look_up(into, words, case.number, first, end, p.month, purpose, offer.stream, p.key_0, p.key_1)


@function_of
def look_up_one(month, number, purpose, item, key_0, key_1):  # type: ignore[no-untyped-def]
    """Four words for one council."""
    return philox(np.uint64(month), np.uint64(number), item, purpose, key_0, key_1)


@step_of
def draw_for_one(case, s, month, i, purpose, item):  # type: ignore[no-untyped-def]
    """Look up all four words for one of the few councils that need them."""
    p = s.programme[0]
    return look_up_one(month, case.number[i], purpose, item, p.key_0, p.key_1)


@step_of
def stretch(scope):  # type: ignore[no-untyped-def]
    """From the first council that was ever in scope to the last, of an offer or of any."""
    # Unsigned, as Numba would ask of every index that may be negative whether it is.
    return range(np.uint64(scope.first), np.uint64(scope.end))


@step_of
def tie_share(news):  # type: ignore[no-untyped-def]
    """Share of those it listens to, by weight, that have joined."""
    return news.tie_weight / rules.FULL_WEIGHT


@step_of
def has_duty(s, i):  # type: ignore[no-untyped-def]
    """Is the council under a legal duty?"""
    return s.programme[0].is_mandated and s.councils[i].has_duty


@step_of
def duty_of(s, i):  # type: ignore[no-untyped-def]
    """Is the council under a legal duty, as a number?"""
    return 1.0 if has_duty(s, i) else 0.0


@step_of
def is_in_window(case, s, i):  # type: ignore[no-untyped-def]
    """Is the main contract about to end?"""
    window_months = case.traits[0].contract_window_months
    return rules.in_window(s.contract_age[i], s.contract_months[i], window_months)


@step_of
def is_in_scope(case, s, o, i):  # type: ignore[no-untyped-def]
    """Is the offer meant for the council, as things stand?"""
    return case.in_scope[s.programme[0].regime, o, i]


@step_of
def subsidy_of(case, s, o):  # type: ignore[no-untyped-def]
    """Subsidy in force for an offer: none before or after the push, or once cancelled."""
    p = s.programme[0]
    if p.is_pushing and not p.all_cancelled and not s.offers[o].cancelled:
        return case.push[p.regime].subsidy_share
    return 0.0


@step_of
def nation_share(s, o, nation):  # type: ignore[no-untyped-def]
    """Share of a nation's councils in scope that had joined by the end of last month."""
    here = s.nations[o, nation]
    return here.joined / here.in_scope if here.in_scope > 0 else 0.0


# ---------------------------------------------------------------- the start


@step_of
def start(case, s, seed):  # type: ignore[no-untyped-def]
    """Forget the last run, and look up what this seed holds for the councils."""
    p = s.programme[0]
    p.t = -1
    p.month = case.first_month - 1
    p.regime = -1
    p.key_0 = np.uint64(seed) & WORD
    p.key_1 = np.uint64(seed) >> np.uint64(32)
    p.fading = rules.fading(case.behaviour[0].worry_half_life_months)
    p.contact_kept = rules.contact_kept(case.behaviour[0])
    p.visits_so_far = 0
    p.turns = 0
    p.first = len(case.number)
    p.end = 0
    p.most_members = 0
    p.is_mandated = False
    p.victims = 0
    p.all_cancelled = len(s.offers) == 0
    for k in range(len(s.visits_in_hand)):
        s.visits_in_hand[k] = 0.0
    for g in range(len(s.joined_in_group)):
        s.joined_in_group[g] = 0
    for i in range(len(case.number)):
        c = s.councils[i]
        c.offers_joined = 0
        s.has_paid[i] = False
        c.joining_paid = 0.0
        c.switching_paid = 0.0
        c.subsidy_received = 0.0
        s.net_saving[i] = 0.0
        c.last_visit_number = 0
        c.visits = 0
        c.recovering_until = 0
        c.has_duty = False
        c.duty_begins = False
        c.struck = False
        c.struck_severely = False
        c.twin_cost_gbp_m = -1.0
        c.incident_cost_avoided_gbp_m = 0.0
        c.incidents = 0
        c.severe_incidents = 0
        s.worry[i] = 0.0
        s.heard_shock[i] = 0
        s.recent_visits[i] = 0
        s.visits_after_refusal[i] = 0
    for o in range(len(s.offers)):
        offer = s.offers[o]
        offer.cancelled = False
        offer.cancelled_step = -1
        offer.quorum = False
        offer.is_breached = False
        offer.changed = 0
        offer.considering = 0
        offer.pledged = 0
        offer.migrating = 0
        offer.first = len(case.number)
        offer.end = 0
        offer.scale_joined = 0.0
        offer.scale_used = 0.0
        for i in range(len(case.number)):
            m = s.memberships[o, i]
            s.uses[o, i].use = 0.0
            s.uses[o, i].ratio_steps = 0
            m.regret_steps = 0
            m.paused_until = 0
            m.considered = 0
            m.opened = False
            s.refused[o, i] = False
            m.initial = False
            m.reason = rules.NOT_IN_SCOPE
            m.published_ratio = 0
            m.published_regret = 0
            s.news[o, i].tie_weight = 0
            s.news[o, i].live_weight = 0
            s.news[o, i].ratio_weight = 0
            s.news[o, i].regret_weight = 0
            s.breach_heard[o, i] = 0
            s.stories[o, i].joined_step = -1
            s.stories[o, i].live_step = -1
            s.stories[o, i].abandoned_step = -1
            s.stories[o, i].left_step = -1
            s.status[o, i] = OUTSIDE
            s.published_status[o, i] = OUTSIDE
            s.has_changed[o, i] = False
            s.contact[o, i] = 0.0
            s.distrust[o, i] = 0.0
    draw_luck(case, s)


@step_of
def draw_luck(case, s):  # type: ignore[no-untyped-def]
    """Look up traits, pressure and tastes: :func:`sim.model.world.draw_luck`."""
    p = s.programme[0]
    traits, behaviour = case.traits[0], case.behaviour[0]
    words = s.council_words
    draw_for_all(case, s, ALL, 0, TRAITS, NOTHING)
    for i in range(len(case.number)):
        c = s.councils[i]
        c.autonomy = rules.read_off(unit(words[0, i]), case.autonomy_quantiles)
        c.list_place = unit(words[3, i])
        months = rules.contract_length(unit(words[1, i]), traits)
        phase = rules.contract_phase(unit(words[2, i]), months)
        s.contract_months[i] = months
        s.contract_age[i] = rules.contract_age(p.month, phase, months)
    line_up(s)
    for y in range(len(case.years)):
        for i in range(len(case.number)):
            s.pressure[y, i] = UNKNOWN
    for o in range(len(s.offers)):
        draw_for_all(case, s, ALL, 0, TASTE, s.offers[o].stream)
        for i in range(len(case.number)):
            m = s.memberships[o, i]
            m.taste = rules.lasting_taste(unit(words[0, i]), behaviour)
            s.stories[o, i].result = rules.normal_quantile(unit(words[1, i]))
        choose_initial_members(case, s, o)


@step_of
def line_up(s):  # type: ignore[no-untyped-def]
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
def cell_of(c, cells):  # type: ignore[no-untyped-def]
    """Which of so many equal parts of the list holds a council's place, from the top."""
    return min(int((1.0 - c.list_place) * cells), cells - 1)


@step_of
def choose_initial_members(case, s, o):  # type: ignore[no-untyped-def]
    """Mark who is in an offer when it opens: of the candidates those drawn first."""
    recruit = s.council_words[2]
    for _ in range(s.offers[o].initial_count):
        first, lowest = -1, BEYOND
        for i in range(len(case.number)):
            if not case.initial_candidates[o, i] or s.memberships[o, i].initial:
                continue
            if recruit[i] < lowest:
                first, lowest = i, recruit[i]
        s.memberships[o, first].initial = True


# ---------------------------------------------------------------- the month


@step_of
def month(case, s, totals, by_group):  # type: ignore[no-untyped-def]
    """Run one month: the nine steps."""
    turn_the_page(case, s)
    strike(case, s)  # 1 incidents
    call_on_councils(case, s)  # 2 the push
    consider(case, s)  # 3 attention
    decide(case, s)  # 4 decision
    take_pledges(case, s)
    migrate(case, s)  # 5 migration
    deepen_use(case, s)  # 6 use
    reconsider(case, s)  # 7 leaving
    review(case, s)  # 8 review of the programme
    keep_accounts(case, s, totals)  # 9 accounts
    publish(case, s, by_group)


@step_of
def turn_the_page(case, s):  # type: ignore[no-untyped-def]
    """Start a month: its settings, its draws, and what its date brings."""
    p = s.programme[0]
    p.t += 1
    p.month += 1
    regime = case.months[p.t].regime
    p.terms_changed = regime != p.regime
    if p.terms_changed:
        p.regime = regime
        take_effect(case, s)
    main = case.teams[regime, 0]
    p.is_pushing = main.starts <= p.month and p.month < main.ends
    for i in range(len(case.number)):
        s.contract_age[i] = rules.contract_age_after(s.contract_age[i], s.contract_months[i])
    mandated = case.push[regime].duty_starts <= p.month
    if mandated or p.is_mandated:
        for i in range(len(case.number)):
            c = s.councils[i]
            had_duty = c.has_duty
            c.has_duty = mandated and case.has_duty[regime, i]
            c.duty_begins = c.has_duty and not had_duty
    p.is_mandated = mandated
    draw_for_all(case, s, FIRST, p.month, INCIDENT, NOTHING)
    for o in range(len(s.offers)):
        state = s.offers[o]
        if is_launch_month(case, p, state):
            p.terms_changed = True
            admit_initial_members(case, s, o)
        state.is_open = p.month >= state.opens
        if state.is_open:
            draw_for_scope(case, s, o, s.membership_words[o], ENDS, MEMBERSHIP)


@step_of
def is_launch_month(case, p, state):  # type: ignore[no-untyped-def]
    """Does an offer open this month?"""
    return p.month == max(state.opens, case.first_month)


@step_of
def admit_initial_members(case, s, o):  # type: ignore[no-untyped-def]
    """Let in those who are members, or recruits of a pilot, from the start."""
    offer = case.offers[s.programme[0].regime, o]
    for i in range(len(case.number)):
        if s.memberships[o, i].initial:
            s.memberships[o, i].opened = True
            enter(s, o, i, offer, MIGRATING if offer.pilot else MEMBER)


@step_of
def take_effect(case, s):  # type: ignore[no-untyped-def]
    """Put the settings of a regime in force."""
    p = s.programme[0]
    regime = p.regime
    for o in range(len(s.offers)):
        state = s.offers[o]
        in_scope = 0
        for z in range(s.nations.shape[1]):
            s.nations[o, z].in_scope = 0
            s.nations[o, z].joined = 0
        for i in range(len(case.number)):
            if case.in_scope[regime, o, i]:
                in_scope += 1
                state.first = min(state.first, i)
                state.end = max(state.end, i + 1)
                here = s.nations[o, s.councils[i].nation]
                here.in_scope += 1
                if rules.has_joined(s.status[o, i]):
                    here.joined += 1
        state.in_scope = in_scope
        state.councils_needed = float(max(in_scope, 1))
        p.first = min(p.first, state.first)
        p.end = max(p.end, state.end)


# ---------------------------------------------------------------- 1 incidents


@step_of
def strike(case, s):  # type: ignore[no-untyped-def]
    """Let incidents happen, spread through shared systems, and be heard of."""
    suffer(case, s)
    if s.programme[0].victims > 0:
        spread_through_members(case, s)
        raise_alarm(case, s)
    take_alarm(case, s)


@step_of
def suffer(case, s):  # type: ignore[no-untyped-def]
    """Strike councils, or not."""
    p = s.programme[0]
    climate, now = case.climate[p.regime], case.months[p.t]
    rate, any_breach = now.incident_rate, now.any_breach
    for v in range(p.victims):
        c = s.councils[s.victims[v]]
        c.struck = False
        c.struck_severely = False
        c.twin_cost_gbp_m = -1.0
    p.victims = 0
    for i in range(len(case.number)):
        breach = any_breach and case.breached[p.t, i]
        if unit(s.council_words[0, i]) < rate or breach:
            s.victims[p.victims] = i
            p.victims += 1
    for v in range(p.victims):
        i = s.victims[v]
        breach = any_breach and case.breached[p.t, i]
        # The same draw without any programme: the twin run of this council and month.
        word, severity, cost, _ = draw_for_one(case, s, p.month, i, INCIDENT, NOTHING)
        severe = breach or unit(severity) < climate.severe_share
        cost_gbp_m = rules.incident_cost_gbp_m(severe, unit(cost), climate)
        c = s.councils[i]
        c.twin_struck_severely = severe
        c.twin_cost_gbp_m = cost_gbp_m
        safe = 1.0
        for o in range(len(s.offers)):
            if s.status[o, i] == MEMBER:
                gain = case.offers[p.regime, o].security_gain
                safe = rules.exposure(safe, gain, s.uses[o, i].use)
        if breach or unit(word) < rate * safe:
            be_struck(c, severe, cost_gbp_m)


@step_of
def be_struck(c, severe, cost_gbp_m):  # type: ignore[no-untyped-def]
    """Suffer this incident."""
    c.struck = True
    c.struck_severely = severe
    c.incident_cost_gbp_m = cost_gbp_m
    c.incidents += 1
    c.severe_incidents += severe


@step_of
def spread_through_members(case, s):  # type: ignore[no-untyped-def]
    """Pass severe breaches on to fellow members; one that arrives so goes no further."""
    p = s.programme[0]
    breached = 0  # struck severely in their own right: these stand in the call list
    for v in range(p.victims):
        if s.councils[s.victims[v]].struck_severely:
            s.call_list[breached] = s.victims[v]
            breached += 1
    if breached == 0:
        return
    for o in range(len(s.offers)):
        use_at_breached = 0.0
        for v in range(breached):
            if s.status[o, s.call_list[v]] == MEMBER:
                use_at_breached += s.uses[o, s.call_list[v]].use
        fate = case.offers[p.regime, o].shared_fate
        if use_at_breached > 0.0 and fate > 0.0:
            before = p.victims
            spread_through_offer(case, s, o, fate, use_at_breached)
            put_victims_in_order(s, before)


@step_of
def spread_through_offer(case, s, o, fate, use_at_breached):  # type: ignore[no-untyped-def]
    """Let breaches at some members reach others."""
    p = s.programme[0]
    climate, stream = case.climate[p.regime], s.offers[o].stream
    words = s.council_words
    draw_for_scope(case, s, o, words, FIRST, SPREAD)
    # Nearly all are spared, but who is not cannot be foreseen, and therefore no branch. Where
    # nothing is used, the chance is none.
    reached = 0
    for i in stretch(s.offers[o]):
        s.listed[reached] = i
        reached += unit(words[0, i]) < rules.spread_chance(fate, use_at_breached, s.uses[o, i].use)
    for k in range(reached):
        i = s.listed[k]
        c = s.councils[i]
        if s.status[o, i] == MEMBER and not c.struck:
            _, severity, cost, _ = draw_for_one(case, s, p.month, i, SPREAD, stream)
            severe = unit(severity) < climate.severe_share
            be_struck(c, severe, rules.incident_cost_gbp_m(severe, unit(cost), climate))
            if c.twin_cost_gbp_m < 0.0:
                s.victims[p.victims] = i
                p.victims += 1


@step_of
def put_victims_in_order(s, before):  # type: ignore[no-untyped-def]
    """Merge those reached by others' breaches into council order, in which money is added up.

    Those before and those reached are each in order.
    """
    p = s.programme[0]
    reached = p.victims - before
    for v in range(reached):
        s.reached[v] = s.victims[before + v]
    at = p.victims
    while reached > 0:
        at -= 1
        if before > 0 and s.victims[before - 1] > s.reached[reached - 1]:
            before -= 1
            s.victims[at] = s.victims[before]
        else:
            reached -= 1
            s.victims[at] = s.reached[reached]


@step_of
def raise_alarm(case, s):  # type: ignore[no-untyped-def]
    """Let those who listen hear of incidents."""
    p, behaviour = s.programme[0], case.behaviour[0]
    for v in range(p.victims):
        i = s.victims[v]
        c = s.councils[i]
        if not c.struck:
            continue
        shock = rules.steps(rules.shock(c.struck_severely, behaviour))
        for k in range(c.first_listener, c.end_listener):
            s.heard_shock[case.ties[k].listener] += case.ties[k].weight * shock
        if not c.struck_severely:
            continue
        c.recovering_until = p.t + behaviour.recovery_months
        for o in range(len(s.offers)):
            if s.status[o, i] == MEMBER:
                s.offers[o].is_breached = True
                for k in range(c.first_listener, c.end_listener):
                    s.breach_heard[o, case.ties[k].listener] += case.ties[k].weight


@step_of
def take_alarm(case, s):  # type: ignore[no-untyped-def]
    """Let old worries fade; worry about what struck here and about what was heard."""
    p, behaviour = s.programme[0], case.behaviour[0]
    n, fading = len(case.number), p.fading
    for v in range(p.victims):
        i = s.victims[v]
        c = s.councils[i]
        own = rules.shock(c.struck_severely, behaviour) if c.struck else 0.0
        s.shaken[v] = worry_of(s, i, own, behaviour)
    # Who heard nothing adds nothing: asking would cost more.
    if p.victims > 0:
        for i in range(n):
            s.worry[i] = worry_of(s, i, 0.0, behaviour)
            s.heard_shock[i] = 0
    else:
        for i in range(n):
            s.worry[i] *= fading
    for v in range(p.victims):
        s.worry[s.victims[v]] = s.shaken[v]
    for o in range(len(s.offers)):
        if s.offers[o].is_breached:
            s.offers[o].is_breached = False
            for i in range(n):
                heard = s.breach_heard[o, i] / rules.FULL_WEIGHT
                s.distrust[o, i] = rules.distrust_after(s.distrust[o, i] * fading, heard)
                s.breach_heard[o, i] = 0
            for v in range(p.victims):
                i = s.victims[v]
                if s.councils[i].struck_severely and s.status[o, i] == MEMBER:
                    s.distrust[o, i] = 1.0
        else:
            for i in range(n):
                s.distrust[o, i] *= fading


@step_of
def worry_of(s, i, own_shock, behaviour):  # type: ignore[no-untyped-def]
    """Worry after an incident of one's own, and after all that was heard."""
    heard = s.heard_shock[i] / rules.FULL_STEPS
    return rules.worry_after(s.worry[i] * s.programme[0].fading, own_shock, heard, behaviour)


# ---------------------------------------------------------------- 2 the push


@step_of
def is_wanted(case, s, o, i):  # type: ignore[no-untyped-def]
    """Would a team call here about this offer?"""
    if not s.offers[o].is_promoted or not is_in_scope(case, s, o, i):
        return False
    status = s.status[o, i]
    if status == LEFT:
        return s.programme[0].t >= s.memberships[o, i].paused_until
    return status == OUTSIDE


@step_of
def may_be_called_on(case, s, i, refuser_calls_per_quarter):  # type: ignore[no-untyped-def]
    """Is a visit of use, and not too soon after the last?"""
    wanted = False
    refused = True
    for o in range(len(s.offers)):
        if is_wanted(case, s, o, i):
            wanted = True
            refused = refused and s.refused[o, i]
    if not wanted or s.recent_visits[i] & 1:  # called on this month already
        return False
    return rules.may_call(refused, s.recent_visits[i] >> 1, refuser_calls_per_quarter)


@step_of
def receive_visit(case, s, i):  # type: ignore[no-untyped-def]
    """Meet the team."""
    p, c = s.programme[0], s.councils[i]
    p.visits_so_far += 1
    c.last_visit_number = p.visits_so_far
    go_to_the_end(s, i)
    c.visits += 1
    s.recent_visits[i] |= 1
    refused = True
    for o in range(len(s.offers)):
        if is_wanted(case, s, o, i):
            refused = refused and s.refused[o, i]
            s.contact[o, i] = rules.contact_gained(s.contact[o, i], 1.0, case.behaviour[0])
    if refused:
        s.visits_after_refusal[i] |= 1


@step_of
def call_on_councils(case, s):  # type: ignore[no-untyped-def]
    """Let contact fade and offers open; let every team make its visits of the month."""
    hear_of_offers(case, s)
    p = s.programme[0]
    p.visits_made = 0
    if p.all_cancelled:
        return
    for o in range(len(s.offers)):
        offer, state = case.offers[p.regime, o], s.offers[o]
        is_known = p.month >= offer.known_from
        state.is_promoted = is_known and not offer.from_peers and not state.cancelled
    for k in range(case.teams.shape[1]):
        team = case.teams[p.regime, k]
        if p.month < team.starts or p.month >= team.ends:
            continue
        in_hand = s.visits_in_hand[k] + team.visits_per_month
        whole = rules.whole_visits(in_hand)
        s.visits_in_hand[k] = in_hand - whole
        if whole > 0:
            visit(case, s, k, whole)


@step_of
def hear_of_offers(case, s):  # type: ignore[no-untyped-def]
    """Let contact fade; hear of an offer that opens, or from peers who own one."""
    p = s.programme[0]
    n, kept = len(case.number), p.contact_kept
    for i in range(n):
        s.recent_visits[i] = (s.recent_visits[i] << 1) & 7
        s.visits_after_refusal[i] = (s.visits_after_refusal[i] << 1) & 7
    for o in range(len(s.offers)):
        for i in range(n):
            s.contact[o, i] *= kept
        if p.terms_changed and s.offers[o].is_open:
            open_offer(case, s, o)
        if case.offers[p.regime, o].from_peers:
            for i in range(n):
                heard = tie_share(s.news[o, i])
                s.contact[o, i] = rules.contact_gained(s.contact[o, i], heard, case.behaviour[0])


@step_of
def open_offer(case, s, o):  # type: ignore[no-untyped-def]
    """Let councils new in scope hear of an offer; in its first month from the team itself."""
    p = s.programme[0]
    launches = is_launch_month(case, p, s.offers[o])
    for i in range(len(case.number)):
        m = s.memberships[o, i]
        if m.opened or not is_in_scope(case, s, o, i):
            continue
        m.opened = True
        m.reason = rules.NEVER_CONSIDERED
        if launches and case.in_team[p.regime, 0, i]:
            s.contact[o, i] = max(s.contact[o, i], case.push[p.regime].launch_contact)


@step_of
def visit(case, s, k, visits):  # type: ignore[no-untyped-def]
    """Call on the first councils of a team's list."""
    p = s.programme[0]
    if case.teams[p.regime, k].targeting == rules.IN_TURN:
        chosen = choose_in_turn(case, s, k, visits)
    else:
        chosen = choose_by_priority(case, s, k, visits)
    for at in range(chosen):
        receive_visit(case, s, s.call_list[at])
    p.visits_made += chosen


@step_of
def choose_in_turn(case, s, k, visits):  # type: ignore[no-untyped-def]
    """Put the longest unvisited on the call list.

    In this order nobody's place changes but by a visit, after which it is the last, so a queue
    that all teams share stands for the priorities.
    """
    p = s.programme[0]
    in_team = case.in_team[p.regime, k]
    per_quarter = case.push[p.regime].refuser_calls_per_quarter
    chosen = 0
    for turn in range(p.turns):
        if not s.is_free[turn]:
            continue
        i = s.turns[turn]
        if not in_team[i] or not may_be_called_on(case, s, i, per_quarter):
            continue
        s.call_list[chosen] = i
        chosen += 1
        if chosen == visits:
            break
    return chosen


@step_of
def go_to_the_end(s, i):  # type: ignore[no-untyped-def]
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
def mark_turn(s, i):  # type: ignore[no-untyped-def]
    """Note at its turn whether a council is outside any offer, so that a visit may be of use."""
    is_free = False
    for o in range(len(s.offers)):
        is_free |= s.status[o, i] == OUTSIDE or s.status[o, i] == LEFT
    s.is_free[s.turn_of[i]] = is_free


@step_of
def close_ranks(s):  # type: ignore[no-untyped-def]
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


@step_of
def choose_by_priority(case, s, k, visits):  # type: ignore[no-untyped-def]
    """Put those of the highest priority on the call list; equals go by council number."""
    p = s.programme[0]
    in_team = case.in_team[p.regime, k]
    targeting = case.teams[p.regime, k].targeting
    asks = targeting in (rules.NEIGHBOURS_OF_MEMBERS, rules.MOST_RECEPTIVE)
    per_quarter = case.push[p.regime].refuser_calls_per_quarter
    chosen = 0  # the best so far stand in the call list, best first
    for i in range(len(case.number)):
        if not in_team[i] or not may_be_called_on(case, s, i, per_quarter):
            continue
        nearest, receptive = 0.0, 0.0
        if asks:
            nearest, receptive = prospects(case, s, i, targeting == rules.MOST_RECEPTIVE)
        c = s.councils[i]
        priority = rules.visit_priority(
            targeting,
            c.last_visit_number,
            c.list_place,
            s.ledger[i].it_spend_gbp_m,
            c.listeners_weight,
            nearest,
            receptive,
        )
        # Councils come by number, so an equal one already on the list stays ahead.
        if chosen == visits and priority <= s.call_priority[chosen - 1]:
            continue
        at = place_in(s.call_priority, chosen, priority)
        chosen = min(chosen + 1, visits)
        for later in range(chosen - 1, at, -1):
            s.call_priority[later] = s.call_priority[later - 1]
            s.call_list[later] = s.call_list[later - 1]
        s.call_priority[at] = priority
        s.call_list[at] = i
    return chosen


@step_of
def place_in(priorities, count, priority):  # type: ignore[no-untyped-def]
    """Find where a priority belongs in a falling list, behind its equals."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if priorities[middle] >= priority:
            low = middle + 1
        else:
            high = middle
    return low


@step_of
def prospects(case, s, i, ask_all):  # type: ignore[no-untyped-def]
    """Tie share, and if asked the log-odds of a yes, the best over offers it is wanted for."""
    nearest = 0.0
    receptive = -1e9
    for o in range(len(s.offers)):
        if is_wanted(case, s, o, i):
            nearest = max(nearest, tie_share(s.news[o, i]))
            if ask_all:
                money, company, trust, autonomy, coordination, local = arguments(case, s, o, i, 0.0)
                log_odds = rules.approval_log_odds(
                    money, company, trust, autonomy, coordination, local, case.behaviour[0]
                )
                receptive = max(receptive, log_odds)
    return nearest, receptive


# ---------------------------------------------------------------- 3 attention


@step_of
def consider(case, s):  # type: ignore[no-untyped-def]
    """Put offers on agendas, or not."""
    p = s.programme[0]
    behaviour = case.behaviour[0]
    for o in range(len(s.offers)):
        state = s.offers[o]
        state.considering = 0
        if state.cancelled or not state.is_open:
            continue
        offer = case.offers[p.regime, o]
        for i in stretch(state):
            status = s.status[o, i]
            if status != OUTSIDE and status != LEFT:
                continue
            c, m = s.councils[i], s.memberships[o, i]
            if not m.opened or not is_in_scope(case, s, o, i):
                continue
            reopen_question(case, s, o, i)
            if p.t < m.paused_until:
                continue
            capacity = c.full_capacity
            if p.t < c.recovering_until:
                capacity = c.full_capacity * behaviour.recovery_capacity_share
            hazard = rules.attention(
                capacity,
                s.contact[o, i],
                is_in_window(case, s, i),
                s.worry[i],
                tie_share(s.news[o, i]),
                duty_of(s, i),
                offer,
                behaviour,
            )
            if rules.happens(unit(s.membership_words[o, 0, i]), hazard):
                s.considering[o, state.considering] = i
                state.considering += 1


@step_of
def reopen_question(case, s, o, i):  # type: ignore[no-untyped-def]
    """End the pause after a refusal early if circumstances changed."""
    p, c, m = s.programme[0], s.councils[i], s.memberships[o, i]
    if c.duty_begins:
        m.paused_until = p.t
    elif m.paused_until > p.t and (s.status[o, i] == OUTSIDE or s.refused[o, i]):
        window_opens = case.offers[p.regime, o].joining_is_procured and rules.window_opens(
            s.contract_age[i], s.contract_months[i], case.traits[0].contract_window_months
        )
        if window_opens or c.struck_severely:
            m.paused_until = p.t


# ---------------------------------------------------------------- 4 decision


@step_of
def decide(case, s):  # type: ignore[no-untyped-def]
    """Say yes or no to what is on the agenda."""
    p = s.programme[0]
    behaviour = case.behaviour[0]
    for o in range(len(s.offers)):
        state = s.offers[o]
        for k in range(state.considering):
            i = s.considering[o, k]
            m = s.memberships[o, i]
            m.considered += 1
            money, company, trust, autonomy, coordination, local = arguments(case, s, o, i, m.taste)
            log_odds = rules.approval_log_odds(
                money, company, trust, autonomy, coordination, local, behaviour
            )
            _, decision, _, _ = draw_for_one(case, s, p.month, i, MEMBERSHIP, state.stream)
            if unit(decision) < rules.approval(log_odds, behaviour):
                change_status(s, o, i, PLEDGED)
                s.pledged[o, state.pledged] = i
                state.pledged += 1
                m.approved_months = 0
                s.refused[o, i] = False
                m.reason = rules.WAITING_TO_JOIN
            else:
                s.refused[o, i] = True
                m.paused_until = p.t + behaviour.pause_months
                m.reason = rules.main_objection(money, trust, autonomy, coordination, local)


@step_of
def arguments(case, s, o, i, taste):  # type: ignore[no-untyped-def]
    """Terms for and against: money, company, trust, autonomy, coordination, local."""
    p, c, news = s.programme[0], s.councils[i], s.news[o, i]
    behaviour = case.behaviour[0]
    offer = case.offers[p.regime, o]
    reports = news.live_weight / rules.FULL_WEIGHT * c.links
    ratio = 0.0
    if news.live_weight > 0:
        ratio = news.ratio_weight / (news.live_weight * rules.STEPS)
    scale = rules.scale_gain(offer, s.ledger[i].population, s.offers[o].scale_joined)
    saving = rules.expected_saving(reports, ratio, scale, offer, behaviour)
    cost = rules.expected_cost(
        s.ledger[i].it_spend_gbp_m * offer.addressed_share,
        subsidy_of(case, s, o),
        is_in_window(case, s, i),
        offer,
        behaviour,
    )
    pressure = pressure_on(case, s, i)
    regret_heard = news.regret_weight / rules.FULL_STEPS
    share = nation_share(s, o, c.nation)
    duty = duty_of(s, i)
    return (
        rules.money_term(saving, cost, pressure, behaviour),
        rules.company_term(tie_share(news), share, behaviour),
        rules.trust_term(s.worry[i], s.distrust[o, i], regret_heard, offer, behaviour),
        rules.autonomy_term(
            c.autonomy,
            offer.foreign,
            case.push[p.regime].codesign,
            duty,
            rules.pressing(s.visits_after_refusal[i]),
            offer,
            behaviour,
        ),
        rules.coordination_term(s.offers[o].councils_needed, share, behaviour),
        rules.local_term(taste, s.contact[o, i], duty, behaviour),
    )


@step_of
def pressure_on(case, s, i):  # type: ignore[no-untyped-def]
    """Budget pressure of a council this fiscal year, drawn when it is first asked for."""
    y = case.months[s.programme[0].t].fiscal_year
    if s.pressure[y, i] == UNKNOWN:
        year = case.years[y]
        word, _, _, _ = draw_for_one(case, s, year.starts, i, PRESSURE, NOTHING)
        s.pressure[y, i] = rules.pressure_in_year(
            case.base_pressure[i], year.pressure_trend, unit(word), case.traits[0]
        )
    return s.pressure[y, i]


@step_of
def take_pledges(case, s):  # type: ignore[no-untyped-def]
    """Let pledges take effect, together where the offer says so."""
    for o in range(len(s.offers)):
        offer = case.offers[s.programme[0].regime, o]
        state = s.offers[o]
        if not state.quorum:
            count_pledges(case, s, o, offer.pledge_share)
        waiting = 0
        for k in range(state.pledged):
            i = s.pledged[o, k]
            c, m = s.councils[i], s.memberships[o, i]
            if not is_in_scope(case, s, o, i):
                change_status(s, o, i, OUTSIDE)
                m.reason = rules.NOT_IN_SCOPE
            elif state.quorum and m.approved_months >= offer.approval_months:
                subsidy = subsidy_of(case, s, o)
                s.has_paid[i] = True
                c.joining_paid += offer.joining_cost_gbp_m * (1.0 - subsidy)
                c.subsidy_received += offer.joining_cost_gbp_m * subsidy
                enter(s, o, i, offer, MIGRATING)
            else:
                m.approved_months += 1
                s.pledged[o, waiting] = i
                waiting += 1
        state.pledged = waiting


@step_of
def count_pledges(case, s, o, pledge_share):  # type: ignore[no-untyped-def]
    """See whether enough councils have pledged or joined."""
    pledged = 0
    for i in range(len(case.number)):
        status = s.status[o, i]
        if (status == PLEDGED or rules.has_joined(status)) and is_in_scope(case, s, o, i):
            pledged += 1
    s.offers[o].quorum = rules.quorum_met(pledged, s.offers[o].in_scope, pledge_share)


@step_of
def enter(s, o, i, offer, status):  # type: ignore[no-untyped-def]
    """Become a member, or start on the way to it."""
    m = s.memberships[o, i]
    change_status(s, o, i, status)
    m.months = 0
    s.uses[o, i].use = 0.0
    m.reason = rules.JOINED
    if s.stories[o, i].joined_step < 0:
        s.stories[o, i].joined_step = s.programme[0].t
    if status == MEMBER:
        go_live(s, o, i, offer)
    else:
        s.migrating[o, s.offers[o].migrating] = i
        s.offers[o].migrating += 1


# ---------------------------------------------------------------- 5 migration


@step_of
def migrate(case, s):  # type: ignore[no-untyped-def]
    """Carry on with migrations, finish them, or give them up."""
    p, behaviour = s.programme[0], case.behaviour[0]
    for o in range(len(s.offers)):
        offer, state = case.offers[p.regime, o], s.offers[o]
        carry_on = 0
        for k in range(state.migrating):
            i = s.migrating[o, k]
            if s.status[o, i] != MIGRATING:  # left since, as the offer was cancelled
                continue
            m = s.memberships[o, i]
            if m.months >= offer.migration_months:
                go_live(s, o, i, offer)
                continue
            _, _, abandoning, _ = draw_for_one(case, s, p.month, i, MEMBERSHIP, state.stream)
            if unit(abandoning) < rules.abandoning(m.months, offer, behaviour):
                leave(s, o, i, rules.ABANDONED_MIGRATION, behaviour)
            else:
                m.months += 1
                s.migrating[o, carry_on] = i
                carry_on += 1
        state.migrating = carry_on


@step_of
def go_live(s, o, i, offer):  # type: ignore[no-untyped-def]
    """Finish migrating; what joining really brings shows from now on."""
    m = s.memberships[o, i]
    change_status(s, o, i, MEMBER)
    if s.stories[o, i].live_step < 0:
        s.stories[o, i].live_step = s.programme[0].t
    s.uses[o, i].ratio_steps = rules.steps(rules.realised_ratio(s.stories[o, i].result, offer))
    m.regret_steps = rules.steps(rules.regret_of(s.uses[o, i].ratio_steps / rules.STEPS, offer))


@step_of
def leave(s, o, i, reason, behaviour):  # type: ignore[no-untyped-def]
    """Give up or leave, and stay away for long; under duty only as long as after a no."""
    t, m = s.programme[0].t, s.memberships[o, i]
    change_status(s, o, i, LEFT)
    s.uses[o, i].use = 0.0
    m.reason = reason
    s.refused[o, i] = False
    if reason == rules.ABANDONED_MIGRATION:
        s.stories[o, i].abandoned_step = t
    else:
        s.stories[o, i].left_step = t
    away = behaviour.pause_months if has_duty(s, i) else behaviour.rejoin_months
    m.paused_until = t + away


# ---------------------------------------------------------------- 6 use


@step_of
def deepen_use(case, s):  # type: ignore[no-untyped-def]
    """Route more spend through offers that are live; moving it costs."""
    behaviour = case.behaviour[0]
    for o in range(len(s.offers)):
        offer = case.offers[s.programme[0].regime, o]
        subsidy = subsidy_of(case, s, o)
        growing = 0
        for i in stretch(s.offers[o]):
            renewal = rules.renews(s.contract_age[i], s.contract_months[i])
            if rules.use_grows(renewal, offer) and s.status[o, i] == MEMBER:
                s.listed[growing] = i
                growing += 1
        for k in range(growing):
            i = s.listed[k]
            c, mine, m = s.councils[i], s.ledger[i], s.uses[o, i]
            use = rules.use_after(m.use, duty_of(s, i), offer, behaviour)
            moved_gbp_m = (use - m.use) * mine.it_spend_gbp_m * offer.addressed_share
            m.use = use
            window = is_in_window(case, s, i)
            paid = moved_gbp_m * rules.switching_years(subsidy, window, offer, behaviour)
            unsubsidised = moved_gbp_m * rules.switching_years(0.0, window, offer, behaviour)
            s.has_paid[i] = True
            c.switching_paid += paid
            c.subsidy_received += unsubsidised - paid


# ---------------------------------------------------------------- 7 leaving


@step_of
def reconsider(case, s):  # type: ignore[no-untyped-def]
    """Leave, out of regret or because the programme was cancelled; never under duty."""
    behaviour = case.behaviour[0]
    for o in range(len(s.offers)):
        cancelled = s.offers[o].cancelled
        # Nobody's hazard is above that of a council that regrets everything and uses nothing.
        most = rules.leaving(0.0, 1.0, cancelled, behaviour)
        near = 0
        for i in stretch(s.offers[o]):
            if rules.happens(unit(s.membership_words[o, 3, i]), most):
                s.listed[near] = i
                near += 1
        for k in range(near):
            i = s.listed[k]
            u = unit(s.membership_words[o, 3, i])
            status = s.status[o, i]
            if status != MEMBER and not (status == MIGRATING and cancelled):
                continue
            if has_duty(s, i) and not cancelled:
                continue
            m = s.memberships[o, i]
            regret = m.regret_steps / rules.STEPS if status == MEMBER else 0.0
            hazard = rules.leaving(s.uses[o, i].use, regret, cancelled, behaviour)
            if rules.happens(u, hazard):
                leave(s, o, i, rules.LEFT_AGAIN, behaviour)


# ---------------------------------------------------------------- 8 review


@step_of
def review(case, s):  # type: ignore[no-untyped-def]
    """Cancel an offer that too few have joined when its review is due."""
    p = s.programme[0]
    push = case.push[p.regime]
    if push.review_after < 0:
        return
    for o in range(len(s.offers)):
        if p.month != s.offers[o].opens + push.review_after - 1:
            continue
        joined = 0
        for i in range(len(case.number)):
            if is_in_scope(case, s, o, i) and rules.has_joined(s.status[o, i]):
                joined += 1
        if rules.fails_review(joined, s.offers[o].in_scope, push.minimum_share):
            s.offers[o].cancelled = True
            s.offers[o].cancelled_step = p.t
            for k in range(s.offers[o].pledged):
                i = s.pledged[o, k]
                change_status(s, o, i, OUTSIDE)
                s.memberships[o, i].reason = rules.CANCELLED_FIRST
            s.offers[o].pledged = 0
    p.all_cancelled = True
    for o in range(len(s.offers)):
        p.all_cancelled = p.all_cancelled and s.offers[o].cancelled


# ---------------------------------------------------------------- 9 accounts


@step_of
def keep_accounts(case, s, totals):  # type: ignore[no-untyped-def]
    """Add up the month, in council order, and write it down."""
    p = s.programme[0]
    row = totals[p.t]
    account_for_members(case, s, row)
    measure_scale(s)
    if p.victims > 0:
        account_for_incidents(case, s, row)
    if p.terms_changed:
        count_scope_spend(case, s)
    row[SCOPE_SPEND] = p.scope_spend_gbp_m
    row[VISITS] = float(p.visits_made)
    row[RUNNING] = running_cost(case, s, int(row[JOINED]))


@step_of
def count_scope_spend(case, s):  # type: ignore[no-untyped-def]
    """Add up the spend that offers now open address."""
    p = s.programme[0]
    spend = 0.0
    for i in range(len(case.number)):
        for o in range(len(s.offers)):
            if is_in_scope(case, s, o, i) and s.offers[o].is_open:
                spend += s.ledger[i].it_spend_gbp_m * case.offers[p.regime, o].addressed_share
    p.scope_spend_gbp_m = spend


@step_of
def account_for_members(case, s, row):  # type: ignore[no-untyped-def]
    """Add the month of every council that has pledged, joined or left to the totals."""
    p = s.programme[0]
    discount = case.months[p.t].discount
    offers = len(s.offers)
    joined = live = pledged = gone = 0
    joined_people = joined_spend = used_spend = control = 0.0
    all_promised = all_saved = all_fees = joining = switching = subsidy = 0.0
    for o in range(offers):
        offer, state = case.offers[p.regime, o], s.offers[o]
        state.monthly_fee_gbp_m = rules.per_month(offer.annual_fee_gbp_m)
        state.promised_per_month = rules.per_month(offer.promised_saving_share)
        state.spend_joined = 0.0
        state.spend_used = 0.0
    in_scope, terms = case.in_scope[p.regime], case.offers[p.regime]
    for index in range(find_engaged(s)):
        i = s.engaged[index]
        joined_any = live_any = pledged_any = gone_any = False
        promise = saving = fees = 0.0
        mine = s.ledger[i]
        for o in range(offers):
            status = s.status[o, i]
            if status == OUTSIDE:
                continue
            if status == PLEDGED:
                pledged_any = True
                continue
            if status == LEFT:
                gone_any = True
                continue
            joined_any = True
            offer, state, m = terms[o], s.offers[o], s.uses[o, i]
            addressed = mine.it_spend_gbp_m * offer.addressed_share
            state.spend_joined += mine.it_spend_gbp_m
            state.spend_used += mine.it_spend_gbp_m * m.use
            if in_scope[o, i]:
                joined_spend += addressed
                used_spend += addressed * m.use
            if status == MEMBER:
                live_any = True
                scale = rules.scale_gain(offer, mine.population, state.scale_used)
                promised = state.promised_per_month
                worth = rules.monthly_promise_gbp_m(addressed, m.use, scale, promised)
                promise += worth
                saving += worth * (m.ratio_steps / rules.STEPS)
                fees += state.monthly_fee_gbp_m
                control += offer.depth * m.use
        if joined_any:
            joined += 1
            joined_people += mine.lower_tier_population
        elif pledged_any:
            pledged += 1
        if gone_any and not joined_any:
            gone += 1
        if live_any:
            live += 1
        all_promised += promise
        all_saved += saving
        all_fees += fees
        net = saving - fees
        if s.has_paid[i]:
            c = s.councils[i]
            s.has_paid[i] = False
            joining += c.joining_paid
            switching += c.switching_paid
            subsidy += c.subsidy_received
            net = saving - fees - c.joining_paid - c.switching_paid
            c.joining_paid = 0.0
            c.switching_paid = 0.0
            c.subsidy_received = 0.0
        s.net_saving[i] += discount * net
    row[JOINED] = joined
    row[LIVE] = live
    row[PLEDGES] = pledged
    row[GONE] = gone
    row[JOINED_PEOPLE] = joined_people
    row[JOINED_SPEND] = joined_spend
    row[USED_SPEND] = used_spend
    row[CONTROL] = control
    row[PROMISE] = all_promised
    row[SAVING] = all_saved
    row[FEES] = all_fees
    row[JOINING] = joining
    row[SWITCHING] = switching
    row[SUBSIDY] = subsidy


@step_of
def find_engaged(s):  # type: ignore[no-untyped-def]
    """List the councils, in order, that are not outside all offers; returns how many."""
    found = 0
    for i in stretch(s.programme[0]):
        is_engaged = False
        for o in range(len(s.offers)):
            is_engaged |= s.status[o, i] != OUTSIDE
        # Hard to foresee, and therefore no branch: who is not engaged is written over.
        s.engaged[found] = i
        found += is_engaged
    return found


@step_of
def measure_scale(s):  # type: ignore[no-untyped-def]
    """See how much of the spend each offer was designed for has joined, and is used."""
    for o in range(len(s.offers)):
        state = s.offers[o]
        state.scale_joined = rules.scale_share(state.spend_joined, state.design_spend_gbp_m)
        state.scale_used = rules.scale_share(state.spend_used, state.design_spend_gbp_m)


@step_of
def account_for_incidents(case, s, row):  # type: ignore[no-untyped-def]
    """Add the month's incidents, and those there would have been without the programme."""
    p = s.programme[0]
    discount = case.months[p.t].discount
    for v in range(p.victims):
        c = s.councils[s.victims[v]]
        avoided = 0.0
        if c.struck:
            row[INCIDENTS] += 1.0
            row[SEVERE] += 1.0 if c.struck_severely else 0.0
            row[INCIDENT_COST] += c.incident_cost_gbp_m
            avoided -= c.incident_cost_gbp_m
        if c.twin_cost_gbp_m >= 0.0:
            row[TWIN_INCIDENTS] += 1.0
            row[TWIN_SEVERE] += 1.0 if c.twin_struck_severely else 0.0
            row[TWIN_COST] += c.twin_cost_gbp_m
            avoided += c.twin_cost_gbp_m
        c.incident_cost_avoided_gbp_m += discount * avoided


@step_of
def running_cost(case, s, members):  # type: ignore[no-untyped-def]
    """Cost of the programme this month: none before it starts, less after it stops."""
    p = s.programme[0]
    if len(s.offers) == 0 or p.month < case.teams[p.regime, 0].starts:
        return 0.0
    p.most_members = max(p.most_members, members)
    return rules.running_cost_gbp_m(
        case.push[p.regime].annual_cost_gbp_m,
        p.is_pushing and not p.all_cancelled,
        members,
        p.most_members,
    )


# ---------------------------------------------------------------- news


@step_of
def change_status(s, o, i, status):  # type: ignore[no-untyped-def]
    """Give a council another status, and note that it changed this month."""
    s.status[o, i] = status
    mark_turn(s, i)
    if not s.has_changed[o, i]:
        s.has_changed[o, i] = True
        s.changed[o, s.offers[o].changed] = i
        s.offers[o].changed += 1


@step_of
def publish(case, s, by_group):  # type: ignore[no-untyped-def]
    """Let those who listen, and the nation, know from next month what changed."""
    for o in range(len(s.offers)):
        # What others hear of changes only with the status.
        for k in range(s.offers[o].changed):
            i = s.changed[o, k]
            s.has_changed[o, i] = False
            if s.status[o, i] != s.published_status[o, i]:
                tell(case, s, o, i)
        s.offers[o].changed = 0
    for g in range(len(s.joined_in_group)):
        by_group[s.programme[0].t, g] = s.joined_in_group[g]


@step_of
def tell(case, s, o, i):  # type: ignore[no-untyped-def]
    """Bring what others know of a council up to date."""
    m = s.memberships[o, i]
    old, new = s.published_status[o, i], s.status[o, i]
    ratio = rules.known_ratio(new, s.uses[o, i].ratio_steps)
    regret = rules.known_regret(new, m.regret_steps)
    more_joined = int(rules.has_joined(new)) - int(rules.has_joined(old))
    more_live = int(new == MEMBER) - int(old == MEMBER)
    more_ratio = ratio - m.published_ratio
    more_regret = regret - m.published_regret
    s.published_status[o, i] = new
    m.published_ratio = ratio
    m.published_regret = regret
    c = s.councils[i]
    if more_joined != 0:
        count_in_groups(case, s, o, c, more_joined)
        if is_in_scope(case, s, o, i):
            s.nations[o, c.nation].joined += more_joined
        for k in range(c.first_listener, c.end_listener):
            tie = case.ties[k]
            s.news[o, tie.listener].tie_weight += more_joined * tie.weight
    if more_live != 0 or more_regret != 0:
        for k in range(c.first_listener, c.end_listener):
            tie = case.ties[k]
            listener = s.news[o, tie.listener]
            listener.live_weight += more_live * tie.weight
            listener.ratio_weight += more_ratio * tie.weight
            listener.regret_weight += more_regret * tie.weight


@step_of
def count_in_groups(case, s, o, c, more_joined):  # type: ignore[no-untyped-def]
    """Count a council in its groups once, however many offers it has joined."""
    if len(s.offers) > 1:
        s.joined_in_group[case.offer_group + o] += more_joined
    was_in = c.offers_joined > 0
    c.offers_joined += more_joined
    more = int(c.offers_joined > 0) - int(was_in)
    for index in range(len(c.groups)):
        s.joined_in_group[c.groups[index]] += more


# ---------------------------------------------------------------- runs


@step_of
def write_down(s, out, r):  # type: ignore[no-untyped-def]
    """Write each council's story down."""
    for o in range(len(s.offers)):
        out.cancelled_step[r, o] = s.offers[o].cancelled_step
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            out.joined_step[r, o, i] = s.stories[o, i].joined_step
            out.live_step[r, o, i] = s.stories[o, i].live_step
            out.abandoned_step[r, o, i] = s.stories[o, i].abandoned_step
            out.left_step[r, o, i] = s.stories[o, i].left_step
            out.status[r, o, i] = s.status[o, i]
            out.reason[r, o, i] = m.reason
            out.considered[r, o, i] = m.considered
            out.use[r, o, i] = s.uses[o, i].use
    for i in range(len(s.councils)):
        c = s.councils[i]
        out.visits[r, i] = c.visits
        out.incidents[r, i] = c.incidents
        out.severe[r, i] = c.severe_incidents
        out.net_saving[r, i] = s.net_saving[i]
        out.incident_cost_avoided[r, i] = c.incident_cost_avoided_gbp_m


@entry_of
def play(case, s, seeds, out):  # type: ignore[no-untyped-def]
    """Run all months for each seed."""
    for r in range(len(seeds)):
        start(case, s, seeds[r])
        totals, by_group = out.totals[r], out.joined_by_group[r]
        for t in range(len(case.months)):
            month(case, s, totals, by_group)
            if out.states.shape[1] > 0:
                for o in range(len(s.offers)):
                    for i in range(len(s.councils)):
                        out.states[r, t, o, i] = s.status[o, i]
        write_down(s, out, r)


# The layout of each world, made once, and the rooms in which no run of it is going on just now: new
# memory costs as much as some months of a run.
_layouts: WeakKeyDictionary[World, tuple[Case, list[State]]] = WeakKeyDictionary()


def layout_of(world: World) -> tuple[Case, list[State]]:
    """Return the layout of a world and its free rooms."""
    if world not in _layouts:
        _layouts[world] = make_case(world), []
    return _layouts[world]


def free_room(buffers: list[State], world: World) -> State:
    """Take a room for runs of a world, which no other thread has then, or make one."""
    try:
        state = buffers.pop()
    except IndexError:
        return make_state(world)
    take_capacity(state, world)  # the last run may have been of other behaviour
    return state


def run_compiled(
    worlds: World | Sequence[World], seeds: Sequence[int], *, with_states: bool = False
) -> Record:
    """Run one simulated future for each seed with the compiled engine.

    May be called from several threads at once.

    Parameters
    ----------
    worlds
        The world of a scenario, or one for each seed that differ in behaviour only.
    seeds
        Which lucks.
    with_states
        Also keep every council's status at the end of every month.

    Returns
    -------
    Record
        Equal, to the last bit, to that of the Mesa model.
    """
    each = one_for_each(worlds, seeds)
    record = Record(each[0], seeds, with_states=with_states)
    case, buffers = layout_of(each[0])
    state = free_room(buffers, each[0])
    ends = [run for run in range(1, len(each)) if each[run] is not each[run - 1]]
    for first, end in pairwise([0, *ends, len(each)]):
        if first:
            case = with_behaviour(case, each[first])
            take_capacity(state, each[first])
        runs = slice(first, end)
        play(case, state, record.seeds[runs], outputs_of(record, runs))
    buffers.append(state)
    return record


# ---------------------------------------------------------------- compiling ahead


def is_compiled() -> bool:
    """Is there compiled code for these sources already?"""
    return has_cache("play")


def compile_now() -> None:
    """Compile, or read what was compiled before, by running a few councils for a month."""
    if not is_compiled():
        drop_old_caches()
    horizon = Horizon(starts=APRIL_2018, ends=APRIL_2018)
    scenario = Scenario(
        councils=CouncilChoice(synthetic=2), offers={"any": Offer(opens=APRIL_2018)}
    )
    run_compiled(build_world(scenario, horizon, 1), [1])
