"""The installed command: built as a wheel, put into an empty environment, called from nowhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import sim
from sim.files.shipped import COMMAND
from tests.shared.folders import ROOT

PACKED = ("sim", "experiments")


def built(kind: str, source: Path, into: Path) -> Path:
    """Build a wheel or an archive of sources with the setuptools that is here."""
    pytest.importorskip("setuptools", minversion="77")
    into.mkdir()
    code = f"import sys; from setuptools import build_meta; build_meta.build_{kind}(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(into)],
        cwd=source,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = into.iterdir()
    return made


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def tracked() -> list[str]:
    """Files of the checkout that git knows and that are there."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def packed(names: list[str]) -> set[str]:
    """Where files of the checkout lie in the wheel."""
    inside = [name for name in names if name.split("/")[0] in PACKED]
    return {
        f"sim/data/{name}" if name.startswith("experiments/") else name for name in inside
    }  # fmt: skip


def test_every_package_is_named_in_the_settings_of_the_build() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = settings["tool"]["setuptools"]["packages"]
    folders = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in (ROOT / "sim").rglob("*.py")
    }
    assert sorted(named) == sorted(folders | {"sim.data.experiments"})


# ---------------------------------------------------------------- builds


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git has, so that building leaves nothing in the checkout."""
    folder = tmp_path_factory.mktemp("sources")
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", sources, tmp_path_factory.mktemp("wheel") / "out")


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.mark.slow
def test_the_wheel_has_every_file_of_the_package_and_all_experiments(wheel: Path) -> None:
    assert contents(wheel) == packed(tracked())


@pytest.mark.slow
def test_a_wheel_made_from_the_archive_of_sources_is_the_same(
    sources: Path, wheel: Path, tmp_path: Path
) -> None:
    archive = built("sdist", sources, tmp_path / "archive")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path / "unpacked", filter="data")
    (folder,) = (tmp_path / "unpacked").iterdir()
    # All that git has: to read, to run and to test.
    assert not [name for name in tracked() if not (folder / name).is_file()]
    assert contents(built("wheel", folder, tmp_path / "again")) == contents(wheel)


# ---------------------------------------------------------------- the command


Call = Callable[..., subprocess.CompletedProcess[str]]


def empty_environment(folder: Path, *installed: str | Path) -> Path:
    """Make an environment with our dependencies and install into it; return its programs."""
    venv.create(folder, with_pip=False)
    (packages,) = folder.rglob("site-packages")
    here = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (packages / "dependencies.pth").write_text("\n".join(here), encoding="utf-8")
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(programs / "python"), "install"),
            *("--quiet", "--no-deps", "--no-build-isolation", "--ignore-installed"),
            *map(str, installed),
        ],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return programs


def calls(programs: Path, cwd: Path) -> Call:
    def call(*words: str, program: str = COMMAND) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(programs / program), *words],
            cwd=cwd,
            env=environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return call


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_environment(tmp_path_factory.mktemp("env"), wheel)


@pytest.mark.slow
def test_the_installed_command_has_experiments_and_data_along(programs: Path, empty: Path) -> None:
    call = calls(programs, empty)
    home = call("-c", "import sim; print(sim.__file__)", program="python").stdout
    assert Path(home).is_relative_to(programs.parent)
    version = call("--version")
    assert (version.stdout.strip(), version.stderr) == (sim.__version__, "")
    assert f"Example: {COMMAND} check" in call("check", "--help").stdout
    for name in ("quickstart", "history/notify"):
        plan = call("check", name)
        assert plan.returncode == 0, plan.stderr
        assert f"{name} is valid." in plan.stdout
    unknown = call("simulate", "quikstart")
    assert unknown.returncode == 2
    assert "meant:    quickstart" in unknown.stderr
    assert "gaap_vs_scotland" in unknown.stderr
    for words in (["council", "Fife"], ["evidence", "behaviour.saving_weight"], ["list"]):
        assert call(*words).returncode == 0
    assert list(empty.iterdir()) == []


@pytest.mark.slow
def test_a_new_experiment_is_written_here_and_its_results_too(programs: Path, empty: Path) -> None:
    call = calls(programs, empty)
    new = call("new", "q", "--with", "duty")
    assert new.returncode == 0, new.stderr
    assert f"{COMMAND} check q.toml" in new.stdout
    assert sorted(path.name for path in empty.iterdir()) == ["experiment.schema.json", "q.toml"]
    assert "is valid" in call("check", "q.toml").stdout
    seeds = ["--seeds", "2", "--workers", "1", "--engine", "mesa"]
    done = call("simulate", "q", *seeds, "--set", "sensitivity.seeds=0")
    assert done.returncode == 0, done.stderr
    (report,) = (empty / "results" / "q").glob("*/report.md")
    assert f"{COMMAND} simulate results/q/" in report.read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_editable_installation_uses_the_checkout(
    sources: Path, tmp_path: Path, empty: Path
) -> None:
    call = calls(empty_environment(tmp_path / "env", "--editable", sources), empty)
    home = call("-c", "import sim; print(sim.__file__)", program="python").stdout
    assert Path(home).is_relative_to(sources)
    plan = call("check", "quickstart")
    assert plan.returncode == 0, plan.stderr
    assert "is valid" in plan.stdout
