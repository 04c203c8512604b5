"""What tight budgets, autonomy and neighbours do: the same futures with each switched off.

Each future is held against itself, with the same behaviour and the same luck, so that a difference
is what the idea brings. `sim.experiment.ideas.IDEAS` says what a world without it is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis import estimators
from sim.analysis.headline import headline_column
from sim.analysis.structures import COUNTED, Reading, counted, futures_of
from sim.analysis.summary import Row, runs_by_scenario, seed_draws, table_of
from sim.analysis.verdicts import verdict
from sim.experiment.design import STRUCTURE_WITHOUT, WITHOUT
from sim.experiment.ideas import IDEAS
from sim.runs.results import Results

IDEAS_COLUMNS = (
    "scenario",
    "idea",
    "outcome",
    "seeds",
    "few",
    "with_idea",
    "without_idea",
    "difference",
    "low",
    "high",
    "verdict",
)
IDEAS_IN_STRUCTURES_COLUMNS = ("structure", *IDEAS_COLUMNS)
IDEAS_STANDING_COLUMNS = ("scenario", "idea", "outcome", *COUNTED)


def ideas_table(results: Results) -> pd.DataFrame:
    """Members at the headline month with each idea and without it, future by future.

    A row a scenario and idea, where it was run without and gets so far: means over the futures that
    were run both ways, their `difference` (what the idea brings) with its 95 % interval, and what
    that lets one say. `few`: whether these are fewer draws of behaviour, or futures where nothing
    is drawn, than can tell a difference from luck.
    """
    outcome, _ = headline_column(results)
    usual = runs_by_scenario(results)
    rows: list[Row] = []
    for names, own in results.of(WITHOUT).groupby(["scenario", "design"], sort=False):
        scenario, idea = map(str, names)
        if scenario not in usual:
            continue
        both = _both(usual[scenario][outcome], own, outcome)
        if len(both):
            keys = {"scenario": scenario, "idea": idea}
            rows.append({**keys, **_held(results, both, seed_draws(results, both))})
    return table_of(rows, IDEAS_COLUMNS)


def ideas_in_structures_table(results: Results) -> pd.DataFrame:
    """The same under every other structure that the scenarios were run under.

    A row a structure, scenario and idea, as :func:`ideas_table` gives them, each structure with its
    own draws of behaviour.
    """
    outcome, _ = headline_column(results)
    under = futures_of(results)
    rows: list[Row] = []
    keys = ["design", "scenario", "position"]
    for (structure, scenario, _), own in results.of(STRUCTURE_WITHOUT).groupby(keys, sort=False):
        usual = under.get(str(scenario), {}).get(str(structure))
        if usual is None:
            continue
        both = _both(usual.table[outcome], own, outcome)
        if len(both):
            draws = np.asarray(usual.draws.reindex(both.index), dtype=np.int64)
            about = {
                "structure": structure,
                "scenario": scenario,
                "idea": tuple(IDEAS)[int(own["position"].iloc[0])],
            }
            rows.append({**about, **_held(results, both, draws)})
    return table_of(rows, IDEAS_IN_STRUCTURES_COLUMNS)


def ideas_standing_table(
    results: Results, ideas: pd.DataFrame, elsewhere: pd.DataFrame
) -> pd.DataFrame:
    """In how many structures what an idea brings comes out the same.

    A row a scenario and idea that were run under several, as `standing_table` counts them.

    Parameters
    ----------
    results
        What was run.
    ideas, elsewhere
        Tables of :func:`ideas_table` and :func:`ideas_in_structures_table`.
    """
    main = {(row["scenario"], row["idea"]): row for row in ideas.to_dict("records")}
    rows: list[Row] = []
    for (scenario, idea), part in elsewhere.groupby(["scenario", "idea"], sort=False):
        first = main.get((scenario, idea))
        if first is None:  # none of its runs went through
            continue
        every = [first, *part.to_dict("records")]
        readings = [Reading(row["verdict"], row["difference"]) for row in every]
        precision = results.experiment.outcomes.precision_share
        few = any(row["few"] for row in every)
        keys = {"scenario": scenario, "idea": idea, "outcome": first["outcome"]}
        rows.append({**keys, **counted(readings, precision, few=few)})
    return table_of(rows, IDEAS_STANDING_COLUMNS)


def _both(usual: pd.Series[float], without: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """An outcome in each future that was run with an idea and without, by seed."""
    cut = without.set_index("seed")[outcome].astype("float64")
    return pd.DataFrame({"usual": usual, "cut": cut}).dropna().sort_index()


def _held(results: Results, both: pd.DataFrame, draws: npt.NDArray[np.int64] | None) -> Row:
    """What an idea brings, of futures that were run both ways."""
    mean, low, high = (
        float(np.clip(part[0], -1.0, 1.0))
        for part in estimators.paired_difference(both["usual"], both["cut"], draws)
    )
    trials = estimators.trials_of(both, draws)
    return {
        "outcome": headline_column(results)[0],
        "seeds": len(both),
        "few": trials < estimators.FEWEST_SEEDS,
        "with_idea": float(both["usual"].mean()),
        "without_idea": float(both["cut"].mean()),
        "difference": mean,
        "low": low,
        "high": high,
        "verdict": verdict(low, high, results.experiment.outcomes.precision_share),
    }
