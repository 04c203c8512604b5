"""Outcomes of your own: small functions of one run, kept in the tables beside what is measured.

>>> import numpy as np
>>> def own_months_to_first(run: Run) -> float:
...     "Months from opening until any council had joined; missing if none ever did."
...     joined = run.monthly("joined") > 0
...     return float(np.argmax(joined)) + 1.0 - run.opens if joined.any() else np.nan
>>> own_outcomes({"own_months_to_first": own_months_to_first}).names
['own_months_to_first']
"""

from __future__ import annotations

import json
import numbers as kinds
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sim.files.problems import BadInput, Problem, quoted
from sim.files.writing import write_text
from sim.model.record import COLUMN, Record
from sim.runs.function_hash import CannotTell, function_hash, source_of
from sim.runs.measure import opening_step
from sim.runs.tables import numbers
from sim.settings import month_text

FILE = "own_outcomes.json"
# So that nobody takes them for what the model measures, and no later version claims the name.
_NAME = re.compile(r"own_[a-z0-9_]{1,60}")


@dataclass(frozen=True, eq=False)
class Run:
    """One run, as an outcome of your own sees it: t months, n councils, o offers.

    Arrays can be read and not changed. Steps count months from 0, the first of the horizon; -1
    means that it did not happen.

    Attributes
    ----------
    seed
        Which simulated future.
    months
        Each month as "2018-05", length t.
    opens
        Step in which councils could first join; -1 if never.
    councils, names
        Official code and name of each council, length n.
    offers
        Name of each offer, length o.
    eligible
        Which councils are ever in scope of an offer, shape (n,).
    population
        People, shape (n,).
    it_spend_gbp_m
        IT spend a year, £m at 2017-18 prices, shape (n,).
    discount
        What £1 of each month is worth in April 2018, shape (t,).
    joined_step, live_step, abandoned_step, left_step
        Step in which each council first joined and went live, last gave up while migrating and
        last left, shape (o, n).
    use_share
        Share of the addressed spend that each council routes through the offer at the end,
        shape (o, n).
    visits, incidents, severe
        Sums over the horizon, shape (n,).
    net_saving_gbp_m
        Of each council over the horizon, £m discounted to April 2018, shape (n,).
    """

    seed: int
    months: list[str]
    opens: int
    councils: list[str]
    names: list[str]
    offers: list[str]
    eligible: npt.NDArray[np.bool_]
    population: npt.NDArray[np.float64]
    it_spend_gbp_m: npt.NDArray[np.float64]
    discount: npt.NDArray[np.float64]
    joined_step: npt.NDArray[np.int32]
    live_step: npt.NDArray[np.int32]
    abandoned_step: npt.NDArray[np.int32]
    left_step: npt.NDArray[np.int32]
    use_share: npt.NDArray[np.float64]
    visits: npt.NDArray[np.int32]
    incidents: npt.NDArray[np.int32]
    severe: npt.NDArray[np.int32]
    net_saving_gbp_m: npt.NDArray[np.float64]
    _totals: npt.NDArray[np.float64] = field(repr=False)

    def monthly(self, name: str) -> npt.NDArray[np.float64]:
        """One of the monthly totals over all councils, shape (t,).

        Stocks at the end of each month: ``joined``, ``live``, ``pledged``, ``gone`` (councils),
        ``joined_people``, ``joined_spend``, ``used_spend``, ``scope_spend`` (£m a year). Flows
        within it: ``visits``, ``incidents``, ``severe``, and in £m, undiscounted, ``promise``,
        ``saving``, ``fees``, ``joining``, ``switching``, ``subsidy``, ``running``,
        ``incident_cost``. `sim.model.record.SERIES` lists all.

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        return self._totals[:, COLUMN[name]]


Outcome = Callable[[Run], float]


@dataclass(frozen=True, eq=False)
class OwnOutcomes:
    """Functions of a run by the names of their columns, with the fingerprint of each.

    Attributes
    ----------
    functions
        By name; empty where results are only read.
    digests
        Fingerprint of each function, by name.
    sources
        Its text, for whoever reads the results.
    """

    functions: Mapping[str, Outcome] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Columns, in the order of the tables."""
        return list(self.digests)

    def columns(self, record: Record) -> dict[str, pa.Array]:
        """Work all of them out for the runs of a record, a value a run; missing where not a number.

        Raises
        ------
        TypeError
            If a function gives anything but a number.
        """
        if not self.functions:
            return {}
        runs = _runs_of(record)
        return {
            name: numbers(np.array([_number(name, function(run)) for run in runs]))
            for name, function in self.functions.items()
        }


