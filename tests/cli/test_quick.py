"""Quick starts: a verb loads only what it uses, and takes little more time than pandas to load."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.shared.folders import ROOT

HEAVY = {"matplotlib", "mesa", "networkx", "numba", "numpy", "openpyxl", "pandas", "pyarrow"}
HEAVY |= {"scipy", "tqdm"}
# What each quick verb is called with, and what it may load of the above.
VERBS: dict[str, tuple[list[str], set[str]]] = {
    "--help": (["--help"], set()),
    "--version": (["--version"], set()),
    "list": (["list"], set()),
    "new": (["new", "a_question", "--folder", "FOLDER"], set()),
    "evidence": (["evidence"], {"numpy"}),
    "evidence of one": (["evidence", "behaviour.saving_weight"], {"numpy"}),
    "council": (["council", "Fife", "--out", "FOLDER"], {"numpy"}),
    "check quickstart": (["check", "quickstart"], {"numpy"}),
    "check gaap_vs_scotland": (["check", "gaap_vs_scotland"], {"numpy"}),
    "check uk_beacon": (["check", "uk_beacon"], {"numpy"}),
    "check history/notify": (["check", "history/notify"], {"numpy"}),
}
# Processor time of a verb over that of `import pandas`, at most.
MOST = 1.5
ROUNDS = 7

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


def words_of(verb: str, folder: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    return [str(folder) if word == "FOLDER" else word for word in VERBS[verb][0]]


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


def processor_seconds(command: Sequence[str]) -> float:
    """Time that a process takes on all cores, waiting left out."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="measures with the resource module")
def test_a_verb_takes_little_more_time_than_pandas_to_load(tmp_path: Path) -> None:
    taken: dict[str, list[float]] = {"pandas": [], **{verb: [] for verb in VERBS}}
    for number in range(ROUNDS):  # in turns, so that a busy machine slows all alike
        taken["pandas"].append(processor_seconds([sys.executable, "-c", "import pandas"]))
        for verb in VERBS:
            words = words_of(verb, tmp_path / f"{number} {verb.replace('/', ' ')}")
            taken[verb].append(processor_seconds([sys.executable, "run.py", *words]))
    # The first round fills the caches of the system and of Python.
    pandas = statistics.median(taken.pop("pandas")[1:])
    ratios = {verb: statistics.median(times[1:]) / pandas for verb, times in taken.items()}
    print(", ".join(f"{verb}: {ratio:.2f}" for verb, ratio in ratios.items()))
    assert {verb: ratio for verb, ratio in ratios.items() if ratio > MOST} == {}
