"""Whatever words hold, Markdown gives them back: read by a parser of its own."""

from __future__ import annotations

import doctest
from collections.abc import Iterator, Sequence

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sim.present import markdown as module
from sim.present.blocks import (
    Block,
    Bullets,
    Code,
    Date,
    Emphasis,
    Heading,
    Link,
    Listing,
    Month,
    Note,
    Number,
    Paragraph,
    Part,
    Picture,
    Quote,
    Strong,
    Table,
    Text,
    parts_of,
    plain,
    printable,
    written,
)
from sim.present.markdown import markdown

FINDINGS = {
    "joined": pd.DataFrame(
        {"scenario": ["a", "b"], "median": [0.31, float("nan")], "cost": [-12.3, 0.0]}
    ).set_index("scenario")
}
STEADY = settings(derandomize=True, deadline=None)
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

# A character of a text and the marks it stands in; spaces are left out, since marks move them.
Marked = tuple[str, frozenset[str]]


def read(text: str) -> list[Token]:
    tokens = PARSER.parse(text)
    assert not [token for token in walked(tokens) if token.type.startswith("html")], text
    return tokens


def walked(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from walked(token.children or [])


def said_by(token: Token) -> list[Marked]:
    """Characters of an inline token with their marks."""
    marks: list[str] = []
    said: list[Marked] = []
    for child in token.children or []:
        kind, _, step = child.type.rpartition("_")
        if step == "open":
            marks.append(str(child.attrs["href"]) if kind == "link" else kind)
        elif step == "close":
            marks.pop()
        else:
            assert child.type in ("text", "text_special", "code_inline"), child
            here = [*marks, "code"] if child.type == "code_inline" else marks
            said += [(one, frozenset(here)) for one in child.content if not one.isspace()]
    return said


def meant_by(text: Text, marks: frozenset[str] = frozenset()) -> list[Marked]:
    """Characters of a text with their marks."""
    said: list[Marked] = []
    for part in parts_of(text):
        match part:
            case Strong():
                said += meant_by(part.text, marks | {"strong"})
            case Emphasis():
                said += meant_by(part.text, marks | {"em"})
            case Link():
                # A link within a link leads where the outer one does.
                outer = any(mark.startswith("to") for mark in marks)
                said += meant_by(part.text, marks if outer else marks | {part.target})
            case _:
                here = marks | {"code"} if isinstance(part, Code) else marks
                said += [(one, here) for one in written(part, FINDINGS) if not one.isspace()]
    return said


# ---------------------------------------------------------------- hostile words

SNIPPETS = [
    "**", "*", "_", "__", "`", "```", "~~", "~~~", "#", "##", " #", ">", "- ", "+ ", "1. ", "2) ",
    "---", "===", "|", "||", "\\", "\\|", "\\\\", "[", "]", "](", ")", "![x](y)", "[x]: y", "[^1]",
    "<b>", "</td>", "<!-- x -->", "<script>", "<https://a.b>", "&", "&amp;", "&#35;", "amp;", "#35",
    ";", "$x$", "!", "\n", "\r\n", "\n\n", "\t", "    ", " ", "\x00", "\x1b[0m", "\u2028", "\u202e",
    "\ufffe", "\ud800", "\u00a0", "\u200b", "a", "b", "1", "2", "é", "漢", "“", "”", "–", "£", ".",
    ":", "a_b", "www.a.b", "| --- |", "- - -", "* * *", "[ ] ",
]  # fmt: skip
hostile = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=3), max_size=6).map("".join)
targets = st.sampled_from(["to.md", "to.md#a", "to(b).md", "to b.md", "to?a&amp;b"])
leaves: st.SearchStrategy[Part] = st.one_of(
    hostile,
    hostile.map(Quote),
    hostile.map(Code),
    hostile.map(Date),
    st.just(Month("2017-08")),
    st.builds(
        Number,
        st.just("joined"),
        st.sampled_from([("a",), ("b",)]),
        st.sampled_from(["median", "cost"]),
        st.sampled_from(["percent", "gbp_m", "plain"]),
    ),
)
texts: st.SearchStrategy[Text] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner.filter(lambda text: not isinstance(text, list)), max_size=5),
        st.builds(Strong, inner),
        st.builds(Emphasis, inner),
        st.builds(Link, inner, targets),
    ),
    max_leaves=6,
)


