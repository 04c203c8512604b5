"""The compiled ensemble: the month of :mod:`sim.model` over many seeds, with equal bits.

The same scalar functions of :mod:`sim.rules` and the same draws of :mod:`sim.draws` are compiled
with Numba; nothing here says how a council behaves. Councils and memberships are records whose
fields have the names of the attributes in the Mesa model, and the nine steps of the month stand
below in the same order, so that the two can be read side by side. What the Mesa model does by
calling all agents, this does by a loop in council order.

Seeds run in threads: the compiled code holds no lock and shares nothing that it writes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from sim.compiled import draws, has_cache, rules, step_of
from sim.layout import Case, Outputs, make_case, start_of
from sim.record import SERIES, Record
from sim.settings import CouncilChoice, Horizon, Offer, Scenario
from sim.world import APRIL_2018, World, build_world

philox, unit = draws.philox, draws.unit
OUTSIDE, PLEDGED, MIGRATING = rules.OUTSIDE, rules.PLEDGED, rules.MIGRATING
MEMBER, LEFT = rules.MEMBER, rules.LEFT
INCIDENT = np.uint64(draws.Purpose.INCIDENT)
SPREAD = np.uint64(draws.Purpose.SPREAD)
MEMBERSHIP = np.uint64(draws.Purpose.MEMBERSHIP)
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


@step_of
def draw(programme, purpose, council, item):  # type: ignore[no-untyped-def]
    """Four uniform numbers of a council in the present month."""
    a, b, c, d = philox(
        np.uint64(programme.month), council, item, purpose, programme.key_0, programme.key_1
    )
    return unit(a), unit(b), unit(c), unit(d)


@step_of
def has_joined(m):  # type: ignore[no-untyped-def]
    """Has the council joined, whether live or still migrating?"""
    return m.status == MIGRATING or m.status == MEMBER


@step_of
def tie_share(m):  # type: ignore[no-untyped-def]
    """Share of those it listens to, by weight, that have joined."""
    return m.tie_weight / rules.FULL_WEIGHT


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
    if s.scope_in_nation[o, nation] > 0:
        return s.joined_in_nation[o, nation] / s.scope_in_nation[o, nation]
    return 0.0


@step_of
def count_joined_in_nations(s, o):  # type: ignore[no-untyped-def]
    """Count, by nation, the councils in scope that have joined."""
    s.joined_in_nation[o, :] = 0
    for i in range(len(s.councils)):
        m = s.memberships[o, i]
        if m.in_scope and has_joined(m):
            s.joined_in_nation[o, s.councils[i].nation] += 1


# ---------------------------------------------------------------- the month


@step_of
def month(case, s, pressure, out):  # type: ignore[no-untyped-def]
    """Run one month: the nine steps."""
    turn_the_page(case, s, pressure)
    strike(case, s)  # 1 incidents
    call_on_councils(case, s)  # 2 the push
    consider(case, s)  # 3 attention
    decide(case, s)  # 4 decision
    take_pledges(case, s)
    migrate(case, s)  # 5 migration
    deepen_use(case, s)  # 6 use
    reconsider(case, s)  # 7 leaving
    review(case, s, out)  # 8 review of the programme
    keep_accounts(case, s, out)  # 9 accounts
    publish(case, s)


@step_of
def turn_the_page(case, s, pressure):  # type: ignore[no-untyped-def]
    """Start a month: its settings, and what its date brings."""
    p = s.programme[0]
    p.t += 1
    p.month += 1
    t = p.t
    regime = case.regime_of_month[t]
    if regime != p.regime:
        p.regime = regime
        take_effect(case, s)
    p.incident_rate = case.incident_rate[t]
    p.discount = case.discount[t]
    main = case.teams[regime, 0]
    p.is_pushing = main.starts <= p.month and p.month < main.ends
    mandated = case.push[regime].duty_starts <= p.month
    new_year = t == 0 or p.month % 12 == 3
    year = case.fiscal_year_of_month[t]
    for i in range(len(s.councils)):
        c = s.councils[i]
        if new_year:
            c.pressure = pressure[year, i]
        c.joining_paid = 0.0
        c.switching_paid = 0.0
        c.subsidy_received = 0.0
        c.in_window = rules.in_window(
            p.month, c.contract_phase, c.contract_months, case.window_months
        )
        had_duty = c.has_duty
        c.has_duty = mandated and case.has_duty[regime, i]
        c.duty_begins = c.has_duty and not had_duty
    for o in range(len(s.offers)):
        s.offers[o].is_open = p.month >= case.opens[o]
        if p.month == max(case.opens[o], case.first_month):
            for i in range(len(s.councils)):
                m = s.memberships[o, i]
                if m.initial:
                    m.opened = True
                    offer = case.offers[regime, o]
                    enter(case, s, m, offer, MIGRATING if offer.pilot else MEMBER)


@step_of
def take_effect(case, s):  # type: ignore[no-untyped-def]
    """Put the settings of a regime in force."""
    regime = s.programme[0].regime
    for o in range(len(s.offers)):
        s.scope_in_nation[o, :] = 0
        in_scope = 0
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            m.in_scope = case.in_scope[regime, o, i]
            if m.in_scope:
                s.scope_in_nation[o, s.councils[i].nation] += 1
                in_scope += 1
        s.offers[o].in_scope = in_scope
        s.offers[o].councils_needed = float(max(in_scope, 1))
        count_joined_in_nations(s, o)


# ---------------------------------------------------------------- 1 incidents


@step_of
def strike(case, s):  # type: ignore[no-untyped-def]
    """Let incidents happen, spread through shared systems, and be heard of."""
    any_struck = suffer(case, s)
    if not any_struck:
        return
    spread_through_members(case, s)
    raise_alarm(case, s)
    take_alarm(case, s)


@step_of
def suffer(case, s):  # type: ignore[no-untyped-def]
    """Strike councils, or not; old worries fade."""
    p = s.programme[0]
    climate = case.climate[p.regime]
    any_struck = False
    for i in range(len(s.councils)):
        c = s.councils[i]
        c.worry *= p.fading
        c.struck = False
        c.struck_severely = False
        c.incident_cost_gbp_m = 0.0
        c.twin_cost_gbp_m = -1.0
        safe = 1.0
        for o in range(len(s.offers)):
            m = s.memberships[o, i]
            m.distrust *= p.fading
            if m.status == MEMBER:
                safe = rules.exposure(safe, case.offers[p.regime, o].security_gain, m.use)
        breach = case.breached[p.t, i]
        u, severity, cost_draw, _ = draw(p, INCIDENT, c.number, np.uint64(0))
        if not breach and u >= p.incident_rate:
            continue
        severe = breach or severity < climate.severe_share
        cost = rules.incident_cost_gbp_m(severe, cost_draw, climate)
        c.twin_struck_severely = severe
        c.twin_cost_gbp_m = cost
        if breach or u < p.incident_rate * safe:
            be_struck(c, severe, cost)
            any_struck = True
    return any_struck


@step_of
def be_struck(c, severe, cost_gbp_m):  # type: ignore[no-untyped-def]
    """Suffer this incident."""
    c.struck = True
    c.struck_severely = severe
    c.incident_cost_gbp_m = cost_gbp_m
    c.incidents += 1
    if severe:
        c.severe_incidents += 1


@step_of
def spread_through_members(case, s):  # type: ignore[no-untyped-def]
    """Pass severe breaches on to fellow members; one that arrives so goes no further."""
    p = s.programme[0]
    climate = case.climate[p.regime]
    n = len(s.councils)
    victims = 0
    for i in range(n):
        if s.councils[i].struck_severely:
            s.call_list[victims] = i
            victims += 1
    for o in range(len(s.offers)):
        fate = case.offers[p.regime, o].shared_fate
        if fate <= 0.0:
            continue
        for v in range(victims):
            victim = s.councils[s.call_list[v]]
            shared = s.memberships[o, s.call_list[v]]
            if shared.status != MEMBER:
                continue
            item = np.uint64(victim.number + np.uint64(case.offer_luck[o] << 16))
            for i in range(n):
                other = s.councils[i]
                m = s.memberships[o, i]
                if m.status != MEMBER or other.struck:
                    continue
                reached, severity, cost, _ = draw(p, SPREAD, other.number, item)
                if reached < rules.spread_chance(fate, shared.use, m.use):
                    severe = severity < climate.severe_share
                    be_struck(other, severe, rules.incident_cost_gbp_m(severe, cost, climate))


@step_of
def raise_alarm(case, s):  # type: ignore[no-untyped-def]
    """Let those who listen hear of incidents."""
    behaviour = case.behaviour[0]
    t = s.programme[0].t
    for i in range(len(s.councils)):
        c = s.councils[i]
        if not c.struck:
            continue
        shock = rules.steps(rules.shock(c.struck_severely, behaviour))
        start, end = case.listener_start[i], case.listener_start[i + 1]
        for k in range(start, end):
            s.councils[case.listener[k]].heard_shock += case.listener_weight[k] * shock
        if c.struck_severely:
            c.recovering_until = t + behaviour.recovery_months
            for o in range(len(s.offers)):
                m = s.memberships[o, i]
                if m.status == MEMBER:
                    m.distrust = 1.0
                    for k in range(start, end):
                        heard = s.memberships[o, case.listener[k]]
                        heard.breach_heard += case.listener_weight[k]


@step_of
def take_alarm(case, s):  # type: ignore[no-untyped-def]
    """Worry about what struck here and about what was heard."""
    behaviour = case.behaviour[0]
    for i in range(len(s.councils)):
        c = s.councils[i]
        if c.struck or c.heard_shock != 0:
            own = rules.shock(c.struck_severely, behaviour) if c.struck else 0.0
            heard = c.heard_shock / rules.FULL_STEPS
            c.worry = rules.worry_after(c.worry, own, heard, behaviour)
            c.heard_shock = 0
        for o in range(len(s.offers)):
            m = s.memberships[o, i]
            if m.breach_heard != 0:
                m.distrust = rules.distrust_after(m.distrust, m.breach_heard / rules.FULL_WEIGHT)
                m.breach_heard = 0


# ---------------------------------------------------------------- 2 the push


@step_of
def is_wanted(p, offer, cancelled, m):  # type: ignore[no-untyped-def]
    """Would a team call here about this offer?"""
    if not m.in_scope or p.month < offer.known_from or offer.from_peers or cancelled:
        return False
    return m.status == OUTSIDE or (m.status == LEFT and p.t >= m.paused_until)


@step_of
def may_be_called_on(p, push, offers, states, memberships, c, i):  # type: ignore[no-untyped-def]
    """Is a visit of use, and not too soon after the last?"""
    if c.last_visit == p.t:
        return False
    wanted = False
    refused = True
    for o in range(len(offers)):
        m = memberships[o, i]
        if is_wanted(p, offers[o], states[o].cancelled, m):
            wanted = True
            refused = refused and m.refused
    if not wanted:
        return False
    return rules.may_call(refused, c.recent_visits >> 1, push.refuser_calls_per_quarter)


@step_of
def receive_visit(case, s, i):  # type: ignore[no-untyped-def]
    """Meet the team."""
    p = s.programme[0]
    c = s.councils[i]
    p.visits_so_far += 1
    c.last_visit = p.t
    c.last_visit_number = p.visits_so_far
    c.recent_visits |= 1
    c.visits += 1
    refused = True
    for o in range(len(s.offers)):
        m = s.memberships[o, i]
        if is_wanted(p, case.offers[p.regime, o], s.offers[o].cancelled, m):
            refused = refused and m.refused
            m.contact = rules.contact_gained(m.contact, 1.0, case.behaviour[0])
    if refused:
        c.visits_after_refusal |= 1


@step_of
def call_on_councils(case, s):  # type: ignore[no-untyped-def]
    """Let contact fade and offers open; let every team make its visits of the month."""
    hear_of_offers(case, s)
    p = s.programme[0]
    p.visits_made = 0
    if p.all_cancelled:
        return
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
    behaviour = case.behaviour[0]
    for i in range(len(s.councils)):
        c = s.councils[i]
        c.recent_visits = (c.recent_visits << 1) & 7
        c.visits_after_refusal = (c.visits_after_refusal << 1) & 7
        for o in range(len(s.offers)):
            m = s.memberships[o, i]
            m.contact = rules.contact_left(m.contact, behaviour)
            if not m.opened and m.in_scope and s.offers[o].is_open:
                m.opened = True
                m.reason = rules.NEVER_CONSIDERED
                launches = p.month == max(case.opens[o], case.first_month)
                if launches and case.in_team[p.regime, 0, i]:
                    m.contact = max(m.contact, case.push[p.regime].launch_contact)
            if case.offers[p.regime, o].from_peers:
                m.contact = rules.contact_gained(m.contact, tie_share(m), behaviour)


@step_of
def visit(case, s, k, visits):  # type: ignore[no-untyped-def]
    """Call on the first councils of a team's list; equals go by council number."""
    p = s.programme[0]
    chosen = 0  # the best so far stand at the head of the call list, best first
    push = case.push[p.regime]
    offers = case.offers[p.regime]
    targeting = case.teams[p.regime, k].targeting
    for i in range(len(s.councils)):
        c = s.councils[i]
        if not case.in_team[p.regime, k, i]:
            continue
        if not may_be_called_on(p, push, offers, s.offers, s.memberships, c, i):
            continue
        nearest, receptive = 0.0, 0.0
        if targeting in (rules.NEIGHBOURS_OF_MEMBERS, rules.MOST_RECEPTIVE):
            nearest, receptive = prospects(case, s, i, targeting == rules.MOST_RECEPTIVE)
        c.priority = rules.visit_priority(
            targeting,
            c.last_visit_number,
            c.list_place,
            c.it_spend_gbp_m,
            c.listeners_weight,
            nearest,
            receptive,
        )
        if chosen == visits:
            if not comes_first(c, s.councils[s.call_list[chosen - 1]]):
                continue
            chosen -= 1
        at = chosen
        while at > 0 and comes_first(c, s.councils[s.call_list[at - 1]]):
            s.call_list[at] = s.call_list[at - 1]
            at -= 1
        s.call_list[at] = i
        chosen += 1
    for at in range(chosen):
        receive_visit(case, s, s.call_list[at])
        p.visits_made += 1


