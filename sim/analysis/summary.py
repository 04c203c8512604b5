"""Every outcome of every scenario over many seeds, with its band and its interval.

Columns named `q05`, `q25`, `median`, `q75`, `q95` are the **band**: how far simulated futures lie
apart. Columns named `mean_low`/`mean_high` (or `low`/`high` of a difference or a probability) are
the 95 % **interval**: how far that estimate may be off because only so many seeds were run. More
seeds narrow the interval, not the band; neither tells how far the model is from the world.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis import estimators
from sim.analysis.estimators import FloatArray
from sim.analysis.once import once
from sim.experiment.design import SCENARIO
from sim.experiment.parameters import draws_of
from sim.model.councils import SIZE_BANDS
from sim.runs.results import Results
from sim.settings.columns import (
    YES_NO,
    is_share,
    missing_is_beyond,
    outcome_text,
    outcomes_among,
    unit,
)

Row = dict[str, Any]

ALL = "all"
GROUPINGS = ("nation", "council type", "size band", "offer")
SUMMARY_COLUMNS = (
    "scenario",
    "title",
    "grouping",
    "group",
    "outcome",
    "unit",
    "seeds",
    "missing_share",
    "reached_share",
    "mean",
    "mean_low",
    "mean_high",
    "median",
    "q05",
    "q25",
    "q75",
    "q95",
    "seeds_needed",
    "enough_seeds",
)
# Columns whose kind pandas would lose where something is missing.
KINDS = {"seeds_needed": "Int64", "enough_seeds": "boolean"}
BAND = ("q05", "q25", "median", "q75", "q95")
GROUPS_COLUMNS = ("scenario", "grouping", "group", "councils")


# ---------------------------------------------------------------- shared


def headline_outcome(results: Results) -> str:
    """Column that the report leads with."""
    return f"joined_share_{results.experiment.outcomes.headline_months}m"


def table_of(rows: Sequence[Row], columns: Sequence[str]) -> pd.DataFrame:
    """Make a table of these columns, with whole numbers and yes/no that may be missing."""
    return in_kinds(pd.DataFrame(list(rows), columns=list(columns)))


def in_kinds(table: pd.DataFrame) -> pd.DataFrame:
    """Give whole numbers and yes/no that may be missing their kinds, as after reading a file."""
    return table.astype({name: kind for name, kind in KINDS.items() if name in table})


def by_seed(rows: pd.DataFrame, outcomes: Sequence[str], longest: str = "") -> pd.DataFrame:
    """Outcomes as numbers, a row a seed in the order of seeds.

    Parameters
    ----------
    rows
        Of one scenario, or of a group of councils in it.
    outcomes
        Which of their columns.
    longest
        Outcome at the end of the longest clock. Where it is missing, the horizon ends before the
        clock does: whether most councils join by then is not known, unless they already have.
    """
    table = rows.set_index("seed")[list(outcomes)].astype("float64")
    if longest in rows and "passed" in table:
        table["passed"] = as_known(table["passed"].to_numpy(), rows[longest].to_numpy())
    table = table.sort_index()
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()][0]
        raise ValueError(f"seed {twice} stands twice in the results of one scenario")
    return table


def as_known(passed: FloatArray, longest: FloatArray) -> FloatArray:
    """Whether most councils joined in time, as far as the end of the longest clock was seen."""
    open_still = np.isnan(longest.astype(np.float64)) & (passed == 0.0)
    return np.asarray(np.where(open_still, np.nan, passed))


def longest_clock(results: Results, scenario: str) -> str:
    """Outcome at the end of the longest clock; "" where nothing is on offer and nobody can join."""
    settings = results.experiment
    if not settings.scenarios[scenario].offers:
        return ""
    return f"joined_share_{max(settings.outcomes.months_since_opening)}m"


@once
def runs_by_scenario(results: Results) -> dict[str, pd.DataFrame]:
    """Outcomes of each scenario's runs, in the order of the experiment file."""
    outcomes = outcomes_among(results.of(SCENARIO).columns)
    return {
        name: by_seed(results.of_scenario(name), outcomes, longest_clock(results, name))
        for name in results.scenarios
    }


