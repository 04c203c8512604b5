"""How councils behave: the one rule book.

Small pure functions of plain numbers, called by the readable Mesa model for one council at a
time. They are written so that the same source can be compiled and give the same bits: only
``+ - * /``, comparisons, ``math.exp``, ``math.log`` and ``math.sqrt``; arguments of ``exp``
are clipped and denominators guarded. Nothing here draws a random number, reads a clock or
remembers anything.

Conventions: a *share* lies in 0-1; *worth* and *cost* are shares of the spend an offer
addresses, per year; money is in £m at 2017-18 prices; log-odds are before division by
`temperature`. `behaviour` and `offer` are anything with the attributes of
:class:`sim.settings.Behaviour` and :class:`sim.settings.Offer`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.settings import Behaviour, Climate, Offer, Traits

# What flows along ties is held in whole steps of 1/1024, and the ties of a listener add up to
# 2**20, so that sums over neighbours are exact in any order.
STEPS = 1024
FULL_WEIGHT = 1048576
FULL_STEPS = 1073741824.0  # STEPS * FULL_WEIGHT

# Status of a council towards an offer.
OUTSIDE, PLEDGED, MIGRATING, MEMBER, LEFT = 0, 1, 2, 3, 4

# What brings councils in: members from the start, and what put the offer on an agenda.
ORIGINS = ("start", "habit", "visits", "contracts", "peers", "worry", "duty")

# Why a council is not in at the end.
JOINED = 0
NOT_IN_SCOPE = 1
NEVER_CONSIDERED = 2
REFUSED_MONEY = 3
REFUSED_AUTONOMY = 4
REFUSED_DISTRUST = 5
REFUSED_COORDINATION = 6
REFUSED_LOCAL = 7
REFUSED_NARROWLY = 8
WAITING_TO_JOIN = 9
ABANDONED_MIGRATION = 10
LEFT_AGAIN = 11
CANCELLED_FIRST = 12


# ---------------------------------------------------------------- elementary functions


def clip(value: float, low: float, high: float) -> float:
    """Bound `value` to the range from `low` to `high`."""
    if value < low:
        return low
    if value > high:
        return high
    return value


def logistic(log_odds: float) -> float:
    """Probability of the given log-odds, which are clipped to ±30."""
    return 1.0 / (1.0 + math.exp(-clip(log_odds, -30.0, 30.0)))


def chance(hazard_per_month: float) -> float:
    """Probability that something with this hazard happens within a month."""
    return 1.0 - math.exp(-clip(hazard_per_month, 0.0, 30.0))


def happens(u: float, hazard_per_month: float) -> bool:
    """Does something with this hazard happen within a month, given a uniform draw?

    The chance is never above the hazard, so that most draws are decided without `exp`; the margin
    is far above any rounding of it.
    """
    if u > hazard_per_month + 1e-9:
        return False
    return u < chance(hazard_per_month)


def steps(value: float) -> int:
    """Round to whole steps of 1/1024, the precision at which news travels along ties."""
    return math.floor(value * STEPS + 0.5)


# Coefficients of Wichura's algorithm AS 241, highest power first: for the middle of the
# distribution, its near and its far tail.
_CENTRE_TOP = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080e0,
)
_CENTRE_BOTTOM = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
_NEAR_TOP = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258e0,
    3.64784832476320460504e0,
    5.76949722146069140550e0,
    4.63033784615654529590e0,
    1.42343711074968357734e0,
)
_NEAR_BOTTOM = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940e0,
    2.05319162663775882187e0,
    1.0,
)
_FAR_TOP = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580e0,
    5.46378491116411436990e0,
    6.65790464350110377720e0,
)
_FAR_BOTTOM = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
    1.0,
)


def _ratio(x: float, top: tuple[float, ...], bottom: tuple[float, ...]) -> float:
    """Ratio of two polynomials, coefficients with the highest power first."""
    above, below = 0.0, 0.0
    for coefficient in top:
        above = above * x + coefficient
    for coefficient in bottom:
        below = below * x + coefficient
    return above / below


def normal_quantile(u: float) -> float:
    """Quantile of the standard normal distribution at `u`, strictly between 0 and 1.

    Rational approximations of Wichura's algorithm AS 241 (Applied Statistics 37, 1988),
    accurate to about 1 part in 10**16.
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        return q * _ratio(0.180625 - q * q, _CENTRE_TOP, _CENTRE_BOTTOM)
    tail = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-math.log(tail))
    if r <= 5.0:
        size = _ratio(r - 1.6, _NEAR_TOP, _NEAR_BOTTOM)
    else:
        size = _ratio(r - 5.0, _FAR_TOP, _FAR_BOTTOM)
    return -size if q < 0.0 else size


