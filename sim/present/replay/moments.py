"""Moments worth telling, found by rule in what happens to councils in one future.

A moment says what happened and when, never why one thing followed another: what a breach or a
review has to do with what came after it, the viewer may judge. It is dated when all it says has
happened, so that it never tells what is still to come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.files.words import listed
from sim.model import rules
from sim.model.world import World, initial_choice
from sim.present.formats import percent
from sim.present.replay.states import NOT_ASKED, REASONS, Played

BoolArray = npt.NDArray[np.bool_]

FEWEST, MOST = 3, 5
YEAR = 12
# After a breach, those who listen to its victim are watched for so many months.
WATCHED = 6
# How many must do the same for it to be told.
FEWEST_AFTER_BREACH = 2
WELL_ABOVE = 0.1
FEWEST_IN_A_YEAR = 3
NAMED = 4
# From what is told first to what is left out first.
KINDS = ("first", "review", "takeoff", "last", "tipped", "leaving")
# The same of what is told only where there are too few of these.
FILLING = ("half", "live", "refused", "breach")


@dataclass(frozen=True)
class Moment:
    """Something worth telling.

    Attributes
    ----------
    month
        From 0.
    kind
        One of `KINDS` or `FILLING`.
    words
        A sentence.
    councils
        Positions of those it is about.
    """

    month: int
    kind: str
    words: str
    councils: tuple[int, ...] = ()


def moments_of(one: Played) -> list[Moment]:
    """Three to five moments of a future, by month; fewer where not even a breach happens."""
    found = [
        moment
        for moment in (
            first_mover(one),
            review(one),
            take_off(one),
            last_to_hold_out(one),
            after_a_breach(one),
            wave_of_leaving(one),
        )
        if moment is not None
    ]
    kept = sorted(found, key=lambda moment: KINDS.index(moment.kind))[:MOST]
    if len(kept) < FEWEST:
        more = (half_are_in(one), first_live(one), first_refusals(one), *breaches(one))
        kept += [moment for moment in more if moment is not None][: FEWEST - len(kept)]
    return sorted(kept, key=lambda moment: moment.month)


# ---------------------------------------------------------------- the rules


def first_mover(one: Played) -> Moment | None:
    """The first month in which any council is in."""
    inside = _inside(one)
    months = np.flatnonzero(inside.any(axis=1))
    if not len(months):
        return None
    month = int(months[0])
    who = tuple(np.flatnonzero(inside[month]).tolist())
    verb = "is" if len(who) == 1 else "are"
    if month == _opening(one.world) and _has_initial_members(one.world):
        words = f"{_names(one.world, who)} {verb} in from the start."
    else:
        words = f"{_names(one.world, who)} {verb} first to join."
    return Moment(month, "first", words, who)


def review(one: Played) -> Moment | None:
    """The month in which a review ends the programme, or lets it go on."""
    asked = _asked(one)
    if one.cancelled is not None:
        month = one.cancelled
        share = _inside(one)[month].sum() / max(asked, 1)
        words = (
            f"The review finds {percent(share)} of councils in, too few: the offer is cancelled."
        )
        return Moment(month, "review", words)
    due = _review_due(one.world)
    if due is None:
        return None
    share = _inside(one)[due].sum() / max(asked, 1)
    return Moment(due, "review", f"The review finds {percent(share)} of councils in: it goes on.")


def take_off(one: Played) -> Moment | None:
    """The end of the twelve months in which membership grows most."""
    before = np.concatenate([np.zeros(min(YEAR, len(one.members)), dtype=np.int64), one.members])
    growth = one.members - before[: len(one.members)]
    end = int(np.argmax(growth))
    if growth[end] < FEWEST_IN_A_YEAR:
        return None
    # More than a tenth of those asked in a year take off; fewer do not.
    asked = np.count_nonzero(one.status[-1] != NOT_ASKED)
    lead = "Take-off" if 10 * growth[end] > asked else "The fastest year"
    words = (
        f"{lead}: {growth[end]:,} more members in the last twelve months, more than in any "
        "twelve before."
    )
    return Moment(end, "takeoff", words, _joined_between(one, end))


def last_to_hold_out(one: Played) -> Moment | None:
    """Who comes in last where all come in, or who is still out at the end, and why most are."""
    asked = np.flatnonzero(one.status[-1] != NOT_ASKED)
    if not len(asked):
        return None
    inside = _inside(one)
    end = len(inside) - 1
    out = [int(council) for council in asked if not inside[-1, council]]
    if not out:
        since = {int(c): _since(inside[:, c]) for c in asked}
        month = max(since.values())
        who = tuple(c for c, at in since.items() if at == month)
        verb = "is" if len(who) == 1 else "are"
        words = f"{_names(one.world, who)} {verb} the last to join; now all are in."
        return Moment(month, "last", words, who)
    if len(out) == len(asked):
        return Moment(end, "last", "At the end no council is in.")
    return Moment(end, "last", _still_out(one, out), tuple(out) if len(out) <= NAMED else ())


def after_a_breach(one: Played) -> Moment | None:
    """Six months after the breach after which most of those who listen to its victim said yes.

    Of councils that were outside, the share of listeners must be well above that of the others:
    where everybody joins, a breach tips nobody.
    """
    agreed = _agreed(one)
    free: BoolArray = np.isin(one.status, (rules.OUTSIDE, rules.LEFT))
    best: Moment | None = None
    most = FEWEST_AFTER_BREACH - 1
    for month, victim in _breaches(one):
        if month + WATCHED >= len(agreed):
            break  # what comes of it is not known
        outside: BoolArray = free[max(month - 1, 0)]
        listens = np.zeros_like(outside)
        listens[_listeners(one.world, victim)] = True
        then: BoolArray = np.any(agreed[month : month + WATCHED + 1], axis=0)
        near, far = outside & listens, outside & ~listens
        near[victim] = far[victim] = False
        if not near.any() or not far.any():
            continue
        who = tuple(np.flatnonzero(near & then).tolist())
        if len(who) > most and then[near].mean() - then[far].mean() > WELL_ABOVE:
            most = len(who)
            words = (
                f"Since the severe breach at {one.world.councils.name[victim]} six months ago, "
                f"{len(who)} of {int(near.sum())} councils outside that listen to it have said "
                f"yes, of the others {int(then[far].sum())} of {int(far.sum())}."
            )
            best = Moment(month + WATCHED, "tipped", words, (victim, *who))
    return best


def wave_of_leaving(one: Played) -> Moment | None:
    """The end of the twelve months in which most members give up or leave."""
    left = (one.status[1:] == rules.LEFT) & (one.status[:-1] != rules.LEFT)
    flow = np.concatenate([[0], left.sum(axis=1)])
    year = np.convolve(flow, np.ones(YEAR, dtype=np.int64))[: len(flow)]
    end = int(np.argmax(year))
    if year[end] < FEWEST_IN_A_YEAR:
        return None
    words = (
        f"In the last twelve months {int(year[end]):,} councils gave up or left, more than in any "
        "twelve before."
    )
    return Moment(end, "leaving", words)


# ---------------------------------------------------------------- where little else happens


def half_are_in(one: Played) -> Moment | None:
    """The first month in which half of those who are ever asked are in."""
    inside, asked = _inside(one).sum(axis=1), _asked(one)
    months = np.flatnonzero(2 * inside >= asked) if asked else np.empty(0, dtype=np.int64)
    if not len(months) or months[0] <= _opening(one.world):
        return None
    month = int(months[0])
    return Moment(month, "half", f"{int(inside[month]):,} of {asked:,} councils are in.")


def first_live(one: Played) -> Moment | None:
    """The first month in which any council that moved over is live."""
    live = (one.status[1:] == rules.MEMBER) & (one.status[:-1] == rules.MIGRATING)
    months = np.flatnonzero(live.any(axis=1))
    if not len(months):
        return None
    who = tuple(np.flatnonzero(live[months[0]]).tolist())
    verb = "has" if len(who) == 1 else "have"
    words = f"{_names(one.world, who)} {verb} moved over, the first to do so."
    return Moment(int(months[0]) + 1, "live", words, who)


def first_refusals(one: Played) -> Moment | None:
    """The first month in which any council has refused."""
    refused: BoolArray = np.isin(one.reason, REFUSALS)
    months = np.flatnonzero(refused.any(axis=1))
    if not len(months):
        return None
    who = tuple(np.flatnonzero(refused[months[0]]).tolist())
    verb = "is" if len(who) == 1 else "are"
    words = f"{_names(one.world, who)} {verb} first to refuse."
    return Moment(int(months[0]), "refused", words, who if len(who) <= NAMED else ())


def breaches(one: Played) -> list[Moment]:
    """Severe breaches, the first first."""
    return [
        Moment(month, "breach", f"A severe breach at {one.world.councils.name[victim]}.", (victim,))
        for month, victim in _breaches(one)
    ]


# ---------------------------------------------------------------- what they look at

REFUSALS = (
    rules.REFUSED_MONEY,
    rules.REFUSED_AUTONOMY,
    rules.REFUSED_DISTRUST,
    rules.REFUSED_COORDINATION,
    rules.REFUSED_LOCAL,
    rules.REFUSED_NARROWLY,
)


def _breaches(one: Played) -> list[tuple[int, int]]:
    """Month and victim of each severe breach, by month."""
    months, victims = one.breached.nonzero()
    return list(zip(months.tolist(), victims.tolist(), strict=True))


def _inside(one: Played) -> BoolArray:
    return np.isin(one.status, (rules.MIGRATING, rules.MEMBER))


def _agreed(one: Played) -> BoolArray:
    """In which months each council said yes: it is pledged or in, and was neither before."""
    yes = np.isin(one.status, (rules.PLEDGED, rules.MIGRATING, rules.MEMBER))
    agreed = yes.copy()
    agreed[1:] &= ~yes[:-1]
    return agreed


def _asked(one: Played) -> int:
    return int((one.status[-1] != NOT_ASKED).sum())


def _opening(world: World) -> int:
    return max(min(world.opens, default=0) - world.first_month, 0)


def _review_due(world: World) -> int | None:
    push = world.scenario.push
    if push.review_months is None or not world.opens:
        return None
    due = min(world.opens) + push.review_months - 1 - world.first_month
    return due if 0 <= due < world.months else None


def _since(inside: BoolArray) -> int:
    """Month from which a council is in without a break to the end."""
    out = np.flatnonzero(~inside)
    return int(out[-1]) + 1 if len(out) else 0


def _joined_between(one: Played, end: int) -> tuple[int, ...]:
    inside = _inside(one)
    start = end - YEAR
    before = inside[start] if start >= 0 else np.zeros_like(inside[0])
    return tuple(np.flatnonzero(inside[end] & ~before).tolist())


def _still_out(one: Played, out: list[int]) -> str:
    reasons: dict[int, int] = {}
    for council in out:
        reason = int(one.reason[-1, council])
        reasons[reason] = reasons.get(reason, 0) + 1
    main = max(reasons, key=lambda reason: (reasons[reason], -reason))
    if len(out) <= NAMED:
        verb = "is" if len(out) == 1 else "are"
        start = f"At the end only {_names(one.world, tuple(out))} {verb} out"
    else:
        start = f"At the end {len(out):,} councils are out"
    # Whom the end of the programme came before is not one who took no interest in it.
    closed = main == rules.NEVER_CONSIDERED and one.cancelled is not None
    why = "had not considered it when it was cancelled" if closed else REASONS[main]
    if len(out) == 1:
        return f"{start}: it {why}."
    return f"{start}; {reasons[main]:,} of them {why}."


def _listeners(world: World, council: int) -> list[int]:
    """Positions of those who listen to a council."""
    start, end = world.ties.listener_start[council : council + 2]
    found: list[int] = world.ties.listener[start:end].tolist()
    return found


def _has_initial_members(world: World) -> bool:
    return any(initial_choice(world, offer)[1] for offer in range(len(world.offer_names)))


def _names(world: World, who: tuple[int, ...]) -> str:
    names = [world.councils.name[council] for council in who]
    if len(names) > NAMED:
        return f"{', '.join(names[: NAMED - 1])} and {len(names) - NAMED + 1} more"
    return listed(names)
