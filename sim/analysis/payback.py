"""Whether an offer pays, over the spend that moves and the part of the promise that comes true.

The steady state is one in which as many councils are in as typically are at the end, each with the
same share of the spend that the offer covers moved, and nothing moves any more. What a year then
saves and costs follows from the settings in closed form, by the rules that keep the model's
accounts: joining and switching are paid once, fees and running costs every year, nothing is
discounted, and incidents avoided are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sim.analysis import estimators
from sim.analysis.estimators import FloatArray
from sim.analysis.once import once
from sim.analysis.summary import BAND, Row, runs_by_scenario, table_of
from sim.experiment.design import SCENARIO
from sim.experiment.parameters import fixed_settings
from sim.experiment.parameters import table_of as draws_table
from sim.model import rules
from sim.model.world import World, build_world
from sim.runs.measure import opening_step
from sim.runs.results import Results
from sim.settings import Experiment
from sim.settings.editing import number_of

Side = Literal["councils", "public purse"]
SIDES: tuple[Side, ...] = ("councils", "public purse")
# Shares of covered spend that move, and parts of the promise that come true, of the two tables.
USED_SHARES = tuple(step / 20 for step in range(1, 21))
GRID_USED_SHARES = (0.1, 0.3, 0.5, 0.75, 1.0)
GRID_RATIOS = (0.1, 0.25, 0.5, 0.75, 1.0)
RELIEF, FORESIGHT = "behaviour.renewal_relief_share", "behaviour.foresight_share"
WITHIN = ("q05", "median", "q95")

PAYBACK_LINE_COLUMNS = (
    "scenario",
    "side",
    "used_share",
    "full_promise_gbp_m",
    "yearly_cost_gbp_m",
    "once_gbp_m",
    "ratio_ever",
    "ratio_within",
)
PAYBACK_CURVE_COLUMNS = (
    "scenario",
    "side",
    "used_share",
    "realised_ratio",
    "yearly_net_gbp_m",
    "once_gbp_m",
    "payback_years",
)
PAYBACK_FUTURES_COLUMNS = (
    "scenario",
    "seeds",
    "years",
    "joined_share",
    *(f"used_{name}" for name in WITHIN),
    *(f"ratio_{name}" for name in WITHIN),
    "council_net_median_gbp_m",
    "counts_on_full_use",
)


@dataclass(frozen=True)
class Terms:
    """What a steady state is worth and costs, in £m.

    Attributes
    ----------
    joined_share
        Share of councils that are in.
    saving_gbp_m
        A year's saving if all spend moved and the whole promise came true, without scale.
    scale_gain
        Further saving, as a share of it, at full use.
    fees_gbp_m, running_gbp_m
        A year's fees of all members, and cost of programme, teams and the visits still made.
    joining_gbp_m, switching_gbp_m
        Paid once: by all members, and to move all spend, before any subsidy.
    subsidy_share
        What the programme bears of both.
    """

    joined_share: float
    saving_gbp_m: float
    scale_gain: float
    fees_gbp_m: float
    running_gbp_m: float
    joining_gbp_m: float
    switching_gbp_m: float
    subsidy_share: float

    def full_promise_gbp_m(self, used_share: float) -> float:
        """A year's saving at this use, if all that was promised comes true."""
        return self.saving_gbp_m * used_share * (1.0 + self.scale_gain * used_share)

    def yearly_cost_gbp_m(self, side: Side) -> float:
        """What a year costs: fees cancel for the public purse, which bears running costs."""
        return self.fees_gbp_m if side == "councils" else self.running_gbp_m

    def once_gbp_m(self, side: Side, used_share: float) -> float:
        """What is paid once; a subsidy spares councils but not the public purse."""
        paid = self.joining_gbp_m + self.switching_gbp_m * used_share
        return paid * (1.0 - self.subsidy_share) if side == "councils" else paid

    def payback_years(self, side: Side, used_share: float, realised_ratio: float) -> float:
        """Years of steady state until what was paid once is back; infinite if it never is."""
        net = self.full_promise_gbp_m(used_share) * realised_ratio - self.yearly_cost_gbp_m(side)
        once = self.once_gbp_m(side, used_share)
        if net > 0.0:
            return once / net
        return 0.0 if net == once == 0.0 else math.inf

    def break_even_ratio(self, side: Side, used_share: float, years: float) -> float:
        """Part of the promise that must come true to have the money back in so many years."""
        cost = self.yearly_cost_gbp_m(side) + self.once_gbp_m(side, used_share) / years
        promise = self.full_promise_gbp_m(used_share)
        return cost / promise if promise > 0.0 else math.inf


