"""The page that lists past results, beside their folders: what was asked, when, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from sim.files.problems import BadInput
from sim.files.shipped import program
from sim.files.writing import write_text
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Date,
    Heading,
    Link,
    Note,
    Paragraph,
    Part,
    Quote,
    Table,
    Text,
    joined,
)
from sim.present.frame import PROGRAM
from sim.present.html import html
from sim.runs.past import Past, past_results
from sim.runs.past_sweeps import PastSweep, past_sweeps

FILE = "index.html"
# What a result leads to, best first; the first that is there is linked by its title.
REPORTS = ("report.html", "report.md")
MORE = {"report.docx": "Word", "summary.xlsx": "Excel", "report.md": "text"}


def write_index(out: Path, say: Callable[[str], object]) -> None:
    """Write the list of all results in a folder; where that cannot be done, say so and go on.

    A page of the same name that is not ours is left as it is.
    """
    path = out / FILE
    try:
        if path.exists() and not _is_ours(path):
            say(f"{path} is not ours, so the list of results was not written there.")
            return
        write_text(path, html(index(out, past_results(out)[::-1], past_sweeps(out)[::-1])))
    except (BadInput, OSError) as error:
        say(f"The list of results could not be written. {error}")


def _is_ours(path: Path) -> bool:
    head = path.read_bytes()[:4000]
    return f'<meta name="generator" content="{PROGRAM}">'.encode() in head


def index(out: Path, results: Sequence[Past], sweeps: Sequence[PastSweep] = ()) -> list[Block]:
    """Say what the list of results says.

    Parameters
    ----------
    out
        Its folder, in which the results are.
    results, sweeps
        The newest first.
    """
    blocks: list[Block] = [Heading(1, "Results")]
    known = [one for one in results if one.manifest]
    if known:
        head: list[Text] = ["Experiment", "Last run", "Futures", "Answer", "Other files"]
        blocks.append(Table(head, [_row(out, one) for one in known], align="lrrll"))
    elif not sweeps:
        blocks.append(Paragraph("There are no results yet."))
    if sweeps:
        columns: list[Text] = ["Sweep", "Last run", "Size", "State", "Answer"]
        rows = [_sweep_row(out, one) for one in sweeps]
        blocks += [Heading(2, "Sweeps"), Table(columns, rows, align="lrlll")]
    damaged = [one for one in results if one.wrong]
    if damaged:
        told: list[Text] = [
            [Code(one.path.relative_to(out).as_posix()), ": ", Quote(one.wrong), "."]
            for one in damaged
        ]
        advice = "Run the same experiment again: what is damaged is made anew."
        blocks.append(Note("Could not be read in full", [Bullets(told), Paragraph(advice)]))
    blocks.append(Paragraph(["The same list in a terminal: ", Code(f"{program()} list"), "."]))
    return blocks


def _row(out: Path, one: Past) -> list[Text]:
    title = Quote(_words(one.manifest.get("title")) or one.path.parent.name)
    report = next((name for name in REPORTS if (one.path / name).is_file()), None)
    first: list[Part] = [title if report is None else Link(title, _address(out, one.path / report))]
    first += [" (", Code(one.path.relative_to(out).as_posix()), ")"]
    more = [
        Link(words, _address(out, one.path / name))
        for name, words in MORE.items()
        if name != report and (one.path / name).is_file()
    ]
    return [
        first,
        Date(one.ended.replace("T", " ")[:16]),
        Quote(f"{one.manifest['seeds']['count']:,}"),
        Quote(_words(one.manifest.get("answer"))),
        joined(more),
    ]


def _sweep_row(out: Path, one: PastSweep) -> list[Text]:
    page = one.path / REPORTS[0]
    title = Quote(one.title)
    first: list[Part] = [Link(title, _address(out, page)) if page.is_file() else title]
    first += [" (", Code(one.path.relative_to(out).as_posix()), ")"]
    return [
        first,
        Date(one.ended.replace("T", " ")[:16]),
        Quote(one.size),
        Quote(one.state),
        Quote(one.answer),
    ]


def _words(content: object) -> str:
    """Return a text of a manifest, if it is one."""
    return content if isinstance(content, str) else ""


def _address(out: Path, path: Path) -> str:
    # With a dot, so that no colon in a name is taken for the end of a scheme.
    return "./" + quote(path.relative_to(out).as_posix(), errors="replace")
