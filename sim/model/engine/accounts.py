"""Step 9 of the month: the accounts, added up in council order."""

from __future__ import annotations

from sim.model.compiled import rules, step_of
from sim.model.engine.common import LEFT, MEMBER, OUTSIDE, PLEDGED, is_in_scope, stretch
from sim.model.record import SERIES
from sim.model.rules import ORIGINS

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
    FROM_START,
    *_,
    VISITS_PLANNED,
) = range(len(SERIES))
CAUSES = len(ORIGINS)


@step_of
def keep_accounts(case, s, totals):
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
    row[VISITS_PLANNED] = float(p.visits_planned)
    row[RUNNING] = running_cost(case, s, int(row[JOINED])) + p.effort_gbp_m
    p.money_in_hand_gbp_m -= row[SUBSIDY]


@step_of
def count_scope_spend(case, s):
    """Add up the spend that offers now open address."""
    p = s.programme[0]
    spend = 0.0
    for i in range(len(case.number)):
        for o in range(len(s.offers)):
            if is_in_scope(case, s, o, i) and s.offers[o].is_open:
                spend += s.ledger[i].it_spend_gbp_m * case.offers[p.regime, o].addressed_share
    p.scope_spend_gbp_m = spend


@step_of
def account_for_members(case, s, row):
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
            if not joined_any:
                count_origin(row, s.origins[o, i])
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
def count_origin(row, origin):
    """Share a member out by what brought it in."""
    for cause in range(CAUSES):
        row[FROM_START + cause] += origin[cause]


@step_of
def find_engaged(s):
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
def measure_scale(s):
    """See how much of the spend each offer was designed for has joined, and is used."""
    for o in range(len(s.offers)):
        state = s.offers[o]
        state.scale_joined = rules.scale_share(state.spend_joined, state.design_spend_gbp_m)
        state.scale_used = rules.scale_share(state.spend_used, state.design_spend_gbp_m)


@step_of
def account_for_incidents(case, s, row):
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
def running_cost(case, s, members):
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
