"""Notebooks of `docs/notebooks/`, executed as their readers would.

    python -m tests.notebooks            # executes all, and writes what comes out into them
    python -m tests.notebooks policy     # one of them

A slow test does the same and compares what is said with what stands in the files.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.shared.folders import DOCS, ROOT

FOLDER = DOCS / "notebooks"
NAMES = ("policy", "research", "extending")
SECONDS = 240


def read(name: str) -> Any:
    """Read a notebook as it is kept."""
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]


def executed(name: str) -> Any:
    """Execute a notebook anew, on the code of this checkout."""
    notebook = read(name)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": FOLDER}}
    )
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    client.execute(env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
    return notebook


def said(notebook: Any) -> list[str]:
    """Texts that the cells of a notebook give, in their order; pictures are passed over."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                found.append(str(output.text))
            elif "image/png" not in output.get("data", {}):
                found.append(str(output.data["text/plain"]))
    return found


def tidied(notebook: Any) -> Any:
    """Leave out what hangs on the machine and the moment, and what progress bars leave behind."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells, 1):
        cell.metadata = {}
        cell.id = f"cell-{number}"
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def write(name: str) -> Path:
    """Execute a notebook and keep what comes out."""
    path = FOLDER / f"{name}.ipynb"
    text = nbformat.writes(tidied(executed(name)))  # type: ignore[no-untyped-call]
    path.write_text(text + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    for wanted in sys.argv[1:] or NAMES:
        print(f"Wrote {write(wanted)}.")
