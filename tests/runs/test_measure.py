"""Outcomes from records made by hand, so that every figure can be worked out on paper."""

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from sim.model import rules
from sim.model.mesa_model import run_mesa
from sim.model.record import COLUMN, Record
from sim.model.rules import LEFT, MEMBER, MIGRATING, OUTSIDE
from sim.model.world import build_world
from sim.runs.measure import STATUS, WHY_NOT, opening_step, tables_of
from sim.runs.tables import KEYS, TABLES
from sim.settings import Outcomes, Scenario
from tests.shared.scenarios import (
    OneRun,
    Values,
    columns_of,
    horizon,
    offer,
    outcomes_of,
    place_of,
    run,
    scenario,
)

# Two Scottish councils, a county and a district; a county's people are its districts' too.
FOUR = ["Glasgow City", "City of Edinburgh", "Kent", "Oxford"]
OUTCOMES = Outcomes(months_since_opening=[3, 6, 24], headline_months=6)
MONTHS = 12
OPENS = 2


def four(offers: dict[str, Values] | None = None, **parts: Any) -> Scenario:
    values: Values = {
        "councils": {"codes": FOUR},
        "network": {"kind": "complete"},
        "climate": {"discount_rate": 0.0},
        **parts,
    }
    return scenario(offers, **values)


def blank(of: Scenario | None = None, months: int = MONTHS) -> OneRun:
    """Return a record in which nothing has happened."""
    return OneRun(Record(build_world(four() if of is None else of, horizon(months), 0), [1]))


def fill(record: OneRun, **columns: Sequence[float]) -> OneRun:
    for name, values in columns.items():
        record.totals[:, COLUMN[name]] = values
    return record


def adopted(joined: Sequence[float], months: int = MONTHS) -> OneRun:
    return fill(blank(months=months), joined=joined)


# ---------------------------------------------------------------- clocks


def test_results_on_the_clock_of_months_since_opening() -> None:
    """The offer opens in the third month, which is month 1."""
    record = adopted([0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 2])
    row = outcomes_of(record, OUTCOMES)
    assert row["opened"] == "2018-03"
    assert row["councils"] == 4
    assert row["joined_share_3m"] == 0.5
    assert row["joined_share_6m"] == 0.75
    assert np.isnan(row["joined_share_24m"])
    assert row["joined_share_end"] == 0.5
    assert row["peak_joined_share"] == 0.75
    columns = columns_of("series", record, OUTCOMES)
    assert columns["month"][:3] == ["2018-01", "2018-02", "2018-03"]
    assert list(columns["months_since_opening"]) == list(range(-1, 11))
    assert columns["joined_share"][4] == 0.5


def test_months_to_a_share_and_not_reached() -> None:
    row = outcomes_of(adopted([0, 0, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1]), OUTCOMES)
    assert row["months_to_25pc"] == 1.0
    assert row["months_to_50pc"] == 3.0  # the first time, though it fell again
    assert np.isnan(row["months_to_75pc"])
    nothing = outcomes_of(blank(), OUTCOMES)
    for level in (25, 50, 75):
        assert np.isnan(nothing[f"months_to_{level}pc"])


@pytest.mark.parametrize(
    ("joined", "passed"),
    [
        ([0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], False),
        ([0, 0, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1], True),
        # Half of the councils, but only in month 7, after the last of 3 and 6.
        ([0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2], False),
    ],
)
def test_passing_means_half_within_the_last_clock(joined: list[float], passed: bool) -> None:
    short = Outcomes(months_since_opening=[3, 6], headline_months=6)
    assert outcomes_of(adopted(joined), short)["passed"] is passed


def test_the_clock_since_launch() -> None:
    joined = [0.0] * 20 + [1.0] * 3 + [2.0] * 7
    for launched, share in (("2018-01", 0.5), (None, 0.5), ("2018-03", 0.5)):
        of = four({"main": offer(launched=launched)})
        row = outcomes_of(fill(blank(of, 30), joined=joined), OUTCOMES)
        assert row["joined_share_24m_after_launch"] == share
    early = four({"main": offer(launched="2018-01", opens="2018-11")})
    joined = [0.0] * 23 + [1.0] + [2.0] * 6
    row = outcomes_of(fill(blank(early, 30), joined=joined), OUTCOMES)
    assert row["joined_share_24m_after_launch"] == 0.25  # in the 24th month since January 2018
    assert row["opened"] == "2018-11"


