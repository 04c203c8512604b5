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
import re
from importlib.resources import files
from typing import Any

# Nothing but what stands in the file itself, whatever a text in it says.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:"
)
PREFIX = "#viz/"
ENTRY = "replay"
LARGE = 4096
IMPORT = re.compile(rf'from "{PREFIX}([\w-]+)";')


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
        "imports": script_json({"imports": modules(ENTRY)}),
        "data": script_json(packed(data)),
    }
    # In one pass, so that nothing that is put in is read for further places.
    pieces = _web("replay.html").split("{{")
    page = [pieces[0]]
    for piece in pieces[1:]:
        name, rest = piece.split("}}", 1)
        page += [parts[name], rest]
    return "".join(page)


def modules(entry: str) -> dict[str, str]:
    """Return the addresses of a module and of all that it needs, by the names they go by.

    Parameters
    ----------
    entry
        Name of a module of `sim/web/`, without its ending.
    """
    found: dict[str, str] = {}
    wanted = [entry]
    while wanted:
        name = wanted.pop()
        if name not in found:
            text = _web(f"{name}.js")
            wanted += IMPORT.findall(text)
            found[name] = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return {
        f"{PREFIX}{name}": f"data:text/javascript;base64,{found[name]}" for name in sorted(found)
    }


def packed(data: dict[str, Any]) -> dict[str, Any]:
    """Pack what is large, so that the page stays small; `unpack` of `sim/web/state.js` undoes it.

    A value of the data, of a scenario or of a future whose JSON is longer than `LARGE` characters
    is packed as gzip in base64, and its key then ends in ``_gz``. Chances, which are bytes in
    base64 already, are packed as bytes. What is packed already stays as it is.
    """
    small = _packed({**data, "scenarios": [], "futures": []})
    small["scenarios"] = [_packed(scenario) for scenario in data["scenarios"]]
    small["futures"] = [_packed(future) for future in data["futures"]]
    return small


def script_json(value: Any) -> str:
    """Write JSON that can stand in a script element: no text in it ends or opens one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _packed(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        text = script_json(value)
        if len(text) <= LARGE or key.endswith("_gz"):
            found[key] = value
        else:
            content = base64.b64decode(value) if key == "chance" else text.encode("utf-8")
            found[f"{key}_gz"] = _zipped(content)
    return found


def _zipped(content: bytes) -> str:
    # The time is left out, so that the same data give the same page.
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")


def _web(name: str) -> str:
    return (files("sim") / "web" / name).read_text(encoding="utf-8")
