"""Results as a notebook shows them: a table, pictures, and what differs from other results."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sim.analysis.findings import Findings, find, read_findings
from sim.analysis.headline import headline_table
from sim.analysis.summary import seeds_note
from sim.analysis.two_results import two_results
from sim.files.problems import BadInput, Problem, any_of, closest, quoted
from sim.files.words import plural
from sim.present.formats import percent, percent_bare
from sim.present.publish import is_published
from sim.runs.results import Results
from sim.runs.results import load_results as read_results
from sim.settings.columns import outcome_text

if TYPE_CHECKING:  # Matplotlib takes long to load
    from sim.present.figures.page import Picture


class NotebookResults(Results):
    """Results that show themselves; all else is as in `Results`."""

    @cached_property
    def findings(self) -> Findings:
        """Everything that is estimated: those of the report, or made now if there is none."""
        if self.directory is not None and is_published(self):
            return read_findings(self.directory)
        return find(self)

    def __repr__(self) -> str:
        runs = plural(len(self.runs), "run")
        return f"{self.experiment.title}: {runs} of {plural(len(self.scenarios), 'scenario')}"

    def _repr_html_(self) -> str:
        """Write the headline of each scenario as a table; titles are words, whatever they hold."""
        table = headline_table(self)
        outcome = outcome_text(str(table["outcome"].iloc[0])) if len(table) else ""
        rows = [
            [
                str(row["title"]),
                f"{row['councils']:,}",
                f"{row['seeds']:,}",
                percent(row["median"]),
                f"{percent_bare(row['q05'])}–{percent(row['q95'])}",
            ]
            for row in table.to_dict("records")
        ]
        head = ("Scenario", "Councils", "Futures", f"{outcome}: median", "9 in 10 futures")
        failed = f"{plural(len(self.failed), 'run')} failed." if len(self.failed) else ""
        notes = [note for note in (seeds_note(self), failed) if note]
        return "".join(
            [
                f"<p><strong>{escape(self.experiment.title)}</strong><br>",
                f"{escape(self.experiment.question)}</p>",
                "<table><thead><tr>",
                *(f"<th>{escape(word)}</th>" for word in head),
                "</tr></thead><tbody>",
                *(
                    "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
                    for row in rows
                ),
                "</tbody></table>",
                *(f"<p>{escape(note)}</p>" for note in notes),
            ]
        )

    def plot(self, name: str = "adoption", page: int = 1) -> Picture:
        """Draw one of the pictures of the report.

        Parameters
        ----------
        name
            Such as "adoption", "differences", "why_not", "net_saving", "maps".
        page
            Which, where there are several of its kind.

        Returns
        -------
        matplotlib.figure.Figure
            Shown by notebooks, and with ``savefig`` like any other.

        Raises
        ------
        BadInput
            If there is no such picture, or nothing for it in these results.
        """
        from sim.present.figures.catalogue import DRAWINGS
        from sim.present.figures.style import drawing
        from sim.present.view import View

        known = {draw.__name__: draw for draw in DRAWINGS}
        if name not in known:
            words = "there is no picture of this name"
            names = any_of(list(known))
            problem = Problem(words, given=quoted(name), allowed=names, meant=closest(name, known))
            raise BadInput([problem])
        with drawing():
            pages = known[name](View(self, self.findings))
        if not 1 <= page <= len(pages):
            words = f"these results have nothing for the picture {name}"
            allowed = f"page 1 to {len(pages)}" if pages else "another picture"
            raise BadInput([Problem(words if not pages else "no such page", allowed=allowed)])
        return pages[page - 1].canvas

    def compare(self, other: Results) -> pd.DataFrame:
        """Say how other results differ from these, outcome by outcome.

        ``python run.py compare A B`` says the same in words.

        Parameters
        ----------
        other
            Results that have scenarios of the same names.

        Returns
        -------
        pandas.DataFrame
            A row a scenario and outcome; the difference is `other` less these, with its 95 %
            interval and verdict. See :func:`sim.analysis.two_results.two_results`.
        """
        return two_results(self, other)


def for_notebooks(results: Results) -> NotebookResults:
    """Give results that show themselves."""
    return NotebookResults(
        **{field.name: getattr(results, field.name) for field in fields(results)}
    )


def load_results(directory: str | Path, seeds: Collection[int] | None = None) -> NotebookResults:
    """Read the results that earlier runs left, as `sim.runs.results.load_results` does."""
    return for_notebooks(read_results(directory, seeds))
