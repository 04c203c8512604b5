"""What all settings share: strict tables, months, and a declaration with unit and source."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    field_validator,
)
from pydantic.fields import FieldInfo

from sim.files.typed import cannot_be_shown
from sim.settings.limits import SMALLEST

Basis = Literal["evidence", "fitted", "assumption", "convention"]


class Table(BaseModel):
    """A table of the experiment file: strict types, no unknown keys, no infinities."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _printable(cls, value: object) -> object:
        # TOML allows them escaped, Excel and terminals do not. Names in a table are text too;
        # what stands in tables below is seen to there.
        parts: list[object] = [value]
        if isinstance(value, dict):
            parts = [*value, *value.values()]
        for part in parts:
            for text in part if isinstance(part, list) else [part]:
                if isinstance(text, str) and (fault := cannot_be_shown(text)):
                    raise ValueError(fault)
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _not_next_to_nothing(cls, value: object) -> object:
        # Such numbers are valid one by one, and overflow where they meet.
        if isinstance(value, float) and 0 < abs(value) < SMALLEST:
            raise ValueError(
                f"this is too near to 0 to mean anything: give 0, or at least {SMALLEST:f}"
            )
        return value


def setting(
    default: Any,
    text: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    prior: str = "",
    basis: Basis = "assumption",
    source: str = "",
    evidence: tuple[str, ...] = (),
) -> Any:
    """Declare a setting: its default, meaning, unit, allowed range and what it rests on.

    `evidence` names the rows of `sim/data/evidence.csv` that inform it. They bound the value
    where the basis is "evidence" or "fitted", and at most its prior where it is "assumption".
    """
    about = {
        "unit": unit,
        "prior": prior,
        "basis": basis,
        "source": source,
        "evidence": " ".join(evidence),
    }
    words = text
    if unit:
        words += f" Unit: {unit}."
    if prior:
        words += f" Plausible: {prior}."
    if source:
        words += f" Source: {source}."
    elif basis == "assumption":
        words += " An assumption: no record was found."
    return Field(
        default=default,
        ge=low,
        le=high,
        description=words,
        json_schema_extra={"about": {key: value for key, value in about.items() if value}},
    )


def about_setting(field: FieldInfo) -> dict[str, str]:
    """What `setting` declared of unit, prior, basis, source and evidence; {} for a plain choice."""
    extra = field.json_schema_extra
    about = extra.get("about") if isinstance(extra, dict) else None
    return {str(key): str(value) for key, value in about.items()} if isinstance(about, dict) else {}


# ---------------------------------------------------------------- months

MONTH_PATTERN = r"^(19|20)\d\d-(0[1-9]|1[0-2])$"


def parse_month(value: object) -> object:
    """Turn "2017-08" into year * 12 + month - 1; whole numbers of that kind pass."""
    if isinstance(value, int) and 1900 * 12 <= value < 2100 * 12:  # not a bare year
        return value
    # Only the digits 0 to 9, and nothing after them.
    if not isinstance(value, str) or not re.fullmatch(MONTH_PATTERN, value, re.ASCII):
        raise ValueError('a month is written "YYYY-MM" in quotation marks, such as "2017-08"')
    return int(value[:4]) * 12 + int(value[5:]) - 1


def month_number(text: str) -> int:
    """Turn a month such as "2017-08" into year * 12 + month - 1."""
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def month_text(month: int) -> str:
    """Write a month as "2017-08"."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


Month = Annotated[
    int,
    BeforeValidator(parse_month),
    PlainSerializer(month_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": MONTH_PATTERN, "examples": ["2017-08"]}),
]
