"""The picture of what brought members in: areas add up, and the title names the largest."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from sim.analysis.findings import Findings
from sim.model.rules import ORIGINS
from sim.present.figures.origins import origins, stack_of
from sim.present.figures.style import drawing
from sim.present.report.facts import Facts
from sim.present.shown import SHOWN
from sim.present.view import View
from sim.runs.results import Results
from tests.shared.figures import check
from tests.shared.small_results import experiment, nothing, results, scenario, view_of


@cache
def two() -> Results:
    return results(
        experiment(
            {
                "a": scenario("As it was", initial_members=["Fife"]),
                "b": scenario("With worry", security_gain=0.9),
            }
        )
    )


def test_areas_add_up_to_the_mean_share_joined() -> None:
    view = view_of(two())
    for name in ("a", "b"):
        stack = stack_of(view, name)
        assert stack is not None
        series = two().of("scenario", "series")
        own = series[(series["scenario"] == name) & (series["months_since_opening"] > 0)]
        mean = own.groupby("months_since_opening")["joined_share"].mean()
        # Up to the headline month, from the month before the first.
        assert stack.months.tolist() == list(range(25))
        assert stack.shares.sum(axis=0)[1:] == pytest.approx(mean.loc[1:24].to_numpy())
    began = stack_of(view, "a")
    assert began is not None
    assert began.shares[ORIGINS.index("start")] == pytest.approx(np.full(25, 1 / 7))


def _with(shares: dict[str, dict[str, float]]) -> View:
    """A view in which causes have these shares in every month."""
    view = view_of(two())
    table = view.findings["origins"].copy()
    for column in ("mean", "q05", "q25", "median", "q75", "q95"):
        table[column] = [
            shares[str(of)].get(str(origin), 0.0)
            for of, origin in table[["scenario", "origin"]].itertuples(index=False)
        ]
    return View(two(), Findings({**view.findings, "origins": table}))


@pytest.mark.parametrize(
    ("shares", "title"),
    [
        (
            {"a": {"visits": 0.3, "peers": 0.2}, "b": {"visits": 0.4}},
            "Main cause of joining: visits, under both “With worry” and “As it was”",
        ),
        (
            {"a": {"duty": 0.3, "peers": 0.2}, "b": {"worry": 0.4}},
            "Main cause of joining: worry about attacks under “With worry”, duty under “As it was”",
        ),
        (
            {"a": {"duty": 0.201, "peers": 0.2}, "b": {"worry": 0.4}},
            "Main cause of joining: worry about attacks under “With worry”, mixed under "
            "“As it was”",
        ),
        ({"a": {"peers": 0.2}, "b": {}}, "Main cause of joining: other members under “As it was”"),
        ({"a": {}, "b": {}}, "Nobody has joined two years after opening"),
    ],
    ids=["the same", "different", "alike", "one only", "nobody"],
)
def test_the_title_names_the_largest(shares: dict[str, dict[str, float]], title: str) -> None:
    with drawing():
        (page,) = origins(_with(shares))
    assert page.title == title
    check(page)


def test_without_an_opening_or_a_cause_there_is_no_picture() -> None:
    assert origins(view_of(results(experiment({"a": nothing("A")})))) == []
    view = view_of(two())
    # Results of earlier versions did not keep it.
    none = Findings({**view.findings, "origins": view.findings["origins"].iloc[:0]})
    assert origins(View(two(), none)) == []


def test_its_rows_stand_beneath_it() -> None:
    facts = Facts(two().experiment, view_of(two()).findings)
    rows = SHOWN["origins"](facts)
    assert rows.finding == "origins"
    table = facts.findings["origins"]
    for column, values in {**rows.where, **rows.shown}.items():
        table = table[table[column].isin(values)]
    assert isinstance(table, pd.DataFrame)
    assert set(table["origin"]) == set(ORIGINS)
    assert set(table["month"]) == {12, 24}
