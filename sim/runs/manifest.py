"""What made a folder of results, in one JSON file beside them."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.files.problems import NOT_FILES
from sim.files.writing import write_text

if TYPE_CHECKING:  # who lists results, waits for neither
    import pandas as pd

    from sim.settings import Experiment

PACKAGES = ("mesa", "networkx", "numpy", "pandas", "pyarrow", "pydantic", "scipy", "matplotlib")
FILE = "manifest.json"


def experiment_name(path: Path) -> str:
    """Name of an experiment's results, from its file name; safe as a folder."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", path.stem).strip("_") or "experiment"
    return f"{name}_" if NOT_FILES.fullmatch(name.lower()) else name


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a manifest; empty if there is none, or something else of that name."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    # Deeply nested brackets are more than Python reads.
    except (OSError, ValueError, RecursionError):
        return {}
    return content if _is_manifest(content) else {}


def _is_manifest(content: object) -> bool:
    """Has it all that is read of it, in the form in which it is written?"""
    if not isinstance(content, dict):
        return False
    sessions, seeds = content.get("sessions"), content.get("seeds")
    return (
        isinstance(sessions, list)
        and bool(sessions)
        and all(isinstance(one, dict) and isinstance(one.get("ended"), str) for one in sessions)
        and all(isinstance(one.get("git"), dict | None) for one in sessions)
        and isinstance(seeds, dict)
        and all(_is_count(count) for count in (seeds.get("count"), *_counts(content)))
        and all(isinstance(content.get(key), str) for key in ("hash", "version"))
    )


def _counts(content: dict[str, Any]) -> tuple[object, object]:
    return content.get("runs"), content.get("failed_runs")


def _is_count(entry: object) -> bool:
    return isinstance(entry, int) and not isinstance(entry, bool) and entry >= 0


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest in one step."""
    write_text(folder / FILE, manifest_text(manifest))


def manifest_text(manifest: dict[str, Any]) -> str:
    """Return what stands in the file."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def git_state() -> dict[str, Any] | None:
    """Commit of the sources and whether they differ from it; None outside a checkout."""
    root = Path(__file__).resolve().parents[2]

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, timeout=10, check=True
        )
        return done.stdout.strip()

    try:
        return {
            "commit": git("rev-parse", "HEAD"),
            "changed": bool(git("status", "--porcelain", "--untracked-files=no")),
        }
    except (OSError, subprocess.SubprocessError):
        return None


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def session_of(now: str, seconds: float, workers: int, engine: str) -> dict[str, Any]:
    """Describe one call: how long it took, and on what."""
    return {
        "ended": now,
        "seconds": round(seconds, 1),
        "workers": workers,
        "engine": engine,
        "version": __version__,
        "git": git_state(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": {name: _version_of(name) for name in PACKAGES},
    }


def new_manifest(
    earlier: dict[str, Any],
    *,
    experiment: Experiment,
    settings_hash: str,
    model_hash: str,
    runs: pd.DataFrame,
    failed: int,
    seconds: float,
    workers: int,
    engine: str,
) -> dict[str, Any]:
    """Describe results after a session; earlier sessions stay listed."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    session = session_of(now, seconds, workers, engine)
    seeds = sorted({int(seed) for seed in runs["seed"]}) if len(runs) else []
    return {
        "title": experiment.title,
        "hash": settings_hash,
        "model_hash": model_hash,
        "version": __version__,
        "runs": len(runs),
        "failed_runs": failed,
        "seeds": {
            "count": len(seeds),
            "first": seeds[0] if seeds else None,
            "last": seeds[-1] if seeds else None,
        },
        "created": earlier.get("created", now),
        "sessions": [*earlier.get("sessions", []), session],
    }
