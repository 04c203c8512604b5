"""Files are written whole or not at all, and what is in the way is told in plain words."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from sim.files.problems import BadInput
from sim.files.spreadsheet import write_csv
from sim.files.writing import make_folder, write_atomically, write_bytes, write_text
from sim.runs.tables import write_table

OLD = b"old"


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A file that is still as it was in the end, and alone in its folder."""
    path = tmp_path / "summary.csv"
    path.write_bytes(OLD)
    yield path
    assert path.read_bytes() == OLD
    assert [file.name for file in tmp_path.iterdir()] == ["summary.csv"]


@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_text(path, "new"),
        lambda path: write_bytes(path, b"new"),
        lambda path: write_csv(path, pd.DataFrame({"a": [1]})),
        lambda path: write_table(path, pa.table({"a": [1]})),
    ],
    ids=["text", "picture", "csv", "table"],
)
def test_a_file_open_in_excel_is_named_in_plain_words(
    write: Callable[[Path], None], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(source: object, target: object) -> None:
        raise PermissionError(errno.EACCES, "The process cannot access the file", str(target))

    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(BadInput) as caught:
        write(path)
    assert str(path) in str(caught.value)
    assert "Excel" in str(caught.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "cannot write here: the disk is full"),
        (OSError(errno.EFBIG, "File too large"), "cannot write here: file too large"),
        # The folder forbids it, whatever else is open.
        (PermissionError(errno.EACCES, "Denied"), "cannot write here: denied"),
        (OSError("words of its own"), "cannot write here: words of its own"),
    ],
)
def test_a_write_that_fails_half_way_leaves_the_old_file(
    error: OSError, words: str, path: Path
) -> None:
    def fail(passing: Path) -> None:
        assert passing.parent == path.parent
        passing.write_bytes(b"ne")
        raise error

    with pytest.raises(BadInput) as caught:
        write_atomically(path, fail)
    assert words in str(caught.value)
    assert "Excel" not in str(caught.value)


def test_ctrl_c_half_way_leaves_the_old_file(path: Path) -> None:
    def stop(passing: Path) -> None:
        passing.write_bytes(b"ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, stop)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640)])
def test_files_may_be_read_by_whom_the_user_lets_read_them(
    mask: int, mode: int, tmp_path: Path
) -> None:
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a.txt", "é\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode
    assert (tmp_path / "a.txt").read_bytes() == "é\n".encode()


def test_a_folder_that_cannot_be_made_is_told_in_plain_words(path: Path) -> None:
    with pytest.raises(BadInput, match="cannot write here"):
        make_folder(path / "figures")
    make_folder(path.parent)
