"""What is said of an audit of versions: a silence of the network is no good news."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.shared.folders import ROOT

SOUND = {"name": "numpy", "version": "2.4.6", "vulns": []}
SKIPPED = {"name": "mesa", "skip_reason": "not found"}
KNOWN = {"id": "PYSEC-1", "fix_versions": ["3.1.6"], "aliases": [], "description": "..."}
VULNERABLE = {"name": "jinja2", "version": "3.1.0", "vulns": [KNOWN]}


def said(folder: Path, versions: list[dict[str, Any]] | None) -> tuple[int, str]:
    path = folder / "found.json"
    if versions is not None:
        path.write_text(json.dumps({"dependencies": versions, "fixes": []}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "audited.py"), str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize("versions", [None, [], [SKIPPED]])
def test_what_could_not_be_looked_up_is_said_and_blocks_nothing(
    versions: list[dict[str, Any]] | None, tmp_path: Path
) -> None:
    assert said(tmp_path, versions) == (
        0,
        "No advisories could be reached: vulnerabilities were NOT looked up.\n",
    )


def test_a_vulnerable_version_fails_and_is_named(tmp_path: Path) -> None:
    code, text = said(tmp_path, [SOUND, SKIPPED, VULNERABLE])
    assert code == 1
    assert "2 of 3 versions were looked up." in text
    assert "NOT looked up: mesa." in text
    assert "jinja2 3.1.0: PYSEC-1, mended in 3.1.6" in text
    assert said(tmp_path, [SOUND])[0] == 0


def test_no_script_names_an_index_of_packages() -> None:
    for path in (ROOT / ".ci").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "index-url" not in text, path
