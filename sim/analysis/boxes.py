"""In which settings a case occurs, of a sweep: boxes, how well they hold, and how firm they are.

A row of what is searched is a point, with the share of its futures in which the case occurs; so
every future counts, points that are half and half are not called one thing or the other, and the
figures of a box are those of futures. Where the file asks for points (`share`), a point is the case
or is not. Three questions are answered apart:

- Is there a box at all? Boxes are looked for in four fifths of the points and tried on the last
  one, five times over. If points that had no part in it do not have the case more often inside
  than everywhere, by two standard errors, nothing was found.
- Which limits are firm? Boxes are looked for in other samples of points and of luck. A setting that
  fewer than half of these boxes limit is left out of the box.
- How well does it hold? Density, coverage and mass of the box as it is written, with intervals over
  the same samples.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis.box_search import (
    BoolArray,
    Column,
    FloatArray,
    Limit,
    best_box,
    fewest_points,
    inside,
)
from sim.experiment.sweeps import Design, kind_of
from sim.settings import Case, month_number, month_text
from sim.settings.columns import missing_is_beyond

if TYPE_CHECKING:
    from sim.runs.sweeps import SweepResults

# Parts of the points in turn left out, and standard errors by which a box must stand out there.
PARTS, ERRORS = 5, 2.0
# Samples of points and luck, by method: peeling takes a hundred times as long.
RESAMPLED: Mapping[str, int] = {"cart": 100, "prim": 20}
INTERVAL, FIRM = 0.9, 0.5
# Luck is sampled too where there are so many futures of each point.
FEWEST_FUTURES = 4
# Points' worth of futures with the case, and without it, below which nothing is looked for.
FEWEST_CASES = 20
# Points among which boxes are looked for; the figures of a box are of all.
MOST_SEARCHED = 20_000

BOX_KEYS = ("scenario", "case", "method")
LIMIT_KEYS = (*BOX_KEYS, "setting")
LIMIT_COLUMNS = (
    *LIMIT_KEYS,
    "limit",
    "low",
    "high",
    "chosen",
    "density_without",
    "resampled_share",
    "low_from",
    "low_to",
    "high_from",
    "high_to",
)


def sweep_boxes(results: SweepResults) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Look for the boxes that the file of a sweep asks for.

    Parameters
    ----------
    results
        Runs of a sweep.

    Returns
    -------
    boxes : pandas.DataFrame
        A row for each scenario, case and method: ``found`` ("box", "nothing" or "too few"),
        ``points``, ``futures``, ``left_out`` futures without a figure, ``cases`` futures with the
        case, ``base_share``, and of a box ``mass``, ``density`` and ``coverage``, each with
        ``_low`` and ``_high``, ``density_held_out``; ``counted`` ("futures" or "points").
    limits : pandas.DataFrame
        A row for each of these and setting: ``limit`` as text, ``low`` and ``high`` (months as
        year * 12 + month - 1), ``chosen`` values as JSON, the share of other samples in which the
        setting is limited, where its limits lie in nine tenths of these, and how often the case
        occurs in the box without this limit.

    Raises
    ------
    BadInput
        If what a method needs is not installed.
    """
    design = results.design
    boxes: list[dict[str, Any]] = []
    limits: list[dict[str, Any]] = []
    for name, case in design.sweep.boxes.items():
        for scenario, points in design.table.groupby("scenario", sort=False):
            columns = columns_of(design, str(scenario))
            occurs = occurrences(case, results.runs, points["point"].to_numpy())
            for method in dict.fromkeys(case.methods):
                key = dict(zip(BOX_KEYS, (str(scenario), name, method), strict=True))
                box, rows = found_box(method, columns, occurs, case.share)
                boxes.append({**key, **box})
                limits += [{**key, **row} for row in rows]
    return pd.DataFrame(boxes), pd.DataFrame(limits, columns=list(LIMIT_COLUMNS))


def columns_of(design: Design, scenario: str) -> list[Column]:
    """Turn the settings that vary in a scenario into numbers."""
    part = design.table[design.table["scenario"] == scenario]
    base = design.base(scenario)
    found = []
    for setting in design.settings:
        cells = part[setting]
        kind = kind_of(base, setting) or "choice"
        if kind == "month":
            values = cells.map(month_number).to_numpy(dtype=np.float64)
            found.append(Column(setting, kind, values))
        elif kind == "choice" or cells.dtype.kind not in "if":
            places, names = pd.factorize(cells, sort=True)
            found.append(Column(setting, "choice", places.astype(np.float64), tuple(names)))
        else:
            found.append(Column(setting, kind, cells.to_numpy(dtype=np.float64)))
    return found


