"""Whether files that an experiment names are a fit from which behaviour can be drawn.

A fit is a folder with three files that ``calibrate --publish`` writes: `posterior.csv` and
`prior.csv`, a row a draw, and `posterior.json`, which says what history told of each setting. The
numbers go into scenarios unseen, so that they are checked here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.experiment.parameters import ABOUT, FILES, LEARNED, TABLES, Stamp, fit_folder, stamp_of
from sim.files.problems import any_of, shown
from sim.settings import Scenario
from sim.settings.editing import OF_COUNCILS, numeric_settings
from sim.settings.location import expected, find_location

_MOST_OF_A_PATH = 200


class _NoFitError(Exception):
    """What is wrong with a file of a fit."""


def fault_of(fit: str) -> str:
    """Say what is wrong with a fit that an experiment names, or "" if nothing is."""
    try:
        return _fault_at(Path(fit), fit_folder(fit))
    except (OSError, ValueError) as error:
        # Also a path too long for the system, of which no more is shown than anybody would read.
        reason = getattr(error, "strerror", None) or str(error)
        return f"the fit cannot be read: {reason}: {fit[:_MOST_OF_A_PATH]}"


def _fault_at(named: Path, folder: Path) -> str:
    if named.suffix and named.name != ABOUT and not named.is_dir():
        return f"a fit is named by its folder, or by the {ABOUT} in it"
    names = [ABOUT, *FILES.values()]
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        return f"there is no fit here: {folder} has no {any_of(missing)}"
    return _fault(folder, tuple(stamp_of(folder / name) for name in names))


@lru_cache(maxsize=8)
def _fault(folder: Path, stamps: tuple[Stamp, ...]) -> str:
    """Look into the files of a fit, which are known to be there, once for each state of them."""
    try:
        about = _about(folder / ABOUT)
        heads = [_draws(folder / name, about) for name in FILES.values()]
        if heads[0] != heads[1]:
            raise _NoFitError(f"{' and '.join(FILES.values())} in {folder} have other columns")
    except _NoFitError as error:
        return str(error)
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _NoFitError(f"{path} is no text in UTF-8") from None


def _about(path: Path) -> Mapping[str, Any]:
    """Return what is said of each setting, if it can be used."""
    try:
        content = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _NoFitError(f"{path}{line}: this is not JSON") from None
    settings = content.get("settings") if isinstance(content, dict) else None
    if not isinstance(settings, dict):
        raise _NoFitError(f"{path} does not describe a fit: it has no settings")
    known = numeric_settings(Scenario())
    for name, about in settings.items():
        where = f"{path}: {name}"
        if name not in known:
            raise _NoFitError(f"{where} is no setting of behaviour, traits or climate")
        low, high = _ends(about)
        if not low < high:
            raise _NoFitError(f"{where} needs a low, and a high above it")
        for end in (low, high):
            if wanted := _refused(name, end):
                raise _NoFitError(f"{where} cannot be {end:g}; allowed: {wanted}")
        if about.get("learned") not in LEARNED:
            raise _NoFitError(f"{where}: learned must be one of {any_of(list(LEARNED))}")
    return settings


def _draws(path: Path, about: Mapping[str, Any]) -> list[str]:
    """Return the columns of a table of draws, if all of them can be used.

    What is the same in all draws, as a rule that a structure is without, need not be described.
    """
    head, *rows = _text(path).splitlines() or [""]
    names = head.split(",")
    known = numeric_settings(Scenario())
    undescribed = [(at, name) for at, name in enumerate(names) if name not in about]
    first = rows[0].split(",") if rows else []
    for name in names:
        if not name.startswith(OF_COUNCILS) or name not in known:
            words = "is no column of draws: behaviour and traits are drawn, and described in"
            raise _NoFitError(f"{path}, line 1: {shown(name)} {words} {ABOUT}")
    if len(set(names)) < len(names):
        raise _NoFitError(f"{path}, line 1: a column stands here twice")
    if not rows:
        raise _NoFitError(f"{path} has no draws")
    for line, row in enumerate(rows, start=2):
        where = f"{path}, line {line}"
        cells = row.split(",")
        values = [_number(cell) for cell in cells]
        if len(values) != len(names) or not all(map(math.isfinite, values)):
            raise _NoFitError(f"{where}: {len(names)} numbers are expected, separated by commas")
        for name, value in _wrong_in(dict(zip(names, values, strict=True))):
            raise _NoFitError(f"{where}: {name} cannot be {value:g}; allowed: {_wanted(name)}")
        for at, name in undescribed:
            if cells[at] != first[at]:
                raise _NoFitError(f"{where}: {name} is drawn, but not described in {ABOUT}")
    return names


def _wrong_in(draw: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Find the values of a draw that their settings do not allow."""
    for table, model in TABLES.items():
        fields = model.model_fields
        values = {
            name.partition(".")[2]: value
            for name, value in draw.items()
            if name.startswith(f"{table}.")
        }
        whole = {
            name: round(value) if fields[name].annotation is int else value
            for name, value in values.items()
        }
        try:
            model.model_validate(whole)
        except ValidationError as error:
            for entry in error.errors():
                name = str(entry["loc"][0]) if entry["loc"] else next(iter(values))
                yield f"{table}.{name}", values[name]


def _refused(setting: str, value: float) -> str:
    """Say what a setting of behaviour, traits or climate may be where it may not be a value."""
    table, _, name = setting.partition(".")
    model = find_location(Scenario, [table]).annotation
    whole = model.model_fields[name].annotation is int
    try:
        model.model_validate({name: round(value) if whole else float(value)})
    except ValidationError:
        return _wanted(setting)
    return ""


def _wanted(setting: str) -> str:
    location = find_location(Scenario, setting.split("."))
    return expected(location.annotation, location.limits, location.unit)


def _ends(about: object) -> tuple[float, float]:
    """Return the low and the high end; nan where there is no number."""
    found = [about.get(end) for end in ("low", "high")] if isinstance(about, dict) else [None] * 2
    low, high = (
        float(end) if isinstance(end, int | float) and not isinstance(end, bool) else math.nan
        for end in found
    )
    return low, high


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
