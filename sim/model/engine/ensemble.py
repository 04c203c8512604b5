"""Runs of many seeds, and compiling ahead of them: what the rest of the project calls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from weakref import WeakKeyDictionary

from sim.model.code_cache import drop_old_caches, has_cache
from sim.model.compiled import entry_of, step_of
from sim.model.engine.month import month
from sim.model.engine.start import start
from sim.model.layout import (
    Case,
    State,
    make_case,
    make_state,
    outputs_of,
    take_capacity,
    with_behaviour,
)
from sim.model.record import Record
from sim.model.world import APRIL_2018, World, build_world, one_for_each
from sim.settings import CouncilChoice, Horizon, Offer, Scenario

# ---------------------------------------------------------------- runs


@entry_of
def play(case, s, seeds, out):
    """Run all months for each seed."""
    for r in range(len(seeds)):
        start(case, s, seeds[r])
        totals, by_group = out.totals[r], out.joined_by_group[r]
        for t in range(len(case.months)):
            month(case, s, totals, by_group)
            if t == out.noted_step[r]:
                for o in range(len(s.offers)):
                    for i in range(len(s.councils)):
                        out.noted[r, o, i] = s.status[o, i]
            if out.states.shape[1] > 0:
                for i in range(len(s.councils)):
                    out.breached[r, t, i] = s.councils[i].struck_severely
                for o in range(len(s.offers)):
                    for i in range(len(s.councils)):
                        out.states[r, t, o, i] = s.status[o, i]
                        out.reasons[r, t, o, i] = s.memberships[o, i].reason
        write_down(s, out, r)


@step_of
def write_down(s, out, r):
    """Write each council's story down."""
    for o in range(len(s.offers)):
        out.cancelled_step[r, o] = s.offers[o].cancelled_step
        for i in range(len(s.councils)):
            m = s.memberships[o, i]
            out.joined_step[r, o, i] = s.stories[o, i].joined_step
            out.live_step[r, o, i] = s.stories[o, i].live_step
            out.abandoned_step[r, o, i] = s.stories[o, i].abandoned_step
            out.left_step[r, o, i] = s.stories[o, i].left_step
            out.status[r, o, i] = s.status[o, i]
            out.reason[r, o, i] = m.reason
            out.considered[r, o, i] = m.considered
            out.use[r, o, i] = s.uses[o, i].use
    for i in range(len(s.councils)):
        c = s.councils[i]
        out.visits[r, i] = c.visits
        out.incidents[r, i] = c.incidents
        out.severe[r, i] = c.severe_incidents
        out.net_saving[r, i] = s.net_saving[i]
        out.incident_cost_avoided[r, i] = c.incident_cost_avoided_gbp_m


# The layout of each world, made once, and the rooms in which no run of it is going on just now: new
# memory costs as much as some months of a run.
_layouts: WeakKeyDictionary[World, tuple[Case, list[State]]] = WeakKeyDictionary()


def layout_of(world: World) -> tuple[Case, list[State]]:
    """Return the layout of a world and its free rooms."""
    if world not in _layouts:
        _layouts[world] = make_case(world), []
    return _layouts[world]


def free_room(buffers: list[State], world: World) -> State:
    """Take a room for runs of a world, which no other thread has then, or make one."""
    try:
        state = buffers.pop()
    except IndexError:
        return make_state(world)
    take_capacity(state, world)  # the last run may have been of other behaviour
    return state


def run_compiled(
    worlds: World | Sequence[World], seeds: Sequence[int], *, with_states: bool = False
) -> Record:
    """Run one simulated future for each seed with the compiled engine.

    May be called from several threads at once.

    Parameters
    ----------
    worlds
        The world of a scenario, or one for each seed that differ in behaviour only.
    seeds
        Seeds of the futures, one each.
    with_states
        Also keep every council's status with its reason, and the breaches, of every month.

    Returns
    -------
    Record
        Equal, to the last bit, to that of the Mesa model.
    """
    each = one_for_each(worlds, seeds)
    record = Record(each[0], seeds, with_states=with_states)
    case, buffers = layout_of(each[0])
    state = free_room(buffers, each[0])
    ends = [run for run in range(1, len(each)) if each[run] is not each[run - 1]]
    for first, end in pairwise([0, *ends, len(each)]):
        if first:
            case = with_behaviour(case, each[first])
            take_capacity(state, each[first])
        runs = slice(first, end)
        play(case, state, record.seeds[runs], outputs_of(record, runs))
    buffers.append(state)
    return record


# ---------------------------------------------------------------- compiling ahead


def compile_now() -> None:
    """Compile, or read what was compiled before, by running a few councils for a month."""
    if not has_cache("play"):
        drop_old_caches()
    horizon = Horizon(starts=APRIL_2018, ends=APRIL_2018)
    scenario = Scenario(
        councils=CouncilChoice(synthetic=2), offers={"any": Offer(opens=APRIL_2018)}
    )
    run_compiled(build_world(scenario, horizon, 1), [1])
