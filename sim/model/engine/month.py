"""The month: what its date brings, then the nine steps in their order."""

from __future__ import annotations

from sim.model.compiled import rules, step_of
from sim.model.engine.accounts import keep_accounts
from sim.model.engine.common import (
    ENDS,
    FIRST,
    INCIDENT,
    MEMBER,
    MEMBERSHIP,
    MIGRATING,
    NOTHING,
    draw_for_all,
    draw_for_scope,
    is_launch_month,
)
from sim.model.engine.decisions import consider, decide, take_pledges
from sim.model.engine.incidents import strike
from sim.model.engine.membership import deepen_use, enter, migrate, reconsider, review
from sim.model.engine.news import publish
from sim.model.engine.visits import call_on_councils


@step_of
def month(case, s, totals, by_group):
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
def turn_the_page(case, s):
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
def admit_initial_members(case, s, o):
    """Let in those who are members, or recruits of a pilot, from the start."""
    offer = case.offers[s.programme[0].regime, o]
    for i in range(len(case.number)):
        if s.memberships[o, i].initial:
            s.memberships[o, i].opened = True
            enter(s, o, i, offer, MIGRATING if offer.pilot else MEMBER)
            if offer.from_peers:
                s.offers[o].host_gbp_m = max(s.offers[o].host_gbp_m, s.ledger[i].it_spend_gbp_m)


@step_of
def take_effect(case, s):
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
