"""Boxes of cases that are known, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.box_search import METHODS, Column, FloatArray
from sim.analysis.boxes import found_box

POINTS, FUTURES = 400, 10
INSIDE, OUTSIDE = 0.8, 0.1


def unit_cube(names: str = "abcde", points: int = POINTS) -> list[Column]:
    numbers = np.random.default_rng(3)
    return [Column(name, "number", numbers.random(points)) for name in names]


def futures(probability: FloatArray, count: int = FUTURES) -> FloatArray:
    """Futures of points that share no luck: the harder case."""
    numbers = np.random.default_rng(4)
    return (numbers.random((len(probability), count)) < probability[:, np.newaxis]).astype(float)


def known_case(columns: list[Column]) -> FloatArray:
    """In a box of two settings of five, a fifth of all points, the case is likely."""
    within = (columns[0].values < 0.4) & (columns[1].values >= 0.5)
    return futures(np.where(within, INSIDE, OUTSIDE))


@pytest.mark.parametrize("method", METHODS)
def test_a_known_box_is_found(method: str) -> None:
    pytest.importorskip({"cart": "sklearn", "prim": "ema_workbench"}[method])
    columns = unit_cube()
    about, rows = found_box(method, columns, known_case(columns), None)
    assert about["found"] == "box"
    limits = {row["setting"]: row for row in rows if row["limit"]}
    assert set(limits) == {"a", "b"}
    assert limits["a"]["high"] == pytest.approx(0.4, abs=0.04)
    assert limits["b"]["low"] == pytest.approx(0.5, abs=0.04)
    assert np.isnan(limits["a"]["low"])
    assert np.isnan(limits["b"]["high"])
    assert about["density"] == pytest.approx(INSIDE, abs=0.05)
    assert about["density_low"] < about["density"] < about["density_high"]
    assert about["density_held_out"] == pytest.approx(INSIDE, abs=0.08)
    mass = ((columns[0].values < 0.4) & (columns[1].values >= 0.5)).mean()
    assert about["mass"] == pytest.approx(mass, abs=0.03)
    everywhere = mass * INSIDE + (1 - mass) * OUTSIDE
    assert about["base_share"] == pytest.approx(everywhere, abs=0.02)
    assert about["coverage"] == pytest.approx(mass * INSIDE / everywhere, abs=0.06)
    firm = {row["setting"]: row["resampled_share"] for row in rows}
    assert min(firm["a"], firm["b"]) > 0.9
    assert max(firm["c"], firm["d"], firm["e"]) < 0.5
    assert limits["a"]["high_from"] <= limits["a"]["high"] <= limits["a"]["high_to"]
    assert limits["a"]["high_to"] - limits["a"]["high_from"] < 0.1
