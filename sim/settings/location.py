"""What the models say of each setting: found by walking them along a location."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from sim import settings
from sim.files.problems import any_of, quoted
from sim.files.toml_lines import KeyPath

_MONTH = 'a month in quotation marks, such as "2017-08"'
_WHEN = f"{_MONTH}, or {{ months_after_opening = 24 }}"


@dataclass(frozen=True)
class Location:
    """What the models say of a location.

    Attributes
    ----------
    loc
        The location without pydantic's names of union branches.
    model
        The innermost model that the location lies in.
    name
        The last key.
    annotation, limits
        Type and constraints of the value there; None and () for an unknown key.
    unit
        Unit of the setting, or "".
    branch
        Pydantic's name of the branch of a union, or "".
    """

    loc: KeyPath
    model: type[BaseModel]
    name: str
    annotation: Any
    limits: tuple[Any, ...] = ()
    unit: str = ""
    branch: str = ""


def is_model(annotation: Any) -> bool:
    """Is this type a model, that is a table with known keys?"""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Settings of a table by their keys in a file, which may be words that Python keeps."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def unwrap(annotation: Any, limits: Sequence[Any] = ()) -> tuple[Any, tuple[Any, ...]]:
    """Strip ``Annotated`` and ``| None`` off a type; return it with its constraints."""
    found = list(limits)
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            for entry in more:
                found += entry.metadata if isinstance(entry, FieldInfo) else [entry]
        elif options(annotation) and len(options(annotation)) == 1:
            (annotation,) = options(annotation)
        else:
            return annotation, tuple(found)


def options(annotation: Any) -> list[Any]:
    """Return the types of a union but None, or nothing if it is no union."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return []
    return [entry for entry in get_args(annotation) if entry is not type(None)]


def find_location(root: type[BaseModel], loc: Sequence[str | int]) -> Location:
    """Walk the models along a location."""
    return _found(root, tuple(loc))


@lru_cache(maxsize=4096)
def _found(root: type[BaseModel], loc: KeyPath) -> Location:
    annotation: Any = root
    limits: tuple[Any, ...] = ()
    model, name, unit, branch = root, "", "", ""
    path: KeyPath = ()
    for part in loc:
        annotation, limits = unwrap(annotation, limits)
        if _is_when(limits):
            annotation, limits = settings.AfterOpening, ()
        if is_model(annotation):
            model, name, unit = annotation, str(part), ""
            path = (*path, part)
            field = keys(model).get(name)
            if field is None:
                return Location(path, model, name, None)
            annotation, limits = field.annotation, tuple(field.metadata)
            extra = field.json_schema_extra
            about = extra.get("about") if isinstance(extra, dict) else None
            unit = str(about.get("unit", "")) if isinstance(about, dict) else ""
        elif options(annotation):
            branch = str(part)
            annotation = next(
                (entry for entry in options(annotation) if branch.startswith(_tag(entry))), None
            )
        elif get_origin(annotation) in (dict, list):
            path, annotation, limits = (*path, part), get_args(annotation)[-1], ()
        else:
            break
    annotation, limits = unwrap(annotation, limits)
    return Location(path, model, name, annotation, limits, unit, branch)


def _tag(annotation: Any) -> str:
    origin = get_origin(annotation) or annotation
    return str(origin.__name__)


def is_month(annotation: Any, limits: Sequence[Any]) -> bool:
    """Is this setting a month?"""
    return _is_when(limits) or (annotation is int and _is_read_by(settings.parse_month, limits))


def _is_when(limits: Sequence[Any]) -> bool:
    """May this month be counted from an opening too?"""
    return _is_read_by(settings.parse_when, limits)


def _is_read_by(parse: Callable[[object], object], limits: Sequence[Any]) -> bool:
    return any(isinstance(entry, BeforeValidator) and entry.func is parse for entry in limits)


def expected(annotation: Any, limits: Sequence[Any] = (), unit: str = "") -> str:
    """Say what a value must look like."""
    annotation, limits = unwrap(annotation, limits)
    if is_month(annotation, limits):
        return _WHEN if _is_when(limits) else _MONTH
    if annotation is bool:
        return "true or false"
    if annotation is str:
        return "text in quotation marks"
    if annotation in (int, float):
        return _number(annotation, limits, unit)
    if get_origin(annotation) is Literal:
        return any_of([quoted(entry) for entry in get_args(annotation)])
    if get_origin(annotation) is list:
        inside, inner = unwrap(get_args(annotation)[0])
        what = "texts" if inside is str else "values, each " + expected(inside, inner)
        return f"a list of {what} in [ ]"
    if options(annotation):
        return " or ".join(expected(entry) for entry in options(annotation))
    return "a table"


def _number(annotation: Any, limits: Sequence[Any], unit: str) -> str:
    words = "a whole number" if annotation is int else "a number"
    low = next((entry.ge for entry in limits if isinstance(entry, Ge)), None)
    high = next((entry.le for entry in limits if isinstance(entry, Le)), None)
    above = next((entry.gt for entry in limits if isinstance(entry, Gt)), None)
    below = next((entry.lt for entry in limits if isinstance(entry, Lt)), None)
    if low is not None and high is not None:
        words += f" from {_plain(low)} to {_plain(high)}"
    else:
        parts = [
            text
            for text, bound in (
                (f"from {_plain(low)}", low),
                (f"above {_plain(above)}", above),
                (f"up to {_plain(high)}", high),
                (f"below {_plain(below)}", below),
            )
            if bound is not None
        ]
        words += (" " if parts else "") + " and ".join(parts)
    return f"{words} ({unit})" if unit else words


def _plain(bound: Any) -> str:
    return f"{bound:,}".removesuffix(".0") if bound is not None else ""
