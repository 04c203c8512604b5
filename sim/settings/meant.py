"""What was probably meant by a value that a setting cannot have.

It is shown to the reader and never used in place of the value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt

from sim.files.problems import closest, quoted
from sim.files.typed import number_text, plain, typed_month, typed_number
from sim.settings.location import is_model, is_month, keys, options, unwrap

_LONGEST, _LARGEST = 60, 10**18
_YES, _NO = ("true", "yes", "on", "y"), ("false", "no", "off", "n")
# What people say for a choice, beyond slips of spelling.
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "central": ("government", "central government", "national government", "the government"),
    "sector": ("local government", "councils", "the councils", "council sector", "sector-owned"),
    "peer": ("council", "another council", "a council", "other council", "neighbour"),
    "scottish_unitary": ("scottish", "scottish council", "scottish unitary authority"),
    "london": ("london borough", "london boroughs"),
    "metropolitan": ("metropolitan borough", "metropolitan district", "metropolitan boroughs"),
    "district": ("non-metropolitan district", "shire district", "district council", "districts"),
    "county": ("county council", "counties", "shire county"),
    "unitary": ("unitary authority", "unitary authorities", "unitary council"),
    "largest": ("biggest", "largest first", "biggest first", "big", "large"),
    "in_turn": ("in order", "one after the other", "round robin"),
    "most_receptive": ("receptive", "keenest", "most willing", "willing"),
    "best_connected": ("connected", "most connected"),
    "neighbours_of_members": ("neighbours", "neighbors", "next to members"),
    "Scotland": ("scottish",),
    "England": ("english",),
    "Yorkshire and The Humber": ("yorkshire", "humberside", "the humber"),
    "East of England": ("east", "east anglia", "eastern"),
    "London": ("greater london",),
    "Glasgow City Region": ("glasgow region", "glasgow and clyde valley"),
    "Island councils": ("islands", "the islands", "scottish islands", "island authorities"),
    "edge_list": ("file", "csv", "own"),
    "complete": ("everyone", "all", "full"),
    "point": ("default", "defaults", "none"),
    "posterior": ("fit", "fitted"),
    "yes": ("true", "on", "y", "joining", "required"),
    "no": ("false", "off", "n", "none"),
}


def meant_by(
    value: object, annotation: Any, limits: Sequence[Any] = (), unit: str = "", name: str = ""
) -> str:
    """Write what was probably meant as the file should say it, or "" where that is not clear.

    Parameters
    ----------
    value
        What was given: a value of TOML, or text that TOML cannot read.
    annotation, limits, unit, name
        Type, constraints, unit and name of the setting.
    """
    annotation, limits = unwrap(annotation, limits)
    if isinstance(value, str) and len(value) > _LONGEST:
        return ""
    if isinstance(value, int) and abs(value) > _LARGEST:
        return ""
    if is_month(annotation, limits):
        month = typed_month(value)
        return quoted(month) if month else ""
    if annotation in (int, float):
        return _number(value, annotation, limits, unit, name)
    if annotation is bool:
        return _truth(value)
    if annotation is str:
        return _text(value)
    if get_origin(annotation) is Literal:
        return _choice(value, get_args(annotation))
    if get_origin(annotation) is list:
        return _list(value, annotation, unit, name)
    if options(annotation):
        found = [
            meant_by(value, *unwrap(entry), unit=unit, name=name) for entry in options(annotation)
        ]
        return next(filter(None, found), "")
    return _table(value, annotation) if is_model(annotation) else ""


# ---------------------------------------------------------------- numbers


def _number(value: object, annotation: Any, limits: Sequence[Any], unit: str, name: str) -> str:
    if isinstance(value, bool):
        return ""
    typed = typed_number(str(value)) if isinstance(value, str | int | float) else None
    if typed is None:
        return ""
    number, scaled = typed.value, typed.value * typed.scale
    if typed.span == "year" and unit in ("months", "") and name.endswith("months"):
        scaled *= 12
    elif typed.span and typed.span not in unit:
        return ""
    if typed.is_percent:
        readings = [number / 100]
    elif unit.startswith("£m"):
        readings = _millions(typed.value, typed.scale, typed.is_money)
    elif typed.is_money:
        readings = []
    else:
        readings = [scaled]
        # Few write 2 for 2 %, but where a share is asked for nothing else can have been meant.
        least = 2.0 if _is_share(unit, name) else 10.0 if _ends_at_one(limits) else math.inf
        if least <= scaled <= 100:
            readings.append(scaled / 100)
    fitting = list(dict.fromkeys(number_text(at) for at in readings if _fits(at, limits)))
    if annotation is int:
        fitting = [text for text in fitting if "." not in text and "e" not in text]
    as_given = number_text(value) if isinstance(value, float | int) and abs(value) < 1e15 else ""
    if annotation is float or not isinstance(value, float):
        fitting = [text for text in fitting if text != as_given]
    if len(fitting) == 2 and unit.startswith("£m"):
        return f"{fitting[0]}, if that is millions, or {fitting[1]}, if it is pounds"
    return fitting[0] if len(fitting) == 1 else ""


def _millions(value: float, scale: float, is_money: bool) -> list[float]:
    """Read an amount for a setting in millions: in pounds, or in millions, or either."""
    if scale > 1:
        return [value * scale / 1e6]
    pounds = value / 1e6
    if abs(value) < 1000:
        return [] if is_money else [value]
    return [pounds] if is_money else [value, pounds]


def _ends_at_one(limits: Sequence[Any]) -> bool:
    return any(isinstance(limit, Le) and limit.le == 1 for limit in limits)


def _is_share(unit: str, name: str) -> bool:
    return unit == "share" or "share" in name.split("_")


def _fits(value: float, limits: Sequence[Any]) -> bool:
    if not math.isfinite(value):
        return False
    for limit in limits:
        if (
            (isinstance(limit, Ge) and not value >= limit.ge)  # type: ignore[operator]
            or (isinstance(limit, Gt) and not value > limit.gt)  # type: ignore[operator]
            or (isinstance(limit, Le) and not value <= limit.le)  # type: ignore[operator]
            or (isinstance(limit, Lt) and not value < limit.lt)  # type: ignore[operator]
        ):
            return False
    return True


# ---------------------------------------------------------------- words


def _bare(text: str) -> str:
    """Take quotation marks and blanks off a text, and write it as a keyboard does."""
    return plain(text).strip().strip("\"'").strip()


def _truth(value: object) -> str:
    if isinstance(value, str):
        word = _bare(value).casefold()
        return "true" if word in _YES else "false" if word in _NO else ""
    if isinstance(value, int) and value in (0, 1):
        return "true" if value else "false"
    return ""


def _text(value: object) -> str:
    if isinstance(value, str):
        text = _bare(value)
        return quoted(text) if text and not re.search(r"[\"\\\[\]{}=]", text) else ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'"{value}"'
    return ""


def _choice(value: object, choices: Sequence[Any]) -> str:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return ""
    wanted = _bare(value)
    word = re.sub(r"[\s_]+", " ", wanted).casefold()
    for choice in choices:
        if word == choice.casefold().replace("_", " ") or word in _SYNONYMS.get(choice, ()):
            return quoted(choice)
    near = closest(wanted, choices)
    return quoted(near) if near else ""


def _list(value: object, annotation: Any, unit: str, name: str) -> str:
    """Put what would do inside a list into one."""
    if isinstance(value, list | dict | bool):
        return ""
    inside, limits = unwrap(get_args(annotation)[0])
    if isinstance(value, str):
        written = value.strip()
        if written.startswith("[") and written.endswith("]"):
            # A comma alone may be a decimal one.
            between = r",\s*" if inside not in (int, float) else r",\s+|;\s*"
            parts = re.split(between, written[1:-1].strip().rstrip(","))
            found = [meant_by(part, inside, limits, unit, name) for part in parts]
            return f"[{', '.join(found)}]" if all(found) else ""
        if written.startswith(("[", "{")):
            return ""
        whole = meant_by(written, inside, limits, unit, name)
        parts = [meant_by(part, inside, limits, unit, name) for part in written.split(",")]
        if inside is not str and len(parts) > 1 and all(parts):
            return f"[{', '.join(parts)}]"
        return f"[{whole}]" if whole else ""
    if isinstance(value, int | float) and inside in (int, float) and _fits(value, limits):
        return f"[{number_text(value)}]"
    return ""


# ---------------------------------------------------------------- tables


def _table(value: object, model: Any) -> str:
    """Write a table that holds what was given in its place."""
    fields = keys(model)
    needed = [(key, field) for key, field in fields.items() if field.is_required()]
    if len(needed) == 1:
        key, field = needed[0]
        if value is True:
            written = "..."
            if is_month(*unwrap(field.annotation, field.metadata)):
                return f'{{ {key} = "2020-05" }}, with the month that you want'
        else:
            written = meant_by(value, field.annotation, field.metadata, name=key)
            written = written or (quoted(str(value)) if _is_right_month(value, field) else "")
        return f"{{ {key} = {written} }}" if written and written != "..." else ""
    texts = [value] if isinstance(value, str) else value
    if isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts):
        for key in ("nations", "regions", "types"):
            if key in fields:
                inside = get_args(unwrap(fields[key].annotation)[0])[0]
                found = [_exact(str(text), inside) for text in texts]
                if all(found):
                    return f"{{ {key} = [{', '.join(found)}] }}"
        if "codes" in fields:
            return f"{{ codes = [{', '.join(quoted(_bare(str(text))) for text in texts)}] }}"
    return ""


def _is_right_month(value: object, field: Any) -> bool:
    return is_month(*unwrap(field.annotation, field.metadata)) and bool(typed_month(value))


def _exact(text: str, choices: Any) -> str:
    word = _bare(text).casefold()
    return next(
        (quoted(choice) for choice in get_args(unwrap(choices)[0]) if choice.casefold() == word), ""
    )
