"""Findings: every table that anything shown is read from, each estimated once.

Figures, report, workbook and pages read these tables and calculate nothing, so that a quantity is
the same number wherever it stands. A new finding is a function that turns results into a table,
and a line in `FINDINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sim.analysis.attribution import attribution_table
from sim.analysis.claims import claim_audits_table, claims_table
from sim.analysis.comparison import comparison
from sim.analysis.councils import (
    council_reasons_table,
    councils_table,
    fate_reasons_table,
    reasons_table,
)
from sim.analysis.curves import cancellation_table, curve_table, even_chance_table, moves_table
from sim.analysis.doubt import doubt_table
from sim.analysis.fates import fate_paths_table
from sim.analysis.headline import headline_table, precision_table, runs_table
from sim.analysis.ideas import ideas_in_structures_table, ideas_standing_table, ideas_table
from sim.analysis.in_force import examined_table, in_force_table, yardstick_table
from sim.analysis.influence import influence_table, listening_table, traits_table
from sim.analysis.origins import origins_table
from sim.analysis.paths import paths_table
from sim.analysis.payback import (
    payback_curve_table,
    payback_futures_table,
    payback_line_table,
)
from sim.analysis.sensitivity import lever_table, sensitivity_table, variance_table
from sim.analysis.structures import (
    curves_table,
    rivals_table,
    standing_table,
    structures_table,
)
from sim.analysis.summary import groups_table, in_kinds, summary
from sim.analysis.supply import supply_table
from sim.experiment.parameters import table_of
from sim.files.spreadsheet import write_csv
from sim.files.writing import make_folder
from sim.runs.results import Results
from sim.runs.tables import read_table, write_table

FOLDER = "findings"


@dataclass(frozen=True)
class Finding:
    """A table that is shown somewhere.

    Attributes
    ----------
    title
        What it holds, for the reader.
    keys
        Columns that tell its rows apart.
    make
        Estimates it, from results and from the findings that it rests on.
    rests_on
        Findings that are made before and handed to `make`.
    """

    title: str
    keys: tuple[str, ...]
    make: Callable[..., pd.DataFrame]
    rests_on: tuple[str, ...] = ()


FINDINGS: dict[str, Finding] = {
    "runs": Finding("What was run", ("kind",), runs_table),
    "headline": Finding("The share of councils that joined", ("scenario",), headline_table),
    "precision": Finding("How well the futures pin the mean down", ("scenario",), precision_table),
    "summary": Finding(
        "Every outcome of every scenario", ("scenario", "grouping", "group", "outcome"), summary
    ),
    "groups": Finding(
        "How many councils each group has", ("scenario", "grouping", "group"), groups_table
    ),
    "comparison": Finding(
        "Differences between scenarios",
        ("scenario", "versus", "grouping", "group", "outcome"),
        comparison,
    ),
    "paths": Finding("Month by month", ("scenario", "outcome", "clock", "month"), paths_table),
    "fate_paths": Finding(
        "Month by month, cancelled and not", ("scenario", "fate", "month"), fate_paths_table
    ),
    "origins": Finding(
        "What brought members in", ("scenario", "origin", "clock", "month"), origins_table
    ),
    "curves": Finding("Along a varied setting", ("curve", "scenario", "value"), curve_table),
    "moves": Finding("How far a curve moves", ("curve", "scenario"), moves_table),
    "attribution": Finding(
        "What differences are made of", ("explanation", "group"), attribution_table
    ),
    "sensitivity": Finding(
        "What evidence does not pin down", ("scenario", "versus", "setting"), sensitivity_table
    ),
    "examined": Finding(
        "How many settings move a finding",
        ("scenario", "versus"),
        examined_table,
        rests_on=("sensitivity",),
    ),
    "variance": Finding("Behaviour and luck", ("scenario",), variance_table),
    "payback_line": Finding(
        "What must come true for an offer to pay",
        ("scenario", "side", "used_share"),
        payback_line_table,
    ),
    "payback_curve": Finding(
        "Years until the money is back",
        ("scenario", "side", "used_share", "realised_ratio"),
        payback_curve_table,
    ),
    "payback_futures": Finding(
        "Where the futures lie on that curve", ("scenario",), payback_futures_table
    ),
    "ideas": Finding(
        "Without tight budgets, autonomy, neighbours", ("scenario", "idea"), ideas_table
    ),
    "rivals": Finding("Ways to build the model", ("structure",), rivals_table),
    "simple_curves": Finding("Simple curves on the same cases", ("curve",), curves_table),
    "structures": Finding(
        "However the model is built", ("scenario", "structure"), structures_table
    ),
    "standing": Finding(
        "What holds however the model is built",
        ("scenario", "versus"),
        standing_table,
        rests_on=("structures",),
    ),
    "ideas_in_structures": Finding(
        "Without tight budgets, autonomy, neighbours, however the model is built",
        ("structure", "scenario", "idea"),
        ideas_in_structures_table,
    ),
    "ideas_standing": Finding(
        "What ideas bring however the model is built",
        ("scenario", "idea"),
        ideas_standing_table,
        rests_on=("ideas", "ideas_in_structures"),
    ),
    "doubt": Finding("Luck, behaviour and structure", ("scenario", "weighting"), doubt_table),
    "claim_audits": Finding(
        "Claims under every condition", ("claim", "audit", "what", "end"), claim_audits_table
    ),
    "claims": Finding("What may be said", ("claim",), claims_table, rests_on=("claim_audits",)),
    "supply": Finding("If it opens, and as such things go", ("scenario",), supply_table),
    "levers": Finding("What each lever does", ("scenario", "lever"), lever_table),
    "cancellation": Finding(
        "Whether a review would cancel", ("scenario", "minimum_share"), cancellation_table
    ),
    "even_chance": Finding(
        "Where cancelling is an even chance",
        ("scenario",),
        even_chance_table,
        rests_on=("cancellation",),
    ),
    "councils": Finding("Council by council", ("scenario", "gss_code"), councils_table),
    "council_reasons": Finding(
        "Why each council is in or out",
        ("scenario", "gss_code", "reason"),
        council_reasons_table,
    ),
    "reasons": Finding(
        "Why councils are in or out",
        ("scenario", "reason"),
        reasons_table,
        rests_on=("council_reasons",),
    ),
    "fate_reasons": Finding(
        "Why councils are in or out, cancelled and not",
        ("scenario", "fate", "reason"),
        fate_reasons_table,
    ),
    "influence": Finding("Who is listened to", ("scenario", "gss_code"), influence_table),
    "listening": Finding(
        "Whom each council listens to", ("scenario", "gss_code", "place"), listening_table
    ),
    "traits": Finding("What each council is like", ("gss_code",), traits_table),
    "in_force": Finding("Figures that are set", ("name",), in_force_table),
    "yardstick": Finding("Words for probabilities", ("words",), yardstick_table),
    "parameters": Finding(
        "Draws of behaviour", ("draw",), lambda results: table_of(results.experiment.parameters)
    ),
}


class Findings(Mapping[str, pd.DataFrame]):
    """Findings by name; each row can be looked up by its keys.

    Parameters
    ----------
    tables
        One for each of `FINDINGS`, or some of them.

    Raises
    ------
    ValueError
        If a table has two rows with the same keys.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._tables = dict(tables)
        self._rows: dict[str, dict[tuple[object, ...], int]] = {}
        # A report looks up hundreds of rows, for which data frames are slow.
        self._columns = {
            name: {str(column): values.array for column, values in table.items()}
            for name, table in self._tables.items()
        }
        for name, table in self._tables.items():
            keys = list(FINDINGS[name].keys)
            rows = list(table[keys].itertuples(index=False, name=None))
            self._rows[name] = {row: number for number, row in enumerate(rows)}
            if len(self._rows[name]) < len(rows):
                raise ValueError(f"two rows of the finding {name} have the same {', '.join(keys)}")

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def row(self, name: str, *key: object) -> dict[str, object] | None:
        """Return the row with these keys as a dictionary, or None."""
        number = self._rows[name].get(key)
        if number is None:
            return None
        return {column: values[number] for column, values in self._columns[name].items()}

    def value(self, name: str, key: tuple[object, ...], column: str) -> object:
        """Return one number.

        Raises
        ------
        KeyError
            If there is no such row or column.
        """
        number = self._rows.get(name, {}).get(key)
        if number is None or column not in self._columns[name]:
            raise KeyError(f"the finding {name} has no {column} of {key}")
        return self._columns[name][column][number]

    def write(self, folder: Path) -> None:
        """Write every table as CSV and as Parquet into a folder of findings.

        Raises
        ------
        BadInput
            If a file cannot be written.
        """
        write_tables(self._tables, folder / FOLDER)


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write every table as CSV and as Parquet.

    Raises
    ------
    BadInput
        If a file cannot be written.
    """
    make_folder(folder)
    for name, table in tables.items():
        write_csv(folder / f"{name}.csv", table)
        write_table(folder / f"{name}.parquet", pa.Table.from_pandas(table, preserve_index=False))


def find(results: Results) -> Findings:
    """Estimate all findings of some results."""
    found: dict[str, pd.DataFrame] = {}
    for name, finding in FINDINGS.items():
        found[name] = finding.make(results, *(found[other] for other in finding.rests_on))
    return Findings(found)


def read_findings(folder: Path) -> Findings:
    """Read what `Findings.write` wrote into a folder of results; those that are there."""
    paths = {name: folder / FOLDER / f"{name}.parquet" for name in FINDINGS}
    return Findings(
        {name: in_kinds(read_table(path)) for name, path in paths.items() if path.is_file()}
    )