# ---------------------------------------------------------------- drawn once a run


def read_off(u: float, quantiles: Sequence[float]) -> float:
    """Quantile at `u`, in 0-1, of a distribution given by equally spaced quantiles."""
    at = u * (len(quantiles) - 1)
    below = math.floor(at)
    return quantiles[below] + (at - below) * (quantiles[below + 1] - quantiles[below])


def contract_length(u: float, traits: Traits) -> int:
    """Months that a council's main contract runs: lognormal, 1 to 20 years."""
    sigma = traits.contract_sigma
    # A lognormal variable with this mean has its median at mean * exp(-sigma**2 / 2).
    log_ratio = clip(sigma * normal_quantile(u) - sigma * sigma / 2.0, -30.0, 30.0)
    return math.floor(clip(traits.contract_months_mean * math.exp(log_ratio), 12.0, 240.0) + 0.5)


def contract_phase(u: float, contract_months: int) -> int:
    """Where in its contract a council stands in month 0 of the calendar."""
    return math.floor(u * contract_months)


def pressure_in_year(base: float, trend: float, u: float, traits: Traits) -> float:
    """Budget pressure of a council in a fiscal year."""
    pressure = base + trend + traits.pressure_sd * normal_quantile(u)
    return clip(traits.pressure_scale * pressure, 0.0, 1.0)


def lasting_taste(u: float, behaviour: Behaviour) -> float:
    """What a council thinks of an offer for reasons of its own: logistic, mean 0."""
    return behaviour.taste_sd * 0.5513288954217921 * math.log(u / (1.0 - u))  # sqrt(3) / pi


# ---------------------------------------------------------------- contracts


def contract_age(month: int, phase_months: int, contract_months: int) -> int:
    """Months since the last renewal of the main contract, at a calendar month."""
    return (month + phase_months) % contract_months


def contract_age_after(age: int, contract_months: int) -> int:
    """Months since the last renewal of the main contract, a month later."""
    return 0 if age + 1 >= contract_months else age + 1


def in_window(age: int, contract_months: int, window_months: int) -> bool:
    """Is the main contract within `window_months` of its end, when moving is cheap?"""
    return age >= contract_months - window_months


def window_opens(age: int, contract_months: int, window_months: int) -> bool:
    """Is this the first month of the window?"""
    return age == contract_months - window_months


def renews(age: int, contract_months: int) -> bool:
    """Does the main contract come up for renewal this month?"""
    return age == contract_months - 1


# ---------------------------------------------------------------- 1 incidents


def exposure(protected: float, security_gain: float, use: float) -> float:
    """Share of the incident rate that remains, after one more offer protects what has moved."""
    return protected * (1.0 - security_gain * use)


def spread_chance(shared_fate: float, use_at_breached: float, use: float) -> float:
    """Probability that severe breaches at members reach another through what they share.

    `use_at_breached` is the sum of use over those breached: breaches of a month add up.
    """
    return clip(shared_fate * use_at_breached * use, 0.0, 1.0)


def incident_cost_gbp_m(severe: bool, u: float, climate: Climate) -> float:
    """Cost of an incident: lognormal if severe, a fixed small sum if minor."""
    if severe:
        return climate.severe_cost_gbp_m * math.exp(
            clip(climate.severe_cost_sigma * normal_quantile(u), -30.0, 30.0)
        )
    return climate.minor_cost_gbp_m


def fading(half_life_months: float) -> float:
    """Share of a worry that is left a month later."""
    return math.exp(-0.6931471805599453 / half_life_months)