def occurrences(case: Case, runs: pd.DataFrame, points: npt.NDArray[Any]) -> FloatArray:
    """Say of each future of some points whether a case occurs in it.

    Returns
    -------
    numpy.ndarray
        Shape (points, futures): 1, 0, or not a number where a run failed or has no such figure.
    """
    mine = runs[runs["point"].isin(points)]
    any_of = np.zeros(len(mine))
    for condition in case.when:
        values = mine[condition.outcome].to_numpy(dtype=np.float64, na_value=np.nan)
        if missing_is_beyond(condition.outcome):
            values = np.where(np.isnan(values) & mine["error"].isna().to_numpy(), np.inf, values)
        holds = np.ones(len(mine), dtype=bool)
        if condition.below is not None:
            holds &= values < condition.below
        if condition.at_least is not None:
            holds &= values >= condition.at_least
        # What one condition cannot tell, another may.
        any_of = np.where(holds, 1.0, np.where(np.isnan(values) & (any_of != 1.0), np.nan, any_of))
    rows, columns = (pd.factorize(mine[key], sort=True)[0] for key in ("point", "seed"))
    table = np.full((len(points), int(columns.max(initial=-1)) + 1), np.nan)
    table[rows, columns] = any_of
    return table


def found_box(
    method: str, columns: Sequence[Column], occurs: FloatArray, share: float | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Look for the box of a case, and say how well and how firmly it holds.

    Parameters
    ----------
    method
        One of `sim.analysis.box_search.METHODS`.
    columns
        Settings that vary.
    occurs
        As `occurrences` gives it.
    share
        From which share of its futures on a point counts as the case; None to count futures.

    Returns
    -------
    tuple
        A row of the boxes and the rows of its limits, without their keys.
    """
    known = ~np.isnan(occurs).all(axis=1)
    left_out = int(np.isnan(occurs).sum())
    occurs = occurs[known]
    columns = [column.of(np.flatnonzero(known)) for column in columns]
    shares = _shares(occurs, share)
    base = float(shares.mean()) if len(shares) else np.nan
    about: dict[str, Any] = {
        "found": "too few",
        "counted": "futures" if share is None else "points",
        "points": len(shares),
        "futures": int((~np.isnan(occurs)).sum()),
        "left_out": left_out,
        "cases": int(np.nansum(occurs)),
        "base_share": base,
        **dict.fromkeys(_FIGURES, np.nan),
    }
    least = min(shares.sum(), (1.0 - shares).sum()) if len(shares) else 0.0
    if least < FEWEST_CASES:
        return about, []
    numbers = np.random.default_rng(1)
    searched = (
        np.sort(numbers.choice(len(shares), MOST_SEARCHED, replace=False))
        if len(shares) > MOST_SEARCHED
        else np.arange(len(shares))
    )
    some = [column.of(searched) for column in columns]
    held_out, stands_out = _held_out(method, some, shares[searched], numbers)
    if not stands_out:
        return about | {"found": "nothing"}, []
    box = best_box(method, some, shares[searched])
    samples = list(_samples(method, some, occurs[searched], share, numbers))
    rows = [_limit_row(column, box, samples) for column in some]
    firm = {row["setting"] for row in rows if row["resampled_share"] >= FIRM}
    box = {setting: limit for setting, limit in box.items() if setting in firm}
    within = inside(box, columns)
    if not box or within.sum() < fewest_points(len(shares)):
        return about | {"found": "nothing"}, []
    for row in rows:
        if row["setting"] in box:
            wider = {setting: box[setting] for setting in box if setting != row["setting"]}
            row["density_without"] = float(shares[inside(wider, columns)].mean())
        else:
            row.update(dict.fromkeys(("low", "high", "density_without"), np.nan))
            row.update(limit="", chosen="")
    figures = _figures(within, shares) | _intervals(within, occurs, share, numbers)
    return about | {"found": "box", **figures, "density_held_out": held_out}, rows


_FIGURES = (
    *(f"{name}{end}" for name in ("mass", "density", "coverage") for end in ("", "_low", "_high")),
    "density_held_out",
)


def _shares(occurs: FloatArray, share: float | None) -> FloatArray:
    """Share of the futures of each point in which the case occurs; or 1 and 0, of points."""
    counts = (~np.isnan(occurs)).sum(axis=1)
    found = np.nansum(occurs, axis=1) / np.maximum(counts, 1)
    return np.asarray(found if share is None else found >= share - 1e-12, dtype=np.float64)


def _figures(within: BoolArray, shares: FloatArray) -> dict[str, float]:
    """How large a box is, how often the case occurs in it, and how much of the case it holds."""
    total = float(shares.sum())
    inner = float(shares[within].sum())
    return {
        "mass": float(within.mean()),
        "density": inner / within.sum() if within.any() else np.nan,
        "coverage": inner / total if total else np.nan,
    }


def _held_out(
    method: str, columns: Sequence[Column], shares: FloatArray, numbers: np.random.Generator
) -> tuple[float, bool]:
    """Try boxes on points that had no part in finding them.

    Returns
    -------
    tuple
        How often the case occurs in these boxes, and whether that is more than elsewhere.
    """
    part = numbers.permutation(len(shares)) % PARTS
    within = np.zeros(len(shares), dtype=bool)
    for number in range(PARTS):
        rest, left = np.flatnonzero(part != number), np.flatnonzero(part == number)
        box = best_box(method, [column.of(rest) for column in columns], shares[rest])
        if box:
            within[left] = inside(box, [column.of(left) for column in columns])
    inner, outer = shares[within], shares[~within]
    if len(inner) < FEWEST_POINTS_HELD_OUT or not len(outer):
        return np.nan, False
    error = np.sqrt(inner.var() / len(inner) + outer.var() / len(outer))
    return float(inner.mean()), bool(inner.mean() - outer.mean() > ERRORS * error)


# Points within boxes that had no part in finding them, below which these say nothing.
FEWEST_POINTS_HELD_OUT = 5


def _samples(
    method: str,
    columns: Sequence[Column],
    occurs: FloatArray,
    share: float | None,
    numbers: np.random.Generator,
) -> Iterator[dict[str, Limit]]:
    """Give the boxes of other samples of points and of luck."""
    for _ in range(RESAMPLED[method]):
        rows, luck = _other(occurs, numbers)
        shares = _shares(occurs[rows][:, luck], share)
        yield best_box(method, [column.of(rows) for column in columns], shares)


def _other(
    occurs: FloatArray, numbers: np.random.Generator
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Draw points and seeds anew, with repetition; seeds only where there are several."""
    points, futures = occurs.shape
    luck: npt.NDArray[Any] = np.arange(futures)
    if futures >= FEWEST_FUTURES:
        luck = numbers.integers(0, futures, (futures,))
    rows: npt.NDArray[Any] = numbers.integers(0, points, (points,))
    return rows, luck


def _intervals(
    within: BoolArray, occurs: FloatArray, share: float | None, numbers: np.random.Generator
) -> dict[str, float]:
    """Where the figures of a box lie in nine tenths of other samples."""
    again = []
    for _ in range(RESAMPLED["cart"]):
        rows, luck = _other(occurs, numbers)
        again.append(_figures(within[rows], _shares(occurs[rows][:, luck], share)))
    tail = (1 - INTERVAL) / 2
    table = pd.DataFrame(again)
    return {
        f"{name}{end}": float(table[name].quantile(at))
        for name in table
        for end, at in (("_low", tail), ("_high", 1 - tail))
    }


# ---------------------------------------------------------------- limits as rows


def _limit_row(
    column: Column, box: Mapping[str, Limit], samples: Sequence[Mapping[str, Limit]]
) -> dict[str, Any]:
    limit = box.get(column.setting, Limit())
    same = [sample[column.setting] for sample in samples if column.setting in sample]
    row: dict[str, Any] = {
        "setting": column.setting,
        "limit": limit_text(column, limit) if column.setting in box else "",
        "low": limit.low if np.isfinite(limit.low) else np.nan,
        "high": limit.high if np.isfinite(limit.high) else np.nan,
        "chosen": json.dumps(_names(column, limit)) if limit.chosen else "",
        "resampled_share": len(same) / len(samples),
    }
    for end in ("low", "high"):
        ends = [getattr(other, end) for other in same if np.isfinite(getattr(other, end))]
        shown = ends if np.isfinite(getattr(limit, end)) else []
        low, high = _middle(shown, whole=column.kind != "number")
        row |= {f"{end}_from": low, f"{end}_to": high}
    return row


def _middle(values: Sequence[float], *, whole: bool) -> tuple[float, float]:
    """Ends of where nine tenths of some numbers lie; a month between two would be no month."""
    if not values:
        return np.nan, np.nan
    tail = (1 - INTERVAL) / 2
    low, high = np.quantile(np.asarray(values), [tail, 1 - tail]).tolist()
    return (float(round(low)), float(round(high))) if whole else (low, high)


def _names(column: Column, limit: Limit) -> list[Any]:
    names = [column.names[place] for place in sorted(limit.chosen)]
    return [name.item() if isinstance(name, np.generic) else name for name in names]


def limit_text(column: Column, limit: Limit) -> str:
    """Write a limit in signs: ">= 0.5", "< 3", ">= 2021-06", "in central, sector"."""
    if column.kind == "choice":
        return f"in {', '.join(map(str, _names(column, limit)))}"
    up_to = "<" if column.kind == "number" else "<="
    return ", ".join(
        f"{sign} {month_text(int(end)) if column.kind == 'month' else f'{end:g}'}"
        for sign, end in ((">=", limit.low), (up_to, limit.high))
        if np.isfinite(end)
    )
