"""Blocks say what a page says: numbers are looked up, figures that were typed are found."""

from __future__ import annotations

import doctest
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.present import blocks as module
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
    TypedDigits,
    in_brackets,
    plain,
    printable,
    texts_of,
    typed_digits,
    value_of,
    written,
)
from sim.present.formats import FORMATS

BY_COLUMNS = pd.DataFrame(
    {
        "scenario": ["gaap", "gaap", "push"],
        "months": [12, 24, 12],
        "joined": [0.1, 0.314, np.nan],
        "councils": [353, 353, 32],
        "opened": ["2017-08", "2017-08", None],
    }
)
BY_INDEX = BY_COLUMNS.set_index(["scenario", "months"])
FINDINGS = {
    "columns": BY_COLUMNS,
    "index": BY_INDEX,
    "one": BY_COLUMNS.set_index("opened").iloc[1:],
}


def number(finding: str, row: tuple[Any, ...], column: str, form: str = "percent") -> str:
    return written(Number(finding, row, column, form), FINDINGS)


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("finding", ["columns", "index"])
def test_a_number_is_found_by_its_key(finding: str) -> None:
    assert value_of(Number(finding, ("gaap", 24), "joined"), FINDINGS) == 0.314
    assert number(finding, ("gaap", 24), "joined") == "31%"
    assert number(finding, ("gaap", 24), "councils", "count") == "353"
    assert number(finding, ("gaap", 24), "opened", "month") == "August 2017"


def test_an_index_of_one_level_is_a_key() -> None:
    assert number("one", ("2017-08",), "joined") == "31%"


@pytest.mark.parametrize("column", ["joined", "opened"])
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_missing_is_a_dash_in_any_format(column: str, form: str) -> None:
    assert number("index", ("push", 12), column, form) == "–"


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_what_is_without_end_is_a_dash(value: float) -> None:
    findings = {"a": pd.DataFrame({"name": ["x"], "value": [value]})}
    assert written(Number("a", ("x",), "value", "count"), findings) == "–"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (Number("none", ("gaap", 12), "joined"), "finding 'none'.*the findings are columns, index"),
        (Number("index", ("gaap", 12), "left"), "column 'left'.*the columns are joined, councils"),
        (Number("index", ("gaap", 36), "joined"), r"row \('gaap', 36\).*there are 0 such rows"),
        (Number("index", ("gaap",), "joined"), "a key is made of scenario, months"),
        (Number("columns", ("gaap",), "joined"), "there are 2 such rows"),
        (Number("index", ("gaap", 12), "joined", "furlongs"), "the formats are percent"),
    ],
)
def test_a_number_that_is_not_there_is_named(reference: Number, words: str) -> None:
    with pytest.raises(LookupError, match=words):
        written(reference, FINDINGS)


@pytest.mark.parametrize(
    ("form", "value", "words"),
    [
        ("percent", 0.314, "31%"),
        ("percent_bare", 0.314, "31"),
        ("percent_bare", 0.001, "under 1"),
        ("points", -0.022, "−2.2"),
        ("hundredths", -0.022, "2"),
        ("points_plain", 0.0125, "1.25"),
        ("signed", 12.3, "+12.3"),
        ("signed", -0.5, "−0.5"),
        ("gbp_m", 12.3, "£12m"),
        ("gbp_thousand", 0.0123, "£12,000"),
        ("count", 1234.0, "1,234"),
        ("count", -1234, "−1,234"),
        ("months", 1, "1 month"),
        ("months", 18.0, "18 months"),
        ("span", 24.0, "two years"),
        ("plain", 0.12345, "0.123"),
        ("month", "2017-08", "August 2017"),
        ("frequency", 0.31, "about 3 in 10"),
        ("likelihood", 0.9, "highly likely"),
    ],
)
def test_formats(form: str, value: object, words: str) -> None:
    findings = {"a": pd.DataFrame({"name": ["x"], "value": [value]})}
    assert written(Number("a", ("x",), "value", form), findings) == words