def shock(severe: bool, behaviour: Behaviour) -> float:
    """Worry to which an incident lifts its victim."""
    return behaviour.worry_severe if severe else behaviour.worry_minor


def worry_after(faded: float, own_shock: float, heard: float, behaviour: Behaviour) -> float:
    """Worry after this month's incidents.

    `faded` is what is left of last month's; `own_shock` the jump at a victim (0 if spared);
    `heard` the shocks at the councils one listens to, weighted by tie share.
    """
    worry = faded if faded > own_shock else own_shock
    return clip(worry + behaviour.worry_listener * heard, 0.0, 1.0)


def distrust_after(faded: float, heard: float) -> float:
    """Distrust of an offer's security, after hearing of severe breaches at its members.

    `heard` is the tie share of the members breached this month. There is no evidence on its
    size (see docs), so no weight of its own is given to it.
    """
    return faded + (1.0 - faded) * clip(heard, 0.0, 1.0)


# ---------------------------------------------------------------- 2 the push

# Orders in which a team calls on councils; a new one is added here and in `visit_priority`.
IN_TURN, LARGEST, BEST_CONNECTED, NEIGHBOURS_OF_MEMBERS, MOST_RECEPTIVE = 0, 1, 2, 3, 4
TARGETING = {
    "in_turn": IN_TURN,
    "largest": LARGEST,
    "best_connected": BEST_CONNECTED,
    "neighbours_of_members": NEIGHBOURS_OF_MEMBERS,
    "most_receptive": MOST_RECEPTIVE,
}


def whole_visits(in_hand: float) -> int:
    """Visits that can be made; a tenth a month makes one in the tenth month, rounding or not."""
    return math.floor(in_hand + 1e-9)


def visits_paid(planned: int, money_in_hand_gbp_m: float, cost_per_visit_gbp_m: float) -> int:
    """Of so many visits, those that can be paid; rounding takes none away."""
    money = money_in_hand_gbp_m + 1e-9
    if planned * cost_per_visit_gbp_m <= money:
        return planned
    return math.floor(money / cost_per_visit_gbp_m) if money > 0.0 else 0


def visit_priority(
    targeting: int,
    last_visit_number: int,
    list_place: float,
    it_spend_gbp_m: float,
    listeners_weight: float,
    tie_share: float,
    receptive_log_odds: float,
) -> float:
    """Rank of a council on a team's call list; the highest are called on first.

    In turn means longest unvisited first, by the running number of visits; the never visited
    (number 0) come before, in an order (`list_place`, 0-1) drawn once per seed, since the order
    of the council table would favour some types.
    """
    if targeting == LARGEST:
        return it_spend_gbp_m
    if targeting == BEST_CONNECTED:
        return listeners_weight
    if targeting == NEIGHBOURS_OF_MEMBERS:
        return tie_share
    if targeting == MOST_RECEPTIVE:
        return receptive_log_odds
    if last_visit_number == 0:
        return list_place
    return -1.0 * last_visit_number


def may_call(refused: bool, recent_visits: int, refuser_calls_per_quarter: int) -> bool:
    """May a team call this month on a council, given its visits in the two months before?"""
    if not refused:
        return True
    return count_visits(recent_visits & 3) < refuser_calls_per_quarter


def count_visits(recent_visits: int) -> int:
    """Visits in the last three months, kept as three bits, the newest lowest."""
    return (recent_visits & 1) + ((recent_visits >> 1) & 1) + ((recent_visits >> 2) & 1)


def pressing(visits_after_refusal: int) -> float:
    """How pressed a council feels by visits it had after a refusal: those beyond one a quarter."""
    return clip((count_visits(visits_after_refusal) - 1) / 2.0, 0.0, 1.0)


def contact_kept(behaviour: Behaviour) -> float:
    """Share of contact that is left a month later, if nobody called."""
    return 1.0 - behaviour.contact_decay_per_month


def contact_gained(contact: float, share: float, behaviour: Behaviour) -> float:
    """Contact after a visit (`share` 1), or after meeting that share of members among ties."""
    return contact + behaviour.visit_gain * share * (1.0 - contact)