def test_what_never_opens() -> None:
    for of in (four({}), four({"main": offer(opens="2021-01")})):
        record = blank(of)
        assert opening_step(record.world) == -1
        row = outcomes_of(record, OUTCOMES)
        assert row["opened"] is None
        assert np.isnan(row["joined_share_3m"])
        assert row["joined_share_end"] == 0.0
        assert row["passed"] is False
        assert np.isnan(row["visits_per_council_per_year"])
        assert np.isnan(row["payback_years"])
        assert list(columns_of("series", record, OUTCOMES)["months_since_opening"]) == [0] * MONTHS


def test_opening_is_when_the_first_council_could_join() -> None:
    of = four(
        {
            "north": offer(opens="2018-05", scope={"nations": ["Scotland"]}),
            "south": offer(opens="2018-04", scope={"codes": ["Kent"]}),
        },
        events=[
            {
                "date": "2018-08",
                "change": {"offers": {"south": {"scope": {"codes": ["Kent", "Oxford"]}}}},
            }
        ],
    )
    record = blank(of)
    names = np.array(record.world.councils.name)
    assert opening_step(record.world) == 3
    assert opening_step(record.world, names == "Glasgow City") == 4
    assert opening_step(record.world, names == "Oxford") == 7


# ---------------------------------------------------------------- money


