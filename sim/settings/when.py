"""Months that are written by the calendar, or counted from the opening of an offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from sim.settings.base import MONTH_PATTERN, Table, month_text, parse_month

_KEY = "months_after_opening"


class AfterOpening(Table):
    """A month counted from the opening of an offer, with which it moves."""

    months_after_opening: int = Field(
        ge=0, le=600, description="Months after the one in which the offer opens."
    )
    offer: str | None = Field(
        None, description="Of which offer, where there are several; of a scope, by default its own."
    )

    def text(self) -> str:
        """Say in words when this is."""
        months = self.months_after_opening
        of = f" of {self.offer}" if self.offer else ""
        return f"{months} month{'' if months == 1 else 's'} after the opening{of}"


def parse_when(value: object) -> object:
    """Turn "2017-08" into year * 12 + month - 1, and a table into `AfterOpening`."""
    if isinstance(value, dict):
        return AfterOpening.model_validate(value)
    return value if isinstance(value, AfterOpening) else parse_month(value)


def _written(when: int | AfterOpening) -> object:
    return month_text(when) if isinstance(when, int) else when.model_dump(exclude_none=True)


When = Annotated[
    int | AfterOpening,
    BeforeValidator(parse_when),
    PlainSerializer(_written),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": MONTH_PATTERN, "examples": ["2017-08"]},
                {
                    "type": "object",
                    "description": AfterOpening.__doc__,
                    "properties": {
                        _KEY: {"type": "integer", "minimum": 0, "maximum": 600},
                        "offer": {"type": "string"},
                    },
                    "required": [_KEY],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
AnyTable = TypeVar("AnyTable", bound=BaseModel)


def is_before(one: int | AfterOpening | None, other: int | AfterOpening | None) -> bool:
    """Lies one month before another? False where they are counted in different ways."""
    if isinstance(one, int) and isinstance(other, int):
        return one < other
    if isinstance(one, AfterOpening) and isinstance(other, AfterOpening):
        return one.offer == other.offer and one.months_after_opening < other.months_after_opening
    return False


def month_of(when: int | AfterOpening) -> int:
    """Return the calendar month of a table that has been put into the calendar.

    Raises
    ------
    ValueError
        If it has not.
    """
    if isinstance(when, AfterOpening):
        raise ValueError(f"{when.text()} has no month until the opening is known")
    return when


def opening_meant(when: AfterOpening, offers: Mapping[str, Any], own: str | None) -> str:
    """Name the offer that a month is counted from.

    Raises
    ------
    ValueError
        If that cannot be told, saying why.
    """
    name = when.offer if when.offer is not None else own
    if name is not None:
        if name not in offers:
            raise ValueError(f"there is no offer {name} to count months from")
        return name
    if not offers:
        raise ValueError("nothing is on offer, so that there is no opening to count months from")
    if len(offers) > 1:
        raise ValueError("there are several offers: say from whose opening, by offer = NAME")
    return next(iter(offers))


def counted(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, AfterOpening]]:
    """Find every month below a part of settings that is counted from an opening, by its path."""
    if isinstance(part, AfterOpening):
        yield path, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from counted(getattr(part, name), (*path, name))
    elif isinstance(part, dict):
        for name, inner in part.items():
            yield from counted(inner, (*path, name))
    elif isinstance(part, list):
        for index, inner in enumerate(part):
            yield from counted(inner, (*path, index))


def own_offer(path: tuple[str | int, ...]) -> str | None:
    """Name of the offer in which a setting of a scenario stands, if it stands in one."""
    return str(path[1]) if path[0] == "offers" and len(path) > 1 else None


def in_calendar(part: Any, openings: Mapping[str, int], own: str | None = None) -> Any:
    """Copy a part of settings with all its months by the calendar.

    Parameters
    ----------
    part
        Any table, or what stands in one.
    openings
        Opening of each offer, as year * 12 + month - 1.
    own
        The offer that it stands in, if any.

    Raises
    ------
    ValueError
        If it cannot be told from which opening a month is counted.
    """
    if isinstance(part, AfterOpening):
        return openings[opening_meant(part, openings, own)] + part.months_after_opening
    if isinstance(part, BaseModel):
        found = {name: getattr(part, name) for name in type(part).model_fields}
        return part.model_copy(update=in_calendar(found, openings, own))
    if isinstance(part, dict):
        return {name: in_calendar(value, openings, own) for name, value in part.items()}
    if isinstance(part, list):
        return [in_calendar(value, openings, own) for value in part]
    return part
