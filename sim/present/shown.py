"""What pictures are drawn from: rows of findings, for readers who want the figures.

A picture is known by its name. Where a picture has several pages (``map``, ``map_2``), the rows of
all of them stand with the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from sim.present.blocks import Block, Findings, Picture, Rows
from sim.present.report.facts import Facts
from sim.settings import month_text

MONEY = tuple(f"net_saving_{who}_gbp_m" for who in ("councils", "programme", "total"))
YEAR = 12


def _over_time(facts: Facts, clock: str, *outcomes: str) -> Rows:
    """Take paths by the month; one look a year is enough to read."""
    paths = facts.findings["paths"]
    months = sorted(paths.loc[paths["clock"] == clock, "month"].unique())
    if clock == "opening":
        # Pictures end with the last month that is reported.
        last = max(facts.experiment.outcomes.months_since_opening)
        months = [month for month in months if month <= last]
        yearly = [month for month in months if month % YEAR == 0]
    else:
        yearly = months[::-YEAR]
    where = {"clock": [clock], "outcome": list(outcomes), "month": months}
    return Rows("paths", where, {"month": yearly})


def _origins(facts: Facts) -> Rows:
    """Take what brought members in by the month; one look a year is enough to read."""
    over = _over_time(facts, "opening")
    where = {column: values for column, values in over.where.items() if column != "outcome"}
    return replace(over, finding="origins", where=where)


def _compared(facts: Facts) -> Rows:
    months = facts.experiment.outcomes.headline_months
    first = min(facts.experiment.outcomes.months_since_opening)
    outcomes = [f"joined_share_{first}m", f"joined_share_{months}m", f"use_share_{months}m"]
    outcomes += ["joined_share_end", "use_share_end", "net_saving_total_gbp_m"]
    few = [f"joined_share_{months}m"]
    return Rows("comparison", {"grouping": ["all"], "outcome": outcomes}, {"outcome": few})


def _by_group(facts: Facts) -> Rows:
    outcomes = ["net_saving_per_council_gbp_m", facts.outcome]
    return Rows("summary", {"grouping": ["council type", "size band"], "outcome": outcomes})


def _apart(facts: Facts) -> list[Rows]:
    """Take reasons by fate, where a review may cancel: of such scenarios the bars are these."""
    return [Rows("fate_reasons")] if len(facts.findings["fate_reasons"]) else []


# By the name of a picture. One that is added gets a line here.
SHOWN: Mapping[str, Callable[[Facts], Rows]] = {
    "adoption_opening": lambda facts: _over_time(facts, "opening", "joined_share"),
    "adoption_calendar": lambda facts: _over_time(facts, "calendar", "joined_share"),
    "small_multiples": lambda facts: _over_time(facts, "opening", "joined_share"),
    "origins": _origins,
    "differences": _compared,
    "cancellation": lambda _: Rows("cancellation"),
    "sensitivity": lambda _: Rows("sensitivity", {"versus": [""]}),
    "structures": lambda _: Rows("structures"),
    "why_not": lambda _: Rows("reasons"),
    "net_saving": lambda facts: _over_time(facts, "opening", *MONEY),
    "gains_losses": _by_group,
    "map": lambda _: Rows("councils"),
    "map_chance": lambda _: Rows("councils"),
    "network": lambda _: Rows("influence"),
}
# Of pictures that are drawn from more than one finding: the others.
MORE: Mapping[str, Callable[[Facts], Sequence[Rows]]] = {"why_not": _apart}


def with_rows(blocks: Sequence[Block], facts: Facts) -> list[Block]:
    """Say of each picture what it is drawn from, where that is known and not said already."""
    known: dict[str, Rows] = {}
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Picture) and not block.rows:
            rows = _rows_of(block.name, facts)
            first = next((name for name, other in known.items() if other == rows), "")
            if rows is not None:
                more = MORE[block.name](facts) if block.name in MORE else ()
                block = replace(block, rows=first or rows, more=more)
                known.setdefault(block.name, rows)
        found.append(block)
    return found


def _rows_of(name: str, facts: Facts) -> Rows | None:
    for kind, finding, column in (
        ("curves", "curves", "curve"),
        ("explained", "attribution", "explanation"),
    ):
        if name.startswith(f"{kind}_"):
            for one in facts.findings[finding][column].unique():
                file = re.sub(r"[^A-Za-z0-9]", "_", str(one))
                if re.fullmatch(rf"{kind}_({re.escape(file)}|{re.escape(str(one))})(_\d+)?", name):
                    return Rows(finding, {column: [one]})
    of = SHOWN.get(name) or SHOWN.get(re.sub(r"_\d+$", "", name))
    return None if of is None else of(facts)


# ---------------------------------------------------------------- as readers see them

# Columns of findings in words; of others, the name is made of words.
WORDS: Mapping[str, str] = {
    "q05": "9 in 10 futures, from",
    "q95": "9 in 10 futures, to",
    "q25": "middle half, from",
    "q75": "middle half, to",
    "seeds": "futures",
    "gss_code": "code",
    "low": "95% interval, from",
    "high": "95% interval, to",
    "mean_low": "95% interval of the mean, from",
    "mean_high": "95% interval of the mean, to",
    "versus": "against",
    "joined_by_then_share": "share of futures in which it joined by then",
    "structure": "way to build the model",
    "pass_probability": "chance that most join",
    "pass_low": "95% interval of the chance, from",
    "pass_high": "95% interval of the chance, to",
    "typical_months": "typical months until it joined",
}


def named(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Put the names of councils beside their codes."""
    known = findings.get("influence")
    if "gss_code" not in table or "name" in table or known is None:
        return table
    names = known.drop_duplicates("gss_code").set_index("gss_code")["name"]
    at = table.columns.get_loc("gss_code")
    table = table.copy()
    table.insert(int(str(at)), "name", table["gss_code"].map(names))
    return table


def as_read(table: pd.DataFrame, rows: Rows, findings: Findings) -> pd.DataFrame:
    """Return rows of a finding with titles for names, months as dates, and columns in words.

    Columns that hold the same in every row, as they must, are left out.
    """
    table = named(table, findings).drop(
        columns=[column for column, values in rows.where.items() if len(values) == 1]
    )
    titles: dict[str, Any] = {}
    if (headline := findings.get("headline")) is not None:
        titles = dict(zip(headline["scenario"], headline["title"], strict=True))
    for column in ("scenario", "versus"):
        if column in table:
            table[column] = [titles.get(name, name) for name in table[column]]
    if "structure" in table and (rivals := findings.get("rivals")) is not None:
        built = dict(zip(rivals["structure"], rivals["structure_title"], strict=True))
        table["structure"] = [built.get(name, name) for name in table["structure"]]
    if "scenario" in table and "title" in table:
        table = table.drop(columns="title")
    if rows.where.get("clock") == ["calendar"]:
        table["month"] = [month_text(int(month)) for month in table["month"]]

    def words(column: object) -> str:
        said = WORDS.get(str(column), str(column).replace("_", " "))
        return said[:1].upper() + said[1:]

    return table.rename(columns=words)
