"""What the searches of a file found, for docs/search.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.present.blocks import Block, Bullets, Heading, Paragraph, Quote, Strong, plain
from sim.present.search_page import sentences
from sim.runs.search import SearchResults


def name_of(file: Path) -> str:
    """Give the name of the markers between which the searches of a file stand."""
    return file.stem


def study_part(
    question: str, found: Sequence[tuple[SearchResults, Mapping[str, pd.DataFrame]]]
) -> list[Block]:
    """Say what each search of a file found, in the sentences of its page.

    Parameters
    ----------
    question
        Of the file.
    found
        Its searches with their findings.
    """
    blocks: list[Block] = [Heading(3, Quote(question))]
    for results, findings in found:
        search = results.space.search
        blocks += [
            Paragraph(Strong(Quote(search.title or results.space.name))),
            Bullets([Quote(plain(text, findings)) for text in sentences(results, findings)]),
        ]
    return blocks
