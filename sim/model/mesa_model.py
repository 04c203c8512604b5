"""The Mesa model: councils as agents, and a month that reads like its description.

Every council follows the rules of :mod:`sim.model.rules` with the same behavioural parameters;
chance is looked up in :mod:`sim.model.draws`. Each step of the month is finished by all councils
before the next begins, and what a council knows of others is what stood at the end of last month,
so no result depends on the order of agents. This engine is the reference to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent, Model

from sim.model import rules
from sim.model.draws import Purpose, uniforms
from sim.model.record import COLUMN, Record
from sim.model.rules import LEFT, MEMBER, MIGRATING, OUTSIDE, PLEDGED
from sim.model.world import World, build_world, draw_luck, initial_members, one_for_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.model.world import Regime, TeamPlan
    from sim.settings import Horizon, Offer, Scenario

LONG_AGO = -1_000


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
        "status",
        "taste",
        "tie_weight",
        "use",
    )

    def __init__(self, position: int, offer: Offer, taste: float, result: float) -> None:
        self.position = position
        self.offer = offer
        self.taste = taste
        self.result = result
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

    @property
    def capacity(self) -> float:
        """Attention for change; little of it while recovering from a severe breach."""
        if self.model.t < self.recovering_until:
            return self.full_capacity * self.model.behaviour.recovery_capacity_share
        return self.full_capacity

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
                m.contact = rules.contact_gained(m.contact, m.tie_share, model.behaviour)

    # ------------------------------------------------------------ 3 attention

    def consider(self) -> None:
        """Put offers on the agenda, or not."""
        model = self.model
        for m in self.memberships:
            if (m.status != OUTSIDE and m.status != LEFT) or not m.opened:
                continue
            if not m.in_scope or model.cancelled[m.position]:
                continue
            self.reopen_question(m)
            if model.t < m.paused_until:
                continue
            hazard = rules.attention(
                self.capacity,
                m.contact,
                self.in_window,
                self.worry,
                m.tie_share,
                1.0 if self.has_duty else 0.0,
                m.offer,
                model.behaviour,
            )
            m.on_agenda = rules.happens(model.membership_draws[m.position][0][self.index], hazard)

    def reopen_question(self, m: Membership) -> None:
        """End the pause after a refusal early if circumstances changed."""
        if self.duty_begins:
            m.paused_until = self.model.t
        elif (m.status == OUTSIDE or m.refused) and m.paused_until > self.model.t:
            traits = self.model.world.scenario.traits
            window_opens = m.offer.joining_is_procured and rules.window_opens(
                self.contract_age, self.contract_months, traits.contract_window_months
            )
            if window_opens or self.struck_severely:
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
        if u < rules.approval(log_odds, model.behaviour):
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
        saving = rules.expected_saving(reports, ratio, scale, offer, behaviour)
        cost = rules.expected_cost(
            self.it_spend_gbp_m * offer.addressed_share,
            model.subsidy_share(m.position),
            self.in_window,
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
                duty,
                rules.pressing(self.visits_after_refusal),
                offer,
                behaviour,
            ),
            rules.coordination_term(model.councils_needed[m.position], nation_share, behaviour),
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
                m.months, m.offer, model.behaviour
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
                hazard = rules.leaving(m.use, regret, cancelled, model.behaviour)
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


class PlatformModel(Model):
    """One simulated future of one scenario.

    Parameters
    ----------
    scenario
        A resolved scenario.
    horizon
        The months to simulate.
    seed
        Which luck; 0 to 2**63 - 1.
    world
        The scenario's world, if it was built before.
    record
        Where to write down what happens, if it has a row for this seed.

    Attributes
    ----------
    councils
        All `Council` agents in council order.
    record
        What has been written down so far.
    t, month
        Steps done before the present one, and the present calendar month.
    running
        False once the horizon is reached.

    Examples
    --------
    >>> from sim.experiment.load import load_experiment
    >>> experiment = load_experiment("experiments/quickstart.toml")
    >>> model = PlatformModel(experiment.scenarios["scotland_framework"], experiment.horizon, 1)
    >>> model.run_model()
    >>> len(model.agents), model.running
    (32, False)
    """

    def __init__(
        self,
        scenario: Scenario,
        horizon: Horizon,
        seed: int,
        world: World | None = None,
        record: Record | None = None,
    ) -> None:
        super().__init__(rng=int(seed))
        self.seed_of_run = int(seed)
        if world is not None and world.scenario != scenario:
            raise ValueError("the world was built for another scenario")
        self.world = build_world(scenario, horizon, seed) if world is None else world
        self.luck = draw_luck(self.world, self.seed_of_run)
        self.record = Record(self.world, [self.seed_of_run]) if record is None else record
        self.row = self.record.seeds.tolist().index(self.seed_of_run)
        self.behaviour = scenario.behaviour
        self.t = -1
        self.month = self.world.first_month - 1
        offers = len(self.world.offer_names)
        self.cancelled = [False] * offers
        self.quorum = [False] * offers
        self.is_open = [False] * offers
        # Shares of the spend an offer was designed for that had joined, and was used.
        self.scale_joined = [0.0] * offers
        self.scale_used = [0.0] * offers
        self.most_members = 0
        self.councils_needed = [1.0] * offers
        self.joined_in_nation: list[dict[str, int]] = [{} for _ in range(offers)]
        self.scope_in_nation: list[dict[str, int]] = [{} for _ in range(offers)]
        self.visits_in_hand: dict[int, float] = {}
        self.visits_made = 0  # this month
        self.visits_so_far = 0
        self.fading = rules.fading(self.behaviour.worry_half_life_months)
        self.contact_kept = rules.contact_kept(self.behaviour)
        self.councils = [Council(self, index) for index in range(len(self.world.councils))]
        self.breach_heard = [[0] * len(self.councils) for _ in range(offers)]
        self._regime_place = -1

    def nation_share(self, position: int, nation: str) -> float:
        """Share of a nation's councils in scope that had joined by the end of last month."""
        in_scope = self.scope_in_nation[position].get(nation, 0)
        return self.joined_in_nation[position].get(nation, 0) / in_scope if in_scope else 0.0

    # ------------------------------------------------------------ the month

    def step(self) -> None:
        """Run one month.

        Raises
        ------
        RuntimeError
            Once the horizon is reached.
        """
        if not self.running:
            raise RuntimeError(f"all {self.world.months} months of the horizon have been run")
        self.turn_the_page()
        self.strike()  # 1 incidents
        self.call_on_councils()  # 2 the push
        self.agents.do("consider")  # 3 attention
        self.agents.do("decide")  # 4 decision
        self.take_pledges()
        self.agents.do("migrate")  # 5 migration
        self.agents.do("deepen_use")  # 6 use
        self.agents.do("reconsider")  # 7 leaving
        self.review()  # 8 review of the programme
        self.keep_accounts()  # 9 accounts
        self.agents.do("publish")
        self.write_down_states()
        if self.t + 1 >= self.world.months:
            self.finish()

    def turn_the_page(self) -> None:
        """Start a month: its settings, its draws, and what its date brings."""
        self.t += 1
        self.month += 1
        world, t = self.world, self.t
        position = int(world.regime_of_month[t])
        if position != self._regime_place:
            self._regime_place = position
            self.take_effect(world.regimes[position])
        self.incident_rate = float(world.incident_rate[t])
        self.discount = float(world.discount[t])
        self.breached_today = world.breaches.get(t, ())
        number = world.councils.number
        self.incident_draws = [
            u.tolist() for u in uniforms(self.seed_of_run, Purpose.INCIDENT, self.month, number)
        ]
        self.membership_draws = [
            [
                u.tolist()
                for u in uniforms(self.seed_of_run, Purpose.MEMBERSHIP, self.month, number, item)
            ]
            for item in world.offer_streams
        ]
        mandated = self.regime.duty_starts <= self.month
        new_year = t == 0 or self.month % 12 == 3
        pressure = self.luck.pressure[world.fiscal_year_of(t)]
        window = world.scenario.traits.contract_window_months
        for council in self.councils:
            if new_year:
                council.pressure = float(pressure[council.index])
            council.joining_paid = council.switching_paid = council.subsidy_received = 0.0
            council.contract_age = rules.contract_age_after(
                council.contract_age, council.contract_months
            )
            council.in_window = rules.in_window(
                council.contract_age, council.contract_months, window
            )
            had_duty = council.has_duty
            council.has_duty = mandated and bool(self.regime.has_duty[council.index])
            council.duty_begins = council.has_duty and not had_duty
        for position, opens in enumerate(world.opens):
            self.is_open[position] = self.month >= opens
            if self.is_launch_month(position):
                self.admit_initial_members(position)

    def take_effect(self, regime: Regime) -> None:
        """Put the settings of a regime in force."""
        self.regime = regime
        self.climate = regime.settings.climate
        self.push = regime.settings.push
        self.offers = list(regime.settings.offers.values())
        behaviour = self.behaviour
        owners = {
            "central": behaviour.foreign_central,
            "sector": behaviour.foreign_sector,
            "peer": behaviour.foreign_peer,
        }
        self.foreign = [owners[offer.owner] for offer in self.offers]
        for position, offer in enumerate(self.offers):
            nations: dict[str, int] = {}
            for council in self.councils:
                m = council.memberships[position]
                m.offer = offer
                m.in_scope = bool(regime.in_scope[position][council.index])
                if m.in_scope:
                    nations[council.nation] = nations.get(council.nation, 0) + 1
            self.scope_in_nation[position] = nations
            self.councils_needed[position] = float(max(sum(nations.values()), 1))
            self.count_joined_in_nations(position)

    def count_joined_in_nations(self, position: int) -> None:
        """Count, by nation, the councils in scope that have joined."""
        nations: dict[str, int] = {}
        for council in self.councils:
            m = council.memberships[position]
            if m.in_scope and m.joined:
                nations[council.nation] = nations.get(council.nation, 0) + 1
        self.joined_in_nation[position] = nations

    def admit_initial_members(self, position: int) -> None:
        """Let in those who are members, or recruits of a pilot, from the start."""
        for index in initial_members(self.world, self.luck, position).tolist():
            council = self.councils[index]
            m = council.memberships[position]
            m.opened = True
            council.enter(m, MIGRATING if m.offer.pilot else MEMBER)

    # ------------------------------------------------------------ 1 incidents

    def strike(self) -> None:
        """Let incidents happen, spread through shared systems, and be heard of."""
        self.agents.do("suffer")
        self.spread_through_members()
        for position in range(len(self.offers)):
            self.breach_heard[position] = [0] * len(self.councils)
        self.agents.do("raise_alarm")
        self.agents.do("take_alarm")
        for position, heard in enumerate(self.breach_heard):
            for index, weight in enumerate(heard):
                if weight:
                    m = self.councils[index].memberships[position]
                    m.distrust = rules.distrust_after(m.distrust, weight / rules.FULL_WEIGHT)

    def spread_through_members(self) -> None:
        """Pass severe breaches on to fellow members; one that arrives so goes no further."""
        victims = [council for council in self.councils if council.struck_severely]
        for position, offer in enumerate(self.offers):
            use_at_breached = 0.0
            for victim in victims:
                if victim.memberships[position].status == MEMBER:
                    use_at_breached += victim.memberships[position].use
            if use_at_breached <= 0.0 or offer.shared_fate <= 0.0:
                continue
            draws = uniforms(
                self.seed_of_run,
                Purpose.SPREAD,
                self.month,
                self.world.councils.number,
                self.world.offer_streams[position],
            )
            for council, u, severity, cost in zip(
                self.councils, *(u.tolist() for u in draws[:3]), strict=True
            ):
                m = council.memberships[position]
                if m.status != MEMBER or council.struck:
                    continue
                if u < rules.spread_chance(offer.shared_fate, use_at_breached, m.use):
                    severe = severity < self.climate.severe_share
                    council.be_struck(severe, rules.incident_cost_gbp_m(severe, cost, self.climate))

    # ------------------------------------------------------------ 2 the push

    def is_launch_month(self, position: int) -> bool:
        """Does an offer open this month?"""
        return self.month == max(self.world.opens[position], self.world.first_month)

    def subsidy_share(self, position: int) -> float:
        """Subsidy in force for an offer: none before or after the push, or once cancelled."""
        pushing = self.is_pushing and not self.cancelled[position]
        return self.push.subsidy_share if pushing else 0.0

    @property
    def is_pushing(self) -> bool:
        """Is the programme at work this month?"""
        plan = self.regime.teams[0]
        return plan.starts <= self.month < plan.ends and not all(self.cancelled)

    def call_on_councils(self) -> None:
        """Let every team make its visits of the month."""
        self.agents.do("hear_of_offers")
        self.visits_made = 0
        for position, team in enumerate(self.regime.teams):
            if all(self.cancelled) or not team.starts <= self.month < team.ends:
                continue
            in_hand = self.visits_in_hand.get(position, 0.0) + team.visits_per_month
            whole = rules.whole_visits(in_hand)
            self.visits_in_hand[position] = in_hand - whole
            if whole:
                self.visit(team, whole)

    def visit(self, team: TeamPlan, visits: int) -> None:
        """Call on the first councils of the team's list."""
        callable_now = [
            council
            for council in self.councils
            if team.in_scope[council.index] and council.may_be_called_on()
        ]
        ranked = sorted(
            callable_now, key=lambda council: (-self.priority(council, team), council.number)
        )
        for council in ranked[:visits]:
            council.receive_visit()
            self.visits_made += 1

    def priority(self, council: Council, team: TeamPlan) -> float:
        """Place of a council on a team's list."""
        return rules.visit_priority(
            team.targeting,
            council.last_visit_number,
            council.list_place,
            council.it_spend_gbp_m,
            council.listeners_weight,
            max((m.tie_share for m in council.memberships if council.is_wanted(m)), default=0.0),
            council.receptiveness() if team.targeting == rules.MOST_RECEPTIVE else 0.0,
        )

    # ------------------------------------------------------------ 4 decision

    def take_pledges(self) -> None:
        """Let pledges take effect, together where the offer says so."""
        for position, offer in enumerate(self.offers):
            if not self.quorum[position]:
                memberships = [council.memberships[position] for council in self.councils]
                pledged = sum(m.in_scope and (m.status == PLEDGED or m.joined) for m in memberships)
                in_scope = sum(m.in_scope for m in memberships)
                self.quorum[position] = rules.quorum_met(pledged, in_scope, offer.pledge_share)
        self.agents.do("join_if_agreed")

    # ------------------------------------------------------------ 8 review

    def review(self) -> None:
        """Cancel an offer that too few have joined when its review is due."""
        months = self.push.review_months
        for position, opens in enumerate(self.world.opens):
            if months is None or self.month != opens + months - 1:
                continue
            memberships = [council.memberships[position] for council in self.councils]
            joined = sum(m.in_scope and m.joined for m in memberships)
            in_scope = sum(m.in_scope for m in memberships)
            if rules.fails_review(joined, in_scope, self.push.minimum_share):
                self.cancelled[position] = True
                self.record.cancelled_step[self.row, position] = self.t
                for m in memberships:
                    if m.status == PLEDGED:
                        m.status = OUTSIDE
                        m.reason = rules.CANCELLED_FIRST

    # ------------------------------------------------------------ 9 accounts

    def keep_accounts(self) -> None:
        """Add up the month, in council order, and write it down."""
        row = [0.0] * len(COLUMN)
        by_group = [0] * len(self.record.groups)
        offers = range(len(self.offers))
        spend_in = [[0.0, 0.0] for _ in offers]  # joined, used
        for council in self.councils:
            self.account_for(council, row, by_group, spend_in)
        for position in offers:
            design = self.world.design_spend_gbp_m[position]
            self.scale_joined[position] = rules.scale_share(spend_in[position][0], design)
            self.scale_used[position] = rules.scale_share(spend_in[position][1], design)
            self.count_joined_in_nations(position)
        row[COLUMN["visits"]] = float(self.visits_made)
        row[COLUMN["running"]] = self.running_cost(int(row[COLUMN["joined"]]))
        self.record.totals[self.row, self.t] = row
        self.record.joined_by_group[self.row, self.t] = by_group

    def running_cost(self, members: int) -> float:
        """Cost of the programme this month: none before it starts, less after it stops."""
        if not self.offers or self.month < self.regime.teams[0].starts:
            return 0.0
        self.most_members = max(self.most_members, members)
        return rules.running_cost_gbp_m(
            self.push.annual_cost_gbp_m, self.is_pushing, members, self.most_members
        )

    def account_for(
        self,
        council: Council,
        row: list[float],
        by_group: list[int],
        spend_in: list[list[float]],
    ) -> None:
        """Add one council's month to the totals."""
        joined_any = live_any = pledged_any = gone_any = False
        promise = saving = fees = 0.0
        for m in council.memberships:
            offer, position = m.offer, m.position
            addressed = council.it_spend_gbp_m * offer.addressed_share
            if m.in_scope and self.is_open[position]:
                row[COLUMN["scope_spend"]] += addressed
            if m.status == PLEDGED:
                pledged_any = True
            elif m.status == LEFT:
                gone_any = True
            elif m.joined:
                joined_any = True
                spend_in[position][0] += council.it_spend_gbp_m
                spend_in[position][1] += council.it_spend_gbp_m * m.use
                if m.in_scope:
                    row[COLUMN["joined_spend"]] += addressed
                    row[COLUMN["used_spend"]] += addressed * m.use
                if len(self.offers) > 1:
                    by_group[self.record.groups.offer_start + position] += 1
                if m.status == MEMBER:
                    live_any = True
                    scale = rules.scale_gain(offer, council.population, self.scale_used[position])
                    promised = rules.per_month(offer.promised_saving_share)
                    worth = rules.monthly_promise_gbp_m(addressed, m.use, scale, promised)
                    promise += worth
                    saving += worth * (m.ratio_steps / rules.STEPS)
                    fees += rules.per_month(offer.annual_fee_gbp_m)
                    row[COLUMN["control_given_up"]] += offer.depth * m.use
        if joined_any:
            row[COLUMN["joined"]] += 1.0
            row[COLUMN["joined_people"]] += council.lower_tier_population
            for group in council.groups:
                by_group[group] += 1
        if live_any:
            row[COLUMN["live"]] += 1.0
        if pledged_any and not joined_any:
            row[COLUMN["pledged"]] += 1.0
        if gone_any and not joined_any:
            row[COLUMN["gone"]] += 1.0
        row[COLUMN["promise"]] += promise
        row[COLUMN["saving"]] += saving
        row[COLUMN["fees"]] += fees
        row[COLUMN["joining"]] += council.joining_paid
        row[COLUMN["switching"]] += council.switching_paid
        row[COLUMN["subsidy"]] += council.subsidy_received
        net = saving - fees - council.joining_paid - council.switching_paid
        council.net_saving_gbp_m += self.discount * net
        avoided = 0.0
        if council.struck:
            row[COLUMN["incidents"]] += 1.0
            row[COLUMN["severe"]] += float(council.struck_severely)
            row[COLUMN["incident_cost"]] += council.incident_cost_gbp_m
            avoided -= council.incident_cost_gbp_m
        if council.twin_cost_gbp_m >= 0.0:
            row[COLUMN["twin_incidents"]] += 1.0
            row[COLUMN["twin_severe"]] += float(council.twin_struck_severely)
            row[COLUMN["twin_incident_cost"]] += council.twin_cost_gbp_m
            avoided += council.twin_cost_gbp_m
        council.incident_cost_avoided_gbp_m += self.discount * avoided

    def write_down_states(self) -> None:
        """Keep every council's status, where that was asked for."""
        if self.record.states.shape[1]:
            for i, council in enumerate(self.councils):
                for position, m in enumerate(council.memberships):
                    self.record.states[self.row, self.t, position, i] = m.status

    def finish(self) -> None:
        """Write down each council's story and stop."""
        record, r = self.record, self.row
        for i, council in enumerate(self.councils):
            record.visits[r, i] = council.visits
            record.incidents[r, i] = council.incidents
            record.severe[r, i] = council.severe_incidents
            record.net_saving[r, i] = council.net_saving_gbp_m
            record.incident_cost_avoided[r, i] = council.incident_cost_avoided_gbp_m
            for position, m in enumerate(council.memberships):
                record.joined_step[r, position, i] = m.joined_step
                record.live_step[r, position, i] = m.live_step
                record.abandoned_step[r, position, i] = m.abandoned_step
                record.left_step[r, position, i] = m.left_step
                record.status[r, position, i] = m.status
                record.reason[r, position, i] = m.reason
                record.considered[r, position, i] = m.considered
                record.use[r, position, i] = m.use
        self.running = False
        # Mesa before 3.4.2 remembers every model that ever had agents, and all its agents.
        getattr(Agent, "_ids", {}).pop(self, None)


def run_mesa(
    worlds: World | Sequence[World],
    horizon: Horizon,
    seeds: Sequence[int],
    *,
    with_states: bool = False,
) -> Record:
    """Run one simulated future for each seed; see `sim.model.engine.run_compiled`."""
    each = one_for_each(worlds, seeds)
    record = Record(each[0], seeds, with_states=with_states)
    for world, seed in zip(each, seeds, strict=True):
        PlatformModel(world.scenario, horizon, seed, world, record).run_model()
    return record
