"""The tests of the page's scripts, which run in Node: they need no package of it."""

from __future__ import annotations

import shutil
import subprocess

from tests.shared.browser import found_or_not
from tests.shared.folders import ROOT


def test_scripts_pass_their_tests() -> None:
    node = found_or_not(shutil.which("node"), "node")
    done = subprocess.run(
        [node, "--test"], cwd=ROOT / "tests" / "web", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "# pass 0" not in done.stdout
