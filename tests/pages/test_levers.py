"""The page of levers says what its runs gave, and is read again for the log of assumptions."""

from __future__ import annotations

from pathlib import Path

from sim.pages.assurance_logs import assumptions_log
from sim.pages.levers import LEVERS, levers_page
from sim.present.markdown import markdown
from tests.shared.pages import markdown_tables

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
[scenarios.framework]
title = "A | *framework*"
programme = "scottish_framework"
councils = { codes = ["Fife", "Clackmannanshire", "Stirling", "Perth and Kinross"] }
[scenarios.nothing]
title = "Nothing on offer"
offers = {}
councils = { codes = ["Fife", "Clackmannanshire", "Stirling", "Perth and Kinross"] }
"""


def test_levers_are_moved_told_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text(TINY, encoding="utf-8")
    page = levers_page(file, seeds=2, workers=1)
    assert "12 months after opening, in per cent: mean of 2 simulated futures" in page
    (table,) = markdown_tables(page)
    head, _, base, *rows = table
    assert head == ["Lever", "Range", "A \\| \\*framework\\*", "Nothing on offer", "Remark"]
    assert base[0] == "_as it is_"
    assert base[3] == "**–**"  # nothing opens, so that nobody can have joined after it
    assert [row[0] for row in rows] == [lever.meaning for lever in LEVERS]
    assert {row[3] for row in rows} == {"–"}
    moved = {row[0]: row[2] for row in rows}
    low, high = map(int, moved["months of approval"].split(" → "))
    assert low > high == 0  # a year of approval is longer than what is looked at
    written = tmp_path / "levers.md"
    written.write_text(page, encoding="utf-8")
    assert f"| `offers.approval_months` | 0 | months | assumption | – | – | {low} |" in markdown(
        assumptions_log(written)
    )
