"""Boxes of cases that are known, and none where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.analysis import box_search, boxes
from sim.analysis.box_search import Column, FloatArray, Limit, best_box, inside
from sim.analysis.boxes import found_box, occurrences
from sim.files.problems import BadInput
from sim.settings import Case, month_number

POINTS, FUTURES = 400, 10
INSIDE, OUTSIDE = 0.8, 0.1
NEEDS = {"cart": "sklearn", "prim": "ema_workbench"}
Found = tuple[dict[str, Any], dict[str, dict[str, Any]]]


def cube(names: str = "abcde", points: int = POINTS) -> list[Column]:
    numbers = np.random.default_rng(3)
    return [Column(name, "number", numbers.random(points)) for name in names]


def futures(probability: FloatArray, count: int = FUTURES) -> FloatArray:
    """Futures of points that share no luck: the harder case."""
    numbers = np.random.default_rng(4)
    drawn = numbers.random((len(probability), count))
    return (drawn < probability[:, np.newaxis]).astype(np.float64)


def within(columns: list[Column]) -> np.ndarray:
    """Points of a box of two settings of five: a fifth of all."""
    return np.asarray((columns[0].values < 0.4) & (columns[1].values >= 0.5))


def found(method: str, columns: list[Column], occurs: FloatArray, share: float | None) -> Found:
    about, rows = found_box(method, columns, occurs, share)
    return about, {row["setting"]: row for row in rows}


# Importing the workbench takes longer than all of this.
@pytest.fixture(scope="module", params=["cart", pytest.param("prim", marks=pytest.mark.slow)])
def method(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(NEEDS[request.param])
    return str(request.param)


@pytest.fixture(autouse=True)
def few_samples_of_peeling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peeling takes a second; how often it is done again makes no difference here."""
    monkeypatch.setattr(boxes, "RESAMPLED", {"cart": 60, "prim": 2})
    monkeypatch.setattr(boxes, "PARTS", 2)


@pytest.fixture(scope="module")
def known(method: str) -> Found:
    columns = cube()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "RESAMPLED", {"cart": 60, "prim": 6})
        occurs = futures(np.where(within(columns), INSIDE, OUTSIDE))
        return found(method, columns, occurs, None)


def test_a_known_box_is_found(known: Found) -> None:
    about, rows = known
    assert about["found"] == "box"
    assert {setting for setting, row in rows.items() if row["limit"]} == {"a", "b"}
    assert rows["a"]["high"] == pytest.approx(0.4, abs=0.04)
    assert rows["b"]["low"] == pytest.approx(0.5, abs=0.04)
    assert np.isnan([rows["a"]["low"], rows["b"]["high"]]).all()
    assert rows["a"]["limit"] == f"< {rows['a']['high']:g}"


def test_its_figures_are_those_of_the_truth(known: Found) -> None:
    about, rows = known
    mass = within(cube()).mean()
    everywhere = mass * INSIDE + (1 - mass) * OUTSIDE
    truth = {
        "mass": mass,
        "density": INSIDE,
        "density_held_out": INSIDE,
        "coverage": mass * INSIDE / everywhere,
        "base_share": everywhere,
    }
    assert {name: about[name] for name in truth} == pytest.approx(truth, abs=0.07)
    for name in ("mass", "density", "coverage"):
        assert about[f"{name}_low"] < about[name] < about[f"{name}_high"]
    # Without one of its limits the box holds as much of what is outside.
    for row in (rows["a"], rows["b"]):
        assert OUTSIDE < row["density_without"] < about["density"] - 0.1


def test_how_firm_its_limits_are(known: Found) -> None:
    _, rows = known
    assert min(rows[name]["resampled_share"] for name in "ab") > 0.9
    assert max(rows[name]["resampled_share"] for name in "cde") < 0.5
    assert rows["a"]["high_from"] <= rows["a"]["high"] <= rows["a"]["high_to"] + 0.01
    assert rows["a"]["high_to"] - rows["a"]["high_from"] < 0.25
    assert np.isnan([rows["a"]["low_from"], rows["c"]["high_to"]]).all()


def test_where_nothing_matters_nothing_is_found(method: str) -> None:
    columns = cube()
    about, rows = found(method, columns, futures(np.full(POINTS, 0.3)), None)
    assert about["found"] == "nothing"
    assert rows == {}
    assert np.isnan(about["density"])
    assert about["base_share"] == pytest.approx(0.3, abs=0.03)


def test_chance_is_seldom_taken_for_a_box() -> None:
    """Of twenty cases that hang on nothing, hardly any has a box."""
    pytest.importorskip("sklearn")
    columns = cube(points=200)
    numbers = np.random.default_rng(8)
    said = []
    for _ in range(20):
        shares = numbers.binomial(5, 0.4, 200) / 5
        said.append(boxes._held_out("cart", columns, shares, numbers)[1])
    assert sum(said) <= 2


def mixed() -> list[Column]:
    numbers = np.random.default_rng(5)
    first = month_number("2019-01")
    return [
        Column("starts", "month", numbers.integers(first, first + 60, POINTS).astype(float)),
        Column(
            "owner",
            "choice",
            numbers.integers(0, 3, POINTS).astype(np.float64),
            ("centre", "lead", "own"),
        ),
        Column("months", "whole", numbers.integers(1, 13, POINTS).astype(float)),
        Column("idle", "number", numbers.random(POINTS)),
    ]


