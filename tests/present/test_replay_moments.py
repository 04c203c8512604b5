"""Moments of a replay, found in futures that are made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.model import rules
from sim.model.world import World, build_world
from sim.present.replay.moments import FEWEST_IN_A_YEAR, Moment, moments_of
from sim.present.replay.states import Played
from sim.settings import (
    CouncilChoice,
    Horizon,
    Network,
    Offer,
    Push,
    Scenario,
    month_number,
)

COUNCILS, MONTHS = 30, 36
START = month_number("2018-05")


def world(**push: Any) -> World:
    scenario = Scenario(
        councils=CouncilChoice(synthetic=COUNCILS),
        network=Network(kind="watts_strogatz", degree=4),
        offers={"main": Offer(opens=START + 2)},
        push=Push(**push),
    )
    return build_world(scenario, Horizon(starts=START, ends=START + MONTHS - 1), 1)


def future(
    of: World,
    changes: dict[int, list[tuple[int, int]]],
    breaches: tuple[tuple[int, int], ...] = (),
    cancelled: int | None = None,
    reason: int = rules.REFUSED_AUTONOMY,
) -> Played:
    """Put changes of status together: by council, months and what it is from then on."""
    status = np.zeros((MONTHS, COUNCILS), dtype=np.int64)
    for council, steps in changes.items():
        for month, new in steps:
            status[month:, council] = new
    breached = np.zeros((MONTHS, COUNCILS), dtype=np.bool_)
    for council, month in breaches:
        breached[month, council] = True
    inside = np.isin(status, (rules.MIGRATING, rules.MEMBER))
    reasons = np.where(inside, rules.JOINED, reason)
    return Played(of, 1, status, reasons, breached, inside.sum(axis=1), cancelled, "")


def the(kind: str, one: Played) -> Moment | None:
    found = [moment for moment in moments_of(one) if moment.kind == kind]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.fixture(scope="module")
def plain() -> World:
    return world()


def test_the_first_mover(plain: World) -> None:
    names = plain.councils.name
    one = future(plain, {3: [(6, rules.MIGRATING)], 5: [(6, rules.MEMBER)], 8: [(9, rules.MEMBER)]})
    first = the("first", one)
    assert first == Moment(6, "first", f"{names[3]} and {names[5]} are first to join.", (3, 5))


def test_nothing_happens(plain: World) -> None:
    never = future(plain, {}, reason=rules.NEVER_CONSIDERED)
    assert [moment.words for moment in moments_of(never)] == ["At the end no council is in."]


def test_where_little_happens_smaller_things_are_told(plain: World) -> None:
    names = plain.councils.name
    breached = ((4, 7), (5, 9), (6, 11))
    one = future(plain, {}, breaches=breached, reason=rules.NEVER_CONSIDERED)
    assert [moment.words for moment in moments_of(one)] == [
        f"A severe breach at {names[4]}.",
        f"A severe breach at {names[5]}.",
        "At the end no council is in.",
    ]
    joins = {3: [(6, rules.MIGRATING), (14, rules.MEMBER)]}
    moments = moments_of(future(plain, joins, breaches=breached))
    assert [(moment.kind, moment.month) for moment in moments] == [
        ("first", 6), ("live", 14), ("last", MONTHS - 1)
    ]  # fmt: skip
    assert moments[1].words == f"{names[3]} has moved over, the first to do so."
    # A future in which enough happens is told without them.
    joins = {council: [(5, rules.MEMBER)] for council in range(6)}
    kinds = [moment.kind for moment in moments_of(future(plain, joins, breaches=breached))]
    assert kinds == ["first", "takeoff", "last"]


def test_a_moment_says_nothing_that_is_still_to_come(plain: World) -> None:
    """Whatever happens later, what has been told by a month stays what it was."""
    joins = {council: [(5 + council, rules.MEMBER)] for council in range(9)}
    more = joins | {council: [(30, rules.MEMBER)] for council in range(9, 12)}
    told = [moment for moment in moments_of(future(plain, joins)) if moment.month < 30]
    assert {moment.kind for moment in told} == {"first", "takeoff"}
    again = [moment for moment in moments_of(future(plain, more)) if moment.month < 30]
    assert again == told


def test_the_take_off_is_the_year_in_which_most_join(plain: World) -> None:
    joins = {0: [(4, rules.MEMBER)]}
    joins |= {council: [(18 + council % 3, rules.MEMBER)] for council in range(1, 9)}
    moment = the("takeoff", future(plain, joins))
    assert moment is not None
    assert moment.month == 20  # when the twelve months are over
    assert moment.words.startswith("Take-off: 8 more members")
    assert moment.councils == tuple(range(1, 9))
    # A tenth of those asked is no take-off.
    some = {council: [(18, rules.MEMBER)] for council in range(FEWEST_IN_A_YEAR)}
    assert FEWEST_IN_A_YEAR <= COUNCILS / 10
    slow = the("takeoff", future(plain, some))
    assert slow is not None
    assert slow.words.startswith("The fastest year: ")
    few = {council: [(18, rules.MEMBER)] for council in range(FEWEST_IN_A_YEAR - 1)}
    assert the("takeoff", future(plain, few)) is None


def test_the_last_to_hold_out(plain: World) -> None:
    names = plain.councils.name
    joins = {council: [(5 + council % 9, rules.MEMBER)] for council in range(COUNCILS - 1)}
    joins[29] = [(30, rules.MEMBER)]
    last = the("last", future(plain, joins))
    assert last is not None
    assert (last.month, last.councils) == (30, (29,))
    joins[29] = []
    last = the("last", future(plain, joins))
    assert last is not None
    assert last.words == f"At the end only {names[29]} is out: it refused, to keep control."
    last = the("last", future(plain, {0: [(5, rules.MEMBER)]}))
    assert last is not None
    assert last.words == "At the end 29 councils are out; 29 of them refused, to keep control."


def test_a_breach_that_tips_those_who_listen(plain: World) -> None:
    start, end = plain.ties.listener_start[7:9]
    listeners = plain.ties.listener[start:end].tolist()
    others = [c for c in range(COUNCILS) if c not in listeners and c != 7]
    assert len(listeners) >= 3
    assert len(others) >= 3
    tipped = {council: [(12, rules.PLEDGED)] for council in listeners[:3]}
    moment = the("tipped", future(plain, tipped, breaches=((7, 10),)))
    assert moment is not None
    assert moment.month == 16  # six months after the breach, when all this has happened
    assert moment.councils == (7, *sorted(listeners[:3]))
    assert f"3 of {len(listeners)} councils outside" in moment.words
    # Where everybody says yes, or only later, a breach has tipped nobody.
    everybody = {council: [(12, rules.PLEDGED)] for council in range(COUNCILS)}
    assert the("tipped", future(plain, everybody, breaches=((7, 10),))) is None
    later = {council: [(25, rules.PLEDGED)] for council in listeners}
    assert the("tipped", future(plain, later, breaches=((7, 10),))) is None


def test_a_review_ends_it_or_not() -> None:
    of = world(review_months=12, minimum_share=0.5)
    joins = {council: [(5, rules.MEMBER)] for council in range(6)}
    over = the("review", future(of, joins, cancelled=13))
    assert over == Moment(
        13, "review", "The review finds 20% of councils in, too few: the offer is cancelled."
    )
    on = the("review", future(of, joins))
    assert on == Moment(13, "review", "The review finds 20% of councils in: it goes on.")


def test_a_wave_of_leaving_and_no_more_than_five(plain: World) -> None:
    joins = {council: [(5, rules.MEMBER), (20, rules.LEFT)] for council in range(9)}
    one = future(plain, joins)
    moment = the("leaving", one)
    assert moment is not None
    assert moment.month == 20
    assert "9 councils gave up or left" in moment.words
    assert len(moments_of(one)) <= 5
    months = [moment.month for moment in moments_of(one)]
    assert months == sorted(months)


def test_who_was_not_asked_before_the_end_is_not_said_to_have_taken_no_interest(
    plain: World,
) -> None:
    joins = {0: [(6, rules.MEMBER)]}
    going = future(plain, joins, reason=rules.NEVER_CONSIDERED)
    ended = future(plain, joins, reason=rules.NEVER_CONSIDERED, cancelled=20)
    out = COUNCILS - 1
    for one, why in (
        (going, "never considered it"),
        (ended, "had not considered it when it was cancelled"),
    ):
        moment = the("last", one)
        assert moment is not None
        assert moment.words == f"At the end {out} councils are out; {out} of them {why}."