@step_of
def comes_first(one, other):  # type: ignore[no-untyped-def]
    """Does one council come before another on the list? Equals go by council number."""
    if one.priority == other.priority:
        return one.number < other.number
    return one.priority > other.priority


@step_of
def prospects(case, s, i, ask_all):  # type: ignore[no-untyped-def]
    """Tie share, and if asked the log-odds of a yes, the best over offers it is wanted for."""
    p = s.programme[0]
    nearest = 0.0
    receptive = -1e9
    for o in range(len(s.offers)):
        m = s.memberships[o, i]
        if is_wanted(p, case.offers[p.regime, o], s.offers[o].cancelled, m):
            nearest = max(nearest, tie_share(m))
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
        if s.offers[o].cancelled:
            continue
        offer = case.offers[p.regime, o]
        item = np.uint64(case.offer_luck[o])
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            if (m.status != OUTSIDE and m.status != LEFT) or not m.opened or not m.in_scope:
                continue
            c = s.councils[i]
            reopen_question(p, c, m, offer, case.window_months)
            if p.t < m.paused_until:
                continue
            capacity = c.full_capacity
            if p.t < c.recovering_until:
                capacity = c.full_capacity * behaviour.recovery_capacity_share
            hazard = rules.attention(
                capacity,
                m.contact,
                c.in_window,
                c.worry,
                tie_share(m),
                1.0 if c.has_duty else 0.0,
                offer,
                behaviour,
            )
            u, _, _, _ = draw(p, MEMBERSHIP, c.number, item)
            m.on_agenda = u < rules.chance(hazard)


