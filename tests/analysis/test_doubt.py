"""Three sources of doubt: luck, behaviour and structure told apart, as in cases solved by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.analysis.doubt import PARTS, doubt_table, parts_of_variance
from sim.analysis.findings import Findings, find
from sim.analysis.structures import (
    Reading,
    counted,
    rivals_table,
    standing_table,
    structures_table,
)
from sim.experiment.design import STRUCTURE
from sim.runs.results import Results
from sim.study import simulate
from tests.shared.experiments import ONE_SCENARIO, SMALL, written
from tests.shared.structures import come_along, make_structures

Array = np.ndarray[Any, np.dtype[np.float64]]
EQUAL = np.full(4, 0.25)


# ---------------------------------------------------------------- solved by hand


def test_parts_solved_by_hand() -> None:
    """Two structures, two draws each, two futures a draw.

    Luck: each draw's futures lie 2 apart, a variance of 2. Means of draws lie 4 apart in the one
    and 8 in the other, variances 8 and 32, less 2 / 2 of luck: 7 and 31, 19 on average. Means of
    structures are 2 and 14: 6 to each side of 8, 36, less what is left in the means. That is, of
    each, half its variance of means, 4 and 16, and with all weights a quarter of the variance of
    the sum of both: draws move together, so (4 + 8)^2 / 2 = 72 over 2 draws, 36 / 4 = 9; the mean
    of 4 and 16 less 9 is 1. So 35.
    """
    x = [[[-1.0, 1.0], [3.0, 5.0]], [[9.0, 11.0], [17.0, 19.0]]]
    found = parts_of_variance(x, [0.5, 0.5])
    assert found.mean == pytest.approx(8.0)
    assert found.variances == pytest.approx([2.0, 19.0, 35.0])
    assert found.shares == pytest.approx(found.variances / 56.0)


def test_weights_are_those_of_the_mixture() -> None:
    """All weight on one structure: its own luck and behaviour, and nothing between structures."""
    x = [[[-1.0, 1.0], [3.0, 5.0]], [[9.0, 11.0], [17.0, 19.0]]]
    found = parts_of_variance(x, [0.0, 1.0])
    assert found.mean == pytest.approx(14.0)
    assert found.variances == pytest.approx([2.0, 31.0, 0.0])


def test_nothing_varies() -> None:
    found = parts_of_variance(np.full((3, 5, 2), 0.1), np.full(3, 1 / 3))
    assert found.variances.tolist() == [0.0, 0.0, 0.0]
    assert np.isnan([*found.shares, *found.low, *found.high]).all()


def test_structures_that_differ_for_certain_are_all_of_it() -> None:
    x = np.array([0.0, 0.3, 0.9])[:, np.newaxis, np.newaxis] + np.zeros((3, 6, 2))
    found = parts_of_variance(x, [0.2, 0.5, 0.3])
    mean = 0.5 * 0.3 + 0.3 * 0.9
    assert found.mean == pytest.approx(mean)
    whole = 0.2 * mean**2 + 0.5 * (0.3 - mean) ** 2 + 0.3 * (0.9 - mean) ** 2
    assert found.variances == pytest.approx([0.0, 0.0, whole])
    assert found.low.tolist() == found.high.tolist() == pytest.approx([0.0, 0.0, 1.0])


def drawn(rng: np.random.Generator, sd: Array, means: Array, draws: int = 100) -> Array:
    """Futures of structures with known deviations of luck, most of it shared, and behaviour."""
    luck = 0.8 * rng.normal(size=(1, draws, 2)) + 0.6 * rng.normal(size=(len(means), draws, 2))
    behaviour = rng.normal(size=(len(means), draws, 1))
    return np.asarray(means[:, np.newaxis, np.newaxis] + sd[0] * luck + sd[1] * behaviour)


@pytest.mark.parametrize(
    ("sd", "means"),
    [
        ((0.05, 0.1), (0.3, 0.35, 0.5, 0.6)),
        ((0.1, 0.1), (0.4, 0.4, 0.4, 0.4)),
        ((0.1, 0.0), (0.3, 0.4, 0.4, 0.4)),
    ],
    ids=["all three", "no structure", "no behaviour"],
)
def test_known_parts_are_found_again(sd: tuple[float, ...], means: tuple[float, ...]) -> None:
    """On average over many experiments, and within the interval of nearly 19 in 20."""
    of, levels = np.array(sd), np.array(means)
    between = EQUAL @ (levels - EQUAL @ levels) ** 2
    true = np.array([of[0] ** 2, of[1] ** 2, between])
    found, covered = [], []
    rng = np.random.default_rng(20)
    for _ in range(60):
        parts = parts_of_variance(drawn(rng, of, levels), EQUAL)
        found.append(parts.variances)
        shares = true / true.sum()
        covered.append((parts.low - 1e-9 <= shares) & (shares <= parts.high + 1e-9))
    # Parts that are nothing come out a shade above, as none is below nothing.
    assert np.mean(found, axis=0) == pytest.approx(true, rel=0.06, abs=3e-4)
    assert np.mean(covered, axis=0).min() > 0.85


def test_luck_and_few_draws_are_not_taken_for_structure() -> None:
    """What plain differences of means would show where there is only luck is taken off."""
    rng = np.random.default_rng(3)
    plain, honest = [], []
    for _ in range(200):
        x = drawn(rng, np.array([0.0, 0.2]), np.zeros(4), draws=20)
        plain.append(x.mean(axis=(1, 2)).var())
        honest.append(parts_of_variance(x, EQUAL).variances[2])
    assert np.mean(honest) < 0.55 * np.mean(plain)


# ---------------------------------------------------------------- of results


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """Two scenarios under three structures, the scenarios themselves with more futures."""
    folder = tmp_path_factory.mktemp("doubt")
    asked = '[structures]\nseeds = 40\nscenarios = ["framework", "no_visits"]\n\n[ideas]'
    text = SMALL.replace("[ideas]", asked).replace("count = 3", "count = 50")
    with pytest.MonkeyPatch.context() as patch:
        come_along(patch, make_structures(folder / "structures"))
        yield simulate(written(folder, text), workers=1, out=None)


@pytest.fixture(scope="module")
def findings(results: Results) -> Findings:
    return find(results)


def test_a_row_a_scenario_and_structure(results: Results) -> None:
    table = structures_table(results)
    keys = table[["scenario", "structure"]].to_numpy().tolist()
    assert keys == [
        [scenario, name]
        for scenario in ("framework", "no_visits")
        for name in ("new", "today", "alone")
    ]
    runs = results.of(STRUCTURE).set_index(["scenario", "design"])
    for row in table.to_dict("records"):
        if row["structure"] == "new":
            continue
        own = runs.loc[(row["scenario"], row["structure"])]
        assert (row["seeds"], row["draws"], row["few"]) == (40, 20, False)
        assert row["mean"] == pytest.approx(own["joined_share_12m"].mean())
        assert row["q95"] == pytest.approx(own["joined_share_12m"].quantile(0.95))
        assert row["pass_probability"] == pytest.approx(own["passed"].mean())
        assert row["pass_low"] <= row["pass_probability"] <= row["pass_high"]


def test_the_main_structure_has_the_figures_of_the_report(findings: Findings) -> None:
    for scenario in ("framework", "no_visits"):
        row = findings.row("structures", scenario, "new")
        whole = findings.row("summary", scenario, "all", "all", "joined_share_12m")
        chance = findings.row("summary", scenario, "all", "all", "passed")
        assert row is not None
        assert whole is not None
        assert chance is not None
        assert row["seeds"] == 50
        for column in ("mean", "mean_low", "mean_high", "q05", "median", "q95"):
            assert row[column] == whole[column]
        assert row["pass_probability"] == chance["mean"]
        assert (row["pass_low"], row["pass_high"]) == (chance["mean_low"], chance["mean_high"])


def test_the_parts_are_those_of_the_futures_in_common(results: Results) -> None:
    table = doubt_table(results)
    runs = results.runs[results.runs["seed"] <= 40].sort_values(["draw", "seed"])
    for row in table.to_dict("records"):
        names = [row["scenario"], *(f"structure/{n}/{row['scenario']}" for n in ("today", "alone"))]
        x = np.array(
            [runs.loc[runs["point"] == name, "joined_share_12m"].to_numpy(float) for name in names]
        ).reshape(3, 20, 2)
        weights = {"equal": np.full(3, 1 / 3), "stacked": np.array([0.5, 0.3, 0.2])}
        found = parts_of_variance(x, weights[row["weighting"]])
        assert (row["structures"], row["draws"], row["seeds"]) == (3, 20, 40)
        assert row["total_sd"] == pytest.approx(math.sqrt(found.variances.sum()))
        for number, part in enumerate(PARTS):
            assert row[f"{part}_share"] == pytest.approx(found.shares[number])
            assert row[f"{part}_sd"] == pytest.approx(math.sqrt(found.variances[number]))
            assert row[f"{part}_low"] <= row[f"{part}_high"]
    assert table["weighting"].tolist() == ["equal", "stacked"] * 2


def test_weights_of_a_mixture_need_all_that_is_mixed(
    results: Results, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert rivals_table(results)["structure"].tolist() == ["new", "today", "alone"]
    assert rivals_table(results)["weight_equal"].tolist() == pytest.approx([1 / 3] * 3)
    few = make_structures(tmp_path / "few")
    (few / "alone" / "posterior.json").unlink()
    come_along(monkeypatch, few)
    assert rivals_table(results)["structure"].tolist() == ["new", "today"]
    assert set(doubt_table(results)["weighting"]) == {"equal"}


def test_nothing_is_found_where_nothing_was_run(tmp_path: Path) -> None:
    results = simulate(written(tmp_path, ONE_SCENARIO), workers=1, out=None)
    findings = find(results)
    for name in ("rivals", "structures", "standing", "doubt"):
        assert findings[name].empty


# ---------------------------------------------------------------- what stands


def chances(*ends: tuple[float, float]) -> pd.DataFrame:
    """Intervals of the chance under structures, of one scenario that was not run."""
    return pd.DataFrame(
        [
            {
                "scenario": "s",
                "structure": str(i),
                "pass_probability": (low + high) / 2,
                "pass_low": low,
                "pass_high": high,
                "few": False,
            }
            for i, (low, high) in enumerate(ends)
        ]
    )


@pytest.mark.parametrize(
    ("ends", "reading", "same", "turns"),
    [
        ([(0.6, 0.9), (0.7, 1.0), (0.4, 0.6)], "higher", 2, False),
        ([(0.6, 0.9), (0.1, 0.2), (0.4, 0.6)], "higher", 1, True),
        ([(0.0, 0.1), (0.0, 0.4), (0.1, 0.49)], "lower", 3, False),
        ([(0.4, 0.6), (0.6, 0.7), (0.1, 0.2)], "cannot be told", 1, True),
        ([(math.nan, math.nan)] * 2, "not known", 2, False),
    ],
)
def test_a_chance_stands_where_its_interval_is_on_the_same_side(
    results: Results, ends: list[tuple[float, float]], reading: str, same: int, turns: bool
) -> None:
    row = standing_table(results, chances(*ends)).iloc[0]
    assert (row["versus"], row["reading"], row["same"], row["turns"]) == ("", reading, same, turns)
    assert row["structures"] == len(ends) == row["up"] + row["down"] + row["unclear"]


def test_nothing_turns_over_by_what_would_matter_to_nobody() -> None:
    more, less = Reading("higher", 0.013), Reading("lower", -0.06)
    found = counted([more, less], 0.02, few=False)
    assert (found["up"], found["down"], found["turns"]) == (1, 1, False)
    assert counted([more, less], 0.01, few=False)["turns"]


def test_the_order_of_scenarios_is_that_of_their_comparison(findings: Findings) -> None:
    row = findings.row("standing", "no_visits", "framework")
    compared = findings.row(
        "comparison", "no_visits", "framework", "all", "all", "joined_share_12m"
    )
    assert row is not None
    assert compared is not None
    assert row["reading"] == compared["verdict"] == "lower"
    assert row["structures"] == 3
    assert row["same"] == row["down"]
