"""The formats in which a page can be had; each has a name and a line here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from sim.files.writing import make_folder, write_text
from sim.present.blocks import Block, Note, Picture
from sim.present.office import Material, need


class Edition(NamedTuple):
    """A format: which package of the extra `office` it takes, and what writes a file of it."""

    package: str
    files: str
    write: Callable[[Path, Material], None]

    def get_ready(self) -> None:
        """Check that all is there that it takes.

        Raises
        ------
        BadInput
            If a package is missing.
        """
        if self.package:
            need(self.package, self.files)


def _word(path: Path, material: Material) -> None:
    from sim.present.word import write_word

    write_word(path, material)


def _slides(path: Path, material: Material) -> None:
    from sim.present.slides import write_slides

    write_slides(path, material)


def _markdown(path: Path, material: Material) -> None:
    from sim.present.markdown import markdown

    for picture in pictures_of(material.blocks):
        there, here = material.picture(picture.path), path.parent / picture.path
        if there.resolve() != here.resolve():
            make_folder(here.parent)
            shutil.copyfile(there, here)
    write_text(path, markdown(material.blocks, material.findings))


def _page(path: Path, material: Material) -> None:
    from sim.present.html import html

    write_text(path, html(material.blocks, material.findings, material.home))


# By the name that is asked for, which is also how the names of files end. A new one needs a line.
EDITIONS: Mapping[str, Edition] = MappingProxyType(
    {
        "html": Edition("", "pages", _page),
        "docx": Edition("docx", "Word files", _word),
        "pptx": Edition("pptx", "slides", _slides),
        "md": Edition("", "Markdown files", _markdown),
    }
)


def pictures_of(blocks: Sequence[Block]) -> Iterator[Picture]:
    """Yield the pictures of a page, those in notes included."""
    for block in blocks:
        if isinstance(block, Picture):
            yield block
        elif isinstance(block, Note):
            yield from pictures_of(block.blocks)
