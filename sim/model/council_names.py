"""Councils by all that they are called: official names, other names, former codes, mergers.

Names and codes come from ``data/councils.csv`` and ``data/council_names.csv``, whose source is a
register of councils past and present; beyond them only the plain English of a council's kind is
understood, such as "London Borough of" before a name or "Borough Council" after it.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain

_ALL = frozenset(("county", "district", "unitary", "metropolitan", "london", "scottish_unitary"))
_BOROUGHS = frozenset(("district", "unitary", "metropolitan", "london"))
_CITIES = _ALL - {"county"}
# What may stand after and before a name, the longest first, and of which types of council.
_AFTER = {
    "metropolitan borough council": frozenset(("metropolitan",)),
    "metropolitan district council": frozenset(("metropolitan",)),
    "county borough council": frozenset(),  # of Wales
    "london borough council": frozenset(("london",)),
    "metropolitan borough": frozenset(("metropolitan",)),
    "london borough": frozenset(("london",)),
    "county council": frozenset(("county",)),
    "borough council": _BOROUGHS,
    "district council": frozenset(("district", "metropolitan")),
    "city council": _CITIES,
    "council": _ALL,
}
_BEFORE = {
    "metropolitan borough of": frozenset(("metropolitan",)),
    "london borough of": frozenset(("london",)),
    "city and county of": frozenset(),  # of Wales
    "borough council of": _BOROUGHS,
    "council of the": _ALL,
    # Only four have that style, and all by their official names: nobody else is accepted so.
    "royal borough of": frozenset(),
    "borough of": _BOROUGHS,
    "city of": _CITIES,
}
_ALIKE = 0.75  # a name less alike than that is another name
# Pairs of letters in common, at least, as a part of those of both names: Fife and Fyfe share one
# of the six they have together, longer names that are alike share more.
_FEW, _FEW_OF_SHORT, _SHORT = 4, 6, 6
MOST_ALIKE = 3


@dataclass(frozen=True)
class Named:
    """What a name or code stands for.

    Attributes
    ----------
    codes
        GSS codes of April 2018: one, or those that were merged later.
    merged
        Year of the merger, or "".
    """

    codes: tuple[str, ...]
    merged: str = ""


@dataclass(frozen=True)
class _Table:
    named: dict[str, Named]
    kinds: dict[str, str]
    names: dict[str, str]


def plain_name(text: str) -> str:
    """Write a name in small letters and without what people leave out or write otherwise."""
    words = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    # Apostrophes, full stops and what is not seen stand inside words, all else between them.
    kept = "".join(
        character
        for character in words
        if character not in "'’." and unicodedata.category(character) != "Cf"
    )
    return " ".join(re.findall(r"\w+", kept))


@cache
def _table() -> _Table:
    named: dict[str, Named] = {}
    kinds: dict[str, str] = {}
    names: dict[str, str] = {}
    double: set[str] = set()

    def note(written: str, found: Named) -> None:
        key = plain_name(written)
        if named.setdefault(key, found).codes != found.codes:
            double.add(key)

    councils = list(_rows("councils.csv"))
    for row in councils:
        kinds[row["gss_code"]] = row["council_type"]
        names[row["gss_code"]] = row["name"]
        for column in ("gss_code", "name", "gss_code_from_2019"):
            if row[column]:
                note(row[column], Named((row["gss_code"],)))
    others = list(_rows("council_names.csv"))
    for row in others:
        for written in row["written"].split("/"):
            note(written, Named(tuple(row["gss_codes"].split()), row["year"]))
    for row in councils:
        note(row["official_name"], Named((row["gss_code"],)))
    for key in double:
        del named[key]
    return _Table(named, kinds, names)


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("sim") / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def look_up(wanted: str) -> Named | None:
    """Find the council, or councils, that a name or code stands for."""
    table, key = _table(), plain_name(wanted).removeprefix("the ")
    for written in (key, f"the {key}"):
        if written in table.named:
            return table.named[written]
    for name, kinds in _without_kind(key, _ALL):
        found = table.named.get(name)
        if found is not None and (found.merged or table.kinds[found.codes[0]] in kinds):
            return found
    return None


def _without_kind(name: str, kinds: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Take the kind of a council off its name, behind and before."""
    for after, of in _AFTER.items():
        if name.endswith(f" {after}"):
            shorter = name.removesuffix(after).strip()
            yield shorter, kinds & of
            yield from _without_kind(shorter, kinds & of)
            return
    for before, of in _BEFORE.items():
        if name.startswith(f"{before} "):
            shorter = name.removeprefix(before).strip()
            yield shorter, kinds & of
            yield from _without_kind(shorter, kinds & of)
            return


