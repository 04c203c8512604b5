"""Lists of source files that name whole folders."""

from pathlib import Path

import pytest

from sim.files.sources import source_files


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name in ("one.py", "many/b.py", "many/a.py", "many/notes.md", "empty/notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def test_a_folder_stands_for_the_python_files_in_it(package: Path) -> None:
    found = source_files(package, ["one.py", "many", "many/notes.md"])
    assert [name for name, _ in found] == ["one.py", "many/a.py", "many/b.py", "many/notes.md"]
    assert all(source.read_text(encoding="utf-8") == name for name, source in found)


@pytest.mark.parametrize("name", ["other.py", "other", "empty"])
def test_a_name_that_names_nothing_is_an_error(name: str, package: Path) -> None:
    with pytest.raises(FileNotFoundError, match=name):
        source_files(package, [name])
