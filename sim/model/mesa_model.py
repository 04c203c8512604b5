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
from sim.model.council import Council, Decision
from sim.model.draws import Purpose, uniforms
from sim.model.record import COLUMN, Record
from sim.model.rules import LEFT, MEMBER, MIGRATING, OUTSIDE, PLEDGED
from sim.model.world import World, build_world, draw_luck, initial_members, one_for_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.model.world import Regime, TeamPlan
    from sim.settings import Horizon, Scenario


# Columns of members by what brought them in.
BY_ORIGIN = [COLUMN[f"joined_by_{origin}"] for origin in rules.ORIGINS]


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
    with_decisions
        Also keep every decision, and what it rests on.

    Attributes
    ----------
    councils
        All `Council` agents in council order.
    record
        What has been written down so far.
    decisions
        All so far, in the order in which they were taken; None if not asked for.
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
        *,
        with_decisions: bool = False,
    ) -> None:
        super().__init__(rng=int(seed))
        self.seed_of_run = int(seed)
        if world is not None and world.scenario != scenario:
            raise ValueError("the world was built for another scenario")
        self.world = build_world(scenario, horizon, seed) if world is None else world
        self.luck = draw_luck(self.world, self.seed_of_run)
        self.record = Record(self.world, [self.seed_of_run]) if record is None else record
        self.row = self.record.seeds.tolist().index(self.seed_of_run)
        self.decisions: list[Decision] | None = [] if with_decisions else None
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
        # Of those that began an offer: the largest IT spend. Of all that ever joined: who is gone.
        self.host_gbp_m = [0.0] * offers
        self.gone_share = [0.0] * offers
        self.most_members = 0
        self.councils_needed = [1.0] * offers
        self.joined_in_nation: list[dict[str, int]] = [{} for _ in range(offers)]
        self.scope_in_nation: list[dict[str, int]] = [{} for _ in range(offers)]
        self.visits_in_hand: dict[int, float] = {}
        self.visits_made = 0  # this month, as the two that follow
        self.visits_planned = 0
        self.effort_gbp_m = 0.0
        self.money_in_hand_gbp_m = 0.0
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
        self.count_the_gone()
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
            if m.offer.owner == "peer":
                self.host_gbp_m[position] = max(self.host_gbp_m[position], council.it_spend_gbp_m)

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
        """Subsidy in force for an offer: none before or after the push, or once cancelled.

        Nor, of a programme with a budget, in a month in which visits and earlier promises left
        nothing.
        """
        if not self.is_pushing or self.cancelled[position]:
            return 0.0
        if self.push.annual_budget_gbp_m is None:
            return self.push.subsidy_share
        return rules.subsidy_on_offer(self.push.subsidy_share, self.money_in_hand_gbp_m)

    @property
    def is_pushing(self) -> bool:
        """Is the programme at work this month?"""
        plan = self.regime.teams[0]
        return plan.starts <= self.month < plan.ends and not all(self.cancelled)

    def call_on_councils(self) -> None:
        """Let every team make its visits of the month."""
        self.agents.do("hear_of_offers")
        self.visits_made = self.visits_planned = 0
        self.effort_gbp_m = 0.0
        if all(self.cancelled):
            return
        self.pay_teams()
        for position, team in enumerate(self.regime.teams):
            if not self.is_at_work(team):
                continue
            in_hand = self.visits_in_hand.get(position, 0.0) + team.visits_per_month
            whole = rules.whole_visits(in_hand)
            self.visits_in_hand[position] = in_hand - whole
            if whole:
                self.visit(team, whole)

    def is_at_work(self, team: TeamPlan) -> bool:
        """Does a team work this month?"""
        return team.starts <= self.month < team.ends

    def pay_teams(self) -> None:
        """Take the month's part of the budget, and pay for the teams that work."""
        working = [team for team in self.regime.teams if self.is_at_work(team)]
        for team in working:
            self.effort_gbp_m += rules.per_month(team.fixed_cost_gbp_m)
        annual_budget = self.push.annual_budget_gbp_m
        if annual_budget is None:
            self.money_in_hand_gbp_m = 0.0
        elif working:
            self.money_in_hand_gbp_m += rules.per_month(annual_budget) - self.effort_gbp_m

    def visit(self, team: TeamPlan, visits: int) -> None:
        """Call on the first councils of the team's list, as far as there is money."""
        cost = team.cost_per_visit_gbp_m
        self.visits_planned += visits
        if self.push.annual_budget_gbp_m is not None:
            visits = rules.visits_paid(visits, self.money_in_hand_gbp_m, cost)
        callable_now = [
            council
            for council in self.councils
            if team.in_scope[council.index] and council.may_be_called_on()
        ]
        ranked = sorted(
            callable_now, key=lambda council: (-self.priority(council, team), council.number)
        )
        called_on = ranked[:visits]
        for council in called_on:
            council.receive_visit()
        self.visits_made += len(called_on)
        self.effort_gbp_m += len(called_on) * cost
        self.money_in_hand_gbp_m -= len(called_on) * cost

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

    # ------------------------------------------------------------ 5 migration

    def count_the_gone(self) -> None:
        """See what part of those that ever joined an offer is gone again."""
        for position in range(len(self.offers)):
            memberships = [council.memberships[position] for council in self.councils]
            gone = sum(m.status == LEFT for m in memberships)
            joined = sum(m.joined for m in memberships)
            self.gone_share[position] = rules.gone_share(gone, joined)

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
        row[COLUMN["visits_planned"]] = float(self.visits_planned)
        row[COLUMN["running"]] = self.running_cost(int(row[COLUMN["joined"]])) + self.effort_gbp_m
        self.money_in_hand_gbp_m -= row[COLUMN["subsidy"]]
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
                if not joined_any:
                    for column, share in zip(BY_ORIGIN, m.origin, strict=True):
                        row[column] += share
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
        """Keep every council's status, its reason and breaches, where that was asked for."""
        if self.t == self.world.noted_step:
            for i, council in enumerate(self.councils):
                for position, m in enumerate(council.memberships):
                    self.record.noted[self.row, position, i] = m.status
        if self.record.states.shape[1]:
            for i, council in enumerate(self.councils):
                self.record.breached[self.row, self.t, i] = council.struck_severely
                for position, m in enumerate(council.memberships):
                    self.record.states[self.row, self.t, position, i] = m.status
                    self.record.reasons[self.row, self.t, position, i] = m.reason

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