def steady_terms(
    world: World,
    relief_share: float,
    joined_share: float,
    joined_spend_share: float,
    running_gbp_m: float,
) -> Terms:
    """Terms of the steady state of a scenario with one offer.

    Parameters
    ----------
    world
        The scenario; its settings are those of the last month.
    relief_share
        What moving spend at a renewal saves of the cost of switching.
    joined_share, joined_spend_share
        Of councils in scope, and of the spend of theirs that is covered, that is in.
    running_gbp_m
        What programme, teams and visits cost a year.
    """
    regime = world.regimes[int(world.regime_of_month[-1])]
    (offer,) = regime.settings.offers.values()
    behaviour = regime.settings.behaviour.model_copy(update={"renewal_relief_share": relief_share})
    (in_scope,) = regime.in_scope
    spend = world.it_spend_gbp_m[in_scope] * joined_spend_share
    covered = spend * offer.addressed_share
    used = rules.scale_share(float(spend.sum()), world.design_spend_gbp_m[0])
    gains = [
        rules.scale_gain(offer, population, used)
        for population in world.councils.lower_tier_population[in_scope].tolist()
    ]
    members = joined_share * int(np.count_nonzero(in_scope))
    at_renewal = world.scenario.traits.contract_window_months > 0
    years = rules.switching_years(0.0, at_renewal, offer, behaviour)
    return Terms(
        joined_share=joined_share,
        saving_gbp_m=float(covered.sum()) * offer.promised_saving_share,
        scale_gain=float((covered * gains).sum() / covered.sum()),
        fees_gbp_m=members * offer.annual_fee_gbp_m,
        running_gbp_m=running_gbp_m,
        joining_gbp_m=members * offer.joining_cost_gbp_m,
        switching_gbp_m=float(covered.sum()) * years,
        subsidy_share=world.regime_at_opening(0).settings.push.subsidy_share,
    )


def yearly_running_gbp_m(world: World, runs: pd.DataFrame, visits: FloatArray) -> float:
    """What programme, teams and visits typically cost a year, as things stand at the end.

    Parameters
    ----------
    world
        The scenario.
    runs
        Its runs: whether the offer was cancelled, and how many had joined at the end and at most.
    visits
        Made a year towards the end of each run; where there is nobody left to call on, there are
        none. They count as those that the teams at work would make, in proportion to their plans,
        and no more than these.
    """
    regime = world.regimes[int(world.regime_of_month[-1])]
    last = world.first_month + world.months - 1
    teams = [team for team in regime.teams if team.starts <= last < team.ends]
    planned = sum(team.visits_per_month for team in teams)
    a_visit = sum(team.visits_per_month * team.cost_per_visit_gbp_m for team in teams)
    made = np.minimum(visits / (12.0 * planned), 1.0) if planned else np.zeros_like(visits)
    effort = sum(team.fixed_cost_gbp_m for team in teams) + made * 12.0 * a_visit
    goes_on = ~runs["cancelled"].to_numpy(dtype=np.bool_)
    works = regime.teams[0] in teams
    running = [
        12.0 * rules.running_cost_gbp_m(regime.settings.push.annual_cost_gbp_m, *state)
        for state in zip(
            (goes_on & works).tolist(),
            *(
                np.asarray(np.rint(runs[share] * runs["councils"]), dtype=np.int64).tolist()
                for share in ("joined_share_end", "peak_joined_share")
            ),
            strict=True,
        )
    ]
    return float(np.median(np.array(running) + np.where(goes_on, effort, 0.0)))


# ---------------------------------------------------------------- tables


def payback_line_table(results: Results) -> pd.DataFrame:
    """Part of the promise that must come true for an offer to pay, by the spend that moves.

    A row a scenario with one offer that somebody joins, a side (councils alone, or councils and
    programme together: the public purse), and a share of the covered spend that has moved.

    * `full_promise_gbp_m`: a year's saving if the whole promise comes true;
      `yearly_cost_gbp_m` and `once_gbp_m`: what a year costs, and what is paid once;
    * `ratio_ever`: part of the promise at which a year's saving covers a year's cost;
    * `ratio_within`: part at which it also brings back what was paid once within as many years
      of steady state as there are from opening to the end of the horizon.

    Above 1, not even the full promise would do.
    """
    rows: list[Row] = []
    for scenario, (terms, years) in _terms(results).items():
        rows += [
            {
                "scenario": scenario,
                "side": side,
                "used_share": used,
                "full_promise_gbp_m": terms.full_promise_gbp_m(used),
                "yearly_cost_gbp_m": terms.yearly_cost_gbp_m(side),
                "once_gbp_m": terms.once_gbp_m(side, used),
                "ratio_ever": terms.break_even_ratio(side, used, math.inf),
                "ratio_within": terms.break_even_ratio(side, used, years),
            }
            for side in SIDES
            for used in USED_SHARES
        ]
    return table_of(rows, PAYBACK_LINE_COLUMNS)


