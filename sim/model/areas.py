"""Areas that people use and that are no regions: which councils they have."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from sim.model.council_names import plain_name


@cache
def areas() -> Mapping[str, tuple[str, ...]]:
    """Return the GSS codes of the councils of each area, as ``data/areas.csv`` has them."""
    text = (files("sim") / "data" / "areas.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType({row["area"]: tuple(row["gss_codes"].split()) for row in rows})


def area_called(name: str) -> str:
    """Return the area of this name, however it is written, or ""."""
    wanted = plain_name(name).removeprefix("the ")
    return next((area for area in areas() if plain_name(area) == wanted), "")


def area_told(name: str) -> str:
    """Say where an area can be named, if that is what stands in place of a council, or ""."""
    area = area_called(name)
    if not area:
        return ""
    return f"it is an area of {len(areas()[area])} councils, which are named together by regions"
