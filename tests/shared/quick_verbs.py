"""Verbs that a person waits for, and what each may load."""

from __future__ import annotations

from pathlib import Path

# What each quick verb is called with, and what heavy packages it may load.
VERBS: dict[str, tuple[list[str], set[str]]] = {
    "--help": (["--help"], set()),
    "--version": (["--version"], set()),
    "list": (["list"], set()),
    "new": (["new", "a_question", "--folder", "FOLDER"], set()),
    "evidence": (["evidence"], {"numpy"}),
    "evidence of one": (["evidence", "behaviour.saving_weight"], {"numpy"}),
    "council": (["council", "Fife", "--out", "FOLDER"], {"numpy"}),
    "check quickstart": (["check", "quickstart"], {"numpy"}),
    "check gaap_vs_scotland": (["check", "gaap_vs_scotland"], {"numpy"}),
    "check uk_beacon": (["check", "uk_beacon"], {"numpy"}),
    "check sweeps/push_or_terms": (["check", "sweeps/push_or_terms"], {"numpy"}),
    "check sweeps/three_quarters": (["check", "sweeps/three_quarters"], {"numpy"}),
    "check history/notify": (["check", "history/notify"], {"numpy"}),
}


def words_of(verb: str, folder: Path) -> list[str]:
    """Return what is typed after the command; what it writes or looks for is in the folder."""
    folder.mkdir(exist_ok=True)
    return [str(folder) if word == "FOLDER" else word for word in VERBS[verb][0]]
