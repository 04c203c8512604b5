"""Titles, months, small numbers and sets of councils in words, as readers see them."""

from __future__ import annotations

from sim.files.words import listed
from sim.settings import CouncilChoice

# Kinds and sizes of council as groups are named in the tables, and as readers see them.
KINDS = {
    "county": "county councils",
    "district": "districts",
    "unitary": "unitaries",
    "metropolitan": "metropolitan districts",
    "london": "London boroughs",
    "scottish_unitary": "Scottish councils",
    "synthetic": "made-up councils",
}
SIZES = {
    "under 100,000": "under 100,000 people",
    "100,000-250,000": "100,000 to 250,000 people",
    "250,000-500,000": "250,000 to 500,000 people",
    "500,000 and over": "500,000 people and over",
}
# What put the question on a council's agenda.
AGENDA = {
    "start": "in from the start",
    "habit": "its own routine",
    "visits": "contact with the programme's team",
    "contracts": "a contract about to end",
    "peers": "other councils that had joined",
    "worry": "worry about attacks",
    "duty": "a legal duty",
}
NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def span_words(months: int) -> str:
    """Say a number of months as people do."""
    years, rest = divmod(months, 12)
    if rest or years == 0:
        return f"{months} months" if months != 1 else "a month"
    if years == 1:
        return "a year"
    return f"{number_word(years)} years"


def number_word(number: int) -> str:
    """Write small numbers as words, as at the start of a sentence."""
    return NUMBER_WORDS[number] if 0 <= number < len(NUMBER_WORDS) else f"{number:,}"


def sentence(text: str) -> str:
    """Start with a capital."""
    return text[:1].upper() + text[1:]


def month_name(month: str) -> str:
    """Turn "2017-08" into "August 2017"."""
    names = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    return f"{names[int(month[5:7]) - 1]} {month[:4]}"


def councils_words(choice: CouncilChoice, count: int) -> str:
    """Say which councils take part."""
    if choice.synthetic:
        return f"{count:,} made-up councils"
    of = listed([str(nation) for nation in choice.nations]) if choice.nations else ""
    if choice.draw:
        kind = {"England": "English ", "Scotland": "Scottish "}.get(of, "")
        return f"{count:,} {kind}councils, drawn afresh in each future"
    some = choice.regions or choice.types or choice.codes
    where = of or ("" if some else "England and Scotland")
    words = f"{where}: {count:,} councils" if where else f"{count:,} councils"
    if choice.regions:
        return f"{words} of some regions"
    if not choice.types:
        return words
    english = [kind for kind in KINDS if kind not in ("scottish_unitary", "synthetic")]
    without = [kind for kind in english if of == "England" and kind not in choice.types]
    if 0 < len(without) <= 2:
        return f"{words} (all but {listed([KINDS[kind] for kind in without])})"
    if len(choice.types) <= 2:
        return f"{words} ({listed([KINDS.get(kind, str(kind)) for kind in choice.types])})"
    return f"{words} of some kinds"


def group_words(group: str) -> str:
    """Say whose share it is: 'England's councils', 'districts'."""
    if group in ("England", "Scotland"):
        return f"{group}'s councils"
    if group in KINDS:
        return KINDS[group]
    if group in SIZES:
        return f"councils of {SIZES[group]}"
    return f"councils offered “{group}”"