def blank(text: Text) -> bool:
    return not meant_by(text)


def kinds(tokens: Sequence[Token]) -> list[str]:
    return [token.type for token in tokens]


def assert_same(token: Token, text: Text) -> None:
    said, meant = said_by(token), meant_by(text)
    assert [one for one, _ in said] == [one for one, _ in meant]
    normal = PARSER.normalizeLink
    for (_, got), (_, wanted) in zip(said, meant, strict=True):
        assert got == {
            normal(mark).replace("(", "%28").replace(")", "%29") if mark.startswith("to") else mark
            for mark in wanted
        }


@STEADY
@given(texts)
@example([Code("a"), "", Code("b")])
@example(Code("a`b``c"))
@example(["!", Link("a", "to.md")])
@example(["&", Quote("amp;")])
def test_a_paragraph_comes_back_as_its_text(text: Text) -> None:
    tokens = read(markdown([Paragraph(text), Paragraph("end")], FINDINGS))
    if blank(text):
        assert kinds(tokens) == ["paragraph_open", "inline", "paragraph_close"]
    else:
        assert kinds(tokens) == ["paragraph_open", "inline", "paragraph_close"] * 2
        assert_same(tokens[1], text)


@STEADY
@given(texts, st.integers(1, 6))
@example("a #", 1)
@example("#", 2)
def test_a_heading_comes_back_as_its_text(text: Text, level: int) -> None:
    tokens = read(markdown([Heading(level, text)], FINDINGS))
    if not blank(text):
        assert kinds(tokens) == ["heading_open", "inline", "heading_close"]
        assert tokens[0].tag == f"h{level}"
        assert_same(tokens[1], text)


@STEADY
@given(st.lists(texts, min_size=1, max_size=3), st.lists(texts, max_size=2))
def test_lists_come_back_as_their_items(first: list[Text], second: list[Text]) -> None:
    tokens = read(markdown([Bullets(first), Bullets(second)], FINDINGS))
    shown = [[item for item in items if not blank(item)] for items in (first, second)]
    assert kinds(tokens).count("bullet_list_open") == sum(map(bool, shown))
    assert set(kinds(tokens)) <= {
        *(f"{kind}_{end}" for kind in ("bullet_list", "list_item", "paragraph") for end in ENDS),
        "inline",
    }
    inline = [token for token in tokens if token.type == "inline"]
    for token, item in zip(inline, [*shown[0], *shown[1]], strict=True):
        assert_same(token, item)


ENDS = ("open", "close")


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.integers(1, 4))
    rows = st.lists(texts, min_size=columns, max_size=columns)
    align = draw(st.text("lr", min_size=columns, max_size=columns) | st.just(""))
    return Table(draw(rows), draw(st.lists(rows, max_size=3)), align, caption=draw(texts))


@STEADY
@given(tables())
def test_a_table_keeps_its_cells(table: Table) -> None:
    tokens = read(markdown([table], FINDINGS))
    if not blank(table.caption):
        assert_same(tokens[1], table.caption)
        tokens = tokens[3:]
    assert tokens[0].type == "table_open"
    assert tokens[-1].type == "table_close"
    cells = [token for token in tokens if token.type == "inline"]
    meant = [*table.head, *(cell for row in table.rows for cell in row)]
    assert len(cells) == len(meant)
    for index, (token, cell) in enumerate(zip(cells, meant, strict=True)):
        nothing = "–" if index >= len(table.head) else ""
        assert_same(token, nothing if blank(cell) else cell)
    aligned = [token.attrs.get("style") for token in tokens if token.type == "th_open"]
    wanted = ["text-align:right" if one == "r" else None for one in table.align]
    assert aligned == (wanted or [None] * len(table.head))


@STEADY
@given(texts, texts, texts)
def test_a_picture_has_its_description(title: Text, caption: Text, alt: Text) -> None:
    picture = Picture("map", title, "figures/a map (1).png", caption, alt)
    tokens = read(markdown([picture], FINDINGS))
    (image,) = tokens[1].children or []
    assert image.attrs["src"] == "figures/a%20map%20%281%29.png"
    words = plain(alt, FINDINGS) or plain(title, FINDINGS)
    assert "".join(image.content.split()) or not words
    assert [one for one, _ in said_by(image)] == [one for one in words if not one.isspace()]
    assert kinds(tokens)[3:] == ([] if blank(caption) else kinds(tokens)[:3])


