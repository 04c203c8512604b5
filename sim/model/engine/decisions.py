"""Steps 3 and 4 of the month: what comes on an agenda, the yes or no to it, and pledges."""

from __future__ import annotations

from sim.model.compiled import rules, step_of
from sim.model.engine.common import (
    LEFT,
    MEMBERSHIP,
    MIGRATING,
    NOTHING,
    OUTSIDE,
    PLEDGED,
    PRESSURE,
    UNKNOWN,
    draw_for_one,
    duty_of,
    has_duty,
    is_in_scope,
    is_in_window,
    nation_share,
    stretch,
    subsidy_of,
    tie_share,
    unit,
)
from sim.model.engine.membership import change_status, enter

# ---------------------------------------------------------------- 3 attention


@step_of
def consider(case, s):
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
            if m.served and not has_duty(s, i):
                if rules.renews(s.contract_age[i], s.contract_months[i]):
                    m.served = rules.is_served_again(unit(s.membership_words[o, 0, i]), behaviour)
                continue
            reopen_question(case, s, o, i)
            if p.t < m.paused_until:
                continue
            window, duty = is_in_window(case, s, i), duty_of(s, i)
            capacity = rules.spare_capacity(
                c.full_capacity,
                p.t < c.recovering_until,
                window,
                case.pressure_above[i],
                duty,
                offer,
                behaviour,
            )
            hazard = rules.attention(
                capacity,
                s.contact[o, i],
                window,
                s.worry[i],
                tie_share(s.news[o, i]),
                duty,
                offer,
                behaviour,
            )
            if rules.happens(unit(s.membership_words[o, 0, i]), hazard):
                note_origin(case, s, o, i)
                s.considering[o, state.considering] = i
                state.considering += 1


@step_of
def note_origin(case, s, o, i):
    """Note what put the offer on the agenda, in case the council joins."""
    offer = case.offers[s.programme[0].regime, o]
    habit, visits, contracts, peers, worry, duty = rules.origin_shares(
        s.contact[o, i],
        is_in_window(case, s, i),
        s.worry[i],
        tie_share(s.news[o, i]),
        duty_of(s, i),
        offer.from_peers,
        offer,
        case.behaviour[0],
    )
    origin = s.origins[o, i]
    origin[0] = 0.0
    origin[1] = habit
    origin[2] = visits
    origin[3] = contracts
    origin[4] = peers
    origin[5] = worry
    origin[6] = duty


@step_of
def reopen_question(case, s, o, i):
    """End the pause after a refusal early if circumstances changed."""
    p, c, m = s.programme[0], s.councils[i], s.memberships[o, i]
    if m.paused_until <= p.t:
        return
    window_months = case.traits[0].contract_window_months
    if rules.pause_ends(
        c.duty_begins,
        s.status[o, i] == OUTSIDE or s.refused[o, i],
        rules.window_opens(s.contract_age[i], s.contract_months[i], window_months),
        c.struck_severely,
        case.offers[p.regime, o],
    ):
        m.paused_until = p.t


# ---------------------------------------------------------------- 4 decision


@step_of
def decide(case, s):
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
def arguments(case, s, o, i, taste):
    """Terms for and against: money, company, trust, autonomy, coordination, local."""
    p, c, news = s.programme[0], s.councils[i], s.news[o, i]
    behaviour = case.behaviour[0]
    offer = case.offers[p.regime, o]
    reports = news.live_weight / rules.FULL_WEIGHT * c.links
    ratio = 0.0
    if news.live_weight > 0:
        ratio = news.ratio_weight / (news.live_weight * rules.STEPS)
    scale = rules.scale_gain(offer, s.ledger[i].population, s.offers[o].scale_joined)
    use = rules.use_foreseen(s.contract_months[i], offer, behaviour)
    saving = use * rules.expected_saving(reports, ratio, scale, offer, behaviour)
    cost = rules.expected_cost(
        s.ledger[i].it_spend_gbp_m * offer.addressed_share,
        subsidy_of(case, s, o),
        is_in_window(case, s, i),
        use,
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
            rules.dominance_of(s.offers[o].host_gbp_m, s.ledger[i].it_spend_gbp_m),
            duty,
            rules.pressing(s.visits_after_refusal[i]),
            offer,
            behaviour,
        ),
        rules.coordination_term(
            s.offers[o].councils_needed, share, c.full_capacity, offer, behaviour
        ),
        rules.local_term(taste, s.contact[o, i], duty, behaviour),
    )


@step_of
def pressure_on(case, s, i):
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
def take_pledges(case, s):
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
def count_pledges(case, s, o, pledge_share):
    """See whether enough councils have pledged or joined."""
    pledged = 0
    for i in range(len(case.number)):
        status = s.status[o, i]
        if (status == PLEDGED or rules.has_joined(status)) and is_in_scope(case, s, o, i):
            pledged += 1
    s.offers[o].quorum = rules.quorum_met(pledged, s.offers[o].in_scope, pledge_share)
