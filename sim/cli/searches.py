"""What `check` says of the searches in a file, and what `search` prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.search_size import size_of_search
from sim.files.problems import BadInput, Problem
from sim.files.words import plural
from sim.settings import Experiment

if TYPE_CHECKING:
    import pandas as pd

    from sim.present.blocks import Block
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
    document: Path | None,
    say: Callable[[str], object],
) -> None:
    """Run a search of an experiment file, or one after the other, and say what each found.

    Parameters
    ----------
    file, name, workers, out, fresh, changes, say
        As in `sim.runs.search.search`.
    document
        Where what was found goes as well, between the markers of the file's name.

    Raises
    ------
    BadInput
        If there is no such search, it cannot be run, or the document has no place for what all
        searches found.
    """
    from sim.cli.parts import shown
    from sim.experiment.load import load_experiment
    from sim.pages.studies_page import name_of, study_part
    from sim.runs.search import search
    from sim.runs.sweeps import many_cores

    experiment = load_experiment(file, changes)
    names = list(experiment.search) if name is None else [name]
    if document is not None and len(names) < len(experiment.search):
        raise BadInput(
            [
                Problem(
                    "a document takes in all searches of a file, not one of them",
                    file="--write",
                    given=f"search {name}",
                    allowed="the same without the name of a search",
                )
            ]
        )
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

    def run() -> list[Block]:
        found = []
        for one in names:
            results = search(
                file,
                one,
                workers=workers,
                executor=many_cores(workers),
                out=out,
                fresh=fresh,
                changes=changes,
                say=say,
            )
            findings, told = publish_search(results)
            found.append((results, findings))
            say(told)
        return study_part(experiment.question, found)

    if document is None:
        run()
    else:
        say(shown(document, name_of(file), run))


def publish_search(results: SearchResults) -> tuple[Mapping[str, pd.DataFrame], str]:
    """Write findings and page of a search; return them, and what it found in a few sentences.

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
    return findings, "\n".join(["", title, "", *said, "", f"More is in {page}.", ""])
