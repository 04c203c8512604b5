"""The notebooks of `docs/notebooks/` say what they would say if they were executed today."""

from __future__ import annotations

import re

import pytest

from tests.notebooks import FOLDER, NAMES, executed, read, said, tidied
from tests.shared.folders import DOCS


def test_all_notebooks_are_named_and_small() -> None:
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NAMES)
    page = (DOCS / "research.md").read_text(encoding="utf-8")
    for name in NAMES:
        path = FOLDER / f"{name}.ipynb"
        assert path.stat().st_size < 200_000
        assert f"notebooks/{name}.ipynb" in page
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(home|tmp|Users|usr)/|[A-Z]:\\\\", text)
        code = [cell for cell in read(name).cells if cell.cell_type == "code"]
        assert all(cell.execution_count == number for number, cell in enumerate(code, 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_says_what_stands_in_it(name: str) -> None:
    assert said(tidied(executed(name))) == said(read(name))
