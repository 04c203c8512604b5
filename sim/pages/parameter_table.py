"""Settings for docs/evidence.md: default, unit, plausible range and what each rests on."""

from __future__ import annotations

from sim.evidence.basis import Basis, setting_bases, setting_tables
from sim.pages.fact_table import fact_ids
from sim.present.blocks import Block, Code, Heading, Quote, Table, Text

HEADER = ("Setting", "Meaning", "Default", "Unit", "Plausible", "Rests on", "Source", "Evidence")


def parameter_table() -> list[Block]:
    """Lay out every setting of a scenario that has a stated basis, one table a group."""
    bases = setting_bases()
    blocks: list[Block] = []
    for path, model in setting_tables():
        group = path.replace(".<name>", "")
        rows = [
            _row(key, bases[f"{group}.{key}"])
            for key in model.model_fields
            if f"{group}.{key}" in bases
        ]
        if rows:
            blocks += [Heading(3, Code(path)), Table(HEADER, rows, align="llrlllll")]
    return blocks


def _row(key: str, basis: Basis) -> list[Text]:
    return [
        Code(key),
        Quote(basis.meaning),
        Quote(basis.value),
        Quote(basis.unit),
        Quote(basis.prior),
        Quote(basis.kind),
        Quote(basis.source),
        fact_ids(basis.facts),
    ]
