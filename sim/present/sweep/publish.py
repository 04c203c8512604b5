"""The page of a sweep, with its findings and pictures, written beside its tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sim import __version__
from sim.analysis.box_search import need
from sim.analysis.boxes import columns_of, occurrences
from sim.analysis.findings import FOLDER, write_tables
from sim.analysis.sweep_findings import find_in_sweep
from sim.experiment.write import to_toml
from sim.files.words import plural
from sim.files.writing import write_text
from sim.present.blocks import Block, plain
from sim.present.figures.style import Figure
from sim.present.html import html
from sim.present.index import write_index
from sim.present.publish import sources_digest
from sim.present.report.facts import records
from sim.present.sweep import parts
from sim.present.sweep.parts import About
from sim.present.sweep.words import title_of
from sim.present.words import sentence
from sim.runs.manifest import read_manifest, write_manifest
from sim.runs.sweeps import SweepResults
from sim.settings import Sweep
from sim.settings.columns import outcome_text

PAGE, FIGURES = "report.html", "figures"


def ready_for(sweep: Sweep) -> None:
    """Look whether what the boxes of a sweep need is there, before anything is run.

    Raises
    ------
    BadInput
        If it is not installed.
    """
    need(method for case in sweep.boxes.values() for method in case.methods)


def publish_sweep(results: SweepResults, *, say: Callable[[str], object]) -> Path:
    """Write findings, pictures and page of a finished sweep unless they are up to date.

    Parameters
    ----------
    results
        Of a sweep whose tables are put together.
    say
        Receives what was found, a line each.

    Returns
    -------
    pathlib.Path
        The page.
    """
    folder = results.directory
    manifest = read_manifest(folder)
    state = _state(results)
    if manifest.get("presented") != state or not (folder / PAGE).is_file():
        findings = find_in_sweep(results)
        about = About(results.design, findings)
        there = {name: table for name, table in findings.items() if len(table)}
        write_tables(there, folder / FOLDER)
        write_text(folder / PAGE, html(sweep_page(results, about), findings, folder))
        said = answers(about)
        manifest |= {"presented": state, "said": said, "answer": brief(about, said)}
        write_manifest(folder, manifest)
    for line in manifest["said"]:
        say(line)
    write_index(folder.parents[3], say)
    say(f"Page: {folder / PAGE} (opens in a browser, and prints)")
    return folder / PAGE


def sweep_page(results: SweepResults, about: About) -> list[Block]:
    """Say all that a page says of a sweep; its pictures are drawn."""
    pictures = draw(results, about)
    return [
        *parts.opening(about),
        *parts.boxes(about, pictures),
        *parts.hangs_on(about, pictures),
        *parts.outcomes(about),
        *parts.varied(about),
        *parts.files(results.directory),
    ]


def brief(about: About, said: Sequence[str]) -> str:
    """Say in one line what was found, for lists of results."""
    found = [row for row in records(about.findings["boxes"]) if row["found"] == "box"]
    if found:
        return plain(parts.box_title(about, found[0]), about.findings)
    return said[0]


def answers(about: About) -> list[str]:
    """Say what was found, a plain line each: boxes, what outcomes hang on, or how they vary."""
    said = []
    for row in records(about.findings["boxes"]):
        case = about.design.sweep.boxes[row["case"]]
        where = f"{title_of(row['case'], case)}, {row['scenario']}, by {row['method'].upper()}"
        said.append(f"{sentence(where)}: {plain(parts.box_sentence(about, row), about.findings)}")
    table = about.findings["indices"]
    for (scenario, outcome), part in table.groupby(["scenario", "outcome"], sort=False):
        words = parts.index_words(about, records(part), parts.LEADING[about.design.sweep.design])
        said.append(f"{outcome_text(str(outcome))}, {scenario}: {words}.")
    return said or [parts.spread_words(about)]


def draw(results: SweepResults, about: About) -> dict[str, Figure]:
    """Draw the pictures of a page into the folder of the results; return them by name."""
    # Matplotlib takes long to load, and is not needed where all is up to date.
    from sim.present.figures.boxes import box_page
    from sim.present.figures.indices import indices_page
    from sim.present.figures.style import drawing

    design, names = results.design, about.names
    foot = _foot(about)
    pages = []
    with drawing():
        for (scenario, outcome), part in about.findings["indices"].groupby(
            ["scenario", "outcome"], sort=False
        ):
            rows = records(part)
            said = parts.index_words(about, rows, parts.LEADING[design.sweep.design])
            title = f"{outcome_text(str(outcome))}: {said[:1].lower()}{said[1:]}"
            shown = f"{about.scenario(str(scenario))}. "
            pages.append(
                indices_page(
                    f"indices_{scenario}_{outcome}",
                    (title, shown + parts.MEANING[design.sweep.design], foot),
                    design.sweep.design,
                    rows,
                    names,
                )
            )
        for row in records(about.findings["boxes"]):
            if row["found"] != "box":
                continue
            case = design.sweep.boxes[row["case"]]
            happens = title_of(row["case"], case)
            points = design.table.loc[design.table["scenario"] == row["scenario"], "point"]
            occurs = occurrences(case, results.runs, points.to_numpy())
            known = ~np.isnan(occurs).all(axis=1)
            columns = [
                column.of(np.flatnonzero(known)) for column in columns_of(design, row["scenario"])
            ]
            limits = parts.box_limits(about, row)
            pages.append(
                box_page(
                    f"box_{row['scenario']}_{row['case']}_{row['method']}",
                    (
                        plain(parts.box_title(about, row), about.findings),
                        f"{about.scenario(row['scenario'])}. Each dot is a point of the sweep.",
                        foot,
                    ),
                    {column.setting: column for column in columns},
                    np.nanmean(occurs[known], axis=1),
                    limits,
                    names,
                    happens,
                )
            )
        folder = results.directory / FIGURES
        made = {"version": __version__, "experiment": design.experiment.title}
        for page in pages:
            page.save(folder, made)
    return {page.name: page.figure(folder) for page in pages}


def _foot(about: About) -> str:
    design = about.design
    return (
        f"Source: council-platform-sim {__version__}, sweep {design.name} of the experiment "
        f"“{design.experiment.title}”: {plural(len(design), 'point')}, "
        f"{plural(design.sweep.replicates, 'future')} of each. Simulated, not observed."
    )


def _state(results: SweepResults) -> str:
    """Fingerprint of what the page is made from."""
    digest = hashlib.sha256(to_toml(results.design.experiment).encode())
    digest.update(results.store.fingerprint.encode())
    digest.update(sources_digest())
    return digest.hexdigest()
