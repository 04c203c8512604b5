"""A council as an agent: what it is, what it decides, and where it stands towards each offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mesa import Agent

from sim.model import rules
from sim.model.rules import LEFT, MEMBER, MIGRATING, OUTSIDE, PLEDGED

if TYPE_CHECKING:
    from sim.model.mesa_model import PlatformModel
    from sim.settings import Offer

LONG_AGO = -1_000
FROM_THE_START = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Decision(NamedTuple):
    """A council's answer to an offer, and what it rests on.

    Attributes
    ----------
    step, council, offer
        When, and positions of who and of what.
    origin
        Shares of what put the question, in the order of `sim.model.rules.ORIGINS`.
    terms
        Log-odds for and against: money, company, trust, autonomy, coordination, local.
    chance
        Probability of a yes.
    agreed
        The answer.
    """

    step: int
    council: int
    offer: int
    origin: tuple[float, ...]
    terms: tuple[float, ...]
    chance: float
    agreed: bool


class Membership:
    """Where one council stands towards one offer."""

    __slots__ = (
        "abandoned_step",
        "approved_months",
        "considered",
        "contact",
        "distrust",
        "in_scope",
        "joined_step",
        "left_step",
        "live_step",
        "live_weight",
        "months",
        "offer",
        "on_agenda",
        "opened",
        "origin",
        "paused_until",
        "position",
        "published",
        "ratio_steps",
        "ratio_weight",
        "reason",
        "refused",
        "regret_steps",
        "regret_weight",
        "result",
        "served",
        "status",
        "taste",
        "tie_weight",
        "use",
    )

    def __init__(
        self, position: int, offer: Offer, taste: float, result: float, *, served: bool
    ) -> None:
        self.position = position
        self.offer = offer
        self.taste = taste
        self.result = result
        self.served = served  # by something of its own, until its contract ends
        self.status = OUTSIDE
        self.in_scope = False
        self.opened = False
        self.use = 0.0
        self.contact = 0.0
        self.distrust = 0.0
        self.months = 0  # of migration done
        self.approved_months = 0  # since the yes
        self.paused_until = 0  # step from which the question may come up again
        self.refused = False
        self.on_agenda = False
        self.origin = FROM_THE_START  # shares of what last put it on the agenda
        self.considered = 0
        self.reason = rules.NOT_IN_SCOPE
        self.ratio_steps = 0  # realised over promised saving, in 1/1024
        self.regret_steps = 0
        self.joined_step = self.live_step = self.abandoned_step = self.left_step = -1
        # What others know (joined, live, ratio, regret), and what one knows of others: sums over
        # those listened to, in whole units of tie weight.
        self.published = (0, 0, 0, 0)
        self.tie_weight = 0
        self.live_weight = 0
        self.ratio_weight = 0
        self.regret_weight = 0

    @property
    def joined(self) -> bool:
        """Has the council joined, whether live or still migrating?"""
        return rules.has_joined(self.status)

    @property
    def tie_share(self) -> float:
        """Share of those it listens to, by weight, that have joined."""
        return self.tie_weight / rules.FULL_WEIGHT

    def news(self) -> tuple[int, int, int, int]:
        """What others will know next month: joined, live, realised ratio, regret."""
        return (
            int(self.joined),
            int(self.status == MEMBER),
            rules.known_ratio(self.status, self.ratio_steps),
            rules.known_regret(self.status, self.regret_steps),
        )


class Council(Agent):
    """A council: its traits, its worries, and where it stands towards each offer."""

    model: PlatformModel

    def __init__(self, model: PlatformModel, index: int) -> None:
        super().__init__(model)
        world, luck = model.world, model.luck
        self.index = index
        self.number = int(world.councils.number[index])
        self.gss_code = world.councils.gss_code[index]
        self.name = world.councils.name[index]
        self.nation = world.councils.nation[index]
        self.population = float(world.councils.population[index])
        self.lower_tier_population = float(world.councils.lower_tier_population[index])
        self.it_spend_gbp_m = float(world.it_spend_gbp_m[index])
        self.autonomy = float(luck.autonomy[index])
        self.pressure_above = float(world.pressure_above[index])
        self.full_capacity = float(world.capacity[index])
        self.list_place = float(luck.list_place[index])
        self.contract_months = int(luck.contract_months[index])
        self.contract_phase = int(luck.contract_phase[index])
        self.contract_age = rules.contract_age(
            world.first_month - 1, self.contract_phase, self.contract_months
        )
        self.groups = [int(position) for position in model.record.groups.of_council[index]]
        start, end = world.ties.listener_start[index : index + 2]
        self.listeners = list(
            zip(
                world.ties.listener[start:end].tolist(),
                world.ties.listener_weight[start:end].tolist(),
                strict=True,
            )
        )
        self.listeners_weight = float(sum(weight for _, weight in self.listeners))
        self.links = int(world.ties.start[index + 1] - world.ties.start[index])
        self.memberships = [
            Membership(
                position,
                offer,
                float(luck.taste[position][index]),
                float(luck.result[position][index]),
                served=bool(luck.served[position][index]),
            )
            for position, offer in enumerate(world.scenario.offers.values())
        ]
        self.pressure = 0.0
        self.worry = 0.0
        self.recovering_until = 0
        self.has_duty = False
        self.duty_begins = False
        self.in_window = False
        # visits
        self.recent_visits = 0  # of the last three months, one bit each, the newest lowest
        self.visits_after_refusal = 0  # those of them made to a council that had refused
        self.last_visit = LONG_AGO
        self.last_visit_number = 0  # in the order of all visits; 0 means never
        self.visits = 0
        # this month's incident
        self.struck = False
        self.struck_severely = False
        self.incident_cost_gbp_m = 0.0
        self.twin_struck_severely = False
        self.twin_cost_gbp_m = -1.0  # none
        self.heard_shock = 0
        # this month's money, and the sum so far, discounted
        self.joining_paid = self.switching_paid = self.subsidy_received = 0.0
        self.net_saving_gbp_m = 0.0
        self.incident_cost_avoided_gbp_m = 0.0
        self.incidents = 0
        self.severe_incidents = 0

    # ------------------------------------------------------------ 1 incidents

    def suffer(self) -> None:
        """Be struck, or not, by an incident of this month; old worries fade."""
        model = self.model
        self.worry *= model.fading
        self.struck = self.struck_severely = False
        self.incident_cost_gbp_m = 0.0
        self.twin_cost_gbp_m = -1.0
        safe = 1.0
        for m in self.memberships:
            m.distrust *= model.fading
            if m.status == MEMBER:
                safe = rules.exposure(safe, m.offer.security_gain, m.use)
        breach = self.index in model.breached_today
        u = model.incident_draws[0][self.index]
        if not breach and u >= model.incident_rate:
            return
        # The same draw without any programme: the twin run of this council and month.
        severe = breach or model.incident_draws[1][self.index] < model.climate.severe_share
        cost = rules.incident_cost_gbp_m(severe, model.incident_draws[2][self.index], model.climate)
        self.twin_struck_severely = severe
        self.twin_cost_gbp_m = cost
        if breach or u < model.incident_rate * safe:
            self.be_struck(severe, cost)

    def be_struck(self, severe: bool, cost_gbp_m: float) -> None:
        """Suffer this incident."""
        self.struck = True
        self.struck_severely = severe
        self.incident_cost_gbp_m = cost_gbp_m
        self.incidents += 1
        self.severe_incidents += severe

    def raise_alarm(self) -> None:
        """Let those who listen hear of an incident here."""
        if not self.struck:
            return
        behaviour = self.model.behaviour
        shock = rules.steps(rules.shock(self.struck_severely, behaviour))
        councils = self.model.councils
        for listener, weight in self.listeners:
            councils[listener].heard_shock += weight * shock
        if self.struck_severely:
            self.recovering_until = self.model.t + behaviour.recovery_months
            for m in self.memberships:
                if m.status == MEMBER:
                    m.distrust = 1.0
                    for listener, weight in self.listeners:
                        self.model.breach_heard[m.position][listener] += weight

    def take_alarm(self) -> None:
        """Worry about what struck here and about what was heard."""
        if self.struck or self.heard_shock:
            behaviour = self.model.behaviour
            own = rules.shock(self.struck_severely, behaviour) if self.struck else 0.0
            heard = self.heard_shock / rules.FULL_STEPS
            self.worry = rules.worry_after(self.worry, own, heard, behaviour)
            self.heard_shock = 0

    # ------------------------------------------------------------ 2 the push

    def is_wanted(self, m: Membership) -> bool:
        """Would a team call here about this offer?"""
        known_from = m.offer.opens if m.offer.launched is None else m.offer.launched
        return (
            m.in_scope
            and self.model.month >= known_from
            and m.offer.owner != "peer"
            and not self.model.cancelled[m.position]
            and (m.status == OUTSIDE or (m.status == LEFT and self.model.t >= m.paused_until))
        )

    def may_be_called_on(self) -> bool:
        """Is a visit of use, and not too soon after the last?"""
        if self.last_visit == self.model.t:
            return False
        wanted = [m for m in self.memberships if self.is_wanted(m)]
        if not wanted:
            return False
        return rules.may_call(
            all(m.refused for m in wanted),
            self.recent_visits >> 1,
            self.model.push.refuser_calls_per_quarter,
        )

    def receive_visit(self) -> None:
        """Meet the team."""
        model = self.model
        model.visits_so_far += 1
        self.last_visit = model.t
        self.last_visit_number = model.visits_so_far
        self.recent_visits |= 1
        self.visits += 1
        wanted = [m for m in self.memberships if self.is_wanted(m)]
        if all(m.refused for m in wanted):
            self.visits_after_refusal |= 1
        for m in wanted:
            m.contact = rules.contact_gained(m.contact, 1.0, model.behaviour)

    def hear_of_offers(self) -> None:
        """Let contact fade; hear of an offer that opens, or from peers who own one."""
        model = self.model
        self.recent_visits = (self.recent_visits << 1) & 7
        self.visits_after_refusal = (self.visits_after_refusal << 1) & 7
        for m in self.memberships:
            m.contact *= model.contact_kept
            if not m.opened and m.in_scope and model.is_open[m.position]:
                m.opened = True
                m.reason = rules.NEVER_CONSIDERED
                if model.is_launch_month(m.position) and model.regime.teams[0].in_scope[self.index]:
                    m.contact = max(m.contact, model.push.launch_contact)
            if m.offer.owner == "peer":
                m.contact = rules.contact_from_peers(m.contact, m.tie_share, model.behaviour)

    # ------------------------------------------------------------ 3 attention

    def consider(self) -> None:
        """Put offers on the agenda, or not."""
        model = self.model
        for m in self.memberships:
            if (m.status != OUTSIDE and m.status != LEFT) or not m.opened:
                continue
            if not m.in_scope or model.cancelled[m.position]:
                continue
            u = model.membership_draws[m.position][0][self.index]
            if m.served and not self.has_duty:
                if rules.renews(self.contract_age, self.contract_months):
                    m.served = rules.is_served_again(u, model.behaviour)
                continue
            self.reopen_question(m)
            if model.t < m.paused_until:
                continue
            duty = 1.0 if self.has_duty else 0.0
            capacity = rules.spare_capacity(
                self.full_capacity,
                model.t < self.recovering_until,
                self.in_window,
                self.pressure_above,
                duty,
                m.offer,
                model.behaviour,
            )
            circumstances = m.contact, self.in_window, self.worry, m.tie_share, duty
            hazard = rules.attention(capacity, *circumstances, m.offer, model.behaviour)
            m.on_agenda = rules.happens(u, hazard)
            if m.on_agenda:
                from_peers = m.offer.owner == "peer"
                shares = rules.origin_shares(*circumstances, from_peers, m.offer, model.behaviour)
                m.origin = (0.0, *shares)

    def reopen_question(self, m: Membership) -> None:
        """End the pause after a refusal early if circumstances changed."""
        if m.paused_until <= self.model.t:
            return
        window_months = self.model.world.scenario.traits.contract_window_months
        if rules.pause_ends(
            self.duty_begins,
            m.status == OUTSIDE or m.refused,
            rules.window_opens(self.contract_age, self.contract_months, window_months),
            self.struck_severely,
            m.offer,
        ):
            m.paused_until = self.model.t

    # ------------------------------------------------------------ 4 decision

    def decide(self) -> None:
        """Say yes or no to what is on the agenda."""
        for m in self.memberships:
            if m.on_agenda:
                m.on_agenda = False
                m.considered += 1
                self.answer(m)

    def answer(self, m: Membership) -> None:
        """Weigh one offer; a yes is a pledge, a no holds for a while."""
        model = self.model
        money, company, trust, autonomy, coordination, local = self.arguments(m, m.taste)
        log_odds = rules.approval_log_odds(
            money, company, trust, autonomy, coordination, local, model.behaviour
        )
        u = model.membership_draws[m.position][1][self.index]
        chance = rules.approval(log_odds, model.behaviour)
        if model.decisions is not None:
            terms = (money, company, trust, autonomy, coordination, local)
            model.decisions.append(
                Decision(model.t, self.index, m.position, m.origin, terms, chance, u < chance)
            )
        if u < chance:
            m.status = PLEDGED
            m.approved_months = 0
            m.refused = False
            m.reason = rules.WAITING_TO_JOIN
        else:
            m.refused = True
            m.paused_until = model.t + model.behaviour.pause_months
            m.reason = rules.main_objection(money, trust, autonomy, coordination, local)

    def arguments(
        self, m: Membership, taste: float
    ) -> tuple[float, float, float, float, float, float]:
        """Terms for and against: money, company, trust, autonomy, coordination, local."""
        model, behaviour, offer = self.model, self.model.behaviour, m.offer
        reports = m.live_weight / rules.FULL_WEIGHT * self.links
        ratio = m.ratio_weight / (m.live_weight * rules.STEPS) if m.live_weight > 0 else 0.0
        scale = rules.scale_gain(offer, self.population, model.scale_joined[m.position])
        use = rules.use_foreseen(self.contract_months, offer, behaviour)
        saving = use * rules.expected_saving(reports, ratio, scale, offer, behaviour)
        cost = rules.expected_cost(
            self.it_spend_gbp_m * offer.addressed_share,
            model.subsidy_share(m.position),
            self.in_window,
            use,
            offer,
            behaviour,
        )
        nation_share = model.nation_share(m.position, self.nation)
        duty = 1.0 if self.has_duty else 0.0
        return (
            rules.money_term(saving, cost, self.pressure, behaviour),
            rules.company_term(m.tie_share, nation_share, behaviour),
            rules.trust_term(
                self.worry, m.distrust, m.regret_weight / rules.FULL_STEPS, offer, behaviour
            ),
            rules.autonomy_term(
                self.autonomy,
                model.foreign[m.position],
                model.push.codesign,
                rules.dominance_of(model.host_gbp_m[m.position], self.it_spend_gbp_m),
                duty,
                rules.pressing(self.visits_after_refusal),
                offer,
                behaviour,
            ),
            rules.coordination_term(
                model.councils_needed[m.position],
                nation_share,
                self.full_capacity,
                offer,
                behaviour,
            ),
            rules.local_term(taste, m.contact, duty, behaviour),
        )

    def receptiveness(self) -> float:
        """Best log-odds of a yes over offers, as an outsider would guess them: taste unknown."""
        best = -1e9
        for m in self.memberships:
            if self.is_wanted(m):
                terms = self.arguments(m, 0.0)
                best = max(best, rules.approval_log_odds(*terms, self.model.behaviour))
        return best

    def join_if_agreed(self) -> None:
        """Join where the council's own approval is through and enough others have pledged."""
        for m in self.memberships:
            if m.status != PLEDGED:
                continue
            if not m.in_scope:
                m.status = OUTSIDE
                m.reason = rules.NOT_IN_SCOPE
            elif self.model.quorum[m.position] and m.approved_months >= m.offer.approval_months:
                subsidy = self.model.subsidy_share(m.position)
                self.joining_paid += m.offer.joining_cost_gbp_m * (1.0 - subsidy)
                self.subsidy_received += m.offer.joining_cost_gbp_m * subsidy
                self.enter(m, MIGRATING)
            else:
                m.approved_months += 1

    def enter(self, m: Membership, status: int) -> None:
        """Become a member, or start on the way to it."""
        m.status = status
        m.months = 0
        m.use = 0.0
        m.served = False
        m.reason = rules.JOINED
        if m.joined_step < 0:
            m.joined_step = self.model.t
        if status == MEMBER:
            self.go_live(m)

    # ------------------------------------------------------------ 5 migration

    def migrate(self) -> None:
        """Carry on with a migration, finish it, or give it up."""
        model = self.model
        for m in self.memberships:
            if m.status != MIGRATING:
                continue
            if m.months >= m.offer.migration_months:
                self.go_live(m)
            elif model.membership_draws[m.position][2][self.index] < rules.abandoning(
                m.months, model.gone_share[m.position], m.offer, model.behaviour
            ):
                self.quit(m, rules.ABANDONED_MIGRATION)
            else:
                m.months += 1

    def go_live(self, m: Membership) -> None:
        """Finish migrating; what joining really brings shows from now on."""
        m.status = MEMBER
        if m.live_step < 0:
            m.live_step = self.model.t
        m.ratio_steps = rules.steps(rules.realised_ratio(m.result, m.offer))
        m.regret_steps = rules.steps(rules.regret_of(m.ratio_steps / rules.STEPS, m.offer))

    def quit(self, m: Membership, reason: int) -> None:
        """Give up or leave, and stay away for long; under duty only as long as after a no."""
        m.status = LEFT
        m.use = 0.0
        m.reason = reason
        m.refused = False
        if reason == rules.ABANDONED_MIGRATION:
            m.abandoned_step = self.model.t
        else:
            m.left_step = self.model.t
        behaviour = self.model.behaviour
        away = behaviour.pause_months if self.has_duty else behaviour.rejoin_months
        m.paused_until = self.model.t + away

    # ------------------------------------------------------------ 6 use

    def deepen_use(self) -> None:
        """Route more spend through offers that are live; moving it costs."""
        model = self.model
        for m in self.memberships:
            if m.status != MEMBER:
                continue
            renewal = rules.renews(self.contract_age, self.contract_months)
            if not rules.use_grows(renewal, m.offer):
                continue
            duty = 1.0 if self.has_duty else 0.0
            use = rules.use_after(m.use, duty, m.offer, model.behaviour)
            moved_gbp_m = (use - m.use) * self.it_spend_gbp_m * m.offer.addressed_share
            m.use = use
            paid = moved_gbp_m * rules.switching_years(
                model.subsidy_share(m.position), self.in_window, m.offer, model.behaviour
            )
            unsubsidised = moved_gbp_m * rules.switching_years(
                0.0, self.in_window, m.offer, model.behaviour
            )
            self.switching_paid += paid
            self.subsidy_received += unsubsidised - paid

    # ------------------------------------------------------------ 7 leaving

    def reconsider(self) -> None:
        """Leave, out of regret or because the programme was cancelled; never under duty."""
        model = self.model
        for m in self.memberships:
            cancelled = model.cancelled[m.position]
            if m.status == MEMBER or (m.status == MIGRATING and cancelled):
                if self.has_duty and not cancelled:
                    continue
                regret = m.regret_steps / rules.STEPS if m.status == MEMBER else 0.0
                hazard = rules.leaving(
                    m.use, regret, model.gone_share[m.position], cancelled, model.behaviour
                )
                if rules.happens(model.membership_draws[m.position][3][self.index], hazard):
                    self.quit(m, rules.LEFT_AGAIN)

    # ------------------------------------------------------------ news

    def publish(self) -> None:
        """Let those who listen know, from next month, what changed here."""
        councils = self.model.councils
        for m in self.memberships:
            news = m.news()
            if news == m.published:
                continue
            joined, live, ratio, regret = (
                new - old for new, old in zip(news, m.published, strict=True)
            )
            m.published = news
            for listener, weight in self.listeners:
                other = councils[listener].memberships[m.position]
                other.tie_weight += joined * weight
                other.live_weight += live * weight
                other.ratio_weight += ratio * weight
                other.regret_weight += regret * weight