def test_months_choices_and_whole_numbers(method: str) -> None:
    columns = mixed()
    starts, owner, months, _ = (column.values for column in columns)
    truth = (starts <= month_number("2021-12")) & (owner != 1) & (months >= 4)
    about, rows = found(method, columns, futures(np.where(truth, 0.9, 0.05)), None)
    assert about["found"] == "box"
    said = {setting: row["limit"] for setting, row in rows.items() if row["limit"]}
    assert set(said) == {"starts", "owner", "months"}
    assert said["owner"] == "in centre, own"
    assert rows["owner"]["chosen"] == '["centre", "own"]'
    assert said["months"] in (">= 3", ">= 4", ">= 5")
    assert said["starts"].startswith("<= 202")
    assert rows["starts"]["high"] == pytest.approx(month_number("2021-12"), abs=4)
    assert rows["starts"]["high"] == int(rows["starts"]["high"])


def test_the_best_box_is_the_true_one_without_noise() -> None:
    """Whatever is on offer, that with the greatest surplus over everywhere is taken."""
    columns = cube("ab")
    shares = within(columns).astype(np.float64)
    offers = [{"a": Limit(high=end), "b": Limit(low=0.5)} for end in (0.2, 0.3, 0.4, 0.5, 0.9)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(box_search, "METHODS", {"given": lambda columns, shares: offers})
        assert best_box("given", columns, shares) == offers[2]
    assert np.array_equal(inside(offers[2], columns), within(columns))


def test_too_few_cases_are_called_too_few() -> None:
    columns = cube()
    for occurs in (futures(np.full(POINTS, 0.01)), futures(np.full(POINTS, 0.995))):
        about, rows = found("cart", columns, occurs, None)
        assert about["found"] == "too few"
        assert about["cases"] == occurs.sum()
        assert rows == {}


def test_points_can_be_counted_instead_of_futures() -> None:
    pytest.importorskip("sklearn")
    columns = cube()
    occurs = futures(np.where(within(columns), INSIDE, OUTSIDE))
    about, _ = found("cart", columns, occurs, 0.5)
    assert about["counted"] == "points"
    assert about["base_share"] == (occurs.mean(axis=1) >= 0.5).mean()
    assert about["density"] > 0.95, "nearly every point there, though 8 of 10 futures"


def test_a_share_tree_divides_as_a_tree_over_single_futures_does() -> None:
    """Why a row is a point: its futures need not stand there one by one."""
    tree = pytest.importorskip("sklearn.tree")
    columns = cube("abc")
    table = np.column_stack([column.values for column in columns])
    occurs = futures(np.where(within(columns), INSIDE, OUTSIDE))
    options: dict[str, Any] = {"max_leaf_nodes": 5, "random_state": 0}
    of_shares = tree.DecisionTreeRegressor(**options).fit(table, occurs.mean(axis=1)).tree_
    single = tree.DecisionTreeClassifier(**options).fit(
        np.repeat(table, FUTURES, axis=0), occurs.ravel()
    )
    assert np.array_equal(of_shares.feature, single.tree_.feature)
    assert of_shares.threshold == pytest.approx(single.tree_.threshold)


# ---------------------------------------------------------------- cases


RUNS = pd.DataFrame(
    {
        "point": [1, 1, 2, 2],
        "seed": [1, 2, 1, 2],
        "joined_share_end": [0.05, 0.5, np.nan, 0.1],
        "cancelled": [False, True, None, False],
        "months_to_50pc": [np.nan, 12.0, np.nan, 30.0],
        "error": [None, None, "ValueError: no", None],
    }
)


def occurs(*when: dict[str, Any]) -> Any:
    case = Case.model_validate({"when": list(when)})
    return occurrences(case, RUNS, np.array([1, 2])).tolist()


def test_a_case_is_any_of_its_conditions() -> None:
    none_in = {"outcome": "joined_share_end", "below": 0.1}
    assert occurs(none_in)[0] == [1, 0]
    assert occurs(none_in)[1][1] == 0, "0.1 is not below 0.1"
    assert occurs({"outcome": "cancelled", "at_least": 1.0})[0] == [0, 1]
    assert occurs(none_in, {"outcome": "cancelled", "at_least": 1.0})[0] == [1, 1]
    assert occurs({"outcome": "joined_share_end", "at_least": 0.1, "below": 0.5})[0] == [0, 0]


def test_what_was_not_reached_is_not_what_failed() -> None:
    late = occurs({"outcome": "months_to_50pc", "at_least": 24.0})
    assert late[0] == [1, 0], "never is later than 24 months"
    assert np.isnan(late[1][0]), "a run that failed says nothing"
    assert late[1][1] == 1


@pytest.mark.parametrize(
    ("when", "match"),
    [
        ([{"outcome": "cancelled"}], "give below, at_least"),
        ([{"outcome": "cancelled", "at_least": 0.5, "below": 0.5}], "below must be greater"),
        ([], "at least 1 item"),
    ],
)
def test_a_case_says_something(when: list[dict[str, Any]], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Case.model_validate({"when": when})


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_search, "find_spec", lambda module: None)
    with pytest.raises(BadInput, match=r"(?s)prim needs ema_workbench.*\[ema\]"):
        box_search.need(["prim"])
