"""The page for researchers: its examples are executed, but for the main experiment."""

from __future__ import annotations

import linecache
import re
from typing import Any

import pytest

from tests.shared.folders import DOCS, ROOT

TEXT = (DOCS / "research.md").read_text(encoding="utf-8")


def test_examples_in_python_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    first, *others = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert "gaap_vs_scotland" in first
    assert len(others) == 5
    for number, block in enumerate(others):
        # An outcome of one's own is known by its source, which is looked up in a file.
        name = f"research.md, example {number}"
        monkeypatch.setitem(linecache.cache, name, (len(block), None, block.splitlines(True), name))
        exec(compile(block, name, "exec"), dict[str, Any]())
        assert capsys.readouterr().out.strip() or "PlatformModel" in block
