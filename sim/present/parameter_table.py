"""Settings for docs/evidence.md: default, unit, plausible range and what each rests on.

Made from the models in :mod:`sim.settings`, so that the document cannot fall behind them; a test
compares the two. To renew the document after a change of settings:
``python -m sim.present.parameter_table docs/evidence.md``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.setting_types import bare, is_model
from sim.settings import Scenario, about_setting
from sim.store import write_text

START = "<!-- parameters:start -->"
END = "<!-- parameters:end -->"
HEADER = (
    "| Setting | Meaning | Default | Unit | Plausible | Rests on | Source |",
    "| --- | --- | --: | --- | --- | --- | --- |",
)
# Where `setting` stops saying what a setting means and goes on to its unit and source.
_AFTER_MEANING = re.compile(r" (Unit|Plausible|Source): | An assumption: no record was found\.")


def parameter_table() -> str:
    """Write every setting of a scenario that has a stated basis, one Markdown table a group.

    Returns
    -------
    str
        Headings and tables, without the markers and without a line end after the last row.
    """
    parts = []
    for path, model in _models(Scenario, ""):
        rows = [
            _row(name, field, about)
            for name, field in model.model_fields.items()
            if (about := about_setting(field))
        ]
        if rows:
            parts.append("\n".join([f"### `{path}`", "", *HEADER, *rows]))
    return "\n\n".join(parts)


def renewed(text: str) -> str:
    """Return a document with the section between the markers made anew.

    Raises
    ------
    ValueError
        If the document does not have each marker once, in order.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end or START in rest or END in after:
        raise ValueError(f"the document must have {START} and {END} once each, in this order")
    return f"{before}{START}\n{parameter_table()}\n{END}{after}"


def _models(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Walk a model and those inside it, with their dotted names; names one chooses are <name>."""
    if path:
        yield path, model
    for name, field in model.model_fields.items():
        inner, _ = bare(field.annotation)
        below = f"{path}.{name}" if path else name
        if get_origin(inner) is dict:
            inner, below = get_args(inner)[-1], f"{below}.<name>"
        elif get_origin(inner) is list:
            inner = get_args(inner)[0]
        if is_model(inner):
            yield from _models(inner, below)


def _row(name: str, field: FieldInfo, about: dict[str, str]) -> str:
    meaning = _AFTER_MEANING.split(field.description or "")[0]
    cells = [
        f"`{name}`",
        meaning,
        _number(field.default),
        about.get("unit", "-"),
        about.get("prior", "-"),
        about["basis"],
        about.get("source", "-"),
    ]
    return "| " + " | ".join(_marked(str(cell)) for cell in cells) + " |"


def _marked(text: str) -> str:
    """Keep a cell in one piece, and mark what was recalled and never seen in a source."""
    text = text.replace("|", "\\|").replace("\n", " ")
    return text.replace("(unverified)", "(**unverified, never quote**)")


def _number(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    document = Path(sys.argv[1])
    write_text(document, renewed(document.read_text(encoding="utf-8")))
