"""Months counted from an opening are those of the calendar, and scopes and duties end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.experiment.load import BadInput, load_experiment
from sim.experiment.recipes import chosen_recipes, template_with
from sim.model.record import Record
from sim.settings import Scenario
from sim.settings.events import regimes
from tests.model.test_engine import assert_engines_agree, assert_equal_records
from tests.shared.scenarios import SILENT, SURE, YES, horizon, offer, scenario

MONTHS = 36
# What reaches a council in full is considered within the month by many.
AT_ONCE = {"contact_attention_per_month": 1.0}


def after(months: int, **more: str) -> dict[str, Any]:
    return {"months_after_opening": months, **more}


def told(*, by_calendar: bool, opens: int = 2) -> Scenario:
    """Return a duty for a while, visits and an event, told in one way or in the other."""

    def when(months: int) -> Any:
        month = opens + months
        return f"{2018 + month // 12}-{month % 12 + 1:02d}" if by_calendar else after(months)

    change = {"push": {"visits_per_month": 1.0}}
    return scenario(
        {"main": offer(opens=f"2018-{opens + 1:02d}")},
        {"starts": when(1), "ends": when(20), "mandate": {"starts": when(6), "ends": when(12)}},
        events=[{"date": when(9), "change": change, "breach": ["Fife"]}],
    )


def record_of(of: Scenario) -> Record:
    return assert_engines_agree(of, horizon(MONTHS), 3)


@pytest.mark.parametrize("opens", [2, 7])
def test_both_ways_to_say_a_month_are_one(opens: int) -> None:
    """Also where the opening moves: what is counted from it moves along."""
    both = (told(by_calendar=way, opens=opens) for way in (True, False))
    assert_equal_records(*map(record_of, both))


def joins(of: Scenario) -> tuple[int, int]:
    """First and last month, from the opening, in which a council joined; -1 for none."""
    steps = record_of(of).joined_step
    steps = steps[steps >= 0] - 2
    return (int(steps.min()), int(steps.max())) if steps.size else (-1, -1)


def test_a_duty_binds_from_its_beginning_until_its_end() -> None:
    """Nobody wants to join, so that who does is obliged to."""
    unwilling = {**SILENT, **SURE, "intercept": -2.0, "duty_weight": 5.0, **AT_ONCE}
    offers = {"main": offer(needs_procurement="no")}
    duty = {"mandate": {"starts": after(6), "ends": after(8)}}
    first, last = joins(scenario(offers, duty, behaviour=unwilling))
    assert 6 <= first <= last < 8
    for_some = {"mandate": {"starts": after(6), "scope": {"ends": after(7)}}}
    assert joins(scenario(offers, for_some, behaviour=unwilling)) == (6, 6)


def test_nobody_joins_once_the_scope_of_the_offer_has_ended() -> None:
    ending = offer(scope={"ends": after(4)}, needs_procurement="no")
    assert joins(scenario({"main": ending}, behaviour=YES))[1] < 4
    assert joins(scenario({"main": offer(needs_procurement="no")}, behaviour=YES))[1] >= 4


def test_a_team_calls_on_nobody_once_its_scope_has_ended() -> None:
    visits = record_of(scenario(push={"scope": {"ends": "2018-08"}})).totals[0, :, :]
    without = record_of(scenario(push={"ends": "2018-08"})).totals[0, :, :]
    assert np.array_equal(visits[:, 0], without[:, 0])


def test_a_change_of_the_opening_moves_the_ends_between_events() -> None:
    """Regimes begin where something changes or ends, in order."""
    starts = [month for month, _ in regimes(told(by_calendar=False))]
    assert starts == [0, 2018 * 12 + 11, 2018 * 12 + 14]


def test_without_an_offer_there_is_nothing_to_count_from() -> None:
    with pytest.raises(ValueError, match="nothing is on offer"):
        scenario({}, {"ends": after(3)}).in_calendar()


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ('push.ends={months_after_opening=3,offer="x"}', "push.ends", "no offer x"),
        ("push.ends={months_after_opening=-1}", "push.ends", "out of range"),
        ("push.ends={months=3}", "push.ends", "no such setting in a month counted"),
        ("push.ends=24", "push.ends", "a month is written"),
        ("offers.other.opens='2018-06'", "push.mandate.starts", "say from whose opening"),
        ("push.mandate.starts={months_after_opening=61}", "push.mandate.ends", "ends lies before"),
        ("push.mandate.starts='2024-01'", "push.mandate.ends", "ends lies before starts"),
        ("push.mandate.ends={months_after_opening=600}", "push.mandate.ends", "outside the"),
        ("offers.platform.scope.ends='2018-05'", "offers.platform.scope.ends", "scope ends before"),
        (
            'events=[{date="2019-01",change={push={mandate={starts='
            '{months_after_opening=1,offer="y"}}}}}]',
            "push.mandate.starts",
            "no offer y",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(
    tmp_path: Path, change: str, key: str, words: str
) -> None:
    path = tmp_path / "tried.toml"
    path.write_text(template_with("tried", chosen_recipes(["months"])), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_experiment(path, [f"scenarios.months.{change}"])
    found = [(str(at.key), str(at)) for at in caught.value.problems]
    assert any(words in text and key in f"{at}{text}" for at, text in found), found
