"""What people type for numbers, months and quotation marks, and what they mean by it.

Nothing here decides: what is found is shown to the reader as what was probably meant, and
stays empty where more than one thing could have been.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_AFTER_DAYS = re.compile(r"(?<=\d)(?:st|[nr]d|th)\b(?:\s+of\b)?")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02\u2033"
_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2032\u00b4\uff07"
_SPACES = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
    "\u205f\u3000"
)
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u061c"
_PLAIN = str.maketrans(
    {
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_DOUBLE_QUOTES, '"'),
        **dict.fromkeys(_SINGLE_QUOTES, "'"),
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_UNSEEN, ""),
    }
)
# What may not be shown as it is: controls, what turns the writing around, and what is not seen or
# looks like a plain space.
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
_NUMBER = re.compile(
    r"""
    (?P<sign>[+-]?)
    (?: (?P<groups>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)      # 1,000 and 1,000.5
      | (?P<points>[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d+)?)   # 1.000.000,5
      | (?P<spaces>[1-9]\d{0,2}(?:[ _']\d{3})+(?:[.,]\d+)?)
      | (?P<comma>\d*,\d+)
      | (?P<plain>\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)
    )
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
}
_AFTER = re.compile(
    r"\s*(?P<scale>k|thousand|mn|m|million|bn|billion)?\s*(?P<percent>%|per\s?cent|percent|pct)?"
    r"\s*(?P<unit>a year|per year|a month|per month|months?|years?|pounds|gbp)?\s*",
    re.IGNORECASE,
)


# ---------------------------------------------------------------- characters


def plain(text: str) -> str:
    """Write text with the characters of a keyboard: straight quotes, hyphens, plain spaces."""
    return text.translate(_PLAIN)


def odd_character(character: str) -> str:
    """Say what a character is that programs for writing put in, and what to type; or ""."""
    if character in _DOUBLE_QUOTES:
        return f'a curly quotation mark ({character}) stands here; type a straight one: "'
    if character in _SINGLE_QUOTES:
        return f"a curly quotation mark ({character}) stands here; type a straight one: '"
    if character in _DASHES:
        return f"a dash ({character}) stands here; type a hyphen: -"
    if character in _SPACES:
        name = "a non-breaking space" if character in "\u00a0\u202f" else _named(character)
        return f"{name} stands here; type a plain space"
    if character in _UNSEEN:
        name = {"\u200b": "a zero-width space", "\u00ad": "a soft hyphen"}.get(character, "")
        return f"{name or _named(character)}, which is not seen, stands here; delete it"
    return ""


def _named(character: str) -> str:
    name = unicodedata.name(character, "").lower().replace("-", " ")
    article = "an" if name[:1] in "aeiou" else "a"
    return f"{article} {name}" if name else f"the character U+{ord(character):04X}"


def odd_in(text: str) -> str:
    """Say which odd character a text holds first, or "" if none."""
    return next((words for words in map(odd_character, text) if words), "")


def is_shown(character: str) -> bool:
    """May a character be shown as it is?"""
    if character == " ":
        return True
    return unicodedata.category(character) not in _NOT_SHOWN and not _is_none(character)


def _is_none(character: str) -> bool:
    """Is this one of the codes that stand for no character?"""
    code = ord(character)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or 0xD800 <= code <= 0xDFFF


def visible(text: str) -> str:
    r"""Write what cannot be seen, or turns the writing around, as TOML does: ``\u200b``."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(
        character if character == "\n" or is_shown(character) else escaped(character)
        for character in text
    )


_REORDERING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def printable(words: str) -> str:
    """Replace by spaces what ends a line or is no character, and leave out what reorders others."""
    return "".join(
        " " if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") or _is_none(one) else one
        for one in words
        if unicodedata.bidirectional(one) not in _REORDERING
    )


def escaped(character: str) -> str:
    r"""Write one character as TOML does: ``\u200b`` or ``\U0001fffe``."""
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def cannot_be_shown(text: str) -> str:
    """Say what a text holds that files and terminals cannot show, or "" if all is well."""
    if text.isprintable():
        return ""
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in "\t\n":
            return "the text holds a control character, which cannot be shown"
        if _is_none(character):
            return f"the text holds {escaped(character)}, which is no character"
    return ""


# ---------------------------------------------------------------- numbers


@dataclass(frozen=True)
class TypedNumber:
    """A number as somebody typed it.

    Attributes
    ----------
    value
        Before any sign or word after it counts.
    scale
        1000 for k, a million for m; 1 if nothing was said.
    is_percent, is_money
        Whether a per cent sign, or a pound sign, stood beside it.
    span
        "month" or "year" where one of these words stood after it, else "".
    """

    value: float
    scale: float = 1.0
    is_percent: bool = False
    is_money: bool = False
    span: str = ""


def typed_number(text: str) -> TypedNumber | None:
    """Read a number as people type it, or return None if it is none."""
    rest = plain(text).strip().rstrip(",; ").strip("\"' ").rstrip(",; ")
    rest, pounds = re.subn(r"^(?:£|gbp)\s*", "", rest, flags=re.IGNORECASE)
    if re.fullmatch(r"\d+/[1-9]\d*", rest, re.ASCII) and not pounds:
        above, below = rest.split("/")
        return None if len(rest) > 9 else TypedNumber(int(above) / int(below))
    found = _NUMBER.match(rest)
    if found is None:
        return None
    after = _AFTER.fullmatch(rest, found.end())
    if after is None:
        return None
    kind = str(found.lastgroup)
    digits = str(found[kind])
    if kind == "points":
        digits = digits.replace(".", "").replace(",", ".")
    elif kind == "groups":
        digits = digits.replace(",", "")
    else:
        digits = re.sub(r"[ _']", "", digits).replace(",", ".")
    value = float(found["sign"] + digits)
    unit = (after["unit"] or "").casefold()
    return TypedNumber(
        value,
        _SCALES[after["scale"].casefold()] if after["scale"] else 1.0,
        is_percent=bool(after["percent"]),
        is_money=bool(pounds) or unit in ("pounds", "gbp"),
        span=next((span for span in ("month", "year") if span in unit), ""),
    )


def number_text(value: float) -> str:
    """Write a number as short as it can be, without an exponent where it is of usual size."""
    rounded = float(f"{value:.12g}")
    if rounded.is_integer() and abs(rounded) < 1e15:
        return str(int(rounded))
    return f"{rounded:.12f}".rstrip("0") if 1e-6 <= abs(rounded) < 1e15 else repr(rounded)


# ---------------------------------------------------------------- months


def typed_month(value: object) -> str:
    """Read a month as people write it, as "2018-05", or return "" if it is not clear."""
    if isinstance(value, datetime.date):
        return _month(value.year, value.month)
    if not isinstance(value, str) or len(value) > 40:
        return ""
    text = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in plain(value)
    )
    text = text.strip().strip("\"'").strip().rstrip(",;").casefold()
    if found := re.fullmatch(r"(\d{4})\s*[-/. ]\s*(\d{1,2})(\s*[-/. ]\s*\d{1,2})?", text):
        return _month(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d{4})(\d\d)", text):
        return _month(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d{1,2})\s*[-/.]\s*(\d{4})", text):
        return _month(int(found[2]), int(found[1]))
    if found := re.fullmatch(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4})", text):
        # The day first, as in Britain; the other way round only where nothing else can be.
        day, month = int(found[1]), int(found[2])
        return _month(int(found[3]), month if month <= 12 else day if month <= 31 else 0)
    return _named_month(text)


def _named_month(text: str) -> str:
    words = re.findall(r"[a-z]+|\d+", _AFTER_DAYS.sub("", text))
    names = [word for word in words if word.isalpha()]
    numbers = [word for word in words if word.isdecimal()]
    years = [number for number in numbers if len(number) == 4]
    months = [
        number
        for number, month in enumerate(_MONTHS, 1)
        if len(names) == 1 and len(names[0]) >= 3 and month.startswith(names[0].removesuffix("t"))
    ]
    if len(months) != 1:
        return ""
    if len(years) == 1 and len(numbers) <= 2:
        return _month(int(years[0]), months[0])
    # As a spreadsheet writes it.
    short = re.fullmatch(r"[a-z]+-(\d\d)", text)
    return _month(2000 + int(short[1]), months[0]) if short else ""


def _month(year: int, month: int) -> str:
    return f"{year:04d}-{month:02d}" if 1900 <= year < 2100 and 1 <= month <= 12 else ""