@STEADY
@given(hostile)
@example("```\n~~~\n````")
def test_a_listing_is_left_as_it_is(text: str) -> None:
    tokens = read(markdown([Listing(text), Paragraph("end")], FINDINGS))
    assert kinds(tokens)[0] == "fence"
    assert tokens[0].content.splitlines() == [printable(line) for line in text.splitlines()]
    assert len(tokens) == 4


@STEADY
@given(texts, texts, tables())
def test_a_note_holds_its_blocks(title: Text, text: Text, table: Table) -> None:
    blocks: list[Block] = [Paragraph(text), table, Listing("a\n\n  b"), Bullets([text])]
    tokens = read(markdown([Note(title, blocks), Paragraph("end")], FINDINGS))
    inner = read(markdown([Paragraph(Strong(title)), *blocks], FINDINGS))
    assert tokens[0].type == "blockquote_open"
    close = kinds(tokens).index("blockquote_close")
    assert kinds(tokens)[1:close] == kinds(inner)
    for got, wanted in zip(tokens[1:close], inner, strict=True):
        if got.type == "inline":
            assert said_by(got) == said_by(wanted)
    assert len(tokens) == close + 4


# ---------------------------------------------------------------- what it looks like


def test_a_page_reads_well_as_it_is() -> None:
    page: list[Block] = [
        Heading(1, Quote("Would they join?"), id="top"),
        Paragraph([Strong("The question."), " ", Quote("Do <all> 32 | join? R&D #1")]),
        Bullets(
            [
                [Strong(Quote("GaaP")), ": ", Number("joined", ("a",), "median", "percent"), "."],
                ["See ", Code("offers.depth"), " and ", Link("the facts", "facts.md"), "."],
            ]
        ),
        Table(
            ["Scenario", "Joined"],
            [
                [Quote("a|b"), Number("joined", ("a",), "median", "percent")],
                [Code("x|y"), Number("joined", ("b",), "median", "percent")],
                ["", [Number("joined", ("a",), "cost", "gbp_m"), Emphasis(" at most")]],
            ],
            align="lr",
        ),
        Picture("map", "A map", "figures/map.png", "Who joins."),
        Note("Read with care.", [Paragraph("One."), Listing("python run.py")]),
    ]
    assert markdown(page, FINDINGS) == (
        "# Would they join?\n"
        "\n"
        "**The question.** Do &lt;all> 32 | join? R&D #1\n"
        "\n"
        "- **GaaP**: 31%.\n"
        "- See `offers.depth` and [the facts](facts.md).\n"
        "\n"
        "| Scenario | Joined |\n"
        "| --- | --: |\n"
        "| a\\|b | 31% |\n"
        "| `x\\|y` | – |\n"
        "| – | −£12m _at most_ |\n"
        "\n"
        "![A map](figures/map.png)\n"
        "\n"
        "Who joins.\n"
        "\n"
        "> **Read with care.**\n"
        ">\n"
        "> One.\n"
        ">\n"
        "> ```\n"
        "> python run.py\n"
        "> ```\n"
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("# a", r"\# a"),
        ("-0.02 to 1", "-0.02 to 1"),
        ("- a", r"\- a"),
        ("---", r"\---"),
        ("1. a", r"1\. a"),
        ("1.5 a", "1.5 a"),
        ("> a", r"\> a"),
        ("Wow!", r"Wow\!"),
        ("R&D; AT&T", "R&amp;D; AT&amp;T"),
    ],
)
def test_only_what_would_be_read_as_markup_is_escaped(words: str, line: str) -> None:
    assert markdown([Paragraph(Quote(words))]) == line + "\n"


def test_a_mark_within_a_word_is_still_one() -> None:
    text = Paragraph(["x", Strong("(y)"), "z"])
    assert markdown([text]) == "&#120;**(y)**&#122;\n"


def test_a_long_title_stays_on_one_line() -> None:
    title = Quote("word " * 2000)
    assert markdown([Heading(2, title), Table([title], [[title]])]).count("\n") == 5


def test_a_number_that_is_not_there_stops_the_page() -> None:
    with pytest.raises(LookupError, match="finding 'joined', row \\('c',\\), column 'median'"):
        markdown([Paragraph(Number("joined", ("c",), "median"))], FINDINGS)


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0
