"""Tables laid over each other, with a memory of where every value was set.

The rules: tables merge key by key; lists and plain values replace. A table of councils (its
name is `councils` or `scope`) replaces the one below it whole, since half of one choice and
half of another is neither. The two ways to state a team's visits replace each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sim.files.problems import Problem, shown, toml_key
from sim.files.toml_lines import KeyPath, key_lines, line_of

REPLACED_WHOLE = ("councils", "scope")
EITHER_OR = ("visits_per_month", "visits_per_council_per_year")


@dataclass(frozen=True, eq=False)
class Source:
    """Something that sets values: a file, or a ``--set`` of the command line.

    Attributes
    ----------
    name
        As shown to the reader.
    table
        The values it sets.
    text
        The TOML text they were read from, for line numbers; "" if there is none.
    rank
        Where two settings together are wrong, the one of higher rank is named.
    """

    name: str
    table: Mapping[str, Any]
    text: str = ""
    rank: int = 1

    @cached_property
    def lines(self) -> dict[KeyPath, int]:
        """Line of each key."""
        return key_lines(self.text) if self.text else {}

    def shown(self, path: KeyPath) -> str:
        """Write the value at a path as TOML does, or "" if there is none."""
        value: Any = self.table
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return ""
        return shown(value)


@dataclass(frozen=True)
class Origin:
    """Where a value was set."""

    source: Source
    path: KeyPath

    @property
    def line(self) -> int | None:
        """Line of the value or of the table around it."""
        return line_of(self.source.lines, self.path)

    def problem(
        self, problem: str, *, given: str | None = None, allowed: str = "", meant: str = ""
    ) -> Problem:
        """Report a problem with this value; `given` is looked up unless stated."""
        is_file = self.source.rank < SET_RANK
        return Problem(
            problem,
            file=self.source.name,
            line=self.line,
            # A --set shows its key already.
            key=toml_key(self.path) if is_file else "",
            given=self.source.shown(self.path) if given is None else given,
            allowed=allowed,
            meant=meant,
        )


LIBRARY_RANK, FILE_RANK, SET_RANK = 0, 1, 2


@dataclass(frozen=True)
class Node:
    """A value and where it was set; the value of a table is a dict of nodes.

    Attributes
    ----------
    adds
        A table that only carries a change of single keys, and so never replaces a table whole.
    """

    origin: Origin
    value: Any
    adds: bool = False

    @property
    def is_table(self) -> bool:
        """Is this a table?"""
        return isinstance(self.value, dict)

    def without(self, *keys: str) -> Node:
        """Return the table without these keys."""
        if not self.is_table:
            return self
        return replace(self, value={k: v for k, v in self.value.items() if k not in keys})

    def plain(self) -> Any:
        """Return the bare value."""
        if self.is_table:
            return {key: node.plain() for key, node in self.value.items()}
        return self.value


def tree(value: object, origin_of: Callable[[KeyPath], Origin], path: KeyPath = ()) -> Node:
    """Wrap a value, every table and every entry of a table in nodes."""
    if isinstance(value, Mapping):
        inside = {key: tree(entry, origin_of, (*path, key)) for key, entry in value.items()}
        return Node(origin_of(path), inside)
    return Node(origin_of(path), value)


def source_tree(source: Source) -> Node:
    """Wrap the values of a source."""
    return tree(source.table, lambda path: Origin(source, path))


def change_tree(path: tuple[str, ...], node: Node) -> Node:
    """Wrap one value in the tables that lead to it, so that merging changes nothing else."""
    for part in reversed(path):
        node = Node(node.origin, {part: node}, adds=True)
    return node


def merge(below: Node, above: Node) -> Node:
    """Lay one table over another; the table keeps the origin of the lower one."""
    if not (below.is_table and above.is_table):
        return above
    merged = dict(below.value)
    given = [key for key in EITHER_OR if key in above.value]
    if len(given) == 1:
        for key in EITHER_OR:
            merged.pop(key, None)
    for key, node in above.value.items():
        whole = key in REPLACED_WHOLE and not node.adds
        merged[key] = node if whole or key not in merged else merge(merged[key], node)
    return replace(below, value=merged)


class Origins:
    """Where each value of a tree was set.

    The tree may be given as a function that makes it, and is made when first asked for a place:
    most trees are right and nobody asks.
    """

    def __init__(self, root: Node | Callable[[], Node]) -> None:
        self._root = root

    @cached_property
    def _found(self) -> dict[KeyPath, Origin]:
        found: dict[KeyPath, Origin] = {}

        def note(path: KeyPath, node: Node) -> None:
            found[path] = node.origin
            if node.is_table:
                for key, entry in node.value.items():
                    note((*path, key), entry)

        note((), self._root if isinstance(self._root, Node) else self._root())
        return found

    def __contains__(self, path: KeyPath) -> bool:
        return path in self._found

    def find(self, path: KeyPath) -> Origin:
        """Return the origin of a location, also inside a list or where a key is missing."""
        for length in range(len(path), -1, -1):
            origin = self._found.get(path[:length])
            if origin is not None:
                return Origin(origin.source, (*origin.path, *path[length:]))
        raise KeyError(path)