def test_payback() -> None:
    zero = [0.0] * MONTHS

    def payback(saving: list[float], running: list[float]) -> float:
        row = outcomes_of(fill(blank(), saving=saving, running=running), OUTCOMES)
        value = row["payback_years"]
        assert isinstance(value, float)
        return value

    costs = [0.0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    # 4 spent by the fourth month; 1 a month from the fifth: back in the eighth, 6 after opening.
    assert payback([0.0] * 4 + [1.0] * 8, costs) == pytest.approx(6 / 12)
    assert payback([0.0] * 5 + [1.0] * 7, costs) == pytest.approx(7 / 12)
    assert np.isnan(payback([0.0] * 9 + [1.0] * 3, costs))
    assert np.isnan(payback(zero, costs))
    assert np.isnan(payback(zero, zero))


def test_break_even_and_costs_per_member_and_per_pound() -> None:
    record = fill(
        blank(),
        joined=[0, 0] + [2] * 10,
        promise=[0.0] * 4 + [2.0] * 8,
        saving=[0.0] * 4 + [0.5] * 8,
        fees=[0.0] * 4 + [0.25] * 8,
        joining=[0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        switching=[0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
        subsidy=[0, 0, 0.5, 0, 0.5, 0, 0, 0, 0, 0, 0, 0],
        running=[0, 0] + [0.4] * 10,
    )
    row = outcomes_of(record, OUTCOMES)
    costs = 1 + 2 + 1 + 4
    assert row["promised_saving_gbp_m"] == pytest.approx(16)
    assert row["saving_gbp_m"] == pytest.approx(4)
    assert row["fees_gbp_m"] == pytest.approx(2)
    assert row["joining_cost_gbp_m"] == pytest.approx(1)
    assert row["switching_cost_gbp_m"] == pytest.approx(2)
    assert row["programme_cost_gbp_m"] == pytest.approx(5)
    assert row["net_saving_councils_gbp_m"] == pytest.approx(4 - 2 - 1 - 2)
    assert row["net_saving_programme_gbp_m"] == pytest.approx(2 - 1 - 4)
    assert row["net_saving_total_gbp_m"] == pytest.approx(4 - costs)
    assert row["break_even_ratio"] == pytest.approx(costs / 16)
    assert row["cost_per_member_gbp_m"] == pytest.approx(costs / 2)
    assert row["cost_per_gbp_saved"] == pytest.approx(costs / 4)
    # At the ratio that breaks even, saving equals cost.
    ratio = row["break_even_ratio"]
    assert isinstance(ratio, float)
    record.totals[:, COLUMN["saving"]] = ratio * record.totals[:, COLUMN["promise"]]
    assert outcomes_of(record, OUTCOMES)["net_saving_total_gbp_m"] == pytest.approx(0.0)
    cumulative = columns_of("series", record, OUTCOMES)["net_saving_total_gbp_m"]
    assert cumulative[2] == pytest.approx(-1 - 0.5 - 0.4)
    assert cumulative[-1] == pytest.approx(0.0)


def test_ratios_of_nothing_are_not_numbers() -> None:
    row = outcomes_of(blank(), OUTCOMES)
    for name in ("break_even_ratio", "cost_per_member_gbp_m", "cost_per_gbp_saved"):
        assert np.isnan(row[name])
    assert row["net_saving_total_gbp_m"] == 0.0
    assert row["use_share_end"] == row["joined_spend_share_end"] == 0.0


def test_money_is_discounted_to_april_2018() -> None:
    of = four(climate={"discount_rate": 0.035})
    once = [0.0] * 28
    for step, factor in ((3, 1.0), (15, 1 / 1.035), (27, 1 / 1.035**2), (0, 1.035**0.25)):
        values = [*once]
        values[step] = 10.0
        row = outcomes_of(fill(blank(of, 28), saving=values), OUTCOMES)
        assert row["saving_gbp_m"] == pytest.approx(10.0 * factor, rel=1e-12)


def test_incidents_against_the_twin() -> None:
    record = fill(
        blank(),
        incidents=[1.0] * 12,
        severe=[0.0] * 11 + [1.0],
        incident_cost=[0.5] * 12,
        twin_incidents=[2.0] * 12,
        twin_severe=[1.0] * 12,
        twin_incident_cost=[0.75] * 12,
        saving=[0.25] * 12,
    )
    row = outcomes_of(record, OUTCOMES)
    assert row["incidents"] == 12
    assert row["severe_incidents"] == 1
    assert row["incidents_avoided"] == 12
    assert row["severe_incidents_avoided"] == 11
    assert row["incident_cost_avoided_gbp_m"] == pytest.approx(3.0)
    assert row["net_benefit_gbp_m"] == pytest.approx(3.0 + 3.0)
    assert list(columns_of("series", record, OUTCOMES)["incidents_without_programme"]) == [2.0] * 12


# ---------------------------------------------------------------- shares and groups


def test_shares_of_people_spend_and_control() -> None:
    record = blank()
    people = record.world.councils.lower_tier_population
    assert people[place_of(record, "Kent")] == 0.0
    fill(
        record,
        joined=[0] * 11 + [1],
        live=[0] * 11 + [1],
        joined_people=[0] * 11 + [float(people[place_of(record, "Oxford")])],
        joined_spend=[0] * 11 + [2.0],
        used_spend=[0] * 11 + [1.0],
        scope_spend=[8.0] * 12,
        control_given_up=[0] * 11 + [0.5],
        visits=[0, 0] + [3.0] * 10,
    )
    row = outcomes_of(record, OUTCOMES)
    assert row["joined_people_share_end"] == pytest.approx(
        people[place_of(record, "Oxford")] / people.sum()
    )
    assert row["joined_spend_share_end"] == 0.25
    assert row["use_share_end"] == 0.125
    assert row["live_share_end"] == 0.25
    assert row["control_given_up_share"] == 0.125
    assert row["visits"] == 30
    assert row["visits_per_council_per_year"] == pytest.approx(30 / 4 / (10 / 12))
    assert columns_of("series", record, OUTCOMES)["use_share"][-1] == 0.125


def test_shares_count_only_councils_ever_in_scope() -> None:
    of = four({"main": offer(scope={"nations": ["Scotland"]})})
    row = outcomes_of(fill(blank(of), joined=[0] * 11 + [1]), OUTCOMES)
    assert row["councils"] == 2
    assert row["joined_share_end"] == 0.5


def test_who_ever_joined_gave_up_or_left() -> None:
    record = blank(four({"a": offer(), "b": offer()}))
    record.joined_step[0] = [2, 3, -1, -1]
    record.joined_step[1] = [2, -1, 5, -1]
    record.abandoned_step[1] = [4, -1, -1, -1]
    record.left_step[0] = [-1, 8, -1, -1]
    record.left_step[1] = [-1, 9, 6, -1]
    record.cancelled_step[:] = [-1, 7]
    row = outcomes_of(record, OUTCOMES)
    assert row["ever_joined_share"] == 0.75
    assert row["abandoned_share"] == 0.25
    assert row["left_share"] == 0.5
    assert row["cancelled"] is True
    assert row["cancelled_month"] == "2018-08"
    assert outcomes_of(blank(), OUTCOMES)["cancelled_month"] is None


def test_groups() -> None:
    record = blank()
    places = {name: place_of(record, name) for name in FOUR}
    groups = record.groups
    at = {
        (kind, name): i for i, (kind, name) in enumerate(zip(groups.kind, groups.name, strict=True))
    }
    scotland, county = at["nation", "Scotland"], at["council type", "county"]
    record.joined_by_group[:, scotland] = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2]
    record.joined_by_group[:, county] = [0] * 11 + [1]
    record.joined_step[0, places["Glasgow City"]] = 4
    record.use[0, places["Glasgow City"]] = 0.5
    record.net_saving[places["Glasgow City"]] = 3.0
    record.net_saving[places["Kent"]] = -1.0
    record.incident_cost_avoided[places["City of Edinburgh"]] = 0.5
    columns = columns_of("groups", record, OUTCOMES)
    rows = {
        (kind, name): {key: values[i] for key, values in columns.items()}
        for i, (kind, name) in enumerate(zip(columns["grouping"], columns["group"], strict=True))
    }
    assert {name for kind, name in rows if kind == "nation"} == {"England", "Scotland"}
    assert {name for kind, name in rows if kind == "council type"} == {
        "scottish_unitary",
        "county",
        "district",
    }
    assert not any(kind == "offer" for kind, _ in rows)
    for kind in ("nation", "council type", "size band"):
        assert sum(row["councils"] for (k, _), row in rows.items() if k == kind) == 4
    row = rows["nation", "Scotland"]
    assert row["councils"] == 2
    assert row["joined_share_3m"] == 0.5
    assert row["joined_share_6m"] == 1.0
    assert np.isnan(row["joined_share_24m"])
    assert row["months_to_50pc"] == 3.0
    assert row["months_to_75pc"] == 5.0
    assert row["ever_joined_share"] == 0.5
    assert row["net_saving_gbp_m"] == 3.0
    assert row["net_saving_per_council_gbp_m"] == 1.5
    assert row["incident_cost_avoided_gbp_m"] == 0.5
    # Use is weighted by spend, as it is for all councils together.
    glasgow, edinburgh = (record.world.it_spend_gbp_m[places[name]] for name in FOUR[:2])
    assert row["use_share_end"] == pytest.approx(0.5 * glasgow / (glasgow + edinburgh))
    assert rows["council type", "county"]["joined_share_end"] == 1.0
    assert rows["nation", "England"]["net_saving_gbp_m"] == -1.0
    assert np.isnan(rows["nation", "England"]["months_to_75pc"])


def test_offers_are_groups_where_there_are_several() -> None:
    record = blank(four({"a": offer(), "b": offer(opens="2018-07")}))
    start = record.groups.offer_start
    record.joined_by_group[:, start + 1] = [0] * 8 + [2] * 4
    record.joined_step[1, :2] = 8
    columns = columns_of("groups", record, OUTCOMES)
    b = columns["group"].index("b")
    assert columns["grouping"][b] == "offer"
    assert columns["months_to_50pc"][b] == 3.0  # since July, when it opened
    assert columns["joined_share_3m"][b] == 0.5
    assert columns["ever_joined_share"][b] == 0.5
    assert np.isnan(columns["net_saving_gbp_m"][b])


def test_groups_out_of_scope_are_left_out() -> None:
    columns = columns_of(
        "groups", blank(four({"main": offer(scope={"codes": ["Kent"]})})), OUTCOMES
    )
    assert set(columns["group"]) == {"England", "county", "500,000 and over"}


# ---------------------------------------------------------------- who joined when


def test_who_joined_when_and_why_not() -> None:
    record = blank()
    record.joined_step[0] = [2, 3, -1, 4]
    record.live_step[0] = [5, -1, -1, 4]
    record.abandoned_step[0] = [-1, 6, -1, -1]
    record.left_step[0] = [-1, -1, -1, 11]
    record.status[0] = [MEMBER, MIGRATING, OUTSIDE, LEFT]
    record.reason[0] = [rules.JOINED, rules.JOINED, rules.REFUSED_AUTONOMY, rules.LEFT_AGAIN]
    record.considered[0] = [1, 2, 3, 1]
    record.use[0, 0] = 0.25
    record.visits[:] = [1, 2, 3, 4]
    columns = columns_of("joined", record, OUTCOMES)
    assert list(columns["gss_code"]) == list(record.world.councils.gss_code)
    assert list(columns["offer"]) == ["main"] * 4
    assert list(columns["status"]) == ["member", "migrating", "outside", "left"]
    assert list(columns["joined"]) == ["2018-03", "2018-04", None, "2018-05"]
    assert list(columns["live"]) == ["2018-06", None, None, "2018-05"]
    assert list(columns["abandoned"]) == [None, "2018-07", None, None]
    assert list(columns["left"]) == [None, None, None, "2018-12"]
    assert list(columns["why_not"]) == ["joined", "joined", "refused: autonomy", "left again"]
    assert list(columns["times_considered"]) == [1, 2, 3, 1]
    assert list(columns["use_share"]) == [0.25, 0.0, 0.0, 0.0]
    assert list(columns["visits"]) == [1, 2, 3, 4]


def test_every_reason_and_status_has_words() -> None:
    source = Path(rules.__file__).read_text(encoding="utf-8")
    units = {"STEPS", "FULL_WEIGHT", "FULL_STEPS"}
    reasons = {
        getattr(rules, target.id)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
        and not target.id.startswith("_")
        and target.id not in units | {"TARGETING", "ORIGINS"}
    }
    # They are looked up by position, so that there may be no gap.
    assert sorted(WHY_NOT) == sorted(reasons) == list(range(len(reasons)))
    assert sorted(STATUS) == list(range(5))
    assert len(set(WHY_NOT.values())) == len(WHY_NOT)
    assert len(set(STATUS.values())) == len(STATUS)


# ---------------------------------------------------------------- the tables


@pytest.mark.parametrize(
    "of",
    [
        four(),
        four({"a": offer(), "b": offer(opens="2018-07")}),
        four({}),
        scenario(climate={"incident_rate_per_month": 0.1}),
    ],
    ids=["one offer", "two offers", "nothing on offer", "Scotland"],
)
def test_rows_are_keyed_and_sorted_within_each_run(of: Scenario) -> None:
    record = run_mesa(build_world(of, horizon(18), 0), horizon(18), [7, 3])
    tables = tables_of(record, OUTCOMES, "name")
    assert tuple(tables) == TABLES == tuple(KEYS)
    councils, offers = len(record.world.councils), len(record.world.offer_names)
    lengths = {"runs": 1, "series": 18, "joined": councils * offers}
    for table, rows in tables.items():
        assert not rows.duplicated(KEYS[table]).any()
        assert set(rows["point"]) <= {"name"}
        length = lengths.get(table, len(rows) // 2)
        assert rows["seed"].tolist() == [7] * length + [3] * length
        for _, own in rows.groupby("seed"):
            assert_frame_equal(own, own.sort_values(KEYS[table]))


def test_all_scenarios_give_the_same_columns() -> None:
    """Tables of many runs are put together."""
    one, two, never = (
        tables_of(blank(four(offers)).record, OUTCOMES, "name")
        for offers in ({"a": offer()}, {"a": offer(), "b": offer()}, {})
    )
    for table in TABLES:
        assert_series_equal(one[table].dtypes, two[table].dtypes)
        assert_series_equal(one[table].dtypes, never[table].dtypes)


def test_a_part_of_the_tables_is_that_part_of_all() -> None:
    record = blank().record
    whole = tables_of(record, OUTCOMES, "name")
    for wanted in (["runs"], ["groups", "runs"], []):
        part = tables_of(record, OUTCOMES, "name", wanted)
        assert list(part) == wanted
        for table, rows in part.items():
            assert_frame_equal(rows, whole[table], check_exact=True)


@pytest.mark.parametrize(
    "of",
    [
        scenario(climate={"incident_rate_per_month": 0.1}),
        scenario({"a": offer(), "b": offer(depth=0.7)}, {"review_months": 9}),
        four({}),
    ],
    ids=["one offer", "two offers", "nothing on offer"],
)
def test_a_run_is_measured_the_same_in_any_company(of: Scenario) -> None:
    """To the last bit: sums may not be taken in another order where there are more runs."""
    world, seeds = build_world(of, horizon(31), 0), [4, 1, 9, 2, 8, 3, 5]
    batch = tables_of(run_mesa(world, horizon(31), seeds), OUTCOMES, "name")
    singles = [tables_of(run_mesa(world, horizon(31), [seed]), OUTCOMES, "name") for seed in seeds]
    for table in TABLES:
        alone = pd.concat([single[table] for single in singles], ignore_index=True)
        assert_frame_equal(alone, batch[table], check_exact=True)
    if of.offers:
        assert batch["runs"]["joined_share_end"].nunique() > 1, "all alike: nothing is tested"


def test_rows_agree_with_the_series() -> None:
    record = run(scenario(), months=60)
    row, columns = outcomes_of(record, OUTCOMES), columns_of("series", record, OUTCOMES)
    for total, so_far in (
        ("net_saving_total_gbp_m", "net_saving_total_gbp_m"),
        ("net_saving_councils_gbp_m", "net_saving_councils_gbp_m"),
        ("net_saving_programme_gbp_m", "net_saving_programme_gbp_m"),
        ("joined_share_end", "joined_share"),
        ("joined_people_share_end", "joined_people_share"),
        ("use_share_end", "use_share"),
    ):
        assert row[total] == pytest.approx(columns[so_far][-1]), total
    at = list(columns["months_since_opening"]).index(6)
    assert row["joined_share_6m"] == columns["joined_share"][at]
