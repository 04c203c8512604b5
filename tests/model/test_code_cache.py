"""Compiled code is kept for this package alone, and a run does without where it cannot be kept."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import pytest
from numba.core import caching

from sim.model import code_cache
from tests.shared.folders import ROOT


def twice(number: int) -> int:
    return 2 * number


def compiled() -> Any:
    """The function, compiled anew or read from the folder of the moment."""
    dispatcher = code_cache.keep(numba.njit(twice))
    assert dispatcher(21) == 42
    return dispatcher


def was_read(dispatcher: Any) -> bool:
    stats = dispatcher.stats
    return sum(stats.cache_hits.values()) == 1 and not stats.cache_misses


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where code is kept in a test; it does not exist yet."""
    place = tmp_path / "caches" / "0123456789abcdef"
    monkeypatch.setattr(code_cache, "CACHES", place.parent)
    monkeypatch.setattr(code_cache, "CACHE", place)
    return place


def in_a_process(code: str, **environment: str) -> str:
    """Run a program in the project's folder; returns what it printed."""
    inherited = {key: text for key, text in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


# ---------------------------------------------------------------- ours alone


def test_code_is_kept_and_read_again(folder: Path) -> None:
    assert not code_cache.has_cache("twice")
    assert not was_read(compiled())
    assert code_cache.has_cache("twice")
    assert not code_cache.has_cache("thrice")
    assert was_read(compiled())
    assert {path.suffix for path in folder.iterdir()} == {".nbi", ".nbc"}


@pytest.mark.slow
def test_other_users_of_numba_notice_nothing(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(
        "import numba\n\n\n@numba.njit(cache=True)\ndef thrice(n):\n    return 3 * n\n",
        encoding="utf-8",
    )
    printed = in_a_process(
        "import sys\n"
        "import numba\n"
        "before = numba.config.CACHE_DIR\n"
        "from sim.model.code_cache import CACHE\n"
        "from sim.model.engine import compile_now\n"
        "from sim.model.run import is_compiled\n"
        "compile_now()\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import other\n"
        "assert other.thrice(2) == 6\n"
        "assert numba.config.CACHE_DIR == before\n"
        "assert is_compiled()\n"
        "print(*sorted(path.name for path in CACHE.rglob('*')), sep='\\n')\n"
    )
    beside = [path.name for path in (tmp_path / "__pycache__").glob("other.thrice-*")]
    assert {Path(name).suffix for name in beside} == {".nbi", ".nbc"}
    ours = printed.split()
    assert ours, "the engine's code is kept"
    assert all(name.startswith("play-") for name in ours)


def test_only_old_versions_of_ours_are_removed(folder: Path) -> None:
    folder.mkdir(parents=True)
    versions = [folder.with_name(f"{number:016x}") for number in range(6)]
    others = [folder.with_name(name) for name in ("notes", "0123", "0123456789abcdefg", "v1")]
    for age, path in enumerate([*versions, *others]):
        path.mkdir()
        (path / "kept.nbi").touch()
        os.utime(path, (age, age))
    os.utime(folder, (0, 0))
    by_name = folder.with_name("f" * 16)
    by_name.touch()
    os.utime(by_name, (0, 0))
    code_cache.drop_old_caches()
    assert not any(path.exists() for path in versions[:3])
    assert all((path / "kept.nbi").exists() for path in [*versions[3:], *others])
    assert folder.exists()
    assert by_name.exists(), "a file is no version"


# ---------------------------------------------------------------- of these sources


def test_every_source_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "model"
    shutil.copytree(ROOT / "sim" / "model", model)
    monkeypatch.setattr(code_cache, "files", lambda package: model)
    found = {code_cache.sources_hash()}
    sources = [model / name for name in ("rules.py", "draws.py", "compiled.py", "layout.py")]
    sources += (model / "engine").glob("*.py")
    assert len(sources) > 10
    for path in sources:
        with path.open("a", encoding="utf-8") as file:
            file.write("# edited\n")
        found.add(code_cache.sources_hash())
    assert len(found) == 1 + len(sources)


# ---------------------------------------------------------------- where nothing can be kept


def test_no_folder_can_be_made(folder: Path) -> None:
    folder.parent.write_text("in the way", encoding="utf-8")
    assert not was_read(compiled())
    assert not code_cache.has_cache("twice")
    code_cache.drop_old_caches()
    assert folder.parent.is_file()


def test_a_folder_that_can_only_be_read(folder: Path) -> None:
    compiled()
    folder.chmod(0o500)
    try:
        assert was_read(compiled())
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ("_CacheLocator.ensure_cache_path", PermissionError(13, "Permission denied")),
        ("IndexDataCacheFile._save_index", OSError(30, "Read-only file system")),
        ("IndexDataCacheFile._save_data", OSError(28, "No space left on device")),
    ],
)
def test_nothing_can_be_written(
    part: str, error: OSError, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: Any) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(f"numba.core.caching.{part}", fail)
        assert not was_read(compiled())
        assert not was_read(compiled())
    assert not was_read(compiled())
    assert was_read(compiled()), "kept as soon as it can be"


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_a_broken_file_is_written_anew(suffix: str, folder: Path) -> None:
    compiled()
    (path,) = folder.glob(f"*{suffix}")
    path.write_bytes(b"")
    assert not was_read(compiled())
    assert was_read(compiled())


def test_a_numba_without_these_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(caching, "CompileResultCacheImpl")
    assert not was_read(compiled())
    assert not folder.exists()


@pytest.mark.slow
def test_the_engine_runs_where_nothing_can_be_kept(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    printed = in_a_process(
        "from sim.model import code_cache\n"
        f"code_cache.CACHES = __import__('pathlib').Path({str(in_the_way)!r})\n"
        "code_cache.CACHE = code_cache.CACHES / 'version'\n"
        "from sim.model.engine import compile_now\n"
        "from sim.model.run import is_compiled\n"
        "compile_now()\n"
        "print(is_compiled())\n"
    )
    assert printed.strip() == "False"
