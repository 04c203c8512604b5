"""Pictures say what they are drawn from."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from sim.present.blocks import Picture, Rows
from sim.present.html import html
from sim.present.report.facts import Facts
from sim.present.shown import with_rows
from tests import gallery
from tests.shared.small_results import results, view_of


def facts_of(case: str) -> Facts:
    view = view_of(results(gallery.CASES[case]()))
    return Facts(view.experiment, view.findings)


def test_reasons_of_cancelled_futures_are_offered_beside_those_of_all(tmp_path: Path) -> None:
    facts = facts_of("reviewed")
    (block,) = with_rows([Picture("why_not", "Why", "why_not.png")], facts)
    assert isinstance(block, Picture)
    assert (block.rows, block.more) == (Rows("reasons"), [Rows("fate_reasons")])
    Image.new("L", (9, 9)).save(tmp_path / "why_not.png")
    page = html([block], facts.findings, tmp_path)
    assert 'download="why_not.csv"' in page
    assert 'download="why_not-fate_reasons.csv"' in page
    assert ">cancelled</td>" in page
    assert page.count("The data in this picture") == 1


@pytest.mark.parametrize("case", ["two", "eight"])
def test_without_a_review_there_is_nothing_else_to_offer(case: str) -> None:
    (block,) = with_rows([Picture("why_not", "Why", "why_not.png")], facts_of(case))
    assert isinstance(block, Picture)
    assert (block.rows, list(block.more)) == (Rows("reasons"), [])
