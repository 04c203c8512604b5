"""The how-to of many machines: its script is one, and calls what it should."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.shared.folders import DOCS

TEXT = (DOCS / "scale.md").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="batch systems run shells of POSIX")
def test_the_script_of_an_array_job_runs_its_part() -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", TEXT, flags=re.DOTALL)
    assert script.startswith("#!/bin/bash\n#SBATCH ")
    (tasks,) = re.findall(r"#SBATCH --array=1-(\d+)\n", script)
    told = subprocess.run(
        ["bash", "-c", 'python() { echo "$@"; }\n' + script],
        env={**os.environ, "SLURM_ARRAY_TASK_ID": "3", "SLURM_CPUS_PER_TASK": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    words = f"run.py sweep sweeps/push_or_terms push --shard 3/{tasks} --workers 2"
    assert told.stdout.split() == words.split()


def test_the_example_in_python_is_one() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    exec(compile(example, "scale.md", "exec"), {"__name__": "imported"})
