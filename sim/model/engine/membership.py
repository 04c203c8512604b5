"""Steps 5 to 8 of the month: what becomes of members, from joining to leaving."""

from __future__ import annotations

from sim.model.compiled import rules, step_of
from sim.model.engine.common import (
    LEFT,
    MEMBER,
    MEMBERSHIP,
    MIGRATING,
    OUTSIDE,
    draw_for_one,
    duty_of,
    has_duty,
    is_in_scope,
    is_in_window,
    stretch,
    subsidy_of,
    unit,
)
from sim.model.engine.visit_queue import mark_turn

# ---------------------------------------------------------------- a change of status


@step_of
def change_status(s, o, i, status):
    """Give a council another status, and note that it changed this month."""
    s.status[o, i] = status
    mark_turn(s, i)
    if not s.has_changed[o, i]:
        s.has_changed[o, i] = True
        s.changed[o, s.offers[o].changed] = i
        s.offers[o].changed += 1


@step_of
def enter(s, o, i, offer, status):
    """Become a member, or start on the way to it."""
    m = s.memberships[o, i]
    change_status(s, o, i, status)
    m.months = 0
    s.uses[o, i].use = 0.0
    m.served = False
    m.reason = rules.JOINED
    if s.stories[o, i].joined_step < 0:
        s.stories[o, i].joined_step = s.programme[0].t
    if status == MEMBER:
        go_live(s, o, i, offer)
    else:
        s.migrating[o, s.offers[o].migrating] = i
        s.offers[o].migrating += 1


@step_of
def go_live(s, o, i, offer):
    """Finish migrating; what joining really brings shows from now on."""
    m = s.memberships[o, i]
    change_status(s, o, i, MEMBER)
    if s.stories[o, i].live_step < 0:
        s.stories[o, i].live_step = s.programme[0].t
    s.uses[o, i].ratio_steps = rules.steps(rules.realised_ratio(s.stories[o, i].result, offer))
    m.regret_steps = rules.steps(rules.regret_of(s.uses[o, i].ratio_steps / rules.STEPS, offer))


@step_of
def leave(s, o, i, reason, behaviour):
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


# ---------------------------------------------------------------- 5 migration


@step_of
def count_the_gone(case, s, o):
    """See what part of those that ever joined is gone again; asked only where it matters."""
    gone, joined = 0, 0
    for i in range(len(case.number)):
        if s.status[o, i] == LEFT:
            gone += 1
        elif rules.has_joined(s.status[o, i]):
            joined += 1
    s.offers[o].gone_share = rules.gone_share(gone, joined)


@step_of
def migrate(case, s):
    """Carry on with migrations, finish them, or give them up."""
    p, behaviour = s.programme[0], case.behaviour[0]
    for o in range(len(s.offers)):
        offer, state = case.offers[p.regime, o], s.offers[o]
        if behaviour.leave_with_others_per_month > 0.0:
            count_the_gone(case, s, o)
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
            if unit(abandoning) < rules.abandoning(m.months, state.gone_share, offer, behaviour):
                leave(s, o, i, rules.ABANDONED_MIGRATION, behaviour)
            else:
                m.months += 1
                s.migrating[o, carry_on] = i
                carry_on += 1
        state.migrating = carry_on


# ---------------------------------------------------------------- 6 use


@step_of
def deepen_use(case, s):
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
def reconsider(case, s):
    """Leave, out of regret or because the programme was cancelled; never under duty."""
    behaviour = case.behaviour[0]
    for o in range(len(s.offers)):
        cancelled = s.offers[o].cancelled
        # Nobody's hazard is above that of a council that regrets everything and uses nothing.
        gone = s.offers[o].gone_share
        most = rules.leaving(0.0, 1.0, gone, cancelled, behaviour)
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
            hazard = rules.leaving(s.uses[o, i].use, regret, gone, cancelled, behaviour)
            if rules.happens(u, hazard):
                leave(s, o, i, rules.LEFT_AGAIN, behaviour)


# ---------------------------------------------------------------- 8 review


@step_of
def review(case, s):
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
