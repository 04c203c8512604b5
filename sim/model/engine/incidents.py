"""Step 1 of the month: incidents, how they spread, and the worry of those who hear of them."""

from __future__ import annotations

from sim.model.compiled import rules, step_of
from sim.model.engine.common import (
    FIRST,
    INCIDENT,
    MEMBER,
    NOTHING,
    SPREAD,
    draw_for_one,
    draw_for_scope,
    stretch,
    unit,
)


@step_of
def strike(case, s):
    """Let incidents happen, spread through shared systems, and be heard of."""
    suffer(case, s)
    if s.programme[0].victims > 0:
        spread_through_members(case, s)
        raise_alarm(case, s)
    take_alarm(case, s)


@step_of
def suffer(case, s):
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
def be_struck(c, severe, cost_gbp_m):
    """Suffer this incident."""
    c.struck = True
    c.struck_severely = severe
    c.incident_cost_gbp_m = cost_gbp_m
    c.incidents += 1
    c.severe_incidents += severe


@step_of
def spread_through_members(case, s):
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
def spread_through_offer(case, s, o, fate, use_at_breached):
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
def put_victims_in_order(s, before):
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
def raise_alarm(case, s):
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
def take_alarm(case, s):
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
def worry_of(s, i, own_shock, behaviour):
    """Worry after an incident of one's own, and after all that was heard."""
    heard = s.heard_shock[i] / rules.FULL_STEPS
    return rules.worry_after(s.worry[i] * s.programme[0].fading, own_shock, heard, behaviour)
