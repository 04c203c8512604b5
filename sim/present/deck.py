"""Which slides a page becomes: question and answer, a slide a picture or table, and the caveats.

Nothing is said here that the page does not say; this chooses what a room is shown, and puts the
rest of each section into the notes of its slides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sim.present.blocks import (
    Block,
    Bullets,
    Findings,
    Heading,
    Note,
    Paragraph,
    Picture,
    Strong,
    Table,
    Text,
    plain,
    printable,
)
from sim.present.office import Material

# What a room can read; larger tables are for paper.
MOST_ROWS = 14
# The section that says what results must not be used for, by the fixed name of its heading.
LIMITS = "limits"
# And that of the answer, where it has one.
ANSWER = "answer"


class Said(NamedTuple):
    """A paragraph of a slide, or an item of a list."""

    text: Text
    is_item: bool


@dataclass
class Slide:
    """A slide: its message, what it shows, and what the speaker has at hand.

    Attributes
    ----------
    title
        In a line or two.
    words
        What it says, where it shows nothing.
    picture, table
        What is shown instead.
    notes
        Paragraphs for the speaker.
    """

    title: str
    words: list[Said] = field(default_factory=list)
    picture: Picture | None = None
    table: Table | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class _Section:
    heading: Heading | None
    blocks: list[Block]

    def title(self, findings: Findings) -> str:
        return plain(self.heading.text, findings) if self.heading else ""


def deck(material: Material) -> list[Slide]:
    """Lay a page out as slides.

    The first has the question and the answer, the last what to keep in mind and what the results
    must not be used for; between them each picture has a slide, and so has the first table of a
    section, unless it is too long for a room.
    """
    findings = material.findings
    opening, *sections = _sections(material.blocks)
    about: list[Block] = []
    # A page whose answer has a heading of its own opens with that, after the question.
    if sections and sections[0].heading and sections[0].heading.id == ANSWER:
        first = sections.pop(0)
        question, about = opening.blocks[:1], opening.blocks[1:]
        opening = _Section(opening.heading, [*question, *first.blocks])
    caveats = [block for section in (opening, *sections) for block in _caveats(section.blocks)]
    limits = next((one for one in sections if one.heading and one.heading.id == LIMITS), None)
    source = f"Source: {material.title}" + (f" (run {material.run})" if material.run else "")
    last_notes = [*_said(caveats, findings), source]

    title = opening.title(findings) or material.title
    slides = [Slide(title, _words(opening.blocks), notes=_said(about, findings))]
    for section in (opening, *sections):
        if section is not limits:
            slides += _shown(section, material)
    slides += _closing(caveats, limits, findings)
    for slide in slides:
        slide.notes += [line for line in last_notes if line not in slide.notes]
    return slides


def _sections(blocks: Iterable[Block]) -> list[_Section]:
    """Cut a page at its headings of the first two levels."""
    found = [_Section(None, [])]
    for block in blocks:
        if isinstance(block, Heading) and block.level <= 2:
            if found[-1].heading is None and not found[-1].blocks:
                found.pop()
            found.append(_Section(block, []))
        else:
            found[-1].blocks.append(block)
    return found


def _words(blocks: Iterable[Block]) -> list[Said]:
    """Paragraphs, and items of lists, that stand before anything is shown."""
    words: list[Said] = []
    for block in blocks:
        match block:
            case Paragraph():
                words.append(Said(block.text, False))
            case Bullets():
                words += [Said(item, True) for item in block.items]
            case Picture() | Table():
                break
            case _:
                pass
    return words


def _caveats(blocks: Iterable[Block]) -> Iterator[Note]:
    for block in blocks:
        if isinstance(block, Note) and block.kind == "caveat":
            yield block


def _shown(section: _Section, material: Material) -> Iterator[Slide]:
    """Give a slide to each picture of a section, and to its first table."""
    findings = material.findings
    said = _said(section.blocks, findings)
    tabled = False
    for block in section.blocks:
        match block:
            case Picture():
                title = plain(block.title, findings)
                figure = material.figures.get(block.path)
                about = [
                    plain(block.caption, findings),
                    printable(figure.caption) if figure else "",
                    plain(block.alt, findings),
                ]
                notes = [line for line in dict.fromkeys(about) if line and line != title]
                yield Slide(title, picture=block, notes=notes)
            case Table() if not tabled and 0 < len(block.rows) <= MOST_ROWS:
                tabled = True
                title = plain(block.caption, findings) or section.title(findings)
                yield Slide(title, table=block, notes=list(said))
            case _:
                pass


def _closing(
    caveats: Sequence[Note], limits: _Section | None, findings: Findings
) -> Iterator[Slide]:
    """Say last what must be kept in mind."""
    for note in caveats:
        yield Slide(plain(note.title, findings), _words(note.blocks))
    if limits is not None:
        yield Slide(limits.title(findings), _words(limits.blocks))


def _said(blocks: Iterable[Block], findings: Findings) -> list[str]:
    """Write the words of blocks as plain paragraphs."""
    said: list[str] = []
    for block in blocks:
        match block:
            case Paragraph():
                said.append(plain(block.text, findings))
            case Bullets():
                said += [f"• {plain(item, findings)}" for item in block.items]
            case Note():
                title = plain([Strong(block.title)], findings)
                said += [f"{title}:" if title else "", *_said(block.blocks, findings)]
            case _:
                pass
    return [line for line in said if line]
