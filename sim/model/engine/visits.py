"""Step 2 of the month: the push. Contact fades, offers open, and teams make their visits."""

from __future__ import annotations

from sim.model.compiled import rules, step_of
from sim.model.engine.common import LEFT, OUTSIDE, is_in_scope, is_launch_month, tie_share
from sim.model.engine.decisions import arguments
from sim.model.engine.visit_queue import go_to_the_end


@step_of
def call_on_councils(case, s):
    """Let contact fade and offers open; let every team make its visits of the month."""
    hear_of_offers(case, s)
    p = s.programme[0]
    p.visits_made = 0
    p.visits_planned = 0
    p.effort_gbp_m = 0.0
    if p.all_cancelled:
        return
    for o in range(len(s.offers)):
        offer, state = case.offers[p.regime, o], s.offers[o]
        is_known = p.month >= offer.known_from
        state.is_promoted = is_known and not offer.from_peers and not state.cancelled
    pay_teams(case, s)
    for k in range(case.teams.shape[1]):
        team = case.teams[p.regime, k]
        if not is_at_work(team, p.month):
            continue
        in_hand = s.visits_in_hand[k] + team.visits_per_month
        whole = rules.whole_visits(in_hand)
        s.visits_in_hand[k] = in_hand - whole
        if whole > 0:
            visit(case, s, k, whole)


@step_of
def is_at_work(team, month):
    """Does a team work this month?"""
    return team.starts <= month and month < team.ends


@step_of
def pay_teams(case, s):
    """Take the month's part of the budget, and pay for the teams that work."""
    p = s.programme[0]
    annual_budget = case.push[p.regime].budget_gbp_m
    working = False
    for k in range(case.teams.shape[1]):
        team = case.teams[p.regime, k]
        if is_at_work(team, p.month):
            working = True
            p.effort_gbp_m += rules.per_month(team.fixed_cost_gbp_m)
    if annual_budget < 0.0:
        p.money_in_hand_gbp_m = 0.0
    elif working:
        p.money_in_hand_gbp_m += rules.per_month(annual_budget) - p.effort_gbp_m


@step_of
def hear_of_offers(case, s):
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
                s.contact[o, i] = rules.contact_from_peers(
                    s.contact[o, i], heard, case.behaviour[0]
                )


@step_of
def open_offer(case, s, o):
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
def visit(case, s, k, visits):
    """Call on the first councils of a team's list, as far as there is money."""
    p = s.programme[0]
    cost = case.teams[p.regime, k].cost_per_visit_gbp_m
    p.visits_planned += visits
    if case.push[p.regime].budget_gbp_m >= 0.0:
        visits = rules.visits_paid(visits, p.money_in_hand_gbp_m, cost)
        if visits == 0:
            return
    if case.teams[p.regime, k].targeting == rules.IN_TURN:
        chosen = choose_in_turn(case, s, k, visits)
    else:
        chosen = choose_by_priority(case, s, k, visits)
    for at in range(chosen):
        receive_visit(case, s, s.call_list[at])
    p.visits_made += chosen
    p.effort_gbp_m += chosen * cost
    p.money_in_hand_gbp_m -= chosen * cost


@step_of
def is_wanted(case, s, o, i):
    """Would a team call here about this offer?"""
    if not s.offers[o].is_promoted or not is_in_scope(case, s, o, i):
        return False
    status = s.status[o, i]
    if status == LEFT:
        return s.programme[0].t >= s.memberships[o, i].paused_until
    return status == OUTSIDE


@step_of
def may_be_called_on(case, s, i, refuser_calls_per_quarter):
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
def receive_visit(case, s, i):
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
def choose_in_turn(case, s, k, visits):
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
def choose_by_priority(case, s, k, visits):
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
def place_in(priorities, count, priority):
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
def prospects(case, s, i, ask_all):
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