@step_of
def reopen_question(p, c, m, offer, window_months):  # type: ignore[no-untyped-def]
    """End the pause after a refusal early if circumstances changed."""
    if c.duty_begins:
        m.paused_until = p.t
    elif (m.status == OUTSIDE or m.refused) and m.paused_until > p.t:
        window_opens = offer.joining_is_procured and rules.window_opens(
            p.month, c.contract_phase, c.contract_months, window_months
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
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            if not m.on_agenda:
                continue
            m.on_agenda = False
            m.considered += 1
            money, company, trust, autonomy, coordination, local = arguments(case, s, o, i, m.taste)
            log_odds = rules.approval_log_odds(
                money, company, trust, autonomy, coordination, local, behaviour
            )
            _, u, _, _ = draw(p, MEMBERSHIP, s.councils[i].number, np.uint64(case.offer_luck[o]))
            if u < rules.approval(log_odds, behaviour):
                m.status = PLEDGED
                m.approved_months = 0
                m.refused = False
                m.reason = rules.WAITING_TO_JOIN
            else:
                m.refused = True
                m.paused_until = p.t + behaviour.pause_months
                m.reason = rules.main_objection(money, trust, autonomy, coordination, local)


@step_of
def arguments(case, s, o, i, taste):  # type: ignore[no-untyped-def]
    """Terms for and against: money, company, trust, autonomy, coordination, local."""
    p = s.programme[0]
    behaviour = case.behaviour[0]
    offer = case.offers[p.regime, o]
    c = s.councils[i]
    m = s.memberships[o, i]
    reports = m.live_weight / rules.FULL_WEIGHT * c.links
    ratio = m.ratio_weight / (m.live_weight * rules.STEPS) if m.live_weight > 0 else 0.0
    scale = rules.scale_gain(offer, c.population, s.offers[o].scale_joined)
    saving = rules.expected_saving(reports, ratio, scale, offer, behaviour)
    cost = rules.expected_cost(
        c.it_spend_gbp_m * offer.addressed_share,
        subsidy_of(case, s, o),
        c.in_window,
        offer,
        behaviour,
    )
    share = nation_share(s, o, c.nation)
    duty = 1.0 if c.has_duty else 0.0
    return (
        rules.money_term(saving, cost, c.pressure, behaviour),
        rules.company_term(tie_share(m), share, behaviour),
        rules.trust_term(c.worry, m.distrust, m.regret_weight / rules.FULL_STEPS, offer, behaviour),
        rules.autonomy_term(
            c.autonomy,
            offer.foreign,
            case.push[p.regime].codesign,
            duty,
            rules.pressing(c.visits_after_refusal),
            offer,
            behaviour,
        ),
        rules.coordination_term(s.offers[o].councils_needed, share, behaviour),
        rules.local_term(taste, m.contact, duty, behaviour),
    )


@step_of
def take_pledges(case, s):  # type: ignore[no-untyped-def]
    """Let pledges take effect, together where the offer says so."""
    p = s.programme[0]
    for o in range(len(s.offers)):
        offer = case.offers[p.regime, o]
        if not s.offers[o].quorum:
            pledged = 0
            for i in range(len(s.councils)):
                m = s.memberships[o, i]
                if m.in_scope and (m.status == PLEDGED or has_joined(m)):
                    pledged += 1
            s.offers[o].quorum = rules.quorum_met(pledged, s.offers[o].in_scope, offer.pledge_share)
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            if m.status != PLEDGED:
                continue
            if not m.in_scope:
                m.status = OUTSIDE
                m.reason = rules.NOT_IN_SCOPE
            elif s.offers[o].quorum and m.approved_months >= offer.approval_months:
                subsidy = subsidy_of(case, s, o)
                c = s.councils[i]
                c.joining_paid += offer.joining_cost_gbp_m * (1.0 - subsidy)
                c.subsidy_received += offer.joining_cost_gbp_m * subsidy
                enter(case, s, m, offer, MIGRATING)
            else:
                m.approved_months += 1


@step_of
def enter(case, s, m, offer, status):  # type: ignore[no-untyped-def]
    """Become a member, or start on the way to it."""
    m.status = status
    m.months = 0
    m.use = 0.0
    m.reason = rules.JOINED
    if m.joined_step < 0:
        m.joined_step = s.programme[0].t
    if status == MEMBER:
        go_live(s, m, offer)


# ---------------------------------------------------------------- 5 migration


@step_of
def migrate(case, s):  # type: ignore[no-untyped-def]
    """Carry on with migrations, finish them, or give them up."""
    p = s.programme[0]
    behaviour = case.behaviour[0]
    for o in range(len(s.offers)):
        offer = case.offers[p.regime, o]
        item = np.uint64(case.offer_luck[o])
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            if m.status != MIGRATING:
                continue
            if m.months >= offer.migration_months:
                go_live(s, m, offer)
                continue
            _, _, u, _ = draw(p, MEMBERSHIP, s.councils[i].number, item)
            if u < rules.abandoning(m.months, offer, behaviour):
                leave(case, s, s.councils[i], m, rules.ABANDONED_MIGRATION)
            else:
                m.months += 1


@step_of
def go_live(s, m, offer):  # type: ignore[no-untyped-def]
    """Finish migrating; what joining really brings shows from now on."""
    m.status = MEMBER
    if m.live_step < 0:
        m.live_step = s.programme[0].t
    m.ratio_steps = rules.steps(rules.realised_ratio(m.result, offer))
    m.regret_steps = rules.steps(rules.regret_of(m.ratio_steps / rules.STEPS, offer))


@step_of
def leave(case, s, c, m, reason):  # type: ignore[no-untyped-def]
    """Give up or leave, and stay away for long; under duty only as long as after a no."""
    t = s.programme[0].t
    m.status = LEFT
    m.use = 0.0
    m.reason = reason
    m.refused = False
    if reason == rules.ABANDONED_MIGRATION:
        m.abandoned_step = t
    else:
        m.left_step = t
    away = case.behaviour[0].pause_months if c.has_duty else case.behaviour[0].rejoin_months
    m.paused_until = t + away


# ---------------------------------------------------------------- 6 use


@step_of
def deepen_use(case, s):  # type: ignore[no-untyped-def]
    """Route more spend through offers that are live; moving it costs."""
    p = s.programme[0]
    behaviour = case.behaviour[0]
    for o in range(len(s.offers)):
        offer = case.offers[p.regime, o]
        subsidy = subsidy_of(case, s, o)
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            if m.status != MEMBER:
                continue
            c = s.councils[i]
            renewal = rules.renews(p.month, c.contract_phase, c.contract_months)
            duty = 1.0 if c.has_duty else 0.0
            use = rules.use_after(m.use, renewal, duty, offer, behaviour)
            moved_gbp_m = (use - m.use) * c.it_spend_gbp_m * offer.addressed_share
            m.use = use
            paid = moved_gbp_m * rules.switching_years(subsidy, c.in_window, offer, behaviour)
            unsubsidised = moved_gbp_m * rules.switching_years(0.0, c.in_window, offer, behaviour)
            c.switching_paid += paid
            c.subsidy_received += unsubsidised - paid


# ---------------------------------------------------------------- 7 leaving


@step_of
def reconsider(case, s):  # type: ignore[no-untyped-def]
    """Leave, out of regret or because the programme was cancelled."""
    p = s.programme[0]
    behaviour = case.behaviour[0]
    for o in range(len(s.offers)):
        cancelled = s.offers[o].cancelled
        item = np.uint64(case.offer_luck[o])
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            if not (m.status == MEMBER or (m.status == MIGRATING and cancelled)):
                continue
            c = s.councils[i]
            if c.has_duty and not cancelled:
                continue
            regret = m.regret_steps / rules.STEPS if m.status == MEMBER else 0.0
            hazard = rules.leaving(m.use, regret, cancelled, behaviour)
            _, _, _, u = draw(p, MEMBERSHIP, c.number, item)
            if u < rules.chance(hazard):
                leave(case, s, c, m, rules.LEFT_AGAIN)


# ---------------------------------------------------------------- 8 review


@step_of
def review(case, s, out):  # type: ignore[no-untyped-def]
    """Cancel an offer that too few have joined when its review is due."""
    p = s.programme[0]
    push = case.push[p.regime]
    if push.review_after < 0:
        return
    for o in range(len(s.offers)):
        if p.month != case.opens[o] + push.review_after - 1:
            continue
        joined = 0
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            if m.in_scope and has_joined(m):
                joined += 1
        if rules.fails_review(joined, s.offers[o].in_scope, push.minimum_share):
            s.offers[o].cancelled = True
            out.cancelled_step[o] = p.t
            for i in range(len(s.councils)):
                m = s.memberships[o, i]
                if m.status == PLEDGED:
                    m.status = OUTSIDE
                    m.reason = rules.CANCELLED_FIRST
    p.all_cancelled = True
    for o in range(len(s.offers)):
        p.all_cancelled = p.all_cancelled and s.offers[o].cancelled


# ---------------------------------------------------------------- 9 accounts


@step_of
def keep_accounts(case, s, out):  # type: ignore[no-untyped-def]
    """Add up the month, in council order, and write it down."""
    p = s.programme[0]
    row = out.totals[p.t]
    by_group = out.joined_by_group[p.t]
    offers = len(s.offers)
    spend_joined = np.zeros(offers)
    spend_used = np.zeros(offers)
    for i in range(len(s.councils)):
        c = s.councils[i]
        joined_any = False
        live_any = False
        pledged_any = False
        gone_any = False
        promise = 0.0
        saving = 0.0
        fees = 0.0
        for o in range(offers):
            m = s.memberships[o, i]
            offer = case.offers[p.regime, o]
            addressed = c.it_spend_gbp_m * offer.addressed_share
            if m.in_scope and s.offers[o].is_open:
                row[SCOPE_SPEND] += addressed
            if m.status == PLEDGED:
                pledged_any = True
            elif m.status == LEFT:
                gone_any = True
            elif has_joined(m):
                joined_any = True
                spend_joined[o] += c.it_spend_gbp_m
                spend_used[o] += c.it_spend_gbp_m * m.use
                if m.in_scope:
                    row[JOINED_SPEND] += addressed
                    row[USED_SPEND] += addressed * m.use
                if offers > 1:
                    by_group[case.offer_group + o] += 1
                if m.status == MEMBER:
                    live_any = True
                    scale = rules.scale_gain(offer, c.population, s.offers[o].scale_used)
                    worth = rules.monthly_promise_gbp_m(addressed, m.use, scale, offer)
                    promise += worth
                    saving += worth * (m.ratio_steps / rules.STEPS)
                    fees += offer.annual_fee_gbp_m / 12.0
                    row[CONTROL] += offer.depth * m.use
        if joined_any:
            row[JOINED] += 1.0
            row[JOINED_PEOPLE] += c.lower_tier_population
            for place in range(case.groups.shape[1]):
                by_group[case.groups[i, place]] += 1
        if live_any:
            row[LIVE] += 1.0
        if pledged_any and not joined_any:
            row[PLEDGES] += 1.0
        if gone_any and not joined_any:
            row[GONE] += 1.0
        row[PROMISE] += promise
        row[SAVING] += saving
        row[FEES] += fees
        row[JOINING] += c.joining_paid
        row[SWITCHING] += c.switching_paid
        row[SUBSIDY] += c.subsidy_received
        net = saving - fees - c.joining_paid - c.switching_paid
        c.net_saving_gbp_m += p.discount * net
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
        c.incident_cost_avoided_gbp_m += p.discount * avoided
    for o in range(offers):
        design = case.design_spend_gbp_m[o]
        s.offers[o].scale_joined = rules.scale_share(spend_joined[o], design)
        s.offers[o].scale_used = rules.scale_share(spend_used[o], design)
        count_joined_in_nations(s, o)
    row[VISITS] = float(p.visits_made)
    row[RUNNING] = running_cost(case, s, int(row[JOINED]))


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
def publish(case, s):  # type: ignore[no-untyped-def]
    """Let those who listen know, from next month, what changed."""
    for o in range(len(s.offers)):
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            joined = 1 if has_joined(m) else 0
            live = 1 if m.status == MEMBER else 0
            ratio = m.ratio_steps * live
            regret = m.regret_steps if m.status == MEMBER or m.status == LEFT else 0
            if (
                joined == m.published_joined
                and live == m.published_live
                and ratio == m.published_ratio
                and regret == m.published_regret
            ):
                continue
            more_joined = joined - m.published_joined
            more_live = live - m.published_live
            more_ratio = ratio - m.published_ratio
            more_regret = regret - m.published_regret
            m.published_joined = joined
            m.published_live = live
            m.published_ratio = ratio
            m.published_regret = regret
            for k in range(case.listener_start[i], case.listener_start[i + 1]):
                other = s.memberships[o, case.listener[k]]
                weight = case.listener_weight[k]
                other.tie_weight += more_joined * weight
                other.live_weight += more_live * weight
                other.ratio_weight += more_ratio * weight
                other.regret_weight += more_regret * weight


# ---------------------------------------------------------------- a run


@njit(nogil=True, cache=True)
def play(case, s, pressure, out):  # type: ignore[no-untyped-def]
    """Run all months."""
    for _ in range(len(case.regime_of_month)):
        month(case, s, pressure, out)


def run_compiled(
    world: World, seeds: Sequence[int], case: Case | None = None, *, with_states: bool = False
) -> Record:
    """Run one simulated future for each seed with the compiled engine.

    Parameters
    ----------
    world
        The world of a scenario.
    seeds
        Which lucks.
    case
        The same world laid out by `make_case`, if it was made before.
    with_states
        Also keep every council's status at the end of every month.

    Returns
    -------
    Record
        Equal, to the last bit, to that of the Mesa model.
    """
    case = make_case(world) if case is None else case
    record = Record(world, seeds, with_states=with_states)
    for r, seed in enumerate(seeds):
        state, pressure = start_of(world, case, seed)
        groups = np.zeros(record.joined_by_group[r].shape, dtype=np.int64)
        cancelled = np.full(record.cancelled_step[r].shape, -1, dtype=np.int64)
        play(case, state, pressure, Outputs(record.totals[r], groups, cancelled))
        record.joined_by_group[r] = groups
        record.cancelled_step[r] = cancelled
        for name in (
            "joined_step",
            "live_step",
            "abandoned_step",
            "left_step",
            "status",
            "reason",
            "considered",
            "use",
        ):
            getattr(record, name)[r] = state.memberships[name]
        record.visits[r] = state.councils["visits"]
        record.incidents[r] = state.councils["incidents"]
        record.severe[r] = state.councils["severe_incidents"]
        record.net_saving[r] = state.councils["net_saving_gbp_m"]
        record.incident_cost_avoided[r] = state.councils["incident_cost_avoided_gbp_m"]
    return record


# ---------------------------------------------------------------- compiling ahead


def is_compiled() -> bool:
    """Is there compiled code for these sources already?"""
    return has_cache("play")


def compile_now() -> None:
    """Compile, or read what was compiled before, by running a few councils for a month."""
    horizon = Horizon(starts=APRIL_2018, ends=APRIL_2018)
    scenario = Scenario(
        councils=CouncilChoice(synthetic=2), offers={"any": Offer(opens=APRIL_2018)}
    )
    run_compiled(build_world(scenario, horizon, 1), [1])
