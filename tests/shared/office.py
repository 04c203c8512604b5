"""A page of every kind of block, pictures for it, and the programs that open what is made of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Emphasis,
    Heading,
    Link,
    Listing,
    Note,
    Number,
    Paragraph,
    Picture,
    Quote,
    Strong,
    Table,
)
from sim.present.figures.style import Figure
from sim.present.office import Material

RUN = "0123456789ab"
# What XML forbids, what reorders words, what looks like markup, and what programs may run.
HOSTILE = (
    "A\x00B\x07\x0b\x0c\x1b[31m",
    "\u202eback\u2066wards\u200f",
    "<w:t>&amp; ]]> <script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\ud800\ufffe\uffff\U0001f3f4",
    "_x0041_ {PAGE} \\* MERGEFORMAT",
    "line\r\nends\tand tabs",
    "Comhairle nan Eilean Siar – à è ì ò ù",
    "W" * 3000,
    "many words " * 400,
)
JOINED = pd.DataFrame({"scenario": ["one", "two"], "median": [0.31, 0.97]}).set_index("scenario")


def pages(folder: Path, title: str = "Would it work?", rows: int = 3) -> Material:
    """Make a page with a picture in a folder."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (1600, 900), "#12436D").save(folder / "figures" / "adoption.png")
    words = Quote(title)

    def share(scenario: str) -> Number:
        return Number("joined", (scenario,), "median", "percent")

    blocks: list[Block] = [
        Heading(1, words),
        Paragraph([Strong("The question."), " ", words]),
        Heading(2, "The answer", id="answer"),
        Bullets([["It works: ", share("two"), "."], [Emphasis(words), Code(title)]]),
        Note("Read with this in mind", [Bullets([words])]),
        Picture("adoption", words, "figures/adoption.png", alt=["A line: ", words]),
        Heading(2, "Side by side"),
        Paragraph(["See ", Link(words, "https://www.gov.uk/"), " and ", Link("below", "#limits")]),
        Table(
            ["Scenario", "Joined", "About"],
            [[Strong(words), share("one"), words] for _ in range(rows)],
            align="lrl",
            caption=words,
        ),
        Table([f"Column {at}" for at in range(12)], [[words] * 12], align="l" * 12),
        Heading(3, "Details"),
        Listing("python run.py simulate\nand so on"),
        Heading(2, ""),
        Heading(2, "What it cannot say", id="limits"),
        Bullets([words]),
        Heading(2, "Reading"),
        Paragraph("Words."),
        Heading(2, "Again"),
    ]
    png = folder / "figures" / "adoption.png"
    figure = Figure("adoption", title, f"{title}. Line: median.", "", png, png, head=0.1)
    return Material(blocks, {"joined": JOINED}, folder, RUN, {"figures/adoption.png": figure})


def soffice() -> str:
    """Find LibreOffice, as CI has it; elsewhere its tests are skipped without it."""
    found = os.environ.get("SOFFICE") or shutil.which("soffice")
    if not found and os.environ.get("CI") == "true":
        pytest.fail("LibreOffice is missing")
    if not found:
        pytest.skip("LibreOffice is not installed")
    return found


def as_pdf(path: Path, folder: Path) -> Path:
    """Have LibreOffice open a file and print it."""
    profile = (folder / "profile").as_uri()
    words = ["--headless", f"-env:UserInstallation={profile}", "--convert-to", "pdf"]
    subprocess.run(
        [soffice(), *words, "--outdir", str(folder), str(path)],
        capture_output=True,
        check=True,
        timeout=180,
    )
    made = folder / f"{path.stem}.pdf"
    assert made.is_file(), path.name
    return made


def pages_of(pdf: Path) -> int:
    """Pages of what LibreOffice printed."""
    data = pdf.read_bytes()
    return data.count(b"/Type/Page") - data.count(b"/Type/Pages")
