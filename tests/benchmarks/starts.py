"""Section D: how long does a person wait for a verb that runs nothing?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.report import spread, table
from tests.shared.folders import ROOT
from tests.shared.quick_verbs import VERBS, words_of

TITLE = "Quick starts"
YARDSTICK = "import pandas"


def processor_seconds(command: Sequence[str], compiled: Path) -> float:
    """Time that a process takes on all cores, waiting left out."""
    import resource

    # As on a user's machine, where Python keeps what it has compiled.
    of = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        check=True,
        env={**of, "PYTHONPYCACHEPREFIX": str(compiled)},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def section(rounds: int, quick: bool) -> str:
    """Time each verb beside loading pandas, in turn."""
    if os.name == "nt":
        return "Not measured: Windows has no module `resource`."
    verbs = list(VERBS)[:2] if quick else list(VERBS)
    taken: dict[str, list[float]] = {YARDSTICK: [], **{verb: [] for verb in verbs}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(rounds + 1):
            commands = {YARDSTICK: [sys.executable, "-c", YARDSTICK]}
            for position, verb in enumerate(verbs):
                words = words_of(verb, folder / f"{number} {position}")
                commands[verb] = [sys.executable, "run.py", *words]
            for verb, command in commands.items():
                taken[verb].append(processor_seconds(command, folder / "compiled"))
    # The first round fills the caches of the system and of Python.
    pandas, *others = (times[1:] for times in taken.values())
    rows = [
        [f"`{verb}`", spread(times), spread([a / b for a, b in zip(times, pandas, strict=True)])]
        for verb, times in zip(verbs, others, strict=True)
    ]
    return (
        f"Processor time of a whole process; `{YARDSTICK}` takes {spread(pandas)} seconds.\n\n"
        + table(["", "seconds", f"times `{YARDSTICK}`"], rows)
    )