def seed_draws(results: Results, table: pd.DataFrame) -> npt.NDArray[np.int64] | None:
    """Draw of parameters of each row of a table by seed; None if nothing is drawn."""
    return draws_of(results.experiment.parameters, table.index)


def _place(grouping: str, group: str) -> tuple[int, int, str, str]:
    """Sort groups: nations, types, bands from small to large, offers; the rest by name."""
    first = GROUPINGS.index(grouping) if grouping in GROUPINGS else len(GROUPINGS)
    band = SIZE_BANDS.index(group) if group in SIZE_BANDS else len(SIZE_BANDS)
    return first, band, grouping, group


@once
def groups_by_scenario(results: Results) -> dict[str, dict[tuple[str, str], pd.DataFrame]]:
    """Outcomes of each group of councils, by scenario; groups in a fixed order."""
    found: dict[str, dict[tuple[str, str], pd.DataFrame]] = {}
    if results.of(SCENARIO, "groups").empty:
        return found
    outcomes = outcomes_among(results.of(SCENARIO, "groups").columns)
    keys = ["scenario", "grouping", "group"]
    parts = {
        (str(key[0]), str(key[1]), str(key[2])): part
        for key, part in results.of(SCENARIO, "groups").groupby(keys, sort=False)
    }
    for scenario, grouping, group in sorted(parts, key=lambda key: (key[0], _place(*key[1:]))):
        # Councils may take part in several offers, so money is not kept by offer.
        kept = [name for name in outcomes if grouping != "offer" or "gbp" not in name]
        longest = longest_clock(results, scenario)
        table = by_seed(parts[scenario, grouping, group], kept, longest)
        found.setdefault(scenario, {})[grouping, group] = table
    return found


def judge_seeds(sd: float, seeds: int, outcome: str, precision: float) -> Row:
    """Seeds needed for a mean share, and whether there are as many; empty for other outcomes."""
    if not is_share(outcome):
        return {"seeds_needed": None, "enough_seeds": None}
    needed = estimators.seeds_needed(sd, precision)
    if needed is None:
        # With one seed the spread is not known, so one is too few; a missing mean has no need.
        return {"seeds_needed": None, "enough_seeds": False if seeds == 1 else None}
    return {"seeds_needed": needed, "enough_seeds": seeds >= needed}


# ---------------------------------------------------------------- summary


def estimates(
    table: pd.DataFrame, draws: npt.NDArray[np.int64] | None
) -> Iterator[tuple[str, Row, float]]:
    """Name, estimates and standard deviation of each outcome.

    A row of the table is a seed; `draws` are those of its parameters, if they are drawn.
    """
    values = table.to_numpy(dtype=np.float64)
    missing = estimators.missing_share(values)
    mean, low, high = estimators.mean_interval(values, draws)
    sd = estimators.standard_deviation(values, draws)
    band = estimators.quantile_band(values, missing_is_beyond=False)
    beyond = [index for index, name in enumerate(table.columns) if missing_is_beyond(name)]
    band[:, beyond] = estimators.quantile_band(values[:, beyond], missing_is_beyond=True)
    for index, name in enumerate(table.columns):
        row: Row = {
            "seeds": len(values),
            "missing_share": float(missing[index]),
            "reached_share": 1.0 - float(missing[index]),
        }
        if name in YES_NO and not missing[index]:
            estimate = estimators.share_interval(values[:, index], draws)
            row |= dict(zip(("mean", "mean_low", "mean_high"), estimate, strict=True))
            row |= dict.fromkeys(BAND, math.nan)
        else:
            ends = float(low[index]), float(high[index])
            if is_share(name):  # no share of few futures lies below 0 or above 1
                ends = float(np.maximum(ends[0], 0.0)), float(np.minimum(ends[1], 1.0))
            row |= {"mean": float(mean[index]), "mean_low": ends[0], "mean_high": ends[1]}
            row |= dict(zip(BAND, band[:, index].tolist(), strict=True))
        yield name, row, float(sd[index])


