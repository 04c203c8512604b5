"""Settings for docs/evidence.md: default, unit, plausible range and what each rests on."""

from __future__ import annotations

from sim.grounds import Ground, setting_grounds, setting_tables
from sim.present.markdown import id_list, table

HEADER = ("Setting", "Meaning", "Default", "Unit", "Plausible", "Rests on", "Source", "Evidence")


def parameter_table() -> str:
    """Write every setting of a scenario that has a stated basis, one Markdown table a group.

    Returns
    -------
    str
        Headings and tables, without a line end after the last row.
    """
    grounds = setting_grounds()
    parts = []
    for path, model in setting_tables():
        group = path.replace(".<name>", "")
        rows = [
            _row(key, grounds[f"{group}.{key}"])
            for key in model.model_fields
            if f"{group}.{key}" in grounds
        ]
        if rows:
            parts.append(f"### `{path}`\n\n{table(HEADER, rows, right=['Default'])}")
    return "\n\n".join(parts)


def _row(key: str, ground: Ground) -> list[str]:
    return [
        f"`{key}`",
        ground.meaning,
        ground.value,
        ground.unit,
        ground.prior,
        ground.basis,
        ground.source,
        id_list(ground.facts),
    ]
