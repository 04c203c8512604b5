"""The page of a replay: one HTML file that holds its data, its scripts and its looks.

It is opened by a double click, so nothing may be fetched: modules stand in an import map as `data:`
addresses and import one another by bare names (`#viz/state`), which is how the same untouched files
of `sim/web/` also run in Node and under a type checker.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
from importlib.resources import files
from typing import Any

# Nothing but what stands in the file itself, whatever a text in it says.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:"
)
PREFIX = "#viz/"


def replay_page(data: dict[str, Any]) -> str:
    """Return the page that shows a replay.

    Parameters
    ----------
    data
        What the page shows, JSON-able; `sim/web/types.d.ts` says what must be in it.

    Returns
    -------
    str
        HTML in one piece, which fetches nothing.
    """
    parts = {
        "policy": html.escape(POLICY),
        "title": html.escape(str(data["title"])),
        "question": html.escape(str(data["question"])),
        "style": _web("replay.css"),
        "imports": script_json({"imports": modules()}),
        "data": script_json(packed(data)),
    }
    # In one pass, so that nothing that is put in is read for further places.
    pieces = _web("replay.html").split("{{")
    page = [pieces[0]]
    for piece in pieces[1:]:
        name, rest = piece.split("}}", 1)
        page += [parts[name], rest]
    return "".join(page)


def modules() -> dict[str, str]:
    """Return the address of every module of `sim/web/`, by the name it is imported by."""
    found = {}
    for file in sorted(_folder().iterdir(), key=lambda file: file.name):
        if file.name.endswith(".js"):
            text = base64.b64encode(file.read_bytes()).decode("ascii")
            found[f"{PREFIX}{file.name.removesuffix('.js')}"] = f"data:text/javascript;base64,{text}"
    return found


def packed(data: dict[str, Any]) -> dict[str, Any]:
    """Pack the runs of all futures but the first, which are read when somebody chooses them."""
    futures = [
        future if i == 0 else _packed_runs(future) for i, future in enumerate(data["futures"])
    ]
    return {**data, "futures": futures}


def script_json(value: Any) -> str:
    """Write JSON that can stand in a script element: no text in it ends or opens one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _packed_runs(future: dict[str, Any]) -> dict[str, Any]:
    text = script_json(future["runs"]).encode("utf-8")
    # The time is left out, so that the same data give the same page.
    runs = base64.b64encode(gzip.compress(text, 9, mtime=0)).decode("ascii")
    return {**{key: value for key, value in future.items() if key != "runs"}, "runs_gz": runs}


def _folder() -> Any:
    return files("sim") / "web"


def _web(name: str) -> str:
    return str((_folder() / name).read_text(encoding="utf-8"))
