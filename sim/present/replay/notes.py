"""What a scenario is, in words and dates, as its settings say."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.world import World
from sim.present.words import month_name
from sim.settings import Scenario, month_of, month_text


@dataclass(frozen=True)
class Note:
    """Something dated that is set, not simulated: month from 0, kind, and words."""

    month: int
    kind: str
    words: str


def notes_of(world: World) -> list[Note]:
    """Openings, duties, reviews and events of a scenario within its horizon, by date."""
    scenario, first = world.scenario, world.first_month
    found: list[Note] = []
    several = len(scenario.offers) > 1
    for name, offer in scenario.offers.items():
        of = f" {name}" if several else ""
        if offer.launched is not None and offer.launched < offer.opens:
            found.append(Note(offer.launched - first, "launch", f"The offer{of} is announced"))
        found.append(Note(offer.opens - first, "opening", f"Councils can join{of}"))
    mandate = scenario.push.mandate
    if mandate is not None:
        found.append(Note(month_of(mandate.starts) - first, "duty", "A legal duty to join begins"))
        if mandate.ends is not None:
            found.append(Note(month_of(mandate.ends) - first, "duty", "The duty to join ends"))
    if scenario.push.review_months is not None:
        for opens in dict.fromkeys(world.opens):
            due = opens + scenario.push.review_months - 1 - first
            share = f"{100 * scenario.push.minimum_share:g}%"
            found.append(
                Note(due, "review", f"Review: the offer goes on if {share} of councils have joined")
            )
    for event in scenario.events:
        month = month_of(event.date) - first
        if event.breach:
            found.append(Note(month, "breach", event.label or "A severe breach"))
        elif event.label:
            found.append(Note(month, "event", event.label))
    inside = [note for note in found if 0 <= note.month < world.months]
    return sorted(inside, key=lambda note: note.month)


def says_of(scenario: Scenario) -> list[str]:
    """What a scenario stands for, and what it sets that a viewer must know, in sentences."""
    found = [scenario.stands_for.strip()] if scenario.stands_for.strip() else []
    opens = sorted({offer.opens for offer in scenario.offers.values()})
    if not opens:
        found.append("Nothing is on offer.")
    else:
        found.append(f"Councils can join from {month_name(month_text(opens[0]))}.")
    return found
