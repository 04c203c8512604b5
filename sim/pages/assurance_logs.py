"""Logs for docs/assurance.md: what the model assumes, and what data it uses."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from sim.evidence.basis import Basis, programme_bases, setting_bases
from sim.experiment.levers import OFFER
from sim.files.toml_reading import load_programmes
from sim.pages.fact_table import fact_ids
from sim.present.blocks import Block, Code, Heading, Part, Quote, Table, Text


def assumptions_log(levers: Path) -> list[Table]:
    """Lay out every setting with what it rests on, and what is known of its effect.

    Parameters
    ----------
    levers
        The table that ``python run.py levers`` wrote beside its page.
    """
    effects = _effects(levers)
    rows = [
        [
            *_cells(basis),
            Quote(basis.prior),
            fact_ids(basis.facts),
            Quote(effects.get(name, "")),
        ]
        for name, basis in setting_bases().items()
    ]
    header = ("Setting", "Value", "Unit", "Basis", "Plausible", "Evidence", "Effect, points")
    return [Table(header, rows, align="lrlllll")]


def figures_log() -> list[Block]:
    """Lay out the figures of the programmes, one table a programme."""
    blocks: list[Block] = []
    for programme, content in load_programmes().table.items():
        rows = [
            [*_cells(basis), fact_ids(basis.facts)]
            for name, basis in programme_bases().items()
            if name.startswith(f"{programme}.")
        ]
        header = ("Figure", "Value", "Unit", "Basis", "Evidence")
        blocks += [Heading(4, Quote(content["title"])), Table(header, rows, align="lrlll")]
    return blocks


def _cells(basis: Basis) -> list[Text]:
    return [Code(basis.name), Quote(basis.value), Quote(basis.unit), Quote(basis.kind)]


def _effects(table: Path) -> dict[str, str]:
    """Say by how many points each lever moved the share of members over its range."""
    changes: dict[str, list[int]] = {}
    with table.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            points = round(100 * abs(float(row["change"])))
            changes.setdefault(row["lever"].replace(OFFER, "offers."), []).append(points)
    return {
        name: f"{min(points)}-{max(points)}" if min(points) < max(points) else str(max(points))
        for name, points in changes.items()
    }


def data_log() -> list[Table]:
    """Lay out the data files with what stands in PROVENANCE.md, their rows and fingerprints."""
    text = files("sim").joinpath("data/PROVENANCE.md").read_text(encoding="utf-8")
    rows: list[list[Text]] = [
        [Code(name), Quote(_rows_of(name)), *map(_with_code, about), Code(_fingerprint(name))]
        for name, *about in _cells_under(text, "Files")
    ]
    header = ("File", "Rows", "Stands for", "Made from", "Licence", "Checks", "SHA-256 begins")
    sources = [
        [Quote(cell) for cell in (short, kind, ", ".join(filter(None, (where, commit))), licence)]
        for short, where, _, commit, kind, licence in _cells_under(text, "Sources")
    ]
    return [
        Table(header, rows, align="lrlllll"),
        Table(("Source", "What it is", "Read at", "Licence"), sources),
    ]


def _with_code(cell: str) -> list[Part]:
    """Take what stands between backticks in a file for code, all else for words."""
    return [
        Code(words) if position % 2 else Quote(words)
        for position, words in enumerate(cell.split("`"))
    ]


def _cells_under(text: str, heading: str) -> Iterable[list[str]]:
    """Return the rows of the first table under a heading, without its header."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _rows_of(name: str) -> str:
    """Count the rows of a table after its header; other files have none."""
    if not name.endswith(".csv"):
        return ""
    return f"{len(_content(name).splitlines()) - 1:,}"


def _fingerprint(name: str) -> str:
    return hashlib.sha256(_content(name).encode()).hexdigest()[:12]


def _content(name: str) -> str:
    """Read a data file; line ends do not count."""
    return files("sim").joinpath(f"data/{name}").read_text(encoding="utf-8")
