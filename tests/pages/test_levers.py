"""The page of levers says what its runs gave, and is read again for the log of assumptions."""

from __future__ import annotations

from inspect import signature
from pathlib import Path

import pytest

from sim.analysis.findings import find
from sim.cli.app import levers
from sim.experiment.levers import LEVERS
from sim.files.spreadsheet import write_csv
from sim.pages.assurance_logs import assumptions_log
from sim.pages.levers import levers_page
from sim.present.formats import points
from sim.present.markdown import markdown
from sim.present.report.facts import Facts
from sim.study import move_levers
from tests.shared.folders import DOCS, ROOT
from tests.shared.pages import markdown_tables, text_of

# Four councils that border on each other, and a title that must not break the table.
TINY = """
title = "Tiny"
question = "What does each lever do?"
[horizon]
starts = "2018-05"
ends = "2020-04"
[outcomes]
months_since_opening = [12]
headline_months = 12
[sensitivity]
seeds = 0
[ideas]
seeds = 0
[scenarios.framework]
title = "A | *framework*"
programme = "scottish_framework"
councils = { codes = ["Fife", "Clackmannanshire", "Stirling", "Perth and Kinross"] }
[scenarios.nothing]
title = "Nothing on offer"
offers = {}
councils = { codes = ["Fife", "Clackmannanshire", "Stirling", "Perth and Kinross"] }
"""


@pytest.mark.slow
def test_the_page_of_the_main_experiment_is_in_step(tmp_path: Path) -> None:
    """Made by ``python run.py levers experiments/gaap_vs_scotland.toml --write docs/levers.md``."""
    seeds = signature(levers).parameters["seeds"].default
    assert seeds == 40
    results = move_levers(ROOT / "experiments" / "gaap_vs_scotland.toml", seeds=seeds)
    findings = find(results)
    page = markdown(levers_page(Facts(results.experiment, findings)), findings)
    assert page == text_of("levers.md")
    table = tmp_path / "levers.csv"
    write_csv(table, findings["levers"])
    assert table.read_bytes() == (DOCS / "levers.csv").read_bytes()


def test_levers_are_moved_told_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    results = move_levers(file, seeds=2, workers=1)
    findings = find(results)
    page = markdown(levers_page(Facts(results.experiment, findings)), findings)
    assert "12 months after opening, and how it changes" in page
    assert "over 2 simulated futures, against the same futures with the lever as it is" in page
    (table,) = markdown_tables(page)
    head, _, base, *rows = table
    # Where nothing is on offer there is nothing to move.
    assert head == ["Lever", "Range", "A \\| \\*framework\\*", "Remark"]
    assert results.scenarios == ["framework", "nothing"]
    assert set(findings["levers"]["scenario"]) == {"framework"}
    assert base[0].startswith("_as it is_")
    assert [row[0] for row in rows] == [lever.meaning for lever in LEVERS]
    moved = {row[0]: row[2] for row in rows}
    approval = findings.row("levers", "framework", "offers.{offer}.approval_months")
    assert approval is not None
    runs = results.of("scenario")
    same_seeds = (runs["scenario"] == "framework") & (runs["seed"] <= 2)
    usual = float(runs.loc[same_seeds, "joined_share_12m"].mean())
    # A year of approval is longer than what is looked at; the file itself asks for none.
    low, high = float(str(approval["at_low"])), float(str(approval["at_high"]))
    assert (low, high) == pytest.approx((0.0, -usual))
    assert usual > 0.0
    assert moved["months of approval"] == f"{points(low)} → {points(high)}"
    written = tmp_path / "levers.csv"
    write_csv(written, findings["levers"])
    effect = round(100 * usual)
    assert f"| `offers.approval_months` | 0 | months | assumption | – | – | {effect} |" in markdown(
        assumptions_log(written)
    )
