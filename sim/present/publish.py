"""Write everything that readers get, beside the tables of an experiment."""

from __future__ import annotations

import gc
import hashlib
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sim.analysis.findings import FOLDER, find
from sim.experiment.write import to_toml
from sim.files.shipped import program
from sim.files.writing import write_text
from sim.present.blocks import plain
from sim.present.html import html
from sim.present.index import write_index
from sim.present.markdown import markdown
from sim.present.on_demand import set_aside
from sim.present.report.answer import answer, works
from sim.present.report.facts import Facts
from sim.present.report.report import report
from sim.present.shown import with_rows
from sim.runs.manifest import read_manifest, write_manifest
from sim.runs.results import Results
from sim.settings import Experiment

REPORT, REPORT_TEXT = "report.html", "report.md"
FILES = (
    "experiment.toml",
    f"{FOLDER}/headline.parquet",
    "figures/figures.json",
    "summary.xlsx",
    REPORT,
    REPORT_TEXT,
)


def publish(results: Results, *, say: Callable[[str], object], force: bool = False) -> bool:
    """Write findings, figures and report unless they are up to date; say the answer.

    Returns
    -------
    bool
        Whether anything had to be written.
    """
    folder = results.directory
    assert folder is not None
    if is_published(results) and not force:
        return False
    manifest = read_manifest(folder)
    say("Writing findings, figures and the report.")
    set_aside(folder, say)
    with _nothing_collected():
        findings = find(results)
        findings.write(folder)
        facts = Facts(results.experiment, findings, manifest)
        _write(results, facts, folder)
    short = plain(works(facts).text, findings)
    write_manifest(folder, {**manifest, "answer": short, "presented": _state(results)})
    write_index(folder.parents[1], say)
    say("")
    for sentence in answer(facts):
        say(plain(sentence, findings))
    say("")
    say(f"Report: {folder / REPORT} (opens in a browser, and prints)")
    say(f"As plain text: {folder / REPORT_TEXT}")
    return True


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Do not look for garbage among half a million cells, which takes a fifth of their time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def is_published(results: Results) -> bool:
    """Does everything beside the tables show these results already? Nothing is written."""
    folder = results.directory
    assert folder is not None
    whole = all((folder / name).is_file() for name in FILES)
    if not whole or read_manifest(folder).get("presented") != _state(results):
        return False
    kept = (folder / FILES[0]).read_text(encoding="utf-8", errors="replace")
    return kept == to_toml(results.experiment)


def _write(results: Results, facts: Facts, folder: Path) -> None:
    """Write the report and the workbook, and have the pictures written."""
    # Matplotlib and XlsxWriter take long to load, and are not needed where all is up to date.
    from sim.present.figures.catalogue import draw_figures
    from sim.present.figures.kept import keep_figures
    from sim.present.figures.writer import FigureWriter
    from sim.present.workbook import write_workbook

    # Pictures first, as writing them takes longer than anything else here.
    with FigureWriter(folder / "figures") as writer:
        figures = draw_figures(results, facts.findings, writer)
        write_text(folder / "experiment.toml", to_toml(results.experiment))
        write_workbook(folder / "summary.xlsx", facts)
        keep_figures(folder / "figures", figures)
        page = with_rows(
            report(facts, figures, command(results.experiment, facts.scenarios, folder)), facts
        )
        write_text(folder / REPORT_TEXT, markdown(page, facts.findings))
    # Pictures are there from here on.
    write_text(folder / REPORT, html(page, facts.findings, folder))


def command(experiment: Experiment, ran: Sequence[str], folder: Path) -> str:
    """Say what to type for this report: its own seeds and scenarios, whatever else was run.

    Parameters
    ----------
    experiment
        As it is kept in the folder.
    ran
        Scenarios that have runs.
    folder
        Of the results.
    """
    words = [
        "simulate",
        (folder / "experiment.toml").as_posix(),
        *("--seeds", str(experiment.seeds.count)),
    ]
    if experiment.seeds.first != 1:
        words += ["--set", f"seeds.first={experiment.seeds.first}"]
    if {*ran} != {*experiment.scenarios}:
        chosen = [name for name in experiment.scenarios if name in ran]
        words += ["--scenarios", ",".join(chosen)]
    return f"{program()} {shlex.join(words)}"


def _state(results: Results) -> str:
    """Fingerprint of what the presentation is made from."""
    digest = hashlib.sha256(to_toml(results.experiment).encode())
    digest.update(str(sorted(results.runs.groupby("point").size().items())).encode())
    digest.update(sources_digest())
    return digest.hexdigest()


def sources_digest() -> bytes:
    """Fingerprint of the code and styles that make findings and pages."""
    digest = hashlib.sha256()
    home = Path(__file__).resolve().parent
    sources = [*home.rglob("*.py"), *home.parent.glob("analysis/*.py")]
    for source in sorted([*sources, *home.parent.glob("web/report.*")]):
        digest.update(source.read_bytes().replace(b"\r\n", b"\n"))
    return digest.digest()
