"""Numbers, months and characters as people type them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.files.typed import (
    cannot_be_shown,
    number_text,
    odd_in,
    plain,
    typed_month,
    typed_number,
    visible,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25", 25.0),
        ("0,5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1,000", 1000.0),
        ("1,000.5", 1000.5),
        ("0,125", 0.125),
        ("1.000.000,5", 1_000_000.5),
        ("20 000", 20_000.0),
        ("20\u00a0000", 20_000.0),
        ("20'000", 20_000.0),
        ("-1,5", -1.5),
        ("\u22121", -1.0),
        ("1/4", 0.25),
        ("1e3", 1000.0),
        (' "7" ;', 7.0),
    ],
)
def test_numbers(text: str, value: float) -> None:
    found = typed_number(text)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    "text", ["", "x", "1,0000", "1,00,000", "0..5", "1/0", "٢", "12 apples", "£"]
)
def test_what_is_no_number(text: str) -> None:
    found = typed_number(text)
    assert found is None or found.value == 1.0  # 1,0000 may be a decimal comma


def test_what_stands_beside_a_number() -> None:
    percent, money, span = (typed_number(text) for text in ("25 per cent", "£1.5m", "2 years"))
    assert percent is not None
    assert percent.is_percent
    assert money is not None
    assert (money.value, money.scale, money.is_money) == (1.5, 1e6, True)
    assert span is not None
    assert span.span == "year"


def test_numbers_are_written_short() -> None:
    written = [number_text(value) for value in (0.02, 1.5, 1000.0, 0.1 + 0.2, 1e-9, 20_000 / 1e6)]
    assert written == ["0.02", "1.5", "1000", "0.3", "1e-09", "0.02"]


@pytest.mark.parametrize(
    "text",
    [
        "2018-05",
        "2018-5",
        "2018/05",
        "2018-05-01",
        "01/05/2018",
        "1.5.2018",
        "05/13/2018",
        "05/2018",
        "201805",
        "May 2018",
        "may, 2018",
        "2018 May",
        "1 May 2018",
        "1st of May 2018",
        "22nd May 2018",
        "May-18",
        "2018\u201305",
        "20\u0661\u0668-05",
        "\uff12\uff10\uff11\uff18-05",
        '"2018-05"',
    ],
)
def test_months(text: str) -> None:
    assert typed_month(text) == "2018-05"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2018",
        "May",
        "2018-13",
        "0/2018",
        "32/13/2018",
        "May 18",
        "Q2 2018",
        "1850-01",
        "ma 2018",
    ],
)
def test_what_is_no_month(text: str) -> None:
    assert typed_month(text) == ""


def test_dates_are_months() -> None:
    assert typed_month(datetime.date(2018, 5, 1)) == "2018-05"
    assert typed_month(datetime.datetime(2018, 5, 1, 12)) == "2018-05"
    assert typed_month(2018) == ""


@given(st.text(max_size=30))
def test_any_text_is_read_or_left(text: str) -> None:
    typed_number(text)
    typed_month(text)
    odd_in(plain(text))
    assert odd_in(plain(text)) == ""
    shown = visible(text).replace("\n", "")
    assert shown.isprintable() or cannot_be_shown(text) or not text.isprintable()
    for mark in "\u202a\u202e\u2066\u200f\ufffe\ufeff\x07":
        assert mark not in shown


def test_what_cannot_be_shown() -> None:
    assert cannot_be_shown("Ìle – “x”\n\t\u00a0") == ""
    assert cannot_be_shown("a\u202eb") == ""  # shown escaped in messages
    assert cannot_be_shown("a\x07")
    assert cannot_be_shown("a\x85")
    assert cannot_be_shown("a\ufffe")
    assert cannot_be_shown("a\ufdd0")
    assert cannot_be_shown("a\U0010ffff")