NONE = OwnOutcomes()


def own_outcomes(functions: Mapping[str, Outcome] | None) -> OwnOutcomes:
    """Take a fingerprint of functions, and look at their names.

    Raises
    ------
    BadInput
        If a name is not fit for a column, or a function cannot be told from a changed one.
    """
    problems: list[Problem] = []
    digests: dict[str, str] = {}
    sources: dict[str, str] = {}
    for name, function in (functions or {}).items():
        key = f"outcomes[{quoted(str(name))}]"
        if not _NAME.fullmatch(name):
            problems.append(
                Problem(
                    "this is no name for an outcome of your own",
                    key=key,
                    allowed="own_ and small letters, digits and underscores: "
                    "own_months_to_first, for example",
                )
            )
        elif not isinstance(function, FunctionType):
            words = "a plain function is expected here, written with def or lambda"
            problems.append(Problem(words, key=key, given=type(function).__name__))
        else:
            try:
                digests[name], sources[name] = function_hash(function), source_of(function)
            except CannotTell as error:
                problems.append(Problem(f"this function cannot be used: {error}", key=key))
    if problems:
        raise BadInput(problems)
    return OwnOutcomes(dict(functions or {}), digests, sources)


def _runs_of(record: Record) -> list[Run]:
    world = record.world
    councils = world.councils
    calendar = [month_text(world.first_month + step) for step in range(world.months)]
    same: dict[str, Any] = {
        "months": calendar,
        "opens": opening_step(world),
        "councils": list(councils.gss_code),
        "names": list(councils.name),
        "offers": list(world.offer_names),
        "eligible": _kept(world.eligible),
        "population": _kept(councils.population),
        "it_spend_gbp_m": _kept(world.it_spend_gbp_m),
    }
    each = {
        "discount": record.discount,
        "joined_step": record.joined_step,
        "live_step": record.live_step,
        "abandoned_step": record.abandoned_step,
        "left_step": record.left_step,
        "use_share": record.use,
        "visits": record.visits,
        "incidents": record.incidents,
        "severe": record.severe,
        "net_saving_gbp_m": record.net_saving,
        "_totals": record.totals,
    }
    kept = {name: _kept(values) for name, values in each.items()}
    return [
        Run(seed=seed, **same, **{name: values[row] for name, values in kept.items()})
        for row, seed in enumerate(record.seeds.tolist())
    ]


def _kept(values: Any) -> npt.NDArray[Any]:
    """View of an array through which it cannot be changed: the next runs are written into it."""
    view = np.asarray(values).view()
    view.flags.writeable = False
    return view


def _number(name: str, value: object) -> float:
    if value is None:
        return np.nan
    if isinstance(value, kinds.Real | np.bool_):
        return float(value)
    raise TypeError(f"the outcome {name} gave {type(value).__name__}, where a number is expected")


# ---------------------------------------------------------------- beside results


def keep_own(folder: Path, own: OwnOutcomes) -> None:
    """Write beside results which functions they have outcomes of; nothing if there are none."""
    if own.digests:
        rows = {
            name: {"fingerprint": own.digests[name], "source": own.sources[name]}
            for name in own.names
        }
        write_text(folder / FILE, json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def read_own(folder: Path) -> OwnOutcomes:
    """Read what `keep_own` wrote: names, fingerprints and texts, but no functions to call.

    Raises
    ------
    BadInput
        If the file is damaged.
    """
    path = folder / FILE
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        digests = {str(name): str(row["fingerprint"]) for name, row in rows.items()}
        sources = {str(name): str(row["source"]) for name, row in rows.items()}
    except FileNotFoundError:
        return NONE
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise BadInput([Problem("this list of outcomes is damaged", file=str(path))]) from None
    return OwnOutcomes({}, digests, sources)