def contact_from_peers(contact: float, tie_share: float, behaviour: Behaviour) -> float:
    """Contact after a month among so many members: meeting a peer may be less than a visit."""
    return contact_gained(contact, behaviour.peer_contact_ratio * tie_share, behaviour)


# ---------------------------------------------------------------- 3 attention


def followed(tie_share: float, behaviour: Behaviour) -> float:
    """How far members among one's ties are followed: in proportion, or not before there are enough.

    A threshold says that one's own step waits for others' (Granovetter 1978, American Journal of
    Sociology 83; among one's own ties Valente 1996, Social Networks 18).
    """
    if behaviour.tie_threshold_share <= 0.0:
        return tie_share
    return 1.0 if tie_share >= behaviour.tie_threshold_share else 0.0


def spare_capacity(
    full_capacity: float,
    recovering: bool,
    window: bool,
    pressure_above: float,
    duty: float,
    offer: Offer,
    behaviour: Behaviour,
) -> float:
    """Attention that a council has for an offer this month.

    Little of it while recovering from a severe breach. Unless the law asks, less of it where cuts
    bite harder than in others of its nation and tier (`pressure_above`), and, for an offer that is
    bought, between contracts.
    """
    capacity = full_capacity
    if recovering:
        capacity *= behaviour.recovery_capacity_share
    if duty > 0.0:
        return capacity
    if behaviour.pressure_starving > 0.0:
        capacity *= math.exp(-clip(behaviour.pressure_starving * pressure_above, -30.0, 30.0))
    if offer.joining_is_procured and not window:
        capacity *= 1.0 - behaviour.contract_binding_share
    return capacity


def is_served(u: float, offer: Offer) -> bool:
    """Has a council a service of its own in the place of the offer, when that opens?"""
    return u < offer.served_share


def is_served_again(u: float, behaviour: Behaviour) -> bool:
    """Does a council that is served renew its own service, now that its contract ends?"""
    return u < behaviour.served_again_share


def attention(
    capacity: float,
    contact: float,
    window: bool,
    worry: float,
    tie_share: float,
    duty: float,
    offer: Offer,
    behaviour: Behaviour,
) -> float:
    """Hazard per month that a council outside puts the offer on its agenda.

    An obligation opens the door as wide as full contact does: a legal duty reaches every
    chief executive's desk.
    """
    habit, door, alarm, peers, contract = attention_terms(
        contact, window, worry, tie_share, duty, offer, behaviour
    )
    return capacity * (habit + door + alarm + peers + contract)


def attention_terms(
    contact: float,
    window: bool,
    worry: float,
    tie_share: float,
    duty: float,
    offer: Offer,
    behaviour: Behaviour,
) -> tuple[float, float, float, float, float]:
    """What that hazard adds up: habit, an open door, worry, peers, a contract about to end."""
    door = contact if contact > duty else duty
    renewal = 0.0
    if window and offer.joining_is_procured:
        renewal = behaviour.renewal_attention_per_month
    return (
        behaviour.attention_base_per_month,
        behaviour.contact_attention_per_month * door,
        behaviour.worry_attention_per_month * worry * offer.security_gain,
        behaviour.peer_attention_per_month * followed(tie_share, behaviour),
        renewal,
    )


def origin_shares(
    contact: float,
    window: bool,
    worry: float,
    tie_share: float,
    duty: float,
    from_peers: bool,
    offer: Offer,
    behaviour: Behaviour,
) -> tuple[float, float, float, float, float, float]:
    """How far each cause put the offer on the agenda: a share of the hazard in that month.

    In the order of `ORIGINS`, without the start. Who opened the door has its part: the team's
    visits, the peers that own the offer and are met (they send no team), or else a duty. Shares
    are whole numbers of 2**-20, what that leaves being habit's, so that they add up to 1 and sums
    of them are exact in any order.
    """
    habit, door, alarm, peers, contract = attention_terms(
        contact, window, worry, tie_share, duty, offer, behaviour
    )
    total = habit + door + alarm + peers + contract
    if total <= 0.0:
        return 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    visits, obliged = 0.0, 0.0
    if contact <= duty:
        obliged = door
    elif from_peers:
        peers += door
    else:
        visits = door
    visits = part(visits, total)
    contract = part(contract, total)
    peers = part(peers, total)
    alarm = part(alarm, total)
    obliged = part(obliged, total)
    habit = 1.0 - (visits + contract + peers + alarm + obliged)
    return habit, visits, contract, peers, alarm, obliged


