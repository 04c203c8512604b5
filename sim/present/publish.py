"""Write everything that readers get, beside the tables of an experiment."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.parameters import table_of
from sim.experiment.write import to_toml
from sim.files.shipped import program
from sim.files.writing import write_text
from sim.runs.manifest import read_manifest, write_manifest
from sim.runs.results import Results

if TYPE_CHECKING:
    from sim.present.figures.writer import Press

FILES = ("experiment.toml", "summary.csv", "comparison.csv", "summary.xlsx", "report.md")


def publish(results: Results, *, say: Callable[[str], object], force: bool = False) -> bool:
    """Write tables, figures and report unless they are up to date; say the answer.

    Returns
    -------
    bool
        Whether anything had to be written.
    """
    folder = results.directory
    assert folder is not None
    manifest = read_manifest(folder)
    state = _state(results)
    files = [*FILES, *(["explain.csv"] if results.experiment.explain else [])]
    if len(results.sensitivity_runs):
        files.append("sensitivity.csv")
    if results.experiment.parameters.source != "point":
        files.append("parameters.csv")
    whole = all((folder / name).is_file() for name in files)
    if manifest.get("presented") == state and whole and not force:
        return False
    say("Writing tables, figures and the report.")
    from sim.present.figures.writer import Press

    with Press(folder / "figures") as press:
        lines = _write(results, folder, files, press)
    write_manifest(folder, {**manifest, "presented": state})
    say("")
    for line in lines:
        say(line.replace("**", "").replace("\\", ""))
    say("")
    say(f"Report: {folder / 'report.md'}")
    return True


def _write(results: Results, folder: Path, files: Sequence[str], press: Press) -> list[str]:
    """Write tables and report, have the pictures written, and return the answer."""
    from sim.analysis.attribution import explain_table
    from sim.analysis.comparison import comparison, summary
    from sim.analysis.sensitivity import sensitivity_table
    from sim.present.figures.catalogue import draw_figures
    from sim.present.report.answer import answer
    from sim.present.report.facts import Facts
    from sim.present.report.report import report
    from sim.present.workbook import write_csv, write_workbook

    # Pictures first, as writing them takes the press longer than anything else here.
    differences, sensitivities = comparison(results), sensitivity_table(results)
    figures = draw_figures(results, press, differences, sensitivities)
    totals = summary(results)
    facts = Facts(results, totals, differences, sensitivities)
    write_text(folder / "experiment.toml", to_toml(results.experiment))
    write_csv(folder / "summary.csv", totals)
    write_csv(folder / "comparison.csv", differences)
    if results.experiment.explain:
        write_csv(folder / "explain.csv", explain_table(results))
    if "sensitivity.csv" in files:
        write_csv(folder / "sensitivity.csv", sensitivities)
    if "parameters.csv" in files:
        write_csv(folder / "parameters.csv", table_of(results.experiment.parameters))
    write_workbook(folder / "summary.xlsx", results, totals, differences)
    command = f"{program()} simulate {shlex.quote((folder / 'experiment.toml').as_posix())}"
    write_text(folder / "report.md", report(facts, figures, command))
    return answer(facts)


def _state(results: Results) -> str:
    """Fingerprint of what the presentation is made from."""
    digest = hashlib.sha256(to_toml(results.experiment).encode())
    digest.update(str(sorted(results.runs.groupby("scenario").size().items())).encode())
    for further in (results.curve_runs, results.hybrid_runs, results.sensitivity_runs):
        digest.update(f"{len(further)} ".encode())
    home = Path(__file__).resolve().parent
    for source in sorted([*home.glob("*.py"), *home.parent.glob("analysis/*.py")]):
        digest.update(source.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
