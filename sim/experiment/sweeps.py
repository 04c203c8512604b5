"""The points of a sweep: what is varied, within which bounds, and the table of all points.

Points are rows of a table, not objects: there may be millions. `Design` holds the table and turns
a row into settings.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from sim.experiment.parameters import draws_for
from sim.experiment.samples import SAMPLES
from sim.files.problems import BadInput, Problem, closest
from sim.model.effects import Effect, effect_of
from sim.settings import Experiment, Parameters, Scenario, Sweep, Varied, month_text, parse_month
from sim.settings.editing import numeric_kind, numeric_settings, with_settings
from sim.settings.location import find_location, is_month

if TYPE_CHECKING:
    import pandas as pd

AnyArray = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float64]
Kind = Literal["number", "whole", "month", "choice"]
# Columns of the table of points before those of the settings.
ABOUT = ("point", "scenario", "position")
DRAW = "draw"
TABLE = "table"  # the design whose points are given


# ---------------------------------------------------------------- what is varied


@dataclass(frozen=True)
class Factor:
    """A setting that is varied.

    Attributes
    ----------
    setting
        Its dotted name, or "draw".
    kind
        What its values are.
    low, high
        Ends of its range, both included; months as year * 12 + month - 1.
    values
        Instead of a range.
    steps
        Values in a grid.
    """

    setting: str
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    values: tuple[Any, ...] = ()
    steps: int | None = None

    @property
    def levels(self) -> int | None:
        """How many values it has in a grid; None if that is not said."""
        if self.values:
            return len(self.values)
        if self.kind == "number" or self.steps is not None:
            return self.steps
        return int(self.high - self.low) + 1

    def at(self, positions: FloatArray, *, in_grid: bool = False) -> AnyArray:
        """Turn positions from 0 to 1 into values, each whole number or choice alike likely.

        Parameters
        ----------
        positions
            Shape (points,).
        in_grid
            Whether they are the middles of as many stretches as there are levels.
        """
        if self.values:
            numbers = np.minimum(
                (positions * len(self.values)).astype(np.int64), len(self.values) - 1
            )
            kinds: dict[str, Any] = {"number": np.float64, "choice": object}
            listed = np.empty(len(self.values), dtype=kinds.get(self.kind, np.int64))
            listed[:] = self.values
            return np.asarray(listed[numbers])
        if in_grid and self.steps is not None:
            step = np.minimum((positions * self.steps).astype(np.int64), self.steps - 1)
            found = np.linspace(self.low, self.high, self.steps)[step]
            return found if self.kind == "number" else np.rint(found).astype(np.int64)
        if self.kind == "number":
            return np.asarray(np.minimum(self.low + positions * (self.high - self.low), self.high))
        count = int(self.high - self.low) + 1
        whole = np.minimum((positions * count).astype(np.int64), count - 1)
        return np.asarray(whole + int(self.low))


def kind_of(scenario: Scenario, setting: str) -> Kind | None:
    """Say what the values of a setting of a scenario are; None if it has no such setting."""
    *tables, name = setting.split(".")
    part: Any = scenario
    for key in tables:
        part = part.get(key) if isinstance(part, dict) else getattr(part, key, None)
    fields = getattr(type(part), "model_fields", {})
    if name not in fields or setting == "events":
        return None
    location = find_location(Scenario, setting.split("."))
    if is_month(location.annotation, location.limits):
        return "month"
    numeric = numeric_kind(scenario, setting)
    return "choice" if numeric is None else "whole" if numeric is int else "number"


def factor_of(scenario: Scenario, setting: str, varied: Varied) -> Factor:
    """Read what a file says of a setting that the scenario has.

    Raises
    ------
    ValueError
        If it does not fit the kind of setting, in words for the reader.
    """
    kind = kind_of(scenario, setting)
    assert kind is not None
    if varied.values is not None:
        if kind == "month":
            return Factor(setting, kind, values=tuple(map(_month, varied.values)))
        # Members of an offer are a number or a list of councils, for example.
        numbers = all(_is_number(value) for value in varied.values)
        return Factor(setting, kind if numbers else "choice", values=tuple(varied.values))
    if kind == "choice":
        raise ValueError("this setting has no range: give the values themselves, values = [...]")
    ends = [_month(end) if kind == "month" else end for end in (varied.low, varied.high)]
    low, high = ends
    if not (isinstance(low, int | float) and isinstance(high, int | float)):
        raise ValueError("low and high are numbers here, without quotation marks")
    if kind == "whole" and not (float(low).is_integer() and float(high).is_integer()):
        raise ValueError("low and high are whole numbers here")
    if not low < high:
        raise ValueError("high must be greater than low")
    return Factor(setting, kind, low=float(low), high=float(high), steps=varied.steps)


def _month(value: Any) -> int:
    found = parse_month(value)
    assert isinstance(found, int)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# ---------------------------------------------------------------- all points


def parameters_of(experiment: Experiment, sweep: Sweep) -> Parameters:
    """Where behaviour comes from in a sweep."""
    return Parameters(source="point") if sweep.draws == "none" else experiment.parameters


def settled(experiment: Experiment, sweep: Sweep, scenario: str) -> Scenario:
    """Return a scenario with the constants of a sweep, from which all of its points start.

    Raises
    ------
    BadInput
        If they do not fit.
    """
    found = experiment.scenarios[scenario]
    return with_settings(found, sweep.constants) if sweep.constants else found


def factors_of(experiment: Experiment, sweep: Sweep) -> list[Factor]:
    """List what is varied, levers first; the draw of behaviour last, if each point has its own."""
    first = settled(experiment, sweep, sweep.scenarios[0])
    found = [factor_of(first, setting, varied) for setting, varied in sweep.varied.items()]
    if sweep.draws == "by_point" and experiment.parameters.source != "point":
        last = len(draws_for(experiment.parameters))
        found.append(Factor(DRAW, "whole", low=1.0, high=float(last)))
    return found


def outcomes_of(experiment: Experiment, sweep: Sweep) -> list[str]:
    """Columns of the table of runs that a sweep keeps."""
    if sweep.outcomes is not None:
        return list(dict.fromkeys(sweep.outcomes))
    months = experiment.outcomes.headline_months
    return [
        f"joined_share_{months}m",
        f"use_share_{months}m",
        "joined_share_end",
        "use_share_end",
        "cancelled",
        "net_saving_total_gbp_m",
        "programme_cost_gbp_m",
    ]


@dataclass(frozen=True, eq=False)
class Design:
    """All points of a sweep.

    Attributes
    ----------
    experiment, name, sweep
        What it belongs to.
    table
        A row a point, in order: ``point`` from 1, ``scenario``, ``position`` in the sample,
        ``draw`` if each point has its own, and a column for each setting that varies: numbers as
        numbers, months as text, and what is neither text, number nor yes or no as JSON.
    """

    experiment: Experiment
    name: str
    sweep: Sweep
    table: pd.DataFrame = field(repr=False)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def settings(self) -> list[str]:
        """Names of what varies, but for the draw."""
        return [str(name) for name in self.table.columns if name not in (*ABOUT, DRAW)]

    @cached_property
    def parameters(self) -> Parameters:
        """Where behaviour comes from."""
        return parameters_of(self.experiment, self.sweep)

    @cached_property
    def outcomes(self) -> list[str]:
        """Columns of the table of runs that are kept."""
        return outcomes_of(self.experiment, self.sweep)

    def base(self, scenario: str) -> Scenario:
        """Return what all points of a scenario start from."""
        return settled(self.experiment, self.sweep, scenario)

    def effects(self, scenario: str) -> dict[str, Effect]:
        """Say how each setting that varies takes effect."""
        base = self.base(scenario)
        return {
            setting: "world"
            # A name or a list, perhaps where a number would do.
            if setting in self._as_text and kind_of(base, setting) != "month"
            else effect_of(base, setting)
            for setting in self.settings
        }

    @cached_property
    def _as_text(self) -> set[str]:
        return {name for name in self.settings if self.table[name].dtype.kind not in "ifb"}

    def numbers(self, setting: str) -> FloatArray:
        """Values of a setting whose effect is no world of its own, by row; months as numbers."""
        column = self.table[setting]
        if setting in self._as_text:
            texts, which = np.unique(column.to_numpy(dtype=object).astype(str), return_inverse=True)
            return np.array([float(_month(text)) for text in texts])[which]
        return column.to_numpy(dtype=np.float64)

    def changes(self, row: int, settings: Sequence[str] | None = None) -> dict[str, Any]:
        """Return what a row of the table changes, as an experiment file would say it."""
        names = self.settings if settings is None else settings
        return {name: written(self.table[name].iloc[row]) for name in names}

    def scenario(self, row: int) -> Scenario:
        """Return the complete settings of a row, before behaviour is drawn.

        Raises
        ------
        BadInput
            If they do not fit together.
        """
        base = self.base(str(self.table["scenario"].iloc[row]))
        return with_settings(base, self.changes(row))


def written(cell: Any) -> Any:
    """Turn a cell of the table of points into what an experiment file would say."""
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, str):
        # Names and months are no JSON.
        with contextlib.suppress(ValueError):
            return json.loads(cell)
    return cell


def make_design(experiment: Experiment, name: str, points: pd.DataFrame | None = None) -> Design:
    """Choose the points of a sweep.

    Parameters
    ----------
    experiment
        The experiment.
    name
        Of the sweep.
    points
        The points of the design "table", instead of its file: a column for each setting.

    Raises
    ------
    BadInput
        If a table cannot be read, or has columns that are no settings.
    """
    import pandas as pd

    sweep = experiment.sweep[name]
    if sweep.design == TABLE:
        found = _given(experiment, name, points)
    else:
        factors = factors_of(experiment, sweep)
        make, _ = SAMPLES[sweep.design]
        cube = make([factor.levels for factor in factors], sweep.size, sweep.seed)
        found = pd.DataFrame(
            {
                factor.setting: cells_of(
                    factor, factor.at(cube[:, index], in_grid=sweep.design == "grid")
                )
                for index, factor in enumerate(factors)
            }
        )
        if DRAW in found:
            found.insert(0, DRAW, found.pop(DRAW))
    chosen = found.pop("scenario") if "scenario" in found else None
    parts = []
    for scenario in sweep.scenarios if chosen is None else [None]:
        part = found.copy(deep=False)
        part.insert(0, "scenario", chosen if scenario is None else scenario)
        part.insert(1, "position", np.arange(len(part), dtype=np.int64))
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "point", np.arange(1, len(table) + 1, dtype=np.int64))
    return Design(experiment, name, sweep, table)


def cells_of(factor: Factor, values: AnyArray) -> Any:
    """Write values as the table of points has them."""
    if factor.kind == "month":
        texts, which = np.unique(values, return_inverse=True)
        return np.array([month_text(int(month)) for month in texts], dtype=object)[which]
    if factor.kind == "choice":
        if all(isinstance(value, bool) for value in factor.values):
            return values.astype(np.bool_)
        names = all(isinstance(value, str) for value in factor.values)
        return [str(value) if names else json.dumps(value) for value in values]
    return values


# ---------------------------------------------------------------- points that are given


def _given(experiment: Experiment, name: str, points: pd.DataFrame | None) -> pd.DataFrame:
    """Bring points that somebody else chose into the form of the table.

    Raises
    ------
    BadInput
        If they cannot be read or are no settings, with the column and the row.
    """
    import pandas as pd

    sweep = experiment.sweep[name]
    file = "the points" if points is not None else str(sweep.table)
    table = _read(Path(str(sweep.table))) if points is None else points.reset_index(drop=True)
    if table.empty:
        raise BadInput([Problem("there are no points in this table", file=file)])
    problems: list[Problem] = []
    first = settled(experiment, sweep, sweep.scenarios[0])
    found: dict[str, Any] = {}
    for column in map(str, table.columns):
        cells = table[column]
        empty = np.flatnonzero(cells.isna().to_numpy())
        if column not in ("scenario", DRAW) and kind_of(first, column) is None:
            known = [*sweep.varied, *numeric_settings(first), "scenario", DRAW]
            problems.append(
                Problem(
                    f"the column {column} is no setting of scenario {sweep.scenarios[0]}",
                    file=file,
                    meant=closest(column, known),
                )
            )
        elif len(empty):
            words = f"the column {column} is empty in row {empty[0] + 1}"
            problems.append(Problem(words, file=file, allowed="a value in every row"))
        else:
            found[column], fault = _column(first, column, cells, sweep)
            if fault:
                problems.append(Problem(f"the column {column}: {fault}", file=file))
    if sweep.draws == "by_point" and DRAW not in table and not problems:
        words = "with draws by point, a table says which draw each point has"
        problems.append(Problem(words, file=file, allowed=f"a column {DRAW}, or other draws"))
    if problems:
        raise BadInput(problems)
    return pd.DataFrame(found)


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        if path.suffix.lower() == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, encoding="utf-8-sig")
    except FileNotFoundError:
        problem = Problem("there is no such file", file=str(path))
    # Of a file that is no table, pandas and Arrow say more than one thing.
    except (OSError, ValueError) as error:
        problem = Problem(
            f"this table cannot be read: {str(error).splitlines()[0]}",
            file=str(path),
            allowed="CSV with commas, or Parquet: a column for each setting, a row for each point",
        )
    raise BadInput([problem])


def _column(
    scenario: Scenario, column: str, cells: pd.Series[Any], sweep: Sweep
) -> tuple[Any, str]:
    """Return a column as the table of points has it, and what is wrong with it."""
    if column == "scenario":
        wrong = [cell for cell in cells if cell not in sweep.scenarios]
        return cells, f"there is no scenario {wrong[0]} in the sweep" if wrong else ""
    kind = "whole" if column == DRAW else kind_of(scenario, column)
    values = cells.to_numpy()
    if kind == "month":
        try:
            return [month_text(_month(value)) for value in values], ""
        except ValueError as error:
            return cells, str(error)
    if values.dtype.kind == "b" or values.dtype.kind not in "if" or kind == "choice":
        if kind == "whole":
            return cells, "whole numbers are expected"
        return values, ""
    if kind == "whole" and not np.array_equal(values, np.rint(values)):
        row = int(np.flatnonzero(values != np.rint(values))[0])
        return cells, f"a whole number is expected, not {values[row]:g} in row {row + 1}"
    return values.astype(np.int64 if kind == "whole" else np.float64), ""
