"""What a report says of rival structures: what turns over, and in how many a finding stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.analysis.findings import Findings
from sim.analysis.structures import STANDING_COLUMNS
from sim.present.blocks import Heading, Paragraph, Table, plain
from sim.present.figures.structures import structures as drawn
from sim.present.figures.style import drawing
from sim.present.report.answer import answer
from sim.present.report.facts import Facts
from sim.present.report.standing import spread, stands, turned
from sim.present.report.structures import structures
from sim.present.view import View
from tests.present.held import Held
from tests.present.test_answer import facts_of, hold, text_of
from tests.shared.structures import come_along, make_structures

ASKED = '[structures]\nseeds = 40\nscenarios = ["a", "b"]\n'


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Facts, Held]]:
    folder = tmp_path_factory.mktemp("structures")
    text = text_of({"a": "", "b": "|depth = 0.9"}, seeds=60, more=ASKED)
    with pytest.MonkeyPatch.context() as patch:
        come_along(patch, make_structures(folder / "structures"))
        yield facts_of(folder, text)


@pytest.fixture
def facts(both: tuple[Facts, Held]) -> Facts:
    return both[0]


def standing(facts: Facts, *rows: dict[str, Any]) -> Facts:
    """The same facts in which these findings stand or do not."""
    usual = {"outcome": "passed", "structures": 4, "unclear": 0, "few": False, "turns": False}
    table = pd.DataFrame([{**usual, **row} for row in rows], columns=list(STANDING_COLUMNS))
    return Facts(facts.experiment, Findings({**facts.findings, "standing": table}))


def stood(scenario: str, reading: str, same: int, **more: Any) -> dict[str, Any]:
    return {"scenario": scenario, "versus": "", "reading": reading, "same": same, **more}


def words(facts: Facts, statement: Any) -> str:
    return plain(statement.text, facts.findings)


# ---------------------------------------------------------------- the answer


def test_answer_and_report_hold_against_the_tables(both: tuple[Facts, Held]) -> None:
    said = hold(*both)
    assert "is on the same side of an even chance in" in said
    assert "the model is built one way or another" in said


def test_it_says_in_how_many_structures_a_chance_is_on_the_same_side(facts: Facts) -> None:
    told = standing(facts, stood("a", "higher", 3), stood("b", "lower", 4))
    said = words(told, stands(told, ["a", "b"]))
    assert "3 of 4 ways to build the model under “Scenario a” and 4 of 4 under" in said
    all_alike = standing(facts, stood("a", "higher", 4), stood("b", "lower", 4))
    assert "in each of 4 ways" in words(all_alike, stands(all_alike, ["a", "b"]))


def test_it_says_between_which_medians_the_structures_differ(facts: Facts) -> None:
    told = words(facts, spread(facts, ["b"]))
    middles = sorted(row["median"] for row in facts.rows("structures", scenario="b"))
    ends = [f"{100.0 * middle:.0f}" for middle in (middles[0], middles[-1])]
    assert f"{ends[0]}% to {ends[1]}% of councils are in under “Scenario b”" in told
    both = words(facts, spread(facts, ["a", "nobody", "b"]))
    assert both.count("%") == 4
    assert "“Scenario a” and " in both
    table = facts.findings["structures"]
    alike = Facts(
        facts.experiment, Findings({**facts.findings, "structures": table.assign(median=0.5)})
    )
    assert " 50% of councils are in under “Scenario b”" in words(alike, spread(alike, ["b"]))
    few = Findings({**facts.findings, "structures": table.assign(few=True)})
    assert spread(Facts(facts.experiment, few), ["a", "b"]).text == []


@pytest.mark.parametrize("row", [stood("a", "cannot be told", 1), stood("a", "lower", 4, few=True)])
def test_nothing_stands_that_is_not_clear(facts: Facts, row: dict[str, Any]) -> None:
    told = standing(facts, row)
    assert stands(told, ["a", "b"]).text == []
    assert stands(told, ["a", "b"]).claims == ()


def test_what_turns_over_is_said_first(facts: Facts) -> None:
    goal = stood("a", "higher", 2, up=2, down=1, unclear=1, turns=True)
    order = stood("b", "lower", 3, up=1, down=3, turns=True) | {"versus": "a"}
    told = standing(facts, goal, stood("b", "lower", 4, down=4), order)
    first = plain(answer(told)[0], told.findings)
    assert first.startswith("What hangs on how the model is built:")
    assert "under “Scenario a” is likelier than not in 2 of 4 ways to build it" in first
    assert "less likely than not in 1;" in first
    assert "“Scenario b” has more members than “Scenario a”" in first
    assert "in 1 of 4 ways to build it and fewer in 3." in first
    assert len(answer(told)) == len(answer(standing(facts))) + 1


def test_few_draws_turn_nothing_over(facts: Facts) -> None:
    few = standing(facts, stood("a", "higher", 1, up=1, down=1, few=True, turns=True))
    assert turned(few) is None


# ---------------------------------------------------------------- the section


def test_the_section_has_what_each_structure_is_and_all_that_they_say(facts: Facts) -> None:
    heading, lead, what, members, about, parts, scores, weights = structures(facts, ())
    assert isinstance(heading, Heading)
    assert plain(heading.text, facts.findings).startswith("Three sources of doubt")
    assert isinstance(lead, Paragraph)
    assert "How the model is built makes up" in plain(lead.text, facts.findings)
    titles = [plain(item, facts.findings) for item in getattr(what, "items", ())]
    assert [title.split(":")[0] for title in titles] == [
        "With all rules",
        "As before",
        "No influence between councils",
    ]
    assert "what other councils do reaches nobody" in titles[2]
    tables = [block for block in (members, parts, weights) if isinstance(block, Table)]
    assert [len(table.rows) for table in tables] == [6, 4, 5]
    cells = [[plain(cell, facts.findings) for cell in row] for row in tables[2].rows]
    assert cells[0][1:4] == ["11 ± 2", "–", "50% (20–80%)"]
    assert cells[1][1:3] == ["14 ± 2", "+3.0 ± 1"]
    assert cells[3][:3] == ["A curve: a rate of joining that stays as it is", "13 ± 2", "+2.0 ± 1"]
    assert isinstance(about, Paragraph)
    assert isinstance(scores, Paragraph)


def test_without_scores_nothing_is_said_of_them(facts: Facts) -> None:
    rivals = facts.findings["rivals"].assign(crps=float("nan"))
    told = Facts(facts.experiment, Findings({**facts.findings, "rivals": rivals}))
    assert len(list(structures(told, ()))) == len(list(structures(facts, ()))) - 2


def test_few_draws_are_called_few(facts: Facts) -> None:
    tables = {name: facts.findings[name].assign(few=True) for name in ("structures", "doubt")}
    told = Facts(facts.experiment, Findings({**facts.findings, **tables}))
    _, lead, *_ = structures(told, ())
    assert "Too few futures" in plain(getattr(lead, "text", ""), told.findings)


def test_nothing_is_said_or_drawn_where_nothing_was_run(tmp_path: Path) -> None:
    alone, held = facts_of(tmp_path, text_of({"a": ""}, seeds=2))
    assert list(structures(alone, ())) == []
    assert turned(alone) is None
    assert stands(alone, ["a"]).text == []
    assert drawn(View(held.results, alone.findings)) == []


# ---------------------------------------------------------------- the picture


def test_the_picture_has_a_band_for_each_and_marks_the_main_one(both: tuple[Facts, Held]) -> None:
    facts, held = both
    with drawing():
        (page,) = drawn(View(held.results, facts.findings))
        axes = page.canvas.axes[0]
        filled = [
            line.get_markerfacecolor() != "white"
            for line in axes.lines
            if line.get_marker() not in ("", "None", None)
        ]
        assert filled == [True, False, False] * 2
        shown = [text.get_text() for text in page.texts()]
    for title in ("With all rules", "As before", "No influence between councils"):
        assert shown.count(title) == 2
        assert page.alt.count(title) == 2