@cache
def _elsewhere() -> dict[str, str]:
    """Nation by the names of councils that are not covered."""
    return {
        _bare(plain_name(name)): row["nation"]
        for row in _rows("councils_elsewhere.csv")
        for name in row["names"].split("/")
    }


def not_covered(wanted: str) -> str:
    """Say why a name or code stands for no council here, where it is one of another nation.

    Examples
    --------
    >>> not_covered("City and County of Swansea")
    'Wales is not covered, only England and Scotland'
    >>> not_covered("Fife")
    ''
    """
    key = plain_name(wanted).removeprefix("the ")
    code = re.fullmatch(r"([wn])\d{8}", key, re.ASCII)
    if code:
        nation = "Wales" if code[1] == "w" else "Northern Ireland"
    else:
        nation = _elsewhere().get(_bare(key), "")
    return f"{nation} is not covered, only England and Scotland" if nation else ""


def _bare(name: str) -> str:
    """Take off whatever the kind of council adds to a name."""
    return min((shorter for shorter, _ in _without_kind(name, _ALL)), key=len, default=name)


def merger_told(found: Named) -> str:
    """Say which councils of April 2018 a merged one is made of."""
    names = [_table().names[code] for code in found.codes]
    return f"{', '.join(names)} (the councils of April 2018 that were merged in {found.merged})"


def alike(wanted: str, known: Iterable[str]) -> list[str]:
    """List up to three of `known` that have `wanted` in them, or else are spelt much like it."""
    spelt = _spelt(tuple(known))
    key = plain_name(wanted)
    bare = _bare(key)
    if len(bare) > 2:
        # Where words begin so, a part inside a word was not meant: Hull is not in Solihull.
        begun = [name for name, own in spelt.own if f" {bare}" in f" {own}"]
        within = begun or [name for name, own in spelt.own if bare in own]
        if within:
            return within[:MOST_ALIKE]
    pairs = _pairs(bare)
    shared = Counter(chain.from_iterable(spelt.having.get(pair, ()) for pair in pairs))
    few = _FEW if len(bare) > _SHORT else _FEW_OF_SHORT
    near: dict[str, float] = {}
    for at, count in shared.items():
        # Few pairs of letters in common are cheaply seen; only the others are looked at closely.
        if count * few >= len(pairs) + spelt.pairs[at]:
            name, other = spelt.all[at]
            ratio = difflib.SequenceMatcher(None, bare, other).ratio()
            if ratio >= _ALIKE:
                near[name] = max(ratio, near.get(name, 0.0))
    return sorted(near, key=lambda name: -near[name])[:MOST_ALIKE]


@dataclass(frozen=True)
class _Spelt:
    """Names as they are compared.

    Attributes
    ----------
    own
        Each name, and as it is compared.
    all
        The same, and again with whatever else the council is called.
    having
        Where in `all` a pair of letters occurs.
    pairs
        How many pairs of letters each of `all` has.
    """

    own: list[tuple[str, str]]
    all: list[tuple[str, str]]
    having: dict[str, list[int]]
    pairs: list[int]


@lru_cache(maxsize=8)
def _spelt(names: tuple[str, ...]) -> _Spelt:
    own = [(name, plain_name(name)) for name in names]
    called, table = set(names), _table()
    others = [
        (table.names[found.codes[0]], key)
        for key, found in table.named.items()
        if not found.merged and not re.search(r"\d", key)
    ]
    every = own + [(name, other) for name, other in others if name in called]
    having: dict[str, list[int]] = {}
    for at, (_, other) in enumerate(every):
        for pair in _pairs(other):
            having.setdefault(pair, []).append(at)
    return _Spelt(own, every, having, [len(_pairs(other)) for _, other in every])


def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[at : at + 2] for at in range(len(word) - 1))