def part(term: float, total: float) -> float:
    """Share of a total, rounded down to a whole number of 2**-20."""
    return math.floor(term / total * FULL_WEIGHT) / FULL_WEIGHT


def pause_ends(
    duty_begins: bool, refused: bool, window_opens: bool, struck_severely: bool, offer: Offer
) -> bool:
    """Do circumstances end a council's pause early, so that the question comes up again?

    A duty that begins ends any pause; a window that opens (if joining is bought) or a severe breach
    of its own ends one that follows a refusal, not the time that a council which left stays away.
    """
    if duty_begins:
        return True
    return refused and ((window_opens and offer.joining_is_procured) or struck_severely)


# ---------------------------------------------------------------- 4 decision


def scale_gain(offer: Offer, population: float, spend_share: float) -> float:
    """Extra saving, as a share of the saving, from the spend that others bring in.

    Small councils only, where the offer says so (Dutch tax offices: gains exhausted at about
    60,000 people; Niaounakis and Blank 2017).
    """
    if offer.scale_max_population > 0.0 and population >= offer.scale_max_population:
        return 0.0
    return offer.economies_of_scale * spend_share


def expected_saving(
    reports: float, realised_ratio: float, scale: float, offer: Offer, behaviour: Behaviour
) -> float:
    """Saving a council expects: the promise, replaced by what peers report as reports come in.

    `reports` counts the members among its ties, `realised_ratio` is their mean of realised
    over promised.
    """
    k = behaviour.promise_worth_reports
    ratio = (k + reports * realised_ratio) / (k + reports)
    return clip(offer.promised_saving_share * ratio * (1.0 + scale), -1.0, 1.5)


def use_foreseen(contract_months: int, offer: Offer, behaviour: Behaviour) -> float:
    """Share of the addressed spend that a business case counts on.

    All of it, or, as far as councils look ahead, the mean over their horizon if spend moves at the
    pace that contracts allow: the mean of 1 - exp(-pace t).
    """
    ahead = behaviour.foresight_share
    if ahead <= 0.0:
        return 1.0
    pace = behaviour.deepening_per_month
    if offer.use_is_procured:
        pace = behaviour.routed_per_renewal_share / contract_months
    moved = clip(pace * behaviour.horizon_months, 0.0, 30.0)
    mean = 0.0
    if moved > 1e-6:
        mean = 1.0 - (1.0 - math.exp(-moved)) / moved
    return (1.0 - ahead) + ahead * mean


def expected_cost(
    addressed_gbp_m: float,
    subsidy_share: float,
    window: bool,
    use: float,
    offer: Offer,
    behaviour: Behaviour,
) -> float:
    """Cost a council expects: fee, joining and switching, these two spread over its horizon.

    `use` is the share of the spend that it expects to move.
    """
    years = behaviour.horizon_months / 12.0
    switching = switching_years(subsidy_share, window, offer, behaviour)
    joining = offer.joining_cost_gbp_m * (1.0 - subsidy_share)
    money = (offer.annual_fee_gbp_m + joining / years) / addressed_gbp_m
    return clip(money + use * switching / years, -1.0, 1.5)


def switching_years(
    subsidy_share: float, window: bool, offer: Offer, behaviour: Behaviour
) -> float:
    """Cost to a council of moving its spend, in years of that spend; less at a renewal."""
    relief = 0.0
    if window and offer.use_is_procured:
        relief = behaviour.renewal_relief_share
    return offer.switching_cost_years * (1.0 - relief) * (1.0 - subsidy_share)


def money_term(saving: float, cost: float, pressure: float, behaviour: Behaviour) -> float:
    """Log-odds from the business case: saving weighs more, and cost may, under pressure."""
    return (
        behaviour.saving_weight * (0.5 + pressure) * saving
        - behaviour.cost_weight * (1.0 + behaviour.liquidity * pressure) * cost
    )


