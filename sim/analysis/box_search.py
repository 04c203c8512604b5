"""Where in the space of settings a case occurs: boxes found by a tree (CART) or by peeling (PRIM).

A box is a limit for some settings and none for the others. Both methods offer boxes, small and
large; of them, the one is taken that sets most of the case apart: whose points have the greatest
surplus of the case over the same number of points taken from everywhere.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sim.files.problems import BadInput, Problem

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Kind = Literal["number", "whole", "month", "choice"]
# A box holds at least this share of points, and as many points.
LEAST_MASS, FEWEST_POINTS = 0.05, 10
# Settings that a box of a tree can limit, at most one a level.
DEEPEST = 4
# What a limit adds at least to what a box sets apart, or it is left out.
LEAST_GAIN = 0.02
# A limit is written to so many steps of what its setting ranges over, so that it can be read.
STEPS = 50


@dataclass(frozen=True)
class Column:
    """Values of a setting at all points.

    Attributes
    ----------
    setting
        Its dotted name.
    kind
        What its values are.
    values
        A number a point; months as year * 12 + month - 1, of choices the place in `names`.
    names
        Of a choice: all values, as the table of points has them.
    """

    setting: str
    kind: Kind
    values: FloatArray = field(repr=False)
    names: tuple[Any, ...] = ()

    def of(self, rows: npt.NDArray[Any]) -> Column:
        """Return the same setting at some of the points."""
        return Column(self.setting, self.kind, self.values[rows], self.names)


@dataclass(frozen=True)
class Limit:
    """Where a box is, of one setting.

    Attributes
    ----------
    low, high
        From the one, included, to the other: included of whole numbers and months, not of numbers.
        Infinite where there is no end.
    chosen
        Of a choice: places of the values that are in the box.
    """

    low: float = -math.inf
    high: float = math.inf
    chosen: frozenset[int] = frozenset()

    def holds(self, column: Column) -> BoolArray:
        """Say of each point whether it is within."""
        if column.kind == "choice":
            return np.isin(column.values, list(self.chosen))
        if column.kind == "number":
            return np.asarray((column.values >= self.low) & (column.values < self.high))
        return np.asarray((column.values >= self.low) & (column.values <= self.high))


Limits = Mapping[str, Limit]


def inside(limits: Limits, columns: Sequence[Column]) -> BoolArray:
    """Say of each point whether it is in a box."""
    found = np.ones(len(columns[0].values), dtype=bool)
    for column in columns:
        if column.setting in limits:
            found &= limits[column.setting].holds(column)
    return found


def best_box(method: str, columns: Sequence[Column], shares: FloatArray) -> dict[str, Limit]:
    """Look for the box that sets most of a case apart; {} if there is none.

    Parameters
    ----------
    method
        One of `METHODS`.
    columns
        Settings that vary.
    shares
        Share of the futures of each point in which the case occurs.

    Notes
    -----
    What is made as large as can be is mass x (density - base rate), the weighted relative accuracy
    of Lavrac, Flach and Zupan (1999): it is 0 for everything and for nothing, and if the case has
    one probability inside a box and a smaller one outside, it is greatest for just this box.
    """
    base = float(shares.mean())

    def surplus(limits: Limits) -> float:
        within = inside(limits, columns)
        enough = within.sum() >= fewest_points(len(shares))
        return float((shares[within] - base).sum()) if enough else 0.0

    found: dict[str, Limit] = {}
    most = 1e-9 * len(shares)
    for limits in METHODS[method](columns, shares):
        readable = _readable(limits, columns)
        if (apart := surplus(readable)) > most * (1 + 1e-9):
            most, found = apart, readable
    while found:
        wider = [{s: found[s] for s in found if s != setting} for setting in found]
        best = max(wider, key=surplus)
        if surplus(best) < (1 - LEAST_GAIN) * surplus(found):
            break
        found = best
    return found


def fewest_points(points: int) -> int:
    """How many points a box has at least."""
    return max(FEWEST_POINTS, math.ceil(LEAST_MASS * points))


def _readable(limits: Limits, columns: Sequence[Column]) -> dict[str, Limit]:
    """Round limits as they will be written, and leave out those that exclude no point."""
    found = {}
    for column in columns:
        limit = limits.get(column.setting)
        if limit is None:
            continue
        if column.kind == "number":
            least, most = float(column.values.min()), float(column.values.max())
            step = 10.0 ** math.floor(math.log10(max(most - least, 1e-12) / STEPS))
            limit = Limit(_rounded(limit.low, step), _rounded(limit.high, step))
        elif column.kind != "choice":
            limit = Limit(
                math.ceil(limit.low) if math.isfinite(limit.low) else limit.low,
                math.floor(limit.high) if math.isfinite(limit.high) else limit.high,
            )
        if column.kind != "choice":
            low, high = limit.low, limit.high
            limit = Limit(
                low if (column.values < low).any() else -math.inf,
                high if (~Limit(high=high).holds(column)).any() else math.inf,
            )
        if not limit.holds(column).all():
            found[column.setting] = limit
    return found


def _rounded(end: float, step: float) -> float:
    return round(round(end / step) * step, 12) if math.isfinite(end) else end


# ---------------------------------------------------------------- CART


def _by_tree(columns: Sequence[Column], shares: FloatArray) -> Iterator[dict[str, Limit]]:
    """Give the boxes of a regression tree, those of its inner nodes too.

    A tree over shares divides as a tree for yes and no over single futures would: what futures of
    one point differ among themselves is the same on both sides of any division.
    """
    grown = _imported("sklearn.tree", "cart").DecisionTreeRegressor(
        max_depth=DEEPEST, min_samples_leaf=fewest_points(len(shares)), random_state=0
    )
    # A choice has a column for each of its values.
    flags = [
        (column, place)
        for column in columns
        for place in (range(len(column.names)) if column.kind == "choice" else (None,))
    ]
    table = [c.values if place is None else c.values == place for c, place in flags]
    tree = grown.fit(np.column_stack(table).astype(np.float64), shares).tree_

    def below(node: int, limits: dict[str, Limit]) -> Iterator[dict[str, Limit]]:
        yield limits
        if tree.children_left[node] < 0:
            return
        (column, place), at = flags[tree.feature[node]], float(tree.threshold[node])
        old = limits.get(column.setting, _everything(column))
        if place is not None:
            sides = Limit(chosen=old.chosen - {place}), Limit(chosen=frozenset({place}))
        else:
            sides = Limit(old.low, min(old.high, at)), Limit(max(old.low, at), old.high)
        for child, side in zip((tree.children_left, tree.children_right), sides, strict=True):
            yield from below(int(child[node]), {**limits, column.setting: side})

    yield from below(0, {})


def _everything(column: Column) -> Limit:
    return Limit(chosen=frozenset(range(len(column.names))))


# ---------------------------------------------------------------- PRIM


def _by_peeling(columns: Sequence[Column], shares: FloatArray) -> Iterator[dict[str, Limit]]:
    """Give the boxes that PRIM leaves as it peels, from all points to the smallest.

    The rule induction of Friedman and Fisher (1999) for a mean, as the EMA workbench has it.
    """
    import pandas as pd

    prim = _imported("ema_workbench.analysis.prim", "prim")
    modes = _imported("ema_workbench.analysis.scenario_discovery_util", "prim").RuleInductionType
    # Its names of columns are ours to choose: "scenario" would be dropped. Whole numbers are
    # numbers too, as peeling columns of whole numbers fails with pandas 3.
    table = pd.DataFrame(
        {
            f"x{index}": pd.Categorical(column.values.astype(np.int64))
            if column.kind == "choice"
            else column.values.astype(np.float64)
            for index, column in enumerate(columns)
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses words of pandas that are to go
        peeled = prim.Prim(
            table, shares, threshold=-1.0, mass_min=LEAST_MASS, mode=modes.REGRESSION
        ).find_box()
        boxes = list(peeled.box_lims)
    whole = boxes[0]
    for box in boxes:
        limits = {}
        for name in box.columns:
            column, ends = columns[int(name[1:])], list(box[name])
            if column.kind == "choice":
                limits[column.setting] = Limit(chosen=frozenset(map(int, ends[0])))
                continue
            low, high = (
                end if end != everywhere else beyond
                for end, everywhere, beyond in zip(
                    map(float, ends), whole[name], (-math.inf, math.inf), strict=True
                )
            )
            limits[column.setting] = Limit(low, high)
        yield limits


# ---------------------------------------------------------------- the methods

# Offers boxes, of which the best is taken.
Offers = Callable[[Sequence[Column], FloatArray], Iterable[Limits]]
METHODS: Mapping[str, Offers] = {"cart": _by_tree, "prim": _by_peeling}
# What each needs: a module, its package, and the extra that brings it.
_NEEDS = {
    "cart": ("sklearn", "scikit-learn", "sweep"),
    "prim": ("ema_workbench", "ema_workbench", "ema"),
}


def need(methods: Iterable[str]) -> None:
    """Look whether what some methods need is installed, before anything is run.

    Raises
    ------
    BadInput
        If it is not.
    """
    for method in methods:
        module, package, extra = _NEEDS[method]
        if find_spec(module) is None:
            raise BadInput(
                [
                    Problem(
                        f"looking for boxes by {method} needs {package}, which is not installed",
                        allowed=f'pip install "council-platform-sim[{extra}]", or another method',
                    )
                ]
            )


def _imported(module: str, method: str) -> Any:
    """Import what comes with an extra."""
    need([method])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about parts of it that are not used here
        return import_module(module)
