"""Past sweeps: what they asked, how large they are, and how far they have come."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.files.words import plural
from sim.runs import record
from sim.runs.manifest import read_manifest
from sim.runs.past import SWEEPS
from sim.runs.results import SETTINGS
from sim.runs.sweep_store import BLOCKS, DESIGN


@dataclass(frozen=True)
class PastSweep:
    """A folder of results of a sweep.

    Attributes
    ----------
    path
        The folder.
    title
        What was asked; without one, the name of the sweep.
    points, replicates, done
        How many points, futures of each, and futures that are there.
    finished
        Whether its tables are put together.
    ended
        When something was last written, as ISO text.
    answer
        The first sentence of its page.
    """

    path: Path
    title: str
    points: int
    replicates: int
    done: int
    finished: bool
    ended: str
    answer: str

    @property
    def experiment(self) -> str:
        """Name of the experiment."""
        return self.path.parents[2].name

    @property
    def name(self) -> str:
        """Name of the sweep."""
        return self.path.parent.name

    @property
    def size(self) -> str:
        """Points and futures of each, in words."""
        return f"{plural(self.points, 'point')} x {plural(self.replicates, 'future')}"

    @property
    def state(self) -> str:
        """Whether it is finished, or how far it has come."""
        if self.finished:
            return "finished"
        share = int(100 * self.done / max(1, self.points * self.replicates))
        return f"{share} % done"


def past_sweeps(out: Path) -> list[PastSweep]:
    """Sweeps in a folder of results, newest last; what cannot be read is left out."""
    found = [
        one
        for path in out.glob(f"*/{SWEEPS}/*/*/{DESIGN}.parquet")
        if (one := _looked_at(path.parent)) is not None
    ]
    return sorted(found, key=lambda one: (one.ended, one.path))


def _looked_at(folder: Path) -> PastSweep | None:
    manifest = read_manifest(folder)
    try:
        asked: dict[str, Any] = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        sweep = asked["sweep"][folder.parent.name]
        points = _rows(folder / f"{DESIGN}.parquet")
        finished = (folder / record.FILE).is_file() and (folder / "runs.parquet").is_file()
        done = sum(map(_rows, (folder / BLOCKS).glob("*.runs.parquet")))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None
    written = datetime.fromtimestamp(folder.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return PastSweep(
        path=folder,
        title=str(sweep.get("title") or folder.parent.name),
        points=points,
        replicates=int(sweep["replicates"]),
        done=points * int(sweep["replicates"]) if finished else done,
        finished=finished,
        ended=str(manifest["sessions"][-1]["ended"]) if manifest else written,
        answer=str(manifest.get("answer", "")),
    )


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)