def company_term(tie_share: float, nation_share: float, behaviour: Behaviour) -> float:
    """Log-odds from members among one's ties (learning) and in the nation (legitimacy)."""
    learning = behaviour.peer_weight * followed(tie_share, behaviour)
    return learning + behaviour.legitimacy_weight * nation_share


def trust_term(
    worry: float, distrust: float, regret_heard: float, offer: Offer, behaviour: Behaviour
) -> float:
    """Log-odds from worry about attacks, times the net security seen, less regret heard of."""
    net_security = offer.security_gain * (1.0 - distrust) - offer.shared_fate * distrust
    return behaviour.worry_weight * worry * net_security - behaviour.regret_weight * regret_heard


def autonomy_term(
    autonomy: float,
    foreign: float,
    codesign: float,
    dominance: float,
    duty: float,
    pressed: float,
    offer: Offer,
    behaviour: Behaviour,
) -> float:
    """Log-odds from control given up and, if obliged or pressed, from reactance against it.

    Control weighs by autonomy and by how foreign the owner is; depth may be feared for itself, and
    more where one member is much larger (`dominance`).
    """
    force = duty if duty > pressed else pressed
    return -(
        behaviour.autonomy_weight * autonomy * offer.depth * foreign * (1.0 - codesign)
        + (behaviour.depth_risk + behaviour.dominance_weight * dominance) * offer.depth
        + behaviour.reactance * autonomy * force
    )


def dominance_of(host_gbp_m: float, own_gbp_m: float) -> float:
    """How far the largest of those that began an offer outweighs a council: log of IT spend."""
    if host_gbp_m <= own_gbp_m or own_gbp_m <= 0.0:
        return 0.0
    return math.log(host_gbp_m / own_gbp_m)


def coordination_term(
    councils_needed: float,
    nation_share: float,
    full_capacity: float,
    offer: Offer,
    behaviour: Behaviour,
) -> float:
    """Log-odds from red tape, waiting for others, and officers' work; all off by default."""
    return -(
        behaviour.coordination * math.log(councils_needed)
        + behaviour.waiting * (1.0 - nation_share)
        + behaviour.effort_weight * offer.joining_effort_months / full_capacity
    )


def local_term(taste: float, contact: float, duty: float, behaviour: Behaviour) -> float:
    """Log-odds of the council's own: lasting taste, contact (if it weighs), legal duty."""
    return taste + behaviour.contact_weight * contact + behaviour.duty_weight * duty


def approval_log_odds(
    money: float,
    company: float,
    trust: float,
    autonomy: float,
    coordination: float,
    local: float,
    behaviour: Behaviour,
) -> float:
    """Log-odds that a council says yes; `local` is its `local_term`."""
    return behaviour.intercept + money + company + trust + autonomy + coordination + local


def approval(log_odds: float, behaviour: Behaviour) -> float:
    """Probability of a yes."""
    return logistic(log_odds / behaviour.temperature)


def main_objection(
    money: float, trust: float, autonomy: float, coordination: float, local: float
) -> int:
    """Name the largest of the terms that spoke against, as the reason of a refusal."""
    reason, least = REFUSED_NARROWLY, 0.0
    if money < least:
        reason, least = REFUSED_MONEY, money
    if trust < least:
        reason, least = REFUSED_DISTRUST, trust
    if autonomy < least:
        reason, least = REFUSED_AUTONOMY, autonomy
    if coordination < least:
        reason, least = REFUSED_COORDINATION, coordination
    if local < least:
        reason = REFUSED_LOCAL
    return reason


# ---------------------------------------------------------------- 5 migration


def gone_share(gone: int, joined: int) -> float:
    """Share of those that ever joined that are gone again."""
    ever = gone + joined
    return gone / ever if ever > 0 else 0.0


