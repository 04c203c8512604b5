"""What ideas bring where the model is built otherwise: run, held against itself, and told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from sim.analysis.findings import Findings, find
from sim.analysis.ideas import ideas_standing_table
from sim.experiment.design import STRUCTURE_WITHOUT, points
from sim.experiment.ideas import IDEAS
from sim.experiment.size import shares
from sim.present.blocks import Paragraph, Table, plain
from sim.present.report.facts import Facts
from sim.present.report.ideas import ideas
from sim.present.report.standing import turned
from sim.runs.results import Results
from sim.study import simulate
from tests.shared.experiments import SMALL, written
from tests.shared.structures import come_along, make_structures

ASKED = """
[structures]
seeds = 4
scenarios = ["framework"]

[ideas]
seeds = 5
scenarios = ["framework", "drawn"]"""
TEXT = SMALL.replace("count = 3", "count = 6").replace("[ideas]\nseeds = 0", ASKED)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    folder = tmp_path_factory.mktemp("both")
    with pytest.MonkeyPatch.context() as patch:
        come_along(patch, make_structures(folder / "structures"))
        yield simulate(written(folder, TEXT), workers=1, out=None, engine="compiled")


@pytest.fixture(scope="module")
def found(results: Results) -> Findings:
    return find(results)


def test_each_idea_is_switched_off_in_each_structure(results: Results) -> None:
    experiment = results.experiment
    chosen = [point for point in points(experiment) if point.kind == STRUCTURE_WITHOUT]
    assert [(point.design, point.scenario, point.position) for point in chosen] == [
        (structure, "framework", place) for structure in ("today", "alone") for place in range(3)
    ]
    for point in chosen:
        assert point.changes == tuple(IDEAS.values())[point.position].off
        assert point.parameters(experiment).fit == f"structure:{point.design}"
        assert point.seeds == 4
    planned = sum(share.points * share.seeds for share in shares(experiment))
    assert planned == len(results.runs)


def test_each_future_is_held_against_itself(results: Results, found: Findings) -> None:
    table = found["ideas_in_structures"]
    runs = results.runs.set_index(["point", "seed"])["joined_share_12m"]
    assert len(table) == 2 * len(IDEAS)
    for row in table.to_dict("records"):
        at = f"structure/{row['structure']}"
        usual = runs[f"{at}/framework"]
        without = runs[f"{at}/without/framework/{row['idea']}"]
        assert row["seeds"] == 4
        assert row["with_idea"] == pytest.approx(usual.mean())
        assert row["difference"] == pytest.approx((usual - without).mean())
        assert row["few"]


def test_what_comes_out_alike_is_counted(found: Findings) -> None:
    table = found["ideas_standing"]
    assert list(table["idea"]) == list(IDEAS)
    for row in table.to_dict("records"):
        of = found["ideas_in_structures"]
        others = of.loc[of["idea"] == row["idea"], "verdict"]
        own = found.value("ideas", (row["scenario"], row["idea"]), "verdict")
        assert row["structures"] == 3
        assert row["reading"] == own
        assert row["same"] == 1 + int((others == own).sum())
        assert row["few"]


def told(results: Results, found: Findings, **verdicts: tuple[str, str, str]) -> Facts:
    """Facts in which ideas read like this, in the main structure and in the two others."""
    tables = dict(found)
    ends = {"higher": (0.05, 0.09), "lower": (-0.09, -0.05), "hardly differs": (-0.01, 0.01)}

    def rows(place: int, **keys: str) -> list[dict[str, Any]]:
        return [
            {
                **keys,
                "scenario": "framework",
                "idea": idea,
                "outcome": "joined_share_12m",
                "seeds": 40,
                "few": False,
                "with_idea": 0.5,
                "without_idea": 0.5 - sum(ends[reading[place]]) / 2,
                "difference": sum(ends[reading[place]]) / 2,
                "low": ends[reading[place]][0],
                "high": ends[reading[place]][1],
                "verdict": reading[place],
            }
            for idea, reading in verdicts.items()
        ]

    tables["ideas"] = pd.DataFrame(rows(0))
    elsewhere = [*rows(1, structure="today"), *rows(2, structure="alone")]
    tables["ideas_in_structures"] = pd.DataFrame(elsewhere)
    tables["ideas_standing"] = ideas_standing_table(
        results, tables["ideas"], tables["ideas_in_structures"]
    )
    return Facts(results.experiment, Findings(tables))


def test_what_turns_over_is_said_in_the_answer_and_in_the_section(
    results: Results, found: Findings
) -> None:
    facts = told(
        results,
        found,
        pressure=("higher", "lower", "hardly differs"),
        network=("higher", "higher", "hardly differs"),
    )
    standing = facts.findings["ideas_standing"].set_index("idea")
    for counted in ("same", "up", "down", "unclear"):
        assert standing.at["pressure", counted] == 1
    assert standing["turns"].tolist() == [True, False]  # of budgets, of neighbours
    first = turned(facts)
    assert first is not None
    said = plain(first.text, facts.findings)
    assert "tight budgets bring more members in under “Common procurement" in said
    assert "in 1 of 3 ways to build it and fewer in 1." in said
    assert "neighbours" not in said

    blocks = list(ideas(facts))
    words = [plain(one.text, facts.findings) for one in blocks if isinstance(one, Paragraph)]
    (elsewhere,) = [text for text in words if text.startswith("However the model is built.")]
    assert "What tight budgets bring reads alike in 1 of 3 under" in elsewhere
    assert "turning over in some; what ties between councils bring reads alike in 2" in elsewhere
    _, table = [one for one in blocks if isinstance(one, Table)]
    cells = [[plain(cell, facts.findings) for cell in row] for row in table.rows]
    assert [row[1] for row in cells] == ["As before", "No influence between councils"]
    assert cells[0][3] == "\u22127.0 (\u22129.0 to \u22125.0)"


def test_nothing_is_said_where_it_was_not_run(results: Results, found: Findings) -> None:
    tables = dict(found)
    tables["ideas_in_structures"] = tables["ideas_in_structures"].iloc[:0]
    facts = Facts(results.experiment, Findings(tables))
    assert "However the model" not in str(list(ideas(facts)))


def test_nothing_is_counted_where_no_run_of_the_main_structure_went_through(
    results: Results, found: Findings
) -> None:
    ideas_found = found["ideas"]
    left = ideas_found[ideas_found["idea"] != "pressure"]
    table = ideas_standing_table(results, left, found["ideas_in_structures"])
    assert list(table["idea"]) == ["autonomy", "network"]