def payback_curve_table(results: Results) -> pd.DataFrame:
    """Years in which an offer pays, over the spend that moves and the promise that comes true.

    A row a scenario, side, share of covered spend moved and part of the promise, as in
    :func:`payback_line_table`. `payback_years` of steady state are infinite where the money never
    comes back.
    """
    rows: list[Row] = []
    for scenario, (terms, _) in _terms(results).items():
        rows += [
            {
                "scenario": scenario,
                "side": side,
                "used_share": used,
                "realised_ratio": ratio,
                "yearly_net_gbp_m": terms.full_promise_gbp_m(used) * ratio
                - terms.yearly_cost_gbp_m(side),
                "once_gbp_m": terms.once_gbp_m(side, used),
                "payback_years": terms.payback_years(side, used, ratio),
            }
            for side in SIDES
            for used in GRID_USED_SHARES
            for ratio in GRID_RATIOS
        ]
    return table_of(rows, PAYBACK_CURVE_COLUMNS)


def payback_futures_table(results: Results) -> pd.DataFrame:
    """Where the futures that were run lie on that curve.

    A row a scenario of :func:`payback_line_table`, over futures in which somebody is in at the
    end: `used_...` is the share of members' covered spend that has moved by then, `ratio_...` what
    was saved of what was promised at that use. `years` run from opening to the end.
    `council_net_median_gbp_m` is what the typical council that is in at the end has saved by then
    less what it has paid, discounted; `counts_on_full_use` says whether its business case took
    all covered spend as moved.
    """
    rows: list[Row] = []
    joined = results.of(SCENARIO, "joined")
    for scenario, (terms, years) in _terms(results).items():
        runs = results.of_scenario(scenario)
        inside = runs["joined_spend_share_end"] > 0.0
        runs = runs[inside]
        used = (runs["use_share_end"] / runs["joined_spend_share_end"]).to_numpy(dtype=np.float64)
        promised = runs["promised_saving_gbp_m"].to_numpy(dtype=np.float64)
        saved = runs["saving_gbp_m"].to_numpy(dtype=np.float64)[promised > 0.0]
        ratio = saved / promised[promised > 0.0]
        net = math.nan
        if not joined.empty:
            own = results.of_scenario(scenario, "joined")
            own = own[own["status"].isin(("member", "migrating"))]
            net = float(own["net_saving_gbp_m"].median())
        foresight = _typical(results.experiment, scenario, FORESIGHT)
        rows.append(
            {
                "scenario": scenario,
                "seeds": len(runs),
                "years": years,
                "joined_share": terms.joined_share,
                **_band("used", used),
                **_band("ratio", ratio),
                "council_net_median_gbp_m": net,
                "counts_on_full_use": foresight <= 0.0,
            }
        )
    return table_of(rows, PAYBACK_FUTURES_COLUMNS)


def _band(name: str, values: FloatArray) -> dict[str, float]:
    found = estimators.quantile_band(values.reshape(-1, 1), missing_is_beyond=False)[:, 0]
    of = dict(zip(BAND, found.tolist(), strict=True))
    return {f"{name}_{end}": of[end] for end in WITHIN}


def _typical(experiment: Experiment, scenario: str, setting: str) -> float:
    """Value of a setting of behaviour, or its median over draws where it is drawn."""
    settings = experiment.scenarios[scenario]
    draws = draws_table(experiment.parameters)
    if setting in draws and setting not in fixed_settings(settings):
        return float(draws[setting].median())
    return number_of(settings, setting) or 0.0


@once
def _terms(results: Results) -> dict[str, tuple[Terms, float]]:
    """Terms of the steady state and years from opening to the end, by scenario."""
    experiment = results.experiment
    found: dict[str, tuple[Terms, float]] = {}
    for scenario, runs in runs_by_scenario(results).items():
        settings = experiment.scenarios[scenario]
        joined = float(runs["joined_share_end"].median())
        joined_spend = float(runs["joined_spend_share_end"].median())
        if len(settings.offers) != 1 or not joined > 0.0 or not joined_spend > 0.0:
            continue
        try:
            world = build_world(settings, experiment.horizon, experiment.seeds.first)
        except FileNotFoundError:  # an edge list that is no longer there
            continue
        own = results.of_scenario(scenario)
        series = results.of_scenario(scenario, "series")
        lately = series.groupby("seed", sort=False).tail(12)
        made = lately.groupby("seed", sort=False)["visits"].sum().reindex(own["seed"])
        visits: FloatArray = made.to_numpy(dtype=np.float64) * 12.0 / min(world.months, 12)
        running = yearly_running_gbp_m(world, own, visits)
        relief = _typical(experiment, scenario, RELIEF)
        terms = steady_terms(world, relief, joined, joined_spend, running)
        if terms.saving_gbp_m > 0.0:
            found[scenario] = terms, (world.months - opening_step(world)) / 12.0
    return found