def summary(results: Results) -> pd.DataFrame:
    """Every outcome of every scenario, for all councils and by group.

    A row a scenario, grouping, group and outcome; grouping and group are "all" for the whole.

    * `mean` with `mean_low` and `mean_high`: the mean and its 95 % interval (sampling error of
      finitely many seeds). For yes/no outcomes the probability and its Wilson interval. Empty
      where anything is missing: a mean of the runs that got there would flatter the scenario.
      Whether most councils joined in time is missing where the horizon ends before that time and
      they have not yet.
    * `median`, `q05` to `q95`: the band of simulated futures. For months to a milestone, payback
      and costs per unit, runs that never got there are kept as beyond every other; a quantile
      that falls among them is empty. `missing_share` is their share, `reached_share` that of the
      others. Empty for yes/no outcomes.
    * `seeds_needed`, `enough_seeds`: seeds at which the interval of a mean share has a half-width
      of `precision_share`; empty for what is no share of councils, people, spend or control.

    Of a fresh draw of councils, a group's seeds are those in which it was drawn at all.
    """
    precision = results.experiment.outcomes.precision_share
    groups = groups_by_scenario(results)
    rows: list[Row] = []
    for scenario, runs in runs_by_scenario(results).items():
        tables = {(ALL, ALL): runs, **groups.get(scenario, {})}
        for (grouping, group), table in tables.items():
            source = "runs" if grouping == ALL else "groups"
            for outcome, row, sd in estimates(table, seed_draws(results, table)):
                rows.append(
                    {
                        "scenario": scenario,
                        "title": results.title(scenario),
                        "grouping": grouping,
                        "group": group,
                        "outcome": outcome,
                        "unit": unit(outcome, source),
                        **row,
                        **judge_seeds(sd, row["seeds"], outcome, precision),
                    }
                )
    return table_of(rows, SUMMARY_COLUMNS)


def groups_table(results: Results) -> pd.DataFrame:
    """How many councils each group has: of a fresh draw of councils, in the middle of futures."""
    groups = results.of(SCENARIO, "groups")
    if groups.empty:
        return table_of([], GROUPS_COLUMNS)
    keys = ["scenario", "grouping", "group"]
    found = groups.groupby(keys, sort=False)["councils"].median().reset_index()
    return found.sort_values(keys, ignore_index=True)


# ---------------------------------------------------------------- too few seeds


def seeds_note(results: Results) -> str | None:
    """One plain line if the seeds are too few for the outcome the report leads with."""
    outcome = headline_outcome(results)
    precision = results.experiment.outcomes.precision_share
    worst: tuple[int, str, float, int] | None = None
    for scenario, table in runs_by_scenario(results).items():
        values = table[outcome].to_numpy(dtype=np.float64)
        if np.isnan(values).any():
            continue
        if len(values) == 1:
            return (
                "One seed cannot tell how far futures differ: run at least "
                f"{estimators.FEWEST_SEEDS}."
            )
        sd = float(estimators.standard_deviation(values, seed_draws(results, table))[0])
        needed = estimators.seeds_needed(sd, precision)
        if needed is not None and needed > len(values) and (worst is None or needed > worst[0]):
            reach = estimators.Z * sd / math.sqrt(len(values))
            worst = needed, scenario, reach, len(values)
    if worst is None:
        return None
    needed, scenario, reach, seeds = worst
    if reach <= precision:
        return f"{seeds} seeds are too few to tell how far futures differ: run at least {needed}."
    what = outcome_text(outcome)
    return (
        f"{seeds} seeds pin the average share of councils down to ±{100 * reach:.1f} points "
        f"({what[0].lower()}{what[1:]}; {results.title(scenario)}, the least certain); "
        f"±{100 * precision:.3g} points needs about {needed:,} seeds."
    )
