"""The workbook: what a policy team sees first, every finding behind it, and nothing that runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from sim.analysis.findings import FINDINGS, find
from sim.experiment.load import load_experiment
from sim.present.column_titles import kind_of, title_of
from sim.present.report.facts import Facts
from sim.present.sheets import sheet_name
from sim.present.workbook import SHEETS, write_workbook
from sim.study import simulate
from tests.shared.experiments import CURVES, SMALL, written
from tests.shared.office import HOSTILE


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    folder = tmp_path_factory.mktemp("workbook")
    experiment = load_experiment(written(folder, SMALL + CURVES))
    results = simulate(experiment, seeds=3, workers=1, out=None)
    return Facts(results.experiment, find(results), {"hash": "0123456789abcdef", "version": "1"})


@pytest.fixture(scope="module")
def book(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("book") / "summary.xlsx"
    write_workbook(path, facts)
    found = openpyxl.load_workbook(path)
    yield found
    found.close()


def sheet_of(finding: str) -> str:
    return sheet_name(SHEETS.get(finding, FINDINGS[finding].title))


def columns_of(book: Any, finding: str) -> dict[str, int]:
    """Where each column of a finding stands, by its name in the table."""
    named = [
        (row[1], row[2])
        for row in book["Columns"].iter_rows(min_row=2, values_only=True)
        if row[0] == sheet_of(finding)
    ]
    head = [cell.value for cell in book[sheet_of(finding)][1]]
    assert head == [title for title, _ in named]
    return {name: at for at, (_, name) in enumerate(named) if name}


def test_every_finding_is_there_with_every_number(book: Any, facts: Facts) -> None:
    for name, table in facts.findings.items():
        places = columns_of(book, name)
        assert set(places) == set(map(str, table.columns)), name
        rows = list(book[sheet_of(name)].iter_rows(min_row=2, values_only=True))
        if not len(table):
            continue
        assert len(rows) == len(table), name
        for column in table.select_dtypes("number").columns:
            kept = pd.Series([row[places[column]] for row in rows], dtype="object")
            kept = pd.to_numeric(kept.replace("–", None)).reset_index(drop=True)
            units = table.get("unit", pd.Series([""] * len(table))).tolist()
            factor = [100.0 if kind_of(name, column, unit) == "points" else 1.0 for unit in units]
            if name in ("curves", "precision"):
                factor = [100.0 if kind_of(name, column, "share") == "points" else 1.0] * len(table)
            wanted = pd.to_numeric(table[column]).reset_index(drop=True).astype(float) * factor
            wanted = wanted.where(wanted.abs() != float("inf"))
            pd.testing.assert_series_equal(
                kept.astype(float), wanted, check_names=False, check_dtype=False, obj=name
            )


def test_heads_are_words_and_stay_in_sight(book: Any, facts: Facts) -> None:
    for name in facts.findings:
        sheet = book[sheet_of(name)]
        head = [cell.value for cell in sheet[1]]
        assert all("_" not in title for title in head), head
        assert len({title.casefold() for title in head}) == len(head)
        assert sheet.freeze_panes == "B2"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == "landscape"
        # As wide as a page, which is what a file says by not saying it, and as long as it takes.
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert int(sheet.page_setup.fitToHeight) == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert bool(sheet.auto_filter.ref) == bool(len(facts.findings[name]))
        # Short names stand last: what is printed says the same in words.
        if "scenario" in facts.findings[name]:
            assert head.index("Scenario, short name") > head.index("Scenario")


def test_numbers_are_formatted_by_what_they_are(book: Any, facts: Facts) -> None:
    sheet, places = book[sheet_of("summary")], columns_of(book, "summary")
    formats: dict[str, set[str]] = {}
    for row in sheet.iter_rows(min_row=2):
        cell = row[places["median"]]
        if isinstance(cell.value, int | float):
            formats.setdefault(row[places["unit"]].value, set()).add(cell.number_format)
    assert formats["share of councils"] == {"0.0%"}
    assert formats["months"] == formats["visits"] == {"#,##0"}
    assert formats["£m"] == {"£#,##0.0;−£#,##0.0"}
    sheet, places = book[sheet_of("comparison")], columns_of(book, "comparison")
    rows = list(sheet.iter_rows(min_row=2))
    points = [row for row in rows if row[places["unit"]].value == "percentage points"]
    assert points
    for row in points:
        if row[places["difference"]].value is not None:
            assert row[places["difference"]].number_format == "+0.0;−0.0;0.0"
        assert row[places["paired"]].value in ("yes", "no")


def test_the_first_sheet_says_what_came_out(book: Any, facts: Facts) -> None:
    first = book.worksheets[0]
    assert book.sheetnames[:3] == ["Headline", "Contents", "Read me"]
    assert first["A1"].value == facts.experiment.title
    assert first["A2"].value == facts.experiment.question
    head = [cell.value for cell in first[5]]
    rows = list(first.iter_rows(min_row=6, max_row=5 + len(facts.scenarios)))
    assert [row[0].value for row in rows] == [facts.title(one).text for one in facts.scenarios]
    at = head.index("Joined 12 months after opening: median")
    for row, scenario in zip(rows, facts.scenarios, strict=True):
        wanted = facts.findings.value("headline", (scenario,), "median")
        assert row[at].value == pytest.approx(wanted)
        assert row[at].number_format == "0%"
    assert "Joined, against Common procurement: points" in head
    (chart,) = first._charts
    assert len(chart.series) == 1
    assert chart.series[0].val.numRef.f == f"Headline!$D$6:$D${5 + len(facts.scenarios)}"


def test_contents_lead_to_every_sheet(book: Any) -> None:
    links = {
        row[0].value: row[0].hyperlink.location
        for row in book["Contents"].iter_rows(min_row=2)
        if row[0].value
    }
    assert set(links) == set(book.sheetnames) - {"Contents"}
    assert all(location == f"'{name}'!A1" for name, location in links.items())


def test_outcomes_and_properties(book: Any, facts: Facts) -> None:
    outcomes = {row[3]: row[0] for row in book["Outcomes"].iter_rows(min_row=2, values_only=True)}
    assert set(outcomes) == set(facts.findings["summary"]["outcome"])
    assert all(outcomes.values())
    about = book.properties
    assert (about.title, about.creator) == (facts.experiment.title, "council-platform-sim")
    assert about.keywords == "run 0123456789ab"


def test_one_scenario_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    one = SMALL[: SMALL.index("[scenarios.no_visits]")]
    results = simulate(load_experiment(written(tmp_path, one)), seeds=1, workers=1, out=None)
    path = tmp_path / "summary.xlsx"
    write_workbook(path, Facts(results.experiment, find(results)))
    book = openpyxl.load_workbook(path)
    head = [cell.value for cell in book["Headline"][5]]
    assert not [title for title in head if title and "against" in title]
    assert "No rows in this experiment." in {
        row[0].value for row in book[sheet_of("comparison")].iter_rows()
    }
    book.close()


def test_hostile_texts_stay_texts(facts: Facts, tmp_path: Path) -> None:
    scenarios = {
        name: one.model_copy(update={"title": title, "stands_for": title})
        for (name, one), title in zip(facts.experiment.scenarios.items(), HOSTILE, strict=False)
    }
    update = {
        "title": HOSTILE[3],
        "question": HOSTILE[2],
        "caveats": HOSTILE,
        "scenarios": scenarios,
    }
    hostile = facts.experiment.model_copy(update=update)
    path = tmp_path / "summary.xlsx"
    write_workbook(path, replace(facts, experiment=hostile))
    book = openpyxl.load_workbook(path)
    texts = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.value
                assert cell.hyperlink is None or cell.hyperlink.location
                texts.add(cell.value)
    assert {HOSTILE[2], HOSTILE[3]} <= texts
    book.close()


def test_names_of_sheets_are_short_and_lead_nowhere() -> None:
    assert sheet_name("Every outcome of every scenario") == "Every outcome of every scenario"
    assert sheet_name("a[b]:c*d?e/f\\g") == "a b  c d e f g"
    assert len(sheet_name("word " * 20)) <= 31
    names = [sheet_name(SHEETS.get(name, one.title)) for name, one in FINDINGS.items()]
    assert len(set(names)) == len(names)


def test_a_column_that_has_no_title_is_called_by_its_name() -> None:
    assert title_of("some_new_column") == "Some new column"
    assert "." not in title_of("behaviour.cost_weight")