def test_every_format_is_tried() -> None:
    (cases,) = (mark.args[1] for mark in test_formats.pytestmark)  # type: ignore[attr-defined]
    assert {form for form, *_ in cases} == set(FORMATS)


# ---------------------------------------------------------------- words


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=20))
def test_words_stay_on_one_line(words: str) -> None:
    assert len(written(Quote(words), {}).splitlines()) <= 1
    assert len(printable(words).splitlines()) <= 1


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("a\r\n b\tc", "a b c"),
        ("a\x00\x1b\u2028b", "a b"),
        ("a\u202eb\u2066c", "abc"),
        ("a\ufffe\ud800b", "a b"),
        ("31\u00a0% naïve 漢字 👩‍💻", "31\u00a0% naïve 漢字 👩‍💻"),
        ("<b>*a* & b|", "<b>*a* & b|"),
    ],
)
def test_words_keep_what_can_be_read(words: str, shown: str) -> None:
    assert written(Quote(words), {}) == shown


def test_plain_words_have_no_marks() -> None:
    text: list[Part] = [
        Strong(["The ", Emphasis("question"), "."]),
        " ",
        Link([" See ", Code("a_b")], "a.md"),
        " of ",
        Month("2017-08"),
    ]
    assert plain(text, {}) == "The question. See a_b of August 2017"


# ---------------------------------------------------------------- pages

PAGE: list[Block] = [
    Heading(1, "1"),
    Paragraph(["2", Strong(["3", Emphasis("4")]), Link(["5", "6"], "0.md")]),
    Bullets(["7", Quote("0")]),
    Table(["8"], [["9"]], caption="10"),
    Picture("0", "11", "0.png", "12", "13"),
    Note("14", [Note("15", [Paragraph(["16", Code("0"), Date("0"), Month("2017-08")])])]),
    Listing("0"),
    Paragraph(Number("columns", ("gaap", 12), "joined")),
]


def test_typed_figures_are_found_wherever_they_stand() -> None:
    found = [figure for figure, _ in typed_digits(PAGE)]
    assert sorted(found, key=int) == [str(number) for number in range(1, 17)]
    assert len(list(texts_of(PAGE))) == 14


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("31% of 1,234.5 councils", ["31", "1,234.5"]),
        ("9 in 10 futures, the 95% interval, 9", ["9"]),
        ("½, m² and ٣", ["½", "²", "٣"]),
        ("one of three", []),
    ],
)
def test_figures_allowed_by_convention_are_left_out(words: str, figures: list[str]) -> None:
    found = typed_digits([Paragraph(words)], allowed=["9 in 10", "95% interval"])
    assert found == [TypedDigits(figure, words) for figure in figures]


@pytest.mark.parametrize("target", ["a.md", "../b.md#c", "https://a.b/c", "mailto:a@b.c", "#d"])
def test_links_lead_to_files_and_pages(target: str) -> None:
    assert Link("a", target).target == target


@pytest.mark.parametrize("target", ["javascript:alert(1)", " JavaScript:x", "data:text/html,x"])
def test_links_run_nothing(target: str) -> None:
    with pytest.raises(ValueError, match="a link leads to"):
        Link("a", target)


def test_blocks_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells in a table of 2"):
        Table(["a", "b"], [["c"]])
    for align in ("l", "lrl", "lc"):
        with pytest.raises(ValueError, match="are not aligned by"):
            Table(["a", "b"], [], align)
    for level in (0, 7):
        with pytest.raises(ValueError, match="headings have levels"):
            Heading(level, "a")


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0


def test_an_interval_that_reads_like_its_figure_is_not_said_again() -> None:
    table = pd.DataFrame({"scenario": ["a", "b"], "at": [25.9, 25.9]})
    table = table.assign(low=[25.6, 24.2], high=[26.3, 27.7])
    found = {"headline": table}

    def said(name: str) -> str:
        at, low, high = (Number("headline", (name,), end, "gbp_m") for end in ("at", "low", "high"))
        return plain([at, *in_brackets(at, low, high, found)], found)

    assert said("a") == "£26m"
    assert said("b") == "£26m (£24m to £28m)"