def abandoning(months_done: int, gone: float, offer: Offer, behaviour: Behaviour) -> float:
    """Probability a month that a migration is given up.

    It falls as cost sinks, not in pilots, and rises with the share of members that are gone.
    """
    hazard = (
        behaviour.abandon_base_per_month
        + behaviour.abandon_depth_per_month * offer.depth * offer.depth
    )
    if not offer.pilot and offer.migration_months > 0:
        hazard *= 1.0 - months_done / offer.migration_months
    return clip(hazard + behaviour.leave_with_others_per_month * gone, 0.0, 1.0)


def realised_ratio(result: float, offer: Offer) -> float:
    """Realised over promised saving of one council; `result` is standard normal."""
    return clip(offer.realised_ratio + offer.realised_ratio_sd * result, -1.0, 2.0)


def regret_of(realised_ratio: float, offer: Offer) -> float:
    """Promised less realised saving, as a share of addressed spend; none if it exceeded."""
    return clip(offer.promised_saving_share * (1.0 - realised_ratio), 0.0, 1.0)


# ---------------------------------------------------------------- 6 use


def use_grows(renewal: bool, offer: Offer) -> bool:
    """Does spend move this month? Where it is bound to contracts, only at a renewal."""
    return renewal or not offer.use_is_procured


def use_after(use: float, duty: float, offer: Offer, behaviour: Behaviour) -> float:
    """Share of addressed spend routed through the offer, once more of it has moved."""
    pace = behaviour.deepening_per_month
    if offer.use_is_procured:
        pace = behaviour.routed_per_renewal_share
    if duty > 0.0:
        pace *= behaviour.duty_use_pace
    return use + pace * (1.0 - use)


# ---------------------------------------------------------------- 7 leaving


def leaving(use: float, regret: float, gone: float, cancelled: bool, behaviour: Behaviour) -> float:
    """Hazard per month that a member leaves; `gone` is the share of members gone before."""
    hazard = behaviour.leave_base_per_month + behaviour.leave_regret_per_month * regret * (
        1.0 - use
    )
    hazard += behaviour.leave_with_others_per_month * gone
    if cancelled:
        hazard += behaviour.drift_per_month
    return hazard


# ---------------------------------------------------------------- news


def has_joined(status: int) -> bool:
    """Has a council joined, whether live or still migrating?"""
    return status in (MIGRATING, MEMBER)


def known_ratio(status: int, ratio_steps: int) -> int:
    """Realised over promised saving that others hear of, in 1/1024: from live members."""
    return ratio_steps if status == MEMBER else 0


def known_regret(status: int, regret_steps: int) -> int:
    """Regret that others hear of, in 1/1024: from live members and those that left."""
    return regret_steps if status in (MEMBER, LEFT) else 0


# ---------------------------------------------------------------- 8 review


def fails_review(joined: int, in_scope: int, minimum_share: float) -> bool:
    """Is the share of councils that have joined below the minimum?"""
    return in_scope > 0 and joined / in_scope < minimum_share


def quorum_met(pledged: int, in_scope: int, pledge_share: float) -> bool:
    """Have enough councils pledged or joined for pledges to take effect?"""
    return in_scope > 0 and pledged / in_scope >= pledge_share


# ---------------------------------------------------------------- 9 accounts


def scale_share(spend_gbp_m: float, design_gbp_m: float) -> float:
    """Share of the spend an offer was designed for that is in; more brings no more."""
    if design_gbp_m <= 0.0:
        return 0.0
    return clip(spend_gbp_m / design_gbp_m, 0.0, 1.0)


def running_cost_gbp_m(
    annual_gbp_m: float, pushing: bool, members: int, most_members: int
) -> float:
    """Cost of the programme in a month.

    In full while the push is on; then what it takes to serve the members left, as a part of the
    most there have been.
    """
    if pushing:
        return annual_gbp_m / 12.0
    if most_members == 0:
        return 0.0
    return annual_gbp_m / 12.0 * (members / most_members)


def per_month(per_year: float) -> float:
    """Turn a yearly sum or share into that of a month."""
    return per_year / 12.0


def monthly_promise_gbp_m(
    addressed_gbp_m: float, use: float, scale: float, promised_share_per_month: float
) -> float:
    """Saving in a month if all that was promised came true, at the present use."""
    return addressed_gbp_m * use * promised_share_per_month * (1.0 + scale)
