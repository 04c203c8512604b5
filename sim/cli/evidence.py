"""What settings rest on, as plain text for the command line."""

from __future__ import annotations

import re
import textwrap
from itertools import groupby

import numpy as np

from sim.evidence.basis import Basis, all_bases, setting_bases
from sim.evidence.facts import CONFIDENCE, UNVERIFIED, Fact, load_evidence
from sim.experiment.parameters import APPEAL_IN, LEARNED, Draws, about_posterior, load_draws
from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.files.shipped import program

WIDTH = 100
MOST_NAMED = 10


def evidence_list() -> str:
    """List every setting and figure of a programme with what it rests on."""
    rows = [
        "What each setting and each figure of a programme rests on. One in full:",
        f"  {program()} evidence behaviour.abandon_depth_per_month",
    ]
    for group, bases in groupby(all_bases().values(), key=_group):
        rows += ["", group, *(row for basis in bases for row in _listed(basis))]
    return "\n".join(rows)


def evidence_of(wanted: str) -> str:
    """Tell all about one setting or figure: value, unit, prior, basis and its facts in full.

    Parameters
    ----------
    wanted
        Its dotted name, or a part of it, or of its meaning, where that is enough to tell it; of a
        setting and figures of programmes alike the setting is told, and they are named. The id of
        a fact does as well.

    Raises
    ------
    BadInput
        If there is no such name, or more than one.
    """
    fact = load_evidence().get(wanted.strip())
    if fact is not None:
        informs = ", ".join(fact.settings) or "no setting"
        return "\n".join([*_told(fact), *_labelled("informs", informs)])
    basis, others = _found(wanted.strip())
    kind = basis.kind + (f": {basis.source}" if basis.source else "")
    value = f"{basis.value or '-'} {basis.unit}".strip()
    rows = [
        basis.name,
        *_wrapped("  ", basis.meaning),
        "",
        *_labelled("value", value),
        *_labelled("plausible", basis.prior or "no range is given"),
        *_labelled("basis", kind),
        *_drawn(basis.name),
        *(_labelled("programmes", ", ".join(_figure(one) for one in others)) if others else ()),
    ]
    if not basis.facts:
        return "\n".join([*rows, "", "No fact of the list informs it."])
    rows += ["", "Bounded by" if basis.is_bounded else "Informed, not bounded, by"]
    for fact in basis.facts:
        rows += ["", *_told(fact)]
    return "\n".join(rows)


def _drawn(name: str) -> list[str]:
    """Say between what experiments draw a fitted setting, and what the fit told of it."""
    before, after = load_draws("prior"), load_draws("posterior")
    if name not in after.names:
        return []

    def spread(draws: Draws) -> str:
        low, middle, high = np.quantile(draws.of(name), [0.05, 0.5, 0.95])
        return f"{middle:.3g} ({low:.3g} to {high:.3g})"

    learned = LEARNED[about_posterior()["settings"][name]["learned"]]
    apart = ", appeals of programmes included" if name == APPEAL_IN else ""
    return _labelled(
        "drawn",
        f"{spread(after)}, the middle and 9 in 10 draws, in experiments{apart}; {spread(before)} "
        f"before the fit to history, which told {learned}",
    )


def _figure(name: str) -> str:
    return f"{name} = {all_bases()[name].value}"


def _group(basis: Basis) -> str:
    return basis.name.rpartition(".")[0]


def _listed(basis: Basis) -> list[str]:
    name = basis.name.rpartition(".")[2]
    head = f"  {name:<28} {basis.value or '-':>8}  {basis.kind:<11} "
    ids = ", ".join(
        fact.id if fact.may_be_quoted else f"{fact.id} ({UNVERIFIED})" for fact in basis.facts
    )
    return _wrapped(head, ids or basis.source or "no fact is known")


def _told(fact: Fact) -> list[str]:
    mark = "" if fact.may_be_quoted else f"  {UNVERIFIED}"
    return [
        f"  {fact.id}{mark}",
        *_labelled("claim", fact.claim),
        *_labelled("figure", fact.figure),
        *_labelled("date", fact.date),
        *_labelled("source", fact.source),
        *_labelled("confidence", f"{fact.confidence}, {CONFIDENCE[fact.confidence]}"),
        *_labelled("used for", fact.use),
    ]


def _labelled(label: str, text: str) -> list[str]:
    return _wrapped(f"    {label:<11} ", text or "-")


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _found(wanted: str) -> tuple[Basis, list[str]]:
    """Find what is meant, and the figures of programmes that have the same name."""
    bases = all_bases()
    if wanted in bases:
        return bases[wanted], []
    named = [name for name in bases if wanted and name.endswith(f".{wanted}")] or _with(wanted)
    if len(named) == 1:
        return bases[named[0]], []
    if named:
        # Where one is a setting and the others are figures of programmes, that one is meant.
        own = [name for name in named if name in setting_bases()]
        if len(own) == 1 and len({_last(name) for name in named}) == 1:
            return bases[own[0]], [name for name in named if name != own[0]]
        problem = "several settings and figures have this in their name or meaning"
        allowed = any_of(named, most=MOST_NAMED)
        meant = own[0] if len(own) == 1 else ""
        raise BadInput([Problem(problem, given=quoted(wanted), allowed=allowed, meant=meant)])
    short = {_last(name): name for name in bases}
    meant = closest(wanted, bases) or short.get(closest(wanted, short), "")
    raise BadInput(
        [
            Problem(
                "there is no setting or figure of a programme of this name",
                given=quoted(wanted),
                allowed=f"a name that `{program()} evidence` lists",
                meant=meant,
            )
        ]
    )


def _with(wanted: str) -> list[str]:
    """List the names that have all words of a text in their last part, or else in the meaning."""
    words = re.findall(r"[a-z0-9]+", wanted.casefold())
    if not words or max(map(len, words)) < 3:
        return []
    called = [name for name in all_bases() if all(word in _last(name) for word in words)]
    return called or [
        name
        for name, basis in setting_bases().items()
        if all(word in basis.meaning.casefold() for word in words)
    ]


def _last(name: str) -> str:
    return name.rpartition(".")[2]
