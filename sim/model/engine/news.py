"""The end of the month: what others will know of a council from next month on."""

from __future__ import annotations

from sim.model.compiled import rules, step_of
from sim.model.engine.common import MEMBER, is_in_scope


@step_of
def publish(case, s, by_group):
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
def tell(case, s, o, i):
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
def count_in_groups(case, s, o, c, more_joined):
    """Count a council in its groups once, however many offers it has joined."""
    if len(s.offers) > 1:
        s.joined_in_group[case.offer_group + o] += more_joined
    was_in = c.offers_joined > 0
    c.offers_joined += more_joined
    more = int(c.offers_joined > 0) - int(was_in)
    for index in range(len(c.groups)):
        s.joined_in_group[c.groups[index]] += more
