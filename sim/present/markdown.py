"""Pages as Markdown: CommonMark with the tables of GitHub.

This is the only place that knows the special characters of Markdown. Whatever the words hold:

- a text comes back as that text and as nothing else: no heading, list, link, picture, code or
  HTML of its own, however a line begins or ends and whatever stands beside it;
- a text stays on one line, so that no line end in a title breaks anything;
- a table has as many cells in each row as in its head;
- the same blocks give the same characters.

Addresses in the words themselves, which GitHub makes links of, are left as they are: they lead
where they say. Fixed names of headings are left out, since Markdown has none without HTML.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import quote

from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Emphasis,
    Findings,
    Heading,
    Link,
    Listing,
    Note,
    Number,
    Paragraph,
    Part,
    Picture,
    Strong,
    Table,
    Text,
    leaves_of,
    parts_of,
    plain,
    printable,
    written,
)
from sim.present.formats import NOTHING

NO_FINDINGS: Findings = MappingProxyType({})
MARKS: Mapping[type, str] = {Strong: "**", Emphasis: "_"}


def markdown(blocks: Iterable[Block], findings: Findings = NO_FINDINGS) -> str:
    r"""Write blocks as Markdown that ends with a line end; blocks without words leave no trace.

    Parameters
    ----------
    blocks
        A page, or a part of one.
    findings
        Tables that its numbers refer to, by name.

    Raises
    ------
    LookupError
        If a number is not to be found.

    Examples
    --------
    >>> print(markdown([Paragraph([Strong("Title."), " ", "*5 < 6*"])]), end="")
    **Title.** \*5 &lt; 6\*
    """
    pieces = []
    sign = ""  # of the list that ended just before
    for block in blocks:
        # A list right after another would become part of it, but for another sign.
        lines = list(_lines(block, findings, "+" if sign == "-" else "-"))
        if lines:
            pieces.append("\n".join(lines) + "\n")
            sign = lines[0][0] if isinstance(block, Bullets) else ""
    return "\n".join(pieces)


def _lines(block: Block, findings: Findings, sign: str) -> Iterator[str]:
    match block:
        case Heading():
            if words := _inline(block.text, findings).strip():
                # Signs at its end would be taken for the close of a heading.
                yield "#" * block.level + " " + re.sub(r"(?<!\\)#$", r"\\#", words)
        case Paragraph():
            yield from _line(block.text, findings)
        case Bullets():
            for item in block.items:
                yield from (f"{sign} {words}" for words in _line(item, findings))
        case Table():
            yield from _table(block, findings)
        case Picture():
            alt = plain(block.alt, findings) or plain(block.title, findings)
            yield f"![{_escaped(alt)}]({_target(block.path)})"
            yield from (line for words in _line(block.caption, findings) for line in ("", words))
        case Note():
            inner = markdown([Paragraph(Strong(block.title)), *block.blocks], findings)
            yield from (f"> {line}" if line else ">" for line in inner.split("\n")[:-1])
        case Listing():
            lines = [printable(line) for line in block.text.splitlines()]
            fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
            yield from (fence, *lines, fence)


def _table(table: Table, findings: Findings) -> Iterator[str]:
    yield from (line for words in _line(table.caption, findings) for line in (words, ""))
    rules = ["--:" if letter == "r" else "---" for letter in table.align or "l" * len(table.head)]
    head, *rows = (
        [_inline(cell, findings, in_cell=True).strip() for cell in row]
        for row in (table.head, *table.rows)
    )
    for cells in (head, rules, *([cell or NOTHING for cell in row] for row in rows)):
        yield f"| {' | '.join(cells)} |"


def _line(text: Text, findings: Findings) -> Iterator[str]:
    """Write a text that begins a line, where some signs would make a heading, list or quote."""
    if words := _inline(text, findings).strip():
        yield re.sub(r"^(?:(?=[#>]|[-+](?:[\s-]|$))|(\d+)(?=[.)](?:\s|$)))", r"\1\\", words)


def _inline(
    text: Text, findings: Findings, within: frozenset[type] = frozenset(), *, in_cell: bool = False
) -> str:
    """Write the parts of a text one after another; `within` are the marks they stand in."""
    words = ""
    after_mark = False
    for part in _merged(parts_of(text), findings, within):
        if not isinstance(part, Strong | Emphasis | Link):
            piece = written(part, findings)
            piece = _code(piece, in_cell) if isinstance(part, Code) else _escaped(piece, in_cell)
        else:
            piece = _inline(part.text, findings, within | {type(part)}, in_cell=in_cell)
            if isinstance(part, Link):
                piece = f"[{piece.strip()}]({_target(part.target)})"
            else:
                # Marks stand close to their words, and beside a space or a sign.
                sign, inner = MARKS[type(part)], piece.strip()
                before, _, after = piece.partition(inner)
                words += before
                words = words[:-1] + _as_sign(words[-1:])
                piece = f"{sign}{inner}{sign}{after}"
        words += (_as_sign(piece[:1]) + piece[1:]) if after_mark else piece
        after_mark = type(part) in MARKS and not piece.endswith(" ")
    return words


def _merged(parts: Iterable[Part], findings: Findings, within: frozenset[type]) -> Iterator[Part]:
    """Make marks of one kind one, within each other or side by side, and drop those around nothing.

    Their signs would otherwise meet and be read as something else; so would those of code.
    """
    last: Part = ""
    for part in _unnested(parts, within):
        leaves = list(leaves_of(part))
        # A number always says something, and looking it up costs more than the rest.
        if not any(isinstance(leaf, Number) or written(leaf, findings).strip() for leaf in leaves):
            part = "".join(written(leaf, findings) for leaf in leaves)
            if not part:
                continue
        if isinstance(part, Code) and isinstance(last, Code):
            last = Code(last.text + part.text)
        elif isinstance(part, Strong | Emphasis) and type(part) is type(last):
            last = type(part)([*parts_of(last.text), *parts_of(part.text)])
        else:
            yield last
            last = part
    yield last


def _unnested(parts: Iterable[Part], within: frozenset[type]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Strong | Emphasis | Link) and type(part) in within:
            yield from _unnested(parts_of(part.text), within)
        else:
            yield part


def _escaped(words: str, in_cell: bool = False) -> str:
    """Take from signs what they mean in Markdown, also together with what may follow."""
    words = re.sub(r"[\\`*_\[\]~$]|!$", r"\\\g<0>", words)
    words = re.sub(r"&(?=#?\w*(?:;|$))", "&amp;", words).replace("<", "&lt;")
    return words.replace("|", r"\|") if in_cell else words


def _code(words: str, in_cell: bool) -> str:
    words = words.strip()
    fence = "`" * (_longest_run(words) + 1)
    space = " " if "`" in (words[0], words[-1]) else ""
    words = fence + space + words + space + fence
    return words.replace("|", r"\|") if in_cell else words


def _longest_run(words: str) -> int:
    return max(map(len, re.findall("`+", words)), default=0)


def _target(address: str) -> str:
    """Write an address without the signs that would end it."""
    return quote(address, safe="/:?#@!+,;=&%~", errors="replace").replace("&", "&amp;")


def _as_sign(character: str) -> str:
    """Write a letter beside a mark as its code, which begins and ends with a sign.

    A mark that touches a letter on one side and a sign on the other is not read as one.
    """
    if not character or character.isspace() or unicodedata.category(character).startswith("P"):
        return character
    return character if character in "`<>$+=^|~" else f"&#{ord(character)};"
