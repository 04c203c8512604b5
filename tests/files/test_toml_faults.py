"""What is said of a text that is not TOML, and of files that are no text at all."""

from __future__ import annotations

import io
import tomllib
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.files.problems import BadInput, Problem
from sim.files.toml_faults import depth_of, fault, has_endless_key
from sim.files.toml_lines import line_too_deep
from sim.files.toml_reading import MOST_BYTES, MOST_LINES, read_toml


def fault_of(text: str) -> Problem:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    return fault(caught.value, text, "x.toml", lambda path, written: ("", ""))


OPEN = {
    "a list, blamed four lines below": ('a = ["x",\n "y",\n\n\n[b]\nc = 1\n', 1, "list"),
    "a list before a setting": ('z = 1\na = ["x"\nb = 2\n', 2, "list"),
    "a list before a list of tables": ("a = [1, 2\n# note\n[[b]]\n", 1, "list"),
    "a list inside a list": ("a = [[1, 2],\n [3, 4\nb = 1\n", 2, "list"),
    "a list at the end": ('a = 1\nb = ["x",\n "y"\n', 2, "list"),
    "a list on the last line": ("a = 1\nb = [1", 2, "list"),
    "a table over several lines": ("a = {\n b = 1\n}\n", 1, "table"),
    "a table without an end": ("a = { b = [1]\nc = 2\n", 1, "table"),
    "a long text": ('a = """x\n\n[b]\nc = 1\n', 1, "text"),
    "another long text": ("a = 1\nb = '''x\n\n[b]\nc = 1\n", 2, "text"),
    "brackets in text and notes do not open": ('a = "[" # [\nb = [1\nc = 2\n', 2, "list"),
}


@pytest.mark.parametrize(("text", "line", "what"), OPEN.values(), ids=OPEN)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_what_is_left_open_is_blamed_where_it_opens(
    text: str, line: int, what: str, ending: str
) -> None:
    found = fault_of(text.replace("\n", ending))
    assert found.line == line
    assert found.problem.startswith(f"the {what} that opens here")
    assert found.given == text.split("\n")[line - 1].strip()


def test_a_comma_that_is_missing_in_a_list_is_missing_there() -> None:
    found = fault_of('a = [\n "x"\n "y",\n]\n')
    assert (found.line, found.problem) == (3, "expected ',' or ']' in the list (column 2)")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a = “x”", "a curly quotation mark (“)"),
        ("a = ‘x’", "a curly quotation mark (‘)"),
        ("a = «x»", "a curly quotation mark («)"),
        ('a = "x”', "a curly quotation mark (”)"),
        ("a\u00a0= 1", "a non-breaking space"),
        ("\u00a0a = 1", "a non-breaking space"),
        ("a\u2003= 1", "an em space"),
        ("a\u200b = 1", "a zero-width space"),
        ("a = \ufeff1", "a zero width no break space"),
        ("a\u00adb = 1", "a soft hyphen"),
        ("a\u2013b = 1", "a dash"),
        ("a = \u22121", "a dash"),
        ("[a\u2011b]", "a dash"),
    ],
)
def test_a_character_that_no_keyboard_has_is_named(line: str, words: str) -> None:
    found = fault_of(f"x = 1\n{line}\n")
    assert found.line == 2
    assert found.problem.startswith(words)
    assert "type" in found.problem or "delete it" in found.problem


def test_such_characters_may_stand_in_text_and_notes() -> None:
    found = fault_of('a = "“x” – \u00a0" # “\nb = oops\n')
    assert (found.line, found.meant) == (2, '"oops"')


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("a = 25%", "0.25"),
        ("a = 1,000", "1000"),
        ("a = 0,5", "0.5"),
        ("a = .5 # half", "0.5"),
        ("a = £2m", "2000000"),
        ("a = True", "true"),
        ("a = some words", '"some words"'),
        ("a = May 2018", '"2018-05"'),
        ("a: 1", "a = 1"),
        ("a b = 1", "a_b"),
        ("a = ", ""),
        ("a = x = y", ""),
        ("= 1", ""),
        ("a", ""),
    ],
)
def test_values_where_nothing_is_known_of_settings(line: str, meant: str) -> None:
    found = fault_of(f"{line}\n")
    assert (found.line, found.meant) == (1, meant)


@given(st.text(st.sampled_from("ab =.,[]{}\"'#\n\r1%£“”–\u00a0\u200b\\"), max_size=60))
@example("a = [\n[")
@example("\\")
@example('a = "\\')
def test_any_text_is_answered(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = fault(error, text, "x.toml", lambda path, written: ("", ""))
        assert found.line is not None
        assert 1 <= found.line <= text.replace("\r\n", "\n").count("\n") + 1
        assert str(found)


# ---------------------------------------------------------------- depth


def test_depth() -> None:
    shallow: list[dict[str, object]] = [{}, {"a": {}}, {"a": [[1]]}]
    assert [depth_of(value) for value in shallow] == [0, 1, 2]
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert depth_of(deep) == 100_000


def test_the_line_that_is_too_deep() -> None:
    text = "x = 1\n[a.b]\nc.d = 1\n[a.b.c.e.f]\ng = 1\n"
    assert line_too_deep(text, 4) == 4
    assert line_too_deep(text, 6) is None
    assert line_too_deep("a = [\n[\n[1]]]\n", 2) == 3


def test_keys_without_end() -> None:
    assert has_endless_key("x = 1\n" + ".".join("a" * 5000) + " = 1\n") == 2
    assert has_endless_key('x = """\n' + "." * 5000 + "\n" + "a. " * 900 + '\n"""\n') == 0


# ---------------------------------------------------------------- files that are no text


def workbook() -> bytes:
    passing = io.BytesIO()
    openpyxl.Workbook().save(passing)
    return passing.getvalue()


def archive(*names: str) -> bytes:
    passing = io.BytesIO()
    with zipfile.ZipFile(passing, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return passing.getvalue()


KINDS = {
    "an Excel workbook": workbook(),
    "a Word document": archive("[Content_Types].xml", "word/document.xml"),
    "a PowerPoint presentation": archive("[Content_Types].xml", "ppt/presentation.xml"),
    "a zip archive": archive("quickstart.toml"),
    "an old Office file, such as .xls or .doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100,
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3",
    "a table in Parquet": b"PAR1\x15\x04",
    "a document with formatting (RTF)": b"{\\rtf1\\ansi title}",
    "a web page": b"<!DOCTYPE html><html>",
    "a compressed file": b"\x1f\x8b\x08\x00",
    "a picture": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize(("kind", "data"), KINDS.items(), ids=KINDS)
def test_files_that_are_no_experiment_files(kind: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="not an experiment file") as caught:
        read_toml(path)
    assert caught.value.problems[0].problem == f"this is {kind}, not an experiment file"


def test_files_beyond_all_measure(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("# a note\n" * (MOST_LINES + 1))
    with pytest.raises(BadInput, match=r"too long to be read\n.*50,000 lines"):
        read_toml(path)
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(BadInput, match=r"too large to be read\n.*20,000,000 bytes"):
        read_toml(path)
    path.write_text("# a note\n" * (MOST_LINES - 1))
    assert read_toml(path).table == {}
