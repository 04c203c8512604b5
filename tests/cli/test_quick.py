"""Quick starts: a verb loads only what it uses.

How long each takes beside pandas is measured by ``python -m tests.benchmarks --only starts``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared.folders import ROOT
from tests.shared.quick_verbs import VERBS, words_of

HEAVY = {"matplotlib", "mesa", "networkx", "numba", "numpy", "pandas", "pyarrow", "xlsxwriter"}
HEAVY |= {"scipy", "tqdm"}

LOADED = """
import sys
from sim.cli.app import main
sys.argv = ["run.py", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("\\n" + " ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_loads_only_what_it_uses(verb: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words_of(verb, tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = HEAVY & set(done.stdout.splitlines()[-1].split())
    assert loaded <= VERBS[verb][1]
