"""What titles of pictures say of the contrast that was asked: base against scenario."""

from __future__ import annotations

import math
from collections.abc import Callable

from sim.files.words import listed
from sim.present.formats import percent
from sim.present.view import View
from sim.present.words import sentence


def shares(view: View, value: Callable[[str], float], verb: str, when: str) -> str:
    """Set a share of councils in the base against that in the scenario that was asked for.

    `verb` says what the councils do ("have joined"), `when` begins the sentence.
    """
    return _shares(view, value, verb, when) + _cancelled(view)


def _cancelled(view: View) -> str:
    """Say in how many futures a review cancels what the title is about, where it does in some."""
    said = [
        (name, fates["cancelled"].share)
        for name in view.contrast
        if "cancelled" in (fates := view.fates(name))
    ]
    if not said:
        return ""
    shares = " and ".join(percent(share) for _, share in said)
    which = view.named(said[0][0]) if len(said) == 1 else "each"
    return f"; a review cancels {which} in {shares} of futures"


def _shares(view: View, value: Callable[[str], float], verb: str, when: str) -> str:
    base, *others = view.contrast
    level = value(base)
    if not any(view.opens(name) for name in view.contrast):
        names = listed([view.named(name) for name in view.contrast])
        return f"{sentence(when)}, nothing has opened under {names}"
    if not others:
        if not math.isfinite(level):
            return f"{sentence(when)}: {view.named(base)} does not get that far"
        return f"{sentence(when)}, {percent(level)} of councils {verb} under {view.named(base)}"
    other = value(others[0])
    known = math.isfinite(level), math.isfinite(other)
    if not any(known):
        return (
            f"{sentence(when)}: neither {view.named(others[0])} nor {view.named(base)} gets there"
        )
    if not all(known):
        reached, missing = (base, others[0]) if known[0] else (others[0], base)
        return (
            f"{sentence(when)}, {percent(value(reached))} of councils {verb} under "
            f"{view.named(reached)}; {view.named(missing)} does not get that far"
        )
    if percent(level) == percent(other):
        return (
            f"{sentence(when)}, {percent(level)} of councils {verb} under both "
            f"{view.named(others[0])} and {view.named(base)}"
        )
    return (
        f"{sentence(when)}, {percent(other)} of councils {verb} under {view.named(others[0])}, "
        f"{percent(level)} under {view.named(base)}"
    )


def headline(view: View) -> str:
    """The same of the share joined at the moment that everything leads with."""
    return shares(view, lambda name: view.joined(name).middle, "have joined", view.headline.words)
