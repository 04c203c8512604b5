"""Pages of finished results, written in the formats that are asked for; nothing is run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sim.analysis.two_results import two_results
from sim.cli.lookup import find_council, newest_results
from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.files.writing import make_folder
from sim.present.blocks import Block, Findings
from sim.present.editions import EDITIONS
from sim.present.figures.kept import kept_figures
from sim.present.markdown import markdown
from sim.present.office import Material
from sim.present.on_demand import BRIEF, COMPARED, COUNCIL, REPORT
from sim.present.publish import command, is_published, publish
from sim.present.report.brief import brief
from sim.present.report.compared import FINDING, compared
from sim.present.report.council_page import council_page
from sim.present.report.facts import Facts
from sim.present.report.report import report
from sim.present.shown import with_rows
from sim.runs.results import Results
from sim.study import stored

# What people call a format that has another name here.
_CALLED = {
    "docx": ("word", "doc", "winword", "msword"),
    "pptx": ("powerpoint", "slides", "ppt", "deck", "presentation"),
    "md": ("markdown", "text", "txt"),
    "html": ("htm", "web", "page", "pdf", "print"),
}
_WORKBOOK = ("xlsx", "excel", "xls", "workbook", "spreadsheet")


class _Page(NamedTuple):
    """What is written, and how its files are named."""

    name: str
    blocks: list[Block]
    findings: Findings


def write_reports(
    result: str,
    formats: str,
    *,
    short: bool = False,
    council: str | None = None,
    out: Path | None = None,
    say: Callable[[str], object],
) -> list[Path]:
    """Write a page of finished results, and say where.

    Parameters
    ----------
    result
        A folder of results, or the name of an experiment, whose newest results are taken.
    formats
        Names of formats, separated by commas.
    short
        The brief instead of the report.
    council
        Name or code of a council: a page on it instead.
    out
        Where to write; by default the folder of the results.
    say
        Receives lines for the user.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Raises
    ------
    BadInput
        If a format, the results or the council do not exist, the results are not whole, or a
        package is missing; nothing has been written then.
    """
    wanted = _formats(formats)
    if short and council:
        problem = "each of these is a page of its own; ask for one at a time"
        raise BadInput([Problem(problem, key="--brief --council")])
    code = find_council(council) if council is not None else ""
    folder = newest_results(result)
    facts, _ = _facts(folder, say)
    figures = kept_figures(folder / "figures")
    if code:
        page = _council(facts, code, folder)
    elif short:
        page = _Page(BRIEF, brief(facts), facts.findings)
    else:
        words = report(facts, figures, command(facts.experiment, facts.scenarios, folder))
        page = _Page(REPORT, words, facts.findings)
    return _write(page, facts, folder, wanted, folder if out is None else out, say, short=short)


def compare_results(
    first: str,
    second: str,
    formats: str = "",
    *,
    out: Path | None = None,
    say: Callable[[str], object],
) -> list[Path]:
    """Say how two finished results differ, and write it as a page too where formats are asked for.

    Parameters
    ----------
    first, second
        Folders of results, or names of experiments, whose newest results are taken.
    formats, out, say
        As in `write_reports`; the page is written beside the first results.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Raises
    ------
    BadInput
        As `write_reports`.
    """
    wanted = _formats(formats) if formats else []
    folders = newest_results(first), newest_results(second)
    (facts, one), (other, two) = (_facts(folder, say) for folder in folders)
    table = two_results(one, two)
    name = f"{COMPARED}{folders[1].resolve().parent.name}"
    page = _Page(name, compared(facts, other, table), {FINDING: table})
    say(markdown(page.blocks, page.findings).rstrip())
    return _write(page, facts, folders[0], wanted, folders[0] if out is None else out, say)


def _write(
    page: _Page,
    facts: Facts,
    folder: Path,
    wanted: list[str],
    place: Path,
    say: Callable[[str], object],
    *,
    short: bool = False,
) -> list[Path]:
    """Write a page in formats that can be written."""
    figures = kept_figures(folder / "figures")
    material = Material(
        with_rows(page.blocks, facts),
        page.findings,
        folder,
        str(facts.manifest.get("hash", ""))[:12],
        {f"figures/{figure.png.name}": figure for figure in figures},
        datetime.fromisoformat(facts.manifest["sessions"][-1]["ended"]),
        on_one_page=short,
    )
    if wanted:
        make_folder(place)
    written = []
    for name in wanted:
        path = place / f"{page.name}.{name}"
        EDITIONS[name].write(path, material)
        say(f"Wrote {path}")
        written.append(path)
    return written


def _facts(folder: Path, say: Callable[[str], object]) -> tuple[Facts, Results]:
    """Read what a report is written from, estimated anew only where it is of an earlier version."""
    from sim.analysis.findings import read_findings
    from sim.runs.manifest import read_manifest

    results = stored(folder)
    if not is_published(results):
        say("Findings, figures and report are not of these runs and this version: made anew.")
        publish(results, say=lambda line: None, force=True)
    return Facts(results.experiment, read_findings(folder), read_manifest(folder)), results


def _council(facts: Facts, code: str, folder: Path) -> _Page:
    try:
        blocks = council_page(facts, code)
    except KeyError:
        problem = "the council takes no part in this result"
        raise BadInput([Problem(problem, key="--council", file=str(folder))]) from None
    return _Page(f"{COUNCIL}{code}", blocks, facts.findings)


def _formats(text: str) -> list[str]:
    """Read a list of formats, and see that each can be written.

    Raises
    ------
    BadInput
        If there is none, or one that does not exist; with the one that was probably meant.
    """
    names = [name.strip().casefold().lstrip(".") for name in text.split(",") if name.strip()]
    allowed = any_of(list(EDITIONS))
    if not names:
        raise BadInput([Problem("no format is named", key="--format", allowed=allowed)])
    problems = [
        Problem(
            "there is no such format",
            key="--format",
            given=quoted(name),
            allowed=allowed,
            meant=_meant(name),
        )
        for name in names
        if name not in EDITIONS
    ]
    if problems:
        raise BadInput(problems)
    for name in names:
        EDITIONS[name].get_ready()
    return list(dict.fromkeys(names))


def _meant(name: str) -> str:
    if name in _WORKBOOK:
        return "summary.xlsx, which lies in the folder of the results already"
    for known, others in _CALLED.items():
        if name in others and known in EDITIONS:
            return known
    return closest(name, EDITIONS)
