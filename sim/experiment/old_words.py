"""Words of an earlier version that files may still use, each with the word it is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sim.files.layers import Node
from sim.files.problems import BadInput, toml_key
from sim.files.toml_lines import KeyPath

ANY = "*"
# Where a key stood, and what it is called now; ANY is a name that somebody chose.
OLD_WORDS: dict[tuple[str, ...], str] = {
    ("doubt",): "sensitivity",
    ("ties",): "ideas",
    ("parameters", "lucks"): "seeds_per_draw",
    ("scenarios", ANY, "held"): "fixed_settings",
    ("scenarios", ANY, "offers", ANY, "luck"): "stream",
}


def in_new_words(
    node: Node, say: Callable[[str], object] = lambda line: None, path: KeyPath = ()
) -> Node:
    """Return a table with old keys under their new names, and say which they are.

    Parameters
    ----------
    node
        The table of a file, or of a ``--set``.
    say
        Receives a line for each old word.
    path
        Where the table stands.

    Raises
    ------
    BadInput
        If a table has a key under both names.
    """
    if not node.is_table:
        return node
    table: dict[str, Node] = {}
    for key, entry in node.value.items():
        new = _new_word((*path, key))
        if new is not None:
            if new in node.value:
                raise BadInput(
                    [
                        entry.origin.problem(
                            f"{key} is the old word for {new}, and both stand here; keep {new}"
                        )
                    ]
                )
            # A change of single keys has no value of its own.
            line = f", line {entry.origin.line}" if entry.origin.line else ""
            say(
                f"{entry.origin.source.name}{line}: {toml_key((*path, key))} is now called {new}; "
                "the old word is still read in this version."
            )
        name = new or key
        table[name] = in_new_words(entry, say, (*path, name))
    return replace(node, value=table)


def _new_word(path: KeyPath) -> str | None:
    for old, new in OLD_WORDS.items():
        if len(old) == len(path) and all(
            word in (ANY, part) for word, part in zip(old, path, strict=True)
        ):
            return new
    return None
