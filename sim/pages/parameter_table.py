"""Settings for docs/evidence.md: default, unit, plausible range and what each rests on."""

from __future__ import annotations

from sim.evidence.basis import Basis, setting_bases, setting_tables
from sim.present.markdown import id_list, table

HEADER = ("Setting", "Meaning", "Default", "Unit", "Plausible", "Rests on", "Source", "Evidence")


def parameter_table() -> str:
    """Write every setting of a scenario that has a stated basis, one Markdown table a group.

    Returns
    -------
    str
        Headings and tables, without a line end after the last row.
    """
    bases = setting_bases()
    parts = []
    for path, model in setting_tables():
        group = path.replace(".<name>", "")
        rows = [
            _row(key, bases[f"{group}.{key}"])
            for key in model.model_fields
            if f"{group}.{key}" in bases
        ]
        if rows:
            parts.append(f"### `{path}`\n\n{table(HEADER, rows, right=['Default'])}")
    return "\n\n".join(parts)


def _row(key: str, basis: Basis) -> list[str]:
    return [
        f"`{key}`",
        basis.meaning,
        basis.value,
        basis.unit,
        basis.prior,
        basis.kind,
        basis.source,
        id_list(basis.facts),
    ]
