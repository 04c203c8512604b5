"""Past results: which folders hold some, what made them, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.runs.manifest import FILE, read_manifest
from sim.runs.record import FILE as RECORD
from sim.runs.record import condition, place_of, told

STORIES = "joined.parquet"
# Folder of the sweeps of an experiment, in which each has one of its name.
SWEEPS = "sweep"


@dataclass(frozen=True)
class Past:
    """A folder of results, with what made it if that can be read, and what is wrong with it."""

    path: Path
    manifest: dict[str, Any]
    wrong: str

    @property
    def ended(self) -> str:
        """When something was last run in it."""
        return str(self.manifest["sessions"][-1]["ended"]) if self.manifest else ""


def past_results(out: Path) -> list[Past]:
    """Folders of results, newest last; those of which nothing is known come first."""
    places = {path.parent for name in (FILE, RECORD, STORIES) for path in out.glob(f"*/*/{name}")}
    found = [_looked_at(folder) for folder in places]
    # A folder with nothing but a file of the same name is somebody else's.
    ours = [one for one in found if one.manifest or one.wrong]
    return sorted(ours, key=lambda one: (one.ended, one.path))


def _looked_at(folder: Path) -> Past:
    manifest = read_manifest(folder)
    kept = place_of(folder, RECORD).exists()
    # Earlier versions kept no record.
    wrong = dict(condition(folder, manifest.get("hash"), quick=True).wrong) if kept else {}
    if not manifest and (kept or (folder / STORIES).exists()):
        wrong[FILE] = "is damaged" if (folder / FILE).exists() else "is lost"
    return Past(folder, manifest, told(wrong))
