"""The frame of a page: its head, its one style and script, and a policy that allows no others.

The policy names style and script by their digests and lets pictures stand in the page itself;
nothing else is run, applied or asked for, whatever stands in the page.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files

PROGRAM = "council-platform-sim"


def page(title: str, main: str, *, script: bool = True) -> str:
    """Put the frame of a page around what it says.

    Parameters
    ----------
    title
        Of the window, as plain words.
    main
        HTML.
    script
        Whether tables of it are to be sorted.
    """
    style = asset("report.css")
    run = asset("report.js") if script else ""
    allowed = [
        "default-src 'none'",
        f"style-src '{_digest(style)}'",
        *([f"script-src '{_digest(run)}'"] if script else []),
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en-GB">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(allowed)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="{PROGRAM}">',
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            '<a class="skip" href="#main">Skip to the main text</a>',
            '<main id="main" tabindex="-1">',
            main,
            "</main>",
            *([f"<script>{run}</script>"] if script else []),
            "</body>",
            "</html>",
            "",
        ]
    )


@cache
def asset(name: str) -> str:
    """Return a style sheet or script that comes with the package."""
    text = (files("sim") / "web" / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n").strip()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
