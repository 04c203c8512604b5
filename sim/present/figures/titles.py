"""What titles of pictures say of the contrast that was asked: base against scenario."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.files.words import listed
from sim.present.formats import percent
from sim.present.view import View
from sim.present.words import sentence


def headline(view: View) -> str:
    """Set the share joined in the base against that in the scenario that was asked for."""
    when = "" if view.headline.months is not None else view.headline.words
    return shares(view, lambda name: view.joined(name).middle, when)


def shares(view: View, value: Callable[[str], float], when: str = "") -> str:
    """Set a share of councils in the base against that in the scenario that was asked for.

    `when` is said where it is not the headline month, of which subtitles tell.
    """
    words = _shares(view, value)
    return f"{sentence(when)}, {words[0].lower()}{words[1:]}" if when else words


def _shares(view: View, value: Callable[[str], float]) -> str:
    base, *others = view.contrast
    if not any(view.opens(name) for name in view.contrast):
        return f"Nothing has opened under {listed([view.named(n) for n in view.contrast])}"
    level = value(base)
    if not others:
        if not math.isfinite(level):
            return f"The horizon ends too early for {view.named(base)}"
        return f"{percent(level)} of councils are in under {view.named(base)}"
    other = value(others[0])
    known = math.isfinite(level), math.isfinite(other)
    if not any(known):
        return f"The horizon ends too early for {view.named(others[0])} and {view.named(base)}"
    if not all(known):
        reached, missing = (base, others[0]) if known[0] else (others[0], base)
        return (
            f"{percent(value(reached))} of councils are in under {view.named(reached)}; the "
            f"horizon ends too early for {view.named(missing)}"
        )
    if percent(level) == percent(other):
        return (
            f"{percent(level)} of councils are in under both {view.named(others[0])} and "
            f"{view.named(base)}"
        )
    return (
        f"{percent(other)} of councils are in under {view.named(others[0])}, {percent(level)} "
        f"under {view.named(base)}"
    )


def cancelled(view: View) -> str:
    """Say in how many futures a review cancels what titles are about; "" where it does in none."""
    said = [
        f"{view.named(name)} in {percent(fates['cancelled'].share)} of futures"
        for name in view.contrast
        if "cancelled" in (fates := view.fates(name))
    ]
    return f" A review cancels {listed(said)}." if said else ""
