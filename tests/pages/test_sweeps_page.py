"""The how-to of sweeps: its examples are executed, in their order."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sim.settings import Sweep
from tests.shared.folders import DOCS, ROOT
from tests.shared.pages import first_cells, text_of

TEXT = (DOCS / "sweeps.md").read_text(encoding="utf-8")


def test_examples_in_python_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "experiments" / "sweeps", tmp_path / "experiments" / "sweeps")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(blocks) == 8
    done = 0
    for block in blocks:
        try:
            exec(compile(block, "sweeps.md", "exec"), names)
        except ModuleNotFoundError as error:
            if error.name not in ("polars", "duckdb"):  # these are the reader's own
                raise
        else:
            done += 1
            assert capsys.readouterr().out.strip()
    assert done >= 5
    assert len(names["runs"]) == 16 * 4
    dictionary = text_of("data-dictionary.md")
    for table in ("design", "runs"):
        described = first_cells(dictionary, f"Sweep: {table}.parquet")
        about = [name for name in names[table].columns if "." not in name]
        kept = names["found"].design.outcomes
        assert set(described) - {"draw"} == set(about) - {"draw", *kept}


def test_the_example_of_a_file_is_a_sweep() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    Sweep.model_validate(tomllib.loads(block)["sweep"]["push"])
