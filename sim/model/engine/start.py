"""The start of a run: a clean slate, and what a seed holds for the councils."""

from __future__ import annotations

import numpy as np

from sim.model.compiled import rules, step_of
from sim.model.engine.common import (
    ALL,
    NOTHING,
    OUTSIDE,
    TASTE,
    TRAITS,
    UNKNOWN,
    WORD,
    draw_for_all,
    unit,
)
from sim.model.engine.visit_queue import line_up

BEYOND = 2**32  # above any word


@step_of
def start(case, s, seed):
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
    p.money_in_hand_gbp_m = 0.0
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
        offer.host_gbp_m = 0.0
        offer.gone_share = 0.0
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
            for cause in range(s.origins.shape[2]):
                s.origins[o, i, cause] = 0.0
            s.origins[o, i, 0] = 1.0
    draw_luck(case, s)


@step_of
def draw_luck(case, s):
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
            m.served = rules.is_served(unit(words[3, i]), case.offers[0, o])
        choose_initial_members(case, s, o)


@step_of
def choose_initial_members(case, s, o):
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
