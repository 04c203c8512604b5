"""Three sources of doubt about the headline: luck, behaviour, and how the model is built.

All structures run the same futures: the same seeds, so the same luck, and as many draws of
behaviour, each structure its own. What futures of one draw differ in is luck, what draws of one
structure differ in is behaviour that history does not pin down, and the rest is between structures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis import estimators
from sim.analysis.estimators import FloatArray
from sim.analysis.headline import headline_column
from sim.analysis.structures import Futures, futures_of, structures_of
from sim.analysis.summary import Row, table_of
from sim.runs.results import Results

LUCK, BEHAVIOUR, STRUCTURE = PARTS = ("luck", "behaviour", "structure")
DOUBT_COLUMNS = (
    "scenario",
    "weighting",
    "outcome",
    "structures",
    "draws",
    "seeds",
    "few",
    "mean",
    "total_sd",
    *(f"{part}_{of}" for part in PARTS for of in ("sd", "share", "low", "high")),
)


@dataclass(frozen=True)
class Parts:
    """Variance of a mixture of structures, parted; arrays hold luck, behaviour, structure.

    Attributes
    ----------
    mean
        Of the mixture.
    variances
        Each part, in the square of the unit of the values, at least 0.
    shares, low, high
        Each part as a share of the whole, with its 95 % interval; missing if nothing varies.
    """

    mean: float
    variances: FloatArray
    shares: FloatArray
    low: FloatArray
    high: FloatArray


def parts_of_variance(values: npt.ArrayLike, weights: npt.ArrayLike) -> Parts:
    """Part the variance of futures into luck, draws of behaviour, and structures.

    A nested analysis of variance: luck within draws, draws within structures, both random
    (Searle, Casella and McCulloch, Variance Components 1992, ch. 3 and 5), structures fixed and
    weighted, so that the parts add up to the variance of a future whose structure is drawn by
    its weight. What luck leaves in means of draws, and both leave in means of structures, is
    taken off; the futures of structures have their luck in common, and the covariance of their
    means is taken off with it. A part that comes out below 0 is 0. The interval resamples whole
    draws, of all structures together; that the structures are these and no others is not in it.

    Parameters
    ----------
    values
        Shape (structures, draws, seeds a draw), with at least 2 draws and 2 seeds each. The same
        place is the same seed in all structures.
    weights
        Of each structure, adding up to 1.
    """
    x, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    _, draws, seeds = x.shape
    # Measured from one value, so that equal values leave exactly nothing.
    origin = x.flat[0]
    means, within = (x - origin).mean(axis=2), (x - origin).var(axis=2, ddof=1)

    def parted(of_draws: FloatArray, noise: float) -> FloatArray:
        """Parts for each row of weights of draws; `noise` is how often that of means comes in."""
        first = of_draws @ means.T
        products = np.einsum("rd,sd,td->rst", of_draws, means, means, optimize=True)
        covariance = products - first[:, :, np.newaxis] * first[:, np.newaxis, :]
        covariance *= draws / (draws - 1)
        spread = np.diagonal(covariance, axis1=1, axis2=2)
        luck = of_draws @ within.T
        between = first**2 @ weight - (first @ weight) ** 2
        mixed = np.einsum("s,rst,t->r", weight, covariance, weight)
        between -= noise * (spread @ weight - mixed) / draws
        parts = np.stack([luck @ weight, (spread - luck / seeds) @ weight, between], axis=1)
        return np.asarray(np.maximum(parts, 0.0))

    found = parted(np.full((1, draws), 1.0 / draws), noise=1.0)
    # Means of resampled draws have the noise of means once more.
    resampled = parted(estimators.resampling_weights(draws, 4), noise=2.0)
    whole = found.sum()
    shares = found[0] / whole if whole > 0.0 else np.full(len(PARTS), math.nan)
    low, high = np.full(len(PARTS), math.nan), np.full(len(PARTS), math.nan)
    if whole > 0.0:
        totals = resampled.sum(axis=1, keepdims=True)
        all_shares = np.divide(
            resampled, totals, out=np.full_like(resampled, math.nan), where=totals > 0.0
        )
        tail = (1.0 - estimators.CONFIDENCE) / 2.0
        low, high = np.nanquantile(all_shares, (tail, 1.0 - tail), axis=0)
    mean = float(origin + means.mean(axis=1) @ weight)
    return Parts(mean, found[0], shares, low, high)


def doubt_table(results: Results) -> pd.DataFrame:
    """Spread of the headline, parted into luck, behaviour and structure.

    A row a scenario that was run under several structures, and a weighting of these: "equal", or
    "stacked", by how well a mixture of them foresees cases left out (missing where some structure
    with a weight was not run). Of each part the standard deviation that it would bring by itself,
    and its share of the variance with the 95 % interval of that. `few`: too few draws to say much.
    """
    outcome, _ = headline_column(results)
    known = {one.name: one for one in structures_of(results)}
    rows: list[Row] = []
    for scenario, under in futures_of(results).items():
        x = _nested(list(under.values()), outcome)
        if x is None:
            continue
        structures, draws, seeds = x.shape
        weightings = {"equal": np.full(structures, 1.0 / structures)}
        stacked = np.array([known[name].weight_stacked for name in under])
        if math.isclose(float(stacked.sum()), 1.0, abs_tol=0.01):
            weightings["stacked"] = stacked / stacked.sum()
        for weighting, weights in weightings.items():
            parts = parts_of_variance(x, weights)
            row: Row = {
                "scenario": scenario,
                "weighting": weighting,
                "outcome": outcome,
                "structures": structures,
                "draws": draws,
                "seeds": draws * seeds,
                "few": draws < estimators.FEWEST_SEEDS,
                "mean": parts.mean,
                "total_sd": math.sqrt(parts.variances.sum()),
            }
            for number, part in enumerate(PARTS):
                row[f"{part}_sd"] = math.sqrt(parts.variances[number])
                row[f"{part}_share"] = float(parts.shares[number])
                row[f"{part}_low"] = float(parts.low[number])
                row[f"{part}_high"] = float(parts.high[number])
            rows.append(row)
    return table_of(rows, DOUBT_COLUMNS)


def _nested(under: list[Futures], outcome: str) -> FloatArray | None:
    """Futures that all structures have, by structure, draw and luck; None if too few."""
    table = pd.concat({at: one.table[outcome] for at, one in enumerate(under)}, axis=1).dropna()
    numbers = pd.concat({at: one.draws for at, one in enumerate(under)}, axis=1).loc[table.index]
    # Where draws ran out and began anew, fits of other lengths no longer keep step.
    in_step = numbers.eq(numbers[0], axis=0).all(axis=1)
    table, draw = table[in_step], numbers.loc[in_step, 0]
    sizes = draw.groupby(draw).size()
    seeds = int(sizes.max()) if len(sizes) else 0
    whole = sizes.index[sizes == seeds]
    if seeds < 2 or len(whole) < 2:
        return None
    kept = table[draw.isin(whole)].assign(draw=draw).sort_values("draw", kind="stable")
    x = kept.drop(columns="draw").to_numpy(dtype=np.float64)
    return x.T.reshape(len(under), len(whole), seeds)
