"""What `check` says of the searches in a file, and what `search` prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.search_size import size_of_search
from sim.files.problems import BadInput, Problem
from sim.files.words import plural
from sim.settings import Experiment

if TYPE_CHECKING:
    from sim.runs.search import SearchResults


def search_lines(experiment: Experiment, workers: int) -> list[str]:
    """Say what each search of an experiment would do, and what that takes."""
    lines = []
    for name, search in experiment.search.items():
        kinds = [plural(len(search.levers), "lever")]
        if search.uncertainties:
            kinds.append(plural(len(search.uncertainties), "uncertain setting"))
        lines += [
            f"  search {name}: {plural(len(search.goals), 'goal')}, {' and '.join(kinds)}, from "
            f"{search.scenario}",
            f"    {size_of_search(experiment, name).text(workers)}",
        ]
    return lines


def run_searches(
    file: Path,
    name: str | None,
    workers: int | None,
    out: Path,
    fresh: bool,
    changes: Sequence[str],
    say: Callable[[str], object],
) -> None:
    """Run a search of an experiment file, or one after the other, and say what each found.

    Raises
    ------
    BadInput
        If there is no such search, or it cannot be run.
    """
    from sim.experiment.load import load_experiment
    from sim.runs.search import search
    from sim.runs.sweeps import many_cores

    names = list(load_experiment(file, changes).search) if name is None else [name]
    if not names:
        raise BadInput(
            [
                Problem(
                    "there is no search in this experiment",
                    file=str(file),
                    allowed="an experiment with a table [search.NAME]",
                )
            ]
        )
    for one in names:
        found = search(
            file,
            one,
            workers=workers,
            executor=many_cores(workers),
            out=out,
            fresh=fresh,
            changes=changes,
            say=say,
        )
        say(search_text(found))


def search_text(results: SearchResults) -> str:
    """Write findings and page of a search, and say what it found, in a few sentences.

    Raises
    ------
    BadInput
        If they cannot be written.
    """
    from sim.analysis.search import search_findings, write_search_findings
    from sim.present.blocks import plain
    from sim.present.search_page import sentences, write_search_page

    findings = search_findings(results)
    write_search_findings(results, findings)
    page = write_search_page(results, findings)
    said = [plain(text, findings) for text in sentences(results, findings)]
    title = results.space.search.title or results.space.name
    return "\n".join(["", title, "", *said, "", f"More is in {page}.", ""])
